// Page tables as software writes them: what it maps is what the hardware walks, in every mode.
#include <algorithm>

#include "process.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kPage = 4096;

bool is_long(pw_paging_mode mode) { return mode == PW_MODE_4LEVEL || mode == PW_MODE_5LEVEL; }

// An address with every index different, aligned to a page.
uint64_t linear(pw_paging_mode mode, unsigned page_shift) {
  const uint64_t whole = mode == PW_MODE_5LEVEL   ? UINT64_C(0x00fe7f1234567000)
                         : mode == PW_MODE_4LEVEL ? UINT64_C(0x00007f1234567000)
                                                  : UINT64_C(0x00000000b4567000);
  return whole & ~((UINT64_C(1) << page_shift) - 1);
}

std::string mode_name(const testing::TestParamInfo<pw_paging_mode> &test) {
  const char *const names[] = {"TwoLevel", "Pae", "FourLevel", "FiveLevel"};
  return names[test.param];
}

class AddressSpaces : public testing::TestWithParam<pw_paging_mode> {
 protected:
  pw_config config_ = mode_config(GetParam());
};

TEST_P(AddressSpaces, WhatMapWroteIsWhatTheWalkFinds) {
  Process process(config_);
  uint64_t physical = UINT64_C(0x40000000);
  for (const unsigned page_shift : page_shifts_of(GetParam())) {
    const uint64_t address = linear(GetParam(), page_shift) ^ UINT64_C(1) << 31;
    ASSERT_EQ(0, pw_map(process.space(), address, physical, page_shift, PW_MAP_ALL)) << page_shift;
    const uint64_t offset = (UINT64_C(1) << page_shift) - 8;
    for (const unsigned kind : {PW_READ, PW_FETCH, PW_WRITE}) {
      const pw_translation t = process.translate(make_access(address + offset, kind));
      ASSERT_EQ(PW_MAPPED, t.outcome) << page_shift;
      EXPECT_EQ(physical + offset, t.physical_address);
      EXPECT_EQ(page_shift, t.page_shift);
    }
    const pw_translation behind = process.translate(make_access(address + (UINT64_C(1) << page_shift)));
    EXPECT_EQ(PW_PAGE_FAULT, behind.outcome) << "the next page is not mapped";
    ASSERT_EQ(0, pw_unmap(process.space(), address, nullptr, nullptr));
    physical += UINT64_C(0x40000000);
  }
}

TEST_P(AddressSpaces, FirstAndLastPageOfTheAddressSpaceCanBeMapped) {
  Process process(config_);
  const uint64_t last = is_long(GetParam()) ? UINT64_C(0xfffffffffffff000) : UINT64_C(0xfffff000);
  ASSERT_EQ(0, pw_map(process.space(), 0, 0x5000, 12, PW_MAP_ALL));
  ASSERT_EQ(0, pw_map(process.space(), last, 0x6000, 12, PW_MAP_ALL));
  EXPECT_EQ(0x5000u, process.translate(make_access(0)).physical_address);
  EXPECT_EQ(0x6fffu, process.translate(make_access(last + 0xfff)).physical_address);
}

TEST_P(AddressSpaces, UnmapReportsWhatWasMappedAndTheWalkFaults) {
  Process process(config_);
  for (const unsigned page_shift : page_shifts_of(GetParam())) {
    const uint64_t address = linear(GetParam(), page_shift) ^ UINT64_C(1) << 30;
    uint64_t physical = 0;
    unsigned shift = 0;
    ASSERT_EQ(0, pw_map(process.space(), address, UINT64_C(0xc0000000), page_shift, PW_MAP_ALL));
    ASSERT_EQ(0, pw_unmap(process.space(), address + 123, &physical, &shift));
    EXPECT_EQ(UINT64_C(0xc0000000), physical);
    EXPECT_EQ(page_shift, shift);
    const pw_translation t = process.translate(make_access(address));
    EXPECT_EQ(PW_PAGE_FAULT, t.outcome);
    EXPECT_FALSE(t.error_code & PW_ERROR_P);
    EXPECT_EQ(-PW_ENOENT, pw_unmap(process.space(), address, nullptr, nullptr));
  }
}

