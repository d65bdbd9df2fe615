// Functional coverage: what happened is counted in its bin and in no other, sums are sums, and files are what they say.
#include <pagewalk/coverage.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "ideal_device.h"

using namespace pagewalk_test;

namespace {

using Bins = std::map<std::string, uint64_t>;

constexpr uint64_t kPage = 0x7000;
constexpr uint64_t kFrame = 0x55000;
constexpr uint64_t kLeaf = 0x4000; // table of the leaf: Machine
const uint64_t kEntry = Machine::slot(kLeaf, 1, kPage);

class Covered {
 public:
  explicit Covered(const pw_config &config = pw_config_default()) {
    EXPECT_EQ(0, pw_coverage_create(&config, &coverage_));
    pw_check_options options{};
    options.pipeline_cycles = kPipeline;
    options.hang_cycles = 100000;
    EXPECT_EQ(0, pw_checker_create(&config, &options, &checker_));
  }
  ~Covered() {
    pw_checker_destroy(checker_);
    pw_coverage_destroy(coverage_);
  }
  Covered(const Covered &) = delete;

  pw_coverage *get() { return coverage_; }

  // As a checker sees it, which must agree.
  void take(const std::vector<pw_event> &events) {
    for (const pw_event &event : events) {
      pw_check_view view{};
      const pw_verdict verdict = pw_checker_take(checker_, &event);
      ASSERT_EQ(PW_VERDICT_MATCH, verdict) << pw_checker_explain(checker_);
      ASSERT_EQ(1, pw_checker_view(checker_, &event, &view));
      pw_coverage_take(coverage_, PW_CHECK_STRICT, &event, verdict, &view);
    }
  }
  // Without one: events as a test makes them up.
  void tell(const pw_event &event, bool in_slot = false) {
    pw_check_view view{};
    view.in_slot = in_slot;
    pw_coverage_take(coverage_, PW_CHECK_STRICT, &event, PW_VERDICT_MATCH, &view);
  }

  // The bins that were counted, of the group with that name; of all without one.
  Bins bins(const std::string &group = "") const {
    Bins found;
    for (unsigned g = 0; g < pw_coverage_groups(); g++) {
      if (!group.empty() && group != pw_coverage_group_name(g)) continue;
      for (unsigned bin = 0; bin < pw_coverage_bins(g); bin++) {
        pw_coverage_bin look{};
        pw_coverage_look(coverage_, g, bin, &look);
        if (look.count) found[look.name] = look.count;
      }
    }
    return found;
  }

 private:
  pw_checker *checker_ = nullptr;
  pw_coverage *coverage_ = nullptr;
};

pw_config with_keys() {
  pw_config config = pw_config_default();
  config.pcide = config.smep = config.smap = config.pke = config.pge = config.nxe = config.wp = true;
  return config;
}

// A page of the ideal device, paging on.
class Story {
 public:
  explicit Story(uint64_t rights = Machine::user_page | PW_ENTRY_A | PW_ENTRY_D, const pw_config &config = with_keys())
      : device(config), covered(config) {
    device.start_paging();
    device.map_small(kPage, kFrame | rights);
  }
  Bins bins(const std::string &group) {
    covered.take(device.events);
    device.events.clear();
    return covered.bins(group);
  }

