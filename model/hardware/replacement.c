/* replacement.c: state and victim choice of the replacement policies. */
#include "replacement.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"

/* Points every node on the path to `way` away from it. Node 1 is the root; node n has children 2n and 2n+1. */
static struct pw_tree_touch tree_touch(uint32_t ways, uint32_t way) {
  struct pw_tree_touch touch = {.keep = ~UINT64_C(0)};
  uint32_t node = 1;
  for (uint32_t half = ways >> 1; half; half >>= 1) {
    uint32_t right = (way & half) != 0;
    touch.keep &= ~(UINT64_C(1) << node);
    if (!right) touch.point |= UINT64_C(1) << node;
    node = 2 * node + right;
  }
  return touch;
}

int pw_replacement_init(struct pw_replacement *replacement, struct pw_array_config config, uint64_t seed) {
  size_t slots = (size_t)config.sets * config.ways;
  *replacement = (struct pw_replacement){.policy = config.policy, .sets = config.sets, .ways = config.ways};
  replacement->random_at_reset = pw_xorshift32_start(seed);
  if (config.policy == PW_LRU || config.policy == PW_FIFO) {
    replacement->stamps = calloc(slots, sizeof *replacement->stamps);
    if (!replacement->stamps) return -PW_ENOMEM;
  }
  if (config.policy == PW_TREE_PLRU || config.policy == PW_BIT_PLRU) {
    replacement->bits = calloc(config.sets, sizeof *replacement->bits);
    if (!replacement->bits) return -PW_ENOMEM;
  }
  if (config.policy == PW_TREE_PLRU) {
    replacement->touch = calloc(config.ways, sizeof *replacement->touch);
    if (!replacement->touch) return -PW_ENOMEM;
    for (uint32_t way = 0; way < config.ways; way++) replacement->touch[way] = tree_touch(config.ways, way);
  }
  if (config.policy == PW_SRRIP) {
    uint32_t rest = config.ways % 8;
    replacement->rrpv_words = (config.ways + 7) / 8;
    replacement->rrpv_used[0] = ~UINT64_C(0);
    replacement->rrpv_used[1] = rest ? (UINT64_C(1) << (8 * rest)) - 1 : ~UINT64_C(0);
    replacement->rrpv = calloc((size_t)config.sets * replacement->rrpv_words, sizeof *replacement->rrpv);
    if (!replacement->rrpv) return -PW_ENOMEM;
  }
  pw_replacement_reset(replacement);
  return 0;
}

void pw_replacement_free(struct pw_replacement *replacement) {
  free(replacement->stamps);
  free(replacement->bits);
  free(replacement->touch);
  free(replacement->rrpv);
  *replacement = (struct pw_replacement){0};
}

void pw_replacement_reset(struct pw_replacement *replacement) {
  size_t slots = (size_t)replacement->sets * replacement->ways;
  replacement->clock = 0;
  replacement->random = replacement->random_at_reset;
  if (replacement->stamps) memset(replacement->stamps, 0, slots * sizeof *replacement->stamps);
  if (replacement->bits) memset(replacement->bits, 0, replacement->sets * sizeof *replacement->bits);
  if (replacement->rrpv) {
    memset(replacement->rrpv, PW_SRRIP_MAX, replacement->sets * replacement->rrpv_words * sizeof *replacement->rrpv);
  }
}

static uint32_t oldest_stamp(const struct pw_replacement *r, uint32_t set) {
  const uint64_t *stamps = r->stamps + (size_t)set * r->ways;
  uint32_t oldest = 0;
  for (uint32_t way = 1; way < r->ways; way++) {
    if (stamps[way] < stamps[oldest]) oldest = way;
  }
  return oldest;
}

static uint32_t tree_victim(const struct pw_replacement *r, uint32_t set) {
  uint32_t node = 1;
  while (node < r->ways) node = 2 * node + (uint32_t)(r->bits[set] >> node & 1);
  return node - r->ways;
}

/* Lowest way not marked used; bit_plru_touch never leaves all of them marked, unless there is only one. */
static uint32_t bit_victim(const struct pw_replacement *r, uint32_t set) {
  uint32_t way = 0;
  while (way + 1 < r->ways && (r->bits[set] >> way & 1)) way++;
  return way;
}

static uint32_t random_victim(struct pw_replacement *r) {
  return (uint32_t)((uint64_t)pw_xorshift32(&r->random) * r->ways >> 32);
}

/* The lowest way whose value is 3; when there is none, all age until there is one. Eight values are looked at at once.
 */
static uint32_t srrip_victim(struct pw_replacement *r, uint32_t set) {
  uint64_t *row = &r->rrpv[(size_t)set * r->rrpv_words];
  for (;;) {
    for (uint32_t word = 0; word < r->rrpv_words; word++) {
      uint64_t at_max = row[word] & row[word] >> 1 & PW_SRRIP_EACH & r->rrpv_used[word == r->rrpv_words - 1];
      if (at_max) return 8 * word + (uint32_t)__builtin_ctzll(at_max) / 8;
    }
    for (uint32_t word = 0; word < r->rrpv_words; word++) {
      row[word] += PW_SRRIP_EACH & r->rrpv_used[word == r->rrpv_words - 1];
    }
  }
}

uint32_t pw_replacement_victim(struct pw_replacement *replacement, uint32_t set) {
  switch (replacement->policy) {
    case PW_LRU:
    case PW_FIFO: return oldest_stamp(replacement, set);
    case PW_TREE_PLRU: return tree_victim(replacement, set);
    case PW_BIT_PLRU: return bit_victim(replacement, set);
    case PW_RANDOM: return random_victim(replacement);
    case PW_SRRIP: return srrip_victim(replacement, set);
    case PW_POLICIES: break;
  }
  return 0;
}
