/* software.h: the software side of address translation: frames, page tables, and a pager that maps on first touch. */
#ifndef PAGEWALK_SOFTWARE_H
#define PAGEWALK_SOFTWARE_H

#include <pagewalk/config.h>
#include <pagewalk/memory.h>
#include <pagewalk/mmu.h>
#include <pagewalk/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- frames ---- */

/* Hands out the physical memory of a configuration in the order it names. Opaque. Frame 0 is never handed out. */
struct pw_frames;

/* Takes os.memory_bytes, os.frames, os.fragmented_percent and seed. Returns 0 or -PW_ENOMEM. */
int pw_frames_create(const struct pw_config *config, struct pw_frames **frames);
void pw_frames_destroy(struct pw_frames *frames);

/*
 * A free, aligned block of 2^page_shift bytes; page_shift is 12, 21, 22 or 30. Returns 0, -PW_ENOFRAME when there is
 * none (which for a large page may only mean that memory is fragmented), or -PW_EINVAL.
 */
int pw_frames_allocate(struct pw_frames *frames, unsigned page_shift, uint64_t *physical_address);

/* The lowest free 4 KB frame, whatever the order: for tables that must lie in the first 4 GB. */
int pw_frames_allocate_lowest(struct pw_frames *frames, uint64_t *physical_address);

/* Gives a block back. -PW_EINVAL when any part of it is outside memory or was not handed out. */
int pw_frames_release(struct pw_frames *frames, unsigned page_shift, uint64_t physical_address);

uint64_t pw_frames_total(const struct pw_frames *frames); /* 4 KB frames of the memory */
uint64_t pw_frames_free(const struct pw_frames *frames);  /* of these, not handed out and not taken by others */

/* ---- page tables ---- */

/* What a mapping allows: bits to or together, and a protection key. */
enum pw_map_flag {
  PW_MAP_WRITE = 1 << 0,
  PW_MAP_USER = 1 << 1,
  PW_MAP_EXECUTE = 1 << 2, /* without it XD is set, where EFER.NXE gives the bit a meaning */
  PW_MAP_GLOBAL = 1 << 3,
  PW_MAP_PWT = 1 << 4, /* PWT, PCD and PAT select a memory type from IA32_PAT */
  PW_MAP_PCD = 1 << 5,
  PW_MAP_PAT = 1 << 6,
  PW_MAP_ACCESSED = 1 << 7, /* A and D as software presets them */
  PW_MAP_DIRTY = 1 << 8,
  PW_MAP_PKEY_SHIFT = 16, /* protection key, 4 bits */
  PW_MAP_ALL = PW_MAP_WRITE | PW_MAP_USER | PW_MAP_EXECUTE
};

/* A tree of page tables in simulated physical memory, in the paging mode of a configuration. Opaque. */
struct pw_address_space;

/*
 * Tables come from `frames` and are written to `memory`; both must outlive the space. Outside long mode the root lies
 * below 4 GB, as CR3 demands; in PAE paging all four page directories are made at once, because the PDPTE registers are
 * loaded with CR3. Returns 0, -PW_ENOMEM, -PW_ENOFRAME.
 */
int pw_address_space_create(const struct pw_config *config, struct pw_physical_memory *memory, struct pw_frames *frames,
                            struct pw_address_space **space);
/* Frees the object and gives its table frames back; mapped pages stay with the caller. */
void pw_address_space_destroy(struct pw_address_space *space);

/* Physical address of the root table: the address part of CR3. */
uint64_t pw_address_space_root(const struct pw_address_space *space);

/* 4 KB frames that the tables occupy. */
uint64_t pw_address_space_table_frames(const struct pw_address_space *space);

/*
 * None of these invalidates anything: that is the caller's duty, as it is an operating system's (pw_invlpg).
 *
 * pw_map makes a leaf. Both addresses must be aligned to the page. A large page may replace a table without present
 * entries. Returns 0, -PW_EINVAL, -PW_EEXIST, -PW_ENOFRAME or -PW_ENOMEM.
 * pw_unmap clears the leaf that maps the address and reports what it mapped; either pointer may be NULL.
 * pw_protect replaces the rights of a leaf and keeps its address, A and D.
 * Both return 0, -PW_EINVAL or -PW_ENOENT.
 */
int pw_map(struct pw_address_space *space, uint64_t linear_address, uint64_t physical_address, unsigned page_shift,
           uint32_t flags);
int pw_unmap(struct pw_address_space *space, uint64_t linear_address, uint64_t *physical_address, unsigned *page_shift);
int pw_protect(struct pw_address_space *space, uint64_t linear_address, uint32_t flags);

/* The leaf that maps an address: its physical address, its value and the level it sits at. -PW_ENOENT without one. */
struct pw_leaf {
  uint64_t entry_address;
  uint64_t entry;
  unsigned level;
  unsigned page_shift;
};
int pw_find_leaf(const struct pw_address_space *space, uint64_t linear_address, struct pw_leaf *leaf);

/* Present entries of the lowest-level table that covers the address, 0 when there is no such table. */
unsigned pw_count_small_pages(const struct pw_address_space *space, uint64_t linear_address);

/* ---- the pager ---- */

/* The stages of a page fault that cost time (docs/timing.md). */
enum pw_fault_stage { PW_STAGE_TRAP, PW_STAGE_DEVICE_READ, PW_STAGE_WRITE_BACK, PW_STAGE_RESTART, PW_STAGES };

/* "trap", "device_read", "write_back", "restart"; NULL beyond. */
const char *pw_fault_stage_name(unsigned stage);

/* What the pager did about one fault. */
struct pw_fault_service {
  uint64_t stage_cycles[PW_STAGES];
  uint32_t page_shift; /* of the page it mapped */
  uint32_t fell_back;  /* 1: a large page was wanted, but no block was free or the region was already in use */
  uint32_t promoted;   /* 1: the mapping made enough of a 2 MB region present, which became one page */
  uint32_t reserved;
};

/* Maps a page when it is first touched, by the policy of the configuration. Opaque. */
struct pw_pager;

/* Everything handed in must outlive the pager; invalidations go to `mmu`. Returns 0 or -PW_ENOMEM. */
int pw_pager_create(const struct pw_config *config, struct pw_address_space *space, struct pw_frames *frames,
                    struct pw_mmu *mmu, struct pw_pager **pager);
void pw_pager_destroy(struct pw_pager *pager);

/*
 * Answers a page fault for a not-present page; the caller then repeats the access. Pages are mapped writable,
 * executable and for user mode, with A and D clear for the hardware to set. Returns 0, -PW_ENOFRAME, -PW_ENOMEM, or
 * -PW_EINVAL for an outcome that is not a not-present page fault.
 */
int pw_pager_handle_fault(struct pw_pager *pager, const struct pw_translation *fault, struct pw_fault_service *service);

#ifdef __cplusplus
}
#endif
#endif
