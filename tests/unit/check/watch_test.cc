// The life of a checker that watches from outside: streams that make no sense, hangs, ends, resets and bounds, in
// observed and window mode. Whatever comes, it gives a verdict.
#include <random>

#include "event_logs.h"
#include "watched_device.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kPage = 0x7000001000;
const pw_access kRead = make_access(kPage);
const Answer kFrame = mapped(frame_of(1));

class Watch : public testing::TestWithParam<pw_check_mode> {
 protected:
  WatchedDevice device{GetParam()};

  bool observed() const { return GetParam() == PW_CHECK_OBSERVED; }
  void start(unsigned pages = 1) {
    device.start_paging();
    for (unsigned page = 0; page < pages; page++) {
      device.map(kPage + page * UINT64_C(0x1000), (frame_of(1) + page * UINT64_C(0x1000)) | kReadOnly);
    }
  }
};

class ObservedWatch : public Watch {};

// ---- streams that make no sense ----

TEST_P(Watch, ResponseWithoutARequestIsWrong) {
  EXPECT_VERDICT(WRONG, device.answer(0, kFrame));
  EXPECT_NE(std::string::npos, device.why().find("no request waits")) << device.why();
}

TEST_P(Watch, SecondResponseIsWrong) {
  start();
  device.use(kRead, kFrame);
  EXPECT_VERDICT(WRONG, device.answer(0, kFrame));
}

TEST_P(Watch, ResponseOnAPortThatIsNoneIsWrong) {
  device.request(7, make_access(0x1000));
  EXPECT_VERDICT(WRONG, device.answer(7, mapped(0x1000), 7));
}

TEST_P(Watch, RequestOnAPortThatIsNoneIsWrong) {
  for (const unsigned port : {0u, 2u, 7u, 255u}) { // 0: of a fetch
    device.renew();
    pw_event event = device.request_event(0, kRead);
    event.u.request.port = static_cast<uint8_t>(port);
    EXPECT_VERDICT(WRONG, device.take(event)) << port;
  }
}

TEST_P(Watch, RequestWithAnIdInUseIsWrong) {
  device.request(3, kRead);
  EXPECT_VERDICT(WRONG, device.take(device.request_event(3, kRead)));
}

TEST_P(Watch, RequestOfAnotherPortMayHaveTheSameId) {
  device.request(3, kRead);
  EXPECT_VERDICT(MATCH, device.take(device.request_event(3, make_access(kPage, PW_FETCH))));
}

TEST_P(Watch, AccessThatCannotBeIsWrong) {
  pw_access across = make_access(0x1fff);
  across.size_bytes = 2;
  for (const pw_access &access : {make_access(0, 3), make_access(0, 0, 4), make_access(0, 0, 3, 255), across}) {
    device.renew();
    EXPECT_VERDICT(WRONG, device.take(device.request_event(0, access)));
  }
}

TEST_P(Watch, DoneWithoutAControlOperationIsWrong) {
  EXPECT_VERDICT(WRONG, device.take(device.make(PW_EVENT_CONTROL_DONE)));
}

TEST_P(Watch, ControlOperationBeforeTheLastOneIsDoneIsWrong) {
  device.accept_control(PW_CTL_INVLPG, 0);
  EXPECT_VERDICT(WRONG, device.take(device.control_event(PW_CTL_INVLPG, 0)));
}

TEST_P(Watch, ControlOperationThatRaisesAFaultIsWrong) {
  struct {
    unsigned op;
    uint64_t data;
    unsigned pcid;
  } const bad[] = {{6, 0, 0},
                   {PW_CTL_OPS, 0, 0},
                   {255, 0, 0},
                   {PW_CTL_CR3, UINT64_C(1) << 62, 0},
                   {PW_CTL_CR0, 0, 0}, // PG with PCIDE
                   {PW_CTL_INVPCID_CONTEXT, 0, 4096},
                   {PW_CTL_INVPCID_ADDRESS, UINT64_C(1) << 60, 0}};
  for (const auto &control : bad) {
    device.renew();
    device.start_paging();
    EXPECT_VERDICT(WRONG, device.take(device.control_event(control.op, control.data, control.pcid))) << control.op;
    EXPECT_NE(std::string::npos, device.why().find("is no operation that a processor completes: "));
  }
}

