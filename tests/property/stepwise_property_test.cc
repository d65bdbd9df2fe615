// A translation taken in steps, with its walk replayed from a script of memory operations, is the same translation.
#include <cstring>

#include "random_machine.h"

extern "C" {
#include "operations.h"
#include "stepwise.h"
}

using namespace pagewalk_test;

namespace {

// What a walk did through a port, with what another processor wrote just before it.
struct Operation {
  pw_walk_operation done{};
  bool written_before = false;
  uint64_t written = 0;
};

// Keeps all operations; now and then another processor writes an entry just before its compare-and-swap.
class Spy {
 public:
  explicit Spy(pw_physical_memory *memory) : memory_(memory), port_(pw_physical_memory_port(memory)) {}
  pw_memory_port port() { return {this, read, compare_and_swap}; }
  std::vector<Operation> operations;
  unsigned disturb = 0; // compare-and-swaps to fail

 private:
  static int read(void *context, uint64_t address, uint64_t *value) {
    Spy &spy = *static_cast<Spy *>(context);
    Operation operation;
    operation.done.address = address;
    operation.done.result = static_cast<uint8_t>(spy.port_.read(spy.port_.context, address, value));
    operation.done.value = *value;
    spy.operations.push_back(operation);
    return operation.done.result;
  }
  static int compare_and_swap(void *context, uint64_t address, uint64_t expected, uint64_t desired) {
    Spy &spy = *static_cast<Spy *>(context);
    Operation operation;
    operation.done.address = address;
    operation.done.value = expected;
    operation.done.desired = desired;
    operation.done.swap = 1;
    if (spy.disturb) {
      spy.disturb--;
      operation.written_before = true;
      operation.written = expected ^ (UINT64_C(1) << 9); // a bit that is software's
      pw_physical_write64(spy.memory_, address, operation.written);
    }
    operation.done.result =
        static_cast<uint8_t>(spy.port_.compare_and_swap(spy.port_.context, address, expected, desired));
    spy.operations.push_back(operation);
    return operation.done.result;
  }
  pw_physical_memory *memory_;
  pw_memory_port port_;
};

// A machine whose walker works through a spy.
class SpiedMachine {
 public:
  explicit SpiedMachine(const pw_config &config) : machine_(config), spy_(machine_.memory()) {
    machine_.mmu()->walker.port = spy_.port();
  }
  Machine &machine() { return machine_; }
  pw_mmu *mmu() { return machine_.mmu(); }
  Spy &spy() { return spy_; }

 private:
  Machine machine_;
  Spy spy_;
};

// Takes one translation in steps on a machine, with the memory operations of another machine's walk.
class Steps {
 public:
  Steps(Machine &machine, const std::vector<Operation> &operations) : machine_(machine), operations_(operations) {}

  void translate(const pw_access &access, pw_translation *t) {
    pw_mmu *mmu = machine_.mmu();
    pw_stepwise step;
    pw_next next = pw_step_begin(&step, mmu, mmu, &access, t);
    for (uint32_t at = 0; next == PW_NEXT_LOOK_UP; at++) next = pw_step_look_up(&step, at);
    if (next == PW_NEXT_WALK) walk(step);
    pw_step_drop(&step);
    pw_step_fill(&step);
  }
  bool script_was_followed() const { return followed_ && next_ == operations_.size(); }

 private:
  void walk(pw_stepwise &step) {
    pw_step_begin_walk(&step);
    do {
      pw_walk_start_attempt(&step.walk);
      write_script();
      step.walk.memory.script = &script_;
      pw_walk_finish_attempt(&step.walk);
      followed_ &= !script_.differs && script_.wanted_count == script_.count;
    } while (step.walk.result.end == PW_WALK_RESTART);
    pw_step_answer_walk(&step);
  }

