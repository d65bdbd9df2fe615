/* observed_judge.c: is there anything that a device may hold, or has read, that gives this answer? */
#include "watch.h"

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
  if (is_fresh(watch, chain, request->accepted, writes)) return PW_VERDICT_MATCH;
  return pw_answer_stale_verdict(answer);
}

/* ---- what may explain an answer ---- */

struct judgement {
  const struct pw_request *request;
  const struct pw_check_context *context;
  const struct pw_answer *answer;
  bool explained;
  bool lacks_dirty;        /* a chain would explain it, had D been set */
  enum pw_verdict verdict; /* of the best explanation */
};

static void try_chain(const struct pw_watch *watch, struct judgement *judgement, const struct pw_chain *chain) {
  const struct pw_access *access = &judgement->request->access;
  struct pw_answer legal = pw_chain_answer(chain, access, judgement->context);
  if (!pw_answer_explains(&legal, judgement->answer)) return;
  if (legal.fault == PW_RSP_NONE && pw_chain_lacks_dirty(chain, access)) {
    judgement->lacks_dirty = true;
    return;
  }
  enum pw_verdict verdict = legal_verdict(watch, judgement->request, chain, judgement->answer);
  if (!judgement->explained || verdict == PW_VERDICT_MATCH) judgement->verdict = verdict;
  judgement->explained = true;
}

static void try_candidates(struct pw_watch *watch, struct judgement *judgement) {
  const struct pw_request *request = judgement->request;
  struct pw_candidate *at = NULL;
  while ((at = pw_candidates_next_page(&watch->candidates, at, request->access.linear_address,
                                       judgement->context->mode.pcid))) {
    if (at->kill && !pw_registers_may_use(&watch->registers, at->kill, request->accepted)) continue;
    try_chain(watch, judgement, &at->chain);
    if (judgement->explained && judgement->verdict == PW_VERDICT_MATCH) return;
  }
}

/* Is this the chain of a walk that may have been made for the request? */
static bool is_of_request(const struct pw_watch *watch, const struct judgement *judgement, const struct pw_fact *fact) {
  const struct pw_chain *chain = &fact->walk.chain;
  const struct pw_request *request = judgement->request;
  if (chain->pcid != judgement->context->mode.pcid || !pw_chain_covers(chain, request->access.linear_address)) {
    return false;
  }
  if (chain->level == chain->top && chain->root_address != judgement->context->mode.root_address) return false;
  return pw_registers_may_use(&watch->registers, fact->walk.kill, request->accepted);
}

/*
 * Walks that ended while the request was in flight. What is not present, reserved or a bus error is never cached, so
 * only these explain it (SDM "Caching Translation Information"); a page whose A is not set denies an access too.
 */
static void try_facts(const struct pw_watch *watch, struct judgement *judgement) {
  for (uint64_t i = watch->facts; i > 0 && watch->facts - i < PW_FACTS; i--) {
    const struct pw_fact *fact = &watch->fact[(i - 1) % PW_FACTS];
    if (fact->event < judgement->request->accepted) return;
    if (!is_of_request(watch, judgement, fact)) continue;
    if (judgement->answer->fault == PW_RSP_NONE && !pw_chain_is_accessed(&fact->walk.chain)) continue;
    try_chain(watch, judgement, &fact->walk.chain);
    if (judgement->explained && judgement->verdict == PW_VERDICT_MATCH) return;
  }
}

/* ---- answers that nothing explains ---- */

/* The latest chain that was killed and gives the answer, or NULL. */
static const struct pw_candidate *find_killed(struct pw_watch *watch, const struct judgement *judgement) {
  const struct pw_access *access = &judgement->request->access;
  struct pw_candidates *set = &watch->candidates;
  const struct pw_candidate *found = NULL;
  struct pw_candidate *at = NULL;
  while ((at = pw_candidates_next_page(set, at, access->linear_address, judgement->context->mode.pcid))) {
    struct pw_answer answer = pw_chain_answer(&at->chain, access, judgement->context);
    if (at->kill && pw_answer_explains(&answer, judgement->answer)) found = at;
  }
  for (uint64_t i = 0; !found && i < set->graves && i < PW_CANDIDATE_GRAVES; i++) {
    const struct pw_candidate *grave = &set->grave[(set->graves - 1 - i) % PW_CANDIDATE_GRAVES];
    bool of_pcid = pw_key_is_global(grave->key) || grave->chain.pcid == judgement->context->mode.pcid;
    if (grave->chain.end != PW_CHAIN_PAGE || !of_pcid || !pw_chain_covers(&grave->chain, access->linear_address)) {
      continue;
    }
    struct pw_answer answer = pw_chain_answer(&grave->chain, access, judgement->context);
    if (pw_answer_explains(&answer, judgement->answer)) found = grave;
  }
  return found;
}

