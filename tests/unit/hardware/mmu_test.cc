// The MMU as a whole: hits, faults on hits, D on a hit, tags, every invalidation, control registers, probes.
#include "machine.h"

#include <malloc.h>

#include <cstring>
#include <map>

using namespace pagewalk_test;

namespace {

constexpr uint64_t kAddress = 0x00007f1234567000;
constexpr uint64_t kOther = kAddress + 0x1000;  // same tables
constexpr unsigned kL1I = 0, kL1D = 1, kL2 = 2; // units of pw_config_default

uint64_t leaf_slot(uint64_t address) { return Machine::slot(0x4000, 1, address); }

class Mmu : public ::testing::Test {
 protected:
  void SetUp() override {
    machine_.map_small(kAddress, 0x5000 | Machine::user_page);
    machine_.put(leaf_slot(kOther), 0x6000 | Machine::user_page);
  }
  pw_translation read(uint64_t address) { return machine_.translate(make_access(address)); }
  bool tlb_holds(uint64_t address, unsigned pcid = 0) {
    return pw_mmu_tlb_holds(machine_.mmu(), kL1D, address, pcid) ||
           pw_mmu_tlb_holds(machine_.mmu(), kL2, address, pcid);
  }
  bool psc_holds(uint64_t address, unsigned pcid = 0) {
    return pw_mmu_psc_holds(machine_.mmu(), 2, address, pcid) || pw_mmu_psc_holds(machine_.mmu(), 3, address, pcid) ||
           pw_mmu_psc_holds(machine_.mmu(), 4, address, pcid);
  }
  void make_global() { machine_.put(leaf_slot(kAddress), 0x5000 | Machine::user_page | PW_ENTRY_G); }

  Machine machine_{pw_config_default()};
};

// ---- hits ----
TEST_F(Mmu, SecondAccessHitsTheFirstLevelAndReadsNothing) {
  EXPECT_EQ(0, read(kAddress).hit_level);
  const pw_translation t = read(kAddress + 8);
  EXPECT_EQ(1, t.hit_level);
  EXPECT_EQ(kL1D, t.hit_unit);
  EXPECT_EQ(0, t.walked);
  EXPECT_EQ(0, t.step_count);
  EXPECT_EQ(0x5008u, t.physical_address);
}

// mallinfo2 counts the bytes in use; under AddressSanitizer it counts nothing, and the test then shows nothing.
TEST_F(Mmu, HitsAndWalksAllocateNothing) {
  pw_translation t;
  const pw_access first = make_access(kAddress), second = make_access(kOther, PW_WRITE);
  const size_t before = mallinfo2().uordblks;
  for (unsigned i = 0; i < 1000; i++) {
    ASSERT_EQ(0, pw_translate(machine_.mmu(), i & 1 ? &first : &second, &t));
    if (i % 100 == 99) pw_invlpg(machine_.mmu(), kAddress);
  }
  EXPECT_EQ(before, mallinfo2().uordblks);
}

TEST_F(Mmu, FetchAndDataHaveTheirOwnFirstLevelAndShareTheSecond) {
  read(kAddress);
  const pw_translation t = machine_.translate(make_access(kAddress, PW_FETCH));
  EXPECT_EQ(2, t.hit_level);
  EXPECT_EQ(kL2, t.hit_unit);
  EXPECT_EQ((1 << kL1I) | (1 << kL2), t.looked_up);
  EXPECT_EQ(1, machine_.translate(make_access(kAddress, PW_FETCH)).hit_level) << "the hit filled the first level";
}

TEST_F(Mmu, PdeCacheHitLeavesOneEntryRead) {
  read(kAddress);
  const pw_translation t = read(kOther);
  EXPECT_EQ(2, t.psc_level);
  ASSERT_EQ(1, t.step_count);
  EXPECT_EQ(1, t.steps[0].level);
}

TEST_F(Mmu, RightsOfTheUpperLevelsSurviveInThePagingStructureCache) {
  machine_.put(Machine::slot(0x3000, 2, kAddress), 0x4000 | PW_ENTRY_P | PW_ENTRY_US); // PDE read-only
  read(kAddress);
  const pw_translation t = machine_.translate(make_access(kOther, PW_WRITE));
  EXPECT_EQ(2, t.psc_level);
  EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US), t.error_code);
}