TEST_P(AddressSpaces, ProtectKeepsAddressAccessedAndDirty) {
  Process process(config_);
  for (const unsigned page_shift : page_shifts_of(GetParam())) {
    const uint64_t address = linear(GetParam(), page_shift) ^ UINT64_C(1) << 30;
    ASSERT_EQ(0, pw_map(process.space(), address, UINT64_C(0xc0000000), page_shift, PW_MAP_ALL));
    ASSERT_EQ(PW_MAPPED, process.translate(make_access(address, PW_WRITE)).outcome);
    ASSERT_EQ(0, pw_protect(process.space(), address, PW_MAP_USER));
    const pw_leaf leaf = process.leaf(address);
    EXPECT_EQ(PW_ENTRY_A | PW_ENTRY_D, leaf.entry & (PW_ENTRY_A | PW_ENTRY_D));
    const pw_translation read = process.translate(make_access(address));
    EXPECT_EQ(PW_MAPPED, read.outcome);
    EXPECT_EQ(UINT64_C(0xc0000000), read.physical_address);
    const pw_translation write = process.translate(make_access(address, PW_WRITE));
    EXPECT_EQ(PW_PAGE_FAULT, write.outcome);
    EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US), write.error_code);
    ASSERT_EQ(0, pw_unmap(process.space(), address, nullptr, nullptr));
  }
}

TEST_P(AddressSpaces, ProtectDoesNotSetAccessedOrDirty) {
  Process process(config_);
  ASSERT_EQ(0, pw_map(process.space(), 0x7000, 0x5000, 12, PW_MAP_ALL));
  ASSERT_EQ(0, pw_protect(process.space(), 0x7000, PW_MAP_ALL));
  EXPECT_EQ(0u, process.leaf(0x7000).entry & (PW_ENTRY_A | PW_ENTRY_D));
}

TEST_P(AddressSpaces, FlagsBecomeRightsOfTheTranslation) {
  for (const unsigned page_shift : page_shifts_of(GetParam())) {
    Process process(config_);
    const uint64_t address = linear(GetParam(), page_shift);
    const struct {
      uint32_t flag;
      uint32_t attribute;
    } cases[] = {{PW_MAP_WRITE, PW_ATTR_WRITE},
                 {PW_MAP_USER, PW_ATTR_USER},
                 {PW_MAP_EXECUTE, PW_ATTR_EXECUTE},
                 {PW_MAP_GLOBAL, PW_ATTR_GLOBAL},
                 {PW_MAP_DIRTY, PW_ATTR_DIRTY}};
    for (const auto &c : cases) {
      for (const bool set : {false, true}) {
        const uint32_t all = PW_MAP_ALL | PW_MAP_GLOBAL | PW_MAP_DIRTY;
        ASSERT_EQ(0, pw_map(process.space(), address, UINT64_C(0x40000000), page_shift, set ? all : all & ~c.flag));
        /* Supervisor mode with EFLAGS.AC reads every page. */
        const pw_translation t = process.translate(make_access(address, PW_READ, 0, PW_AC));
        ASSERT_EQ(PW_MAPPED, t.outcome);
        const bool ignored = c.flag == PW_MAP_EXECUTE && GetParam() == PW_MODE_32BIT;
        EXPECT_EQ(set || ignored, (t.attributes & c.attribute) != 0) << c.flag << " of " << page_shift;
        ASSERT_EQ(0, pw_unmap(process.space(), address, nullptr, nullptr));
      }
    }
  }
}

