/* run_document.c: the JSON document of a run. */
#include "run_document.h"

#include <pagewalk/version.h>

const char *pw_served_by_name(const struct pw_config *config, unsigned served_by) {
  if (served_by < config->cache_count) return config->caches[served_by].name;
  return served_by == PW_SERVED_BY_REGISTER ? "register" : "dram";
}

static json_t *count(uint64_t value) { return json_integer((json_int_t)value); }

/* A ratio, or null where there is nothing to divide by. */
static json_t *ratio(double numerator, double denominator) {
  return denominator > 0 ? json_real(numerator / denominator) : json_null();
}

static json_t *machine(const struct pw_config *config) {
  char summary[512];
  pw_config_summary(config, summary, sizeof summary);
  return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "name", config->name, "description", config->description,
                   "summary", summary, "clock_ps", (json_int_t)config->clock_ps, "timing_table", config->timing.name,
                   "paging_mode", pw_paging_mode_name(config->mode));
}

/* JSON is UTF-8, a path need not be: then what is not ASCII in it becomes '?'. */
static json_t *text(const char *bytes) {
  char ascii[512];
  json_t *string = json_string(bytes);
  if (string) return string;
  snprintf(ascii, sizeof ascii, "%s", bytes);
  for (char *at = ascii; *at; at++) {
    if ((unsigned char)*at > 126) *at = '?';
  }
  return json_string(ascii);
}

static json_t *texts(const char *const *items, size_t item_count) {
  json_t *list = json_array();
  for (size_t i = 0; i < item_count; i++) json_array_append_new(list, text(items[i]));
  return list;
}

static json_t *accesses_by_kind(const struct pw_stats *stats) {
  json_t *object = json_object();
  for (unsigned kind = 0; kind < PW_TRACE_KINDS; kind++) {
    json_object_set_new(object, pw_trace_kind_name(kind), count(stats->records[kind]));
  }
  return object;
}

static json_t *pages(const struct pw_stats *stats) {
  json_t *object = json_object();
  for (unsigned shift = 0; shift < 64; shift++) {
    if (stats->pages[shift]) json_object_set_new(object, pw_page_size_name(shift), count(stats->pages[shift]));
  }
  return object;
}

static json_t *tlb_unit(const struct pw_stats *stats, const struct pw_config *config, uint32_t unit) {
  const struct pw_tlb_stats *tlb = &stats->tlb[unit];
  uint64_t lookups = tlb->hits + tlb->misses;
  json_t *object = json_object();
  json_object_set_new(object, "level", count(config->tlbs[unit].level));
  json_object_set_new(object, "lookups", count(lookups));
  json_object_set_new(object, "hits", count(tlb->hits));
  json_object_set_new(object, "misses", count(tlb->misses));
  json_object_set_new(object, "miss_ratio", ratio((double)tlb->misses, (double)lookups));
  json_object_set_new(object, "misses_per_1000_accesses",
                      ratio(1000.0 * (double)tlb->misses, (double)pw_stats_accesses(stats)));
  return object;
}

static json_t *tlbs(const struct pw_run_report *report) {
  json_t *object = json_object();
  for (uint32_t u = 0; u < report->config->tlb_count; u++) {
    json_object_set_new(object, report->config->tlbs[u].name, tlb_unit(report->stats, report->config, u));
  }
  return object;
}

static json_t *psc(const struct pw_run_report *report) {
  json_t *object = json_object();
  for (unsigned level = PW_MAX_LEVELS; level >= 2; level--) {
    if (!report->config->psc[level].sets) continue;
    json_t *cache = json_object();
    json_object_set_new(cache, "lookups", count(report->stats->psc_lookups[level]));
    json_object_set_new(cache, "hits", count(report->stats->psc_hits[level]));
    json_object_set_new(object, pw_level_name(level), cache);
  }
  return object;
}

/* References by who served them; every server of the machine has a key. */
static json_t *served_by(const struct pw_config *config, const uint64_t *counts, bool with_register) {
  json_t *object = json_object();
  for (uint32_t i = 0; i < config->cache_count; i++) {
    json_object_set_new(object, pw_served_by_name(config, i), count(counts[i]));
  }
  json_object_set_new(object, "dram", count(counts[PW_SERVED_BY_DRAM]));
  if (with_register) json_object_set_new(object, "register", count(counts[PW_SERVED_BY_REGISTER]));
  return object;
}

static json_t *walk_served_by(const struct pw_run_report *report) {
  static const unsigned levels_of[PW_MODES] = {2, 3, 4, 5};
  json_t *object = json_object();
  for (unsigned level = levels_of[report->config->mode]; level >= 1; level--) {
    json_object_set_new(object, pw_level_name(level),
                        served_by(report->config, report->stats->entry_reads[level],
                                  report->config->mode == PW_MODE_PAE && level == 3));
  }
  return object;
}

