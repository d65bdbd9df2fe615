/*
 * tlb.h: one translation lookaside buffer: a few set-associative arrays, each holding pages of given sizes.
 *
 * Entries are tagged with PCID or marked global (key.h). A page of a size that no array of the unit lists is simply
 * not held here.
 */
#ifndef PAGEWALK_HARDWARE_TLB_H
#define PAGEWALK_HARDWARE_TLB_H

#include <pagewalk/config.h>

#include "key.h"
#include "set_assoc.h"

/* A translation as a TLB holds it. */
struct pw_tlb_entry {
  uint64_t page_address; /* physical address of the first byte of the page */
  uint32_t attributes;   /* enum pw_attribute, page size included */
  uint32_t reserved;
};

struct pw_tlb_array {
  struct pw_set_assoc assoc;
  struct pw_tlb_entry *entries; /* by slot */
  uint32_t page_count;
  uint8_t page_shifts[PW_MAX_PAGE_SIZES];
  uint64_t bare_keys[PW_MAX_PAGE_SIZES]; /* by size: a key without PCID and region */
  uint64_t valid[PW_MAX_PAGE_SIZES]; /* entries held of each size: a size with none is not searched (host shortcut) */
};

struct pw_tlb {
  uint32_t array_count;
  uint32_t hit_cycles;
  enum pw_inclusion inclusion;
  struct pw_tlb_array arrays[PW_MAX_TLB_ARRAYS];
};

/* Where an entry sits. */
struct pw_tlb_place {
  uint32_t array;
  uint32_t set;
  uint32_t way;
};

/* An entry on its way into or out of a TLB. key = 0: none. */
struct pw_tlb_item {
  uint64_t key;
  struct pw_tlb_entry entry;
};

/* Returns 0 or -PW_ENOMEM; after an error pw_tlb_free is still allowed. */
int pw_tlb_init(struct pw_tlb *tlb, const struct pw_tlb_config *config, uint64_t seed);
void pw_tlb_free(struct pw_tlb *tlb);
void pw_tlb_reset(struct pw_tlb *tlb);

/* Key of the item's page in its own PCID or as a global page. */
struct pw_tlb_item pw_tlb_item_make(uint64_t linear_address, unsigned pcid, struct pw_tlb_entry entry);

static inline struct pw_tlb_entry *pw_tlb_entry_at(const struct pw_tlb *tlb, struct pw_tlb_place place) {
  const struct pw_tlb_array *array = &tlb->arrays[place.array];
  return &array->entries[pw_set_assoc_slot(&array->assoc, place.set, place.way)];
}

/* Looks the address up array by array, and in each by page size, small pages first; the first match answers. */
static inline bool pw_tlb_find(const struct pw_tlb *tlb, uint64_t linear_address, unsigned pcid,
                               struct pw_tlb_place *place) {
  for (uint32_t a = 0; a < tlb->array_count; a++) {
    const struct pw_tlb_array *array = &tlb->arrays[a];
    for (uint32_t p = 0; p < array->page_count; p++) {
      if (!array->valid[p]) continue;
      uint64_t region = pw_key_region(linear_address, array->page_shifts[p]);
      uint64_t bare = array->bare_keys[p] | region << PW_KEY_REGION_SHIFT;
      uint64_t key = bare | (uint64_t)pcid << PW_KEY_PCID_SHIFT;
      uint64_t global = bare | PW_KEY_GLOBAL;
      uint32_t set = pw_set_assoc_set(&array->assoc, region);
      int way = pw_set_assoc_find(&array->assoc, set, key, global);
      if (way < 0) continue;
      *place = (struct pw_tlb_place){a, set, (uint32_t)way};
      return true;
    }
  }
  return false;
}

static inline void pw_tlb_touch(struct pw_tlb *tlb, struct pw_tlb_place place) {
  pw_set_assoc_hit(&tlb->arrays[place.array].assoc, place.set, place.way);
}

/*
 * Puts an item in: over its own key when it is there, else into an empty way, else over a victim, which *victim
 * receives (key 0 otherwise). Returns false when no array holds pages of this size; then nothing is written.
 */
bool pw_tlb_insert(struct pw_tlb *tlb, const struct pw_tlb_item *item, struct pw_tlb_place *place,
                   struct pw_tlb_item *victim);

/* Does an array of this unit hold pages of the key's size? */
bool pw_tlb_accepts(const struct pw_tlb *tlb, uint64_t key);

/* Overwrites the entry of an item's key where it is held, without touching replacement state. */
void pw_tlb_update(struct pw_tlb *tlb, struct pw_tlb_item item);

/* Drops the entry with exactly this key, if held. */
void pw_tlb_drop_key(struct pw_tlb *tlb, uint64_t key);

/* Drops the page of an address, of every size, in this PCID; global ones for it too when globals is true. */
void pw_tlb_drop_page(struct pw_tlb *tlb, uint64_t linear_address, unsigned pcid, bool globals);

/* Drops every entry that matches. */
void pw_tlb_drop_matching(struct pw_tlb *tlb, struct pw_key_match match);

#endif
