// pagewalk-cosim from outside, on a device that is the model behind pins: it matches, and each of its bugs is found.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "command_test.h"

namespace {

using pagewalk_test::read_file;
using pagewalk_test::Result;

const std::string kSource = PAGEWALK_SOURCE_DIR;
const std::string kConfig = kSource + "/configs/small.yaml";
const std::string kTrace = kSource + "/tests/data/traces/true.lackey.zst";
const std::string kVectors = kSource + "/tests/data/vectors/paging-vectors-sample.jsonl.zst";

std::string last_line(const Result &result) {
  const size_t end = result.out.find_last_not_of('\n');
  const size_t begin = result.out.rfind('\n', end);
  return result.out.substr(begin == std::string::npos ? 0 : begin + 1, end - begin);
}

// "checked N requests, M mismatches", with any N of at least 1.
bool is_verdict(const std::string &line, int mismatches) {
  unsigned long long checked = 0;
  int found = -1, length = 0;
  const int fields = std::sscanf(line.c_str(), "checked %llu requests, %d mismatches%n", &checked, &found, &length);
  return fields == 2 && length == static_cast<int>(line.size()) && checked > 0 && found == mismatches;
}

class Lockstep : public pagewalk_test::CommandTest {
 protected:
  // Without a device: the arguments as they are.
  Result run_plain(const std::string &arguments, const std::string &environment = "") const {
    return run_line(environment + " " PAGEWALK_COSIM " " + arguments + " </dev/null");
  }

  Result run(const std::string &arguments, const std::string &bug = "none") const {
    return run_plain(
        "-c " + kConfig + " --device " PAGEWALK_FAKE_DEVICE " --failure-folder " + folder_ + " " + arguments,
        "PAGEWALK_FAKE_CONFIG=" + kConfig + " PAGEWALK_FAKE_BUG=" + bug);
  }

