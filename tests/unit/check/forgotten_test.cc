// What a bounded memory no longer knows: until everything is invalidated, and for whom.
#include <gtest/gtest.h>

extern "C" {
#include "forgotten.h"
}

namespace {

constexpr uint64_t kHash = 0x123456789abcdef;

class Forgotten : public testing::Test {
 protected:
  pw_forgotten forgotten{};

  bool has(uint64_t accepted, uint64_t hash = kHash) { return pw_forgotten_has(&forgotten, hash, accepted); }
  bool has_anything(uint64_t accepted) { return pw_forgotten_has_anything(&forgotten, accepted); }
  void flush(uint64_t done, uint64_t oldest) {
    pw_forgotten_flush(&forgotten, oldest);
    pw_forgotten_flushed(&forgotten, done, done);
  }
};

TEST_F(Forgotten, HashIsRememberedAndNoOther) {
  EXPECT_FALSE(has(10));
  pw_forgotten_add(&forgotten, kHash);
  EXPECT_TRUE(has(10));
  EXPECT_FALSE(has(10, kHash + 1));
  EXPECT_FALSE(has_anything(10));
}

TEST_F(Forgotten, AnythingCanBeEveryHash) {
  pw_forgotten_add_anything(&forgotten);
  EXPECT_TRUE(has(10));
  EXPECT_TRUE(has_anything(10));
}

TEST_F(Forgotten, InvalidationOfEverythingEndsItForWhoComesAfterItIsDone) {
  pw_forgotten_add(&forgotten, kHash);
  pw_forgotten_flush(&forgotten, 5);
  EXPECT_TRUE(has(10)) << "it is not done";
  pw_forgotten_flushed(&forgotten, 20, 20);
  EXPECT_TRUE(has(19));
  EXPECT_FALSE(has(20));
}

TEST_F(Forgotten, WhatIsForgottenSinceItsAcceptStays) {
  pw_forgotten_flush(&forgotten, 5);
  pw_forgotten_add_anything(&forgotten);
  pw_forgotten_flushed(&forgotten, 20, 20);
  EXPECT_TRUE(has(21));
  EXPECT_TRUE(has_anything(21));
}

TEST_F(Forgotten, SecondInvalidationKeepsItWhileSomebodyOfBeforeTheFirstIsServed) {
  pw_forgotten_add_anything(&forgotten);
  flush(20, 5);
  flush(30, 19);
  EXPECT_TRUE(has_anything(19));
  flush(40, 30);
  EXPECT_FALSE(has_anything(19)) << "nobody is that old any more";
}

TEST_F(Forgotten, DoneWithoutAnInvalidationOfEverythingIsNone) {
  pw_forgotten_add(&forgotten, kHash);
  pw_forgotten_flushed(&forgotten, 20, 20);
  EXPECT_TRUE(has(21));
}

TEST_F(Forgotten, ResetEndsAll) {
  pw_forgotten_add(&forgotten, kHash);
  flush(20, 5);
  pw_forgotten_add_anything(&forgotten);
  pw_forgotten_reset(&forgotten);
  EXPECT_FALSE(has(1));
  EXPECT_FALSE(has_anything(1));
}

} // namespace
