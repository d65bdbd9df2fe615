// Window mode, answers: what the values that entries had allow, and what they do not. Walker-port events say nothing.
#include "watched_device.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kPage = 0x7000001000;
constexpr unsigned kDeniedWrite = PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US;
const pw_access kRead = make_access(kPage | 0x123);
const pw_access kWrite = make_access(kPage | 0x123, PW_WRITE);
const Answer kOld = mapped(frame_of(1) | 0x123);
const Answer kNew = mapped(frame_of(2) | 0x123);

class Window : public testing::Test {
 protected:
  WatchedDevice device{PW_CHECK_WINDOW};
  uint64_t leaf = 0;

  void SetUp() override {
    device.start_paging();
    leaf = device.map(kPage, frame_of(1) | kReadOnly);
  }
};

TEST_F(Window, EventsOfTheWalkerPortArePassedOver) {
  EXPECT_VERDICT(MATCH, device.take(device.read_event(255, 0xdead001, 7)));
  EXPECT_VERDICT(MATCH, device.take(device.swap_event(99, 3, 1, 2)));
  EXPECT_VERDICT(MATCH, device.ask(kRead, kOld));
  EXPECT_EQ(nullptr, pw_checker_memory(device.checker()));
}

// ---- MATCH and LEGAL_STALE ----

TEST_F(Window, WhatTheTablesSayMatches) { EXPECT_VERDICT(MATCH, device.ask(kRead, kOld)); }

TEST_F(Window, WhatTheTablesSaidInFlightMatches) {
  device.request(0, kRead);
  device.write(leaf, frame_of(2) | kReadOnly);
  EXPECT_VERDICT(MATCH, device.answer(0, kOld));
  device.request(0, kRead);
  EXPECT_VERDICT(MATCH, device.answer(0, kNew));
}

TEST_F(Window, WhatTheTablesSaidOnceIsLegalUntilItIsInvalidated) {
  device.write(leaf, frame_of(2) | kReadOnly);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld)) << "a black box may have read it ahead";
  device.control(PW_CTL_INVLPG, kPage);
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
}

TEST_F(Window, EveryOldValueIsLegal) {
  for (unsigned n = 2; n < 8; n++) device.write(leaf, frame_of(n) | kReadOnly);
  for (unsigned n = 1; n < 7; n++) EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, mapped(frame_of(n) | 0x123))) << n;
  EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(frame_of(9) | 0x123)));
}

TEST_F(Window, OnlyValuesSinceTheInvalidationAreLegal) {
  device.write(leaf, frame_of(2) | kReadOnly);
  device.control(PW_CTL_INVLPG, kPage);
  device.write(leaf, frame_of(3) | kReadOnly);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kNew));
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
}

TEST_F(Window, InvalidationOfAnotherPageRemovesNothing) {
  device.write(leaf, frame_of(2) | kReadOnly);
  device.control(PW_CTL_INVLPG, kPage + 0x1000);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld));
}

TEST_F(Window, RequestAcceptedBeforeTheAcknowledgeMayUseWhatGoes) {
  device.write(leaf, frame_of(2) | kReadOnly);
  device.request(1, kRead);
  device.accept_control(PW_CTL_INVLPG, kPage);
  device.request(2, kRead);
  device.control_done();
  device.request(3, kRead);
  EXPECT_VERDICT(LEGAL_STALE, device.answer(1, kOld));
  EXPECT_VERDICT(LEGAL_STALE, device.answer(2, kOld));
  EXPECT_VERDICT(ILLEGAL_STALE, device.answer(3, kOld));
}

TEST_F(Window, OldTableOfAnUpperLevelIsLegalUntilItIsInvalidated) {
  const uint64_t table = device.new_table();
  device.write(Machine::slot(table, 1, kPage), frame_of(2) | kReadOnly);
  device.write(device.entry_of(kPage, 2, Machine::kRoot), table | kTableBits);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld));
  EXPECT_VERDICT(MATCH, device.ask(kRead, kNew));
  device.control(PW_CTL_INVLPG, kPage);
  EXPECT_VERDICT(MATCH, device.ask(kRead, kNew));
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
}

TEST_F(Window, OldTableWithAnEntryWrittenSinceIsLegal) {
  const uint64_t table = device.new_table();
  device.write(device.entry_of(kPage, 2, Machine::kRoot), table | kTableBits);
  device.write(leaf, frame_of(3) | kReadOnly);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, mapped(frame_of(3) | 0x123)))
      << "the page-directory entry cached, the page's entry read now";
}