TEST_P(AddressSpaces, PatPcdAndPwtSelectTheMemoryType) {
  const uint8_t types[] = {PW_WB, PW_WT, PW_UC_MINUS, PW_UC}; // IA32_PAT after reset, twice
  for (const unsigned page_shift : page_shifts_of(GetParam())) {
    Process process(config_);
    const uint64_t address = linear(GetParam(), page_shift);
    for (unsigned i = 0; i < 8; i++) {
      const uint32_t flags = PW_MAP_ALL | (i & 1) * PW_MAP_PWT | (i >> 1 & 1) * PW_MAP_PCD | (i >> 2) * PW_MAP_PAT;
      ASSERT_EQ(0, pw_map(process.space(), address, UINT64_C(0x40000000), page_shift, flags));
      const pw_translation t = process.translate(make_access(address));
      ASSERT_EQ(PW_MAPPED, t.outcome);
      EXPECT_EQ(i, (t.attributes & PW_ATTR_PAT_MASK) >> PW_ATTR_PAT_SHIFT) << page_shift;
      EXPECT_EQ(types[i & 3], t.memory_type);
      ASSERT_EQ(0, pw_unmap(process.space(), address, nullptr, nullptr));
    }
  }
}

TEST_P(AddressSpaces, AccessedAndDirtyCanBePreset) {
  Process process(config_);
  ASSERT_EQ(0, pw_map(process.space(), 0x7000, 0x5000, 12, PW_MAP_ALL | PW_MAP_ACCESSED | PW_MAP_DIRTY));
  const uint64_t before = process.leaf(0x7000).entry;
  EXPECT_EQ(PW_ENTRY_A | PW_ENTRY_D, before & (PW_ENTRY_A | PW_ENTRY_D));
  ASSERT_EQ(PW_MAPPED, process.translate(make_access(0x7000, PW_WRITE)).outcome);
  EXPECT_EQ(before, process.leaf(0x7000).entry);
}

TEST_P(AddressSpaces, NeighbouringEntriesAreLeftAlone) {
  Process process(config_);
  for (uint64_t i = 0; i < 4; i++) {
    ASSERT_EQ(0, pw_map(process.space(), 0x10000 + i * kPage, 0x50000 + i * kPage, 12, PW_MAP_ALL));
  }
  ASSERT_EQ(0, pw_unmap(process.space(), 0x11000, nullptr, nullptr));
  ASSERT_EQ(0, pw_protect(process.space(), 0x12000, PW_MAP_USER));
  EXPECT_EQ(0x50000u, process.translate(make_access(0x10000)).physical_address);
  EXPECT_EQ(PW_PAGE_FAULT, process.translate(make_access(0x11000)).outcome);
  EXPECT_EQ(0x52000u, process.translate(make_access(0x12000)).physical_address);
  EXPECT_EQ(0x53000u, process.translate(make_access(0x13000)).physical_address);
  EXPECT_EQ(3u, pw_count_small_pages(process.space(), 0x10000));
}

TEST_P(AddressSpaces, MapRefusesWhatIsOutOfRange) {
  Process process(config_);
  const uint64_t tables = pw_address_space_table_frames(process.space());
  const uint64_t beyond = UINT64_C(1) << config_.physical_address_bits;
  const uint64_t not_canonical = is_long(GetParam()) ? UINT64_C(1) << 57 : UINT64_C(1) << 32;
  pw_leaf leaf;
  EXPECT_EQ(-PW_EINVAL, pw_map(process.space(), 0x1001, 0x5000, 12, 0)) << "linear address not aligned";
  EXPECT_EQ(-PW_EINVAL, pw_map(process.space(), 0x1000, 0x5001, 12, 0)) << "physical address not aligned";
  EXPECT_EQ(-PW_EINVAL, pw_map(process.space(), 0x1000, beyond, 12, 0)) << "physical address too high";
  EXPECT_EQ(-PW_EINVAL, pw_map(process.space(), not_canonical, 0x5000, 12, 0)) << "not canonical";
  EXPECT_EQ(-PW_EINVAL, pw_unmap(process.space(), not_canonical, nullptr, nullptr));
  EXPECT_EQ(-PW_EINVAL, pw_protect(process.space(), not_canonical, 0));
  EXPECT_EQ(-PW_EINVAL, pw_find_leaf(process.space(), not_canonical, &leaf));
  EXPECT_EQ(0u, pw_count_small_pages(process.space(), not_canonical));
  for (const unsigned page_shift : {0u, 13u, 21u, 22u, 30u, 39u}) {
    const std::vector<unsigned> known = page_shifts_of(GetParam());
    if (std::find(known.begin(), known.end(), page_shift) != known.end()) continue;
    EXPECT_EQ(-PW_EINVAL, pw_map(process.space(), 0, 0, page_shift, 0)) << page_shift;
  }
  EXPECT_EQ(tables, pw_address_space_table_frames(process.space())) << "a refusal makes no tables";
}

