// Explanations of observed and window mode: what would have been legal, since when, and what killed what was used.
#include "watched_device.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kPage = 0x400000;
const pw_access kRead = make_access(kPage);
const Answer kOld = mapped(frame_of(1));

class Explanation : public testing::TestWithParam<pw_check_mode> {
 protected:
  WatchedDevice device{GetParam()};
  uint64_t leaf = 0;
  uint64_t read_cycle = 0;

  // A page read in `read_cycle`, and changed since.
  void SetUp() override {
    device.start_paging();
    leaf = device.map(kPage, frame_of(1) | kReadOnly);
    device.use(kRead, kOld);
    read_cycle = device.cycle - 2; // of the last compare-and-swap, before the answer
    device.cycle = 200;
    device.write(leaf, frame_of(2) | kReadOnly | PW_ENTRY_A);
  }
  void expect(const std::string &words) const {
    EXPECT_NE(std::string::npos, device.why().find(words)) << "not there: " << words << "\n" << device.why();
  }
};

TEST_P(Explanation, IsEmptyWhileAllIsWell) {
  EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld));
  EXPECT_EQ("", device.why());
}

TEST_P(Explanation, NamesTheRequestTheVerdictAndTheAnswer) {
  device.cycle = 300;
  EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(0xbad000)));
  EXPECT_EQ(0u, device.why().find("cycle 301: #2 accepted in cycle 300, data read 0x400000 cpl3: WRONG: device answers "
                                  "mapped 0xbad000 in a 4K page, memory type 0\n"))
      << device.why();
}

TEST_P(Explanation, OfAFaultNamesItsErrorCode) {
  EXPECT_FALSE(pw_verdict_is_legal(device.ask(kRead, page_fault(0x15))));
  expect("device answers #PF error code 0x15");
}

TEST_P(Explanation, NamesTheInvalidationThatKilledWhatWasUsed) {
  device.cycle = 500;
  device.control(PW_CTL_INVLPG, kPage);
  device.control(PW_CTL_INVLPG, kPage + 0x1000);
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
  expect("ILLEGAL_STALE");
  expect("page at 0x10200000");
  expect("PTE[0x103000] = 0x102000");
  expect("killed by invlpg 0x400000 pcid 0 of cycle 500");
}

TEST_P(Explanation, SaysThatAPageFaultKilledIt) {
  device.write(leaf, frame_of(1) | kUserPage | PW_ENTRY_A);
  const Answer denied = page_fault(PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US);
  const pw_access write = make_access(kPage, PW_WRITE);
  EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.ask(write, denied));
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(write, denied));
  expect("killed by page fault 0x400000 pcid 0");
}

INSTANTIATE_TEST_SUITE_P(, Explanation, testing::Values(PW_CHECK_OBSERVED, PW_CHECK_WINDOW), mode_of_test);

class ObservedExplanation : public Explanation {};

TEST_P(ObservedExplanation, ListsWhatWouldHaveBeenLegalAndSinceWhen) {
  EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(0xbad000)));
  expect("legal since");
  expect("cycle " + std::to_string(read_cycle));
  expect("mapped 0x10200000 in a 4K page");
  expect("no walk of this address ended while it was in flight");
}

TEST_P(ObservedExplanation, ListsWhatWasReadInFlight) {
  device.request(0, kRead);
  device.walk(kPage);
  const uint64_t last_read = device.cycle - 1;
  EXPECT_VERDICT(WRONG, device.answer(0, mapped(0xbad000)));
  expect("read while it was in flight, cycle " + std::to_string(last_read));
  expect("page at 0x10400000");
}

TEST_P(ObservedExplanation, SaysWhenNothingMayBeCached) {
  EXPECT_VERDICT(WRONG, device.ask(make_access(UINT64_C(0x7f0000000000)), mapped(0xbad000)));
  expect("nothing that was read may be cached for this address");
}

TEST_P(ObservedExplanation, OfAReadNamesTheInvalidationThatKilledTheTable) {
  const uint64_t old = device.entry_of(kPage, 1, Machine::kRoot);
  device.write(device.entry_of(kPage, 2, Machine::kRoot), device.new_table() | kTableBits);
  device.cycle = 700;
  device.control(PW_CTL_INVLPG, 0);
  EXPECT_VERDICT(ILLEGAL_STALE, device.take(device.read_event(3, old + 8, 0)));
  expect("walker 3 reads 0x103008");
  expect("killed by invlpg 0x0 pcid 0 of cycle 700");
}

TEST_P(ObservedExplanation, OfAFaultBelowATableThatWasInvalidatedNamesTheTable) {
  device.cycle = 700;
  device.control(PW_CTL_INVLPG, kPage);
  EXPECT_FALSE(pw_verdict_is_legal(device.ask(make_access(kPage + 0x1000), page_fault(PW_ERROR_US | PW_ERROR_P))));
  expect("led to a table until it was killed, since cycle ");
  expect("killed by invlpg 0x400000 pcid 0 of cycle 700");
}

TEST_P(ObservedExplanation, OfAMissingFlagSaysWhichIsNotSet) {
  const uint64_t other = kPage + 0x1000;
  const uint64_t entry = device.map(other, frame_of(3) | kReadOnly);
  device.request(0, make_access(other));
  device.read_entries(other, 0, 4, Machine::kRoot);
  EXPECT_NE(0u, entry);
  EXPECT_VERDICT(AD_MISSING, device.answer(0, mapped(frame_of(3))));
  expect("(A not set)");
}

TEST_P(ObservedExplanation, OfASwapNamesItsValues) {
  device.request(0, kRead);
  device.walk(kPage);
  EXPECT_VERDICT(AD_SPURIOUS, device.take(device.swap_event(0, leaf, device.get(leaf), device.get(leaf) | PW_ENTRY_D)));
  expect("from 0x10400025 to 0x10400065, setting D of a page that no request may write");
}

// However much there is to say, the text ends within its bound.
TEST_P(ObservedExplanation, OfManyCandidatesFitsItsBuffer) {
  for (unsigned n = 3; n < 60; n++) {
    device.write(leaf, frame_of(n) | kReadOnly | PW_ENTRY_A);
    device.use(kRead, mapped(frame_of(n)));
  }
  EXPECT_VERDICT(WRONG, device.ask(kRead, mapped(0xbad000)));
  EXPECT_LT(device.why().size(), static_cast<size_t>(PW_CHECK_TEXT_BYTES));
}

INSTANTIATE_TEST_SUITE_P(, ObservedExplanation, testing::Values(PW_CHECK_OBSERVED), mode_of_test);

} // namespace
