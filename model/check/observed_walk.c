/* observed_walk.c: what a walker reads and sets: which walks that can be, and what may be cached of them. */
#include <string.h>

#include "watch.h"

#define LIVE_CONTEXTS 16

/* ---- contexts that a walk can be of ---- */

struct live_contexts {
  unsigned count;
  uint64_t number[LIVE_CONTEXTS];
};

/* Do two contexts read entries alike? Rights are looked at when a request is answered. */
static bool read_alike(const struct pw_check_context *a, const struct pw_check_context *b) {
  return a->mode.paging == b->mode.paging && a->mode.mode == b->mode.mode &&
         a->mode.rules.xd_bit == b->mode.rules.xd_bit && ((a->control.cr4 ^ b->control.cr4) & PW_CR4_PGE) == 0;
}

/* And do they start the same walks? */
static bool walk_alike(const struct pw_check_context *a, const struct pw_check_context *b) {
  return read_alike(a, b) && a->mode.pcid == b->mode.pcid && a->mode.root_address == b->mode.root_address;
}

static void add_context(struct pw_watch *watch, struct live_contexts *live, uint64_t number) {
  const struct pw_registers *registers = &watch->registers;
  if (number + PW_CHECK_CONTEXTS <= registers->context) return; /* nobody knows its registers any more */
  const struct pw_check_context *context = pw_registers_context(registers, number);
  if (!context->mode.paging) return;
  for (unsigned i = 0; i < live->count; i++) {
    if (walk_alike(context, pw_registers_context(registers, live->number[i]))) return;
  }
  if (live->count == LIVE_CONTEXTS) {
    watch->readings_dropped = true;
    return;
  }
  live->number[live->count++] = number;
}

/* The current context, then those of requests that may still be walked for. */
static struct live_contexts live_contexts(struct pw_watch *watch) {
  struct live_contexts live = {0};
  const struct pw_flight *flight = &watch->flight;
  uint64_t current = watch->registers.context, last = current, at = 0;
  add_context(watch, &live, current);
  for (const struct pw_request *request = flight->oldest; request; request = request->newer) {
    if (request->context != last) add_context(watch, &live, request->context);
    last = request->context;
  }
  for (const struct pw_request *ghost; (ghost = pw_flight_next_ghost(flight, watch->cycle, &at));) {
    if (ghost->context != last) add_context(watch, &live, ghost->context);
    last = ghost->context;
  }
  return live;
}

/* ---- what may be cached ---- */

/*
 * What a walk caches counts as killed when something that it was begun from was, and also when the registers that it
 * runs under were replaced by an operation that invalidates it: it never fills after done (port contract, "ctl").
 */
static uint64_t kill_of(const struct pw_watch *watch, const struct pw_walk_chain *walk, uint64_t key) {
  const struct pw_registers *registers = &watch->registers;
  if (walk->kill) return walk->kill;
  if (walk->context == registers->context ||
      walk_alike(pw_registers_context(registers, walk->context), pw_registers_current(registers))) {
    return 0;
  }
  return pw_registers_first_kill(registers, walk->context, key);
}

/* Publishes the entries of a walk from a level down, as far as A is set in all above. */
static void publish(struct pw_watch *watch, const struct pw_walk_chain *walk, unsigned from) {
  const struct pw_check_context *context = pw_registers_context(&watch->registers, walk->context);
  const struct pw_chain *chain = &walk->chain;
  for (unsigned level = from; level >= chain->level; level--) {
    struct pw_chain part = level > chain->level ? pw_chain_above(chain, context, level) : *chain;
    if (part.end > PW_CHAIN_PAGE || !pw_chain_is_accessed(&part)) return;
    pw_candidates_add(&watch->candidates, &part, kill_of(watch, walk, pw_chain_key(&part)), watch->cycle);
  }
}

static void remember_fact(struct pw_watch *watch, const struct pw_walk_chain *walk) {
  watch->fact[watch->facts++ % PW_FACTS] = (struct pw_fact){*walk, watch->event, watch->cycle};
}

/* ---- reads ---- */

/* Does one reading allow whatever the other does? Then the registers are no earlier, and it was killed no earlier. */
static bool covers(const struct pw_watch *watch, const struct pw_walk_chain *a, const struct pw_walk_chain *b) {
  const struct pw_registers *registers = &watch->registers;
  return a->context >= b->context && pw_kill_latest(a->kill, b->kill) == a->kill &&
         read_alike(pw_registers_context(registers, a->context), pw_registers_context(registers, b->context)) &&
         pw_chain_is_same(&a->chain, &b->chain);
}

