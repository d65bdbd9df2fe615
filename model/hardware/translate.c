/* translate.c: one translation: joins TLBs, permission check and walker, and fills the record. */
#include <pagewalk/mmu.h>
#include <stddef.h>
#include <string.h>

#include "mmu_state.h"

/* ---- hits ---- */

/* Everything in front of the steps starts at zero; steps and fills are valid only up to their counts. */
static void start_record(struct pw_translation *t, const struct pw_access *access) {
  memset(t, 0, offsetof(struct pw_translation, steps));
  t->linear_address = access->linear_address;
  t->kind = access->kind;
}

static void answer_mapped(const struct pw_mmu *mmu, struct pw_translation *t, struct pw_tlb_entry entry) {
  uint32_t page_shift = (entry.attributes & PW_ATTR_PAGE_SHIFT_MASK) >> PW_ATTR_PAGE_SHIFT_SHIFT;
  uint32_t pat = (entry.attributes & PW_ATTR_PAT_MASK) >> PW_ATTR_PAT_SHIFT;
  t->outcome = PW_MAPPED;
  t->physical_address = entry.page_address | (t->linear_address & ((UINT64_C(1) << page_shift) - 1));
  t->attributes = entry.attributes;
  t->page_shift = (uint8_t)page_shift;
  t->memory_type = (uint8_t)(mmu->control.pat >> (8 * pat) & 7);
}

static void note_hit(struct pw_translation *t, const struct pw_tlb_path *path, struct pw_tlb_hit hit) {
  t->hit_level = (uint8_t)(hit.at + 1);
  t->hit_unit = path->unit[hit.at];
  t->hit_array = (uint8_t)hit.place.array;
  t->hit_way = (uint16_t)hit.place.way;
  t->hit_set = hit.place.set;
}

/* Looks the levels of the path up, nearest first, charging each. */
static bool look_up(const struct pw_mmu *mmu, const struct pw_tlb_path *path, struct pw_translation *t,
                    struct pw_tlb_hit *hit) {
  for (uint32_t at = 0; at < path->count; at++) {
    const struct pw_tlb *tlb = &mmu->tlbs.units[path->unit[at]];
    t->tlb_cycles += tlb->hit_cycles;
    t->looked_up |= (uint8_t)(1u << path->unit[at]);
    hit->at = at;
    if (pw_tlb_find(tlb, t->linear_address, mmu->mode.pcid, &hit->place)) return true;
  }
  return false;
}

/* ---- faults and walks ---- */

static void answer_page_fault(struct pw_translation *t, uint32_t error_code) {
  t->outcome = PW_PAGE_FAULT;
  t->error_code = error_code;
  t->cr2 = t->linear_address;
}

/* SDM "Canonical Addressing": #SS(0) through the stack segment, else #GP(0), before any walk. */
static void answer_not_canonical(struct pw_translation *t, const struct pw_access *access) {
  if (access->flags & PW_PREFETCH) {
    t->outcome = PW_DROPPED;
  } else {
    t->outcome = access->flags & PW_STACK ? PW_STACK_FAULT : PW_GENERAL_PROTECTION;
  }
}

/* SDM "Operations that Invalidate TLBs and Paging-Structure Caches": a page fault drops what it used. */
static void drop_after_fault(struct pw_mmu *mmu, uint64_t linear_address) {
  pw_tlb_hierarchy_drop_page(&mmu->tlbs, linear_address, mmu->mode.pcid, true);
  pw_psc_drop_address(&mmu->walker.psc, linear_address, mmu->mode.pcid);
}

/* One translation on its way through the general path. `changed` is the MMU again, or NULL for a probe. */
struct slow {
  const struct pw_mmu *mmu;
  struct pw_mmu *changed;
  const struct pw_access *access;
  const struct pw_permission *permission;
  const struct pw_tlb_path *path;
  struct pw_translation *t;
};

/* `attributes` are those of the page whose rights denied the access, 0 for another cause. */
static void finish_fault(const struct slow *slow, uint32_t error_code, uint32_t attributes) {
  if (slow->access->flags & PW_PREFETCH) {
    slow->t->outcome = PW_DROPPED;
    return;
  }
  answer_page_fault(slow->t, error_code);
  slow->t->attributes = attributes;
  if (slow->changed) drop_after_fault(slow->changed, slow->t->linear_address);
}

/* A walk's result enters the TLBs. After a hit that only lacked D, the page is renewed where it is. */
static void install(const struct slow *slow, const struct pw_tlb_hit *dirty_hit, struct pw_tlb_entry entry) {
  struct pw_tlb_hierarchy *tlbs = &slow->changed->tlbs;
  struct pw_tlb_item item = pw_tlb_item_make(slow->t->linear_address, slow->mmu->mode.pcid, entry);
  if (dirty_hit) {
    const struct pw_tlb *tlb = &tlbs->units[slow->path->unit[dirty_hit->at]];
    struct pw_tlb_place place = dirty_hit->place;
    const struct pw_set_assoc *assoc = &tlb->arrays[place.array].assoc;
    if (assoc->keys[pw_set_assoc_slot(assoc, place.set, place.way)] == item.key) {
      pw_tlb_renew(tlbs, slow->path, &item);
      pw_tlb_promote(tlbs, slow->path, dirty_hit->at, &item, slow->t);
      return;
    }
    pw_tlb_hierarchy_drop_page(tlbs, slow->t->linear_address, slow->mmu->mode.pcid, true);
  }
  pw_tlb_fill(tlbs, slow->path, slow->path->count, &item, slow->t);
}

