// The pager: which page a first touch gets, what it costs, and when small pages become a large one.
#include <algorithm>

#include "process.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kRegion = UINT64_C(2) << 20;
constexpr uint64_t kAddress = UINT64_C(0x7f0000200000);

pw_config pages_config(pw_page_policy pages, uint64_t memory_bytes = UINT64_C(64) << 20) {
  pw_config config = mode_config(PW_MODE_4LEVEL);
  config.os.pages = pages;
  config.os.memory_bytes = memory_bytes;
  return config;
}

pw_config thp_config(uint32_t threshold) {
  pw_config config = pages_config(PW_PAGES_THP);
  config.os.thp_threshold_pages = threshold;
  return config;
}

TEST(Pager, FirstTouchMapsOneZeroedSmallPageOfAllRights) {
  Process process(pages_config(PW_PAGES_4K));
  const pw_fault_service service = process.touch(kAddress + 0x123);
  EXPECT_EQ(12u, service.page_shift);
  EXPECT_EQ(0u, service.fell_back);
  EXPECT_EQ(0u, service.promoted);
  for (const unsigned kind : {PW_READ, PW_WRITE, PW_FETCH}) {
    EXPECT_EQ(PW_MAPPED, process.translate(make_access(kAddress, kind)).outcome);
  }
  EXPECT_EQ(PW_PAGE_FAULT, process.translate(make_access(kAddress + kPage)).outcome);
}

TEST(Pager, MappedPageStartsWithAccessedAndDirtyClear) {
  Process process(pages_config(PW_PAGES_4K));
  const pw_translation fault = process.translate(make_access(kAddress, PW_WRITE));
  pw_fault_service service{};
  ASSERT_EQ(0, process.handle(fault, &service));
  EXPECT_EQ(0u, process.leaf(kAddress).entry & (PW_ENTRY_A | PW_ENTRY_D));
}

TEST(Pager, NoTwoPagesShareAFrame) {
  Process process(pages_config(PW_PAGES_4K));
  std::vector<uint64_t> frames;
  for (uint64_t i = 0; i < 600; i++) {
    process.touch(kAddress + i * kPage);
    frames.push_back(process.translate(make_access(kAddress + i * kPage)).physical_address);
  }
  std::sort(frames.begin(), frames.end());
  EXPECT_EQ(frames.end(), std::adjacent_find(frames.begin(), frames.end()));
}

TEST(Pager, LargePagesAreMappedWhole) {
  Process process(pages_config(PW_PAGES_2M));
  EXPECT_EQ(21u, process.touch(kAddress + 0x1234).page_shift);
  const pw_translation t = process.translate(make_access(kAddress + kRegion - 1));
  EXPECT_EQ(PW_MAPPED, t.outcome);
  EXPECT_EQ(21, t.page_shift);
}

TEST(Pager, GigabytePagesAreMappedWhole) {
  Process process(pages_config(PW_PAGES_1G, UINT64_C(4) << 30));
  EXPECT_EQ(30u, process.touch(kAddress).page_shift);
  EXPECT_EQ(30, process.translate(make_access(UINT64_C(0x7f003fffffff))).page_shift);
}

TEST(Pager, LargePageWithoutABlockFallsBackToASmallOne) {
  Process process(pages_config(PW_PAGES_1G));
  const pw_fault_service service = process.touch(kAddress);
  EXPECT_EQ(1u, service.fell_back);
  EXPECT_EQ(12u, service.page_shift);
  EXPECT_EQ(12, process.translate(make_access(kAddress)).page_shift);
}

TEST(Pager, FragmentedMemoryMakesLargePagesFallBack) {
  pw_config config = pages_config(PW_PAGES_2M, UINT64_C(4) << 20);
  config.os.frames = PW_FRAMES_FRAGMENTED;
  config.os.fragmented_percent = 99;
  Process process(config);
  for (uint64_t i = 0; i < 8; i++) {
    EXPECT_EQ(1u, process.touch(kAddress + i * kRegion).fell_back);
    EXPECT_EQ(12, process.translate(make_access(kAddress + i * kRegion)).page_shift);
  }
}

TEST(Pager, RegionInUseTakesSmallPagesFromThenOn) {
  Process process(pages_config(PW_PAGES_2M));
  ASSERT_EQ(0, pw_map(process.space(), kAddress, process.allocate(), 12, PW_MAP_ALL));
  const uint64_t free = pw_frames_free(process.frames());
  const pw_fault_service service = process.touch(kAddress + kPage);
  EXPECT_EQ(1u, service.fell_back);
  EXPECT_EQ(free - 1, pw_frames_free(process.frames())) << "the block that did not fit is given back";
}