TEST_P(AddressSpaces, MapRefusesWhatIsMapped) {
  const unsigned large = page_shifts_of(GetParam())[1];
  Process process(config_);
  ASSERT_EQ(0, pw_map(process.space(), 0x7000, 0x5000, 12, PW_MAP_ALL));
  EXPECT_EQ(-PW_EEXIST, pw_map(process.space(), 0x7000, 0x6000, 12, PW_MAP_ALL)) << "the same page";
  EXPECT_EQ(-PW_EEXIST, pw_map(process.space(), 0, UINT64_C(0x40000000), large, PW_MAP_ALL)) << "a page around it";
  const uint64_t next = UINT64_C(1) << large;
  ASSERT_EQ(0, pw_map(process.space(), next, UINT64_C(0x40000000), large, PW_MAP_ALL));
  EXPECT_EQ(-PW_EEXIST, pw_map(process.space(), next + 0x7000, 0x6000, 12, PW_MAP_ALL)) << "a page inside it";
  EXPECT_EQ(0x5000u, process.translate(make_access(0x7000)).physical_address) << "what was there stays";
}

TEST_P(AddressSpaces, LargePageTakesThePlaceOfAnEmptyTable) {
  const unsigned large = page_shifts_of(GetParam())[1];
  Process process(config_);
  ASSERT_EQ(0, pw_map(process.space(), 0x7000, 0x5000, 12, PW_MAP_ALL));
  const uint64_t tables = pw_address_space_table_frames(process.space());
  const uint64_t free = pw_frames_free(process.frames());
  ASSERT_EQ(0, pw_unmap(process.space(), 0x7000, nullptr, nullptr));
  EXPECT_EQ(tables, pw_address_space_table_frames(process.space())) << "unmapping keeps tables";
  ASSERT_EQ(0, pw_map(process.space(), 0, UINT64_C(0x40000000), large, PW_MAP_ALL));
  EXPECT_EQ(tables - 1, pw_address_space_table_frames(process.space()));
  EXPECT_EQ(free + 1, pw_frames_free(process.frames()));
  EXPECT_EQ(UINT64_C(0x40007000), process.translate(make_access(0x7000)).physical_address);
}

TEST_P(AddressSpaces, TableFramesAreCounted) {
  Process process(config_);
  const uint64_t empty = GetParam() == PW_MODE_PAE ? 5 : 1;
  const uint64_t new_tables[] = {1, 1, 3, 4};
  EXPECT_EQ(empty, pw_address_space_table_frames(process.space()));
  ASSERT_EQ(0, pw_map(process.space(), 0x7000, 0x5000, 12, PW_MAP_ALL));
  EXPECT_EQ(empty + new_tables[GetParam()], pw_address_space_table_frames(process.space()));
  ASSERT_EQ(0, pw_map(process.space(), 0x8000, 0x5000, 12, PW_MAP_ALL));
  EXPECT_EQ(empty + new_tables[GetParam()], pw_address_space_table_frames(process.space()));
  const uint64_t taken = pw_frames_total(process.frames()) - pw_frames_free(process.frames());
  EXPECT_EQ(taken - 1, pw_address_space_table_frames(process.space())) << "frame 0 is no table";
}

