// watched_device.h: a device whose every event a test makes by hand, and the checker that judges it.
//
// The test says what software, walkers and ports do; page tables, and the values that a good walker would read and set,
// come from a memory of the device's own. Each event takes the cycle `cycle`, which then is one more. What a test does
// to set its scene must be legal, or it fails there; only `take` and `answer` leave the verdict to it.
#pragma once

#include <gtest/gtest.h>
#include <pagewalk/check.h>
#include <pagewalk/entry.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "machine.h"

namespace pagewalk_test {

constexpr uint64_t kNoFlush = UINT64_C(1) << 63; // of the operand of MOV to CR3
constexpr uint64_t kTableBits = Machine::table_bits;
constexpr uint64_t kUserPage = Machine::user_page;
constexpr uint64_t kReadOnly = PW_ENTRY_P | PW_ENTRY_US;

inline uint64_t frame_of(unsigned n) { return UINT64_C(0x10000000) + n * UINT64_C(0x200000); }

struct Answer {
  unsigned fault = PW_RSP_NONE;
  uint64_t physical_address = 0;
  unsigned error_code = 0;
  unsigned page_level = 0;
  unsigned memory_type = 0;
  unsigned global = 0;
};

inline Answer mapped(uint64_t physical_address, unsigned page_level = 0, unsigned global = 0,
                     unsigned memory_type = 0) {
  Answer answer;
  answer.physical_address = physical_address;
  answer.page_level = page_level;
  answer.global = global;
  answer.memory_type = memory_type;
  return answer;
}

inline Answer page_fault(unsigned error_code) {
  Answer answer;
  answer.fault = PW_RSP_PAGE_FAULT;
  answer.error_code = error_code;
  return answer;
}

inline Answer faulted(unsigned fault) {
  Answer answer;
  answer.fault = fault;
  return answer;
}

class WatchedDevice {
 public:
  static constexpr uint64_t kHangCycles = 1000;

  uint64_t cycle = 1;
  std::vector<pw_event> events; // all that were taken

  explicit WatchedDevice(pw_check_mode mode, const pw_config &config = pw_config_default())
      : mode_(mode), config_(config) {
    renew();
  }

  // Another device with a checker of its own, whose memory is empty: after a verdict that was illegal.
  void renew() {
    const pw_check_options options{mode_, 0, 0, kHangCycles};
    pw_checker *checker = nullptr;
    EXPECT_EQ(0, pw_checker_create(&config_, &options, &checker));
    checker_.reset(checker);
    memory_.clear();
    events.clear();
    next_table_ = kTables;
    step(make(PW_EVENT_RESET));
  }

  pw_checker *checker() { return checker_.get(); }
  const pw_check_stats &stats() const { return *pw_checker_stats(checker_.get()); }
  std::string why() const { return pw_checker_explain(checker_.get()); }

  // ---- events ----

  pw_event make(unsigned kind) const {
    pw_event event{};
    event.cycle = cycle;
    event.kind = static_cast<uint8_t>(kind);
    return event;
  }
  pw_verdict take(const pw_event &event) {
    events.push_back(event);
    cycle++;
    return pw_checker_take(checker_.get(), &event);
  }
  void step(const pw_event &event) {
    const pw_verdict verdict = take(event);
    EXPECT_EQ(PW_VERDICT_MATCH, verdict) << pw_verdict_name(verdict) << ": " << why();
  }

  // Until nothing that was answered or killed can fill any more.
  void settle() { cycle += 100; }

  // ---- memory, as software sees it ----

  uint64_t get(uint64_t address) const {
    const auto found = memory_.find(address);
    return found == memory_.end() ? 0 : found->second;
  }
  void write(uint64_t address, uint64_t value) {
    memory_[address] = value;
    pw_event event = make(PW_EVENT_WRITE);
    event.u.write.address = address;
    event.u.write.value = value;
    step(event);
  }

  // ---- page tables ----

