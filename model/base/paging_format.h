/*
 * paging_format.h: the paging modes as one table of levels, and the rules that a mode and a processor make of it.
 *
 * Every mode is walked by one loop (hardware/walker.c) and edited by one builder (software/address_space.c); what
 * differs between modes is written here and nowhere else.
 */
#ifndef PAGEWALK_BASE_PAGING_FORMAT_H
#define PAGEWALK_BASE_PAGING_FORMAT_H

#include <pagewalk/entry.h>
#include <pagewalk/types.h>
#include <stdbool.h>
#include <stdint.h>

/* When an entry of a level maps a page instead of pointing to a table. */
enum pw_leaf_rule {
  PW_LEAF_NEVER,   /* PML4E, PML5E: PS is reserved */
  PW_LEAF_PS_1GB,  /* PDPTE: PS when the processor has 1 GB pages, else PS is reserved */
  PW_LEAF_PS,      /* PDE with 8-byte entries */
  PW_LEAF_PS_PSE,  /* PDE with 4-byte entries: PS when CR4.PSE = 1, else PS is ignored */
  PW_LEAF_ALWAYS,  /* PTE */
  PW_LEAF_REGISTER /* PDPTE of PAE paging: held in a register, no rights, no A */
};

struct pw_level_format {
  uint8_t shift;      /* lowest linear-address bit of the index: log2 of the bytes that one entry covers */
  uint8_t index_bits; /* log2 of the entries of a table */
  uint8_t leaf;       /* enum pw_leaf_rule */
};

struct pw_paging_format {
  uint8_t levels;      /* the root table is at this level */
  uint8_t linear_bits; /* width of a linear address */
  bool sign_extended;  /* canonical: upper bits copy the highest one; otherwise they are zero */
  bool long_mode;      /* bits 62:52 of an entry are ignored (PAE: reserved); protection keys exist */
  uint8_t entry_bytes; /* 4 or 8 */
  uint64_t root_mask;  /* address bits of CR3 */
  struct pw_level_format level[PW_MAX_LEVELS + 1]; /* by level, [0] unused */
};

extern const struct pw_paging_format pw_paging_formats[PW_MODES];

/* What makes an entry of a level special for a processor in a mode. Masks are of the entry's bits. */
struct pw_level_rules {
  uint8_t shift;
  uint8_t index_bits;
  bool always_leaf;
  bool in_register;
  uint64_t leaf_bit;       /* PS where it makes a leaf, else 0 */
  uint64_t reserved_table; /* reserved when the entry points to a table */
  uint64_t reserved_leaf;  /* reserved when it maps a page */
  uint64_t pat_bit;        /* PAT of a leaf */
};

/* Control bits that change which entry bits are reserved or meaningful. */
struct pw_rule_inputs {
  unsigned physical_address_bits;
  bool pages_1gb;
  bool pse;
  bool nxe;
};

struct pw_walk_rules {
  const struct pw_paging_format *format;
  uint64_t table_mask; /* address field of an entry that points to a table */
  uint64_t xd_bit;     /* PW_ENTRY_XD when EFER.NXE = 1, else 0 */
  unsigned pkey_mask;  /* 15 in the modes whose leaves have a protection key, else 0; CR4.PKE decides if it counts */
  struct pw_level_rules level[PW_MAX_LEVELS + 1];
};

/* The rules of a mode on a processor. */
struct pw_walk_rules pw_walk_rules_make(enum pw_paging_mode mode, struct pw_rule_inputs inputs);

static inline bool pw_is_canonical(const struct pw_paging_format *format, uint64_t linear_address) {
  unsigned unused = 64u - format->linear_bits;
  if (!format->sign_extended) return linear_address >> format->linear_bits == 0;
  return (uint64_t)((int64_t)(linear_address << unused) >> unused) == linear_address;
}

/* Offset of the level's entry for a linear address within its table, in bytes. */
static inline uint64_t pw_entry_offset(const struct pw_walk_rules *rules, unsigned level, uint64_t linear_address) {
  const struct pw_level_rules *at = &rules->level[level];
  uint64_t index = (linear_address >> at->shift) & ((UINT64_C(1) << at->index_bits) - 1);
  return index * rules->format->entry_bytes;
}

static inline bool pw_entry_is_leaf(const struct pw_level_rules *at, uint64_t entry) {
  return at->always_leaf || (entry & at->leaf_bit) != 0;
}

/* Physical address of the first byte of the page that a leaf maps. */
uint64_t pw_leaf_address(const struct pw_walk_rules *rules, unsigned level, uint64_t entry);

/* A leaf entry's address bits for a page: the inverse of pw_leaf_address. */
uint64_t pw_leaf_address_bits(const struct pw_walk_rules *rules, unsigned level, uint64_t physical_address);

/* Level whose leaves map pages of this size in a mode on a processor, or 0. */
unsigned pw_level_of_page(const struct pw_walk_rules *rules, unsigned page_shift);

#endif