TEST_P(Watch, ControlOperationThatRaisesAFaultSaysWhatItNeeds) {
  device.start_paging(false);
  EXPECT_VERDICT(WRONG, device.take(device.control_event(PW_CTL_CR3, Machine::kRoot | kNoFlush)));
  EXPECT_NE(std::string::npos, device.why().find("bit 63 needs CR4.PCIDE")) << device.why();
}

TEST_P(Watch, EventOfAnUnknownKindIsWrong) {
  for (const unsigned kind : {static_cast<unsigned>(PW_EVENTS), 255u}) {
    device.renew();
    EXPECT_VERDICT(WRONG, device.take(device.make(kind)));
  }
}

TEST_P(Watch, CycleThatGoesBackIsWrong) {
  device.cycle = 100;
  device.request(0, kRead);
  device.cycle = 99;
  EXPECT_VERDICT(WRONG, device.take(device.request_event(1, kRead)));
}

TEST_P(Watch, EventsOfOneCycleAreTakenInTheirOrder) {
  start();
  device.request(0, kRead);
  for (unsigned level = 4; level >= 1; level--) {
    device.cycle--;
    const uint64_t entry = device.entry_of(kPage, level, Machine::kRoot);
    device.read(0, entry);
    device.cycle--;
    device.set(0, entry, PW_ENTRY_A);
  }
  device.cycle--;
  EXPECT_VERDICT(MATCH, device.answer(0, kFrame));
}

TEST_P(Watch, WriteThatIsNotAlignedOrBeyondMemoryIsWrong) {
  for (const uint64_t address : {UINT64_C(0x1001), UINT64_C(0x1004), UINT64_C(1) << 52, UINT64_MAX & ~UINT64_C(7)}) {
    device.renew();
    pw_event event = device.make(PW_EVENT_WRITE);
    event.u.write.address = address;
    EXPECT_VERDICT(WRONG, device.take(event)) << std::hex << address;
  }
}

TEST_P(Watch, KillOfWhatDoesNotExistIsNone) {
  for (const unsigned port : {0u, 1u, 7u, 255u}) device.kill(200, port);
  device.request(0, make_access(0x1000));
  EXPECT_VERDICT(MATCH, device.answer(0, mapped(0x1000)));
}

TEST_P(Watch, ObservationsArePassedOver) {
  for (const unsigned kind :
       {PW_EVENT_LOOK_UP, PW_EVENT_WALK_START, PW_EVENT_COMMIT, PW_EVENT_FILL, PW_EVENT_INVALIDATE}) {
    pw_event event = device.make(kind);
    memset(&event.u, 255, sizeof event.u);
    EXPECT_VERDICT(MATCH, device.take(event));
  }
}

TEST_P(Watch, VerdictThatIsIllegalStays) {
  EXPECT_VERDICT(WRONG, device.answer(0, kFrame));
  const std::string why = device.why();
  const uint64_t events = device.stats().events;
  EXPECT_VERDICT(WRONG, device.take(device.make(PW_EVENT_RESET)));
  EXPECT_VERDICT(WRONG, pw_checker_check_hang(device.checker(), 1000000));
  EXPECT_VERDICT(WRONG, pw_checker_finish(device.checker()));
  EXPECT_EQ(why, device.why());
  EXPECT_EQ(events, device.stats().events);
}

TEST_P(ObservedWatch, OperationByAWalkerThatIsNoneIsWrong) {
  start();
  for (const unsigned walker : {static_cast<unsigned>(PW_CHECK_WALKERS), 255u}) {
    device.renew();
    start();
    EXPECT_VERDICT(WRONG, device.take(device.read_event(walker, Machine::kRoot, 0)));
    device.renew();
    EXPECT_VERDICT(WRONG, device.take(device.swap_event(walker, Machine::kRoot, 0, 0)));
  }
}

