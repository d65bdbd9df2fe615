// Observed mode, the walker port: what may be read, and which compare-and-swaps may be made.
#include "watched_device.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kPage = 0x7000001000;
constexpr unsigned kDeniedWrite = PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US;
const pw_access kRead = make_access(kPage);
const pw_access kWrite = make_access(kPage, PW_WRITE);
const Answer kFrame = mapped(frame_of(1));

class ObservedWalk : public testing::Test {
 protected:
  WatchedDevice device{PW_CHECK_OBSERVED};

  void SetUp() override { device.start_paging(); }

  uint64_t entry(unsigned level, uint64_t address = kPage) const {
    return device.entry_of(address, level, Machine::kRoot);
  }
  uint64_t table(unsigned level) const { return entry(level) & ~UINT64_C(0xfff); }
  void map(uint64_t bits = kReadOnly) { device.map(kPage, frame_of(1) | bits); }
  pw_verdict try_read(uint64_t address, unsigned walker = 0) {
    return device.take(device.read_event(walker, address, device.get(address)));
  }
  pw_verdict try_set(uint64_t address, uint64_t bits, unsigned walker = 0) {
    const uint64_t held = device.get(address);
    return device.take(device.swap_event(walker, address, held, held | bits));
  }
};

// ---- where a walk begins and how it goes on ----

TEST_F(ObservedWalk, BeginsAtTheRootAndFollowsTheEntries) {
  map();
  device.request(0, kRead);
  for (unsigned level = 4; level >= 1; level--) EXPECT_VERDICT(MATCH, try_read(entry(level)));
}

TEST_F(ObservedWalk, MayReadAnyEntryOfTheRootSpeculatively) {
  map();
  EXPECT_VERDICT(MATCH, try_read(entry(4, UINT64_C(0x123456789000))));
}

TEST_F(ObservedWalk, OfATableThatNothingLeadsToIsWrong) {
  map();
  device.request(0, kRead);
  EXPECT_VERDICT(WRONG, try_read(0xdead000));
}

TEST_F(ObservedWalk, ThatLeavesALevelOutIsWrong) {
  map();
  device.request(0, kRead);
  device.read(0, entry(4));
  EXPECT_VERDICT(WRONG, try_read(entry(2)));
}

TEST_F(ObservedWalk, GoesOnNoFurtherThanThePage) {
  device.map(kPage, frame_of(1) | kReadOnly, 2);
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(WRONG, try_read(frame_of(1)));
}

TEST_F(ObservedWalk, GoesOnNoFurtherThanAnEntryThatIsNotPresent) {
  map();
  device.write(entry(3), device.get(entry(3)) & ~PW_ENTRY_P);
  device.request(0, kRead);
  device.read(0, entry(4));
  device.read(0, entry(3));
  EXPECT_VERDICT(WRONG, try_read(entry(2)));
}

TEST_F(ObservedWalk, OfAnotherWalkersTableIsTorn) {
  map();
  device.request(0, kRead);
  device.read(0, entry(4));
  EXPECT_VERDICT(TORN, try_read(entry(3), 1));
}

TEST_F(ObservedWalk, MayBeginAtATableThatWasReadBefore) {
  map();
  device.use(kRead, kFrame);
  for (unsigned level = 1; level <= 3; level++) EXPECT_VERDICT(MATCH, try_read(entry(level), level));
}

TEST_F(ObservedWalk, MayNotBeginAtATableWhoseEntryWasNotAccessed) {
  map();
  device.request(0, kRead);
  device.read(0, entry(4));
  device.read(0, entry(3));
  EXPECT_FALSE(pw_verdict_is_legal(try_read(entry(3), 1)));
}

TEST_F(ObservedWalk, MayNotBeginAtATableThatWasInvalidated) {
  map();
  device.use(kRead, kFrame);
  device.write(entry(2), device.new_table() | kTableBits);
  const uint64_t old = device.events.back().u.write.address; // of the entry, which stays in reach
  EXPECT_VERDICT(MATCH, try_read(old, 1));
  device.control(PW_CTL_INVLPG, 0);
  EXPECT_VERDICT(ILLEGAL_STALE, try_read(0x103000, 1));
}

