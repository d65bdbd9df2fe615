/* types.h: the values that flow: an access goes in, a translation record comes out. */
#ifndef PAGEWALK_TYPES_H
#define PAGEWALK_TYPES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PW_MAX_LEVELS 5     /* paging-structure levels: PTE is 1, PDE 2, PDPTE 3, PML4E 4, PML5E 5 */
#define PW_MAX_TLB_UNITS 8  /* TLBs of a machine, all levels and both sides of a split one */
#define PW_MAX_TLB_ARRAYS 4 /* arrays of one TLB */
#define PW_MAX_CACHES 8     /* caches of a machine, all levels and both sides of a split one */
#define PW_MAX_ATTEMPTS 8   /* walks that one translation makes before it gives up on compare-and-swap */
#define PW_MAX_STEPS (PW_MAX_LEVELS * PW_MAX_ATTEMPTS)
#define PW_MAX_FILLS 24 /* TLB and paging-structure-cache entries that one translation can write */

#define PW_SMALL_PAGE_SHIFT 12
#define PW_SMALL_PAGE_BYTES 4096u

/* ---- units and modes ---- */

/* Paging modes (SDM volume 3A, "Paging Modes and Control Bits"), in the order of their level count. */
enum pw_paging_mode { PW_MODE_32BIT, PW_MODE_PAE, PW_MODE_4LEVEL, PW_MODE_5LEVEL, PW_MODES };

/* The one rule that turns time into cycles: ceil(ps / clock_ps). clock_ps must not be 0. */
uint64_t pw_cycles_from_ps(uint64_t ps, uint64_t clock_ps);

/* "4K", "2M", "4M", "1G"; "?" for another shift. */
const char *pw_page_size_name(unsigned page_shift);
/* "PTE", "PDE", "PDPTE", "PML4E", "PML5E"; "?" for another level. */
const char *pw_level_name(unsigned level);

/* ---- the access ---- */

enum pw_access_kind {
  PW_READ = 0,
  PW_WRITE = 1, /* a locked or plain read-modify-write is a write */
  PW_FETCH = 2,
  PW_ACCESS_KINDS = 3
};

/* Bits of pw_access.flags. */
enum pw_access_flag {
  PW_IMPLICIT = 1, /* implicit supervisor access (descriptor tables, TSS): supervisor at any CPL, ignores EFLAGS.AC */
  PW_AC = 2,       /* EFLAGS.AC = 1: explicit supervisor data accesses are exempt from SMAP */
  PW_STACK = 4,    /* a stack-segment reference: a non-canonical address raises #SS(0) instead of #GP(0) */
  PW_PREFETCH = 8, /* a software prefetch: never faults, never sets D */
  PW_ACCESS_FLAGS_ALL = 15
};

/* One access. It must not cross a 4 KB boundary: callers split it there, as the hardware does. */
struct pw_access {
  uint64_t linear_address;
  uint32_t size_bytes; /* 0 where nobody cares: the translation only checks that it does not cross */
  uint8_t kind;        /* enum pw_access_kind */
  uint8_t cpl;         /* 0..3; user mode is 3 (SDM volume 3A, "Determination of Access Rights") */
  uint8_t flags;       /* enum pw_access_flag, or-ed */
  uint8_t reserved;    /* 0 */
};

/* ---- the translation record ---- */

enum pw_outcome {
  PW_MAPPED = 0,         /* physical_address is valid */
  PW_PAGE_FAULT,         /* #PF, vector 14: error_code and cr2 are valid */
  PW_GENERAL_PROTECTION, /* #GP(0), vector 13: the linear address is not canonical */
  PW_STACK_FAULT,        /* #SS(0), vector 12: the same through the stack segment */
  PW_BUS_ERROR,          /* the memory port answered an entry read or update with an error */
  PW_DROPPED, /* a prefetch that would have faulted: no fault is raised and nothing is filled or invalidated */
  PW_OUTCOMES
};

/* Bits of a page-fault error code (SDM volume 3A, "Page-Fault Exceptions"). */
enum pw_error_code_bit {
  PW_ERROR_P = 1 << 0,    /* the fault was caused by a protection violation, not by a not-present entry */
  PW_ERROR_WR = 1 << 1,   /* the access was a write */
  PW_ERROR_US = 1 << 2,   /* the access was a user-mode access */
  PW_ERROR_RSVD = 1 << 3, /* a reserved bit was set */
  PW_ERROR_ID = 1 << 4,   /* the access was an instruction fetch (only with NXE or SMEP) */
  PW_ERROR_PK = 1 << 5    /* protection keys denied the access */
};

/* Rights and attributes of a page: the or-ed bits and fields of pw_translation.attributes. */
enum pw_attribute {
  PW_ATTR_WRITE = 1 << 0,   /* R/W = 1 at every level */
  PW_ATTR_USER = 1 << 1,    /* U/S = 1 at every level: a user-mode address */
  PW_ATTR_EXECUTE = 1 << 2, /* XD = 0 at every level */
  PW_ATTR_GLOBAL = 1 << 3,  /* G of the leaf with CR4.PGE = 1 */
  PW_ATTR_DIRTY = 1 << 4,   /* D of the leaf is set in memory */
  PW_ATTR_PAT_SHIFT = 5,    /* 3 bits: PAT, PCD, PWT of the leaf, an index into IA32_PAT */
  PW_ATTR_PAT_MASK = 7 << PW_ATTR_PAT_SHIFT,
  PW_ATTR_PKEY_SHIFT = 8, /* 4 bits: protection key of the leaf, 0 where the mode has none */
  PW_ATTR_PKEY_MASK = 15 << PW_ATTR_PKEY_SHIFT,
  PW_ATTR_PAGE_SHIFT_SHIFT = 12, /* 6 bits: log2 of the page size in bytes */
  PW_ATTR_PAGE_SHIFT_MASK = 63 << PW_ATTR_PAGE_SHIFT_SHIFT
};

