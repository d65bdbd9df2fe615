// One program has the same TLB misses in whatever format its trace is written: those of an independent simulator.
#include <jansson.h>
#include <pagewalk/simulation.h>

#include "config_text.h"
#include "simulation.h"
#include "trace_file.h"
#include "trace_writers.h"

using namespace pagewalk_test;

namespace {

struct Misses {
  uint64_t fetch = 0; // of the first level
  uint64_t data = 0;
  uint64_t second = 0;
};

Misses run(const Records &records) {
  const auto config = load_config(source_path("configs/reference-tlb.yaml"));
  EXPECT_EQ(0, config->status) << line_of_diag(config->diag);
  Simulation simulation(config->config, true);
  EXPECT_EQ(0, simulation.run(records));
  const pw_stats &stats = simulation.stats();
  return {stats.tlb[0].misses, stats.tlb[1].misses, stats.tlb[2].misses};
}

uint64_t expected(const char *key) {
  json_t *root = json_load_file(source_path("tests/data/expected-tlb-misses.json").c_str(), 0, nullptr);
  json_t *value = json_object_get(json_object_get(json_object_get(root, "traces"), "true"), key);
  EXPECT_TRUE(json_is_integer(value)) << key;
  const auto number = static_cast<uint64_t>(json_integer_value(value));
  json_decref(root);
  return number;
}

void expect_misses(const Misses &misses, uint64_t fetch, uint64_t data, uint64_t second) {
  EXPECT_EQ(fetch, misses.fetch);
  EXPECT_EQ(data, misses.data);
  EXPECT_EQ(second, misses.second);
}

class EveryFormat : public ::testing::TestWithParam<TraceWriter> {
 protected:
  const Records records_ = read_trace(source_path("tests/data/traces/true.lackey.zst"), 100000).records;
};

TEST_P(EveryFormat, HasTheMissesOfTheIndependentSimulator) {
  ASSERT_EQ(expected("records"), records_.size());
  const Trace trace = read_trace_text(write_trace(GetParam(), records_), 100000);
  ASSERT_EQ(0, trace.open_status) << trace.diag.message;
  ASSERT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
  ASSERT_EQ(GetParam().format, trace.format);
  if (GetParam().keeps_fetches) {
    expect_misses(run(trace.records), expected("itlb_misses"), expected("dtlb_misses"),
                  expected("stlb_misses_instruction") + expected("stlb_misses_data"));
    return;
  }
  Records data;
  for (const pw_trace_record &record : records_) {
    if (record.kind != PW_TRACE_FETCH) data.push_back(record);
  }
  const Misses of_data = run(data);
  expect_misses(run(trace.records), 0, expected("dtlb_misses"), of_data.second);
}

INSTANTIATE_TEST_SUITE_P(Program, EveryFormat, ::testing::ValuesIn(kTraceWriters));

} // namespace
