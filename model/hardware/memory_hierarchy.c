/*
 * memory_hierarchy.c: caches in front of DRAM: who answers a reference, and after how many cycles.
 *
 * The latency of a level is that of a whole reference which the level answers (docs/timing.md), so a reference costs
 * one latency, never a sum over levels. Levels are non-inclusive, write-back and write-allocate; a write-back moves a
 * dirty line one level outwards and costs no time (a write buffer hides it).
 */
#include <pagewalk/memory.h>
#include <stdlib.h>
#include <string.h>

#include "fetch_cache.h"
#include "seed_streams.h"
#include "set_assoc.h"

#define LINE_KEY_SHIFT 1

struct cache {
  struct pw_set_assoc assoc;
  uint8_t *dirty; /* one per slot */
  uint32_t latency_cycles;
};

/*
 * Where a line was found in the first cache of a path. It is still there as long as that way holds its key; a line is
 * in one way only, so nothing else has to be known. A host shortcut with no modelled counterpart.
 */
struct recent_line {
  uint64_t key; /* 0: none; no line has this key */
  const uint64_t *key_at;
  uint8_t *dirty;
  struct pw_replacement *replacement;
  uint32_t set;
  uint32_t way;
  struct pw_memory_reference reference; /* what it costs */
};

#define RECENT_LINES 128 /* by the low bits of the line number */

/* The caches that one kind of reference passes, nearest first. */
struct path {
  uint32_t count;
  uint8_t cache[PW_MAX_CACHES];
  struct recent_line recent[RECENT_LINES];
};

struct pw_memory_hierarchy {
  uint32_t cache_count;
  uint32_t line_shift;
  uint32_t dram_cycles;
  struct path data;
  struct path fetch;
  struct path walk;
  struct cache caches[PW_MAX_CACHES];
};

/* Caches serving these accesses, in level order; from_level leaves out the nearer ones. */
static void make_path(struct path *path, const struct pw_config *config, uint32_t serves, uint32_t from_level) {
  for (uint32_t level = from_level; level <= PW_MAX_CACHES; level++) {
    for (uint32_t i = 0; i < config->cache_count; i++) {
      if (config->caches[i].level == level && (config->caches[i].serves & serves)) {
        path->cache[path->count++] = (uint8_t)i;
      }
    }
  }
}

static int cache_init(struct cache *cache, const struct pw_config *config, uint32_t index) {
  const struct pw_cache_config *from = &config->caches[index];
  cache->latency_cycles = (uint32_t)pw_cycles_from_ps(from->latency.ps, config->clock_ps);
  cache->dirty = calloc((size_t)from->array.sets * from->array.ways, 1);
  if (!cache->dirty) return -PW_ENOMEM;
  return pw_set_assoc_init(&cache->assoc, from->array, LINE_KEY_SHIFT,
                           pw_seed_stream(config->seed, PW_SEED_STREAM_CACHES + index));
}

int pw_memory_hierarchy_create(const struct pw_config *config, struct pw_memory_hierarchy **hierarchy) {
  struct pw_memory_hierarchy *made = calloc(1, sizeof *made);
  *hierarchy = NULL;
  if (!made) return -PW_ENOMEM;
  made->cache_count = config->cache_count;
  made->line_shift = (uint32_t)__builtin_ctz(config->line_bytes);
  made->dram_cycles = (uint32_t)pw_cycles_from_ps(config->dram.ps, config->clock_ps);
  make_path(&made->data, config, PW_SERVES_DATA, 1);
  make_path(&made->fetch, config, PW_SERVES_FETCH, 1);
  if (config->cache_count) {
    const struct pw_cache_config *enters = &config->caches[config->walk_enters];
    uint32_t serves = enters->serves & PW_SERVES_DATA ? PW_SERVES_DATA : PW_SERVES_FETCH;
    make_path(&made->walk, config, serves, enters->level);
  }
  for (uint32_t i = 0; i < config->cache_count; i++) {
    int status = cache_init(&made->caches[i], config, i);
    if (status) {
      pw_memory_hierarchy_destroy(made);
      return status;
    }
  }
  *hierarchy = made;
  return 0;
}

void pw_memory_hierarchy_destroy(struct pw_memory_hierarchy *hierarchy) {
  if (!hierarchy) return;
  for (uint32_t i = 0; i < hierarchy->cache_count; i++) {
    free(hierarchy->caches[i].dirty);
    pw_set_assoc_free(&hierarchy->caches[i].assoc);
  }
  free(hierarchy);
}

void pw_memory_hierarchy_reset(struct pw_memory_hierarchy *hierarchy) {
  for (uint32_t i = 0; i < hierarchy->cache_count; i++) {
    struct cache *cache = &hierarchy->caches[i];
    pw_set_assoc_reset(&cache->assoc);
    memset(cache->dirty, 0, (size_t)cache->assoc.sets * cache->assoc.ways);
  }
}

/* Key of a line: its number with a valid bit; line numbers have at most 52 bits. */
static uint64_t line_key(uint64_t line) { return line << LINE_KEY_SHIFT | 1; }

/* What a cache pushed out for a new line. */
struct evicted {
  uint64_t key; /* 0: nothing, the way was empty */
  bool dirty;
};

/* Puts a line that the cache does not hold into it. */
static struct evicted place_new(struct cache *cache, uint64_t line, bool dirty) {
  uint32_t set = pw_set_assoc_set(&cache->assoc, line);
  uint32_t way = pw_set_assoc_choose(&cache->assoc, set);
  uint64_t slot = pw_set_assoc_slot(&cache->assoc, set, way);
  struct evicted evicted = {cache->assoc.keys[slot], cache->dirty[slot]};
  pw_set_assoc_put(&cache->assoc, set, way, line_key(line));
  cache->dirty[slot] = dirty;
  return evicted;
}

