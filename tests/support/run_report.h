// run_report.h: the report of a short run, and what a report function writes.
#pragma once

#include <pagewalk/report.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "simulation.h"

namespace pagewalk_test {

// A finished run with its report. `trace` is the name that the report gives.
class ReportedRun {
 public:
  explicit ReportedRun(const pw_config &config, const std::vector<pw_trace_record> &records = mixed_records(3000, 200),
                       bool tlb_only = false, const std::string &trace = "a.lackey")
      : simulation_(config, tlb_only), trace_(trace), traces_{trace_.c_str()} {
    EXPECT_EQ(0, simulation_.run(records));
    report_.config = &simulation_.config();
    report_.stats = &simulation_.stats();
    report_.footprint = pw_simulation_footprint(simulation_.get());
    report_.traces = traces_;
    report_.trace_count = 1;
    report_.tlb_only = tlb_only;
  }
  ReportedRun(const ReportedRun &) = delete;
  ReportedRun &operator=(const ReportedRun &) = delete;

  const pw_run_report &report() const { return report_; }
  const pw_stats &stats() const { return simulation_.stats(); }

 private:
  Simulation simulation_;
  std::string trace_;
  const char *traces_[1];
  pw_run_report report_{};
};

// What `write(stream)` writes, which must succeed.
template <typename Write>
std::string written(Write write) {
  char *text = nullptr;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  EXPECT_EQ(0, write(stream));
  fclose(stream);
  const std::string copy(text, length);
  std::free(text);
  return copy;
}

inline std::vector<std::string> lines_of(const std::string &text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

} // namespace pagewalk_test
