/* paging_structure_cache.c: look-up, filling and invalidation of the paging-structure caches. */
#include "paging_structure_cache.h"

#include <stdlib.h>

#include "seed_streams.h"

int pw_psc_init(struct pw_psc *psc, const struct pw_config *config) {
  *psc = (struct pw_psc){0};
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) {
    struct pw_array_config geometry = config->psc[level];
    if (!geometry.sets) continue;
    psc->level[level].entries = calloc((size_t)geometry.sets * geometry.ways, sizeof *psc->level[level].entries);
    if (!psc->level[level].entries) return -PW_ENOMEM;
    int status =
        pw_set_assoc_init(&psc->level[level].assoc, geometry, PW_KEY_REGION_SHIFT, pw_psc_seed(config->seed, level));
    if (status) return status;
  }
  return 0;
}

void pw_psc_free(struct pw_psc *psc) {
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) {
    free(psc->level[level].entries);
    pw_set_assoc_free(&psc->level[level].assoc);
  }
  *psc = (struct pw_psc){0};
}

void pw_psc_reset(struct pw_psc *psc) {
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) {
    if (pw_psc_exists(psc, level)) pw_set_assoc_reset(&psc->level[level].assoc);
  }
}

const struct pw_psc_entry *pw_psc_find(const struct pw_psc *psc, unsigned level, uint64_t linear_address, unsigned pcid,
                                       struct pw_psc_place *place) {
  const struct pw_psc_level *at = &psc->level[level];
  uint64_t key = pw_psc_key(psc, level, linear_address, pcid);
  place->set = pw_set_assoc_set(&at->assoc, pw_key_region_of(key));
  int way = pw_set_assoc_find(&at->assoc, place->set, key, key);
  if (way < 0) return NULL;
  place->way = (uint32_t)way;
  return &at->entries[pw_set_assoc_slot(&at->assoc, place->set, place->way)];
}

void pw_psc_touch(struct pw_psc *psc, unsigned level, struct pw_psc_place place) {
  pw_set_assoc_hit(&psc->level[level].assoc, place.set, place.way);
}

uint64_t pw_psc_insert(struct pw_psc *psc, unsigned level, uint64_t linear_address, unsigned pcid,
                       struct pw_psc_entry entry, struct pw_psc_place *place) {
  struct pw_psc_level *at = &psc->level[level];
  uint64_t key = pw_psc_key(psc, level, linear_address, pcid);
  place->set = pw_set_assoc_set(&at->assoc, pw_key_region_of(key));
  int way = pw_set_assoc_find(&at->assoc, place->set, key, key);
  place->way = way >= 0 ? (uint32_t)way : pw_set_assoc_choose(&at->assoc, place->set);
  uint64_t slot = pw_set_assoc_slot(&at->assoc, place->set, place->way);
  uint64_t old = at->assoc.keys[slot];
  at->entries[slot] = entry;
  pw_set_assoc_put(&at->assoc, place->set, place->way, key);
  return old == key ? 0 : old;
}

void pw_psc_drop_address(struct pw_psc *psc, uint64_t linear_address, unsigned pcid) {
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) {
    struct pw_psc_place place;
    if (!pw_psc_exists(psc, level) || !pw_psc_find(psc, level, linear_address, pcid, &place)) continue;
    pw_set_assoc_drop(&psc->level[level].assoc, place.set, place.way);
  }
}

void pw_psc_drop_matching(struct pw_psc *psc, struct pw_key_match match) {
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) {
    struct pw_set_assoc *assoc = &psc->level[level].assoc;
    for (uint32_t set = 0; set < assoc->sets; set++) {
      for (uint32_t way = 0; way < assoc->ways; way++) {
        if (pw_key_matches(match, assoc->keys[pw_set_assoc_slot(assoc, set, way)])) pw_set_assoc_drop(assoc, set, way);
      }
    }
  }
}
