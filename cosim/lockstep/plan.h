/* plan.h: what an episode is like, drawn before its operations are made. */
#ifndef PAGEWALK_COSIM_PLAN_H
#define PAGEWALK_COSIM_PLAN_H

#include <pagewalk/config.h>
#include <pagewalk/coverage.h>

#include "stimulus.h"

#define HOT_PAGES 64

enum traffic {
  TRAFFIC_SINGLE, /* one request in the device, nothing late: cycles are compared exactly */
  TRAFFIC_HIT,    /* hot pages, a request per port and clock */
  TRAFFIC_MIXED,  /* misses, hits under misses, kills, late memory */
  TRAFFIC_STORM,  /* control operations and edited page tables */
  TRAFFIC_ERRORS, /* faults and bus errors */
  TRAFFICS
};
const char *traffic_name(unsigned traffic);

struct generate_options {
  const struct pw_config *config;
  uint64_t seed;
  uint32_t in_flight;                 /* limit per port of every episode; 0: drawn */
  int traffic;                        /* enum traffic, or -1: drawn */
  const struct pw_coverage *coverage; /* to whose holes episodes are steered; or NULL */
};

/* What an episode is like. Shares are percents unless said. */
struct plan {
  enum traffic traffic;
  enum pw_paging_mode mode; /* of the machine; with 5 levels sometimes 4 */
  uint64_t requests;
  uint32_t spaces;
  uint32_t pages;
  uint32_t damage;   /* of entries, per thousand */
  uint32_t misfit;   /* of accesses made without regard to the rights of the page */
  uint32_t astray;   /* of accesses beside every page, per thousand */
  uint32_t locality; /* of accesses to hot pages */
  uint32_t hot;      /* pages, 1..HOT_PAGES */
  uint32_t fetches;
  uint32_t writes;
  uint32_t kills;
  uint32_t controls;   /* per thousand accesses */
  uint32_t edits;      /* per thousand accesses */
  uint32_t lazy;       /* of edits: nothing is invalidated */
  uint32_t resets;     /* per hundred thousand accesses */
  uint32_t directed;   /* sequences with a purpose, per ten thousand accesses */
  uint32_t large;      /* of regions with 2 MB pages */
  uint32_t huge;       /* of regions with 1 GB pages, where the machine has them */
  uint32_t keyed;      /* of pages: they have a protection key */
  uint32_t slow;       /* of the memory's answers that are late; 0: drawn */
  uint32_t crowd;      /* requests in flight per port, at most; 0: drawn */
  uint32_t stall;      /* of the clocks in which a response is not taken; 0: drawn */
  uint32_t bus_errors; /* of the memory's answers, per ten thousand; 0: drawn */
};

struct plan plan_choose(const struct generate_options *options, uint64_t *random);

/* Its seed is drawn too. */
struct profile plan_profile(const struct plan *plan, const struct generate_options *options, uint64_t *random);

#endif