  IdealDevice device;
  Covered covered;
};

const pw_access kRead = make_access(kPage | 0x123);

// ---- answers ----

TEST(Coverage, WalkAndHitAreBinsOfTheirOwn) {
  Story story;
  story.device.translate(kRead);
  EXPECT_EQ((Bins{{"access: 4K read user mapped walk", 1}}), story.bins("access"));
  story.device.translate(kRead);
  story.device.translate(kRead);
  EXPECT_EQ((Bins{{"access: 4K read user mapped walk", 1}, {"access: 4K read user mapped l1", 2}}),
            story.bins("access"));
}

struct Denied {
  const char *name;
  uint64_t rights; // of the page
  pw_access access;
  const char *bin;
};

class Cause : public ::testing::TestWithParam<Denied> {};

TEST_P(Cause, IsNamedByTheRightThatDenies) {
  Story story(GetParam().rights);
  story.device.translate(GetParam().access);
  EXPECT_EQ((Bins{{std::string("access: ") + GetParam().bin, 1}}), story.bins("access"));
}

constexpr uint64_t kAll = PW_ENTRY_P | PW_ENTRY_RW | PW_ENTRY_US;
INSTANTIATE_TEST_SUITE_P(
    Coverage, Cause,
    ::testing::Values(
        Denied{"NotPresent", 0, make_access(kPage), "none read user not-present walk"},
        Denied{"Reserved", kAll | UINT64_C(1) << 51, make_access(kPage), "none read user reserved walk"},
        Denied{"UserDenied", PW_ENTRY_P | PW_ENTRY_RW, make_access(kPage), "4K read user user-denied walk"},
        Denied{"WriteDenied", PW_ENTRY_P | PW_ENTRY_US, make_access(kPage, PW_WRITE),
               "4K write user write-denied walk"},
        Denied{"WriteDeniedAfterUser", PW_ENTRY_P, make_access(kPage, PW_WRITE), "4K write user user-denied walk"},
        Denied{"NoExecute", kAll | PW_ENTRY_XD, make_access(kPage, PW_FETCH), "4K fetch user no-execute walk"},
        Denied{"Smep", kAll, make_access(kPage, PW_FETCH, 0), "4K fetch supervisor smep walk"},
        Denied{"SmepBeforeNoExecute", kAll | PW_ENTRY_XD, make_access(kPage, PW_FETCH, 0),
               "4K fetch supervisor smep walk"},
        Denied{"Smap", kAll, make_access(kPage, PW_READ, 0), "4K read supervisor smap walk"},
        Denied{"SmapImplicitIgnoresAc", kAll, make_access(kPage, PW_READ, 3, PW_IMPLICIT | PW_AC),
               "4K read implicit smap walk"},
        Denied{"NotCanonical", kAll, make_access(UINT64_C(1) << 62), "none read user non-canonical-gp l1"},
        Denied{"NotCanonicalStack", kAll, make_access(UINT64_C(1) << 62, PW_WRITE, 3, PW_STACK),
               "none write user non-canonical-ss l1"},
        Denied{"Dropped", 0, make_access(kPage, PW_READ, 3, PW_PREFETCH), "none prefetch user dropped walk"}),
    [](const ::testing::TestParamInfo<Denied> &param) { return param.param.name; });

TEST(Coverage, ProtectionKeyIsACauseWhenNothingElseDenies) {
  Story story(kAll | UINT64_C(5) << PW_ENTRY_PKEY_SHIFT);
  story.device.control_op(PW_CTL_PKRU, UINT64_C(2) << 10); // key 5: writes
  story.device.translate(kRead);
  story.device.translate(make_access(kPage, PW_WRITE));
  EXPECT_EQ((Bins{{"access: 4K read user mapped walk", 1}, {"access: 4K write user protection-key l1", 1}}),
            story.bins("access"));
}

TEST(Coverage, PagingOffHasNoPageSize) {
  IdealDevice device(with_keys());
  Covered covered(with_keys());
  device.translate(kRead);
  covered.take(device.events);
  EXPECT_EQ((Bins{{"access: none read user mapped l1", 1}}), covered.bins("access"));
  EXPECT_EQ(Bins{}, covered.bins("reuse"));
}

TEST(Coverage, BusErrorOfARead) {
  Story story;
  story.device.bus_errors = {kEntry};
  story.device.translate(kRead);
  EXPECT_EQ((Bins{{"access: none read user bus-error walk", 1}}), story.bins("access"));
  EXPECT_EQ((Bins{{"attempts: 1-attempt bus-error", 1}}), story.bins("attempts"));
}

TEST(Coverage, ARequestBehindTheWalkOfItsPageIsAReplay) {
  Story story;
  IdealDevice &device = story.device;
  IdealRequest &first = device.accept(kRead, 1), &second = device.accept(kRead, 2);
  second.slot = 1;
  for (IdealRequest *request : {&first, &second}) {
    device.cycle++;
    device.look_up(*request);
    while (request->next == PW_NEXT_LOOK_UP) device.look_up_next(*request);
  }
  device.attempt(first);
  device.commit(first);
  device.cycle++;
  device.add_late_fills();
  device.respond(first);
  device.cycle++;
  device.look_up(second, true);
  device.cycle += 2;
  device.respond(second);
  EXPECT_EQ((Bins{{"access: 4K read user mapped walk", 1}, {"access: 4K read user mapped replay", 1}}),
            story.bins("access"));
}

// ---- reuse ----

struct Operation {
  const char *name;
  unsigned op;
  uint64_t data;
  unsigned pcid;
  const char *since;
};

class Since : public ::testing::TestWithParam<Operation> {};

TEST_P(Since, LastInvalidationOfThePageIsNamed) {
  Story story;
  story.device.control_op(PW_CTL_CR3, Machine::kRoot | 3);
  story.device.translate(kRead);
  story.device.control_op(GetParam().op, GetParam().data, GetParam().pcid);
  story.device.translate(kRead);
  const Bins bins = story.bins("reuse");
  uint64_t found = 0;
  for (const auto &[name, count] : bins) {
    if (name.size() > strlen(GetParam().since) &&
        name.compare(name.size() - strlen(GetParam().since) - 1, std::string::npos,
                     std::string(" ") + GetParam().since) == 0)
      found += count;
  }
  EXPECT_EQ(strcmp(GetParam().since, "cr3-flush") ? 1u : 2u, found);
  EXPECT_EQ(1u, bins.count("reuse: walk 4K other-pcid cr3-flush")); // the first read
}

INSTANTIATE_TEST_SUITE_P(
    Coverage, Since,
    ::testing::Values(Operation{"Invlpg", PW_CTL_INVLPG, kPage, 0, "invlpg"},
                      Operation{"InvlpgOfAnotherPageIsNone", PW_CTL_INVLPG, 0x9000, 0, "cr3-flush"},
                      Operation{"Address", PW_CTL_INVPCID_ADDRESS, kPage, 3, "invpcid-0"},
                      Operation{"AddressElsewhere", PW_CTL_INVPCID_ADDRESS, kPage, 4, "invpcid-0-elsewhere"},
                      Operation{"Context", PW_CTL_INVPCID_CONTEXT, 0, 3, "invpcid-1"},
                      Operation{"ContextElsewhere", PW_CTL_INVPCID_CONTEXT, 0, 4, "invpcid-1-elsewhere"},
                      Operation{"All", PW_CTL_INVPCID_ALL_WITH_GLOBALS, 0, 0, "invpcid-2"},
                      Operation{"AllButGlobals", PW_CTL_INVPCID_ALL_BUT_GLOBALS, 0, 0, "invpcid-3"},
                      Operation{"Cr3", PW_CTL_CR3, Machine::kRoot | 3, 0, "cr3-flush"},
                      Operation{"Cr3Keep", PW_CTL_CR3, Machine::kRoot | 3 | UINT64_C(1) << 63, 0, "cr3-keep"},
                      Operation{"PkruIsNone", PW_CTL_PKRU, 0, 0, "cr3-flush"}),
    [](const ::testing::TestParamInfo<Operation> &param) { return param.param.name; });

TEST(Coverage, AnInvalidationAfterTheAcceptIsNotBeforeTheRequest) {
  Story story;
  story.device.translate(kRead);
  IdealRequest &request = story.device.accept(kRead, 1);
  story.device.go_to_commit(request);
  story.device.control_op(PW_CTL_INVLPG, kPage);
  story.device.respond(request);
  for (const auto &[name, count] : story.bins("reuse")) EXPECT_EQ(std::string::npos, name.find("invlpg")) << count;
}

// ---- walks ----

TEST(Coverage, CompareAndSwapsByLevelBitsAndResult) {
  Story story(kAll);
  story.device.disturb = 1; // the top entry's first one fails
  story.device.translate(make_access(kPage, PW_WRITE));
  EXPECT_EQ((Bins{{"update: pml4e a mismatch", 1},
                  {"update: pml4e a matched", 1},
                  {"update: pdpte a matched", 1},
                  {"update: pde a matched", 1},
                  {"update: pte a-and-d matched", 1}}),
            story.bins("update"));
  EXPECT_EQ((Bins{{"attempts: 2-attempts mapped", 1}}), story.bins("attempts"));
}

TEST(Coverage, DirtyWalkThatFindsAnotherPage) {
  Story story(kAll | PW_ENTRY_A);
  story.device.translate(kRead);
  story.device.write(kEntry, story.device.get(kEntry) | PW_ENTRY_G);
  story.device.translate(make_access(kPage, PW_WRITE));
  EXPECT_EQ((Bins{{"dirty-walk: l1 4K changed", 1}}), story.bins("dirty-walk"));
}

// ---- events as a test makes them up ----

constexpr unsigned kWalker = 1, kSlot = 5;

pw_event request_event(unsigned id, const pw_access &access) {
  pw_event event = make_event(1, PW_EVENT_REQUEST);
  event.u.request.port = access.kind != PW_FETCH;
  event.u.request.id = static_cast<uint8_t>(id);
  event.u.request.access = access;
  return event;
}
pw_event kill_event(unsigned id) {
  pw_event event = make_event(1, PW_EVENT_KILL);
  event.u.kill.port = 1;
  event.u.kill.id = static_cast<uint8_t>(id);
  return event;
}
pw_event look_up_event() {
  pw_event event = make_event(1, PW_EVENT_LOOK_UP);
  event.u.look_up.port = 1;
  event.u.look_up.level = 1;
  event.u.look_up.slot = kSlot;
  return event;
}
pw_event walk_event(unsigned psc_level = 0) {
  pw_event event = make_event(1, PW_EVENT_WALK_START);
  event.u.walk_start.slot = kSlot;
  event.u.walk_start.walker = kWalker;
  event.u.walk_start.psc_level = static_cast<uint8_t>(psc_level);
  return event;
}
pw_event read_event(uint64_t address, uint64_t value) {
  pw_event event = make_event(1, PW_EVENT_READ);
  event.u.read.walker = kWalker;
  event.u.read.address = address;
  event.u.read.value = value;
  return event;
}
pw_event swap_event(uint64_t address, uint64_t expected) {
  pw_event event = make_event(1, PW_EVENT_SWAP);
  event.u.swap.walker = kWalker;
  event.u.swap.address = address;
  event.u.swap.expected = expected;
  event.u.swap.desired = expected | PW_ENTRY_A;
  event.u.swap.matched = 1;
  return event;
}
pw_event write_event(uint64_t address, uint64_t value) {
  pw_event event = make_event(1, PW_EVENT_WRITE);
  event.u.write.address = address;
  event.u.write.value = value;
  return event;
}
pw_event invlpg_event() {
  pw_event event = make_event(1, PW_EVENT_CONTROL);
  event.u.control.op = PW_CTL_INVLPG;
  return event;
}
pw_event commit_event(unsigned actions) {
  pw_event event = make_event(1, PW_EVENT_COMMIT);
  event.u.commit.slot = kSlot;
  event.u.commit.actions = static_cast<uint8_t>(actions);
  return event;
}

void begin_walk(Covered &covered, unsigned psc_level = 0) {
  covered.tell(make_event(0, PW_EVENT_RESET));
  covered.tell(request_event(7, kRead));
  covered.tell(look_up_event(), true);
  covered.tell(walk_event(psc_level));
}

TEST(Coverage, ControlOperationIsCountedByWhatTheWalkerDidLast) {
  Covered covered;
  covered.tell(make_event(0, PW_EVENT_RESET));
  covered.tell(invlpg_event());
  begin_walk(covered);
  covered.tell(invlpg_event());
  covered.tell(read_event(0x1000, 0x2001));
  covered.tell(invlpg_event());
  covered.tell(read_event(0x2000, 0x3001));
  covered.tell(swap_event(0x1000, 0x2001));
  covered.tell(invlpg_event());
  covered.tell(commit_event(PW_COMMIT_RESPOND | PW_COMMIT_LAST));
  covered.tell(invlpg_event());
  EXPECT_EQ((Bins{{"control: invlpg idle", 2},
                  {"control: invlpg started", 1},
                  {"control: invlpg read-pml4e", 1},
                  {"control: invlpg swap", 1}}),
            covered.bins("control"));
}

TEST(Coverage, WalkFromAPagingStructureCacheBeginsBelowItsEntry) {
  Covered covered;
  begin_walk(covered, 2);
  covered.tell(read_event(0x4000, 0x5001));
  covered.tell(invlpg_event());
  EXPECT_EQ((Bins{{"control: invlpg read-pte", 1}}), covered.bins("control"));
}

TEST(Coverage, KillIsCountedByHowFarTheRequestIs) {
  const struct {
    unsigned events; // of the story below, before the kill
    const char *state;
  } rows[] = {{1, "queued"}, {2, "waits"}, {3, "started"}, {4, "read-pml4e"}, {5, "swap"}, {6, "answered"}};
  const std::vector<pw_event> story = {request_event(7, kRead),
                                       look_up_event(),
                                       walk_event(),
                                       read_event(0x1000, 0x2001),
                                       swap_event(0x1000, 0x2001),
                                       commit_event(PW_COMMIT_RESPOND | PW_COMMIT_LAST)};
  for (const auto &row : rows) {
    Covered covered;
    covered.tell(make_event(0, PW_EVENT_RESET));
    for (unsigned i = 0; i < row.events; i++) covered.tell(story[i], true);
    covered.tell(kill_event(7));
    covered.tell(kill_event(7)); // the second one is none
    EXPECT_EQ((Bins{{std::string("kill: read ") + row.state, 1}}), covered.bins("kill"));
  }
}

TEST(Coverage, KilledHitIsOnItsWay) {
  Covered covered;
  covered.tell(make_event(0, PW_EVENT_RESET));
  covered.tell(request_event(7, kRead));
  covered.tell(look_up_event(), false);
  covered.tell(kill_event(7));
  EXPECT_EQ((Bins{{"kill: read hit", 1}}), covered.bins("kill"));
}

TEST(Coverage, SecondRequestToThePageOfAWalkIsCounted) {
  Covered covered;
  begin_walk(covered);
  covered.tell(request_event(8, make_access(kPage | 0xfff)));
  covered.tell(request_event(9, make_access(kPage + 0x1000))); // the next page
  covered.tell(kill_event(7));
  covered.tell(invlpg_event());
  covered.tell(request_event(0, make_access(kPage, PW_FETCH)));
  EXPECT_EQ((Bins{{"same-page: behind-data data-port same-registers walk-alive", 1},
                  {"same-page: behind-data fetch-port newer-registers walk-killed", 1}}),
            covered.bins("same-page"));
}

TEST(Coverage, CrowdIsWhatWasThereBeforeTheRequest) {
  Covered covered;
  begin_walk(covered);
  covered.tell(request_event(8, kRead));
  const Bins walkers = covered.bins("walkers"), slots = covered.bins("slots"), in_flight = covered.bins("in-flight");
  EXPECT_EQ((Bins{{"walkers: data-port 0-walkers", 1}, {"walkers: data-port 1-walker", 1}}), walkers);
  EXPECT_EQ((Bins{{"slots: data-port none", 1}, {"slots: data-port one", 1}}), slots);
  EXPECT_EQ((Bins{{"in-flight: data-port alone", 1}, {"in-flight: data-port fewer-than-slots", 1}}), in_flight);
}

TEST(Coverage, WriteToAnEntryIsCountedOnlyBetweenItsReadAndTheEndOfTheWalk) {
  const uint64_t entry = 0x2000 | kAll | PW_ENTRY_A;
  Covered covered;
  begin_walk(covered);
  covered.tell(write_event(0x1000, 0));
  EXPECT_EQ(Bins{}, covered.bins("written"));
  covered.tell(read_event(0x1000, entry));
  covered.tell(write_event(0x1000, entry)); // no change
  covered.tell(write_event(0x1008, 0));     // another entry
  EXPECT_EQ(Bins{}, covered.bins("written"));
  covered.tell(write_event(0x1000, entry & ~PW_ENTRY_P));
  covered.tell(write_event(0x1000, entry & ~PW_ENTRY_RW));
  covered.tell(write_event(0x1000, entry & ~PW_ENTRY_A));
  covered.tell(write_event(0x1000, entry ^ 0x3000));
  covered.tell(write_event(0x1000, entry | UINT64_C(1) << 9));
  covered.tell(commit_event(PW_COMMIT_LAST));
  covered.tell(write_event(0x1000, 0));
  EXPECT_EQ((Bins{{"written: pml4e clears-p", 1},
                  {"written: pml4e rights", 1},
                  {"written: pml4e clears-a-or-d", 1},
                  {"written: pml4e address", 1},
                  {"written: pml4e other", 1}}),
            covered.bins("written"));
}

TEST(Coverage, WithoutAViewVerdictsAloneAreCounted) {
  Covered covered;
  pw_event event = make_event(1, PW_EVENT_RESPONSE);
  pw_coverage_take(covered.get(), PW_CHECK_OBSERVED, &event, PW_VERDICT_LEGAL_STALE, nullptr);
  event = request_event(1, kRead);
  pw_coverage_take(covered.get(), PW_CHECK_OBSERVED, &event, PW_VERDICT_MATCH, nullptr);
  EXPECT_EQ((Bins{{"verdict: observed LEGAL_STALE", 1}}), covered.bins());
}

// ---- what cannot be ----

unsigned group_named(const std::string &name) {
  unsigned group = 0;
  while (name != pw_coverage_group_name(group)) group++;
  return group;
}

TEST(Coverage, VerdictThatNoCorrectDeviceGetsIsImpossible) {
  Covered covered;
  const pw_event event = make_event(1, PW_EVENT_READ);
  pw_coverage_take(covered.get(), PW_CHECK_OBSERVED, &event, PW_VERDICT_TORN, nullptr);
  const pw_coverage_summary summary = pw_coverage_summarise(covered.get(), group_named("verdict"));
  EXPECT_EQ(1u, summary.impossible);
  EXPECT_EQ(0u, summary.hit);
}

// Bins whose name has this word, and how many of them are unreachable.
std::pair<unsigned, unsigned> with_word(const pw_config &config, const std::string &word) {
  Covered covered(config);
  unsigned bins = 0, unreachable = 0;
  for (unsigned g = 0; g < pw_coverage_groups(); g++) {
    for (unsigned bin = 0; bin < pw_coverage_bins(g); bin++) {
      pw_coverage_bin look{};
      pw_coverage_look(covered.get(), g, bin, &look);
      if ((std::string(look.name) + " ").find(" " + word + " ") == std::string::npos) continue;
      bins++;
      unreachable += look.unreachable != nullptr;
      if (look.unreachable) {
        EXPECT_GT(strlen(look.unreachable), 10u) << look.name;
      }
    }
  }
  return {bins, unreachable};
}

TEST(Coverage, BinsThatTheMachineLacksAreUnreachable) {
  pw_config config = with_keys();
  EXPECT_GT(with_word(config, "protection-key").first, with_word(config, "protection-key").second);
  config.pke = false;
  EXPECT_EQ(with_word(config, "protection-key").first, with_word(config, "protection-key").second);
  EXPECT_EQ(with_word(config, "read-pml5e").first, with_word(config, "read-pml5e").second);
  config.mode = PW_MODE_5LEVEL;
  EXPECT_EQ(with_word(config, "read-pml5e").first, with_word(config, "read-pml5e").second + 19);
}

TEST(Coverage, NamesOfBinsAreDistinct) {
  std::map<std::string, unsigned> names;
  Covered covered;
  for (unsigned g = 0; g < pw_coverage_groups(); g++) {
    for (unsigned bin = 0; bin < pw_coverage_bins(g); bin++) {
      pw_coverage_bin look{};
      pw_coverage_look(covered.get(), g, bin, &look);
      EXPECT_EQ(1u, ++names[look.name]) << look.name;
    }
  }
}

// ---- sums ----

TEST(Coverage, MergeAddsBinByBin) {
  Story one, other(0);
  one.device.translate(kRead);
  other.device.translate(kRead);
  Bins expected = one.bins("");
  for (const auto &[name, count] : other.bins("")) expected[name] += count;
  ASSERT_EQ(0, pw_coverage_merge(one.covered.get(), other.covered.get()));
  EXPECT_EQ(expected, one.covered.bins());
}

TEST(Coverage, OtherMachineIsNotMerged) {
  pw_config config = with_keys();
  config.walkers++;
  Story one, other(kAll, config);
  other.device.translate(kRead);
  other.bins("");
  EXPECT_EQ(-PW_EINVAL, pw_coverage_merge(one.covered.get(), other.covered.get()));
  EXPECT_EQ(Bins{}, one.covered.bins());
}

// ---- files ----

class CoverageFile : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/pagewalk-coverage-XXXXXX";
    ASSERT_NE(nullptr, mkdtemp(name));
    folder_ = name;
    path_ = folder_ + "/c.json";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string saved() {
    Story story;
    story.device.translate(kRead);
    story.bins("");
    EXPECT_EQ(0, pw_coverage_save(story.covered.get(), path_.c_str(), &diag_)) << diag_.message;
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  int load(const std::string &text) {
    std::ofstream(path_) << text;
    pw_coverage *loaded = nullptr;
    diag_ = {};
    const int status = pw_coverage_load(path_.c_str(), &loaded, &diag_);
    EXPECT_EQ(status != 0, loaded == nullptr);
    pw_coverage_destroy(loaded);
    return status;
  }
  static std::string replaced(std::string text, const std::string &from, const std::string &to) {
    const size_t at = text.find(from);
    EXPECT_NE(std::string::npos, at) << from;
    return text.replace(at, from.size(), to);
  }

  std::string folder_, path_;
  pw_diag diag_{};
};

TEST_F(CoverageFile, HoldsWhatWasCountedAndNothingStaysBesideIt) {
  Story story;
  story.device.translate(kRead);
  const Bins expected = story.bins("");
  ASSERT_EQ(0, pw_coverage_save(story.covered.get(), path_.c_str(), &diag_));
  pw_coverage *loaded = nullptr;
  ASSERT_EQ(0, pw_coverage_load(path_.c_str(), &loaded, &diag_)) << diag_.message;
  Covered empty(with_keys());
  ASSERT_EQ(0, pw_coverage_merge(empty.get(), loaded));
  EXPECT_EQ(expected, empty.bins());
  pw_coverage_destroy(loaded);
  EXPECT_EQ(1, std::distance(std::filesystem::directory_iterator(folder_), {}));
}

TEST_F(CoverageFile, DamagedOnesAreRefused) {
  const std::string good = saved();
  ASSERT_EQ(0, load(good));
  const std::string bin = "\"4K read user mapped walk\": 1";
  EXPECT_EQ(-PW_ECOVERAGE, load(good.substr(0, good.size() / 2)));
  EXPECT_EQ(-PW_ECOVERAGE, load(""));
  EXPECT_EQ(-PW_ECOVERAGE, load("[]"));
  EXPECT_EQ(-PW_ECOVERAGE, load("{\"pagewalk_events\": 1}"));
  EXPECT_EQ(-PW_ECOVERAGE, load(replaced(good, "\"pagewalk_coverage\": 1", "\"pagewalk_coverage\": 2")));
  EXPECT_EQ(-PW_ECOVERAGE, load(replaced(good, bin, "\"4K read user mapped walk\": -1")));
  EXPECT_EQ(-PW_ECOVERAGE, load(replaced(good, bin, "\"4K read user mapped walk\": \"many\"")));
  EXPECT_EQ(-PW_ECOVERAGE, load(replaced(good, bin, "\"4K read user mapped sometimes\": 1")));
  EXPECT_STREQ("4K read user mapped sometimes", diag_.key);
  EXPECT_EQ(-PW_ECOVERAGE, load(replaced(good, "\"verdict\"", "\"verdicts\"")));
  EXPECT_EQ(-PW_ECOVERAGE, load(replaced(good, "walkers: ", "strollers: ")));
  EXPECT_STREQ("config", diag_.key);
}

TEST_F(CoverageFile, MissingOneAndFolderThatIsNotThereAreErrorsOfTheFile) {
  pw_coverage *loaded = nullptr;
  EXPECT_EQ(-PW_EIO, pw_coverage_load((folder_ + "/none").c_str(), &loaded, &diag_));
  Covered covered;
  EXPECT_EQ(-PW_EIO, pw_coverage_save(covered.get(), (folder_ + "/none/c.json").c_str(), &diag_));
  EXPECT_NE(std::string::npos, std::string(diag_.message).find("cannot be written"));
}

} // namespace
