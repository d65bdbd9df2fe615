/* observed_swap.c: a compare-and-swap of a walker: may it set A, or D, there? */
#include "observed.h"

static bool is_of(const struct pw_chain_entry *entry, const struct pw_event *event) {
  return entry->address == event->u.swap.address && entry->value == event->u.swap.expected;
}

static bool writes_page(const struct pw_watch *watch, const struct pw_request *request,
                        const struct pw_walk_chain *walk) {
  const struct pw_chain *chain = &walk->chain;
  const struct pw_check_context *context = pw_registers_context(&watch->registers, request->context);
  if (request->access.kind != PW_WRITE || (request->access.flags & PW_PREFETCH)) return false;
  if (pw_registers_forgot(&watch->registers, request->context)) return true; /* it may */
  if (!pw_registers_may_use(&watch->registers, walk->kill, request->accepted)) return false;
  bool serves = context->mode.pcid == chain->pcid || (chain->attributes & PW_ATTR_GLOBAL);
  if (!context->mode.paging || !serves) return false;
  return pw_chain_covers(chain, request->access.linear_address) &&
         pw_chain_answer(chain, &request->access, context).fault == PW_RSP_NONE;
}

/* SDM "Accessed and Dirty Flags": D is set for a write that is made; one that was killed may have been on its way. */
static bool is_written(const struct pw_watch *watch, const struct pw_walk_chain *walk) {
  const struct pw_flight *flight = &watch->flight;
  uint64_t at = 0;
  for (const struct pw_request *request = flight->oldest; request; request = request->newer) {
    if (writes_page(watch, request, walk)) return true;
  }
  for (const struct pw_request *ghost; (ghost = pw_flight_next_ghost(flight, watch->cycle, &at));) {
    if (writes_page(watch, ghost, walk)) return true;
  }
  return false;
}

enum swap_fault {
  SWAP_LEGAL,
  SWAP_UNREAD,
  SWAP_MISTYPED,
  SWAP_OF_INVALID,
  SWAP_DIRTY_ABOVE_PAGE,
  SWAP_DIRTY_UNWRITTEN
};

static enum swap_fault check_swap_of(const struct pw_watch *watch, const struct pw_walk_chain *walk, unsigned level,
                                     const struct pw_event *event) {
  const struct pw_chain *chain = &walk->chain;
  bool sets_dirty = (event->u.swap.desired & ~event->u.swap.expected & PW_ENTRY_D) != 0;
  bool typed = pw_registers_forgot(&watch->registers, walk->context) ||
               pw_observed_cache_control(watch, walk, level) == event->u.swap.cache_control;
  if (!typed) return SWAP_MISTYPED;
  bool last = level == chain->level;
  if (last && (chain->end == PW_CHAIN_NOT_PRESENT || chain->end == PW_CHAIN_RESERVED)) return SWAP_OF_INVALID;
  if (!sets_dirty) return SWAP_LEGAL;
  if (!last || chain->end != PW_CHAIN_PAGE) return SWAP_DIRTY_ABOVE_PAGE;
  return is_written(watch, walk) ? SWAP_LEGAL : SWAP_DIRTY_UNWRITTEN;
}

/*
 * Which level it is of is not told, and a table that points to itself has one word at several, read with different PWT
 * and PCD. *level is that of the verdict.
 */
static enum swap_fault check_swap(const struct pw_watch *watch, const struct pw_walk_chain *walk,
                                  const struct pw_event *event, unsigned *level) {
  const struct pw_chain *chain = &walk->chain;
  enum swap_fault fault = SWAP_UNREAD;
  *level = 0;
  for (unsigned at = chain->level; at <= chain->top && fault != SWAP_LEGAL; at++) {
    if (!is_of(&chain->entry[at], event)) continue;
    enum swap_fault found = check_swap_of(watch, walk, at, event);
    if (found != SWAP_LEGAL && found <= fault) continue;
    fault = found;
    *level = at;
  }
  return fault;
}

/* Only the readings stay that allow it. Returns the fault of the last one if none does. */
static enum swap_fault keep_legal(const struct pw_watch *watch, struct pw_watched_walker *walker,
                                  const struct pw_event *event) {
  enum swap_fault fault = SWAP_UNREAD;
  unsigned kept = 0, level;
  for (unsigned i = 0; i < walker->count; i++) {
    enum swap_fault found = check_swap(watch, &walker->chains[i], event, &level);
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
    struct pw_walk_chain walk = {at->chain, watch->registers.context, at->kill, at->kill};
    unsigned level;
    if (check_swap(watch, &walk, event, &level) != SWAP_LEGAL) continue;
    walker->chains[0] = walk;
    walker->count = 1;
  }
}

