/* statistics.c: the fold from records to counts. */
#include <pagewalk/statistics.h>

#include "fold.h"

_Static_assert(sizeof(struct pw_stats) % sizeof(uint64_t) == 0, "pw_stats is an array of uint64_t");

static const struct {
  const char *key;
  const char *meaning;
} causes[PW_CYCLE_CAUSES] = {
#define PW_CAUSE_TEXT(name, key, meaning) {key, meaning},
    PW_CYCLE_CAUSE_LIST(PW_CAUSE_TEXT)
#undef PW_CAUSE_TEXT
};

const char *pw_cycle_cause_key(unsigned cause) { return cause < PW_CYCLE_CAUSES ? causes[cause].key : 0; }
const char *pw_cycle_cause_meaning(unsigned cause) { return cause < PW_CYCLE_CAUSES ? causes[cause].meaning : 0; }

/* ---- histogram ---- */

/* Largest number of cycles that falls into a bucket. */
static uint64_t bucket_limit(unsigned bucket) {
  if (bucket < PW_HISTOGRAM_EXACT) return bucket;
  unsigned top = PW_HISTOGRAM_EXACT_SHIFT + (bucket - PW_HISTOGRAM_EXACT) / PW_HISTOGRAM_PER_DOUBLING;
  unsigned part = (bucket - PW_HISTOGRAM_EXACT) % PW_HISTOGRAM_PER_DOUBLING;
  return (((uint64_t)PW_HISTOGRAM_PER_DOUBLING + part + 1) << (top - PW_HISTOGRAM_PART_SHIFT)) - 1;
}

static uint64_t lesser(uint64_t a, uint64_t b) { return a < b ? a : b; }

uint64_t pw_stats_quantile(const struct pw_stats *stats, unsigned permille) {
  __extension__ typedef unsigned __int128 u128;
  uint64_t wanted = (uint64_t)(((u128)stats->translations * permille + 999) / 1000);
  uint64_t seen = 0;
  for (unsigned bucket = 0; bucket < PW_HISTOGRAM_BUCKETS && wanted; bucket++) {
    seen += stats->translation_histogram[bucket];
    if (seen >= wanted) return lesser(bucket_limit(bucket), stats->translation_max_cycles);
  }
  return 0;
}

/* ---- the fold ---- */

void pw_stats_add_record(struct pw_stats *stats, const struct pw_trace_record *record) {
  pw_fold_record(stats, record);
}

static void add_step(struct pw_stats *stats, const struct pw_walk_step *step) {
  uint64_t set = step->entry_after & ~step->entry_before;
  stats->entry_reads[step->level][step->read_by]++;
  stats->accessed_set += set >> 5 & 1;
  stats->dirty_set += set >> 6 & 1;
}

static void add_walk(struct pw_stats *stats, const struct pw_translation *t) {
  stats->walks++;
  stats->dirty_walks += t->dirty_walk;
  stats->restarts += t->attempts - 1u;
  stats->psc_hits[t->psc_level]++;
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) stats->psc_lookups[level] += t->psc_looked_up >> level & 1;
  for (unsigned i = 0; i < t->step_count; i++) add_step(stats, &t->steps[i]);
}

static void add_misses(struct pw_stats *stats, const struct pw_translation *t) {
  unsigned missed = t->looked_up;
  if (t->hit_level) missed &= ~(1u << t->hit_unit);
  for (; missed; missed &= missed - 1) stats->tlb[__builtin_ctz(missed)].misses++;
}

void pw_fold_beyond_first_level(struct pw_stats *stats, const struct pw_translation *t) {
  if (t->hit_level != 1) add_misses(stats, t);
  if (!t->walked) return;
  stats->cycles[PW_CYCLES_PSC] += t->psc_cycles;
  stats->cycles[PW_CYCLES_WALK] += t->walk_cycles;
  stats->cycles[PW_CYCLES_UPDATE] += t->update_cycles;
  add_walk(stats, t);
}

void pw_stats_add_translation(struct pw_stats *stats, const struct pw_translation *translation) {
  pw_fold_translation(stats, translation);
}

void pw_stats_add_data(struct pw_stats *stats, struct pw_memory_reference reference) { pw_fold_data(stats, reference); }

void pw_stats_add_baseline(struct pw_stats *stats, struct pw_memory_reference reference) {
  pw_fold_baseline(stats, reference);
}

void pw_stats_add_fault_service(struct pw_stats *stats, const struct pw_fault_service *service) {
  stats->faults_served++;
  stats->faults_fallen_back += service->fell_back;
  stats->promotions += service->promoted;
  for (unsigned stage = 0; stage < PW_STAGES; stage++) {
    stats->stage_cycles[stage] += service->stage_cycles[stage];
    stats->cycles[PW_CYCLES_FAULT_SERVICE] += service->stage_cycles[stage];
  }
}

void pw_stats_subtract(struct pw_stats *end, const struct pw_stats *begin) {
  uint64_t *to = (uint64_t *)(void *)end;
  uint64_t max_cycles = end->translation_max_cycles;
  const uint64_t *from = (const uint64_t *)(const void *)begin;
  for (size_t i = 0; i < sizeof *end / sizeof *to; i++) to[i] -= from[i];
  end->translation_max_cycles = max_cycles;
}

/* ---- derived numbers ---- */

uint64_t pw_stats_accesses(const struct pw_stats *stats) {
  uint64_t accesses = 0;
  for (unsigned kind = 0; kind < PW_TRACE_KINDS; kind++) accesses += stats->records[kind];
  return accesses;
}

uint64_t pw_stats_completed(const struct pw_stats *stats) { return pw_stats_accesses(stats) - stats->failed_records; }

uint64_t pw_stats_total_cycles(const struct pw_stats *stats) {
  uint64_t total = 0;
  for (unsigned cause = 0; cause < PW_CYCLE_CAUSES; cause++) total += stats->cycles[cause];
  return total;
}

uint64_t pw_stats_entry_reads(const struct pw_stats *stats) {
  uint64_t reads = 0;
  for (unsigned level = 1; level <= PW_MAX_LEVELS; level++) {
    for (unsigned by = 0; by <= PW_SERVED_BY_DRAM; by++) reads += stats->entry_reads[level][by];
  }
  return reads;
}
