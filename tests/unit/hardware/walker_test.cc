// The walk: order of checks, reserved bits, A and D, every paging mode.
#include "machine.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kAddress = 0x00007f1234567000;

TEST(Walker, FourLevelsReadFourEntriesFromTheTopDown) {
  Machine machine(bare_config());
  machine.map_small(kAddress, 0x5000 | Machine::user_page);
  const pw_translation t = machine.translate(make_access(kAddress + 0x123));
  ASSERT_EQ(PW_MAPPED, t.outcome);
  EXPECT_EQ(0x5123u, t.physical_address);
  EXPECT_EQ(12, t.page_shift);
  ASSERT_EQ(4, t.step_count);
  for (unsigned i = 0; i < 4; i++) EXPECT_EQ(4 - i, t.steps[i].level);
  EXPECT_EQ(Machine::slot(0x1000, 4, kAddress), t.steps[0].entry_address);
}

TEST(Walker, NotPresentWinsOverReservedBits) {
  Machine machine(bare_config());
  machine.map_small(kAddress, PW_ENTRY_ADDRESS & ~PW_ENTRY_P);
  const pw_translation t = machine.translate(make_access(kAddress));
  EXPECT_EQ(PW_PAGE_FAULT, t.outcome);
  EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_US), t.error_code);
}

TEST(Walker, ReservedBitInPdeFaultsWithRsvd) {
  Machine machine(bare_config());
  machine.map_small(kAddress, 0x5000 | Machine::user_page);
  machine.put(Machine::slot(0x3000, 2, kAddress), 0x4000 | Machine::table_bits | UINT64_C(1) << 51);
  const pw_translation t = machine.translate(make_access(kAddress));
  EXPECT_EQ(PW_PAGE_FAULT, t.outcome);
  EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_P | PW_ERROR_US | PW_ERROR_RSVD), t.error_code);
  EXPECT_EQ(3, t.step_count) << "the walk stops at the bad entry";
}

TEST(Walker, ReservedBitsAreAskedBeforeRights) {
  Machine machine(bare_config());
  machine.map_small(kAddress, 0x5000 | PW_ENTRY_P | UINT64_C(1) << 50); // read-only, supervisor, reserved
  const pw_translation t = machine.translate(make_access(kAddress, PW_WRITE));
  EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US | PW_ERROR_RSVD), t.error_code);
}

TEST(Walker, PsInPml4eIsReserved) {
  Machine machine(bare_config());
  machine.map_small(kAddress, 0x5000 | Machine::user_page);
  machine.put(Machine::slot(0x1000, 4, kAddress), 0x2000 | Machine::table_bits | PW_ENTRY_PS);
  EXPECT_TRUE(machine.translate(make_access(kAddress)).error_code & PW_ERROR_RSVD);
}

TEST(Walker, PsInPdpteIsReservedWithoutOneGigabytePages) {
  for (bool pages_1gb : {false, true}) {
    pw_config config = bare_config();
    config.pages_1gb = pages_1gb;
    Machine machine(config);
    machine.map_small(kAddress, 0);
    machine.put(Machine::slot(0x2000, 3, kAddress), UINT64_C(0x40000000) | Machine::user_page | PW_ENTRY_PS);
    const pw_translation t = machine.translate(make_access(kAddress));
    if (pages_1gb) {
      EXPECT_EQ(PW_MAPPED, t.outcome);
      EXPECT_EQ(30, t.page_shift);
      EXPECT_EQ(UINT64_C(0x40000000) | (kAddress & 0x3fffffff), t.physical_address);
    } else {
      EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_P | PW_ERROR_US | PW_ERROR_RSVD), t.error_code);
    }
  }
}

TEST(Walker, XdIsReservedWithoutNxe) {
  pw_config config = bare_config();
  config.nxe = false;
  Machine machine(config);
  machine.map_small(kAddress, 0x5000 | Machine::user_page | PW_ENTRY_XD);
  EXPECT_TRUE(machine.translate(make_access(kAddress)).error_code & PW_ERROR_RSVD);
}

TEST(Walker, Bits62To52OfAnEntryAreIgnoredInLongMode) {
  Machine machine(bare_config());
  machine.map_small(kAddress, 0x5000 | Machine::user_page | UINT64_C(0x7ff) << 52);
  EXPECT_EQ(0x5000u, machine.translate(make_access(kAddress)).physical_address);
}

