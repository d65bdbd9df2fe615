// Traces: recognised by content, undone from any compression, delivered in blocks of any size.
#include <pagewalk/trace.h>

#include "compressed.h"
#include "trace_file.h"

using namespace pagewalk_test;

namespace {

struct Generated {
  std::string text;
  std::vector<pw_trace_record> records;
};

// Lines of varying length, so that they fall onto every offset of a buffer.
Generated generate(size_t count) {
  const char *const prefixes[] = {"I  ", " L ", " S ", " M "};
  Generated made;
  uint64_t address = 1;
  for (size_t i = 0; i < count; i++) {
    address = address * UINT64_C(6364136223846793005) + 1442695040888963407u;
    const uint64_t shown = address >> (i % 61);
    const auto kind = static_cast<uint32_t>(address >> 33 & 3);
    const auto size = static_cast<uint32_t>(1 + (address >> 40 & 63));
    char line[64];
    snprintf(line, sizeof line, "%s%llx,%u\n", prefixes[kind], static_cast<unsigned long long>(shown), size);
    made.text += line;
    made.records.push_back({shown, size, kind});
  }
  return made;
}

TEST(Trace, LinesCutByTheBufferAreWhole) {
  const Generated made = generate(250000);
  ASSERT_GT(made.text.size(), 3u << 20) << "three buffers of 1 MiB";
  const Trace trace = read_trace_text(made.text, 4096);
  EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
  EXPECT_TRUE(made.records == trace.records);
}

TEST(Trace, EveryOffsetOfALineAtTheEndOfTheBufferIsRead) {
  const std::string cut_line = "I  123456789abcdef0,4095\n";
  const std::string filler = "==" + std::string(61, 'x') + "\n";
  for (size_t before = 0; before <= cut_line.size() + 1; before++) {
    std::string text = "I  1000,4\n";
    while (text.size() + filler.size() + before <= 1u << 20) text += filler;
    text += std::string((1u << 20) - before - text.size(), '\n');
    ASSERT_EQ((1u << 20) - before, text.size());
    text += cut_line + " L 2000,8\n";
    const Trace trace = read_trace_text(text);
    EXPECT_EQ(0, trace.read_status) << before << ": " << line_of_diag(trace.diag);
    ASSERT_EQ(3u, trace.records.size()) << before;
    EXPECT_TRUE((trace.records[1] == pw_trace_record{UINT64_C(0x123456789abcdef0), 4095, PW_TRACE_FETCH})) << before;
  }
}

TEST(Trace, BlockSizeDoesNotChangeTheRecords) {
  const Generated made = generate(5000);
  for (const size_t capacity : {size_t{1}, size_t{7}, size_t{4999}, size_t{5000}, size_t{5001}}) {
    EXPECT_TRUE(made.records == read_trace_text(made.text, capacity).records) << capacity;
  }
}

TEST(Trace, FileOfExactlyOneBufferEndsCleanly) {
  std::string text = generate(1000).text;
  const std::string last = "I  abc,4\n";
  text += std::string((1u << 20) - text.size() - last.size(), '\n') + last;
  ASSERT_EQ(1u << 20, text.size());
  const Trace trace = read_trace_text(text);
  EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
  EXPECT_EQ(1001u, trace.records.size());
}

TEST(Trace, CompressionIsUndone) {
  const Scratch scratch;
  const Generated made = generate(50000);
  for (const Compression compression :
       {Compression::kGzip, Compression::kXz, Compression::kZstd, Compression::kBzip2}) {
    if (!write_compressed(scratch.path("t"), made.text, compression)) continue;
    const Trace trace = read_trace(scratch.path("t"));
    EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
    EXPECT_TRUE(made.records == trace.records) << static_cast<int>(compression);
  }
}

TEST(Trace, SampleTraceHasItsDocumentedRecords) {
  const Trace trace = read_trace(source_path("tests/data/traces/true.lackey.zst"), 4096);
  ASSERT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
  uint64_t kinds[PW_TRACE_KINDS] = {};
  for (const pw_trace_record &record : trace.records) kinds[record.kind]++;
  EXPECT_EQ(168727u, trace.records.size());
  EXPECT_EQ(128850u, kinds[PW_TRACE_FETCH]);
  EXPECT_EQ(28107u, kinds[PW_TRACE_READ]);
  EXPECT_EQ(10266u, kinds[PW_TRACE_WRITE]);
  EXPECT_EQ(1504u, kinds[PW_TRACE_MODIFY]);
}

TEST(Trace, TruncatedCompressionIsAnIoErrorAfterTheRecordsBefore) {
  const Scratch scratch;
  const Generated made = generate(400000);
  if (!write_compressed(scratch.path("t"), made.text, Compression::kZstd)) GTEST_SKIP() << "no zstd";
  const std::string whole = read_text(scratch.path("t"));
  const Trace trace = read_trace(scratch.write("cut.zst", whole.substr(0, whole.size() - 100)));
  ASSERT_EQ(0, trace.open_status);
  EXPECT_EQ(-PW_EIO, trace.read_status);
  EXPECT_EQ(scratch.path("cut.zst"), trace.diag.file);
  ASSERT_GT(trace.records.size(), 1000u);
  ASSERT_LT(trace.records.size(), made.records.size());
  EXPECT_TRUE(std::equal(trace.records.begin(), trace.records.end(), made.records.begin()));
}

TEST(Trace, TruncationWithinTheFirstBufferIsRefusedAtOnce) {
  const Scratch scratch;
  if (!write_compressed(scratch.path("t"), generate(1000).text, Compression::kZstd)) GTEST_SKIP() << "no zstd";
  const std::string whole = read_text(scratch.path("t"));
  EXPECT_EQ(-PW_EIO, read_trace(scratch.write("cut.zst", whole.substr(0, whole.size() / 2))).open_status);
}

TEST(Trace, RecordsBeforeABadLineComeFirstThenTheErrorEveryTime) {
  const Scratch scratch;
  const std::string path = scratch.write("t", "I  1000,4\n L 2000,8\n L bad,8\nI  3000,4\n L zz,1\n L 4000,8\n");
  pw_trace_reader *reader = nullptr;
  pw_diag diag{};
  pw_trace_record records[10];
  size_t count = 0;
  ASSERT_EQ(0, pw_trace_open(path.c_str(), nullptr, &reader, &diag));
  ASSERT_EQ(0, pw_trace_read(reader, records, 10, &count, &diag));
  EXPECT_EQ(4u, count) << "bad is hexadecimal";
  EXPECT_EQ(0xbadu, records[2].linear_address);
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(-PW_ETRACE, pw_trace_read(reader, records, 10, &count, &diag));
    EXPECT_EQ(0u, count);
    EXPECT_EQ(5u, diag.line);
    EXPECT_EQ(path, diag.file);
  }
  EXPECT_EQ(-PW_ETRACE, pw_trace_read(reader, records, 10, &count, nullptr)) << "the diagnostic may be left out";
  pw_trace_close(reader);
}

