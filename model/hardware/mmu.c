/*
 * mmu.c: the memory-management unit: joins TLBs, walker and permission check into one translation, and carries out
 * the operations that invalidate them.
 */
#include <pagewalk/mmu.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "tlb_hierarchy.h"
#include "walker.h"

struct pw_mmu {
  struct pw_translation_mode mode;
  struct pw_tlb_hierarchy tlbs;
  struct pw_walker walker;
  struct pw_control control;
  unsigned physical_address_bits;
  bool pages_1gb;
};

/* ---- translation: the hit path ---- */

/* Everything in front of the steps starts at zero; steps and fills are valid only up to their counts. */
static inline void start_record(struct pw_translation *t, const struct pw_access *access) {
  memset(t, 0, offsetof(struct pw_translation, steps));
  t->linear_address = access->linear_address;
  t->kind = access->kind;
}

static inline void answer_mapped(const struct pw_mmu *mmu, struct pw_translation *t, struct pw_tlb_entry entry) {
  uint32_t page_shift = (entry.attributes & PW_ATTR_PAGE_SHIFT_MASK) >> PW_ATTR_PAGE_SHIFT_SHIFT;
  uint32_t pat = (entry.attributes & PW_ATTR_PAT_MASK) >> PW_ATTR_PAT_SHIFT;
  t->outcome = PW_MAPPED;
  t->physical_address = entry.page_address | (t->linear_address & ((UINT64_C(1) << page_shift) - 1));
  t->attributes = entry.attributes;
  t->page_shift = (uint8_t)page_shift;
  t->memory_type = (uint8_t)(mmu->control.pat >> (8 * pat) & 7);
}

static inline void note_hit(struct pw_translation *t, const struct pw_tlb_path *path, struct pw_tlb_hit hit) {
  t->hit_level = (uint8_t)(hit.at + 1);
  t->hit_unit = path->unit[hit.at];
  t->hit_array = (uint8_t)hit.place.array;
  t->hit_way = (uint16_t)hit.place.way;
  t->hit_set = hit.place.set;
}

/* Looks the levels of the path up, nearest first, charging each. */
static inline bool look_up(const struct pw_mmu *mmu, const struct pw_tlb_path *path, struct pw_translation *t,
                           struct pw_tlb_hit *hit) {
  for (uint32_t at = 0; at < path->count; at++) {
    const struct pw_tlb *tlb = &mmu->tlbs.units[path->unit[at]];
    t->tlb_cycles += tlb->hit_cycles;
    t->looked_up |= (uint8_t)(1u << path->unit[at]);
    hit->at = at;
    if (pw_tlb_find(tlb, t->linear_address, mmu->mode.pcid, &hit->place)) return true;
  }
  return false;
}

/* ---- translation: faults and walks ---- */

static void answer_page_fault(struct pw_translation *t, uint32_t error_code) {
  t->outcome = PW_PAGE_FAULT;
  t->error_code = error_code;
  t->cr2 = t->linear_address;
}

/* SDM "Canonical Addressing": #SS(0) through the stack segment, else #GP(0), before any walk; a prefetch does nothing.
 */
static void answer_not_canonical(struct pw_translation *t, const struct pw_access *access) {
  if (access->flags & PW_PREFETCH) {
    t->outcome = PW_DROPPED;
  } else {
    t->outcome = access->flags & PW_STACK ? PW_STACK_FAULT : PW_GENERAL_PROTECTION;
  }
}

/* SDM "Operations that Invalidate TLBs and Paging-Structure Caches": a page fault drops what it used. */
static void drop_after_fault(struct pw_mmu *mmu, uint64_t linear_address) {
  pw_tlb_hierarchy_drop_page(&mmu->tlbs, linear_address, mmu->mode.pcid, true);
  pw_psc_drop_address(&mmu->walker.psc, linear_address, mmu->mode.pcid);
}

/* One translation on its way through the slow path. mmu_changed is NULL for a probe. */
struct slow {
  const struct pw_mmu *mmu;
  struct pw_mmu *changed;
  const struct pw_access *access;
  const struct pw_permission *permission;
  const struct pw_tlb_path *path;
  struct pw_translation *t;
};