/* Keeps a reading unless another one covers it, in place of one that it covers. */
static void keep_reading(struct pw_watch *watch, struct pw_watched_walker *walker, const struct pw_walk_chain *made) {
  for (unsigned i = 0; i < walker->count; i++) {
    if (covers(watch, &walker->chains[i], made)) return;
    if (!covers(watch, made, &walker->chains[i])) continue;
    walker->chains[i] = *made;
    return;
  }
  if (walker->count == PW_WALK_CHAINS) {
    watch->readings_dropped = true;
    return;
  }
  walker->chains[walker->count++] = *made;
}

static void add_reading(struct pw_watch *watch, struct pw_watched_walker *walker, const struct pw_chain *parent,
                        uint64_t context_number, uint64_t kill, const struct pw_event *event) {
  const struct pw_check_context *context = pw_registers_context(&watch->registers, context_number);
  struct pw_walk_chain made = {*parent, context_number, kill};
  if (event->u.read.bus_error) {
    pw_chain_append_bus_error(&made.chain, context, event->u.read.address, watch->event);
  } else {
    pw_chain_append(&made.chain, context, event->u.read.address, event->u.read.value, watch->event);
  }
  keep_reading(watch, walker, &made);
}

static void continue_walk(struct pw_watch *watch, const struct pw_watched_walker *walker, const struct pw_event *event,
                          struct pw_watched_walker *next) {
  for (unsigned i = 0; i < walker->count; i++) {
    const struct pw_walk_chain *walk = &walker->chains[i];
    if (walk->context + PW_CHECK_CONTEXTS <= watch->registers.context) continue;
    if (!pw_chain_continues(&walk->chain, event->u.read.address)) continue;
    add_reading(watch, next, &walk->chain, walk->context, walk->kill, event);
  }
}

static void start_from_root(struct pw_watch *watch, const struct live_contexts *live, const struct pw_event *event,
                            struct pw_watched_walker *next) {
  for (unsigned i = 0; i < live->count; i++) {
    struct pw_chain chain = pw_chain_start(pw_registers_context(&watch->registers, live->number[i]));
    if (pw_chain_continues(&chain, event->u.read.address)) {
      add_reading(watch, next, &chain, live->number[i], 0, event);
    }
  }
}

/* Event number before which nobody was accepted who may still be walked for. */
static uint64_t oldest_walked_for(const struct pw_watch *watch) {
  const struct pw_flight *flight = &watch->flight;
  uint64_t oldest = pw_watch_oldest(watch), at = 0;
  for (const struct pw_request *ghost; (ghost = pw_flight_next_ghost(flight, watch->cycle, &at));) {
    if (ghost->accepted < oldest) oldest = ghost->accepted;
  }
  return oldest;
}

static bool may_start_from(const struct pw_watch *watch, const struct pw_candidate *candidate) {
  return !candidate->kill || pw_registers_may_use(&watch->registers, candidate->kill, oldest_walked_for(watch));
}

/* From a paging-structure cache: of the same PCID, under any registers that a walk can be of now. */
static void start_from_candidates(struct pw_watch *watch, const struct live_contexts *live,
                                  const struct pw_event *event, struct pw_watched_walker *next) {
  uint64_t table = event->u.read.address & ~UINT64_C(0xfff);
  struct pw_candidate *candidate = NULL;
  while ((candidate = pw_candidates_next_table(&watch->candidates, candidate, table))) {
    if (!may_start_from(watch, candidate)) continue;
    for (unsigned i = 0; i < live->count; i++) {
      const struct pw_check_context *context = pw_registers_context(&watch->registers, live->number[i]);
      if (context->mode.pcid != candidate->chain.pcid || context->mode.rules.format->levels != candidate->chain.top) {
        continue;
      }
      add_reading(watch, next, &candidate->chain, live->number[i], candidate->kill, event);
    }
  }
}

/* ---- a read that nothing leads to ---- */