  // Address of the entry of a level for a linear address, along the tables that are there.
  uint64_t entry_of(uint64_t linear_address, unsigned level, uint64_t root) const {
    uint64_t table = root;
    for (unsigned at = 4; at > level; at--) table = get(Machine::slot(table, at, linear_address)) & PW_ENTRY_ADDRESS;
    return Machine::slot(table, level, linear_address);
  }
  // Writes a leaf, and the tables above it that are missing; all rights but those of the leaf.
  uint64_t map(uint64_t linear_address, uint64_t leaf, unsigned level = 1, uint64_t root = Machine::kRoot) {
    for (unsigned at = 4; at > level; at--) {
      const uint64_t entry = entry_of(linear_address, at, root);
      if (!get(entry)) write(entry, new_table() | kTableBits);
    }
    const uint64_t entry = entry_of(linear_address, level, root);
    write(entry, leaf | (level > 1 ? PW_ENTRY_PS : 0));
    return entry;
  }
  uint64_t new_table() { return next_table_ += 0x1000; }

  // ---- the control channel ----

  pw_event control_event(unsigned op, uint64_t data, unsigned pcid = 0) const {
    pw_event event = make(PW_EVENT_CONTROL);
    event.u.control.op = static_cast<uint8_t>(op);
    event.u.control.data = data;
    event.u.control.pcid = static_cast<uint16_t>(pcid);
    return event;
  }
  void accept_control(unsigned op, uint64_t data, unsigned pcid = 0) { step(control_event(op, data, pcid)); }
  void control_done() { step(make(PW_EVENT_CONTROL_DONE)); }
  void control(unsigned op, uint64_t data, unsigned pcid = 0) {
    accept_control(op, data, pcid);
    control_done();
  }
  // Paging with NXE, WP and PGE; PCIDE as wanted.
  void start_paging(bool pcide = true, uint64_t root = Machine::kRoot) {
    control(PW_CTL_CR3, root);
    control(PW_CTL_EFER, PW_EFER_NXE | PW_EFER_LME);
    control(PW_CTL_CR0, PW_CR0_PG | PW_CR0_WP);
    control(PW_CTL_CR4, PW_CR4_PGE | (pcide ? PW_CR4_PCIDE : 0));
  }

  // ---- requests ----

  void request(unsigned id, const pw_access &access) { step(request_event(id, access)); }
  pw_event request_event(unsigned id, const pw_access &access) const {
    pw_event event = make(PW_EVENT_REQUEST);
    event.u.request.port = access.kind != PW_FETCH;
    event.u.request.id = static_cast<uint8_t>(id);
    event.u.request.access = access;
    return event;
  }
  void kill(unsigned id, unsigned port = 1) {
    pw_event event = make(PW_EVENT_KILL);
    event.u.kill.port = static_cast<uint8_t>(port);
    event.u.kill.id = static_cast<uint8_t>(id);
    step(event);
  }
  pw_event response_event(unsigned id, const Answer &answer, unsigned port = 1) const {
    pw_event event = make(PW_EVENT_RESPONSE);
    event.u.response.port = static_cast<uint8_t>(port);
    event.u.response.id = static_cast<uint8_t>(id);
    event.u.response.fault = static_cast<uint8_t>(answer.fault);
    event.u.response.page_level = static_cast<uint8_t>(answer.page_level);
    event.u.response.memory_type = static_cast<uint8_t>(answer.memory_type);
    event.u.response.global = static_cast<uint8_t>(answer.global);
    event.u.response.error_code = static_cast<uint16_t>(answer.error_code);
    event.u.response.physical_address = answer.physical_address;
    return event;
  }
  pw_verdict answer(unsigned id, const Answer &answer, unsigned port = 1) {
    return take(response_event(id, answer, port));
  }
  // A request and its answer, without a walk.
  pw_verdict ask(const pw_access &access, const Answer &expected) {
    request(0, access);
    return answer(0, expected, access.kind != PW_FETCH);
  }

  // ---- the walker port ----

