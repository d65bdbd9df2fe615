/*
 * walker.c: the page-table walk.
 *
 * Order of the checks is the architecture's (SDM volume 3A, "Paging" and "Page-Fault Exceptions"): going down, an
 * entry is present before its reserved bits count; rights are looked at once, after the last level; then A and D are
 * set from the top down; then caches are filled. A compare-and-swap that finds another value restarts the walk.
 */
#include "walker.h"

#include "page_attributes.h"
#include "record.h"

/* A PDPTE of PAE paging is in a register and in no cache. */
static bool may_be_cached(const struct pw_walk *walk, unsigned level) {
  return pw_psc_exists(&walk->walker->psc, level) && !walk->walker->rules.level[level].in_register;
}

/* The deepest paging-structure cache that knows the address gives the starting point. All are looked up at once. */
static void start_from_psc(struct pw_walk *walk) {
  const struct pw_psc *psc = &walk->walker->psc;
  for (unsigned level = 2; level <= walk->walker->rules.format->levels; level++) {
    struct pw_psc_place place;
    if (!may_be_cached(walk, level)) continue;
    walk->record->psc_looked_up |= (uint8_t)(1u << level);
    if (walk->record->psc_level || walk->from_root) continue;
    const struct pw_psc_entry *found =
        pw_psc_find(psc, level, walk->request.linear_address, walk->request.pcid, &place);
    if (!found) continue;
    if (walk->psc) pw_psc_touch(walk->psc, level, place);
    walk->level = level - 1;
    walk->table_address = found->table_address;
    walk->attributes = found->attributes;
    walk->cache_control = found->cache_control;
    walk->started_at = place;
    walk->record->psc_level = (uint8_t)level;
  }
  if (walk->record->psc_looked_up) walk->record->psc_cycles += walk->walker->psc_lookup_cycles;
}

void pw_walk_begin(struct pw_walk *walk, const struct pw_walker *walker, struct pw_psc *psc,
                   const struct pw_walk_request *request, struct pw_translation *record) {
  walk->walker = walker;
  walk->psc = psc;
  walk->record = record;
  walk->request = *request;
  walk->from_root = false;
  walk->memory = (struct pw_walk_memory){.port = &walker->port, .hierarchy = walker->hierarchy};
  record->walked = 1;
}

void pw_walk_start_attempt(struct pw_walk *walk) {
  if (walk->record->attempts < UINT8_MAX) walk->record->attempts++;
  if (walk->record->step_count > PW_MAX_STEPS - PW_MAX_LEVELS) walk->record->step_count = 0;
  walk->level = walk->walker->rules.format->levels;
  walk->table_address = walk->walker->root_address;
  walk->attributes = PW_ALL_RIGHTS;
  walk->cache_control = walk->walker->root_cache_control;
  walk->first_step = walk->record->step_count;
  walk->result.error_code = 0;
  walk->record->psc_level = 0;
  walk->record->walk_cycles += walk->walker->start_cycles;
  start_from_psc(walk);
}

/* PAE paging: the top-level entry is in a register, read without a memory reference. */
static enum pw_walk_end read_register(struct pw_walk *walk, struct pw_walk_step *step) {
  walk->entry = walk->walker->pdpte[walk->request.linear_address >> walk->walker->rules.level[walk->level].shift & 3];
  step->read_by = PW_SERVED_BY_REGISTER;
  return PW_WALK_DONE;
}

static enum pw_walk_end read_memory(struct pw_walk *walk, struct pw_walk_step *step) {
  struct pw_memory_reference reference;
  walk->memory.cache_control = step->cache_control;
  step->entry_address =
      walk->table_address + pw_entry_offset(&walk->walker->rules, walk->level, walk->request.linear_address);
  int result = pw_walk_memory_read(&walk->memory, step->entry_address, walk->walker->rules.format->entry_bytes,
                                   &walk->entry, &reference);
  step->read_cycles = reference.cycles;
  step->read_by = reference.served_by;
  walk->record->walk_cycles += reference.cycles + walk->walker->step_cycles;
  return result == PW_PORT_OK ? PW_WALK_DONE : PW_WALK_BUS_ERROR;
}

static enum pw_walk_end read_entry(struct pw_walk *walk) {
  struct pw_walk_step *step = pw_record_step(walk->record);
  *step = (struct pw_walk_step){.level = (uint8_t)walk->level,
                                .attempt = (uint8_t)(walk->record->attempts - 1),
                                .cache_control = (uint8_t)walk->cache_control};
  enum pw_walk_end end =
      walk->walker->rules.level[walk->level].in_register ? read_register(walk, step) : read_memory(walk, step);
  step->entry_before = step->entry_after = walk->entry;
  return end;
}

/* Sets bits in the entry of a step. */
static enum pw_walk_end set_bits(struct pw_walk *walk, struct pw_walk_step *step, uint64_t bits) {
  struct pw_memory_reference reference;
  if ((step->entry_after & bits) == bits || walk->walker->rules.level[step->level].in_register) return PW_WALK_DONE;
  walk->memory.cache_control = step->cache_control;
  int result = pw_walk_memory_update(&walk->memory, step->entry_address, walk->walker->rules.format->entry_bytes,
                                     step->entry_after, step->entry_after | bits, &reference);
  step->update_cycles = reference.cycles;
  step->updated_by = reference.served_by;
  walk->record->update_cycles += reference.cycles;
  if (result == PW_PORT_BUS_ERROR) return PW_WALK_BUS_ERROR;
  if (result == PW_PORT_MISMATCH) return PW_WALK_RESTART;
  step->entry_after |= bits;
  return PW_WALK_DONE;
}

