/* mmu.c: life of a memory-management unit, and looking inside it. */
#include <pagewalk/mmu.h>
#include <stdlib.h>

#include "mmu_state.h"

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

int pw_mmu_tlb_entry(const struct pw_mmu *mmu, unsigned unit, unsigned array, uint32_t set, uint32_t way,
                     struct pw_tlb_view *view) {
  if (unit >= mmu->tlbs.unit_count || array >= mmu->tlbs.units[unit].array_count) return 0;
  const struct pw_tlb_array *from = &mmu->tlbs.units[unit].arrays[array];
  if (set >= from->assoc.sets || way >= from->assoc.ways) return 0;
  uint64_t slot = pw_set_assoc_slot(&from->assoc, set, way);
  *view = (struct pw_tlb_view){.page_address = from->entries[slot].page_address,
                               .attributes = from->entries[slot].attributes};
  return pw_mmu_decode_key(mmu, from->assoc.keys[slot], &view->key);
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