TEST(Trace, EndIsReportedAgainAndAgain) {
  const Scratch scratch;
  pw_trace_reader *reader = nullptr;
  pw_diag diag{};
  pw_trace_record records[4];
  size_t count = 9;
  ASSERT_EQ(0, pw_trace_open(scratch.write("t", "I  1000,4\n").c_str(), nullptr, &reader, &diag));
  ASSERT_EQ(0, pw_trace_read(reader, records, 4, &count, &diag));
  EXPECT_EQ(1u, count);
  for (int i = 0; i < 3; i++) {
    ASSERT_EQ(0, pw_trace_read(reader, records, 4, &count, &diag));
    EXPECT_EQ(0u, count);
  }
  pw_trace_close(reader);
}

TEST(Trace, EmptyTraceIsRefused) {
  const Scratch scratch;
  Trace trace = read_trace(scratch.write("t", ""));
  EXPECT_EQ(-PW_ETRACE, trace.open_status);
  EXPECT_NE(std::string::npos, std::string(trace.diag.message).find("empty"));
  if (write_compressed(scratch.path("e.zst"), "", Compression::kZstd)) {
    EXPECT_EQ(-PW_ETRACE, read_trace(scratch.path("e.zst")).open_status);
  }
}

TEST(Trace, UnrecognisedContentIsRefusedWithWhatIsKnown) {
  for (const char *text : {"hello\n", "{\"id\":\"A-0\"}\n", "0x1000 R 8\n", "==1== Valgrind's own\n", "\n\n"}) {
    const Trace trace = read_trace_text(text);
    EXPECT_EQ(-PW_ETRACE, trace.open_status) << text;
    EXPECT_NE(std::string::npos, std::string(trace.diag.message).find("lackey")) << trace.diag.message;
  }
}