TEST_F(Mmu, RightsAreCheckedOnAHitWithTheCurrentRegisters) {
  machine_.put(leaf_slot(kAddress), 0x5000 | PW_ENTRY_P); // supervisor, read-only
  EXPECT_EQ(PW_MAPPED, machine_.translate(make_access(kAddress, PW_READ, 0)).outcome);
  pw_translation t = machine_.translate(make_access(kAddress, PW_READ, 3));
  EXPECT_EQ(1, t.hit_level);
  EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_P | PW_ERROR_US), t.error_code);
  machine_.translate(make_access(kAddress, PW_READ, 0));
  t = machine_.translate(make_access(kAddress, PW_WRITE, 0));
  EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_P | PW_ERROR_WR), t.error_code);
  ASSERT_EQ(0, pw_write_cr0(machine_.mmu(), PW_CR0_PG)); // WP = 0
  EXPECT_EQ(PW_MAPPED, machine_.translate(make_access(kAddress, PW_WRITE, 0)).outcome);
}

// SDM "Operations that Invalidate TLBs and Paging-Structure Caches": so a stale entry faults at most once.
TEST_F(Mmu, SpuriousFaultDoesNotRecur) {
  machine_.put(leaf_slot(kAddress), 0x5000 | PW_ENTRY_P | PW_ENTRY_US);
  read(kAddress);
  machine_.put(leaf_slot(kAddress), 0x5000 | Machine::user_page); // R/W 0 -> 1, no invalidation
  EXPECT_EQ(PW_PAGE_FAULT, machine_.translate(make_access(kAddress, PW_WRITE)).outcome);
  EXPECT_FALSE(tlb_holds(kAddress));
  EXPECT_FALSE(psc_holds(kAddress));
  EXPECT_EQ(PW_MAPPED, machine_.translate(make_access(kAddress, PW_WRITE)).outcome);
}

TEST_F(Mmu, WriteToAPageCachedCleanWalksOnceToSetDirty) {
  read(kAddress);
  pw_translation t = machine_.translate(make_access(kAddress, PW_WRITE));
  EXPECT_EQ(1, t.hit_level);
  EXPECT_EQ(1, t.dirty_walk);
  EXPECT_TRUE(machine_.get(leaf_slot(kAddress)) & PW_ENTRY_D);
  t = machine_.translate(make_access(kAddress, PW_WRITE));
  EXPECT_EQ(0, t.walked);
  pw_invlpg(machine_.mmu(), kAddress);
  machine_.translate(make_access(kAddress, PW_FETCH)); // fills the second level with D = 1
  EXPECT_EQ(0, machine_.translate(make_access(kAddress, PW_WRITE)).walked);
}

TEST_F(Mmu, DirtyWalkRenewsEveryLevelThatHoldsThePage) {
  read(kAddress);
  machine_.translate(make_access(kAddress, PW_WRITE));
  for (uint64_t i = 1; i <= 64; i++) { // push the page out of the first level only
    machine_.put(leaf_slot(kAddress + 0x4000 * i), 0x100000 * i | Machine::user_page);
    if (pw_mmu_tlb_holds(machine_.mmu(), kL1D, kAddress, 0)) read(kAddress + 0x4000 * i);
  }
  ASSERT_FALSE(pw_mmu_tlb_holds(machine_.mmu(), kL1D, kAddress, 0));
  const pw_translation t = machine_.translate(make_access(kAddress, PW_WRITE));
  EXPECT_EQ(2, t.hit_level);
  EXPECT_EQ(0, t.dirty_walk) << "the second level learned D = 1 too";
}

TEST_F(Mmu, DirtyWalkThatFindsAnotherPageReplacesTheStaleOne) {
  read(kAddress);
  machine_.put(Machine::slot(0x3000, 2, kAddress), UINT64_C(0x600000) | Machine::user_page | PW_ENTRY_PS);
  pw_invpcid(machine_.mmu(), PW_INVPCID_CONTEXT, 1, 0); // another context: nothing of this one goes
  machine_.put(Machine::slot(0x3000, 2, kOther), UINT64_C(0x600000) | Machine::user_page | PW_ENTRY_PS);
  for (unsigned level = 2; level <= 4; level++) ASSERT_TRUE(pw_mmu_psc_holds(machine_.mmu(), level, kAddress, 0));
  machine_.put(leaf_slot(kAddress), 0x7000 | Machine::user_page);
  const pw_translation t = machine_.translate(make_access(kAddress, PW_WRITE));
  EXPECT_EQ(1, t.dirty_walk);
  EXPECT_EQ(0x7000u, t.physical_address) << "the PDE cache still leads to the old table, whose leaf has changed";
  EXPECT_EQ(0x7000u, read(kAddress).physical_address);
}

