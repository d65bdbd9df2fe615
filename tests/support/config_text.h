// config_text.h: a machine's YAML as text that a test edits and parses, with the lines where things stand.
#pragma once

#include <pagewalk/config.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "files.h"

namespace pagewalk_test {

struct Parsed {
  int status = 0;
  pw_diag diag{};
  pw_config config{};
};

class ConfigText {
 public:
  explicit ConfigText(const std::string &relative = "tests/data/configs/good.yaml")
      : path_(source_path(relative)), text_(read_text(path_)) {}

  const std::string &path() const { return path_; }
  const std::string &text() const { return text_; }

  // Replaces the only occurrence of `from`.
  ConfigText &edit(const std::string &from, const std::string &to) {
    const size_t at = text_.find(from);
    EXPECT_NE(std::string::npos, at) << "not in the file: " << from;
    EXPECT_EQ(std::string::npos, text_.find(from, at + 1)) << "more than once in the file: " << from;
    if (at != std::string::npos) text_.replace(at, from.size(), to);
    return *this;
  }

  // Line of the last character of the first occurrence.
  unsigned line_of(const std::string &needle) const {
    const size_t at = text_.find(needle);
    EXPECT_NE(std::string::npos, at) << "not in the file: " << needle;
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(at + needle.size() - 1);
    return static_cast<unsigned>(std::count(text_.begin(), end, '\n')) + 1;
  }

  std::unique_ptr<Parsed> parse(const std::vector<const char *> &overrides = {}) const {
    auto parsed = std::make_unique<Parsed>();
    parsed->status = pw_config_parse(text_.data(), text_.size(), path_.c_str(), overrides.data(), overrides.size(),
                                     &parsed->config, &parsed->diag);
    return parsed;
  }

 private:
  std::string path_;
  std::string text_;
};

inline std::unique_ptr<Parsed> load_config(const std::string &path, const std::vector<const char *> &overrides = {}) {
  auto parsed = std::make_unique<Parsed>();
  parsed->status = pw_config_load(path.c_str(), overrides.data(), overrides.size(), &parsed->config, &parsed->diag);
  return parsed;
}

inline std::vector<std::string> machines() {
  std::vector<std::string> paths;
  for (const auto &entry : std::filesystem::directory_iterator(source_path("configs"))) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

} // namespace pagewalk_test
