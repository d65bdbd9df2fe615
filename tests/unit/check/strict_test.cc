// The strict checker: an ideal device matches, and whatever a device does otherwise is found.
#include <cstring>
#include <functional>

#include "ideal_device.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kHang = 5000;
constexpr uint64_t kPage = 0x7000;
constexpr uint64_t kPageBeside = 0x8000;
constexpr uint64_t kFrame = 0x55000;

class Checker {
 public:
  explicit Checker(const pw_config &config, bool timed = true) {
    const pw_check_options options{PW_CHECK_STRICT, kPipeline, timed, kHang};
    EXPECT_EQ(0, pw_checker_create(&config, &options, &checker_));
  }
  ~Checker() { pw_checker_destroy(checker_); }
  Checker(const Checker &) = delete;

  pw_verdict take(const std::vector<pw_event> &events) {
    pw_verdict verdict = PW_VERDICT_MATCH;
    for (const pw_event &event : events) verdict = pw_checker_take(checker_, &event);
    return verdict;
  }
  // The whole stream, up to its end.
  pw_verdict judge(const std::vector<pw_event> &events) {
    take(events);
    return pw_checker_finish(checker_);
  }
  pw_checker *get() { return checker_; }
  const struct pw_check_stats &counts() const { return *pw_checker_stats(checker_); }
  std::string why() const { return pw_checker_explain(checker_); }

 private:
  pw_checker *checker_ = nullptr;
};

pw_verdict judge(const pw_config &config, const std::vector<pw_event> &events) { return Checker(config).judge(events); }

// ---- streams that hold every kind of event ----

// Pages: read and write, global, without rights for user mode; all by tables at 0x1000 .. 0x4000.
void map_pages(IdealDevice &device) {
  device.start_paging();
  for (unsigned i = 0; i < 8; i++) device.map_small(kPage + i * 0x1000, (kFrame + i * 0x1000) | Machine::user_page);
  device.write(Machine::slot(0x4000, 1, kPage + 0x3000), (kFrame + 0x3000) | PW_ENTRY_P | PW_ENTRY_G | PW_ENTRY_US);
}

const pw_access kRead = make_access(kPage | 0x123);
const pw_access kWrite = make_access(kPage | 0x456, PW_WRITE);
const pw_access kFetch = make_access(kPage | 0x10, PW_FETCH);

// Cold walk, first-level hit, dirty walk, second-level hit, global page, denied write, absent page, #GP, #SS, prefetch.
std::vector<pw_event> good_stream(const pw_config &config) {
  IdealDevice device(config);
  map_pages(device);
  device.translate(kRead, 1);
  device.translate(kRead, 2);
  device.translate(kWrite, 3);
  device.translate(kFetch, 4);
  device.translate(make_access(kPage + 0x3000), 5);
  device.translate(make_access(kPage + 0x3000, PW_WRITE), 6);
  device.translate(make_access(kPage + 0x100000), 7);
  device.translate(make_access(UINT64_C(1) << 60), 8);
  device.translate(make_access(UINT64_C(1) << 60, PW_READ, 3, PW_STACK), 9);
  device.translate(make_access(kPage + 0x100000, PW_READ, 3, PW_PREFETCH), 10);
  device.control_op(PW_CTL_INVLPG, kPage);
  device.translate(kRead, 11);
  return device.events;
}

using Change = std::function<void(pw_event &)>;

// Alters each event of a kind, one at a time, and expects none of the streams to match.
void expect_each_is_noticed(unsigned kind, const std::vector<Change> &changes) {
  const pw_config config = pw_config_default();
  const std::vector<pw_event> good = good_stream(config);
  unsigned altered = 0;
  for (size_t i = 0; i < good.size(); i++) {
    if (good[i].kind != kind) continue;
    for (size_t c = 0; c < changes.size(); c++) {
      std::vector<pw_event> bad = good;
      changes[c](bad[i]);
      if (std::memcmp(&bad[i], &good[i], sizeof bad[i]) == 0) continue; // says the same
      Checker checker(config);
      EXPECT_NE(PW_VERDICT_MATCH, checker.judge(bad)) << "event " << i << " change " << c;
      EXPECT_FALSE(checker.why().empty());
      altered++;
    }
  }
  EXPECT_GT(altered, 0u) << "nothing was altered, so nothing was checked";
}

