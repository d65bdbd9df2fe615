/*
 * address_space.c: page tables as software writes them: map, unmap, protect. Levels, entry sizes and leaf rules come
 * from the same table that the hardware walks by (base/paging_format.h).
 */
#include <assert.h>
#include <pagewalk/entry.h>
#include <pagewalk/software.h>
#include <stdbool.h>
#include <stdlib.h>

#include "paging_format.h"

struct pw_address_space {
  struct pw_walk_rules rules;
  struct pw_physical_memory *memory;
  struct pw_frames *frames;
  uint64_t root;
  uint64_t table_frames;
  unsigned physical_address_bits;
};

/* ---- entries ---- */

static uint64_t read_entry(const struct pw_address_space *space, uint64_t address) {
  uint64_t word = pw_physical_read64(space->memory, address);
  if (space->rules.format->entry_bytes == 8) return word;
  return address & 4 ? word >> 32 : word & UINT32_MAX;
}

static int write_entry(struct pw_address_space *space, uint64_t address, uint64_t entry) {
  if (space->rules.format->entry_bytes == 4) {
    uint64_t word = pw_physical_read64(space->memory, address);
    entry = address & 4 ? (word & UINT32_MAX) | entry << 32 : (word & ~(uint64_t)UINT32_MAX) | entry;
  }
  return pw_physical_write64(space->memory, address, entry);
}

static bool is_leaf(const struct pw_address_space *space, unsigned level, uint64_t entry) {
  return pw_entry_is_leaf(&space->rules.level[level], entry);
}

/* ---- tables ---- */

static void free_table(struct pw_address_space *space, uint64_t address) {
  int status = pw_frames_release(space->frames, PW_SMALL_PAGE_SHIFT, address);
  assert(status == 0);
  (void)status;
  space->table_frames--;
}

static void adopt_table(struct pw_address_space *space, uint64_t address) {
  pw_physical_zero_frame(space->memory, address);
  space->table_frames++;
}

static int new_table(struct pw_address_space *space, uint64_t *address) {
  int status = pw_frames_allocate(space->frames, PW_SMALL_PAGE_SHIFT, address);
  if (!status) adopt_table(space, *address);
  return status;
}

/* Outside long mode CR3 holds 32 bits of the root's address. */
static int new_root(struct pw_address_space *space) {
  if (space->rules.format->long_mode) return new_table(space, &space->root);
  int status = pw_frames_allocate_lowest(space->frames, &space->root);
  if (status) return status;
  adopt_table(space, space->root);
  if (!(space->root >> 32)) return 0;
  free_table(space, space->root);
  return -PW_ENOFRAME;
}

static unsigned table_entries(const struct pw_address_space *space, unsigned level) {
  return 1u << space->rules.level[level].index_bits;
}

static unsigned count_present(const struct pw_address_space *space, unsigned level, uint64_t table) {
  unsigned present = 0;
  for (unsigned i = 0; i < table_entries(space, level); i++) {
    uint64_t entry = read_entry(space, table + (uint64_t)i * space->rules.format->entry_bytes);
    if (entry & PW_ENTRY_P) present++;
  }
  return present;
}

static void free_tree(struct pw_address_space *space, unsigned level, uint64_t table) {
  for (unsigned i = 0; level > 1 && i < table_entries(space, level); i++) {
    uint64_t entry = read_entry(space, table + (uint64_t)i * space->rules.format->entry_bytes);
    if ((entry & PW_ENTRY_P) && !is_leaf(space, level, entry)) {
      free_tree(space, level - 1, entry & space->rules.table_mask);
    }
  }
  free_table(space, table);
}

/* An entry that points to a table allows everything: rights are decided in the leaf. A PDPTE register has no rights. */
static uint64_t table_entry(const struct pw_address_space *space, unsigned level, uint64_t table) {
  if (space->rules.level[level].in_register) return table | PW_ENTRY_P;
  return table | PW_ENTRY_P | PW_ENTRY_RW | PW_ENTRY_US;
}

