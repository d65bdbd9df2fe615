/*
 * stepwise.h: a translation taken apart into the steps at which it can be watched in a device.
 *
 *   begin -> look up a level, and the next, .. -> walk, an attempt and another, .. -> take effect
 *
 * What comes next is what a step returns. Only taking effect changes TLB and paging-structure-cache entries; a look-up
 * and the start of an attempt touch replacement state. translate.c takes the steps at once; the checker takes each when
 * the device shows it.
 */
#ifndef PAGEWALK_HARDWARE_STEPWISE_H
#define PAGEWALK_HARDWARE_STEPWISE_H

#include <stddef.h>
#include <string.h>

#include "mmu_state.h"

enum pw_next { PW_NEXT_EFFECT, PW_NEXT_LOOK_UP, PW_NEXT_WALK };

/* One translation under way. Pointers are into the MMU, the access and the record, which must stay where they are. */
struct pw_stepwise {
  const struct pw_mmu *mmu;
  struct pw_mmu *changed; /* the MMU again, or NULL for a probe: nothing is touched or takes effect */
  const struct pw_access *access;
  struct pw_translation *t;
  const struct pw_tlb_path *path;
  const struct pw_permission *permission;
  struct pw_tlb_hit hit;     /* when the record has a hit_level */
  uint64_t hit_key;          /* of a hit that lacked D: what was found, whatever the way holds now */
  struct pw_tlb_entry entry; /* the answer of PW_MAPPED */
  bool older_context;        /* of a request whose registers are no longer the current ones: it hits nothing */
  struct pw_walk walk;       /* when the record has walked */
};

/* ---- answers. The first steps are inline: the general path of pw_translate is made of them ---- */

/* Everything in front of the steps starts at zero; steps and fills are valid only up to their counts. */
static inline void pw_step_start_record(struct pw_translation *t, const struct pw_access *access) {
  memset(t, 0, offsetof(struct pw_translation, steps));
  t->linear_address = access->linear_address;
  t->kind = access->kind;
}

static inline void pw_step_answer_mapped(struct pw_stepwise *step, struct pw_tlb_entry entry) {
  struct pw_translation *t = step->t;
  uint32_t page_shift = (entry.attributes & PW_ATTR_PAGE_SHIFT_MASK) >> PW_ATTR_PAGE_SHIFT_SHIFT;
  uint32_t pat = (entry.attributes & PW_ATTR_PAT_MASK) >> PW_ATTR_PAT_SHIFT;
  step->entry = entry;
  t->outcome = PW_MAPPED;
  t->physical_address = entry.page_address | (t->linear_address & ((UINT64_C(1) << page_shift) - 1));
  t->attributes = entry.attributes;
  t->page_shift = (uint8_t)page_shift;
  t->memory_type = (uint8_t)(step->mmu->control.pat >> (8 * pat) & 7);
}

void pw_step_answer_unpaged(struct pw_stepwise *step);
void pw_step_answer_not_canonical(struct pw_stepwise *step);
/* `attributes` are those of the page whose rights denied the access, 0 for another cause. */
void pw_step_answer_page_fault(struct pw_stepwise *step, uint32_t error_code, uint32_t attributes);

/* ---- begin, look up ---- */

/* Is the access within the ranges of struct pw_access? */
static inline bool pw_access_is_legal(const struct pw_access *access) {
  uint64_t offset = access->linear_address & (PW_SMALL_PAGE_BYTES - 1);
  return access->kind < PW_ACCESS_KINDS && access->cpl <= 3 && access->flags <= PW_ACCESS_FLAGS_ALL &&
         offset + access->size_bytes <= PW_SMALL_PAGE_BYTES;
}

/* Starts the record. The access is legal. With PW_NEXT_LOOK_UP, position 0 of the path is to be looked up. */
static inline enum pw_next pw_step_begin(struct pw_stepwise *step, const struct pw_mmu *mmu, struct pw_mmu *changed,
                                         const struct pw_access *access, struct pw_translation *t) {
  step->mmu = mmu;
  step->changed = changed;
  step->access = access;
  step->t = t;
  step->older_context = false;
  pw_step_start_record(t, access);
  if (!pw_is_canonical(mmu->mode.rules.format, access->linear_address)) {
    pw_step_answer_not_canonical(step);
    return PW_NEXT_EFFECT;
  }
  if (!mmu->mode.paging) {
    pw_step_answer_unpaged(step);
    return PW_NEXT_EFFECT;
  }
  step->path = pw_tlb_path_of(&mmu->tlbs, access->kind);
  step->permission = &mmu->mode.permissions.row[pw_permission_index(access)];
  return step->path->count ? PW_NEXT_LOOK_UP : PW_NEXT_WALK;
}