  std::string file(const std::string &name) const { return folder_ + "/" + name; }
};

// ---- a device without a bug ----

TEST_F(Lockstep, DeviceThatIsTheModelMatches) {
  const Result result = run("--requests 20000");
  EXPECT_EQ(0, result.exit_code) << result.out << result.err;
  EXPECT_TRUE(is_verdict(last_line(result), 0)) << last_line(result);
}

TEST_F(Lockstep, EveryKindOfTrafficMatches) {
  for (const char *traffic : {"single", "hit", "mixed", "storm", "errors"}) {
    const Result result = run(std::string("--requests 5000 --seed 3 --traffic ") + traffic);
    EXPECT_EQ(0, result.exit_code) << traffic << "\n" << result.out << result.err;
  }
}

TEST_F(Lockstep, CyclesOfRequestsThatAreAloneAreCompared) {
  const Result result = run("--requests 3000 --traffic single");
  EXPECT_NE(std::string::npos, result.out.find("exact 3000   beside others 0")) << result.out;
}

TEST_F(Lockstep, SameSeedGivesTheSameReport) {
  const Result first = run("--requests 3000 --seed 9");
  const Result second = run("--requests 3000 --seed 9");
  const Result other = run("--requests 3000 --seed 10");
  EXPECT_EQ(first.out, second.out);
  EXPECT_NE(first.out, other.out);
}

TEST_F(Lockstep, TraceHasTheCyclesOfPagewalkRun) {
  const Result result = run("--limit 20000 --trace " + kTrace);
  EXPECT_EQ(0, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find("faults and cycles by cause are the same")) << result.out;
}

TEST_F(Lockstep, TraceWithHugePagesHasTheCyclesOfPagewalkRun) {
  const Result result = run("--limit 20000 --set os.pages=thp --trace " + kTrace);
  EXPECT_EQ(0, result.exit_code) << result.out << result.err;
  EXPECT_EQ(std::string::npos, result.out.find("promotions 0")) << result.out;
}

TEST_F(Lockstep, VectorsOfTheDeviceMatchAndOthersAreSkipped) {
  const Result result = run("--vectors " + kVectors);
  EXPECT_EQ(0, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find("skipped 1492 vectors of other devices")) << result.out;
  EXPECT_EQ("checked 4738 vectors, 0 mismatches", last_line(result));
}

TEST_F(Lockstep, LogOfARunIsCheckedAgain) {
  const Result result = run("--requests 2000 --traffic single --log " + file("log"));
  ASSERT_EQ(0, result.exit_code) << result.err;
  const Result replayed = run_plain("--replay " + file("log"));
  EXPECT_EQ(0, replayed.exit_code) << replayed.out << replayed.err;
  EXPECT_EQ(last_line(result), last_line(replayed));
}

// "LEGAL_STALE 17   " of a report.
long count_of(const std::string &report, const std::string &name) {
  const size_t at = report.find(name + " ");
  return at == std::string::npos ? -1 : std::strtol(report.c_str() + at + name.size(), nullptr, 10);
}

TEST_F(Lockstep, EveryModeTakesADeviceThatIsTheModel) {
  for (const std::string mode : {"observed", "window"}) {
    const Result result = run("--requests 20000 --seed 2 --mode " + mode);
    EXPECT_EQ(0, result.exit_code) << mode << "\n" << result.out << result.err;
    EXPECT_TRUE(is_verdict(last_line(result), 0)) << last_line(result);
    EXPECT_NE(std::string::npos, result.out.find("   " + mode + "   ")) << result.out;
    EXPECT_GT(count_of(result.out, "LEGAL_STALE"), 0) << result.out;
  }
}

TEST_F(Lockstep, LogIsCheckedAgainInTheModeOfItsHeader) {
  ASSERT_EQ(0, run("--requests 2000 --mode observed --log " + file("log")).exit_code);
  const Result replayed = run_plain("--replay " + file("log"));
  EXPECT_EQ(0, replayed.exit_code) << replayed.out << replayed.err;
  EXPECT_NE(std::string::npos, replayed.out.find("   observed   ")) << replayed.out;
}

TEST_F(Lockstep, LogIsCheckedAgainInAnotherModeWhenOneIsGiven) {
  for (const std::string recorded : {"strict", "observed"}) {
    ASSERT_EQ(0, run("--requests 5000 --seed 2 --mode " + recorded + " --log " + file("log")).exit_code);
    for (const std::string mode : {"strict", "observed", "window"}) {
      const Result replayed = run_plain("--mode " + mode + " --replay " + file("log"));
      EXPECT_EQ(0, replayed.exit_code) << recorded << " as " << mode << replayed.out << replayed.err;
      EXPECT_NE(std::string::npos, replayed.out.find("   " + mode + "   ")) << replayed.out;
      EXPECT_TRUE(is_verdict(last_line(replayed), 0)) << replayed.out;
    }
  }
}

TEST_F(Lockstep, LogOfATraceIsCheckedAgain) {
  const Result result = run("--tlb-only --set os.pages=thp --limit 20000 --log " + file("log") + " --trace " + kTrace);
  ASSERT_EQ(0, result.exit_code) << result.err;
  const Result replayed = run_plain("--replay " + file("log"));
  EXPECT_EQ(0, replayed.exit_code) << replayed.out << replayed.err;
  EXPECT_EQ(last_line(result), last_line(replayed));
}

TEST_F(Lockstep, SpeedIsMeasuredWithAndWithoutTheChecker) {
  const Result result = run("--speed --requests 2000");
  EXPECT_EQ(0, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find("not checked")) << result.out;
}

// ---- a device with a bug ----

class Bug : public Lockstep, public ::testing::WithParamInterface<const char *> {};

TEST_P(Bug, IsFoundShrunkAndRepeated) {
  const Result result = run("--requests 200000", GetParam());
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_TRUE(is_verdict(last_line(result), 1)) << last_line(result);
  const size_t at = result.out.find("shrunk ");
  ASSERT_NE(std::string::npos, at) << result.out;
  int from = 0, requests = 0, to = 0;
  ASSERT_EQ(
      3, std::sscanf(result.out.c_str() + at, "shrunk from %d operations (%d requests) to %d", &from, &requests, &to));
  EXPECT_LT(to, from) << result.out;
  const Result repeated = run("--stimulus " + file("pagewalk-cosim-small-1.stimulus"), GetParam());
  EXPECT_EQ(1, repeated.exit_code) << repeated.out << repeated.err;
}

INSTANTIATE_TEST_SUITE_P(All, Bug, ::testing::Values("address", "invlpg", "late", "dirty"),
                         [](const auto &bug) { return std::string(bug.param); });

TEST_F(Lockstep, EventsOfAShrunkFailureFailWithoutTheDevice) {
  ASSERT_EQ(1, run("--requests 200000", "address").exit_code);
  const Result replayed = run_plain("--replay " + file("pagewalk-cosim-small-1.events"));
  EXPECT_EQ(1, replayed.exit_code) << replayed.out << replayed.err;
}

// Episodes with delays are in the log before the one that fails, and no cycles of theirs are compared again.
TEST_F(Lockstep, LogOfAFailingRunFailsWithoutTheDevice) {
  const Result result = run("--requests 200000 --seed 3 --no-shrink --log " + file("log"), "late");
  ASSERT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, read_file(file("log")).find("\"untimed\":1"));
  const Result replayed = run_plain("--replay " + file("log"));
  EXPECT_EQ(1, replayed.exit_code) << replayed.out << replayed.err;
  EXPECT_EQ(last_line(result), last_line(replayed));
}