static void judge_swap(struct pw_watch *watch, const struct pw_event *event, enum swap_fault fault) {
  static const char *const why[] = {[SWAP_UNREAD] = "which this walk has not read with that value",
                                    [SWAP_MISTYPED] = "with other PWT and PCD than it was read with",
                                    [SWAP_OF_INVALID] = "which is not present or has a reserved bit set",
                                    [SWAP_DIRTY_ABOVE_PAGE] = "setting D where no page is mapped",
                                    [SWAP_DIRTY_UNWRITTEN] = "setting D of a page that no request may write"};
  bool forgot = pw_observed_forgot_context(watch);
  bool dropped = pw_forgotten_has_anything(&watch->candidates.forgotten, pw_observed_oldest_walk(watch));
  if (fault == SWAP_UNREAD && (dropped || forgot)) return;
  if (fault == SWAP_DIRTY_UNWRITTEN && forgot) return;
  pw_watch_end(watch, fault <= SWAP_MISTYPED ? PW_VERDICT_WRONG : PW_VERDICT_AD_SPURIOUS,
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

static void swap_failed(struct pw_watch *watch, struct pw_walk_chain *walk, unsigned level) {
  walk->chain.level = (uint8_t)level;
  walk->chain.end = PW_CHAIN_BUS_ERROR;
  walk->chain.entry[level].read = watch->event;
  pw_observed_remember(watch, walk);
}

/*
 * The same word at other levels has A now too, but there the walk holds what it read: it may try to set A once more,
 * and fail. Returns the highest level that has A by this.
 */
static unsigned swap_in_chain(struct pw_chain *chain, unsigned level, const struct pw_event *event, uint64_t number) {
  unsigned highest = level;
  for (unsigned at = chain->level; at <= chain->top; at++) {
    if (at == level || !is_of(&chain->entry[at], event)) continue;
    chain->accessed |= (uint8_t)(1u << at);
    if (at > highest) highest = at;
  }
  pw_chain_update(chain, level, event->u.swap.desired, number);
  return highest;
}

/*
 * A compare that failed has seen what the entry is now, as a read would. Where that differs in A and D alone, another
 * walker or software has set them, and what lies below stays.
 */
static void take_found(struct pw_watch *watch, struct pw_walk_chain *walk, unsigned level, uint64_t address) {
  const struct pw_check_context *context = pw_registers_context(&watch->registers, walk->context);
  uint64_t found = pw_physical_read64(watch->memory, address);
  if (!((found ^ walk->chain.entry[level].value) & ~(PW_ENTRY_A | PW_ENTRY_D))) {
    pw_chain_update(&walk->chain, level, found, watch->event);
  } else {
    struct pw_chain now =
        level < walk->chain.top ? pw_chain_above(&walk->chain, context, level + 1) : pw_chain_start(context);
    pw_chain_append(&now, context, address, found, watch->event);
    walk->chain = now;
    walk->kill = walk->tables_kill;
  }
}

void pw_observed_swap(struct pw_watch *watch, const struct pw_event *event) {
  unsigned at = event->u.swap.walker;
  if (!pw_observed_check_port(watch, at, event->u.swap.address, "compare-and-swap")) return;
  if (!sets_only_flags(watch, event) || !swap_in_memory(watch, event)) return;
  struct pw_watched_walker *walker = &watch->walkers[at];
  walker->cycle = watch->cycle;
  walker->failed_table = event->u.swap.matched ? 0 : event->u.swap.expected & PW_ENTRY_ADDRESS;
  enum swap_fault fault = keep_legal(watch, walker, event);
  if (!walker->count) take_from_cache(watch, walker, event);
  if (!walker->count) judge_swap(watch, event, fault);
  for (unsigned i = 0; i < walker->count; i++) {
    struct pw_walk_chain *walk = &walker->chains[i];
    unsigned level;
    check_swap(watch, walk, event, &level);
    if (event->u.swap.bus_error) {
      swap_failed(watch, walk, level);
      continue;
    }
    if (event->u.swap.matched) {
      level = swap_in_chain(&walk->chain, level, event, watch->event);
    } else if (!pw_registers_forgot(&watch->registers, walk->context)) {
      take_found(watch, walk, level, event->u.swap.address);
    }
    if (walk->chain.end != PW_CHAIN_OPEN) pw_observed_remember(watch, walk);
    pw_observed_publish(watch, walk, level);
  }
  if (event->u.swap.bus_error) walker->count = 0;
}