TEST(Walker, RightsCombineOverAllLevels) {
  for (unsigned level = 1; level <= 4; level++) {
    Machine machine(bare_config());
    machine.map_small(kAddress, 0x5000 | Machine::user_page);
    const uint64_t at = Machine::slot(0x1000 * (5 - level), level, kAddress);
    machine.put(at, machine.get(at) & ~PW_ENTRY_RW);
    EXPECT_EQ(PW_MAPPED, machine.translate(make_access(kAddress)).outcome);
    EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US),
              machine.translate(make_access(kAddress, PW_WRITE)).error_code)
        << "level " << level;
    machine.put(at, (machine.get(at) | PW_ENTRY_RW | PW_ENTRY_XD));
    EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_P | PW_ERROR_US | PW_ERROR_ID),
              machine.translate(make_access(kAddress, PW_FETCH)).error_code)
        << "level " << level;
  }
}

TEST(Walker, SuccessSetsAccessedTopDownAndDirtyOnlyInTheLeafOfAWrite) {
  Machine machine(bare_config());
  machine.map_small(kAddress, 0x5000 | Machine::user_page);
  pw_translation t = machine.translate(make_access(kAddress));
  for (unsigned i = 0; i < 4; i++) EXPECT_EQ(PW_ENTRY_A, t.steps[i].entry_after ^ t.steps[i].entry_before);
  t = machine.translate(make_access(kAddress, PW_WRITE));
  for (unsigned i = 0; i < 3; i++) EXPECT_EQ(t.steps[i].entry_before, t.steps[i].entry_after);
  EXPECT_EQ(PW_ENTRY_D, t.steps[3].entry_after ^ t.steps[3].entry_before);
  EXPECT_EQ(t.steps[3].entry_after, machine.get(t.steps[3].entry_address));
}

TEST(Walker, FaultSetsNoBitByDefault) {
  Machine machine(bare_config());
  machine.map_small(kAddress, 0x5000 | PW_ENTRY_P | PW_ENTRY_US);
  const pw_translation t = machine.translate(make_access(kAddress, PW_WRITE));
  EXPECT_EQ(PW_PAGE_FAULT, t.outcome);
  for (unsigned i = 0; i < t.step_count; i++) EXPECT_EQ(t.steps[i].entry_before, machine.get(t.steps[i].entry_address));
}

TEST(Walker, TraversedSetsAccessedInTablesOfAWalkThatFaultsButNeverInASmallLeaf) {
  pw_config config = bare_config();
  config.accessed_on_fault = PW_ACCESSED_TRAVERSED;
  Machine machine(config);
  machine.map_small(kAddress, 0x5000 | PW_ENTRY_P | PW_ENTRY_US);
  const pw_translation t = machine.translate(make_access(kAddress, PW_WRITE));
  ASSERT_EQ(4, t.step_count);
  for (unsigned i = 0; i < 3; i++) EXPECT_TRUE(machine.get(t.steps[i].entry_address) & PW_ENTRY_A);
  EXPECT_FALSE(machine.get(t.steps[3].entry_address) & (PW_ENTRY_A | PW_ENTRY_D));
}

TEST(Walker, PrefetchNeverSetsDirtyAndNeverFaults) {
  Machine machine(bare_config());
  machine.map_small(kAddress, 0x5000 | Machine::user_page);
  pw_translation t = machine.translate(make_access(kAddress, PW_WRITE, 3, PW_PREFETCH));
  EXPECT_EQ(PW_MAPPED, t.outcome);
  EXPECT_FALSE(machine.get(Machine::slot(0x4000, 1, kAddress)) & PW_ENTRY_D);
  t = machine.translate(make_access(kAddress + 0x1000, PW_READ, 3, PW_PREFETCH));
  EXPECT_EQ(PW_DROPPED, t.outcome);
  EXPECT_EQ(0u, t.error_code);
  EXPECT_EQ(PW_DROPPED, machine.translate(make_access(UINT64_C(1) << 47, PW_READ, 3, PW_PREFETCH)).outcome);
}

// An entry that serves two levels changes under the walk's own compare-and-swap: the walk starts again and ends.
TEST(Walker, SharedEntryRestartsTheWalkAndConverges) {
  Machine machine(bare_config());
  // Index 0 at every level; the root's entry 0 points to the root itself, so all four levels read it.
  machine.put(0x1000, 0x1000 | Machine::table_bits);
  const pw_translation t = machine.translate(make_access(0x123, PW_WRITE));
  ASSERT_EQ(PW_MAPPED, t.outcome);
  EXPECT_EQ(0x1123u, t.physical_address);
  EXPECT_GT(t.attempts, 1);
  EXPECT_EQ(0x1000 | Machine::table_bits | PW_ENTRY_A | PW_ENTRY_D, machine.get(0x1000));
}

