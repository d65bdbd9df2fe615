// Lackey text: exact records, lines to pass over, and lines that are refused.
#include "trace_file.h"

using namespace pagewalk_test;

namespace {

void expect_records(const std::string &text, const std::vector<pw_trace_record> &expected) {
  const Trace trace = read_trace_text(text);
  EXPECT_EQ(0, trace.open_status) << trace.diag.message;
  EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
  EXPECT_EQ("lackey", trace.format);
  EXPECT_TRUE(expected == trace.records) << text;
}

// The text follows one good line, so that the trace is recognised.
void expect_refused(const std::string &line, const std::string &message) {
  const Trace trace = read_trace_text("I  1000,4\n" + line + "\nI  2000,4\n");
  EXPECT_EQ(0, trace.open_status);
  EXPECT_EQ(-PW_ETRACE, trace.read_status) << line.substr(0, 60);
  EXPECT_EQ(1u, trace.records.size()) << "the record before the bad line is delivered";
  EXPECT_EQ(2u, trace.diag.line) << line.substr(0, 60);
  EXPECT_NE(std::string::npos, std::string(trace.diag.message).find(message)) << trace.diag.message;
}

TEST(Lackey, RecordsAreExact) {
  expect_records("I  04001090,3\n L 1ffeffe7e0,8\n S 1ffeffe7d8,16\n M 0421f000,1\n",
                 {{0x04001090, 3, PW_TRACE_FETCH},
                  {0x1ffeffe7e0, 8, PW_TRACE_READ},
                  {0x1ffeffe7d8, 16, PW_TRACE_WRITE},
                  {0x0421f000, 1, PW_TRACE_MODIFY}});
}

TEST(Lackey, AddressMayHaveSixteenDigitsOfEitherCase) {
  expect_records(" L ffffFFFFabcdEF01,8\n L 0,1\n",
                 {{UINT64_C(0xffffffffabcdef01), 8, PW_TRACE_READ}, {0, 1, PW_TRACE_READ}});
}

TEST(Lackey, LargestAccessIsAPage) { expect_records(" S 1000,4096\n", {{0x1000, 4096, PW_TRACE_WRITE}}); }

TEST(Lackey, LinesMayEndInCrLf) {
  expect_records("I  1000,4\r\n L 2000,8\r\n\r\n", {{0x1000, 4, PW_TRACE_FETCH}, {0x2000, 8, PW_TRACE_READ}});
}

TEST(Lackey, LastLineNeedsNoNewline) {
  expect_records("I  1000,4\n L 2000,8", {{0x1000, 4, PW_TRACE_FETCH}, {0x2000, 8, PW_TRACE_READ}});
  expect_records("I  1000,4", {{0x1000, 4, PW_TRACE_FETCH}});
}

TEST(Lackey, ValgrindsOwnLinesAndBlankLinesArePassedOver) {
  expect_records("==12== Lackey, a Valgrind tool\n--12-- warning\n\nI  1000,4\n==12==\n\n==\n L 2000,8\n==12==\n",
                 {{0x1000, 4, PW_TRACE_FETCH}, {0x2000, 8, PW_TRACE_READ}});
}

TEST(Lackey, LineNumbersCountEveryLine) {
  const Trace trace = read_trace_text("==12== a\n\n==12== b\nI  1000,4\n\nI  zz,4\n");
  EXPECT_EQ(-PW_ETRACE, trace.read_status);
  EXPECT_EQ(6u, trace.diag.line);
}

TEST(Lackey, AddressMustBeHexadecimal) {
  expect_refused("I  10g0,4", "comma");
  expect_refused("I  0x1000,4", "comma");
  expect_refused("I  ,4    ", "hexadecimal");
  expect_refused("I  11111111111111111,4", "1..16 hexadecimal");
  expect_refused("I   1000,4", "hexadecimal");
}

TEST(Lackey, SizeMustBeANumberUpToAPage) {
  for (const char *size : {"", "0", "4097", "99999999999999999999", "-1", "8x", "8 ", "0x8", "8,8"}) {
    expect_refused(std::string(" L 1000,") + size, "1..4096");
  }
}

TEST(Lackey, CommaMustFollowTheAddress) {
  expect_refused(" L 100000", "comma");
  expect_refused(" L 1000;8", "comma");
}

TEST(Lackey, KindMustBeInItsColumn) {
  for (const char *line : {" I 1000,4", "L  1000,4", "S  1000,4", " X 1000,4", "X  1000,4", "i  1000,4", "   1000,4"}) {
    expect_refused(line, "kind");
  }
}

TEST(Lackey, OtherTextIsRefused) {
  expect_refused("hello, world", "");
  expect_refused("I", "not a lackey record");
  expect_refused("= one sign only", "");
  expect_refused(std::string("I  1000,4\0", 10), "1..4096");
}

TEST(Lackey, LineOf4096BytesIsReadAndLongerOnesAreRefused) {
  const std::string padding = "==";
  expect_records("I  1000,4\n" + padding + std::string(4093, 'x') + "\n L 2000,8\n",
                 {{0x1000, 4, PW_TRACE_FETCH}, {0x2000, 8, PW_TRACE_READ}});
  expect_refused(padding + std::string(4095, 'x'), "4096");
  expect_refused(padding + std::string(3000000, 'x'), "4096");
}

} // namespace