/* Which parts of an answer of another page does some chain for this address give? */
struct parts {
  bool address;
  bool attributes;
};

static void find_parts(struct judgement *judgement, const struct pw_chain *chain, struct parts *parts) {
  struct pw_answer given = pw_chain_answer(chain, &judgement->request->access, judgement->context);
  const struct pw_answer *answer = judgement->answer;
  if (given.fault != PW_RSP_NONE) return;
  if (given.physical_address == answer->physical_address) parts->address = true;
  if (given.memory_type == answer->memory_type && given.global == answer->global &&
      given.page_level == answer->page_level) {
    parts->attributes = true;
  }
}

/* The address of one walk with the attributes of another. */
static bool is_torn(struct pw_watch *watch, struct judgement *judgement) {
  const struct pw_request *request = judgement->request;
  struct parts parts = {false, false};
  struct pw_candidate *at = NULL;
  if (judgement->answer->fault != PW_RSP_NONE) return false;
  while ((at = pw_candidates_next_page(&watch->candidates, at, request->access.linear_address,
                                       judgement->context->mode.pcid))) {
    find_parts(judgement, &at->chain, &parts);
  }
  for (uint64_t i = watch->facts; i > 0 && watch->facts - i < PW_FACTS; i--) {
    const struct pw_fact *fact = &watch->fact[(i - 1) % PW_FACTS];
    if (fact->event < request->accepted) break;
    if (is_of_request(watch, judgement, fact)) find_parts(judgement, &fact->walk.chain, &parts);
  }
  return parts.address && parts.attributes;
}

/* Would the answer be right, had the walk set A, or D for a write? */
static bool is_unflagged(const struct pw_watch *watch, struct judgement *judgement) {
  if (judgement->lacks_dirty) return true;
  if (judgement->answer->fault != PW_RSP_NONE) return false;
  for (uint64_t i = watch->facts; i > 0 && watch->facts - i < PW_FACTS; i--) {
    const struct pw_fact *fact = &watch->fact[(i - 1) % PW_FACTS];
    if (fact->event < judgement->request->accepted) return false;
    if (!is_of_request(watch, judgement, fact)) continue;
    struct pw_answer answer = pw_chain_answer(&fact->walk.chain, &judgement->request->access, judgement->context);
    if (pw_answer_explains(&answer, judgement->answer)) return true;
  }
  return false;
}

static enum pw_verdict classify(struct pw_watch *watch, struct judgement *judgement,
                                const struct pw_candidate **killed) {
  *killed = find_killed(watch, judgement);
  if (is_unflagged(watch, judgement)) return PW_VERDICT_AD_MISSING;
  if (*killed) return PW_VERDICT_ILLEGAL_STALE;
  if (pw_answer_is_negative(judgement->answer, &judgement->request->access, judgement->context))
    return PW_VERDICT_ILLEGAL_NEGATIVE;
  return is_torn(watch, judgement) ? PW_VERDICT_TORN : PW_VERDICT_WRONG;
}

/* ---- verdicts ---- */

static bool may_be_unknown(const struct pw_watch *watch, const struct pw_request *request) {
  return watch->readings_dropped ||
         pw_candidates_may_have_forgotten_page(&watch->candidates, request->access.linear_address);
}

enum pw_verdict pw_observed_judge(struct pw_watch *watch, const struct pw_request *request,
                                  const struct pw_check_context *context, const struct pw_answer *answer,
                                  bool *judged) {
  struct judgement judgement = {.request = request, .context = context, .answer = answer};
  const struct pw_candidate *killed = NULL;
  /* A page that is held is nearly always the answer; a fault nearly always follows a walk. */
  if (answer->fault == PW_RSP_NONE) try_candidates(watch, &judgement);
  if (!judgement.explained || judgement.verdict != PW_VERDICT_MATCH) try_facts(watch, &judgement);
  if (!judgement.explained || judgement.verdict != PW_VERDICT_MATCH) try_candidates(watch, &judgement);
  if (judgement.explained) return judgement.verdict;
  if (may_be_unknown(watch, request)) {
    *judged = false;
    return PW_VERDICT_MATCH;
  }
  enum pw_verdict verdict = classify(watch, &judgement, &killed);
  pw_watch_explain_answer(watch, verdict, request, answer);
  pw_watch_explain_known(watch, request, killed);
  return verdict;
}