#define FLIP(field) [](pw_event &event) { event.u.field ^= 1; }

// ---- good devices ----

TEST(Strict, IdealDeviceMatches) {
  const pw_config config = pw_config_default();
  Checker checker(config);
  ASSERT_EQ(PW_VERDICT_MATCH, checker.judge(good_stream(config))) << checker.why();
  EXPECT_EQ(11u, checker.counts().requests);
  EXPECT_EQ(11u, checker.counts().checked);
  EXPECT_EQ(11u, checker.counts().exact);
  EXPECT_EQ(checker.counts().model_cycles, checker.counts().device_cycles);
  EXPECT_EQ(2u, checker.counts().faults[PW_PAGE_FAULT]);
  EXPECT_EQ("", checker.why());
}

TEST(Strict, StreamWithoutRequestsHasCheckedNothing) {
  const pw_config config = pw_config_default();
  Checker checker(config);
  IdealDevice device(config);
  map_pages(device);
  EXPECT_EQ(PW_VERDICT_MATCH, checker.judge(device.events)) << checker.why();
  EXPECT_EQ(0u, checker.counts().checked);
  EXPECT_EQ(nullptr, pw_checker_last(checker.get()));
}

TEST(Strict, UnpagedRequestsAreAnsweredFromTheStart) {
  const pw_config config = pw_config_default();
  Checker checker(config);
  IdealDevice device(config);
  device.translate(kRead);
  EXPECT_EQ(PW_VERDICT_MATCH, checker.judge(device.events)) << checker.why();
  EXPECT_EQ(kRead.linear_address, pw_checker_last(checker.get())->physical_address);
}

TEST(Strict, MachinesThatNoDeviceCanBeAreRefused) {
  pw_config config = pw_config_default();
  const pw_check_options options{PW_CHECK_STRICT, kPipeline, 1, kHang};
  pw_checker *checker = nullptr;
  config.mode = PW_MODE_PAE;
  config.pcide = config.pke = config.pages_1gb = false;
  EXPECT_EQ(-PW_ECONFIG, pw_checker_create(&config, &options, &checker));
  EXPECT_EQ(nullptr, checker);
  config = bare_config();
  EXPECT_EQ(-PW_ECONFIG, pw_checker_create(&config, &options, &checker));
}

TEST(Strict, ResetEmptiesEverythingAndKeepsMemory) {
  const pw_config config = pw_config_default();
  Checker checker(config);
  IdealDevice device(config);
  map_pages(device);
  const uint32_t cold = device.translate(kRead).walk_cycles;
  device.accept(kRead, 1);
  device.cycle++;
  device.reset();
  device.cycle++;
  device.start_paging();
  const pw_translation &t = device.translate(kRead, 1);
  EXPECT_EQ(4, t.step_count);
  EXPECT_EQ(cold, t.walk_cycles) << "the caches of the memory are empty too";
  EXPECT_EQ(PW_VERDICT_MATCH, checker.judge(device.events)) << checker.why();
}

TEST(Strict, RestartedWalkMatchesHoweverOftenItRestarts) {
  const pw_config config = pw_config_default();
  for (unsigned times : {1u, 2u, 7u, 8u, 30u, 300u}) {
    Checker checker(config);
    IdealDevice device(config);
    map_pages(device);
    device.disturb = times;
    device.translate(kWrite);
    EXPECT_EQ(PW_VERDICT_MATCH, checker.judge(device.events)) << times << checker.why();
    EXPECT_EQ(1u, checker.counts().exact);
  }
}

TEST(Strict, BusErrorOfTheDeviceIsAFact) {
  const pw_config config = pw_config_default();
  for (const pw_access &access : {kRead, kWrite}) {
    Checker checker(config);
    IdealDevice device(config);
    map_pages(device);
    device.bus_errors = {Machine::slot(0x3000, 2, kPage)};
    EXPECT_EQ(PW_BUS_ERROR, device.translate(access).outcome);
    EXPECT_EQ(PW_VERDICT_MATCH, checker.judge(device.events)) << checker.why();
  }
}

