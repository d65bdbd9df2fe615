/*
 * pace.h: the cycles between the steps of a device that shows them, of requests that are not alone too. Where nothing
 * stands in its way a step is made when it is due (docs/rtl.md), and none is made before.
 */
#ifndef PAGEWALK_COSIM_PACE_H
#define PAGEWALK_COSIM_PACE_H

#include <pagewalk/check.h>
#include <pagewalk/config.h>
#include <stdbool.h>

#include "rtl.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PACE_WALKERS 4
#define PACE_PASSES 1000 /* a slot that waits for a walk sees fewer of others start: turns go round */

/* What a slot waits for, as far as cycles say when. */
enum pace_wait {
  PACE_NOTHING, /* it is free, or walks */
  PACE_L2,      /* the second level */
  PACE_COMMIT,  /* its commit, or for a write without D its walk */
  PACE_WALK     /* its walk, or that of another slot */
};

struct pace_slot {
  enum pace_wait wait;
  uint8_t port;
  uint64_t looked_up_cycle; /* in the first level */
  uint64_t due_cycle;       /* of the commit or the walk, at the earliest */
  uint64_t starts;          /* of walks, when it began to wait for its own */
};

struct pace_walker {
  uint64_t read_due_cycle, swap_due_cycle; /* of the next operation, by what it is */
};

struct pace {
  bool is_known; /* the configuration is one of rtl/ */
  uint64_t hit_cycles[RTL_PORTS];
  uint64_t start_cycles, step_cycles;

  uint64_t free_cycle[RTL_PORTS]; /* the last one in which nothing stood in the way of a port's commit, and none came */
  uint64_t silent_cycle;          /* the last one in which the walker port asked for nothing */
  bool held[RTL_PORTS];           /* a response was not taken in the clock before */
  uint64_t starts;                /* of walks */
  struct pace_slot slot[PW_CHECK_SLOTS];
  struct pace_walker walker[PACE_WALKERS];
};

/* One clock, as far as it matters here. */
struct pace_clock {
  uint64_t cycle;
  bool control_busy; /* an operation was accepted before this clock and is not done */
  const struct rtl_inputs *inputs;
  const struct rtl_outputs *now, *next; /* shown in this clock, and what it has led to */
};

void pace_init(struct pace *pace, const struct pw_config *config);
void pace_reset(struct pace *pace);

/* Look-ups of a clock come before the clock itself. in_slot: the request lives in the event's slot from now on. */
void pace_look_up(struct pace *pace, uint64_t cycle, const struct pw_event *look_up, bool in_slot);

/* What was not made when it was due. */
struct pace_wrong {
  const char *unit; /* "slot" or "walker"; NULL when all was */
  unsigned number;
  const char *why;
};
struct pace_wrong pace_take_clock(struct pace *pace, const struct pace_clock *clock);

#ifdef __cplusplus
}
#endif
#endif
