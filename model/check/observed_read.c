/* observed_read.c: an entry that a walker reads: of which walks that can be. */
#include <string.h>

#include "observed.h"

#define LIVE_CONTEXTS 64

/* ---- contexts that a walk can be of ---- */

struct live_contexts {
  unsigned count;
  uint64_t number[LIVE_CONTEXTS];
};

static void add_context(struct pw_watch *watch, struct live_contexts *live, uint64_t number) {
  const struct pw_registers *registers = &watch->registers;
  if (pw_registers_forgot(registers, number)) return;
  const struct pw_check_context *context = pw_registers_context(registers, number);
  if (!context->mode.paging) return;
  for (unsigned i = 0; i < live->count; i++) {
    if (pw_observed_walk_alike(context, pw_registers_context(registers, live->number[i]))) return;
  }
  if (live->count == LIVE_CONTEXTS) {
    pw_forgotten_add_anything(&watch->candidates.forgotten);
    return;
  }
  live->number[live->count++] = number;
}

/* The current context, the one that an operation under way replaces, and those of requests that may still be walked
 * for. */
static struct live_contexts live_contexts(struct pw_watch *watch) {
  struct live_contexts live = {0};
  const struct pw_flight *flight = &watch->flight;
  uint64_t current = watch->registers.context, last = current, at = 0;
  add_context(watch, &live, current);
  if (watch->registers.pending) add_context(watch, &live, current - 1);
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

static bool is_live(const struct pw_watch *watch, const struct live_contexts *live,
                    const struct pw_check_context *context) {
  for (unsigned i = 0; i < live->count; i++) {
    if (pw_observed_walk_alike(context, pw_registers_context(&watch->registers, live->number[i]))) return true;
  }
  return false;
}

/* ---- readings ---- */

/* Does one reading allow whatever the other does? Then the registers are no earlier, and it was killed no earlier. */
static bool covers(const struct pw_watch *watch, const struct pw_walk_chain *a, const struct pw_walk_chain *b) {
  const struct pw_registers *registers = &watch->registers;
  return a->context >= b->context && pw_kill_latest(a->kill, b->kill) == a->kill &&
         pw_kill_latest(a->tables_kill, b->tables_kill) == a->tables_kill &&
         pw_observed_read_alike(pw_registers_context(registers, a->context),
                                pw_registers_context(registers, b->context)) &&
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
    pw_forgotten_add_anything(&watch->candidates.forgotten);
    return;
  }
  walker->chains[walker->count++] = *made;
}

static void add_reading(struct pw_watch *watch, struct pw_watched_walker *walker, const struct pw_chain *parent,
                        uint64_t context_number, uint64_t kill, const struct pw_event *event) {
  const struct pw_check_context *context = pw_registers_context(&watch->registers, context_number);
  struct pw_walk_chain made = {*parent, context_number, kill, kill};
  if (pw_observed_cache_control(watch, &made, parent->level - 1u) != event->u.read.cache_control) {
    walker->mistyped = true;
    return;
  }
  if (event->u.read.bus_error) {
    pw_chain_append_bus_error(&made.chain, context, event->u.read.address, watch->event);
  } else {
    pw_chain_append(&made.chain, context, event->u.read.address, event->u.read.value, watch->event);
  }
  keep_reading(watch, walker, &made);
}

/* An entry of a table that the walk has read in already, the same one or another: with what lies above. */
static void read_again(struct pw_watch *watch, const struct live_contexts *live, const struct pw_walk_chain *walk,
                       const struct pw_event *event, struct pw_watched_walker *next) {
  const struct pw_check_context *context = pw_registers_context(&watch->registers, walk->context);
  const struct pw_chain *chain = &walk->chain;
  bool usable = pw_registers_may_use(&watch->registers, walk->tables_kill, pw_observed_oldest(watch));
  if (chain->end != PW_CHAIN_OPEN && (!usable || !is_live(watch, live, context))) return;
  for (unsigned level = chain->level; level < chain->top; level++) {
    if ((chain->entry[level].address ^ event->u.read.address) & ~UINT64_C(0xfff)) continue;
    struct pw_chain above = pw_chain_above(chain, context, level + 1);
    add_reading(watch, next, &above, walk->context, walk->tables_kill, event);
    keep_reading(watch, next, walk); /* it may have been for the next walk */
  }
}

