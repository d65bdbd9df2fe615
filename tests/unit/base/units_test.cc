// Time into cycles, and the names of sizes and levels.
#include <gtest/gtest.h>
#include <pagewalk/config.h>

namespace {

// The rows of the table of time that were measured at 3.3 GHz, at that clock and at 3.9 GHz.
TEST(Cycles, OfTheTableOfTimeAre4And12And28And213At303Ps) {
  EXPECT_EQ(4u, pw_cycles_from_ps(1212, 303));
  EXPECT_EQ(12u, pw_cycles_from_ps(3636, 303));
  EXPECT_EQ(28u, pw_cycles_from_ps(8439, 303));
  EXPECT_EQ(213u, pw_cycles_from_ps(64485, 303));
}

TEST(Cycles, OfTheTableOfTimeAre5And15And33And252At256Ps) {
  EXPECT_EQ(5u, pw_cycles_from_ps(1212, 256));
  EXPECT_EQ(15u, pw_cycles_from_ps(3636, 256));
  EXPECT_EQ(33u, pw_cycles_from_ps(8439, 256));
  EXPECT_EQ(252u, pw_cycles_from_ps(64485, 256));
  EXPECT_EQ(11719u, pw_cycles_from_ps(3000000, 256));
  EXPECT_EQ(39062500u, pw_cycles_from_ps(UINT64_C(10000000000), 256));
}

TEST(Cycles, RoundUpButNotPastAWholeNumber) {
  EXPECT_EQ(0u, pw_cycles_from_ps(0, 256));
  EXPECT_EQ(1u, pw_cycles_from_ps(1, 256));
  EXPECT_EQ(1u, pw_cycles_from_ps(255, 256));
  EXPECT_EQ(1u, pw_cycles_from_ps(256, 256));
  EXPECT_EQ(2u, pw_cycles_from_ps(257, 256));
  EXPECT_EQ(1u, pw_cycles_from_ps(1, UINT64_MAX));
}

TEST(Cycles, DoNotOverflowForTheLongestTimes) {
  EXPECT_EQ(UINT64_MAX, pw_cycles_from_ps(UINT64_MAX, 1));
  EXPECT_EQ(UINT64_C(1) << 63, pw_cycles_from_ps(UINT64_MAX, 2));
  EXPECT_EQ(1u, pw_cycles_from_ps(UINT64_MAX, UINT64_MAX));
  EXPECT_EQ(2u, pw_cycles_from_ps(UINT64_MAX, UINT64_MAX - 1));
}

TEST(Names, ExistForEveryPageSizeOfTheArchitecture) {
  EXPECT_STREQ("4K", pw_page_size_name(12));
  EXPECT_STREQ("2M", pw_page_size_name(21));
  EXPECT_STREQ("4M", pw_page_size_name(22));
  EXPECT_STREQ("1G", pw_page_size_name(30));
  for (unsigned other : {0u, 11u, 13u, 20u, 23u, 31u, 39u, 64u}) EXPECT_STREQ("?", pw_page_size_name(other)) << other;
}

TEST(Names, ExistForEveryLevel) {
  EXPECT_STREQ("PTE", pw_level_name(1));
  EXPECT_STREQ("PDE", pw_level_name(2));
  EXPECT_STREQ("PDPTE", pw_level_name(3));
  EXPECT_STREQ("PML4E", pw_level_name(4));
  EXPECT_STREQ("PML5E", pw_level_name(5));
  for (unsigned other : {0u, 6u, ~0u}) EXPECT_STREQ("?", pw_level_name(other)) << other;
}

} // namespace
