/* operations.c: writes of control registers, INVLPG and INVPCID, and what each of them invalidates. */
#include <pagewalk/mmu.h>

#include "operations.h"

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

static void make_current(struct pw_mmu *mmu, const struct pw_mmu_context *context) {
  mmu->control = context->control;
  mmu->mode = context->mode;
  mmu->walker.rules = context->mode.rules;
  mmu->walker.root_address = context->mode.root_address;
  mmu->walker.root_cache_control = context->mode.root_cache_control;
  mmu->walker.global_pages = (context->control.cr4 & PW_CR4_PGE) != 0;
  for (unsigned i = 0; i < 4; i++) mmu->walker.pdpte[i] = context->pdpte[i];
  set_psc_shifts(mmu);
}

void pw_mmu_keep_context(const struct pw_mmu *mmu, struct pw_mmu_context *context) {
  context->control = mmu->control;
  context->mode = mmu->mode;
  for (unsigned i = 0; i < 4; i++) context->pdpte[i] = mmu->walker.pdpte[i];
}

void pw_mmu_exchange_context(struct pw_mmu *mmu, struct pw_mmu_context *context) {
  struct pw_mmu_context current;
  pw_mmu_keep_context(mmu, &current);
  make_current(mmu, context);
  *context = current;
}

/*
 * Makes a checked state current, with the PDPTE registers of PAE paging loaded anew or kept. Returns -PW_EGP, with
 * nothing changed, when they cannot be loaded.
 */
static int commit_control(struct pw_mmu *mmu, const struct pw_control *control, bool load_pdptes) {
  struct pw_mmu_context to;
  pw_mmu_keep_context(mmu, &to);
  to.control = *control;
  to.mode = pw_control_decode(control, mmu->physical_address_bits, mmu->pages_1gb);
  int status = load_pdptes ? load_pdpte_registers(mmu, &to.mode, to.pdpte) : 0;
  if (status) return status;
  make_current(mmu, &to);
  pw_recent_forget_all(&mmu->tlbs.recent);
  return 0;
}

static int change_control(struct pw_mmu *mmu, const struct pw_control *to, bool load_pdptes) {
  int status = pw_control_check(to, mmu->physical_address_bits);
  if (!status) status = pw_control_check_change(&mmu->control, to);
  return status ? status : commit_control(mmu, to, load_pdptes);
}

static const struct pw_invalidation nothing;

static void add_match(struct pw_invalidation *invalidation, struct pw_key_match match) {
  invalidation->match[invalidation->match_count++] = match;
}