TEST_F(ObservedWalk, ForAnOldRequestMayBeginAtATableThatWasInvalidated) {
  map();
  device.use(kRead, kFrame);
  const uint64_t old = entry(1);
  device.request(1, kRead);
  device.write(entry(2), device.new_table() | kTableBits);
  device.control(PW_CTL_INVLPG, 0);
  EXPECT_VERDICT(MATCH, try_read(old, 1));
}

TEST_F(ObservedWalk, OfAnotherAddressSpaceNeedsARequestOfIt) {
  map();
  device.request(0, kRead);
  device.control(PW_CTL_CR3, 0x80000 | 2);
  EXPECT_VERDICT(MATCH, try_read(entry(4))) << "the request is of the older one";
  device.walk(kPage, false, Machine::kRoot);
  EXPECT_VERDICT(MATCH, device.answer(0, kFrame));
  EXPECT_VERDICT(WRONG, try_read(entry(3))) << "of another PCID";
}

TEST_F(ObservedWalk, OfAnOlderRootWithoutARequestIsWrong) {
  map();
  device.control(PW_CTL_CR3, 0x80000 | 2);
  EXPECT_VERDICT(WRONG, try_read(entry(4)));
}

TEST_F(ObservedWalk, ContradictingMemoryIsWrong) {
  map();
  device.request(0, kRead);
  EXPECT_VERDICT(WRONG, device.take(device.read_event(0, entry(4), device.get(entry(4)) ^ PW_ENTRY_RW)));
}

// SDM "Paging and Memory Typing".
TEST_F(ObservedWalk, DrivesThePwtAndPcdOfWhatLeadsThere) {
  for (const unsigned driven : {0u, 1u, 2u, 3u}) {
    device.renew();
    SetUp();
    map();
    device.write(entry(2), device.get(entry(2)) | PW_ENTRY_PCD | PW_ENTRY_A);
    device.request(0, kRead);
    for (unsigned level = 4; level >= 2; level--) device.read(0, entry(level));
    pw_event read = device.read_event(0, entry(1), device.get(entry(1)));
    read.u.read.cache_control = static_cast<uint8_t>(driven);
    if (driven != 2) {
      EXPECT_VERDICT(WRONG, device.take(read)) << driven;
      continue;
    }
    device.step(read);
    const uint64_t held = device.get(entry(1));
    pw_event swap = device.swap_event(0, entry(1), held, held | PW_ENTRY_A);
    EXPECT_VERDICT(WRONG, device.take(swap)) << "a swap likewise";
  }
}

TEST_F(ObservedWalk, OfATableThatPointsToItselfIsFollowed) {
  const uint64_t entry = Machine::kRoot + 8 * 510;
  const pw_access access = make_access(UINT64_C(0xffffff7fbfdfe000)); // index 510 at every level
  device.write(entry, Machine::kRoot | kTableBits);
  device.request(0, access);
  device.read(0, entry);
  device.set(0, entry, PW_ENTRY_A);
  for (unsigned level = 3; level >= 1; level--) device.read(0, entry);
  EXPECT_VERDICT(MATCH, device.answer(0, mapped(Machine::kRoot)));
  EXPECT_VERDICT(MATCH, device.ask(access, mapped(Machine::kRoot)));
}

// ---- compare-and-swaps ----

TEST_F(ObservedWalk, SetsAccessedOfWhatItRead) {
  map();
  device.request(0, kRead);
  device.walk(kPage);
  EXPECT_VERDICT(MATCH, device.answer(0, kFrame));
}

TEST_F(ObservedWalk, MaySetAccessedBeforeItReadsOn) {
  map();
  device.request(0, kRead);
  for (unsigned level = 4; level >= 1; level--) {
    device.read(0, entry(level));
    device.set(0, entry(level), PW_ENTRY_A);
  }
  EXPECT_VERDICT(MATCH, device.answer(0, kFrame));
}

TEST_F(ObservedWalk, SwapsNothingThatItHasNotRead) {
  map();
  device.request(0, kRead);
  device.read(0, entry(4));
  EXPECT_VERDICT(WRONG, try_set(entry(3), PW_ENTRY_A));
}

TEST_F(ObservedWalk, SwapsNothingThatOnlyAnotherWalkerHasRead) {
  map();
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(WRONG, try_set(entry(1), PW_ENTRY_A, 1));
}

TEST_F(ObservedWalk, SwapsWithTheValueThatItRead) {
  map();
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  device.write(entry(1), frame_of(2) | kReadOnly);
  EXPECT_VERDICT(WRONG, try_set(entry(1), PW_ENTRY_A));
}