  // The operations of one attempt, done again on this machine's memory and charged to its caches.
  void write_script() {
    const pw_memory_port port = pw_physical_memory_port(machine_.memory());
    script_.count = script_.wanted_count = 0;
    for (bool restarts = false; !restarts && next_ < operations_.size(); next_++) {
      const Operation &operation = operations_[next_];
      pw_walk_operation &done = script_.done[script_.count++] = operation.done;
      if (operation.written_before) machine_.put(done.address, operation.written);
      done.reference = pw_memory_walk_access(machine_.hierarchy(), done.address, done.swap);
      done.cache_control = 0;
      if (done.swap) port.compare_and_swap(port.context, done.address, done.value, done.desired);
      restarts = done.result == PW_PORT_MISMATCH;
    }
  }

  Machine &machine_;
  const std::vector<Operation> &operations_;
  pw_walk_script script_{};
  size_t next_ = 0;
  bool followed_ = true;
};

// Entries without PWT and PCD, so that a script need not know them; reserved bits and absent entries now and then.
uint64_t random_entry(Random &random, unsigned level, uint64_t table) {
  uint64_t entry = table | PW_ENTRY_P | PW_ENTRY_RW | PW_ENTRY_US;
  if (random.chance(5)) entry &= ~PW_ENTRY_P;
  if (random.chance(10)) entry &= ~PW_ENTRY_RW;
  if (random.chance(10)) entry &= ~PW_ENTRY_US;
  if (random.chance(5)) entry |= PW_ENTRY_XD;
  if (random.chance(2)) entry |= UINT64_C(1) << 51;
  if (random.chance(30)) entry |= PW_ENTRY_A;
  if (random.chance(30)) entry |= PW_ENTRY_D;
  if (random.chance(30)) entry |= PW_ENTRY_G;
  if ((level == 2 || level == 3) && random.chance(20)) entry = (entry & ~UINT64_C(0x3fffe000)) | PW_ENTRY_PS;
  return entry;
}

constexpr uint64_t kTables = 0x1000; // table i of level L is at (L * 8 + i) << 12, the root at kTables

uint64_t table_at(unsigned level, unsigned index) { return (UINT64_C(8) * level + index) << 12; }

void write_random_entry(Random &random, SpiedMachine &one, SpiedMachine &other, unsigned top) {
  const unsigned level = static_cast<unsigned>(1 + random.below(top));
  const uint64_t table = level == top ? kTables : table_at(level, static_cast<unsigned>(random.below(2)));
  const uint64_t below =
      level == 1 ? random.below(64) << 12 : table_at(level - 1, static_cast<unsigned>(random.below(2)));
  const uint64_t address = table + 8 * random.below(level == 1 ? 3 : 2);
  const uint64_t entry = random_entry(random, level, below);
  one.machine().put(address, entry);
  other.machine().put(address, entry);
}

uint64_t random_address(Random &random, unsigned top) {
  uint64_t address = random.below(4096);
  for (unsigned level = 1; level <= top; level++) address |= random.below(level == 1 ? 3 : 2) << (12 + 9 * (level - 1));
  if (random.chance(2)) address ^= UINT64_C(1) << 60;
  return address;
}

size_t used_bytes(const pw_translation &t) {
  return offsetof(pw_translation, steps) + t.step_count * sizeof(pw_walk_step);
}

// Without the padding that a fill ends in.
bool same_fills(const pw_translation &one, const pw_translation &other) {
  for (unsigned i = 0; i < one.fill_count; i++) {
    const size_t used = offsetof(pw_fill, moved) + 1;
    if (std::memcmp(&one.fills[i], &other.fills[i], used) != 0) return false;
  }
  return one.fill_count == other.fill_count;
}

class Stepwise : public ::testing::TestWithParam<pw_paging_mode> {};

TEST_P(Stepwise, RunStraightThroughEqualsTranslate) {
  const unsigned top = GetParam() == PW_MODE_5LEVEL ? 5 : 4;
  unsigned walks = 0, restarts = 0, hits = 0, changed = 0;
  for (uint64_t seed = 1; seed <= 150; seed++) {
    Random random(seed);
    pw_config config = random_config(random, GetParam());
    config.accessed_on_fault = random.chance(50) ? PW_ACCESSED_TRAVERSED : PW_ACCESSED_NONE;
    SpiedMachine at_once(config), in_steps(config);
    uint64_t address = 0;
    for (unsigned i = 0; i < 60; i++) write_random_entry(random, at_once, in_steps, top);
    for (unsigned i = 0; i < 1000; i++) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << " access " << i);
      if (random.chance(5)) write_random_entry(random, at_once, in_steps, top);
      if (random.chance(40)) address = random_address(random, top);
      if (random.chance(3)) {
        const uint64_t value = kTables | random.below(3) | (random.chance(50) ? PW_CR3_NO_FLUSH : 0);
        ASSERT_EQ(pw_write_cr3(at_once.mmu(), value), pw_write_cr3(in_steps.mmu(), value));
      }
      pw_access access = random_access(random, address);
      if (random.chance(5)) access.flags |= PW_PREFETCH;
      at_once.spy().operations.clear();
      at_once.spy().disturb = random.chance(10) ? 1 + static_cast<unsigned>(random.below(3)) : 0;
      const pw_translation expected = at_once.machine().translate(access);
      at_once.spy().disturb = 0;
      Steps steps(in_steps.machine(), at_once.spy().operations);
      pw_translation taken;
      steps.translate(access, &taken);
      ASSERT_TRUE(steps.script_was_followed());
      ASSERT_EQ(0, std::memcmp(&expected, &taken, used_bytes(expected)));
      ASSERT_TRUE(same_fills(expected, taken));
      walks += taken.walked;
      restarts += taken.attempts > 1;
      hits += taken.hit_level > 0;
      changed += taken.dirty_walk;
    }
  }
  EXPECT_GT(walks, 10000u);
  EXPECT_GT(restarts, 500u);
  EXPECT_GT(hits, 10000u);
  EXPECT_GT(changed, 200u);
}

