// The checker over random machines and streams: a good device matches in strict mode and is legal in the others, and a
// device that is altered does not match.
#include <cstring>

#include "ideal_device.h"
#include "random_machine.h"

using namespace pagewalk_test;

namespace {

uint64_t table_at(unsigned level, uint64_t index) { return (8 * level + index) << 12; }

// Entries of three tables per level and their pages of every size, with every attribute.
uint64_t random_entry(Random &random, unsigned level) {
  uint64_t entry = PW_ENTRY_P | PW_ENTRY_RW | PW_ENTRY_US | PW_ENTRY_A;
  entry |= level == 1 ? random.below(64) << 12 : table_at(level - 1, random.below(2));
  if (random.chance(4)) entry &= ~PW_ENTRY_P;
  if (random.chance(10)) entry &= ~PW_ENTRY_RW;
  if (random.chance(10)) entry &= ~PW_ENTRY_US;
  if (random.chance(5)) entry |= PW_ENTRY_XD;
  if (random.chance(2)) entry |= UINT64_C(1) << 51;
  if (random.chance(40)) entry &= ~PW_ENTRY_A;
  if (random.chance(20)) entry |= PW_ENTRY_D;
  if (random.chance(30)) entry |= PW_ENTRY_G;
  if (random.chance(10)) entry |= PW_ENTRY_PWT;
  if (random.chance(10)) entry |= PW_ENTRY_PCD;
  if (random.chance(20)) entry |= random.below(4) << PW_ENTRY_PKEY_SHIFT;
  if ((level == 2 || level == 3) && random.chance(25)) entry = (entry & ~UINT64_C(0x3fffe000)) | PW_ENTRY_PS;
  return entry;
}

class Software {
 public:
  Software(Random &random, IdealDevice &device, const pw_config &config)
      : random_(random), device_(device), top_(config.mode == PW_MODE_5LEVEL ? 5 : 4) {
    device_.start_paging();
    for (unsigned i = 0; i < 80; i++) write_entry();
  }

  void write_entry() {
    const unsigned level = static_cast<unsigned>(1 + random_.below(top_));
    const uint64_t table = level == top_ ? Machine::kRoot : table_at(level, random_.below(2));
    const uint64_t entry = random_entry(random_, level);
    device_.write(table + 8 * random_.below(2), entry);
  }
  uint64_t address() {
    uint64_t address = random_.below(4096);
    for (unsigned level = 1; level <= top_; level++) address |= random_.below(2) << (12 + 9 * (level - 1));
    if (random_.chance(2)) address ^= UINT64_C(1) << 60;
    return address;
  }
  void control_op() {
    const pw_control control = pw_mmu_control(device_.mmu());
    const uint64_t toggles[] = {PW_CR4_SMEP, PW_CR4_SMAP, PW_CR4_PKE, PW_CR4_PGE};
    const unsigned pcid = static_cast<unsigned>(random_.below(3));
    switch (random_.below(9)) {
      case 0:
      case 1: device_.control_op(PW_CTL_CR3, Machine::kRoot | pcid | (random_.bits() & PW_CR3_NO_FLUSH)); break;
      case 2: device_.control_op(PW_CTL_CR0, control.cr0 ^ PW_CR0_WP); break;
      case 3: device_.control_op(PW_CTL_CR4, control.cr4 ^ random_.pick(toggles)); break;
      case 4: device_.control_op(PW_CTL_EFER, control.efer ^ PW_EFER_NXE); break;
      case 5: device_.control_op(PW_CTL_PKRU, random_.bits() & random_.bits() & 0xfc); break;
      case 6: device_.control_op(PW_CTL_INVLPG, address()); break;
      default: {
        const uint64_t canonical = address() & ~(UINT64_C(1) << 60);
        device_.control_op(PW_CTL_INVPCID_ADDRESS + static_cast<unsigned>(random_.below(4)), canonical, pcid);
      }
    }
  }
  void step() {
    if (random_.chance(8)) write_entry();
    if (random_.chance(4)) control_op();
    pw_access access = random_access(random_, address());
    if (random_.chance(5)) access.flags |= PW_PREFETCH;
    device_.disturb = random_.chance(3) ? 1 + static_cast<unsigned>(random_.below(12)) : 0;
    device_.bus_errors.clear();
    if (random_.chance(2)) device_.bus_errors.push_back(table_at(1, 0));
    device_.translate(access, static_cast<unsigned>(random_.below(16)));
    device_.disturb = 0;
  }