/* `attributes` are those of the page whose rights denied the access, 0 for another cause. */
static void finish_fault(const struct slow *slow, uint32_t error_code, uint32_t attributes) {
  if (slow->access->flags & PW_PREFETCH) {
    slow->t->outcome = PW_DROPPED;
    return;
  }
  answer_page_fault(slow->t, error_code);
  slow->t->attributes = attributes;
  if (slow->changed) drop_after_fault(slow->changed, slow->t->linear_address);
}

/* A walk's result enters the TLBs. After a hit that only lacked D, the page is renewed where it is. */
static void install(const struct slow *slow, const struct pw_tlb_hit *dirty_hit, struct pw_tlb_entry entry) {
  struct pw_tlb_hierarchy *tlbs = &slow->changed->tlbs;
  struct pw_tlb_item item = pw_tlb_item_make(slow->t->linear_address, slow->mmu->mode.pcid, entry);
  if (dirty_hit) {
    const struct pw_tlb *tlb = &tlbs->units[slow->path->unit[dirty_hit->at]];
    struct pw_tlb_place place = dirty_hit->place;
    const struct pw_set_assoc *assoc = &tlb->arrays[place.array].assoc;
    if (assoc->keys[pw_set_assoc_slot(assoc, place.set, place.way)] == item.key) {
      pw_tlb_renew(tlbs, slow->path, item);
      pw_tlb_promote(tlbs, slow->path, dirty_hit->at, item, slow->t);
      return;
    }
    pw_tlb_hierarchy_drop_page(tlbs, slow->t->linear_address, slow->mmu->mode.pcid, true);
  }
  pw_tlb_fill(tlbs, slow->path, slow->path->count, item, slow->t);
}

static int walk(const struct slow *slow, const struct pw_tlb_hit *dirty_hit) {
  struct pw_walk_request request = {
      .linear_address = slow->t->linear_address,
      .pcid = slow->mmu->mode.pcid,
      .permission = slow->permission,
      .set_dirty = slow->access->kind == PW_WRITE && !(slow->access->flags & PW_PREFETCH),
  };
  struct pw_walk_result result = slow->changed ? pw_walk(&slow->changed->walker, &request, slow->t)
                                               : pw_walk_probe(&slow->mmu->walker, &request, slow->t);
  switch (result.end) {
    case PW_WALK_GAVE_UP: return -PW_ECONTENTION;
    case PW_WALK_BUS_ERROR: slow->t->outcome = PW_BUS_ERROR; return 0;
    case PW_WALK_FAULT: finish_fault(slow, result.error_code, result.entry.attributes); return 0;
    case PW_WALK_DONE: break;
  }
  answer_mapped(slow->mmu, slow->t, result.entry);
  if (slow->changed) install(slow, dirty_hit, result.entry);
  return 0;
}

/* SDM "Accessed and Dirty Flags": a cached D = 0 does not allow a write before D is set in memory. */
static bool needs_dirty(const struct pw_access *access, uint32_t attributes) {
  return access->kind == PW_WRITE && !(attributes & PW_ATTR_DIRTY) && !(access->flags & PW_PREFETCH);
}

static int translate_hit(const struct slow *slow, struct pw_tlb_hit hit) {
  struct pw_tlb_entry entry = *pw_tlb_entry_at(&slow->mmu->tlbs.units[slow->path->unit[hit.at]], hit.place);
  note_hit(slow->t, slow->path, hit);
  if (!pw_permission_allows(slow->permission, entry.attributes)) {
    finish_fault(slow, pw_permission_error_code(slow->permission, entry.attributes), entry.attributes);
    return 0;
  }
  if (slow->changed) pw_tlb_touch(&slow->changed->tlbs.units[slow->path->unit[hit.at]], hit.place);
  if (needs_dirty(slow->access, entry.attributes)) {
    slow->t->dirty_walk = 1;
    return walk(slow, &hit);
  }
  answer_mapped(slow->mmu, slow->t, entry);
  if (slow->changed && hit.at > 0) {
    struct pw_tlb_item item = pw_tlb_item_make(slow->t->linear_address, slow->mmu->mode.pcid, entry);
    pw_tlb_promote(&slow->changed->tlbs, slow->path, hit.at, item, slow->t);
  }
  return 0;
}

/* CR0.PG = 0: the linear address is the physical address (SDM "Paging-Mode Enabling"). */
static void answer_unpaged(const struct pw_mmu *mmu, struct pw_translation *t) {
  struct pw_tlb_entry identity = {
      .page_address = t->linear_address & ~(uint64_t)(PW_SMALL_PAGE_BYTES - 1),
      .attributes = PW_ATTR_WRITE | PW_ATTR_USER | PW_ATTR_EXECUTE | PW_ATTR_DIRTY |
                    PW_SMALL_PAGE_SHIFT << PW_ATTR_PAGE_SHIFT_SHIFT,
  };
  answer_mapped(mmu, t, identity);
}

