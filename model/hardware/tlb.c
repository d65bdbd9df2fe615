/* tlb.c: filling and invalidating one translation lookaside buffer. */
#include "tlb.h"

#include <stdlib.h>
#include <string.h>

#include "seed_streams.h"

static int array_init(struct pw_tlb_array *array, const struct pw_tlb_array_config *config, uint64_t seed) {
  array->page_count = config->page_count;
  memcpy(array->page_shifts, config->page_shifts, sizeof array->page_shifts);
  for (uint32_t p = 0; p < array->page_count; p++) {
    array->bare_keys[p] = pw_key_make(pw_key_class_of_page(array->page_shifts[p]), 0, 0);
  }
  array->entries = calloc((size_t)config->array.sets * config->array.ways, sizeof *array->entries);
  if (!array->entries) return -PW_ENOMEM;
  return pw_set_assoc_init(&array->assoc, config->array, PW_KEY_REGION_SHIFT, seed);
}

int pw_tlb_init(struct pw_tlb *tlb, const struct pw_tlb_config *config, uint64_t seed) {
  *tlb = (struct pw_tlb){
      .array_count = config->array_count, .hit_cycles = config->hit_cycles, .inclusion = config->inclusion};
  for (uint32_t a = 0; a < config->array_count; a++) {
    int status = array_init(&tlb->arrays[a], &config->arrays[a], pw_tlb_array_seed(seed, a));
    if (status) return status;
  }
  return 0;
}

void pw_tlb_free(struct pw_tlb *tlb) {
  for (uint32_t a = 0; a < tlb->array_count; a++) {
    free(tlb->arrays[a].entries);
    pw_set_assoc_free(&tlb->arrays[a].assoc);
  }
  *tlb = (struct pw_tlb){0};
}

void pw_tlb_reset(struct pw_tlb *tlb) {
  for (uint32_t a = 0; a < tlb->array_count; a++) {
    pw_set_assoc_reset(&tlb->arrays[a].assoc);
    memset(tlb->arrays[a].valid, 0, sizeof tlb->arrays[a].valid);
  }
}

static unsigned entry_page_shift(struct pw_tlb_entry entry) {
  return (entry.attributes & PW_ATTR_PAGE_SHIFT_MASK) >> PW_ATTR_PAGE_SHIFT_SHIFT;
}

struct pw_tlb_item pw_tlb_item_make(uint64_t linear_address, unsigned pcid, struct pw_tlb_entry entry) {
  unsigned page_shift = entry_page_shift(entry);
  uint64_t owner = entry.attributes & PW_ATTR_GLOBAL ? PW_KEY_GLOBAL_PCID : pcid;
  uint64_t region = pw_key_region(linear_address, page_shift);
  return (struct pw_tlb_item){pw_key_make(pw_key_class_of_page(page_shift), owner, region), entry};
}

/* Position of a key's page size in an array, or -1. */
static int size_position(const struct pw_tlb_array *array, unsigned key_class) {
  for (uint32_t p = 0; p < array->page_count; p++) {
    if (pw_key_class_of_page(array->page_shifts[p]) == key_class) return (int)p;
  }
  return -1;
}

/* The array that holds pages of the key's size, and the key's set in it; false when there is none. */
static bool home_of(const struct pw_tlb *tlb, uint64_t key, struct pw_tlb_place *place, int *size) {
  for (uint32_t a = 0; a < tlb->array_count; a++) {
    *size = size_position(&tlb->arrays[a], pw_key_class(key));
    if (*size < 0) continue;
    *place = (struct pw_tlb_place){a, pw_set_assoc_set(&tlb->arrays[a].assoc, pw_key_region_of(key)), 0};
    return true;
  }
  return false;
}

bool pw_tlb_accepts(const struct pw_tlb *tlb, uint64_t key) {
  struct pw_tlb_place place;
  int size;
  return home_of(tlb, key, &place, &size);
}

static void drop_way(struct pw_tlb_array *array, uint32_t set, uint32_t way) {
  int size = size_position(array, pw_key_class(array->assoc.keys[pw_set_assoc_slot(&array->assoc, set, way)]));
  array->valid[size]--;
  pw_set_assoc_drop(&array->assoc, set, way);
}

bool pw_tlb_insert(struct pw_tlb *tlb, const struct pw_tlb_item *item, struct pw_tlb_place *place,
                   struct pw_tlb_item *victim) {
  int size;
  *victim = (struct pw_tlb_item){0};
  if (!home_of(tlb, item->key, place, &size)) return false;
  struct pw_tlb_array *array = &tlb->arrays[place->array];
  int way = pw_set_assoc_find(&array->assoc, place->set, item->key, item->key);
  place->way = way >= 0 ? (uint32_t)way : pw_set_assoc_choose(&array->assoc, place->set);
  uint64_t slot = pw_set_assoc_slot(&array->assoc, place->set, place->way);
  uint64_t old = array->assoc.keys[slot];
  if (old && old != item->key) *victim = (struct pw_tlb_item){old, array->entries[slot]};
  if (old) drop_way(array, place->set, place->way);
  array->valid[size]++;
  array->entries[slot] = item->entry;
  pw_set_assoc_put(&array->assoc, place->set, place->way, item->key);
  return true;
}

/* Where exactly this key is; false when it is not held. */
static bool place_of_key(const struct pw_tlb *tlb, uint64_t key, struct pw_tlb_place *place) {
  int size;
  if (!home_of(tlb, key, place, &size)) return false;
  int way = pw_set_assoc_find(&tlb->arrays[place->array].assoc, place->set, key, key);
  place->way = (uint32_t)way;
  return way >= 0;
}

void pw_tlb_update(struct pw_tlb *tlb, struct pw_tlb_item item) {
  struct pw_tlb_place place;
  if (place_of_key(tlb, item.key, &place)) *pw_tlb_entry_at(tlb, place) = item.entry;
}

void pw_tlb_drop_key(struct pw_tlb *tlb, uint64_t key) {
  struct pw_tlb_place place;
  if (place_of_key(tlb, key, &place)) drop_way(&tlb->arrays[place.array], place.set, place.way);
}

void pw_tlb_drop_page(struct pw_tlb *tlb, uint64_t linear_address, unsigned pcid, bool globals) {
  for (uint32_t a = 0; a < tlb->array_count; a++) {
    for (uint32_t p = 0; p < tlb->arrays[a].page_count; p++) {
      unsigned page_shift = tlb->arrays[a].page_shifts[p];
      uint64_t region = pw_key_region(linear_address, page_shift);
      unsigned key_class = pw_key_class_of_page(page_shift);
      pw_tlb_drop_key(tlb, pw_key_make(key_class, pcid, region));
      if (globals) pw_tlb_drop_key(tlb, pw_key_make(key_class, PW_KEY_GLOBAL_PCID, region));
    }
  }
}

void pw_tlb_drop_matching(struct pw_tlb *tlb, struct pw_key_match match) {
  for (uint32_t a = 0; a < tlb->array_count; a++) {
    struct pw_tlb_array *array = &tlb->arrays[a];
    for (uint32_t set = 0; set < array->assoc.sets; set++) {
      for (uint32_t way = 0; way < array->assoc.ways; way++) {
        uint64_t key = array->assoc.keys[pw_set_assoc_slot(&array->assoc, set, way)];
        if (pw_key_matches(match, key)) drop_way(array, set, way);
      }
    }
  }
}
