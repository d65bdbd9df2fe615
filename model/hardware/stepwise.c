/* stepwise.c: the steps of a translation but for the first ones: faults, its walk, and what takes effect at the end. */
#include "stepwise.h"

/* ---- answers ---- */

/* CR0.PG = 0: the linear address is the physical address (SDM "Paging-Mode Enabling"). */
void pw_step_answer_unpaged(struct pw_stepwise *step) {
  struct pw_tlb_entry identity = {
      .page_address = step->t->linear_address & ~(uint64_t)(PW_SMALL_PAGE_BYTES - 1),
      .attributes = PW_ATTR_WRITE | PW_ATTR_USER | PW_ATTR_EXECUTE | PW_ATTR_DIRTY |
                    PW_SMALL_PAGE_SHIFT << PW_ATTR_PAGE_SHIFT_SHIFT,
  };
  pw_step_answer_mapped(step, identity);
}

/* SDM "Canonical Addressing": #SS(0) through the stack segment, else #GP(0), before any walk. */
void pw_step_answer_not_canonical(struct pw_stepwise *step) {
  if (step->access->flags & PW_PREFETCH) {
    step->t->outcome = PW_DROPPED;
  } else {
    step->t->outcome = step->access->flags & PW_STACK ? PW_STACK_FAULT : PW_GENERAL_PROTECTION;
  }
}

void pw_step_answer_page_fault(struct pw_stepwise *step, uint32_t error_code, uint32_t attributes) {
  struct pw_translation *t = step->t;
  if (step->access->flags & PW_PREFETCH) {
    t->outcome = PW_DROPPED;
    return;
  }
  t->outcome = PW_PAGE_FAULT;
  t->error_code = error_code;
  t->cr2 = t->linear_address;
  t->attributes = attributes;
}

/* ---- walk ---- */

void pw_step_begin_walk(struct pw_stepwise *step) {
  struct pw_walk_request request = {
      .linear_address = step->t->linear_address,
      .pcid = step->mmu->mode.pcid,
      .permission = step->permission,
      .set_dirty = step->access->kind == PW_WRITE && !(step->access->flags & PW_PREFETCH),
  };
  struct pw_psc *psc = step->changed ? &step->changed->walker.psc : NULL;
  pw_walk_begin(&step->walk, &step->mmu->walker, psc, &request, step->t);
}

void pw_step_answer_walk(struct pw_stepwise *step) {
  const struct pw_walk_result *result = &step->walk.result;
  switch (result->end) {
    case PW_WALK_DONE: pw_step_answer_mapped(step, result->entry); break;
    case PW_WALK_FAULT: pw_step_answer_page_fault(step, result->error_code, result->entry.attributes); break;
    case PW_WALK_BUS_ERROR: step->t->outcome = PW_BUS_ERROR; break;
    case PW_WALK_RESTART:
    case PW_WALK_GAVE_UP: break;
  }
}

/* ---- effects ---- */

bool pw_step_page_changed(const struct pw_stepwise *step) {
  return step->t->dirty_walk && step->t->outcome == PW_MAPPED && pw_step_item(step).key != step->hit_key;
}

/* SDM "Operations that Invalidate TLBs and Paging-Structure Caches": a page fault drops what it used. */
void pw_step_drop(struct pw_stepwise *step) {
  uint64_t linear_address = step->t->linear_address;
  unsigned pcid = step->mmu->mode.pcid;
  bool faulted = step->t->outcome == PW_PAGE_FAULT;
  if (!faulted && !pw_step_page_changed(step)) return;
  pw_tlb_hierarchy_drop_page(&step->changed->tlbs, linear_address, pcid, true);
  if (faulted) pw_psc_drop_address(&step->changed->walker.psc, linear_address, pcid);
}

void pw_step_fill_from_walk(struct pw_stepwise *step) {
  struct pw_tlb_hierarchy *tlbs = &step->changed->tlbs;
  struct pw_tlb_item item = pw_step_item(step);
  pw_walk_fill_caches(&step->walk);
  if (step->t->dirty_walk && item.key == step->hit_key) {
    pw_tlb_renew(tlbs, step->path, &item);
    pw_tlb_promote(tlbs, step->path, step->hit.at, &item, step->t);
  } else {
    pw_tlb_fill(tlbs, step->path, step->path->count, &item, step->t);
  }
}
