/* set_assoc.c: life and way choice of a set-associative array. */
#include "set_assoc.h"

#include <stdlib.h>
#include <string.h>

int pw_set_assoc_init(struct pw_set_assoc *assoc, struct pw_array_config config, unsigned index_shift, uint64_t seed) {
  bool power_of_two = (config.sets & (config.sets - 1)) == 0;
  *assoc = (struct pw_set_assoc){.sets = config.sets, .ways = config.ways};
  assoc->set_mask = power_of_two ? config.sets - 1 : 0;
  assoc->tag_shift = index_shift + (power_of_two ? (uint32_t)__builtin_ctz(config.sets) : 0);
  assoc->tag_stride = (config.ways + PW_TAG_GROUP - 1) / PW_TAG_GROUP * PW_TAG_GROUP;
  assoc->tags = calloc((size_t)config.sets * assoc->tag_stride, sizeof *assoc->tags);
  assoc->keys = calloc((size_t)config.sets * config.ways, sizeof *assoc->keys);
  assoc->used = calloc(config.sets, sizeof *assoc->used);
  if (!assoc->tags || !assoc->keys || !assoc->used) return -PW_ENOMEM;
  return pw_replacement_init(&assoc->replacement, config, seed);
}

void pw_set_assoc_free(struct pw_set_assoc *assoc) {
  free(assoc->tags);
  free(assoc->keys);
  free(assoc->used);
  pw_replacement_free(&assoc->replacement);
  *assoc = (struct pw_set_assoc){0};
}

void pw_set_assoc_reset(struct pw_set_assoc *assoc) {
  memset(assoc->keys, 0, (size_t)assoc->sets * assoc->ways * sizeof *assoc->keys);
  memset(assoc->used, 0, assoc->sets * sizeof *assoc->used);
  pw_replacement_reset(&assoc->replacement);
}

uint32_t pw_set_assoc_choose(struct pw_set_assoc *assoc, uint32_t set) {
  const uint64_t *keys = assoc->keys + (uint64_t)set * assoc->ways;
  if (assoc->used[set] == assoc->ways) return pw_replacement_victim(&assoc->replacement, set);
  uint32_t way = 0;
  while (keys[way]) way++;
  return way;
}
