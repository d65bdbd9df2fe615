// Observed mode, answers: each verdict, with a neighbour in which it must not fall.
#include "watched_device.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kPage = 0x7000001000;
constexpr unsigned kDeniedWrite = PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US;
const pw_access kRead = make_access(kPage | 0x123);
const pw_access kWrite = make_access(kPage | 0x123, PW_WRITE);
const Answer kOld = mapped(frame_of(1) | 0x123);
const Answer kNew = mapped(frame_of(2) | 0x123);

// A page that was read once, and may be cached.
class ObservedAnswer : public testing::Test {
 protected:
  WatchedDevice device{PW_CHECK_OBSERVED};
  uint64_t leaf = 0; // address of the page's entry

  void SetUp() override { device.start_paging(); }

  void cache(uint64_t bits = kReadOnly, const Answer &expected = kOld) {
    leaf = device.map(kPage, frame_of(1) | bits);
    device.use(kRead, expected);
    device.settle();
  }
};

// ---- MATCH ----

TEST_F(ObservedAnswer, OfTheTablesMatches) {
  cache();
  EXPECT_VERDICT(MATCH, device.ask(kRead, kOld));
  EXPECT_EQ(2u, device.stats().verdicts[PW_VERDICT_MATCH]);
  EXPECT_EQ(2u, device.stats().checked);
}

TEST_F(ObservedAnswer, ThatWasReadInFlightMatchesAfterSoftwareChangedIt) {
  leaf = device.map(kPage, frame_of(1) | kReadOnly);
  device.request(0, kRead);
  device.walk(kPage);
  device.write(leaf, frame_of(2) | kReadOnly);
  EXPECT_VERDICT(MATCH, device.answer(0, kOld));
}

TEST_F(ObservedAnswer, WithoutPagingIsTheAddress) {
  device.renew();
  EXPECT_VERDICT(MATCH, device.ask(make_access(0x1234), mapped(0x1234)));
  EXPECT_VERDICT(WRONG, device.ask(make_access(0x1234), mapped(0x1235)));
}

TEST_F(ObservedAnswer, OfANonCanonicalAddressIsAFaultWithoutAWalk) {
  const uint64_t address = UINT64_C(1) << 60;
  EXPECT_VERDICT(MATCH, device.ask(make_access(address), faulted(PW_RSP_GENERAL_PROTECTION)));
  EXPECT_VERDICT(MATCH, device.ask(make_access(address, PW_READ, 3, PW_STACK), faulted(PW_RSP_STACK_FAULT)));
  EXPECT_VERDICT(MATCH, device.ask(make_access(address, PW_READ, 3, PW_PREFETCH), faulted(PW_RSP_DROPPED)));
  EXPECT_VERDICT(WRONG, device.ask(make_access(address), faulted(PW_RSP_STACK_FAULT)));
}

TEST_F(ObservedAnswer, OfAPrefetchMayAlwaysBeThatItWasDropped) {
  cache();
  EXPECT_VERDICT(MATCH, device.ask(make_access(kPage, PW_READ, 3, PW_PREFETCH), faulted(PW_RSP_DROPPED)));
}

TEST_F(ObservedAnswer, ThatARequestWasDroppedIsForPrefetchesAlone) {
  cache();
  EXPECT_VERDICT(WRONG, device.ask(kRead, faulted(PW_RSP_DROPPED)));
}

TEST_F(ObservedAnswer, OfALargePageMayComeFromAPieceOfIt) {
  device.map(kPage, frame_of(1) | kReadOnly, 2);
  const uint64_t at = frame_of(1) | (kPage & 0x1fffff);
  device.use(make_access(kPage), mapped(at, 1));
  EXPECT_VERDICT(MATCH, device.ask(make_access(kPage), mapped(at, 0)));
  EXPECT_VERDICT(WRONG, device.ask(make_access(kPage), mapped(at, 2))) << "and not from a larger one";
}

// ---- LEGAL_STALE and ILLEGAL_STALE ----

TEST_F(ObservedAnswer, OfWhatWasCachedIsLegalUntilItIsInvalidated) {
  cache();
  device.write(leaf, 0);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld));
  device.control(PW_CTL_INVLPG, kPage);
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
}

