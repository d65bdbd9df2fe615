// The Verilog MMU itself, built by Verilator with its assertions, held to the model by pagewalk-cosim.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

const std::string kSource = PAGEWALK_SOURCE_DIR;
const std::string kSmall =
    " -c " + kSource + "/configs/small.yaml --assertions --failure-folder " + PAGEWALK_TEST_FOLDER;

// Requests wait in the buffers of their ports.
const std::string kOneSlot = "--set walker.miss_slots=1 ";

std::string run(const std::string &arguments, const std::string &environment = "") {
  const std::string out = std::string(PAGEWALK_TEST_FOLDER) + "/rtl_test.out";
  const std::string command = environment + " " PAGEWALK_COSIM + kSmall + " " + arguments + " >" + out + " 2>&1";
  EXPECT_TRUE(WIFEXITED(std::system(command.c_str())));
  std::ifstream file(out);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool matches(const std::string &text) { return text.find(" requests, 0 mismatches\n") != std::string::npos; }

unsigned long long clocks_of(const std::string &text) {
  const size_t at = text.find("clocks ");
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + 7, nullptr, 10);
}

// An episode with a page of 4 KB at 0x400000, for users, and the accesses of `kinds` in turn.
std::string write_stimulus(unsigned accesses, const std::string &kinds) {
  const std::string path = std::string(PAGEWALK_TEST_FOLDER) + "/rtl_test.stimulus";
  std::ofstream file(path);
  file << "pagewalk-stimulus 1\nepisode seed=1 in-flight-fetch=15 in-flight-data=15 in-flight=30\n"
          "write 0x1000 0x2027\nwrite 0x2000 0x3027\nwrite 0x3010 0x4027\nwrite 0x4000 0x5067\n"
          "control cr3 0x1000\ncontrol cr0 0x80010000\n"
          "access r 0x400000 user\naccess x 0x400000 user\nwait all\n";
  for (unsigned i = 0; i < accesses; i++) file << "access " << kinds[i % kinds.size()] << " 0x400008 user\n";
  return path;
}

} // namespace

TEST(Rtl, MatchesTheModelUnderRandomTraffic) {
  const std::string text = run("--seed 11 --requests 60000");
  EXPECT_TRUE(matches(text)) << text;
}

TEST(Rtl, TraceTakesTheCyclesOfPagewalkRun) {
  const std::string text = run("--limit 40000 --trace " + kSource + "/tests/data/traces/true.lackey.zst");
  EXPECT_TRUE(matches(text)) << text;
  EXPECT_NE(std::string::npos, text.find("faults and cycles by cause are the same")) << text;
}

TEST(Rtl, FirstLevelHitsOfBothPortsAreAnsweredOnePerClock) {
  const std::string few = run("--stimulus " + write_stimulus(200, "rx"));
  const std::string many = run("--stimulus " + write_stimulus(4200, "rx"));
  EXPECT_TRUE(matches(many)) << many;
  EXPECT_EQ(2000u, clocks_of(many) - clocks_of(few)) << many;
}

TEST(Rtl, FirstLevelHitsOfOnePortAreAnsweredOnePerClock) {
  const std::string few = run("--stimulus " + write_stimulus(200, "w"));
  const std::string many = run("--stimulus " + write_stimulus(2200, "w"));
  EXPECT_TRUE(matches(many)) << many;
  EXPECT_EQ(2000u, clocks_of(many) - clocks_of(few)) << many;
}

