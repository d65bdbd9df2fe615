// The ten litmus tests of what x86 allows when a TLB may hold old entries, with events made by hand: every outcome that
// is legal is accepted, and those that are not are rejected with their verdict, in observed and in window mode.
//
// Intel SDM volume 3A, chapter "Paging", section "Caching Translation Information". tests/cosim/litmus_test.cc plays
// the same on a device, in strict mode too.
#include "watched_device.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kPage = 0x400000;
constexpr uint64_t kBeside = 0x401000; // the next page, by the same table
constexpr uint64_t kElsewhere = 0x7fe000;
constexpr uint64_t kRoot = Machine::kRoot;
constexpr uint64_t kOtherRoot = 0x80000;
constexpr unsigned kAbsent = PW_ERROR_US;
constexpr unsigned kDeniedWrite = PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US;
const pw_access kRead = make_access(kPage);
const pw_access kWrite = make_access(kPage, PW_WRITE);
const Answer kOld = mapped(frame_of(1));
const Answer kNew = mapped(frame_of(2));

class Litmus : public testing::TestWithParam<pw_check_mode> {
 protected:
  WatchedDevice device{GetParam()};

  bool observed() const { return GetParam() == PW_CHECK_OBSERVED; }
  // Maps the page to its old frame, reads it, and lets every fill come to an end.
  uint64_t cache(uint64_t bits = kReadOnly, uint64_t root = kRoot, const Answer &answer = kOld) {
    const uint64_t leaf = device.map(kPage, frame_of(1) | bits, 1, root);
    device.use(kRead, answer, root);
    device.settle();
    return leaf;
  }
  // Each outcome of a test needs a device of its own once one was illegal.
  template <class Scene>
  void outcome(Scene &&scene) {
    device.renew();
    scene();
  }
};

TEST_P(Litmus, PresentBitSetWithoutFlush) {
  const auto scene = [this] {
    device.start_paging();
    const uint64_t leaf = device.map(kPage, 0);
    device.use(kRead, page_fault(kAbsent));
    device.settle();
    device.write(leaf, frame_of(1) | kReadOnly);
  };
  outcome([&] {
    scene();
    device.use(kRead, kOld);
  });
  outcome([&] { // what is not present is not cached
    scene();
    EXPECT_VERDICT(ILLEGAL_NEGATIVE, device.ask(kRead, page_fault(kAbsent)));
  });
}

TEST_P(Litmus, PresentBitClearedWithoutFlush) {
  const auto scene = [this] {
    device.start_paging();
    device.write(cache(), 0);
  };
  outcome([&] {
    scene();
    EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld));
    device.control(PW_CTL_INVLPG, kPage);
    device.use(kRead, page_fault(kAbsent));
  });
  outcome([&] { // an entry may be dropped at any time
    scene();
    device.use(kRead, page_fault(kAbsent));
  });
  outcome([&] {
    scene();
    device.control(PW_CTL_INVLPG, kPage);
    EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
  });
}

TEST_P(Litmus, WriteBitSetWithoutFlush) {
  const auto scene = [this] {
    device.start_paging();
    device.write(cache(), frame_of(1) | kUserPage | PW_ENTRY_A);
  };
  outcome([&] {
    scene();
    device.use(kWrite, kOld);
  });
  outcome([&] {
    scene();
    EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.ask(kWrite, page_fault(kDeniedWrite)));
    device.use(kWrite, kOld);
  });
  outcome([&] { // the fault has dropped the entry
    scene();
    EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT, device.ask(kWrite, page_fault(kDeniedWrite)));
    EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kWrite, page_fault(kDeniedWrite)));
  });
}