TEST_F(Window, OldRootIsLegalUntilItIsInvalidated) {
  device.map(kPage, frame_of(2) | kReadOnly, 1, 0x80000);
  device.control(PW_CTL_CR3, 0x80000 | kNoFlush);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld));
  device.control(PW_CTL_CR3, 0x80000);
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
}

// ---- MOV to CR3 to another root: the operation that ends a root is the one that kills what was read by it ----

constexpr uint64_t kOtherRoot = 0x80000;

class WindowRoots : public testing::TestWithParam<bool> {
 protected:
  WatchedDevice device{PW_CHECK_WINDOW};

  void SetUp() override {
    device.start_paging(GetParam());
    device.map(kPage, frame_of(1) | kReadOnly);
    device.map(kPage, frame_of(2) | kReadOnly, 1, kOtherRoot);
  }
};

TEST_P(WindowRoots, PageOfTheOldRootGoesWithTheFlushThatReplacesIt) {
  device.control(PW_CTL_CR3, kOtherRoot);
  EXPECT_VERDICT(MATCH, device.ask(kRead, kNew));
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
  EXPECT_NE(std::string::npos, device.why().find("killed by cr3")) << device.why();
}

TEST_P(WindowRoots, OperationsThatFollowTheFlushBringNothingBack) {
  device.control(PW_CTL_CR3, kOtherRoot);
  device.control(PW_CTL_PKRU, 0);
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
}

TEST_P(WindowRoots, RequestOfBeforeTheFlushIsDoneMayUseTheOldRoot) {
  device.request(1, kRead);
  device.accept_control(PW_CTL_CR3, kOtherRoot);
  device.request(2, kRead);
  device.control_done();
  device.request(3, kRead);
  EXPECT_VERDICT(MATCH, device.answer(1, kOld));
  EXPECT_VERDICT(LEGAL_STALE, device.answer(2, kOld));
  EXPECT_VERDICT(ILLEGAL_STALE, device.answer(3, kOld));
}

TEST_P(WindowRoots, RootThatComesBackMatches) {
  device.control(PW_CTL_CR3, kOtherRoot);
  device.control(PW_CTL_CR3, Machine::kRoot);
  EXPECT_VERDICT(MATCH, device.ask(kRead, kOld));
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kNew));
}

TEST_F(Window, EntryThatWasChangedBeforeItsTableWasARootIsNotStale) {
  device.map(kPage, frame_of(2) | kReadOnly, 1, kOtherRoot);
  const uint64_t pml4e = device.entry_of(kPage, 4, kOtherRoot);
  device.write(pml4e, 0);
  device.control(PW_CTL_CR3, kOtherRoot | kNoFlush);
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kNew)) << "no walk has read it";
}

TEST_F(Window, EntryThatWasChangedWhileItsTableWasARootIsStale) {
  device.map(kPage, frame_of(2) | kReadOnly, 1, kOtherRoot);
  const uint64_t pml4e = device.entry_of(kPage, 4, kOtherRoot);
  device.control(PW_CTL_CR3, kOtherRoot | kNoFlush);
  device.write(pml4e, 0);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kNew));
  device.control(PW_CTL_CR3, Machine::kRoot | kNoFlush);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kNew));
  device.control(PW_CTL_CR3, kOtherRoot | kNoFlush);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kNew)) << "it was a root before";
}

// ---- without a flush a walk that had begun goes on, and fills ----

class WindowWalkGoesOn : public Window {
 protected:
  uint64_t pml4e = 0;
  uint64_t table = 0; // leads to the new frame

  void SetUp() override {
    Window::SetUp();
    device.control(PW_CTL_CR3, Machine::kRoot | 1);
    pml4e = device.entry_of(kPage, 4, Machine::kRoot);
    device.map(kPage, frame_of(2) | kReadOnly, 1, kOtherRoot);
    table = device.get(device.entry_of(kPage, 4, kOtherRoot));
    device.write(device.entry_of(kPage, 4, kOtherRoot), 0);
    device.settle();
  }
  // The old root has an entry for the new frame only when it is no longer the root.
  void switch_and_write(uint64_t no_flush) {
    device.control(PW_CTL_CR3, kOtherRoot | 1 | no_flush);
    device.write(pml4e, table);
    device.write(pml4e, 0);
  }
};

