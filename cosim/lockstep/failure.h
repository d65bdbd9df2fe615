/* failure.h: what to say and do about episodes that fail: explain, shrink, save, show waves. */
#ifndef PAGEWALK_COSIM_FAILURE_H
#define PAGEWALK_COSIM_FAILURE_H

#include "session.h"
#include "stimulus.h"

/* Makes episode `index` anew, in place of what *episode holds. */
struct episode_source {
  void *context;
  bool (*make)(void *context, uint64_t index, struct episode *episode);
};

struct failure {
  const struct bench *bench; /* as it was when something was wrong */
  struct episode_source source;
  uint64_t episode;  /* index of the one that failed */
  size_t operations; /* of it that had begun */
};

/* Prints all there is to say, without the last line. */
void failure_report(struct session *session, const struct failure *failure);

#endif