TEST_F(ObservedWalk, SetsNoBitButAccessedAndDirty) {
  for (const uint64_t bit : {PW_ENTRY_RW, PW_ENTRY_US, PW_ENTRY_G, PW_ENTRY_XD, UINT64_C(1) << 9}) {
    device.renew();
    device.start_paging();
    const uint64_t leaf = device.map(kPage, frame_of(1) | PW_ENTRY_P);
    device.request(0, kRead);
    device.read_entries(kPage, 0, 4, Machine::kRoot);
    const uint64_t held = device.get(leaf);
    EXPECT_VERDICT(WRONG, device.take(device.swap_event(0, leaf, held, held | PW_ENTRY_A | bit))) << bit;
  }
}

TEST_F(ObservedWalk, ClearsNothing) {
  map(kReadOnly | PW_ENTRY_A);
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  const uint64_t held = device.get(entry(1));
  EXPECT_VERDICT(WRONG, device.take(device.swap_event(0, entry(1), held, held & ~PW_ENTRY_A)));
}

TEST_F(ObservedWalk, ThatLostACompareBeginsAgain) {
  map();
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  const uint64_t read = device.get(entry(1));
  device.write(entry(1), frame_of(2) | kReadOnly);
  device.step(device.swap_event(0, entry(1), read, read | PW_ENTRY_A, false));
  device.walk(kPage);
  EXPECT_VERDICT(MATCH, device.answer(0, mapped(frame_of(2))));
}

TEST_F(ObservedWalk, ThatLostACompareDoesNotGoOn) {
  map();
  device.request(0, kRead);
  device.read(0, entry(4));
  const uint64_t read = device.get(entry(4));
  device.write(entry(4), read | PW_ENTRY_PWT);
  device.step(device.swap_event(0, entry(4), read, read | PW_ENTRY_A, false));
  EXPECT_VERDICT(AD_MISSING, try_read(entry(3)));
}

TEST_F(ObservedWalk, ThatLostACompareMayNotAnswerByWhatItRead) {
  map();
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  for (unsigned level = 4; level >= 2; level--) device.set(0, entry(level), PW_ENTRY_A);
  const uint64_t read = device.get(entry(1));
  device.write(entry(1), frame_of(2) | kReadOnly);
  device.step(device.swap_event(0, entry(1), read, read | PW_ENTRY_A, false));
  EXPECT_FALSE(pw_verdict_is_legal(device.answer(0, kFrame)));
}

TEST_F(ObservedWalk, CompareThatMemoryWouldNotMatchIsWrong) {
  map();
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  const uint64_t read = device.get(entry(1));
  device.write(entry(1), frame_of(2) | kReadOnly);
  EXPECT_VERDICT(WRONG, device.take(device.swap_event(0, entry(1), read, read | PW_ENTRY_A, true)));
}

TEST_F(ObservedWalk, CompareThatMemoryWouldMatchMayNotFail) {
  map();
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  const uint64_t read = device.get(entry(1));
  EXPECT_VERDICT(WRONG, device.take(device.swap_event(0, entry(1), read, read | PW_ENTRY_A, false)));
}

TEST_F(ObservedWalk, BusErrorOfACompareIsAFact) {
  map();
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  pw_event swap = device.swap_event(0, entry(4), device.get(entry(4)), device.get(entry(4)) | PW_ENTRY_A, false);
  swap.u.swap.bus_error = 1;
  device.step(swap);
  EXPECT_VERDICT(MATCH, device.answer(0, faulted(PW_RSP_BUS_ERROR)));
}

// ---- AD_SPURIOUS ----

TEST_F(ObservedWalk, SetsDirtyForAWrite) {
  map(kUserPage);
  device.use(kWrite, kFrame);
}

TEST_F(ObservedWalk, SetsDirtyForNoRead) {
  map(kUserPage);
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(AD_SPURIOUS, try_set(entry(1), PW_ENTRY_A | PW_ENTRY_D));
}

TEST_F(ObservedWalk, SetsDirtyForNoWriteThatIsDenied) {
  map(kReadOnly);
  device.request(0, kWrite);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(AD_SPURIOUS, try_set(entry(1), PW_ENTRY_A | PW_ENTRY_D));
}

