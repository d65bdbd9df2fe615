/* generate.h: constrained random episodes, all from one seed. */
#ifndef PAGEWALK_COSIM_GENERATE_H
#define PAGEWALK_COSIM_GENERATE_H

#include <pagewalk/config.h>

#include "stimulus.h"

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
  uint32_t in_flight; /* limit per port of every episode; 0: drawn */
  int traffic;        /* enum traffic, or -1: drawn */
};

/* Opaque. */
struct generator;

int generator_create(const struct generate_options *options, struct generator **generator);
void generator_destroy(struct generator *generator);

/*
 * Makes episode `index` of the seed, of at most `most_requests` (at least 1), in place of what *episode holds. Returns
 * 0 or -PW_ENOMEM.
 */
int generator_make(struct generator *generator, uint64_t index, uint64_t most_requests, struct episode *episode);

#endif