// A port that can be told to change an entry before a compare-and-swap, to refuse them all, or to answer bus errors.
struct HostilePort {
  pw_physical_memory *memory = nullptr;
  uint64_t change_address = 0;
  uint64_t change_to = 0;
  bool refuse_all = false;
  uint64_t error_address = 0;

  static int read(void *context, uint64_t address, uint64_t *value) {
    auto *port = static_cast<HostilePort *>(context);
    if (address == port->error_address) return PW_PORT_BUS_ERROR;
    *value = pw_physical_read64(port->memory, address);
    return PW_PORT_OK;
  }
  static int swap(void *context, uint64_t address, uint64_t expected, uint64_t desired) {
    auto *port = static_cast<HostilePort *>(context);
    if (port->refuse_all) return PW_PORT_MISMATCH;
    if (port->change_address) {
      pw_physical_write64(port->memory, port->change_address, port->change_to);
      port->change_address = 0;
    }
    if (pw_physical_read64(port->memory, address) != expected) return PW_PORT_MISMATCH;
    return pw_physical_write64(port->memory, address, desired);
  }
};

class WalkerOnHostilePort : public ::testing::Test {
 protected:
  void SetUp() override {
    tables_.map_small(kAddress, 0x5000 | Machine::user_page);
    port_.memory = tables_.memory();
    const pw_memory_port port = {&port_, HostilePort::read, HostilePort::swap};
    const pw_config config = bare_config();
    ASSERT_EQ(0, pw_mmu_create(&config, &port, nullptr, &mmu_));
    const pw_control control = pw_control_from_config(&config, Machine::kRoot);
    ASSERT_EQ(0, pw_mmu_set_control(mmu_, &control));
  }
  void TearDown() override { pw_mmu_destroy(mmu_); }

  Machine tables_{bare_config()};
  HostilePort port_;
  pw_mmu *mmu_ = nullptr;
  pw_translation t_{};
};

TEST_F(WalkerOnHostilePort, FailedCompareAndSwapWalksAgainWithTheNewEntry) {
  port_.change_address = Machine::slot(0x4000, 1, kAddress);
  port_.change_to = 0x6000 | Machine::user_page;
  const pw_access access = make_access(kAddress, PW_WRITE);
  ASSERT_EQ(0, pw_translate(mmu_, &access, &t_));
  EXPECT_EQ(PW_MAPPED, t_.outcome);
  EXPECT_EQ(0x6000u, t_.physical_address) << "the page of the entry that was read last";
  EXPECT_EQ(2, t_.attempts);
}

TEST_F(WalkerOnHostilePort, EntryThatBecomesNotPresentDuringTheUpdateFaults) {
  port_.change_address = Machine::slot(0x4000, 1, kAddress);
  port_.change_to = 0;
  const pw_access access = make_access(kAddress, PW_WRITE);
  ASSERT_EQ(0, pw_translate(mmu_, &access, &t_));
  EXPECT_EQ(PW_PAGE_FAULT, t_.outcome);
  EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_WR | PW_ERROR_US), t_.error_code);
}

TEST_F(WalkerOnHostilePort, EndlessRefusalEndsWithContention) {
  port_.refuse_all = true;
  const pw_access access = make_access(kAddress);
  EXPECT_EQ(-PW_ECONTENTION, pw_translate(mmu_, &access, &t_));
  EXPECT_EQ(PW_MAX_ATTEMPTS, t_.attempts);
}

TEST_F(WalkerOnHostilePort, BusErrorOfAnEntryReadIsNotAPageFault) {
  port_.error_address = Machine::slot(0x3000, 2, kAddress);
  const pw_access access = make_access(kAddress);
  ASSERT_EQ(0, pw_translate(mmu_, &access, &t_));
  EXPECT_EQ(PW_BUS_ERROR, t_.outcome);
  EXPECT_EQ(3, t_.step_count);
}

TEST(Walker, FiveLevelsTranslateFiftySevenBits) {
  pw_config config = bare_config();
  config.mode = PW_MODE_5LEVEL;
  Machine machine(config);
  const uint64_t address = UINT64_C(0x00fe7f1234567000) & ((UINT64_C(1) << 56) - 1);
  for (unsigned level = 5; level >= 2; level--) {
    machine.put(Machine::slot(0x1000 * (6 - level), level, address), 0x1000 * (7 - level) | Machine::table_bits);
  }
  machine.put(Machine::slot(0x5000, 1, address), 0x9000 | Machine::user_page);
  const pw_translation t = machine.translate(make_access(address));
  EXPECT_EQ(0x9000u, t.physical_address);
  EXPECT_EQ(5, t.step_count);
  EXPECT_EQ(PW_GENERAL_PROTECTION, machine.translate(make_access(UINT64_C(1) << 56)).outcome);
}

