// The kill matrix of the Verilog itself, with a list of mutants of its own, of which not every one does what it should.
#include <filesystem>

#include "command.h"

namespace {

namespace fs = std::filesystem;
using pagewalk_test::Result;

const std::string kSource = PAGEWALK_SOURCE_DIR;

class MutantRtl : public pagewalk_test::CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    fs::create_directories(folder_ + "/cosim/mutants");
    fs::copy(kSource + "/rtl", folder_ + "/rtl", fs::copy_options::recursive);
    fs::copy(kSource + "/cosim/lockstep", folder_ + "/cosim/lockstep", fs::copy_options::recursive);
    fs::copy(kSource + "/tests/data/mutants/sample.yaml", folder_ + "/cosim/mutants/mutants.yaml");
  }

  Result run(const std::string &arguments) const {
    return run_line("PAGEWALK_COSIM_SOURCES=" + folder_ + " " PAGEWALK_COSIM " -c " + kSource + "/configs/small.yaml " +
                    arguments + " --failure-folder " + folder_);
  }
};

bool has(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// The line that begins with a name, with single spaces.
std::string row(const std::string &text, const std::string &name) {
  const size_t at = text.find("\n" + name + " ");
  if (at == std::string::npos) return "no row in\n" + text;
  std::istringstream line(text.substr(at + 1, text.find('\n', at + 1) - at - 1));
  std::string words, word;
  while (line >> word) words += (words.empty() ? "" : " ") + word;
  return words;
}

TEST_F(MutantRtl, MatrixTellsMutantsThatAreKilledFromThoseThatAreNot) {
  const Result result = run("--mutant all --requests 20000");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  const std::string &out = result.out;
  EXPECT_EQ(0u, row(out, "smap-ignores-ac").find("smap-ignores-ac 1 observed WRONG ")) << out;
  EXPECT_EQ(0u, row(out, "merged-request-never-wakes").find("merged-request-never-wakes 2 window HANG ")) << out;
  EXPECT_EQ(0u, row(out, "counts-nothing").find("counts-nothing 3 observed WRONG ")) << out;
  EXPECT_EQ(0u, row(out, "write-does-not-set-dirty").find("write-does-not-set-dirty 4 observed TORN ")) << out;
  EXPECT_EQ(0u, row(out, "the device itself").find("the device itself strict LIVED ")) << out;
  EXPECT_TRUE(has(row(out, "l1-is-not-filled"), "observed LIVED ")) << out;
  EXPECT_TRUE(has(out, " differs ")) << out;
  EXPECT_TRUE(has(out, " without effect ")) << out;
  EXPECT_TRUE(has(out, "\nkilled 2 of 4 mutants, 0 false alarms in 2 legal variations\n")) << out;
}

TEST_F(MutantRtl, NameRunsOneMutantInItsWay) {
  const Result result = run("--mutant merged-request-never-wakes --requests 20000 --no-shrink --no-waves");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_TRUE(has(result.out, "   window   seed 1   requests 20000   mutant merged-request-never-wakes\n"))
      << result.out;
  EXPECT_TRUE(has(result.out, "still waits for its response")) << result.out;
  EXPECT_TRUE(has(result.out,
                  " --mutant merged-request-never-wakes --mode window --seed 1 --requests 20000 "
                  "--traffic storm\n"))
      << result.out;
}

TEST_F(MutantRtl, FailingMutantLeavesItsWaves) {
  const Result result = run("--mutant smap-ignores-ac --requests 20000");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_TRUE(has(result.out, "\nwaves        " + folder_)) << result.out << result.err;
  EXPECT_GT(fs::file_size(folder_ + "/pagewalk-cosim-small-1.fst"), 1000u);
}

} // namespace