TEST_P(AddressSpaces, LeafIsFoundAtItsLevel) {
  Process process(config_);
  unsigned level = 1;
  for (const unsigned page_shift : page_shifts_of(GetParam())) {
    const uint64_t address = linear(GetParam(), page_shift) ^ UINT64_C(1) << 30;
    pw_leaf leaf{};
    EXPECT_EQ(-PW_ENOENT, pw_find_leaf(process.space(), address, &leaf));
    ASSERT_EQ(0, pw_map(process.space(), address, UINT64_C(0xc0000000), page_shift, PW_MAP_ALL));
    leaf = process.leaf(address);
    EXPECT_EQ(level, leaf.level);
    EXPECT_EQ(page_shift, leaf.page_shift);
    const pw_translation t = process.translate(make_access(address));
    EXPECT_EQ(t.steps[t.step_count - 1].entry_address, leaf.entry_address);
    EXPECT_EQ(t.steps[t.step_count - 1].entry_before, leaf.entry);
    ASSERT_EQ(0, pw_unmap(process.space(), address, nullptr, nullptr));
    level++;
  }
}

TEST_P(AddressSpaces, SmallPagesOfARegionAreCounted) {
  Process process(config_);
  EXPECT_EQ(0u, pw_count_small_pages(process.space(), 0x7000)) << "no table yet";
  for (uint64_t i = 0; i < 5; i++) ASSERT_EQ(0, pw_map(process.space(), i * kPage, 0x50000, 12, PW_MAP_ALL));
  EXPECT_EQ(5u, pw_count_small_pages(process.space(), 0x7000));
  const unsigned large = page_shifts_of(GetParam())[1];
  ASSERT_EQ(0, pw_map(process.space(), UINT64_C(1) << large, UINT64_C(0x40000000), large, PW_MAP_ALL));
  EXPECT_EQ(0u, pw_count_small_pages(process.space(), UINT64_C(1) << large)) << "a large page has none";
}

TEST_P(AddressSpaces, MapWithoutFramesIsRefused) {
  Process process(config_);
  process.exhaust_frames();
  EXPECT_EQ(-PW_ENOFRAME, pw_map(process.space(), 0x7000, 0x5000, 12, PW_MAP_ALL));
  EXPECT_EQ(PW_PAGE_FAULT, process.translate(make_access(0x7000)).outcome);
}

TEST_P(AddressSpaces, DestroyGivesAllTableFramesBack) {
  pw_physical_memory *memory = nullptr;
  pw_frames *frames = nullptr;
  pw_address_space *space = nullptr;
  ASSERT_EQ(0, pw_physical_memory_create(&memory));
  ASSERT_EQ(0, pw_frames_create(&config_, &frames));
  const uint64_t free = pw_frames_free(frames);
  ASSERT_EQ(0, pw_address_space_create(&config_, memory, frames, &space));
  uint64_t mapped = 0;
  for (uint64_t i = 0; i < 64; i++) {
    uint64_t page = 0;
    ASSERT_EQ(0, pw_frames_allocate(frames, 12, &page));
    ASSERT_EQ(0, pw_map(space, i << 25, page, 12, PW_MAP_ALL));
    mapped++;
  }
  for (uint64_t i = 0; i < 64; i += 2) ASSERT_EQ(0, pw_unmap(space, i << 25, nullptr, nullptr));
  const unsigned large = page_shifts_of(GetParam())[1];
  ASSERT_EQ(0, pw_map(space, UINT64_C(0xc0000000), UINT64_C(0x40000000), large, PW_MAP_ALL));
  pw_address_space_destroy(space);
  EXPECT_EQ(free - mapped, pw_frames_free(frames)) << "mapped pages stay with the caller";
  pw_frames_destroy(frames);
  pw_physical_memory_destroy(memory);
}