TEST(Strict, PageThatChangedUnderADirtyHitCommitsTwice) {
  const pw_config config = pw_config_default();
  Checker checker(config);
  IdealDevice device(config);
  map_pages(device);
  device.translate(kRead);
  device.write(Machine::slot(0x4000, 1, kPage), kFrame | Machine::user_page | PW_ENTRY_G); // and nobody invalidates
  device.translate(kWrite);
  size_t commits = 0;
  for (const pw_event &event : device.events) commits += event.kind == PW_EVENT_COMMIT;
  EXPECT_EQ(3u, commits);
  EXPECT_EQ(PW_VERDICT_MATCH, checker.judge(device.events)) << checker.why();
}

// ---- each field of each event ----

TEST(Strict, EveryFieldOfALookUpIsCompared) {
  auto port_of_first_level = [](pw_event &event) {
    if (event.u.look_up.level == 1) event.u.look_up.port ^= 1;
  };
  expect_each_is_noticed(PW_EVENT_LOOK_UP, {port_of_first_level, FLIP(look_up.level), FLIP(look_up.hit)});
}

TEST(Strict, PlaceOfAHitIsCompared) {
  auto of_hit = [](auto change) {
    return [change](pw_event &event) {
      if (event.u.look_up.hit) change(event);
    };
  };
  expect_each_is_noticed(PW_EVENT_LOOK_UP,
                         {of_hit(FLIP(look_up.array)), of_hit(FLIP(look_up.way)), of_hit(FLIP(look_up.set))});
}

TEST(Strict, EveryFieldOfAWalkStartIsCompared) {
  auto of_found = [](auto change) {
    return [change](pw_event &event) {
      if (event.u.walk_start.psc_level) change(event);
    };
  };
  expect_each_is_noticed(PW_EVENT_WALK_START,
                         {FLIP(walk_start.slot), FLIP(walk_start.walker), FLIP(walk_start.psc_level),
                          of_found(FLIP(walk_start.way)), of_found(FLIP(walk_start.set))});
}

TEST(Strict, EveryFieldOfAReadIsCompared) {
  expect_each_is_noticed(PW_EVENT_READ, {FLIP(read.walker), FLIP(read.bus_error), FLIP(read.cache_control),
                                         [](pw_event &event) { event.u.read.address ^= 8; },
                                         [](pw_event &event) { event.u.read.address ^= 4; }, FLIP(read.value)});
}

TEST(Strict, EveryFieldOfASwapIsCompared) {
  expect_each_is_noticed(PW_EVENT_SWAP, {FLIP(swap.walker), FLIP(swap.bus_error), FLIP(swap.matched),
                                         FLIP(swap.cache_control), [](pw_event &event) { event.u.swap.address ^= 8; },
                                         [](pw_event &event) { event.u.swap.expected ^= PW_ENTRY_A; },
                                         [](pw_event &event) { event.u.swap.desired ^= PW_ENTRY_A; },
                                         [](pw_event &event) { event.u.swap.desired ^= PW_ENTRY_D; }});
}

TEST(Strict, EveryFieldOfACommitIsCompared) {
  expect_each_is_noticed(PW_EVENT_COMMIT, {FLIP(commit.slot), FLIP(commit.actions),
                                           [](pw_event &event) { event.u.commit.actions ^= PW_COMMIT_DROP; },
                                           [](pw_event &event) { event.u.commit.actions ^= PW_COMMIT_FILL; },
                                           [](pw_event &event) { event.u.commit.actions ^= PW_COMMIT_LAST; }});
}

TEST(Strict, EveryFieldOfAFillIsCompared) {
  auto of_tlb = [](pw_event &event) {
    if (event.u.fill.structure == PW_TLB && event.u.fill.unit == 1) event.u.fill.port ^= 1;
  };
  expect_each_is_noticed(PW_EVENT_FILL, {FLIP(fill.structure), FLIP(fill.unit), of_tlb, FLIP(fill.array),
                                         FLIP(fill.way), FLIP(fill.set), FLIP(fill.evicted)});
}

