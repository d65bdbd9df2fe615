// Dinero's din text: exact records, comments, and lines that are refused.
#include "trace_file.h"

using namespace pagewalk_test;

namespace {

void expect_records(const std::string &text, const std::vector<pw_trace_record> &expected) {
  expect_trace(text, "din", expected);
}

// The text follows one good line, so that the trace is recognised.
void expect_refused(const std::string &line, const std::string &message) {
  expect_refused_at("2 1000\n" + line + "\n2 2000\n", 2, message, 1);
}

TEST(Din, RecordsAreExact) {
  expect_records(
      "2 404a78\n0 7fdf64e2adc8\n1 7ffdee8cd0f8\n",
      {{0x404a78, 1, PW_TRACE_FETCH}, {0x7fdf64e2adc8, 1, PW_TRACE_READ}, {0x7ffdee8cd0f8, 1, PW_TRACE_WRITE}});
}

TEST(Din, AddressMayHaveSixteenDigitsOfEitherCaseAndAPrefix) {
  expect_records("0 ffffFFFFabcdEF01\n0 0\n1 0x1a\n1 0X1A\n", {{UINT64_C(0xffffffffabcdef01), 1, PW_TRACE_READ},
                                                               {0, 1, PW_TRACE_READ},
                                                               {0x1a, 1, PW_TRACE_WRITE},
                                                               {0x1a, 1, PW_TRACE_WRITE}});
}

TEST(Din, WhatFollowsTheAddressIsAComment) {
  expect_records("0 1000 8\n1 2000\twritten, here\n2 3000 \n",
                 {{0x1000, 1, PW_TRACE_READ}, {0x2000, 1, PW_TRACE_WRITE}, {0x3000, 1, PW_TRACE_FETCH}});
}

TEST(Din, BlanksAndTabsMayLeadAndSeparate) {
  expect_records("  0 1000\n\t1\t2000\n 2 \t 3000\n",
                 {{0x1000, 1, PW_TRACE_READ}, {0x2000, 1, PW_TRACE_WRITE}, {0x3000, 1, PW_TRACE_FETCH}});
}

TEST(Din, BlankLinesArePassedOver) {
  expect_records("\n \t\n0 1000\n\n1 2000\n \n", {{0x1000, 1, PW_TRACE_READ}, {0x2000, 1, PW_TRACE_WRITE}});
}

TEST(Din, LinesMayEndInCrLf) {
  expect_records("0 1000\r\n\r\n1 2000 x\r\n", {{0x1000, 1, PW_TRACE_READ}, {0x2000, 1, PW_TRACE_WRITE}});
}

TEST(Din, LastLineNeedsNoNewline) {
  expect_records("0 1000\n1 2000", {{0x1000, 1, PW_TRACE_READ}, {0x2000, 1, PW_TRACE_WRITE}});
  expect_records("0 1000", {{0x1000, 1, PW_TRACE_READ}});
}

TEST(Din, EscapeAndFlushAreRefusedWithWhatIsLegal) {
  expect_refused("3 1000", "0 (read), 1 (write), 2 (fetch)");
  expect_refused("4 0", "flush");
}

TEST(Din, OtherLabelsAreRefused) {
  for (const char *line : {"5 1000", "9 1000", "r 1000", "00 1000", "-1 1000", "10 1000", "hello, world", "# 1000"}) {
    expect_refused(line, "0 (read), 1 (write) or 2 (fetch)");
  }
}

TEST(Din, AddressMustFollowTheLabel) {
  expect_refused("0", "an address must follow");
  expect_refused("21000", "an address must follow");
  expect_refused("0 ", "1..16 hexadecimal digits");
  expect_refused("0,1000", "an address must follow");
}

TEST(Din, AddressMustBeHexadecimalAndEndInABlank) {
  expect_refused("0 zz", "1..16 hexadecimal digits");
  expect_refused("0 0x", "1..16 hexadecimal digits");
  expect_refused("0 -1", "1..16 hexadecimal digits");
  expect_refused("0 11111111111111111", "1..16 hexadecimal digits");
  expect_refused("0 10g0", "a blank must follow");
  expect_refused("0 1000,8", "a blank must follow");
  expect_refused(std::string("0 1000\0", 7), "a blank must follow");
}

TEST(Din, FirstRecordDecidesWhetherItIsRecognised) {
  expect_unrecognised("9 fffff\n2 1000\n");
  expect_refused_at("4 0\n2 1000\n", 1, "0 (read), 1 (write), 2 (fetch)", 0);
  expect_refused_at("3 1000\n2 1000\n", 1, "0 (read), 1 (write), 2 (fetch)", 0);
  expect_refused_at("2 1000\nhello\n", 2, "-f list", 1);
}

TEST(Din, GivenFormatIsNotDoubted) { expect_refused_at("hello\n", 1, "the label must be", 0, "din"); }

} // namespace
