/* progress.h: a line of progress on a terminal, and nothing when standard error is not one. */
#ifndef PAGEWALK_CLI_PROGRESS_H
#define PAGEWALK_CLI_PROGRESS_H

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

/* Clears the line until it is shown again, for what else goes to the terminal. */
void progress_clear(const struct progress *progress);

/* Clears the line; nothing is shown from then on. */
void progress_end(struct progress *progress);

#endif