 private:
  Random &random_;
  IdealDevice &device_;
  unsigned top_;
};

pw_config random_device(Random &random, pw_paging_mode mode) {
  pw_config config;
  do {
    config = random_config(random, mode);
  } while (!config.tlb_count);
  config.accessed_on_fault = random.chance(50) ? PW_ACCESSED_TRAVERSED : PW_ACCESSED_NONE;
  config.walk_start_cycles = static_cast<uint32_t>(random.below(3));
  config.walk_step_cycles = static_cast<uint32_t>(random.below(3));
  return config;
}

struct Judged {
  pw_verdict verdict;
  struct pw_check_stats counts;
  std::string why;
};

Judged judge(const pw_config &config, const std::vector<pw_event> &events, pw_physical_memory *memory = nullptr,
             bool timed = true, pw_check_mode mode = PW_CHECK_STRICT) {
  const pw_check_options options{mode, kPipeline, timed, 100000};
  pw_checker *checker = nullptr;
  EXPECT_EQ(0, pw_checker_create(&config, &options, &checker));
  for (const pw_event &event : events) {
    if (!pw_verdict_is_legal(pw_checker_take(checker, &event))) break;
  }
  if (!events.empty()) pw_checker_check_hang(checker, events.back().cycle + 3); // kills of the last cycles are done too
  const pw_verdict verdict = pw_checker_finish(checker);
  const Judged judged{verdict, *pw_checker_stats(checker), pw_checker_explain(checker)};
  for (uint64_t address = 0x1000; memory && address < 0x40000; address += 8) {
    EXPECT_EQ(pw_physical_read64(memory, address), pw_physical_read64(pw_checker_memory(checker), address));
  }
  pw_checker_destroy(checker);
  return judged;
}

class CheckerOverRandomMachines : public ::testing::TestWithParam<pw_paging_mode> {};

TEST_P(CheckerOverRandomMachines, IdealDeviceMatchesToTheCycle) {
  unsigned long long hits[3] = {}, outcomes[PW_OUTCOMES] = {};
  for (uint64_t seed = 1; seed <= 60; seed++) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const pw_config config = random_device(random, GetParam());
    IdealDevice device(config);
    Software software(random, device, config);
    for (unsigned i = 0; i < 1000; i++) software.step();
    const Judged judged = judge(config, device.events, device.machine().memory());
    ASSERT_EQ(PW_VERDICT_MATCH, judged.verdict) << judged.why;
    ASSERT_EQ(1000u, judged.counts.checked);
    ASSERT_EQ(1000u, judged.counts.exact);
    for (unsigned i = 0; i < 3; i++) hits[i] += judged.counts.hits[i];
    for (unsigned i = 0; i < PW_OUTCOMES; i++) outcomes[i] += judged.counts.faults[i];
  }
  for (const auto count : hits) EXPECT_GT(count, 1000u);
  for (const auto count : outcomes) EXPECT_GT(count, 50u);
}

// One event of a kind that the checker holds to the model is left out, or one word of what it says is another.
TEST_P(CheckerOverRandomMachines, DeviceWithOneEventAlteredDoesNotMatch) {
  unsigned tried = 0;
  for (uint64_t seed = 1; seed <= 60; seed++) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(1000 + seed);
    const pw_config config = random_device(random, GetParam());
    IdealDevice device(config);
    Software software(random, device, config);
    for (unsigned i = 0; i < 200; i++) software.step();
    for (unsigned i = 0; i < 20; i++) {
      std::vector<pw_event> bad = device.events;
      const size_t at = random.below(bad.size());
      if (bad[at].kind == PW_EVENT_WRITE || bad[at].kind == PW_EVENT_RESET) continue;
      const char *what = pw_event_name(bad[at].kind);
      if (random.chance(50)) {
        bad.erase(bad.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        bad.insert(bad.begin() + static_cast<std::ptrdiff_t>(at), bad[at]);
      }
      EXPECT_NE(PW_VERDICT_MATCH, judge(config, bad).verdict) << "event " << at << ", " << what;
      tried++;
    }
  }
  EXPECT_GT(tried, 500u);
}