TEST_P(ObservedWatch, OperationThatIsNotAlignedIsWrong) {
  for (const uint64_t off : {1u, 4u, 7u}) {
    device.renew();
    start();
    EXPECT_VERDICT(WRONG, device.take(device.read_event(0, Machine::kRoot + off, 0)));
    device.renew();
    start();
    EXPECT_VERDICT(WRONG, device.take(device.swap_event(0, Machine::kRoot + off, 0, 0)));
  }
}

TEST_P(ObservedWatch, OperationBeyondMemoryIsWrong) {
  EXPECT_VERDICT(WRONG, device.take(device.read_event(0, UINT64_C(1) << 60, 0)));
  device.renew();
  EXPECT_VERDICT(WRONG, device.take(device.swap_event(0, UINT64_C(1) << 60, 0, PW_ENTRY_A)));
}

// Every event that the log format can hold, and after each whatever there is to ask.
TEST_P(Watch, RandomEventsGetAVerdict) {
  for (uint64_t seed = 1; seed <= 300; seed++) {
    device.renew();
    RandomEvents random(seed);
    pw_verdict verdict = PW_VERDICT_MATCH;
    for (unsigned i = 0; i < 400 && pw_verdict_is_legal(verdict); i++) {
      const pw_event event = random.next();
      verdict = pw_checker_take(device.checker(), &event);
      ASSERT_LT(static_cast<unsigned>(verdict), static_cast<unsigned>(PW_VERDICTS));
      EXPECT_EQ(pw_verdict_is_legal(verdict) != 0, device.why().empty()) << device.why();
    }
    pw_checker_check_hang(device.checker(), UINT64_MAX);
    pw_checker_finish(device.checker());
  }
}

// The same of bytes that no format holds to its rules.
TEST_P(Watch, RandomBytesGetAVerdict) {
  std::mt19937_64 random(1);
  for (unsigned round = 0; round < 500; round++) {
    device.renew();
    pw_verdict verdict = PW_VERDICT_MATCH;
    for (unsigned i = 0; i < 20 && pw_verdict_is_legal(verdict); i++) {
      pw_event event;
      for (size_t byte = 0; byte < sizeof event; byte++)
        reinterpret_cast<unsigned char *>(&event)[byte] = static_cast<unsigned char>(random());
      event.cycle = device.cycle + i;
      event.kind = static_cast<uint8_t>(random() % (PW_EVENTS + 1));
      verdict = pw_checker_take(device.checker(), &event);
      ASSERT_LT(static_cast<unsigned>(verdict), static_cast<unsigned>(PW_VERDICTS));
    }
  }
}

// ---- kills ----

TEST_P(Watch, KilledRequestMayAnswerForTwoCycles) {
  for (const uint64_t after : {0u, 1u, 2u, 3u}) {
    device.renew();
    device.request(0, make_access(0x1000));
    device.kill(0);
    device.cycle += after - 1;
    if (after <= 2) {
      EXPECT_VERDICT(MATCH, device.answer(0, mapped(0x1000))) << after;
    } else {
      EXPECT_VERDICT(WRONG, device.answer(0, mapped(0x1000)));
    }
  }
}

TEST_P(Watch, KilledRequestThatAnswersIsJudged) {
  device.request(0, make_access(0x1000));
  device.kill(0);
  EXPECT_VERDICT(WRONG, device.answer(0, mapped(0x2000)));
}

TEST_P(Watch, IdOfAKilledRequestIsFreeThreeCyclesLater) {
  device.request(0, make_access(0x1000));
  device.kill(0);
  device.cycle += 2;
  EXPECT_VERDICT(MATCH, device.take(device.request_event(0, make_access(0x2000))));
  EXPECT_VERDICT(MATCH, device.answer(0, mapped(0x2000)));
}

// ---- hangs and the end ----