// ---- tags ----
TEST_F(Mmu, EntriesOfAnotherPcidDoNotHit) {
  read(kAddress);
  ASSERT_EQ(0, pw_write_cr3(machine_.mmu(), Machine::kRoot | 5 | PW_CR3_NO_FLUSH));
  EXPECT_EQ(0, read(kAddress).hit_level);
  EXPECT_EQ(2, machine_.probe(make_access(kOther)).psc_level) << "PCID 5 has its own PDE by now";
  ASSERT_EQ(0, pw_write_cr3(machine_.mmu(), Machine::kRoot | PW_CR3_NO_FLUSH));
  EXPECT_EQ(1, read(kAddress).hit_level) << "bit 63 kept PCID 0";
}

TEST_F(Mmu, GlobalPageServesEveryPcid) {
  make_global();
  read(kAddress);
  ASSERT_EQ(0, pw_write_cr3(machine_.mmu(), Machine::kRoot | 5 | PW_CR3_NO_FLUSH));
  EXPECT_EQ(1, read(kAddress).hit_level);
}

TEST_F(Mmu, GlobalBitMeansNothingWithoutPge) {
  make_global();
  machine_.set_control([](pw_control &control) { control.cr4 &= ~PW_CR4_PGE; });
  EXPECT_FALSE(read(kAddress).attributes & PW_ATTR_GLOBAL);
  ASSERT_EQ(0, pw_write_cr3(machine_.mmu(), Machine::kRoot | 5 | PW_CR3_NO_FLUSH));
  EXPECT_EQ(0, read(kAddress).hit_level);
}

// ---- invalidations: the table of SDM "Operations that Invalidate TLBs and Paging-Structure Caches" ----
// Four entries to watch: a page and a global page in PCID 0, and a page in PCID 5, with their paging structures.
class Invalidation : public Mmu {
 protected:
  static constexpr uint64_t kGlobal = kAddress + 0x2000;

  void SetUp() override {
    Mmu::SetUp();
    machine_.put(leaf_slot(kGlobal), 0x7000 | Machine::user_page | PW_ENTRY_G);
    ASSERT_EQ(0, pw_write_cr3(machine_.mmu(), Machine::kRoot | 5));
    read(kAddress);
    read(kOther);
    ASSERT_EQ(0, pw_write_cr3(machine_.mmu(), Machine::kRoot | PW_CR3_NO_FLUSH));
    read(kAddress);
    read(kOther);
    read(kGlobal);
    expect(true, true, true, true, true, "before");
  }
  void expect(bool page, bool other, bool global, bool psc, bool pcid5, const char *what) {
    EXPECT_EQ(page, tlb_holds(kAddress, 0)) << what;
    EXPECT_EQ(other, tlb_holds(kOther, 0)) << what;
    EXPECT_EQ(global, tlb_holds(kGlobal, 9)) << what;
    EXPECT_EQ(psc, psc_holds(kAddress, 0)) << what;
    EXPECT_EQ(pcid5, tlb_holds(kAddress, 5)) << what;
    EXPECT_EQ(pcid5, psc_holds(kAddress, 5)) << what;
  }
  pw_mmu *mmu() { return machine_.mmu(); }
  uint64_t cr4() { return pw_mmu_control(mmu()).cr4; }
};

TEST_F(Invalidation, InvlpgDropsThePageAndAllPagingStructuresOfItsPcid) {
  ASSERT_EQ(0, pw_invlpg(mmu(), kAddress + 0x123));
  expect(false, true, true, false, true, "INVLPG");
}

TEST_F(Invalidation, InvlpgDropsAGlobalPageToo) {
  ASSERT_EQ(0, pw_invlpg(mmu(), kGlobal));
  expect(true, true, false, false, true, "INVLPG of a global page");
}

TEST_F(Invalidation, InvlpgOfANonCanonicalAddressIsNoOperation) {
  ASSERT_EQ(0, pw_invlpg(mmu(), UINT64_C(1) << 63));
  expect(true, true, true, true, true, "INVLPG");
}