TEST_F(Lockstep, LogOfEveryKindOfTrafficIsCheckedAgain) {
  const Result result = run("--requests 30000 --seed 3 --log " + file("log"));
  ASSERT_EQ(0, result.exit_code) << result.err;
  const Result replayed = run_plain("--replay " + file("log"));
  EXPECT_EQ(0, replayed.exit_code) << replayed.out << replayed.err;
  EXPECT_EQ(last_line(result), last_line(replayed));
}

TEST_F(Lockstep, LogCountsWhatTheRunCountedInEveryMode) {
  for (const char *mode : {"strict", "observed", "window"}) {
    const Result result = run("--requests 5000 --traffic mixed --log " + file("log") + " --mode " + mode);
    ASSERT_EQ(0, result.exit_code) << result.out << result.err;
    EXPECT_EQ(last_line(result), last_line(run_plain("--replay " + file("log")))) << mode;
  }
}

TEST_F(Lockstep, LogThatEndsTooEarlySaysSo) {
  ASSERT_EQ(0, run("--requests 50 --mode observed --log " + file("log")).exit_code);
  std::string log = read_file(file("log"));
  log.resize(log.find('\n', log.find("\"e\":\"request\"")) + 1);
  std::ofstream(file("log")) << log;
  const Result replayed = run_plain("--replay " + file("log"));
  EXPECT_EQ(1, replayed.exit_code) << replayed.out;
  EXPECT_NE(std::string::npos, replayed.out.find("or the log was cut off")) << replayed.out;
}

TEST_F(Lockstep, FailureThatIsNotShrunkIsNotSaidToBe) {
  const Result result = run("--requests 200000 --no-shrink", "address");
  EXPECT_EQ(1, result.exit_code);
  EXPECT_NE(std::string::npos, result.out.find("\nnot shrunk   ")) << result.out;
  EXPECT_EQ(std::string::npos, result.out.find("\nshrunk ")) << result.out;
}

TEST_F(Lockstep, FailureIsExplainedWhenItsFilesCannotBeWritten) {
  for (const char *ending : {"events", "stimulus"}) {
    std::filesystem::create_directory(file(std::string("pagewalk-cosim-small-1.") + ending));
  }
  const Result result = run("--requests 200000", "address");
  EXPECT_EQ(1, result.exit_code);
  const size_t at = result.out.find("From a reset they fail so:\n");
  ASSERT_NE(std::string::npos, at) << result.out;
  EXPECT_NE(std::string::npos, result.out.find("physical address", at)) << result.out;
  EXPECT_NE(std::string::npos, result.err.find("small-1.stimulus: cannot be written")) << result.err;
}

TEST_F(Lockstep, StimulusOfAShrunkFailurePassesOnADeviceWithoutTheBug) {
  ASSERT_EQ(1, run("--requests 200000", "address").exit_code);
  const Result repeated = run("--stimulus " + file("pagewalk-cosim-small-1.stimulus"));
  EXPECT_EQ(0, repeated.exit_code) << repeated.out << repeated.err;
}

TEST_F(Lockstep, LostResponseIsAHang) {
  const Result result = run("--requests 2000 --seed 2 --no-shrink", "lost");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find("still waits for its response")) << result.out;
}

// Paging on, and two accesses: the first walks, and the second one as the caller wants.
std::string walks(const std::string &second) {
  return "pagewalk-stimulus 1\n"
         "episode seed=0x1 in-flight-fetch=1 in-flight-data=1 in-flight=1\n"
         "write 0x17f0 0x2007\nwrite 0x2000 0x3007\nwrite 0x3000 0x4007\nwrite 0x4008 0x5005\n"
         "control cr3 0x1000\ncontrol efer 0x900\ncontrol cr0 0x80010000\nwait control\n"
         "access r 0x7f0000001000 user\n" +
         second;
}

