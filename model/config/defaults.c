/* defaults.c: a small valid machine to start from, and the line that identifies a machine. */
#include <inttypes.h>
#include <pagewalk/config.h>
#include <stdio.h>
#include <string.h>

static struct pw_tlb_config make_tlb(const char *name, uint32_t level, uint32_t serves, uint32_t hit_cycles) {
  struct pw_tlb_config tlb = {.level = level, .serves = serves, .hit_cycles = hit_cycles, .array_count = 2};
  snprintf(tlb.name, sizeof tlb.name, "%s", name);
  tlb.arrays[0] = (struct pw_tlb_array_config){.array = {4 * level, 4, PW_LRU}, .page_count = 1, .page_shifts = {12}};
  tlb.arrays[1] =
      (struct pw_tlb_array_config){.array = {1, 4 * level, PW_LRU}, .page_count = 2, .page_shifts = {21, 30}};
  return tlb;
}

static struct pw_cache_config make_cache(const char *name, uint32_t level, uint32_t serves, uint32_t sets,
                                         uint64_t latency_ps) {
  struct pw_cache_config cache = {.level = level, .serves = serves, .array = {sets, 8, PW_LRU}};
  snprintf(cache.name, sizeof cache.name, "%s", name);
  cache.latency.ps = latency_ps;
  return cache;
}

/* Times: rows 1,212 ps, 3,636 ps, 8,439 ps, 64,485 ps of the table of time (docs/timing.md). */
struct pw_config pw_config_default(void) {
  struct pw_config config = {.schema = PW_CONFIG_SCHEMA,
                             .seed = 1,
                             .clock_ps = 303,
                             .mode = PW_MODE_4LEVEL,
                             .physical_address_bits = 40,
                             .pages_1gb = true,
                             .wp = true,
                             .pge = true,
                             .pcide = true,
                             .smep = true,
                             .smap = true,
                             .nxe = true};
  strcpy(config.name, "default");
  strcpy(config.description, "the machine of pw_config_default");
  strcpy(config.timing.name, "none");
  config.tlb_count = 3;
  config.tlbs[0] = make_tlb("l1i", 1, PW_SERVES_FETCH, 0);
  config.tlbs[1] = make_tlb("l1d", 1, PW_SERVES_DATA, 0);
  config.tlbs[2] = make_tlb("l2", 2, PW_SERVES_BOTH, 7);
  config.psc_lookup_cycles = 1;
  config.psc[4] = (struct pw_array_config){1, 2, PW_LRU};
  config.psc[3] = (struct pw_array_config){1, 4, PW_LRU};
  config.psc[2] = (struct pw_array_config){4, 4, PW_LRU};
  config.line_bytes = 64;
  config.cache_count = 4;
  config.caches[0] = make_cache("l1i", 1, PW_SERVES_FETCH, 64, 1212);
  config.caches[1] = make_cache("l1d", 1, PW_SERVES_DATA, 64, 1212);
  config.caches[2] = make_cache("l2", 2, PW_SERVES_BOTH, 512, 3636);
  config.caches[3] = make_cache("l3", 3, PW_SERVES_BOTH, 4096, 8439);
  config.dram.ps = 64485;
  config.walk_enters = 1;
  config.walkers = PW_DEFAULT_WALKERS;
  config.miss_slots = PW_DEFAULT_MISS_SLOTS;
  config.os = (struct pw_os_config){.memory_bytes = UINT64_C(1) << 30, .thp_threshold_pages = 64};
  return config;
}

static size_t append_tlb(const struct pw_tlb_config *tlb, char *buffer, size_t size_bytes) {
  int used = snprintf(buffer, size_bytes, ", %s", tlb->name);
  for (uint32_t a = 0; a < tlb->array_count; a++) {
    const struct pw_tlb_array_config *array = &tlb->arrays[a];
    size_t at = (size_t)used < size_bytes ? (size_t)used : size_bytes;
    used += snprintf(buffer + at, size_bytes - at, " %" PRIu32 "x", array->array.sets * array->array.ways);
    for (uint32_t p = 0; p < array->page_count; p++) {
      at = (size_t)used < size_bytes ? (size_t)used : size_bytes;
      used += snprintf(buffer + at, size_bytes - at, "%s%s", p ? "/" : "", pw_page_size_name(array->page_shifts[p]));
    }
  }
  return (size_t)used;
}

int pw_config_summary(const struct pw_config *config, char *buffer, size_t size_bytes) {
  int used = snprintf(buffer, size_bytes, "%s: %s, %" PRIu64 " ps, %s", config->name, pw_paging_mode_name(config->mode),
                      config->clock_ps, config->timing.name);
  for (uint32_t u = 0; u < config->tlb_count; u++) {
    size_t at = (size_t)used < size_bytes ? (size_t)used : size_bytes;
    used += (int)append_tlb(&config->tlbs[u], buffer + at, size_bytes - at);
  }
  size_t at = (size_t)used < size_bytes ? (size_t)used : size_bytes;
  used += snprintf(buffer + at, size_bytes - at, ", %s pages, seed %" PRIu64, pw_page_policy_name(config->os.pages),
                   config->seed);
  return used;
}