// The page beside is not in the old table before the switch, so that nothing but a stale upper-level entry leads to it.
TEST_P(Litmus, UpperLevelSwitchAndInvlpgOfAnotherAddress) {
  uint64_t old_table = 0;
  const auto scene = [this, &old_table](bool invlpg) {
    device.start_paging();
    old_table = cache() & ~UINT64_C(0xfff);
    const uint64_t table = device.new_table();
    device.write(Machine::slot(table, 1, kBeside), frame_of(2) | kReadOnly);
    device.write(device.entry_of(kPage, 2, kRoot), table | kTableBits);
    if (invlpg) device.control(PW_CTL_INVLPG, kElsewhere);
    device.write(Machine::slot(old_table, 1, kBeside), frame_of(3) | kReadOnly | PW_ENTRY_A);
    device.request(1, make_access(kBeside));
  };
  const auto by_the_old_table = [this, &old_table] {
    const uint64_t address = Machine::slot(old_table, 1, kBeside);
    const pw_verdict read = device.take(device.read_event(0, address, device.get(address)));
    return pw_verdict_is_legal(read) ? device.answer(1, mapped(frame_of(3))) : read;
  };
  outcome([&] {
    scene(true);
    device.walk(kBeside);
    EXPECT_VERDICT(MATCH, device.answer(1, kNew));
    EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld)) << "INVLPG did not name this page";
  });
  outcome([&] {
    scene(false);
    EXPECT_VERDICT(LEGAL_STALE, by_the_old_table());
  });
  outcome([&] { // all entries of the PCID in the paging-structure caches go, whatever the address
    scene(true);
    EXPECT_VERDICT(ILLEGAL_STALE, by_the_old_table());
  });
}

TEST_P(Litmus, GlobalPageAcrossCr3Write) {
  const Answer old = mapped(frame_of(1), 0, 1);
  const auto scene = [this, &old](uint64_t bits) {
    device.start_paging();
    device.write(cache(kReadOnly | bits, kRoot, bits ? old : kOld), frame_of(2) | kReadOnly | bits);
    device.control(PW_CTL_CR3, kRoot);
  };
  outcome([&] {
    scene(PW_ENTRY_G);
    EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, old));
    device.use(kRead, mapped(frame_of(2), 0, 1));
  });
  outcome([&] {
    scene(0);
    EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
  });
  outcome([&] {
    scene(PW_ENTRY_G);
    device.control(PW_CTL_INVLPG, kPage);
    EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, old));
  });
}

TEST_P(Litmus, Cr3WithoutFlush) {
  const auto scene = [this](uint64_t bit63) {
    device.start_paging();
    device.control(PW_CTL_CR3, kRoot | 1);
    device.write(cache(), frame_of(2) | kReadOnly);
    device.control(PW_CTL_CR3, kRoot | 1 | bit63);
  };
  outcome([&] {
    scene(kNoFlush);
    EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, kOld));
  });
  outcome([&] {
    scene(kNoFlush);
    device.use(kRead, kNew);
  });
  outcome([&] {
    scene(0);
    EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
  });
}

TEST_P(Litmus, PcidsOfOneAddress) {
  const auto scene = [this](uint64_t bits) {
    device.start_paging();
    device.map(kPage, frame_of(1) | kReadOnly | bits, 1, kRoot);
    device.map(kPage, frame_of(2) | kReadOnly | bits, 1, kOtherRoot);
    device.control(PW_CTL_CR3, kRoot | 1);
    device.use(kRead, mapped(frame_of(1), 0, bits != 0), kRoot);
    device.control(PW_CTL_CR3, kOtherRoot | 2 | kNoFlush);
  };
  outcome([&] {
    scene(0);
    device.use(kRead, kNew, kOtherRoot);
    device.control(PW_CTL_CR3, kRoot | 1 | kNoFlush);
    EXPECT_VERDICT(MATCH, device.ask(kRead, kOld));
    device.control(PW_CTL_CR3, kOtherRoot | 2 | kNoFlush);
    EXPECT_VERDICT(MATCH, device.ask(kRead, kNew));
  });
  outcome([&] { // no invalidation ever took it away: it was never this address space's
    scene(0);
    EXPECT_FALSE(pw_verdict_is_legal(device.ask(kRead, kOld)));
  });
  outcome([&] { // a global page is everybody's
    scene(PW_ENTRY_G);
    EXPECT_TRUE(pw_verdict_is_legal(device.ask(kRead, mapped(frame_of(1), 0, 1)))) << device.why();
  });
}

