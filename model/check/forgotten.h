/*
 * forgotten.h: what a bounded memory no longer knows of what a device may hold: by hash, or of anything, until all that
 * it can have been is invalidated.
 *
 * What was forgotten before an invalidation of everything was accepted is gone for every request that was accepted when
 * that was done; so that two parts are kept, of before and since its accept.
 */
#ifndef PAGEWALK_CHECK_FORGOTTEN_H
#define PAGEWALK_CHECK_FORGOTTEN_H

#include <stdbool.h>
#include <stdint.h>

#define PW_FORGOTTEN_BITS 65536

struct pw_forgotten_part {
  bool any;
  bool anything; /* it could have been of any address and of any table */
  uint64_t bits[PW_FORGOTTEN_BITS / 64];
};

struct pw_forgotten {
  uint64_t flushed; /* event in which the latest invalidation of everything was done; UINT64_MAX: not yet; 0: none */
  uint64_t flushed_cycle;
  struct pw_forgotten_part before, since;
};

void pw_forgotten_reset(struct pw_forgotten *forgotten);

void pw_forgotten_add(struct pw_forgotten *forgotten, uint64_t hash);
void pw_forgotten_add_anything(struct pw_forgotten *forgotten);

/* An invalidation of everything was accepted, when nobody is served any more who was accepted before `oldest`. */
void pw_forgotten_flush(struct pw_forgotten *forgotten, uint64_t oldest);
/* It is done. */
void pw_forgotten_flushed(struct pw_forgotten *forgotten, uint64_t event, uint64_t cycle);

/* Can the device hold, for a request accepted in this event, something with the hash that is not known any more? */
bool pw_forgotten_has(const struct pw_forgotten *forgotten, uint64_t hash, uint64_t accepted);
/* Something that could have been anything? */
bool pw_forgotten_has_anything(const struct pw_forgotten *forgotten, uint64_t accepted);

#endif