TEST_P(Watch, RequestHangsWhenItWaitsLongerThanTheBound) {
  device.cycle = 10;
  device.request(0, kRead);
  EXPECT_VERDICT(MATCH, pw_checker_check_hang(device.checker(), 10 + WatchedDevice::kHangCycles));
  EXPECT_VERDICT(HANG, pw_checker_check_hang(device.checker(), 11 + WatchedDevice::kHangCycles));
  EXPECT_NE(std::string::npos, device.why().find("still waits for its response")) << device.why();
}

TEST_P(Watch, AnsweredRequestDoesNotHang) {
  device.request(0, make_access(0x1000));
  EXPECT_VERDICT(MATCH, device.answer(0, mapped(0x1000)));
  EXPECT_VERDICT(MATCH, pw_checker_check_hang(device.checker(), UINT64_MAX));
}

TEST_P(Watch, KilledRequestDoesNotHang) {
  device.request(0, kRead);
  device.kill(0);
  EXPECT_VERDICT(MATCH, pw_checker_check_hang(device.checker(), 100000));
}

TEST_P(Watch, ControlOperationHangsWhenItIsNotDone) {
  device.cycle = 10;
  device.accept_control(PW_CTL_INVLPG, 0);
  EXPECT_VERDICT(MATCH, pw_checker_check_hang(device.checker(), 10 + WatchedDevice::kHangCycles));
  EXPECT_VERDICT(HANG, pw_checker_check_hang(device.checker(), 11 + WatchedDevice::kHangCycles));
}

TEST_P(Watch, EndWithARequestInFlightHangs) {
  device.request(0, kRead);
  EXPECT_VERDICT(HANG, pw_checker_finish(device.checker()));
}

TEST_P(Watch, EndWithAControlOperationNotDoneHangs) {
  device.accept_control(PW_CTL_INVLPG, 0);
  EXPECT_VERDICT(HANG, pw_checker_finish(device.checker()));
}

TEST_P(Watch, EndWithAllAnsweredOrKilledMatchesAndMoreMayFollow) {
  device.request(0, make_access(0x1000));
  EXPECT_VERDICT(MATCH, device.answer(0, mapped(0x1000)));
  device.request(1, kRead);
  device.kill(1);
  EXPECT_VERDICT(MATCH, pw_checker_finish(device.checker()));
  device.request(2, make_access(0x1000));
  EXPECT_VERDICT(MATCH, device.answer(2, mapped(0x1000)));
}

TEST_P(Watch, ResetEmptiesTheDeviceAndKeepsMemory) {
  start();
  device.use(kRead, kFrame);
  device.request(5, kRead);
  device.accept_control(PW_CTL_INVLPG, 0);
  device.step(device.make(PW_EVENT_RESET));
  EXPECT_VERDICT(MATCH, pw_checker_finish(device.checker()));
  device.start_paging();
  if (observed()) {
    EXPECT_FALSE(pw_verdict_is_legal(device.ask(kRead, kFrame))) << "nothing was read since";
  } else {
    EXPECT_VERDICT(MATCH, device.ask(kRead, kFrame)) << "the tables are there";
  }
}

TEST_P(Watch, CountsSayWhatWasSeen) {
  start();
  device.use(kRead, kFrame);
  device.request(1, kRead);
  device.kill(1);
  device.settle();
  EXPECT_VERDICT(MATCH, device.ask(make_access(kPage + 0x100), mapped(frame_of(1) + 0x100)));
  const pw_check_stats &stats = device.stats();
  EXPECT_EQ(device.events.size(), stats.events);
  EXPECT_EQ(3u, stats.requests);
  EXPECT_EQ(4u, stats.control_ops);
  EXPECT_EQ(2u, stats.verdicts[PW_VERDICT_MATCH]);
  EXPECT_EQ(2u, stats.faults[PW_RSP_NONE]);
  EXPECT_EQ(0u, stats.not_judged);
  EXPECT_EQ(nullptr, pw_checker_last(device.checker()));
  EXPECT_EQ(nullptr, pw_checker_hierarchy(device.checker()));
}

