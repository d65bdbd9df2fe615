// The default machine, the line that identifies a machine, and the names of enumerations.
#include "config_text.h"

using namespace pagewalk_test;

namespace {

TEST(Defaults, DefaultMachineIsValid) {
  const pw_config config = pw_config_default();
  pw_diag diag{};
  EXPECT_EQ(0, pw_config_validate(&config, &diag)) << line_of_diag(diag);
}

TEST(Defaults, DefaultTimesAreThoseOfTheTable) {
  const pw_config config = pw_config_default();
  pw_timing_table table{};
  ASSERT_EQ(0, pw_timing_default(&table));
  EXPECT_EQ(pw_timing_find(&table, "memory_read_l1")->ps, config.caches[0].latency.ps);
  EXPECT_EQ(pw_timing_find(&table, "memory_read_l1")->ps, config.caches[1].latency.ps);
  EXPECT_EQ(pw_timing_find(&table, "memory_read_l2")->ps, config.caches[2].latency.ps);
  EXPECT_EQ(pw_timing_find(&table, "memory_read_l3")->ps, config.caches[3].latency.ps);
  EXPECT_EQ(pw_timing_find(&table, "memory_read_dram")->ps, config.dram.ps);
}

TEST(Defaults, DefaultMachineCanBeWrittenAndRead) {
  const pw_config config = pw_config_default();
  char *yaml = pw_config_to_yaml(&config);
  ASSERT_NE(nullptr, yaml);
  const std::string text = yaml;
  std::free(yaml);
  Parsed parsed;
  EXPECT_EQ(0, pw_config_parse(text.data(), text.size(), "d.yaml", nullptr, 0, &parsed.config, &parsed.diag))
      << line_of_diag(parsed.diag);
  yaml = pw_config_to_yaml(&parsed.config);
  EXPECT_EQ(text, yaml);
  std::free(yaml);
}

TEST(Defaults, SummaryNamesMachineClockTableTlbsPagesAndSeed) {
  const auto parsed = ConfigText().parse();
  ASSERT_EQ(0, parsed->status);
  char line[512];
  pw_config_summary(&parsed->config, line, sizeof line);
  EXPECT_STREQ("good: 4-level, 303 ps, table-of-time, l1i 128x4K, l1d 64x4K 8x2M/1G, l2 1536x4K, 4K pages, seed 1",
               line);
}

TEST(Defaults, SummaryIsCutLikeSnprintf) {
  const pw_config config = pw_config_default();
  char whole[512];
  const int length = pw_config_summary(&config, whole, sizeof whole);
  ASSERT_EQ(std::string(whole).size(), static_cast<size_t>(length));
  for (size_t size = 1; size <= static_cast<size_t>(length) + 1; size++) {
    std::vector<char> cut(size, '?');
    EXPECT_EQ(length, pw_config_summary(&config, cut.data(), size));
    EXPECT_EQ(std::string(whole).substr(0, size - 1), cut.data());
  }
}

TEST(Defaults, NamesAreTheWordsOfTheFileAndEndWithNull) {
  EXPECT_STREQ("32-bit", pw_paging_mode_name(PW_MODE_32BIT));
  EXPECT_STREQ("5-level", pw_paging_mode_name(PW_MODE_5LEVEL));
  EXPECT_EQ(nullptr, pw_paging_mode_name(PW_MODES));
  EXPECT_STREQ("tree-plru", pw_policy_name(PW_TREE_PLRU));
  EXPECT_STREQ("srrip", pw_policy_name(PW_SRRIP));
  EXPECT_EQ(nullptr, pw_policy_name(PW_POLICIES));
  EXPECT_STREQ("exclusive", pw_inclusion_name(PW_EXCLUSIVE));
  EXPECT_EQ(nullptr, pw_inclusion_name(PW_INCLUSIONS));
  EXPECT_STREQ("thp", pw_page_policy_name(PW_PAGES_THP));
  EXPECT_EQ(nullptr, pw_page_policy_name(PW_PAGE_POLICIES));
  EXPECT_STREQ("fragmented", pw_frame_order_name(PW_FRAMES_FRAGMENTED));
  EXPECT_EQ(nullptr, pw_frame_order_name(PW_FRAME_ORDERS));
  EXPECT_STREQ("4M", pw_page_size_name(22));
  EXPECT_STREQ("?", pw_page_size_name(13));
  EXPECT_STREQ("PML5E", pw_level_name(5));
  EXPECT_STREQ("?", pw_level_name(6));
}

} // namespace
