// The simulation loop: how a record becomes translations, references and faults, and what each costs.
#include "simulation.h"

#include <cstring>

#include "config_text.h"
#include "trace_file.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kAddress = UINT64_C(0x7f0000200000);

uint64_t references(const pw_stats &stats) {
  uint64_t count = 0;
  for (const uint64_t served : stats.data_served_by) count += served;
  return count;
}

TEST(Simulation, FirstTouchFaultsOnceAndIsRetried) {
  Simulation simulation(small_config());
  ASSERT_EQ(0, simulation.step(kAddress));
  const pw_stats &stats = simulation.stats();
  EXPECT_EQ(1u, stats.translations);
  EXPECT_EQ(1u, stats.outcomes[PW_PAGE_FAULT]);
  EXPECT_EQ(1u, stats.faults_served);
  EXPECT_EQ(1u, stats.walks) << "the faulting walk is not counted among them";
  ASSERT_EQ(0, simulation.step(kAddress));
  EXPECT_EQ(2u, stats.translations);
  EXPECT_EQ(1u, stats.outcomes[PW_PAGE_FAULT]);
  EXPECT_EQ(1u, stats.tlb[1].hits);
}

TEST(Simulation, PageCrossingRecordIsTranslatedTwice) {
  Simulation simulation(small_config());
  ASSERT_EQ(0, simulation.step(kAddress + 0xffc, 8));
  const pw_stats &stats = simulation.stats();
  EXPECT_EQ(1u, pw_stats_accesses(&stats));
  EXPECT_EQ(2u, stats.translations);
  EXPECT_EQ(1u, stats.page_crossings);
  EXPECT_EQ(2u, stats.faults_served);
  EXPECT_EQ(2u, references(stats));
  EXPECT_EQ(0u, stats.line_crossings) << "the second line is of the second piece";
}

TEST(Simulation, RecordUpToTheEndOfAPageDoesNotCross) {
  Simulation simulation(small_config());
  ASSERT_EQ(0, simulation.step(kAddress + 0xff8, 8));
  EXPECT_EQ(1u, simulation.stats().translations);
  EXPECT_EQ(0u, simulation.stats().page_crossings);
}

TEST(Simulation, EveryTouchedLineIsAReference) {
  const struct {
    uint64_t offset;
    uint32_t size;
    uint64_t references;
    uint64_t line_crossings;
  } cases[] = {{0, 64, 1, 0}, {1, 64, 2, 1}, {0x3c, 8, 2, 1}, {0, 4096, 64, 63}, {0x20, 4096, 65, 63}, {63, 1, 1, 0}};
  for (const auto &c : cases) {
    Simulation simulation(small_config());
    ASSERT_EQ(0, simulation.step(kAddress + c.offset, c.size));
    EXPECT_EQ(c.references, references(simulation.stats())) << c.offset << "+" << c.size;
    EXPECT_EQ(c.line_crossings, simulation.stats().line_crossings) << c.offset << "+" << c.size;
  }
}

TEST(Simulation, ModifyIsTranslatedOnceAsAWrite) {
  Simulation simulation(small_config());
  ASSERT_EQ(0, simulation.step(kAddress, 4, PW_TRACE_MODIFY));
  EXPECT_EQ(1u, simulation.stats().translations);
  EXPECT_EQ(1u, simulation.stats().dirty_set);
  EXPECT_EQ(1u, references(simulation.stats()));
}

TEST(Simulation, FetchesAndDataUseTheirOwnFirstLevels) {
  Simulation simulation(small_config());
  ASSERT_EQ(0, simulation.step(kAddress, 4, PW_TRACE_FETCH));
  ASSERT_EQ(0, simulation.step(kAddress + 4096, 4, PW_TRACE_READ));
  const pw_stats &stats = simulation.stats();
  EXPECT_EQ(1u, stats.tlb[0].misses);
  EXPECT_EQ(1u, stats.tlb[1].misses);
  EXPECT_EQ(2u, stats.tlb[2].misses);
}

TEST(Simulation, NonCanonicalAddressIsCountedAndSkipped) {
  Simulation simulation(small_config());
  ASSERT_EQ(0, simulation.step(UINT64_C(1) << 60, 8));
  ASSERT_EQ(0, simulation.step(kAddress));
  const pw_stats &stats = simulation.stats();
  EXPECT_EQ(2u, pw_stats_accesses(&stats));
  EXPECT_EQ(1u, stats.outcomes[PW_GENERAL_PROTECTION]);
  EXPECT_EQ(1u, stats.translations);
  EXPECT_EQ(1u, references(stats));
  EXPECT_EQ(1u, stats.faults_served);
}

