/* observed_judge.c: is there anything that a device may hold, or has read, that gives this answer? */
#include "observed.h"

/* ---- fresh or stale ---- */

/* Does memory, or a read since the request was accepted, hold every entry of the chain but for A and D? */
static bool is_fresh(const struct pw_watch *watch, const struct pw_chain *chain, uint64_t accepted, bool needs_dirty) {
  for (unsigned level = chain->level; level <= chain->top; level++) {
    const struct pw_chain_entry *entry = &chain->entry[level];
    uint64_t ignored = PW_ENTRY_A | PW_ENTRY_D;
    if (entry->read >= accepted) continue;
    uint64_t held = pw_physical_read64(watch->memory, entry->address);
    if ((held ^ entry->value) & ~ignored) return false;
    if (needs_dirty && level == chain->level && !(held & PW_ENTRY_D)) return false;
  }
  return true;
}

static enum pw_verdict legal_verdict(const struct pw_watch *watch, const struct pw_request *request,
                                     const struct pw_chain *chain, const struct pw_answer *answer) {
  bool writes =
      answer->fault == PW_RSP_NONE && request->access.kind == PW_WRITE && !(request->access.flags & PW_PREFETCH);
  if (chain->end == PW_CHAIN_BUS_ERROR) return PW_VERDICT_MATCH;
  bool of_root = chain->root_address == pw_registers_context(&watch->registers, request->context)->mode.root_address;
  if (of_root && is_fresh(watch, chain, request->accepted, writes)) return PW_VERDICT_MATCH;
  return pw_answer_stale_verdict(answer);
}

/* ---- what may explain an answer ---- */

/* A large page may have been held in pieces, of which a page fault drops one. */
static bool is_dropped(const struct pw_watch *watch, struct pw_judgement *judgement, const struct pw_chain *chain,
                       uint64_t cycle) {
  const struct pw_request *request = judgement->request;
  if (chain->end != PW_CHAIN_PAGE || chain->level == 1) return false;
  uint64_t kill = pw_registers_dropped(&watch->registers, chain, request->access.linear_address, request->accepted);
  if (!kill) return false;
  judgement->dropped = (struct pw_candidate){.kill = kill, .cycle = cycle, .chain = *chain};
  return true;
}

static void try_chain(const struct pw_watch *watch, struct pw_judgement *judgement, const struct pw_chain *chain,
                      uint64_t cycle) {
  const struct pw_access *access = &judgement->request->access;
  struct pw_answer legal = pw_chain_answer(chain, access, judgement->context);
  if (!pw_answer_explains(&legal, judgement->answer)) return;
  if (legal.fault == PW_RSP_NONE && pw_chain_lacks_dirty(chain, access)) {
    judgement->lacks_dirty = true;
    return;
  }
  enum pw_verdict verdict = legal_verdict(watch, judgement->request, chain, judgement->answer);
  if (verdict != PW_VERDICT_MATCH && is_dropped(watch, judgement, chain, cycle)) return;
  if (!judgement->explained || verdict == PW_VERDICT_MATCH) judgement->verdict = verdict;
  judgement->explained = true;
}

static void try_candidates(struct pw_watch *watch, struct pw_judgement *judgement) {
  const struct pw_request *request = judgement->request;
  struct pw_candidate *at = NULL;
  while ((at = pw_candidates_next_page(&watch->candidates, at, request->access.linear_address,
                                       judgement->context->mode.pcid))) {
    if (at->kill && !pw_registers_may_use(&watch->registers, at->kill, request->accepted)) continue;
    try_chain(watch, judgement, &at->chain, at->cycle);
    if (judgement->explained && judgement->verdict == PW_VERDICT_MATCH) return;
  }
}

/*
 * Walks that ended while the request was in flight. What is not present, reserved or a bus error is never cached, so
 * only these explain it (SDM "Caching Translation Information"); a page whose A is not set denies an access too.
 */
static void try_facts(const struct pw_watch *watch, struct pw_judgement *judgement) {
  for (uint64_t i = watch->facts; i > 0 && watch->facts - i < PW_FACTS; i--) {
    const struct pw_fact *fact = &watch->fact[(i - 1) % PW_FACTS];
    if (fact->event < judgement->request->accepted) return;
    if (!pw_observed_is_of_request(judgement, fact) || !pw_observed_may_use_fact(watch, judgement, fact)) continue;
    if (judgement->answer->fault == PW_RSP_NONE && !pw_chain_is_accessed(&fact->walk.chain)) continue;
    try_chain(watch, judgement, &fact->walk.chain, fact->cycle);
    if (judgement->explained && judgement->verdict == PW_VERDICT_MATCH) return;
  }
}

