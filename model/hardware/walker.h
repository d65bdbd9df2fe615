/*
 * walker.h: the hardware page-table walker: one loop for every paging mode.
 *
 * The walker reaches memory only through a port, is timed by the memory hierarchy, starts where the
 * paging-structure caches let it, and writes every entry it reads into the translation record.
 */
#ifndef PAGEWALK_HARDWARE_WALKER_H
#define PAGEWALK_HARDWARE_WALKER_H

#include <pagewalk/memory.h>

#include "paging_format.h"
#include "paging_structure_cache.h"
#include "permission.h"
#include "tlb.h"
#include "walk_memory.h"

struct pw_walker {
  struct pw_memory_port port;
  struct pw_memory_hierarchy *hierarchy; /* NULL: entry reads cost nothing */
  struct pw_psc psc;
  struct pw_walk_rules rules;
  uint64_t root_address;
  uint32_t root_cache_control; /* PWT in bit 0, PCD in bit 1: for references to the top table */
  uint64_t pdpte[4];           /* the PDPTE registers of PAE paging */
  enum pw_accessed_on_fault accessed_on_fault;
  uint32_t start_cycles;
  uint32_t step_cycles;
  uint32_t psc_lookup_cycles;
  bool global_pages; /* CR4.PGE */
};

struct pw_walk_request {
  uint64_t linear_address;
  unsigned pcid;
  const struct pw_permission *permission;
  bool set_dirty; /* the access is a write that is not a prefetch */
};

/* How a walk, or an attempt of one, ended. */
enum pw_walk_end {
  PW_WALK_DONE,
  PW_WALK_FAULT,
  PW_WALK_BUS_ERROR,
  PW_WALK_RESTART, /* an attempt: memory no longer held what was read */
  PW_WALK_GAVE_UP
};

struct pw_walk_result {
  enum pw_walk_end end;
  uint32_t error_code;       /* PW_WALK_FAULT */
  struct pw_tlb_entry entry; /* PW_WALK_DONE; its attributes also for a fault by rights */
};

/*
 * One walk under way. Steps, cycles and attempts go into the record. All pointers stay those of the MMU, so that what
 * they point to may be exchanged between the parts of a walk (context of an older request).
 */
struct pw_walk {
  const struct pw_walker *walker;
  struct pw_psc *psc; /* NULL for a probe: nothing is touched or filled */
  struct pw_translation *record;
  struct pw_walk_request request;
  struct pw_walk_memory memory;
  unsigned level;                               /* of the entry to read next; after the descent, of the leaf */
  uint64_t table_address;                       /* of the table that holds it */
  uint32_t attributes;                          /* rights combined so far */
  uint32_t cache_control;                       /* with which it is read */
  uint64_t entry;                               /* last entry read */
  struct pw_psc_entry below[PW_MAX_LEVELS + 1]; /* by level: what the table entries of this attempt decided */
  unsigned first_step;                          /* of this attempt in the record */
  struct pw_psc_place started_at;               /* when the record has a psc_level: where that entry was found */
  bool from_root; /* no paging-structure cache is asked: those are of other registers now */
  struct pw_walk_result result;
};

/* ---- a walk in its parts. Counts of the record are zero before the first ---- */

/* psc = NULL for a probe. */
void pw_walk_begin(struct pw_walk *walk, const struct pw_walker *walker, struct pw_psc *psc,
                   const struct pw_walk_request *request, struct pw_translation *record);

/*
 * Starts an attempt: looks the paging-structure caches up and touches what was found. Attempts may go on for ever; when
 * the record has no room for another, its list of steps starts over.
 */
void pw_walk_start_attempt(struct pw_walk *walk);

/* The rest of the attempt: reads, checks, sets A and D, in walk->memory. Returns walk->result.end. */
enum pw_walk_end pw_walk_finish_attempt(struct pw_walk *walk);

/* The paging-structure caches take the entries of the last attempt, which was done. */
void pw_walk_fill_caches(struct pw_walk *walk);

/* ---- a walk at once, but for filling caches ---- */

/* Attempt after attempt, PW_MAX_ATTEMPTS at most. Returns walk->result.end. */
enum pw_walk_end pw_walk_run(struct pw_walk *walk);

/* The same answer, untimed, without changing anything: writes go into an overlay. */
enum pw_walk_end pw_walk_run_probe(struct pw_walk *walk);

#endif
