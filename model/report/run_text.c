/* run_text.c: the report of a run for people: tables of at most 100 columns. */
#include <inttypes.h>
#include <pagewalk/version.h>
#include <string.h>

#include "run_document.h"

#define NUMBER_BYTES 32

/* "1,234,567" */
static const char *grouped(uint64_t value, char buffer[NUMBER_BYTES]) {
  char digits[NUMBER_BYTES];
  size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, value);
  char *out = buffer;
  for (size_t i = 0; i < length; i++) {
    if (i && (length - i) % 3 == 0) *out++ = ',';
    *out++ = digits[i];
  }
  *out = '\0';
  return buffer;
}

static void number(FILE *stream, int width, uint64_t value) {
  char buffer[NUMBER_BYTES];
  fprintf(stream, "%*s", width, grouped(value, buffer));
}

/* A quotient with some decimals, "-" where there is nothing to divide by. */
static void quotient(FILE *stream, int width, int decimals, double numerator, double denominator) {
  if (denominator > 0) {
    fprintf(stream, "%*.*f", width, decimals, numerator / denominator);
  } else {
    fprintf(stream, "%*s", width, "-");
  }
}

static void print_accesses(FILE *stream, const struct pw_run_report *report) {
  const struct pw_stats *stats = report->stats;
  fputs("\naccesses", stream);
  number(stream, 16, pw_stats_accesses(stats));
  for (unsigned kind = 0; kind < PW_TRACE_KINDS; kind++) {
    fprintf(stream, "%s%s ", kind ? "   " : "\n  ", pw_trace_kind_name(kind));
    number(stream, 0, stats->records[kind]);
  }
  fputs("\ntranslations", stream);
  number(stream, 12, stats->translations);
  fputs("   page crossings ", stream);
  number(stream, 0, stats->page_crossings);
  for (unsigned shift = 0; shift < 64; shift++) {
    if (!stats->pages[shift]) continue;
    fprintf(stream, "   on %s pages ", pw_page_size_name(shift));
    number(stream, 0, stats->pages[shift]);
  }
  fputc('\n', stream);
}

static void print_tlbs(FILE *stream, const struct pw_run_report *report) {
  double accesses = (double)pw_stats_accesses(report->stats);
  fprintf(stream, "\n%-12s%6s%16s%16s%16s%10s%14s\n", "TLB", "level", "lookups", "hits", "misses", "miss %",
          "per 1000 acc.");
  for (uint32_t u = 0; u < report->config->tlb_count; u++) {
    const struct pw_tlb_stats *tlb = &report->stats->tlb[u];
    uint64_t lookups = tlb->hits + tlb->misses;
    fprintf(stream, "%-12s%6" PRIu32, report->config->tlbs[u].name, report->config->tlbs[u].level);
    number(stream, 16, lookups);
    number(stream, 16, tlb->hits);
    number(stream, 16, tlb->misses);
    quotient(stream, 10, 3, 100.0 * (double)tlb->misses, (double)lookups);
    quotient(stream, 14, 3, 1000.0 * (double)tlb->misses, accesses);
    fputc('\n', stream);
  }
}

static void print_psc(FILE *stream, const struct pw_run_report *report) {
  const struct pw_stats *stats = report->stats;
  fprintf(stream, "\n%-28s%16s%16s%10s\n", "paging-structure cache", "lookups", "walks started", "share %");
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) {
    if (!report->config->psc[level].sets) continue;
    fprintf(stream, "%-28s", pw_level_name(level));
    number(stream, 16, stats->psc_lookups[level]);
    number(stream, 16, stats->psc_hits[level]);
    quotient(stream, 10, 2, 100.0 * (double)stats->psc_hits[level], (double)stats->walks);
    fputc('\n', stream);
  }
  fprintf(stream, "%-28s%16s", "none: from the root", "");
  number(stream, 16, stats->psc_hits[0]);
  quotient(stream, 10, 2, 100.0 * (double)stats->psc_hits[0], (double)stats->walks);
  fputc('\n', stream);
}

static void print_server_row(FILE *stream, const struct pw_run_report *report, const char *title,
                             const uint64_t *counts) {
  fprintf(stream, "%-16s", title);
  for (uint32_t i = 0; i < report->config->cache_count; i++) number(stream, 14, counts[i]);
  number(stream, 14, counts[PW_SERVED_BY_DRAM]);
  if (report->config->mode == PW_MODE_PAE) number(stream, 14, counts[PW_SERVED_BY_REGISTER]);
  fputc('\n', stream);
}

static void print_servers(FILE *stream, const struct pw_run_report *report) {
  const struct pw_stats *stats = report->stats;
  fprintf(stream, "\n%-16s", "served by");
  for (uint32_t i = 0; i < report->config->cache_count; i++) fprintf(stream, "%14s", report->config->caches[i].name);
  fprintf(stream, "%14s%s\n", "dram", report->config->mode == PW_MODE_PAE ? "      register" : "");
  for (unsigned level = PW_MAX_LEVELS; level >= 1; level--) {
    uint64_t reads = 0;
    for (unsigned by = 0; by < PW_SERVED_BY_COUNT; by++) reads += stats->entry_reads[level][by];
    char title[32];
    snprintf(title, sizeof title, "walk: %s", pw_level_name(level));
    if (reads) print_server_row(stream, report, title, stats->entry_reads[level]);
  }
  if (!report->tlb_only) print_server_row(stream, report, "data", stats->data_served_by);
}