// ---- bounds ----

TEST_P(Watch, EveryIdOfBothPortsMayBeInFlight) {
  for (unsigned id = 0; id < PW_CHECK_IDS; id++) {
    device.request(id, make_access(0x1000));
    device.request(id, make_access(0x1000, PW_FETCH));
  }
  for (unsigned id = 0; id < PW_CHECK_IDS; id++) {
    EXPECT_VERDICT(MATCH, device.answer(id, mapped(0x1000)));
    EXPECT_VERDICT(MATCH, device.answer(id, mapped(0x1000), 0));
  }
}

// More pages than candidates are kept: all were read, so nothing may be called illegal, and what is remembered is
// judged.
TEST_P(Watch, MorePagesThanAreRememberedAreNoFalseAlarm) {
  constexpr unsigned kPages = 12000;
  start(kPages);
  for (unsigned page = 0; page < kPages; page++) {
    const uint64_t offset = page * UINT64_C(0x1000);
    device.use(make_access(kPage + offset), mapped(frame_of(1) + offset));
  }
  for (unsigned page = 0; page < kPages; page++) {
    const uint64_t offset = page * UINT64_C(0x1000);
    ASSERT_VERDICT_LEGAL(device.ask(make_access(kPage + offset), mapped(frame_of(1) + offset)));
  }
  EXPECT_EQ(2u * kPages, device.stats().checked + device.stats().not_judged);
  EXPECT_LT(device.stats().not_judged, kPages);
  bool found = false; // wrong answers for the last ones, which are remembered
  for (unsigned page = kPages - 20; page < kPages && !found; page++) {
    found = !pw_verdict_is_legal(device.ask(make_access(kPage + page * UINT64_C(0x1000)), kFrame));
  }
  EXPECT_TRUE(found);
}

TEST_P(Watch, MoreControlOperationsThanAreRememberedAreNoFalseAlarm) {
  start();
  device.use(kRead, kFrame);
  device.write(device.entry_of(kPage, 1, Machine::kRoot), frame_of(2) | kReadOnly);
  for (unsigned i = 0; i < 5000; i++) device.control(PW_CTL_INVLPG, kPage + 0x1000 * (1 + i % 100));
  ASSERT_VERDICT_LEGAL(device.ask(kRead, kFrame));
  device.control(PW_CTL_INVLPG, kPage);
  EXPECT_VERDICT(ILLEGAL_STALE, device.ask(kRead, kFrame));
}

TEST_P(Watch, SwapForAWriteOfRegistersLongGoneIsNoFalseAlarm) {
  start();
  device.write(device.entry_of(kPage, 1, Machine::kRoot), frame_of(1) | kUserPage);
  device.request(9, make_access(kPage, PW_WRITE));
  device.read_entries(kPage, 0, 4, Machine::kRoot);
  for (unsigned level = 4; level >= 2; level--)
    device.set(0, device.entry_of(kPage, level, Machine::kRoot), PW_ENTRY_A);
  for (unsigned i = 0; i < 300; i++) device.control(PW_CTL_CR3, 0x80000 | (2 + i % 7));
  device.set(0, device.entry_of(kPage, 1, Machine::kRoot), PW_ENTRY_A | PW_ENTRY_D);
  ASSERT_VERDICT_LEGAL(device.answer(9, kFrame));
}

TEST_P(Watch, WalkUnderRegistersLongGoneIsNoFalseAlarm) {
  start();
  const uint64_t leaf = device.entry_of(kPage, 1, Machine::kRoot);
  device.write(leaf, frame_of(1) | kUserPage);
  device.request(9, make_access(kPage, PW_WRITE));
  for (unsigned i = 0; i < 300; i++) device.control(PW_CTL_CR3, 0x80000 | (2 + i % 7));
  device.walk(kPage, true);
  ASSERT_VERDICT_LEGAL(device.answer(9, kFrame));
}