TEST_F(WindowWalkGoesOn, ForARequestOfBefore) {
  device.request(1, kRead);
  switch_and_write(kNoFlush);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kNew));
  EXPECT_VERDICT(MATCH, device.answer(1, kNew));
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kNew)) << "it has filled";
}

TEST_F(WindowWalkGoesOn, ButFillsNothingThatTheOperationRemoves) {
  device.request(1, kRead);
  switch_and_write(0);
  EXPECT_VERDICT(MATCH, device.answer(1, kNew));
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kNew));
}

TEST_F(WindowWalkGoesOn, ButNotForNobody) {
  switch_and_write(kNoFlush);
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kNew));
}

TEST_F(WindowWalkGoesOn, UntilTheRequestsOfBeforeAreAnswered) {
  device.request(1, kRead);
  device.control(PW_CTL_CR3, kOtherRoot | 1 | kNoFlush);
  ASSERT_VERDICT_LEGAL(device.answer(1, kOld));
  device.write(pml4e, table);
  device.write(pml4e, 0);
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kNew));
}

INSTANTIATE_TEST_SUITE_P(, WindowRoots, testing::Bool(),
                         [](const auto &pcide) { return pcide.param ? "Pcide" : "NoPcide"; });

TEST_F(Window, FlagsOfEntriesAreNotLookedAt) {
  device.map(kPage, frame_of(1) | kUserPage);
  EXPECT_VERDICT(MATCH, device.ask(kWrite, kOld)) << "D is clear in memory, and nobody tells who set it";
}

// ---- faults ----

TEST_F(Window, FaultOfTheTablesMatches) { EXPECT_VERDICT(MATCH, device.ask(kWrite, page_fault(kDeniedWrite))); }

TEST_F(Window, FaultByAnOldValueIsSpuriousOnce) {
  device.write(leaf, frame_of(1) | kUserPage);
  device.settle();
  EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.ask(kWrite, page_fault(kDeniedWrite)));
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kWrite, page_fault(kDeniedWrite)));
}

TEST_F(Window, NegativeFaultIsNeverStale) {
  device.write(leaf, 0);
  EXPECT_VERDICT(MATCH, device.ask(kRead, page_fault(PW_ERROR_US)));
  device.write(leaf, frame_of(1) | kReadOnly);
  EXPECT_VERDICT(ILLEGAL_NEGATIVE, device.ask(kRead, page_fault(PW_ERROR_US)));
}

TEST_F(Window, NegativeFaultThatWasTrueInFlightMatches) {
  device.write(leaf, 0);
  device.request(0, kRead);
  device.write(leaf, frame_of(1) | kReadOnly);
  EXPECT_VERDICT(MATCH, device.answer(0, page_fault(PW_ERROR_US)));
}

TEST_F(Window, NegativeFaultThatNeverWasIsIllegal) {
  EXPECT_VERDICT(ILLEGAL_NEGATIVE, device.ask(kRead, page_fault(PW_ERROR_US)));
}

TEST_F(Window, ReservedFaultThatWasTrueOnceIsIllegal) {
  device.write(leaf, frame_of(1) | kReadOnly | UINT64_C(1) << 51);
  device.write(leaf, frame_of(1) | kReadOnly);
  EXPECT_VERDICT(ILLEGAL_NEGATIVE, device.ask(kRead, page_fault(PW_ERROR_P | PW_ERROR_US | PW_ERROR_RSVD)));
}

TEST_F(Window, BusErrorIsNotJudged) {
  EXPECT_VERDICT(MATCH, device.ask(kRead, faulted(PW_RSP_BUS_ERROR)));
  EXPECT_EQ(1u, device.stats().not_judged);
  EXPECT_EQ(0u, device.stats().checked);
}

// ---- WRONG ----

TEST_F(Window, BitOfTheAddressFlippedIsWrong) {
  for (unsigned bit = 0; bit < 52; bit++) {
    device.renew();
    SetUp();
    EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(kOld.physical_address ^ UINT64_C(1) << bit))) << bit;
  }
}

TEST_F(Window, OtherAttributesAreWrong) {
  for (const Answer &answer : {mapped(kOld.physical_address, 1), mapped(kOld.physical_address, 0, 1),
                               mapped(kOld.physical_address, 0, 0, 1), faulted(PW_RSP_DROPPED)}) {
    device.renew();
    SetUp();
    EXPECT_VERDICT(WRONG, device.ask(kRead, answer));
  }
}