static void continue_walk(struct pw_watch *watch, const struct live_contexts *live,
                          const struct pw_watched_walker *walker, const struct pw_event *event,
                          struct pw_watched_walker *next) {
  for (unsigned i = 0; i < walker->count; i++) {
    const struct pw_walk_chain *walk = &walker->chains[i];
    if (pw_registers_forgot(&watch->registers, walk->context)) continue;
    read_again(watch, live, walk, event, next);
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

static bool may_start_from(const struct pw_watch *watch, const struct pw_candidate *candidate) {
  return !candidate->kill || pw_registers_may_use(&watch->registers, candidate->kill, pw_observed_oldest(watch));
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

/*
 * A device may remember where the entry of a page is that it holds, and read it again, to set D. What it finds is the
 * page still, or nothing that it may use.
 */
static bool read_of_held_page(struct pw_watch *watch, const struct pw_event *event, struct pw_watched_walker *next) {
  bool found = false;
  for (const struct pw_candidate *at = watch->candidates.newest; at; at = at->older) {
    const struct pw_chain_entry *entry = &at->chain.entry[at->chain.level];
    if (at->chain.end != PW_CHAIN_PAGE || entry->address != event->u.read.address) continue;
    if (!may_start_from(watch, at)) continue;
    found = true;
    if (event->u.read.bus_error || ((entry->value ^ event->u.read.value) & ~(PW_ENTRY_A | PW_ENTRY_D))) continue;
    struct pw_walk_chain made = {at->chain, watch->registers.context, at->kill, at->kill};
    pw_chain_update(&made.chain, made.chain.level, event->u.read.value, watch->event);
    keep_reading(watch, next, &made);
  }
  return found;
}

/* ---- a read that nothing leads to ---- */

/* The latest chain that led to a table until it was killed, or NULL. */
static const struct pw_candidate *find_killed(struct pw_watch *watch, uint64_t table) {
  struct pw_candidates *set = &watch->candidates;
  struct pw_candidate *at = NULL;
  while ((at = pw_candidates_next_table(set, at, table))) {
    if (at->kill) return at;
  }
  for (uint64_t i = 0; i < set->graves && i < PW_CANDIDATE_GRAVES; i++) {
    const struct pw_candidate *grave = &set->grave[(set->graves - 1 - i) % PW_CANDIDATE_GRAVES];
    if (grave->chain.end == PW_CHAIN_OPEN && grave->chain.table_address == table) return grave;
  }
  return NULL;
}

static bool is_in_another_walk(const struct pw_watch *watch, unsigned walker, uint64_t address) {
  for (unsigned other = 0; other < PW_CHECK_WALKERS; other++) {
    for (unsigned i = 0; other != walker && i < watch->walkers[other].count; i++) {
      if (pw_chain_continues(&watch->walkers[other].chains[i].chain, address)) return true;
    }
  }
  return false;
}

/* Does the walker go on from an entry whose reserved bits it should have looked at? */
static bool goes_on_reserved(const struct pw_watch *watch, const struct pw_watched_walker *walker, uint64_t table) {
  for (unsigned i = 0; i < walker->count; i++) {
    const struct pw_chain *chain = &walker->chains[i].chain;
    uint64_t mask = pw_registers_context(&watch->registers, walker->chains[i].context)->mode.rules.table_mask;
    if (chain->end == PW_CHAIN_RESERVED && (chain->entry[chain->level].value & mask) == table) return true;
  }
  return false;
}

static void judge_read(struct pw_watch *watch, const struct pw_event *event, bool mistyped) {
  uint64_t address = event->u.read.address, table = address & ~UINT64_C(0xfff);
  const struct pw_watched_walker *walker = &watch->walkers[event->u.read.walker];
  const struct pw_candidate *killed = find_killed(watch, table);
  enum pw_verdict verdict = PW_VERDICT_WRONG;
  const char *why = "neither CR3 nor an entry that was read leads there";
  if (pw_observed_forgot_context(watch) ||
      pw_candidates_forgot_table(&watch->candidates, table, pw_observed_oldest_walk(watch))) {
    pw_forgotten_add_anything(&watch->candidates.forgotten);
    return;
  }
  if (walker->failed_table && walker->failed_table == table) {
    verdict = PW_VERDICT_AD_MISSING;
    why = "although its compare-and-swap of the entry that led there failed";
  } else if (mistyped) {
    why = "with other PWT and PCD than the entry that leads there, or CR3, says";
  } else if (goes_on_reserved(watch, walker, table)) {
    why = "although the entry that leads there has a reserved bit set";
  } else if (killed) {
    verdict = PW_VERDICT_ILLEGAL_STALE;
    why = "of a table to which only what was invalidated leads";
  } else if (pw_candidates_next_table(&watch->candidates, NULL, table)) {
    why = "of a table to which only entries of another PCID lead";
  } else if (is_in_another_walk(watch, event->u.read.walker, address)) {
    verdict = PW_VERDICT_TORN;
    why = "of a table to which only another walker's walk leads";
  }
  pw_watch_end(watch, verdict, "walker %u reads 0x%llx, %s\n", event->u.read.walker, (unsigned long long)address, why);
  if (verdict == PW_VERDICT_ILLEGAL_STALE) pw_watch_explain_chain(watch, &killed->chain, killed->kill);
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

void pw_observed_read(struct pw_watch *watch, const struct pw_event *event) {
  unsigned at = event->u.read.walker;
  if (!pw_observed_check_port(watch, at, event->u.read.address, "read") || !is_in_memory(watch, event)) return;
  struct live_contexts live = live_contexts(watch);
  struct pw_watched_walker next;
  next.count = 0;
  next.mistyped = false;
  continue_walk(watch, &live, &watch->walkers[at], event, &next);
  start_from_root(watch, &live, event, &next);
  start_from_candidates(watch, &live, event, &next);
  bool explained = next.count || (!next.mistyped && read_of_held_page(watch, event, &next));
  if (!explained) judge_read(watch, event, next.mistyped);
  watch->walkers[at].count = next.count;
  watch->walkers[at].cycle = watch->cycle;
  watch->walkers[at].failed_table = 0;
  memcpy(watch->walkers[at].chains, next.chains, next.count * sizeof *next.chains);
  for (unsigned i = 0; i < next.count; i++) {
    const struct pw_chain *chain = &next.chains[i].chain;
    if (chain->entry[chain->level].read != watch->event) continue;
    if (chain->end != PW_CHAIN_OPEN) pw_observed_remember(watch, &next.chains[i]);
    pw_observed_publish(watch, &next.chains[i], chain->level);
  }
}