TEST_F(ObservedAnswer, OfAnOldRequestIsLegalAfterTheInvalidation) {
  cache();
  device.write(leaf, 0);
  device.request(1, kRead); // before it
  device.accept_control(PW_CTL_INVLPG, kPage);
  device.request(2, kRead); // one event before done
  device.control_done();
  EXPECT_VERDICT(LEGAL_STALE, device.answer(2, kOld));
  EXPECT_VERDICT(LEGAL_STALE, device.answer(1, kOld));
}

TEST_F(ObservedAnswer, OfARequestAcceptedRightAfterTheInvalidationIsIllegal) {
  cache();
  device.write(leaf, 0);
  device.request(1, kRead);
  device.control(PW_CTL_INVLPG, kPage);
  device.request(2, kRead); // one event after done, while an old request still keeps the entry alive for itself
  EXPECT_VERDICT(ILLEGAL_STALE, device.answer(2, kOld));
}

TEST_F(ObservedAnswer, OfWhatWasReadAgainAfterTheInvalidationIsLegal) {
  cache();
  device.control(PW_CTL_INVLPG, kPage);
  device.use(kRead, kOld);
  device.write(leaf, 0);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld));
}

TEST_F(ObservedAnswer, OfWhatWasNeverReadIsWrong) {
  leaf = device.map(kPage, frame_of(1) | kReadOnly);
  EXPECT_VERDICT(WRONG, device.ask(kRead, kOld)) << "though memory says so";
}

TEST_F(ObservedAnswer, OfAnEntryWhoseAccessedFlagIsClearMayNotBeCached) {
  leaf = device.map(kPage, frame_of(1) | kReadOnly);
  device.request(0, make_access(kPage, PW_READ, 3, PW_PREFETCH));
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(MATCH, device.answer(0, faulted(PW_RSP_DROPPED)));
  EXPECT_FALSE(pw_verdict_is_legal(device.ask(kRead, kOld)));
}

TEST_F(ObservedAnswer, OfAnEntryThatWasNotPresentIsNeverCached) {
  leaf = device.map(kPage, 0);
  device.use(kRead, page_fault(PW_ERROR_US));
  device.write(leaf, frame_of(2) | kReadOnly | PW_ENTRY_A);
  EXPECT_VERDICT(ILLEGAL_NEGATIVE, device.ask(kRead, page_fault(PW_ERROR_US)));
}

TEST_F(ObservedAnswer, OfAWalkBegunBeforeTheInvalidationIsForOldRequestsAlone) {
  leaf = device.map(kPage, frame_of(1) | kReadOnly);
  device.request(1, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  device.control(PW_CTL_INVLPG, kPage);
  const uint64_t old = device.get(leaf);
  for (unsigned level = 4; level >= 1; level--)
    device.set(0, device.entry_of(kPage, level, Machine::kRoot), PW_ENTRY_A);
  device.write(leaf, frame_of(2) | kReadOnly);
  EXPECT_NE(0u, old);
  device.request(2, kRead);
  EXPECT_VERDICT(MATCH, device.answer(1, kOld));
  EXPECT_VERDICT(ILLEGAL_STALE, device.answer(2, kOld));
}

TEST_F(ObservedAnswer, OfRightsThatOnlyTheStaleEntryHasIsLegal) {
  cache(kUserPage | PW_ENTRY_D);
  device.write(leaf, frame_of(1) | kReadOnly | PW_ENTRY_A | PW_ENTRY_D);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kWrite, kOld));
}

TEST_F(ObservedAnswer, ObeysTheRegistersOfItsOwnRequest) {
  cache();
  const pw_access supervisor = make_access(kPage | 0x123, PW_WRITE, 0);
  EXPECT_VERDICT(MATCH, device.ask(supervisor, page_fault(PW_ERROR_P | PW_ERROR_WR)));
  device.use(kRead, kOld);
  device.request(1, supervisor);
  device.control(PW_CTL_CR0, PW_CR0_PG); // without WP
  device.request(2, supervisor);
  EXPECT_FALSE(pw_verdict_is_legal(device.answer(2, page_fault(PW_ERROR_P | PW_ERROR_WR))));
}