/* Table below an entry, made when it is not there. -PW_EEXIST when the entry maps a page. */
static int enter_table(struct pw_address_space *space, unsigned level, uint64_t entry_address, uint64_t *table) {
  uint64_t entry = read_entry(space, entry_address);
  if (entry & PW_ENTRY_P) {
    *table = entry & space->rules.table_mask;
    return is_leaf(space, level, entry) ? -PW_EEXIST : 0;
  }
  int status = new_table(space, table);
  return status ? status : write_entry(space, entry_address, table_entry(space, level, *table));
}

/* ---- life ---- */

static int make_pae_directories(struct pw_address_space *space) {
  unsigned top = space->rules.format->levels;
  for (uint64_t i = 0; space->rules.level[top].in_register && i < 4; i++) {
    uint64_t table;
    int status = enter_table(space, top, space->root + 8 * i, &table);
    if (status) return status;
  }
  return 0;
}

int pw_address_space_create(const struct pw_config *config, struct pw_physical_memory *memory, struct pw_frames *frames,
                            struct pw_address_space **space) {
  struct pw_address_space *made = calloc(1, sizeof *made);
  struct pw_rule_inputs inputs = {config->physical_address_bits, config->pages_1gb, true, config->nxe};
  *space = NULL;
  if (!made) return -PW_ENOMEM;
  made->rules = pw_walk_rules_make(config->mode, inputs);
  made->memory = memory;
  made->frames = frames;
  made->physical_address_bits = config->physical_address_bits;
  int status = new_root(made);
  if (status) {
    free(made);
    return status;
  }
  status = make_pae_directories(made);
  if (status) {
    pw_address_space_destroy(made);
    return status;
  }
  *space = made;
  return 0;
}

void pw_address_space_destroy(struct pw_address_space *space) {
  if (!space) return;
  free_tree(space, space->rules.format->levels, space->root);
  free(space);
}

uint64_t pw_address_space_root(const struct pw_address_space *space) { return space->root; }
uint64_t pw_address_space_table_frames(const struct pw_address_space *space) { return space->table_frames; }

/* ---- mapping ---- */

static uint64_t leaf_flags(const struct pw_address_space *space, unsigned level, uint32_t flags) {
  const struct {
    uint32_t flag;
    uint64_t bit;
  } table[] = {{PW_MAP_WRITE, PW_ENTRY_RW},   {PW_MAP_USER, PW_ENTRY_US},
               {PW_MAP_GLOBAL, PW_ENTRY_G},   {PW_MAP_PWT, PW_ENTRY_PWT},
               {PW_MAP_PCD, PW_ENTRY_PCD},    {PW_MAP_PAT, space->rules.level[level].pat_bit},
               {PW_MAP_ACCESSED, PW_ENTRY_A}, {PW_MAP_DIRTY, PW_ENTRY_D}};
  uint64_t entry = PW_ENTRY_P;
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (flags & table[i].flag) entry |= table[i].bit;
  }
  if (!(flags & PW_MAP_EXECUTE)) entry |= space->rules.xd_bit;
  entry |= (uint64_t)((flags >> PW_MAP_PKEY_SHIFT) & space->rules.pkey_mask) << PW_ENTRY_PKEY_SHIFT;
  if (!space->rules.level[level].always_leaf) entry |= PW_ENTRY_PS;
  return entry;
}

/* A leaf may take the place of a table that maps nothing. */
static int clear_place(struct pw_address_space *space, unsigned level, uint64_t entry_address) {
  uint64_t entry = read_entry(space, entry_address);
  uint64_t table = entry & space->rules.table_mask;
  if (!(entry & PW_ENTRY_P)) return 0;
  if (is_leaf(space, level, entry) || count_present(space, level - 1, table)) return -PW_EEXIST;
  free_table(space, table);
  return write_entry(space, entry_address, 0);
}

