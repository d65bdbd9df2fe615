// The kill matrix: when it is good, and which rows are printed when.
#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>

extern "C" {
#include "mutant_matrix.h"
}

namespace {

// One mutant in three modes, the device itself, and one legal variation: all as they should be.
class MutantMatrix : public testing::Test {
 protected:
  enum : size_t { kStrict, kObserved, kWindow, kItself, kLegalObserved, kLegalWindow, kLegalStrict, kTrials };
  session session_{};
  std::array<trial, kTrials> trials_{};
  mutant mutant_{}, legal_{};
  mutant_row row_{};
  legal_row legal_row_{};
  mutant_matrix matrix_{};

  void SetUp() override {
    for (trial &each : trials_) each = make_trial(TRIAL_LIVED, PW_CHECK_OBSERVED);
    trials_[kStrict] = make_trial(TRIAL_FAILED, PW_CHECK_STRICT);
    trials_[kObserved] = make_trial(TRIAL_FAILED, PW_CHECK_OBSERVED);
    trials_[kObserved].result.verdict = trials_[kObserved].result.first = PW_VERDICT_TORN;
    trials_[kWindow].mode = trials_[kLegalWindow].mode = PW_CHECK_WINDOW;
    trials_[kLegalStrict] = make_trial(TRIAL_FAILED, PW_CHECK_STRICT);
    const std::string longest(MUTANT_NAME_CHARACTERS, 'm');
    longest.copy(mutant_.name, longest.size());
    longest.copy(legal_.name, longest.size());
    mutant_.mode = PW_CHECK_OBSERVED;
    mutant_.verdict = PW_VERDICT_TORN;
    row_ = {&mutant_, 1, &trials_[kObserved], {&trials_[kStrict], &trials_[kObserved], &trials_[kWindow]}};
    legal_row_ = {&legal_, 2, &trials_[kLegalObserved], &trials_[kLegalWindow], &trials_[kLegalStrict]};
    matrix_ = {&session_, &trials_[kItself], 1, &row_, 1, &legal_row_, 1, 0};
  }

  static trial make_trial(trial_end end, pw_check_mode mode) {
    trial made{};
    made.mode = mode;
    made.ended = true;
    made.result.end = end;
    made.result.verdict = made.result.first = end == TRIAL_FAILED ? PW_VERDICT_WRONG : PW_VERDICT_MATCH;
    made.result.requests = made.result.checked = 20000;
    return made;
  }

  std::string print_ended() {
    testing::internal::CaptureStdout();
    matrix_print_ended(&matrix_);
    return testing::internal::GetCapturedStdout();
  }
};

TEST_F(MutantMatrix, IsGoodWhenAllIsAsItShouldBe) {
  EXPECT_TRUE(matrix_is_good(&matrix_));
  EXPECT_EQ(1u, matrix_killed(&matrix_));
  EXPECT_EQ(0u, matrix_alarms(&matrix_));
}

TEST_F(MutantMatrix, MutantThatGetsAnotherVerdictIsNotKilled) {
  trials_[kObserved].result.verdict = PW_VERDICT_WRONG;
  EXPECT_EQ(0u, matrix_killed(&matrix_));
  EXPECT_FALSE(matrix_is_good(&matrix_));
}

TEST_F(MutantMatrix, OtherModesOfAMutantAreNotJudged) {
  trials_[kStrict] = make_trial(TRIAL_LIVED, PW_CHECK_STRICT);
  trials_[kWindow] = make_trial(TRIAL_CRASHED, PW_CHECK_WINDOW);
  EXPECT_TRUE(matrix_is_good(&matrix_));
}

TEST_F(MutantMatrix, FailureOfALegalVariationIsAnAlarm) {
  trials_[kLegalWindow].result.end = TRIAL_FAILED;
  EXPECT_EQ(1u, matrix_alarms(&matrix_));
  EXPECT_FALSE(matrix_is_good(&matrix_));
}

TEST_F(MutantMatrix, VariationWithoutEffectIsNotGood) {
  trials_[kLegalStrict].result.end = TRIAL_LIVED;
  EXPECT_EQ(0u, matrix_alarms(&matrix_));
  EXPECT_FALSE(matrix_is_good(&matrix_));
}

TEST_F(MutantMatrix, OfWhatLivesOneAnswerInAHundredMayBeUnjudged) {
  for (const size_t which : {kItself, kLegalObserved, kLegalWindow}) {
    trials_[which].result.checked = 19800;
    trials_[which].result.not_judged = 200;
    EXPECT_TRUE(matrix_is_good(&matrix_));
    trials_[which].result.not_judged = 201;
    EXPECT_FALSE(matrix_is_good(&matrix_));
    trials_[which].result.not_judged = 0;
  }
}

TEST_F(MutantMatrix, RowIsPrintedOnceWhenItAndThoseBeforeHaveEnded) {
  trials_[kWindow].ended = false;
  EXPECT_EQ("", print_ended()) << "the mutant has not been in all modes";
  trials_[kWindow].ended = true;
  trials_[kItself].ended = false;
  EXPECT_NE(std::string::npos, print_ended().find("\nmutant "));
  EXPECT_EQ("", print_ended());
  trials_[kItself].ended = true;
  const std::string rest = print_ended();
  EXPECT_NE(std::string::npos, rest.find("\nthe device itself "));
  EXPECT_NE(std::string::npos, rest.find(" differs "));
}

TEST_F(MutantMatrix, RowTellsWhichModesSeeAMutantAndWhichIsToKill) {
  EXPECT_NE(std::string::npos, print_ended().find("m TORN             20000    20000*     -\n"));
}

TEST_F(MutantMatrix, TablesFitAHundredColumns) {
  trials_[kObserved].result.first = PW_VERDICT_ILLEGAL_NEGATIVE;
  mutant_.verdict = PW_VERDICT_ILLEGAL_NEGATIVE;
  for (trial &each : trials_) each.result.requests = 99999;
  std::istringstream lines(print_ended());
  for (std::string line; std::getline(lines, line);) EXPECT_GE(100u, line.size()) << line;
}

} // namespace