static json_t *faults(const struct pw_stats *stats) {
  json_t *object = json_object();
  json_t *stages = json_object();
  json_object_set_new(object, "page_fault", count(stats->outcomes[PW_PAGE_FAULT]));
  json_object_set_new(object, "general_protection", count(stats->outcomes[PW_GENERAL_PROTECTION]));
  json_object_set_new(object, "served", count(stats->faults_served));
  json_object_set_new(object, "fallen_back_to_4k", count(stats->faults_fallen_back));
  json_object_set_new(object, "promotions_to_2m", count(stats->promotions));
  for (unsigned stage = 0; stage < PW_STAGES; stage++) {
    json_object_set_new(stages, pw_fault_stage_name(stage), count(stats->stage_cycles[stage]));
  }
  json_object_set_new(object, "stage_cycles", stages);
  return object;
}

static json_t *cycles(const struct pw_stats *stats) {
  json_t *object = json_object();
  for (unsigned cause = 0; cause < PW_CYCLE_CAUSES; cause++) {
    json_object_set_new(object, pw_cycle_cause_key(cause), count(stats->cycles[cause]));
  }
  json_object_set_new(object, "total", count(pw_stats_total_cycles(stats)));
  return object;
}

static json_t *quantiles(const struct pw_stats *stats) {
  json_t *object = json_object();
  json_object_set_new(object, "p50", count(pw_stats_quantile(stats, 500)));
  json_object_set_new(object, "p90", count(pw_stats_quantile(stats, 900)));
  json_object_set_new(object, "p99", count(pw_stats_quantile(stats, 990)));
  json_object_set_new(object, "max", count(pw_stats_quantile(stats, 1000)));
  return object;
}

static void add_walks(json_t *document, const struct pw_run_report *report) {
  const struct pw_stats *stats = report->stats;
  uint64_t reads = pw_stats_entry_reads(stats);
  json_object_set_new(document, "walks", count(stats->walks));
  json_object_set_new(document, "walks_to_set_dirty", count(stats->dirty_walks));
  json_object_set_new(document, "walk_restarts", count(stats->restarts));
  json_object_set_new(document, "entry_reads", count(reads));
  json_object_set_new(document, "entry_reads_per_walk", ratio((double)reads, (double)stats->walks));
  json_object_set_new(document, "walk_served_by", walk_served_by(report));
  json_object_set_new(document, "accessed_bits_set", count(stats->accessed_set));
  json_object_set_new(document, "dirty_bits_set", count(stats->dirty_set));
}

static void add_times(json_t *document, const struct pw_run_report *report) {
  const struct pw_stats *stats = report->stats;
  double accesses = (double)pw_stats_completed(stats);
  double total = (double)pw_stats_total_cycles(stats);
  double baseline = (double)stats->baseline_cycles;
  double service = (double)stats->cycles[PW_CYCLES_FAULT_SERVICE];
  double clock_ns = (double)report->config->clock_ps / 1000;
  json_object_set_new(document, "cycles", cycles(stats));
  json_object_set_new(document, "cycles_without_translation", count(stats->baseline_cycles));
  json_object_set_new(document, "eat_cycles", ratio(total, accesses));
  json_object_set_new(document, "eat_ns", ratio(total * clock_ns, accesses));
  json_object_set_new(document, "eat_without_faults_cycles", ratio(total - service, accesses));
  json_object_set_new(document, "eat_without_translation_cycles", ratio(baseline, accesses));
  json_object_set_new(document, "slowdown", ratio(total, baseline));
  json_object_set_new(document, "slowdown_without_faults", ratio(total - service, baseline));
  json_object_set_new(document, "translation_cycles", quantiles(stats));
}

json_t *pw_run_document(const struct pw_run_report *report) {
  const struct pw_stats *stats = report->stats;
  json_t *document = json_object();
  if (!document) return NULL;
  json_object_set_new(document, "schema", json_string(PW_RUN_SCHEMA));
  json_object_set_new(document, "pagewalk_version", json_string(PW_VERSION));
  json_object_set_new(document, "machine", machine(report->config));
  json_object_set_new(document, "seed", count(report->config->seed));
  json_object_set_new(document, "set", texts(report->overrides, report->override_count));
  json_object_set_new(document, "traces", texts(report->traces, report->trace_count));
  json_object_set_new(document, "tlb_only", json_boolean(report->tlb_only));
  json_object_set_new(document, "warmup_records", count(report->warmup));
  json_object_set_new(document, "accesses", count(pw_stats_accesses(stats)));
  json_object_set_new(document, "accesses_failed", count(stats->failed_records));
  json_object_set_new(document, "accesses_by_kind", accesses_by_kind(stats));
  json_object_set_new(document, "page_crossings", count(stats->page_crossings));
  json_object_set_new(document, "translations", count(stats->translations));
  json_object_set_new(document, "translations_by_page_size", pages(stats));
  json_object_set_new(document, "tlb", tlbs(report));
  json_object_set_new(document, "paging_structure_caches", psc(report));
  add_walks(document, report);
  json_object_set_new(document, "page_faults", count(stats->outcomes[PW_PAGE_FAULT]));
  json_object_set_new(document, "faults", faults(stats));
  json_object_set_new(document, "data_served_by", served_by(report->config, stats->data_served_by, false));
  json_object_set_new(document, "line_crossings", count(stats->line_crossings));
  json_object_set_new(document, "dram_write_backs", count(stats->dram_write_backs));
  add_times(document, report);
  json_object_set_new(document, "page_table_frames", count(report->footprint.table_frames));
  json_object_set_new(document, "frames_in_use", count(report->footprint.frames_in_use));
  return document;
}