// The address of one value of an entry with the attributes of another.
TEST_F(Window, PartsOfTwoValuesAreIllegal) {
  device.write(leaf, frame_of(2) | kReadOnly | PW_ENTRY_PCD);
  EXPECT_FALSE(pw_verdict_is_legal(device.ask(kRead, mapped(kOld.physical_address, 0, 0, 2))));
}

// ---- bounds ----

TEST_F(Window, ForgottenValuesAreNotJudged) {
  for (unsigned n = 2; n < 40; n++) device.write(leaf, frame_of(n) | kReadOnly);
  EXPECT_VERDICT(MATCH, device.ask(kRead, kOld));
  EXPECT_EQ(1u, device.stats().not_judged);
  EXPECT_VERDICT(MATCH, device.ask(kRead, mapped(frame_of(39) | 0x123)));
  EXPECT_EQ(1u, device.stats().checked);
}

TEST_F(Window, ManyWordsChangedAreNeverAFalseAlarm) {
  const uint64_t other = UINT64_C(0x40000000);
  for (uint64_t word = 0; word < 20000; word++) device.write(other + 8 * word, 1);
  device.cycle += 1;
  for (uint64_t word = 0; word < 20000; word++) device.write(other + 8 * word, 2);
  device.write(leaf, frame_of(2) | kReadOnly);
  EXPECT_VERDICT(MATCH, device.ask(kRead, kNew));
  EXPECT_TRUE(pw_verdict_is_legal(device.ask(kRead, kOld))) << device.why();
}

// A table cached under another PCID outlives what INVLPG removes, and a global page may be read through it later.
TEST(WindowPcid, ForgottenValueOfATableOfAnotherPcidIsNoFalseAlarm) {
  WatchedDevice device{PW_CHECK_WINDOW};
  device.start_paging();
  device.control(PW_CTL_CR3, Machine::kRoot | 1);
  device.map(kPage, frame_of(1) | kReadOnly | PW_ENTRY_G);
  const uint64_t pml4e = device.entry_of(kPage, 4, Machine::kRoot);
  for (uint64_t n = 0; n < 10; n++) device.write(pml4e, n << 12);
  device.control(PW_CTL_CR3, kOtherRoot | 2 | kNoFlush);
  device.control(PW_CTL_INVLPG, kPage);
  device.control(PW_CTL_CR3, Machine::kRoot | 1 | kNoFlush);
  device.control(PW_CTL_CR3, kOtherRoot | 2 | kNoFlush);
  ASSERT_VERDICT_LEGAL(device.ask(kRead, mapped(frame_of(1) | 0x123, 0, 1)));
  EXPECT_EQ(1u, device.stats().not_judged);
}

// ---- a long run goes on to judge ----

TEST_P(WindowRoots, SwitchingBetweenTwoRootsForgetsNothing) {
  for (unsigned n = 0; n < 1000; n++) device.control(PW_CTL_CR3, n % 2 ? Machine::kRoot : kOtherRoot);
  EXPECT_VERDICT(MATCH, device.ask(kRead, kOld));
  EXPECT_EQ(0u, device.stats().blind);
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kNew));
}

class WindowFull : public Window {
 protected:
  // Before paging, so that no entry has had another value.
  void SetUp() override {
    leaf = device.map(kPage, frame_of(1) | kReadOnly);
    device.start_paging();
  }
  // Changes more words than are kept, the leaf last.
  void change_many() {
    for (uint64_t word = 0; word < 13000; word++) device.write(UINT64_C(0x40000000) + 8 * word, ++value_);
    device.write(leaf, frame_of(1) | kReadOnly | PW_ENTRY_PCD);
    device.write(leaf, frame_of(2) | kReadOnly);
  }

 private:
  uint64_t value_ = 0;
};

TEST_F(WindowFull, WordThatIsNotKeptMakesItsAnswersBlind) {
  change_many();
  EXPECT_VERDICT(MATCH, device.ask(kRead, kNew));
  EXPECT_EQ(1u, device.stats().blind);
  EXPECT_VERDICT(MATCH, device.ask(kRead, mapped(0xdead000 | 0x123)));
  EXPECT_EQ(1u, device.stats().not_judged);
  EXPECT_EQ(1u, device.stats().blind) << "of those that were judged";
}

