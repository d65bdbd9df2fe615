/*
 * replacement.h: which way of a set makes room for a new entry.
 *
 * One table of policies (enum pw_policy) serves TLBs, paging-structure caches and data caches. The hit path is inline
 * and switches on the policy; there is no indirect call. Invalid ways are the caller's business (set_assoc.h): they
 * are filled first, lowest number first.
 */
#ifndef PAGEWALK_HARDWARE_REPLACEMENT_H
#define PAGEWALK_HARDWARE_REPLACEMENT_H

#include <pagewalk/config.h>
#include <stdint.h>

#define PW_SRRIP_MAX 3u  /* 2-bit re-reference prediction values: Jaleel et al., ISCA 2010 */
#define PW_SRRIP_LONG 2u /* inserted with a long re-reference interval */
#define PW_SRRIP_EACH UINT64_C(0x0101010101010101)

/* What touching a way does to the node bits of its set: bits = (bits & keep) | point. */
struct pw_tree_touch {
  uint64_t keep;
  uint64_t point;
};

struct pw_replacement {
  enum pw_policy policy;
  uint32_t sets;
  uint32_t ways;
  uint64_t clock;              /* LRU, FIFO: the last stamp given */
  uint64_t *stamps;            /* LRU: last use, FIFO: fill; sets x ways */
  uint64_t *bits;              /* tree-PLRU: node bits from the root as bit 1, bit-PLRU: used bits; one word per set */
  struct pw_tree_touch *touch; /* tree-PLRU: by way */
  uint64_t *rrpv;              /* SRRIP: a byte per way, way 0 lowest; sets x rrpv_words */
  uint32_t rrpv_words;
  uint64_t rrpv_used[2]; /* bytes that are ways: of a word, and of the last word of a set */
  uint32_t random;       /* random: xorshift32 state */
  uint32_t random_at_reset;
};

/* Returns 0 or -PW_ENOMEM. The array is valid: ways 1..64, a power of two for tree-PLRU. */
int pw_replacement_init(struct pw_replacement *replacement, struct pw_array_config config, uint64_t seed);
void pw_replacement_free(struct pw_replacement *replacement);
void pw_replacement_reset(struct pw_replacement *replacement);

/* Way to evict from a full set. Random advances its generator, SRRIP ages the set. */
uint32_t pw_replacement_victim(struct pw_replacement *replacement, uint32_t set);

/* Marks a way used; when that would mark all, the others are forgotten. */
static inline uint64_t pw_bit_plru_touch(uint64_t bits, uint32_t ways, uint32_t way) {
  uint64_t all = ways == 64 ? ~UINT64_C(0) : (UINT64_C(1) << ways) - 1;
  bits |= UINT64_C(1) << way;
  return bits == all ? UINT64_C(1) << way : bits;
}

static inline void pw_srrip_set(struct pw_replacement *r, uint32_t set, uint32_t way, uint64_t value) {
  uint64_t *word = &r->rrpv[(uint64_t)set * r->rrpv_words + way / 8];
  unsigned shift = way % 8 * 8;
  *word = (*word & ~(UINT64_C(0xff) << shift)) | value << shift;
}

/* A way was hit. */
static inline void pw_replacement_hit(struct pw_replacement *r, uint32_t set, uint32_t way) {
  switch (r->policy) {
    case PW_LRU: r->stamps[(uint64_t)set * r->ways + way] = ++r->clock; break;
    case PW_TREE_PLRU: r->bits[set] = (r->bits[set] & r->touch[way].keep) | r->touch[way].point; break;
    case PW_BIT_PLRU: r->bits[set] = pw_bit_plru_touch(r->bits[set], r->ways, way); break;
    case PW_SRRIP: pw_srrip_set(r, set, way, 0); break;
    case PW_FIFO:
    case PW_RANDOM:
    case PW_POLICIES: break;
  }
}

/* A way was filled. */
static inline void pw_replacement_fill(struct pw_replacement *r, uint32_t set, uint32_t way) {
  uint64_t slot = (uint64_t)set * r->ways + way;
  switch (r->policy) {
    case PW_FIFO: r->stamps[slot] = ++r->clock; break;
    case PW_SRRIP: pw_srrip_set(r, set, way, PW_SRRIP_LONG); break;
    default: pw_replacement_hit(r, set, way); break;
  }
}

#endif