// A device with several requests in flight: each goes on by a step now and then, kills and control operations between.
class Crowd {
 public:
  Crowd(Random &random, IdealDevice &device, Software &software)
      : random_(random), device_(device), software_(software) {}

  void run(unsigned requests) {
    unsigned accepted = 0;
    while (accepted < requests || !members_.empty()) {
      next_cycle();
      if (accepted < requests && members_.size() < kMost && random_.chance(40)) accepted += accept();
      if (!members_.empty()) step(random_.below(members_.size()));
      if (random_.chance(5)) software_.write_entry();
      if (random_.chance(8)) kill();
      if (random_.chance(2) && !an_older_context_lives()) change_context();
    }
    next_cycle();
    device_.cycle += 2;
  }

 private:
  static constexpr size_t kMost = 6;
  enum class Stage { kQueued, kLevels, kWalk, kCommit, kResponse, kAgain };
  struct Member {
    IdealRequest *request;
    unsigned number; // its id, slot and walker
    uint64_t context;
    uint64_t killed = 0;
    bool walk_begun = false; // also one that only sets D
    Stage stage = Stage::kQueued;
  };

  void next_cycle() {
    device_.cycle++;
    device_.add_late_fills();
  }
  unsigned accept() {
    unsigned number = 0;
    while (number < kMost && is_used(number)) number++;
    pw_access access = random_access(random_, software_.address());
    if (random_.chance(5)) access.flags |= PW_PREFETCH;
    IdealRequest &request = device_.accept(access, number);
    request.slot = static_cast<uint8_t>(number);
    request.walker = static_cast<uint8_t>(number);
    members_.push_back({&request, number, context_, 0, false, Stage::kQueued});
    return 1;
  }
  bool is_used(unsigned number) const {
    return std::any_of(members_.begin(), members_.end(), [&](const Member &one) { return one.number == number; });
  }
  void kill() {
    for (Member &member : members_) {
      if (member.request->killed || member.stage >= Stage::kResponse) continue;
      device_.kill(*member.request);
      member.killed = device_.cycle;
      return;
    }
  }
  // The context changes only when nobody is left of the one before; a response needs none.
  bool an_older_context_lives() const {
    return std::any_of(members_.begin(), members_.end(), [&](const Member &one) { return one.context != context_; });
  }
  void change_context() {
    next_cycle();
    software_.control_op();
    context_++;
  }
  bool is_oldest_of_its_port(size_t at) const {
    for (size_t i = 0; i < at; i++) {
      const Member &other = members_[i];
      if (other.stage == Stage::kQueued && other.request->port == members_[at].request->port) return false;
    }
    return true;
  }
  // Another one's walk of this page, under the same registers, is under way.
  bool page_is_walked(const Member &member) const {
    return std::any_of(members_.begin(), members_.end(), [&](const Member &one) {
      const bool walks = one.walk_begun && one.stage != Stage::kResponse;
      const uint64_t apart = one.request->access.linear_address ^ member.request->access.linear_address;
      return &one != &member && walks && one.context == member.context && apart >> 12 == 0;
    });
  }
  void after_look_up(Member &member) {
    static const Stage next[] = {Stage::kCommit, Stage::kLevels, Stage::kWalk};
    member.stage = next[member.request->next];
  }
  // A plain first-level hit is answered at once, also one that has waited in a slot.
  void after_first_look_up(size_t at) {
    Member &member = members_[at];
    after_look_up(member);
    if (!device_.is_plain(*member.request) || member.request->next != PW_NEXT_EFFECT) return;
    member.stage = Stage::kResponse;
    if (member.request->killed) leave(at);
  }
  // Ids are used again by others no sooner than three cycles after a kill.
  void leave(size_t at) {
    if (members_[at].killed) {
      next_cycle();
      device_.cycle = std::max(device_.cycle, members_[at].killed + 3);
    }
    members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void step(size_t at) {
    Member &member = members_[at];
    IdealRequest &request = *member.request;
    switch (member.stage) {
      case Stage::kQueued:
        if (!is_oldest_of_its_port(at)) return;
        device_.look_up(request);
        after_first_look_up(at);
        return;
      case Stage::kLevels:
        device_.look_up_next(request);
        after_look_up(member);
        return;
      case Stage::kWalk:
        if (page_is_walked(member)) return;                       // waits, as a merged request does
        if (request.next == PW_NEXT_WALK && random_.chance(20)) { // as if another had walked for it
          device_.look_up(request, true);
          after_first_look_up(at);
          return;
        }
        device_.disturb = random_.chance(10);
        member.walk_begun = true;
        device_.attempt(request);
        device_.disturb = 0;
        if (!IdealDevice::restarts(request)) member.stage = Stage::kCommit;
        return;
      case Stage::kCommit:
        device_.commit(request);
        member.stage = request.committed ? Stage::kResponse : Stage::kAgain;
        if (!request.killed && !request.committed) device_.respond(request);
        if (request.killed && request.committed) leave(at);
        return;
      case Stage::kAgain:
        device_.commit_again(request);
        leave(at);
        return;
      case Stage::kResponse:
        device_.respond(request);
        leave(at);
        return;
    }
  }

  Random &random_;
  IdealDevice &device_;
  Software &software_;
  std::vector<Member> members_; // in order of acceptance
  uint64_t context_ = 0;
};

TEST_P(CheckerOverRandomMachines, SeveralInFlightMatch) {
  unsigned long long killed = 0, control_ops = 0, exact = 0;
  for (uint64_t seed = 1; seed <= 100; seed++) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(2000 + seed);
    const pw_config config = random_device(random, GetParam());
    IdealDevice device(config);
    Software software(random, device, config);
    Crowd(random, device, software).run(400);
    const Judged judged = judge(config, device.events, device.machine().memory(), false);
    ASSERT_EQ(PW_VERDICT_MATCH, judged.verdict) << judged.why;
    ASSERT_EQ(400u, judged.counts.checked);
    killed += judged.counts.killed;
    control_ops += judged.counts.control_ops;
    exact += judged.counts.exact;
  }
  EXPECT_GT(killed, 1000u);
  EXPECT_GT(control_ops, 1000u);
  EXPECT_EQ(0u, exact);
}