/*
 * A request may join a walk that has done its last read. Of an entry that is no page nothing is held, but memory says
 * the same still; of a bus error only the time is known.
 */
static bool may_have_joined(const struct pw_watch *watch, const struct pw_judgement *judgement,
                            const struct pw_fact *fact) {
  const struct pw_chain *chain = &fact->walk.chain;
  if (chain->end == PW_CHAIN_PAGE || !pw_observed_is_of_request(judgement, fact)) return false;
  if (!pw_observed_may_use_fact(watch, judgement, fact)) return false;
  if (chain->end != PW_CHAIN_BUS_ERROR) return is_fresh(watch, chain, UINT64_MAX, false);
  uint64_t accepted = judgement->request->accepted_cycle;
  bool ended =
      pw_flight_was_answered(&watch->flight, chain->linear_address, pw_chain_shift(chain), fact->cycle, accepted);
  return !ended && fact->cycle + PW_FLIGHT_MEMORY_CYCLES >= accepted;
}

static void try_older_facts(const struct pw_watch *watch, struct pw_judgement *judgement) {
  for (uint64_t i = watch->facts; !judgement->explained && i > 0 && watch->facts - i < PW_FACTS; i--) {
    const struct pw_fact *fact = &watch->fact[(i - 1) % PW_FACTS];
    if (fact->event < judgement->request->accepted && may_have_joined(watch, judgement, fact)) {
      try_chain(watch, judgement, &fact->walk.chain, fact->cycle);
    }
  }
}

/*
 * A fault that memory gives now, or gave when the request came: the walk that it joined has read it so, whatever
 * else software has written into the entry since.
 */
static void try_memory(const struct pw_watch *watch, struct pw_judgement *judgement) {
  const struct pw_request *request = judgement->request;
  const uint64_t events[] = {watch->event, request->accepted};
  for (unsigned i = 0; i < 2 && !judgement->explained; i++) {
    if (!pw_observed_knows_memory_at(watch, events[i])) return;
    struct pw_chain chain = pw_observed_memory_at(watch, judgement->context, request->access.linear_address, events[i]);
    struct pw_answer given = pw_chain_answer(&chain, &request->access, judgement->context);
    judgement->explained = pw_answer_explains(&given, judgement->answer);
    judgement->verdict = PW_VERDICT_MATCH;
  }
}

/* ---- verdicts ---- */

/* Was a chain forgotten that may have ended while the request was in flight? */
static bool has_forgotten_facts(const struct pw_watch *watch, const struct pw_request *request) {
  return watch->facts > PW_FACTS && watch->fact[watch->facts % PW_FACTS].event > request->accepted;
}

static bool may_be_unknown(const struct pw_watch *watch, const struct pw_request *request) {
  return has_forgotten_facts(watch, request) || !pw_observed_knows_memory_at(watch, request->accepted) ||
         pw_candidates_forgot_page(&watch->candidates, request->access.linear_address, request->accepted);
}

enum pw_verdict pw_observed_judge(struct pw_watch *watch, const struct pw_request *request,
                                  const struct pw_check_context *context, const struct pw_answer *answer,
                                  bool *judged) {
  struct pw_judgement judgement = {.request = request, .context = context, .answer = answer};
  const struct pw_candidate *killed = NULL;
  /* A page that is held is nearly always the answer; a fault nearly always follows a walk. */
  if (answer->fault == PW_RSP_NONE) try_candidates(watch, &judgement);
  if (!judgement.explained || judgement.verdict != PW_VERDICT_MATCH) try_facts(watch, &judgement);
  if (!judgement.explained || judgement.verdict != PW_VERDICT_MATCH) try_candidates(watch, &judgement);
  if (!judgement.explained && answer->fault != PW_RSP_NONE) try_older_facts(watch, &judgement);
  if (!judgement.explained && answer->fault == PW_RSP_PAGE_FAULT) try_memory(watch, &judgement);
  if (judgement.explained) return judgement.verdict;
  if (may_be_unknown(watch, request)) {
    *judged = false;
    return PW_VERDICT_MATCH;
  }
  enum pw_verdict verdict = pw_observed_classify(watch, &judgement, &killed);
  pw_watch_explain_answer(watch, verdict, request, answer);
  pw_watch_explain_known(watch, request, killed);
  return verdict;
}
