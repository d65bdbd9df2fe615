// Which register values a processor can hold, and what translation makes of them.
#include <gtest/gtest.h>

#include <vector>

extern "C" {
#include "control.h"
}

namespace {

constexpr unsigned kWidth = 40;

// A legal state of 4-level paging.
pw_control long_mode() {
  pw_control control{};
  control.cr0 = PW_CR0_PG | PW_CR0_WP;
  control.cr4 = PW_CR4_PAE;
  control.efer = PW_EFER_LME;
  control.pat = PW_PAT_RESET;
  return control;
}

// All combinations of the bits that select a paging mode, PCIDE included.
std::vector<pw_control> all_modes() {
  std::vector<pw_control> states;
  for (unsigned bits = 0; bits < 32; bits++) {
    pw_control control{};
    control.pat = PW_PAT_RESET;
    if (bits & 1) control.cr0 |= PW_CR0_PG;
    if (bits & 2) control.efer |= PW_EFER_LME;
    if (bits & 4) control.cr4 |= PW_CR4_PAE;
    if (bits & 8) control.cr4 |= PW_CR4_LA57;
    if (bits & 16) control.cr4 |= PW_CR4_PCIDE;
    states.push_back(control);
  }
  return states;
}

testing::Message describe(const pw_control &c) {
  return testing::Message() << std::hex << "cr0 " << c.cr0 << " cr3 " << c.cr3 << " cr4 " << c.cr4 << " efer "
                            << c.efer;
}

// ---- legal states ----
// SDM volume 3A, "Paging-Mode Enabling" and "Process-Context Identifiers (PCIDs)".
TEST(Control, LongModeNeedsPaeAndPcidNeedsLongMode) {
  unsigned legal = 0;
  for (const pw_control &c : all_modes()) {
    const bool paging = c.cr0 & PW_CR0_PG;
    const bool in_long_mode = paging && (c.efer & PW_EFER_LME);
    bool expected = true;
    if (in_long_mode && !(c.cr4 & PW_CR4_PAE)) expected = false;
    if ((c.cr4 & PW_CR4_PCIDE) && !in_long_mode) expected = false;
    EXPECT_EQ(expected ? 0 : -PW_EGP, pw_control_check(&c, kWidth)) << describe(c);
    legal += expected;
  }
  EXPECT_EQ(16u, legal);
}

// SDM volume 2, "MOV—Move to/from Control Registers": bits MAXPHYADDR and up of CR3 are reserved.
TEST(Control, BitsOfCr3FromMaxphyaddrUpAreReservedInLongMode) {
  for (unsigned width = 32; width <= 52; width++) {
    for (unsigned bit = 0; bit < 64; bit++) {
      pw_control c = long_mode();
      c.cr3 = UINT64_C(1) << bit;
      EXPECT_EQ(bit < width ? 0 : -PW_EGP, pw_control_check(&c, width)) << "width " << width << " bit " << bit;
    }
  }
}

// SDM volume 3A, "Use of CR3 with 32-Bit Paging" and "... with PAE Paging": bits 63:32 are ignored.
TEST(Control, WithoutLongModeNoBitOfCr3IsReserved) {
  for (uint64_t cr4 : {UINT64_C(0), PW_CR4_PAE}) {
    pw_control c{};
    c.cr0 = PW_CR0_PG;
    c.cr3 = UINT64_MAX;
    c.cr4 = cr4;
    c.pat = PW_PAT_RESET;
    EXPECT_EQ(0, pw_control_check(&c, 32)) << describe(c);
  }
}

// SDM volume 3A, "Page Attribute Table (PAT)", "Memory Types That Can Be Encoded With PAT".
TEST(Control, PatTakesTheSixMemoryTypesInEachOfItsEightEntries) {
  for (unsigned entry = 0; entry < 8; entry++) {
    for (unsigned type = 0; type < 256; type++) {
      pw_control c = long_mode();
      c.pat &= ~(UINT64_C(0xff) << (8 * entry));
      c.pat |= uint64_t{type} << (8 * entry);
      const bool known =
          type == PW_UC || type == PW_WC || type == PW_WT || type == PW_WP || type == PW_WB || type == PW_UC_MINUS;
      ASSERT_EQ(known ? 0 : -PW_EGP, pw_control_check(&c, kWidth)) << "entry " << entry << " type " << type;
    }
  }
}

// ---- steps ----
// SDM volume 3A, "Paging-Mode Enabling" and "Process-Context Identifiers (PCIDs)", each rule as it stands there.
TEST(ControlChange, OnlyTheStepsOfTheSdmAreLegal) {
  unsigned refused = 0;
  for (pw_control from : all_modes()) {
    for (pw_control to : all_modes()) {
      if (pw_control_check(&from, kWidth) || pw_control_check(&to, kWidth)) continue;
      for (uint64_t cr3 : {UINT64_C(0), UINT64_C(0x1000), UINT64_C(0x1001), UINT64_C(0x1fff)}) {
        from.cr3 = to.cr3 = cr3;
        bool expected = true;
        if ((to.cr4 & PW_CR4_PCIDE) && !(from.cr4 & PW_CR4_PCIDE) && cr3 % 4096 != 0) expected = false;
        const bool from_long = (from.cr0 & PW_CR0_PG) && (from.efer & PW_EFER_LME);
        const bool to_long = (to.cr0 & PW_CR0_PG) && (to.efer & PW_EFER_LME);
        if (from_long && to_long && (from.cr4 & PW_CR4_LA57) != (to.cr4 & PW_CR4_LA57)) expected = false;
        if ((from.cr0 & PW_CR0_PG) && (from.efer & PW_EFER_LME) != (to.efer & PW_EFER_LME)) expected = false;
        EXPECT_EQ(expected ? 0 : -PW_EGP, pw_control_check_change(&from, &to))
            << describe(from) << " -> " << describe(to);
        refused += !expected;
      }
    }
  }
  EXPECT_GT(refused, 0u);
}

TEST(ControlChange, PcideMayBeSetOnlyWhilePcidIsZero) {
  pw_control from = long_mode();
  from.cr3 = 0x5001;
  pw_control to = from;
  to.cr4 |= PW_CR4_PCIDE;
  EXPECT_EQ(-PW_EGP, pw_control_check_change(&from, &to));
  EXPECT_EQ(0, pw_control_check_change(&to, &from)) << "clearing it is allowed";
  from.cr3 = to.cr3 = 0x5000;
  EXPECT_EQ(0, pw_control_check_change(&from, &to));
}

TEST(ControlChange, StayingIsAlwaysLegal) {
  for (pw_control state : all_modes()) {
    state.cr3 = 0xfff;
    EXPECT_EQ(0, pw_control_check_change(&state, &state)) << describe(state);
  }
}

// ---- meaning ----
// SDM volume 3A, "Paging Modes and Control Bits".
TEST(ControlDecode, ModeFollowsFromLmeLa57AndPae) {
  for (const pw_control &c : all_modes()) {
    if (pw_control_check(&c, kWidth) || !(c.cr0 & PW_CR0_PG)) continue;
    pw_paging_mode expected = PW_MODE_32BIT;
    if (c.cr4 & PW_CR4_PAE) expected = PW_MODE_PAE;
    if (c.efer & PW_EFER_LME) expected = PW_MODE_4LEVEL;
    if ((c.efer & PW_EFER_LME) && (c.cr4 & PW_CR4_LA57)) expected = PW_MODE_5LEVEL;
    const pw_translation_mode decoded = pw_control_decode(&c, kWidth, true);
    EXPECT_EQ(expected, decoded.mode) << describe(c);
    EXPECT_EQ(&pw_paging_formats[expected], decoded.rules.format) << describe(c);
    EXPECT_TRUE(decoded.paging);
  }
}

TEST(ControlDecode, PagingIsCr0Pg) {
  pw_control c = long_mode();
  EXPECT_TRUE(pw_control_decode(&c, kWidth, true).paging);
  c.cr0 &= ~PW_CR0_PG;
  EXPECT_FALSE(pw_control_decode(&c, kWidth, true).paging);
}

TEST(ControlDecode, PcidIsTheLowTwelveBitsOfCr3WithPcide) {
  pw_control c = long_mode();
  c.cr3 = 0x12345fed;
  EXPECT_EQ(0u, pw_control_decode(&c, kWidth, true).pcid);
  c.cr4 |= PW_CR4_PCIDE;
  EXPECT_EQ(0xfedu, pw_control_decode(&c, kWidth, true).pcid);
  EXPECT_EQ(UINT64_C(0x12345000), pw_control_decode(&c, kWidth, true).root_address) << "PCID is no address";
}

TEST(ControlDecode, RootAddressIsTheAddressFieldOfCr3InItsMode) {
  pw_control c = long_mode();
  c.cr3 = UINT64_C(0x000fffffffffffff);
  EXPECT_EQ(UINT64_C(0x000ffffffffff000), pw_control_decode(&c, 52, true).root_address);
  c.efer = 0;
  EXPECT_EQ(UINT64_C(0xffffffe0), pw_control_decode(&c, 52, true).root_address);
  c.cr4 = 0;
  EXPECT_EQ(UINT64_C(0xfffff000), pw_control_decode(&c, 52, true).root_address);
}

TEST(ControlDecode, MaxphyaddrAndOneGbPagesReachTheReservedBits) {
  const pw_control c = long_mode();
  const pw_translation_mode narrow = pw_control_decode(&c, 36, false);
  EXPECT_EQ(UINT64_C(0x800ffff000000080), narrow.rules.level[3].reserved_table);
  const pw_translation_mode wide = pw_control_decode(&c, 52, true);
  EXPECT_EQ(UINT64_C(0x8000000000000000), wide.rules.level[3].reserved_table);
}

TEST(ControlDecode, NxeMakesXdMeaningfulAndNotReserved) {
  pw_control c = long_mode();
  EXPECT_EQ(0u, pw_control_decode(&c, kWidth, true).rules.xd_bit);
  EXPECT_EQ(PW_ENTRY_XD, pw_control_decode(&c, kWidth, true).rules.level[1].reserved_leaf & PW_ENTRY_XD);
  c.efer |= PW_EFER_NXE;
  EXPECT_EQ(PW_ENTRY_XD, pw_control_decode(&c, kWidth, true).rules.xd_bit);
  EXPECT_EQ(0u, pw_control_decode(&c, kWidth, true).rules.level[1].reserved_leaf & PW_ENTRY_XD);
}

TEST(ControlDecode, PseReachesThePdeOf32BitPaging) {
  pw_control c{};
  c.cr0 = PW_CR0_PG;
  c.pat = PW_PAT_RESET;
  EXPECT_EQ(0u, pw_control_decode(&c, kWidth, true).rules.level[2].leaf_bit);
  c.cr4 |= PW_CR4_PSE;
  EXPECT_EQ(PW_ENTRY_PS, pw_control_decode(&c, kWidth, true).rules.level[2].leaf_bit);
}

uint32_t error_code_of(const pw_control &c, unsigned kind) {
  pw_access access{};
  access.kind = static_cast<uint8_t>(kind);
  const pw_translation_mode decoded = pw_control_decode(&c, kWidth, true);
  return decoded.permissions.row[pw_permission_index(&access)].error_code;
}

// SDM volume 3A, "Page-Fault Exceptions": I/D needs CR4.SMEP = 1, or CR4.PAE = 1 and EFER.NXE = 1.
TEST(ControlDecode, NxeMeansNothingIn32BitPaging) {
  pw_control c{};
  c.cr0 = PW_CR0_PG;
  c.pat = PW_PAT_RESET;
  c.efer = PW_EFER_NXE;
  EXPECT_EQ(0u, error_code_of(c, PW_FETCH));
  EXPECT_EQ(0u, pw_control_decode(&c, kWidth, true).rules.xd_bit);
  c.cr4 = PW_CR4_PAE;
  EXPECT_EQ(uint32_t{PW_ERROR_ID}, error_code_of(c, PW_FETCH));
  c.efer = 0;
  c.cr4 = PW_CR4_SMEP;
  EXPECT_EQ(uint32_t{PW_ERROR_ID}, error_code_of(c, PW_FETCH));
}

// May a supervisor do this to a page with these rights? What each control bit changes, and nothing else.
bool supervisor_may(const pw_control &c, unsigned kind, uint32_t attributes) {
  pw_access access{};
  access.kind = static_cast<uint8_t>(kind);
  const pw_translation_mode decoded = pw_control_decode(&c, kWidth, true);
  return pw_permission_allows(&decoded.permissions.row[pw_permission_index(&access)], attributes);
}

TEST(ControlDecode, WpSmepSmapAndNxeReachThePermissions) {
  pw_control c = long_mode();
  c.cr0 = PW_CR0_PG;
  const uint32_t user = PW_ATTR_USER | PW_ATTR_EXECUTE;
  EXPECT_TRUE(supervisor_may(c, PW_WRITE, 0));
  EXPECT_TRUE(supervisor_may(c, PW_READ, user));
  EXPECT_TRUE(supervisor_may(c, PW_FETCH, user));
  EXPECT_TRUE(supervisor_may(c, PW_FETCH, 0));
  c.cr0 |= PW_CR0_WP;
  EXPECT_FALSE(supervisor_may(c, PW_WRITE, 0));
  c.cr4 |= PW_CR4_SMAP;
  EXPECT_FALSE(supervisor_may(c, PW_READ, user));
  EXPECT_TRUE(supervisor_may(c, PW_FETCH, user));
  c.cr4 |= PW_CR4_SMEP;
  EXPECT_FALSE(supervisor_may(c, PW_FETCH, user));
  EXPECT_TRUE(supervisor_may(c, PW_FETCH, 0));
  c.efer |= PW_EFER_NXE;
  EXPECT_FALSE(supervisor_may(c, PW_FETCH, 0));
}

// SDM volume 3A, "Protection Keys": only with CR4.PKE = 1, and only in 4-level and 5-level paging.
TEST(ControlDecode, PkruCountsOnlyWithPkeInLongMode) {
  pw_control c = long_mode();
  c.pkru = 1;
  EXPECT_TRUE(supervisor_may(c, PW_READ, PW_ATTR_USER));
  EXPECT_EQ(15u, pw_control_decode(&c, kWidth, true).rules.pkey_mask) << "the key is cached, PKE decides if it counts";
  c.cr4 |= PW_CR4_PKE;
  EXPECT_FALSE(supervisor_may(c, PW_READ, PW_ATTR_USER));
  EXPECT_EQ(15u, pw_control_decode(&c, kWidth, true).rules.pkey_mask);
  c.efer = 0;
  EXPECT_TRUE(supervisor_may(c, PW_READ, PW_ATTR_USER)) << "PAE paging has no keys";
  EXPECT_EQ(0u, pw_control_decode(&c, kWidth, true).rules.pkey_mask);
}

} // namespace
