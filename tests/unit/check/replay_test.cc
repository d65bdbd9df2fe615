// Logs that pagewalk-cosim has recorded of the Verilog MMU, replayed without it: every mode accepts them, and rejects
// them with one event altered.
//
// tests/data/events: episodes of storm, mixed and errors traffic, and a litmus test; each log's header has its seed.
#include <pagewalk/entry.h>

#include <algorithm>
#include <map>
#include <set>

#include "event_logs.h"

using namespace pagewalk_test;

namespace {

struct Replayed {
  pw_verdict verdict = PW_VERDICT_MATCH;
  size_t ended_at = 0;       // index of the event with it
  std::vector<size_t> stale; // of responses that were legal for being stale
  pw_check_stats stats{};
  std::string why;
};

Replayed replay(const LogRead &log, const Events &events, pw_check_mode mode) {
  pw_check_options options = log.header.check;
  options.mode = mode;
  pw_checker *checker = nullptr;
  Replayed result;
  EXPECT_EQ(0, pw_checker_create(&log.header.config, &options, &checker));
  for (size_t i = 0; i < events.size() && pw_verdict_is_legal(result.verdict); i++) {
    result.verdict = pw_checker_take(checker, &events[i]);
    result.ended_at = i;
    if (result.verdict == PW_VERDICT_LEGAL_STALE || result.verdict == PW_VERDICT_LEGAL_SPURIOUS_FAULT) {
      result.stale.push_back(i);
    }
  }
  if (pw_verdict_is_legal(result.verdict)) result.verdict = pw_checker_finish(checker);
  result.stats = *pw_checker_stats(checker);
  result.why = pw_checker_explain(checker);
  pw_checker_destroy(checker);
  return result;
}

const LogRead &recorded(const std::string &name) {
  static std::map<std::string, LogRead> logs;
  LogRead &log = logs[name];
  if (log.events.empty()) log = read_log(source_path("tests/data/events/" + name + ".jsonl.zst"));
  EXPECT_EQ(0, log.status) << line_of_diag(log.diag);
  return log;
}

using Case = std::tuple<const char *, pw_check_mode>;

class Replay : public testing::TestWithParam<Case> {
 protected:
  const LogRead &log() const { return recorded(std::get<0>(GetParam())); }
  pw_check_mode mode() const { return std::get<1>(GetParam()); }
  Replayed replay(const Events &events) const { return ::replay(log(), events, mode()); }