TEST_F(Invalidation, InvpcidAddressSparesGlobalPages) {
  ASSERT_EQ(0, pw_invpcid(mmu(), PW_INVPCID_ADDRESS, 0, kGlobal));
  EXPECT_TRUE(tlb_holds(kGlobal, 9));
  ASSERT_EQ(0, pw_invpcid(mmu(), PW_INVPCID_ADDRESS, 0, kAddress));
  expect(false, true, true, false, true, "INVPCID 0");
}

TEST_F(Invalidation, InvpcidAddressOfAnotherPcid) {
  ASSERT_EQ(0, pw_invpcid(mmu(), PW_INVPCID_ADDRESS, 5, kAddress));
  EXPECT_FALSE(tlb_holds(kAddress, 5));
  EXPECT_TRUE(tlb_holds(kOther, 5));
  EXPECT_TRUE(tlb_holds(kAddress, 0));
}

TEST_F(Invalidation, InvpcidContextDropsOnePcidButGlobals) {
  ASSERT_EQ(0, pw_invpcid(mmu(), PW_INVPCID_CONTEXT, 5, 0));
  expect(true, true, true, true, false, "INVPCID 1");
}

TEST_F(Invalidation, InvpcidAllWithGlobalsDropsEverything) {
  ASSERT_EQ(0, pw_invpcid(mmu(), PW_INVPCID_ALL_WITH_GLOBALS, 0, 0));
  expect(false, false, false, false, false, "INVPCID 2");
}

TEST_F(Invalidation, InvpcidAllButGlobalsSparesGlobals) {
  ASSERT_EQ(0, pw_invpcid(mmu(), PW_INVPCID_ALL_BUT_GLOBALS, 0, 0));
  expect(false, false, true, false, false, "INVPCID 3");
}

TEST_F(Invalidation, Cr3DropsTheNamedPcidButGlobals) {
  ASSERT_EQ(0, pw_write_cr3(mmu(), Machine::kRoot | 5));
  expect(true, true, true, true, false, "CR3 with PCID 5");
  ASSERT_EQ(0, pw_write_cr3(mmu(), Machine::kRoot));
  expect(false, false, true, false, false, "CR3 with PCID 0");
}

TEST_F(Invalidation, Cr3WithBit63DropsNothing) {
  ASSERT_EQ(0, pw_write_cr3(mmu(), Machine::kRoot | 5 | PW_CR3_NO_FLUSH));
  expect(true, true, true, true, true, "CR3 with bit 63");
  EXPECT_EQ(Machine::kRoot | 5, pw_mmu_control(mmu()).cr3) << "bit 63 is not stored";
}

TEST_F(Invalidation, ChangeOfPgeDropsEverything) {
  ASSERT_EQ(0, pw_write_cr4(mmu(), cr4() & ~PW_CR4_PGE));
  expect(false, false, false, false, false, "CR4.PGE 1 -> 0");
}

TEST_F(Invalidation, ClearingPcideDropsEverything) {
  ASSERT_EQ(0, pw_write_cr4(mmu(), cr4() & ~PW_CR4_PCIDE));
  expect(false, false, false, false, false, "CR4.PCIDE 1 -> 0");
}

TEST_F(Invalidation, SettingSmepDropsTheCurrentPcid) {
  ASSERT_EQ(0, pw_write_cr4(mmu(), cr4() & ~PW_CR4_SMEP));
  expect(true, true, true, true, true, "CR4.SMEP 1 -> 0");
  ASSERT_EQ(0, pw_write_cr4(mmu(), cr4() | PW_CR4_SMEP));
  expect(false, false, false, false, true, "CR4.SMEP 0 -> 1");
}

TEST_F(Invalidation, ChangeOfSmapDropsNothing) {
  ASSERT_EQ(0, pw_write_cr4(mmu(), cr4() ^ PW_CR4_SMAP));
  expect(true, true, true, true, true, "CR4.SMAP");
}

TEST_F(Invalidation, ClearingPagingDropsEverything) {
  ASSERT_EQ(0, pw_write_cr4(mmu(), cr4() & ~PW_CR4_PCIDE)); // PCIDE = 1 with PG = 0 is #GP
  read(kAddress);
  read(kGlobal);
  ASSERT_EQ(0, pw_write_cr0(mmu(), PW_CR0_WP));
  expect(false, false, false, false, false, "CR0.PG 1 -> 0");
  EXPECT_EQ(0x1234u, read(0x1234).physical_address) << "no paging: the linear address is physical";
}

