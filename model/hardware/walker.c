/*
 * walker.c: the page-table walk.
 *
 * Order of the checks is the architecture's (SDM volume 3A, "Paging" and "Page-Fault Exceptions"): going down, an
 * entry is present before its reserved bits count; rights are looked at once, after the last level; then A and D are
 * set from the top down; then caches are filled. A compare-and-swap that finds another value restarts the walk.
 */
#include "walker.h"

#include "record.h"
#include "walk_memory.h"

/* One walk under way. */
struct walk {
  const struct pw_walk_rules *rules;
  const struct pw_walker *walker;
  struct pw_psc *psc; /* NULL for a probe: nothing is touched or filled */
  const struct pw_walk_request *request;
  struct pw_translation *record;
  struct pw_walk_memory memory;
  unsigned level;                               /* of the entry to read next; after the descent, of the leaf */
  uint64_t table_address;                       /* of the table that holds it */
  uint32_t attributes;                          /* rights combined so far */
  uint64_t entry;                               /* last entry read */
  struct pw_psc_entry below[PW_MAX_LEVELS + 1]; /* by level: what the table entries of this attempt decided */
  unsigned first_step;                          /* of this attempt in the record */
  bool restart;                                 /* a compare-and-swap failed */
};

static const uint32_t all_rights = PW_ATTR_WRITE | PW_ATTR_USER | PW_ATTR_EXECUTE;

/* A PDPTE of PAE paging is in a register and in no cache. */
static bool may_be_cached(const struct walk *walk, unsigned level) {
  return pw_psc_exists(&walk->walker->psc, level) && !walk->rules->level[level].in_register;
}

/* The deepest paging-structure cache that knows the address gives the starting point. All are looked up at once. */
static void start_from_psc(struct walk *walk) {
  const struct pw_psc *psc = &walk->walker->psc;
  for (unsigned level = 2; level <= walk->rules->format->levels; level++) {
    struct pw_psc_place place;
    if (!may_be_cached(walk, level)) continue;
    walk->record->psc_looked_up |= (uint8_t)(1u << level);
    if (walk->record->psc_level) continue;
    const struct pw_psc_entry *found =
        pw_psc_find(psc, level, walk->request->linear_address, walk->request->pcid, &place);
    if (!found) continue;
    if (walk->psc) pw_psc_touch(walk->psc, level, place);
    walk->level = level - 1;
    walk->table_address = found->table_address;
    walk->attributes = found->attributes;
    walk->record->psc_level = (uint8_t)level;
  }
  if (walk->record->psc_looked_up) walk->record->psc_cycles += walk->walker->psc_lookup_cycles;
}

static void start_attempt(struct walk *walk) {
  walk->level = walk->rules->format->levels;
  walk->table_address = walk->walker->root_address;
  walk->attributes = all_rights;
  walk->first_step = walk->record->step_count;
  walk->restart = false;
  walk->record->psc_level = 0;
  walk->record->walk_cycles += walk->walker->start_cycles;
  start_from_psc(walk);
}

/* PAE paging: the top-level entry is in a register, read without a memory reference. */
static enum pw_walk_end read_register(struct walk *walk, struct pw_walk_step *step) {
  walk->entry = walk->walker->pdpte[walk->request->linear_address >> walk->rules->level[walk->level].shift & 3];
  step->read_by = PW_SERVED_BY_REGISTER;
  return PW_WALK_DONE;
}

static enum pw_walk_end read_memory(struct walk *walk, struct pw_walk_step *step) {
  struct pw_memory_reference reference;
  step->entry_address = walk->table_address + pw_entry_offset(walk->rules, walk->level, walk->request->linear_address);
  int result = pw_walk_memory_read(&walk->memory, step->entry_address, walk->rules->format->entry_bytes, &walk->entry,
                                   &reference);
  step->read_cycles = reference.cycles;
  step->read_by = reference.served_by;
  walk->record->walk_cycles += reference.cycles + walk->walker->step_cycles;
  return result == PW_PORT_OK ? PW_WALK_DONE : PW_WALK_BUS_ERROR;
}

