/*
 * coverage.h: functional coverage: which situations a run of the checker has been in, counted bin by bin.
 *
 * Coverage is folded from events and from what the golden model says of them, so any device with the port contract
 * gives the same bins. A bin is one combination of the values of its group's dimensions. Bins that a machine cannot
 * have are unreachable, each with the reason; a reachable bin without a count is a hole. docs/coverage.md lists the
 * groups.
 */
#ifndef PAGEWALK_COVERAGE_H
#define PAGEWALK_COVERAGE_H

#include <pagewalk/check.h>
#include <pagewalk/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PW_COVERAGE_VERSION 1
#define PW_COVERAGE_DIMENSIONS 5   /* of a group, at most */
#define PW_COVERAGE_NAME_BYTES 128 /* the longest name of a bin, its end included */

/* The counts of one machine. Opaque. */
struct pw_coverage;

/* Returns 0, -PW_ENOMEM, or -PW_ECONFIG for a configuration that is not valid. */
int pw_coverage_create(const struct pw_config *config, struct pw_coverage **coverage);
void pw_coverage_destroy(struct pw_coverage *coverage);
const struct pw_config *pw_coverage_config(const struct pw_coverage *coverage);

/* ---- counting ---- */

/*
 * Takes an event, and the verdict and view that a checker of `mode` gave of it. Without a view, as in the modes
 * observed and window, only verdicts are counted. Allocates nothing.
 */
void pw_coverage_take(struct pw_coverage *coverage, enum pw_check_mode mode, const struct pw_event *event,
                      enum pw_verdict verdict, const struct pw_check_view *view);

/* Adds the counts of another. Returns 0, or -PW_EINVAL, and nothing changed, when it is of another machine. */
int pw_coverage_merge(struct pw_coverage *into, const struct pw_coverage *from);

/* ---- groups and bins ---- */

unsigned pw_coverage_groups(void);
const char *pw_coverage_group_name(unsigned group);    /* "access"; NULL beyond */
const char *pw_coverage_group_meaning(unsigned group); /* what its bins count, as part of a sentence; NULL beyond */

/* Dimensions of a group, and their values, by index. NULL beyond the last. */
const char *pw_coverage_dimension_name(unsigned group, unsigned dimension);
const char *pw_coverage_value_name(unsigned group, unsigned dimension, unsigned value);

unsigned pw_coverage_bins(unsigned group);

/* One bin. */
struct pw_coverage_bin {
  uint64_t count;
  const char *unreachable; /* why no correct device of this configuration can have it; NULL for a reachable one */
  uint8_t value[PW_COVERAGE_DIMENSIONS];
  char name[PW_COVERAGE_NAME_BYTES]; /* "access: 4K write user mapped walk" */
};

/* bin: 0..pw_coverage_bins(group) - 1. */
void pw_coverage_look(const struct pw_coverage *coverage, unsigned group, unsigned bin, struct pw_coverage_bin *look);

/* Reachable, and not counted yet? */
int pw_coverage_is_hole(const struct pw_coverage *coverage, unsigned group, unsigned bin);

struct pw_coverage_summary {
  unsigned bins;
  unsigned reachable;
  unsigned hit;        /* of the reachable ones */
  unsigned impossible; /* unreachable ones that were counted: the device, or the reason, is wrong */
};
struct pw_coverage_summary pw_coverage_summarise(const struct pw_coverage *coverage, unsigned group);

/* ---- as a file: JSON, docs/coverage.md ---- */

/* Replaces the file at once, so that no reader finds half of it. Returns 0, -PW_ENOMEM or -PW_EIO. */
int pw_coverage_save(const struct pw_coverage *coverage, const char *path, struct pw_diag *diag);

/* Returns 0, -PW_EIO, -PW_ENOMEM, or -PW_ECOVERAGE for a file that is damaged or something else. */
int pw_coverage_load(const char *path, struct pw_coverage **coverage, struct pw_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
