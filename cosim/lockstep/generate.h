/* generate.h: constrained random episodes, all from one seed. */
#ifndef PAGEWALK_COSIM_GENERATE_H
#define PAGEWALK_COSIM_GENERATE_H

#include "plan.h"

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