  // Indices of events of a kind for which a test holds, at most about `most` of them, spread over the log.
  template <class Test>
  std::vector<size_t> choose(unsigned kind, size_t most, Test &&test) const {
    std::vector<size_t> all, some;
    for (size_t i = 0; i < log().events.size(); i++) {
      if (log().events[i].kind == kind && test(log().events[i])) all.push_back(i);
    }
    for (size_t i = 0; i < all.size(); i += 1 + all.size() / most) some.push_back(all[i]);
    return some;
  }
};

class WalkerPortReplay : public Replay {}; // which window mode does not see

TEST_P(Replay, OfARecordedLogIsLegal) {
  const Replayed result = replay(log().events);
  EXPECT_STREQ("MATCH", pw_verdict_name(result.verdict)) << result.why;
  EXPECT_GT(result.stats.checked, 0u);
  EXPECT_EQ(log().events.size(), result.stats.events);
  for (unsigned v = PW_VERDICT_ILLEGAL_STALE; v < PW_VERDICTS; v++) EXPECT_EQ(0u, result.stats.verdicts[v]);
}

// The highest bit of the machine's addresses, which no page of the log has set.
TEST_P(Replay, WithABitOfAnAddressFlippedIsRejectedAtThatEvent) {
  const auto chosen =
      choose(PW_EVENT_RESPONSE, 60, [](const pw_event &e) { return e.u.response.fault == PW_RSP_NONE; });
  ASSERT_FALSE(chosen.empty());
  for (const size_t at : chosen) {
    Events events = log().events;
    events[at].u.response.physical_address ^= UINT64_C(1) << 39;
    const Replayed result = replay(events);
    if (mode() == PW_CHECK_WINDOW && result.stats.not_judged) continue; // too many values were forgotten to tell
    EXPECT_FALSE(pw_verdict_is_legal(result.verdict)) << "event " << at;
    EXPECT_EQ(at, result.ended_at) << result.why;
  }
}

TEST_P(Replay, WithAResponseLeftOutIsAHang) {
  const auto chosen = choose(PW_EVENT_RESPONSE, 20, [](const pw_event &) { return true; });
  for (const size_t at : chosen) {
    Events events = log().events;
    events.erase(events.begin() + static_cast<std::ptrdiff_t>(at));
    const pw_verdict verdict = replay(events).verdict; // its id may be used again before the end
    EXPECT_TRUE(verdict == PW_VERDICT_HANG || verdict == PW_VERDICT_WRONG) << pw_verdict_name(verdict);
  }
}

TEST_P(WalkerPortReplay, WithACompareAndSwapLeftOutIsRejected) {
  const auto chosen = choose(PW_EVENT_SWAP, 40, [](const pw_event &e) { return e.u.swap.matched != 0; });
  size_t rejected = 0;
  std::set<pw_verdict> verdicts;
  for (const size_t at : chosen) {
    Events events = log().events;
    events.erase(events.begin() + static_cast<std::ptrdiff_t>(at));
    const Replayed result = replay(events);
    rejected += !pw_verdict_is_legal(result.verdict);
    verdicts.insert(result.verdict);
  }
  ASSERT_FALSE(chosen.empty());
  EXPECT_GE(rejected * 10, chosen.size() * 9) << "but for those of killed requests, whose entries nobody reads again";
  EXPECT_EQ(1u, verdicts.count(PW_VERDICT_AD_MISSING));
}

TEST_P(WalkerPortReplay, WithAnEntryReadOtherwiseIsRejectedAtThatEvent) {
  const auto chosen = choose(PW_EVENT_READ, 40, [](const pw_event &e) { return !e.u.read.bus_error; });
  for (const size_t at : chosen) {
    Events events = log().events;
    events[at].u.read.value ^= PW_ENTRY_RW;
    const Replayed result = replay(events);
    EXPECT_STREQ("WRONG", pw_verdict_name(result.verdict));
    EXPECT_EQ(at, result.ended_at);
  }
}

// An INVLPG of its page, accepted and done right before the request of an answer that was stale.
TEST_P(Replay, WithAnInvalidationBeforeAStaleAnswersRequestIsRejected) {
  const std::vector<size_t> stale = replay(log().events).stale;
  EXPECT_TRUE(mode() == PW_CHECK_WINDOW || !stale.empty());
  for (const size_t at : stale) {
    Events events = log().events;
    const auto &response = events[at].u.response;
    size_t request = at;
    while (events[request].kind != PW_EVENT_REQUEST || events[request].u.request.port != response.port ||
           events[request].u.request.id != response.id) {
      request--;
    }
    size_t before = request;
    while (events[before].kind != PW_EVENT_CONTROL && events[before].kind != PW_EVENT_CONTROL_DONE) before--;
    if (events[before].kind == PW_EVENT_CONTROL) continue; // which is not done
    pw_event accept = make_event(PW_EVENT_CONTROL, events[request].cycle);
    accept.u.control.op = PW_CTL_INVLPG;
    accept.u.control.data = events[request].u.request.access.linear_address;
    const pw_event done = make_event(PW_EVENT_CONTROL_DONE, events[request].cycle);
    events.insert(events.begin() + static_cast<std::ptrdiff_t>(request), {accept, done});
    const Replayed result = replay(events);
    EXPECT_STREQ("ILLEGAL_STALE", pw_verdict_name(result.verdict)) << "event " << at << "\n" << result.why;
    EXPECT_LE(result.ended_at, at + 2);
  }
}

std::string name_of(const testing::TestParamInfo<Case> &info) {
  std::string name = std::get<0>(info.param);
  for (char &letter : name) letter = letter == '-' ? '_' : letter;
  return name + "_" + pw_check_mode_name(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Recorded, Replay,
                         testing::Combine(testing::Values("storm", "mixed", "errors", "present-bit-cleared"),
                                          testing::Values(PW_CHECK_OBSERVED, PW_CHECK_WINDOW)),
                         name_of);

INSTANTIATE_TEST_SUITE_P(Recorded, WalkerPortReplay,
                         testing::Combine(testing::Values("storm", "mixed", "errors"),
                                          testing::Values(PW_CHECK_OBSERVED)),
                         name_of);

// The request and the answer of before INVLPG come behind it.
TEST(ReplayOfALitmusTest, WithAnAnswerMovedBehindTheInvalidationIsRejected) {
  const LogRead &log = recorded("present-bit-cleared");
  for (const pw_check_mode mode : {PW_CHECK_OBSERVED, PW_CHECK_WINDOW}) {
    Events events = log.events;
    const std::vector<size_t> stale = replay(log, events, mode).stale;
    ASSERT_EQ(1u, stale.size());
    const auto is_of_it = [&log, &stale](const pw_event &event) {
      const unsigned id = log.events[stale[0]].u.response.id;
      return (event.kind == PW_EVENT_REQUEST && event.u.request.id == id) ||
             (event.kind == PW_EVENT_RESPONSE && event.u.response.id == id);
    };
    const auto done = std::find_if(events.begin() + static_cast<std::ptrdiff_t>(stale[0]), events.end(),
                                   [](const pw_event &event) { return event.kind == PW_EVENT_CONTROL_DONE; });
    ASSERT_NE(events.end(), done);
    const uint64_t cycle = done->cycle;
    const auto moved = std::stable_partition(events.begin(), done + 1, [&](const pw_event &e) { return !is_of_it(e); });
    EXPECT_EQ(2, done + 1 - moved);
    for (auto event = moved; event != done + 1; ++event) event->cycle = cycle;
    EXPECT_STREQ("ILLEGAL_STALE", pw_verdict_name(replay(log, events, mode).verdict));
  }
}

} // namespace
