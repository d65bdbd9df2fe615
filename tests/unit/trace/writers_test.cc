// Every trace format: a program written in each of them is recognised as that one, and comes back as it was written.
#include "compressed.h"
#include "trace_file.h"
#include "trace_writers.h"

using namespace pagewalk_test;

namespace {

class Writers : public testing::TestWithParam<TraceWriter> {};

TEST_P(Writers, ProgramComesBackRecordByRecord) {
  for (const uint64_t seed : {1u, 2u, 3u}) {
    const Records program = program_trace(2000, seed);
    const Trace trace = read_trace_text(write_trace(GetParam(), program));
    EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
    EXPECT_TRUE(kept_by(GetParam(), program) == trace.records) << seed;
  }
}

// A format without sizes has a record per page; the others are split to be compared.
TEST_P(Writers, ProgramTouchesTheSamePagesInTheSameOrder) {
  const Records program = program_trace(2000, 4);
  const Trace trace = read_trace_text(write_trace(GetParam(), program));
  const Records pages = per_page(program);
  std::vector<std::pair<uint64_t, uint32_t>> expected;
  std::vector<std::pair<uint64_t, uint32_t>> actual;
  for (const pw_trace_record &record : pages) {
    const bool becomes_write = record.kind == PW_TRACE_MODIFY && !GetParam().keeps_modifies;
    if (record.kind == PW_TRACE_FETCH && !GetParam().keeps_fetches) continue;
    expected.emplace_back(record.linear_address >> 12, becomes_write ? uint32_t{PW_TRACE_WRITE} : record.kind);
  }
  for (const pw_trace_record &record : per_page(trace.records)) {
    actual.emplace_back(record.linear_address >> 12, record.kind);
  }
  EXPECT_GT(pages.size(), program.size()) << "some references cross pages";
  EXPECT_TRUE(expected == actual);
}

TEST_P(Writers, FormatIsTheOneThatIsRecognised) {
  for (uint64_t seed = 1; seed <= 40; seed++) {
    const size_t instructions = 20 + 7 * seed;
    const Trace trace = read_trace_text(write_trace(GetParam(), program_trace(instructions, seed)));
    EXPECT_EQ(GetParam().format, trace.format) << seed;
    EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
  }
}

TEST_P(Writers, BlockSizeDoesNotChangeTheRecords) {
  const Records program = program_trace(300, 7);
  const std::string text = write_trace(GetParam(), program);
  for (const size_t capacity : {1u, 2u, 7u, 100u, 5000u}) {
    EXPECT_TRUE(kept_by(GetParam(), program) == read_trace_text(text, capacity).records) << capacity;
  }
}

TEST_P(Writers, RecordsCutByTheBufferAreWhole) {
  const Records program = program_trace(120000, 8);
  const std::string text = write_trace(GetParam(), program);
  ASSERT_GT(text.size(), 2u << 20);
  const Trace trace = read_trace_text(text, 4096);
  EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
  EXPECT_EQ(GetParam().format, trace.format);
  EXPECT_TRUE(kept_by(GetParam(), program) == trace.records);
}

TEST_P(Writers, CompressionIsUndone) {
  const Scratch scratch;
  const Records program = program_trace(500, 9);
  if (!write_compressed(scratch.path("t"), write_trace(GetParam(), program), Compression::kXz)) GTEST_SKIP() << "no xz";
  const Trace trace = read_trace(scratch.path("t"));
  EXPECT_EQ(GetParam().format, trace.format);
  EXPECT_TRUE(kept_by(GetParam(), program) == trace.records);
}

// Wherever it is cut off, a file is read up to there or refused, and is never taken for another format.
TEST_P(Writers, FileCutAnywhereKeepsItsFormat) {
  const Records program = program_trace(40, 10);
  const Records kept = kept_by(GetParam(), program);
  const std::string text = write_trace(GetParam(), program);
  for (size_t length = text.size() - 200; length < text.size(); length++) {
    const Trace trace = read_trace_text(text.substr(0, length));
    EXPECT_EQ(GetParam().format, trace.format) << length;
    ASSERT_LE(trace.records.size(), kept.size()) << length;
    for (size_t i = 0; i + 1 < trace.records.size(); i++) EXPECT_TRUE(kept[i] == trace.records[i]) << length;
  }
}

// Malformed input ends in a status.
TEST_P(Writers, DamagedFileIsReadOrRefused) {
  std::mt19937_64 random(11);
  const std::string text = write_trace(GetParam(), program_trace(60, 12));
  for (int i = 0; i < 300; i++) {
    std::string damaged = text;
    for (int j = 0; j < 3; j++) damaged[random() % damaged.size()] = static_cast<char>(random());
    for (const char *format : {static_cast<const char *>(nullptr), GetParam().format}) {
      const Trace trace = read_trace_text(damaged, 16, format);
      for (const pw_trace_record &record : trace.records) {
        EXPECT_GE(record.size_bytes, 1u);
        EXPECT_LE(record.size_bytes, 4096u);
        EXPECT_LT(record.kind, unsigned{PW_TRACE_KINDS});
      }
    }
  }
}

std::string writer_name(const testing::TestParamInfo<TraceWriter> &test) {
  std::string name = test.param.format;
  for (char &c : name) {
    if (c == '-') c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Writers, testing::ValuesIn(kTraceWriters), writer_name);

TEST(WritersTable, EveryFormatIsKnownAndSummedUp) {
  for (const TraceWriter &writer : kTraceWriters) {
    size_t index = 0;
    while (pw_trace_format_name(index) && std::string(writer.format) != pw_trace_format_name(index)) index++;
    ASSERT_NE(nullptr, pw_trace_format_name(index)) << writer.format;
    EXPECT_STRNE("", pw_trace_format_summary(index)) << writer.format;
  }
}

} // namespace
