// Writing traces: what may be written, and that a file is either what it was or the whole new trace.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "trace_file.h"

using namespace pagewalk_test;

namespace {

const std::vector<pw_trace_record> kRecords = {{0x1000, 4, PW_TRACE_FETCH}, {0x2000, 8, PW_TRACE_MODIFY}};

size_t files_in(const Scratch &scratch) {
  const std::filesystem::directory_iterator files(scratch.folder());
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

pw_trace_writer *create(const std::string &path, const char *format = "lackey") {
  pw_trace_writer *writer = nullptr;
  pw_diag diag{};
  EXPECT_EQ(0, pw_trace_create(path.c_str(), format, nullptr, &writer, &diag)) << line_of_diag(diag);
  return writer;
}

TEST(TraceWriter, FormatsHaveNamesAndPwtIsTheFirst) {
  EXPECT_STREQ("pwt", pw_trace_encoding_name(0));
  for (size_t i = 0; pw_trace_encoding_name(i); i++) {
    const Scratch scratch;
    EXPECT_NE(nullptr, pw_trace_encoding_summary(i));
    EXPECT_EQ(0, write_trace(scratch.path("t"), kRecords, pw_trace_encoding_name(i)));
  }
  EXPECT_EQ(nullptr, pw_trace_encoding_name(100));
  EXPECT_EQ(nullptr, pw_trace_encoding_summary(100));
  const Scratch scratch;
  EXPECT_EQ(0, write_trace(scratch.path("t"), kRecords, nullptr));
  EXPECT_EQ("pwt", read_trace(scratch.path("t")).format);
}

TEST(TraceWriter, UnknownFormatIsRefusedWithWhatIsKnown) {
  const Scratch scratch;
  pw_trace_writer *writer = nullptr;
  pw_diag diag{};
  EXPECT_EQ(-PW_EINVAL, pw_trace_create(scratch.path("t").c_str(), "gdb", nullptr, &writer, &diag));
  EXPECT_EQ(nullptr, writer);
  EXPECT_EQ("cannot write trace format 'gdb'; legal: pwt, lackey, din, list", line_of_diag(diag));
  EXPECT_EQ(0u, files_in(scratch));
}

TEST(TraceWriter, IllegalRecordsAreRefusedAndNothingOfThemIsWritten) {
  const Scratch scratch;
  pw_trace_writer *writer = create(scratch.path("t"));
  for (const pw_trace_record &bad : {pw_trace_record{0, 0, 0}, {0, 4097, 0}, {0, 4, PW_TRACE_KINDS}, {0, 4, 0x10001}}) {
    const pw_trace_record records[] = {kRecords[0], bad};
    pw_diag diag{};
    EXPECT_EQ(-PW_EINVAL, pw_trace_write(writer, records, 2, &diag));
    EXPECT_NE(std::string::npos, line_of_diag(diag).find("must be")) << line_of_diag(diag);
  }
  EXPECT_EQ(0, pw_trace_write(writer, kRecords.data(), 2, nullptr)) << "a refusal changes nothing";
  EXPECT_EQ(0, pw_trace_finish(writer, nullptr, nullptr));
  EXPECT_TRUE(kRecords == read_trace(scratch.path("t")).records);
}

TEST(TraceWriter, FileIsWrittenBesideItsPlaceUntilItIsWhole) {
  const Scratch scratch;
  const std::string path = scratch.write("t", "precious");
  pw_trace_writer *writer = create(path);
  ASSERT_EQ(0, pw_trace_write(writer, kRecords.data(), kRecords.size(), nullptr));
  EXPECT_EQ("precious", read_text(path));
  EXPECT_TRUE(std::filesystem::exists(path + ".part"));
  ASSERT_EQ(0, pw_trace_finish(writer, nullptr, nullptr));
  EXPECT_EQ("I  00001000,4\n M 00002000,8\n", read_text(path));
  EXPECT_EQ(1u, files_in(scratch));
}

TEST(TraceWriter, AbandonRemovesWhatWasWritten) {
  const Scratch scratch;
  pw_trace_writer *writer = create(scratch.path("t"));
  ASSERT_EQ(0, pw_trace_write(writer, kRecords.data(), kRecords.size(), nullptr));
  pw_trace_abandon(writer);
  EXPECT_EQ(0u, files_in(scratch));
  pw_trace_abandon(nullptr);
}

TEST(TraceWriter, NobodysPartIsOverwritten) {
  const Scratch scratch;
  scratch.write("t.part", "somebody's");
  pw_trace_writer *first = create(scratch.path("t"));
  pw_trace_writer *second = create(scratch.path("t"));
  ASSERT_EQ(0, pw_trace_write(first, kRecords.data(), 1, nullptr));
  ASSERT_EQ(0, pw_trace_finish(second, nullptr, nullptr));
  EXPECT_EQ("", read_text(scratch.path("t")));
  ASSERT_EQ(0, pw_trace_finish(first, nullptr, nullptr));
  EXPECT_EQ("I  00001000,4\n", read_text(scratch.path("t")));
  EXPECT_EQ("somebody's", read_text(scratch.path("t.part")));
  EXPECT_EQ(2u, files_in(scratch));
}

TEST(TraceWriter, ParentThatIsNotThereIsAnIoError) {
  pw_trace_writer *writer = nullptr;
  pw_diag diag{};
  EXPECT_EQ(-PW_EIO, pw_trace_create("/nonexistent/t", nullptr, nullptr, &writer, &diag));
  EXPECT_EQ(nullptr, writer);
  EXPECT_EQ("/nonexistent/t: cannot be written: No such file or directory", line_of_diag(diag));
}

TEST(TraceWriter, FileBehindASymbolicLinkIsReplacedAndNotTheLink) {
  const Scratch scratch;
  scratch.write("t", "old");
  ASSERT_EQ(0, symlink("t", scratch.path("link").c_str()));
  EXPECT_EQ(0, write_trace(scratch.path("link"), kRecords, "list"));
  EXPECT_TRUE(std::filesystem::is_symlink(scratch.path("link")));
  EXPECT_EQ("I 0x1000 4\nM 0x2000 8\n", read_text(scratch.path("t")));
}

// A rename would put a file in the place of the device.
TEST(TraceWriter, DeviceStaysADevice) {
  const Scratch scratch;
  ASSERT_EQ(0, symlink("/dev/null", scratch.path("null").c_str()));
  EXPECT_EQ(0, write_trace(scratch.path("null"), kRecords));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_TRUE(std::filesystem::is_symlink(scratch.path("null")));
}

TEST(TraceWriter, FullDiskIsAnIoErrorAndStaysOne) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  const std::vector<pw_trace_record> many(100000, pw_trace_record{0x1000, 4, PW_TRACE_READ});
  for (size_t i = 0; pw_trace_encoding_name(i); i++) {
    EXPECT_EQ(-PW_EIO, write_trace("/dev/full", kRecords, pw_trace_encoding_name(i))) << "found at the end";
  }
  pw_trace_writer *writer = create("/dev/full");
  pw_diag diag{};
  EXPECT_EQ(-PW_EIO, pw_trace_write(writer, many.data(), many.size(), &diag));
  EXPECT_EQ("/dev/full: cannot be written: No space left on device", line_of_diag(diag));
  EXPECT_EQ(-PW_EIO, pw_trace_write(writer, many.data(), 1, &diag));
  EXPECT_EQ(-PW_EIO, pw_trace_finish(writer, nullptr, &diag));
}

} // namespace
