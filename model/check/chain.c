/* chain.c: a walk's entries decoded with the rules and permissions that the walker itself uses. */
#include "chain.h"

#include "page_attributes.h"
#include "stepwise.h"

static const struct pw_level_rules *rules_at(const struct pw_check_context *context, unsigned level) {
  return &context->mode.rules.level[level];
}

struct pw_chain pw_chain_start(const struct pw_check_context *context) {
  unsigned top = context->mode.rules.format->levels;
  return (struct pw_chain){.root_address = context->mode.root_address,
                           .table_address = context->mode.root_address,
                           .attributes = PW_ALL_RIGHTS,
                           .pcid = (uint16_t)context->mode.pcid,
                           .top = (uint8_t)top,
                           .level = (uint8_t)(top + 1)};
}

/* SDM "Canonical Addressing": bits above those that are translated copy the highest of them. */
static uint64_t canonical(const struct pw_paging_format *format, uint64_t linear_address) {
  unsigned unused = 64u - format->linear_bits;
  return (uint64_t)((int64_t)(linear_address << unused) >> unused);
}

static struct pw_chain_entry *descend(struct pw_chain *chain, const struct pw_check_context *context,
                                      uint64_t address) {
  unsigned level = --chain->level;
  uint64_t index = (address & 0xfff) / 8;
  chain->linear_address |= index << rules_at(context, level)->shift;
  if (level == chain->top) {
    chain->linear_address = canonical(context->mode.rules.format, chain->linear_address);
  }
  chain->accessed &= (uint8_t) ~(1u << level);
  return &chain->entry[level];
}

/* SDM "4-Level Paging and 5-Level Paging": an entry is present before anything else in it counts. */
static enum pw_chain_end end_of(const struct pw_level_rules *at, uint64_t value) {
  bool leaf = pw_entry_is_leaf(at, value);
  if (!(value & PW_ENTRY_P)) return PW_CHAIN_NOT_PRESENT;
  if ((value & at->reserved_table) || (leaf && (value & at->reserved_leaf))) return PW_CHAIN_RESERVED;
  return leaf ? PW_CHAIN_PAGE : PW_CHAIN_OPEN;
}

void pw_chain_append(struct pw_chain *chain, const struct pw_check_context *context, uint64_t address, uint64_t value,
                     uint64_t event) {
  const struct pw_walk_rules *rules = &context->mode.rules;
  bool global_pages = (context->control.cr4 & PW_CR4_PGE) != 0;
  *descend(chain, context, address) = (struct pw_chain_entry){address, value, event};
  chain->end = (uint8_t)end_of(rules_at(context, chain->level), value);
  if (value & PW_ENTRY_A) chain->accessed |= (uint8_t)(1u << chain->level);
  if (chain->end == PW_CHAIN_NOT_PRESENT || chain->end == PW_CHAIN_RESERVED) return;
  chain->attributes = pw_combine_rights(rules, chain->attributes, value);
  if (chain->end == PW_CHAIN_OPEN) {
    chain->table_address = value & rules->table_mask;
    return;
  }
  chain->attributes = pw_leaf_attributes(rules, chain->level, chain->attributes, value, global_pages);
  chain->table_address = pw_leaf_address(rules, chain->level, value);
}

void pw_chain_append_bus_error(struct pw_chain *chain, const struct pw_check_context *context, uint64_t address,
                               uint64_t event) {
  *descend(chain, context, address) = (struct pw_chain_entry){address, 0, event};
  chain->end = PW_CHAIN_BUS_ERROR;
}

void pw_chain_update(struct pw_chain *chain, unsigned level, uint64_t value, uint64_t event) {
  chain->entry[level].value = value;
  chain->entry[level].read = event;
  if (value & PW_ENTRY_A) chain->accessed |= (uint8_t)(1u << level);
  if (chain->end == PW_CHAIN_PAGE && level == chain->level && (value & PW_ENTRY_D)) {
    chain->attributes |= PW_ATTR_DIRTY;
  }
}

struct pw_chain pw_chain_above(const struct pw_chain *chain, const struct pw_check_context *context, unsigned level) {
  struct pw_chain above = pw_chain_start(context);
  above.root_address = above.table_address = chain->root_address;
  above.pcid = chain->pcid;
  for (unsigned at = chain->top; at >= level; at--) {
    const struct pw_chain_entry *entry = &chain->entry[at];
    pw_chain_append(&above, context, entry->address, entry->value, entry->read);
  }
  return above;
}

bool pw_chain_is_accessed(const struct pw_chain *chain) {
  unsigned all = (2u << chain->top) - (1u << chain->level);
  return (chain->accessed & all) == all;
}

bool pw_chain_is_same(const struct pw_chain *a, const struct pw_chain *b) {
  if (a->level != b->level || a->top != b->top || a->end != b->end || a->pcid != b->pcid ||
      a->attributes != b->attributes || a->table_address != b->table_address || a->root_address != b->root_address) {
    return false;
  }
  for (unsigned level = a->level; level <= a->top; level++) {
    if (a->entry[level].address != b->entry[level].address || a->entry[level].value != b->entry[level].value) {
      return false;
    }
  }
  return true;
}

