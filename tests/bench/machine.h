// machine.h: configurations, machines and traces for benchmarks. Whatever fails here ends the program.
#pragma once

#include <benchmark/benchmark.h>
#include <pagewalk/pagewalk.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace pagewalk_bench {

inline void require(int status, const char *what, const pw_diag *diag = nullptr) {
  if (!status) return;
  std::cerr << what << ": " << (diag ? diag->message : pw_strerror(status)) << "\n";
  std::exit(2);
}

inline std::string source_path(const std::string &relative) {
  return std::string(PAGEWALK_SOURCE_DIR) + "/" + relative;
}

inline std::unique_ptr<pw_config> load_config(const std::string &name,
                                              const std::vector<const char *> &overrides = {}) {
  auto config = std::make_unique<pw_config>();
  pw_diag diag;
  require(pw_config_load(source_path("configs/" + name + ".yaml").c_str(), overrides.data(), overrides.size(),
                         config.get(), &diag),
          name.c_str(), &diag);
  return config;
}

struct SimulationEnd {
  void operator()(pw_simulation *simulation) const { pw_simulation_destroy(simulation); }
};
using Simulation = std::unique_ptr<pw_simulation, SimulationEnd>;

inline Simulation make_simulation(const pw_config &config, bool tlb_only = false) {
  pw_simulation *simulation = nullptr;
  pw_simulation_options options{};
  options.tlb_only = tlb_only;
  require(pw_simulation_create(&config, options, &simulation), "simulation");
  return Simulation(simulation);
}

inline std::vector<pw_trace_record> read_trace(const std::string &path, size_t limit) {
  pw_trace_reader *reader = nullptr;
  pw_diag diag;
  require(pw_trace_open(path.c_str(), nullptr, &reader, &diag), path.c_str(), &diag);
  std::vector<pw_trace_record> records(limit);
  size_t length = 0;
  for (size_t count = 1; count && length < limit; length += count) {
    require(pw_trace_read(reader, records.data() + length, limit - length, &count, &diag), path.c_str(), &diag);
  }
  pw_trace_close(reader);
  records.resize(length);
  return records;
}

} // namespace pagewalk_bench