static bool was_killed(const struct pw_watch *watch, uint64_t table, const struct pw_candidate **found) {
  const struct pw_candidates *set = &watch->candidates;
  for (uint64_t i = 0; i < set->graves && i < PW_CANDIDATE_GRAVES; i++) {
    const struct pw_candidate *grave = &set->grave[i];
    if (grave->chain.end != PW_CHAIN_OPEN || grave->chain.table_address != table) continue;
    if (!*found || grave->cycle > (*found)->cycle) *found = grave;
  }
  return *found != NULL;
}

static bool is_in_another_walk(const struct pw_watch *watch, unsigned walker, uint64_t address) {
  for (unsigned other = 0; other < PW_CHECK_WALKERS; other++) {
    for (unsigned i = 0; other != walker && i < watch->walkers[other].count; i++) {
      if (pw_chain_continues(&watch->walkers[other].chains[i].chain, address)) return true;
    }
  }
  return false;
}

static void judge_read(struct pw_watch *watch, const struct pw_event *event) {
  uint64_t address = event->u.read.address, table = address & ~UINT64_C(0xfff);
  unsigned long long printed = address;
  struct pw_candidate *candidate = pw_candidates_next_table(&watch->candidates, NULL, table);
  const struct pw_candidate *killed = candidate;
  if (watch->readings_dropped || pw_candidates_may_have_forgotten_table(&watch->candidates, table)) {
    watch->readings_dropped = true;
    return;
  }
  if (killed || was_killed(watch, table, &killed)) {
    pw_watch_end(watch, PW_VERDICT_ILLEGAL_STALE,
                 "walker %u reads 0x%llx, of a table that only what was invalidated leads to\n", event->u.read.walker,
                 printed);
    pw_watch_explain_chain(watch, &killed->chain, killed->kill);
  } else if (is_in_another_walk(watch, event->u.read.walker, address)) {
    pw_watch_end(watch, PW_VERDICT_TORN,
                 "walker %u reads 0x%llx, of a table that only another walker's walk leads to\n", event->u.read.walker,
                 printed);
  } else {
    pw_watch_end(watch, PW_VERDICT_WRONG,
                 "walker %u reads 0x%llx: neither CR3 nor an entry that was read leads there\n", event->u.read.walker,
                 printed);
  }
}

/* The bench's memory and the checker's must agree, or facts would be none. */
static bool is_in_memory(struct pw_watch *watch, const struct pw_event *event) {
  uint64_t held = 0;
  if (event->u.read.bus_error) return true;
  int result = watch->port.read(watch->port.context, event->u.read.address, &held);
  if (result == PW_PORT_OK && held == event->u.read.value) return true;
  pw_watch_end(watch, PW_VERDICT_WRONG, "read of 0x%llx: 0x%llx, and software and walks left 0x%llx there\n",
               (unsigned long long)event->u.read.address, (unsigned long long)event->u.read.value,
               (unsigned long long)held);
  return false;
}

static bool check_operation(struct pw_watch *watch, unsigned walker, uint64_t address, const char *what) {
  if (walker < PW_CHECK_WALKERS && !(address & 7)) return true;
  pw_watch_end(watch, PW_VERDICT_WRONG, "%s of 0x%llx by walker %u: not aligned, or beyond the last walker\n", what,
               (unsigned long long)address, walker);
  return false;
}

void pw_observed_read(struct pw_watch *watch, const struct pw_event *event) {
  unsigned at = event->u.read.walker;
  if (!check_operation(watch, at, event->u.read.address, "read") || !is_in_memory(watch, event)) return;
  struct live_contexts live = live_contexts(watch);
  struct pw_watched_walker next;
  next.count = 0;
  continue_walk(watch, &watch->walkers[at], event, &next);
  start_from_root(watch, &live, event, &next);
  start_from_candidates(watch, &live, event, &next);
  watch->walkers[at].count = next.count;
  watch->walkers[at].cycle = watch->cycle;
  memcpy(watch->walkers[at].chains, next.chains, next.count * sizeof *next.chains);
  if (!next.count) judge_read(watch, event);
  for (unsigned i = 0; i < next.count; i++) {
    if (next.chains[i].chain.end != PW_CHAIN_OPEN) remember_fact(watch, &next.chains[i]);
    publish(watch, &next.chains[i], next.chains[i].chain.level);
  }
}

/* ---- compare-and-swaps ---- */

