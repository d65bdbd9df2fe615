/* draw.h: draws of the bench and of its stimulus, each from a state of its own. */
#ifndef PAGEWALK_COSIM_DRAW_H
#define PAGEWALK_COSIM_DRAW_H

#include <stdbool.h>

#include "random.h"

/* In low..high. */
static inline uint32_t draw_between(uint64_t *random, uint32_t low, uint32_t high) {
  return low + (uint32_t)pw_random_below(random, (uint64_t)high - low + 1);
}

/* True in `share` per hundred. */
static inline bool draw_percent(uint64_t *random, uint32_t share) { return pw_random_below(random, 100) < share; }

/* The same; without a share nothing is drawn, for what is asked in every clock. */
static inline bool draw_if_any(uint64_t *random, uint32_t share) { return share && draw_percent(random, share); }

/* In low..high in `share` per hundred, else 0. */
static inline uint32_t draw_sometimes(uint64_t *random, uint32_t share, uint32_t low, uint32_t high) {
  uint32_t value = draw_between(random, low, high);
  return draw_percent(random, share) ? value : 0;
}

#endif
