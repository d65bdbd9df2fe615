/* counters.c: what the performance counters must be, from what the pins have shown since the reset. */
#include "counters.h"

#include <stdbool.h>

void counters_reset(struct counters *counters) { *counters = (struct counters){0}; }

/*
 * Misses are the look-ups after which a request is in a slot. Which ones these are the pins do not say; but each slot
 * that was taken ends with its last commit, or with a replay after which it is in none.
 */
void counters_clock(struct counters *counters, const struct rtl_outputs *next) {
  uint32_t *expected = counters->expected;
  for (unsigned p = 0; p < RTL_PORTS; p++) {
    const struct rtl_port_outputs *port = &next->port[p];
    expected[COUNTER_LOOK_UPS + p] += port->obs_lookup;
    expected[COUNTER_MISSES + p] += port->obs_lookup && port->obs_replay;
  }
  for (unsigned unit = 0; unit < RTL_L2; unit++) {
    expected[COUNTER_L2_MISSES + unit] += next->l2[unit].obs_lookup && !next->l2[unit].obs_hit;
  }
  if (next->obs_commit && next->obs_commit_actions & PW_COMMIT_LAST) {
    expected[COUNTER_MISSES + next->obs_commit_port]++;
  }
  expected[COUNTER_WALKS] += next->obs_walk;
}

/* After a compare-and-swap that did not match, the walk starts again, which is no new walk. */
void counters_memory(struct counters *counters, const struct pw_event *event) {
  bool again = event->kind == PW_EVENT_SWAP && !event->u.swap.matched && !event->u.swap.bus_error;
  counters->expected[COUNTER_OPERATIONS]++;
  counters->expected[COUNTER_WALKS] -= again;
}

enum counter counters_check(const struct counters *counters, const struct rtl_outputs *now) {
  unsigned i = 0;
  while (i < COUNTERS && now->perf[i] == counters->expected[i]) i++;
  return (enum counter)i;
}
