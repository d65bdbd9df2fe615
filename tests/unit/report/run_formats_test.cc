// A run as JSON and as CSV: the same numbers in both, whole and well formed.
extern "C" {
#include "run_document.h"
}

#include <map>

#include "run_report.h"

using namespace pagewalk_test;

namespace {

using Values = std::map<std::string, std::string>;

std::string json_of(const ReportedRun &run) {
  return written([&](FILE *stream) { return pw_report_json(stream, &run.report()); });
}

std::string csv_of(const ReportedRun &run) {
  return written([&](FILE *stream) { return pw_report_csv(stream, &run.report()); });
}

std::string word(const json_t *value) {
  if (json_is_string(value)) return json_string_value(value);
  char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
  const std::string copy = text;
  std::free(text);
  return copy;
}

void flatten(const std::string &path, const json_t *value, Values *values) {
  const std::string prefix = path.empty() ? "" : path + ".";
  if (json_is_object(value)) {
    const char *key;
    json_t *child;
    json_object_foreach(const_cast<json_t *>(value), key, child) flatten(prefix + key, child, values);
  } else if (json_is_array(value)) {
    for (size_t i = 0; i < json_array_size(value); i++) {
      flatten(prefix + std::to_string(i), json_array_get(value, i), values);
    }
  } else {
    (*values)[path] = word(value);
  }
}

Values values_of_json(const std::string &text) {
  json_error_t error;
  json_t *document = json_loads(text.c_str(), JSON_REJECT_DUPLICATES, &error);
  EXPECT_NE(nullptr, document) << error.text << " in line " << error.line;
  Values values;
  flatten("", document, &values);
  json_decref(document);
  return values;
}

// RFC 4180: fields in quotes may hold anything, a quote is written twice.
std::vector<std::vector<std::string>> rows_of_csv(const std::string &text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); i++) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      row.back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      row.emplace_back();
    } else if (!quoted && c == '\n') {
      rows.push_back(row);
      row.assign(1, "");
    } else {
      row.back() += c;
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_EQ(std::vector<std::string>(1), row) << "the last line is whole";
  return rows;
}

Values values_of_csv(const std::string &text) {
  Values values;
  const auto rows = rows_of_csv(text);
  EXPECT_EQ((std::vector<std::string>{"key", "value"}), rows.at(0));
  for (size_t i = 1; i < rows.size(); i++) {
    EXPECT_EQ(2u, rows[i].size());
    EXPECT_TRUE(values.emplace(rows[i][0], rows[i][1]).second) << rows[i][0] << " twice";
  }
  return values;
}

TEST(RunFormats, JsonAndCsvHoldTheSameValues) {
  const ReportedRun run(small_config());
  const Values json = values_of_json(json_of(run));
  const Values csv = values_of_csv(csv_of(run));
  EXPECT_GT(json.size(), 80u);
  EXPECT_EQ(json, csv);
  EXPECT_EQ("3000", csv.at("accesses"));
}

TEST(RunFormats, EmptyRunIsWrittenTheSameWay) {
  const ReportedRun run(small_config(), {});
  const Values json = values_of_json(json_of(run));
  EXPECT_EQ(json, values_of_csv(csv_of(run)));
  EXPECT_EQ("null", json.at("eat_cycles"));
}

TEST(RunFormats, OddNamesSurvive) {
  for (const char *name : {"a,b.lackey", "a \"quoted\" name", "two\nlines", "back\\slash", "\xc3\xa4.lackey"}) {
    const ReportedRun run(small_config(), mixed_records(10, 2), false, name);
    EXPECT_EQ(name, values_of_json(json_of(run)).at("traces.0"));
    EXPECT_EQ(name, values_of_csv(csv_of(run)).at("traces.0"));
  }
}

TEST(RunFormats, JsonEndsWithANewline) {
  const ReportedRun run(small_config(), mixed_records(10, 2));
  EXPECT_EQ("}\n", json_of(run).substr(json_of(run).size() - 2));
}

TEST(RunFormats, SameRunGivesTheSameBytes) {
  const ReportedRun first(small_config());
  const ReportedRun second(small_config());
  EXPECT_EQ(json_of(first), json_of(second));
  EXPECT_EQ(csv_of(first), csv_of(second));
}

TEST(RunFormats, FullDiskIsAnIoError) {
  FILE *full = fopen("/dev/full", "w");
  if (!full) GTEST_SKIP() << "no /dev/full";
  const ReportedRun run(small_config(), mixed_records(10, 2));
  EXPECT_EQ(-PW_EIO, pw_report_json(full, &run.report()));
  EXPECT_EQ(-PW_EIO, pw_report_csv(full, &run.report()));
  EXPECT_EQ(-PW_EIO, pw_report_text(full, &run.report()));
  fclose(full);
}

} // namespace
