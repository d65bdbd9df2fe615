/* forgotten.c: two bit sets, of before and since the latest invalidation of everything. */
#include "forgotten.h"

#include <string.h>

static void clear(struct pw_forgotten_part *part) {
  if (part->any) memset(part, 0, sizeof *part);
}

void pw_forgotten_reset(struct pw_forgotten *forgotten) {
  forgotten->flushed = forgotten->flushed_cycle = 0;
  clear(&forgotten->before);
  clear(&forgotten->since);
}

void pw_forgotten_add(struct pw_forgotten *forgotten, uint64_t hash) {
  uint64_t bit = hash % PW_FORGOTTEN_BITS;
  forgotten->since.any = true;
  forgotten->since.bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

void pw_forgotten_add_anything(struct pw_forgotten *forgotten) {
  forgotten->since.any = forgotten->since.anything = true;
}

static void merge(struct pw_forgotten_part *into, const struct pw_forgotten_part *from) {
  if (!from->any) return;
  into->any = true;
  into->anything |= from->anything;
  for (unsigned i = 0; i < PW_FORGOTTEN_BITS / 64; i++) into->bits[i] |= from->bits[i];
}

void pw_forgotten_flush(struct pw_forgotten *forgotten, uint64_t oldest) {
  if (oldest >= forgotten->flushed) clear(&forgotten->before);
  merge(&forgotten->before, &forgotten->since);
  clear(&forgotten->since);
  forgotten->flushed = UINT64_MAX;
}

void pw_forgotten_flushed(struct pw_forgotten *forgotten, uint64_t event, uint64_t cycle) {
  if (forgotten->flushed != UINT64_MAX) return;
  forgotten->flushed = event;
  forgotten->flushed_cycle = cycle;
}

static bool part_has(const struct pw_forgotten_part *part, uint64_t hash) {
  uint64_t bit = hash % PW_FORGOTTEN_BITS;
  return part->any && (part->anything || (part->bits[bit / 64] >> bit % 64 & 1));
}

bool pw_forgotten_has(const struct pw_forgotten *forgotten, uint64_t hash, uint64_t accepted) {
  return part_has(&forgotten->since, hash) || (accepted < forgotten->flushed && part_has(&forgotten->before, hash));
}

bool pw_forgotten_has_anything(const struct pw_forgotten *forgotten, uint64_t accepted) {
  return forgotten->since.anything || (accepted < forgotten->flushed && forgotten->before.anything);
}
