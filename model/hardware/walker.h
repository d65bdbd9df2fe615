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

struct pw_walker {
  struct pw_memory_port port;
  struct pw_memory_hierarchy *hierarchy; /* NULL: entry reads cost nothing */
  struct pw_psc psc;
  struct pw_walk_rules rules;
  uint64_t root_address;
  uint64_t pdpte[4]; /* the PDPTE registers of PAE paging */
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

/* How a walk ended. */
enum pw_walk_end { PW_WALK_DONE, PW_WALK_FAULT, PW_WALK_BUS_ERROR, PW_WALK_GAVE_UP };

struct pw_walk_result {
  enum pw_walk_end end;
  uint32_t error_code;       /* PW_WALK_FAULT */
  struct pw_tlb_entry entry; /* PW_WALK_DONE; its attributes also for a fault by rights */
};

/*
 * Walks, sets A and D, fills the paging-structure caches. Steps, cycles, attempts and fills go into *record, whose
 * counts the caller has zeroed.
 */
struct pw_walk_result pw_walk(struct pw_walker *walker, const struct pw_walk_request *request,
                              struct pw_translation *record);

/* The same answer, untimed, without changing anything: writes go into an overlay, nothing is filled. */
struct pw_walk_result pw_walk_probe(const struct pw_walker *walker, const struct pw_walk_request *request,
                                    struct pw_translation *record);

#endif
