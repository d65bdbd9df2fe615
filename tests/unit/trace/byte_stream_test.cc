// Byte streams: a file as decompressed bytes, whatever its compression, and files that are none.
extern "C" {
#include "byte_stream.h"
}

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "compressed.h"

using namespace pagewalk_test;

namespace {

struct Read {
  int status = 0;
  pw_diag diag{};
  std::string bytes;
};

Read read_all(const std::string &path, size_t capacity = 1000) {
  Read read;
  pw_byte_stream *stream = nullptr;
  read.status = pw_byte_stream_open(path.c_str(), &stream, &read.diag);
  EXPECT_EQ(read.status != 0, stream == nullptr);
  std::string buffer(capacity, '\0');
  size_t length = 1;
  while (!read.status && length) {
    read.status = pw_byte_stream_read(stream, buffer.data(), capacity, &length, &read.diag);
    if (!read.status) read.bytes.append(buffer, 0, length);
  }
  pw_byte_stream_close(stream);
  return read;
}

std::string some_text(size_t lines) {
  std::string text;
  for (size_t i = 0; i < lines; i++) text += "line " + std::to_string(i * i * 2654435761u) + "\n";
  return text;
}

std::string compression_name(const testing::TestParamInfo<Compression> &test) {
  const char *const names[] = {"None", "Gzip", "Xz", "Zstd", "Bzip2"};
  return names[static_cast<int>(test.param)];
}

class Compressions : public testing::TestWithParam<Compression> {};

TEST_P(Compressions, BytesComeBackExactly) {
  const Scratch scratch;
  const std::string text = some_text(20000);
  if (!write_compressed(scratch.path("t"), text, GetParam())) GTEST_SKIP() << "libarchive cannot write this";
  for (const size_t capacity : {size_t{1} << 20, size_t{4096}, size_t{999}}) {
    const Read read = read_all(scratch.path("t"), capacity);
    EXPECT_EQ(0, read.status) << read.diag.message;
    EXPECT_TRUE(text == read.bytes) << capacity;
  }
}

TEST_P(Compressions, EmptyContentIsNoBytes) {
  const Scratch scratch;
  if (!write_compressed(scratch.path("t"), "", GetParam())) GTEST_SKIP() << "libarchive cannot write this";
  const Read read = read_all(scratch.path("t"));
  EXPECT_EQ(0, read.status) << read.diag.message;
  EXPECT_EQ("", read.bytes);
}

TEST_P(Compressions, TruncatedFileIsAnIoError) {
  const Scratch scratch;
  if (GetParam() == Compression::kNone) return; // plain text has no end of its own
  const std::string text = some_text(20000);
  if (!write_compressed(scratch.path("t"), text, GetParam())) GTEST_SKIP() << "libarchive cannot write this";
  const std::string whole = read_text(scratch.path("t"));
  for (const size_t cut : {whole.size() / 2, whole.size() - 20}) {
    const Read read = read_all(scratch.write("cut", whole.substr(0, cut)));
    EXPECT_EQ(-PW_EIO, read.status) << cut;
    EXPECT_EQ(scratch.path("cut"), read.diag.file);
    EXPECT_NE('\0', read.diag.message[0]);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Compressions,
                         testing::Values(Compression::kNone, Compression::kGzip, Compression::kXz, Compression::kZstd,
                                         Compression::kBzip2),
                         compression_name);

TEST(ByteStream, BinaryBytesComeBackExactly) {
  const Scratch scratch;
  std::string bytes;
  for (int i = 0; i < 256 * 256; i++) bytes += static_cast<char>(i ^ i >> 8);
  EXPECT_EQ(bytes, read_all(scratch.write("t", bytes)).bytes);
}

TEST(ByteStream, EmptyFileIsNoBytes) {
  const Scratch scratch;
  const Read read = read_all(scratch.write("t", ""));
  EXPECT_EQ(0, read.status) << read.diag.message;
  EXPECT_EQ("", read.bytes);
}

TEST(ByteStream, FileThatIsNotThereIsAnIoError) {
  const Read read = read_all("/nonexistent/t");
  EXPECT_EQ(-PW_EIO, read.status);
  EXPECT_STREQ("/nonexistent/t", read.diag.file);
}

TEST(ByteStream, DirectoryIsAnIoError) {
  const Scratch scratch;
  const Read read = read_all(scratch.folder());
  EXPECT_EQ(-PW_EIO, read.status);
  EXPECT_NE(nullptr, strstr(read.diag.message, "directory"));
}

TEST(ByteStream, ReadFillsTheBufferUntilTheEnd) {
  const Scratch scratch;
  const std::string path = scratch.write("t", std::string(2500, 'x'));
  pw_byte_stream *stream = nullptr;
  pw_diag diag{};
  char buffer[1000];
  size_t length = 0;
  ASSERT_EQ(0, pw_byte_stream_open(path.c_str(), &stream, &diag));
  for (const size_t expected : {1000u, 1000u, 500u, 0u, 0u}) {
    ASSERT_EQ(0, pw_byte_stream_read(stream, buffer, sizeof buffer, &length, &diag));
    EXPECT_EQ(expected, length);
  }
  pw_byte_stream_close(stream);
}

TEST(ByteStream, ProgressIsInBytesAsStored) {
  const Scratch scratch;
  const std::string text = some_text(200000);
  if (!write_compressed(scratch.path("t"), text, Compression::kGzip)) GTEST_SKIP() << "libarchive cannot write this";
  const uint64_t stored = std::filesystem::file_size(scratch.path("t"));
  pw_byte_stream *stream = nullptr;
  pw_diag diag{};
  std::string buffer(text.size() + 1, '\0');
  uint64_t done = 0;
  uint64_t total = 0;
  size_t length = 0;
  ASSERT_EQ(0, pw_byte_stream_open(scratch.path("t").c_str(), &stream, &diag));
  ASSERT_EQ(0, pw_byte_stream_read(stream, buffer.data(), 1000, &length, &diag));
  pw_byte_stream_progress(stream, &done, &total);
  EXPECT_EQ(stored, total);
  EXPECT_LT(done, stored);
  ASSERT_EQ(0, pw_byte_stream_read(stream, buffer.data(), buffer.size(), &length, &diag));
  pw_byte_stream_progress(stream, &done, &total);
  EXPECT_EQ(stored, done);
  pw_byte_stream_close(stream);
}

// Reads all of a file. Returns the last status.
int read_all(const std::string &path, std::string *text) {
  pw_byte_stream *stream = nullptr;
  pw_diag diag{};
  int status = pw_byte_stream_open(path.c_str(), &stream, &diag);
  for (size_t length = 1; !status && length;) {
    char buffer[4096];
    status = pw_byte_stream_read(stream, buffer, sizeof buffer, &length, &diag);
    text->append(buffer, status ? 0 : length);
  }
  pw_byte_stream_close(stream);
  return status;
}

std::string sample_text() {
  std::string text;
  uint64_t state = 1;
  for (int i = 0; i < 3000; i++) {
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    text += " L " + std::to_string(10000000 + (state >> 40)) + ",8\n";
  }
  return text;
}

constexpr Compression kChecked[] = {Compression::kGzip, Compression::kXz, Compression::kBzip2};

// zstd writes no checksum unless it is asked to, and libarchive's writer does not ask.
TEST(ByteStream, EveryFlippedBitOfACheckedCompressionIsAnErrorOrChangesNothing) {
  const Scratch scratch;
  const std::string text = sample_text();
  for (const Compression compression : kChecked) {
    if (!write_compressed(scratch.path("whole"), text, compression)) continue;
    const std::string whole = read_text(scratch.path("whole"));
    unsigned refused = 0;
    for (size_t bit = 0; bit < 8 * whole.size(); bit += 1 + whole.size() / 25) {
      std::string damaged = whole;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      std::string got;
      const int status = read_all(scratch.write("damaged", damaged), &got);
      refused += status != 0;
      // A damaged magic number makes another file of it, which no trace format recognises.
      ASSERT_TRUE(status || got == text || got == damaged) << static_cast<int>(compression) << " bit " << bit;
    }
    EXPECT_GT(refused, 100u) << static_cast<int>(compression);
  }
}

TEST(ByteStream, SeveralStreamsInOneFileAreOneAndADamagedOneIsAnError) {
  const Scratch scratch;
  const std::string text = sample_text();
  for (const Compression compression :
       {Compression::kGzip, Compression::kXz, Compression::kBzip2, Compression::kZstd}) {
    SCOPED_TRACE(static_cast<int>(compression));
    if (!write_compressed(scratch.path("one"), text, compression)) continue;
    const std::string one = read_text(scratch.path("one"));
    std::string got;
    EXPECT_EQ(0, read_all(scratch.write("two", one + one), &got));
    EXPECT_TRUE(got == text + text);
    std::string damaged = one + one;
    damaged[one.size() + 1] ^= 1; // the magic number of the second
    EXPECT_EQ(-PW_EIO, read_all(scratch.write("damaged", damaged), &got));
    for (const size_t length : {size_t{1}, size_t{3}, size_t{5}, size_t{9}, size_t{17}, one.size() - 1}) {
      EXPECT_EQ(-PW_EIO, read_all(scratch.write("cut", one + one.substr(0, length)), &got)) << length;
    }
    EXPECT_EQ(-PW_EIO, read_all(scratch.write("garbage", one + "I  00001000,4\n"), &got));
  }
}

TEST(ByteStream, ZeroesBehindGzipArePassedOverAsGzipDoes) {
  const Scratch scratch;
  if (!write_compressed(scratch.path("one"), "padded", Compression::kGzip)) GTEST_SKIP() << "no gzip";
  std::string got;
  EXPECT_EQ(0, read_all(scratch.write("padded", read_text(scratch.path("one")) + std::string(1000, '\0')), &got));
  EXPECT_EQ("padded", got);
}

// Bytes that libarchive would take for lzma, which has no magic number: an ip of ChampSim, for one.
TEST(ByteStream, WhatOnlyLooksLikeLzmaIsReadAsItIs) {
  const Scratch scratch;
  for (const uint64_t first : {UINT64_C(0x10000c), UINT64_C(0x400000), UINT64_C(0x200000019)}) {
    std::string bytes(640, '\0');
    for (size_t i = 0; i < 8; i++) bytes[i] = static_cast<char>(first >> 8 * i);
    std::string got;
    EXPECT_EQ(0, read_all(scratch.write("t", bytes), &got));
    EXPECT_TRUE(got == bytes) << first;
  }
}

TEST(ByteStream, CancelEndsAReadThatWaits) {
  const Scratch scratch;
  ASSERT_EQ(0, mkfifo(scratch.path("pipe").c_str(), 0600));
  const int writer = open(scratch.path("pipe").c_str(), O_RDWR); // keeps the pipe open
  ASSERT_GE(writer, 0);
  ASSERT_EQ(20, write(writer, "I  00001000,4\nI  000", 20));
  pw_byte_stream *stream = nullptr;
  pw_diag diag{};
  ASSERT_EQ(0, pw_byte_stream_open(scratch.path("pipe").c_str(), &stream, &diag));
  std::thread cancel([stream] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    pw_byte_stream_cancel(stream);
  });
  char buffer[4096];
  size_t length = 0;
  EXPECT_EQ(-PW_EIO, pw_byte_stream_read(stream, buffer, sizeof buffer, &length, &diag));
  EXPECT_NE(std::string::npos, std::string(diag.message).find("cancelled")) << diag.message;
  cancel.join();
  pw_byte_stream_close(stream);
  close(writer);
}

TEST(ByteStream, DashIsStandardInput) {
  const Scratch scratch;
  const std::string path = scratch.write("t", "from standard input");
  const int saved = dup(STDIN_FILENO);
  const int file = open(path.c_str(), O_RDONLY);
  ASSERT_GE(file, 0);
  ASSERT_EQ(STDIN_FILENO, dup2(file, STDIN_FILENO));
  pw_byte_stream *stream = nullptr;
  pw_diag diag{};
  EXPECT_EQ(0, pw_byte_stream_open("-", &stream, &diag));
  EXPECT_STREQ("standard input", pw_byte_stream_name(stream));
  char buffer[64];
  size_t length = 0;
  EXPECT_EQ(0, pw_byte_stream_read(stream, buffer, sizeof buffer, &length, &diag));
  EXPECT_EQ("from standard input", std::string(buffer, length));
  uint64_t done = 0;
  uint64_t total = 1;
  pw_byte_stream_progress(stream, &done, &total);
  EXPECT_EQ(19u, total) << "a redirected file has a size";
  pw_byte_stream_close(stream);
  dup2(saved, STDIN_FILENO);
  close(file);
  if (saved >= 0) close(saved);
}

TEST(ByteStream, CloseAllowsNull) { pw_byte_stream_close(nullptr); }

} // namespace