TEST_F(Lockstep, FillThatIsMissingAtTheEndOfAnEpisodeIsFound) {
  std::ofstream(file("last.stimulus")) << walks("");
  ASSERT_EQ(0, run("--stimulus " + file("last.stimulus")).exit_code);
  const Result result = run("--no-shrink --log " + file("log") + " --stimulus " + file("last.stimulus"), "fill");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find("has not filled")) << result.out;
  const Result replayed = run_plain("--replay " + file("log"));
  EXPECT_EQ(1, replayed.exit_code) << replayed.out << replayed.err;
  EXPECT_NE(std::string::npos, replayed.out.find("has not filled")) << replayed.out;
}

TEST_F(Lockstep, DeviceThatIsIdleWhileItWalksIsFound) {
  std::ofstream(file("last.stimulus")) << walks("access r 0x100000000000 user kill=20\n");
  ASSERT_EQ(0, run("--stimulus " + file("last.stimulus")).exit_code);
  const Result result = run("--no-shrink --stimulus " + file("last.stimulus"), "idle");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find("the device is idle, and a ")) << result.out;
}

TEST_F(Lockstep, OutputThatIsValidInAResetIsFound) {
  const Result result = run("--no-shrink --requests 100", "reset");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find("ctl_done while reset is held")) << result.out;
}

TEST_F(Lockstep, CounterThatIsWrongAtTheEndOfAnEpisodeIsFound) {
  const Result result = run("--no-shrink --requests 1000", "count");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find("performance counter 7 is")) << result.out;
}

TEST_F(Lockstep, BugIsFoundByATrace) {
  const Result result = run("--trace " + kTrace, "late");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
}

TEST_F(Lockstep, BugIsFoundByVectors) {
  const Result result = run("--vectors " + kVectors, "dirty");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
}

// ---- nothing checked, and bad usage ----

TEST_F(Lockstep, DeviceThatSaysThatItIsOfAnotherMachineIsRefused) {
  const auto told = [this](const std::string &parameters) {
    return run_plain("-c " + kConfig + " --requests 10 --device " PAGEWALK_FAKE_DEVICE,
                     "PAGEWALK_FAKE_CONFIG=" + kConfig + " PAGEWALK_FAKE_PARAMETERS='" + parameters + "'");
  };
  EXPECT_EQ(0, told("").exit_code);
  const Result result = told("LEVELS=7");
  EXPECT_EQ(2, result.exit_code);
  EXPECT_NE(std::string::npos, result.err.find("is a device of another machine: LEVELS=7, and the configuration "))
      << result.err;
}

TEST_F(Lockstep, NothingCheckedFails) {
  std::ofstream(file("empty.stimulus")) << "pagewalk-stimulus 1\n"
                                           "episode seed=0x1 in-flight-fetch=1 in-flight-data=1 in-flight=1\n"
                                           "idle 10\n";
  for (const std::string &arguments :
       {"--stimulus " + file("empty.stimulus"), std::string("--no-check --requests 100")}) {
    const Result result = run(arguments);
    EXPECT_EQ(1, result.exit_code) << arguments << "\n" << result.out;
    EXPECT_EQ("checked 0 requests, 0 mismatches", last_line(result));
    EXPECT_NE(std::string::npos, result.err.find("nothing was checked")) << result.err;
  }
}

TEST_F(Lockstep, ModeThatIsUnknownIsBadUsage) {
  const Result result = run("--mode lax");
  EXPECT_EQ(2, result.exit_code);
  EXPECT_NE(std::string::npos, result.err.find("--mode must be strict, observed or window, not 'lax'")) << result.err;
}

TEST_F(Lockstep, TracesAndVectorsMatchInEveryMode) {
  for (const char *mode : {"observed", "window"}) {
    for (const std::string &input : {"--trace " + kTrace, "--vectors " + kVectors}) {
      const Result result = run(input + " --mode " + mode);
      EXPECT_EQ(0, result.exit_code) << input << "\n" << result.out << result.err;
      EXPECT_TRUE(is_verdict(last_line(result), 0) || !input.compare(0, 9, "--vectors")) << last_line(result);
    }
  }
}

TEST_F(Lockstep, TraceCausesTheSameFaultsInEveryMode) {
  const auto served = [this](const std::string &mode) {
    const Result result = run("--trace " + kTrace + " --set os.thp_threshold_pages=4 --mode " + mode);
    const size_t at = result.out.find("faults served");
    return at == std::string::npos ? result.out : result.out.substr(at, result.out.find('\n', at) - at);
  };
  const std::string strict = served("strict");
  EXPECT_NE(0, std::strncmp(strict.c_str(), "faults served 0 ", 16)) << strict;
  EXPECT_EQ(strict, served("observed"));
  EXPECT_EQ(strict, served("window"));
}

