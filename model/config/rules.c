/*
 * rules.c: what no single key can say: the cross-field rules of a configuration, as a registry of named checks.
 *
 * Each check looks at one thing and refuses with the key to mend. The order is that of the YAML sections.
 */
#include <pagewalk/config.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "names.h"
#include "paging_format.h"

#define MAX_ENTRIES (1u << 24)

/* Refuses a key; the loader adds file and line. */
#define REFUSE(key, ...) pw_refuse(diag, PW_ECONFIG, NULL, 0, key, __VA_ARGS__)

static bool power_of_two(uint32_t value) { return value && (value & (value - 1)) == 0; }

/* ---- arrays ---- */

static int check_array(const struct pw_array_config *array, const char *path, struct pw_diag *diag) {
  char key[128];
  if (!array->sets || !array->ways || array->ways > PW_MAX_WAYS || (uint64_t)array->sets * array->ways > MAX_ENTRIES) {
    snprintf(key, sizeof key, "%s.sets", path);
    return REFUSE(key, "sets must be at least 1, ways 1..%d, and together at most %u entries", PW_MAX_WAYS,
                  MAX_ENTRIES);
  }
  if (array->policy >= PW_POLICIES) {
    snprintf(key, sizeof key, "%s.policy", path);
    return REFUSE(key, "is not a replacement policy");
  }
  if (array->policy == PW_TREE_PLRU && !power_of_two(array->ways)) {
    snprintf(key, sizeof key, "%s.ways", path);
    return REFUSE(key, "tree-plru needs a power of two, not %u", array->ways);
  }
  return 0;
}

/* ---- paging and control ---- */

static int check_ranges(const struct pw_config *config, struct pw_diag *diag) {
  if (config->schema != PW_CONFIG_SCHEMA) return REFUSE("schema", "must be %d", PW_CONFIG_SCHEMA);
  if (config->seed > INT64_MAX) return REFUSE("seed", "must be below 2^63, which JSON can hold");
  if (!config->clock_ps) return REFUSE("timing.clock_ps", "must be at least 1");
  if (config->mode >= PW_MODES) return REFUSE("paging.mode", "is not a paging mode");
  if (config->timing.row_count > PW_MAX_TIMING_ROWS) {
    return REFUSE("timing.table", "at most %d rows", PW_MAX_TIMING_ROWS);
  }
  if (config->physical_address_bits < 32 || config->physical_address_bits > 52) {
    return REFUSE("paging.physical_address_bits", "must be in 32..52");
  }
  return 0;
}

static int check_control(const struct pw_config *config, struct pw_diag *diag) {
  bool long_mode = pw_paging_formats[config->mode].long_mode;
  if (config->pcide && !long_mode) return REFUSE("control.pcide", "PCIDs exist only in 4-level and 5-level paging");
  if (config->pke && !long_mode) {
    return REFUSE("control.pke", "protection keys exist only in 4-level and 5-level paging");
  }
  if (config->nxe && config->mode == PW_MODE_32BIT) {
    return REFUSE("control.nxe", "32-bit paging has no execute-disable bit");
  }
  return 0;
}

/* Can a leaf of this size exist? */
static bool page_size_exists(const struct pw_config *config, unsigned page_shift) {
  struct pw_rule_inputs inputs = {config->physical_address_bits, config->pages_1gb, true, config->nxe};
  struct pw_walk_rules rules = pw_walk_rules_make(config->mode, inputs);
  return pw_level_of_page(&rules, page_shift) != 0;
}

/* ---- TLBs ---- */

