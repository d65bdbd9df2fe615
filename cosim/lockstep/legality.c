/* legality.c: control operations tried on an MMU of the model. */
#include "legality.h"

/* What a reset leaves: paging off. PAE and LME are taken as set by a device. */
static struct pw_control reset_control(const struct pw_config *config) {
  struct pw_control control = pw_control_from_config(config, 0);
  control.cr0 = 0;
  control.cr4 &= PW_CR4_PSE | PW_CR4_PAE;
  control.efer = PW_EFER_LME;
  return control;
}

int legality_create(const struct pw_config *config, struct legality *legality) {
  struct pw_config bare = *config;
  *legality = (struct legality){.reset = reset_control(config)};
  bare.tlb_count = 0;
  bare.cache_count = 0;
  bare.walk_enters = 0;
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) bare.psc[level].sets = 0;
  int status = pw_physical_memory_create(&legality->memory);
  if (status) return status;
  struct pw_memory_port port = pw_physical_memory_port(legality->memory);
  status = pw_mmu_create(&bare, &port, NULL, &legality->mmu);
  if (!status) legality_reset(legality);
  return status;
}

void legality_free(struct legality *legality) {
  pw_mmu_destroy(legality->mmu);
  pw_physical_memory_destroy(legality->memory);
}

void legality_reset(struct legality *legality) { pw_mmu_set_control(legality->mmu, &legality->reset); }

bool legality_try(struct legality *legality, unsigned op, uint64_t data, unsigned pcid) {
  struct pw_mmu *mmu = legality->mmu;
  switch (op) {
    case PW_CTL_CR3: return !pw_write_cr3(mmu, data);
    case PW_CTL_CR0: return !pw_write_cr0(mmu, data);
    case PW_CTL_CR4: return !pw_write_cr4(mmu, data);
    case PW_CTL_EFER: return !pw_write_efer(mmu, data);
    case PW_CTL_PKRU: return !pw_write_pkru(mmu, (uint32_t)data);
    case PW_CTL_INVLPG: return !pw_invlpg(mmu, data);
    case PW_CTL_INVPCID_ADDRESS:
    case PW_CTL_INVPCID_CONTEXT:
    case PW_CTL_INVPCID_ALL_WITH_GLOBALS:
    case PW_CTL_INVPCID_ALL_BUT_GLOBALS: return !pw_invpcid(mmu, op - PW_CTL_INVPCID_ADDRESS, pcid, data);
    default: return false;
  }
}
