// A geometry becomes a shared object once, is found again, and says what it lacks.
#include "rtl_build.h"

#include <sys/wait.h>

#include <set>

#include "rtl_stub.h"

using namespace pagewalk_test;
namespace fs = std::filesystem;

namespace {

constexpr char parameters[] = "LA57=1\nWALKERS=3\n";
constexpr rtl_geometry stub = {"stub", parameters, RTL_PLAIN, nullptr};

// What the stub becomes is kept in the build tree, so that it is built once for all tests that can share it.
class RtlBuild : public ::testing::Test {
 protected:
  // The key of a geometry, in hexadecimal.
  std::string key(const rtl_geometry &geometry = stub) {
    pw_diag diag{};
    char *path = rtl_library_path(&geometry, &diag);
    EXPECT_TRUE(path) << line_of_diag(diag);
    const std::string name = path ? fs::path(path).stem().string() : "";
    free(path);
    return name;
  }

  std::string refusal(const rtl_geometry &geometry = stub, int expected = -PW_EIO) {
    pw_diag diag{};
    rtl_library *library = nullptr;
    EXPECT_EQ(expected, rtl_load(&geometry, nullptr, &library, &diag));
    EXPECT_FALSE(library);
    file_of_refusal_ = diag.file;
    return diag.message;
  }

  // Stands in for a program of the same name: first in PATH.
  Environment fake(const char *name, const std::string &script) {
    fs::permissions(scratch_.write(name, "#!/bin/sh\n" + script), fs::perms::owner_all);
    return {"PATH", scratch_.folder() + ":" + getenv("PATH")};
  }

