/* report.h: what a run found, as text, JSON and CSV. docs/report-schema.md describes every key. */
#ifndef PAGEWALK_REPORT_H
#define PAGEWALK_REPORT_H

#include <pagewalk/simulation.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PW_RUN_SCHEMA "pagewalk-run/1"

/* What a report is about. Everything is borrowed from the caller. */
struct pw_run_report {
  const struct pw_config *config;
  const struct pw_stats *stats;
  struct pw_footprint footprint;
  const char *const *traces; /* names as the user gave them */
  size_t trace_count;
  const char *const *overrides; /* assignments that changed the configuration, as the user gave them */
  size_t override_count;
  bool tlb_only;
  uint64_t warmup; /* records that ran before `stats` began to count */
};

/* Each writes a whole report. Returns 0, -PW_ENOMEM, or -PW_EIO when the stream refuses it. */
int pw_report_text(FILE *stream, const struct pw_run_report *report);
int pw_report_json(FILE *stream, const struct pw_run_report *report);
int pw_report_csv(FILE *stream, const struct pw_run_report *report);

/*
 * Explains one translation entry by entry: bits decoded, and in words why the access succeeds or faults. cr3 and the
 * registers are those of `control`.
 */
int pw_report_walk(FILE *stream, const struct pw_config *config, const struct pw_control *control,
                   const struct pw_access *access, const struct pw_translation *translation);

#ifdef __cplusplus
}
#endif
#endif