TEST(Strict, EveryFieldOfAResponseIsCompared) {
  auto of_page = [](auto change) {
    return [change](pw_event &event) {
      if (event.u.response.fault == PW_RSP_NONE) change(event);
    };
  };
  auto of_fault = [](pw_event &event) {
    const bool has_code = event.u.response.fault >= PW_RSP_PAGE_FAULT && event.u.response.fault <= PW_RSP_STACK_FAULT;
    if (has_code) event.u.response.error_code ^= PW_ERROR_WR;
  };
  expect_each_is_noticed(PW_EVENT_RESPONSE,
                         {FLIP(response.port), FLIP(response.id), FLIP(response.fault), FLIP(response.source), of_fault,
                          of_page(FLIP(response.physical_address)), of_page(FLIP(response.page_level)),
                          of_page(FLIP(response.memory_type)), of_page(FLIP(response.global))});
}

TEST(Strict, EveryFieldOfARequestIsCompared) {
  auto address = [](pw_event &event) { // an address that is not canonical is like another
    if (event.u.request.access.linear_address < 1 << 30) event.u.request.access.linear_address ^= 1 << 20;
  };
  expect_each_is_noticed(PW_EVENT_REQUEST, {FLIP(request.port), FLIP(request.id), address,
                                            [](pw_event &event) { event.u.request.access.size_bytes = 4097; }});
}

// ---- events missing, doubled, out of order, at another time ----