TEST_F(ObservedWalk, SetsAccessedForAWriteThatIsDenied) {
  map(kReadOnly);
  device.request(0, kWrite);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(MATCH, try_set(entry(1), PW_ENTRY_A));
  EXPECT_VERDICT(MATCH, device.answer(0, page_fault(kDeniedWrite)));
}

TEST_F(ObservedWalk, SetsDirtyForNoWriteOfAnotherPage) {
  map(kUserPage);
  device.request(0, make_access(kPage + 0x1000, PW_WRITE));
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(AD_SPURIOUS, try_set(entry(1), PW_ENTRY_A | PW_ENTRY_D));
}

TEST_F(ObservedWalk, SetsDirtyForNoPrefetch) {
  map(kUserPage);
  device.request(0, make_access(kPage, PW_WRITE, 3, PW_PREFETCH));
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(AD_SPURIOUS, try_set(entry(1), PW_ENTRY_A | PW_ENTRY_D));
}

TEST_F(ObservedWalk, SetsDirtyForAWriteThatWasKilled) {
  map(kUserPage);
  device.request(0, kWrite);
  device.kill(0);
  device.cycle += 20;
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(MATCH, try_set(entry(1), PW_ENTRY_A | PW_ENTRY_D));
}

TEST_F(ObservedWalk, SetsDirtyForNoWriteThatWasAnswered) {
  map(kUserPage);
  device.use(kRead, kFrame);
  device.use(kWrite, kFrame);
  device.write(entry(1), device.get(entry(1)) & ~PW_ENTRY_D);
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(AD_SPURIOUS, try_set(entry(1), PW_ENTRY_D));
}

TEST_F(ObservedWalk, SetsDirtyInNoTable) {
  map(kUserPage);
  device.request(0, kWrite);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(AD_SPURIOUS, try_set(entry(2), PW_ENTRY_A | PW_ENTRY_D));
}

TEST_F(ObservedWalk, SetsDirtyInALargePage) {
  device.map(kPage, frame_of(1) | kUserPage, 2);
  device.use(make_access(kPage, PW_WRITE), mapped(frame_of(1) | (kPage & 0x1fffff), 1));
}

TEST_F(ObservedWalk, SetsNothingInAnEntryThatIsNotPresent) {
  map(PW_ENTRY_RW);
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(AD_SPURIOUS, try_set(entry(1), PW_ENTRY_A));
}

TEST_F(ObservedWalk, SetsNothingInAnEntryWithAReservedBit) {
  map(kReadOnly | UINT64_C(1) << 51);
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(AD_SPURIOUS, try_set(entry(1), PW_ENTRY_A));
}

TEST_F(ObservedWalk, MaySetDirtyOfAPageThatItHolds) {
  map(kUserPage);
  device.use(kRead, kFrame);
  device.request(0, kWrite);
  EXPECT_VERDICT(MATCH, try_set(entry(1), PW_ENTRY_D, 3)) << "without reading the entry again";
  EXPECT_VERDICT(MATCH, device.answer(0, kFrame));
}

TEST_F(ObservedWalk, DirtyOfAPageThatItMayNotHoldIsOfNoUse) {
  map(kUserPage);
  device.use(kRead, kFrame);
  device.control(PW_CTL_INVLPG, kPage);
  device.request(0, kWrite);
  if (!pw_verdict_is_legal(try_set(entry(1), PW_ENTRY_D, 3))) return;
  EXPECT_VERDICT(ILLEGAL_STALE, device.answer(0, kFrame));
}

// ---- what other designs may do ----

TEST_F(ObservedWalk, ThatNobodyAskedForMayFill) {
  map();
  device.walk(kPage);
  device.settle();
  EXPECT_VERDICT(MATCH, device.ask(kRead, kFrame));
}

TEST_F(ObservedWalk, OfAKilledRequestMayFill) {
  map();
  device.request(0, kRead);
  device.kill(0);
  device.settle();
  device.walk(kPage);
  EXPECT_VERDICT(MATCH, device.ask(kRead, kFrame));
}

TEST_F(ObservedWalk, OfOneRequestMayAnswerAllOfThePage) {
  map();
  for (unsigned id = 0; id < 8; id++) device.request(id, make_access(kPage + 8 * id));
  device.walk(kPage);
  for (unsigned id = 0; id < 8; id++) EXPECT_VERDICT(MATCH, device.answer(id, mapped(frame_of(1) + 8 * id)));
}

