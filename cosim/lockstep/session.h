/* session.h: what every task of pagewalk-cosim needs: options, configuration, device, log. */
#ifndef PAGEWALK_COSIM_SESSION_H
#define PAGEWALK_COSIM_SESSION_H

#include <pagewalk/coverage.h>
#include <pagewalk/event_log.h>

#include "bench.h"
#include "device.h"
#include "mutant_manifest.h"
#include "options.h"

struct session {
  struct cosim_options options;
  struct pw_config config;
  struct device device;
  char *manifest_path;
  struct mutant_manifest mutants; /* empty unless the device is built with them */
  uint32_t mutant;                /* that the device is to be; 0: itself */
  struct pw_event_log_writer *log;
  int log_status;               /* of the first event that could not be written */
  struct pw_coverage *coverage; /* that the run counts into; or NULL */
};

/* Tasks. Each prints its report and returns an exit code. */
int task_random(struct session *session);
int task_stimulus(struct session *session);
int task_replay(struct session *session);
int task_trace(struct session *session);
int task_vectors(struct session *session);
int task_speed(struct session *session);
int task_mutants(struct session *session);

/*
 * Finds the mutant that the options want, of the manifest or of the device that they name, and what the manifest says
 * about its runs. Comes before devices. EXIT_USAGE, with a message, when there is none.
 */
int session_choose_mutant(struct session *session);

void session_forget_mutants(struct session *session);

/* What a built device is to have besides rtl/; NULL for nothing. */
const struct mutant_edits *session_edits(const struct session *session);
int task_coverage(struct session *session);

/* Opens the device that the options want; EXIT_USAGE, with a message, when it cannot be. */
int session_open_device(struct session *session);

/* A bench for the session: log, waves and checker as the options say. */
int session_make_bench(struct session *session, struct bench **bench);

/* The last line, and the exit code that goes with it. */
int print_verdict(uint64_t checked, const char *what, uint64_t mismatches);

#endif
