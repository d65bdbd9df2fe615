// Every cycle of a run has one cause: the parts add up to what the records say, on random machines and traces.
#include <pagewalk/simulation.h>

#include "random_machine.h"

using namespace pagewalk_test;

namespace {

pw_trace_record random_record(Random &random) {
  pw_trace_record record{};
  record.kind = static_cast<uint32_t>(random.below(PW_TRACE_KINDS));
  record.size_bytes = static_cast<uint32_t>(1 + random.below(random.chance(5) ? 9000 : 16));
  record.linear_address = (random.below(64) << 12) | random.below(4096) | (random.below(4) << 30);
  return record;
}

TEST(Simulation, PartsAddUpAndHitsPlusMissesAreTranslations) {
  for (uint64_t seed = 1; seed <= 60; seed++) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const pw_paging_mode modes[] = {PW_MODE_PAE, PW_MODE_4LEVEL, PW_MODE_5LEVEL};
    pw_config config = random_config(random, random.pick(modes));
    config.os.pages = random.chance(50) ? PW_PAGES_4K : random.chance(50) ? PW_PAGES_2M : PW_PAGES_THP;
    config.os.thp_threshold_pages = 8;
    config.os.trap.ps = 1000000;
    config.os.restart.ps = 777;
    pw_simulation *simulation = nullptr;
    ASSERT_EQ(0, pw_simulation_create(&config, {}, &simulation));
    for (unsigned i = 0; i < 3000; i++) {
      const pw_trace_record record = random_record(random);
      ASSERT_EQ(0, pw_simulation_step(simulation, &record));
    }
    const pw_stats *stats = pw_simulation_stats(simulation);
    uint64_t histogram = 0, cycles = 0;
    for (unsigned bucket = 0; bucket < PW_HISTOGRAM_EXACT; bucket++) {
      histogram += stats->translation_histogram[bucket];
      cycles += stats->translation_histogram[bucket] * bucket;
    }
    EXPECT_EQ(stats->translations, histogram);
    EXPECT_EQ(cycles, stats->cycles[PW_CYCLES_TLB] + stats->cycles[PW_CYCLES_PSC] + stats->cycles[PW_CYCLES_WALK] +
                          stats->cycles[PW_CYCLES_UPDATE]);
    EXPECT_EQ(3000u, pw_stats_accesses(stats));
    EXPECT_EQ(stats->translations, 3000 + stats->page_crossings);
    uint64_t data = 0;
    for (uint64_t served : stats->data_served_by) data += served;
    EXPECT_EQ(stats->translations + stats->line_crossings, data);
    uint64_t first_level = 0;
    for (unsigned u = 0; u < config.tlb_count; u++) {
      if (config.tlbs[u].level == 1) first_level += stats->tlb[u].hits + stats->tlb[u].misses;
    }
    if (config.tlb_count) {
      EXPECT_EQ(stats->translations, first_level);
    }
    EXPECT_EQ(stats->faults_served, stats->outcomes[PW_PAGE_FAULT]);
    EXPECT_EQ(
        stats->cycles[PW_CYCLES_FAULT_SERVICE],
        stats->faults_served * (pw_cycles_from_ps(1000000, config.clock_ps) + pw_cycles_from_ps(777, config.clock_ps)));
    pw_simulation_destroy(simulation);
  }
}

// One to three levels, split or unified, every policy; walks enter anywhere.
void make_random_caches(Random &random, pw_config &config) {
  config.cache_count = 0;
  const uint64_t levels = random.below(4);
  for (uint32_t level = 1; level <= levels; level++) {
    const bool split = random.chance(50);
    for (const uint32_t serves : split ? std::vector<uint32_t>{PW_SERVES_FETCH, PW_SERVES_DATA}
                                       : std::vector<uint32_t>{PW_SERVES_FETCH | PW_SERVES_DATA}) {
      pw_cache_config &cache = config.caches[config.cache_count];
      cache = {};
      snprintf(cache.name, sizeof cache.name, "c%u", config.cache_count);
      cache.level = level;
      cache.serves = serves;
      cache.array = random_array(random, 8 * level, 8);
      cache.latency.ps = 1000 * level;
      config.cache_count++;
    }
  }
  config.walk_enters = config.cache_count ? static_cast<uint32_t>(random.below(config.cache_count)) : 0;
}

// The cost without translation is that of the same references in caches of their own, which see nothing else.
TEST(Simulation, BaselineIsAHierarchyThatNoWalkEnters) {
  uint64_t disturbed = 0;
  for (uint64_t seed = 1; seed <= 100; seed++) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    pw_config config = random_config(random, PW_MODE_4LEVEL);
    make_random_caches(random, config);
    pw_simulation *simulation = nullptr;
    pw_memory_hierarchy *alone = nullptr;
    ASSERT_EQ(0, pw_simulation_create(&config, {}, &simulation));
    ASSERT_EQ(0, pw_memory_hierarchy_create(&config, &alone));
    uint64_t cycles = 0;
    for (unsigned i = 0; i < 3000; i++) {
      pw_trace_record record = random_record(random);
      record.size_bytes = 1;
      ASSERT_EQ(0, pw_simulation_step(simulation, &record));
      const pw_translation *translation = pw_simulation_last_translation(simulation);
      cycles += pw_memory_access(alone, translation->physical_address, translation->kind).cycles;
    }
    const pw_stats *stats = pw_simulation_stats(simulation);
    ASSERT_EQ(cycles, stats->baseline_cycles);
    disturbed += stats->cycles[PW_CYCLES_DATA] != cycles;
    pw_memory_hierarchy_destroy(alone);
    pw_simulation_destroy(simulation);
  }
  EXPECT_GT(disturbed, 30u) << "walks must have been in the way of data";
}

} // namespace
