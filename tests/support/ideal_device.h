// ideal_device.h: a device that does what the model says, and the events that whoever watches it would see.
//
// It has memory, caches and an MMU of its own and takes translations in steps, one or several at once. What it does
// goes into `events`; a test alters them, or asks for other steps than a good device would take, and gives them to a
// checker.
#pragma once

#include <pagewalk/check.h>

#include <algorithm>
#include <deque>

#include "machine.h"

extern "C" {
#include "operations.h"
#include "stepwise.h"
}

namespace pagewalk_test {

constexpr unsigned kPipeline = 3; // cycles from accept to response of a translation that costs nothing

inline pw_event make_event(uint64_t cycle, unsigned kind) {
  pw_event event{};
  event.cycle = cycle;
  event.kind = static_cast<uint8_t>(kind);
  return event;
}

// A request of an ideal device.
struct IdealRequest {
  pw_access access{};
  uint8_t port = 0;
  uint8_t id = 0;
  uint8_t slot = 0;
  uint8_t walker = 0;
  bool killed = false;
  bool committed = false;
  uint64_t accepted = 0;
  uint64_t context = 0;
  uint32_t at = 0;
  pw_next next = PW_NEXT_LOOK_UP;
  pw_stepwise step{};
  pw_translation t{};
};

class IdealDevice {
 public:
  std::vector<pw_event> events;
  uint64_t cycle = 1;

  explicit IdealDevice(const pw_config &config) : machine_(config) {
    machine_.mmu()->walker.port = {this, read_entry, swap_entry};
    reset();
  }

  pw_mmu *mmu() { return machine_.mmu(); }
  Machine &machine() { return machine_; }
  uint64_t get(uint64_t address) const { return machine_.get(address); }

  // ---- software ----

  void write(uint64_t address, uint64_t value) {
    pw_event &event = add(PW_EVENT_WRITE);
    event.u.write.address = address;
    event.u.write.value = value;
    machine_.put(address, value);
  }
  // Tables at 0x1000 .. 0x4000 for a 4 KB page, as Machine has them.
  void map_small(uint64_t linear_address, uint64_t leaf) {
    write(Machine::slot(0x1000, 4, linear_address), 0x2000 | Machine::table_bits);
    write(Machine::slot(0x2000, 3, linear_address), 0x3000 | Machine::table_bits);
    write(Machine::slot(0x3000, 2, linear_address), 0x4000 | Machine::table_bits);
    write(Machine::slot(0x4000, 1, linear_address), leaf);
  }

  void reset() {
    pw_control control{};
    control.cr4 = PW_CR4_PAE | PW_CR4_PSE;
    control.efer = PW_EFER_LME;
    control.pat = PW_PAT_RESET;
    EXPECT_EQ(0, pw_mmu_set_control(mmu(), &control));
    if (machine_.hierarchy()) pw_memory_hierarchy_reset(machine_.hierarchy());
    add(PW_EVENT_RESET);
  }
  // Paging as the configuration has it, with the root table of Machine.
  void start_paging() {
    const pw_control control = pw_control_from_config(&machine_.config(), Machine::kRoot);
    control_op(PW_CTL_CR3, control.cr3);
    control_op(PW_CTL_EFER, control.efer);
    control_op(PW_CTL_CR4, control.cr4 & ~PW_CR4_PCIDE);
    control_op(PW_CTL_CR0, control.cr0);
    control_op(PW_CTL_CR4, control.cr4);
  }

  // ---- control operations ----

  void accept_control(unsigned op, uint64_t data, unsigned pcid = 0) {
    pw_event &event = add(PW_EVENT_CONTROL);
    event.u.control.op = static_cast<uint8_t>(op);
    event.u.control.data = data;
    event.u.control.pcid = static_cast<uint16_t>(pcid);
    pw_mmu_keep_context(mmu(), &older_);
    invalidation_ = pw_invalidation{};
    EXPECT_EQ(0, execute(op, data, pcid));
    context_++;
  }
  void invalidate() {
    add(PW_EVENT_INVALIDATE);
    pw_invalidate(mmu(), &invalidation_);
  }
  void control_done() { add(PW_EVENT_CONTROL_DONE); }
  void control_op(unsigned op, uint64_t data, unsigned pcid = 0) {
    cycle++;
    accept_control(op, data, pcid);
    cycle += 3;
    invalidate();
    cycle += 2;
    control_done();
    cycle++;
  }