static inline void pw_step_note_hit(struct pw_stepwise *step) {
  struct pw_translation *t = step->t;
  t->hit_level = (uint8_t)(step->hit.at + 1);
  t->hit_unit = step->path->unit[step->hit.at];
  t->hit_array = (uint8_t)step->hit.place.array;
  t->hit_way = (uint16_t)step->hit.place.way;
  t->hit_set = step->hit.place.set;
}

/* SDM "Accessed and Dirty Flags": a cached D = 0 does not allow a write before D is set in memory. */
static inline bool pw_step_needs_dirty(const struct pw_access *access, uint32_t attributes) {
  return access->kind == PW_WRITE && !(attributes & PW_ATTR_DIRTY) && !(access->flags & PW_PREFETCH);
}

static inline enum pw_next pw_step_take_hit(struct pw_stepwise *step, const struct pw_tlb *tlb) {
  struct pw_tlb_place place = step->hit.place;
  const struct pw_set_assoc *assoc = &tlb->arrays[place.array].assoc;
  struct pw_tlb_entry entry = *pw_tlb_entry_at(tlb, place);
  pw_step_note_hit(step);
  if (!pw_permission_allows(step->permission, entry.attributes)) {
    pw_step_answer_page_fault(step, pw_permission_error_code(step->permission, entry.attributes), entry.attributes);
    return PW_NEXT_EFFECT;
  }
  if (step->changed) pw_tlb_touch(&step->changed->tlbs.units[step->t->hit_unit], place);
  if (pw_step_needs_dirty(step->access, entry.attributes)) {
    step->hit_key = assoc->keys[pw_set_assoc_slot(assoc, place.set, place.way)];
    step->t->dirty_walk = 1;
    return PW_NEXT_WALK;
  }
  pw_step_answer_mapped(step, entry);
  return PW_NEXT_EFFECT;
}

/* Looks position `at` of the path up. With PW_NEXT_LOOK_UP it missed and the next position follows. */
static inline enum pw_next pw_step_look_up(struct pw_stepwise *step, uint32_t at) {
  const struct pw_tlb *tlb = &step->mmu->tlbs.units[step->path->unit[at]];
  step->t->tlb_cycles += tlb->hit_cycles;
  step->t->looked_up |= (uint8_t)(1u << step->path->unit[at]);
  step->hit.at = at;
  if (!step->older_context && pw_tlb_find(tlb, step->t->linear_address, step->mmu->mode.pcid, &step->hit.place))
    return pw_step_take_hit(step, tlb);
  return at + 1 < step->path->count ? PW_NEXT_LOOK_UP : PW_NEXT_WALK;
}

/* ---- walk, effects ---- */

/* Prepares step->walk, whose parts or whole the caller then runs. */
void pw_step_begin_walk(struct pw_stepwise *step);

/* The walk ended, with anything but PW_WALK_RESTART and PW_WALK_GAVE_UP: its answer goes into the record. */
void pw_step_answer_walk(struct pw_stepwise *step);

/* Did a hit that lacked D turn out to be of another page than the walk found: of another size, or global? */
bool pw_step_page_changed(const struct pw_stepwise *step);

/* The page that answers, as a TLB holds it. */
static inline struct pw_tlb_item pw_step_item(const struct pw_stepwise *step) {
  return pw_tlb_item_make(step->t->linear_address, step->mmu->mode.pcid, step->entry);
}

/* What takes effect at the end, in two parts: first, after a page fault or of a page that changed, */
void pw_step_drop(struct pw_stepwise *step);

/* A walk's result enters the TLBs. After a hit that only lacked D, the page is renewed where it is. */
void pw_step_fill_from_walk(struct pw_stepwise *step);

/* and second, TLBs and paging-structure caches are filled or renewed. Fills go into the record. */
static inline void pw_step_fill(struct pw_stepwise *step) {
  if (step->t->outcome != PW_MAPPED) return;
  if (step->t->walked) {
    pw_step_fill_from_walk(step);
  } else if (step->t->hit_level > 1) {
    struct pw_tlb_item item = pw_step_item(step);
    pw_tlb_promote(&step->changed->tlbs, step->path, step->hit.at, &item, step->t);
  }
}

#endif
