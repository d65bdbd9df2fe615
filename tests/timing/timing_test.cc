// What every step of a translation costs. The numbers are those of the table of time with a 303 ps clock:
// L1 4 cycles, L2 12, L3 28, DRAM 213; second-level TLB 7, paging-structure caches 1 (pw_config_default).
#include <pagewalk/simulation.h>

#include "machine.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kAddress = 0x00007f1234567000;
constexpr uint32_t kL1 = 4, kL2 = 12, kDram = 213, kL2Tlb = 7, kPsc = 1;

uint64_t leaf_slot(uint64_t address) { return Machine::slot(0x4000, 1, address); }

class Timing : public ::testing::Test {
 protected:
  void SetUp() override { machine_.map_small(kAddress, 0x5000 | Machine::user_page); }
  pw_translation read(uint64_t address) { return machine_.translate(make_access(address)); }
  Machine machine_{pw_config_default()};
};

TEST(Cycles, AreTheCeilingOfPicosecondsOverTheClock) {
  EXPECT_EQ(4u, pw_cycles_from_ps(1212, 303));
  EXPECT_EQ(4u, pw_cycles_from_ps(1211, 303));
  EXPECT_EQ(5u, pw_cycles_from_ps(1213, 303));
  EXPECT_EQ(28u, pw_cycles_from_ps(8439, 303));
  EXPECT_EQ(213u, pw_cycles_from_ps(64485, 303));
  EXPECT_EQ(252u, pw_cycles_from_ps(64485, 256));
  EXPECT_EQ(0u, pw_cycles_from_ps(0, 303));
  EXPECT_EQ(1u, pw_cycles_from_ps(1, UINT64_MAX));
  EXPECT_EQ(UINT64_MAX, pw_cycles_from_ps(UINT64_MAX, 1));
}

TEST_F(Timing, ColdWalkReadsFourEntriesFromDramAndSetsFourAccessedBitsInTheL1) {
  const pw_translation t = read(kAddress);
  EXPECT_EQ(kL2Tlb, t.tlb_cycles) << "first level 0, second level 7";
  EXPECT_EQ(kPsc, t.psc_cycles);
  EXPECT_EQ(4 * kDram, t.walk_cycles);
  EXPECT_EQ(4 * kL1, t.update_cycles) << "the read has just brought the line";
  EXPECT_EQ(kL2Tlb + kPsc + 4 * kDram + 4 * kL1, pw_translation_cycles(&t));
}

TEST_F(Timing, FirstLevelHitIsFreeAndSecondLevelHitCostsItsHitCycles) {
  read(kAddress);
  pw_translation t = read(kAddress);
  EXPECT_EQ(0u, pw_translation_cycles(&t));
  t = machine_.translate(make_access(kAddress, PW_FETCH));
  EXPECT_EQ(kL2Tlb, pw_translation_cycles(&t));
}

TEST_F(Timing, PdeCacheHitCostsOneEntryRead) {
  machine_.put(leaf_slot(kAddress - 0x1000), 0x6000 | Machine::user_page | PW_ENTRY_A);
  read(kAddress);
  const pw_translation t = read(kAddress - 0x1000);
  EXPECT_EQ(kL1, t.walk_cycles) << "its PTE is in the line that the first walk brought";
  EXPECT_EQ(0u, t.update_cycles) << "A was set";
  EXPECT_EQ(kL2Tlb + kPsc + kL1, pw_translation_cycles(&t));
}

TEST_F(Timing, NeighbouringPteIsInTheSameLineForEightEntriesAndNoMore) {
  read(kAddress & ~UINT64_C(0x7fff)); // entry 0 of a line: a fault, but the line is there
  for (unsigned i = 0; i < 9; i++) {
    const uint64_t address = (kAddress & ~UINT64_C(0x7fff)) + 0x1000 * i;
    machine_.put(leaf_slot(address), (0x100000 + 0x1000 * i) | Machine::user_page | PW_ENTRY_A);
    const pw_translation t = read(address);
    EXPECT_EQ(i < 8 ? kL1 : kDram, t.steps[t.step_count - 1].read_cycles) << i;
  }
}

TEST_F(Timing, WalkStartAndStepsAddTheirOwnCycles) {
  pw_config config = pw_config_default();
  config.walk_start_cycles = 5;
  config.walk_step_cycles = 2;
  Machine machine(config);
  machine.map_small(kAddress, 0x5000 | Machine::user_page);
  EXPECT_EQ(5 + 4 * (kDram + 2), machine.translate(make_access(kAddress)).walk_cycles);
  EXPECT_EQ(0u, machine.translate(make_access(kAddress)).walk_cycles);
}

