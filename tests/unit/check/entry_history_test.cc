// Old values of words and roots, and what happens when there are too many.
#include <memory>

#include <gtest/gtest.h>

extern "C" {
#include "entry_history.h"
}

namespace {

class History : public testing::Test {
 protected:
  std::unique_ptr<pw_history> history = std::make_unique<pw_history>();
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
  for (uint64_t word = 0; word < PW_HISTORY_WORDS; word++) pw_history_add_value(history.get(), 8 * word, 1, 1);
  EXPECT_TRUE(history->full);
  EXPECT_LT(history->words, static_cast<uint64_t>(PW_HISTORY_WORDS));
  EXPECT_NE(nullptr, pw_history_find(history.get(), 0));
}

TEST_F(History, ResetForgetsEverything) {
  pw_history_add_value(history.get(), 0x1000, 1, 1);
  pw_history_add_root(history.get(), 0x1000, 1, 1);
  pw_history_reset(history.get());
  EXPECT_EQ(nullptr, pw_history_find(history.get(), 0x1000));
  EXPECT_EQ(0u, history->roots);
  EXPECT_FALSE(history->full);
}

} // namespace
