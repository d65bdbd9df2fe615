// Coverage by pagewalk-cosim, on a device that is the model behind pins: files, steering, and the report.
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "command.h"

namespace {

using pagewalk_test::read_file;
using pagewalk_test::Result;

const std::string kConfig = PAGEWALK_SOURCE_DIR "/configs/small.yaml";

class CoverageRun : public pagewalk_test::CommandTest {
 protected:
  Result run(const std::string &arguments, const std::string &bug = "none") const {
    return run_line("PAGEWALK_FAKE_CONFIG=" + kConfig + " PAGEWALK_FAKE_BUG=" + bug + " " PAGEWALK_COSIM " -c " +
                    kConfig + " --device " PAGEWALK_FAKE_DEVICE " --failure-folder " + folder_ + " " + arguments +
                    " </dev/null");
  }
  Result report(const std::string &files) const { return run_line(PAGEWALK_COSIM " --coverage-report " + files); }
  std::string file(const std::string &name) const { return folder_ + "/" + name; }
};

// "covered N of M reachable bins"
int covered(const Result &result) {
  int hit = -1, reachable = -1;
  const size_t at = result.out.find("covered ");
  if (at == std::string::npos) return -1;
  return std::sscanf(result.out.c_str() + at, "covered %d of %d", &hit, &reachable) == 2 ? hit : -1;
}

std::string line_with(const std::string &text, const std::string &word) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(word) != std::string::npos) return line;
  }
  return "";
}

TEST_F(CoverageRun, RunsAreAddedToTheFile) {
  const Result first = run("--requests 5000 --seed 1 --coverage " + file("c"));
  ASSERT_EQ(0, first.exit_code) << first.out << first.err;
  const Result second = run("--requests 5000 --seed 2 --coverage " + file("c"));
  EXPECT_GT(covered(second), covered(first));
  EXPECT_EQ(covered(second), covered(report(file("c"))));
}

TEST_F(CoverageRun, SameSeedAndFileGiveTheSameRequestsAndTheSameFile) {
  ASSERT_EQ(0, run("--requests 3000 --seed 1 --coverage " + file("begin")).exit_code);
  std::vector<std::string> outputs, files;
  for (const char *name : {"a", "b"}) {
    std::filesystem::copy_file(file("begin"), file(name));
    outputs.push_back(run("--requests 5000 --seed 2 --coverage " + file(name)).out);
    files.push_back(read_file(file(name)));
  }
  EXPECT_EQ(outputs[0], outputs[1]);
  EXPECT_EQ(files[0], files[1]);
  const Result from_nothing = run("--requests 5000 --seed 2 --coverage " + file("c"));
  EXPECT_NE(line_with(outputs[0], "answered by"), line_with(from_nothing.out, "answered by"));
}

TEST_F(CoverageRun, SteeredRequestsFillMoreHolesThanOthers) {
  const Result steered = run("--requests 20000 --coverage " + file("s"));
  const Result others = run("--requests 20000 --no-steer --coverage " + file("o"));
  EXPECT_GT(covered(steered), covered(others));
}

TEST_F(CoverageRun, CountingAloneChangesNoRequest) {
  const Result plain = run("--requests 5000 --seed 3");
  const Result counted = run("--requests 5000 --seed 3 --no-steer --coverage " + file("c"));
  EXPECT_EQ(line_with(plain.out, "answered by"), line_with(counted.out, "answered by"));
  EXPECT_EQ(line_with(plain.out, "outcomes"), line_with(counted.out, "outcomes"));
}

TEST_F(CoverageRun, EveryModeGoesIntoTheSameFile) {
  for (const char *mode : {"strict", "observed", "window"}) {
    const Result result = run(std::string("--requests 2000 --mode ") + mode + " --coverage " + file("c"));
    ASSERT_EQ(0, result.exit_code) << result.out << result.err;
  }
  const std::string text = read_file(file("c"));
  for (const char *bin : {"\"strict MATCH\"", "\"observed MATCH\"", "\"window MATCH\""}) {
    EXPECT_NE(std::string::npos, text.find(bin)) << bin;
  }
}

TEST_F(CoverageRun, FileOfAnotherMachineIsRefusedAndKept) {
  ASSERT_EQ(0, run("--requests 500 --coverage " + file("c")).exit_code);
  const std::string before = read_file(file("c"));
  const Result other = run("--requests 500 --set tlb.l2.hit_cycles=4 --coverage " + file("c"));
  EXPECT_EQ(2, other.exit_code);
  EXPECT_NE(std::string::npos, other.err.find("another machine: it has 'hit_cycles: 3' where this one has"))
      << other.err;
  EXPECT_EQ(before, read_file(file("c")));
}

TEST_F(CoverageRun, DamagedFileIsRefusedAndKept) {
  std::ofstream(file("c")) << "{\"pagewalk_coverage\": 1";
  const Result result = run("--requests 500 --coverage " + file("c"));
  EXPECT_EQ(2, result.exit_code);
  EXPECT_NE(std::string::npos, result.err.find("is no JSON")) << result.err;
  EXPECT_EQ("{\"pagewalk_coverage\": 1", read_file(file("c")));
  EXPECT_EQ(2, run("--requests 500 --coverage /nonexistent/c").exit_code);
}