TEST_F(Invalidation, PageFaultDropsWhatTranslatesItsAddress) {
  machine_.put(leaf_slot(kAddress), 0x5000 | PW_ENTRY_P);
  pw_invlpg(mmu(), kAddress);
  machine_.translate(make_access(kAddress, PW_READ, 0)); // cached, supervisor
  EXPECT_EQ(PW_PAGE_FAULT, read(kAddress).outcome);
  expect(false, true, true, false, true, "#PF");
}

TEST(InvalidationOfLargePages, InvlpgDropsTheWholePageFromAnyAddressInIt) {
  for (unsigned level : {2u, 3u}) {
    Machine machine(pw_config_default());
    machine.map_small(kAddress, 0);
    const uint64_t page = level == 2 ? UINT64_C(0x600000) : UINT64_C(0x40000000);
    machine.put(Machine::slot(0x1000 * (5 - level), level, kAddress), page | Machine::user_page | PW_ENTRY_PS);
    machine.translate(make_access(kAddress));
    const uint64_t elsewhere = kAddress ^ 0x100000;
    EXPECT_EQ(1, machine.translate(make_access(elsewhere)).hit_level);
    pw_invlpg(machine.mmu(), elsewhere);
    EXPECT_EQ(0, machine.translate(make_access(kAddress)).hit_level);
  }
}

TEST(InvalidationWithoutPcids, Cr3DropsAllButGlobals) {
  pw_config config = pw_config_default();
  config.pcide = false;
  Machine machine(config);
  machine.map_small(kAddress, 0x5000 | Machine::user_page);
  machine.put(leaf_slot(kOther), 0x6000 | Machine::user_page | PW_ENTRY_G);
  machine.translate(make_access(kAddress));
  machine.translate(make_access(kOther));
  ASSERT_EQ(0, pw_write_cr3(machine.mmu(), Machine::kRoot));
  EXPECT_FALSE(pw_mmu_tlb_holds(machine.mmu(), kL2, kAddress, 0));
  EXPECT_TRUE(pw_mmu_tlb_holds(machine.mmu(), kL2, kOther, 0));
  EXPECT_FALSE(pw_mmu_psc_holds(machine.mmu(), 2, kAddress, 0));
}

// ---- control registers that are refused ----
TEST_F(Invalidation, IllegalControlValuesRaiseGpAndChangeNothing) {
  const pw_control before = pw_mmu_control(mmu());
  EXPECT_EQ(-PW_EGP, pw_write_cr4(mmu(), cr4() & ~PW_CR4_PAE)) << "PAE stays on in long mode";
  EXPECT_EQ(-PW_EGP, pw_write_cr4(mmu(), cr4() ^ PW_CR4_LA57)) << "LA57 does not change in long mode";
  EXPECT_EQ(-PW_EGP, pw_write_cr0(mmu(), 0)) << "PG = 0 with PCIDE = 1";
  EXPECT_EQ(-PW_EGP, pw_write_efer(mmu(), before.efer & ~PW_EFER_LME)) << "LME while paging";
  EXPECT_EQ(-PW_EGP, pw_write_cr3(mmu(), UINT64_C(1) << 40)) << "above MAXPHYADDR";
  EXPECT_EQ(-PW_EGP, pw_write_pat(mmu(), 2)) << "a reserved memory type";
  EXPECT_EQ(-PW_EGP, pw_invpcid(mmu(), 4, 0, 0));
  EXPECT_EQ(-PW_EGP, pw_invpcid(mmu(), PW_INVPCID_CONTEXT, 4096, 0));
  EXPECT_EQ(-PW_EGP, pw_invpcid(mmu(), PW_INVPCID_ADDRESS, 0, UINT64_C(1) << 63));
  const pw_control after = pw_mmu_control(mmu());
  EXPECT_EQ(0, std::memcmp(&before, &after, sizeof before));
  expect(true, true, true, true, true, "refused operations");
}