static enum pw_walk_end read_entry(struct walk *walk) {
  struct pw_walk_step *step = pw_record_step(walk->record);
  *step = (struct pw_walk_step){.level = (uint8_t)walk->level, .attempt = (uint8_t)(walk->record->attempts - 1)};
  enum pw_walk_end end =
      walk->rules->level[walk->level].in_register ? read_register(walk, step) : read_memory(walk, step);
  step->entry_before = step->entry_after = walk->entry;
  return end;
}

/* Sets bits in the entry of a step. PW_WALK_DONE with walk->restart when memory no longer holds what was read. */
static enum pw_walk_end set_bits(struct walk *walk, struct pw_walk_step *step, uint64_t bits) {
  struct pw_memory_reference reference;
  if ((step->entry_after & bits) == bits || walk->rules->level[step->level].in_register) return PW_WALK_DONE;
  int result = pw_walk_memory_update(&walk->memory, step->entry_address, walk->rules->format->entry_bytes,
                                     step->entry_after, step->entry_after | bits, &reference);
  step->update_cycles = reference.cycles;
  step->updated_by = reference.served_by;
  walk->record->update_cycles += reference.cycles;
  if (result == PW_PORT_BUS_ERROR) return PW_WALK_BUS_ERROR;
  if (result == PW_PORT_MISMATCH) {
    walk->restart = true;
  } else {
    step->entry_after |= bits;
  }
  return PW_WALK_DONE;
}

static void combine_rights(struct walk *walk) {
  if (walk->rules->level[walk->level].in_register) return; /* a PDPTE of PAE paging has no rights */
  if (!(walk->entry & PW_ENTRY_RW)) walk->attributes &= ~(uint32_t)PW_ATTR_WRITE;
  if (!(walk->entry & PW_ENTRY_US)) walk->attributes &= ~(uint32_t)PW_ATTR_USER;
  if (walk->entry & walk->rules->xd_bit) walk->attributes &= ~(uint32_t)PW_ATTR_EXECUTE;
}

static enum pw_walk_end fault(struct pw_walk_result *result, uint32_t error_code) {
  result->error_code = error_code;
  return PW_WALK_FAULT;
}

/*
 * accessed_on_fault: traversed. Entries that point to tables get A before the next entry is read. The implementations
 * that do so also treat a 1 GB leaf that way, before the reserved bits of its address; docs/spec-map.md.
 */
static bool sets_accessed_early(const struct walk *walk, bool leaf) {
  return walk->walker->accessed_on_fault == PW_ACCESSED_TRAVERSED && (!leaf || walk->level == 3);
}

/*
 * From the starting point to the leaf: present, then reserved bits, entry by entry. What is reserved in an entry that
 * points to a table is reserved in a leaf too; a leaf adds the low bits of its address.
 */
static enum pw_walk_end descend(struct walk *walk, struct pw_walk_result *result) {
  uint32_t access_bits = walk->request->permission->error_code;
  for (;; walk->level--) {
    const struct pw_level_rules *at = &walk->rules->level[walk->level];
    enum pw_walk_end end = read_entry(walk);
    if (end != PW_WALK_DONE) return end;
    if (!(walk->entry & PW_ENTRY_P)) return fault(result, access_bits);
    bool leaf = pw_entry_is_leaf(at, walk->entry);
    uint32_t reserved_fault = access_bits | PW_ERROR_P | PW_ERROR_RSVD;
    if (walk->entry & at->reserved_table) return fault(result, reserved_fault);
    if (sets_accessed_early(walk, leaf)) {
      end = set_bits(walk, &walk->record->steps[walk->record->step_count - 1], PW_ENTRY_A);
      if (end != PW_WALK_DONE || walk->restart) return end;
    }
    if (leaf && (walk->entry & at->reserved_leaf)) return fault(result, reserved_fault);
    combine_rights(walk);
    if (leaf) return PW_WALK_DONE;
    walk->table_address = walk->entry & walk->rules->table_mask;
    walk->below[walk->level] = (struct pw_psc_entry){walk->table_address, walk->attributes, 0};
  }
}

