// files.h: files of the source tree, and scratch files that end with the test.
#pragma once

#include <gtest/gtest.h>
#include <pagewalk/status.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace pagewalk_test {

inline std::string source_path(const std::string &relative) {
  return std::string(PAGEWALK_SOURCE_DIR) + "/" + relative;
}

inline std::string read_text(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream) << path;
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// The diagnostic as a program would print it.
inline std::string line_of_diag(const pw_diag &diag) {
  char line[1024];
  pw_diag_format(&diag, line, sizeof line);
  return line;
}

// A folder of scratch files.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pagewalk-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data()) ? pattern : "";
    EXPECT_FALSE(folder_.empty());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;

  const std::string &folder() const { return folder_; }
  std::string path(const std::string &name) const { return folder_ + "/" + name; }
  std::string write(const std::string &name, const std::string &text) const {
    std::ofstream stream(path(name), std::ios::binary);
    stream << text;
    EXPECT_TRUE(stream.flush());
    return path(name);
  }

 private:
  std::string folder_;
};

} // namespace pagewalk_test