TEST_F(ObservedAnswer, OfAnOlderRequestObeysTheOlderRegisters) {
  cache();
  const pw_access supervisor = make_access(kPage | 0x123, PW_WRITE, 0);
  device.request(1, supervisor);
  device.control(PW_CTL_CR0, PW_CR0_PG);
  EXPECT_VERDICT(MATCH, device.answer(1, page_fault(PW_ERROR_P | PW_ERROR_WR)));
}

// ---- LEGAL_SPURIOUS_FAULT ----

TEST_F(ObservedAnswer, ThatDeniesByAStaleEntryIsASpuriousFaultOnce) {
  cache();
  device.write(leaf, frame_of(1) | kUserPage | PW_ENTRY_A);
  EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.ask(kWrite, page_fault(kDeniedWrite)));
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kWrite, page_fault(kDeniedWrite)));
}

TEST_F(ObservedAnswer, ThatDeniesByTheTablesIsNoSpuriousFault) {
  cache();
  EXPECT_VERDICT(MATCH, device.ask(kWrite, page_fault(kDeniedWrite)));
}

TEST_F(ObservedAnswer, ThatDeniesAgainAfterTheEntryWasReadAgainIsLegal) {
  cache();
  device.write(leaf, frame_of(1) | kUserPage | PW_ENTRY_A);
  EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.ask(kWrite, page_fault(kDeniedWrite)));
  device.write(leaf, frame_of(1) | kReadOnly | PW_ENTRY_A);
  device.use(kRead, kOld);
  device.write(leaf, frame_of(1) | kUserPage | PW_ENTRY_A);
  EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.ask(kWrite, page_fault(kDeniedWrite)));
}

TEST_F(ObservedAnswer, ThatDeniesAgainWhileAnothersWalkMayFillIsLegal) {
  cache();
  device.use(make_access(kPage), mapped(frame_of(1)));
  device.write(leaf, frame_of(1) | kUserPage | PW_ENTRY_A);
  EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.ask(kWrite, page_fault(kDeniedWrite)));
  EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.ask(kWrite, page_fault(kDeniedWrite)));
}

TEST_F(ObservedAnswer, OfTwoRequestsAtOnceMayBothBeSpurious) {
  cache();
  device.write(leaf, frame_of(1) | kUserPage | PW_ENTRY_A);
  device.request(1, kWrite);
  device.request(2, kWrite);
  EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.answer(1, page_fault(kDeniedWrite)));
  EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.answer(2, page_fault(kDeniedWrite)));
}

TEST_F(ObservedAnswer, WithAnotherErrorCodeThanTheStaleEntryGivesIsWrong) {
  cache();
  device.write(leaf, frame_of(1) | kUserPage | PW_ENTRY_A);
  EXPECT_VERDICT(WRONG, device.ask(kWrite, page_fault(kDeniedWrite | PW_ERROR_ID)));
}

// ---- ILLEGAL_NEGATIVE ----

TEST_F(ObservedAnswer, ThatIsNegativeNeedsAReadInFlight) {
  leaf = device.map(kPage, 0);
  device.request(0, kRead);
  device.walk(kPage);
  device.write(leaf, frame_of(1) | kReadOnly);
  EXPECT_VERDICT(MATCH, device.answer(0, page_fault(PW_ERROR_US))) << "it was so when it was read";
  EXPECT_VERDICT(ILLEGAL_NEGATIVE, device.ask(kRead, page_fault(PW_ERROR_US)));
}

TEST_F(ObservedAnswer, OfAReservedBitNeedsAReadInFlight) {
  const unsigned code = PW_ERROR_P | PW_ERROR_US | PW_ERROR_RSVD;
  leaf = device.map(kPage, frame_of(1) | kReadOnly | UINT64_C(1) << 51);
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(MATCH, device.answer(0, page_fault(code)));
  device.write(leaf, frame_of(1) | kReadOnly);
  EXPECT_VERDICT(ILLEGAL_NEGATIVE, device.ask(kRead, page_fault(code)));
}

