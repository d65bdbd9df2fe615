/* paging_format.c: the table of paging modes, and the reserved bits of a mode on a processor. */
#include "paging_format.h"

#define BITS(high, low) (((UINT64_C(2) << (high)) - 1) & ~((UINT64_C(1) << (low)) - 1))

/* SDM volume 3A, "32-Bit Paging", "PAE Paging", "4-Level Paging and 5-Level Paging". */
const struct pw_paging_format pw_paging_formats[PW_MODES] =
    {
        [PW_MODE_32BIT] =
            {
                .levels = 2,
                .linear_bits = 32,
                .entry_bytes = 4,
                .root_mask = BITS(31, 12),
                .level = {[1] = {12, 10, PW_LEAF_ALWAYS}, [2] = {22, 10, PW_LEAF_PS_PSE}},
            },
        [PW_MODE_PAE] =
            {
                .levels = 3,
                .linear_bits = 32,
                .entry_bytes = 8,
                .root_mask = BITS(31, 5),
                .level = {[1] = {12, 9, PW_LEAF_ALWAYS}, [2] = {21, 9, PW_LEAF_PS}, [3] = {30, 2, PW_LEAF_REGISTER}},
            },
        [PW_MODE_4LEVEL] =
            {
                .levels = 4,
                .linear_bits = 48,
                .sign_extended = true,
                .long_mode = true,
                .entry_bytes = 8,
                .root_mask = PW_ENTRY_ADDRESS,
                .level = {[1] = {12, 9, PW_LEAF_ALWAYS},
                          [2] = {21, 9, PW_LEAF_PS},
                          [3] = {30, 9, PW_LEAF_PS_1GB},
                          [4] = {39, 9, PW_LEAF_NEVER}},
            },
        [PW_MODE_5LEVEL] =
            {
                .levels = 5,
                .linear_bits = 57,
                .sign_extended = true,
                .long_mode = true,
                .entry_bytes = 8,
                .root_mask = PW_ENTRY_ADDRESS,
                .level = {[1] = {12, 9, PW_LEAF_ALWAYS},
                          [2] = {21, 9, PW_LEAF_PS},
                          [3] = {30, 9, PW_LEAF_PS_1GB},
                          [4] = {39, 9, PW_LEAF_NEVER},
                          [5] = {48, 9, PW_LEAF_NEVER}},
            },
};

/* PSE-36: bits 20:13 of a 4 MB PDE hold physical-address bits 39:32 (SDM, "32-Bit Paging"). */
#define PSE36_ENTRY_SHIFT 13
#define PSE36_TOP_BIT 40

/* Address bits that no processor with this MAXPHYADDR has, and XD where it means nothing. */
static uint64_t reserved_everywhere(const struct pw_paging_format *format, struct pw_rule_inputs inputs) {
  uint64_t reserved = 0;
  if (format->entry_bytes == 4) return 0;
  if (inputs.physical_address_bits < 52) reserved |= BITS(51, inputs.physical_address_bits);
  if (!format->long_mode) reserved |= BITS(62, 52);
  if (!inputs.nxe) reserved |= PW_ENTRY_XD;
  return reserved;
}

/* 4 MB PDE: bit 21, and the PSE-36 bits above MAXPHYADDR, which is at most 40 here. */
static uint64_t reserved_pse36(unsigned physical_address_bits) {
  uint64_t reserved = UINT64_C(1) << 21;
  if (physical_address_bits < PSE36_TOP_BIT) reserved |= BITS(20, physical_address_bits - 32 + PSE36_ENTRY_SHIFT);
  return reserved;
}

static struct pw_level_rules level_rules(const struct pw_paging_format *format, unsigned level,
                                         struct pw_rule_inputs inputs) {
  const struct pw_level_format *from = &format->level[level];
  uint64_t common = reserved_everywhere(format, inputs);
  struct pw_level_rules rules = {.shift = from->shift,
                                 .index_bits = from->index_bits,
                                 .reserved_table = common,
                                 .reserved_leaf = common,
                                 .pat_bit = PW_ENTRY_PAT_LARGE};
  switch ((enum pw_leaf_rule)from->leaf) {
    case PW_LEAF_NEVER: rules.reserved_table |= PW_ENTRY_PS; break;
    case PW_LEAF_PS_1GB:
      if (inputs.pages_1gb) {
        rules.leaf_bit = PW_ENTRY_PS;
        rules.reserved_leaf |= BITS(29, 13);
      } else {
        rules.reserved_table |= PW_ENTRY_PS;
      }
      break;
    case PW_LEAF_PS:
      rules.leaf_bit = PW_ENTRY_PS;
      rules.reserved_leaf |= BITS(20, 13);
      break;
    case PW_LEAF_PS_PSE:
      rules.leaf_bit = inputs.pse ? PW_ENTRY_PS : 0;
      rules.reserved_leaf |= reserved_pse36(inputs.physical_address_bits);
      break;
    case PW_LEAF_ALWAYS:
      rules.always_leaf = true;
      rules.pat_bit = PW_ENTRY_PAT_SMALL;
      break;
    case PW_LEAF_REGISTER:
      /* SDM "PDPTE Registers": bits 2:1 and 8:5 are reserved too; XD and the bits above MAXPHYADDR always. */
      rules.in_register = true;
      rules.reserved_table |= BITS(2, 1) | BITS(8, 5) | PW_ENTRY_XD;
      break;
  }
  return rules;
}

struct pw_walk_rules pw_walk_rules_make(enum pw_paging_mode mode, struct pw_rule_inputs inputs) {
  const struct pw_paging_format *format = &pw_paging_formats[mode];
  struct pw_walk_rules rules = {
      .format = format,
      .table_mask = format->entry_bytes == 4 ? BITS(31, 12) : PW_ENTRY_ADDRESS,
      .xd_bit = inputs.nxe && format->entry_bytes == 8 ? PW_ENTRY_XD : 0,
      .pkey_mask = format->long_mode ? 15 : 0,
  };
  for (unsigned level = 1; level <= format->levels; level++) {
    rules.level[level] = level_rules(format, level, inputs);
  }
  return rules;
}

uint64_t pw_leaf_address(const struct pw_walk_rules *rules, unsigned level, uint64_t entry) {
  uint64_t page_mask = ~((UINT64_C(1) << rules->level[level].shift) - 1);
  if (rules->format->entry_bytes == 4 && level == 2) {
    return (entry & BITS(31, 22)) | ((entry & BITS(20, 13)) << (32 - PSE36_ENTRY_SHIFT));
  }
  return entry & rules->table_mask & page_mask;
}

uint64_t pw_leaf_address_bits(const struct pw_walk_rules *rules, unsigned level, uint64_t physical_address) {
  if (rules->format->entry_bytes == 4 && level == 2) {
    return (physical_address & BITS(31, 22)) | ((physical_address >> (32 - PSE36_ENTRY_SHIFT)) & BITS(20, 13));
  }
  return physical_address & rules->table_mask;
}

unsigned pw_level_of_page(const struct pw_walk_rules *rules, unsigned page_shift) {
  for (unsigned level = 1; level <= rules->format->levels; level++) {
    const struct pw_level_rules *at = &rules->level[level];
    if (at->shift == page_shift && (at->always_leaf || at->leaf_bit)) return level;
  }
  return 0;
}