/* Attributes that the leaf adds to the combined rights. D is what memory holds after this walk. */
static uint32_t leaf_attributes(const struct walk *walk) {
  const struct pw_level_rules *at = &walk->rules->level[walk->level];
  uint64_t entry = walk->entry;
  uint32_t attributes = walk->attributes | (uint32_t)at->shift << PW_ATTR_PAGE_SHIFT_SHIFT;
  uint32_t pat = (entry & PW_ENTRY_PWT ? 1u : 0) | (entry & PW_ENTRY_PCD ? 2u : 0) | (entry & at->pat_bit ? 4u : 0);
  attributes |= pat << PW_ATTR_PAT_SHIFT;
  attributes |= ((uint32_t)(entry >> PW_ENTRY_PKEY_SHIFT) & walk->rules->pkey_mask) << PW_ATTR_PKEY_SHIFT;
  if (walk->walker->global_pages && (entry & PW_ENTRY_G)) attributes |= PW_ATTR_GLOBAL;
  if (walk->request->set_dirty || (entry & PW_ENTRY_D)) attributes |= PW_ATTR_DIRTY;
  return attributes;
}

/* A in every entry of this attempt from the top down, and D with it in the leaf of a write. */
static enum pw_walk_end set_accessed_and_dirty(struct walk *walk) {
  for (unsigned i = walk->first_step; i < walk->record->step_count; i++) {
    bool leaf = i + 1 == walk->record->step_count;
    uint64_t bits = PW_ENTRY_A | (leaf && walk->request->set_dirty ? PW_ENTRY_D : 0);
    enum pw_walk_end end = set_bits(walk, &walk->record->steps[i], bits);
    if (end != PW_WALK_DONE || walk->restart) return end;
  }
  return PW_WALK_DONE;
}

/* The entries of this attempt that point to tables enter their caches; they are present and have A = 1. */
static void fill_psc(struct walk *walk) {
  const struct pw_walk_request *request = walk->request;
  for (unsigned i = walk->first_step; i + 1 < walk->record->step_count; i++) {
    unsigned level = walk->record->steps[i].level;
    struct pw_psc_place place;
    if (!may_be_cached(walk, level)) continue;
    uint64_t victim =
        pw_psc_insert(walk->psc, level, request->linear_address, request->pcid, walk->below[level], &place);
    pw_record_fill(walk->record, (struct pw_fill){.victim_key = victim,
                                                  .set = place.set,
                                                  .way = (uint16_t)place.way,
                                                  .structure = PW_PAGING_STRUCTURE_CACHE,
                                                  .unit = (uint8_t)level});
  }
}

/* One walk from its starting point to a verdict, or to a failed compare-and-swap (walk->restart). */
static enum pw_walk_end attempt(struct walk *walk, struct pw_walk_result *result) {
  const struct pw_permission *permission = walk->request->permission;
  start_attempt(walk);
  enum pw_walk_end end = descend(walk, result);
  if (end != PW_WALK_DONE || walk->restart) return end;
  uint32_t attributes = leaf_attributes(walk);
  result->entry.attributes = attributes;
  if (!pw_permission_allows(permission, attributes)) {
    return fault(result, pw_permission_error_code(permission, attributes));
  }
  end = set_accessed_and_dirty(walk);
  if (end != PW_WALK_DONE || walk->restart) return end;
  if (walk->psc) fill_psc(walk);
  result->entry.page_address = pw_leaf_address(walk->rules, walk->level, walk->entry);
  return PW_WALK_DONE;
}

static struct pw_walk_result run(struct walk *walk) {
  struct pw_walk_result result = {.end = PW_WALK_GAVE_UP};
  walk->record->walked = 1;
  while (walk->record->attempts < PW_MAX_ATTEMPTS) {
    walk->record->attempts++;
    result.end = attempt(walk, &result);
    if (!walk->restart) return result;
  }
  result.end = PW_WALK_GAVE_UP;
  return result;
}

struct pw_walk_result pw_walk(struct pw_walker *walker, const struct pw_walk_request *request,
                              struct pw_translation *record) {
  struct walk walk = {.rules = &walker->rules,
                      .walker = walker,
                      .psc = &walker->psc,
                      .request = request,
                      .record = record,
                      .memory = {&walker->port, walker->hierarchy, NULL}};
  return run(&walk);
}

struct pw_walk_result pw_walk_probe(const struct pw_walker *walker, const struct pw_walk_request *request,
                                    struct pw_translation *record) {
  struct pw_walk_overlay overlay = {0};
  struct walk walk = {.rules = &walker->rules,
                      .walker = walker,
                      .psc = NULL,
                      .request = request,
                      .record = record,
                      .memory = {&walker->port, walker->hierarchy, &overlay}};
  return run(&walk);
}