TEST_F(ObservedWalk, SetsDirtyByAWalkFromAPagingStructureCache) {
  map(kUserPage);
  device.use(kRead, kFrame);
  device.request(0, kWrite);
  device.walk_from(kPage, 1, table(1), true, 2);
  EXPECT_VERDICT(MATCH, device.answer(0, kFrame));
}

TEST_F(ObservedWalk, SetsDirtyOfAGlobalPageThatAnotherPcidRead) {
  map(kUserPage | PW_ENTRY_G);
  device.control(PW_CTL_CR3, Machine::kRoot | 1);
  device.use(kRead, mapped(frame_of(1), 0, 1));
  device.control(PW_CTL_CR3, 0x80000 | 2 | kNoFlush);
  device.request(0, kWrite);
  EXPECT_VERDICT(MATCH, try_set(entry(1), PW_ENTRY_D)) << "the page is held, and serves every PCID";
  EXPECT_TRUE(pw_verdict_is_legal(device.answer(0, mapped(frame_of(1), 0, 1)))) << device.why();
}

TEST_F(ObservedWalk, ByAStaleTableMayDenyOnce) {
  device.map(kPage, frame_of(1) | kUserPage);
  device.write(entry(2), table(1) | kReadOnly); // no entry below it may be written
  device.use(kRead, kFrame);
  device.settle();
  device.write(entry(2), device.get(entry(2)) | PW_ENTRY_RW);
  const pw_access beside = make_access(kPage + 0x1000, PW_WRITE);
  device.map(kPage + 0x1000, frame_of(2) | kUserPage | PW_ENTRY_A);
  device.request(0, beside);
  device.walk_from(kPage + 0x1000, 1, table(1));
  EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.answer(0, page_fault(kDeniedWrite)));
  device.settle();
  device.request(0, beside);
  const uint64_t next = entry(1, kPage + 0x1000);
  EXPECT_FALSE(pw_verdict_is_legal(try_read(next)) && pw_verdict_is_legal(device.answer(0, page_fault(kDeniedWrite))));
}

TEST_F(ObservedWalk, OfTwoWalkersOnOneEntryTheSecondLosesAndBeginsAgain) {
  map();
  device.request(0, kRead);
  device.request(1, make_access(kPage + 0x1000));
  device.read(0, entry(4));
  device.read(1, entry(4));
  const uint64_t read = device.get(entry(4));
  device.set(0, entry(4), PW_ENTRY_A);
  device.step(device.swap_event(1, entry(4), read, read | PW_ENTRY_A, false));
  for (unsigned level = 3; level >= 1; level--) {
    device.read(0, entry(level));
    device.set(0, entry(level), PW_ENTRY_A);
  }
  device.walk(kPage + 0x1000, false, Machine::kRoot, 1);
  EXPECT_VERDICT(MATCH, device.answer(0, kFrame));
  EXPECT_VERDICT(MATCH, device.answer(1, page_fault(PW_ERROR_US)));
}

// ---- what was invalidated is not written, and what was forgotten is not judged ----

TEST_F(ObservedWalk, DirtyIsNotSetThroughAnEntryThatWasInvalidated) {
  const uint64_t page = device.map(kPage, frame_of(1) | kUserPage);
  device.use(kRead, mapped(frame_of(1)));
  device.write(device.entry_of(kPage, 2, Machine::kRoot), 0);
  device.control(PW_CTL_INVLPG, kPage);
  device.settle();
  device.request(1, make_access(kPage, PW_WRITE));
  const uint64_t held = device.get(page);
  EXPECT_VERDICT(AD_SPURIOUS, device.take(device.swap_event(0, page, held, held | PW_ENTRY_D)));
}

TEST_F(ObservedWalk, DirtySetForAWriteKilledBeforeManyOthersIsNoFalseAlarm) {
  const uint64_t page = device.map(kPage, frame_of(1) | kUserPage);
  device.request(0, make_access(kPage, PW_WRITE));
  device.walk(kPage);
  device.kill(0);
  for (unsigned n = 0; n < 300; n++) {
    device.request(1 + n % 100, make_access(kPage + 0x100000));
    device.kill(1 + n % 100);
    device.cycle += 4;
  }
  const uint64_t held = device.get(page);
  EXPECT_VERDICT(MATCH, device.take(device.swap_event(0, page, held, held | PW_ENTRY_D)));
}

} // namespace