TEST_F(ObservedAnswer, ThatIsNegativeByAnotherAddressesWalkIsIllegal) {
  cache();
  device.request(1, make_access(kPage + 0x1000));
  device.request(2, kRead);
  device.walk(kPage + 0x1000);
  EXPECT_VERDICT(MATCH, device.answer(1, page_fault(PW_ERROR_US)));
  EXPECT_VERDICT(ILLEGAL_NEGATIVE, device.answer(2, page_fault(PW_ERROR_US)));
}

TEST_F(ObservedAnswer, OfABusErrorNeedsOneInFlight) {
  leaf = device.map(kPage, frame_of(1) | kReadOnly);
  device.request(0, kRead);
  pw_event failed = device.read_event(0, device.entry_of(kPage, 4, Machine::kRoot), 0);
  failed.u.read.bus_error = 1;
  device.step(failed);
  EXPECT_VERDICT(MATCH, device.answer(0, faulted(PW_RSP_BUS_ERROR)));
  device.settle();
  EXPECT_VERDICT(WRONG, device.ask(kRead, faulted(PW_RSP_BUS_ERROR)));
}

// ---- TORN and WRONG ----

TEST_F(ObservedAnswer, OfOneWalksAddressAndAnothersAttributesIsTorn) {
  cache(kReadOnly | PW_ENTRY_PCD, mapped(frame_of(1) | 0x123, 0, 0, 2));
  device.write(leaf, frame_of(2) | kReadOnly | PW_ENTRY_PWT);
  device.request(0, kRead);
  device.walk(kPage);
  EXPECT_VERDICT(MATCH, device.answer(0, mapped(frame_of(2) | 0x123, 0, 0, 1)));
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, mapped(frame_of(1) | 0x123, 0, 0, 2))) << "either walk's is legal";
  EXPECT_VERDICT(TORN, device.ask(kRead, mapped(frame_of(1) | 0x123, 0, 0, 1)));
}

TEST_F(ObservedAnswer, OfNoWalksAttributesIsWrong) {
  cache(kReadOnly | PW_ENTRY_PCD, mapped(frame_of(1) | 0x123, 0, 0, 2));
  EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(frame_of(1) | 0x123, 0, 0, 3)));
}

TEST_F(ObservedAnswer, WithABitOfTheAddressFlippedIsWrong) {
  for (unsigned bit = 0; bit < 52; bit++) {
    device.renew();
    device.start_paging();
    device.map(kPage, frame_of(1) | kReadOnly);
    device.use(kRead, kOld);
    EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(kOld.physical_address ^ UINT64_C(1) << bit))) << bit;
  }
}

TEST_F(ObservedAnswer, ThatIsGlobalInAPageThatIsNotIsWrong) {
  cache();
  EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(frame_of(1) | 0x123, 0, 1)));
}

TEST_F(ObservedAnswer, OfAFaultWhereAllIsAllowedIsWrong) {
  cache();
  EXPECT_VERDICT(WRONG, device.ask(kRead, faulted(PW_RSP_GENERAL_PROTECTION)));
}

TEST_F(ObservedAnswer, OfAnotherPcidsPageIsNotLegal) {
  cache();
  device.control(PW_CTL_CR3, 0x80000 | 2 | kNoFlush);
  EXPECT_FALSE(pw_verdict_is_legal(device.ask(kRead, kOld)));
}

TEST_F(ObservedAnswer, OfAnotherPcidsGlobalPageIsLegal) {
  cache(kReadOnly | PW_ENTRY_G, mapped(frame_of(1) | 0x123, 0, 1));
  device.control(PW_CTL_CR3, 0x80000 | 2 | kNoFlush);
  EXPECT_TRUE(pw_verdict_is_legal(device.ask(kRead, mapped(frame_of(1) | 0x123, 0, 1)))) << device.why();
}

TEST_F(ObservedAnswer, WithAFaultCodeThatIsNoneIsWrong) {
  for (unsigned fault : {6u, 7u, 255u}) {
    device.renew();
    device.start_paging();
    device.map(kPage, frame_of(1) | kReadOnly);
    device.use(kRead, kOld);
    EXPECT_FALSE(pw_verdict_is_legal(device.ask(kRead, faulted(fault)))) << fault;
  }
}

// ---- AD_MISSING ----

