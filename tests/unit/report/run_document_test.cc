// The JSON document of a run: the keys that scripts rely on, and numbers that agree with the counts.
extern "C" {
#include "run_document.h"
}

#include "run_report.h"

using namespace pagewalk_test;

namespace {

class Document {
 public:
  explicit Document(const pw_run_report &report) : root_(pw_run_document(&report)) { EXPECT_NE(nullptr, root_); }
  ~Document() { json_decref(root_); }
  Document(const Document &) = delete;
  Document &operator=(const Document &) = delete;

  // The value at a path like "tlb.l1d.misses".
  const json_t *at(const std::string &path) const {
    const json_t *value = root_;
    for (size_t begin = 0; begin <= path.size();) {
      const size_t end = std::min(path.find('.', begin), path.size());
      value = json_object_get(value, path.substr(begin, end - begin).c_str());
      begin = end + 1;
    }
    EXPECT_NE(nullptr, value) << path;
    return value;
  }
  uint64_t count(const std::string &path) const {
    EXPECT_TRUE(json_is_integer(at(path))) << path;
    return static_cast<uint64_t>(json_integer_value(at(path)));
  }
  double real(const std::string &path) const {
    EXPECT_TRUE(json_is_real(at(path))) << path;
    return json_real_value(at(path));
  }
  std::string text(const std::string &path) const {
    EXPECT_TRUE(json_is_string(at(path))) << path;
    return json_string_value(at(path));
  }