/* Level of the chain's entry at an address with a value, or 0. */
static unsigned level_of(const struct pw_chain *chain, uint64_t address, uint64_t value) {
  for (unsigned level = chain->level; level <= chain->top; level++) {
    if (chain->entry[level].address == address && chain->entry[level].value == value) return level;
  }
  return 0;
}

static bool writes_page(const struct pw_watch *watch, const struct pw_request *request, const struct pw_chain *chain) {
  const struct pw_check_context *context = pw_registers_context(&watch->registers, request->context);
  if (request->access.kind != PW_WRITE || (request->access.flags & PW_PREFETCH)) return false;
  if (!context->mode.paging || context->mode.pcid != chain->pcid) return false;
  return pw_chain_covers(chain, request->access.linear_address) &&
         pw_chain_answer(chain, &request->access, context).fault == PW_RSP_NONE;
}

/* SDM "Accessed and Dirty Flags": D is set for a write that is made; one that was killed may have been on its way. */
static bool is_written(const struct pw_watch *watch, const struct pw_chain *chain) {
  const struct pw_flight *flight = &watch->flight;
  uint64_t at = 0;
  for (const struct pw_request *request = flight->oldest; request; request = request->newer) {
    if (writes_page(watch, request, chain)) return true;
  }
  for (const struct pw_request *ghost; (ghost = pw_flight_next_ghost(flight, watch->cycle, &at));) {
    if (writes_page(watch, ghost, chain)) return true;
  }
  return false;
}

enum swap_fault { SWAP_LEGAL, SWAP_UNREAD, SWAP_OF_INVALID, SWAP_DIRTY_ABOVE_PAGE, SWAP_DIRTY_UNWRITTEN };

static enum swap_fault check_swap(const struct pw_watch *watch, const struct pw_chain *chain,
                                  const struct pw_event *event) {
  unsigned level = level_of(chain, event->u.swap.address, event->u.swap.expected);
  bool sets_dirty = (event->u.swap.desired & ~event->u.swap.expected & PW_ENTRY_D) != 0;
  if (!level) return SWAP_UNREAD;
  bool last = level == chain->level;
  if (last && (chain->end == PW_CHAIN_NOT_PRESENT || chain->end == PW_CHAIN_RESERVED)) return SWAP_OF_INVALID;
  if (!sets_dirty) return SWAP_LEGAL;
  if (!last || chain->end != PW_CHAIN_PAGE) return SWAP_DIRTY_ABOVE_PAGE;
  return is_written(watch, chain) ? SWAP_LEGAL : SWAP_DIRTY_UNWRITTEN;
}

/* Only the readings stay that allow it. Returns the fault of the last one if none does. */
static enum swap_fault keep_legal(const struct pw_watch *watch, struct pw_watched_walker *walker,
                                  const struct pw_event *event) {
  enum swap_fault fault = SWAP_UNREAD;
  unsigned kept = 0;
  for (unsigned i = 0; i < walker->count; i++) {
    enum swap_fault found = check_swap(watch, &walker->chains[i].chain, event);
    if (found == SWAP_LEGAL) {
      if (kept != i) walker->chains[kept] = walker->chains[i];
      kept++;
    } else if (found > fault) {
      fault = found;
    }
  }
  walker->count = kept;
  return kept ? SWAP_LEGAL : fault;
}

/* A device may set D of a page that it holds without reading the entry again. */
static void take_from_cache(struct pw_watch *watch, struct pw_watched_walker *walker, const struct pw_event *event) {
  for (const struct pw_candidate *at = watch->candidates.newest; at && !walker->count; at = at->older) {
    if (at->chain.end != PW_CHAIN_PAGE || at->chain.entry[at->chain.level].address != event->u.swap.address) continue;
    if (check_swap(watch, &at->chain, event) != SWAP_LEGAL) continue;
    walker->chains[0] = (struct pw_walk_chain){at->chain, watch->registers.context, at->kill};
    walker->count = 1;
  }
}