pw_config mode_config(pw_paging_mode mode) {
  pw_config config = bare_config();
  config.mode = mode;
  config.pcide = config.pke = false;
  config.nxe = config.nxe && mode != PW_MODE_32BIT;
  return config;
}

TEST(Walker, ThirtyTwoBitPagingReadsFourByteEntries) {
  Machine machine(mode_config(PW_MODE_32BIT));
  const uint64_t address = 0x00c03123; // directory entry 3, table entry 3: odd, so the upper half of a word
  machine.put(0x1008, UINT64_C(0x2007) << 32);
  machine.put(0x2008, UINT64_C(0x5007) << 32 | 0xdeadbeef);
  const pw_translation t = machine.translate(make_access(address, PW_WRITE));
  ASSERT_EQ(PW_MAPPED, t.outcome);
  EXPECT_EQ(0x5123u, t.physical_address);
  EXPECT_EQ(2, t.step_count);
  EXPECT_EQ(UINT64_C(0x5067) << 32 | 0xdeadbeef, machine.get(0x2008)) << "A and D set, the neighbour untouched";
}

TEST(Walker, FourMegabytePageTakesAddressBits39To32FromPse36) {
  Machine machine(mode_config(PW_MODE_32BIT));
  machine.put(0x1000, UINT64_C(0x00c00087) | UINT64_C(0xab) << 13);
  const pw_translation t = machine.translate(make_access(0x00345678));
  EXPECT_EQ(22, t.page_shift);
  EXPECT_EQ(UINT64_C(0xab00f45678), t.physical_address);
}

TEST(Walker, Bit21OfAFourMegabytePageIsReserved) {
  Machine machine(mode_config(PW_MODE_32BIT));
  machine.put(0x1000, UINT64_C(0x00c00087) | 1 << 21);
  EXPECT_TRUE(machine.translate(make_access(0x1000)).error_code & PW_ERROR_RSVD);
}

TEST(Walker, PsInA32BitPdeIsIgnoredWithoutPse) {
  Machine machine(mode_config(PW_MODE_32BIT));
  machine.put(0x1000, 0x2087);
  machine.put(0x2000, 0x5007);
  machine.set_control([](pw_control &control) { control.cr4 &= ~PW_CR4_PSE; });
  EXPECT_EQ(0x5000u, machine.translate(make_access(0)).physical_address);
}

TEST(Walker, PaePagingTakesThePdpteFromARegisterLoadedWithCr3) {
  Machine machine(mode_config(PW_MODE_PAE));
  machine.put(0x1008, 0x2000 | PW_ENTRY_P);
  machine.put(0x2000, 0x3007);
  machine.put(0x3000, 0x5007);
  const uint64_t address = UINT64_C(1) << 30;
  EXPECT_EQ(PW_PAGE_FAULT, machine.translate(make_access(address)).outcome) << "the register is older than the entry";
  ASSERT_EQ(0, pw_write_cr3(machine.mmu(), 0x1000));
  const pw_translation t = machine.translate(make_access(address));
  EXPECT_EQ(0x5000u, t.physical_address);
  ASSERT_EQ(3, t.step_count);
  EXPECT_EQ(PW_SERVED_BY_REGISTER, t.steps[0].read_by);
  EXPECT_EQ(0x2000 | PW_ENTRY_P, machine.get(0x1008)) << "a PDPTE of PAE paging has no A bit";
}

TEST(Walker, ReservedBitInAPaePdpteRefusesCr3) {
  Machine machine(mode_config(PW_MODE_PAE));
  machine.put(0x6018, 0x2000 | PW_ENTRY_P | PW_ENTRY_RW);
  EXPECT_EQ(-PW_EGP, pw_write_cr3(machine.mmu(), 0x6000));
  EXPECT_EQ(0x1000u, pw_mmu_control(machine.mmu()).cr3) << "nothing changed";
  machine.put(0x6018, (0x2000 | PW_ENTRY_RW));
  EXPECT_EQ(0, pw_write_cr3(machine.mmu(), 0x6000)) << "not present: its bits do not count";
}

TEST(Walker, PaeEntriesReserveBits62To52) {
  Machine machine(mode_config(PW_MODE_PAE));
  machine.put(0x1000, 0x2001);
  machine.put(0x2000, 0x3007);
  machine.put(0x3000, 0x5007 | UINT64_C(1) << 55);
  ASSERT_EQ(0, pw_write_cr3(machine.mmu(), 0x1000));
  EXPECT_TRUE(machine.translate(make_access(0)).error_code & PW_ERROR_RSVD);
}

