// The error codes: numbers, names, messages, and the one line that a diagnostic becomes.
#include <gtest/gtest.h>
#include <pagewalk/status.h>

#include <climits>
#include <cstring>
#include <set>
#include <string>

namespace {

struct Known {
  int value;
  const char *name;
};

// Written out: the numbers are an interface, reordering the list must not change them.
constexpr Known kKnown[] = {{1, "PW_EINVAL"},      {2, "PW_ENOMEM"},  {3, "PW_ECONFIG"},   {4, "PW_ETRACE"},
                            {5, "PW_EIO"},         {6, "PW_EVECTOR"}, {7, "PW_EIMAGE"},    {8, "PW_EGP"},
                            {9, "PW_ECONTENTION"}, {10, "PW_EEXIST"}, {11, "PW_ENOENT"},   {12, "PW_ENOFRAME"},
                            {13, "PW_EINTERNAL"},  {14, "PW_ELOG"},   {15, "PW_ECOVERAGE"}};

pw_diag make_diag(const char *file, unsigned line, const char *key, const char *message) {
  pw_diag diag{};
  std::strncpy(diag.file, file, sizeof diag.file - 1);
  diag.line = line;
  std::strncpy(diag.key, key, sizeof diag.key - 1);
  std::strncpy(diag.message, message, sizeof diag.message - 1);
  return diag;
}

std::string format(const pw_diag &diag) {
  char buffer[1024];
  const int length = pw_diag_format(&diag, buffer, sizeof buffer);
  EXPECT_EQ(std::strlen(buffer), static_cast<size_t>(length));
  return buffer;
}

TEST(Status, NumbersAndNamesAreFixed) {
  for (const Known &known : kKnown) {
    EXPECT_STREQ(known.name, pw_status_name(known.value));
    EXPECT_STREQ(known.name, pw_status_name(-known.value));
  }
}

TEST(Status, MessageIsTheSameForANegatedStatus) {
  EXPECT_STREQ("the configuration is refused", pw_strerror(PW_ECONFIG));
  for (const Known &known : kKnown) EXPECT_STREQ(pw_strerror(known.value), pw_strerror(-known.value));
}

TEST(Status, EveryCodeHasAMessageOfItsOwn) {
  std::set<std::string> messages{pw_strerror(0), pw_strerror(INT_MAX)};
  for (const Known &known : kKnown) messages.insert(pw_strerror(known.value));
  EXPECT_EQ(2 + std::size(kKnown), messages.size());
}

TEST(Status, ZeroIsSuccess) {
  EXPECT_STREQ("PW_OK", pw_status_name(0));
  EXPECT_STREQ("success", pw_strerror(0));
}

TEST(Status, UnknownCodesHaveANameAndAMessageToo) {
  for (int unknown : {16, -16, 1000, INT_MAX, -INT_MAX}) {
    EXPECT_STREQ("PW_UNKNOWN", pw_status_name(unknown)) << unknown;
    EXPECT_STREQ("unknown status", pw_strerror(unknown)) << unknown;
  }
}

TEST(DiagFormat, WritesFileLineKeyAndMessage) {
  EXPECT_EQ("a.yaml:12: tlb.l1d.ways: must be 1..64", format(make_diag("a.yaml", 12, "tlb.l1d.ways", "must be 1..64")));
}

TEST(DiagFormat, LeavesOutWhatIsEmpty) {
  EXPECT_EQ("a.yaml: cannot be opened", format(make_diag("a.yaml", 0, "", "cannot be opened")));
  EXPECT_EQ("a.yaml: os: is missing", format(make_diag("a.yaml", 0, "os", "is missing")));
  EXPECT_EQ("a.yaml:3: bad indent", format(make_diag("a.yaml", 3, "", "bad indent")));
  EXPECT_EQ("schema: must be 1", format(make_diag("", 0, "schema", "must be 1")));
  EXPECT_EQ("must be 1", format(make_diag("", 0, "", "must be 1")));
  EXPECT_EQ("", format(make_diag("", 0, "", "")));
}

TEST(DiagFormat, ALineWithoutAFileIsNotWritten) { EXPECT_EQ("key: text", format(make_diag("", 7, "key", "text"))); }

TEST(DiagFormat, ReturnsTheWholeLengthAndTerminatesWhatFits) {
  const pw_diag diag = make_diag("file", 1, "key", "message");
  char buffer[8];
  std::memset(buffer, '#', sizeof buffer);
  EXPECT_EQ(20, pw_diag_format(&diag, buffer, 6));
  EXPECT_STREQ("file:", buffer);
  EXPECT_EQ('#', buffer[6]);
  EXPECT_EQ(20, pw_diag_format(&diag, nullptr, 0));
}

TEST(DiagFormat, LosesNothingOfTheLongestFields) {
  const std::string file(sizeof(pw_diag::file) - 1, 'f');
  const std::string key(sizeof(pw_diag::key) - 1, 'k');
  const std::string message(sizeof(pw_diag::message) - 1, 'm');
  const pw_diag diag = make_diag(file.c_str(), UINT_MAX, key.c_str(), message.c_str());
  EXPECT_EQ(file + ":4294967295: " + key + ": " + message, format(diag));
}

TEST(DiagFormat, TakesPercentSignsAsText) {
  EXPECT_EQ("%s.yaml:1: %n: 100%d", format(make_diag("%s.yaml", 1, "%n", "100%d")));
}

TEST(Status, EveryIntegerHasAText) {
  EXPECT_STREQ("unknown status", pw_strerror(INT_MIN));
  EXPECT_STREQ("unknown status", pw_strerror(INT_MAX));
  EXPECT_STREQ("PW_UNKNOWN", pw_status_name(INT_MIN));
}

} // namespace
