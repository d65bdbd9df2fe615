/* responder.h: the memory that a device sees: answers its walker port from an image, after the time that it charges. */
#ifndef PAGEWALK_COSIM_RESPONDER_H
#define PAGEWALK_COSIM_RESPONDER_H

#include <pagewalk/check.h>
#include <stdbool.h>

#include "rtl.h"
#include "stimulus.h"

#define RESPONDER_IDS 4

/* One answer on its way. */
struct responder_answer {
  uint64_t due; /* first cycle in which wmr_valid may be high */
  uint64_t data;
  bool under_way;
  bool ok;
  bool error;
};

struct responder {
  struct pw_physical_memory *memory;
  struct pw_memory_hierarchy *hierarchy;
  struct responder_answer answers[RESPONDER_IDS];
  uint32_t under_way; /* answers */
  bool driven;        /* an answer stands on the port */
  uint64_t random;
  unsigned address_bits;
  uint32_t memory_stall; /* as the profile says */
  uint32_t jitter;
  uint32_t jitter_cycles;
  uint32_t bus_error;
};

int responder_init(struct responder *responder, const struct pw_config *config);
void responder_free(struct responder *responder);

/* Takes the memory's part of a profile. */
void responder_set_profile(struct responder *responder, const struct profile *profile);

/* The device was reset: what it asked for is forgotten, and caches are empty. */
void responder_reset(struct responder *responder);

/* Before a clock: drives wmq_ready and wmr. */
void responder_drive(struct responder *responder, uint64_t cycle, struct rtl_inputs *inputs);

/* After the clock: wmr was taken when `ready` was shown before it. */
void responder_clocked(struct responder *responder, struct rtl_inputs *inputs, bool ready);

/*
 * A request was accepted in `cycle`: does it, and fills the READ or SWAP event. False when its id is in use, or not an
 * id.
 */
bool responder_accept(struct responder *responder, const struct rtl_outputs *outputs, uint64_t cycle,
                      struct pw_event *event);

#endif