static int check_tlb_pages(const struct pw_config *config, const struct pw_tlb_config *tlb, struct pw_diag *diag) {
  char key[96];
  uint64_t seen = 0;
  for (uint32_t a = 0; a < tlb->array_count; a++) {
    const struct pw_tlb_array_config *array = &tlb->arrays[a];
    snprintf(key, sizeof key, "tlb.%s.arrays.%u.pages", tlb->name, a);
    if (!array->page_count) return REFUSE(key, "must list at least one page size");
    if (array->page_count > PW_MAX_PAGE_SIZES) return REFUSE(key, "at most %d page sizes", PW_MAX_PAGE_SIZES);
    for (uint32_t p = 0; p < array->page_count; p++) {
      unsigned page_shift = array->page_shifts[p];
      if (p && page_shift <= array->page_shifts[p - 1]) return REFUSE(key, "must be in ascending order");
      if (!page_size_exists(config, page_shift)) {
        return REFUSE(key, "this machine has no %s pages (see paging.mode and paging.pages_1gb)",
                      pw_page_size_name(page_shift));
      }
      if (seen >> page_shift & 1) {
        return REFUSE(key, "%s pages already have an array in this TLB", pw_page_size_name(page_shift));
      }
      seen |= UINT64_C(1) << page_shift;
    }
  }
  return 0;
}

static int check_tlb(const struct pw_config *config, const struct pw_tlb_config *tlb, struct pw_diag *diag) {
  char key[96];
  snprintf(key, sizeof key, "tlb.%s.arrays", tlb->name);
  if (!tlb->array_count || tlb->array_count > PW_MAX_TLB_ARRAYS) {
    return REFUSE(key, "must be 1..%d arrays", PW_MAX_TLB_ARRAYS);
  }
  for (uint32_t a = 0; a < tlb->array_count; a++) {
    snprintf(key, sizeof key, "tlb.%s.arrays.%u", tlb->name, a);
    int status = check_array(&tlb->arrays[a].array, key, diag);
    if (status) return status;
  }
  snprintf(key, sizeof key, "tlb.%s.hit_cycles", tlb->name);
  if (tlb->hit_cycles > PW_MAX_UNIT_CYCLES) return REFUSE(key, "must be at most %u", PW_MAX_UNIT_CYCLES);
  snprintf(key, sizeof key, "tlb.%s.inclusion", tlb->name);
  if (tlb->inclusion >= PW_INCLUSIONS) return REFUSE(key, "is not an inclusion");
  if (tlb->level == 1 && tlb->inclusion != PW_NON_INCLUSIVE) {
    return REFUSE(key, "the first level has nothing to include: must be non-inclusive");
  }
  return check_tlb_pages(config, tlb, diag);
}

/* What TLBs and caches have in common: a name, a level, accesses served. */
struct unit {
  const char *name;
  uint32_t level;
  uint32_t serves;
};

/* The words that stand beside the names of units in reports, or mean something else in a configuration. */
static int check_name(const char *section, const char *name, struct pw_diag *diag) {
  static const char *const reserved[] = {"dram", "register", "none", "total"};
  char key[96];
  snprintf(key, sizeof key, "%s.%s", section, name);
  if (!pw_name_is_legal(name)) return REFUSE(key, "a name is a letter, then letters, digits, - and _");
  for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
    if (strcmp(name, reserved[i]) == 0) return REFUSE(key, "dram, register, none and total are not names of units");
  }
  return 0;
}

/* Levels start at 1 without a gap; the units of a level serve different accesses; level 1 serves every access. */
static int check_levels(const char *section, const struct unit *units, uint32_t count, struct pw_diag *diag) {
  char key[96];
  uint32_t served[PW_MAX_TLB_UNITS + PW_MAX_CACHES + 2] = {0};
  for (uint32_t i = 0; i < count; i++) {
    int status = check_name(section, units[i].name, diag);
    for (uint32_t j = 0; j < i && !status; j++) {
      snprintf(key, sizeof key, "%s.%s", section, units[i].name);
      if (strcmp(units[i].name, units[j].name) == 0) status = REFUSE(key, "two units have this name");
    }
    if (status) return status;
    snprintf(key, sizeof key, "%s.%s.level", section, units[i].name);
    if (!units[i].level || units[i].level > PW_MAX_TLB_UNITS) return REFUSE(key, "must be in 1..%d", PW_MAX_TLB_UNITS);
    snprintf(key, sizeof key, "%s.%s.serves", section, units[i].name);
    if (!units[i].serves || units[i].serves > PW_SERVES_BOTH) return REFUSE(key, "must be data, fetch or both");
    if (served[units[i].level] & units[i].serves) {
      return REFUSE(key, "another unit of level %u already serves these accesses", units[i].level);
    }
    served[units[i].level] |= units[i].serves;
  }
  for (uint32_t i = 0; i < count; i++) {
    snprintf(key, sizeof key, "%s.%s.level", section, units[i].name);
    if (units[i].level > 1 && (units[i].serves & ~served[units[i].level - 1])) {
      return REFUSE(key, "level %u does not serve all that this unit of level %u serves", units[i].level - 1,
                    units[i].level);
    }
    if (units[i].level == 1 && served[1] != PW_SERVES_BOTH) {
      return REFUSE(key, "level 1 must serve both data and fetch, in one unit or two");
    }
  }
  return 0;
}

