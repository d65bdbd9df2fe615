// Text outputs: exact lines, and what each format loses.
#include "trace_file.h"

using namespace pagewalk_test;

namespace {

std::string text_of(const char *format, const std::vector<pw_trace_record> &records) {
  const Scratch scratch;
  EXPECT_EQ(0, write_trace(scratch.path("t"), records, format));
  return read_text(scratch.path("t"));
}

const std::vector<pw_trace_record> kOneOfEachKind = {{0x4001090, 3, PW_TRACE_FETCH},
                                                     {0x1ffeffe7e0, 8, PW_TRACE_READ},
                                                     {UINT64_MAX, 1, PW_TRACE_WRITE},
                                                     {0, 4096, PW_TRACE_MODIFY}};

TEST(TextWrite, LackeyIsAsValgrindPrintsIt) {
  EXPECT_EQ("I  04001090,3\n L 1ffeffe7e0,8\n S ffffffffffffffff,1\n M 00000000,4096\n",
            text_of("lackey", kOneOfEachKind));
}

TEST(TextWrite, ListHasKindAddressAndSize) {
  EXPECT_EQ("I 0x4001090 3\nR 0x1ffeffe7e0 8\nW 0xffffffffffffffff 1\nM 0x0 4096\n", text_of("list", kOneOfEachKind));
}

TEST(TextWrite, DinHasLabelAndAddressAndAModifyIsAWrite) {
  EXPECT_EQ("2 4001090\n0 1ffeffe7e0\n1 ffffffffffffffff\n1 0\n", text_of("din", kOneOfEachKind));
}

TEST(TextWrite, DinHasALinePerPageOfARecord) {
  EXPECT_EQ("0 1ff8\n", text_of("din", {{0x1ff8, 8, PW_TRACE_READ}})) << "up to the boundary";
  EXPECT_EQ("0 1ff9\n0 2000\n", text_of("din", {{0x1ff9, 8, PW_TRACE_READ}}));
  EXPECT_EQ("1 1001\n1 2000\n", text_of("din", {{0x1001, 4096, PW_TRACE_WRITE}})) << "two pages at most";
  EXPECT_EQ("2 ffffffffffffffff\n2 0\n", text_of("din", {{UINT64_MAX, 2, PW_TRACE_FETCH}})) << "wraps as it runs";
}

TEST(TextWrite, ManyLackeyRecordsComeBackExactly) {
  std::vector<pw_trace_record> records;
  for (uint64_t i = 0; i < 100000; i++) {
    records.push_back({i * i << i % 50, 1 + static_cast<uint32_t>(i % 4096), static_cast<uint32_t>(i % 4)});
  }
  const Scratch scratch;
  ASSERT_EQ(0, write_trace(scratch.path("t"), records, "lackey"));
  EXPECT_TRUE(records == read_trace(scratch.path("t")).records);
}

} // namespace