TEST_P(Litmus, LargePageSplit) {
  const Answer large = mapped(frame_of(1), 1), small = mapped(frame_of(2));
  const auto scene = [this, &large] {
    device.start_paging();
    const uint64_t entry = device.map(kPage, frame_of(1) | kReadOnly, 2);
    device.use(kRead, large);
    const uint64_t table = device.new_table();
    device.write(Machine::slot(table, 1, kPage), frame_of(2) | kReadOnly);
    device.settle();
    device.write(entry, table | kTableBits);
  };
  outcome([&] { // a reference may use any of these translations
    scene();
    EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, large));
    device.use(kRead, small);
    EXPECT_VERDICT(LEGAL_STALE, device.ask(kRead, large));
    EXPECT_VERDICT(MATCH, device.ask(kRead, small));
  });
  outcome([&] { // but not parts of both
    scene();
    device.use(kRead, small);
    EXPECT_FALSE(pw_verdict_is_legal(device.ask(kRead, mapped(frame_of(2), 1))));
  });
  outcome([&] {
    scene();
    device.use(kRead, small);
    device.control(PW_CTL_INVLPG, kPage + 0x5000); // any address of the large page
    EXPECT_VERDICT(MATCH, device.ask(kRead, small)) << "INVLPG named another small page";
    EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, large));
  });
}

TEST_P(Litmus, DirtyBitClearedWithoutFlush) {
  const auto scene = [this] {
    device.start_paging();
    const uint64_t leaf = device.map(kPage, frame_of(1) | kUserPage);
    device.use(kWrite, kOld);
    device.settle();
    device.write(leaf, device.get(leaf) & ~PW_ENTRY_D);
  };
  outcome([&] { // hardware may not set it again; window mode does not see flags
    scene();
    if (observed()) {
      EXPECT_VERDICT(LEGAL_STALE, device.ask(kWrite, kOld));
    } else {
      EXPECT_VERDICT(MATCH, device.ask(kWrite, kOld));
    }
  });
  outcome([&] {
    scene();
    device.use(kWrite, kOld);
  });
  outcome([&] {
    scene();
    device.control(PW_CTL_INVLPG, kPage);
    device.use(kRead, kOld);
    if (observed()) {
      EXPECT_VERDICT(AD_MISSING, device.ask(kWrite, kOld));
    } else {
      EXPECT_VERDICT(MATCH, device.ask(kWrite, kOld));
    }
  });
}

TEST_P(Litmus, ControlAcceptedMidWalk) {
  const auto scene = [this] { // the walk of request 1 has read the old entry when INVLPG is accepted
    device.start_paging();
    const uint64_t leaf = device.map(kPage, frame_of(1) | kReadOnly | PW_ENTRY_A);
    device.request(1, kRead);
    device.walk(kPage);
    device.write(leaf, frame_of(2) | kReadOnly | PW_ENTRY_A);
    device.accept_control(PW_CTL_INVLPG, kPage);
    device.request(2, kRead);
    device.control_done();
  };
  outcome([&] {
    scene();
    EXPECT_VERDICT(MATCH, device.answer(1, kOld));
    EXPECT_TRUE(pw_verdict_is_legal(device.answer(2, kOld))) << "accepted before the acknowledge\n" << device.why();
    device.use(kRead, kNew);
  });
  outcome([&] { // it never fills after the acknowledge
    scene();
    EXPECT_VERDICT(MATCH, device.answer(1, kOld));
    EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kOld));
  });
}

INSTANTIATE_TEST_SUITE_P(, Litmus, testing::Values(PW_CHECK_OBSERVED, PW_CHECK_WINDOW), mode_of_test);

} // namespace
