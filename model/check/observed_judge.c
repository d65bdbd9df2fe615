/* observed_judge.c: is there anything that a device may hold, or has read, that gives this answer? */
#include <stdio.h>

#include "observed.h"

/* ---- comparing answers ---- */

static bool is_same(const struct pw_answer *a, const struct pw_answer *b) {
  if (a->fault != b->fault) return false;
  if (a->fault == PW_RSP_PAGE_FAULT) return a->error_code == b->error_code;
  if (a->fault != PW_RSP_NONE) return true;
  return a->physical_address == b->physical_address && a->memory_type == b->memory_type && a->global == b->global;
}

/* A page may be held in pieces (SDM "TLB Entries for Large Pages"), so that a smaller size may be told. */
static bool explains(const struct pw_answer *legal, const struct pw_answer *answer) {
  return is_same(legal, answer) && (legal->fault != PW_RSP_NONE || answer->page_level <= legal->page_level);
}

/* Does memory, or a read since the request was accepted, hold every entry of the chain but for A and D? */
static bool is_fresh(const struct pw_observed *observed, const struct pw_chain *chain, uint64_t accepted,
                     bool needs_dirty) {
  for (unsigned level = chain->level; level <= chain->top; level++) {
    const struct pw_chain_entry *entry = &chain->entry[level];
    uint64_t ignored = PW_ENTRY_A | PW_ENTRY_D;
    if (entry->read >= accepted) continue;
    uint64_t held = pw_physical_read64(observed->memory, entry->address);
    if ((held ^ entry->value) & ~ignored) return false;
    if (needs_dirty && level == chain->level && !(held & PW_ENTRY_D)) return false;
  }
  return true;
}

static enum pw_verdict legal_verdict(const struct pw_observed *observed, const struct pw_request *request,
                                     const struct pw_chain *chain, const struct pw_answer *answer) {
  bool writes = answer->fault == PW_RSP_NONE && request->access.kind == PW_WRITE;
  if (is_fresh(observed, chain, request->accepted, writes)) return PW_VERDICT_MATCH;
  return answer->fault == PW_RSP_PAGE_FAULT ? PW_VERDICT_LEGAL_SPURIOUS_FAULT : PW_VERDICT_LEGAL_STALE;
}

/* ---- what may explain an answer ---- */

struct judgement {
  const struct pw_request *request;
  const struct pw_check_context *context;
  const struct pw_answer *answer;
  bool explained;
  bool lacks_dirty;          /* a chain would explain it, had D been set */
  enum pw_verdict verdict;   /* of the best explanation */
};

static void try_chain(const struct pw_observed *observed, struct judgement *judgement, const struct pw_chain *chain) {
  const struct pw_access *access = &judgement->request->access;
  struct pw_answer legal = pw_chain_answer(chain, access, judgement->context);
  if (!explains(&legal, judgement->answer)) return;
  if (legal.fault == PW_RSP_NONE && pw_chain_lacks_dirty(chain, access)) {
    judgement->lacks_dirty = true;
    return;
  }
  enum pw_verdict verdict = legal_verdict(observed, judgement->request, chain, judgement->answer);
  if (!judgement->explained || verdict == PW_VERDICT_MATCH) judgement->verdict = verdict;
  judgement->explained = true;
}

static void try_candidates(struct pw_observed *observed, struct judgement *judgement) {
  const struct pw_request *request = judgement->request;
  struct pw_candidate *at = NULL;
  while ((at = pw_candidates_next_page(&observed->candidates, at, request->access.linear_address,
                                       judgement->context->mode.pcid))) {
    if (at->kill && !pw_registers_may_use(&observed->registers, at->kill, request->accepted)) continue;
    try_chain(observed, judgement, &at->chain);
    if (judgement->explained && judgement->verdict == PW_VERDICT_MATCH) return;
  }
}

/* Is this the chain of a walk that may have been made for the request? */
static bool is_of_request(const struct pw_observed *observed, const struct judgement *judgement,
                          const struct pw_fact *fact) {
  const struct pw_chain *chain = &fact->walk.chain;
  const struct pw_request *request = judgement->request;
  if (chain->pcid != judgement->context->mode.pcid || !pw_chain_covers(chain, request->access.linear_address)) {
    return false;
  }
  if (chain->level == chain->top && chain->root_address != judgement->context->mode.root_address) return false;
  return pw_registers_may_use(&observed->registers, fact->walk.kill, request->accepted);
}

/*
 * Walks that ended while the request was in flight. What is not present, reserved or a bus error is never cached, so
 * only these explain it (SDM "Caching Translation Information"); a page whose A is not set denies an access too.
 */
static void try_facts(const struct pw_observed *observed, struct judgement *judgement) {
  for (uint64_t i = observed->facts; i > 0 && observed->facts - i < PW_FACTS; i--) {
    const struct pw_fact *fact = &observed->fact[(i - 1) % PW_FACTS];
    if (fact->event < judgement->request->accepted) return;
    if (!is_of_request(observed, judgement, fact)) continue;
    if (judgement->answer->fault == PW_RSP_NONE && !pw_chain_is_accessed(&fact->walk.chain)) continue;
    try_chain(observed, judgement, &fact->walk.chain);
    if (judgement->explained && judgement->verdict == PW_VERDICT_MATCH) return;
  }
}
