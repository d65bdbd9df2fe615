/* watch_fault.c: what a page fault drops, so that it cannot come again of the same old entries. */
#include "observed.h"

/*
 * May a walk fill what it had read before the request came, for an address in the same region? The request's own ends
 * with the fault, and fills nothing.
 */
static bool may_refill(const struct pw_watch *watch, const struct pw_walk_chain *walk, const struct pw_request *request,
                       unsigned shift) {
  const struct pw_chain *chain = &walk->chain;
  uint64_t address = request->access.linear_address;
  if (chain->end > PW_CHAIN_PAGE || (chain->linear_address ^ address) >> shift) return false;
  if (!pw_chain_was_read_before(chain, request->accepted)) return false;
  bool may_be_own = pw_chain_covers(chain, address) && chain->entry[chain->level].read >= request->accepted;
  return !may_be_own || pw_flight_others_fill(&watch->flight, request, pw_chain_shift(chain), watch->cycle);
}

static bool walkers_may_refill(const struct pw_watch *watch, const struct pw_request *request, unsigned shift) {
  for (unsigned w = 0; w < PW_CHECK_WALKERS; w++) {
    const struct pw_watched_walker *walker = &watch->walkers[w];
    if (walker->cycle + PW_FLIGHT_MEMORY_CYCLES < request->accepted_cycle) continue;
    for (unsigned i = 0; i < walker->count; i++) {
      if (walker->chains[i].chain.end != PW_CHAIN_OPEN) continue; /* it is a fact */
      if (may_refill(watch, &walker->chains[i], request, shift)) return true;
    }
  }
  return false;
}

/* Has a walk served somebody, and is there nobody else whom it may yet have been for? */
static bool is_over(const struct pw_watch *watch, const struct pw_fact *fact, const struct pw_request *request) {
  const struct pw_chain *chain = &fact->walk.chain;
  unsigned shift = pw_chain_shift(chain);
  return pw_flight_was_answered(&watch->flight, chain->linear_address, shift, fact->cycle, UINT64_MAX) &&
         !pw_flight_others_fill(&watch->flight, request, shift, watch->cycle);
}

/* Walks that have done their last read, when that may have been answered since the request came. */
static bool facts_may_refill(const struct pw_watch *watch, const struct pw_request *request, unsigned shift) {
  for (uint64_t i = watch->facts; i > 0 && watch->facts - i < PW_FACTS; i--) {
    const struct pw_fact *fact = &watch->fact[(i - 1) % PW_FACTS];
    if (fact->cycle + PW_FLIGHT_MEMORY_CYCLES + PW_FLIGHT_FILL_CYCLES < request->accepted_cycle) return false;
    if (may_refill(watch, &fact->walk, request, shift) && !is_over(watch, fact, request)) return true;
  }
  return false;
}

/*
 * Another request may bring a page from one level of TLBs to the next, and one that waits may have found an entry of a
 * paging-structure cache; one that was answered has had a walk for that, which window mode does not see.
 */
static bool others_may_refill(const struct pw_watch *watch, const struct pw_request *request, unsigned class) {
  const struct pw_flight *flight = &watch->flight;
  unsigned shift = pw_kill_shift(class);
  bool page = class < PW_KEY_PSC;
  if (page || watch->history) {
    if (pw_flight_others_fill(flight, request, shift, watch->cycle)) return true;
  } else if (pw_flight_others_wait(flight, request, shift, watch->cycle)) {
    return true;
  }
  return walkers_may_refill(watch, request, shift) || facts_may_refill(watch, request, shift);
}

/* The key classes of which, for a request's address, no other walk can have cached old entries again by now. */
static unsigned classes_of_its_own(const struct pw_watch *watch, const struct pw_request *request) {
  unsigned classes = 0;
  for (unsigned class = 0; class < PW_KEY_CLASSES; class ++) {
    if (!others_may_refill(watch, request, class)) classes |= 1u << class;
  }
  return classes;
}

/*
 * SDM "Details of TLB Use": of a page that is held in pieces, all are invalidated that belong to the translation which
 * the paging structures specify. When they have been changed that need not be a large page any more.
 */
static unsigned page_shift(const struct pw_watch *watch, const struct pw_request *request,
                           const struct pw_check_context *context) {
  uint64_t address = request->access.linear_address;
  if (watch->history || !pw_observed_knows_memory_at(watch, request->accepted)) return PW_SMALL_PAGE_SHIFT;
  struct pw_chain before = pw_observed_memory_at(watch, context, address, request->accepted);
  struct pw_chain now = pw_observed_memory_at(watch, context, address, watch->event);
  bool same = before.end == PW_CHAIN_PAGE && now.end == PW_CHAIN_PAGE && before.level == now.level;
  return same ? PW_SMALL_PAGE_SHIFT + 9 * (now.level - 1u) : PW_SMALL_PAGE_SHIFT;
}

/*
 * SDM "Operations that Invalidate TLBs and Paging-Structure Caches": a page fault drops the pages of its address and
 * the paging-structure-cache entries that lead to it. A device may do so at any time before it answers.
 */
void pw_watch_drop_after_fault(struct pw_watch *watch, const struct pw_request *request,
                               const struct pw_check_context *context) {
  struct pw_fault_event fault = {.linear_address = request->access.linear_address,
                                 .accepted = request->accepted,
                                 .number = watch->event,
                                 .cycle = watch->cycle,
                                 .pcid = context->mode.pcid,
                                 .page_shift = page_shift(watch, request, context),
                                 .classes = classes_of_its_own(watch, request)};
  if (!fault.classes) return;
  const struct pw_kill *kill = pw_registers_fault(&watch->registers, &fault);
  pw_candidates_kill_address(&watch->candidates, kill);
  for (unsigned w = 0; w < PW_CHECK_WALKERS; w++) pw_observed_kill_ended(&watch->walkers[w], kill);
}
