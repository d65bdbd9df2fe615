// The report for people: tables that fit, numbers that can be read, "-" where there is nothing to divide by.
#include "config_text.h"
#include "run_report.h"

using namespace pagewalk_test;

namespace {

std::string text_of(const pw_run_report &report) {
  return written([&](FILE *stream) { return pw_report_text(stream, &report); });
}

bool has(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// The line that begins with a title, with every run of spaces made one.
std::string line(const std::string &text, const std::string &title) {
  for (const std::string &candidate : lines_of(text)) {
    if (candidate.compare(0, title.size(), title) != 0) continue;
    std::string squeezed;
    for (const char c : candidate) {
      if (c != ' ' || squeezed.empty() || squeezed.back() != ' ') squeezed += c;
    }
    return squeezed;
  }
  ADD_FAILURE() << "no line '" << title << "' in\n" << text;
  return "";
}

TEST(RunText, TablesOfEveryShippedMachineFitAHundredColumns) {
  for (const std::string &path : machines()) {
    const auto parsed = load_config(path);
    ASSERT_EQ(0, parsed->status) << line_of_diag(parsed->diag);
    const ReportedRun run(parsed->config);
    const std::vector<std::string> lines = lines_of(text_of(run.report()));
    // The first two lines name the traces and the machine, each in one line however long.
    for (size_t i = 2; i < lines.size(); i++) EXPECT_LE(lines[i].size(), 100u) << path << ": " << lines[i];
  }
}

TEST(RunText, NumbersAreGroupedByThousands) {
  ReportedRun run(small_config(), mixed_records(10, 2));
  pw_stats stats = run.stats();
  pw_run_report report = run.report();
  report.stats = &stats;
  stats.page_crossings = 0;
  EXPECT_TRUE(has(text_of(report), "page crossings 0 "));
  stats.page_crossings = 999;
  EXPECT_TRUE(has(text_of(report), "page crossings 999 "));
  stats.page_crossings = 1000;
  EXPECT_TRUE(has(text_of(report), "page crossings 1,000 "));
  stats.page_crossings = 1234567;
  EXPECT_TRUE(has(text_of(report), "page crossings 1,234,567 "));
  stats.page_crossings = UINT64_MAX;
  EXPECT_TRUE(has(text_of(report), "page crossings 18,446,744,073,709,551,615 "));
}

TEST(RunText, NothingToDivideByIsADash) {
  const ReportedRun run(small_config(), {});
  const std::string text = text_of(run.report());
  EXPECT_EQ("l1d 1 0 0 0 - -", line(text, "l1d "));
  EXPECT_EQ("total 0 - -", line(text, "total"));
  EXPECT_EQ("effective access time - cycles - ns", line(text, "effective access time"));
  EXPECT_EQ("none: from the root 0 -", line(text, "none: from the root"));
  EXPECT_TRUE(has(line(text, "walks"), "per walk -"));
  EXPECT_FALSE(has(text, "nan"));
  EXPECT_FALSE(has(text, "inf"));
}

TEST(RunText, CountsAreThoseOfTheRun) {
  const ReportedRun run(small_config());
  const std::string text = text_of(run.report());
  EXPECT_TRUE(has(line(text, "accesses"), "accesses 3,000"));
  EXPECT_TRUE(has(line(text, "page faults"), "page faults " + std::to_string(run.stats().outcomes[PW_PAGE_FAULT])));
  const pw_tlb_stats &tlb = run.stats().tlb[0];
  EXPECT_TRUE(has(line(text, "l1i "), "l1i 1 " + std::to_string(tlb.hits + tlb.misses) + " " +
                                          std::to_string(tlb.hits) + " " + std::to_string(tlb.misses)));
}

TEST(RunText, SharesOfTheCyclesAreOfTheTotal) {
  const ReportedRun run(small_config());
  const std::string text = text_of(run.report());
  EXPECT_TRUE(has(line(text, "total"), " 100.00 "));
  for (unsigned cause = 0; cause < PW_CYCLE_CAUSES; cause++) EXPECT_TRUE(has(text, pw_cycle_cause_key(cause)));
}

TEST(RunText, MachineTraceAndModeAreNamed) {
  const ReportedRun run(small_config(), mixed_records(10, 2), true);
  const std::string text = text_of(run.report());
  EXPECT_TRUE(has(lines_of(text)[0], "a.lackey"));
  EXPECT_TRUE(has(lines_of(text)[1], "default: 4-level, 303 ps"));
  EXPECT_TRUE(has(text, "TLB only"));
  EXPECT_FALSE(has(text, "with no translation at all")) << "no data, nothing to compare with";
}

TEST(RunText, WarmUpIsSaid) {
  const ReportedRun run(small_config(), mixed_records(10, 2));
  pw_run_report report = run.report();
  EXPECT_FALSE(has(text_of(report), "warm-up"));
  report.warmup = 77;
  EXPECT_TRUE(has(text_of(report), "warm-up of 77 records"));
}

TEST(RunText, RegistersOfPaePagingHaveAColumn) {
  pw_config config = small_config();
  config.mode = PW_MODE_PAE;
  config.pcide = false;
  config.psc[3].sets = config.psc[4].sets = 0;
  for (uint32_t u = 0; u < config.tlb_count; u++) config.tlbs[u].array_count = 1;
  const ReportedRun run(config, {{0x1000, 4, PW_TRACE_READ}});
  EXPECT_TRUE(has(line(text_of(run.report()), "served by"), "dram register"));
  EXPECT_EQ("walk: PDPTE 0 0 0 0 0 1", line(text_of(run.report()), "walk: PDPTE"));
}

TEST(RunText, SameRunGivesTheSameText) {
  const ReportedRun first(small_config());
  const ReportedRun second(small_config());
  EXPECT_EQ(text_of(first.report()), text_of(second.report()));
}

} // namespace