static bool access_is_legal(const struct pw_access *access) {
  uint64_t offset = access->linear_address & (PW_SMALL_PAGE_BYTES - 1);
  return access->kind < PW_ACCESS_KINDS && access->cpl <= 3 && access->flags <= PW_ACCESS_FLAGS_ALL &&
         offset + access->size_bytes <= PW_SMALL_PAGE_BYTES;
}

/* What is the same for a translation and a probe; `changed` is the MMU itself, or NULL for a probe. */
static __attribute__((noinline)) int translate_fully(const struct pw_mmu *mmu, struct pw_mmu *changed,
                                                     const struct pw_access *access, struct pw_translation *t) {
  struct slow slow = {.mmu = mmu, .changed = changed, .access = access, .t = t};
  struct pw_tlb_hit hit;
  if (!pw_is_canonical(mmu->mode.rules.format, access->linear_address)) {
    answer_not_canonical(t, access);
    return 0;
  }
  if (!mmu->mode.paging) {
    answer_unpaged(mmu, t);
    return 0;
  }
  slow.path = pw_tlb_path_of(&mmu->tlbs, access->kind);
  slow.permission = &mmu->mode.permissions.row[pw_permission_index(access)];
  if (!look_up(mmu, slow.path, t, &hit)) return walk(&slow, NULL);
  return translate_hit(&slow, hit);
}

/*
 * Host shortcut for the commonest case, a first-level hit that needs nothing else: the same answer as
 * translate_fully, without its generality. False leaves the record as start_record made it.
 */
static inline bool translate_first_level(struct pw_mmu *mmu, const struct pw_access *access, struct pw_translation *t) {
  const struct pw_tlb_path *path = pw_tlb_path_of(&mmu->tlbs, access->kind);
  struct pw_tlb *tlb = &mmu->tlbs.units[path->unit[0]];
  struct pw_tlb_hit hit = {.at = 0};
  if (!path->count || !mmu->mode.paging || !pw_is_canonical(mmu->mode.rules.format, access->linear_address)) {
    return false;
  }
  if (!pw_tlb_find(tlb, access->linear_address, mmu->mode.pcid, &hit.place)) return false;
  const struct pw_tlb_entry *entry = pw_tlb_entry_at(tlb, hit.place);
  const struct pw_permission *permission = &mmu->mode.permissions.row[pw_permission_index(access)];
  if (!pw_permission_allows(permission, entry->attributes) || needs_dirty(access, entry->attributes)) return false;
  pw_tlb_touch(tlb, hit.place);
  t->tlb_cycles = tlb->hit_cycles;
  t->looked_up = (uint8_t)(1u << path->unit[0]);
  note_hit(t, path, hit);
  answer_mapped(mmu, t, *entry);
  return true;
}

int pw_translate(struct pw_mmu *mmu, const struct pw_access *access, struct pw_translation *translation) {
  if (!access_is_legal(access)) return -PW_EINVAL;
  start_record(translation, access);
  if (translate_first_level(mmu, access, translation)) return 0;
  return translate_fully(mmu, mmu, access, translation);
}

int pw_probe(const struct pw_mmu *mmu, const struct pw_access *access, struct pw_translation *translation) {
  if (!access_is_legal(access)) return -PW_EINVAL;
  start_record(translation, access);
  return translate_fully(mmu, NULL, access, translation);
}

/* ---- registers ---- */

struct pw_control pw_control_from_config(const struct pw_config *config, uint64_t cr3) {
  bool long_mode = pw_paging_formats[config->mode].long_mode;
  struct pw_control control = {.cr0 = PW_CR0_PG, .cr3 = cr3, .cr4 = PW_CR4_PSE, .pat = PW_PAT_RESET};
  if (config->wp) control.cr0 |= PW_CR0_WP;
  if (config->mode != PW_MODE_32BIT) control.cr4 |= PW_CR4_PAE;
  if (config->mode == PW_MODE_5LEVEL) control.cr4 |= PW_CR4_LA57;
  if (config->pge) control.cr4 |= PW_CR4_PGE;
  if (config->pcide && long_mode) control.cr4 |= PW_CR4_PCIDE;
  if (config->smep) control.cr4 |= PW_CR4_SMEP;
  if (config->smap) control.cr4 |= PW_CR4_SMAP;
  if (config->pke && long_mode) control.cr4 |= PW_CR4_PKE;
  if (config->nxe) control.efer |= PW_EFER_NXE;
  if (long_mode) control.efer |= PW_EFER_LME;
  return control;
}