TEST(Simulation, RecordAcrossTheCanonicalBoundaryIsHalfServed) {
  Simulation simulation(small_config());
  ASSERT_EQ(0, simulation.step(UINT64_C(0x7ffffffffffc), 8));
  EXPECT_EQ(1u, simulation.stats().translations);
  EXPECT_EQ(1u, simulation.stats().outcomes[PW_GENERAL_PROTECTION]);
}

TEST(Simulation, FaultStagesAreChargedExactly) {
  pw_config config = small_config();
  config.os.trap.ps = 3000000;
  config.os.device_read.ps = 7233796;
  config.os.write_back.ps = 65104167;
  config.os.restart.ps = 304;
  Simulation simulation(config);
  for (uint64_t i = 0; i < 10; i++) ASSERT_EQ(0, simulation.step(kAddress + i * 4096));
  const pw_stats &stats = simulation.stats();
  EXPECT_EQ(10u * 9901, stats.stage_cycles[PW_STAGE_TRAP]);
  EXPECT_EQ(10u * 23874, stats.stage_cycles[PW_STAGE_DEVICE_READ]);
  EXPECT_EQ(0u, stats.stage_cycles[PW_STAGE_WRITE_BACK]);
  EXPECT_EQ(10u * 2, stats.stage_cycles[PW_STAGE_RESTART]);
  EXPECT_EQ(10u * (9901 + 23874 + 2), stats.cycles[PW_CYCLES_FAULT_SERVICE]);
}

TEST(Simulation, MemoryThatIsFullStopsTheRun) {
  pw_config config = small_config();
  config.os.memory_bytes = UINT64_C(4) << 20;
  Simulation simulation(config);
  std::vector<pw_trace_record> records;
  for (uint64_t i = 0; i < 2000; i++) records.push_back({kAddress + i * 4096, 4, PW_TRACE_READ});
  EXPECT_EQ(-PW_ENOFRAME, simulation.run(records));
  EXPECT_LT(simulation.stats().translations, 1024u);
  EXPECT_GT(simulation.stats().translations, 1000u);
}

TEST(Simulation, BaselineIsTheSameReferencesInCachesThatNoWalkDisturbs) {
  pw_config config = small_config();
  for (uint32_t i = 0; i < config.cache_count; i++) config.caches[i].array.sets = 4;
  Simulation simulation(config);
  pw_memory_hierarchy *alone = nullptr;
  ASSERT_EQ(0, pw_memory_hierarchy_create(&config, &alone));
  uint64_t expected = 0;
  for (const pw_trace_record &record : mixed_records(5000, 100)) {
    const uint64_t address = record.linear_address & ~UINT64_C(63);
    ASSERT_EQ(0, simulation.step(address, 1, record.kind));
    const unsigned kind = record.kind == PW_TRACE_FETCH ? PW_FETCH : record.kind == PW_TRACE_READ ? PW_READ : PW_WRITE;
    pw_translation t{};
    const pw_access access = {address, 1, static_cast<uint8_t>(kind), 3, 0, 0};
    ASSERT_EQ(0, pw_probe(pw_simulation_mmu(simulation.get()), &access, &t));
    expected += pw_memory_access(alone, t.physical_address, kind).cycles;
  }
  EXPECT_EQ(expected, simulation.stats().baseline_cycles);
  EXPECT_NE(expected, simulation.stats().cycles[PW_CYCLES_DATA]) << "walks did disturb the machine's own caches";
  pw_memory_hierarchy_destroy(alone);
}

TEST(Simulation, TlbOnlyCostsNoData) {
  Simulation simulation(small_config(), true);
  ASSERT_EQ(0, simulation.run(mixed_records(2000, 50)));
  EXPECT_EQ(0u, references(simulation.stats()));
  EXPECT_EQ(0u, simulation.stats().cycles[PW_CYCLES_DATA]);
  EXPECT_EQ(0u, simulation.stats().baseline_cycles);
  EXPECT_EQ(0u, simulation.stats().line_crossings);
  EXPECT_GT(simulation.stats().cycles[PW_CYCLES_WALK], 0u);
}

