// The table of time: its documented values, cycles made of them, and tables that are refused.
#include "config_text.h"

#include <cstring>

using namespace pagewalk_test;

namespace {

pw_timing_table documented() {
  pw_timing_table table{};
  EXPECT_EQ(0, pw_timing_default(&table));
  return table;
}

uint64_t ps_of(const pw_timing_table &table, const char *event) {
  const pw_timing_row *row = pw_timing_find(&table, event);
  EXPECT_NE(nullptr, row) << event;
  return row ? row->ps : 0;
}

TEST(TimingTable, DocumentedValuesAreExact) {
  const pw_timing_table table = documented();
  EXPECT_STREQ("table-of-time", table.name);
  EXPECT_EQ(1212u, ps_of(table, "memory_read_l1"));
  EXPECT_EQ(3636u, ps_of(table, "memory_read_l2"));
  EXPECT_EQ(8439u, ps_of(table, "memory_read_l3"));
  EXPECT_EQ(64485u, ps_of(table, "memory_read_dram"));
  EXPECT_EQ(256u, ps_of(table, "clock_3900_mhz"));
  EXPECT_EQ(3000000u, ps_of(table, "context_switch_or_syscall"));
  EXPECT_EQ(7233796u, ps_of(table, "ssd_sequential_read_4k"));
  EXPECT_EQ(100000000u, ps_of(table, "ssd_random_read_4k"));
  EXPECT_EQ(65104167u, ps_of(table, "hdd_sequential_read_4k"));
  EXPECT_EQ(UINT64_C(10000000000), ps_of(table, "hdd_random_read_4k"));
}

TEST(TimingTable, EveryRowHasASource) {
  const pw_timing_table table = documented();
  ASSERT_GE(table.row_count, 10u);
  for (uint32_t i = 0; i < table.row_count; i++) EXPECT_NE('\0', table.rows[i].source[0]) << table.rows[i].event;
}

TEST(TimingTable, BuiltInTableIsTheFile) {
  const pw_timing_table built_in = documented();
  pw_timing_table file{};
  pw_diag diag{};
  ASSERT_EQ(0, pw_timing_load(source_path("configs/timing/table-of-time.yaml").c_str(), &file, &diag)) << diag.message;
  ASSERT_EQ(file.row_count, built_in.row_count);
  EXPECT_STREQ(file.name, built_in.name);
  for (uint32_t i = 0; i < file.row_count; i++) {
    EXPECT_STREQ(file.rows[i].event, built_in.rows[i].event);
    EXPECT_EQ(file.rows[i].ps, built_in.rows[i].ps);
    EXPECT_STREQ(file.rows[i].source, built_in.rows[i].source);
  }
}

TEST(TimingTable, UnknownEventIsNotFound) {
  const pw_timing_table table = documented();
  EXPECT_EQ(nullptr, pw_timing_find(&table, "memory_read_l4"));
  EXPECT_EQ(nullptr, pw_timing_find(&table, ""));
  EXPECT_EQ(nullptr, pw_timing_find(&table, "none"));
}

TEST(TimingTable, CyclesAreTheCeilingOfTimeOverClock) {
  EXPECT_EQ(0u, pw_cycles_from_ps(0, 303));
  EXPECT_EQ(1u, pw_cycles_from_ps(1, 303));
  EXPECT_EQ(1u, pw_cycles_from_ps(303, 303));
  EXPECT_EQ(2u, pw_cycles_from_ps(304, 303));
  EXPECT_EQ(UINT64_MAX, pw_cycles_from_ps(UINT64_MAX, 1));
  EXPECT_EQ(UINT64_C(1) << 63, pw_cycles_from_ps(UINT64_MAX, 2)) << "rounding up must not overflow";
}

TEST(TimingTable, MemoryRowsInCyclesOfTheTwoDocumentedClocks) {
  const char *const rows[] = {"memory_read_l1", "memory_read_l2", "memory_read_l3", "memory_read_dram"};
  const uint64_t at_303[] = {4, 12, 28, 213};
  const uint64_t at_256[] = {5, 15, 33, 252};
  const pw_timing_table table = documented();
  for (size_t i = 0; i < 4; i++) {
    EXPECT_EQ(at_303[i], pw_cycles_from_ps(ps_of(table, rows[i]), 303)) << rows[i];
    EXPECT_EQ(at_256[i], pw_cycles_from_ps(ps_of(table, rows[i]), 256)) << rows[i];
  }
}

TEST(TimingTable, ShippedMachinesTakeTheirMemoryTimesFromTheTable) {
  const pw_timing_table table = documented();
  for (const std::string &path : machines()) {
    const auto parsed = load_config(path);
    ASSERT_EQ(0, parsed->status) << line_of_diag(parsed->diag);
    const pw_config &config = parsed->config;
    EXPECT_EQ(ps_of(table, "memory_read_dram"), config.dram.ps) << path;
    for (uint32_t i = 0; i < config.cache_count; i++) {
      const std::string row = "memory_read_l" + std::to_string(config.caches[i].level);
      EXPECT_EQ(row, config.caches[i].latency.event) << path;
      EXPECT_EQ(ps_of(table, row.c_str()), config.caches[i].latency.ps) << path;
    }
  }
}

TEST(TimingTable, PathIsRelativeToTheConfiguration) {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path("tables"));
  scratch.write("tables/mine.yaml", "name: mine\nrows:\n  tick: { ps: 7, source: \"here\" }\n");
  ConfigText text;
  text.edit("../../../configs/timing/table-of-time.yaml", "tables/mine.yaml");
  std::string yaml = text.text();
  for (const char *event :
       {"memory_read_l1", "memory_read_l2", "memory_read_l3", "memory_read_dram", "context_switch_or_syscall"}) {
    for (size_t at; (at = yaml.find(event)) != std::string::npos;) yaml.replace(at, std::strlen(event), "tick");
  }
  const auto parsed = load_config(scratch.write("machine.yaml", yaml));
  ASSERT_EQ(0, parsed->status) << line_of_diag(parsed->diag);
  EXPECT_STREQ("mine", parsed->config.timing.name);
  EXPECT_EQ(7u, parsed->config.dram.ps);
}

