// The .pwt format: every record comes back, every damage is found, nothing hostile is believed.
extern "C" {
#include "pwt.h"
}

#include <jansson.h>
#include <xxhash.h>
#include <zstd.h>

#include <random>

#include "compressed.h"
#include "trace_file.h"

using namespace pagewalk_test;

namespace {

// Of all kinds and sizes, with addresses near and far, and differences that wrap around 2^64.
std::vector<pw_trace_record> random_records(size_t count) {
  std::mt19937_64 random(7);
  std::vector<pw_trace_record> records(count);
  uint64_t near = 0;
  for (pw_trace_record &record : records) {
    near += random() >> random() % 64;
    record.linear_address = random() % 4 ? near : random() >> random() % 64;
    record.size_bytes = static_cast<uint32_t>(random() % 4 ? 1 + random() % 16 : 1 + random() % 4096);
    record.kind = static_cast<uint32_t>(random() % PW_TRACE_KINDS);
  }
  return records;
}

// Whole addresses and sizes without a code: 11 bytes each.
std::vector<pw_trace_record> largest_records(size_t count) {
  std::mt19937_64 random(7);
  std::vector<pw_trace_record> records(count);
  for (pw_trace_record &record : records) record = {random() | UINT64_C(1) << 62, 4096, PW_TRACE_READ};
  return records;
}

std::string bytes_of(const std::vector<pw_trace_record> &records, const pw_trace_origin *origin = nullptr) {
  const Scratch scratch;
  EXPECT_EQ(0, write_trace(scratch.path("t"), records, "pwt", origin));
  return read_text(scratch.path("t"));
}

Trace read_bytes(const std::string &bytes, size_t capacity = 4096, const char *format = nullptr) {
  return read_trace_text(bytes, capacity, format);
}

void expect_round_trip(const std::vector<pw_trace_record> &records, size_t capacity = 4096) {
  const Trace trace = read_bytes(bytes_of(records), capacity);
  EXPECT_EQ(0, trace.open_status) << line_of_diag(trace.diag);
  EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
  EXPECT_EQ("pwt", trace.format);
  EXPECT_TRUE(records == trace.records);
}

bool is_prefix(const std::vector<pw_trace_record> &part, const std::vector<pw_trace_record> &whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

// ---- files built by hand

std::string le32(uint32_t value) {
  std::string bytes(4, '\0');
  pw_store_le32(bytes.data(), value);
  return bytes;
}

std::string le64(uint64_t value) {
  std::string bytes(8, '\0');
  pw_store_le64(bytes.data(), value);
  return bytes;
}

std::string hashed(const std::string &bytes) { return bytes + le64(XXH3_64bits(bytes.data(), bytes.size())); }

std::string header(uint32_t version = 1, const std::string &origin = "{}") {
  const std::string magic(PW_PWT_MAGIC, PW_PWT_MAGIC_BYTES);
  return hashed(magic + le32(version) + le32(static_cast<uint32_t>(origin.size())) + origin);
}

std::string head(uint32_t records, uint32_t raw, uint32_t stored, uint32_t flags = 0) {
  return le32(records) + le32(raw) + le32(stored) + le32(flags);
}

std::string frame(const std::string &raw) {
  std::string stored(ZSTD_compressBound(raw.size()), '\0');
  stored.resize(ZSTD_compress(stored.data(), stored.size(), raw.data(), raw.size(), 1));
  return stored;
}

std::string block(uint32_t records, size_t raw_bytes, const std::string &stored) {
  return hashed(head(records, static_cast<uint32_t>(raw_bytes), static_cast<uint32_t>(stored.size())) + stored);
}

std::string block(uint32_t records, const std::string &raw) { return block(records, raw.size(), frame(raw)); }

std::string end_block(uint64_t total) { return hashed(head(0, 8, 8) + le64(total)); }

void expect_refused(const std::string &bytes, const std::string &message, size_t records_before = 0) {
  const Trace trace = read_bytes(bytes, 4096, "pwt");
  EXPECT_EQ(-PW_ETRACE, trace.read_status) << message;
  EXPECT_EQ(records_before, trace.records.size()) << message;
  EXPECT_EQ(0u, trace.diag.line) << "a binary file has no lines";
  EXPECT_NE(std::string::npos, line_of_diag(trace.diag).find(message)) << line_of_diag(trace.diag);
}

// A read of 4 bytes at 0x1000: kind 1, two bytes of address, code 4 for the size.
const std::string kRead("\x89\x00\x20", 3);

// ---- records come back

TEST(Pwt, RecordsComeBackExactly) {
  for (const size_t count : {1u, 2u, 4095u, 131071u, 131072u, 131073u, 300000u}) {
    SCOPED_TRACE(count);
    expect_round_trip(random_records(count));
  }
}

TEST(Pwt, TraceWithoutRecordsIsLegal) { expect_round_trip({}); }

TEST(Pwt, EverySizeOfEveryKindComesBack) {
  std::vector<pw_trace_record> records;
  for (uint32_t size = 1; size <= 4096; size++) {
    for (uint32_t kind = 0; kind < PW_TRACE_KINDS; kind++) records.push_back({size * UINT64_C(0x1234567), size, kind});
  }
  expect_round_trip(records);
}

TEST(Pwt, DifferencesOfEveryLengthAndSignComeBack) {
  std::vector<pw_trace_record> records;
  for (uint32_t kind = 0; kind < PW_TRACE_KINDS; kind++) {
    uint64_t address = 0;
    for (unsigned bit = 0; bit < 64; bit++) {
      for (const uint64_t step : {UINT64_C(1) << bit, -(UINT64_C(1) << bit), (UINT64_C(1) << bit) - 1}) {
        records.push_back({address += step, 8, kind});
        records.push_back({address -= 2 * step, 8, kind});
      }
    }
  }
  expect_round_trip(records);
}

TEST(Pwt, EndsOfTheAddressSpaceComeBack) {
  std::vector<pw_trace_record> records;
  for (uint32_t kind = 0; kind < PW_TRACE_KINDS; kind++) {
    for (const uint64_t address : {UINT64_C(0), UINT64_MAX, UINT64_C(0), UINT64_C(1) << 63, UINT64_MAX >> 1}) {
      records.push_back({address, 4096, kind});
    }
  }
  expect_round_trip(records);
}

TEST(Pwt, CapacityDoesNotChangeTheRecords) {
  for (const size_t capacity : {1u, 7u, 9999u, 10000u, 10001u}) expect_round_trip(random_records(10000), capacity);
}

TEST(Pwt, BlockOfLargestRecordsEndsBeforeItsLimitOfBytes) {
  const auto records = largest_records(200000);
  expect_round_trip(records);
  const std::string bytes = bytes_of(records);
  const size_t first = bytes.find(frame("").substr(0, 4)) - PW_PWT_HEAD_BYTES;
  const pw_pwt_head first_head = pw_pwt_load_head(bytes.data() + first);
  EXPECT_EQ(PW_PWT_MAX_RAW_BYTES / PW_PWT_MAX_RECORD_BYTES, first_head.records);
  EXPECT_LE(first_head.raw_bytes, PW_PWT_MAX_RAW_BYTES);
}

TEST(Pwt, SameRecordsGiveTheSameBytesHoweverTheyAreHandedOver) {
  const auto records = random_records(200000);
  const Scratch scratch;
  pw_trace_writer *writer = nullptr;
  ASSERT_EQ(0, pw_trace_create(scratch.path("t").c_str(), "pwt", nullptr, &writer, nullptr));
  for (size_t i = 0; i < records.size(); i += 1000) {
    ASSERT_EQ(0, pw_trace_write(writer, records.data() + i, 1000, nullptr));
  }
  uint64_t bytes = 0;
  ASSERT_EQ(0, pw_trace_finish(writer, &bytes, nullptr));
  EXPECT_TRUE(bytes_of(records) == read_text(scratch.path("t")));
  EXPECT_EQ(std::filesystem::file_size(scratch.path("t")), bytes);
}

TEST(Pwt, StridesOfEachInstructionTakeNextToNothing) {
  std::vector<pw_trace_record> records;
  for (uint64_t i = 0; i < 20000; i++) {
    for (const uint64_t load : {UINT64_C(0), UINT64_C(1)}) {
      records.push_back({0x401000 + 4 * load, 4, PW_TRACE_FETCH});
      records.push_back({0x10000000 + 0x1000000000 * load + i * (load ? 8 : 4096), 8, PW_TRACE_READ});
    }
  }
  EXPECT_LT(bytes_of(records).size(), 1000u) << "80000 records";
}

// ---- the header

TEST(Pwt, HeaderSaysInJsonWhereTheRecordsComeFrom) {
  const char *const paths[] = {"a \"quoted\".lackey", "b\n.lackey"};
  pw_trace_origin origin = {"lackey", paths, 1};
  auto origin_of = [&origin] {
    const std::string bytes = bytes_of({{1, 1, 1}}, &origin);
    const std::string text = bytes.substr(16, pw_load_le32(bytes.data() + 12));
    EXPECT_EQ(std::string::npos, text.find('\n')) << "one line";
    json_t *json = json_loads(text.c_str(), 0, nullptr);
    EXPECT_NE(nullptr, json) << text;
    return json;
  };
  json_t *json = origin_of();
  EXPECT_STREQ("lackey", json_string_value(json_object_get(json, "format")));
  EXPECT_STREQ(paths[0], json_string_value(json_object_get(json, "origin")));
  EXPECT_EQ(0u, std::string(json_string_value(json_object_get(json, "program"))).find("pagewalk "));
  json_decref(json);
  origin.path_count = 2;
  json = origin_of();
  EXPECT_STREQ(paths[1], json_string_value(json_array_get(json_object_get(json, "origin"), 1)));
  json_decref(json);
}

TEST(Pwt, NameThatIsNotUtf8IsWrittenWithQuestionMarks) {
  const char *const path = "caf\xe9.lackey";
  const pw_trace_origin origin = {"lackey", &path, 1};
  EXPECT_NE(std::string::npos, bytes_of({}, &origin).find(R"("origin":"caf?.lackey")"));
}

TEST(Pwt, OriginThatDoesNotFitIntoTheHeaderIsRefused) {
  const Scratch scratch;
  const std::string path(70000, 'x');
  const char *const paths[] = {path.c_str()};
  const pw_trace_origin origin = {"lackey", paths, 1};
  EXPECT_EQ(-PW_EINVAL, write_trace(scratch.path("t"), {}, "pwt", &origin));
  EXPECT_TRUE(std::filesystem::is_empty(scratch.folder()));
  expect_refused(header(1, path), "header at offset 0: the text of origin must have at most 65536 bytes");
}

TEST(Pwt, NewerVersionIsRefusedByItsNumber) {
  expect_refused(header(2) + end_block(0), "is .pwt version 2; this program reads version 1");
}

TEST(Pwt, TransferThatChangesLineEndsIsNamed) {
  std::string bytes = bytes_of(random_records(10));
  bytes.erase(bytes.find('\r'), 1);
  const Trace trace = read_bytes(bytes);
  EXPECT_EQ("pwt", trace.format) << "recognised all the same";
  EXPECT_NE(std::string::npos, std::string(trace.diag.message).find("line ends")) << trace.diag.message;
}

TEST(Pwt, OtherContentIsRefusedWhenTheFormatIsGiven) {
  expect_refused("I  1000,4\n", "not a .pwt trace");
  expect_refused("\x89", "header at offset 0: the file ends within it");
}

TEST(Pwt, CompressionAroundItIsUndone) {
  const Scratch scratch;
  const auto records = random_records(150000);
  if (!write_compressed(scratch.path("t"), bytes_of(records), Compression::kGzip)) GTEST_SKIP() << "no gzip";
  const Trace trace = read_trace(scratch.path("t"));
  EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
  EXPECT_EQ("pwt", trace.format);
  EXPECT_TRUE(records == trace.records);
}

// ---- damage

TEST(Pwt, EveryChangedByteIsAnError) {
  const auto records = random_records(60);
  const std::string whole = bytes_of(records);
  for (size_t at = 0; at < whole.size(); at++) {
    for (const int change : {0x01, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ change);
      const Trace trace = read_bytes(bytes);
      EXPECT_TRUE(trace.open_status || trace.read_status) << "byte " << at;
      EXPECT_TRUE(is_prefix(trace.records, records)) << "byte " << at;
    }
  }
}

TEST(Pwt, EveryTruncationIsAnError) {
  const auto records = random_records(60);
  const std::string whole = bytes_of(records);
  for (size_t length = 0; length < whole.size(); length++) {
    const Trace trace = read_bytes(whole.substr(0, length));
    EXPECT_TRUE(trace.open_status || trace.read_status) << length;
    EXPECT_TRUE(trace.records.empty() || trace.records == records) << "blocks are delivered whole: " << length;
    EXPECT_EQ(length >= whole.size() - 32, trace.records == records) << "the end block alone is missing: " << length;
  }
}

TEST(Pwt, BlocksBeforeTheDamageAreDelivered) {
  const auto records = random_records(200000);
  std::string bytes = bytes_of(records);
  bytes[bytes.size() - 1000] = static_cast<char>(bytes[bytes.size() - 1000] ^ 1);
  const Trace trace = read_bytes(bytes);
  EXPECT_EQ(-PW_ETRACE, trace.read_status);
  EXPECT_NE(std::string::npos, std::string(trace.diag.message).find("checksum mismatch: the file is damaged"));
  EXPECT_GE(trace.records.size(), 90000u) << "a block";
  EXPECT_LT(trace.records.size(), records.size());
  EXPECT_TRUE(is_prefix(trace.records, records));
}

TEST(Pwt, DamageIsNamedWithTheOffsetOfItsBlock) {
  const std::string good = header() + block(1, kRead);
  std::string bad = block(1, kRead);
  bad[20] = static_cast<char>(bad[20] ^ 1);
  expect_refused(good + bad, "block at offset " + std::to_string(good.size()) + ": checksum mismatch", 1);
  expect_refused(good, "end block at offset " + std::to_string(good.size()) + ": missing: the file is truncated", 1);
}

TEST(Pwt, NothingMayFollowTheEndBlock) {
  const std::string whole = header() + block(1, kRead) + end_block(1);
  EXPECT_EQ(0, read_bytes(whole).read_status);
  expect_refused(whole + "x", "data at offset " + std::to_string(whole.size()) + ": nothing may follow", 1);
  expect_refused(whole + whole, "nothing may follow the end block", 1);
  expect_refused(whole + std::string(3 << 20, '\0'), "nothing may follow the end block", 1);
}

TEST(Pwt, EndBlockCountsTheRecords) {
  expect_refused(header() + block(1, kRead) + end_block(2), "the number of records is not", 1);
  expect_refused(header() + end_block(UINT64_MAX), "the number of records is not");
}

// ---- hostile blocks

TEST(Pwt, HeadsAreCheckedBeforeTheirPayloadIsWaitedFor) {
  const std::string rest(100, '\0');
  expect_refused(header() + head(131073, 131073, 8) + rest, "the number of records must be 0..131072");
  expect_refused(header() + head(UINT32_MAX, UINT32_MAX, UINT32_MAX) + rest, "the number of records must be 0..131072");
  expect_refused(header() + head(131072, 1000001, 8) + rest, "the decompressed size must be 1..11 bytes per record");
  expect_refused(header() + head(2, 23, 8) + rest, "the decompressed size must be");
  expect_refused(header() + head(2, 1, 8) + rest, "the decompressed size must be");
  expect_refused(header() + head(2, 22, 4096) + rest, "the stored size is larger than zstd makes it");
  expect_refused(header() + head(2, 22, UINT32_MAX) + rest, "the stored size is larger");
  expect_refused(header() + head(1, 3, 8, 1) + rest, "flags must be 0 in this version");
  expect_refused(header() + head(0, 9, 8) + rest, "an end block must hold 8 bytes");
  expect_refused(header() + head(0, 8, 1 << 20) + rest, "an end block must hold 8 bytes");
}

TEST(Pwt, PayloadMustBeOneFrameOfTheAnnouncedSize) {
  const std::string good = frame(kRead);
  expect_refused(header() + block(1, 3, "abc"), "one zstd frame");
  expect_refused(header() + block(1, 3, ""), "one zstd frame");
  expect_refused(header() + block(1, 3, "abcdefgh"), "one zstd frame");
  expect_refused(header() + block(1, 3, good + "x"), "one zstd frame");
  expect_refused(header() + block(1, 3, good.substr(0, good.size() - 1)), "one zstd frame");
  expect_refused(header() + block(1, 4, good), "the zstd frame is not of the size");
  expect_refused(header() + block(1, 2, good), "the zstd frame is not of the size");
  expect_refused(header() + block(1, 3, frame("") + frame(kRead)), "one zstd frame");
}

TEST(Pwt, ColumnsMustBeAsLongAsTheControlBytesSay) {
  expect_refused(header() + block(1, kRead + "x"), "the columns are not as long");
  expect_refused(header() + block(1, kRead.substr(0, 2)), "the columns are not as long");
  expect_refused(header() + block(2, std::string("\xfd\xfd", 2)), "the columns are not as long");
}

TEST(Pwt, SizesMustBeLegal) {
  const auto with_size = [](uint32_t size) { return block(1, "\x01" + le32(size).substr(0, 2)); };
  expect_refused(header() + with_size(0), "the size of an access must be 1..4096");
  expect_refused(header() + with_size(4097), "the size of an access must be 1..4096");
  EXPECT_EQ(4096u, read_bytes(header() + with_size(4096) + end_block(1)).records.at(0).size_bytes);
}

// With right hashes, so that whatever is behind them is reached: AddressSanitizer watches.
TEST(Pwt, RandomPayloadsAreReadOrRefusedAndNeverHarm) {
  std::mt19937_64 random(7);
  unsigned good = 0;
  for (int i = 0; i < 3000; i++) {
    const auto records = static_cast<uint32_t>(1 + random() % 4);
    std::string raw(records + random() % 16, '\0');
    for (char &byte : raw) byte = static_cast<char>(random() % 3 ? random() & 0x2f : random());
    std::string stored = frame(raw);
    if (i % 2) stored[random() % stored.size()] = static_cast<char>(random());
    const Trace trace = read_bytes(header() + block(records, raw.size(), stored) + end_block(records), 3);
    EXPECT_TRUE(trace.read_status == 0 || trace.read_status == -PW_ETRACE) << trace.read_status;
    EXPECT_EQ(trace.read_status ? 0u : records, trace.records.size());
    good += trace.read_status == 0;
  }
  EXPECT_GT(good, 20u) << "some must come through";
}

// The example of docs/trace-format.md.
TEST(Pwt, DocumentedExampleIsReadAndWrittenAsDocumented) {
  const std::string raw(
      "\x6c\x89\x00\x64\x85"
      "\x0a\x00"
      "\x00\x20\x80\x19"
      "\x00\x20\x10",
      14);
  const std::vector<pw_trace_record> records = {{0x401000, 3, PW_TRACE_FETCH},
                                                {0x1000, 4, PW_TRACE_READ},
                                                {0x401003, 10, PW_TRACE_FETCH},
                                                {0x401000, 3, PW_TRACE_FETCH},
                                                {0x1008, 4, PW_TRACE_READ}};
  const Trace trace = read_bytes(header() + block(5, raw) + end_block(5));
  EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
  EXPECT_TRUE(records == trace.records);
  const std::string bytes = bytes_of(records);
  const size_t payload = bytes.find(frame("").substr(0, 4));
  std::string written(14, '\0');
  EXPECT_EQ(14u, ZSTD_decompress(written.data(), 14, bytes.data() + payload, bytes.size() - payload - 8 - 32));
  EXPECT_EQ(raw, written);
}

} // namespace