  // ---- a translation in steps ----

  IdealRequest &accept(const pw_access &access, unsigned id = 0) {
    requests_.emplace_back();
    IdealRequest &request = requests_.back();
    request.access = access;
    request.port = access.kind != PW_FETCH;
    request.id = static_cast<uint8_t>(id);
    request.accepted = cycle;
    request.context = context_;
    pw_event &event = add(PW_EVENT_REQUEST);
    event.u.request.port = request.port;
    event.u.request.id = request.id;
    event.u.request.access = access;
    return request;
  }
  void kill(IdealRequest &request) {
    request.killed = true;
    pw_event &event = add(PW_EVENT_KILL);
    event.u.kill.port = request.port;
    event.u.kill.id = request.id;
  }
  bool is_plain(const IdealRequest &request) const {
    return !request.t.walked && request.t.outcome != PW_PAGE_FAULT && request.at == 0;
  }
  // The first look-up, or again from the first level for one in a slot.
  void look_up(IdealRequest &request, bool replay = false) {
    enter(request);
    request.at = 0;
    request.next = pw_step_begin(&request.step, mmu(), mmu(), &request.access, &request.t);
    request.step.older_context = request.context != context_;
    if (request.next == PW_NEXT_LOOK_UP) request.next = pw_step_look_up(&request.step, 0);
    enter(request);
    add_look_up(request, replay);
  }
  void look_up_next(IdealRequest &request) {
    enter(request);
    request.step.older_context = request.context != context_;
    request.next = pw_step_look_up(&request.step, ++request.at);
    enter(request);
    add_look_up(request, false);
  }
  // One attempt of a walk: its start and its operations.
  void attempt(IdealRequest &request) {
    enter(request);
    if (request.next == PW_NEXT_WALK) pw_step_begin_walk(&request.step);
    request.next = PW_NEXT_EFFECT;
    request.step.walk.from_root = request.context != context_;
    pw_walk_start_attempt(&request.step.walk);
    pw_event &event = add(PW_EVENT_WALK_START);
    event.u.walk_start.slot = request.slot;
    event.u.walk_start.walker = request.walker;
    event.u.walk_start.psc_level = request.t.psc_level;
    event.u.walk_start.set = request.t.psc_level ? request.step.walk.started_at.set : 0;
    event.u.walk_start.way = static_cast<uint16_t>(request.t.psc_level ? request.step.walk.started_at.way : 0);
    const size_t first = events.size();
    walker_ = request.walker;
    pw_walk_finish_attempt(&request.step.walk);
    add_cache_control(request, first);
    if (!restarts(request)) pw_step_answer_walk(&request.step);
    enter(request);
  }
  static bool restarts(const IdealRequest &request) { return request.step.walk.result.end == PW_WALK_RESTART; }

  // The first commit; L2 is filled a cycle later, so whoever goes on adds a cycle.
  void commit(IdealRequest &request) {
    enter(request);
    const bool changed = pw_step_page_changed(&request.step) && request.context == context_;
    unsigned actions = request.killed ? 0u : unsigned{PW_COMMIT_RESPOND};
    if (changed || request.t.outcome == PW_PAGE_FAULT) actions |= PW_COMMIT_DROP;
    if (!changed) actions |= PW_COMMIT_LAST;
    if (!changed && fills(request)) actions |= PW_COMMIT_FILL;
    take_effect(request, actions);
    enter(request);
    request.committed = !changed;
  }
  void commit_again(IdealRequest &request) {
    enter(request);
    take_effect(request, request.context == context_ ? PW_COMMIT_LAST | PW_COMMIT_FILL : PW_COMMIT_LAST);
    enter(request);
    request.committed = true;
  }
  void respond(const IdealRequest &request) {
    static const uint8_t faults[PW_OUTCOMES] = {PW_RSP_NONE,        PW_RSP_PAGE_FAULT, PW_RSP_GENERAL_PROTECTION,
                                                PW_RSP_STACK_FAULT, PW_RSP_BUS_ERROR,  PW_RSP_DROPPED};
    const pw_translation &t = request.t;
    pw_event &event = add(PW_EVENT_RESPONSE);
    event.u.response.port = request.port;
    event.u.response.id = request.id;
    event.u.response.fault = faults[t.outcome];
    event.u.response.source = t.walked ? PW_RSP_FROM_WALK : t.hit_level > 1 ? PW_RSP_FROM_L2 : PW_RSP_FROM_L1;
    event.u.response.error_code = static_cast<uint16_t>(t.error_code);
    if (t.outcome != PW_MAPPED) return;
    event.u.response.physical_address = t.physical_address;
    event.u.response.page_level = static_cast<uint8_t>((t.page_shift - 12) / 9);
    event.u.response.memory_type = static_cast<uint8_t>((t.attributes & PW_ATTR_PAT_MASK) >> PW_ATTR_PAT_SHIFT);
    event.u.response.global = (t.attributes & PW_ATTR_GLOBAL) != 0;
  }