TEST(Pager, MemoryThatIsFullIsAnError) {
  Process process(pages_config(PW_PAGES_4K, UINT64_C(4) << 20));
  pw_fault_service service{};
  int status = 0;
  uint64_t pages = 0;
  while (!status) status = process.touch(kAddress + pages++ * kPage, &service);
  EXPECT_EQ(-PW_ENOFRAME, status);
  EXPECT_EQ(0u, pw_frames_free(process.frames()));
  EXPECT_GT(pages, 1000u);
}

TEST(Pager, OnlyANotPresentFaultIsServed) {
  Process process(pages_config(PW_PAGES_4K));
  pw_fault_service service{};
  ASSERT_EQ(0, pw_map(process.space(), kAddress, process.allocate(), 12, PW_MAP_USER));
  const pw_translation mapped = process.translate(make_access(kAddress));
  EXPECT_EQ(-PW_EINVAL, process.handle(mapped, &service));
  const pw_translation denied = process.translate(make_access(kAddress, PW_WRITE));
  ASSERT_EQ(PW_PAGE_FAULT, denied.outcome);
  EXPECT_EQ(-PW_EINVAL, process.handle(denied, &service));
  const pw_translation not_canonical = process.translate(make_access(UINT64_C(1) << 60));
  EXPECT_EQ(-PW_EINVAL, process.handle(not_canonical, &service));
}

// ---- cost ----
TEST(Pager, FaultCostsTrapDeviceReadAndRestartInCycles) {
  pw_config config = pages_config(PW_PAGES_4K);
  config.clock_ps = 303;
  config.os.trap.ps = 3000000;
  config.os.device_read.ps = 7233796;
  config.os.write_back.ps = 65104167;
  config.os.restart.ps = 304;
  Process process(config);
  const pw_fault_service service = process.touch(kAddress);
  EXPECT_EQ(9901u, service.stage_cycles[PW_STAGE_TRAP]);
  EXPECT_EQ(23874u, service.stage_cycles[PW_STAGE_DEVICE_READ]);
  EXPECT_EQ(0u, service.stage_cycles[PW_STAGE_WRITE_BACK]) << "a first touch evicts nothing";
  EXPECT_EQ(2u, service.stage_cycles[PW_STAGE_RESTART]);
}

TEST(Pager, StagesHaveNames) {
  EXPECT_STREQ("trap", pw_fault_stage_name(PW_STAGE_TRAP));
  EXPECT_STREQ("device_read", pw_fault_stage_name(PW_STAGE_DEVICE_READ));
  EXPECT_STREQ("write_back", pw_fault_stage_name(PW_STAGE_WRITE_BACK));
  EXPECT_STREQ("restart", pw_fault_stage_name(PW_STAGE_RESTART));
  EXPECT_EQ(nullptr, pw_fault_stage_name(PW_STAGES));
}

// ---- transparent huge pages ----
TEST(Pager, RegionIsPromotedAtTheThresholdAndNotBefore) {
  for (const uint32_t threshold : {1u, 2u, 8u, 512u}) {
    Process process(thp_config(threshold));
    for (uint64_t i = 0; i < threshold; i++) {
      const pw_fault_service service = process.touch(kAddress + i * kPage);
      const bool last = i + 1 == threshold;
      EXPECT_EQ(last ? 1u : 0u, service.promoted) << i << " of " << threshold;
      EXPECT_EQ(last ? 21u : 12u, service.page_shift);
      EXPECT_EQ(last ? 21 : 12, process.translate(make_access(kAddress)).page_shift);
    }
  }
}

TEST(Pager, PagesOfTwoRegionsAreCountedApart) {
  Process process(thp_config(4));
  for (uint64_t i = 0; i < 3; i++) {
    EXPECT_EQ(0u, process.touch(kAddress + i * kPage).promoted);
    EXPECT_EQ(0u, process.touch(kAddress + kRegion + i * kPage).promoted);
  }
  EXPECT_EQ(1u, process.touch(kAddress + 3 * kPage).promoted);
  EXPECT_EQ(12, process.translate(make_access(kAddress + kRegion)).page_shift);
}