/* SDM "PDPTE Registers": loaded with CR3; a present one with a reserved bit set is #GP and nothing changes. */
static int load_pdpte_registers(const struct pw_mmu *mmu, const struct pw_translation_mode *mode, uint64_t pdpte[4]) {
  const struct pw_memory_port *port = &mmu->walker.port;
  if (!mode->paging || mode->mode != PW_MODE_PAE) return 0;
  for (unsigned i = 0; i < 4; i++) {
    if (port->read(port->context, mode->root_address + 8 * i, &pdpte[i]) != PW_PORT_OK) return -PW_EGP;
    if ((pdpte[i] & PW_ENTRY_P) && (pdpte[i] & mode->rules.level[3].reserved_table)) return -PW_EGP;
  }
  return 0;
}

static void set_psc_shifts(struct pw_mmu *mmu) {
  const struct pw_walk_rules *rules = &mmu->mode.rules;
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) {
    bool exists = level <= rules->format->levels;
    mmu->walker.psc.level[level].shift = exists ? rules->level[level].shift : rules->format->linear_bits;
  }
}

/*
 * Makes a checked state current, with the PDPTE registers of PAE paging loaded anew or kept. Returns -PW_EGP, with
 * nothing changed, when they cannot be loaded.
 */
static int commit_control(struct pw_mmu *mmu, const struct pw_control *control, bool load_pdptes) {
  struct pw_translation_mode mode = pw_control_decode(control, mmu->physical_address_bits, mmu->pages_1gb);
  uint64_t pdpte[4] = {mmu->walker.pdpte[0], mmu->walker.pdpte[1], mmu->walker.pdpte[2], mmu->walker.pdpte[3]};
  int status = load_pdptes ? load_pdpte_registers(mmu, &mode, pdpte) : 0;
  if (status) return status;
  mmu->control = *control;
  mmu->mode = mode;
  mmu->walker.rules = mode.rules;
  mmu->walker.root_address = mode.root_address;
  mmu->walker.global_pages = (control->cr4 & PW_CR4_PGE) != 0;
  for (unsigned i = 0; i < 4; i++) mmu->walker.pdpte[i] = pdpte[i];
  set_psc_shifts(mmu);
  return 0;
}

static int change_control(struct pw_mmu *mmu, const struct pw_control *to, bool load_pdptes) {
  int status = pw_control_check(to, mmu->physical_address_bits);
  if (!status) status = pw_control_check_change(&mmu->control, to);
  return status ? status : commit_control(mmu, to, load_pdptes);
}

static void drop_matching(struct pw_mmu *mmu, struct pw_key_match match) {
  pw_tlb_hierarchy_drop_matching(&mmu->tlbs, match);
  pw_psc_drop_matching(&mmu->walker.psc, match);
}

struct pw_control pw_mmu_control(const struct pw_mmu *mmu) {
  return mmu->control;
}

int pw_mmu_set_control(struct pw_mmu *mmu, const struct pw_control *control) {
  int status = pw_control_check(control, mmu->physical_address_bits);
  if (!status) status = commit_control(mmu, control, true);
  if (!status) pw_mmu_flush(mmu);
  return status;
}

/*
 * SDM "PDPTE Registers": in PAE paging MOV to CR3 loads them, and a MOV to CR0 or CR4 that changes one of CR0.CD,
 * CR0.NW, CR0.PG, CR4.PAE, CR4.PGE, CR4.PSE and CR4.SMEP.
 */
#define CR0_NW (UINT64_C(1) << 29)
#define CR0_CD (UINT64_C(1) << 30)

int pw_write_cr0(struct pw_mmu *mmu, uint64_t value) {
  struct pw_control to = mmu->control;
  bool stops_paging = mmu->mode.paging && !(value & PW_CR0_PG);
  bool load_pdptes = ((to.cr0 ^ value) & (PW_CR0_PG | CR0_CD | CR0_NW)) != 0;
  to.cr0 = value;
  int status = change_control(mmu, &to, load_pdptes);
  if (!status && stops_paging) drop_matching(mmu, pw_match_all());
  return status;
}