TEST_F(Invalidation, PcideCannotBeSetWithAPcidInCr3) {
  ASSERT_EQ(0, pw_write_cr4(mmu(), cr4() & ~PW_CR4_PCIDE));
  ASSERT_EQ(0, pw_write_cr3(mmu(), Machine::kRoot | 0x18)); // PWT and PCD
  EXPECT_EQ(-PW_EGP, pw_write_cr4(mmu(), cr4() | PW_CR4_PCIDE));
  EXPECT_EQ(-PW_EGP, pw_invpcid(mmu(), PW_INVPCID_CONTEXT, 5, 0)) << "no PCIDs";
  EXPECT_EQ(-PW_EGP, pw_write_cr3(mmu(), Machine::kRoot | PW_CR3_NO_FLUSH)) << "bit 63 is reserved without PCIDE";
}

// ---- addresses and misuse
// --------------------------------------------------------------------------------------------

TEST_F(Mmu, NonCanonicalAddressFaultsBeforeAnyWalk) {
  const uint64_t address = UINT64_C(0x0000800000000000);
  pw_translation t = machine_.translate(make_access(address));
  EXPECT_EQ(PW_GENERAL_PROTECTION, t.outcome);
  EXPECT_EQ(0, t.walked);
  EXPECT_EQ(0u, t.error_code);
  EXPECT_EQ(PW_STACK_FAULT, machine_.translate(make_access(address, PW_READ, 3, PW_STACK)).outcome);
  EXPECT_EQ(PW_PAGE_FAULT, machine_.translate(make_access(UINT64_C(0xffff800000000000))).outcome);
}

TEST_F(Mmu, AccessOutsideItsRangesIsRefused) {
  pw_translation t;
  for (pw_access access : {make_access(0, 3), make_access(0, PW_READ, 4), make_access(0, PW_READ, 3, 16)}) {
    EXPECT_EQ(-PW_EINVAL, pw_translate(machine_.mmu(), &access, &t));
    EXPECT_EQ(-PW_EINVAL, pw_probe(machine_.mmu(), &access, &t));
  }
}

TEST(MmuLife, InvalidConfigurationIsRefused) {
  pw_config config = pw_config_default();
  config.tlbs[0].arrays[0].array.ways = 0;
  const pw_memory_port port = {};
  pw_mmu *mmu = nullptr;
  EXPECT_EQ(-PW_ECONFIG, pw_mmu_create(&config, &port, nullptr, &mmu));
  EXPECT_EQ(nullptr, mmu);
}

TEST_F(Mmu, TlbContentsCanBeListedEntryByEntry) {
  make_global();
  read(kAddress);
  machine_.translate(make_access(kOther, PW_WRITE));
  std::map<uint64_t, pw_tlb_view> listed;
  const pw_array_config geometry = machine_.config().tlbs[kL1D].arrays[0].array;
  for (uint32_t set = 0; set < geometry.sets; set++) {
    for (uint32_t way = 0; way < geometry.ways; way++) {
      pw_tlb_view view;
      if (pw_mmu_tlb_entry(machine_.mmu(), kL1D, 0, set, way, &view)) listed[view.key.linear_address] = view;
    }
  }
  ASSERT_EQ(2u, listed.size());
  EXPECT_EQ(pw_mmu_tlb_occupancy(machine_.mmu(), kL1D), listed.size());
  EXPECT_EQ(0x5000u, listed[kAddress].page_address);
  EXPECT_EQ(1u, listed[kAddress].key.global);
  EXPECT_FALSE(listed[kAddress].attributes & PW_ATTR_DIRTY);
  EXPECT_EQ(0x6000u, listed[kOther].page_address);
  EXPECT_TRUE(listed[kOther].attributes & PW_ATTR_DIRTY);
  pw_tlb_view none;
  EXPECT_EQ(0, pw_mmu_tlb_entry(machine_.mmu(), 9, 0, 0, 0, &none));
  EXPECT_EQ(0, pw_mmu_tlb_entry(machine_.mmu(), kL1D, 9, 0, 0, &none));
  EXPECT_EQ(0, pw_mmu_tlb_entry(machine_.mmu(), kL1D, 0, geometry.sets, 0, &none));
  EXPECT_EQ(0, pw_mmu_tlb_entry(machine_.mmu(), kL1D, 0, 0, geometry.ways, &none));
}