/* Memory types as IA32_PAT encodes them (SDM volume 3A, "Page Attribute Table (PAT)"). */
enum pw_memory_type { PW_UC = 0, PW_WC = 1, PW_WT = 4, PW_WP = 5, PW_WB = 6, PW_UC_MINUS = 7 };

/* Who answered a memory reference: a cache, by its index in the configuration, or one of these. */
enum pw_served_by {
  PW_SERVED_BY_DRAM = PW_MAX_CACHES,
  PW_SERVED_BY_REGISTER, /* a PDPTE register of PAE paging: no memory reference */
  PW_SERVED_BY_COUNT
};

/* One paging-structure entry that a walk read. */
struct pw_walk_step {
  uint64_t entry_address; /* physical address of the entry; 0 for a PDPTE register */
  uint64_t entry_before;  /* value read */
  uint64_t entry_after;   /* value in memory when the walk was done with it: A or D set by this walk, or unchanged */
  uint32_t read_cycles;
  uint32_t update_cycles; /* of the compare-and-swap that set A or D, 0 without one */
  uint8_t level;          /* 1 PTE .. 5 PML5E */
  uint8_t attempt;        /* 0 for the first walk, counting up when a failed compare-and-swap restarted it */
  uint8_t read_by;        /* enum pw_served_by or the index of a cache */
  uint8_t updated_by;     /* the same for the compare-and-swap */
  uint8_t cache_control; /* PWT in bit 0, PCD in bit 1: of what points to this table (SDM "Paging and Memory Typing") */
  uint8_t reserved[3];
};

/* Which structure a fill wrote. */
enum pw_structure { PW_TLB, PW_PAGING_STRUCTURE_CACHE };

/* One entry written into a TLB or a paging-structure cache, and the entry that made room for it. */
struct pw_fill {
  uint64_t victim_key; /* key of the evicted entry, for pw_mmu_decode_key; 0 when the way was empty */
  uint32_t set;
  uint16_t way;
  uint8_t structure; /* enum pw_structure */
  uint8_t unit;      /* TLB: index of the unit; paging-structure cache: level of the entry it holds */
  uint8_t array;     /* TLB: index of the array within the unit; else 0 */
  uint8_t moved;     /* 1 when this is a victim moving into an exclusive outer level */
};

/*
 * Everything that happened to one access. Statistics, reports, tests and checkers read this and nothing else.
 * Only the first step_count steps and fill_count fills are valid; the fields of a fault only when outcome says so.
 */
struct pw_translation {
  uint64_t linear_address;
  uint64_t physical_address; /* valid for PW_MAPPED */
  uint64_t cr2;              /* valid for PW_PAGE_FAULT */
  uint32_t attributes;       /* enum pw_attribute; of the page: for PW_MAPPED, and when its rights denied the access */
  uint32_t error_code;       /* enum pw_error_code_bit; valid for PW_PAGE_FAULT, else 0 */

  uint32_t tlb_cycles;    /* of the TLB look-ups */
  uint32_t psc_cycles;    /* of the paging-structure-cache look-ups */
  uint32_t walk_cycles;   /* of the walker: starting, entry reads of every attempt, per-step overhead */
  uint32_t update_cycles; /* of the compare-and-swaps that set A and D */

  uint8_t outcome;     /* enum pw_outcome */
  uint8_t kind;        /* enum pw_access_kind */
  uint8_t page_shift;  /* 12, 21, 22 or 30; valid for PW_MAPPED */
  uint8_t memory_type; /* enum pw_memory_type; valid for PW_MAPPED */

  uint8_t hit_level; /* TLB level that hit, 1 is the first; 0 when none did */
  uint8_t hit_unit;  /* index of that TLB unit, valid when hit_level > 0 */
  uint8_t hit_array; /* index of the array within the unit */
  uint8_t looked_up; /* bit u set: TLB unit u was looked up */
  uint16_t hit_way;
  uint16_t hit_reserved;
  uint32_t hit_set;

  uint8_t walked;     /* 1: the page tables were walked (a TLB miss, or a hit whose D bit had to be set) */
  uint8_t dirty_walk; /* 1: a TLB entry hit, but a write found D = 0 in it and walked to set it */
  uint8_t psc_level;  /* level of the paging-structure entry found in its cache at the last attempt, 0 if none */
  uint8_t attempts;   /* walks made: 1, more after failed compare-and-swaps, 0 without a walk */
  uint8_t step_count;
  uint8_t fill_count;
  uint8_t psc_looked_up; /* bit L set: the paging-structure cache of level-L entries was looked up */
  uint8_t reserved;

  struct pw_walk_step steps[PW_MAX_STEPS];
  struct pw_fill fills[PW_MAX_FILLS];
};

/* Cycles of the whole translation: the sum of its four parts. */
static inline uint32_t pw_translation_cycles(const struct pw_translation *translation) {
  return translation->tlb_cycles + translation->psc_cycles + translation->walk_cycles + translation->update_cycles;
}

#ifdef __cplusplus
}
#endif
#endif
