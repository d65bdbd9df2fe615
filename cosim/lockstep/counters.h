/* counters.h: what the performance counters of a device that shows its steps must be. */
#ifndef PAGEWALK_COSIM_COUNTERS_H
#define PAGEWALK_COSIM_COUNTERS_H

#include <pagewalk/check.h>

#include "rtl.h"

/* perf_o of docs/rtl.md: those of a port, or of a second-level unit, follow one another. */
enum counter {
  COUNTER_LOOK_UPS,
  COUNTER_MISSES = COUNTER_LOOK_UPS + RTL_PORTS,
  COUNTER_L2_MISSES = COUNTER_MISSES + RTL_PORTS,
  COUNTER_WALKS = COUNTER_L2_MISSES + RTL_L2,
  COUNTER_OPERATIONS,
  COUNTERS
};

struct counters {
  uint32_t expected[COUNTERS];
};

/* From the reset on. */
void counters_reset(struct counters *counters);

/* Takes what a clock has shown: observations, and what the walker port did. */
void counters_clock(struct counters *counters, const struct rtl_outputs *next);
void counters_memory(struct counters *counters, const struct pw_event *event);

/* Of a device that is idle: the first counter that is wrong, or COUNTERS. */
enum counter counters_check(const struct counters *counters, const struct rtl_outputs *now);

#endif