static void judge_swap(struct pw_watch *watch, const struct pw_event *event, enum swap_fault fault) {
  static const char *const why[] = {[SWAP_UNREAD] = "which this walk has not read with that value",
                                    [SWAP_OF_INVALID] = "which is not present or has a reserved bit set",
                                    [SWAP_DIRTY_ABOVE_PAGE] = "setting D where no page is mapped",
                                    [SWAP_DIRTY_UNWRITTEN] = "setting D of a page that no request may write"};
  if (fault == SWAP_UNREAD && watch->readings_dropped) return;
  pw_watch_end(watch, fault == SWAP_UNREAD ? PW_VERDICT_WRONG : PW_VERDICT_AD_SPURIOUS,
               "walker %u swaps 0x%llx from 0x%llx to 0x%llx, %s\n", event->u.swap.walker,
               (unsigned long long)event->u.swap.address, (unsigned long long)event->u.swap.expected,
               (unsigned long long)event->u.swap.desired, why[fault]);
}

/* Only A and D are a processor's to set, and none is its to clear. */
static bool sets_only_flags(struct pw_watch *watch, const struct pw_event *event) {
  uint64_t expected = event->u.swap.expected, desired = event->u.swap.desired;
  uint64_t changed = expected ^ desired;
  if (!(changed & ~(PW_ENTRY_A | PW_ENTRY_D)) && !(expected & changed)) return true;
  pw_watch_end(watch, PW_VERDICT_WRONG, "walker %u swaps 0x%llx from 0x%llx to 0x%llx: not only A and D are set\n",
               event->u.swap.walker, (unsigned long long)event->u.swap.address, (unsigned long long)expected,
               (unsigned long long)desired);
  return false;
}

static bool swap_in_memory(struct pw_watch *watch, const struct pw_event *event) {
  if (event->u.swap.bus_error) return true;
  int result = watch->port.compare_and_swap(watch->port.context, event->u.swap.address, event->u.swap.expected,
                                            event->u.swap.desired);
  if ((result == PW_PORT_OK) == (event->u.swap.matched != 0)) return true;
  pw_watch_end(watch, PW_VERDICT_WRONG, "compare-and-swap of 0x%llx: matched %u, and memory says %u\n",
               (unsigned long long)event->u.swap.address, event->u.swap.matched, result == PW_PORT_OK);
  return false;
}

static void swap_failed(struct pw_watch *watch, struct pw_walk_chain *walk, const struct pw_event *event) {
  unsigned level = level_of(&walk->chain, event->u.swap.address, event->u.swap.expected);
  walk->chain.level = (uint8_t)level;
  walk->chain.end = PW_CHAIN_BUS_ERROR;
  walk->chain.entry[level].read = watch->event;
  remember_fact(watch, walk);
}

void pw_observed_swap(struct pw_watch *watch, const struct pw_event *event) {
  unsigned at = event->u.swap.walker;
  if (!check_operation(watch, at, event->u.swap.address, "compare-and-swap")) return;
  if (!sets_only_flags(watch, event) || !swap_in_memory(watch, event)) return;
  struct pw_watched_walker *walker = &watch->walkers[at];
  walker->cycle = watch->cycle;
  enum swap_fault fault = keep_legal(watch, walker, event);
  if (!walker->count) take_from_cache(watch, walker, event);
  if (!walker->count) judge_swap(watch, event, fault);
  for (unsigned i = 0; i < walker->count; i++) {
    struct pw_walk_chain *walk = &walker->chains[i];
    if (event->u.swap.bus_error) {
      swap_failed(watch, walk, event);
    } else if (event->u.swap.matched) {
      unsigned level = level_of(&walk->chain, event->u.swap.address, event->u.swap.expected);
      pw_chain_update(&walk->chain, level, event->u.swap.desired, watch->event);
      if (walk->chain.end == PW_CHAIN_PAGE) remember_fact(watch, walk);
      publish(watch, walk, level);
    }
  }
  if (!event->u.swap.matched) walker->count = 0; /* a failed compare means a walk from the start */
}

/* ---- kills ---- */

/* A walk under way is killed with what it has read: no more than a cache that held the same may it be used on. */
void pw_observed_kill(struct pw_watch *watch, const struct pw_kill *kill) {
  pw_candidates_bury(&watch->candidates, &watch->registers, oldest_walked_for(watch));
  pw_candidates_kill(&watch->candidates, kill);
  for (unsigned w = 0; w < PW_CHECK_WALKERS; w++) {
    for (unsigned i = 0; i < watch->walkers[w].count; i++) {
      struct pw_walk_chain *walk = &watch->walkers[w].chains[i];
      if (!walk->kill && pw_kill_requires_any(kill, &walk->chain)) walk->kill = kill->number;
    }
  }
}
