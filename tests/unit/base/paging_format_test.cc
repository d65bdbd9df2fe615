// The paging modes as a table: indices, canonical addresses, reserved bits, page addresses.
#include <gtest/gtest.h>

#include <random>
#include <tuple>

extern "C" {
#include "paging_format.h"
}

namespace {

constexpr pw_paging_mode kModes[] = {PW_MODE_32BIT, PW_MODE_PAE, PW_MODE_4LEVEL, PW_MODE_5LEVEL};

pw_rule_inputs inputs(unsigned physical_address_bits, bool pages_1gb = true, bool pse = true, bool nxe = true) {
  return pw_rule_inputs{physical_address_bits, pages_1gb, pse, nxe};
}

pw_walk_rules rules_of(pw_paging_mode mode, unsigned physical_address_bits = 52) {
  return pw_walk_rules_make(mode, inputs(physical_address_bits));
}

constexpr uint64_t bit(unsigned number) { return UINT64_C(1) << number; }

// ---- shape of the modes ----
// SDM volume 3A, "Paging Modes and Control Bits", table "Properties of Different Paging Modes".
TEST(PagingFormat, ModesHaveTheLevelsAndWidthsOfTheSdm) {
  const auto shape = [](pw_paging_mode mode) {
    const pw_paging_format &f = pw_paging_formats[mode];
    return std::make_tuple(unsigned{f.levels}, unsigned{f.linear_bits}, unsigned{f.entry_bytes}, f.sign_extended,
                           f.long_mode);
  };
  EXPECT_EQ(std::make_tuple(2u, 32u, 4u, false, false), shape(PW_MODE_32BIT));
  EXPECT_EQ(std::make_tuple(3u, 32u, 8u, false, false), shape(PW_MODE_PAE));
  EXPECT_EQ(std::make_tuple(4u, 48u, 8u, true, true), shape(PW_MODE_4LEVEL));
  EXPECT_EQ(std::make_tuple(5u, 57u, 8u, true, true), shape(PW_MODE_5LEVEL));
}

TEST(PagingFormat, IndicesOfAllLevelsAndTheOffsetCutTheLinearAddressWithoutGapOrOverlap) {
  for (pw_paging_mode mode : kModes) {
    const pw_paging_format &format = pw_paging_formats[mode];
    unsigned next = 12;
    for (unsigned level = 1; level <= format.levels; level++) {
      EXPECT_EQ(next, format.level[level].shift) << "mode " << mode << " level " << level;
      next += format.level[level].index_bits;
    }
    EXPECT_EQ(format.linear_bits, next) << "mode " << mode;
  }
}

TEST(PagingFormat, EveryTableButTheFourPdptesFillsOneFrame) {
  for (pw_paging_mode mode : kModes) {
    const pw_paging_format &format = pw_paging_formats[mode];
    for (unsigned level = 1; level <= format.levels; level++) {
      const unsigned bytes = static_cast<unsigned>(format.entry_bytes) << format.level[level].index_bits;
      EXPECT_EQ(mode == PW_MODE_PAE && level == 3 ? 32u : 4096u, bytes) << "mode " << mode << " level " << level;
    }
  }
}

// SDM volume 3A, "Use of CR3 with 32-Bit Paging", "... with PAE Paging", "... with 4-Level Paging and 5-Level Paging".
TEST(PagingFormat, RootMaskKeepsTheAddressBitsOfCr3) {
  EXPECT_EQ(UINT64_C(0x00000000fffff000), pw_paging_formats[PW_MODE_32BIT].root_mask);
  EXPECT_EQ(UINT64_C(0x00000000ffffffe0), pw_paging_formats[PW_MODE_PAE].root_mask);
  EXPECT_EQ(UINT64_C(0x000ffffffffff000), pw_paging_formats[PW_MODE_4LEVEL].root_mask);
  EXPECT_EQ(UINT64_C(0x000ffffffffff000), pw_paging_formats[PW_MODE_5LEVEL].root_mask);
}

// ---- canonical addresses ----
// SDM volume 1, "Canonical Addressing".
TEST(Canonical, FourLevelsNeedBits63To47Equal) {
  const pw_paging_format *format = &pw_paging_formats[PW_MODE_4LEVEL];
  for (uint64_t good : {UINT64_C(0), UINT64_C(0x00007fffffffffff), UINT64_C(0xffff800000000000), UINT64_MAX}) {
    EXPECT_TRUE(pw_is_canonical(format, good)) << std::hex << good;
  }
  for (uint64_t bad : {UINT64_C(0x0000800000000000), UINT64_C(0xffff7fffffffffff), UINT64_C(0x8000000000000000),
                       UINT64_C(0x00ff800000000000), UINT64_C(0x7fffffffffffffff)}) {
    EXPECT_FALSE(pw_is_canonical(format, bad)) << std::hex << bad;
  }
}

TEST(Canonical, FiveLevelsNeedBits63To56Equal) {
  const pw_paging_format *format = &pw_paging_formats[PW_MODE_5LEVEL];
  for (uint64_t good : {UINT64_C(0), UINT64_C(0x0000800000000000), UINT64_C(0x00ffffffffffffff),
                        UINT64_C(0xff00000000000000), UINT64_C(0xffff7fffffffffff), UINT64_MAX}) {
    EXPECT_TRUE(pw_is_canonical(format, good)) << std::hex << good;
  }
  for (uint64_t bad : {UINT64_C(0x0100000000000000), UINT64_C(0xfeffffffffffffff), UINT64_C(0x8000000000000000)}) {
    EXPECT_FALSE(pw_is_canonical(format, bad)) << std::hex << bad;
  }
}

TEST(Canonical, AThirtyTwoBitAddressIsNeverSignExtended) {
  for (pw_paging_mode mode : {PW_MODE_32BIT, PW_MODE_PAE}) {
    const pw_paging_format *format = &pw_paging_formats[mode];
    EXPECT_TRUE(pw_is_canonical(format, 0));
    EXPECT_TRUE(pw_is_canonical(format, 0x80000000));
    EXPECT_TRUE(pw_is_canonical(format, 0xffffffff));
    EXPECT_FALSE(pw_is_canonical(format, UINT64_C(0x100000000)));
    EXPECT_FALSE(pw_is_canonical(format, UINT64_C(0xffffffff80000000)));
    EXPECT_FALSE(pw_is_canonical(format, UINT64_MAX));
  }
}

TEST(Canonical, AgreesBitByBitWithTheDefinition) {
  std::mt19937_64 random(48);
  for (pw_paging_mode mode : kModes) {
    const pw_paging_format &format = pw_paging_formats[mode];
    for (unsigned i = 0; i < 20000; i++) {
      // Mostly equal upper bits, with a few flipped: random words would nearly never be canonical.
      uint64_t address = static_cast<uint64_t>(static_cast<int64_t>(random()) >> (random() % 40));
      if (i % 2) address ^= bit(static_cast<unsigned>(random() % 64));
      bool expected = true;
      for (unsigned upper = format.linear_bits; upper < 64; upper++) {
        const bool must_be = format.sign_extended && (address & bit(format.linear_bits - 1u));
        if (((address & bit(upper)) != 0) != must_be) expected = false;
      }
      ASSERT_EQ(expected, pw_is_canonical(&format, address)) << "mode " << mode << std::hex << " address " << address;
    }
  }
}

// ---- indices ----
// SDM volume 3A, "Linear-Address Translation with 4-Level Paging and 5-Level Paging".
TEST(EntryOffset, IsTheIndexFieldOfTheLevelTimesTheEntrySize) {
  const pw_walk_rules five = rules_of(PW_MODE_5LEVEL);
  const uint64_t address = UINT64_C(0x001) << 48 | UINT64_C(0x1fe) << 39 | UINT64_C(0x0aa) << 30 |
                           UINT64_C(0x155) << 21 | UINT64_C(0x002) << 12 | 0xfff;
  EXPECT_EQ(8 * UINT64_C(0x002), pw_entry_offset(&five, 1, address));
  EXPECT_EQ(8 * UINT64_C(0x155), pw_entry_offset(&five, 2, address));
  EXPECT_EQ(8 * UINT64_C(0x0aa), pw_entry_offset(&five, 3, address));
  EXPECT_EQ(8 * UINT64_C(0x1fe), pw_entry_offset(&five, 4, address));
  EXPECT_EQ(8 * UINT64_C(0x001), pw_entry_offset(&five, 5, address));

  const pw_walk_rules two = rules_of(PW_MODE_32BIT);
  EXPECT_EQ(4 * UINT64_C(0x3ff), pw_entry_offset(&two, 2, 0xffc01abc));
  EXPECT_EQ(4 * UINT64_C(0x001), pw_entry_offset(&two, 1, 0xffc01abc));

  const pw_walk_rules pae = rules_of(PW_MODE_PAE);
  EXPECT_EQ(8 * UINT64_C(3), pw_entry_offset(&pae, 3, 0xc0000000));
  EXPECT_EQ(8 * UINT64_C(0x1ff), pw_entry_offset(&pae, 2, 0x3fe00000));
}

TEST(EntryOffset, OfTheTopLevelIgnoresTheSignExtension) {
  const pw_walk_rules four = rules_of(PW_MODE_4LEVEL);
  EXPECT_EQ(8 * UINT64_C(256), pw_entry_offset(&four, 4, UINT64_C(0xffff800000000000)));
  EXPECT_EQ(8 * UINT64_C(511), pw_entry_offset(&four, 4, UINT64_MAX));
}

TEST(EntryOffset, ChangesWithTheIndexBitsOfItsLevelAndNoOther) {
  for (pw_paging_mode mode : kModes) {
    const pw_walk_rules rules = rules_of(mode);
    for (unsigned level = 1; level <= rules.format->levels; level++) {
      for (unsigned i = 0; i < 64; i++) {
        const unsigned low = rules.format->level[level].shift;
        const unsigned high = low + rules.format->level[level].index_bits;
        const uint64_t expected = i >= low && i < high ? uint64_t{rules.format->entry_bytes} << (i - low) : 0;
        EXPECT_EQ(expected, pw_entry_offset(&rules, level, bit(i))) << mode << " level " << level << " bit " << i;
      }
    }
  }
}

// ---- reserved bits ----
// Is this bit of this entry reserved? One bit at a time, from the tables of entry formats: SDM volume 3A, "32-Bit
// Paging", "PAE Paging", "4-Level Paging and 5-Level Paging". `width` is MAXPHYADDR.
bool is_reserved(pw_paging_mode mode, unsigned level, bool leaf, unsigned number, unsigned width, bool pages_1gb,
                 bool nxe) {
  if (mode == PW_MODE_32BIT) {
    if (!leaf || level == 1) return false;
    if (number == 21) return true;
    if (number < 13 || number > 20) return false;
    const unsigned address_bit = number + 19; // PSE-36: bit 13 is address bit 32
    return address_bit >= width;
  }
  if (mode == PW_MODE_PAE && level == 3) {
    return number == 1 || number == 2 || (number >= 5 && number <= 8) || number >= width;
  }
  if (number == 63) return !nxe;
  if (number >= 52) return mode == PW_MODE_PAE;
  if (number >= width) return true;
  if (leaf && level == 3) return number >= 13 && number <= 29;
  if (leaf && level == 2) return number >= 13 && number <= 20;
  if (!leaf && number == 7) return level >= 4 || (level == 3 && !pages_1gb);
  return false;
}

bool can_map(pw_paging_mode mode, unsigned level, bool pages_1gb) {
  if (level == 3) return mode != PW_MODE_PAE && pages_1gb;
  return level < 3;
}

void expect_reserved_bits(pw_paging_mode mode, unsigned width, bool pages_1gb, bool nxe) {
  const pw_walk_rules rules = pw_walk_rules_make(mode, inputs(width, pages_1gb, true, nxe));
  for (unsigned level = 1; level <= rules.format->levels; level++) {
    uint64_t table = 0;
    uint64_t leaf = 0;
    for (unsigned number = 0; number < 64; number++) {
      if (is_reserved(mode, level, false, number, width, pages_1gb, nxe)) table |= bit(number);
      if (is_reserved(mode, level, true, number, width, pages_1gb, nxe)) leaf |= bit(number);
    }
    SCOPED_TRACE(testing::Message() << "mode " << mode << " level " << level << " MAXPHYADDR " << width << " 1GB "
                                    << pages_1gb << " NXE " << nxe << std::hex << " masks "
                                    << rules.level[level].reserved_table << ' ' << rules.level[level].reserved_leaf);
    if (level > 1) {
      EXPECT_EQ(table, rules.level[level].reserved_table);
    }
    if (can_map(mode, level, pages_1gb)) {
      EXPECT_EQ(leaf, rules.level[level].reserved_leaf);
    }
  }
}

class ReservedBits : public testing::TestWithParam<pw_paging_mode> {};

TEST_P(ReservedBits, AreThoseOfTheSdmForEveryLevelAndMaxphyaddr) {
  for (unsigned width = 32; width <= 52; width++) {
    for (unsigned flags = 0; flags < 4; flags++) expect_reserved_bits(GetParam(), width, flags & 1, flags & 2);
  }
}

// The walker looks at the table mask before it looks whether an entry is a leaf.
TEST_P(ReservedBits, OfATableEntryAreReservedInALeafOfItsLevelToo) {
  for (unsigned width = 32; width <= 52; width++) {
    for (unsigned flags = 0; flags < 8; flags++) {
      const pw_walk_rules rules = pw_walk_rules_make(GetParam(), inputs(width, flags & 1, flags & 2, flags & 4));
      for (unsigned level = 1; level <= rules.format->levels; level++) {
        if (!rules.level[level].always_leaf && !rules.level[level].leaf_bit) continue;
        EXPECT_EQ(0u, rules.level[level].reserved_table & ~rules.level[level].reserved_leaf) << level;
      }
    }
  }
}

TEST_P(ReservedBits, NeverCoverTheBitThatMakesALeafOrItsPat) {
  for (unsigned width = 32; width <= 52; width++) {
    const pw_walk_rules rules = rules_of(GetParam(), width);
    for (unsigned level = 1; level <= rules.format->levels; level++) {
      const pw_level_rules &at = rules.level[level];
      if (!at.always_leaf && !at.leaf_bit) continue;
      EXPECT_EQ(0u, at.reserved_leaf & (at.leaf_bit | at.pat_bit)) << "level " << level << " width " << width;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryMode, ReservedBits, testing::ValuesIn(kModes));

TEST(ReservedBits, OfAFortyBitMachineWrittenOut) {
  const pw_walk_rules four = rules_of(PW_MODE_4LEVEL, 40);
  EXPECT_EQ(UINT64_C(0x000fff0000000000), four.level[1].reserved_leaf);
  EXPECT_EQ(UINT64_C(0x000fff0000000000), four.level[2].reserved_table);
  EXPECT_EQ(UINT64_C(0x000fff00001fe000), four.level[2].reserved_leaf);
  EXPECT_EQ(UINT64_C(0x000fff0000000000), four.level[3].reserved_table);
  EXPECT_EQ(UINT64_C(0x000fff003fffe000), four.level[3].reserved_leaf);
  EXPECT_EQ(UINT64_C(0x000fff0000000080), four.level[4].reserved_table);
  const pw_walk_rules pae = rules_of(PW_MODE_PAE, 36);
  EXPECT_EQ(UINT64_C(0x7ffffff000000000), pae.level[1].reserved_leaf);
  EXPECT_EQ(UINT64_C(0x7ffffff0001fe000), pae.level[2].reserved_leaf);
  EXPECT_EQ(UINT64_C(0xfffffff0000001e6), pae.level[3].reserved_table);
}

// SDM volume 3A, "4-Level Paging and 5-Level Paging": bits 62:52 are ignored, whether or not they hold a key.
TEST(ReservedBits, NeverIncludeBits52To62InLongMode) {
  const pw_walk_rules rules = pw_walk_rules_make(PW_MODE_5LEVEL, inputs(32));
  for (unsigned level = 1; level <= 5; level++) {
    EXPECT_EQ(0u, (rules.level[level].reserved_table | rules.level[level].reserved_leaf) >> 52) << "level " << level;
  }
}

// ---- leaves ----
TEST(Leaf, IsDecidedByPsWhereTheLevelAllowsIt) {
  const pw_walk_rules four = rules_of(PW_MODE_4LEVEL);
  EXPECT_TRUE(pw_entry_is_leaf(&four.level[1], 0));
  EXPECT_FALSE(pw_entry_is_leaf(&four.level[2], ~PW_ENTRY_PS));
  EXPECT_TRUE(pw_entry_is_leaf(&four.level[2], PW_ENTRY_PS));
  EXPECT_TRUE(pw_entry_is_leaf(&four.level[3], PW_ENTRY_PS));
  EXPECT_FALSE(pw_entry_is_leaf(&four.level[4], UINT64_MAX));
}

TEST(Leaf, PdpteMapsAPageOnlyOnAProcessorWithOneGbPages) {
  const pw_walk_rules without = pw_walk_rules_make(PW_MODE_4LEVEL, inputs(40, false));
  EXPECT_FALSE(pw_entry_is_leaf(&without.level[3], PW_ENTRY_PS));
  EXPECT_EQ(PW_ENTRY_PS, without.level[3].reserved_table & PW_ENTRY_PS);
  const pw_walk_rules with = pw_walk_rules_make(PW_MODE_4LEVEL, inputs(40, true));
  EXPECT_EQ(0u, with.level[3].reserved_table & PW_ENTRY_PS);
}

// SDM volume 3A, "32-Bit Paging": with CR4.PSE = 0 the PS bit of a PDE is ignored, not reserved.
TEST(Leaf, PsOfAPdeIsIgnoredIn32BitPagingWithoutPse) {
  const pw_walk_rules rules = pw_walk_rules_make(PW_MODE_32BIT, inputs(40, true, false));
  EXPECT_FALSE(pw_entry_is_leaf(&rules.level[2], PW_ENTRY_PS));
  EXPECT_EQ(0u, rules.level[2].reserved_table);
  EXPECT_EQ(0u, pw_level_of_page(&rules, 22));
}

TEST(Leaf, PseOnlyMattersIn32BitPaging) {
  for (pw_paging_mode mode : {PW_MODE_PAE, PW_MODE_4LEVEL, PW_MODE_5LEVEL}) {
    const pw_walk_rules rules = pw_walk_rules_make(mode, inputs(40, true, false));
    EXPECT_TRUE(pw_entry_is_leaf(&rules.level[2], PW_ENTRY_PS)) << "mode " << mode;
  }
}

TEST(Leaf, OnlyThePdpteOfPaeIsInARegister) {
  for (pw_paging_mode mode : kModes) {
    const pw_walk_rules rules = rules_of(mode);
    for (unsigned level = 1; level <= rules.format->levels; level++) {
      EXPECT_EQ(mode == PW_MODE_PAE && level == 3, rules.level[level].in_register) << mode << " level " << level;
    }
  }
}

// SDM volume 3A, "Page Attribute Table (PAT)": bit 7 of a PTE, bit 12 of an entry that maps a larger page.
TEST(Leaf, PatIsBit7OfAPteAndBit12OfALargerPage) {
  for (pw_paging_mode mode : kModes) {
    const pw_walk_rules rules = rules_of(mode);
    EXPECT_EQ(UINT64_C(0x80), rules.level[1].pat_bit) << "mode " << mode;
    EXPECT_EQ(UINT64_C(0x1000), rules.level[2].pat_bit) << "mode " << mode;
  }
  EXPECT_EQ(UINT64_C(0x1000), rules_of(PW_MODE_4LEVEL).level[3].pat_bit);
}

TEST(Leaf, LevelOfAPageSizeIsTheOneWhoseEntriesCoverIt) {
  const auto levels = [](pw_paging_mode mode, bool pages_1gb) {
    const pw_walk_rules rules = pw_walk_rules_make(mode, inputs(40, pages_1gb));
    return std::make_tuple(pw_level_of_page(&rules, 12), pw_level_of_page(&rules, 21), pw_level_of_page(&rules, 22),
                           pw_level_of_page(&rules, 30), pw_level_of_page(&rules, 39));
  };
  EXPECT_EQ(std::make_tuple(1u, 0u, 2u, 0u, 0u), levels(PW_MODE_32BIT, true));
  EXPECT_EQ(std::make_tuple(1u, 2u, 0u, 0u, 0u), levels(PW_MODE_PAE, true));
  EXPECT_EQ(std::make_tuple(1u, 2u, 0u, 3u, 0u), levels(PW_MODE_4LEVEL, true));
  EXPECT_EQ(std::make_tuple(1u, 2u, 0u, 0u, 0u), levels(PW_MODE_4LEVEL, false));
  EXPECT_EQ(std::make_tuple(1u, 2u, 0u, 3u, 0u), levels(PW_MODE_5LEVEL, true));
}

// ---- addresses in entries ----
TEST(LeafAddress, LeavesOutEverythingBelowThePageAndAboveBit51) {
  const pw_walk_rules four = rules_of(PW_MODE_4LEVEL);
  EXPECT_EQ(UINT64_C(0x000ffffffffff000), pw_leaf_address(&four, 1, UINT64_MAX));
  EXPECT_EQ(UINT64_C(0x000fffffffe00000), pw_leaf_address(&four, 2, UINT64_MAX));
  EXPECT_EQ(UINT64_C(0x000fffffc0000000), pw_leaf_address(&four, 3, UINT64_MAX));
  const pw_walk_rules two = rules_of(PW_MODE_32BIT);
  EXPECT_EQ(UINT64_C(0xfffff000), pw_leaf_address(&two, 1, 0xffffffff));
}

TEST(LeafAddress, PatOfALargePageIsNotPartOfIt) {
  const pw_walk_rules four = rules_of(PW_MODE_4LEVEL);
  EXPECT_EQ(UINT64_C(0x40000000), pw_leaf_address(&four, 2, 0x40000000 | PW_ENTRY_PAT_LARGE | PW_ENTRY_PS));
  EXPECT_EQ(UINT64_C(0x40000000), pw_leaf_address(&four, 3, 0x40000000 | PW_ENTRY_PAT_LARGE | PW_ENTRY_PS));
}

// SDM volume 3A, "32-Bit Paging", "Format of a 32-Bit Page-Directory Entry that Maps a 4-MByte Page".
TEST(LeafAddress, Pse36PutsBits39To32IntoBits20To13) {
  const pw_walk_rules rules = rules_of(PW_MODE_32BIT, 40);
  EXPECT_EQ(UINT64_C(0x00ffc00000), pw_leaf_address(&rules, 2, 0x00ffc00000 | 0x1fff));
  EXPECT_EQ(UINT64_C(0xff00000000), pw_leaf_address(&rules, 2, 0x001fe000));
  EXPECT_EQ(UINT64_C(0xa5ffc00000), pw_leaf_address(&rules, 2, 0xffc00000 | UINT64_C(0xa5) << 13 | 0xfff));
  EXPECT_EQ(UINT64_C(0x0100000000), pw_leaf_address(&rules, 2, UINT64_C(1) << 13));
  EXPECT_EQ(UINT64_C(0x8000000000), pw_leaf_address(&rules, 2, UINT64_C(1) << 20));
  EXPECT_EQ(0u, pw_leaf_address(&rules, 2, UINT64_C(1) << 21 | UINT64_C(1) << 12)) << "bit 21 and PAT are no address";
}

TEST(LeafAddress, BitsOfAPageAndItsAddressAreInverse) {
  std::mt19937_64 random(36);
  for (pw_paging_mode mode : kModes) {
    const pw_walk_rules rules = rules_of(mode);
    for (unsigned page_shift : {12u, 21u, 22u, 30u}) {
      const unsigned level = pw_level_of_page(&rules, page_shift);
      if (!level) continue;
      const unsigned width = mode != PW_MODE_32BIT ? 52 : level == 2 ? 40 : 32;
      for (unsigned i = 0; i < 1000; i++) {
        const uint64_t page = (random() & (bit(width) - 1)) >> page_shift << page_shift;
        const uint64_t bits = pw_leaf_address_bits(&rules, level, page);
        ASSERT_EQ(page, pw_leaf_address(&rules, level, bits)) << "mode " << mode << " level " << level;
        ASSERT_EQ(0u, bits & rules.level[level].reserved_leaf) << "mode " << mode << " level " << level;
        ASSERT_EQ(0u, bits & 0xfff) << "address bits never touch flags";
      }
    }
  }
}

TEST(TableAddress, IsBits51To12OfAnEightByteEntryAndBits31To12OfAFourByteOne) {
  EXPECT_EQ(UINT64_C(0xfffff000), rules_of(PW_MODE_32BIT).table_mask);
  for (pw_paging_mode mode : {PW_MODE_PAE, PW_MODE_4LEVEL, PW_MODE_5LEVEL}) {
    EXPECT_EQ(UINT64_C(0x000ffffffffff000), rules_of(mode).table_mask) << "mode " << mode;
  }
}

// ---- switches ----
TEST(WalkRules, ExecuteDisableExistsOnlyWithNxeAndEightByteEntries) {
  for (pw_paging_mode mode : kModes) {
    const uint64_t with = mode == PW_MODE_32BIT ? 0 : PW_ENTRY_XD;
    EXPECT_EQ(with, pw_walk_rules_make(mode, inputs(40, true, true, true)).xd_bit) << "mode " << mode;
    EXPECT_EQ(0u, pw_walk_rules_make(mode, inputs(40, true, true, false)).xd_bit) << "mode " << mode;
  }
}

TEST(WalkRules, ProtectionKeysExistOnlyInLongMode) {
  for (pw_paging_mode mode : kModes) {
    const bool long_mode = mode == PW_MODE_4LEVEL || mode == PW_MODE_5LEVEL;
    EXPECT_EQ(long_mode ? 15u : 0u, pw_walk_rules_make(mode, inputs(40)).pkey_mask) << mode;
  }
}

} // namespace
