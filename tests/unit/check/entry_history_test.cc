// Old values of words and roots, and what happens when there are too many.
#include <memory>

#include <gtest/gtest.h>

extern "C" {
#include "entry_history.h"
}

namespace {

class History : public testing::Test {
 protected:
  static constexpr uint64_t kMost = PW_HISTORY_WORDS * 3 / 4;
  std::unique_ptr<pw_history> history = std::make_unique<pw_history>();

  void add(uint64_t address, uint64_t until) { pw_history_add_value(history.get(), address, 1, until); }
  const pw_word_history *find(uint64_t address) { return pw_history_find(history.get(), address); }
  bool forgot(uint64_t address, uint64_t accepted = 1000) {
    return pw_history_forgot_word(history.get(), address, accepted);
  }
  // As many words as are kept, at 0, 8, 16 and so on.
  void fill(uint64_t until) {
    for (uint64_t word = 0; word < kMost; word++) add(8 * word, until);
  }
  // Afterwards none is served who was accepted before `oldest`.
  void flush(uint64_t accepted, uint64_t done, uint64_t oldest) {
    pw_history_flush(history.get(), accepted, 1);
    pw_history_flushed(history.get(), done, done);
    pw_history_settle(history.get(), oldest);
  }
};

TEST_F(History, FindsNothingOfAWordThatHasNotChanged) {
  pw_history_add_value(history.get(), 0x1000, 1, 1);
  EXPECT_EQ(nullptr, pw_history_find(history.get(), 0x1008));
}

TEST_F(History, KeepsTheValuesOfAWord) {
  for (uint64_t n = 0; n < PW_HISTORY_VALUES; n++) pw_history_add_value(history.get(), 0x1000, 100 + n, n);
  const pw_word_history *word = pw_history_find(history.get(), 0x1000);
  ASSERT_NE(nullptr, word);
  EXPECT_EQ(static_cast<unsigned>(PW_HISTORY_VALUES), pw_history_count(word));
  EXPECT_EQ(0u, word->lost_until);
  uint64_t sum = 0;
  for (unsigned i = 0; i < pw_history_count(word); i++) sum += word->old[i].value;
  EXPECT_EQ(100u * PW_HISTORY_VALUES + PW_HISTORY_VALUES * (PW_HISTORY_VALUES - 1) / 2, sum);
}

TEST_F(History, TellsThatAValueWasForgotten) {
  for (uint64_t n = 0; n <= PW_HISTORY_VALUES; n++) pw_history_add_value(history.get(), 0x1000, n, 10 + n);
  const pw_word_history *word = pw_history_find(history.get(), 0x1000);
  EXPECT_EQ(10u, word->lost_until);
  EXPECT_EQ(static_cast<unsigned>(PW_HISTORY_VALUES), pw_history_count(word));
}

TEST_F(History, TellsThatAWordWasNotKept) {
  fill(1);
  EXPECT_FALSE(forgot(8 * kMost - 8));
  EXPECT_NE(nullptr, find(8 * kMost - 8));
  add(8 * kMost, 1);
  EXPECT_TRUE(forgot(8 * kMost));
  EXPECT_EQ(nullptr, find(8 * kMost));
  EXPECT_EQ(kMost, history->words);
}

TEST_F(History, WordThatIsKeptTakesValuesWhenThereIsNoRoomForOthers) {
  fill(1);
  add(0, 2);
  EXPECT_EQ(2u, pw_history_count(find(0)));
  EXPECT_FALSE(forgot(0));
}

// ---- invalidations of everything ----

TEST_F(History, RoomIsMadeOfWordsThatAreOver) {
  fill(1);
  for (uint64_t word = 0; word < kMost; word += 2) add(8 * word, 20);
  flush(10, 11, 12);
  for (uint64_t word = 0; word < kMost / 2; word++) add(8 * (kMost + word), 30);
  EXPECT_EQ(kMost, history->words);
  for (uint64_t word = 0; word < kMost; word++) {
    ASSERT_EQ(word % 2 == 0, find(8 * word) != nullptr) << word;
    if (word >= kMost / 2) continue;
    ASSERT_NE(nullptr, find(8 * (kMost + word))) << word;
  }
  add(8 * 2 * kMost, 31);
  EXPECT_TRUE(forgot(8 * 2 * kMost)) << "the others are not";
}

TEST_F(History, NothingIsOverWhileSomebodyOfBeforeItIsDoneIsServed) {
  fill(1);
  flush(10, 20, 15);
  add(8 * kMost, 21);
  EXPECT_TRUE(forgot(8 * kMost));
  pw_history_settle(history.get(), 20);
  add(8 * (kMost + 1), 22);
  EXPECT_FALSE(forgot(8 * (kMost + 1)));
  EXPECT_NE(nullptr, find(8 * (kMost + 1)));
}

TEST_F(History, ManyFlushesAreWaitedForInTurn) {
  flush(10, 11, 5);
  flush(20, 21, 5);
  flush(30, 31, 12);
  EXPECT_EQ(10u, history->over);
  pw_history_settle(history.get(), 40);
  EXPECT_EQ(30u, history->over);
}

TEST_F(History, FlushThatIsNotDoneEndsNothing) {
  pw_history_flush(history.get(), 10, 10);
  pw_history_settle(history.get(), 50);
  EXPECT_EQ(0u, history->over);
}

TEST_F(History, WordsThatWereNotKeptAreNoMatterAfterIt) {
  fill(1);
  add(8 * kMost, 2);
  flush(10, 11, 10);
  EXPECT_TRUE(forgot(8 * kMost, 10));
  EXPECT_FALSE(forgot(8 * kMost, 11));
}

// ---- roots ----

TEST_F(History, RootIsKeptOnceHoweverOftenItEnds) {
  for (uint64_t n = 1; n <= 1000; n++) pw_history_add_root(history.get(), 0x1000 * (n % 3), 7, 1, n);
  pw_history_add_root(history.get(), 0x1000, 8, 1, 1001);
  EXPECT_EQ(4u, history->roots) << "another PCID is another root";
  EXPECT_EQ(0u, history->lost_root_until);
  for (unsigned i = 0; i < 3; i++) EXPECT_LE(998u, history->root[i].until);
}

TEST_F(History, RootThatComesBackHasBeenOneSinceTheFirstTime) {
  pw_history_add_root(history.get(), 0x1000, 7, 5, 10);
  EXPECT_EQ(5u, pw_history_root_since(history.get(), 0x1000, 7, 20));
  EXPECT_EQ(20u, pw_history_root_since(history.get(), 0x1000, 8, 20));
  EXPECT_EQ(20u, pw_history_root_since(history.get(), 0x2000, 7, 20));
}

TEST_F(History, RootThatEndedFirstIsForgotten) {
  for (uint64_t n = 0; n < PW_HISTORY_ROOTS; n++) pw_history_add_root(history.get(), 0x1000 * n, 0, 1, 10 + n);
  pw_history_add_root(history.get(), 0, 0, 1, 1000); // ends again, and is no longer the first
  EXPECT_EQ(0u, history->lost_root_until);
  pw_history_add_root(history.get(), 0x1000000, 0, 1, 1001);
  EXPECT_EQ(11u, history->lost_root_until);
  EXPECT_EQ(static_cast<unsigned>(PW_HISTORY_ROOTS), history->roots);
}

TEST_F(History, RootThatIsOverIsNotMissed) {
  for (uint64_t n = 0; n < PW_HISTORY_ROOTS; n++) pw_history_add_root(history.get(), 0x1000 * n, 0, 1, 10 + n);
  flush(500, 501, 502);
  pw_history_settle(history.get(), 502);
  pw_history_add_root(history.get(), 0x1000000, 0, 1, 1001);
  EXPECT_EQ(0u, history->lost_root_until);
}

TEST_F(History, WalksFromARootEndWithTheRequestsThatWereBeforeItsEnd) {
  pw_history_add_root(history.get(), 0x1000, 0, 1, 10);
  pw_history_end_walks(history.get(), 20, 9);
  EXPECT_EQ(UINT64_MAX, history->root[0].walked_until);
  EXPECT_NE(0u, history->walked_root);
  pw_history_end_walks(history.get(), 30, 11);
  pw_history_end_walks(history.get(), 40, 11);
  EXPECT_EQ(30u, history->root[0].walked_until);
  EXPECT_EQ(0u, history->walked_root);
}

TEST_F(History, ResetForgetsEverything) {
  fill(1);
  add(8 * kMost, 1);
  pw_history_add_root(history.get(), 0x1000, 1, 1, 1);
  flush(2, 3, 4);
  pw_history_settle(history.get(), 4);
  pw_history_reset(history.get());
  EXPECT_EQ(nullptr, find(0));
  EXPECT_EQ(0u, history->roots);
  EXPECT_EQ(0u, history->over);
  EXPECT_FALSE(forgot(8 * kMost));
}

} // namespace