TEST_P(Watch, WalkThatEndedLongBeforeItsAnswerIsNoFalseAlarm) {
  start();
  const pw_access absent = make_access(kPage + 0x10000);
  device.request(200, absent);
  device.walk(absent.linear_address);
  device.write(device.entry_of(absent.linear_address, 1, Machine::kRoot), frame_of(2) | kReadOnly);
  for (unsigned i = 0; i < 3000; i++) device.use(kRead, kFrame);
  ASSERT_VERDICT_LEGAL(device.answer(200, page_fault(PW_ERROR_US)));
}

TEST_P(Watch, RequestOfRegistersLongGoneIsNotJudged) {
  start();
  device.request(9, kRead);
  for (unsigned i = 0; i < 300; i++) device.control(PW_CTL_PKRU, i);
  device.walk(kPage);
  ASSERT_VERDICT_LEGAL(device.answer(9, mapped(0xbad000)));
  EXPECT_EQ(1u, device.stats().not_judged);
}

TEST_P(Watch, KilledWritesInEverySlotAreNoFalseAlarm) {
  constexpr unsigned kPages = PW_CHECK_SLOTS;
  start(kPages);
  for (unsigned page = 0; page < kPages; page++) {
    const uint64_t address = kPage + page * UINT64_C(0x1000);
    device.write(device.entry_of(address, 1, Machine::kRoot), (frame_of(1) + page * UINT64_C(0x1000)) | kUserPage);
  }
  for (unsigned page = 0; page < kPages; page++) {
    device.request(page, make_access(kPage + page * UINT64_C(0x1000), PW_WRITE));
    device.kill(page);
  }
  device.cycle += 10;
  for (unsigned page = 0; page < kPages; page++) device.walk(kPage + page * UINT64_C(0x1000), true);
  ASSERT_VERDICT_LEGAL(device.ask(kRead, kFrame));
}

// Tables that are shared by many addresses make one walk many.
TEST_P(Watch, WalkOfManyReadingsIsNoFalseAlarm) {
  device.start_paging();
  const uint64_t root = Machine::kRoot;
  for (unsigned i = 0; i < 512; i++) device.write(root + 8 * i, root | kTableBits | PW_ENTRY_A | PW_ENTRY_D);
  for (unsigned i = 0; i < 64; i++) {
    const uint64_t address = UINT64_C(0x0123456789000) * i % (UINT64_C(1) << 47) & ~UINT64_C(0xfff);
    device.request(0, make_access(address));
    device.walk(address, false, root, i % PW_CHECK_WALKERS);
    ASSERT_VERDICT_LEGAL(device.answer(0, mapped(root)));
  }
}

INSTANTIATE_TEST_SUITE_P(, Watch, testing::Values(PW_CHECK_OBSERVED, PW_CHECK_WINDOW), mode_of_test);
INSTANTIATE_TEST_SUITE_P(, ObservedWatch, testing::Values(PW_CHECK_OBSERVED), mode_of_test);

TEST(WatchCreate, OptionsAndMachinesThatCannotBeAreRefused) {
  pw_config config = pw_config_default();
  pw_checker *checker = nullptr;
  pw_check_options options{PW_CHECK_OBSERVED, 0, 0, 100};
  config.mode = PW_MODE_PAE;
  config.pcide = config.pke = config.pages_1gb = false;
  EXPECT_EQ(-PW_ECONFIG, pw_checker_create(&config, &options, &checker));
  EXPECT_EQ(nullptr, checker);
  config = pw_config_default();
  options.mode = PW_CHECK_MODES;
  EXPECT_EQ(-PW_EINVAL, pw_checker_create(&config, &options, &checker));
  EXPECT_EQ(nullptr, checker);
  pw_checker_destroy(nullptr);
}

TEST(WatchCreate, MachineWithoutATlbIsWatched) {
  WatchedDevice device(PW_CHECK_OBSERVED, bare_config());
  device.start_paging(false);
  device.map(kPage, frame_of(1) | kReadOnly);
  device.use(kRead, kFrame);
}

} // namespace