TEST_F(Timing, WalksCompeteWithDataForTheCaches) {
  read(kAddress);
  // Eight data lines in the set of the PTE's line (64 sets of 64 bytes) push it out of the L1, not out of the L2.
  for (uint64_t i = 1; i <= 8; i++) {
    pw_memory_access(machine_.hierarchy(), leaf_slot(kAddress) + 0x100000 + 0x1000 * i, PW_READ);
  }
  pw_invlpg(machine_.mmu(), kAddress);
  const pw_translation t = read(kAddress);
  EXPECT_EQ(kL2, t.steps[3].read_cycles);
  EXPECT_EQ(2, t.steps[3].read_by);
}

TEST_F(Timing, DataReferenceFindsTheLineThatAWalkBrought) {
  read(kAddress);
  EXPECT_EQ(kL1, pw_memory_access(machine_.hierarchy(), leaf_slot(kAddress), PW_READ).cycles);
}

TEST_F(Timing, FaultingWalkCostsWhatItRead) {
  machine_.put(Machine::slot(0x3000, 2, kAddress), 0);
  const pw_translation t = read(kAddress);
  EXPECT_EQ(PW_PAGE_FAULT, t.outcome);
  EXPECT_EQ(kL2Tlb + kPsc + 3 * kDram, pw_translation_cycles(&t));
}

TEST_F(Timing, RestartedWalkPaysForBothWalks) {
  Machine machine(pw_config_default());
  machine.put(0x1000, 0x1000 | Machine::table_bits); // one entry for all four levels
  const pw_translation t = machine.translate(make_access(0));
  // First walk: 213 + 3 x 4, then A by compare-and-swap, then the second one finds another value. Second walk: 4 x 4.
  EXPECT_EQ(2, t.attempts);
  EXPECT_EQ(kDram + 7 * kL1, t.walk_cycles);
  EXPECT_EQ(2 * kL1, t.update_cycles);
  EXPECT_EQ(2 * kPsc, t.psc_cycles);
}

TEST_F(Timing, SetDirtyOnAHitCostsAWalkThroughTheCaches) {
  read(kAddress);
  const pw_translation t = machine_.translate(make_access(kAddress, PW_WRITE));
  EXPECT_EQ(1, t.dirty_walk);
  EXPECT_EQ(0u, t.tlb_cycles) << "the first level hit";
  EXPECT_EQ(kPsc + kL1 + kL1, pw_translation_cycles(&t)) << "one PTE read, one compare-and-swap";
}

// ---- a whole run, worked out by hand ----
// One read of 8 bytes at an untouched address: fault, service, retry, data.
TEST(TimingOfARun, FirstTouchIsFaultServiceRetryAndData) {
  pw_config config = pw_config_default();
  config.os.trap.ps = 3000000;
  pw_simulation *simulation = nullptr;
  ASSERT_EQ(0, pw_simulation_create(&config, {}, &simulation));
  const pw_trace_record record = {0x7f0000001000, 8, PW_TRACE_READ};
  ASSERT_EQ(0, pw_simulation_step(simulation, &record));
  const pw_stats *stats = pw_simulation_stats(simulation);
  // The faulting walk reads the PML4E from DRAM and stops: the root table is empty.
  EXPECT_EQ(kL2Tlb + kPsc + kDram, stats->cycles[PW_CYCLES_FAULTED]);
  EXPECT_EQ(9901u, stats->cycles[PW_CYCLES_FAULT_SERVICE]) << "ceil(3,000,000 / 303)";
  EXPECT_EQ(kL2Tlb, stats->cycles[PW_CYCLES_TLB]);
  EXPECT_EQ(kPsc, stats->cycles[PW_CYCLES_PSC]);
  EXPECT_EQ(kL1 + 3 * kDram, stats->cycles[PW_CYCLES_WALK]);
  EXPECT_EQ(4 * kL1, stats->cycles[PW_CYCLES_UPDATE]);
  EXPECT_EQ(kDram, stats->cycles[PW_CYCLES_DATA]);
  EXPECT_EQ(9901u + 2 * (kL2Tlb + kPsc) + kDram + kL1 + 3 * kDram + 4 * kL1 + kDram, pw_stats_total_cycles(stats));
  pw_simulation_destroy(simulation);
}

// A record that crosses a page and so a line: two translations, two data references.
TEST(TimingOfARun, PageCrossingTranslatesAndReferencesTwice) {
  pw_config config = pw_config_default();
  pw_simulation *simulation = nullptr;
  ASSERT_EQ(0, pw_simulation_create(&config, {}, &simulation));
  const pw_trace_record record = {0x7f0000001ffc, 8, PW_TRACE_READ};
  ASSERT_EQ(0, pw_simulation_step(simulation, &record));
  const pw_stats before = *pw_simulation_stats(simulation);
  ASSERT_EQ(0, pw_simulation_step(simulation, &record));
  pw_stats after = *pw_simulation_stats(simulation);
  pw_stats_subtract(&after, &before);
  EXPECT_EQ(1u, pw_stats_accesses(&after));
  EXPECT_EQ(2u, after.translations);
  EXPECT_EQ(2 * kL1, pw_stats_total_cycles(&after)) << "two first-level hits, two L1 hits, nothing else";
  pw_simulation_destroy(simulation);
}

} // namespace
