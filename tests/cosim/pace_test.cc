// The cycles between steps: what comes early, late or never is found, and what had something in its way is not.
#include "pace.h"

#include <gtest/gtest.h>

#include <string>

namespace {

const std::string kConfig = std::string(PAGEWALK_SOURCE_DIR) + "/cosim/mutants/machine.yaml";
constexpr uint64_t kHit = 5, kStart = 4, kStep = 1; // of that machine, for data

class Pace : public ::testing::Test {
 protected:
  void SetUp() override {
    pw_config config;
    pw_diag diag;
    ASSERT_EQ(0, pw_config_load(kConfig.c_str(), nullptr, 0, &config, &diag));
    pace_init(&pace_, &config);
    ASSERT_TRUE(pace_.is_known);
  }

  // A first-level miss of the data port in this clock, which then lives in the slot.
  void miss(unsigned slot) { look_up(slot, 1, 0); }
  void second_level(unsigned slot, bool hit) { look_up(slot, 2, hit); }

  // Ends the clock; the wrong that it found, "" for none.
  std::string clock() {
    const pace_clock clock = {cycle_++, busy_, &inputs_, &now_, &next_};
    const pace_wrong wrong = pace_take_clock(&pace_, &clock);
    next_ = {};
    now_ = {};
    inputs_ = {};
    return wrong.unit ? wrong.unit + (" " + std::to_string(wrong.number)) + ": " + wrong.why : "";
  }
  void clocks(uint64_t count) {
    for (; count; count--) ASSERT_EQ("", clock());
  }

  void commit(unsigned slot, unsigned actions = PW_COMMIT_RESPOND | PW_COMMIT_LAST) {
    next_.obs_commit = 1;
    next_.obs_commit_slot = static_cast<uint8_t>(slot);
    next_.obs_commit_actions = static_cast<uint8_t>(actions);
  }
  void start(unsigned slot, unsigned walker) {
    next_.obs_walk = 1;
    next_.obs_walk_slot = static_cast<uint8_t>(slot);
    next_.obs_walk_walker = static_cast<uint8_t>(walker);
  }
  void ask(unsigned walker, bool swap = false) {
    now_.wmq_valid = 1;
    now_.wmq_id = static_cast<uint8_t>(walker);
    now_.wmq_op = swap;
  }
  void answer(unsigned walker) {
    inputs_.wmr_valid = now_.wmr_ready = 1;
    inputs_.wmr_id = static_cast<uint8_t>(walker);
  }

  // A hit of the second level in slot 7, whose commit is due in the next clock.
  void hit_that_is_due() {
    miss(7);
    clocks(3);
    second_level(7, true);
    clocks(kHit + 1 - 3);
  }

  bool busy_ = false;
  rtl_inputs inputs_ = {};
  rtl_outputs now_ = {}, next_ = {};

 private:
  void look_up(unsigned slot, unsigned level, bool hit) {
    pw_event event = {};
    event.kind = PW_EVENT_LOOK_UP;
    event.u.look_up.port = 1;
    event.u.look_up.level = static_cast<uint8_t>(level);
    event.u.look_up.slot = static_cast<uint8_t>(slot);
    event.u.look_up.hit = hit;
    pace_look_up(&pace_, cycle_, &event, true);
  }