  // ---- a translation at once, in the cycles that the model says ----

  // Goes on to where a request waits for its commit or, after a plain look-up, for its response.
  void go_to_commit(IdealRequest &request) {
    cycle = request.accepted + 1;
    look_up(request);
    while (request.next == PW_NEXT_LOOK_UP) {
      cycle++;
      look_up_next(request);
    }
    if (request.next == PW_NEXT_WALK) {
      do {
        cycle++;
        attempt(request);
      } while (restarts(request));
    }
    cycle = request.accepted + kPipeline + pw_translation_cycles(&request.t);
    if (!is_plain(request)) cycle--;
  }
  const pw_translation &translate(const pw_access &access, unsigned id = 0) {
    IdealRequest &request = accept(access, id);
    go_to_commit(request);
    if (!is_plain(request)) {
      commit(request);
      cycle++;
      add_late_fills();
    }
    respond(request);
    if (!is_plain(request) && !request.committed) {
      cycle++;
      commit_again(request);
      cycle++;
      add_late_fills();
    }
    cycle += 2;
    return request.t;
  }
  // The second level is filled a cycle after the commit.
  void add_late_fills() {
    for (pw_event &event : late_) {
      event.cycle = cycle;
      events.push_back(event);
    }
    late_.clear();
  }

  // ---- what may go wrong in memory ----

  std::vector<uint64_t> bus_errors; // addresses
  unsigned disturb = 0;             // compare-and-swaps before which another processor writes the entry

 private:
  pw_event &add(unsigned kind) {
    events.push_back(make_event(cycle, kind));
    return events.back();
  }
  void enter(const IdealRequest &request) {
    if (request.context != context_) pw_mmu_exchange_context(mmu(), &older_);
  }
  int execute(unsigned op, uint64_t data, unsigned pcid) {
    switch (op) {
      case PW_CTL_CR3: return pw_load_cr3(mmu(), data, &invalidation_);
      case PW_CTL_CR0: return pw_load_cr0(mmu(), data, &invalidation_);
      case PW_CTL_CR4: return pw_load_cr4(mmu(), data, &invalidation_);
      case PW_CTL_EFER: return pw_write_efer(mmu(), data);
      case PW_CTL_PKRU: return pw_write_pkru(mmu(), static_cast<uint32_t>(data));
      case PW_CTL_INVLPG: pw_plan_invlpg(mmu(), data, &invalidation_); return 0;
      default: return pw_plan_invpcid(mmu(), op - PW_CTL_INVPCID_ADDRESS, pcid, data, &invalidation_);
    }
  }

  void add_look_up(const IdealRequest &request, bool replay) {
    pw_event &event = add(PW_EVENT_LOOK_UP);
    event.u.look_up.port = request.port;
    event.u.look_up.level = static_cast<uint8_t>(request.at + 1);
    event.u.look_up.replay = replay;
    event.u.look_up.slot = request.slot;
    if (request.t.hit_level != request.at + 1) return;
    event.u.look_up.hit = 1;
    event.u.look_up.array = request.t.hit_array;
    event.u.look_up.way = request.t.hit_way;
    event.u.look_up.set = request.t.hit_set;
  }

  // ---- the walker's port ----

