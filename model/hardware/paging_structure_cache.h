/*
 * paging_structure_cache.h: caches of entries that point to tables, one per level (SDM volume 3A, "Caches for Paging
 * Structures"): with a PDE found here, one entry read remains.
 */
#ifndef PAGEWALK_HARDWARE_PAGING_STRUCTURE_CACHE_H
#define PAGEWALK_HARDWARE_PAGING_STRUCTURE_CACHE_H

#include <pagewalk/config.h>

#include "key.h"
#include "set_assoc.h"

/* What an entry and the ones above it decided. */
struct pw_psc_entry {
  uint64_t table_address; /* physical address of the table that the entry points to */
  uint32_t attributes;    /* PW_ATTR_WRITE, USER, EXECUTE, combined over the levels down to this one */
  uint32_t cache_control; /* PWT in bit 0, PCD in bit 1: of this entry, for references to the table */
};

struct pw_psc_level {
  struct pw_set_assoc assoc; /* sets = 0: this level has no cache */
  struct pw_psc_entry *entries;
  unsigned shift; /* log2 of the bytes that an entry of this level covers, in the current paging mode */
};

struct pw_psc {
  struct pw_psc_level level[PW_MAX_LEVELS + 1]; /* by level of the entries, 2..5 */
};

struct pw_psc_place {
  uint32_t set;
  uint32_t way;
};

/* Returns 0 or -PW_ENOMEM; after an error pw_psc_free is still allowed. */
int pw_psc_init(struct pw_psc *psc, const struct pw_config *config);
void pw_psc_free(struct pw_psc *psc);
void pw_psc_reset(struct pw_psc *psc);

static inline bool pw_psc_exists(const struct pw_psc *psc, unsigned level) { return psc->level[level].assoc.sets > 0; }

static inline uint64_t pw_psc_key(const struct pw_psc *psc, unsigned level, uint64_t linear_address, unsigned pcid) {
  return pw_key_make(PW_KEY_PSC + level - 2, pcid, pw_key_region(linear_address, psc->level[level].shift));
}

/* The entry of this level for the address, or NULL. Changes nothing; *place receives where it is. */
const struct pw_psc_entry *pw_psc_find(const struct pw_psc *psc, unsigned level, uint64_t linear_address, unsigned pcid,
                                       struct pw_psc_place *place);

void pw_psc_touch(struct pw_psc *psc, unsigned level, struct pw_psc_place place);

/* Puts an entry in and returns the key that it evicted, 0 if none. The level must have a cache. */
uint64_t pw_psc_insert(struct pw_psc *psc, unsigned level, uint64_t linear_address, unsigned pcid,
                       struct pw_psc_entry entry, struct pw_psc_place *place);

/* Drops the entries of every level that a walk of this address in this PCID would use. */
void pw_psc_drop_address(struct pw_psc *psc, uint64_t linear_address, unsigned pcid);
void pw_psc_drop_matching(struct pw_psc *psc, struct pw_key_match match);

#endif