  pace pace_;
  uint64_t cycle_ = 100;
};

TEST_F(Pace, SecondLevelHitCommitsWhenItsTimeIsOver) {
  hit_that_is_due();
  commit(7);
  EXPECT_EQ("", clock());
}

TEST_F(Pace, CommitBeforeTheTimeOfTheSecondLevelIsWrong) {
  miss(7);
  clocks(3);
  second_level(7, true);
  clocks(kHit - 3);
  commit(7);
  EXPECT_EQ("slot 7: its commit came before the time of the second level was over", clock());
}

TEST_F(Pace, CommitIsDueAfterALookUpThatCameLate) {
  miss(7);
  clocks(kHit + 9);
  second_level(7, true);
  clocks(1);
  commit(7);
  EXPECT_EQ("", clock());
}

TEST_F(Pace, CommitThatComesLateWithNothingInItsWayIsWrong) {
  hit_that_is_due();
  clocks(1);
  commit(7);
  EXPECT_EQ("slot 7: its commit came later than it was due, with nothing in its way", clock());
}

TEST_F(Pace, CommitWaitsForAnotherCommit) {
  hit_that_is_due();
  commit(1);
  clocks(1);
  commit(7);
  EXPECT_EQ("", clock());
}

TEST_F(Pace, CommitWaitsForAControlOperation) {
  hit_that_is_due();
  busy_ = true;
  clocks(3);
  commit(7);
  EXPECT_EQ("", clock());
}

TEST_F(Pace, CommitWaitsForAResponseThatWasNotTaken) {
  miss(7);
  clocks(3);
  second_level(7, true);
  clocks(kHit - 3);
  now_.port[1].rsp_valid = 1;
  clocks(2);
  commit(7);
  EXPECT_EQ("", clock());
}

TEST_F(Pace, DropMayWait) {
  hit_that_is_due();
  clocks(5);
  commit(7, PW_COMMIT_RESPOND | PW_COMMIT_DROP | PW_COMMIT_LAST);
  EXPECT_EQ("", clock());
}

TEST_F(Pace, WalkBeforeTheTimeOfTheSecondLevelIsWrong) {
  miss(7);
  clocks(3);
  second_level(7, false);
  clocks(kHit - 3);
  start(7, 0);
  EXPECT_EQ("slot 7: its walk began before the time of the second level was over", clock());
}

TEST_F(Pace, WalksOfOthersPassASlotAsLongAsTurnsGoRound) {
  second_level(7, false);
  for (unsigned i = 0; i < PACE_PASSES; i++) {
    start(1, 0);
    ASSERT_EQ("", clock());
  }
  start(1, 0);
  EXPECT_EQ("slot 7: it waits for a walk, and too many of others have begun", clock());
}

TEST_F(Pace, FirstReadComesWhenTheStartHasTakenItsTime) {
  start(7, 2);
  clocks(kStart);
  ask(2);
  EXPECT_EQ("", clock());
}

TEST_F(Pace, ReadBeforeItIsDueIsWrong) {
  start(7, 2);
  clocks(kStart - 1);
  ask(2);
  EXPECT_EQ("walker 2: it asks before its operation is due", clock());
}

TEST_F(Pace, PortThatIsSilentWhenAReadIsDueIsWrong) {
  start(7, 2);
  clocks(kStart + 1);
  ask(2);
  EXPECT_EQ("walker 2: its operation was due, and the walker port was silent", clock());
}

TEST_F(Pace, ReadWaitsForTheOperationOfAnotherWalker) {
  start(1, 1);
  clocks(1);
  start(7, 2);
  clocks(kStart - 1);
  for (unsigned i = 0; i < 2; i++) { // the second time walker 2 could ask too
    ask(1);
    clocks(1);
  }
  ask(2);
  EXPECT_EQ("", clock());
}

TEST_F(Pace, SwapFollowsAnAnswerSoonerThanARead) {
  for (const bool swap : {true, false}) {
    answer(1);
    clocks(1 + (swap ? 1 : 1 + kStep));
    ask(1, swap);
    EXPECT_EQ("", clock());
    answer(1);
    clocks(swap ? 1 : 1 + kStep);
    ask(1, swap);
    EXPECT_EQ("walker 1: it asks before its operation is due", clock());
  }
}

TEST_F(Pace, NothingIsWrongOfADeviceThatIsNoneOfTheRtl) {
  pw_config config;
  pw_diag diag;
  pace unknown;
  ASSERT_EQ(0, pw_config_load(kConfig.c_str(), nullptr, 0, &config, &diag));
  config.tlbs[0].hit_cycles = 9; // which the first level of rtl/ cannot have
  pace_init(&unknown, &config);
  const pace_clock clock = {50, false, &inputs_, &now_, &next_};
  start(7, 2);
  pace_take_clock(&unknown, &clock);
  next_ = {};
  ask(2);
  EXPECT_EQ(nullptr, pace_take_clock(&unknown, &clock).unit);
}

} // namespace
