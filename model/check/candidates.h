/*
 * candidates.h: everything that a device may hold in TLBs and paging-structure caches: what was read, had P = 1, A = 1
 * and no reserved bit at every level, and was not killed since. A set of chains: those that map a page are TLB
 * candidates, open ones are paging-structure-cache candidates.
 *
 * A device holds some of these and drops what it likes; the set holds all. It is bounded: when it is full the oldest is
 * forgotten, which pw_candidates_may_have_forgotten_page and _table tell, so that nothing legal is called illegal for
 * it.
 */
#ifndef PAGEWALK_CHECK_CANDIDATES_H
#define PAGEWALK_CHECK_CANDIDATES_H

#include "chain.h"
#include "registers.h"

#define PW_CANDIDATES 8192
#define PW_CANDIDATE_BUCKETS 4096
#define PW_CANDIDATE_GRAVES 1024
#define PW_CANDIDATE_FORGOTTEN_BITS 65536

struct pw_candidate {
  struct pw_candidate *next;          /* among those whose key falls together, or among the free */
  struct pw_candidate *next_of_table; /* open chains: among those whose table address falls together */
  struct pw_candidate *older, *newer;
  uint64_t key;   /* pw_chain_key */
  uint64_t kill;  /* number of the first kill that requires it gone; 0: none yet */
  uint64_t cycle; /* in which its last entry was read, or read again */
  struct pw_chain chain;
};

static inline struct pw_cached pw_candidate_cached(const struct pw_candidate *candidate) {
  return (struct pw_cached){candidate->key, candidate->chain.linear_address, candidate->chain.pcid};
}

struct pw_candidates {
  struct pw_candidate *oldest, *newest, *free;
  struct pw_candidate *by_key[PW_CANDIDATE_BUCKETS];   /* without PCID and G: by linear address and what is cached */
  struct pw_candidate *by_table[PW_CANDIDATE_BUCKETS]; /* open chains */
  uint64_t count;
  uint64_t forgotten; /* since the last reset */
  uint64_t graves;
  uint64_t forgotten_bits[PW_CANDIDATE_FORGOTTEN_BITS / 64];
  struct pw_candidate grave[PW_CANDIDATE_GRAVES]; /* killed for everybody, for explanations */
  struct pw_candidate pool[PW_CANDIDATES];
};

void pw_candidates_reset(struct pw_candidates *set);

/* Adds a chain that a device may cache from now on, killed already when its walk began before the kill. */
void pw_candidates_add(struct pw_candidates *set, const struct pw_chain *chain, uint64_t kill, uint64_t cycle);

/*
 * The next candidate after `last`, or the first after NULL: whose page covers the address, global or of the PCID; or
 * whose entry points to the table.
 */
struct pw_candidate *pw_candidates_next_page(struct pw_candidates *set, struct pw_candidate *last,
                                             uint64_t linear_address, unsigned pcid);
struct pw_candidate *pw_candidates_next_table(struct pw_candidates *set, struct pw_candidate *last,
                                              uint64_t table_address);

/* Marks what a kill requires gone. */
void pw_candidates_kill(struct pw_candidates *set, const struct pw_kill *kill);

/* The same after a page fault, as far as a chain has an entry that was read before the request that faulted came. */
void pw_candidates_kill_address(struct pw_candidates *set, const struct pw_kill *fault);

/* Buries what no request accepted at `oldest` or later may use. */
void pw_candidates_bury(struct pw_candidates *set, const struct pw_registers *registers, uint64_t oldest);

/* May a page of this address, or an entry that points to this table, have been forgotten? */
bool pw_candidates_may_have_forgotten_page(const struct pw_candidates *set, uint64_t linear_address);
bool pw_candidates_may_have_forgotten_table(const struct pw_candidates *set, uint64_t table_address);

#endif