// What an ideal device does is legal to those who do not see its steps, however software forgets to invalidate; and all
// of it can be judged. Window mode sees neither bus errors nor flags.
TEST_P(CheckerOverRandomMachines, IdealDeviceIsLegalFromOutside) {
  for (const pw_check_mode mode : {PW_CHECK_OBSERVED, PW_CHECK_WINDOW}) {
    unsigned long long stale = 0, spurious = 0, not_judged = 0, checked = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
      SCOPED_TRACE(testing::Message() << pw_check_mode_name(mode) << ", seed " << seed);
      Random random(3000 + seed);
      const pw_config config = random_device(random, GetParam());
      IdealDevice device(config);
      Software software(random, device, config);
      if (seed % 2) {
        for (unsigned i = 0; i < 1000; i++) software.step();
      } else {
        Crowd(random, device, software).run(400);
      }
      pw_physical_memory *memory = mode == PW_CHECK_OBSERVED ? device.machine().memory() : nullptr;
      const Judged judged = judge(config, device.events, memory, false, mode);
      ASSERT_EQ(PW_VERDICT_MATCH, judged.verdict) << judged.why;
      stale += judged.counts.verdicts[PW_VERDICT_LEGAL_STALE];
      spurious += judged.counts.verdicts[PW_VERDICT_LEGAL_SPURIOUS_FAULT];
      not_judged += judged.counts.not_judged;
      checked += judged.counts.checked;
    }
    EXPECT_GT(stale, 100u);
    EXPECT_GT(spurious, 10u);
    EXPECT_LT(not_judged * 20, checked) << not_judged;
  }
}

INSTANTIATE_TEST_SUITE_P(LongModes, CheckerOverRandomMachines, ::testing::Values(PW_MODE_4LEVEL, PW_MODE_5LEVEL));

} // namespace