// A read has the only slot and two writes wait behind it; then CR3 names tables that map the same pages elsewhere, and
// a fetch fills what the writes have not looked up yet. They must answer by the tables of their own CR3.
TEST(Rtl, RequestOfAnOlderContextUsesNothingOfTheNewOne) {
  const std::string folder = PAGEWALK_TEST_FOLDER;
  std::ofstream file(folder + "/rtl_test.stimulus");
  file << "pagewalk-stimulus 1\nepisode seed=1 in-flight-fetch=15 in-flight-data=15 in-flight=30\n" << std::hex;
  for (unsigned root : {0x1000u, 0x11000u}) {
    file << "write 0x" << root << " 0x" << root + 0x1027 << "\nwrite 0x" << root + 0x1000 << " 0x" << root + 0x2027
         << "\nwrite 0x" << root + 0x2010 << " 0x" << root + 0x3027 << "\n";
    for (unsigned page = 0; page < 8; page++) {
      file << "write 0x" << root + 0x3000 + 8 * page << " 0x" << (root << 8) + (page << 12) + 0x27 << "\n";
    }
  }
  file << "control cr3 0x1000\ncontrol cr0 0x80010000\nwait all\n";
  file << "access r 0x401000\naccess w 0x402000\naccess w 0x400000\ncontrol cr3 0x11000\naccess x 0x400000\nwait all\n";
  file.close();

  const std::string log = folder + "/rtl_test.jsonl";
  const std::string text = run(kOneSlot + "--log " + log + " --stimulus " + folder + "/rtl_test.stimulus");
  EXPECT_TRUE(matches(text)) << text;
  std::ifstream events(log);
  unsigned answers = 0;
  for (std::string line; std::getline(events, line);) {
    if (line.find("\"e\":\"response\"") == std::string::npos) continue;
    answers++;
    const bool data = line.find("\"port\":1") != std::string::npos;
    EXPECT_NE(std::string::npos, line.find(data ? "\"pa\":\"0x10" : "\"pa\":\"0x110")) << line;
  }
  EXPECT_EQ(4u, answers);
}

// Fetches that miss the first level and hit the second, one behind the other, and one read that misses both.
TEST(Rtl, StreamOfSecondLevelHitsKeepsNobodyOut) {
  const std::string folder = PAGEWALK_TEST_FOLDER;
  std::ofstream file(folder + "/rtl_test.stimulus");
  file << "pagewalk-stimulus 1\nepisode seed=1 in-flight-fetch=15 in-flight-data=15 in-flight=30\n" << std::hex;
  file << "write 0x1000 0x2027\nwrite 0x2000 0x3027\nwrite 0x3010 0x4027\n";
  for (unsigned page = 0; page < 32; page++) {
    file << "write 0x" << 0x4000 + 8 * page << " 0x" << 0x100067 + (page << 12) << "\n";
  }
  file << "control cr3 0x1000\ncontrol cr0 0x80010000\n";
  for (unsigned page = 0; page < 24; page++) file << "access x 0x" << 0x400000 + (page << 12) << "\n";
  file << "wait all\n";
  for (unsigned i = 0; i < 4000; i++) {
    if (i == 100) file << "access r 0x41f000\n";
    file << "access x 0x" << 0x400000 + (i % 24 << 12) << "\n";
  }
  file.close();

  const std::string text = run("--stimulus " + folder + "/rtl_test.stimulus");
  EXPECT_TRUE(matches(text)) << text;
  const size_t at = text.find(" max ");
  ASSERT_NE(std::string::npos, at) << text;
  EXPECT_EQ(std::string::npos, text.find(" max >")) << text;
  EXPECT_LT(std::strtol(text.c_str() + at + 5, nullptr, 10), 1500) << text;
}

// A mistake in the Verilog: SMAP that ignores EFLAGS.AC.
TEST(Rtl, BugInTheVerilogIsFound) {
  namespace fs = std::filesystem;
  const fs::path copy = fs::path(PAGEWALK_TEST_FOLDER) / "buggy";
  fs::remove_all(copy);
  fs::create_directories(copy / "cosim");
  fs::copy(kSource + "/rtl", copy / "rtl", fs::copy_options::recursive);
  fs::copy(kSource + "/cosim/lockstep", copy / "cosim/lockstep", fs::copy_options::recursive);
  std::ifstream in(kSource + "/rtl/permission.sv");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const std::string rule = "ctx_i[mmu_pkg::CtxSmap] && !ac_i &&";
  const size_t at = text.find(rule);
  ASSERT_NE(std::string::npos, at);
  std::ofstream(copy / "rtl/permission.sv") << text.replace(at, rule.size(), "ctx_i[mmu_pkg::CtxSmap] &&");
  const std::string report = run("--requests 20000 --no-waves", "PAGEWALK_COSIM_SOURCES=" + copy.string());
  EXPECT_NE(std::string::npos, report.find(" requests, 1 mismatches\n")) << report;
  EXPECT_NE(std::string::npos, report.find("replay it")) << report;
}
