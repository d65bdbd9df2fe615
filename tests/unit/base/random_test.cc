// The generators: published values, bounds, independence of streams.
#include <gtest/gtest.h>

#include <set>
#include <vector>

extern "C" {
#include "random.h"
}

namespace {

// Output of the reference implementation by Vigna (splitmix64.c) for the seeds 0 and 1234567.
TEST(SplitMix64, GivesThePublishedSequence) {
  uint64_t state = 0;
  EXPECT_EQ(UINT64_C(0xe220a8397b1dcdaf), pw_random_next(&state));
  EXPECT_EQ(UINT64_C(0x6e789e6aa1b965f4), pw_random_next(&state));
  EXPECT_EQ(UINT64_C(0x06c45d188009454f), pw_random_next(&state));
  state = 1234567;
  EXPECT_EQ(UINT64_C(6457827717110365317), pw_random_next(&state));
  EXPECT_EQ(UINT64_C(3203168211198807973), pw_random_next(&state));
  EXPECT_EQ(UINT64_C(9817491932198370423), pw_random_next(&state));
}

// Marsaglia, "Xorshift RNGs", Journal of Statistical Software 2003: the triple 13, 17, 5.
TEST(Xorshift32, GivesThePublishedSequence) {
  uint32_t state = 1;
  EXPECT_EQ(270369u, pw_xorshift32(&state));
  EXPECT_EQ(67634689u, pw_xorshift32(&state));
  EXPECT_EQ(2647435461u, pw_xorshift32(&state));
  EXPECT_EQ(307599695u, pw_xorshift32(&state));
  EXPECT_EQ(307599695u, state) << "the state is the last value";
}

TEST(Xorshift32, NeverReachesZero) {
  uint32_t state = 0x80000000;
  for (unsigned i = 0; i < 1000000; i++) ASSERT_NE(0u, pw_xorshift32(&state)) << i;
}

TEST(RandomBelow, IsTheUpperHalfOfTheProduct) {
  uint64_t state = 0;
  EXPECT_EQ(8u, pw_random_below(&state, 10)) << "0xe220... is 0.88 of 2^64";
  EXPECT_EQ(4u, pw_random_below(&state, 10)) << "0x6e78... is 0.43 of 2^64";
  EXPECT_EQ(0u, pw_random_below(&state, 10)) << "0x06c4... is 0.026 of 2^64";
}

TEST(RandomBelow, StaysBelowAnyBound) {
  uint64_t state = 7;
  for (uint64_t bound : {UINT64_C(1), UINT64_C(2), UINT64_C(3), UINT64_C(1) << 33, UINT64_MAX}) {
    for (unsigned i = 0; i < 10000; i++) ASSERT_LT(pw_random_below(&state, bound), bound);
  }
}

TEST(RandomBelow, IsRoughlyUniform) {
  uint64_t state = 42;
  std::vector<unsigned> count(7);
  for (unsigned i = 0; i < 70000; i++) count[pw_random_below(&state, 7)]++;
  // Standard deviation is 93: five of them.
  for (unsigned c : count) EXPECT_NEAR(10000, c, 465);
}

TEST(SeedStream, DependsOnSeedAndStreamAndOnNothingElse) {
  std::set<uint64_t> states;
  for (uint64_t seed = 0; seed < 64; seed++) {
    for (uint64_t stream = 0; stream < 256; stream++) {
      states.insert(pw_seed_stream(seed, stream));
      ASSERT_EQ(pw_seed_stream(seed, stream), pw_seed_stream(seed, stream));
    }
  }
  EXPECT_EQ(64u * 256u, states.size());
}

} // namespace