TEST_P(AddressSpaces, FailedCreateKeepsNoFrame) {
  pw_physical_memory *memory = nullptr;
  pw_frames *frames = nullptr;
  ASSERT_EQ(0, pw_physical_memory_create(&memory));
  ASSERT_EQ(0, pw_frames_create(&config_, &frames));
  std::vector<uint64_t> taken(pw_frames_free(frames));
  for (uint64_t &frame : taken) ASSERT_EQ(0, pw_frames_allocate(frames, 12, &frame));
  const size_t needed = GetParam() == PW_MODE_PAE ? 5 : 1;
  for (size_t i = 0; i < needed; i++) {
    pw_address_space *space = nullptr;
    EXPECT_EQ(-PW_ENOFRAME, pw_address_space_create(&config_, memory, frames, &space));
    EXPECT_EQ(nullptr, space);
    EXPECT_EQ(i, pw_frames_free(frames));
    ASSERT_EQ(0, pw_frames_release(frames, 12, taken[i]));
  }
  pw_frames_destroy(frames);
  pw_physical_memory_destroy(memory);
}

TEST_P(AddressSpaces, NewTablesStartEmptyWhateverTheFrameHeld) {
  pw_physical_memory *memory = nullptr;
  pw_frames *frames = nullptr;
  pw_address_space *space = nullptr;
  ASSERT_EQ(0, pw_physical_memory_create(&memory));
  ASSERT_EQ(0, pw_frames_create(&config_, &frames));
  for (uint64_t word = 0; word < 16 * kPage; word += 8) ASSERT_EQ(0, pw_physical_write64(memory, word, UINT64_MAX));
  ASSERT_EQ(0, pw_address_space_create(&config_, memory, frames, &space));
  ASSERT_EQ(0, pw_map(space, 0x7000, 0x50000, 12, PW_MAP_ALL));
  EXPECT_EQ(1u, pw_count_small_pages(space, 0));
  pw_address_space_destroy(space);
  pw_frames_destroy(frames);
  pw_physical_memory_destroy(memory);
}

INSTANTIATE_TEST_SUITE_P(Modes, AddressSpaces,
                         testing::Values(PW_MODE_32BIT, PW_MODE_PAE, PW_MODE_4LEVEL, PW_MODE_5LEVEL), mode_name);

TEST(AddressSpace, ProtectionKeyIsCarriedInTheLeaf) {
  Process process(mode_config(PW_MODE_4LEVEL));
  for (uint32_t key = 0; key < 16; key++) {
    ASSERT_EQ(0, pw_map(process.space(), key * kPage, 0x5000, 12, PW_MAP_ALL | key << PW_MAP_PKEY_SHIFT));
    const pw_translation t = process.translate(make_access(key * kPage));
    EXPECT_EQ(key, (t.attributes & PW_ATTR_PKEY_MASK) >> PW_ATTR_PKEY_SHIFT);
  }
  ASSERT_EQ(0, pw_protect(process.space(), 0, PW_MAP_ALL | 9u << PW_MAP_PKEY_SHIFT));
  EXPECT_EQ(9u, process.leaf(0).entry >> PW_ENTRY_PKEY_SHIFT & 15);
}

TEST(AddressSpace, ProtectionKeyIsLeftOutWhereTheModeHasNone) {
  for (const pw_paging_mode mode : {PW_MODE_32BIT, PW_MODE_PAE}) {
    Process process(mode_config(mode));
    ASSERT_EQ(0, pw_map(process.space(), 0x7000, 0x5000, 12, PW_MAP_ALL | 9u << PW_MAP_PKEY_SHIFT));
    EXPECT_EQ(0u, process.leaf(0x7000).entry >> PW_ENTRY_PKEY_SHIFT);
    EXPECT_EQ(PW_MAPPED, process.translate(make_access(0x7000)).outcome) << "the bits are reserved";
  }
}