  bool is_bus_error(uint64_t address) const {
    return std::find(bus_errors.begin(), bus_errors.end(), address) != bus_errors.end();
  }
  static int read_entry(void *context, uint64_t address, uint64_t *value) {
    IdealDevice &device = *static_cast<IdealDevice *>(context);
    const bool error = device.is_bus_error(address);
    *value = error ? 0 : device.get(address);
    pw_event &event = device.add(PW_EVENT_READ);
    event.u.read.walker = device.walker_;
    event.u.read.address = address;
    event.u.read.value = *value;
    event.u.read.bus_error = error;
    return error ? PW_PORT_BUS_ERROR : PW_PORT_OK;
  }
  static int swap_entry(void *context, uint64_t address, uint64_t expected, uint64_t desired) {
    IdealDevice &device = *static_cast<IdealDevice *>(context);
    const bool error = device.is_bus_error(address);
    if (device.disturb && !error) {
      device.disturb--;
      device.write(address, expected ^ (UINT64_C(1) << 9)); // a bit that is software's
    }
    const bool matched = !error && device.get(address) == expected;
    if (matched) device.machine_.put(address, desired);
    pw_event &event = device.add(PW_EVENT_SWAP);
    event.u.swap.walker = device.walker_;
    event.u.swap.address = address;
    event.u.swap.expected = expected;
    event.u.swap.desired = desired;
    event.u.swap.matched = matched;
    event.u.swap.bus_error = error;
    return error ? PW_PORT_BUS_ERROR : matched ? PW_PORT_OK : PW_PORT_MISMATCH;
  }
  // The port is not told how an entry is read; the record of the walk is.
  void add_cache_control(const IdealRequest &request, size_t first) {
    for (size_t i = first; i < events.size(); i++) {
      pw_event &event = events[i];
      if (event.kind == PW_EVENT_READ) event.u.read.cache_control = cache_control(request, event.u.read.address);
      if (event.kind == PW_EVENT_SWAP) event.u.swap.cache_control = cache_control(request, event.u.swap.address);
    }
  }
  static uint8_t cache_control(const IdealRequest &request, uint64_t address) {
    // The last step of this address: steps of earlier attempts come before, and a table may be its own parent.
    for (unsigned i = request.t.step_count; i-- > request.step.walk.first_step;) {
      if (request.t.steps[i].entry_address == address) return request.t.steps[i].cache_control;
    }
    ADD_FAILURE() << "an operation that no step knows";
    return 0;
  }

  // ---- commits ----

  bool fills(const IdealRequest &request) const {
    return request.t.outcome == PW_MAPPED && request.context == context_ &&
           (request.t.walked || request.t.hit_level > 1);
  }
  void take_effect(IdealRequest &request, unsigned actions) {
    pw_event &event = add(PW_EVENT_COMMIT);
    event.u.commit.slot = request.slot;
    event.u.commit.actions = static_cast<uint8_t>(actions);
    const unsigned first = request.t.fill_count;
    if (actions & PW_COMMIT_DROP) pw_step_drop(&request.step);
    if (actions & PW_COMMIT_FILL) pw_step_fill(&request.step);
    for (unsigned i = first; i < request.t.fill_count; i++) add_fill(request, request.t.fills[i]);
  }
  void add_fill(const IdealRequest &request, const pw_fill &fill) {
    pw_event event = make_event(cycle, PW_EVENT_FILL);
    event.u.fill.structure = fill.structure;
    event.u.fill.unit = fill.unit;
    event.u.fill.port = request.port;
    if (fill.structure == PW_TLB) event.u.fill.unit = static_cast<uint8_t>(machine_.config().tlbs[fill.unit].level);
    event.u.fill.array = fill.array;
    event.u.fill.way = fill.way;
    event.u.fill.set = fill.set;
    event.u.fill.evicted = fill.victim_key != 0;
    const bool late = fill.structure == PW_TLB && event.u.fill.unit > 1;
    (late ? late_ : events).push_back(event);
  }

  Machine machine_;
  std::deque<IdealRequest> requests_; // never move: steps point into them
  std::vector<pw_event> late_;
  pw_mmu_context older_{};
  pw_invalidation invalidation_{};
  uint64_t context_ = 0;
  uint8_t walker_ = 0;
};

} // namespace pagewalk_test
