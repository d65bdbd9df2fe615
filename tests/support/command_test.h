// command_test.h: a program of the project run from outside: in a folder of its own, with its exit code and both
// outputs.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace pagewalk_test {

struct Result {
  int exit_code;
  std::string out;
  std::string err;
};

inline std::string read_file(const std::string &path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A test with a folder that goes when it ends.
class CommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::array<char, 64> name{"/tmp/pagewalk-test-XXXXXX"};
    ASSERT_NE(nullptr, mkdtemp(name.data()));
    folder_ = name.data();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // A line of shell. Its input is its own business; the outputs are taken.
  Result run_line(const std::string &line) const {
    const int status = std::system((line + " >" + folder_ + "/out 2>" + folder_ + "/err").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(folder_ + "/out"), read_file(folder_ + "/err")};
  }

  std::string folder_;
};

} // namespace pagewalk_test
