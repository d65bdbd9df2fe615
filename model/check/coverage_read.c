/* coverage_read.c: coverage read out: groups, bins, sums, and the counts of several runs added. */
#include <string.h>

#include "coverage_state.h"

/* ---- groups ---- */

unsigned pw_coverage_groups(void) { return PW_COVER_GROUPS; }

const char *pw_coverage_group_name(unsigned group) {
  return group < PW_COVER_GROUPS ? pw_cover_table[group].name : NULL;
}

const char *pw_coverage_group_meaning(unsigned group) {
  return group < PW_COVER_GROUPS ? pw_cover_table[group].meaning : NULL;
}

static const struct pw_cover_dimension *dimension_of(unsigned group, unsigned dimension) {
  bool exists = group < PW_COVER_GROUPS && dimension < PW_COVERAGE_DIMENSIONS;
  return exists ? &pw_cover_table[group].dimensions[dimension] : NULL;
}

const char *pw_coverage_dimension_name(unsigned group, unsigned dimension) {
  const struct pw_cover_dimension *found = dimension_of(group, dimension);
  return found ? found->name : NULL;
}

const char *pw_coverage_value_name(unsigned group, unsigned dimension, unsigned value) {
  const struct pw_cover_dimension *found = dimension_of(group, dimension);
  return found && value < found->count ? found->values[value] : NULL;
}

unsigned pw_coverage_bins(unsigned group) {
  unsigned bins = 1;
  for (unsigned d = 0; pw_coverage_dimension_name(group, d); d++) bins *= pw_cover_table[group].dimensions[d].count;
  return bins;
}

/* ---- bins ---- */

void pw_coverage_look(const struct pw_coverage *coverage, unsigned group, unsigned bin, struct pw_coverage_bin *look) {
  unsigned at = coverage->first[group] + bin;
  look->count = coverage->count[at];
  look->unreachable = coverage->unreachable[at];
  pw_cover_values(group, bin, look->value);
  pw_cover_name(group, bin, look->name);
}

int pw_coverage_is_hole(const struct pw_coverage *coverage, unsigned group, unsigned bin) {
  unsigned at = coverage->first[group] + bin;
  return !coverage->count[at] && !coverage->unreachable[at];
}

struct pw_coverage_summary pw_coverage_summarise(const struct pw_coverage *coverage, unsigned group) {
  struct pw_coverage_summary summary = {.bins = pw_coverage_bins(group)};
  for (unsigned bin = 0; bin < summary.bins; bin++) {
    unsigned at = coverage->first[group] + bin;
    bool hit = coverage->count[at] != 0;
    summary.reachable += !coverage->unreachable[at];
    summary.hit += hit && !coverage->unreachable[at];
    summary.impossible += hit && coverage->unreachable[at];
  }
  return summary;
}

/* ---- runs added ---- */

int pw_coverage_merge(struct pw_coverage *into, const struct pw_coverage *from) {
  if (!pw_cover_same_machine(&into->config, &from->config)) return -PW_EINVAL;
  for (unsigned bin = 0; bin < into->bins; bin++) into->count[bin] += from->count[bin];
  return 0;
}
