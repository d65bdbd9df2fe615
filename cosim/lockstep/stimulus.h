/*
 * stimulus.h: what is done to a device, as episodes: lists of operations that are made first and played then, so that
 * they can be filtered, saved and played again.
 */
#ifndef PAGEWALK_COSIM_STIMULUS_H
#define PAGEWALK_COSIM_STIMULUS_H

#include <pagewalk/check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum operation_kind {
  OP_WRITE,   /* software writes 8 bytes of memory */
  OP_ACCESS,  /* a request */
  OP_CONTROL, /* an operation of the control channel */
  OP_WAIT,    /* until what was begun has ended */
  OP_IDLE,    /* clocks in which nothing is begun */
  OP_RESET,   /* the reset pin, for some clocks */
  OP_AWAIT,   /* until the walker port asks for an entry; for some clocks at most, and not when nothing is in flight */
  OP_KILL,    /* the request of a port that was accepted last, if it has not been answered */
  OP_KINDS
};

/* Bits of operation.flags. Those of an access begin with enum pw_access_flag. */
#define OP_USER 16        /* access: CPL = 3 */
#define OP_ASYNC 1        /* control: what follows does not wait until it is accepted */
#define OP_WAIT_CONTROL 0 /* wait: the control operation is done */
#define OP_WAIT_ALL 1     /* wait: no request is in flight either */
#define OP_AWAIT_READ 0
#define OP_AWAIT_SWAP 1

/* One operation. All that it names, it names by value. */
struct operation {
  uint64_t address; /* access: linear; write, await: physical; control: data */
  uint64_t value;   /* write: the value; idle, reset, await: clocks */
  uint16_t pcid;    /* control */
  uint16_t kill;    /* access: killed so many clocks after it was accepted; 0 never */
  uint8_t kind;     /* enum operation_kind */
  uint8_t what;     /* access: enum pw_access_kind; control: enum pw_control_op; kill: port */
  uint8_t flags;
};

/* How a bench behaves while it plays an episode. Shares are percents unless said. */
struct profile {
  uint64_t seed;              /* of what the bench itself draws */
  uint32_t in_flight[2];      /* requests per port */
  uint32_t in_flight_total;   /* requests of the device */
  uint32_t gap;               /* of the clocks in which a port offers no new request */
  uint32_t response_stall[2]; /* of the clocks in which a response is not taken */
  uint32_t memory_stall;      /* of the clocks in which the memory accepts nothing */
  uint32_t jitter;            /* of the memory's answers that are late */
  uint32_t jitter_cycles;     /* by at most so many clocks */
  uint32_t bus_error;         /* of the memory's answers, per ten thousand */
};

struct episode {
  struct profile profile;
  struct operation *operations;
  size_t count;
  size_t capacity;
};

/* A profile that disturbs nothing: one request in the device, memory as fast as charged. */
struct profile profile_single(uint64_t seed);

/* Does nothing delay memory or responses, so that a request that is alone takes the cycles of the model? */
bool profile_is_timed(const struct profile *profile);

/* Appends; false when the host has no memory. */
bool episode_add(struct episode *episode, struct operation operation);
void episode_free(struct episode *episode);
uint64_t episode_requests(const struct episode *episode);

/* ---- as a text, docs/cosim.md ---- */

struct stimulus {
  struct episode *episodes;
  size_t count;
};

void stimulus_write_header(FILE *stream);
void stimulus_write_episode(FILE *stream, const struct episode *episode);

/* Returns 0, or -PW_EIO, -PW_ENOMEM, or -PW_EINVAL for a line that does not fit, with a diagnostic. */
int stimulus_read(const char *path, struct stimulus *stimulus, struct pw_diag *diag);
void stimulus_free(struct stimulus *stimulus);

#endif
