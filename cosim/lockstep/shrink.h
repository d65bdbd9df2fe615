/* shrink.h: fewer operations that still fail. */
#ifndef PAGEWALK_COSIM_SHRINK_H
#define PAGEWALK_COSIM_SHRINK_H

#include "stimulus.h"

/* Plays episodes from the beginning on a new device. */
struct trial {
  void *context;
  bool (*fails)(void *context, const struct stimulus *stimulus);
};

/*
 * Drops episodes, then what the bench disturbs, then operations, of the last episode first, as long as the rest fails,
 * and at most `most_trials` times (delta debugging: Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing
 * Input", 2002). Returns how many times it tried. Nothing is dropped when the stimulus does not fail by itself.
 */
uint64_t shrink(struct stimulus *stimulus, const struct trial *trial, uint64_t most_trials);

#endif
