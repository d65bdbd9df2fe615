// Readers: records per second out of a file of each format, decompression included.
#include <fstream>

#include "machine.h"
#include "trace_writers.h"

using namespace pagewalk_bench;

namespace {

void read(benchmark::State &state, const std::string &path) {
  uint64_t total = 0;
  for (auto _ : state) feed(path, false, 0, [&total](const pw_trace_batch &batch) { total += batch.count; });
  state.SetItemsProcessed(static_cast<int64_t>(total));
}

void lackey_zst(benchmark::State &state) { read(state, trace_path("sqlite_join")); }
void text(benchmark::State &state, const char *format) { read(state, converted("sqlite_join", format)); }

void champsim(benchmark::State &state) {
  const std::string path = scratch().path("champsim");
  std::ofstream(path, std::ios::binary) << pagewalk_test::write_champsim<pagewalk_test::kChampSim64>(
      read_trace(trace_path("sqlite_join"), 2000000));
  read(state, path);
}

BENCHMARK_CAPTURE(text, pwt, "pwt")->Name("read/pwt")->Unit(benchmark::kMillisecond);
BENCHMARK(lackey_zst)->Name("read/lackey.zst")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(text, lackey, "lackey")->Name("read/lackey")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(text, din, "din")->Name("read/din")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(text, list, "list")->Name("read/list")->Unit(benchmark::kMillisecond);
BENCHMARK(champsim)->Name("read/champsim")->Unit(benchmark::kMillisecond);

} // namespace