static enum pw_walk_end fault(struct pw_walk *walk, uint32_t error_code) {
  walk->result.error_code = error_code;
  return PW_WALK_FAULT;
}

/*
 * accessed_on_fault: traversed. Entries that point to tables get A before the next entry is read. The implementations
 * that do so also treat a 1 GB leaf that way, before the reserved bits of its address; docs/spec-map.md.
 */
static bool sets_accessed_early(const struct pw_walk *walk, bool leaf) {
  return walk->walker->accessed_on_fault == PW_ACCESSED_TRAVERSED && (!leaf || walk->level == 3);
}

/*
 * From the starting point to the leaf: present, then reserved bits, entry by entry. What is reserved in an entry that
 * points to a table is reserved in a leaf too; a leaf adds the low bits of its address.
 */
static enum pw_walk_end descend(struct pw_walk *walk) {
  uint32_t access_bits = walk->request.permission->error_code;
  for (;; walk->level--) {
    const struct pw_level_rules *at = &walk->walker->rules.level[walk->level];
    enum pw_walk_end end = read_entry(walk);
    if (end != PW_WALK_DONE) return end;
    if (!(walk->entry & PW_ENTRY_P)) return fault(walk, access_bits);
    bool leaf = pw_entry_is_leaf(at, walk->entry);
    uint32_t reserved_fault = access_bits | PW_ERROR_P | PW_ERROR_RSVD;
    if (walk->entry & at->reserved_table) return fault(walk, reserved_fault);
    if (sets_accessed_early(walk, leaf)) {
      end = set_bits(walk, &walk->record->steps[walk->record->step_count - 1], PW_ENTRY_A);
      if (end != PW_WALK_DONE) return end;
    }
    if (leaf && (walk->entry & at->reserved_leaf)) return fault(walk, reserved_fault);
    /* A PDPTE of PAE paging has no rights. */
    if (!at->in_register) walk->attributes = pw_combine_rights(&walk->walker->rules, walk->attributes, walk->entry);
    if (leaf) return PW_WALK_DONE;
    walk->table_address = walk->entry & walk->walker->rules.table_mask;
    walk->cache_control = pw_cache_control_of(walk->entry);
    walk->below[walk->level] = (struct pw_psc_entry){walk->table_address, walk->attributes, walk->cache_control};
  }
}

/* A in every entry of this attempt from the top down, and D with it in the leaf of a write. */
static enum pw_walk_end set_accessed_and_dirty(struct pw_walk *walk) {
  for (unsigned i = walk->first_step; i < walk->record->step_count; i++) {
    bool leaf = i + 1 == walk->record->step_count;
    uint64_t bits = PW_ENTRY_A | (leaf && walk->request.set_dirty ? PW_ENTRY_D : 0);
    enum pw_walk_end end = set_bits(walk, &walk->record->steps[i], bits);
    if (end != PW_WALK_DONE) return end;
  }
  return PW_WALK_DONE;
}

void pw_walk_fill_caches(struct pw_walk *walk) {
  const struct pw_walk_request *request = &walk->request;
  /* The entries of the attempt that point to tables are present and have A = 1. */
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

/* From the starting point of an attempt to a verdict. */
static enum pw_walk_end finish(struct pw_walk *walk) {
  const struct pw_permission *permission = walk->request.permission;
  enum pw_walk_end end = descend(walk);
  if (end != PW_WALK_DONE) return end;
  uint32_t attributes =
      pw_leaf_attributes(&walk->walker->rules, walk->level, walk->attributes, walk->entry, walk->walker->global_pages);
  if (walk->request.set_dirty) attributes |= PW_ATTR_DIRTY; /* what memory holds after this walk */
  walk->result.entry.attributes = attributes;
  if (!pw_permission_allows(permission, attributes)) {
    return fault(walk, pw_permission_error_code(permission, attributes));
  }
  end = set_accessed_and_dirty(walk);
  walk->result.entry.page_address = pw_leaf_address(&walk->walker->rules, walk->level, walk->entry);
  return end;
}

enum pw_walk_end pw_walk_finish_attempt(struct pw_walk *walk) {
  walk->result.entry = (struct pw_tlb_entry){0};
  return walk->result.end = finish(walk);
}

enum pw_walk_end pw_walk_run(struct pw_walk *walk) {
  do {
    if (walk->record->attempts == PW_MAX_ATTEMPTS) return walk->result.end = PW_WALK_GAVE_UP;
    pw_walk_start_attempt(walk);
  } while (pw_walk_finish_attempt(walk) == PW_WALK_RESTART);
  return walk->result.end;
}

enum pw_walk_end pw_walk_run_probe(struct pw_walk *walk) {
  struct pw_walk_overlay overlay = {0};
  walk->memory.overlay = &overlay;
  pw_walk_run(walk);
  walk->memory.overlay = NULL;
  return walk->result.end;
}