/* A dirty line comes from the next nearer cache. What it pushes out is dealt with by the caller. */
static struct evicted write_back_into(struct cache *cache, uint64_t line) {
  uint32_t set = pw_set_assoc_set(&cache->assoc, line);
  int way = pw_set_assoc_find(&cache->assoc, set, line_key(line), line_key(line));
  if (way < 0) return place_new(cache, line, true);
  cache->dirty[pw_set_assoc_slot(&cache->assoc, set, (uint32_t)way)] = true;
  return (struct evicted){0};
}

/*
 * Puts a line into the cache at position `at` of a path, which does not hold it. A dirty victim moves into the next,
 * and so on. Returns the number of dirty lines that left the last cache for DRAM.
 */
static unsigned place_line(struct pw_memory_hierarchy *h, const struct path *path, uint32_t at, uint64_t line,
                           bool dirty) {
  struct evicted evicted = place_new(&h->caches[path->cache[at]], line, dirty);
  while (evicted.key && evicted.dirty) {
    if (++at == path->count) return 1;
    evicted = write_back_into(&h->caches[path->cache[at]], evicted.key >> LINE_KEY_SHIFT);
  }
  return 0;
}

/*
 * A reference that missed the first cache of its path. The line comes into the caches from position `nearest` (0 or 1)
 * up to where it was found.
 */
static struct pw_memory_reference access_beyond_first(struct pw_memory_hierarchy *h, const struct path *path,
                                                      uint64_t line, bool write, uint32_t nearest) {
  struct pw_memory_reference reference = {.cycles = h->dram_cycles, .served_by = PW_SERVED_BY_DRAM};
  uint32_t hit_at = path->count;
  for (uint32_t at = 1; at < path->count; at++) {
    struct cache *cache = &h->caches[path->cache[at]];
    uint32_t set = pw_set_assoc_set(&cache->assoc, line);
    int way = pw_set_assoc_find(&cache->assoc, set, line_key(line), line_key(line));
    if (way < 0) continue;
    pw_set_assoc_hit(&cache->assoc, set, (uint32_t)way);
    reference.cycles = cache->latency_cycles;
    reference.served_by = path->cache[at];
    hit_at = at;
    break;
  }
  for (uint32_t at = hit_at; at-- > nearest;) {
    reference.write_backs = (uint8_t)(reference.write_backs + place_line(h, path, at, line, write && at == 0));
  }
  return reference;
}

/* The full look-up of a line that is not remembered where it was. */
static __attribute__((noinline)) struct pw_memory_reference access_path(struct pw_memory_hierarchy *h,
                                                                        struct path *path, uint64_t line, bool write) {
  if (!path->count) return access_beyond_first(h, path, line, write, 0);
  struct cache *first = &h->caches[path->cache[0]];
  uint32_t set = pw_set_assoc_set(&first->assoc, line);
  int way = pw_set_assoc_find(&first->assoc, set, line_key(line), line_key(line));
  if (way < 0) return access_beyond_first(h, path, line, write, 0);
  uint64_t slot = pw_set_assoc_slot(&first->assoc, set, (uint32_t)way);
  struct recent_line *recent = &path->recent[line % RECENT_LINES];
  *recent = (struct recent_line){.key = line_key(line),
                                 .key_at = &first->assoc.keys[slot],
                                 .dirty = &first->dirty[slot],
                                 .replacement = &first->assoc.replacement,
                                 .set = set,
                                 .way = (uint32_t)way,
                                 .reference = {first->latency_cycles, path->cache[0], 0, 0}};
  pw_set_assoc_hit(&first->assoc, set, (uint32_t)way);
  *recent->dirty |= write;
  return recent->reference;
}

static inline struct pw_memory_reference reference_line(struct pw_memory_hierarchy *h, struct path *path,
                                                        uint64_t physical_address, bool write) {
  uint64_t line = physical_address >> h->line_shift;
  const struct recent_line *recent = &path->recent[line % RECENT_LINES];
  if (recent->key != line_key(line) || *recent->key_at != recent->key) return access_path(h, path, line, write);
  pw_replacement_hit(recent->replacement, recent->set, recent->way);
  *recent->dirty |= write;
  return recent->reference;
}

struct pw_memory_reference pw_memory_access(struct pw_memory_hierarchy *hierarchy, uint64_t physical_address,
                                            unsigned kind) {
  struct path *path = kind == PW_FETCH ? &hierarchy->fetch : &hierarchy->data;
  return reference_line(hierarchy, path, physical_address, kind == PW_WRITE);
}

struct pw_memory_reference pw_memory_walk_access(struct pw_memory_hierarchy *hierarchy, uint64_t physical_address,
                                                 int write) {
  return reference_line(hierarchy, &hierarchy->walk, physical_address, write != 0);
}

/* ---- a fetch cache that two hierarchies share ---- */

static bool contains(const struct path *path, unsigned cache) {
  for (uint32_t at = 0; at < path->count; at++) {
    if (path->cache[at] == cache) return true;
  }
  return false;
}

unsigned pw_memory_fetch_cache(const struct pw_memory_hierarchy *hierarchy) {
  if (!hierarchy->fetch.count) return PW_SERVED_BY_DRAM;
  unsigned first = hierarchy->fetch.cache[0];
  return contains(&hierarchy->data, first) || contains(&hierarchy->walk, first) ? PW_SERVED_BY_DRAM : first;
}

struct pw_memory_reference pw_memory_fetch_missed(struct pw_memory_hierarchy *hierarchy, uint64_t physical_address) {
  uint64_t line = physical_address >> hierarchy->line_shift;
  return access_beyond_first(hierarchy, &hierarchy->fetch, line, false, 1);
}
