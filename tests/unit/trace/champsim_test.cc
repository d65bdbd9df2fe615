// ChampSim's binary records: exact references, five layouts told apart, and files that are refused.
#include "trace_file.h"
#include "trace_writers.h"

using namespace pagewalk_test;

namespace {

struct Named {
  const char *name;
  ChampSimLayout layout;
};

const Named kLayouts[] = {{"champsim-64", kChampSim64},
                          {"champsim-96", kChampSim96},
                          {"champsim-72", kChampSim72},
                          {"champsim-72-count", kChampSim72Count},
                          {"champsim-72-tail", kChampSim72Tail}};

// So many that the layouts can be told apart, all the same.
std::string some(const Named &named, size_t count,
                 const Instruction &instruction = {0x401000, {0x10000}, {0x20000}, false}) {
  std::string bytes;
  for (size_t i = 0; i < count; i++) bytes += champsim_record(instruction, named.layout, 1000 + i);
  return bytes;
}

void expect_references(const Instruction &instruction, const Records &expected) {
  for (const Named &named : kLayouts) {
    expect_trace(champsim_record(instruction, named.layout), named.name, expected, named.name);
  }
}

TEST(ChampSim, InstructionIsAFetchThenReadsThenWrites) {
  expect_references({0x401000, {0x10000, 0x10008}, {0x20000, 0x20008}, true}, {{0x401000, 1, PW_TRACE_FETCH},
                                                                               {0x10000, 1, PW_TRACE_READ},
                                                                               {0x10008, 1, PW_TRACE_READ},
                                                                               {0x20000, 1, PW_TRACE_WRITE},
                                                                               {0x20008, 1, PW_TRACE_WRITE}});
}

TEST(ChampSim, ReadAndWrittenAddressIsAModify) {
  expect_references({0x401000, {0x10000, 0x20008}, {0x20000, 0x20008}, false}, {{0x401000, 1, PW_TRACE_FETCH},
                                                                                {0x10000, 1, PW_TRACE_READ},
                                                                                {0x20008, 1, PW_TRACE_MODIFY},
                                                                                {0x20000, 1, PW_TRACE_WRITE}});
}

TEST(ChampSim, AddressOfZeroIsNone) {
  expect_references({0x401000, {0, 0x10000, 0, 0x10008}, {0, 0x20000}, false}, {{0x401000, 1, PW_TRACE_FETCH},
                                                                                {0x10000, 1, PW_TRACE_READ},
                                                                                {0x10008, 1, PW_TRACE_READ},
                                                                                {0x20000, 1, PW_TRACE_WRITE}});
  expect_references({0, {0x10000}, {}, false}, {{0x10000, 1, PW_TRACE_READ}});
  expect_references({0, {}, {}, false}, {});
}

TEST(ChampSim, CloudSuiteInstructionHasUpToNineReferences) {
  const Instruction full = {
      0x401000, {0x10000, 0x11000, 0x12000, 0x13000}, {0x20000, 0x21000, 0x22000, 0x23000}, false};
  expect_trace(champsim_record(full, kChampSim96), "champsim-96",
               {{0x401000, 1, PW_TRACE_FETCH},
                {0x10000, 1, PW_TRACE_READ},
                {0x11000, 1, PW_TRACE_READ},
                {0x12000, 1, PW_TRACE_READ},
                {0x13000, 1, PW_TRACE_READ},
                {0x20000, 1, PW_TRACE_WRITE},
                {0x21000, 1, PW_TRACE_WRITE},
                {0x22000, 1, PW_TRACE_WRITE},
                {0x23000, 1, PW_TRACE_WRITE}});
}

TEST(ChampSim, BlockSizeDoesNotChangeTheRecords) {
  const Records records = per_page(program_trace(3000, 5));
  for (const TraceWriter &writer : kTraceWriters) {
    if (std::string(writer.format).find("champsim") == std::string::npos) continue;
    const std::string bytes = writer.write(records);
    for (const size_t capacity : {1u, 2u, 3u, 8u, 9u, 10u, 11u, 1000u}) {
      EXPECT_TRUE(records == read_trace_text(bytes, capacity).records) << writer.format << " by " << capacity;
    }
  }
}

TEST(ChampSim, RecordsCutByTheBufferAreWhole) {
  const Records records = per_page(program_trace(40000, 6));
  for (const TraceWriter &writer : kTraceWriters) {
    if (std::string(writer.format).find("champsim") == std::string::npos) continue;
    const std::string bytes = writer.write(records);
    ASSERT_GT(bytes.size(), 2u << 20);
    const Trace trace = read_trace_text(bytes, 4096);
    EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
    EXPECT_EQ(writer.format, trace.format);
    EXPECT_TRUE(records == trace.records) << writer.format;
  }
}

// ---- recognition ----

TEST(ChampSim, LayoutIsRecognisedByItsRecords) {
  for (const Named &named : kLayouts) {
    for (const size_t count : {1u, 2u, 3u, 8u, 9u, 24u, 500u}) {
      const std::string bytes = some(named, count);
      EXPECT_EQ(named.name, read_trace_text(bytes).format) << count;
      EXPECT_EQ(named.name, read_trace_text(bytes, 1000, "champsim").format) << count;
    }
  }
}

TEST(ChampSim, FileThatEndsInsideARecordIsStillRecognised) {
  for (const Named &named : kLayouts) {
    const std::string bytes = some(named, 20);
    for (const size_t rest : {size_t{1}, size_t{6}, named.layout.record_bytes - 1}) {
      const Trace trace = read_trace_text(bytes + some(named, 1).substr(0, rest));
      EXPECT_EQ(named.name, trace.format) << rest;
      EXPECT_EQ(60u, trace.records.size()) << rest;
      EXPECT_EQ(-PW_ETRACE, trace.read_status) << rest;
      EXPECT_EQ(0u, trace.diag.line);
    }
  }
}

TEST(ChampSim, LengthDecidesBetweenLayoutsThatBothMakeSense) {
  const std::string fetch = champsim_record({0x401000, {}, {}, false}, kChampSim96);
  EXPECT_EQ("champsim-96", read_trace_text(fetch).format) << "64 bytes of it make sense too";
  EXPECT_EQ("champsim-64", read_trace_text(fetch.substr(0, 64)).format);
  EXPECT_EQ("champsim-72", read_trace_text(fetch.substr(0, 72)).format);
  EXPECT_EQ("champsim-64", read_trace_text(fetch.substr(0, 70)).format) << "none divides";
}

TEST(ChampSim, RestIsRefusedWithItsOffsetAndTheOtherSizes) {
  const std::string bytes = champsim_record({0x401000, {0x10000}, {0x20000}, false}, kChampSim64);
  expect_refused_at(bytes + std::string(6, '\0'), 0,
                    "the file ends inside a record: 6 of 64 bytes at offset 64 (champsim-64); records of 72 and 96 "
                    "bytes exist too: -f champsim-72, champsim-96",
                    3);
  expect_refused_at(bytes.substr(0, 63), 0, "63 of 64 bytes at offset 0", 0, "champsim");
  expect_refused_at(some(kLayouts[2], 2).substr(0, 140), 0, "68 of 72 bytes at offset 72 (champsim-72)", 3);
  expect_refused_at(some(kLayouts[1], 3).substr(0, 196), 0, "4 of 96 bytes at offset 192 (champsim-96)", 6);
  expect_refused_at(some(kLayouts[3], 2).substr(0, 73), 0,
                    "1 of 72 bytes at offset 72 (champsim-72-count); records of 64 and 96 bytes", 3);
}

TEST(ChampSim, CutBehindTheFirstBufferHasItsOffset) {
  const std::string bytes = some(kLayouts[2], 30000);
  const Trace trace = read_trace_text(bytes + "abc", 4096);
  EXPECT_EQ(90000u, trace.records.size());
  EXPECT_NE(std::string::npos, std::string(trace.diag.message).find("3 of 72 bytes at offset 2160000 "))
      << trace.diag.message;
}

TEST(ChampSim, ContentThatMakesNoSenseIsNotRecognised) {
  const std::string good = some(kLayouts[0], 1);
  const auto changed = [&good](size_t offset, uint64_t value) {
    std::string bytes = good;
    put_le64(bytes, offset, value);
    return bytes;
  };
  EXPECT_EQ("champsim-64", read_trace_text(changed(16, UINT64_C(0xff80000000001000))).format) << "the upper half";
  EXPECT_EQ("champsim-64", read_trace_text(changed(0, UINT64_C(0x00ff800000001000))).format) << "57 bits";
  for (const uint64_t bad : {UINT64_C(4095), UINT64_C(1), UINT64_C(0x0100000000000000), UINT64_C(0xfe00000000000000)}) {
    for (const size_t offset : {0u, 16u, 24u, 32u, 40u, 48u, 56u}) expect_unrecognised(changed(offset, bad));
  }
  expect_unrecognised(changed(0, 0));
  expect_unrecognised(changed(8, 2));
  expect_unrecognised(changed(8, 0x100)); // taken, and no branch
  expect_unrecognised(std::string(64, '\0'));
  expect_unrecognised(good.substr(0, 63));
}

// A prefetch through a null pointer, an instruction of zeroes: such things are in real traces.
TEST(ChampSim, OneOddRecordInAHundredIsNoReasonToDoubtAndMoreAre) {
  std::string bytes = some(kLayouts[0], 5000);
  for (size_t i = 0; i < 40; i++) put_le64(bytes, 64 * (100 * i + 1), 1);
  EXPECT_EQ("champsim-64", read_trace_text(bytes).format) << "40 of 4096, the records that are looked at";
  put_le64(bytes, 0, 1);
  expect_unrecognised(bytes);
}

TEST(ChampSim, PaddingMustBeZeroToBeRecognised) {
  for (const size_t offset : {18u, 23u, 90u, 95u}) {
    std::string bytes = some(kLayouts[1], 1);
    bytes[offset] = 1;
    EXPECT_NE("champsim-96", read_trace_text(bytes).format) << offset;
  }
  std::string bytes = some(kLayouts[1], 3);
  bytes[88] = bytes[89] = '\xff';
  EXPECT_EQ("champsim-96", read_trace_text(bytes).format) << "the address-space number";
}

// ---- damage ----

TEST(ChampSim, RecordThatIsNoInstructionIsRefusedWithItsOffset) {
  for (const Named &named : kLayouts) {
    const size_t bytes_each = named.layout.record_bytes;
    std::string bytes = some(named, 5000);
    bytes[4500 * bytes_each + named.layout.is_branch] = 77;
    Trace trace = read_trace_text(bytes, 1000, named.name);
    EXPECT_EQ(-PW_ETRACE, trace.read_status);
    EXPECT_EQ(13500u, trace.records.size());
    EXPECT_EQ(0u, trace.diag.line);
    EXPECT_EQ("the record at offset " + std::to_string(4500 * bytes_each) +
                  " is no instruction: is_branch must be 0 or 1, not 77 (" + named.name + ")",
              trace.diag.message);
    bytes[4500 * bytes_each + named.layout.is_branch] = 0;
    bytes[4500 * bytes_each + named.layout.is_branch + 1] = '\xff';
    trace = read_trace_text(bytes, 1, named.name);
    EXPECT_EQ(13500u, trace.records.size());
    EXPECT_NE(std::string::npos, std::string(trace.diag.message).find("branch_taken must be 0 or 1, not 255"));
  }
}

TEST(ChampSim, FamilyStandsForItsFirstLayoutWhenNothingMakesSense) {
  const Trace trace = read_trace_text(std::string(64, 'x'), 10, "champsim");
  EXPECT_EQ(0, trace.open_status);
  EXPECT_EQ("champsim-64", trace.format);
  EXPECT_EQ(-PW_ETRACE, trace.read_status);
  EXPECT_STREQ("the record at offset 0 is no instruction: is_branch must be 0 or 1, not 120 (champsim-64)",
               trace.diag.message);
}

} // namespace
