/* progress.c: a line of progress on a terminal. */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

static double seconds_between(const struct timespec *from, const struct timespec *to) {
  return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) * 1e-9;
}

void progress_start(struct progress *progress) {
  *progress = (struct progress){.shown = isatty(STDERR_FILENO)};
  clock_gettime(CLOCK_MONOTONIC, &progress->start);
  progress->last = progress->start;
}

void progress_show(struct progress *progress, uint64_t records, double share) {
  struct timespec now;
  if (!progress->shown) return;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (seconds_between(&progress->last, &now) < 0.1) return;
  progress->last = now;
  double elapsed = seconds_between(&progress->start, &now);
  fprintf(stderr, "\r%.1f M records, %.1f M/s", (double)records * 1e-6, (double)records * 1e-6 / elapsed);
  if (share > 0) {
    fprintf(stderr, ", %.0f %% done, %.0f s left", 100 * share, share < 1 ? elapsed / share - elapsed : 0);
  }
  fputs("   \033[K", stderr);
  fflush(stderr);
}

void progress_clear(const struct progress *progress) {
  if (progress->shown) fputs("\r\033[K", stderr);
}

void progress_end(struct progress *progress) {
  progress_clear(progress);
  progress->shown = false;
}