  pw_event read_event(unsigned walker, uint64_t address, uint64_t value) const {
    pw_event event = make(PW_EVENT_READ);
    event.u.read.walker = static_cast<uint8_t>(walker);
    event.u.read.address = address;
    event.u.read.value = value;
    return event;
  }
  pw_event swap_event(unsigned walker, uint64_t address, uint64_t expected, uint64_t desired,
                      bool matched = true) const {
    pw_event event = make(PW_EVENT_SWAP);
    event.u.swap.walker = static_cast<uint8_t>(walker);
    event.u.swap.address = address;
    event.u.swap.expected = expected;
    event.u.swap.desired = desired;
    event.u.swap.matched = matched;
    return event;
  }
  // Reads what memory holds.
  void read(unsigned walker, uint64_t address) { step(read_event(walker, address, get(address))); }
  // Sets bits of what memory holds.
  void set(unsigned walker, uint64_t address, uint64_t bits) {
    const uint64_t held = get(address);
    const pw_event event = swap_event(walker, address, held, held | bits);
    memory_[address] = held | bits;
    step(event);
  }

  // Reads the entries of an address from a level down to its end; returns their addresses, by level.
  std::map<unsigned, uint64_t> read_entries(uint64_t linear_address, unsigned walker, unsigned from, uint64_t table) {
    std::map<unsigned, uint64_t> entries;
    for (unsigned level = from; level >= 1; level--) {
      const uint64_t address = Machine::slot(table, level, linear_address);
      const uint64_t value = get(address);
      read(walker, address);
      entries[level] = address;
      if (!(value & PW_ENTRY_P) || (level > 1 && (value & PW_ENTRY_PS))) break;
      table = value & PW_ENTRY_ADDRESS;
    }
    return entries;
  }
  // A good walker's walk: reads, A set wherever it is not, and for a write D in the leaf. One that ends at an entry
  // that is not present sets nothing.
  void walk(uint64_t linear_address, bool writes = false, uint64_t root = Machine::kRoot, unsigned walker = 0) {
    walk_from(linear_address, 4, root, writes, walker);
  }
  // The same from a paging-structure cache: the first entry read is the level's, in this table.
  void walk_from(uint64_t linear_address, unsigned level, uint64_t table, bool writes = false, unsigned walker = 0) {
    const std::map<unsigned, uint64_t> entries = read_entries(linear_address, walker, level, table);
    const uint64_t leaf = entries.begin()->second;
    if (!(get(leaf) & PW_ENTRY_P)) return;
    for (auto at = entries.rbegin(); at != entries.rend(); ++at) {
      const uint64_t bits = PW_ENTRY_A | (writes && at->second == leaf ? PW_ENTRY_D : 0);
      if (bits & ~get(at->second)) set(walker, at->second, bits);
    }
  }
  // A request that walks and is answered by what it read.
  void use(const pw_access &access, const Answer &expected, uint64_t root = Machine::kRoot) {
    request(0, access);
    walk(access.linear_address, access.kind == PW_WRITE && expected.fault == PW_RSP_NONE, root);
    const pw_verdict verdict = answer(0, expected, access.kind != PW_FETCH);
    EXPECT_EQ(PW_VERDICT_MATCH, verdict) << pw_verdict_name(verdict) << ": " << why();
  }

 private:
  struct Destroy {
    void operator()(pw_checker *checker) const { pw_checker_destroy(checker); }
  };
  static constexpr uint64_t kTables = 0x100000; // the first one is behind it
  pw_check_mode mode_;
  pw_config config_;
  std::unique_ptr<pw_checker, Destroy> checker_;
  std::map<uint64_t, uint64_t> memory_;
  uint64_t next_table_ = kTables;
};

// A verdict by its name; the test has the `device` that was judged.
#define EXPECT_VERDICT(name, ...) EXPECT_STREQ(#name, pw_verdict_name(__VA_ARGS__)) << device.why()

#define ASSERT_VERDICT_LEGAL(...) ASSERT_TRUE(pw_verdict_is_legal(__VA_ARGS__)) << device.why()

inline std::string mode_of_test(const testing::TestParamInfo<pw_check_mode> &info) {
  return pw_check_mode_name(info.param);
}

} // namespace pagewalk_test