  std::vector<std::string> names_in(const std::string &folder) {
    std::vector<std::string> names;
    for (const auto &entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
    return names;
  }

  StubSources sources_;
  Scratch scratch_;
  Environment use_sources_{"PAGEWALK_COSIM_SOURCES", sources_.folder()};
  Environment use_cache_{"PAGEWALK_CACHE", PAGEWALK_TEST_CACHE};
  std::string file_of_refusal_;
};

TEST_F(RtlBuild, TheLibraryOfTheCacheHasTheParametersAndRuns) {
  Library library(stub);
  ASSERT_TRUE(library);
  EXPECT_EQ(static_cast<uint32_t>(RTL_ABI), library->abi);
  EXPECT_STREQ(parameters, library->parameters);
  EXPECT_TRUE(fs::exists(std::string(PAGEWALK_TEST_CACHE) + "/" + key() + ".so"));
}

TEST_F(RtlBuild, WhatIsInTheCacheIsNotBuiltAgain) {
  Progress progress;
  ASSERT_TRUE(Library(stub));
  ASSERT_TRUE(Library(stub, &progress.callback));
  EXPECT_TRUE(progress.lines.empty());
}

TEST_F(RtlBuild, TwoGeometriesCanBeLoadedAtOnce) {
  Library one(stub), other({"other", "LA57=0\n", RTL_PLAIN, nullptr});
  ASSERT_TRUE(one && other);
  EXPECT_STREQ(parameters, one->parameters);
  EXPECT_STREQ("LA57=0\n", other->parameters);
  EXPECT_NE(one->clock, other->clock);
}

TEST_F(RtlBuild, TheKeyIsThatOfTheInputsAndNotOfTheirPlaceOrTheName) {
  const std::string first = key();
  StubSources copy;
  Environment elsewhere("PAGEWALK_COSIM_SOURCES", copy.folder());
  EXPECT_EQ(first, key({"another name", parameters, RTL_PLAIN, nullptr}));
}

TEST_F(RtlBuild, TheKeyChangesWithEveryInput) {
  std::set<std::string> keys{key()};
  const auto is_new = [&](const rtl_geometry &geometry = stub) { return keys.insert(key(geometry)).second; };
  EXPECT_TRUE(is_new({"", "LA57=1\nWALKERS=2\n", RTL_PLAIN, nullptr}));
  for (unsigned variant = 1; variant < 4; variant++) EXPECT_TRUE(is_new({"", parameters, variant, nullptr})) << variant;
  mutant_edit edit = {1, "one", "mmu.sv", MUTANT_EXPRESSION, "n == 67", "1'b1", 7};
  mutant_edits mutants = {"list.yaml", &edit, 1, 1};
  const rtl_geometry mutated = {"", parameters, RTL_PLAIN, &mutants};
  EXPECT_TRUE(is_new(mutated));
  edit.replace = "1'b0";
  EXPECT_TRUE(is_new(mutated));
  edit.kind = MUTANT_TEXT;
  EXPECT_TRUE(is_new(mutated));
  mutants.mutants = 2;
  EXPECT_TRUE(is_new(mutated));
  edit.name = "other";
  edit.line = 8;
  EXPECT_FALSE(is_new(mutated)) << "what is for messages only";
  for (const char *name : {"rtl/mmu.sv", "cosim/lockstep/rtl.h", "cosim/lockstep/rtl_shim.cc"}) {
    std::ofstream(sources_.path(name), std::ios::app) << "\n";
    EXPECT_TRUE(is_new()) << name;
  }
  sources_.write("rtl/other.sv", "");
  EXPECT_TRUE(is_new());
  fs::rename(sources_.path("rtl/other.sv"), sources_.path("rtl/another.sv"));
  EXPECT_TRUE(is_new());
  Environment compiler("CXX", "clang++");
  EXPECT_TRUE(is_new());
  Environment verilator = fake("verilator", "echo Verilator 9.999");
  EXPECT_TRUE(is_new());
}

TEST_F(RtlBuild, BrokenVerilogIsRefusedWithTheFirstErrorAndTheLog) {
  Environment fresh("PAGEWALK_CACHE", scratch_.folder());
  sources_.write("rtl/mmu.sv", "module mmu (input logic clk_i)\nendmodule\n");
  EXPECT_NE(std::string::npos, refusal().find("mmu.sv:2")) << refusal();
  EXPECT_EQ(scratch_.path(key() + ".log"), file_of_refusal_);
  EXPECT_NE(std::string::npos, read_text(file_of_refusal_).find("syntax error"));
  EXPECT_EQ(std::vector<std::string>{key() + ".log"}, names_in(scratch_.folder())) << "something was left behind";
}

TEST_F(RtlBuild, VerilogWithOtherPortsIsRefusedByTheCompiler) {
  Environment fresh("PAGEWALK_CACHE", scratch_.folder());
  sources_.write("rtl/mmu.sv",
                 "module mmu #(parameter LA57 = 0, parameter WALKERS = 0) (input logic clk_i);\nendmodule\n");
  EXPECT_NE(std::string::npos, refusal().find("Vmmu")) << refusal();
  EXPECT_EQ(scratch_.path(key() + ".log"), file_of_refusal_);
}

TEST_F(RtlBuild, AParameterThatTheVerilogLacksIsRefused) {
  Environment fresh("PAGEWALK_CACHE", scratch_.folder());
  EXPECT_NE(std::string::npos, refusal({"stub", "NOPE=1\n", RTL_PLAIN, nullptr}).find("NOPE"));
}

TEST_F(RtlBuild, AnEditThatDoesNotFitIsRefused) {
  Environment fresh("PAGEWALK_CACHE", scratch_.folder());
  const mutant_edit list[] = {{1, "one", "mmu.sv", MUTANT_EXPRESSION, "n == 67", "1'b1", 7},
                              {2, "two", "none.sv", MUTANT_EXPRESSION, "n == 67", "1'b1", 9},
                              {3, "three", "mmu.sv", MUTANT_EXPRESSION, "nothing like it", "1'b1", 11}};
  mutant_edits mutants = {"list.yaml", list, 3, 3};
  EXPECT_EQ("there is no rtl/none.sv", refusal({"stub", parameters, RTL_PLAIN, &mutants}, -PW_EINVAL));
  mutants.list = list + 2;
  mutants.count = 1;
  EXPECT_NE(std::string::npos, refusal({"stub", parameters, RTL_PLAIN, &mutants}, -PW_EINVAL).find("is not in mmu.sv"));
  EXPECT_EQ("list.yaml", file_of_refusal_);
  EXPECT_TRUE(names_in(scratch_.folder()).empty()) << "something was left behind";
}

TEST_F(RtlBuild, WhatIsNoParameterIsRefused) {
  for (const char *text : {"LA57", "LA57=1", "=1\n", "LA57=\n", "la57=1\n", "LA57=$(date)\n", "\n", "A=1 B=2\n"})
    EXPECT_NE(std::string::npos, refusal({"stub", text, RTL_PLAIN, nullptr}, -PW_EINVAL).find("NAME=VALUE")) << text;
}

TEST_F(RtlBuild, AMissingToolIsNamedWithItsPackage) {
  Environment nowhere("PATH", "");
  EXPECT_EQ("verilator not found: install the Debian package verilator", refusal());
}

TEST_F(RtlBuild, AMissingCompilerIsNamed) {
  Environment fresh("PAGEWALK_CACHE", scratch_.folder());
  Environment compiler("CXX", "no-such-compiler");
  EXPECT_EQ("no-such-compiler not found: install the Debian package g++, or set CXX", refusal());
  EXPECT_TRUE(names_in(scratch_.folder()).empty());
}

TEST_F(RtlBuild, MissingSourcesAreNamed) {
  Environment elsewhere("PAGEWALK_COSIM_SOURCES", scratch_.folder());
  EXPECT_NE(std::string::npos, refusal().find("PAGEWALK_COSIM_SOURCES"));
  EXPECT_EQ(scratch_.folder(), file_of_refusal_);
}

TEST_F(RtlBuild, ADamagedFileOfTheCacheIsRefused) {
  Environment fresh("PAGEWALK_CACHE", scratch_.folder());
  const std::string damaged = scratch_.write(key() + ".so", "not a shared object");
  EXPECT_NE(std::string::npos, refusal().find("remove it"));
  EXPECT_EQ(damaged, file_of_refusal_);
}

TEST_F(RtlBuild, ACacheThatCannotBeWrittenIsRefused) {
  Environment fresh("PAGEWALK_CACHE", scratch_.write("file", "") + "/below");
  EXPECT_EQ("Not a directory", refusal());
}

TEST_F(RtlBuild, TheCacheIsWhereTheEnvironmentSays) {
  const auto folder = [] {
    pw_diag diag{};
    char *path = rtl_library_path(&stub, &diag);
    const std::string parent = path ? fs::path(path).parent_path().string() : line_of_diag(diag);
    free(path);
    return parent;
  };
  EXPECT_EQ(PAGEWALK_TEST_CACHE, folder());
  Environment none("PAGEWALK_CACHE", ""), xdg("XDG_CACHE_HOME", "/x"), home("HOME", "/h"), temporary("TMPDIR", "/t");
  EXPECT_EQ("/x/pagewalk", folder());
  setenv("XDG_CACHE_HOME", "", 1);
  EXPECT_EQ("/h/.cache/pagewalk", folder());
  setenv("HOME", "", 1);
  EXPECT_EQ("/t", folder());
}

// In a directory with a space in its name, which make would refuse.
TEST_F(RtlBuild, TwoProcessesCanBuildTheSameGeometry) {
  Environment fresh("PAGEWALK_CACHE", scratch_.path("ca che"));
  pid_t children[2];
  for (pid_t &child : children) {
    child = fork();
    if (child) continue;
    pw_diag diag{};
    rtl_library *library = nullptr;
    _exit(rtl_load(&stub, nullptr, &library, &diag) ? 1 : 0);
  }
  for (pid_t child : children) {
    int state = -1;
    ASSERT_EQ(child, waitpid(child, &state, 0));
    EXPECT_EQ(0, state);
  }
  EXPECT_EQ(std::vector<std::string>{key() + ".so"}, names_in(scratch_.path("ca che")));
}

} // namespace