TEST_F(Mmu, VictimKeyDecodesToThePageThatLeft) {
  uint64_t evicted = 0;
  for (uint64_t i = 0; i < 8 && !evicted; i++) { // one set of the first level: every 4th page
    const uint64_t address = kAddress + 0x4000 * i;
    machine_.put(leaf_slot(address), 0x100000 * (i + 1) | Machine::user_page);
    const pw_translation t = read(address);
    for (unsigned f = 0; f < t.fill_count; f++) {
      pw_key_fields fields;
      if (t.fills[f].structure != PW_TLB || t.fills[f].unit != kL1D) continue;
      if (!pw_mmu_decode_key(machine_.mmu(), t.fills[f].victim_key, &fields)) continue;
      evicted = fields.linear_address;
      EXPECT_EQ(12u, fields.page_shift);
      EXPECT_EQ(0u, fields.global);
    }
  }
  EXPECT_EQ(kAddress, evicted) << "least recently used of the set";
}

// ---- found by review ----
// SDM "PDPTE Registers": MOV to CR3 and certain changes of CR0 and CR4 load them; WRPKRU and WRMSR do not.
TEST(PdpteRegisters, AreLoadedByCr3AndByChangesOfPgeButNotByPkruOrPat) {
  pw_config config = bare_config();
  config.mode = PW_MODE_PAE;
  config.pcide = config.pke = false;
  Machine machine(config);
  machine.put(0x1000, 0x2000 | PW_ENTRY_P);
  machine.put(0x2000, 0x3000 | Machine::table_bits);
  machine.put(0x3000, 0x5000 | Machine::user_page);
  const pw_access access = make_access(0);
  ASSERT_EQ(0, pw_write_pkru(machine.mmu(), 1));
  ASSERT_EQ(0, pw_write_pat(machine.mmu(), PW_PAT_RESET));
  ASSERT_EQ(0, pw_write_cr0(machine.mmu(), PW_CR0_PG));
  EXPECT_EQ(PW_PAGE_FAULT, machine.translate(access).outcome) << "the register is older than the entry";
  ASSERT_EQ(0, pw_write_cr4(machine.mmu(), pw_mmu_control(machine.mmu()).cr4 ^ PW_CR4_PGE));
  EXPECT_EQ(PW_MAPPED, machine.translate(access).outcome);
  machine.put(0x1008, PW_ENTRY_P | PW_ENTRY_RW); // reserved in a PDPTE
  EXPECT_EQ(0, pw_write_pkru(machine.mmu(), 0)) << "memory is not looked at";
  EXPECT_EQ(-PW_EGP, pw_write_cr4(machine.mmu(), pw_mmu_control(machine.mmu()).cr4 ^ PW_CR4_SMEP));
}

// The registers are the cache: a PDPTE once stayed in the paging-structure cache of level 3 when they were loaded anew.
TEST(PdpteRegisters, AreNotCachedEvenWhereThePdpteCacheExists) {
  Machine machine(pw_config_default());
  machine.put(0x1000, 0x2000 | PW_ENTRY_P);
  machine.put(0x2000, 0x3000 | Machine::table_bits);
  machine.put(0x3000, 0x5000 | Machine::user_page);
  machine.put(0x8000, 0x9000 | Machine::table_bits);
  machine.put(0x9008, 0x6000 | Machine::user_page);
  machine.set_control([](pw_control &control) {
    control.efer &= ~PW_EFER_LME;
    control.cr4 &= ~PW_CR4_PCIDE;
  });
  EXPECT_EQ(0x5000u, machine.translate(make_access(0)).physical_address);
  machine.put(0x1000, 0x8000 | PW_ENTRY_P);
  ASSERT_EQ(0, pw_write_cr0(machine.mmu(), pw_mmu_control(machine.mmu()).cr0 | UINT64_C(1) << 30)); // CD: loads them
  pw_invpcid(machine.mmu(), PW_INVPCID_ADDRESS, 7, 0);
  const pw_translation t = machine.translate(make_access(0x1000));
  EXPECT_NE(3, t.psc_level);
}

TEST_F(Mmu, WithoutPagingLinearAddressesHave32BitsWhateverLmeSays) {
  machine_.set_control([](pw_control &control) {
    control.cr0 &= ~PW_CR0_PG;
    control.cr4 &= ~PW_CR4_PCIDE;
  });
  EXPECT_EQ(0x1234u, read(0x1234).physical_address);
  EXPECT_EQ(PW_GENERAL_PROTECTION, read(UINT64_C(1) << 32).outcome);
}