bool pw_chain_was_read_before(const struct pw_chain *chain, uint64_t event) {
  for (unsigned level = chain->level; level <= chain->top; level++) {
    if (chain->entry[level].read < event) return true;
  }
  return false;
}

static unsigned shift_of(const struct pw_chain *chain) { return PW_SMALL_PAGE_SHIFT + 9u * (chain->level - 1u); }

bool pw_chain_covers(const struct pw_chain *chain, uint64_t linear_address) {
  return chain->level > chain->top || (chain->linear_address ^ linear_address) >> shift_of(chain) == 0;
}

uint64_t pw_chain_key(const struct pw_chain *chain) {
  unsigned shift = shift_of(chain);
  uint64_t region = pw_key_region(chain->linear_address, shift);
  if (chain->end == PW_CHAIN_OPEN) return pw_key_make(PW_KEY_PSC + chain->level - 2u, chain->pcid, region);
  uint64_t pcid = chain->attributes & PW_ATTR_GLOBAL ? PW_KEY_GLOBAL_PCID : chain->pcid;
  return pw_key_make(pw_key_class_of_page(shift), pcid, region);
}

bool pw_chain_lacks_dirty(const struct pw_chain *chain, const struct pw_access *access) {
  return pw_step_needs_dirty(access, chain->attributes);
}

/* ---- answers ---- */

static struct pw_answer page_fault(const struct pw_access *access, uint32_t error_code) {
  if (access->flags & PW_PREFETCH) return (struct pw_answer){.fault = PW_RSP_DROPPED};
  return (struct pw_answer){.fault = PW_RSP_PAGE_FAULT, .error_code = (uint16_t)error_code};
}

static struct pw_answer mapped(const struct pw_chain *chain, const struct pw_access *access) {
  uint64_t offset = access->linear_address & ((UINT64_C(1) << shift_of(chain)) - 1);
  return (struct pw_answer){.fault = PW_RSP_NONE,
                            .page_level = (uint8_t)(chain->level - 1),
                            .memory_type = (chain->attributes & PW_ATTR_PAT_MASK) >> PW_ATTR_PAT_SHIFT,
                            .global = (chain->attributes & PW_ATTR_GLOBAL) != 0,
                            .physical_address = chain->table_address | offset};
}

struct pw_answer pw_chain_answer(const struct pw_chain *chain, const struct pw_access *access,
                                 const struct pw_check_context *context) {
  const struct pw_permission *permission = &context->mode.permissions.row[pw_permission_index(access)];
  switch ((enum pw_chain_end)chain->end) {
    case PW_CHAIN_NOT_PRESENT: return page_fault(access, permission->error_code);
    case PW_CHAIN_RESERVED: return page_fault(access, permission->error_code | PW_ERROR_P | PW_ERROR_RSVD);
    case PW_CHAIN_BUS_ERROR: return (struct pw_answer){.fault = PW_RSP_BUS_ERROR};
    case PW_CHAIN_PAGE:
      if (pw_permission_allows(permission, chain->attributes)) return mapped(chain, access);
      return page_fault(access, pw_permission_error_code(permission, chain->attributes));
    case PW_CHAIN_OPEN: break;
  }
  return (struct pw_answer){.fault = PW_RSP_FAULTS};
}

static bool is_same(const struct pw_answer *a, const struct pw_answer *b) {
  if (a->fault != b->fault) return false;
  if (a->fault == PW_RSP_PAGE_FAULT) return a->error_code == b->error_code;
  if (a->fault != PW_RSP_NONE) return true;
  return a->physical_address == b->physical_address && a->memory_type == b->memory_type && a->global == b->global;
}

/* SDM "TLB Entries for Large Pages": a processor may hold a page in pieces. */
bool pw_answer_explains(const struct pw_answer *legal, const struct pw_answer *answer) {
  return is_same(legal, answer) && (legal->fault != PW_RSP_NONE || answer->page_level <= legal->page_level);
}

/* SDM "Canonical Addressing". */
bool pw_answer_without_walk(const struct pw_access *access, const struct pw_check_context *context,
                            struct pw_answer *answer) {
  *answer = (struct pw_answer){0};
  if (!pw_is_canonical(context->mode.rules.format, access->linear_address)) {
    bool stack = (access->flags & PW_STACK) != 0;
    answer->fault = stack ? PW_RSP_STACK_FAULT : PW_RSP_GENERAL_PROTECTION;
    if (access->flags & PW_PREFETCH) answer->fault = PW_RSP_DROPPED;
    return true;
  }
  if (context->mode.paging) return false;
  answer->physical_address = access->linear_address;
  return true;
}

bool pw_answer_is_negative(const struct pw_answer *answer, const struct pw_access *access,
                           const struct pw_check_context *context) {
  uint32_t of_access = context->mode.permissions.row[pw_permission_index(access)].error_code;
  uint32_t error_code = answer->error_code;
  if (answer->fault != PW_RSP_PAGE_FAULT) return false;
  return error_code == of_access || error_code == (of_access | PW_ERROR_P | PW_ERROR_RSVD);
}
