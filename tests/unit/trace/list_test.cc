// Lists of addresses: exact records, decimal or hexadecimal, and lines that are refused.
#include "trace_file.h"

using namespace pagewalk_test;

namespace {

void expect_decimal(const std::string &text, const std::vector<pw_trace_record> &expected) {
  const bool prefixed = read_trace_text(text).format == "list"; // every address has 0x
  expect_trace(text, prefixed ? "list" : "list-decimal", expected);
  expect_trace(text, prefixed ? "list" : "list-decimal", expected, "list");
  expect_trace(text, "list-decimal", expected, "list-decimal");
}

void expect_hexadecimal(const std::string &text, const std::vector<pw_trace_record> &expected) {
  expect_trace(text, "list-hex", expected);
  expect_trace(text, "list-hex", expected, "list");
  expect_trace(text, "list-hex", expected, "list-hex");
}

// The text follows one good line, so that the trace is recognised.
void expect_decimal_refused(const std::string &line, const std::string &message) {
  expect_refused_at("0x1000\n" + line + "\n2000\n", 2, message, 1, "list-decimal");
}

void expect_hexadecimal_refused(const std::string &line, const std::string &message) {
  expect_refused_at("abc\n" + line + "\n2000\n", 2, message, 1);
}

void expect_refused(const std::string &line, const std::string &message) {
  expect_decimal_refused(line, message);
  expect_hexadecimal_refused(line, message);
}

TEST(List, RecordsAreExact) {
  expect_decimal("R 4096 8\nW 8192 4\nI 12288 3\nM 16384\n20480\n", {{4096, 8, PW_TRACE_READ},
                                                                     {8192, 4, PW_TRACE_WRITE},
                                                                     {12288, 3, PW_TRACE_FETCH},
                                                                     {16384, 1, PW_TRACE_MODIFY},
                                                                     {20480, 1, PW_TRACE_READ}});
  expect_hexadecimal("R 7ffdee8cd0f8 8\nw 2000 4\n", {{0x7ffdee8cd0f8, 8, PW_TRACE_READ}, {0x2000, 4, PW_TRACE_WRITE}});
}

TEST(List, KindIsALetterOfEitherCase) {
  const pw_trace_kind kinds[] = {PW_TRACE_READ,  PW_TRACE_READ,  PW_TRACE_WRITE, PW_TRACE_WRITE,
                                 PW_TRACE_FETCH, PW_TRACE_FETCH, PW_TRACE_MODIFY};
  const std::string upper = "RLWSIFM";
  const std::string lower = "rlwsifm";
  for (size_t i = 0; i < upper.size(); i++) {
    for (const char letter : {upper[i], lower[i]}) {
      expect_decimal(std::string(1, letter) + " 77\n", {{77, 1, kinds[i]}});
      expect_hexadecimal(std::string(1, letter) + "\t\t7c 2\n", {{0x7c, 2, kinds[i]}});
    }
  }
}

TEST(List, LetterIsAKindOnlyBeforeABlankAndAnAddress) {
  expect_hexadecimal("ab\nf\nF \nf 8\nf,8\nf f\n", {{0xab, 1, PW_TRACE_READ},
                                                    {0xf, 1, PW_TRACE_READ},
                                                    {0xf, 1, PW_TRACE_READ},
                                                    {0x8, 1, PW_TRACE_FETCH},
                                                    {0xf, 8, PW_TRACE_READ},
                                                    {0xf, 1, PW_TRACE_FETCH}});
}

TEST(List, BlanksTabsOrACommaSeparate) {
  const std::vector<pw_trace_record> five(5, {99, 16, PW_TRACE_WRITE});
  expect_decimal("W 99 16\nW\t99\t16\n  W   99 ,16\nW 99, 16 \t\nW 99,16\n", five);
}

TEST(List, CommentsAndBlankLinesArePassedOver) {
  expect_decimal("# addresses\n\n \t\n  # more\n64 # the first\n128 8#\n#\n",
                 {{64, 1, PW_TRACE_READ}, {128, 8, PW_TRACE_READ}});
}

TEST(List, LinesMayEndInCrLf) {
  expect_decimal("64\r\n\r\nW 128 8\r\n", {{64, 1, PW_TRACE_READ}, {128, 8, PW_TRACE_WRITE}});
}

TEST(List, LastLineNeedsNoNewline) {
  expect_decimal("64\n128 8", {{64, 1, PW_TRACE_READ}, {128, 8, PW_TRACE_READ}});
  expect_hexadecimal("abc", {{0xabc, 1, PW_TRACE_READ}});
}

TEST(List, AddressWithPrefixIsHexadecimalInEitherList) {
  expect_decimal("0x10\n0X2a\n10\n", {{0x10, 1, PW_TRACE_READ}, {0x2a, 1, PW_TRACE_READ}, {10, 1, PW_TRACE_READ}});
  expect_hexadecimal(
      "0x10\n0X2a\n10\nfe\n",
      {{0x10, 1, PW_TRACE_READ}, {0x2a, 1, PW_TRACE_READ}, {0x10, 1, PW_TRACE_READ}, {0xfe, 1, PW_TRACE_READ}});
}

TEST(List, LargestAddressesAreRead) {
  expect_decimal("18446744073709551615 4096\n", {{UINT64_MAX, 4096, PW_TRACE_READ}});
  expect_decimal("0xffffffffffffffff\n0\n", {{UINT64_MAX, 1, PW_TRACE_READ}, {0, 1, PW_TRACE_READ}});
  expect_hexadecimal("FFFFffffFFFFffff\n0000000000000000\n", {{UINT64_MAX, 1, PW_TRACE_READ}, {0, 1, PW_TRACE_READ}});
}

TEST(List, LetterAmongTheDigitsMakesItHexadecimal) {
  expect_decimal("1000\n2000\n", {{1000, 1, PW_TRACE_READ}, {2000, 1, PW_TRACE_READ}});
  expect_hexadecimal("1000\n2000\n10ab\n",
                     {{0x1000, 1, PW_TRACE_READ}, {0x2000, 1, PW_TRACE_READ}, {0x10ab, 1, PW_TRACE_READ}});
  expect_hexadecimal("1000 8\nE0\n", {{0x1000, 8, PW_TRACE_READ}, {0xe0, 1, PW_TRACE_READ}});
}

TEST(List, LetterOfAKindOrAPrefixedAddressDoesNotMakeItHexadecimal) {
  expect_decimal("F 1000\n0xabc\n# abc\n", {{1000, 1, PW_TRACE_FETCH}, {0xabc, 1, PW_TRACE_READ}});
}

TEST(List, IsOneWithoutAQuestionWhenEveryAddressHasItsPrefix) {
  EXPECT_EQ("list", read_trace_text("0x10\nR 0x20 8\n# 30\n\nw\t0X7c\n").format);
  EXPECT_EQ("list-decimal", read_trace_text("0x10\nR 20 8\n").format);
  EXPECT_EQ("list-hex", read_trace_text("0x10\n10\n2a\n").format);
}

TEST(List, BrokenLineDoesNotHideWhatTheListIs) {
  expect_refused_at("1000\nzz\n10ab\n", 2, "must begin with an address", 1);
  EXPECT_EQ("list-hex", read_trace_text("1000\nzz\n10ab\n").format);
  EXPECT_EQ("list-decimal", read_trace_text("1000\nzz\n10ag\n").format);
}

TEST(List, DigitsAloneAreHexadecimalWhenTheFormatIsGiven) {
  expect_trace("1000\n2000 8\n", "list-hex", {{0x1000, 1, PW_TRACE_READ}, {0x2000, 8, PW_TRACE_READ}}, "list-hex");
}

TEST(List, LetterBehindTheSampleIsRefusedWithTheWayOut) {
  std::string text;
  while (text.size() < 1u << 20) text += "4096\n";
  const size_t records = text.size() / 5;
  const Trace trace = read_trace_text(text + "10ab\n", 4096);
  EXPECT_EQ("list-decimal", trace.format);
  EXPECT_EQ(-PW_ETRACE, trace.read_status);
  EXPECT_EQ(records, trace.records.size());
  EXPECT_EQ(records + 1, trace.diag.line);
  EXPECT_NE(std::string::npos, std::string(trace.diag.message).find("-f list-hex")) << trace.diag.message;
}

TEST(List, HexadecimalDigitInADecimalListIsRefusedWithTheWayOut) {
  for (const char *line : {"10ab", "abc", "W deadbeef 8", "1000a"}) expect_decimal_refused(line, "-f list-hex reads");
}

TEST(List, DecimalAddressMustFitInto64Bits) {
  for (const char *line :
       {"18446744073709551616", "18446744073709551620", "99999999999999999999", "184467440737095516150"}) {
    expect_decimal_refused(line, "below 2^64");
  }
}

TEST(List, HexadecimalAddressMustHaveDigitsFor64Bits) {
  expect_refused("0x", "1..16 hexadecimal digits");
  expect_refused("R 0xg", "1..16 hexadecimal digits");
  expect_refused("0x11111111111111111", "1..16 hexadecimal digits");
  expect_hexadecimal_refused("11111111111111111", "1..16 hexadecimal digits");
}

TEST(List, LineMustBeginWithAnAddressOrAKind) {
  for (const char *line : {"X 1000", "hello", "R", "R ", "-1", ",8", "RW 1000", "R W 1000", "M", "\"1000\""}) {
    expect_refused(line, "R or L (read), W or S (write), I or F (fetch), M (modify)");
  }
  expect_refused(std::string("\0", 1), "must begin with an address");
}

TEST(List, BlankOrCommaMustFollowTheAddress) {
  for (const char *line : {"0x1000g", "1000;8", "1000:", "0x10x0"}) expect_refused(line, "a blank or a comma");
  expect_refused(std::string("1000\0", 5), "a blank or a comma");
}

TEST(List, SizeMustBeANumberUpToAPageAndTheLast) {
  for (const char *size :
       {" 0", " 4097", ",", " ,", ",,8", " x", " 8 8", " 8,8", " 0x8", " -8", " 8x", ",99999999999"}) {
    expect_refused(std::string("1000") + size, "1..4096, and nothing may follow");
  }
}

TEST(List, FirstReferenceDecidesWhetherItIsRecognised) {
  expect_unrecognised("zz\n1000\nabc\n");
  expect_unrecognised("1000 R 8\n");
  expect_unrecognised("# only\n\n");
  expect_refused_at("zz\n", 1, "must begin with an address", 0, "list");
}

TEST(List, FirstReferenceOfMoreThanSixteenDigitsIsDecimal) {
  expect_decimal("18446744073709551615\n", {{UINT64_MAX, 1, PW_TRACE_READ}});
}

} // namespace