TEST_F(Mmu, AccessThatCrossesAPageIsRefused) {
  pw_translation t;
  pw_access access = make_access(kAddress + 4092);
  access.size_bytes = 4;
  EXPECT_EQ(0, pw_translate(machine_.mmu(), &access, &t));
  access.size_bytes = 5;
  EXPECT_EQ(-PW_EINVAL, pw_translate(machine_.mmu(), &access, &t));
  access.size_bytes = UINT32_MAX;
  EXPECT_EQ(-PW_EINVAL, pw_probe(machine_.mmu(), &access, &t));
}

TEST_F(Mmu, ProtectionKeyIsKnownOnAHitEvenIfPkeWasSetLater) {
  machine_.put(leaf_slot(kAddress), 0x5000 | Machine::user_page | UINT64_C(5) << PW_ENTRY_PKEY_SHIFT);
  read(kAddress);
  ASSERT_EQ(0, pw_write_pkru(machine_.mmu(), 1u << 10)); // AD of key 5
  EXPECT_EQ(PW_MAPPED, read(kAddress).outcome) << "PKE = 0";
  ASSERT_EQ(0, pw_write_cr4(machine_.mmu(), pw_mmu_control(machine_.mmu()).cr4 | PW_CR4_PKE));
  const pw_translation t = read(kAddress);
  EXPECT_EQ(1, t.hit_level);
  EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_P | PW_ERROR_US | PW_ERROR_PK), t.error_code);
}

TEST_F(Invalidation, ChangeOfPseDropsEverything) {
  ASSERT_EQ(0, pw_write_cr4(mmu(), cr4() ^ PW_CR4_PSE));
  expect(false, false, false, false, false, "CR4.PSE");
}

TEST(InvalidationOutsideLongMode, ChangeOfPaeChangesTheModeAndDropsEverything) {
  pw_config config = pw_config_default();
  config.mode = PW_MODE_32BIT;
  config.pages_1gb = config.pcide = config.nxe = false;
  config.tlb_count = 0;
  for (auto &psc : config.psc) psc.sets = 0;
  config.psc[2] = {1, 4, PW_LRU};
  Machine machine(config);
  machine.put(0x1000, UINT64_C(0x2007));
  machine.put(0x2000, UINT64_C(0x5007));
  EXPECT_EQ(0x5000u, machine.translate(make_access(0)).physical_address);
  ASSERT_TRUE(pw_mmu_psc_holds(machine.mmu(), 2, 0, 0));
  machine.put(0x1000, 0x3000 | PW_ENTRY_P); // the same root, now a table of PDPTEs
  machine.put(0x3000, 0x4000 | Machine::table_bits);
  machine.put(0x4000, 0x6000 | Machine::user_page);
  ASSERT_EQ(0, pw_write_cr4(machine.mmu(), pw_mmu_control(machine.mmu()).cr4 | PW_CR4_PAE));
  EXPECT_EQ(0x6000u, machine.translate(make_access(0)).physical_address);
}

// SDM "Accessed and Dirty Flags" and "Recommended Invalidation": without an invalidation hardware need not set A again.
TEST_F(Mmu, ClearedAccessedAndDirtyStayClearWhileTheEntryIsCached) {
  machine_.translate(make_access(kAddress, PW_WRITE));
  machine_.put(leaf_slot(kAddress), 0x5000 | Machine::user_page);
  machine_.translate(make_access(kAddress, PW_WRITE));
  EXPECT_EQ(0x5000 | Machine::user_page, machine_.get(leaf_slot(kAddress)));
  pw_invlpg(machine_.mmu(), kAddress);
  machine_.translate(make_access(kAddress, PW_WRITE));
  EXPECT_EQ(0x5000 | Machine::user_page | PW_ENTRY_A | PW_ENTRY_D, machine_.get(leaf_slot(kAddress)));
}

TEST_F(Mmu, OldPageIsUsedAfterAChangeOfPageSizeUntilItIsInvalidated) {
  read(kAddress);
  machine_.put(Machine::slot(0x3000, 2, kAddress), UINT64_C(0x600000) | Machine::user_page | PW_ENTRY_PS);
  EXPECT_EQ(0x5000u, read(kAddress).physical_address) << "cached as a 4 KB page";
  pw_invlpg(machine_.mmu(), kAddress);
  EXPECT_EQ(UINT64_C(0x600000) | (kAddress & 0x1fffff), read(kAddress).physical_address);
  EXPECT_EQ(UINT64_C(0x600000) | (kOther & 0x1fffff), read(kOther).physical_address);
}

} // namespace
