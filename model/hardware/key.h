/*
 * key.h: the 64-bit key of a TLB or paging-structure-cache entry.
 *
 *   63..62  61......17  16..4  3......1  0
 *      0    region      PCID   class     1 (valid)
 *
 * The region is the linear address (57 bits of it) over the size that the entry covers. PCID has a thirteenth bit:
 * it alone set means "global", so that a look-up of a page is two compares and an invalidation is one mask.
 */
#ifndef PAGEWALK_HARDWARE_KEY_H
#define PAGEWALK_HARDWARE_KEY_H

#include <stdbool.h>
#include <stdint.h>

enum pw_key_class { PW_KEY_4K, PW_KEY_2M, PW_KEY_4M, PW_KEY_1G, PW_KEY_PSC /* + level - 2 */, PW_KEY_CLASSES = 8 };

#define PW_KEY_VALID UINT64_C(1)
#define PW_KEY_CLASS_SHIFT 1
#define PW_KEY_PCID_SHIFT 4
#define PW_KEY_REGION_SHIFT 17
#define PW_KEY_GLOBAL_PCID UINT64_C(0x1000)
#define PW_KEY_GLOBAL (PW_KEY_GLOBAL_PCID << PW_KEY_PCID_SHIFT)
#define PW_KEY_PCID_FIELD (UINT64_C(0x1fff) << PW_KEY_PCID_SHIFT)
#define PW_KEY_LINEAR_MASK ((UINT64_C(1) << 57) - 1)

static inline unsigned pw_key_class_of_page(unsigned page_shift) {
  switch (page_shift) {
    case 12: return PW_KEY_4K;
    case 21: return PW_KEY_2M;
    case 22: return PW_KEY_4M;
    default: return PW_KEY_1G;
  }
}

static inline uint64_t pw_key_region(uint64_t linear_address, unsigned shift) {
  return (linear_address & PW_KEY_LINEAR_MASK) >> shift;
}

static inline uint64_t pw_key_make(unsigned key_class, uint64_t pcid, uint64_t region) {
  return PW_KEY_VALID | (uint64_t)key_class << PW_KEY_CLASS_SHIFT | pcid << PW_KEY_PCID_SHIFT |
         region << PW_KEY_REGION_SHIFT;
}

static inline unsigned pw_key_class(uint64_t key) { return (unsigned)(key >> PW_KEY_CLASS_SHIFT) & 7; }
static inline uint64_t pw_key_region_of(uint64_t key) { return key >> PW_KEY_REGION_SHIFT; }
static inline bool pw_key_is_global(uint64_t key) { return (key & PW_KEY_GLOBAL) != 0; }

/* Selects keys for an invalidation: those with (key & mask) == value. An empty key never matches. */
struct pw_key_match {
  uint64_t mask;
  uint64_t value;
};

static inline struct pw_key_match pw_match_all(void) { return (struct pw_key_match){PW_KEY_VALID, PW_KEY_VALID}; }
static inline struct pw_key_match pw_match_all_but_globals(void) {
  return (struct pw_key_match){PW_KEY_VALID | PW_KEY_GLOBAL, PW_KEY_VALID};
}
static inline struct pw_key_match pw_match_globals(void) {
  return (struct pw_key_match){PW_KEY_VALID | PW_KEY_GLOBAL, PW_KEY_VALID | PW_KEY_GLOBAL};
}
/* Every entry of one PCID; global entries carry no PCID and stay. */
static inline struct pw_key_match pw_match_pcid(uint64_t pcid) {
  return (struct pw_key_match){PW_KEY_VALID | PW_KEY_PCID_FIELD, PW_KEY_VALID | pcid << PW_KEY_PCID_SHIFT};
}

static inline bool pw_key_matches(struct pw_key_match match, uint64_t key) { return (key & match.mask) == match.value; }

#endif
