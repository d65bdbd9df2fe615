/* translate.c: one translation at once: a recent hit, or all the steps of stepwise.h. */
#include <pagewalk/mmu.h>

#include "stepwise.h"

/* The walk at once. Returns false when it gave up. */
static bool walk(struct pw_stepwise *step) {
  pw_step_begin_walk(step);
  enum pw_walk_end end = step->changed ? pw_walk_run(&step->walk) : pw_walk_run_probe(&step->walk);
  if (end == PW_WALK_GAVE_UP) return false;
  pw_step_answer_walk(step);
  return true;
}

/* A translation in general; `changed` is the MMU itself, or NULL for a probe. */
static int translate_fully(const struct pw_mmu *mmu, struct pw_mmu *changed, const struct pw_access *access,
                           struct pw_translation *t) {
  struct pw_stepwise step;
  enum pw_next next = pw_step_begin(&step, mmu, changed, access, t);
  for (uint32_t at = 0; next == PW_NEXT_LOOK_UP; at++) next = pw_step_look_up(&step, at);
  if (next == PW_NEXT_WALK && !walk(&step)) return -PW_ECONTENTION;
  if (!changed) return 0;
  if (t->outcome == PW_PAGE_FAULT || t->dirty_walk) pw_step_drop(&step);
  if (t->walked || t->hit_level > 1) pw_step_fill(&step);
  return 0;
}

/* The general path, for an access that no recent hit answers. */
static __attribute__((noinline)) int translate_anew(struct pw_mmu *mmu, const struct pw_access *access,
                                                    struct pw_translation *translation) {
  if (!pw_access_is_legal(access)) return -PW_EINVAL;
  const struct pw_tlb_path *path = pw_tlb_path_of(&mmu->tlbs, access->kind);
  int status = translate_fully(mmu, mmu, access, translation);
  if (status || !path->count) return status;
  pw_recent_keep(&mmu->tlbs.recent, &mmu->tlbs.units[path->unit[0]], access, mmu->mode.pcid, translation);
  return 0;
}

int pw_translate(struct pw_mmu *mmu, const struct pw_access *access, struct pw_translation *translation) {
  if (pw_recent_replay(&mmu->tlbs.recent, access, mmu->mode.pcid, translation)) return 0;
  return translate_anew(mmu, access, translation);
}

int pw_probe(const struct pw_mmu *mmu, const struct pw_access *access, struct pw_translation *translation) {
  if (!pw_access_is_legal(access)) return -PW_EINVAL;
  return translate_fully(mmu, NULL, access, translation);
}