int pw_write_cr3(struct pw_mmu *mmu, uint64_t value) {
  struct pw_control to = mmu->control;
  bool pcids = (to.cr4 & PW_CR4_PCIDE) != 0;
  bool no_flush = pcids && (value & PW_CR3_NO_FLUSH);
  to.cr3 = pcids ? value & ~PW_CR3_NO_FLUSH : value;
  int status = change_control(mmu, &to, true);
  if (status || no_flush) return status;
  if (pcids) {
    drop_matching(mmu, pw_match_pcid(mmu->mode.pcid));
  } else {
    drop_matching(mmu, pw_match_all_but_globals());
  }
  return 0;
}

int pw_write_cr4(struct pw_mmu *mmu, uint64_t value) {
  struct pw_control to = mmu->control;
  uint64_t changed = to.cr4 ^ value;
  to.cr4 = value;
  bool load_pdptes = (changed & (PW_CR4_PAE | PW_CR4_PGE | PW_CR4_PSE | PW_CR4_SMEP)) != 0;
  int status = change_control(mmu, &to, load_pdptes);
  if (status) return status;
  bool clears_pcide = (changed & PW_CR4_PCIDE) && !(value & PW_CR4_PCIDE);
  bool sets_smep = (changed & PW_CR4_SMEP) && (value & PW_CR4_SMEP);
  if ((changed & (PW_CR4_PGE | PW_CR4_PAE | PW_CR4_PSE)) || clears_pcide) {
    drop_matching(mmu, pw_match_all()); /* for PAE and PSE more than is asked: entries of another format do not stay */
  } else if (sets_smep) {
    drop_matching(mmu, pw_match_pcid(mmu->mode.pcid));
    drop_matching(mmu, pw_match_globals()); /* the SDM does not except global pages here, as it does for CR3 */
  }
  return 0;
}

int pw_write_efer(struct pw_mmu *mmu, uint64_t value) {
  struct pw_control to = mmu->control;
  to.efer = value;
  return change_control(mmu, &to, false);
}

int pw_write_pat(struct pw_mmu *mmu, uint64_t value) {
  struct pw_control to = mmu->control;
  to.pat = value;
  return change_control(mmu, &to, false);
}

int pw_write_pkru(struct pw_mmu *mmu, uint32_t value) {
  struct pw_control to = mmu->control;
  to.pkru = value;
  return change_control(mmu, &to, false);
}

/* ---- invalidations ---- */

int pw_invlpg(struct pw_mmu *mmu, uint64_t linear_address) {
  /* SDM volume 2, "INVLPG": a non-canonical address is no operation. */
  if (!pw_is_canonical(mmu->mode.rules.format, linear_address)) return 0;
  pw_tlb_hierarchy_drop_page(&mmu->tlbs, linear_address, mmu->mode.pcid, true);
  pw_psc_drop_matching(&mmu->walker.psc, pw_match_pcid(mmu->mode.pcid));
  return 0;
}

int pw_invpcid(struct pw_mmu *mmu, unsigned type, unsigned pcid, uint64_t linear_address) {
  bool pcids = (mmu->control.cr4 & PW_CR4_PCIDE) != 0;
  bool names_pcid = type == PW_INVPCID_ADDRESS || type == PW_INVPCID_CONTEXT;
  if (type > PW_INVPCID_ALL_BUT_GLOBALS || pcid > 0xfff) return -PW_EGP;
  if (names_pcid && pcid > 0 && !pcids) return -PW_EGP;
  switch ((enum pw_invpcid_type)type) {
    case PW_INVPCID_ADDRESS:
      if (!pw_is_canonical(mmu->mode.rules.format, linear_address)) return -PW_EGP;
      pw_tlb_hierarchy_drop_page(&mmu->tlbs, linear_address, pcid, false);
      pw_psc_drop_matching(&mmu->walker.psc, pw_match_pcid(pcid));
      break;
    case PW_INVPCID_CONTEXT: drop_matching(mmu, pw_match_pcid(pcid)); break;
    case PW_INVPCID_ALL_WITH_GLOBALS: drop_matching(mmu, pw_match_all()); break;
    case PW_INVPCID_ALL_BUT_GLOBALS: drop_matching(mmu, pw_match_all_but_globals()); break;
  }
  return 0;
}

