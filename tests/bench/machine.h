// machine.h: configurations, machines and traces for benchmarks. Whatever fails here ends the program.
#pragma once

#include <benchmark/benchmark.h>
#include <pagewalk/pagewalk.h>

#include <cstdlib>
#include <filesystem>
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

inline std::string trace_path(const std::string &name) {
  return source_path("tests/data/traces/" + name + ".lackey.zst");
}

inline std::unique_ptr<pw_config> load_config(const std::string &name) {
  auto config = std::make_unique<pw_config>();
  pw_diag diag;
  require(pw_config_load(source_path("configs/" + name + ".yaml").c_str(), nullptr, 0, config.get(), &diag),
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

// Hands every batch of a trace to `take`.
template <typename Take>
void feed(const std::string &path, bool ahead, uint64_t limit, Take take) {
  pw_trace_reader *reader = nullptr;
  pw_trace_feed *feed = nullptr;
  pw_diag diag;
  require(pw_trace_open(path.c_str(), nullptr, &reader, &diag), path.c_str(), &diag);
  pw_trace_feed_options options{};
  options.ahead = ahead;
  options.limit = limit;
  require(pw_trace_feed_create(reader, options, &feed), "feed");
  pw_trace_batch batch;
  do {
    require(pw_trace_feed_next(feed, &batch, &diag), path.c_str(), &diag);
    take(batch);
  } while (batch.count);
  pw_trace_feed_destroy(feed);
  pw_trace_close(reader);
}

inline std::vector<pw_trace_record> read_trace(const std::string &path, uint64_t limit) {
  std::vector<pw_trace_record> records;
  feed(path, false, limit, [&records](const pw_trace_batch &batch) {
    records.insert(records.end(), batch.records, batch.records + batch.count);
  });
  return records;
}

// Files that end with the program.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pagewalk-bench-XXXXXX").string();
    if (mkdtemp(pattern.data())) folder_ = pattern;
    require(folder_.empty() ? -PW_EIO : 0, "scratch folder");
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  std::string path(const std::string &name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

inline const Scratch &scratch() {
  static const Scratch made;
  return made;
}

// A recorded trace in another format: "pwt", "lackey", "din", "list". It is written once.
inline std::string converted(const std::string &name, const char *format) {
  const std::string path = scratch().path(name + "." + format);
  if (std::filesystem::exists(path)) return path;
  pw_trace_writer *writer = nullptr;
  pw_diag diag;
  require(pw_trace_create(path.c_str(), format, nullptr, &writer, &diag), path.c_str(), &diag);
  feed(trace_path(name), false, 0, [&](const pw_trace_batch &batch) {
    require(pw_trace_write(writer, batch.records, batch.count, &diag), path.c_str(), &diag);
  });
  require(pw_trace_finish(writer, nullptr, &diag), path.c_str(), &diag);
  return path;
}

} // namespace pagewalk_bench