TEST(Pager, PromotionGivesTheSmallFramesAndTheTableBack) {
  Process process(thp_config(4));
  const uint64_t free = pw_frames_free(process.frames());
  for (uint64_t i = 0; i < 4; i++) process.touch(kAddress + i * kPage);
  EXPECT_EQ(3u, pw_address_space_table_frames(process.space())) << "PML4, PDPT, PD";
  EXPECT_EQ(free - 512 - 2, pw_frames_free(process.frames())) << "the block, and the two tables that were new";
}

TEST(Pager, PromotionCarriesAccessedAndDirty) {
  const struct {
    unsigned kind;
    uint64_t bits;
  } cases[] = {{PW_READ, PW_ENTRY_A}, {PW_WRITE, PW_ENTRY_A | PW_ENTRY_D}};
  for (const auto &c : cases) {
    Process process(thp_config(3));
    process.touch(kAddress);
    process.touch(kAddress + kPage, c.kind);
    pw_fault_service service{};
    ASSERT_EQ(0, process.handle(process.translate(make_access(kAddress + 2 * kPage)), &service));
    ASSERT_EQ(1u, service.promoted);
    EXPECT_EQ(c.bits, process.leaf(kAddress).entry & (PW_ENTRY_A | PW_ENTRY_D));
  }
}

TEST(Pager, PromotionOfUntouchedPagesLeavesAccessedClear) {
  Process process(thp_config(2));
  ASSERT_EQ(0, pw_map(process.space(), kAddress, process.allocate(), 12, PW_MAP_ALL));
  pw_fault_service service{};
  ASSERT_EQ(0, process.handle(process.translate(make_access(kAddress + kPage)), &service));
  ASSERT_EQ(1u, service.promoted);
  EXPECT_EQ(0u, process.leaf(kAddress).entry & (PW_ENTRY_A | PW_ENTRY_D));
}

TEST(Pager, WithoutAFreeBlockThereIsNoPromotion) {
  pw_config config = thp_config(2);
  config.os.memory_bytes = UINT64_C(4) << 20;
  config.os.frames = PW_FRAMES_FRAGMENTED;
  config.os.fragmented_percent = 99;
  Process process(config);
  for (uint64_t i = 0; i < 6; i++) {
    const pw_fault_service service = process.touch(kAddress + i * kPage);
    EXPECT_EQ(0u, service.promoted);
    EXPECT_EQ(12u, service.page_shift);
  }
  EXPECT_EQ(6u, pw_count_small_pages(process.space(), kAddress));
}

TEST(Pager, PromotionInvalidatesWhatTheMmuCached) {
  pw_config config = pw_config_default();
  config.os.pages = PW_PAGES_THP;
  config.os.thp_threshold_pages = 4;
  config.os.memory_bytes = UINT64_C(64) << 20;
  Process process(config);
  for (uint64_t i = 0; i < 4; i++) process.touch(kAddress + i * kPage, PW_WRITE);
  const uint64_t block = process.translate(make_access(kAddress + 3 * kPage)).physical_address - 3 * kPage;
  EXPECT_EQ(0u, block % kRegion);
  for (uint64_t i = 0; i < 512; i++) {
    const pw_translation t = process.translate(make_access(kAddress + i * kPage));
    ASSERT_EQ(PW_MAPPED, t.outcome);
    EXPECT_EQ(block + i * kPage, t.physical_address) << "a stale small page";
    EXPECT_EQ(21, t.page_shift);
  }
}

TEST(Pager, ThpWorksInPaePaging) {
  pw_config config = mode_config(PW_MODE_PAE);
  config.os.pages = PW_PAGES_THP;
  config.os.thp_threshold_pages = 2;
  Process process(config);
  EXPECT_EQ(0u, process.touch(0xb0000000).promoted);
  EXPECT_EQ(1u, process.touch(0xb0001000).promoted);
  EXPECT_EQ(21, process.translate(make_access(0xb0000000)).page_shift);
}

// The root was once taken from anywhere in memory, and CR3 cut it to 32 bits.
TEST(Pager, PaeRootLiesBelowFourGigabytesInAnyMemory) {
  for (uint64_t seed = 1; seed <= 8; seed++) {
    pw_config config = mode_config(PW_MODE_PAE);
    config.physical_address_bits = 40;
    config.os.memory_bytes = UINT64_C(64) << 30;
    config.os.frames = PW_FRAMES_RANDOM;
    config.seed = seed;
    Process process(config);
    process.touch(0x1000);
    EXPECT_EQ(PW_MAPPED, process.translate(make_access(0x1000)).outcome) << "seed " << seed;
  }
}

} // namespace
