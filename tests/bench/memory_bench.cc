// The memory hierarchy: references that the first cache answers, that an outer one answers, and that go to DRAM.
#include "machine.h"

using namespace pagewalk_bench;

namespace {

// References to `lines` lines in an order that looks random.
void run(benchmark::State &state, uint64_t lines) {
  const auto config = load_config("skylake");
  pw_memory_hierarchy *hierarchy = nullptr;
  require(pw_memory_hierarchy_create(config.get(), &hierarchy), "hierarchy");
  std::vector<uint64_t> addresses;
  uint64_t random = 1;
  for (uint64_t i = 0; i < 1u << 18; i++) {
    random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    addresses.push_back((random >> 33) % lines * 64);
  }
  for (const uint64_t address : addresses) pw_memory_access(hierarchy, address, PW_READ);
  uint64_t cycles = 0;
  for (auto _ : state) {
    for (const uint64_t address : addresses) cycles += pw_memory_access(hierarchy, address, PW_READ).cycles;
  }
  benchmark::DoNotOptimize(cycles);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * addresses.size()));
  pw_memory_hierarchy_destroy(hierarchy);
}

void first_cache(benchmark::State &state) { run(state, 256); }
BENCHMARK(first_cache)->Name("memory/first cache");

void second_cache(benchmark::State &state) { run(state, 3072); }
BENCHMARK(second_cache)->Name("memory/second cache");

void third_cache(benchmark::State &state) { run(state, 65536); }
BENCHMARK(third_cache)->Name("memory/third cache");

void dram(benchmark::State &state) { run(state, 1u << 22); }
BENCHMARK(dram)->Name("memory/dram");

} // namespace