TEST(AddressSpace, ProtectionKeyDeniesNothingWithoutPke) {
  pw_config config = mode_config(PW_MODE_4LEVEL);
  config.pke = false;
  Process process(config);
  pw_control control = pw_mmu_control(process.mmu());
  control.pkru = UINT32_MAX;
  ASSERT_EQ(0, pw_mmu_set_control(process.mmu(), &control));
  ASSERT_EQ(0, pw_map(process.space(), 0x7000, 0x5000, 12, PW_MAP_ALL | 9u << PW_MAP_PKEY_SHIFT));
  EXPECT_EQ(PW_MAPPED, process.translate(make_access(0x7000, PW_WRITE)).outcome);
}

TEST(AddressSpace, ExecuteDisableIsLeftOutWithoutNxe) {
  pw_config config = mode_config(PW_MODE_4LEVEL);
  config.nxe = false;
  Process process(config);
  ASSERT_EQ(0, pw_map(process.space(), 0x7000, 0x5000, 12, PW_MAP_USER));
  EXPECT_EQ(0u, process.leaf(0x7000).entry & PW_ENTRY_XD);
  EXPECT_EQ(PW_MAPPED, process.translate(make_access(0x7000, PW_FETCH)).outcome);
}

TEST(AddressSpace, GigabytePageNeedsAProcessorThatHasIt) {
  pw_config config = mode_config(PW_MODE_4LEVEL);
  config.pages_1gb = false;
  Process process(config);
  EXPECT_EQ(-PW_EINVAL, pw_map(process.space(), 0, UINT64_C(0x40000000), 30, PW_MAP_ALL));
}

TEST(AddressSpace, SmallPageOf32BitPagingLiesBelowFourGigabytes) {
  Process process(mode_config(PW_MODE_32BIT));
  EXPECT_EQ(-PW_EINVAL, pw_map(process.space(), 0x7000, UINT64_C(0x100000000), 12, PW_MAP_ALL));
}

TEST(AddressSpace, LargePageOf32BitPagingMayLieAboveFourGigabytes) {
  Process process(mode_config(PW_MODE_32BIT));
  const uint64_t physical = UINT64_C(0xa900400000);
  uint64_t unmapped = 0;
  ASSERT_EQ(0, pw_map(process.space(), 0x400000, physical, 22, PW_MAP_ALL));
  EXPECT_EQ(physical + 0x123456, process.translate(make_access(0x523456)).physical_address);
  ASSERT_EQ(0, pw_unmap(process.space(), 0x400000, &unmapped, nullptr));
  EXPECT_EQ(physical, unmapped);
}

TEST(AddressSpace, EntriesOf32BitPagingShareAWord) {
  Process process(mode_config(PW_MODE_32BIT));
  ASSERT_EQ(0, pw_map(process.space(), 0x6000, 0x50000, 12, PW_MAP_ALL));
  ASSERT_EQ(0, pw_map(process.space(), 0x7000, 0x51000, 12, PW_MAP_ALL));
  EXPECT_EQ(process.leaf(0x6000).entry_address + 4, process.leaf(0x7000).entry_address);
  ASSERT_EQ(PW_MAPPED, process.translate(make_access(0x7000, PW_WRITE)).outcome);
  EXPECT_EQ(0u, process.leaf(0x6000).entry & (PW_ENTRY_A | PW_ENTRY_D)) << "A and D of the other half stay clear";
  ASSERT_EQ(0, pw_unmap(process.space(), 0x6000, nullptr, nullptr));
  EXPECT_EQ(0x51000u, process.translate(make_access(0x7000)).physical_address);
}

TEST(AddressSpace, DestroyAllowsNull) { pw_address_space_destroy(nullptr); }

} // namespace
