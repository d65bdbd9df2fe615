// The list of mutants: what is read of it, and how what does not fit is refused.
#include "mutant_manifest.h"

#include <filesystem>

#include "files.h"
#include "plan.h"

using namespace pagewalk_test;

namespace {

const std::string kEdits = "    edits:\n      - {file: unit.sv, kind: expr, find: a, replace: b}\n";
const std::string kFirst =
    "mutants:\n"
    "  - name: first\n"
    "    bugs: [3, 40]\n"
    "    what: The first.\n"
    "    mode: window\n"
    "    verdict: TORN\n"
    "    traffic: storm\n" +
    kEdits;
const std::string kLegal = "legal:\n  - name: other\n    what: The other.\n" + kEdits;

class MutantManifest : public ::testing::Test {
 protected:
  ~MutantManifest() override { mutant_manifest_free(&manifest_); }

  int load(const std::string &text) {
    mutant_manifest_free(&manifest_);
    path_ = scratch_.write("list.yaml", text);
    return mutant_manifest_load(path_.c_str(), &manifest_, &diag_);
  }

  // The diagnostic without the folder.
  std::string refusal(const std::string &text) {
    EXPECT_EQ(-PW_ECONFIG, load(text)) << text;
    const std::string line = line_of_diag(diag_);
    return line.substr(line.rfind("list.yaml"));
  }

  // kFirst with one text in place of another.
  static std::string with(const std::string &from, const std::string &to) {
    std::string text = kFirst;
    const size_t at = text.find(from);
    EXPECT_NE(std::string::npos, at) << from;
    return text.replace(at, from.size(), to);
  }

