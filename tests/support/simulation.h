// simulation.h: a simulation for tests, and its identities between counts and cycles.
#pragma once

#include <gtest/gtest.h>
#include <pagewalk/simulation.h>

#include <memory>
#include <vector>

namespace pagewalk_test {

class Simulation {
 public:
  explicit Simulation(const pw_config &config, bool tlb_only = false) : config_(config) {
    pw_simulation_options options{};
    options.tlb_only = tlb_only;
    EXPECT_EQ(0, pw_simulation_create(&config, options, &simulation_));
  }
  ~Simulation() { pw_simulation_destroy(simulation_); }
  Simulation(const Simulation &) = delete;
  Simulation &operator=(const Simulation &) = delete;

  int step(uint64_t address, uint32_t size = 4, uint32_t kind = PW_TRACE_READ) {
    const pw_trace_record record = {address, size, kind};
    return pw_simulation_step(simulation_, &record);
  }
  int run(const std::vector<pw_trace_record> &records) {
    return pw_simulation_run(simulation_, records.data(), records.size());
  }
  const pw_stats &stats() const { return *pw_simulation_stats(simulation_); }
  pw_simulation *get() { return simulation_; }
  const pw_config &config() const { return config_; }

 private:
  pw_config config_;
  pw_simulation *simulation_ = nullptr;
};

// The default machine with 64 MB of memory.
inline pw_config small_config() {
  pw_config config = pw_config_default();
  config.os.memory_bytes = UINT64_C(64) << 20;
  return config;
}

// Reads, writes and fetches over `pages` pages, from a fixed generator; some cross lines and pages.
inline std::vector<pw_trace_record> mixed_records(size_t count, uint64_t pages) {
  std::vector<pw_trace_record> records;
  uint64_t state = 12345;
  for (size_t i = 0; i < count; i++) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const uint64_t offset = (state >> 20) % (pages * 4096);
    records.push_back({UINT64_C(0x7f0000000000) + offset, static_cast<uint32_t>(1 + (state >> 50) % 64),
                       static_cast<uint32_t>(state >> 62)});
  }
  return records;
}

} // namespace pagewalk_test