void pw_invalidate(struct pw_mmu *mmu, const struct pw_invalidation *invalidation) {
  for (unsigned i = 0; i < invalidation->match_count; i++) {
    pw_tlb_hierarchy_drop_matching(&mmu->tlbs, invalidation->match[i]);
    pw_psc_drop_matching(&mmu->walker.psc, invalidation->match[i]);
  }
  if (!invalidation->page) return;
  pw_tlb_hierarchy_drop_page(&mmu->tlbs, invalidation->linear_address, invalidation->pcid, invalidation->globals);
  pw_psc_drop_matching(&mmu->walker.psc, pw_match_pcid(invalidation->pcid));
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

int pw_load_cr0(struct pw_mmu *mmu, uint64_t value, struct pw_invalidation *then) {
  struct pw_control to = mmu->control;
  bool stops_paging = mmu->mode.paging && !(value & PW_CR0_PG);
  bool load_pdptes = ((to.cr0 ^ value) & (PW_CR0_PG | CR0_CD | CR0_NW)) != 0;
  to.cr0 = value;
  int status = change_control(mmu, &to, load_pdptes);
  *then = nothing;
  if (!status && stops_paging) add_match(then, pw_match_all());
  return status;
}

int pw_load_cr3(struct pw_mmu *mmu, uint64_t value, struct pw_invalidation *then) {
  struct pw_control to = mmu->control;
  bool pcids = (to.cr4 & PW_CR4_PCIDE) != 0;
  bool no_flush = pcids && (value & PW_CR3_NO_FLUSH);
  to.cr3 = pcids ? value & ~PW_CR3_NO_FLUSH : value;
  int status = change_control(mmu, &to, true);
  *then = nothing;
  if (status || no_flush) return status;
  add_match(then, pcids ? pw_match_pcid(mmu->mode.pcid) : pw_match_all_but_globals());
  return 0;
}

int pw_load_cr4(struct pw_mmu *mmu, uint64_t value, struct pw_invalidation *then) {
  struct pw_control to = mmu->control;
  uint64_t changed = to.cr4 ^ value;
  to.cr4 = value;
  bool load_pdptes = (changed & (PW_CR4_PAE | PW_CR4_PGE | PW_CR4_PSE | PW_CR4_SMEP)) != 0;
  int status = change_control(mmu, &to, load_pdptes);
  *then = nothing;
  if (status) return status;
  bool clears_pcide = (changed & PW_CR4_PCIDE) && !(value & PW_CR4_PCIDE);
  bool sets_smep = (changed & PW_CR4_SMEP) && (value & PW_CR4_SMEP);
  if ((changed & (PW_CR4_PGE | PW_CR4_PAE | PW_CR4_PSE)) || clears_pcide) {
    add_match(then, pw_match_all()); /* for PAE and PSE more than is asked: entries of another format do not stay */
  } else if (sets_smep) {
    add_match(then, pw_match_pcid(mmu->mode.pcid));
    add_match(then, pw_match_globals()); /* the SDM does not except global pages here, as it does for CR3 */
  }
  return 0;
}

int pw_write_cr0(struct pw_mmu *mmu, uint64_t value) {
  struct pw_invalidation then;
  int status = pw_load_cr0(mmu, value, &then);
  pw_invalidate(mmu, &then);
  return status;
}

int pw_write_cr3(struct pw_mmu *mmu, uint64_t value) {
  struct pw_invalidation then;
  int status = pw_load_cr3(mmu, value, &then);
  pw_invalidate(mmu, &then);
  return status;
}

int pw_write_cr4(struct pw_mmu *mmu, uint64_t value) {
  struct pw_invalidation then;
  int status = pw_load_cr4(mmu, value, &then);
  pw_invalidate(mmu, &then);
  return status;
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

void pw_plan_invlpg(const struct pw_mmu *mmu, uint64_t linear_address, struct pw_invalidation *plan) {
  *plan = nothing;
  /* SDM volume 2, "INVLPG": a non-canonical address is no operation. */
  if (!pw_is_canonical(mmu->mode.rules.format, linear_address)) return;
  *plan =
      (struct pw_invalidation){.page = true, .globals = true, .pcid = mmu->mode.pcid, .linear_address = linear_address};
}

int pw_plan_invpcid(const struct pw_mmu *mmu, unsigned type, unsigned pcid, uint64_t linear_address,
                    struct pw_invalidation *plan) {
  bool pcids = (mmu->control.cr4 & PW_CR4_PCIDE) != 0;
  bool names_pcid = type == PW_INVPCID_ADDRESS || type == PW_INVPCID_CONTEXT;
  *plan = nothing;
  if (type > PW_INVPCID_ALL_BUT_GLOBALS || pcid > 0xfff) return -PW_EGP;
  if (names_pcid && pcid > 0 && !pcids) return -PW_EGP;
  switch ((enum pw_invpcid_type)type) {
    case PW_INVPCID_ADDRESS:
      if (!pw_is_canonical(mmu->mode.rules.format, linear_address)) return -PW_EGP;
      *plan = (struct pw_invalidation){.page = true, .pcid = pcid, .linear_address = linear_address};
      break;
    case PW_INVPCID_CONTEXT: add_match(plan, pw_match_pcid(pcid)); break;
    case PW_INVPCID_ALL_WITH_GLOBALS: add_match(plan, pw_match_all()); break;
    case PW_INVPCID_ALL_BUT_GLOBALS: add_match(plan, pw_match_all_but_globals()); break;
  }
  return 0;
}

int pw_invlpg(struct pw_mmu *mmu, uint64_t linear_address) {
  struct pw_invalidation plan;
  pw_plan_invlpg(mmu, linear_address, &plan);
  pw_invalidate(mmu, &plan);
  return 0;
}

int pw_invpcid(struct pw_mmu *mmu, unsigned type, unsigned pcid, uint64_t linear_address) {
  struct pw_invalidation plan;
  int status = pw_plan_invpcid(mmu, type, pcid, linear_address, &plan);
  pw_invalidate(mmu, &plan);
  return status;
}

void pw_mmu_flush(struct pw_mmu *mmu) {
  pw_tlb_hierarchy_reset(&mmu->tlbs);
  pw_psc_reset(&mmu->walker.psc);
}
