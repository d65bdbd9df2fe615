/*
 * set_assoc.h: a set-associative array of 64-bit keys: the tag store of TLBs, paging-structure caches and caches.
 *
 * A key of 0 is an empty way. What belongs to a key (a translation, a dirty bit) the owner keeps in an array of its
 * own, indexed by the slot that this file hands out.
 *
 * A look-up compares 16 bits of the keys of eight ways at once and then the whole key of what matched: a host
 * shortcut that has no modelled counterpart.
 */
#ifndef PAGEWALK_HARDWARE_SET_ASSOC_H
#define PAGEWALK_HARDWARE_SET_ASSOC_H

#include <stdbool.h>

#include "replacement.h"
#include "tag_match.h"

struct pw_set_assoc {
  uint32_t sets;
  uint32_t ways;
  uint64_t set_mask;   /* sets - 1 when sets is a power of two, else 0 */
  uint32_t tag_shift;  /* of the bits of a key that are its tag */
  uint32_t tag_stride; /* tags kept per set: ways rounded up to whole groups */
  uint16_t *tags;      /* sets x tag_stride */
  uint64_t *keys;      /* sets x ways */
  uint8_t *used;       /* by set: ways that are not empty, so that a full set is not searched for one */
  struct pw_replacement replacement;
};

/*
 * A key is index << index_shift with anything in the bits below, of which bit 0 is set; keys that a look-up gives as
 * twins have the same index. Returns 0 or -PW_ENOMEM; after an error pw_set_assoc_free is still allowed.
 */
int pw_set_assoc_init(struct pw_set_assoc *assoc, struct pw_array_config config, unsigned index_shift, uint64_t seed);
void pw_set_assoc_free(struct pw_set_assoc *assoc);
void pw_set_assoc_reset(struct pw_set_assoc *assoc);

/* Way that a new key of this set takes: the lowest empty one, else the victim of the policy. */
uint32_t pw_set_assoc_choose(struct pw_set_assoc *assoc, uint32_t set);

/* Set of an index; its number of sets is a power of two in nearly every machine. */
static inline uint32_t pw_set_assoc_set(const struct pw_set_assoc *assoc, uint64_t index) {
  if (assoc->set_mask || assoc->sets == 1) return (uint32_t)(index & assoc->set_mask);
  return (uint32_t)(index % assoc->sets);
}

static inline uint64_t pw_set_assoc_slot(const struct pw_set_assoc *assoc, uint32_t set, uint32_t way) {
  return (uint64_t)set * assoc->ways + way;
}

static inline uint16_t *pw_set_assoc_tag(const struct pw_set_assoc *assoc, uint32_t set, uint32_t way) {
  return &assoc->tags[(uint64_t)set * assoc->tag_stride + way];
}

/* Way of the set that holds key or twin (give key twice when there is only one), or -1; the lowest of several. */
static inline int pw_set_assoc_find(const struct pw_set_assoc *assoc, uint32_t set, uint64_t key, uint64_t twin) {
  const uint64_t *keys = assoc->keys + (uint64_t)set * assoc->ways;
  const uint16_t *tags = pw_set_assoc_tag(assoc, set, 0);
  uint16_t wanted = (uint16_t)(key >> assoc->tag_shift);
  for (uint32_t group = 0; group < assoc->tag_stride; group += PW_TAG_GROUP) {
    for (uint32_t matches = pw_tag_match(tags + group, wanted); matches; matches &= matches - 1) {
      uint32_t way = group + (uint32_t)__builtin_ctz(matches);
      if (way < assoc->ways && (keys[way] == key || keys[way] == twin)) return (int)way;
    }
  }
  return -1;
}

static inline void pw_set_assoc_hit(struct pw_set_assoc *assoc, uint32_t set, uint32_t way) {
  pw_replacement_hit(&assoc->replacement, set, way);
}

static inline void pw_set_assoc_put(struct pw_set_assoc *assoc, uint32_t set, uint32_t way, uint64_t key) {
  uint64_t *at = &assoc->keys[pw_set_assoc_slot(assoc, set, way)];
  assoc->used[set] = (uint8_t)(assoc->used[set] + !*at);
  *at = key;
  *pw_set_assoc_tag(assoc, set, way) = (uint16_t)(key >> assoc->tag_shift);
  pw_replacement_fill(&assoc->replacement, set, way);
}

/* Empties a way that holds a key; the policy is not told. */
static inline void pw_set_assoc_drop(struct pw_set_assoc *assoc, uint32_t set, uint32_t way) {
  assoc->keys[pw_set_assoc_slot(assoc, set, way)] = 0;
  assoc->used[set]--;
}

#endif