void pw_mmu_flush(struct pw_mmu *mmu) {
  pw_tlb_hierarchy_reset(&mmu->tlbs);
  pw_psc_reset(&mmu->walker.psc);
}

/* ---- life ---- */

static int init(struct pw_mmu *mmu, const struct pw_config *config, const struct pw_memory_port *port,
                struct pw_memory_hierarchy *hierarchy) {
  struct pw_control control = pw_control_from_config(config, 0);
  mmu->physical_address_bits = config->physical_address_bits;
  mmu->pages_1gb = config->pages_1gb;
  mmu->walker = (struct pw_walker){.port = *port,
                                   .hierarchy = hierarchy,
                                   .accessed_on_fault = config->accessed_on_fault,
                                   .start_cycles = config->walk_start_cycles,
                                   .step_cycles = config->walk_step_cycles,
                                   .psc_lookup_cycles = config->psc_lookup_cycles};
  int status = pw_tlb_hierarchy_init(&mmu->tlbs, config);
  if (!status) status = pw_psc_init(&mmu->walker.psc, config);
  return status ? status : pw_mmu_set_control(mmu, &control);
}

int pw_mmu_create(const struct pw_config *config, const struct pw_memory_port *port,
                  struct pw_memory_hierarchy *hierarchy, struct pw_mmu **mmu) {
  *mmu = NULL;
  if (pw_config_validate(config, NULL)) return -PW_ECONFIG;
  struct pw_mmu *made = calloc(1, sizeof *made);
  if (!made) return -PW_ENOMEM;
  int status = init(made, config, port, hierarchy);
  if (status) {
    pw_mmu_destroy(made);
    return status;
  }
  *mmu = made;
  return 0;
}

void pw_mmu_destroy(struct pw_mmu *mmu) {
  if (!mmu) return;
  pw_tlb_hierarchy_free(&mmu->tlbs);
  pw_psc_free(&mmu->walker.psc);
  free(mmu);
}

/* ---- looking inside ---- */

int pw_mmu_decode_key(const struct pw_mmu *mmu, uint64_t key, struct pw_key_fields *fields) {
  static const uint8_t page_shifts[] = {[PW_KEY_4K] = 12, [PW_KEY_2M] = 21, [PW_KEY_4M] = 22, [PW_KEY_1G] = 30};
  unsigned key_class = pw_key_class(key);
  bool is_psc = key_class >= PW_KEY_PSC;
  unsigned shift = is_psc ? mmu->walker.psc.level[key_class - PW_KEY_PSC + 2].shift : page_shifts[key_class];
  if (!(key & PW_KEY_VALID)) return 0;
  uint64_t address = pw_key_region_of(key) << shift;
  fields->linear_address = (uint64_t)((int64_t)(address << 7) >> 7); /* keys keep 57 bits, sign included */
  fields->page_shift = shift;
  fields->global = pw_key_is_global(key);
  fields->pcid = fields->global ? 0 : (uint32_t)((key & PW_KEY_PCID_FIELD) >> PW_KEY_PCID_SHIFT);
  return 1;
}

int pw_mmu_tlb_holds(const struct pw_mmu *mmu, unsigned unit, uint64_t linear_address, unsigned pcid) {
  struct pw_tlb_place place;
  return unit < mmu->tlbs.unit_count && pw_tlb_find(&mmu->tlbs.units[unit], linear_address, pcid, &place);
}

int pw_mmu_psc_holds(const struct pw_mmu *mmu, unsigned level, uint64_t linear_address, unsigned pcid) {
  struct pw_psc_place place;
  if (level < 2 || level > PW_MAX_LEVELS || !pw_psc_exists(&mmu->walker.psc, level)) return 0;
  return pw_psc_find(&mmu->walker.psc, level, linear_address, pcid, &place) != NULL;
}

uint64_t pw_mmu_tlb_occupancy(const struct pw_mmu *mmu, unsigned unit) {
  uint64_t entries = 0;
  if (unit >= mmu->tlbs.unit_count) return 0;
  for (uint32_t a = 0; a < mmu->tlbs.units[unit].array_count; a++) {
    for (uint32_t p = 0; p < mmu->tlbs.units[unit].arrays[a].page_count; p++) {
      entries += mmu->tlbs.units[unit].arrays[a].valid[p];
    }
  }
  return entries;
}