TEST_F(ObservedAnswer, BeforeAccessedIsSetMissesIt) {
  leaf = device.map(kPage, frame_of(1) | kReadOnly);
  device.request(0, kRead);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  for (unsigned level = 4; level >= 2; level--)
    device.set(0, device.entry_of(kPage, level, Machine::kRoot), PW_ENTRY_A);
  EXPECT_VERDICT(AD_MISSING, device.answer(0, kOld));
}

TEST_F(ObservedAnswer, BeforeAccessedIsSetAboveThePageMissesIt) {
  for (unsigned without = 2; without <= 4; without++) {
    device.renew();
    device.start_paging();
    device.map(kPage, frame_of(1) | kReadOnly);
    device.request(0, kRead);
    device.read_entries(kPage, 0, 4, Machine::kRoot);
    for (unsigned level = 4; level >= 1; level--) {
      if (level != without) device.set(0, device.entry_of(kPage, level, Machine::kRoot), PW_ENTRY_A);
    }
    EXPECT_VERDICT(AD_MISSING, device.answer(0, kOld)) << without;
  }
}

TEST_F(ObservedAnswer, OfAPageWhoseAccessedFlagIsClearMayDenyTheAccess) {
  leaf = device.map(kPage, frame_of(1) | kReadOnly);
  device.request(0, kWrite);
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  EXPECT_VERDICT(MATCH, device.answer(0, page_fault(kDeniedWrite)));
}

TEST_F(ObservedAnswer, ToAWriteBeforeDirtyIsSetMissesIt) {
  cache(kUserPage);
  EXPECT_VERDICT(AD_MISSING, device.ask(kWrite, kOld));
}

TEST_F(ObservedAnswer, ToAWriteAfterDirtyWasSetMatches) {
  cache(kUserPage);
  device.use(kWrite, kOld);
  EXPECT_VERDICT(MATCH, device.ask(kWrite, kOld));
}

TEST_F(ObservedAnswer, ToAWriteByAnEntryThatWasDirtyIsStaleAfterSoftwareClearedIt) {
  cache(kUserPage);
  device.use(kWrite, kOld);
  device.write(leaf, device.get(leaf) & ~PW_ENTRY_D);
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kWrite, kOld));
  device.control(PW_CTL_INVLPG, kPage);
  device.use(kRead, kOld);
  EXPECT_VERDICT(AD_MISSING, device.ask(kWrite, kOld));
}

TEST_F(ObservedAnswer, ToAPrefetchForWritingNeedsNoDirty) {
  cache(kUserPage);
  EXPECT_VERDICT(MATCH, device.ask(make_access(kPage | 0x123, PW_WRITE, 3, PW_PREFETCH), kOld));
}

// ---- requests that share a walk ----

TEST_F(ObservedAnswer, OfARequestThatJoinsAWalkMatchesWhileMemorySaysSo) {
  leaf = device.map(kPage, 0);
  device.request(0, kRead);
  device.walk(kPage);
  device.request(1, kRead);
  EXPECT_VERDICT(MATCH, device.answer(0, page_fault(PW_ERROR_US)));
  EXPECT_VERDICT(MATCH, device.answer(1, page_fault(PW_ERROR_US)));
  device.write(leaf, frame_of(1) | kReadOnly);
  EXPECT_VERDICT(ILLEGAL_NEGATIVE, device.ask(kRead, page_fault(PW_ERROR_US)));
}

TEST_F(ObservedAnswer, OfARequestThatJoinsAWalkMayBeItsBusError) {
  device.map(kPage, frame_of(1) | kReadOnly);
  device.request(0, kRead);
  pw_event read = device.read_event(0, Machine::slot(Machine::kRoot, 4, kPage), 0);
  read.u.read.bus_error = 1;
  device.step(read);
  device.request(1, kRead);
  EXPECT_VERDICT(MATCH, device.answer(0, faulted(PW_RSP_BUS_ERROR)));
  EXPECT_VERDICT(MATCH, device.answer(1, faulted(PW_RSP_BUS_ERROR)));
  device.cycle += 1000;
  EXPECT_VERDICT(WRONG, device.ask(kRead, faulted(PW_RSP_BUS_ERROR)));
}

} // namespace
