// Every example in README.md and docs/ is run: `$ COMMAND` in a code block, and below it what the command prints.
// A line of three dots stands for any lines.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Lines = std::vector<std::string>;

struct Example {
  std::string place; // file:line
  std::string command;
  Lines output;
};

Lines lines_of(std::istream &stream) {
  Lines lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool has_open_quote(const std::string &command) { return std::count(command.begin(), command.end(), '\'') % 2 != 0; }

// Examples of one file: commands that name the program, each with the lines up to the next command or block end.
std::vector<Example> examples_in(const std::filesystem::path &path) {
  std::ifstream file(path);
  const Lines lines = lines_of(file);
  std::vector<Example> examples;
  bool in_block = false;
  for (size_t i = 0; i < lines.size(); i++) {
    if (lines[i].rfind("```", 0) == 0) in_block = !in_block;
    if (!in_block || lines[i].rfind("$ ", 0) != 0 || lines[i].find("pagewalk") == std::string::npos) continue;
    Example example{path.filename().string() + ":" + std::to_string(i + 1), lines[i].substr(2), {}};
    while (has_open_quote(example.command)) example.command += "\n" + lines[++i];
    while (lines[i + 1].rfind("```", 0) != 0 && lines[i + 1].rfind("$ ", 0) != 0) example.output.push_back(lines[++i]);
    while (!example.output.empty() && example.output.front().empty()) example.output.erase(example.output.begin());
    while (!example.output.empty() && example.output.back().empty()) example.output.pop_back();
    examples.push_back(example);
  }
  return examples;
}

// What the command prints on both streams, run in the top folder with the programs on the path. That a device had to be
// built first is left out.
Lines run(const std::string &command) {
  const std::filesystem::path folder = std::filesystem::path(PAGEWALK_PROGRAM).parent_path();
  const std::string line = "cd '" PAGEWALK_SOURCE_DIR "' && PATH='" + folder.string() + "':'" +
                           (folder / "../cosim").string() + "':$PATH && { " + command +
                           "\n} 2>&1 | grep -v '^building the Verilated MMU of'";
  FILE *pipe = popen(line.c_str(), "r");
  std::string text;
  std::array<char, 4096> block;
  while (size_t got = fread(block.data(), 1, block.size(), pipe)) text.append(block.data(), got);
  pclose(pipe);
  std::istringstream stream(text);
  return lines_of(stream);
}

bool matches(const Lines &want, size_t w, const Lines &got, size_t g) {
  if (w == want.size()) return g == got.size();
  if (want[w] != "...") return g < got.size() && want[w] == got[g] && matches(want, w + 1, got, g + 1);
  for (size_t skip = g; skip <= got.size(); skip++) {
    if (matches(want, w + 1, got, skip)) return true;
  }
  return false;
}

std::string joined(const Lines &lines) {
  std::string text;
  for (const std::string &line : lines) text += line + "\n";
  return text;
}

TEST(Documentation, EveryExamplePrintsWhatItSays) {
  std::vector<std::filesystem::path> files = {PAGEWALK_SOURCE_DIR "/README.md"};
  for (const auto &entry : std::filesystem::directory_iterator(PAGEWALK_SOURCE_DIR "/docs")) {
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  }
  unsigned checked = 0;
  for (const auto &file : files) {
    for (const Example &example : examples_in(file)) {
      const Lines got = run(example.command);
      EXPECT_TRUE(matches(example.output, 0, got, 0)) << example.place << ": " << example.command << "\nsays\n"
                                                      << joined(example.output) << "\nand prints\n"
                                                      << joined(got);
      checked++;
    }
  }
  EXPECT_GE(checked, 15u);
}

// All test sources as one text.
std::string test_sources() {
  std::string text;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(PAGEWALK_SOURCE_DIR "/tests")) {
    if (entry.path().extension() != ".cc") continue;
    std::ifstream file(entry.path());
    text += joined(lines_of(file));
  }
  return text;
}

// What stands between backticks, without the backticks.
Lines quoted(const std::string &text) {
  Lines words;
  for (size_t open = text.find('`'); open != std::string::npos; open = text.find('`', open + 1)) {
    const size_t close = text.find('`', open + 1);
    if (close == std::string::npos) break;
    words.push_back(text.substr(open + 1, close - open - 1));
    open = close;
  }
  return words;
}

bool is_source_file(const std::string &word) {
  const std::string end = word.size() > 2 ? word.substr(word.size() - 2) : "";
  return word.find('/') != std::string::npos && word.find(' ') == std::string::npos && (end == ".c" || end == ".h");
}

// Suite.Name, both in upper camel case.
bool is_test_name(const std::string &word) {
  const size_t dot = word.find('.');
  return dot != std::string::npos && dot + 1 < word.size() && std::isupper(word[0]) && std::isupper(word[dot + 1]) &&
         std::all_of(word.begin(), word.end(), [](char c) { return std::isalnum(c) || c == '.'; }) &&
         std::any_of(word.begin() + static_cast<long>(dot), word.end(), [](char c) { return std::islower(c); });
}

TEST(Documentation, SpecMapNamesFilesAndTestsThatExist) {
  std::ifstream file(PAGEWALK_SOURCE_DIR "/docs/spec-map.md");
  const std::string sources = test_sources();
  unsigned checked = 0;
  for (const std::string &word : quoted(joined(lines_of(file)))) {
    if (is_source_file(word)) {
      EXPECT_TRUE(std::filesystem::exists(PAGEWALK_SOURCE_DIR "/model/" + word)) << word;
      checked++;
    } else if (is_test_name(word)) {
      EXPECT_NE(std::string::npos, sources.find(word.substr(word.find('.') + 1) + ")")) << "no test " << word;
      checked++;
    }
  }
  EXPECT_GE(checked, 100u);
}

} // namespace
