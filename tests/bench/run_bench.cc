// Whole simulations of recorded traces, records at hand in memory: what the machine itself costs.
#include "machine.h"

using namespace pagewalk_bench;

namespace {

void run(benchmark::State &state, const std::string &trace, bool tlb_only) {
  const auto config = load_config("skylake");
  const std::vector<pw_trace_record> records =
      read_trace(source_path("tests/data/traces/" + trace + ".lackey.zst"), 2000000);
  for (auto _ : state) {
    const Simulation simulation = make_simulation(*config, tlb_only);
    require(pw_simulation_run(simulation.get(), records.data(), records.size()), trace.c_str());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * records.size()));
}

#define PAGEWALK_BENCH_TRACE(trace)                                                      \
  BENCHMARK_CAPTURE(run, trace##_tlb_only, #trace, true)->Unit(benchmark::kMillisecond); \
  BENCHMARK_CAPTURE(run, trace##_full_timing, #trace, false)->Unit(benchmark::kMillisecond)

PAGEWALK_BENCH_TRACE(sqlite_join);
PAGEWALK_BENCH_TRACE(gups64m);

} // namespace