TEST(Trace, FormatCanBeGivenByName) {
  EXPECT_EQ(1u, read_trace_text("I  1000,4\n", 10, "lackey").records.size());
  const Trace bad = read_trace_text("hello, all\n", 10, "lackey");
  EXPECT_EQ(0, bad.open_status) << "a format that is given is not doubted";
  EXPECT_EQ(-PW_ETRACE, bad.read_status);
  EXPECT_EQ(1u, bad.diag.line);
}

TEST(Trace, UnknownFormatNameIsRefusedWithWhatIsKnown) {
  const Trace trace = read_trace_text("I  1000,4\n", 10, "gdb");
  EXPECT_LT(trace.open_status, 0);
  EXPECT_NE(std::string::npos, std::string(trace.diag.message).find("'gdb'"));
  EXPECT_NE(std::string::npos, std::string(trace.diag.message).find("lackey"));
}

TEST(Trace, FileThatIsNotThereOrADirectoryIsAnIoError) {
  const Scratch scratch;
  EXPECT_EQ(-PW_EIO, read_trace("/nonexistent/t").open_status);
  EXPECT_EQ(-PW_EIO, read_trace(scratch.folder()).open_status);
}

// What waits in the window is not done: a trace that fits into it is not all done when it is opened.
TEST(Trace, ProgressFollowsTheRecordsAndReachesTheSizeOfTheFile) {
  const Scratch scratch;
  const std::string path = scratch.write("t", generate(100).text);
  pw_trace_reader *reader = nullptr;
  pw_diag diag{};
  ASSERT_EQ(0, pw_trace_open(path.c_str(), nullptr, &reader, &diag));
  uint64_t done = 1;
  uint64_t total = 0;
  uint64_t before = 0;
  pw_trace_progress(reader, &done, &total);
  EXPECT_EQ(std::filesystem::file_size(path), total);
  EXPECT_EQ(0u, done);
  for (unsigned i = 0; i < 10; i++) {
    pw_trace_record records[10];
    size_t count = 0;
    ASSERT_EQ(0, pw_trace_read(reader, records, 10, &count, &diag));
    ASSERT_EQ(10u, count);
    pw_trace_progress(reader, &done, &total);
    EXPECT_GT(done, before);
    before = done;
  }
  EXPECT_EQ(total, done);
  pw_trace_close(reader);
}

TEST(Trace, ByteOrderMarkIsPassedOver) {
  const Trace trace = read_trace_text("\xef\xbb\xbfI  00001000,4\n L zz,8\n");
  EXPECT_EQ("lackey", trace.format);
  EXPECT_EQ(1u, trace.records.size());
  EXPECT_EQ(2u, trace.diag.line);
}

TEST(Trace, KindsAndFormatsHaveNames) {
  EXPECT_STREQ("fetch", pw_trace_kind_name(PW_TRACE_FETCH));
  EXPECT_STREQ("read", pw_trace_kind_name(PW_TRACE_READ));
  EXPECT_STREQ("write", pw_trace_kind_name(PW_TRACE_WRITE));
  EXPECT_STREQ("modify", pw_trace_kind_name(PW_TRACE_MODIFY));
  EXPECT_EQ(nullptr, pw_trace_kind_name(PW_TRACE_KINDS));
  EXPECT_STREQ("pwt", pw_trace_format_name(0)) << "the narrowest is tried first";
  EXPECT_STREQ("lackey", pw_trace_format_name(1));
  size_t formats = 0;
  while (pw_trace_format_name(formats)) formats++;
  EXPECT_EQ(nullptr, pw_trace_format_name(formats + 1));
}

TEST(Trace, CloseAllowsNull) { pw_trace_close(nullptr); }

// The bytes of the window in which the damage lies were once lost, up to a megabyte of good records.
TEST(Trace, RecordsRightBeforeTheDamageAreDelivered) {
  const Scratch scratch;
  const Generated made = generate(400000);
  if (!write_compressed(scratch.path("t"), made.text, Compression::kGzip)) GTEST_SKIP() << "no gzip";
  const std::string whole = read_text(scratch.path("t"));
  const Trace trace = read_trace(scratch.write("cut.gz", whole.substr(0, whole.size() - 20)));
  EXPECT_EQ(0, trace.open_status);
  EXPECT_EQ(-PW_EIO, trace.read_status);
  EXPECT_GT(trace.records.size(), made.records.size() - 20000);
  EXPECT_TRUE(std::equal(trace.records.begin(), trace.records.end(), made.records.begin()));
}

} // namespace
