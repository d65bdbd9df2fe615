/*
 * bench.h: a device, its memory and the checker on one clock. Every clock turns what the pins show into events, in the
 * order of docs/rtl.md, and hands them to the checker.
 */
#ifndef PAGEWALK_COSIM_BENCH_H
#define PAGEWALK_COSIM_BENCH_H

#include <pagewalk/check.h>
#include <pagewalk/config.h>
#include <pagewalk/coverage.h>

#include "counters.h"
#include "pace.h"
#include "port.h"
#include "responder.h"
#include "rtl.h"
#include "stimulus.h"

#define BENCH_PIPELINE_CYCLES 3 /* of rtl/: accept to response of a translation that the model calls 0 cycles */
#define BENCH_HANG_CYCLES 100000

/* Takes every event, for a log. */
struct event_sink {
  void *context;
  void (*take)(void *context, const struct pw_event *event);
};

struct bench_options {
  const struct rtl_api *api;
  const struct pw_config *config;
  bool check; /* with the checker; without, only the contract of the ports is checked */
  enum pw_check_mode mode;
  struct event_sink log;        /* take may be NULL */
  const char *waves;            /* file, or NULL */
  uint32_t mutant;              /* that the device is to be; 0: itself */
  struct pw_coverage *coverage; /* counts what the checker is told, when there is one; or NULL */
};

/* A response as the port showed it, for those who made the request. */
struct bench_response {
  uint64_t cycle;
  struct rtl_port_outputs pins;
};

/* The last read or compare-and-swap that the walker port was granted. */
struct bench_reference {
  uint64_t cycle;
  uint64_t address;
  bool is_swap;
};

struct bench {
  struct rtl_inputs inputs;
  struct rtl_outputs outputs[2]; /* [at]: shown in this clock */
  unsigned at;
  bool failed;
  enum pw_verdict verdict; /* that it failed with: of the checker, WRONG for the contract of the ports, or HANG */
  bool untimed;            /* the bench delays memory or responses */
  bool shows_steps;        /* strict mode: observations, their cycles and counters are compared */
  bool control_offered;
  bool control_pending; /* accepted and not done */
  unsigned commit_port; /* of the last commit: the L2 tells where it filled one clock later */
  uint64_t cycle;
  uint64_t progress_cycle; /* in which something was accepted or answered */
  uint64_t random;
  uint32_t in_flight_total; /* limit */
  uint64_t responses;       /* shown, killed requests not among them */
  uint64_t next_hang_check;
  struct port port[RTL_PORTS];
  struct responder responder;
  struct bench_reference reference;
  struct counters counters;                  /* since the reset */
  struct pace pace;                          /* since the reset */
  struct bench_response response[RTL_PORTS]; /* the last one */
  uint64_t response_count[RTL_PORTS];
  struct pw_checker *checker;
  const struct rtl_api *api;
  void *device;
  struct event_sink log;
  enum pw_check_mode mode;
  struct pw_coverage *coverage; /* the caller's, or NULL */
  uint64_t *written;            /* addresses of words that software or a walk wrote, to compare the images at */
  size_t written_count;
  size_t written_capacity;
  char text[PW_CHECK_TEXT_BYTES];
};

/* A checker for the device in rtl/. `timed` as in struct pw_check_options. */
struct pw_check_options bench_check_options(enum pw_check_mode mode, bool timed);

/* Returns 0, -PW_ENOMEM, -PW_ECONFIG, or -PW_EIO when waves are wanted of a device built without. */
int bench_create(const struct bench_options *options, struct bench **bench);
void bench_destroy(struct bench *bench);

/* Holds from the next reset on, which must come before the next clock. */
void bench_set_profile(struct bench *bench, const struct profile *profile);

/* Holds the reset pin for some clocks. What was in flight is forgotten, and the caches of both memories are empty. */
void bench_reset(struct bench *bench, uint64_t clocks);

/* Software writes 8 bytes, before anything else of this clock. */
void bench_write(struct bench *bench, uint64_t address, uint64_t value);

/* For the log alone: a word that the caller has written to both memories itself. */
void bench_log_write(struct bench *bench, uint64_t address, uint64_t value);

/* Puts an operation on the control channel, which must be free. */
void bench_control(struct bench *bench, unsigned op, uint64_t data, unsigned pcid);
static inline bool bench_control_is_free(const struct bench *bench) { return !bench->control_offered; }

/* One clock. False when something was wrong: bench_explain says what. */
bool bench_clock(struct bench *bench);

/* Nothing waits and nothing is in flight, killed requests aside. */
bool bench_is_quiet(const struct bench *bench);

/*
 * For a bench that is quiet: waits until the device is idle too, because walks of killed requests go on, and asks the
 * checker whether anything is missing. False when something is; else more may follow.
 */
bool bench_finish(struct bench *bench);

/* Compares the images where they were written; then zeroes both there, as software would, and forgets the places. */
bool bench_compare_images(struct bench *bench);
void bench_wipe(struct bench *bench);

const char *bench_explain(const struct bench *bench);

/* Something that the bench itself found wrong. */
__attribute__((format(printf, 2, 3))) void bench_fail(struct bench *bench, const char *format, ...);

#endif
