/*
 * rtl_parameters.c: a machine as the parameters of the Verilog MMU, and the rules for machines that it can be.
 *
 * The rules are a registry like that of config/rules.c: each looks at one thing and refuses with the key to mend.
 */
#include <assert.h>
#include <pagewalk/rtl_parameters.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "names.h"
#include "seed_streams.h"

#define RTL_ARRAYS 3 /* of a TLB: these modes have three page sizes, and each is in one array at most */
#define RTL_MAX_SETS 4096u
#define RTL_MAX_CYCLES 255u         /* of every delay: the counters have 8 bits */
#define RTL_MIN_REFERENCE_CYCLES 3u /* one of D cycles is answered D - 2 clocks after the request, and 1 at least */

_Static_assert(PW_MAX_WAYS <= 64, "the RTL names a way in 6 bits");

/* Refuses a key; pw_config_locate adds file and line. */
#define REFUSE(key, ...) pw_refuse(diag, PW_ECONFIG, NULL, 0, key, __VA_ARGS__)

/* ---- the TLBs of the RTL ---- */

enum rtl_tlb { L1I, L1D, L2, L2I, RTL_TLBS };

static const struct {
  const char *name;
  uint32_t level;
  bool fetch_alone; /* serves fetches and nothing else */
} rtl_tlbs[RTL_TLBS] = {{"L1I", 1, true}, {"L1D", 1, false}, {"L2", 2, false}, {"L2I", 2, true}};

/* Index of the unit that becomes this TLB of the RTL, or -1. */
static int unit_of(const struct pw_config *config, enum rtl_tlb which) {
  for (uint32_t u = 0; u < config->tlb_count; u++) {
    const struct pw_tlb_config *tlb = &config->tlbs[u];
    bool fetch_alone = tlb->serves == PW_SERVES_FETCH;
    if (tlb->level == rtl_tlbs[which].level && fetch_alone == rtl_tlbs[which].fetch_alone) return (int)u;
  }
  return -1;
}

/* Most page sizes that one array holds: each takes a look-up of its own. */
static uint32_t most_page_sizes(const struct pw_tlb_config *tlb) {
  uint32_t most = 0;
  for (uint32_t a = 0; a < tlb->array_count; a++) {
    if (tlb->arrays[a].page_count > most) most = tlb->arrays[a].page_count;
  }
  return most;
}

/* ---- rules ---- */

struct key {
  char text[96];
};

static struct key tlb_key(const struct pw_tlb_config *tlb, const char *rest) {
  struct key key;
  snprintf(key.text, sizeof key.text, "tlb.%s.%s", tlb->name, rest);
  return key;
}

static bool power_of_two(uint32_t value) { return value && (value & (value - 1)) == 0; }

/* This keeps 4M pages out too, which only 32-bit paging has. */
static int check_mode(const struct pw_config *config, struct pw_diag *diag) {
  if (config->mode == PW_MODE_4LEVEL || config->mode == PW_MODE_5LEVEL) return 0;
  return REFUSE("paging.mode", "the RTL walks 4-level and 5-level paging, not %s", pw_paging_mode_name(config->mode));
}

static int check_geometry(const struct pw_array_config *array, const char *path, struct pw_diag *diag) {
  char key[128];
  if (!power_of_two(array->sets) || array->sets > RTL_MAX_SETS) {
    snprintf(key, sizeof key, "%s.sets", path);
    return REFUSE(key, "the RTL needs a power of two in 1..%u, not %u", RTL_MAX_SETS, array->sets);
  }
  if (array->policy != PW_LRU && array->policy != PW_TREE_PLRU && array->policy != PW_RANDOM) {
    snprintf(key, sizeof key, "%s.policy", path);
    return REFUSE(key, "the RTL has lru, tree-plru and random, not %s", pw_policy_name(array->policy));
  }
  return 0;
}

static int check_first_tlb(const struct pw_tlb_config *tlb, struct pw_diag *diag) {
  if (tlb->serves == PW_SERVES_BOTH) {
    return REFUSE(tlb_key(tlb, "serves").text,
                  "the RTL's first level is one unit for data and one for fetch, not both");
  }
  if (tlb->hit_cycles) {
    return REFUSE(tlb_key(tlb, "hit_cycles").text, "must be 0 in the RTL's first level, not %u", tlb->hit_cycles);
  }
  return 0;
}

static int check_second_tlb(const struct pw_tlb_config *tlb, struct pw_diag *diag) {
  uint32_t least = 1 + most_page_sizes(tlb);
  if (tlb->hit_cycles >= least && tlb->hit_cycles <= RTL_MAX_CYCLES) return 0;
  return REFUSE(tlb_key(tlb, "hit_cycles").text,
                "the RTL needs %u..%u, 1 and one for each page size of its fullest array, not %u", least,
                RTL_MAX_CYCLES, tlb->hit_cycles);
}