TEST_F(WindowFull, WordsThatAreKeptAreJudgedAsEver) {
  const uint64_t other = UINT64_C(0x7a00000000);
  device.map(other, frame_of(3) | kReadOnly);
  change_many();
  EXPECT_VERDICT(MATCH, device.ask(make_access(other), mapped(frame_of(3))));
  EXPECT_EQ(0u, device.stats().blind);
  EXPECT_VERDICT(WRONG, device.ask(make_access(other), mapped(0xdead000)));
}

TEST_F(WindowFull, InvalidationOfEverythingMakesRoom) {
  for (unsigned round = 0; round < 3; round++) {
    change_many();
    device.control(PW_CTL_INVPCID_ALL_WITH_GLOBALS, 0);
  }
  device.write(leaf, frame_of(1) | kReadOnly);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kNew));
  EXPECT_EQ(0u, device.stats().blind);
  EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(0xdead000 | 0x123)));
}

TEST_F(WindowFull, RequestsOfBeforeTheInvalidationStayBlind) {
  change_many();
  device.request(1, kRead);
  device.control(PW_CTL_INVPCID_ALL_WITH_GLOBALS, 0);
  EXPECT_VERDICT(MATCH, device.answer(1, mapped(0xdead000 | 0x123)));
  EXPECT_EQ(1u, device.stats().not_judged);
  EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(0xdead000 | 0x123)));
}

TEST(WindowWithoutGlobalPages, Cr3FlushIsAnInvalidationOfEverything) {
  WatchedDevice device{PW_CHECK_WINDOW};
  device.start_paging(false);
  device.control(PW_CTL_CR4, 0);
  device.map(kPage, frame_of(1) | kReadOnly);
  for (unsigned round = 0; round < 3; round++) {
    for (uint64_t word = 0; word < 9000; word++) device.write(UINT64_C(0x40000000) + 72000 * round + 8 * word, 1);
    device.control(PW_CTL_CR3, Machine::kRoot);
  }
  EXPECT_VERDICT(MATCH, device.ask(kRead, kOld));
  EXPECT_EQ(0u, device.stats().blind);
  EXPECT_VERDICT(WRONG, device.ask(kRead, kNew));
}

TEST_F(Window, InvalidationOfEverythingIsHeldAgainstAnAnswerHoweverLongAgo) {
  device.write(leaf, frame_of(2) | kReadOnly);
  device.control(PW_CTL_INVPCID_ALL_WITH_GLOBALS, 0);
  for (unsigned n = 0; n < 9000; n++) device.control(PW_CTL_PKRU, 0);
  EXPECT_VERDICT(MATCH, device.ask(kRead, kNew));
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
}

TEST_F(Window, AnswerThatAForgottenOperationMayHaveForbiddenIsBlind) {
  device.write(leaf, frame_of(2) | kReadOnly);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld));
  EXPECT_EQ(0u, device.stats().blind);
  device.control(PW_CTL_INVLPG, kPage);
  for (unsigned n = 0; n < 9000; n++) device.control(PW_CTL_PKRU, 0);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld));
  EXPECT_EQ(1u, device.stats().blind);
}

TEST_F(Window, ForgottenRootMakesBlindUntilEverythingIsInvalidated) {
  device.map(kPage, frame_of(2) | kReadOnly, 1, kOtherRoot);
  device.control(PW_CTL_CR3, kOtherRoot | kNoFlush);
  for (uint64_t n = 1; n <= 130; n++) device.control(PW_CTL_CR3, (kOtherRoot + 0x1000 * n) | kNoFlush);
  device.control(PW_CTL_CR3, Machine::kRoot | kNoFlush);
  EXPECT_VERDICT(MATCH, device.ask(kRead, kOld));
  EXPECT_EQ(1u, device.stats().blind);
  device.control(PW_CTL_CR4, 0); // and with PGE all global pages go
  EXPECT_VERDICT(MATCH, device.ask(kRead, kOld));
  EXPECT_EQ(1u, device.stats().blind);
  EXPECT_FALSE(pw_verdict_is_legal(device.ask(kRead, kNew)));
}

// ---- what an invalidation makes unimportant is not missed when it is forgotten ----

TEST_F(Window, ValuesThatWereInvalidatedMayBeForgottenAndAreStillIllegal) {
  for (unsigned n = 2; n < 12; n++) {
    device.write(leaf, frame_of(n) | kReadOnly);
    device.control(PW_CTL_INVLPG, kPage);
  }
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, mapped(frame_of(10) | 0x123)));
  EXPECT_EQ(0u, device.stats().not_judged);
}