TEST(Walker, LinearAddressAboveFourGigabytesDoesNotExistOutsideLongMode) {
  Machine machine(mode_config(PW_MODE_32BIT));
  EXPECT_EQ(PW_GENERAL_PROTECTION, machine.translate(make_access(UINT64_C(1) << 32)).outcome);
}

TEST(Walker, MemoryTypeComesFromPatPcdPwtOfTheLeaf) {
  const unsigned reset[8] = {PW_WB, PW_WT, PW_UC_MINUS, PW_UC, PW_WB, PW_WT, PW_UC_MINUS, PW_UC};
  for (unsigned index = 0; index < 8; index++) {
    Machine machine(bare_config());
    const uint64_t bits = (index & 1 ? PW_ENTRY_PWT : 0) | (index & 2 ? PW_ENTRY_PCD : 0);
    machine.map_small(kAddress, 0x5000 | Machine::user_page | bits | (index & 4 ? PW_ENTRY_PAT_SMALL : 0));
    EXPECT_EQ(reset[index], machine.translate(make_access(kAddress)).memory_type);
    ASSERT_EQ(0, pw_write_pat(machine.mmu(), 0)); // every index UC
    EXPECT_EQ(PW_UC, machine.translate(make_access(kAddress)).memory_type);
    // Bit 12 is PAT in a large page.
    machine.put(Machine::slot(0x3000, 2, kAddress),
                UINT64_C(0x600000) | Machine::user_page | PW_ENTRY_PS | bits | (index & 4 ? PW_ENTRY_PAT_LARGE : 0));
    ASSERT_EQ(0, pw_write_pat(machine.mmu(), PW_PAT_RESET));
    EXPECT_EQ(reset[index], machine.translate(make_access(kAddress)).memory_type);
  }
}

// PWT in bit 0, PCD in bit 1, of the entry above; of CR3 for the top table, where its bits are not a PCID.
TEST(Walker, EntryIsReadWithPwtAndPcdOfWhatPointsToItsTable) {
  for (const bool pcids : {false, true}) {
    Machine machine(bare_config());
    machine.map_small(kAddress, 0x5000 | Machine::user_page | PW_ENTRY_PWT | PW_ENTRY_PCD);
    machine.put(Machine::slot(0x1000, 4, kAddress), 0x2000 | Machine::table_bits | PW_ENTRY_PWT);
    machine.put(Machine::slot(0x2000, 3, kAddress), 0x3000 | Machine::table_bits | PW_ENTRY_PCD);
    machine.set_control([&](pw_control &control) {
      control.cr3 |= 0x18;
      if (!pcids) control.cr4 &= ~PW_CR4_PCIDE;
    });
    const pw_translation t = machine.translate(make_access(kAddress));
    ASSERT_EQ(4, t.step_count);
    EXPECT_EQ(pcids ? 0 : 3, t.steps[0].cache_control);
    EXPECT_EQ(1, t.steps[1].cache_control);
    EXPECT_EQ(2, t.steps[2].cache_control);
    EXPECT_EQ(0, t.steps[3].cache_control);
  }
}

TEST(Walker, PagingStructureCacheKeepsPwtAndPcdOfItsEntry) {
  pw_config config = bare_config();
  config.psc[2] = {1, 4, PW_LRU};
  Machine machine(config);
  machine.map_small(kAddress, 0x5000 | Machine::user_page);
  machine.put(Machine::slot(0x3000, 2, kAddress), 0x4000 | Machine::table_bits | PW_ENTRY_PWT | PW_ENTRY_PCD);
  machine.translate(make_access(kAddress));
  const pw_translation t = machine.translate(make_access(kAddress));
  ASSERT_EQ(1, t.step_count);
  EXPECT_EQ(3, t.steps[0].cache_control);
}

TEST(Walker, TableAddressAboveMaxphyaddrNeverLeavesTheWalker) {
  pw_config config = bare_config();
  config.physical_address_bits = 36;
  Machine machine(config);
  machine.map_small(kAddress, 0x5000 | Machine::user_page);
  machine.put(Machine::slot(0x2000, 3, kAddress), 0x3000 | Machine::table_bits | UINT64_C(1) << 36);
  const pw_translation t = machine.translate(make_access(kAddress));
  EXPECT_TRUE(t.error_code & PW_ERROR_RSVD);
  EXPECT_EQ(2, t.step_count);
}

} // namespace
