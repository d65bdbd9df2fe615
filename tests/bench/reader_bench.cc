// Readers: records per second out of a file of each format, decompression included.
#include "machine.h"

using namespace pagewalk_bench;

namespace {

void read(benchmark::State &state, const std::string &path) {
  std::vector<pw_trace_record> batch(8192);
  size_t total = 0;
  for (auto _ : state) {
    pw_trace_reader *reader = nullptr;
    pw_diag diag;
    require(pw_trace_open(path.c_str(), nullptr, &reader, &diag), path.c_str(), &diag);
    for (size_t count = 1; count; total += count) {
      require(pw_trace_read(reader, batch.data(), batch.size(), &count, &diag), path.c_str(), &diag);
    }
    pw_trace_close(reader);
  }
  state.SetItemsProcessed(static_cast<int64_t>(total));
}

void read_lackey_zst(benchmark::State &state) { read(state, source_path("tests/data/traces/sqlite_join.lackey.zst")); }
BENCHMARK(read_lackey_zst)->Unit(benchmark::kMillisecond);

} // namespace