/* What holds at every level. */
static int check_any_tlb(const struct pw_tlb_config *tlb, struct pw_diag *diag) {
  if (tlb->level > 2) return REFUSE(tlb_key(tlb, "level").text, "the RTL has the levels 1 and 2, not %u", tlb->level);
  if (tlb->inclusion != PW_NON_INCLUSIVE) {
    return REFUSE(tlb_key(tlb, "inclusion").text, "the RTL's TLBs are non-inclusive, not %s",
                  pw_inclusion_name(tlb->inclusion));
  }
  for (uint32_t a = 0; a < tlb->array_count; a++) {
    struct key key;
    snprintf(key.text, sizeof key.text, "tlb.%s.arrays.%u", tlb->name, a);
    int status = check_geometry(&tlb->arrays[a].array, key.text, diag);
    if (status) return status;
  }
  return 0;
}

static int check_each_tlb(const struct pw_config *config, struct pw_diag *diag) {
  int status = 0;
  for (uint32_t u = 0; u < config->tlb_count && !status; u++) {
    const struct pw_tlb_config *tlb = &config->tlbs[u];
    status = check_any_tlb(tlb, diag);
    if (!status) status = tlb->level == 1 ? check_first_tlb(tlb, diag) : check_second_tlb(tlb, diag);
  }
  return status;
}

/* A valid machine's first level serves everything, so that a unit of level 1 for both is all that can be wrong there.
 */
static int check_second_level(const struct pw_config *config, struct pw_diag *diag) {
  int data = unit_of(config, L2);
  int fetch = unit_of(config, L2I);
  if (data >= 0 && (fetch >= 0 || config->tlbs[data].serves == PW_SERVES_BOTH)) return 0;
  if (data < 0 && fetch < 0) return REFUSE("tlb", "the RTL needs a first and a second level of TLBs");
  return REFUSE(tlb_key(&config->tlbs[data >= 0 ? data : fetch], "serves").text,
                "the RTL's second level is one unit for both, or one for data and one for fetch");
}

static int check_psc(const struct pw_config *config, struct pw_diag *diag) {
  int status = 0;
  for (unsigned level = 2; level <= PW_MAX_LEVELS && !status; level++) {
    struct key key;
    snprintf(key.text, sizeof key.text, "paging_structure_caches.%s", pw_psc_keys[level]);
    if (config->psc[level].sets) status = check_geometry(&config->psc[level], key.text, diag);
  }
  return status;
}

/* Cycles that a walk spends in the paging-structure caches: none where there are none. */
static uint32_t psc_cycles(const struct pw_config *config) {
  bool any = false;
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) any |= config->psc[level].sets > 0;
  return any ? config->psc_lookup_cycles : 0;
}

static int check_walk_cycles(const struct pw_config *config, struct pw_diag *diag) {
  const struct {
    const char *key;
    uint32_t cycles;
  } delays[] = {{"paging_structure_caches.lookup_cycles", psc_cycles(config)},
                {"walker.start_cycles", config->walk_start_cycles},
                {"walker.step_cycles", config->walk_step_cycles}};
  for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
    if (delays[i].cycles > RTL_MAX_CYCLES) {
      return REFUSE(delays[i].key, "the RTL needs 0..%u, not %u", RTL_MAX_CYCLES, delays[i].cycles);
    }
  }
  if (psc_cycles(config) + config->walk_start_cycles) return 0;
  return REFUSE("walker.start_cycles",
                "the RTL needs at least 1, together with the lookup_cycles of paging-structure caches that exist");
}

static int check_latency(const struct pw_config *config, struct pw_delay latency, const char *key,
                         struct pw_diag *diag) {
  uint64_t cycles = pw_cycles_from_ps(latency.ps, config->clock_ps);
  if (cycles >= RTL_MIN_REFERENCE_CYCLES) return 0;
  return REFUSE(key, "the RTL's walker needs at least %u cycles, not %u", RTL_MIN_REFERENCE_CYCLES, (unsigned)cycles);
}

static int check_memory(const struct pw_config *config, struct pw_diag *diag) {
  int status = 0;
  for (uint32_t i = 0; i < config->cache_count && !status; i++) {
    struct key key;
    snprintf(key.text, sizeof key.text, "memory.caches.%s.latency", config->caches[i].name);
    status = check_latency(config, config->caches[i].latency, key.text, diag);
  }
  return status ? status : check_latency(config, config->dram, "memory.dram", diag);
}

typedef int (*check)(const struct pw_config *config, struct pw_diag *diag);

static const check checks[] = {pw_config_validate, check_mode,        check_each_tlb, check_second_level,
                               check_psc,          check_walk_cycles, check_memory};

/* ---- values ---- */

static void add(struct pw_rtl_parameters *to, const char *prefix, const char *name, uint32_t value) {
  struct pw_rtl_parameter *parameter = &to->list[to->count++];
  int length = snprintf(parameter->name, sizeof parameter->name, "%s%s", prefix, name);
  assert(to->count <= PW_MAX_RTL_PARAMETERS && length < PW_MAX_RTL_NAME);
  (void)length;
  parameter->value = value;
}

