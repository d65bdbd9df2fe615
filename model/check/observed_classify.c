/* observed_classify.c: what is wrong with an answer that nothing explains. */
#include "observed.h"

bool pw_observed_is_of_request(const struct pw_judgement *judgement, const struct pw_fact *fact) {
  const struct pw_chain *chain = &fact->walk.chain;
  const struct pw_check_context *context = judgement->context;
  if (chain->pcid != context->mode.pcid || !pw_chain_covers(chain, judgement->request->access.linear_address)) {
    return false;
  }
  return chain->level < chain->top || chain->root_address == context->mode.root_address;
}

bool pw_observed_may_use_fact(const struct pw_watch *watch, const struct pw_judgement *judgement,
                              const struct pw_fact *fact) {
  uint64_t kill = pw_observed_kill_for(watch, &fact->walk, judgement->request->context);
  return pw_registers_may_use(&watch->registers, kill, judgement->request->accepted);
}

static bool explains(const struct pw_judgement *judgement, const struct pw_chain *chain) {
  struct pw_answer given = pw_chain_answer(chain, &judgement->request->access, judgement->context);
  return pw_answer_explains(&given, judgement->answer);
}

/* The next older fact than *at that is of the request, or NULL. *at is the number of facts at first. */
static const struct pw_fact *next_fact(const struct pw_watch *watch, const struct pw_judgement *judgement,
                                       uint64_t *at) {
  while (*at > 0 && watch->facts - *at < PW_FACTS) {
    const struct pw_fact *fact = &watch->fact[--*at % PW_FACTS];
    if (pw_observed_is_of_request(judgement, fact)) return fact;
  }
  return NULL;
}

static struct pw_candidate *next_candidate(struct pw_watch *watch, const struct pw_judgement *judgement,
                                           struct pw_candidate *last) {
  return pw_candidates_next_page(&watch->candidates, last, judgement->request->access.linear_address,
                                 judgement->context->mode.pcid);
}

static bool may_use(const struct pw_watch *watch, const struct pw_judgement *judgement, uint64_t kill) {
  return pw_registers_may_use(&watch->registers, kill, judgement->request->accepted);
}

static bool is_in_flight(const struct pw_judgement *judgement, const struct pw_fact *fact) {
  return fact->event > judgement->request->accepted;
}

/* ---- what was killed ---- */

static const struct pw_candidate *find_killed_page(struct pw_watch *watch, const struct pw_judgement *judgement) {
  const struct pw_candidate *found = NULL;
  for (struct pw_candidate *at = NULL; (at = next_candidate(watch, judgement, at));) {
    if (at->kill && explains(judgement, &at->chain)) found = at;
  }
  return found;
}

static const struct pw_candidate *find_grave(const struct pw_watch *watch, const struct pw_judgement *judgement) {
  const struct pw_candidates *set = &watch->candidates;
  for (uint64_t i = 0; i < set->graves && i < PW_CANDIDATE_GRAVES; i++) {
    const struct pw_candidate *grave = &set->grave[(set->graves - 1 - i) % PW_CANDIDATE_GRAVES];
    bool of_pcid = pw_key_is_global(grave->key) || grave->chain.pcid == judgement->context->mode.pcid;
    if (grave->chain.end != PW_CHAIN_PAGE || !of_pcid) continue;
    if (!pw_chain_covers(&grave->chain, judgement->request->access.linear_address)) continue;
    if (explains(judgement, &grave->chain)) return grave;
  }
  return NULL;
}

/* A walk of this request that was begun from what was killed. */
static const struct pw_candidate *find_killed_walk(const struct pw_watch *watch, struct pw_judgement *judgement) {
  uint64_t at = watch->facts;
  for (const struct pw_fact *fact; (fact = next_fact(watch, judgement, &at)) && is_in_flight(judgement, fact);) {
    if (pw_observed_may_use_fact(watch, judgement, fact) || !explains(judgement, &fact->walk.chain)) continue;
    uint64_t kill = pw_observed_kill_for(watch, &fact->walk, judgement->request->context);
    judgement->dropped = (struct pw_candidate){.kill = kill, .cycle = fact->cycle, .chain = fact->walk.chain};
    return &judgement->dropped;
  }
  return NULL;
}