TEST(Strict, MissingEventIsNoticed) {
  const pw_config config = pw_config_default();
  const std::vector<pw_event> good = good_stream(config);
  for (size_t i = 0; i < good.size(); i++) {
    // What software wrote again with the same value, and the reset of a device that has just been made, say nothing.
    if (good[i].kind == PW_EVENT_WRITE || good[i].kind == PW_EVENT_RESET) continue;
    std::vector<pw_event> bad = good;
    bad.erase(bad.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(PW_VERDICT_MATCH, judge(config, bad)) << i << " " << pw_event_name(good[i].kind);
  }
}

TEST(Strict, DoubledEventIsNoticed) {
  const pw_config config = pw_config_default();
  const std::vector<pw_event> good = good_stream(config);
  for (size_t i = 0; i < good.size(); i++) {
    if (good[i].kind == PW_EVENT_WRITE || good[i].kind == PW_EVENT_RESET) continue;
    std::vector<pw_event> bad = good;
    bad.insert(bad.begin() + static_cast<std::ptrdiff_t>(i), good[i]);
    EXPECT_NE(PW_VERDICT_MATCH, judge(config, bad)) << i << " " << pw_event_name(good[i].kind);
  }
}

TEST(Strict, OperationsOfAWalkOutOfOrderAreWrong) {
  const pw_config config = pw_config_default();
  const std::vector<pw_event> good = good_stream(config);
  unsigned swapped = 0;
  for (size_t i = 0; i + 1 < good.size(); i++) {
    const bool both = (good[i].kind == PW_EVENT_READ || good[i].kind == PW_EVENT_SWAP) &&
                      (good[i + 1].kind == PW_EVENT_READ || good[i + 1].kind == PW_EVENT_SWAP);
    if (!both) continue;
    std::vector<pw_event> bad = good;
    std::swap(bad[i], bad[i + 1]);
    EXPECT_EQ(PW_VERDICT_WRONG, judge(config, bad)) << i;
    swapped++;
  }
  EXPECT_GT(swapped, 10u);
}

TEST(Strict, CycleBeforeTheLastEventIsWrong) {
  const pw_config config = pw_config_default();
  std::vector<pw_event> events = good_stream(config);
  events.back().cycle = events[events.size() - 2].cycle - 1;
  EXPECT_EQ(PW_VERDICT_WRONG, judge(config, events));
}

// Moves the response of a stream with one request, and what comes in its cycle.
pw_verdict judge_response_moved_by(int cycles, bool timed = true) {
  const pw_config config = pw_config_default();
  IdealDevice device(config);
  map_pages(device);
  device.translate(kRead);
  const uint64_t from = device.events.back().cycle;
  for (pw_event &event : device.events) {
    if (event.cycle == from) event.cycle += static_cast<uint64_t>(static_cast<int64_t>(cycles));
  }
  return Checker(config, timed).judge(device.events);
}

TEST(Strict, ResponseOneCycleLateIsWrong) {
  EXPECT_EQ(PW_VERDICT_MATCH, judge_response_moved_by(0));
  EXPECT_EQ(PW_VERDICT_WRONG, judge_response_moved_by(1));
  EXPECT_EQ(PW_VERDICT_WRONG, judge_response_moved_by(-1));
}

TEST(Strict, CyclesAreNotComparedWhereMemoryHasJitter) {
  EXPECT_EQ(PW_VERDICT_MATCH, judge_response_moved_by(1, false));
}

TEST(Strict, FillMayBeTwoCyclesLateAndNotThree) {
  const pw_config config = pw_config_default();
  for (unsigned late : {0u, 1u, 2u, 3u}) {
    IdealDevice device(config);
    map_pages(device);
    IdealRequest &request = device.accept(kRead);
    device.go_to_commit(request);
    device.commit(request);
    device.cycle++;
    device.respond(request);
    device.cycle += late;
    device.cycle--;
    device.add_late_fills();
    Checker checker(config);
    if (late == 0) std::swap(device.events.back(), device.events[device.events.size() - 2]);
    EXPECT_EQ(late <= 2 ? PW_VERDICT_MATCH : PW_VERDICT_WRONG, checker.judge(device.events)) << late << checker.why();
  }
}

TEST(Strict, RequestAsOldAsTheBoundDoesNotHang) {
  const pw_config config = pw_config_default();
  Checker checker(config);
  IdealDevice device(config);
  const uint64_t accepted = device.accept(kRead).accepted;
  checker.take(device.events);
  EXPECT_EQ(PW_VERDICT_MATCH, pw_checker_check_hang(checker.get(), accepted + kHang));
  EXPECT_EQ(PW_VERDICT_HANG, pw_checker_check_hang(checker.get(), accepted + kHang + 1));
  EXPECT_NE(std::string::npos, checker.why().find("its first look-up"));
}

TEST(Strict, ControlOperationThatIsNeverDoneHangs) {
  const pw_config config = pw_config_default();
  Checker checker(config);
  IdealDevice device(config);
  device.accept_control(PW_CTL_INVLPG, kPage);
  checker.take(device.events);
  EXPECT_EQ(PW_VERDICT_MATCH, pw_checker_check_hang(checker.get(), device.cycle + kHang));
  EXPECT_EQ(PW_VERDICT_HANG, pw_checker_check_hang(checker.get(), device.cycle + kHang + 1));
}

// ---- several requests ----

class Together : public testing::Test {
 protected:
  Together() : device(config), checker(config) { map_pages(device); }
  void expect(pw_verdict verdict) { EXPECT_EQ(verdict, checker.judge(device.events)) << checker.why(); }

  // Two requests that both miss: accepted, looked up in both levels.
  void miss_both(IdealRequest &one, IdealRequest &other) {
    for (IdealRequest *request : {&one, &other}) {
      device.cycle++;
      device.look_up(*request);
      device.cycle++;
      device.look_up_next(*request);
    }
  }
  void finish(IdealRequest &request) {
    device.cycle++;
    device.commit(request);
    device.cycle++;
    device.add_late_fills();
    if (!request.killed) device.respond(request);
  }
  IdealRequest &accept(const pw_access &access, uint8_t number) {
    IdealRequest &request = device.accept(access, number);
    request.slot = request.walker = number;
    return request;
  }

  pw_config config = pw_config_default();
  IdealDevice device;
  Checker checker;
};

TEST_F(Together, WalksInterleaveOperationByOperation) {
  IdealRequest &one = accept(kRead, 0), &other = accept(make_access(kPageBeside), 1);
  miss_both(one, other);
  device.attempt(one);
  const auto first = device.events.end();
  const size_t middle = static_cast<size_t>(first - device.events.begin());
  device.attempt(other);
  // The second walk reads entries in which the first has set A: only its own leaf is left to be set.
  EXPECT_EQ(1, std::count_if(device.events.begin() + static_cast<std::ptrdiff_t>(middle), device.events.end(),
                             [](const pw_event &event) { return event.kind == PW_EVENT_SWAP; }));
  finish(other);
  finish(one);
  expect(PW_VERDICT_MATCH);
  EXPECT_EQ(0u, checker.counts().exact) << "none was alone";
  EXPECT_EQ(2u, checker.counts().checked);
}

TEST_F(Together, HitPassesAMiss) {
  device.translate(kRead);
  IdealRequest &miss = accept(make_access(kPageBeside), 0);
  device.cycle++;
  device.look_up(miss);
  IdealRequest &hit = accept(kRead, 1);
  device.cycle++;
  device.look_up(hit);
  device.look_up_next(miss);
  device.cycle++;
  device.respond(hit);
  device.attempt(miss);
  finish(miss);
  expect(PW_VERDICT_MATCH);
  EXPECT_EQ(1u, checker.counts().exact);
  EXPECT_EQ(1u, checker.counts().hits[PW_RSP_FROM_L1]);
}

TEST_F(Together, MergedRequestIsLookedUpAgain) {
  IdealRequest &one = accept(kRead, 0), &other = accept(kRead, 1);
  miss_both(one, other);
  device.attempt(one);
  finish(one);
  device.cycle++;
  device.look_up(other, true);
  EXPECT_EQ(1, other.t.hit_level);
  device.cycle++;
  device.respond(other); // its slot is free without a commit
  expect(PW_VERDICT_MATCH);
  EXPECT_EQ(1u, checker.counts().hits[PW_RSP_FROM_L1]);
}

TEST_F(Together, SlotAndWalkerAreTakenByOneRequest) {
  IdealRequest &one = accept(kRead, 0), &other = accept(make_access(kPageBeside), 1);
  other.slot = 0;
  miss_both(one, other);
  expect(PW_VERDICT_WRONG);
}

TEST_F(Together, ResponseBeforeTheCommitIsWrong) {
  IdealRequest &request = accept(kRead, 0);
  device.go_to_commit(request);
  device.respond(request);
  expect(PW_VERDICT_WRONG);
}

TEST_F(Together, SecondRequestWithAnIdInUseIsWrong) {
  accept(kRead, 0);
  accept(kRead, 0);
  expect(PW_VERDICT_WRONG);
}

// ---- kills ----

TEST_F(Together, KilledRequestCommitsAndDoesNotRespond) {
  IdealRequest &request = accept(kRead, 0);
  device.kill(request);
  device.go_to_commit(request);
  finish(request);
  device.translate(kRead);
  expect(PW_VERDICT_MATCH);
  EXPECT_EQ(1u, checker.counts().killed);
  EXPECT_EQ(2u, checker.counts().checked);
}

TEST_F(Together, KilledRequestThatHasNotEndedHangsAtTheEnd) {
  IdealRequest &request = accept(kRead, 0);
  device.kill(request);
  expect(PW_VERDICT_HANG);
  EXPECT_NE(std::string::npos, std::string(checker.why()).find("killed: still waits for its first look-up"))
      << checker.why();
}

TEST_F(Together, KilledRequestThatStillRespondsIsWrong) {
  IdealRequest &request = accept(kRead, 0);
  device.kill(request);
  device.go_to_commit(request);
  finish(request);
  device.respond(request);
  expect(PW_VERDICT_WRONG);
}

TEST_F(Together, CommitOfAKilledRequestWithResponseIsWrong) {
  IdealRequest &request = accept(kRead, 0);
  device.kill(request);
  device.go_to_commit(request);
  device.cycle++;
  device.commit(request);
  for (pw_event &event : device.events) {
    if (event.kind == PW_EVENT_COMMIT) event.u.commit.actions |= PW_COMMIT_RESPOND;
  }
  device.cycle++;
  device.add_late_fills();
  expect(PW_VERDICT_WRONG);
}

// A plain hit is killed; its response is on its way.
TEST_F(Together, ResponseMayComeTwoCyclesAfterTheKillAndNotThree) {
  for (unsigned late : {0u, 1u, 2u, 3u}) {
    IdealDevice killed(config);
    Checker judge(config);
    map_pages(killed);
    killed.translate(kRead);
    IdealRequest &hit = killed.accept(kRead, 1);
    killed.cycle++;
    killed.look_up(hit);
    killed.cycle++;
    killed.kill(hit);
    killed.cycle += late;
    killed.respond(hit);
    // It answers in another cycle than a request that was alone would, so cycles are not looked at.
    Checker untimed(config, false);
    EXPECT_EQ(late <= 2 ? PW_VERDICT_MATCH : PW_VERDICT_WRONG, untimed.judge(killed.events)) << late << untimed.why();
  }
}

TEST_F(Together, KilledHitThatNeverRespondsEnds) {
  device.translate(kRead);
  IdealRequest &hit = accept(kRead, 1);
  device.cycle++;
  device.look_up(hit);
  device.kill(hit);
  device.cycle += 3;
  device.translate(kRead, 1);
  expect(PW_VERDICT_MATCH);
  EXPECT_EQ(3u, checker.counts().checked);
  EXPECT_EQ(2u, checker.counts().exact);
}

TEST_F(Together, IdOfAKilledRequestIsFreeAfterThreeCycles) {
  for (unsigned cycles : {2u, 3u}) {
    IdealDevice killed(config);
    Checker judge(config);
    map_pages(killed);
    IdealRequest &miss = killed.accept(kRead, 0);
    killed.cycle++;
    killed.look_up(miss);
    killed.kill(miss);
    killed.cycle += cycles;
    IdealRequest &other = killed.accept(make_access(kPageBeside), 0);
    other.slot = 1;
    killed.look_up_next(miss);
    killed.cycle++;
    killed.look_up(other);
    killed.attempt(miss);
    killed.cycle++;
    killed.commit(miss);
    killed.cycle++;
    killed.add_late_fills();
    killed.look_up_next(other);
    killed.attempt(other);
    killed.commit(other);
    killed.cycle++;
    killed.add_late_fills();
    killed.respond(other);
    EXPECT_EQ(cycles == 3 ? PW_VERDICT_MATCH : PW_VERDICT_WRONG, judge.judge(killed.events)) << judge.why();
  }
}

// ---- control operations ----

TEST_F(Together, RequestOfAnOlderContextAnswersAndFillsNothing) {
  IdealRequest &request = accept(kRead, 0);
  device.cycle++;
  device.look_up(request);
  device.look_up_next(request);
  device.attempt(request);
  device.control_op(PW_CTL_CR3, 0x9000 | 5); // another root, another PCID
  finish(request);
  EXPECT_EQ(0, request.t.fill_count);
  EXPECT_EQ(PW_MAPPED, request.t.outcome);
  device.control_op(PW_CTL_CR3, Machine::kRoot);
  EXPECT_EQ(4, device.translate(kRead, 1).step_count);
  expect(PW_VERDICT_MATCH);
}

TEST_F(Together, FillOfAnOlderContextIsWrong) {
  IdealRequest &request = accept(kRead, 0);
  device.cycle++;
  device.look_up(request);
  device.look_up_next(request);
  device.attempt(request);
  device.control_op(PW_CTL_INVLPG, 0x100000);
  finish(request);
  for (pw_event &event : device.events) {
    if (event.kind == PW_EVENT_COMMIT) event.u.commit.actions |= PW_COMMIT_FILL;
  }
  expect(PW_VERDICT_WRONG);
}

TEST_F(Together, PageFaultOfAnOlderContextStillDrops) {
  device.translate(kRead);
  IdealRequest &request = accept(make_access(kPage, PW_READ, 0), 1); // SMAP forbids it
  device.cycle++;
  device.look_up(request);
  device.accept_control(PW_CTL_PKRU, 0);
  device.cycle++;
  device.invalidate();
  device.cycle++;
  device.control_done();
  finish(request);
  EXPECT_EQ(0, device.translate(kRead, 2).hit_level);
  expect(PW_VERDICT_MATCH);
}

TEST_F(Together, LookUpBetweenAcceptAndInvalidationIsWrong) {
  device.accept_control(PW_CTL_INVLPG, kPage);
  IdealRequest &request = accept(kRead, 0);
  device.cycle++;
  device.look_up(request);
  expect(PW_VERDICT_WRONG);
}

TEST_F(Together, ControlOperationWithTwoOlderContextsIsWrong) {
  accept(kRead, 0);
  device.control_op(PW_CTL_PKRU, 0);
  accept(kRead, 1);
  device.control_op(PW_CTL_PKRU, 0);
  expect(PW_VERDICT_WRONG);
}

TEST_F(Together, ControlOperationBeforeTheLastIsDoneIsWrong) {
  device.accept_control(PW_CTL_PKRU, 0);
  device.accept_control(PW_CTL_PKRU, 0);
  expect(PW_VERDICT_WRONG);
}

TEST_F(Together, ControlOperationThatRaisesGeneralProtectionIsWrong) {
  pw_event event = make_event(device.cycle, PW_EVENT_CONTROL);
  event.u.control.op = PW_CTL_INVPCID_ADDRESS;
  event.u.control.data = UINT64_C(1) << 60;
  device.events.push_back(event);
  expect(PW_VERDICT_WRONG);
}

// The way that hit is filled with another page before the walk that sets D ends: the page is the one that hit.
TEST_F(Together, DirtyHitWhoseEntryWasEvictedIsTheSamePage) {
  pw_config tiny = config;
  tiny.tlbs[1].arrays[0].array = {1, 1, PW_LRU};
  IdealDevice small(tiny);
  Checker judge(tiny, true);
  map_pages(small);
  small.translate(kRead);
  small.translate(make_access(kPageBeside));
  small.translate(kRead);
  IdealRequest &write = small.accept(kWrite, 0), &other = small.accept(make_access(kPageBeside), 1);
  other.slot = 1;
  small.cycle++;
  small.look_up(write);
  small.cycle++;
  small.look_up(other);
  small.attempt(write);
  small.look_up_next(other);
  small.commit(other);
  small.cycle++;
  small.respond(other);
  small.commit(write);
  small.cycle++;
  small.respond(write);
  EXPECT_EQ(0, write.t.fill_count) << "renewed in the second level, not brought back to the first";
  EXPECT_EQ(1, other.t.fill_count);
  EXPECT_EQ(2, small.translate(kWrite).hit_level);
  EXPECT_EQ(PW_VERDICT_MATCH, judge.judge(small.events)) << judge.why();
}

// ---- the explanation ----

TEST(StrictExplains, BothWalksSideBySide) {
  const pw_config config = pw_config_default();
  Checker checker(config);
  std::vector<pw_event> events = good_stream(config);
  for (pw_event &event : events) {
    if (event.kind != PW_EVENT_SWAP) continue;
    event.u.swap.desired |= PW_ENTRY_D;
    break;
  }
  ASSERT_EQ(PW_VERDICT_WRONG, checker.judge(events));
  EXPECT_NE(std::string::npos, checker.why().find("#1 accepted in cycle")) << checker.why();
  EXPECT_NE(std::string::npos, checker.why().find("data read 0x7123 cpl3")) << checker.why();
  EXPECT_NE(std::string::npos, checker.why().find("operation 5 of the walk")) << checker.why();
  EXPECT_NE(std::string::npos, checker.why().find("swap 1000 pwt/pcd 0: 2007 -> 2027")) << checker.why();
  EXPECT_NE(std::string::npos, checker.why().find("swap 1000 pwt/pcd 0: 2007 -> 2067")) << checker.why();
}

TEST(StrictExplains, VerdictStays) {
  const pw_config config = pw_config_default();
  Checker checker(config);
  pw_event event = make_event(1, PW_EVENT_CONTROL_DONE);
  EXPECT_EQ(PW_VERDICT_WRONG, checker.take({event}));
  const std::string why = checker.why();
  const uint64_t events = checker.counts().events;
  EXPECT_EQ(PW_VERDICT_WRONG, checker.take(good_stream(config)));
  EXPECT_EQ(why, checker.why());
  EXPECT_EQ(events, checker.counts().events);
}

TEST(StrictExplains, VerdictsHaveNames) {
  EXPECT_STREQ("MATCH", pw_verdict_name(PW_VERDICT_MATCH));
  EXPECT_STREQ("WRONG", pw_verdict_name(PW_VERDICT_WRONG));
  EXPECT_STREQ("HANG", pw_verdict_name(PW_VERDICT_HANG));
  EXPECT_EQ(nullptr, pw_verdict_name(PW_VERDICTS));
}

} // namespace