TEST(Simulation, TlbOnlyDoesNotChangeMisses) {
  Simulation whole(small_config());
  Simulation tlb_only(small_config(), true);
  const auto records = mixed_records(5000, 400);
  ASSERT_EQ(0, whole.run(records));
  ASSERT_EQ(0, tlb_only.run(records));
  EXPECT_EQ(0, std::memcmp(whole.stats().tlb, tlb_only.stats().tlb, sizeof whole.stats().tlb));
  EXPECT_EQ(whole.stats().walks, tlb_only.stats().walks);
}

// Every cycle can be recomputed from the counts: nothing is lost, nothing counted twice.
TEST(Simulation, CyclesAreTheCountsTimesTheirLatencies) {
  pw_config config = small_config();
  config.os.trap.ps = 3000000;
  config.walk_start_cycles = 3;
  config.walk_step_cycles = 2;
  Simulation simulation(config);
  ASSERT_EQ(0, simulation.run(mixed_records(20000, 1000)));
  const pw_stats &stats = simulation.stats();
  uint64_t latency[PW_SERVED_BY_COUNT] = {};
  for (uint32_t i = 0; i < config.cache_count; i++) {
    latency[i] = pw_cycles_from_ps(config.caches[i].latency.ps, config.clock_ps);
  }
  latency[PW_SERVED_BY_DRAM] = pw_cycles_from_ps(config.dram.ps, config.clock_ps);
  uint64_t data = 0;
  uint64_t walk = config.walk_start_cycles * stats.walks;
  for (unsigned by = 0; by < PW_SERVED_BY_COUNT; by++) {
    data += latency[by] * stats.data_served_by[by];
    for (unsigned level = 1; level <= PW_MAX_LEVELS; level++) {
      walk += (latency[by] + config.walk_step_cycles) * stats.entry_reads[level][by];
    }
  }
  EXPECT_EQ(data, stats.cycles[PW_CYCLES_DATA]);
  EXPECT_EQ(walk, stats.cycles[PW_CYCLES_WALK]);
  EXPECT_EQ(config.tlbs[2].hit_cycles * (stats.tlb[2].hits + stats.tlb[2].misses), stats.cycles[PW_CYCLES_TLB]);
  EXPECT_EQ(config.psc_lookup_cycles * stats.walks, stats.cycles[PW_CYCLES_PSC]);
  EXPECT_EQ(9901 * stats.faults_served, stats.cycles[PW_CYCLES_FAULT_SERVICE]);
  uint64_t total = 0;
  for (const uint64_t cycles : stats.cycles) total += cycles;
  EXPECT_EQ(total, pw_stats_total_cycles(&stats));
}

TEST(Simulation, CountsAgreeWithEachOther) {
  Simulation simulation(small_config());
  ASSERT_EQ(0, simulation.run(mixed_records(20000, 1000)));
  const pw_stats &stats = simulation.stats();
  EXPECT_EQ(20000u, pw_stats_accesses(&stats));
  EXPECT_EQ(pw_stats_accesses(&stats) + stats.page_crossings, stats.translations);
  EXPECT_EQ(stats.translations, stats.outcomes[PW_MAPPED]);
  EXPECT_EQ(stats.translations, stats.tlb[0].hits + stats.tlb[0].misses + stats.tlb[1].hits + stats.tlb[1].misses);
  EXPECT_EQ(stats.tlb[0].misses + stats.tlb[1].misses, stats.tlb[2].hits + stats.tlb[2].misses);
  EXPECT_EQ(stats.tlb[2].misses + stats.dirty_walks, stats.walks);
  EXPECT_EQ(stats.translations + stats.line_crossings, references(stats));
  uint64_t psc = 0;
  for (const uint64_t hits : stats.psc_hits) psc += hits;
  EXPECT_EQ(stats.walks, psc);
  uint64_t histogram = 0;
  for (const uint64_t bucket : stats.translation_histogram) histogram += bucket;
  EXPECT_EQ(stats.translations, histogram);
  const pw_footprint footprint = pw_simulation_footprint(simulation.get());
  EXPECT_EQ(footprint.table_frames + stats.faults_served, footprint.frames_in_use - 1) << "and frame 0";
  EXPECT_EQ(pw_address_space_table_frames(pw_simulation_address_space(simulation.get())), footprint.table_frames);
}

TEST(Simulation, SameInputGivesTheSameNumbers) {
  Simulation first(small_config());
  Simulation second(small_config());
  const auto records = mixed_records(5000, 500);
  ASSERT_EQ(0, first.run(records));
  for (const pw_trace_record &record : records) ASSERT_EQ(0, pw_simulation_step(second.get(), &record));
  EXPECT_EQ(0, std::memcmp(&first.stats(), &second.stats(), sizeof first.stats()));
}