static int check_tlbs(const struct pw_config *config, struct pw_diag *diag) {
  struct unit units[PW_MAX_TLB_UNITS];
  if (config->tlb_count > PW_MAX_TLB_UNITS) return REFUSE("tlb", "at most %d units", PW_MAX_TLB_UNITS);
  for (uint32_t i = 0; i < config->tlb_count; i++) {
    units[i] = (struct unit){config->tlbs[i].name, config->tlbs[i].level, config->tlbs[i].serves};
    int status = check_tlb(config, &config->tlbs[i], diag);
    if (status) return status;
  }
  return check_levels("tlb", units, config->tlb_count, diag);
}

static int check_psc(const struct pw_config *config, struct pw_diag *diag) {
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) {
    const struct pw_paging_format *format = &pw_paging_formats[config->mode];
    char key[64];
    snprintf(key, sizeof key, "paging_structure_caches.%s", pw_psc_keys[level]);
    if (!config->psc[level].sets) continue;
    if (level > format->levels || format->level[level].leaf == PW_LEAF_REGISTER) {
      return REFUSE(key, "%s paging reads no %s: must be none", pw_paging_mode_name(config->mode),
                    pw_level_name(level));
    }
    int status = check_array(&config->psc[level], key, diag);
    if (status) return status;
  }
  return 0;
}

/* ---- memory ---- */

/* A reference that a farther level answers takes at least as long. */
static int check_latencies(const struct pw_config *config, struct pw_diag *diag) {
  char key[96];
  for (uint32_t i = 0; i < config->cache_count; i++) {
    const struct pw_cache_config *near = &config->caches[i];
    for (uint32_t j = 0; j < config->cache_count; j++) {
      const struct pw_cache_config *far = &config->caches[j];
      bool shared = (near->serves & far->serves) != 0;
      snprintf(key, sizeof key, "memory.caches.%s.latency", far->name);
      if (shared && far->level > near->level && far->latency.ps < near->latency.ps) {
        return REFUSE(key, "is less than that of %s, which is nearer to the core", near->name);
      }
    }
    if (config->dram.ps < near->latency.ps) return REFUSE("memory.dram", "is less than the latency of %s", near->name);
  }
  return 0;
}

static int check_memory(const struct pw_config *config, struct pw_diag *diag) {
  struct unit units[PW_MAX_CACHES];
  if (!power_of_two(config->line_bytes) || config->line_bytes < 8 || config->line_bytes > 4096) {
    return REFUSE("memory.line_bytes", "must be a power of two in 8..4096");
  }
  if (config->cache_count > PW_MAX_CACHES) return REFUSE("memory.caches", "at most %d caches", PW_MAX_CACHES);
  for (uint32_t i = 0; i < config->cache_count; i++) {
    char key[96];
    snprintf(key, sizeof key, "memory.caches.%s", config->caches[i].name);
    int status = check_array(&config->caches[i].array, key, diag);
    if (status) return status;
    units[i] = (struct unit){config->caches[i].name, config->caches[i].level, config->caches[i].serves};
  }
  int status = check_levels("memory.caches", units, config->cache_count, diag);
  return status ? status : check_latencies(config, diag);
}

static int check_cycle_counts(const struct pw_config *config, struct pw_diag *diag) {
  if (pw_cycles_from_ps(config->dram.ps, config->clock_ps) > UINT32_MAX / PW_MAX_STEPS / 4) {
    return REFUSE("memory.dram", "is more cycles of %llu ps than a walk can count",
                  (unsigned long long)config->clock_ps);
  }
  return 0;
}

