/*
 * tlb_hierarchy.h: the TLBs of a machine, level behind level: look-up order, filling, inclusion.
 *
 * Each kind of access (data, fetch) has a path: one unit per level, nearest first. A split level puts different units
 * on the two paths, a unified one the same.
 */
#ifndef PAGEWALK_HARDWARE_TLB_HIERARCHY_H
#define PAGEWALK_HARDWARE_TLB_HIERARCHY_H

#include "recent_hits.h"

struct pw_tlb_path {
  uint32_t count;
  uint8_t unit[PW_MAX_TLB_UNITS];
};

struct pw_tlb_hierarchy {
  uint32_t unit_count;
  struct pw_tlb_path path[2]; /* [0] data, [1] fetch */
  struct pw_recent_hits recent;
  struct pw_tlb units[PW_MAX_TLB_UNITS];
};

/* Position in a path where a look-up hit, and where in that unit. */
struct pw_tlb_hit {
  uint32_t at;
  struct pw_tlb_place place;
};

/* Returns 0 or -PW_ENOMEM; after an error pw_tlb_hierarchy_free is still allowed. */
int pw_tlb_hierarchy_init(struct pw_tlb_hierarchy *hierarchy, const struct pw_config *config);
void pw_tlb_hierarchy_free(struct pw_tlb_hierarchy *hierarchy);
void pw_tlb_hierarchy_reset(struct pw_tlb_hierarchy *hierarchy);

static inline const struct pw_tlb_path *pw_tlb_path_of(const struct pw_tlb_hierarchy *hierarchy, unsigned kind) {
  return &hierarchy->path[kind == PW_FETCH];
}

/* An item enters the nearest `levels` levels of the path, but for the exclusive ones. Every fill goes into *record. */
void pw_tlb_fill(struct pw_tlb_hierarchy *hierarchy, const struct pw_tlb_path *path, uint32_t levels,
                 const struct pw_tlb_item *item, struct pw_translation *record);

/* A hit at path position `at`: the nearer levels receive the item, an exclusive level gives it up. */
void pw_tlb_promote(struct pw_tlb_hierarchy *hierarchy, const struct pw_tlb_path *path, uint32_t at,
                    const struct pw_tlb_item *item, struct pw_translation *record);

/* Overwrites the entry wherever the path holds it. */
void pw_tlb_renew(struct pw_tlb_hierarchy *hierarchy, const struct pw_tlb_path *path, const struct pw_tlb_item *item);

void pw_tlb_hierarchy_drop_page(struct pw_tlb_hierarchy *hierarchy, uint64_t linear_address, unsigned pcid,
                                bool globals);
void pw_tlb_hierarchy_drop_matching(struct pw_tlb_hierarchy *hierarchy, struct pw_key_match match);

#endif