TEST(Simulation, EveryShippedMachineRuns) {
  const auto records = mixed_records(2000, 300);
  for (const std::string &path : machines()) {
    const auto parsed = load_config(path);
    ASSERT_EQ(0, parsed->status) << line_of_diag(parsed->diag);
    Simulation simulation(parsed->config);
    EXPECT_EQ(0, simulation.run(records)) << path;
    EXPECT_EQ(2000u + simulation.stats().page_crossings, simulation.stats().translations) << path;
  }
}

TEST(Simulation, OtherPagingModesRun) {
  std::vector<pw_trace_record> records = mixed_records(2000, 300);
  for (pw_trace_record &record : records) record.linear_address &= 0x7fffffff;
  for (const pw_paging_mode mode : {PW_MODE_32BIT, PW_MODE_PAE, PW_MODE_5LEVEL}) {
    pw_config config = small_config();
    config.mode = mode;
    config.pcide = mode == PW_MODE_5LEVEL;
    config.nxe = mode != PW_MODE_32BIT;
    for (uint32_t u = 0; u < config.tlb_count; u++) config.tlbs[u].array_count = 1;
    if (mode != PW_MODE_5LEVEL) config.psc[3].sets = config.psc[4].sets = 0;
    Simulation simulation(config);
    EXPECT_EQ(0, simulation.run(records)) << mode;
    EXPECT_EQ(2000u + simulation.stats().page_crossings, simulation.stats().translations) << mode;
    EXPECT_EQ(mode == PW_MODE_PAE, simulation.stats().entry_reads[3][PW_SERVED_BY_REGISTER] > 0) << mode;
  }
}

// Computed by an independent simulator: tests/data/expected-tlb-misses.json.
TEST(Simulation, MissesOfTheSampleTraceAreTheReferenceOnes) {
  const auto parsed = load_config(source_path("configs/reference-tlb.yaml"));
  ASSERT_EQ(0, parsed->status) << line_of_diag(parsed->diag);
  const Trace trace = read_trace(source_path("tests/data/traces/true.lackey.zst"), 4096);
  Simulation simulation(parsed->config, true);
  ASSERT_EQ(0, simulation.run(trace.records));
  const pw_stats &stats = simulation.stats();
  EXPECT_EQ(128983u, stats.tlb[0].hits + stats.tlb[0].misses);
  EXPECT_EQ(62u, stats.tlb[0].misses);
  EXPECT_EQ(39877u, stats.tlb[1].hits + stats.tlb[1].misses);
  EXPECT_EQ(101u, stats.tlb[1].misses);
  EXPECT_EQ(62u + 78u, stats.tlb[2].misses);
}

TEST(Simulation, InvalidMachineIsRefused) {
  pw_config config = small_config();
  config.clock_ps = 0;
  pw_simulation *simulation = nullptr;
  EXPECT_EQ(-PW_ECONFIG, pw_simulation_create(&config, pw_simulation_options{}, &simulation));
  EXPECT_EQ(nullptr, simulation);
  pw_simulation_destroy(nullptr);
}

// These once wrote outside an array, and never returned.
TEST(SimulationMisuse, UnknownKindAndEmptyAccessAreRefused) {
  const pw_config config = pw_config_default();
  pw_simulation *simulation = nullptr;
  ASSERT_EQ(0, pw_simulation_create(&config, {}, &simulation));
  const pw_trace_record unknown = {0x1000, 8, 60000};
  const pw_trace_record empty = {0x1000, 0, PW_TRACE_READ};
  EXPECT_EQ(-PW_EINVAL, pw_simulation_step(simulation, &unknown));
  EXPECT_EQ(-PW_EINVAL, pw_simulation_step(simulation, &empty));
  EXPECT_EQ(0u, pw_stats_accesses(pw_simulation_stats(simulation)));
  const pw_trace_record good = {0x1000, 8, PW_TRACE_READ};
  ASSERT_EQ(0, pw_simulation_step(simulation, &good));
  EXPECT_EQ(PW_MAPPED, pw_simulation_last_translation(simulation)->outcome);
  pw_simulation_restart_stats(simulation);
  EXPECT_EQ(0u, pw_stats_total_cycles(pw_simulation_stats(simulation)));
  ASSERT_EQ(0, pw_simulation_step(simulation, &good));
  EXPECT_EQ(1u, pw_simulation_stats(simulation)->tlb[1].hits) << "the machine stayed warm";
  pw_simulation_destroy(simulation);
}

} // namespace
