/* steer.c: the table from what a hole is about to the knobs of a plan. */
#include "steer.h"

#include <stddef.h>

#include "coverage_groups.h"
#include "draw.h"

#define ANY 0xff

/* A hole with this value in this dimension, or with any, turns this knob of the plan. */
struct knob {
  uint8_t group;
  uint8_t dimension;
  uint8_t value;
  uint16_t offset; /* of the knob in struct plan */
  uint32_t low, high;
};

#define KNOB(group, dimension, value, member, low, high) \
  { PW_COVER_##group, dimension, value, offsetof(struct plan, member), low, high }

static const struct knob knobs[] = {
    KNOB(ACCESS, 0, ANY, directed, 200, 600),
    KNOB(ACCESS, 0, PW_COVER_2M, large, 30, 60),
    KNOB(ACCESS, 0, PW_COVER_1G, huge, 30, 60),
    KNOB(ACCESS, 3, PW_COVER_BUS_ERROR, bus_errors, 200, 2000),
    KNOB(ACCESS, 4, PW_COVER_FROM_REPLAY, slow, 60, 100),
    KNOB(REUSE, 0, ANY, directed, 200, 600),
    KNOB(REUSE, 1, PW_COVER_2M - PW_COVER_4K, large, 30, 60),
    KNOB(REUSE, 1, PW_COVER_1G - PW_COVER_4K, huge, 30, 60),
    KNOB(WALK_CACHE, 0, ANY, controls, 20, 100),
    KNOB(WALK_CACHE, 1, PW_COVER_2M, large, 30, 60),
    KNOB(WALK_CACHE, 1, PW_COVER_1G, huge, 30, 60),
    KNOB(ATTEMPTS, 0, ANY, directed, 200, 600),
    KNOB(ATTEMPTS, 1, PW_COVER_END_BUS_ERROR, bus_errors, 500, 2000),
    KNOB(UPDATE, 0, ANY, directed, 200, 600),
    KNOB(UPDATE, 0, 1, large, 30, 60),
    KNOB(UPDATE, 0, 2, huge, 30, 60),
    KNOB(UPDATE, 2, PW_COVER_SWAP_ERROR, bus_errors, 500, 2000),
    KNOB(WRITTEN, 0, ANY, directed, 200, 600),
    KNOB(DIRTY_WALK, 0, ANY, directed, 200, 600),
    KNOB(DIRTY_WALK, 1, PW_COVER_2M - PW_COVER_4K, large, 30, 60),
    KNOB(DIRTY_WALK, 1, PW_COVER_1G - PW_COVER_4K, huge, 30, 60),
    KNOB(FILL, 0, ANY, pages, 200, 400),
    KNOB(FILL, 0, ANY, large, 30, 60),
    KNOB(FILL, 0, ANY, huge, 20, 40),
    KNOB(FILL, 0, ANY, locality, 0, 30),
    KNOB(WALKERS, 0, ANY, locality, 0, 30),
    KNOB(WALKERS, 0, ANY, controls, 50, 150),
    KNOB(SLOTS, 0, ANY, locality, 0, 30),
    KNOB(SLOTS, 0, ANY, slow, 60, 100),
    KNOB(SLOTS, 0, ANY, crowd, 8, 15),
    KNOB(IN_FLIGHT, 0, ANY, slow, 60, 100),
    KNOB(IN_FLIGHT, 0, ANY, stall, 50, 95),
    KNOB(IN_FLIGHT, 0, ANY, crowd, 8, 15),
    KNOB(IN_FLIGHT, 1, PW_COVER_MORE, locality, 80, 100),
    KNOB(SAME_PAGE, 0, ANY, hot, 1, 4),
    KNOB(SAME_PAGE, 0, ANY, controls, 50, 300),
    KNOB(SAME_PAGE, 3, 1, kills, 10, 25),
    KNOB(CONTROL, 0, ANY, directed, 200, 600),
    KNOB(CONTROL, 0, ANY, controls, 50, 400),
    KNOB(KILL, 0, ANY, directed, 200, 600),
    KNOB(KILL, 0, ANY, kills, 5, 25),
    KNOB(KILL, 1, PW_COVER_KILL_ANSWERED, stall, 50, 95),
    KNOB(VERDICT, 0, ANY, edits, 100, 300),
};

/* Groups of which a directed sequence takes its values. */
static const uint8_t directed_groups[] = {PW_COVER_ACCESS,  PW_COVER_REUSE,   PW_COVER_ATTEMPTS, PW_COVER_UPDATE,
                                          PW_COVER_WRITTEN, PW_COVER_CONTROL, PW_COVER_KILL,     PW_COVER_DIRTY_WALK,
                                          PW_COVER_ACCESS,  PW_COVER_REUSE};
#define DIRECTED_GROUPS (sizeof directed_groups / sizeof directed_groups[0])

/* ---- holes ---- */

static unsigned count_holes(const struct pw_coverage *coverage, unsigned group) {
  struct pw_coverage_summary summary = pw_coverage_summarise(coverage, group);
  return summary.reachable - summary.hit;
}

/* The hole of a group with so many before it. */
static unsigned find_hole(const struct pw_coverage *coverage, unsigned group, uint64_t before) {
  for (unsigned bin = 0; bin < pw_coverage_bins(group); bin++) {
    if (pw_coverage_is_hole(coverage, group, bin) && before-- == 0) return bin;
  }
  return 0;
}

struct steering steer_choose(const struct pw_coverage *coverage, uint64_t *random) {
  struct steering steering = {0};
  unsigned holes[PW_COVER_GROUPS], open[PW_COVER_GROUPS], open_count = 0;
  for (unsigned g = 0; g < PW_COVER_GROUPS; g++) {
    holes[g] = count_holes(coverage, g);
    if (holes[g]) open[open_count++] = g;
  }
  for (; open_count && steering.count < STEER_HOLES; steering.count++) {
    unsigned group = open[pw_random_below(random, open_count)];
    unsigned bin = find_hole(coverage, group, pw_random_below(random, holes[group]));
    steering.hole[steering.count].group = (uint8_t)group;
    steering.hole[steering.count].bin = (uint16_t)bin;
  }
  return steering;
}

/* ---- plans ---- */

static void turn(const struct knob *knob, const uint8_t *value, struct plan *plan, uint64_t *random) {
  if (knob->value != ANY && knob->value != value[knob->dimension]) return;
  *(uint32_t *)((char *)plan + knob->offset) = draw_between(random, knob->low, knob->high);
}

/* Knobs are those of one of the holes, so that holes with opposite wishes each get their episodes. */
void steer_plan(const struct steering *steering, struct plan *plan, uint64_t *random) {
  uint8_t value[PW_COVERAGE_DIMENSIONS];
  if (!steering->count) return;
  unsigned chosen = (unsigned)pw_random_below(random, steering->count);
  pw_cover_values(steering->hole[chosen].group, steering->hole[chosen].bin, value);
  for (size_t i = 0; i < sizeof knobs / sizeof knobs[0]; i++) {
    if (knobs[i].group == steering->hole[chosen].group) turn(&knobs[i], value, plan, random);
  }
}

/* ---- directed sequences ---- */

static bool any_bin(const struct pw_config *config, unsigned group, uint64_t *random, uint8_t *value) {
  const struct pw_cover_table_row *row = &pw_cover_table[group];
  for (unsigned tries = 0; tries < 200; tries++) {
    pw_cover_values(group, (unsigned)pw_random_below(random, pw_coverage_bins(group)), value);
    if (!row->unreachable || !row->unreachable(config, value)) return true;
  }
  return false;
}

void steer_target(const struct steering *steering, const struct pw_config *config, unsigned group, uint64_t *random,
                  uint8_t value[PW_COVERAGE_DIMENSIONS]) {
  unsigned of_group[STEER_HOLES], count = 0;
  for (unsigned i = 0; i < steering->count; i++) {
    if (steering->hole[i].group == group) of_group[count++] = i;
  }
  if (count && draw_percent(random, 90)) {
    pw_cover_values(group, steering->hole[of_group[pw_random_below(random, count)]].bin, value);
  } else {
    any_bin(config, group, random, value);
  }
}

static bool is_directed(unsigned group) {
  for (size_t i = 0; i < DIRECTED_GROUPS; i++) {
    if (directed_groups[i] == group) return true;
  }
  return false;
}

unsigned steer_group(const struct steering *steering, uint64_t *random) {
  if (steering->count && draw_percent(random, 90)) {
    unsigned group = steering->hole[pw_random_below(random, steering->count)].group;
    if (is_directed(group)) return group;
  }
  return directed_groups[pw_random_below(random, DIRECTED_GROUPS)];
}