static bool addresses_are_legal(const struct pw_address_space *space, uint64_t linear_address,
                                uint64_t physical_address, unsigned page_shift) {
  uint64_t offset_mask = (UINT64_C(1) << page_shift) - 1;
  return pw_is_canonical(space->rules.format, linear_address) && !(linear_address & offset_mask) &&
         !(physical_address & offset_mask) && !(physical_address >> space->physical_address_bits);
}

int pw_map(struct pw_address_space *space, uint64_t linear_address, uint64_t physical_address, unsigned page_shift,
           uint32_t flags) {
  unsigned leaf_level = pw_level_of_page(&space->rules, page_shift);
  uint64_t table = space->root;
  if (!leaf_level || !addresses_are_legal(space, linear_address, physical_address, page_shift)) return -PW_EINVAL;
  uint64_t address_bits = pw_leaf_address_bits(&space->rules, leaf_level, physical_address);
  if (pw_leaf_address(&space->rules, leaf_level, address_bits) != physical_address) return -PW_EINVAL;
  for (unsigned level = space->rules.format->levels; level > leaf_level; level--) {
    int status = enter_table(space, level, table + pw_entry_offset(&space->rules, level, linear_address), &table);
    if (status) return status;
  }
  uint64_t entry_address = table + pw_entry_offset(&space->rules, leaf_level, linear_address);
  int status = clear_place(space, leaf_level, entry_address);
  if (status) return status;
  return write_entry(space, entry_address, address_bits | leaf_flags(space, leaf_level, flags));
}

int pw_find_leaf(const struct pw_address_space *space, uint64_t linear_address, struct pw_leaf *leaf) {
  uint64_t table = space->root;
  if (!pw_is_canonical(space->rules.format, linear_address)) return -PW_EINVAL;
  for (unsigned level = space->rules.format->levels;; level--) {
    leaf->entry_address = table + pw_entry_offset(&space->rules, level, linear_address);
    leaf->entry = read_entry(space, leaf->entry_address);
    leaf->level = level;
    leaf->page_shift = space->rules.level[level].shift;
    if (!(leaf->entry & PW_ENTRY_P)) return -PW_ENOENT;
    if (is_leaf(space, level, leaf->entry)) return 0;
    table = leaf->entry & space->rules.table_mask;
  }
}

int pw_unmap(struct pw_address_space *space, uint64_t linear_address, uint64_t *physical_address,
             unsigned *page_shift) {
  struct pw_leaf leaf;
  int status = pw_find_leaf(space, linear_address, &leaf);
  if (status) return status;
  if (physical_address) *physical_address = pw_leaf_address(&space->rules, leaf.level, leaf.entry);
  if (page_shift) *page_shift = leaf.page_shift;
  return write_entry(space, leaf.entry_address, 0);
}

int pw_protect(struct pw_address_space *space, uint64_t linear_address, uint32_t flags) {
  struct pw_leaf leaf;
  int status = pw_find_leaf(space, linear_address, &leaf);
  if (status) return status;
  uint64_t page = pw_leaf_address(&space->rules, leaf.level, leaf.entry);
  uint64_t kept = pw_leaf_address_bits(&space->rules, leaf.level, page) | (leaf.entry & (PW_ENTRY_A | PW_ENTRY_D));
  return write_entry(space, leaf.entry_address, kept | leaf_flags(space, leaf.level, flags));
}

unsigned pw_count_small_pages(const struct pw_address_space *space, uint64_t linear_address) {
  struct pw_leaf leaf;
  int status = pw_find_leaf(space, linear_address, &leaf);
  if ((status && status != -PW_ENOENT) || leaf.level != 1) return 0;
  return count_present(space, 1, leaf.entry_address & ~(uint64_t)(PW_SMALL_PAGE_BYTES - 1));
}
