// Statistics: the fold from hand-made records to counts, and what is derived from them.
#include <gtest/gtest.h>
#include <pagewalk/statistics.h>

#include <cstring>
#include <memory>
#include <set>
#include <string>

namespace {

std::unique_ptr<pw_stats> make_stats() { return std::make_unique<pw_stats>(); }

pw_translation mapped(unsigned page_shift = 12) {
  pw_translation t{};
  t.outcome = PW_MAPPED;
  t.page_shift = static_cast<uint8_t>(page_shift);
  return t;
}

pw_translation of_cycles(uint32_t cycles) {
  pw_translation t = mapped();
  t.tlb_cycles = cycles;
  return t;
}

pw_walk_step step(unsigned level, unsigned read_by, uint64_t before = 1, uint64_t after = 1) {
  pw_walk_step s{};
  s.level = static_cast<uint8_t>(level);
  s.read_by = static_cast<uint8_t>(read_by);
  s.entry_before = before;
  s.entry_after = after;
  return s;
}

bool equal(const pw_stats &a, const pw_stats &b) { return std::memcmp(&a, &b, sizeof a) == 0; }

TEST(Statistics, RecordsCountByKind) {
  const auto stats = make_stats();
  for (const unsigned kind : {PW_TRACE_FETCH, PW_TRACE_FETCH, PW_TRACE_READ, PW_TRACE_WRITE, PW_TRACE_MODIFY}) {
    const pw_trace_record record = {0x1000, 4, kind};
    pw_stats_add_record(stats.get(), &record);
  }
  EXPECT_EQ(2u, stats->records[PW_TRACE_FETCH]);
  EXPECT_EQ(1u, stats->records[PW_TRACE_MODIFY]);
  EXPECT_EQ(5u, pw_stats_accesses(stats.get()));
}

TEST(Statistics, FirstLevelHitIsOneHitAndNothingElse) {
  const auto stats = make_stats();
  pw_translation t = mapped();
  t.hit_level = 1;
  t.hit_unit = 1;
  t.looked_up = 1 << 1;
  t.tlb_cycles = 1;
  pw_stats_add_translation(stats.get(), &t);
  const auto expected = make_stats();
  expected->translations = expected->outcomes[PW_MAPPED] = expected->pages[12] = 1;
  expected->tlb[1].hits = 1;
  expected->cycles[PW_CYCLES_TLB] = 1;
  expected->translation_histogram[1] = 1;
  expected->translation_max_cycles = 1;
  EXPECT_TRUE(equal(*expected, *stats));
}

TEST(Statistics, SecondLevelHitIsAMissOfTheFirst) {
  const auto stats = make_stats();
  pw_translation t = mapped(21);
  t.hit_level = 2;
  t.hit_unit = 2;
  t.looked_up = 1 << 0 | 1 << 2;
  t.tlb_cycles = 7;
  pw_stats_add_translation(stats.get(), &t);
  EXPECT_EQ(1u, stats->tlb[0].misses);
  EXPECT_EQ(0u, stats->tlb[0].hits);
  EXPECT_EQ(0u, stats->tlb[1].misses) << "it was not looked up";
  EXPECT_EQ(1u, stats->tlb[2].hits);
  EXPECT_EQ(0u, stats->tlb[2].misses);
  EXPECT_EQ(1u, stats->pages[21]);
  EXPECT_EQ(0u, stats->walks);
}

TEST(Statistics, WalkIsCountedByLevelServerAndCause) {
  const auto stats = make_stats();
  pw_translation t = mapped();
  t.looked_up = 1 << 1 | 1 << 2;
  t.walked = 1;
  t.attempts = 1;
  t.psc_level = 3;
  t.psc_looked_up = 1 << 2 | 1 << 3 | 1 << 4;
  t.step_count = 2;
  t.steps[0] = step(2, 1, 0x2007, 0x2007 | 1 << 5);
  t.steps[1] = step(1, PW_SERVED_BY_DRAM, 0x5007, 0x5007 | 1 << 5 | 1 << 6);
  t.tlb_cycles = 7;
  t.psc_cycles = 1;
  t.walk_cycles = 217;
  t.update_cycles = 8;
  pw_stats_add_translation(stats.get(), &t);
  EXPECT_EQ(1u, stats->walks);
  EXPECT_EQ(0u, stats->dirty_walks);
  EXPECT_EQ(0u, stats->restarts);
  EXPECT_EQ(1u, stats->tlb[1].misses);
  EXPECT_EQ(1u, stats->tlb[2].misses);
  EXPECT_EQ(1u, stats->psc_hits[3]);
  for (unsigned level = 2; level <= 4; level++) EXPECT_EQ(1u, stats->psc_lookups[level]);
  EXPECT_EQ(0u, stats->psc_lookups[5]);
  EXPECT_EQ(1u, stats->entry_reads[2][1]);
  EXPECT_EQ(1u, stats->entry_reads[1][PW_SERVED_BY_DRAM]);
  EXPECT_EQ(2u, pw_stats_entry_reads(stats.get()));
  EXPECT_EQ(2u, stats->accessed_set);
  EXPECT_EQ(1u, stats->dirty_set);
  EXPECT_EQ(7u, stats->cycles[PW_CYCLES_TLB]);
  EXPECT_EQ(1u, stats->cycles[PW_CYCLES_PSC]);
  EXPECT_EQ(217u, stats->cycles[PW_CYCLES_WALK]);
  EXPECT_EQ(8u, stats->cycles[PW_CYCLES_UPDATE]);
  EXPECT_EQ(233u, pw_stats_total_cycles(stats.get()));
  EXPECT_EQ(1u, stats->translation_histogram[233]);
}

TEST(Statistics, WalkFromTheRootIsPscHitZero) {
  const auto stats = make_stats();
  pw_translation t = mapped();
  t.walked = t.attempts = 1;
  pw_stats_add_translation(stats.get(), &t);
  EXPECT_EQ(1u, stats->psc_hits[0]);
}

TEST(Statistics, RegisterReadIsNoEntryRead) {
  const auto stats = make_stats();
  pw_translation t = mapped();
  t.walked = t.attempts = 1;
  t.step_count = 2;
  t.steps[0] = step(3, PW_SERVED_BY_REGISTER);
  t.steps[1] = step(2, 0);
  pw_stats_add_translation(stats.get(), &t);
  EXPECT_EQ(1u, stats->entry_reads[3][PW_SERVED_BY_REGISTER]);
  EXPECT_EQ(1u, pw_stats_entry_reads(stats.get()));
}

TEST(Statistics, WalkToSetDirtyIsAHitAndAWalk) {
  const auto stats = make_stats();
  pw_translation t = mapped();
  t.hit_level = 1;
  t.hit_unit = 1;
  t.looked_up = 1 << 1;
  t.walked = t.dirty_walk = t.attempts = 1;
  pw_stats_add_translation(stats.get(), &t);
  EXPECT_EQ(1u, stats->tlb[1].hits);
  EXPECT_EQ(0u, stats->tlb[1].misses);
  EXPECT_EQ(1u, stats->walks);
  EXPECT_EQ(1u, stats->dirty_walks);
}

TEST(Statistics, FailedCompareAndSwapsAreRestarts) {
  const auto stats = make_stats();
  pw_translation t = mapped();
  t.walked = 1;
  t.attempts = 4;
  pw_stats_add_translation(stats.get(), &t);
  EXPECT_EQ(1u, stats->walks);
  EXPECT_EQ(3u, stats->restarts);
}

TEST(Statistics, FaultCountsItsOutcomeAndItsCyclesAlone) {
  const auto stats = make_stats();
  pw_translation t{};
  t.outcome = PW_PAGE_FAULT;
  t.looked_up = 7;
  t.walked = t.attempts = 1;
  t.step_count = 1;
  t.steps[0] = step(4, 0);
  t.tlb_cycles = 7;
  t.psc_cycles = 1;
  t.walk_cycles = 213;
  t.update_cycles = 5;
  pw_stats_add_translation(stats.get(), &t);
  const auto expected = make_stats();
  expected->outcomes[PW_PAGE_FAULT] = 1;
  expected->cycles[PW_CYCLES_FAULTED] = 226;
  EXPECT_TRUE(equal(*expected, *stats)) << "a fault and its retry are one look-up";
}

TEST(Statistics, DataReferencesCountByServer) {
  const auto stats = make_stats();
  pw_stats_add_data(stats.get(), {4, 1, 0, 0});
  pw_stats_add_data(stats.get(), {213, PW_SERVED_BY_DRAM, 2, 0});
  EXPECT_EQ(1u, stats->data_served_by[1]);
  EXPECT_EQ(1u, stats->data_served_by[PW_SERVED_BY_DRAM]);
  EXPECT_EQ(2u, stats->dram_write_backs);
  EXPECT_EQ(217u, stats->cycles[PW_CYCLES_DATA]);
}

TEST(Statistics, BaselineIsNoPartOfTheTotal) {
  const auto stats = make_stats();
  pw_stats_add_baseline(stats.get(), {4, 1, 0, 0});
  pw_stats_add_baseline(stats.get(), {213, PW_SERVED_BY_DRAM, 2, 0});
  EXPECT_EQ(217u, stats->baseline_cycles);
  EXPECT_EQ(0u, pw_stats_total_cycles(stats.get()));
}

TEST(Statistics, FaultServiceCountsByStage) {
  const auto stats = make_stats();
  const pw_fault_service service = {{1, 20, 300, 4000}, 12, 1, 1, 0};
  pw_stats_add_fault_service(stats.get(), &service);
  pw_stats_add_fault_service(stats.get(), &service);
  EXPECT_EQ(2u, stats->faults_served);
  EXPECT_EQ(2u, stats->faults_fallen_back);
  EXPECT_EQ(2u, stats->promotions);
  EXPECT_EQ(2u, stats->stage_cycles[PW_STAGE_TRAP]);
  EXPECT_EQ(40u, stats->stage_cycles[PW_STAGE_DEVICE_READ]);
  EXPECT_EQ(600u, stats->stage_cycles[PW_STAGE_WRITE_BACK]);
  EXPECT_EQ(8000u, stats->stage_cycles[PW_STAGE_RESTART]);
  EXPECT_EQ(8642u, stats->cycles[PW_CYCLES_FAULT_SERVICE]);
}

TEST(Statistics, DifferenceIsWhatHappenedBetween) {
  const auto run = make_stats();
  const auto second_half = make_stats();
  const auto half = [](pw_stats *stats, uint32_t cycles) {
    const pw_trace_record record = {0x1000, 4, PW_TRACE_READ};
    const pw_translation t = of_cycles(cycles);
    pw_stats_add_record(stats, &record);
    pw_stats_add_translation(stats, &t);
    pw_stats_add_data(stats, {cycles, 0, 1, 0});
  };
  half(run.get(), 5);
  const auto begin = std::make_unique<pw_stats>(*run);
  half(run.get(), 9000);
  half(second_half.get(), 9000);
  pw_stats_subtract(run.get(), begin.get());
  EXPECT_TRUE(equal(*second_half, *run));
}

// ---- quantiles ----
TEST(Statistics, QuantileOfNothingIsZero) {
  const auto stats = make_stats();
  for (const unsigned permille : {0u, 500u, 1000u}) EXPECT_EQ(0u, pw_stats_quantile(stats.get(), permille));
}

TEST(Statistics, QuantileIsExactBelow4096Cycles) {
  const auto stats = make_stats();
  for (uint32_t cycles = 0; cycles < 4096; cycles++) {
    const pw_translation t = of_cycles(cycles);
    pw_stats_add_translation(stats.get(), &t);
  }
  EXPECT_EQ(2047u, pw_stats_quantile(stats.get(), 500)) << "half of 4096 values are at most 2047";
  EXPECT_EQ(4u, pw_stats_quantile(stats.get(), 1)) << "a thousandth, rounded up, is 5 values";
  EXPECT_EQ(4095u, pw_stats_quantile(stats.get(), 1000));
}

TEST(Statistics, QuantileOfOneValueIsThatValue) {
  for (const uint32_t cycles : {0u, 1u, 213u, 4095u}) {
    const auto stats = make_stats();
    const pw_translation t = of_cycles(cycles);
    pw_stats_add_translation(stats.get(), &t);
    for (const unsigned permille : {1u, 500u, 1000u}) EXPECT_EQ(cycles, pw_stats_quantile(stats.get(), permille));
  }
}

TEST(Statistics, QuantileAbove4096CyclesIsAtMostOne64thTooHigh) {
  for (uint64_t cycles = 4096; cycles <= UINT32_MAX; cycles += 1 + cycles / 7) {
    const auto stats = make_stats();
    const pw_translation t = of_cycles(static_cast<uint32_t>(cycles));
    pw_stats_add_translation(stats.get(), &t);
    const uint64_t quantile = pw_stats_quantile(stats.get(), 1000);
    EXPECT_GE(quantile, cycles);
    EXPECT_LE(quantile, cycles + cycles / 64);
  }
  const auto stats = make_stats();
  const pw_translation t = of_cycles(UINT32_MAX);
  pw_stats_add_translation(stats.get(), &t);
  EXPECT_EQ(UINT32_MAX, pw_stats_quantile(stats.get(), 1000));
}

TEST(Statistics, QuantileOfVeryManyDoesNotOverflow) {
  const auto stats = make_stats();
  stats->translations = UINT64_MAX;
  stats->translation_histogram[3] = UINT64_MAX / 2;
  stats->translation_histogram[9] = UINT64_MAX - UINT64_MAX / 2;
  stats->translation_max_cycles = 9;
  EXPECT_EQ(3u, pw_stats_quantile(stats.get(), 400));
  EXPECT_EQ(9u, pw_stats_quantile(stats.get(), 600));
}

TEST(Statistics, CausesHaveKeysAndMeaningsOfTheirOwn) {
  std::set<std::string> keys;
  for (unsigned cause = 0; cause < PW_CYCLE_CAUSES; cause++) {
    ASSERT_NE(nullptr, pw_cycle_cause_key(cause));
    ASSERT_NE(nullptr, pw_cycle_cause_meaning(cause));
    EXPECT_TRUE(keys.insert(pw_cycle_cause_key(cause)).second);
  }
  EXPECT_EQ(nullptr, pw_cycle_cause_key(PW_CYCLE_CAUSES));
  EXPECT_EQ(nullptr, pw_cycle_cause_meaning(PW_CYCLE_CAUSES));
}

} // namespace