static int walk(const struct slow *slow, const struct pw_tlb_hit *dirty_hit) {
  struct pw_walk_request request = {
      .linear_address = slow->t->linear_address,
      .pcid = slow->mmu->mode.pcid,
      .permission = slow->permission,
      .set_dirty = slow->access->kind == PW_WRITE && !(slow->access->flags & PW_PREFETCH),
  };
  struct pw_walk_result result = slow->changed ? pw_walk(&slow->changed->walker, &request, slow->t)
                                               : pw_walk_probe(&slow->mmu->walker, &request, slow->t);
  switch (result.end) {
    case PW_WALK_GAVE_UP: return -PW_ECONTENTION;
    case PW_WALK_BUS_ERROR: slow->t->outcome = PW_BUS_ERROR; return 0;
    case PW_WALK_FAULT: finish_fault(slow, result.error_code, result.entry.attributes); return 0;
    case PW_WALK_DONE: break;
  }
  answer_mapped(slow->mmu, slow->t, result.entry);
  if (slow->changed) install(slow, dirty_hit, result.entry);
  return 0;
}

/* SDM "Accessed and Dirty Flags": a cached D = 0 does not allow a write before D is set in memory. */
static bool needs_dirty(const struct pw_access *access, uint32_t attributes) {
  return access->kind == PW_WRITE && !(attributes & PW_ATTR_DIRTY) && !(access->flags & PW_PREFETCH);
}

static int translate_hit(const struct slow *slow, struct pw_tlb_hit hit) {
  struct pw_tlb_entry entry = *pw_tlb_entry_at(&slow->mmu->tlbs.units[slow->path->unit[hit.at]], hit.place);
  note_hit(slow->t, slow->path, hit);
  if (!pw_permission_allows(slow->permission, entry.attributes)) {
    finish_fault(slow, pw_permission_error_code(slow->permission, entry.attributes), entry.attributes);
    return 0;
  }
  if (slow->changed) pw_tlb_touch(&slow->changed->tlbs.units[slow->path->unit[hit.at]], hit.place);
  if (needs_dirty(slow->access, entry.attributes)) {
    slow->t->dirty_walk = 1;
    return walk(slow, &hit);
  }
  answer_mapped(slow->mmu, slow->t, entry);
  if (slow->changed && hit.at > 0) {
    struct pw_tlb_item item = pw_tlb_item_make(slow->t->linear_address, slow->mmu->mode.pcid, entry);
    pw_tlb_promote(&slow->changed->tlbs, slow->path, hit.at, &item, slow->t);
  }
  return 0;
}

/* CR0.PG = 0: the linear address is the physical address (SDM "Paging-Mode Enabling"). */
static void answer_unpaged(const struct pw_mmu *mmu, struct pw_translation *t) {
  struct pw_tlb_entry identity = {
      .page_address = t->linear_address & ~(uint64_t)(PW_SMALL_PAGE_BYTES - 1),
      .attributes = PW_ATTR_WRITE | PW_ATTR_USER | PW_ATTR_EXECUTE | PW_ATTR_DIRTY |
                    PW_SMALL_PAGE_SHIFT << PW_ATTR_PAGE_SHIFT_SHIFT,
  };
  answer_mapped(mmu, t, identity);
}

static bool access_is_legal(const struct pw_access *access) {
  uint64_t offset = access->linear_address & (PW_SMALL_PAGE_BYTES - 1);
  return access->kind < PW_ACCESS_KINDS && access->cpl <= 3 && access->flags <= PW_ACCESS_FLAGS_ALL &&
         offset + access->size_bytes <= PW_SMALL_PAGE_BYTES;
}

/* ---- the two ways through ---- */

/* A translation in general; `changed` is the MMU itself, or NULL for a probe. */
static int translate_fully(const struct pw_mmu *mmu, struct pw_mmu *changed, const struct pw_access *access,
                           struct pw_translation *t) {
  struct slow slow = {.mmu = mmu, .changed = changed, .access = access, .t = t};
  struct pw_tlb_hit hit;
  if (!pw_is_canonical(mmu->mode.rules.format, access->linear_address)) {
    answer_not_canonical(t, access);
    return 0;
  }
  if (!mmu->mode.paging) {
    answer_unpaged(mmu, t);
    return 0;
  }
  slow.path = pw_tlb_path_of(&mmu->tlbs, access->kind);
  slow.permission = &mmu->mode.permissions.row[pw_permission_index(access)];
  if (!look_up(mmu, slow.path, t, &hit)) return walk(&slow, NULL);
  return translate_hit(&slow, hit);
}

/* The general path, for an access that no recent hit answers. */
static __attribute__((noinline)) int translate_anew(struct pw_mmu *mmu, const struct pw_access *access,
                                                    struct pw_translation *translation) {
  if (!access_is_legal(access)) return -PW_EINVAL;
  const struct pw_tlb_path *path = pw_tlb_path_of(&mmu->tlbs, access->kind);
  start_record(translation, access);
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
  if (!access_is_legal(access)) return -PW_EINVAL;
  start_record(translation, access);
  return translate_fully(mmu, NULL, access, translation);
}