static uint32_t hit_cycles(const struct pw_config *config, enum rtl_tlb which) {
  int unit = unit_of(config, which);
  return unit < 0 ? 1 : config->tlbs[unit].hit_cycles; /* of an absent unit: as little as one without arrays needs */
}

static void add_machine(struct pw_rtl_parameters *to, const struct pw_config *config) {
  add(to, "", "LA57", config->mode == PW_MODE_5LEVEL);
  add(to, "", "PKU", config->pke);
  add(to, "", "PA_BITS", config->physical_address_bits);
  add(to, "", "PAGES_1G", config->pages_1gb);
  add(to, "", "ACCESSED_EARLY", config->accessed_on_fault == PW_ACCESSED_TRAVERSED);
  add(to, "", "WALKERS", config->walkers);
  add(to, "", "MISS_SLOTS", config->miss_slots);
  add(to, "", "L2_SPLIT", unit_of(config, L2I) >= 0);
  add(to, "", "L2_HIT_CYCLES", hit_cycles(config, L2));
  add(to, "", "L2I_HIT_CYCLES", hit_cycles(config, L2I));
  add(to, "", "PSC_CYCLES", psc_cycles(config));
  add(to, "", "WALK_START_CYCLES", config->walk_start_cycles);
  add(to, "", "WALK_STEP_CYCLES", config->walk_step_cycles);
}

/* Bit 0 4K, 1 2M, 2 1G. */
static uint32_t size_mask(const struct pw_tlb_array_config *array) {
  uint32_t mask = 0;
  for (uint32_t p = 0; p < array->page_count; p++) mask |= 1u << (array->page_shifts[p] - PW_SMALL_PAGE_SHIFT) / 9;
  return mask;
}

static uint32_t policy_number(enum pw_policy policy) { return policy == PW_RANDOM ? 2 : policy == PW_TREE_PLRU; }

/* Sets, ways and policy; those of an array that does not exist for NULL. */
static void add_geometry(struct pw_rtl_parameters *to, const char *prefix, const struct pw_array_config *array) {
  add(to, prefix, "SETS", array ? array->sets : 0);
  add(to, prefix, "WAYS", array ? array->ways : 1);
  add(to, prefix, "POLICY", array ? policy_number(array->policy) : 0);
}

/* The state that random replacement starts with. */
static uint32_t tlb_array_start(const struct pw_config *config, int unit, uint32_t array) {
  return pw_xorshift32_start(pw_tlb_array_seed(pw_tlb_seed(config->seed, (uint32_t)unit), array));
}

static void add_tlb(struct pw_rtl_parameters *to, const struct pw_config *config, enum rtl_tlb which) {
  int unit = unit_of(config, which);
  assert(unit < 0 || config->tlbs[unit].array_count <= RTL_ARRAYS);
  for (uint32_t a = 0; a < RTL_ARRAYS; a++) {
    char prefix[8];
    bool exists = unit >= 0 && a < config->tlbs[unit].array_count;
    const struct pw_tlb_array_config *array = exists ? &config->tlbs[unit].arrays[a] : NULL;
    snprintf(prefix, sizeof prefix, "%s_%u_", rtl_tlbs[which].name, a);
    add_geometry(to, prefix, array ? &array->array : NULL);
    add(to, prefix, "SIZES", array ? size_mask(array) : 0);
    add(to, prefix, "SEED", array ? tlb_array_start(config, unit, a) : 1);
  }
}

static void add_psc(struct pw_rtl_parameters *to, const struct pw_config *config, unsigned level) {
  char prefix[8];
  bool exists = config->psc[level].sets > 0;
  snprintf(prefix, sizeof prefix, "%s_", pw_level_name(level));
  add_geometry(to, prefix, exists ? &config->psc[level] : NULL);
  add(to, prefix, "SEED", exists ? pw_xorshift32_start(pw_psc_seed(config->seed, level)) : 1);
}

int pw_rtl_parameters_make(const struct pw_config *config, struct pw_rtl_parameters *parameters, struct pw_diag *diag) {
  for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
    int status = checks[i](config, diag);
    if (status) return status;
  }
  *parameters = (struct pw_rtl_parameters){0};
  add_machine(parameters, config);
  for (enum rtl_tlb which = 0; which < RTL_TLBS; which++) add_tlb(parameters, config, which);
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) add_psc(parameters, config, level);
  return 0;
}

const struct pw_rtl_parameter *pw_rtl_parameter_find(const struct pw_rtl_parameters *parameters, const char *name) {
  for (uint32_t i = 0; i < parameters->count; i++) {
    if (strcmp(parameters->list[i].name, name) == 0) return &parameters->list[i];
  }
  return NULL;
}