TEST_F(Lockstep, BugIsFoundByATraceAndByVectorsFromOutside) {
  for (const char *mode : {"observed", "window"}) {
    EXPECT_EQ(1, run("--trace " + kTrace + " --mode " + mode, "address").exit_code) << mode;
    EXPECT_EQ(1, run("--vectors " + kVectors + " --mode " + mode, "dirty").exit_code) << mode;
  }
}

TEST_F(Lockstep, LogOfATraceFromOutsideIsCheckedAgain) {
  ASSERT_EQ(0, run("--mode observed --trace " + kTrace + " --log " + file("log")).exit_code);
  for (const char *mode : {"observed", "window"}) {
    EXPECT_EQ(0, run_plain("--replay " + file("log") + " --mode " + mode).exit_code) << mode;
  }
}

TEST_F(Lockstep, BadUsageIsToldApart) {
  EXPECT_EQ(2, run_plain("").exit_code);
  EXPECT_EQ(2, run("--trace " + kTrace + " --replay x").exit_code);
  EXPECT_EQ(2, run("--requests 0").exit_code);
  EXPECT_EQ(2, run("--in-flight 16").exit_code);
  EXPECT_EQ(2, run("--trace /nonexistent").exit_code);
  EXPECT_EQ(2, run("--tlb-only").exit_code);
  EXPECT_EQ(2, run("--limit 5").exit_code);
  EXPECT_EQ(2, run("--speed --no-check").exit_code);
  EXPECT_EQ(2, run("--speed --log " + file("log")).exit_code);
  EXPECT_EQ(2, run("--seed 9223372036854775808").exit_code);
  EXPECT_EQ(0, run("--seed 9223372036854775807 --requests 10 --log " + file("log")).exit_code);
  EXPECT_EQ(2, run("--failure-folder /nonexistent").exit_code);
  EXPECT_EQ(2, run("--failure-folder " + kConfig).exit_code);
  EXPECT_EQ(2, run_plain("-c " + kConfig + " --device /nonexistent.so").exit_code);
}

TEST_F(Lockstep, StimulusThatDoesNotFitIsRefusedWithItsLine) {
  const std::string head = "pagewalk-stimulus 1\nepisode seed=0x1 in-flight-fetch=1 in-flight-data=1 in-flight=1\n";
  for (const char *line : {"access q 0x1",
                           "write 0x4 1",
                           "write 0x10",
                           "control cr9 0x1",
                           "wait long",
                           "idle 0",
                           "access r 0x1 loudly",
                           "episode seed=0x1",
                           "nonsense",
                           "write 0x18446744073709551616 1",
                           "write 0x10 99999999999999999999",
                           "write 0x10 1 2",
                           "wait all now",
                           "idle 5 6",
                           "idle 1000001",
                           "access r 0x1 kill=65536",
                           "control cr3 0x1 pcid=4096",
                           "episode in-flight-fetch=1 in-flight-data=1 in-flight=1 stall-data=100",
                           "episode in-flight-fetch=1 in-flight-data=1 in-flight=1 jitter=101 jitter-cycles=1",
                           "episode in-flight-fetch=1 in-flight-data=1 in-flight=1 bus-error=10001",
                           "episode in-flight-fetch=1 in-flight-data=1 in-flight=31"}) {
    std::ofstream(file("bad.stimulus")) << head << line << "\n";
    const Result result = run("--stimulus " + file("bad.stimulus"));
    EXPECT_EQ(2, result.exit_code) << line;
    EXPECT_NE(std::string::npos, result.err.find("bad.stimulus:3: ")) << line << "\n" << result.err;
  }
}

TEST_F(Lockstep, StimulusThatCannotBeReadIsRefused) {
  const std::string long_line(600, ' ');
  std::ofstream(file("long.stimulus")) << walks(long_line + "\nidle 1\n");
  const Result too_long = run("--stimulus " + file("long.stimulus"));
  EXPECT_EQ(2, too_long.exit_code);
  EXPECT_NE(std::string::npos, too_long.err.find("at most 510 bytes")) << too_long.err;
  const Result folder = run("--stimulus " + file(""));
  EXPECT_EQ(2, folder.exit_code);
  EXPECT_NE(std::string::npos, folder.err.find("cannot be read")) << folder.err;
}

} // namespace
