/* mmu.h: the golden x86-64 memory-management unit. */
#ifndef PAGEWALK_MMU_H
#define PAGEWALK_MMU_H

#include <pagewalk/config.h>
#include <pagewalk/memory.h>
#include <pagewalk/status.h>
#include <pagewalk/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Control-register bits that paging looks at (SDM volume 3A, "Paging Modes and Control Bits"). */
#define PW_CR0_WP (UINT64_C(1) << 16)
#define PW_CR0_PG (UINT64_C(1) << 31)
#define PW_CR4_PSE (UINT64_C(1) << 4)
#define PW_CR4_PAE (UINT64_C(1) << 5)
#define PW_CR4_PGE (UINT64_C(1) << 7)
#define PW_CR4_LA57 (UINT64_C(1) << 12)
#define PW_CR4_PCIDE (UINT64_C(1) << 17)
#define PW_CR4_SMEP (UINT64_C(1) << 20)
#define PW_CR4_SMAP (UINT64_C(1) << 21)
#define PW_CR4_PKE (UINT64_C(1) << 22)
#define PW_EFER_LME (UINT64_C(1) << 8)
#define PW_EFER_NXE (UINT64_C(1) << 11)
#define PW_CR3_NO_FLUSH (UINT64_C(1) << 63)
#define PW_PAT_RESET UINT64_C(0x0007040600070406) /* IA32_PAT after reset */

/* The registers that decide how an address is translated. Plain data. */
struct pw_control {
  uint64_t cr0;
  uint64_t cr3;
  uint64_t cr4;
  uint64_t efer;
  uint64_t pat; /* IA32_PAT */
  uint32_t pkru;
  uint32_t reserved;
};

/* INVPCID types (SDM volume 2, "INVPCID"). */
enum pw_invpcid_type {
  PW_INVPCID_ADDRESS = 0,
  PW_INVPCID_CONTEXT = 1,
  PW_INVPCID_ALL_WITH_GLOBALS = 2,
  PW_INVPCID_ALL_BUT_GLOBALS = 3
};

/* One MMU: registers, TLBs, paging-structure caches, walker. Opaque; independent of every other one. */
struct pw_mmu;

/*
 * Builds an MMU for a valid configuration. `port` is copied, its context must outlive the MMU. `hierarchy` times the
 * walker's references and is shared with the caller; NULL makes entry reads cost no cycles and be served by DRAM.
 * Registers start as pw_control_from_config(config, 0). Returns 0, -PW_ENOMEM or -PW_ECONFIG.
 */
int pw_mmu_create(const struct pw_config *config, const struct pw_memory_port *port,
                  struct pw_memory_hierarchy *hierarchy, struct pw_mmu **mmu);
void pw_mmu_destroy(struct pw_mmu *mmu);

/* The registers of a run of this machine: paging on in the configured mode, page-table root as CR3, PCID 0. */
struct pw_control pw_control_from_config(const struct pw_config *config, uint64_t cr3);

/*
 * Translates one access: may fill TLBs and paging-structure caches and set A and D in memory. A fault is an answer in
 * *translation. Returns 0, -PW_EINVAL for an access outside the ranges of struct pw_access, or -PW_ECONTENTION.
 */
int pw_translate(struct pw_mmu *mmu, const struct pw_access *access, struct pw_translation *translation);

/*
 * The answer that pw_translate would give now, without changing anything: not TLBs, caches, replacement state or
 * memory. Outcome, page, rights, fault, look-ups and steps are the same. A probe is not timed, because references
 * have a time only by changing caches: its walk_cycles and update_cycles leave memory references out, and its steps
 * are served by DRAM in no time. No fills are listed.
 */
int pw_probe(const struct pw_mmu *mmu, const struct pw_access *access, struct pw_translation *translation);

/* ---- registers. Each returns 0, or -PW_EGP where the instruction raises #GP(0) ---- */

struct pw_control pw_mmu_control(const struct pw_mmu *mmu);

/* Loads all registers at once and empties every TLB and paging-structure cache, as a reset followed by MOVs would. */
int pw_mmu_set_control(struct pw_mmu *mmu, const struct pw_control *control);

/* MOV to the register, with the invalidations of SDM "Operations that Invalidate TLBs and Paging-Structure Caches". */
int pw_write_cr0(struct pw_mmu *mmu, uint64_t value);
int pw_write_cr3(struct pw_mmu *mmu, uint64_t value); /* bit 63 with CR4.PCIDE: nothing is invalidated */
int pw_write_cr4(struct pw_mmu *mmu, uint64_t value);
int pw_write_efer(struct pw_mmu *mmu, uint64_t value);
int pw_write_pat(struct pw_mmu *mmu, uint64_t value);
int pw_write_pkru(struct pw_mmu *mmu, uint32_t value);

/* ---- invalidations ---- */

/* INVLPG: the page of the address in the current PCID and as a global page; paging-structure caches of that PCID. */
int pw_invlpg(struct pw_mmu *mmu, uint64_t linear_address);

/* INVPCID. -PW_EGP for a type above 3, a PCID above 4095, a non-canonical address, or PCID > 0 with CR4.PCIDE = 0. */
int pw_invpcid(struct pw_mmu *mmu, unsigned type, unsigned pcid, uint64_t linear_address);

/* Empties all TLBs and paging-structure caches and restarts their replacement state; registers stay. */
void pw_mmu_flush(struct pw_mmu *mmu);

/* ---- looking inside: for checkers and tests ---- */

/* What the key of a TLB entry or paging-structure-cache entry says. */
struct pw_key_fields {
  uint64_t linear_address; /* first address of the page or region; sign-extended */
  uint32_t page_shift;     /* log2 of the bytes that the entry covers */
  uint32_t pcid;
  uint32_t global; /* 1: matches every PCID */
};

/* Decodes pw_fill.victim_key. Returns 1, or 0 for the key of an empty way. */
int pw_mmu_decode_key(const struct pw_mmu *mmu, uint64_t key, struct pw_key_fields *fields);

/* 1 when TLB unit `unit` holds the page of the address (any size) for this PCID or as a global page, else 0. */
int pw_mmu_tlb_holds(const struct pw_mmu *mmu, unsigned unit, uint64_t linear_address, unsigned pcid);

/* 1 when the paging-structure cache of level-`level` entries holds the entry for the address in this PCID, else 0. */
int pw_mmu_psc_holds(const struct pw_mmu *mmu, unsigned level, uint64_t linear_address, unsigned pcid);

/* A TLB entry, for a dump: what its key says, and the translation it holds. */
struct pw_tlb_view {
  struct pw_key_fields key;
  uint64_t page_address; /* physical address of the first byte of the page */
  uint32_t attributes;   /* enum pw_attribute */
  uint32_t reserved;
};

/*
 * The entry at a place of TLB unit `unit`; arrays, sets and ways are those of the configuration. Returns 1, or 0 when
 * the way is empty or there is no such place.
 */
int pw_mmu_tlb_entry(const struct pw_mmu *mmu, unsigned unit, unsigned array, uint32_t set, uint32_t way,
                     struct pw_tlb_view *view);

/* Entries now valid in a TLB unit. */
uint64_t pw_mmu_tlb_occupancy(const struct pw_mmu *mmu, unsigned unit);

#ifdef __cplusplus
}
#endif
#endif
