/* set_assoc.c: life and way choice of a set-associative array. */
#include "set_assoc.h"

#include <stdlib.h>
#include <string.h>

int pw_set_assoc_init(struct pw_set_assoc *assoc, struct pw_array_config config, uint64_t seed) {
  bool power_of_two = (config.sets & (config.sets - 1)) == 0;
  *assoc = (struct pw_set_assoc){.sets = config.sets, .ways = config.ways};
  assoc->set_mask = power_of_two ? config.sets - 1 : 0;
  assoc->keys = calloc((size_t)config.sets * config.ways, sizeof *assoc->keys);
  if (!assoc->keys) return -PW_ENOMEM;
  return pw_replacement_init(&assoc->replacement, config, seed);
}

void pw_set_assoc_free(struct pw_set_assoc *assoc) {
  free(assoc->keys);
  pw_replacement_free(&assoc->replacement);
  *assoc = (struct pw_set_assoc){0};
}

void pw_set_assoc_reset(struct pw_set_assoc *assoc) {
  memset(assoc->keys, 0, (size_t)assoc->sets * assoc->ways * sizeof *assoc->keys);
  pw_replacement_reset(&assoc->replacement);
}

uint32_t pw_set_assoc_choose(struct pw_set_assoc *assoc, uint32_t set) {
  int empty = pw_set_assoc_find(assoc, set, 0, 0);
  return empty >= 0 ? (uint32_t)empty : pw_replacement_victim(&assoc->replacement, set);
}
