/* progress.h: a line of progress on a terminal, and nothing when standard error is not one. */
#ifndef PAGEWALK_CLI_PROGRESS_H
#define PAGEWALK_CLI_PROGRESS_H

#include <pagewalk/trace.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
  bool shown;
  struct timespec start;
  struct timespec last;
};

void progress_start(struct progress *progress);

/* At most ten times a second: records so far, rate, and where the share done (0..1) is known, not 0, the time left. */
void progress_show(struct progress *progress, uint64_t records, double share);

/*
 * Share done of `trace_count` traces, each counted alike, when `reader` reads the one at `trace_index`, or of `limit`
 * records (0: none) if that is nearer. 0 when it is unknown.
 */
double progress_share(const struct pw_trace_reader *reader, size_t trace_index, size_t trace_count, uint64_t records,
                      uint64_t limit);

/* Clears the line. */
void progress_end(const struct progress *progress);

#endif
