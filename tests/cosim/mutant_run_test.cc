// pagewalk-cosim --mutant from outside, on the device that is the model behind pins: its bugs are its mutants.
#include <jansson.h>

#include "command.h"

namespace {

using pagewalk_test::read_file;
using pagewalk_test::Result;

const std::string kSource = PAGEWALK_SOURCE_DIR;
const std::string kConfig = kSource + "/configs/small.yaml";

class MutantRun : public pagewalk_test::CommandTest {
 protected:
  Result run_plain(const std::string &arguments, const std::string &environment = "") const {
    return run_line(environment + " " PAGEWALK_COSIM " -c " + kConfig + " " + arguments + " </dev/null");
  }

  Result run(const std::string &arguments, const std::string &bug = "none") const {
    return run_plain("--device " PAGEWALK_FAKE_DEVICE " --no-shrink --failure-folder " + folder_ + " " + arguments,
                     "PAGEWALK_FAKE_CONFIG=" + kConfig + " PAGEWALK_FAKE_BUG=" + bug);
  }
};

std::string last_line(const std::string &text) {
  const size_t begin = text.rfind('\n', text.size() - 2);
  return text.substr(begin + 1);
}

TEST_F(MutantRun, NumberChoosesTheMutantOfADevice) {
  EXPECT_EQ(0, run("--requests 3000 --mutant 0").exit_code);
  const Result result = run("--requests 3000 --mutant 1");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find(" --mutant 1 --mode strict --seed 1")) << result.out;
}

TEST_F(MutantRun, NumberThatTheDeviceLacksIsRefused) {
  const Result result = run("--mutant 11");
  EXPECT_EQ(2, result.exit_code);
  EXPECT_EQ("--mutant 11: the device has 10\n", result.err);
  EXPECT_EQ(2, run("--mutant some-name").exit_code);
}

TEST_F(MutantRun, EveryMutantOfADeviceIsKilledOrNamed) {
  const Result result = run("--mutant all --requests 100000");
  EXPECT_EQ(0, result.exit_code) << result.out << result.err;
  EXPECT_EQ("killed 10 of 10 mutants\n", last_line(result.out)) << result.out;
}

TEST_F(MutantRun, MutantThatEndsTheProcessIsSaidToHaveCrashed) {
  const Result result = run("--mutant all --requests 100000");
  EXPECT_NE(std::string::npos, result.out.find("\nmutant 9: CRASHED")) << result.out;
}

TEST_F(MutantRun, MutantThatLivesFailsTheRun) {
  const Result result = run("--mutant all --requests 20 --traffic hit");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find("\nmutant 4: LIVED after 20 requests\n")) << result.out;
  EXPECT_EQ(std::string::npos, last_line(result.out).find("killed 10 of")) << result.out;
}

TEST_F(MutantRun, DeviceThatIsWrongItselfFailsTheRun) {
  const Result result = run("--mutant all --requests 3000", "address");
  EXPECT_EQ(1, result.exit_code) << result.out << result.err;
  EXPECT_NE(std::string::npos, result.out.find("\nthe device itself, strict: cycle")) << result.out;
}

TEST_F(MutantRun, ReportDoesNotDependOnHowManyGoAtOnce) {
  EXPECT_EQ(run("--mutant all --requests 3000 -j 1").out, run("--mutant all --requests 3000 -j 4").out);
}

TEST_F(MutantRun, JsonHasARowForEveryMutant) {
  const std::string path = folder_ + "/matrix.json";
  ASSERT_NE(2, run("--mutant all --requests 3000 --json " + path).exit_code);
  json_t *document = json_load_file(path.c_str(), 0, nullptr);
  ASSERT_TRUE(document);
  EXPECT_STREQ("pagewalk-mutants/1", json_string_value(json_object_get(document, "schema")));
  json_t *mutants = json_object_get(document, "mutants");
  ASSERT_EQ(10u, json_array_size(mutants));
  json_t *first = json_array_get(mutants, 0);
  EXPECT_TRUE(json_is_true(json_object_get(first, "killed")));
  EXPECT_STREQ("WRONG", json_string_value(json_object_get(json_object_get(first, "trial"), "outcome")));
  json_decref(document);
}

TEST_F(MutantRun, OptionsThatDoNotFitAreRefused) {
  for (const char *arguments :
       {"--mutant all --speed", "--mutant all --waves w.fst", "--mutant all --log l.jsonl", "--mutant all --no-check",
        "--mutant all --json -", "--json m.json", "--jobs 2", "--mutant 1 --speed", "--mutant 1 --vectors v.jsonl"}) {
    EXPECT_EQ(2, run(arguments).exit_code) << arguments;
  }
  EXPECT_EQ(2, run_plain("--mutant all --mode strict").exit_code);
}

TEST_F(MutantRun, UnknownNameIsRefusedWithTheList) {
  const Result result = run_plain("--mutant no-such-mutant");
  EXPECT_EQ(2, result.exit_code);
  EXPECT_NE(std::string::npos, result.err.find("cosim/mutants/mutants.yaml has no such name")) << result.err;
}

} // namespace