static int check_walker(const struct pw_config *config, struct pw_diag *diag) {
  if (config->accessed_on_fault > PW_ACCESSED_TRAVERSED) {
    return REFUSE("walker.accessed_on_fault", "must be none or traversed");
  }
  if (config->walk_start_cycles > PW_MAX_UNIT_CYCLES) {
    return REFUSE("walker.start_cycles", "must be at most %u", PW_MAX_UNIT_CYCLES);
  }
  if (config->walk_step_cycles > PW_MAX_UNIT_CYCLES) {
    return REFUSE("walker.step_cycles", "must be at most %u", PW_MAX_UNIT_CYCLES);
  }
  if (config->psc_lookup_cycles > PW_MAX_UNIT_CYCLES) {
    return REFUSE("paging_structure_caches.lookup_cycles", "must be at most %u", PW_MAX_UNIT_CYCLES);
  }
  if (config->cache_count && config->walk_enters >= config->cache_count) {
    return REFUSE("walker.reads_enter", "must be the name of a cache");
  }
  return 0;
}

/* What only the RTL has several of. */
static int check_walks_at_once(const struct pw_config *config, struct pw_diag *diag) {
  if (!config->walkers || config->walkers > PW_MAX_WALKERS) {
    return REFUSE("walker.walkers", "must be in 1..%d", PW_MAX_WALKERS);
  }
  if (!config->miss_slots || config->miss_slots > PW_MAX_MISS_SLOTS) {
    return REFUSE("walker.miss_slots", "must be in 1..%d", PW_MAX_MISS_SLOTS);
  }
  return 0;
}

/* ---- operating system ---- */

static int check_os(const struct pw_config *config, struct pw_diag *diag) {
  static const unsigned shift_of[PW_PAGE_POLICIES] = {
      [PW_PAGES_4K] = 12, [PW_PAGES_2M] = 21, [PW_PAGES_4M] = 22, [PW_PAGES_1G] = 30, [PW_PAGES_THP] = 21};
  const struct pw_os_config *os = &config->os;
  const uint64_t stages_ps[] = {os->trap.ps, os->device_read.ps, os->write_back.ps, os->restart.ps};
  for (size_t i = 0; i < sizeof stages_ps / sizeof stages_ps[0]; i++) {
    if (stages_ps[i] > PW_MAX_DELAY_PS) return REFUSE("os.fault_stages", "each must be at most 2^50 ps");
  }
  if (os->pages >= PW_PAGE_POLICIES || !page_size_exists(config, shift_of[os->pages])) {
    return REFUSE("os.pages", "this machine has no pages of that size (see paging.mode and paging.pages_1gb)");
  }
  if (!os->memory_bytes || os->memory_bytes % (UINT64_C(2) << 20)) {
    return REFUSE("os.memory_bytes", "must be a multiple of 2M");
  }
  unsigned table_bits = config->mode == PW_MODE_32BIT ? 32 : config->physical_address_bits;
  if (os->memory_bytes > UINT64_C(1) << table_bits) {
    return REFUSE("os.memory_bytes", "is more than %u physical address bits can address", table_bits);
  }
  if (!os->thp_threshold_pages || os->thp_threshold_pages > 512) {
    return REFUSE("os.thp_threshold_pages", "must be in 1..512");
  }
  if (os->frames >= PW_FRAME_ORDERS) return REFUSE("os.frames", "is not a frame order");
  if (os->fragmented_percent > 99) return REFUSE("os.fragmented_percent", "must be in 0..99");
  if (os->frames != PW_FRAMES_FRAGMENTED && os->fragmented_percent) {
    return REFUSE("os.fragmented_percent", "must be 0 unless os.frames is fragmented");
  }
  return 0;
}

/* ---- the registry ---- */

typedef int (*check)(const struct pw_config *config, struct pw_diag *diag);

static const check checks[] = {check_ranges,       check_control, check_tlbs,          check_psc, check_memory,
                               check_cycle_counts, check_walker,  check_walks_at_once, check_os};

int pw_config_validate(const struct pw_config *config, struct pw_diag *diag) {
  for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
    int status = checks[i](config, diag);
    if (status) return status;
  }
  return 0;
}