TEST(TimingTable, PathMayBeAbsolute) {
  const std::string assignment = "timing.table=" + source_path("configs/timing/table-of-time.yaml");
  EXPECT_EQ(0, ConfigText().parse({assignment.c_str()})->status);
}

TEST(TimingTable, TableThatIsNotThereIsAnIoErrorOfItsPath) {
  const auto parsed = ConfigText().parse({"timing.table=/nonexistent/t.yaml"});
  EXPECT_EQ(-PW_EIO, parsed->status);
  EXPECT_STREQ("/nonexistent/t.yaml", parsed->diag.file);
}

TEST(TimingTable, TableMayStandInTheConfiguration) {
  const auto parsed =
      ConfigText().parse({"timing.table={ name: inside, rows: { tick: { ps: 5, source: test } } }", "memory.caches={}",
                          "walker.reads_enter=dram", "memory.dram=tick", "os.fault_stages.trap=tick"});
  ASSERT_EQ(0, parsed->status) << line_of_diag(parsed->diag);
  EXPECT_EQ(5u, parsed->config.dram.ps);
}

struct BadTable {
  const char *rule;
  const char *text;
  unsigned line;
  const char *key;
};

const BadTable kBadTables[] = {
    {"NameIsRequired", "rows: {}\n", 1, "name"},
    {"RowsAreRequired", "name: t\n", 1, "rows"},
    {"RowsMustBeAMapping", "name: t\nrows: [1]\n", 2, "rows"},
    {"RowMustBeAMapping", "name: t\nrows:\n  tick: 5\n", 3, "rows.tick"},
    {"TimeIsRequired", "name: t\nrows:\n  tick: { source: s }\n", 3, "rows.tick.ps"},
    {"SourceIsRequired", "name: t\nrows:\n  tick: { ps: 1 }\n", 3, "rows.tick.source"},
    {"SourceMustNotBeEmpty", "name: t\nrows:\n  tick: { ps: 1, source: '' }\n", 3, "rows.tick.source"},
    {"TimeMustNotBeZero", "name: t\nrows:\n  tick: { ps: 0, source: s }\n", 3, "rows.tick.ps"},
    {"TimeMustNotBeNegative", "name: t\nrows:\n  tick:\n    ps: -5\n    source: s\n", 4, "rows.tick.ps"},
    {"TimeHasNoUnit", "name: t\nrows:\n  tick:\n    ps: 5ns\n    source: s\n", 4, "rows.tick.ps"},
    {"UnknownKeyOfARow", "name: t\nrows:\n  tick:\n    ps: 5\n    source: s\n    unit: ps\n", 6, "rows.tick.unit"},
    {"EventMustBeAName", "name: t\nrows:\n  \"a b\": { ps: 1, source: s }\n", 3, "rows.a b"},
};

class TimingTableFile : public testing::TestWithParam<BadTable> {};

TEST_P(TimingTableFile, IsRefusedAtItsKeyAndLine) {
  const Scratch scratch;
  const std::string path = scratch.write("t.yaml", GetParam().text);
  pw_timing_table table{};
  pw_diag diag{};
  EXPECT_EQ(-PW_ECONFIG, pw_timing_load(path.c_str(), &table, &diag));
  EXPECT_EQ(path, diag.file);
  EXPECT_EQ(GetParam().line, diag.line);
  EXPECT_STREQ(GetParam().key, diag.key);
}

INSTANTIATE_TEST_SUITE_P(Bad, TimingTableFile, testing::ValuesIn(kBadTables),
                         [](const auto &test) { return std::string(test.param.rule); });

TEST(TimingTable, HoldsThirtyTwoRowsAndNoMore) {
  const Scratch scratch;
  std::string text = "name: t\nrows:\n";
  for (int i = 0; i < 33; i++) {
    text += "  e" + std::to_string(i) + ": { ps: 1, source: s }\n";
    pw_timing_table table{};
    pw_diag diag{};
    const int status = pw_timing_load(scratch.write("t.yaml", text).c_str(), &table, &diag);
    EXPECT_EQ(i < 32 ? 0 : -PW_ECONFIG, status) << i;
    if (i == 32) {
      EXPECT_STREQ("rows.e32", diag.key);
    }
  }
}

} // namespace
