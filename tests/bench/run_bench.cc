// Whole runs: traces out of files through a machine, reading in turn (one thread) or ahead (two); and, records at hand
// in memory, what the machine alone costs.
#include "machine.h"

using namespace pagewalk_bench;

namespace {

struct Run {
  const char *trace;
  bool pwt; // else the recorded lackey text under zstd
  bool tlb_only;
  bool ahead;
};

void run(benchmark::State &state, const Run &what) {
  const auto config = load_config("skylake");
  const std::string path = what.pwt ? converted(what.trace, "pwt") : trace_path(what.trace);
  uint64_t total = 0;
  for (auto _ : state) {
    const Simulation simulation = make_simulation(*config, what.tlb_only);
    feed(path, what.ahead, 0, [&](const pw_trace_batch &batch) {
      require(pw_simulation_run(simulation.get(), batch.records, batch.count), what.trace);
      total += batch.count;
    });
  }
  state.SetItemsProcessed(static_cast<int64_t>(total));
}

void machine_alone(benchmark::State &state, const char *trace, bool tlb_only) {
  const auto config = load_config("skylake");
  const std::vector<pw_trace_record> records = read_trace(trace_path(trace), 2000000);
  for (auto _ : state) {
    const Simulation simulation = make_simulation(*config, tlb_only);
    require(pw_simulation_run(simulation.get(), records.data(), records.size()), trace);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * records.size()));
}

const int registered = [] {
  for (const char *trace : {"sqlite_join", "gups64m"}) {
    for (const bool tlb_only : {true, false}) {
      const std::string what = std::string(trace) + (tlb_only ? "/tlb-only" : "/full timing");
      benchmark::RegisterBenchmark(("machine/" + what).c_str(), machine_alone, trace, tlb_only)
          ->Unit(benchmark::kMillisecond);
      for (const bool pwt : {true, false}) {
        for (const bool ahead : {false, true}) {
          const std::string name =
              "run/" + what + (pwt ? "/pwt" : "/lackey.zst") + (ahead ? "/2 threads" : "/1 thread");
          benchmark::RegisterBenchmark(name.c_str(), run, Run{trace, pwt, tlb_only, ahead})
              ->UseRealTime()
              ->Unit(benchmark::kMillisecond);
        }
      }
    }
  }
  return 0;
}();

} // namespace
