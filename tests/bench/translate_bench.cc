// Translations in the library, the record filled: first-level hits, second-level hits, walks.
#include "machine.h"

using namespace pagewalk_bench;

namespace {

constexpr uint64_t kBase = 0x7f0000000000;
constexpr uint64_t kPage = 4096;

// A machine that has touched `pages` pages in order, and accesses to them in an order that looks random.
class Touched {
 public:
  Touched(const std::string &machine, uint64_t pages, bool shuffled)
      : config_(load_config(machine)), simulation_(make_simulation(*config_, true)) {
    uint64_t state = 1;
    for (uint64_t page = 0; page < pages; page++) {
      const pw_trace_record record{kBase + page * kPage, 8, PW_TRACE_WRITE};
      require(pw_simulation_step(simulation_.get(), &record), "touch");
    }
    for (uint64_t i = 0; i < 1u << 16; i++) {
      state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
      const uint64_t page = shuffled ? (state >> 33) % pages : i % pages;
      accesses_.push_back({kBase + page * kPage + (state >> 45 & 0xff8), 8, PW_READ, 3, 0, 0});
    }
  }

  void run(benchmark::State &state) {
    pw_mmu *mmu = pw_simulation_mmu(simulation_.get());
    uint64_t cycles = 0;
    for (auto _ : state) {
      for (const pw_access &access : accesses_) {
        require(pw_translate(mmu, &access, &record_), "translate");
        cycles += record_.physical_address;
      }
    }
    benchmark::DoNotOptimize(cycles);
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * accesses_.size()));
  }

  pw_mmu *mmu() { return pw_simulation_mmu(simulation_.get()); }

 private:
  std::unique_ptr<pw_config> config_;
  Simulation simulation_;
  std::vector<pw_access> accesses_;
  pw_translation record_{};
};

void hit_one_page(benchmark::State &state) { Touched("skylake", 1, false).run(state); }
BENCHMARK(hit_one_page)->Name("translate/hit one page");

void hit_32_pages_in_turn(benchmark::State &state) { Touched("skylake", 32, false).run(state); }
BENCHMARK(hit_32_pages_in_turn)->Name("translate/hit 32 pages in turn");

void hit_32_pages_shuffled(benchmark::State &state) { Touched("skylake", 32, true).run(state); }
BENCHMARK(hit_32_pages_shuffled)->Name("translate/hit 32 pages shuffled");

// More pages than the first level holds, fewer than the second: in turn, LRU misses every time in the first.
void second_level_hit(benchmark::State &state) { Touched("skylake", 1024, false).run(state); }
BENCHMARK(second_level_hit)->Name("translate/second level hit");

// More pages than all levels hold: every translation walks, the upper levels from the paging-structure caches.
void walk(benchmark::State &state) { Touched("skylake", 8192, false).run(state); }
BENCHMARK(walk)->Name("translate/walk");

} // namespace
