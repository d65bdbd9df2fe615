/* coverage_groups.h: the groups of functional coverage as one table, and the values of their dimensions by name. */
#ifndef PAGEWALK_CHECK_COVERAGE_GROUPS_H
#define PAGEWALK_CHECK_COVERAGE_GROUPS_H

#include <pagewalk/coverage.h>

enum pw_cover_group {
  PW_COVER_ACCESS,
  PW_COVER_REUSE,
  PW_COVER_WALK_CACHE,
  PW_COVER_ATTEMPTS,
  PW_COVER_UPDATE,
  PW_COVER_WRITTEN,
  PW_COVER_DIRTY_WALK,
  PW_COVER_FILL,
  PW_COVER_WALKERS,
  PW_COVER_SLOTS,
  PW_COVER_IN_FLIGHT,
  PW_COVER_SAME_PAGE,
  PW_COVER_CONTROL,
  PW_COVER_KILL,
  PW_COVER_VERDICT,
  PW_COVER_GROUPS
};

/* Values of dimensions, in the order of their names. */
enum pw_cover_size { PW_COVER_NO_SIZE, PW_COVER_4K, PW_COVER_2M, PW_COVER_1G };
enum pw_cover_kind { PW_COVER_READ, PW_COVER_WRITE, PW_COVER_FETCH, PW_COVER_PREFETCH };
enum pw_cover_privilege { PW_COVER_USER, PW_COVER_SUPERVISOR, PW_COVER_IMPLICIT };
enum pw_cover_cause {
  PW_COVER_MAPPED,
  PW_COVER_NOT_PRESENT,
  PW_COVER_RESERVED,
  PW_COVER_USER_DENIED,
  PW_COVER_WRITE_DENIED,
  PW_COVER_NO_EXECUTE,
  PW_COVER_SMEP,
  PW_COVER_SMAP,
  PW_COVER_PROTECTION_KEY,
  PW_COVER_GENERAL_PROTECTION,
  PW_COVER_STACK_FAULT,
  PW_COVER_BUS_ERROR,
  PW_COVER_DROPPED
};
enum pw_cover_from { PW_COVER_FROM_L1, PW_COVER_FROM_L2, PW_COVER_FROM_WALK, PW_COVER_FROM_REPLAY };
enum pw_cover_space { PW_COVER_PCID_0, PW_COVER_OTHER_PCID, PW_COVER_GLOBAL };
enum pw_cover_since {
  PW_COVER_SINCE_NONE,
  PW_COVER_SINCE_INVLPG,
  PW_COVER_SINCE_ADDRESS,
  PW_COVER_SINCE_ADDRESS_ELSEWHERE,
  PW_COVER_SINCE_CONTEXT,
  PW_COVER_SINCE_CONTEXT_ELSEWHERE,
  PW_COVER_SINCE_ALL,
  PW_COVER_SINCE_ALL_BUT_GLOBALS,
  PW_COVER_SINCE_CR3,
  PW_COVER_SINCE_CR3_KEEP,
  PW_COVER_SINCE_PGE,
  PW_COVER_SINCE_PCIDE,
  PW_COVER_SINCE_SMEP,
  PW_COVER_SINCE_PG
};
enum pw_cover_bits { PW_COVER_A, PW_COVER_D, PW_COVER_A_AND_D };
enum pw_cover_swap { PW_COVER_MATCHED, PW_COVER_MISMATCH, PW_COVER_SWAP_ERROR };
enum pw_cover_change {
  PW_COVER_CLEARS_PRESENT,
  PW_COVER_SETS_PRESENT,
  PW_COVER_CHANGES_SIZE,
  PW_COVER_CHANGES_ADDRESS,
  PW_COVER_CHANGES_RIGHTS,
  PW_COVER_CLEARS_A_OR_D,
  PW_COVER_CHANGES_OTHER
};
enum pw_cover_end { PW_COVER_END_MAPPED, PW_COVER_END_FAULT, PW_COVER_END_BUS_ERROR, PW_COVER_END_DROPPED };
enum pw_cover_filled {
  PW_COVER_L1_FETCH,
  PW_COVER_L1_DATA,
  PW_COVER_L2_FETCH,
  PW_COVER_L2_DATA,
  PW_COVER_PDE,
  PW_COVER_PDPTE,
  PW_COVER_PML4E,
  PW_COVER_PML5E
};
enum pw_cover_share {
  PW_COVER_SHARE_NONE,
  PW_COVER_SHARE_ONE,
  PW_COVER_SHARE_SOME,
  PW_COVER_SHARE_ALL_BUT_ONE,
  PW_COVER_SHARE_ALL
};
enum pw_cover_crowd { PW_COVER_ALONE, PW_COVER_FEWER, PW_COVER_AS_MANY, PW_COVER_MORE };
enum pw_cover_control {
  PW_COVER_CR3_FLUSH,
  PW_COVER_CR3_KEEP,
  PW_COVER_PG_OFF,
  PW_COVER_PG_ON,
  PW_COVER_CR0_OTHER,
  PW_COVER_PGE,
  PW_COVER_PCIDE_ON,
  PW_COVER_PCIDE_OFF,
  PW_COVER_SMEP_ON,
  PW_COVER_CR4_OTHER,
  PW_COVER_EFER,
  PW_COVER_PKRU,
  PW_COVER_INVLPG,
  PW_COVER_INVPCID_0, /* + type */
  PW_COVER_CONTROLS = PW_COVER_INVPCID_0 + 4
};
/* Of a walker: what it did last. A read or a swap is under way from then on until the next. */
enum pw_cover_walker {
  PW_COVER_IDLE,
  PW_COVER_STARTED,
  PW_COVER_READ_PTE,
  PW_COVER_READ_PDE,
  PW_COVER_READ_PDPTE,
  PW_COVER_READ_PML4E,
  PW_COVER_READ_PML5E,
  PW_COVER_SWAP
};
/* Of a request that is killed. From STARTED on those of its walker, one after another. */
enum pw_cover_killed {
  PW_COVER_KILL_QUEUED,
  PW_COVER_KILL_HIT,
  PW_COVER_KILL_WAITS,
  PW_COVER_KILL_STARTED,
  PW_COVER_KILL_SWAP = PW_COVER_KILL_STARTED + PW_COVER_SWAP - PW_COVER_STARTED,
  PW_COVER_KILL_ANSWERED
};

struct pw_cover_dimension {
  const char *name;
  const char *const *values;
  uint8_t count;
};

struct pw_cover_table_row {
  const char *name;
  const char *meaning;
  struct pw_cover_dimension dimensions[PW_COVERAGE_DIMENSIONS]; /* name NULL behind the last */
  /* Why a device of the configuration cannot have the bin, or NULL when it can. */
  const char *(*unreachable)(const struct pw_config *config, const uint8_t *value);
};

extern const struct pw_cover_table_row pw_cover_table[PW_COVER_GROUPS];

/* The value of each dimension of a bin, and the other way round. */
void pw_cover_values(unsigned group, unsigned bin, uint8_t value[PW_COVERAGE_DIMENSIONS]);
unsigned pw_cover_bin(unsigned group, const uint8_t value[PW_COVERAGE_DIMENSIONS]);

/* "access: 4K write user mapped walk" */
void pw_cover_name(unsigned group, unsigned bin, char name[PW_COVERAGE_NAME_BYTES]);

/* Share of `total` places that are taken. */
enum pw_cover_share pw_cover_share_of(unsigned taken, unsigned total);

/* Requests in flight beside the slots that there are. */
enum pw_cover_crowd pw_cover_crowd_of(unsigned others, unsigned slots);

#endif