 private:
  json_t *root_;
};

pw_config faulting_config() {
  pw_config config = small_config();
  config.os.trap.ps = 3000000;
  return config;
}

TEST(RunDocument, KeysThatScriptsReadAgreeWithTheCounts) {
  const ReportedRun run(faulting_config());
  const Document document(run.report());
  EXPECT_EQ(3000u, document.count("accesses"));
  EXPECT_EQ(run.stats().translations, document.count("translations"));
  EXPECT_EQ(run.stats().tlb[0].misses, document.count("tlb.l1i.misses"));
  EXPECT_EQ(run.stats().tlb[1].misses, document.count("tlb.l1d.misses"));
  EXPECT_EQ(run.stats().tlb[2].misses, document.count("tlb.l2.misses"));
  EXPECT_EQ(run.stats().tlb[1].hits, document.count("tlb.l1d.hits"));
  EXPECT_EQ(run.stats().tlb[1].hits + run.stats().tlb[1].misses, document.count("tlb.l1d.lookups"));
  EXPECT_EQ(run.stats().walks, document.count("walks"));
  EXPECT_EQ(run.stats().outcomes[PW_PAGE_FAULT], document.count("page_faults"));
  EXPECT_EQ(pw_stats_total_cycles(&run.stats()), document.count("cycles.total"));
  EXPECT_EQ(run.stats().baseline_cycles, document.count("cycles_without_translation"));
  EXPECT_DOUBLE_EQ(static_cast<double>(pw_stats_total_cycles(&run.stats())) / 3000, document.real("eat_cycles"));
}

TEST(RunDocument, IntegerPartsOfTheCyclesAddUpToTheTotal) {
  const ReportedRun run(faulting_config());
  const Document document(run.report());
  uint64_t sum = 0;
  size_t parts = 0;
  const char *key;
  json_t *value;
  json_object_foreach(const_cast<json_t *>(document.at("cycles")), key, value) {
    ASSERT_TRUE(json_is_integer(value)) << key;
    if (std::string(key) == "total") continue;
    sum += static_cast<uint64_t>(json_integer_value(value));
    parts++;
  }
  EXPECT_EQ(static_cast<size_t>(PW_CYCLE_CAUSES), parts);
  EXPECT_EQ(document.count("cycles.total"), sum);
  EXPECT_GT(document.count("cycles.fault_service"), 0u);
  EXPECT_EQ(document.count("cycles.fault_service"), document.count("faults.stage_cycles.trap"));
}

TEST(RunDocument, EatIsDecomposed) {
  const ReportedRun run(faulting_config());
  const Document document(run.report());
  const double accesses = 3000;
  const auto per_access = [&](const char *key) { return static_cast<double>(document.count(key)) / accesses; };
  EXPECT_NEAR(document.real("eat_cycles") * 0.303, document.real("eat_ns"), 1e-6);
  EXPECT_NEAR(document.real("eat_cycles") - per_access("cycles.fault_service"),
              document.real("eat_without_faults_cycles"), 1e-6);
  EXPECT_NEAR(per_access("cycles_without_translation"), document.real("eat_without_translation_cycles"), 1e-6);
  EXPECT_NEAR(document.real("eat_cycles") / document.real("eat_without_translation_cycles"), document.real("slowdown"),
              1e-9);
}

TEST(RunDocument, MachineSeedAndTracesAreNamed) {
  pw_config config = small_config();
  config.seed = 42;
  const ReportedRun run(config);
  const Document document(run.report());
  EXPECT_EQ(PW_RUN_SCHEMA, document.text("schema"));
  EXPECT_EQ("default", document.text("machine.name"));
  EXPECT_EQ("4-level", document.text("machine.paging_mode"));
  EXPECT_EQ("none", document.text("machine.timing_table"));
  EXPECT_EQ(303u, document.count("machine.clock_ps"));
  EXPECT_EQ(42u, document.count("seed"));
  EXPECT_STREQ("a.lackey", json_string_value(json_array_get(document.at("traces"), 0)));
  EXPECT_TRUE(json_is_false(document.at("tlb_only")));
  EXPECT_EQ(0u, document.count("warmup_records"));
}

TEST(RunDocument, KindsPagesAndServersAddUp) {
  const ReportedRun run(small_config());
  const Document document(run.report());
  EXPECT_EQ(3000u, document.count("accesses_by_kind.fetch") + document.count("accesses_by_kind.read") +
                       document.count("accesses_by_kind.write") + document.count("accesses_by_kind.modify"));
  EXPECT_EQ(run.stats().translations, document.count("translations_by_page_size.4K"));
  uint64_t served = 0;
  for (const char *server : {"l1i", "l1d", "l2", "l3", "dram"}) {
    served += document.count(std::string("data_served_by.") + server);
  }
  EXPECT_EQ(run.stats().translations + run.stats().line_crossings, served);
  uint64_t reads = 0;
  for (const char *level : {"PTE", "PDE", "PDPTE", "PML4E"}) {
    for (const char *server : {"l1i", "l1d", "l2", "l3", "dram"}) {
      reads += document.count(std::string("walk_served_by.") + level + "." + server);
    }
  }
  EXPECT_EQ(document.count("entry_reads"), reads);
  EXPECT_EQ(run.stats().psc_hits[2], document.count("paging_structure_caches.PDE.hits"));
}

TEST(RunDocument, RegistersOfPaePagingAreShown) {
  pw_config config = small_config();
  config.mode = PW_MODE_PAE;
  config.pcide = false;
  config.psc[3].sets = config.psc[4].sets = 0;
  for (uint32_t u = 0; u < config.tlb_count; u++) config.tlbs[u].array_count = 1;
  const ReportedRun run(config, {{0x1000, 4, PW_TRACE_READ}});
  const Document document(run.report());
  EXPECT_EQ(1u, document.count("walk_served_by.PDPTE.register"));
  EXPECT_EQ(nullptr, json_object_get(document.at("walk_served_by"), "PML4E"));
}

TEST(RunDocument, NothingToDivideByIsNull) {
  const ReportedRun run(small_config(), {});
  const Document document(run.report());
  for (const char *key : {"eat_cycles", "eat_ns", "eat_without_faults_cycles", "eat_without_translation_cycles",
                          "slowdown", "entry_reads_per_walk", "tlb.l1d.miss_ratio"}) {
    EXPECT_TRUE(json_is_null(document.at(key))) << key;
  }
  EXPECT_EQ(0u, document.count("cycles.total"));
  EXPECT_EQ(0u, document.count("translation_cycles.p50"));
}

TEST(RunDocument, TlbOnlyHasNoSlowdown) {
  const ReportedRun run(small_config(), mixed_records(100, 10), true);
  const Document document(run.report());
  EXPECT_TRUE(json_is_true(document.at("tlb_only")));
  EXPECT_TRUE(json_is_null(document.at("slowdown")));
  EXPECT_EQ(0u, document.count("cycles.data"));
}

TEST(RunDocument, ServersHaveNames) {
  const pw_config config = pw_config_default();
  EXPECT_STREQ("l1i", pw_served_by_name(&config, 0));
  EXPECT_STREQ("l3", pw_served_by_name(&config, 3));
  EXPECT_STREQ("dram", pw_served_by_name(&config, PW_SERVED_BY_DRAM));
  EXPECT_STREQ("register", pw_served_by_name(&config, PW_SERVED_BY_REGISTER));
}

} // namespace