/* The latest chain that was killed and gives the answer, or NULL. */
static const struct pw_candidate *find_killed(struct pw_watch *watch, struct pw_judgement *judgement) {
  if (judgement->dropped.kill) return &judgement->dropped;
  const struct pw_candidate *found = find_killed_walk(watch, judgement);
  if (!found) found = find_killed_page(watch, judgement);
  return found ? found : find_grave(watch, judgement);
}

/* ---- what is alive ---- */

/* Which parts of an answer does some chain that may be used give? */
struct parts {
  bool frame; /* the physical address, to this access or to one that has all rights */
  bool address;
  bool attributes;
};

static void find_parts(const struct pw_judgement *judgement, const struct pw_chain *chain, struct parts *parts) {
  struct pw_answer given = pw_chain_answer(chain, &judgement->request->access, judgement->context);
  const struct pw_answer *answer = judgement->answer;
  uint64_t offset = judgement->request->access.linear_address - chain->linear_address;
  if (chain->end == PW_CHAIN_PAGE && chain->table_address + offset == answer->physical_address) parts->frame = true;
  if (given.fault != PW_RSP_NONE) return;
  if (given.physical_address == answer->physical_address) parts->address = true;
  if (given.memory_type == answer->memory_type && given.global == answer->global &&
      given.page_level == answer->page_level) {
    parts->attributes = true;
  }
}

static struct parts find_all_parts(struct pw_watch *watch, struct pw_judgement *judgement) {
  struct parts parts = {false, false, false};
  uint64_t at = watch->facts;
  if (judgement->answer->fault != PW_RSP_NONE) return parts;
  for (struct pw_candidate *page = NULL; (page = next_candidate(watch, judgement, page));) {
    if (may_use(watch, judgement, page->kill)) find_parts(judgement, &page->chain, &parts);
  }
  for (const struct pw_fact *fact; (fact = next_fact(watch, judgement, &at)) && is_in_flight(judgement, fact);) {
    if (pw_observed_may_use_fact(watch, judgement, fact)) find_parts(judgement, &fact->walk.chain, &parts);
  }
  return parts;
}

static bool fact_explains(const struct pw_watch *watch, const struct pw_judgement *judgement,
                          const struct pw_fact *fact) {
  return pw_observed_may_use_fact(watch, judgement, fact) && explains(judgement, &fact->walk.chain);
}

/* Would the answer be right, had the request's walk set A, or D for a write? */
static bool is_unflagged(const struct pw_watch *watch, const struct pw_judgement *judgement) {
  uint64_t at = watch->facts;
  if (judgement->lacks_dirty) return true;
  if (judgement->answer->fault != PW_RSP_NONE) return false;
  for (const struct pw_fact *fact; (fact = next_fact(watch, judgement, &at)) && is_in_flight(judgement, fact);) {
    if (fact_explains(watch, judgement, fact)) return true;
  }
  return false;
}

/* Has an older walk read this page without setting A? */
static bool is_of_unaccessed(const struct pw_watch *watch, const struct pw_judgement *judgement) {
  uint64_t at = watch->facts;
  if (judgement->answer->fault != PW_RSP_NONE) return false;
  for (const struct pw_fact *fact; (fact = next_fact(watch, judgement, &at));) {
    if (!pw_chain_is_accessed(&fact->walk.chain) && fact_explains(watch, judgement, fact)) return true;
  }
  return false;
}

/*
 * The most telling first. When an entry that is alive has the frame, but not the rights, these were not looked at;
 * that another one which was killed had both proves nothing.
 */
enum pw_verdict pw_observed_classify(struct pw_watch *watch, struct pw_judgement *judgement,
                                     const struct pw_candidate **killed) {
  struct parts parts = find_all_parts(watch, judgement);
  *killed = NULL;
  if (is_unflagged(watch, judgement)) return PW_VERDICT_AD_MISSING;
  if (parts.frame && !parts.address) return PW_VERDICT_WRONG;
  *killed = find_killed(watch, judgement);
  if (*killed) return PW_VERDICT_ILLEGAL_STALE;
  if (is_of_unaccessed(watch, judgement)) return PW_VERDICT_AD_MISSING;
  if (pw_answer_is_negative(judgement->answer, &judgement->request->access, judgement->context)) {
    return PW_VERDICT_ILLEGAL_NEGATIVE;
  }
  return parts.address && parts.attributes ? PW_VERDICT_TORN : PW_VERDICT_WRONG;
}
