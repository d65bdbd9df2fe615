// Filling in the caller's diagnostic.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

extern "C" {
#include "diag.h"
}

namespace {

TEST(Refuse, ReturnsTheNegatedStatusAndFillsEveryField) {
  pw_diag diag;
  std::memset(&diag, '#', sizeof diag);
  EXPECT_EQ(-PW_ECONFIG, pw_refuse(&diag, PW_ECONFIG, "m.yaml", 4, "tlb.l1d", "must be %u..%u, not %u", 1u, 64u, 99u));
  EXPECT_STREQ("m.yaml", diag.file);
  EXPECT_EQ(4u, diag.line);
  EXPECT_STREQ("tlb.l1d", diag.key);
  EXPECT_STREQ("must be 1..64, not 99", diag.message);
}

TEST(Refuse, MayBeGivenNoDiagnosticAtAll) { EXPECT_EQ(-PW_EIO, pw_refuse(nullptr, PW_EIO, "f", 1, "k", "%s", "text")); }

TEST(Refuse, EmptiesFileAndKeyThatAreNotGiven) {
  pw_diag diag;
  std::memset(&diag, '#', sizeof diag);
  EXPECT_EQ(-PW_ETRACE, pw_refuse(&diag, PW_ETRACE, nullptr, 0, nullptr, "text"));
  EXPECT_STREQ("", diag.file);
  EXPECT_STREQ("", diag.key);
  EXPECT_EQ(0u, diag.line);
}

TEST(Refuse, CutsWhatIsTooLongAndTerminatesIt) {
  pw_diag diag;
  const std::string text(1000, 'x');
  pw_refuse(&diag, PW_EIO, text.c_str(), 1, text.c_str(), "%s", text.c_str());
  EXPECT_EQ(sizeof diag.file - 1, std::strlen(diag.file));
  EXPECT_EQ(sizeof diag.key - 1, std::strlen(diag.key));
  EXPECT_EQ(sizeof diag.message - 1, std::strlen(diag.message));
}

} // namespace