static void print_walks(FILE *stream, const struct pw_run_report *report) {
  const struct pw_stats *stats = report->stats;
  fputs("\nwalks", stream);
  number(stream, 19, stats->walks);
  fputs("   entry reads ", stream);
  number(stream, 0, pw_stats_entry_reads(stats));
  fputs(", per walk ", stream);
  quotient(stream, 0, 2, (double)pw_stats_entry_reads(stats), (double)stats->walks);
  fputs("   to set dirty ", stream);
  number(stream, 0, stats->dirty_walks);
  fputs("\npage faults", stream);
  number(stream, 13, stats->outcomes[PW_PAGE_FAULT]);
  fputs("   fallen back to 4K ", stream);
  number(stream, 0, stats->faults_fallen_back);
  fputs("   promoted to 2M ", stream);
  number(stream, 0, stats->promotions);
  fputs("   failed accesses ", stream);
  number(stream, 0, stats->failed_records);
  fputs("\npage-table frames", stream);
  number(stream, 7, report->footprint.table_frames);
  fputs("   frames in use, tables included ", stream);
  number(stream, 0, report->footprint.frames_in_use);
  fputc('\n', stream);
}

static void print_cycles(FILE *stream, const struct pw_run_report *report) {
  const struct pw_stats *stats = report->stats;
  double total = (double)pw_stats_total_cycles(stats);
  double accesses = (double)pw_stats_completed(stats);
  fprintf(stream, "\n%-26s%20s%10s%14s\n", "cycles by cause", "cycles", "share %", "per access");
  for (unsigned cause = 0; cause < PW_CYCLE_CAUSES; cause++) {
    fprintf(stream, "%-26s", pw_cycle_cause_key(cause));
    number(stream, 20, stats->cycles[cause]);
    quotient(stream, 10, 2, 100.0 * (double)stats->cycles[cause], total);
    quotient(stream, 14, 4, (double)stats->cycles[cause], accesses);
    fputc('\n', stream);
  }
  fprintf(stream, "%-26s", "total");
  number(stream, 20, pw_stats_total_cycles(stats));
  quotient(stream, 10, 2, 100.0 * total, total);
  quotient(stream, 14, 4, total, accesses);
  fputc('\n', stream);
}

static void print_eat_line(FILE *stream, const struct pw_run_report *report, const char *title, double cycles) {
  double accesses = (double)pw_stats_completed(report->stats);
  double baseline = (double)report->stats->baseline_cycles;
  fprintf(stream, "%-40s", title);
  quotient(stream, 12, 4, cycles, accesses);
  fputs(" cycles", stream);
  quotient(stream, 12, 4, cycles * (double)report->config->clock_ps / 1000, accesses);
  fputs(" ns", stream);
  if (baseline > 0) fprintf(stream, "%12.4f x", cycles / baseline);
  fputc('\n', stream);
}

static void print_eat(FILE *stream, const struct pw_run_report *report) {
  const struct pw_stats *stats = report->stats;
  double total = (double)pw_stats_total_cycles(stats);
  double service = (double)stats->cycles[PW_CYCLES_FAULT_SERVICE];
  fputc('\n', stream);
  print_eat_line(stream, report, "effective access time", total);
  print_eat_line(stream, report, "  without the service of faults", total - service);
  if (!report->tlb_only) {
    print_eat_line(stream, report, "  with no translation at all", (double)stats->baseline_cycles);
  }
  fprintf(stream, "\ncycles of a translation: p50 %" PRIu64 ", p90 %" PRIu64 ", p99 %" PRIu64 ", max %" PRIu64 "\n",
          pw_stats_quantile(stats, 500), pw_stats_quantile(stats, 900), pw_stats_quantile(stats, 990),
          pw_stats_quantile(stats, 1000));
}

static void print_overrides(FILE *stream, const struct pw_run_report *report) {
  for (size_t i = 0; i < report->override_count; i++) fprintf(stream, "%s%s", i ? ", " : "with ", report->overrides[i]);
  if (report->override_count) fputc('\n', stream);
}

int pw_report_text(FILE *stream, const struct pw_run_report *report) {
  char summary[512];
  pw_config_summary(report->config, summary, sizeof summary);
  fprintf(stream, "pagewalk %s", PW_VERSION);
  for (size_t i = 0; i < report->trace_count; i++) fprintf(stream, "%s %s", i ? "," : "  ", report->traces[i]);
  fputc('\n', stream);
  fprintf(stream, "%s\n", summary);
  print_overrides(stream, report);
  if (report->tlb_only) fputs("TLB only: the program's own references are left out of the caches\n", stream);
  if (report->warmup) fprintf(stream, "counted after a warm-up of %" PRIu64 " records\n", report->warmup);
  print_accesses(stream, report);
  print_tlbs(stream, report);
  print_psc(stream, report);
  print_servers(stream, report);
  print_walks(stream, report);
  print_cycles(stream, report);
  print_eat(stream, report);
  return fflush(stream) || ferror(stream) ? -PW_EIO : 0;
}
