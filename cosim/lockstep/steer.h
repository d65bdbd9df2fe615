/* steer.h: from holes in the coverage to episodes that may fill them. */
#ifndef PAGEWALK_COSIM_STEER_H
#define PAGEWALK_COSIM_STEER_H

#include <pagewalk/coverage.h>
#include <stdbool.h>

#include "plan.h"

#define STEER_HOLES 16

/* What an episode aims at. */
struct steering {
  uint32_t count;
  struct {
    uint16_t bin;
    uint8_t group;
  } hole[STEER_HOLES];
};

/* Some of the holes, of each group about as many; none when there are none. */
struct steering steer_choose(const struct pw_coverage *coverage, uint64_t *random);

/* Changes a plan so that the holes become likelier. */
void steer_plan(const struct steering *steering, struct plan *plan, uint64_t *random);

/*
 * Values of a bin of the group for a directed sequence: of a hole that the episode aims at, nearly always when it aims
 * at one, else of any that the machine can have.
 */
void steer_target(const struct steering *steering, const struct pw_config *config, unsigned group, uint64_t *random,
                  uint8_t value[PW_COVERAGE_DIMENSIONS]);

/* A group among those that directed sequences exist for, likelier one that the episode aims at. */
unsigned steer_group(const struct steering *steering, uint64_t *random);

#endif
