/* observed_walk.c: what may be cached of a walk, and how long. */
#include "observed.h"

#include "page_attributes.h"

bool pw_observed_read_alike(const struct pw_check_context *a, const struct pw_check_context *b) {
  return a->mode.paging == b->mode.paging && a->mode.mode == b->mode.mode &&
         a->mode.rules.xd_bit == b->mode.rules.xd_bit && ((a->control.cr4 ^ b->control.cr4) & PW_CR4_PGE) == 0;
}

bool pw_observed_walk_alike(const struct pw_check_context *a, const struct pw_check_context *b) {
  return pw_observed_read_alike(a, b) && a->mode.pcid == b->mode.pcid && a->mode.root_address == b->mode.root_address &&
         a->mode.root_cache_control == b->mode.root_cache_control;
}

/*
 * What a walk caches counts as killed when something that it was begun from was, and also when the registers that it
 * runs under were replaced by an operation that invalidates it: it never fills after done (port contract, "ctl").
 */
static uint64_t kill_of(const struct pw_watch *watch, const struct pw_walk_chain *walk, const struct pw_chain *part) {
  struct pw_cached cached = {pw_chain_key(part), part->linear_address, part->pcid};
  const struct pw_registers *registers = &watch->registers;
  uint64_t kill = part->level == walk->chain.level ? walk->kill : walk->tables_kill;
  if (kill) return kill;
  if (walk->context == registers->context ||
      pw_observed_walk_alike(pw_registers_context(registers, walk->context), pw_registers_current(registers))) {
    return 0;
  }
  return pw_registers_first_kill(registers, walk->context, &cached);
}

void pw_observed_publish(struct pw_watch *watch, const struct pw_walk_chain *walk, unsigned from) {
  const struct pw_check_context *context = pw_registers_context(&watch->registers, walk->context);
  const struct pw_chain *chain = &walk->chain;
  if (pw_registers_forgot(&watch->registers, walk->context)) {
    pw_forgotten_add_anything(&watch->candidates.forgotten);
    return;
  }
  for (unsigned level = from; level >= chain->level; level--) {
    struct pw_chain part = level > chain->level ? pw_chain_above(chain, context, level) : *chain;
    if (part.end > PW_CHAIN_PAGE || !pw_chain_is_accessed(&part)) return;
    pw_candidates_add(&watch->candidates, &part, kill_of(watch, walk, &part), watch->cycle);
  }
}

uint64_t pw_observed_kill_for(const struct pw_watch *watch, const struct pw_walk_chain *walk, uint64_t context) {
  const struct pw_registers *registers = &watch->registers;
  const struct pw_chain *chain = &walk->chain;
  struct pw_cached cached = {pw_key_make(PW_KEY_4K, chain->pcid, pw_key_region(chain->linear_address, 12)),
                             chain->linear_address, chain->pcid};
  if (walk->kill || walk->context >= context || pw_registers_forgot(registers, walk->context)) return walk->kill;
  const struct pw_check_context *of_walk = pw_registers_context(registers, walk->context);
  if (pw_observed_walk_alike(of_walk, pw_registers_context(registers, context))) return 0;
  if (chain->end == PW_CHAIN_PAGE) cached.key = pw_chain_key(chain);
  return pw_registers_first_kill(registers, walk->context, &cached);
}

void pw_observed_remember(struct pw_watch *watch, const struct pw_walk_chain *walk) {
  watch->fact[watch->facts++ % PW_FACTS] = (struct pw_fact){*walk, watch->event, watch->cycle};
}

uint64_t pw_observed_oldest(const struct pw_watch *watch) {
  const struct pw_flight *flight = &watch->flight;
  uint64_t oldest = pw_watch_oldest(watch), at = 0;
  for (const struct pw_request *ghost; (ghost = pw_flight_next_ghost(flight, watch->cycle, &at));) {
    if (ghost->accepted < oldest) oldest = ghost->accepted;
  }
  return oldest;
}

uint64_t pw_observed_oldest_walk(const struct pw_watch *watch) {
  const struct pw_forgotten *forgotten = &watch->candidates.forgotten;
  bool recent = watch->cycle - forgotten->flushed_cycle <= PW_FLIGHT_GHOST_CYCLES;
  return recent ? 0 : pw_observed_oldest(watch);
}

bool pw_observed_forgot_context(const struct pw_watch *watch) {
  const struct pw_flight *flight = &watch->flight;
  uint64_t at = 0;
  bool forgot = pw_flight_lost_ghost(flight, watch->cycle);
  forgot = forgot || (flight->oldest && pw_registers_forgot(&watch->registers, flight->oldest->context));
  for (const struct pw_request *ghost; (ghost = pw_flight_next_ghost(flight, watch->cycle, &at));) {
    forgot = forgot || pw_registers_forgot(&watch->registers, ghost->context);
  }
  return forgot;
}

/* SDM "Paging and Memory Typing": by the entry that points to the table, or by CR3. */
unsigned pw_observed_cache_control(const struct pw_watch *watch, const struct pw_walk_chain *walk, unsigned level) {
  if (level < walk->chain.top) return pw_cache_control_of(walk->chain.entry[level + 1].value);
  return pw_registers_context(&watch->registers, walk->context)->mode.root_cache_control;
}

bool pw_observed_check_port(struct pw_watch *watch, unsigned walker, uint64_t address, const char *what) {
  if (walker < PW_CHECK_WALKERS && !(address & 7)) return true;
  pw_watch_end(watch, PW_VERDICT_WRONG, "%s of 0x%llx by walker %u: not aligned, or beyond the last walker\n", what,
               (unsigned long long)address, walker);
  return false;
}

/*
 * A walk under way is killed with what it has read: no more than a cache that held the same may it be used on. One that
 * has found its page is as good as a TLB entry: what kills the entries above it alone leaves the page.
 */
static void kill_walk(struct pw_walk_chain *walk, const struct pw_kill *kill) {
  const struct pw_chain *chain = &walk->chain;
  struct pw_cached page = {0, chain->linear_address, chain->pcid};
  bool any = pw_kill_requires_any(kill, chain);
  if (any && !walk->tables_kill) walk->tables_kill = kill->number;
  if (chain->end == PW_CHAIN_PAGE) {
    page.key = pw_chain_key(chain);
    any = pw_kill_requires(kill, &page);
  }
  if (any && !walk->kill) walk->kill = kill->number;
}

void pw_observed_kill_ended(struct pw_watched_walker *walker, const struct pw_kill *kill) {
  for (unsigned i = 0; i < walker->count; i++) {
    struct pw_walk_chain *walk = &walker->chains[i];
    if (walk->chain.end != PW_CHAIN_OPEN) kill_walk(walk, kill);
  }
}

void pw_observed_kill(struct pw_watch *watch, const struct pw_kill *kill) {
  if (pw_registers_hold_nothing(&watch->registers)) {
    pw_forgotten_flush(&watch->candidates.forgotten, pw_observed_oldest_walk(watch));
  }
  pw_candidates_bury(&watch->candidates, &watch->registers, pw_observed_oldest(watch));
  pw_candidates_kill(&watch->candidates, kill);
  for (unsigned w = 0; w < PW_CHECK_WALKERS; w++) {
    for (unsigned i = 0; i < watch->walkers[w].count; i++) kill_walk(&watch->walkers[w].chains[i], kill);
  }
}