// What failed can be made again from the file as it was.
TEST_F(CoverageRun, FailureOfASteeredRunIsShrunkAndLeavesTheFile) {
  ASSERT_EQ(0, run("--requests 500 --coverage " + file("c")).exit_code);
  const std::string before = read_file(file("c"));
  const Result result = run("--requests 200000 --coverage " + file("c"), "invlpg");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find("shrunk ")) << result.out;
  EXPECT_EQ(1, run("--stimulus " + file("pagewalk-cosim-small-1.stimulus"), "invlpg").exit_code);
  EXPECT_EQ(before, read_file(file("c")));
}

// ---- the report ----

TEST_F(CoverageRun, ReportNamesHolesAndSaysWhyBinsAreUnreachable) {
  ASSERT_EQ(0, run("--requests 2000 --coverage " + file("c")).exit_code);
  const Result result = report(file("c"));
  EXPECT_EQ(1, result.exit_code);
  EXPECT_NE("", line_with(result.out, "hole  verdict: observed MATCH"));
  EXPECT_NE("", line_with(result.out, "unreachable  update: pml4e d matched: only a leaf has D"));
}

TEST_F(CoverageRun, ReportOfSeveralFilesIsOfTheirSum) {
  ASSERT_EQ(0, run("--requests 2000 --seed 1 --coverage " + file("a")).exit_code);
  ASSERT_EQ(0, run("--requests 2000 --seed 2 --coverage " + file("b")).exit_code);
  const int both = covered(report(file("a") + " " + file("b")));
  EXPECT_GT(both, covered(report(file("a"))));
  EXPECT_GT(both, covered(report(file("b"))));
  EXPECT_EQ(2, report(file("a") + " " + file("none")).exit_code);
}

TEST_F(CoverageRun, ReportWithoutHolesIsGood) {
  ASSERT_EQ(0, run("--requests 2000 --coverage " + file("c")).exit_code);
  std::string text = read_file(file("c"));
  std::istringstream lines(report(file("c")).out);
  for (std::string line; std::getline(lines, line);) {
    const size_t hole = line.find("hole  "), colon = line.find(": ");
    if (hole == std::string::npos) continue;
    const std::string opening = "\"" + line.substr(hole + 6, colon - hole - 6) + "\": {";
    const size_t at = text.find(opening);
    ASSERT_NE(std::string::npos, at) << opening;
    const bool empty = text[at + opening.size()] == '}';
    text.insert(at + opening.size(), "\"" + line.substr(colon + 2) + "\": 1" + (empty ? "" : ","));
  }
  std::ofstream(file("c")) << text;
  const Result result = report(file("c"));
  EXPECT_EQ(0, result.exit_code) << result.out << result.err;
  EXPECT_EQ("", line_with(result.out, "    hole"));
}

// ---- operations that meet a walk ----

std::string episode(const std::string &operations) {
  return "pagewalk-stimulus 1\n"
         "episode seed=0x1 in-flight-fetch=2 in-flight-data=2 in-flight=4\n"
         "write 0x17f0 0x2007\nwrite 0x2000 0x3007\nwrite 0x3000 0x4007\nwrite 0x4008 0x5005\n"
         "control cr3 0x1000\ncontrol efer 0x900\ncontrol cr0 0x80010000\nwait control\n" +
         operations;
}

TEST_F(CoverageRun, SoftwareWritesJustAfterTheReadThatItAwaits) {
  std::ofstream(file("s")) << episode("access r 0x7f0000001000 user\nawait read 0x2000 5000\nwrite 0x2000 0x3027\n");
  const Result result = run("--stimulus " + file("s") + " --coverage " + file("c"));
  ASSERT_EQ(0, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, read_file(file("c")).find("\"pdpte other\": 1"));
  EXPECT_NE(std::string::npos, read_file(file("c")).find("\"2-attempts mapped\": 1"));
}

TEST_F(CoverageRun, KillComesWhereTheWalkIsAwaited) {
  std::ofstream(file("s")) << episode("access r 0x7f0000001000 user\nawait swap 0x17f0 5000\nkill data\n");
  const Result result = run("--stimulus " + file("s") + " --coverage " + file("c"));
  EXPECT_NE(std::string::npos, read_file(file("c")).find("\"read swap\": 1")) << result.out << result.err;
}

TEST_F(CoverageRun, WhatNeverComesIsAwaitedOnlyWhileSomethingIsInFlight) {
  std::ofstream(file("s")) << episode("access r 0x7f0000001000 user\nawait read 0x8000 1000000\nidle 1\n");
  const Result result = run("--stimulus " + file("s"));
  ASSERT_EQ(0, result.exit_code) << result.out << result.err;
  int clocks = 0;
  const std::string line = line_with(result.out, "clocks ");
  ASSERT_EQ(1, std::sscanf(line.c_str() + line.find("clocks "), "clocks %d", &clocks));
  EXPECT_LT(clocks, 20000);
}

TEST_F(CoverageRun, StimulusThatDoesNotFitIsRefused) {
  for (const char *line :
       {"await reed 0x10 5", "await read 0x4 5", "await read 0x10 0", "await read 0x10", "kill both", "kill"}) {
    std::ofstream(file("s")) << episode(std::string(line) + "\n");
    const Result result = run("--stimulus " + file("s"));
    EXPECT_EQ(2, result.exit_code) << line;
    EXPECT_NE(std::string::npos, result.err.find(":11: ")) << line << "\n" << result.err;
  }
}

TEST_F(CoverageRun, BadUsageIsToldApart) {
  EXPECT_EQ(2, run("--no-steer").exit_code);
  EXPECT_EQ(2, run("--no-check --coverage " + file("c")).exit_code);
  EXPECT_EQ(2, run("--speed --coverage " + file("c")).exit_code);
  EXPECT_EQ(2, report("").exit_code);
}

} // namespace