// The script holds a walk to its operations: whatever field of an operation is another, the walk says so.
TEST(StepwiseScript, DiffersWithAnyFieldOfAnOperation) {
  const pw_config config = bare_config();
  SpiedMachine at_once(config);
  at_once.machine().map_small(0x7123, 0x5000 | Machine::user_page);
  const pw_access write = make_access(0x7123, PW_WRITE);
  at_once.machine().translate(write);
  const std::vector<Operation> &good = at_once.spy().operations;
  ASSERT_EQ(8u, good.size());
  auto differs = [&](auto change) {
    SpiedMachine in_steps(config);
    pw_walk_script script{};
    pw_stepwise step;
    pw_translation t;
    for (const Operation &operation : good) script.done[script.count++] = operation.done;
    change(script);
    pw_step_begin(&step, in_steps.mmu(), in_steps.mmu(), &write, &t);
    pw_step_begin_walk(&step);
    pw_walk_start_attempt(&step.walk);
    step.walk.memory.script = &script;
    pw_walk_finish_attempt(&step.walk);
    return script.differs || script.wanted_count != script.count;
  };
  EXPECT_FALSE(differs([](pw_walk_script &) {}));
  EXPECT_TRUE(differs([](pw_walk_script &script) { script.done[2].address += 8; }));
  EXPECT_TRUE(differs([](pw_walk_script &script) { script.done[2].swap = 1; }));
  EXPECT_TRUE(differs([](pw_walk_script &script) { script.done[2].cache_control = 1; }));
  EXPECT_TRUE(differs([](pw_walk_script &script) { script.done[5].value ^= PW_ENTRY_G; }));
  EXPECT_TRUE(differs([](pw_walk_script &script) { script.done[5].desired ^= PW_ENTRY_D; }));
  EXPECT_TRUE(differs([](pw_walk_script &script) { script.count--; }));
  EXPECT_TRUE(differs([](pw_walk_script &script) { script.count++; }));
}

INSTANTIATE_TEST_SUITE_P(LongModes, Stepwise, ::testing::Values(PW_MODE_4LEVEL, PW_MODE_5LEVEL));

} // namespace
