// The ten litmus tests of what x86 allows when a TLB may hold old entries, on the Verilog MMU, in every mode of the
// checker: its answers, one by one, and what observed and window mode call them.
//
// The stimuli are files of cosim/litmus/. The rules are of the Intel SDM volume 3A, chapter "Paging", section "Caching
// Translation Information".
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

const std::string kSource = PAGEWALK_SOURCE_DIR;
const std::string kFolder = PAGEWALK_TEST_FOLDER;

// The value of a key of a line of a log, without quotes; "" when it is not there.
std::string value_of(const std::string &line, const std::string &key) {
  const std::string name = "\"" + key + "\":";
  const size_t at = line.find(name);
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size();
  if (line[begin] == '"') return line.substr(begin + 1, line.find('"', begin + 1) - begin - 1);
  return line.substr(begin, line.find_first_of(",}", begin) - begin);
}

// "0x10000000", "0x10000000 2M global", "#PF 0x4".
std::string answer_of(const std::string &line) {
  if (value_of(line, "fault") == "page-fault") return "#PF " + value_of(line, "error");
  if (!value_of(line, "fault").empty()) return value_of(line, "fault");
  const std::string page = value_of(line, "page");
  return value_of(line, "pa") + (page.empty() ? "" : " " + page) + (value_of(line, "global").empty() ? "" : " global");
}

// How many answers were legal for what reason, of those that the tables as they are do not give.
struct Stale {
  int stale = 0;
  int spurious_faults = 0;
};

class Litmus : public testing::TestWithParam<const char *> {
 protected:
  std::vector<std::string> answers;
  int controls_in_flight = 0; // accepted while a request was in flight
  int dirty_swaps = 0;        // compare-and-swaps that set D
  std::string report;

  std::string mode() const { return GetParam(); }

  void play(const std::string &name) {
    const std::string log = kFolder + "/litmus-" + mode() + ".jsonl", out = kFolder + "/litmus.out";
    const std::string command = PAGEWALK_COSIM " -c " + kSource +
                                "/configs/small.yaml --assertions --no-waves --mode " + mode() + " --failure-folder " +
                                kFolder + " --log " + log + " --stimulus " + kSource + "/cosim/litmus/" + name +
                                ".stimulus >" + out + " 2>&1";
    const int status = std::system(command.c_str());
    std::ostringstream text;
    text << std::ifstream(out).rdbuf();
    report = text.str();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << report;
    EXPECT_NE(std::string::npos, report.find(" requests, 0 mismatches\n")) << report;
    read(log);
  }

  // Strict mode knows what the device holds, and gives no such verdicts; window mode does not look at D.
  void expect_verdicts(Stale observed, Stale window) const {
    if (mode() == "strict") return;
    const Stale want = mode() == "observed" ? observed : window;
    const std::string line = "verdicts     MATCH " +
                             std::to_string(answers.size() - static_cast<size_t>(want.stale + want.spurious_faults)) +
                             "   LEGAL_STALE " + std::to_string(want.stale) + "   LEGAL_SPURIOUS_FAULT " +
                             std::to_string(want.spurious_faults) + "   not judged 0\n";
    EXPECT_NE(std::string::npos, report.find(line)) << line << report;
  }
  void expect_verdicts(Stale both) const { expect_verdicts(both, both); }

 private:
  void read(const std::string &path) {
    std::ifstream log(path);
    int in_flight = 0;
    for (std::string line; std::getline(log, line);) {
      const std::string event = value_of(line, "e");
      in_flight += event == "request";
      controls_in_flight += event == "control" && in_flight > 0;
      dirty_swaps += event == "swap" && sets_dirty(line);
      if (event != "response") continue;
      in_flight--;
      answers.push_back(answer_of(line));
    }
  }
  static bool sets_dirty(const std::string &line) {
    const auto number = [&line](const char *key) { return std::strtoull(value_of(line, key).c_str(), nullptr, 16); };
    return (number("desired") & ~number("expected") & 0x40) != 0;
  }
};

using Answers = std::vector<std::string>;

TEST_P(Litmus, PresentBitSetWithoutFlush) {
  play("present-bit-set-without-flush");
  EXPECT_EQ((Answers{"#PF 0x4", "0x10000000"}), answers);
  expect_verdicts({});
}

TEST_P(Litmus, PresentBitClearedWithoutFlush) {
  play("present-bit-cleared-without-flush");
  EXPECT_EQ((Answers{"0x10000000", "0x10000000", "#PF 0x4"}), answers);
  expect_verdicts({1, 0});
}

TEST_P(Litmus, WriteBitSetWithoutFlush) {
  play("write-bit-set-without-flush");
  EXPECT_EQ((Answers{"0x10000000", "#PF 0x7", "0x10000000"}), answers);
  expect_verdicts({0, 1});
}

TEST_P(Litmus, UpperLevelSwitchAndInvlpgOfAnotherAddress) {
  play("upper-level-switch-and-invlpg-of-another-address");
  EXPECT_EQ((Answers{"0x10000000", "0x20001000", "0x10000000", "0x20000000"}), answers);
  expect_verdicts({1, 0});
}

TEST_P(Litmus, GlobalPageAcrossCr3Write) {
  play("global-page-across-cr3-write");
  EXPECT_EQ((Answers{"0x10000000 global", "0x10001000", "0x10000000 global", "0x20001000", "0x20000000 global"}),
            answers);
  expect_verdicts({1, 0});
}

TEST_P(Litmus, Cr3WithoutFlush) {
  play("cr3-without-flush");
  EXPECT_EQ((Answers{"0x10000000", "0x10000000", "0x20000000"}), answers);
  expect_verdicts({1, 0});
}

TEST_P(Litmus, PcidsOfOneAddress) {
  play("pcids-of-one-address");
  EXPECT_EQ((Answers{"0x10000000", "0x20000000", "0x10000000", "0x20000000", "0x10000000"}), answers);
  expect_verdicts({});
}

TEST_P(Litmus, LargePageSplit) {
  play("large-page-split");
  EXPECT_EQ((Answers{"0x10000000 2M", "0x10000000 2M", "0x10001000 2M", "0x20000000", "0x20001000"}), answers);
  expect_verdicts({2, 0});
}

TEST_P(Litmus, DirtyBitClearedWithoutFlush) {
  play("dirty-bit-cleared-without-flush");
  EXPECT_EQ((Answers{"0x10000000", "0x10000000", "0x10000000"}), answers);
  EXPECT_EQ(2, dirty_swaps) << "by the first write, and by the one after INVLPG";
  expect_verdicts({1, 0}, {});
}

TEST_P(Litmus, ControlAcceptedMidWalk) {
  play("control-accepted-mid-walk");
  EXPECT_EQ((Answers{"0x10000000", "0x20000000", "0x10001000", "0x20001000"}), answers);
  EXPECT_EQ(2, controls_in_flight);
  expect_verdicts({});
}

INSTANTIATE_TEST_SUITE_P(, Litmus, testing::Values("strict", "observed", "window"),
                         [](const auto &test) { return std::string(test.param); });

} // namespace