TEST_F(Window, FrameThatNoEntryEverHadIsWrongAfterManyInvalidatedValues) {
  for (unsigned n = 2; n < 12; n++) {
    device.write(leaf, frame_of(n) | kReadOnly);
    device.control(PW_CTL_INVLPG, kPage);
  }
  EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(0xdead000 | 0x123)));
}

TEST(WindowBeforePaging, WritesAreNotRemembered) {
  WatchedDevice device{PW_CHECK_WINDOW};
  for (uint64_t n = 0; n < 13000; n++) device.map(kPage + n * 0x1000, (frame_of(1) + n * 0x1000) | kReadOnly);
  device.start_paging();
  EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(0xdead000 | 0x123)));
}

TEST_F(Window, ManyPageFaultsDoNotHideAnInvalidation) {
  device.write(leaf, frame_of(2) | kReadOnly);
  device.control(PW_CTL_INVLPG, kPage);
  for (unsigned n = 0; n < 1100; n++) {
    device.settle();
    ASSERT_VERDICT_LEGAL(device.ask(make_access(0x9000000000), page_fault(PW_ERROR_US)));
  }
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
}

// ---- entries that were never there together ----

TEST_F(Window, RightsOfAnEntryThatNeverLedToThePageAreNotItsRights) {
  device.write(leaf, frame_of(1) | kUserPage);
  const uint64_t pml4e = device.entry_of(kPage, 4, Machine::kRoot), pdpte = device.entry_of(kPage, 3, Machine::kRoot);
  const uint64_t writable = device.get(pml4e);
  device.write(pml4e, writable & ~uint64_t{PW_ENTRY_RW});
  device.control(PW_CTL_CR3, Machine::kRoot);
  const uint64_t pd = device.new_table(), pt = device.new_table();
  device.write(Machine::slot(pd, 2, kPage), pt | kTableBits);
  device.write(Machine::slot(pt, 1, kPage), frame_of(2) | kUserPage);
  device.write(pdpte, pd | kTableBits);
  device.write(pml4e, writable);
  EXPECT_FALSE(pw_verdict_is_legal(device.ask(kWrite, kOld)));
}

TEST(WindowPcid, GlobalPageReadThroughACachedTableServesTheNextPcid) {
  WatchedDevice device{PW_CHECK_WINDOW};
  device.start_paging();
  device.control(PW_CTL_CR3, Machine::kRoot | 1);
  const Answer first = mapped(frame_of(1) | 0x123, 0, 1), second = mapped(frame_of(2) | 0x123, 0, 1);
  const uint64_t leaf = device.map(kPage, frame_of(1) | kReadOnly | PW_ENTRY_G);
  device.map(kPage, frame_of(5) | kReadOnly, 1, 0x80000);
  EXPECT_VERDICT(MATCH, device.ask(kRead, first));
  device.write(device.entry_of(kPage, 4, Machine::kRoot), 0);
  device.write(leaf, frame_of(2) | kReadOnly | PW_ENTRY_G);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, second)) << "the tables above are cached";
  device.control(PW_CTL_CR3, 0x80000 | 2 | kNoFlush);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, second));
}

// The fault drops the PDE; the PML4E another walk may have cached again.
TEST_F(Window, FaultDropsOnlyTheTablesThatNoOtherWalkMayHaveCached) {
  const uint64_t other = kPage + (UINT64_C(1) << 30);
  device.write(leaf, 0);
  device.map(other, frame_of(7) | kReadOnly);
  device.settle();
  device.write(device.entry_of(kPage, 4, Machine::kRoot), 0);
  device.settle();
  device.request(1, make_access(other));
  device.request(2, kRead);
  ASSERT_VERDICT_LEGAL(device.answer(2, page_fault(PW_ERROR_US)));
  ASSERT_VERDICT_LEGAL(device.answer(1, mapped(frame_of(7))));
  device.write(leaf, frame_of(1) | kReadOnly);
  ASSERT_VERDICT_LEGAL(device.ask(kRead, kOld));
}

TEST_F(Window, ExplanationTellsWhatTheTablesSay) {
  EXPECT_VERDICT(WRONG, device.ask(kRead, kNew));
  EXPECT_NE(std::string::npos, std::string(device.why()).find("legal is what the tables say:\n  page at"));
}

} // namespace