  Scratch scratch_;
  std::string path_;
  mutant_manifest manifest_{};
  pw_diag diag_{};
};

TEST_F(MutantManifest, EveryFieldIsRead) {
  ASSERT_EQ(0, load(kFirst + kLegal)) << line_of_diag(diag_);
  ASSERT_EQ(1u, manifest_.mutants);
  ASSERT_EQ(1u, manifest_.legal);
  const mutant &first = manifest_.list[0], &other = manifest_.list[1];
  EXPECT_STREQ("first", first.name);
  EXPECT_STREQ("The first.", first.what);
  ASSERT_EQ(2u, first.bug_count);
  EXPECT_EQ(40u, first.bugs[1]);
  EXPECT_EQ(PW_CHECK_WINDOW, first.mode);
  EXPECT_EQ(PW_VERDICT_TORN, first.verdict);
  EXPECT_EQ(TRAFFIC_STORM, first.traffic);
  EXPECT_FALSE(first.legal);
  EXPECT_TRUE(other.legal);
  EXPECT_EQ(-1, other.traffic);
}

TEST_F(MutantManifest, EditsHaveTheNumbersOfTheirMutants) {
  ASSERT_EQ(0, load(kFirst + kLegal)) << line_of_diag(diag_);
  ASSERT_EQ(2u, manifest_.edits.count);
  EXPECT_EQ(2u, manifest_.edits.mutants);
  const mutant_edit &edit = manifest_.edits.list[1];
  EXPECT_EQ(2u, edit.mutant);
  EXPECT_STREQ("other", edit.name);
  EXPECT_STREQ("unit.sv", edit.verilog);
  EXPECT_EQ(MUTANT_EXPRESSION, edit.kind);
  EXPECT_STREQ("a", edit.find);
  EXPECT_STREQ("b", edit.replace);
}

TEST_F(MutantManifest, MutantIsFoundByNameAndByNumber) {
  ASSERT_EQ(0, load(kFirst + kLegal)) << line_of_diag(diag_);
  EXPECT_EQ(1, mutant_manifest_find(&manifest_, "first"));
  EXPECT_EQ(2, mutant_manifest_find(&manifest_, "other"));
  EXPECT_EQ(2, mutant_manifest_find(&manifest_, "2"));
  EXPECT_EQ(0, mutant_manifest_find(&manifest_, "0"));
  for (const char *name : {"3", "", "First", "1x", "-1"}) EXPECT_EQ(-1, mutant_manifest_find(&manifest_, name)) << name;
}

TEST_F(MutantManifest, UnknownKeyIsRefusedWithThoseThatAreLegal) {
  EXPECT_EQ("list.yaml:7: mutants.0.trafic: unknown key; legal here: name, bugs, what, mode, verdict, traffic, edits",
            refusal(with("traffic", "trafic")));
  EXPECT_EQ("list.yaml:11: legal.0.mode: unknown key; legal here: name, bugs, what, traffic, edits",
            refusal(kFirst + "legal:\n  - mode: window\n    name: other\n    what: The other.\n" + kEdits));
}

TEST_F(MutantManifest, MissingKeyIsRefused) {
  EXPECT_EQ("list.yaml:2: mutants.0.verdict: missing key", refusal(with("    verdict: TORN\n", "")));
  EXPECT_EQ("list.yaml:9: mutants.0.edits.0.find: missing key", refusal(with("find: a, ", "")));
  EXPECT_EQ("list.yaml:1: mutants: missing key", refusal(kLegal));
}

TEST_F(MutantManifest, WordThatIsNoneIsRefusedWithThoseThatAreLegal) {
  EXPECT_EQ("list.yaml:5: mutants.0.mode: must be one of strict, observed, window, not 'loose'",
            refusal(with("window", "loose")));
  EXPECT_EQ("list.yaml:7: mutants.0.traffic: must be one of single, hit, mixed, storm, errors, not 'jam'",
            refusal(with("storm", "jam")));
  EXPECT_EQ("list.yaml:9: mutants.0.edits.0.kind: must be one of expr, stmt, text, not 'line'",
            refusal(with("expr", "line")));
  EXPECT_NE(std::string::npos, refusal(with("TORN", "MATCH")).find("must be one of ILLEGAL_STALE, "));
}

TEST_F(MutantManifest, NameThatDoesNotFitIsRefused) {
  for (const std::string name : {"First", "1st", "two words", "all", "-a"})
    EXPECT_EQ(0u, refusal(with("name: first", "name: " + name)).find("list.yaml:2: mutants.0.name: must be ")) << name;
  EXPECT_NE(std::string::npos, refusal(with("first", std::string(MUTANT_NAME_CHARACTERS + 1, 'a'))).find("at most"));
  EXPECT_EQ(0, load(with("first", std::string(MUTANT_NAME_CHARACTERS, 'a')))) << line_of_diag(diag_);
}

TEST_F(MutantManifest, NameIsThatOfOneMutant) {
  EXPECT_EQ("list.yaml:11: legal.0.name: 'first' is the name of another one",
            refusal(kFirst + "legal:\n  - name: first\n    what: The other.\n" + kEdits));
}

TEST_F(MutantManifest, BugsAreNumbers) {
  for (const char *bugs : {"0", "1000", "x", "-1", "1.5", "[1]"})
    EXPECT_EQ(0u,
              refusal(with("[3, 40]", "[" + std::string(bugs) + "]")).find("list.yaml:3: mutants.0.bugs.0: must be"))
        << bugs;
  EXPECT_EQ("list.yaml:3: mutants.0.bugs: must be a list, not empty", refusal(with("[3, 40]", "[]")));
  EXPECT_EQ("list.yaml:3: mutants.0.bugs.4: at most 4 bugs", refusal(with("[3, 40]", "[1, 2, 3, 4, 5]")));
}

TEST_F(MutantManifest, EditIsOfAFileOfTheRtlFolder) {
  EXPECT_EQ("list.yaml:9: mutants.0.edits.0.file: must be the name of a file in rtl/",
            refusal(with("unit.sv", "../unit.sv")));
}

TEST_F(MutantManifest, WhatIsNoListIsRefused) {
  for (const char *text : {"mutants: 3\n", "mutants: {}\n", "mutants: []\n", "mutants:\n"})
    EXPECT_EQ("list.yaml:1: mutants: must be a list, not empty", refusal(text)) << text;
  EXPECT_EQ("list.yaml:1: must be a mapping of mutants, legal", refusal("- a\n"));
  EXPECT_EQ(0u, refusal("mutants: [3]\n").find("list.yaml:1: mutants.0: must be a mapping of name, "));
}

TEST_F(MutantManifest, FileThatIsNotThereIsRefused) {
  EXPECT_EQ(-PW_EIO, mutant_manifest_load("/nowhere/list.yaml", &manifest_, &diag_));
}

// The list of the project: every edit has its place in the Verilog of the project.
TEST_F(MutantManifest, EditsOfTheProjectFitItsVerilog) {
  const std::string path = source_path("cosim/mutants/mutants.yaml");
  ASSERT_EQ(0, mutant_manifest_load(path.c_str(), &manifest_, &diag_)) << line_of_diag(diag_);
  for (size_t i = 0; i < manifest_.edits.count; i++)
    EXPECT_TRUE(std::filesystem::exists(source_path("rtl/") + manifest_.edits.list[i].verilog));
  for (const auto &entry : std::filesystem::directory_iterator(source_path("rtl"))) {
    if (entry.path().extension() != ".sv") continue;
    const std::string name = entry.path().filename();
    char *edited = nullptr;
    EXPECT_EQ(0, mutant_edit_text(&manifest_.edits, name.c_str(), read_text(entry.path()).c_str(), &edited, &diag_))
        << line_of_diag(diag_);
    free(edited);
  }
}

} // namespace
