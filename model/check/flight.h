/*
 * flight.h: the requests that a device has accepted and not answered, for the checkers that do not follow it step by
 * step. A killed request may answer for a few cycles more. Those that have ended are remembered for a while, because a
 * walk that was begun for one may go on, and fill.
 */
#ifndef PAGEWALK_CHECK_FLIGHT_H
#define PAGEWALK_CHECK_FLIGHT_H

#include <pagewalk/check.h>
#include <stdbool.h>

#define PW_FLIGHT_REQUESTS (PW_CHECK_PORTS * PW_CHECK_IDS + PW_CHECK_SLOTS)
#define PW_FLIGHT_GHOSTS 256
#define PW_FLIGHT_ENDED 256

/* So long after its kill a walk may go on: it may wait for a walker, and memory. */
#define PW_FLIGHT_GHOST_CYCLES 65536
/* So long after the response a walk may fill. */
#define PW_FLIGHT_FILL_CYCLES 32
/* So long a read may wait for memory, and others may join its walk. */
#define PW_FLIGHT_MEMORY_CYCLES 4096
/* A response that was on its way comes in the cycle of the kill or the two after it. */
#define PW_FLIGHT_KILL_CYCLES 2

struct pw_request {
  struct pw_request *older, *newer; /* in order of acceptance */
  struct pw_request *free;
  uint64_t number;   /* requests are counted from 1 */
  uint64_t accepted; /* event */
  uint64_t accepted_cycle;
  uint64_t killed_cycle;
  uint64_t context; /* number of the registers it was accepted under */
  struct pw_access access;
  uint8_t port;
  uint8_t id;
  bool killed;
};

struct pw_ended_request {
  uint64_t linear_address;
  uint64_t cycle;
  bool fills; /* its walk may fill for a while; one that ends with a fault does not */
};

struct pw_flight {
  uint64_t requests;
  uint64_t killed; /* ended without a response */
  uint64_t dying;  /* killed, may respond for some cycles more */
  struct pw_request *oldest, *newest, *free;
  struct pw_request *by_id[PW_CHECK_PORTS][PW_CHECK_IDS];
  uint64_t ghosts;           /* so many have been; the last PW_FLIGHT_GHOSTS are kept */
  uint64_t ended;            /* so many have been answered; the last PW_FLIGHT_ENDED are kept */
  uint64_t lost_ghost_cycle; /* kill of the last one that is not kept; 0: none */
  struct pw_request ghost[PW_FLIGHT_GHOSTS];
  struct pw_ended_request answered[PW_FLIGHT_ENDED];
  struct pw_request request[PW_FLIGHT_REQUESTS];
};

void pw_flight_reset(struct pw_flight *flight);

/* NULL when the id is taken, or more are alive than can be. */
struct pw_request *pw_flight_accept(struct pw_flight *flight, const struct pw_event *event, uint64_t number,
                                    uint64_t context);
/* That may still answer, or NULL. */
struct pw_request *pw_flight_find(struct pw_flight *flight, unsigned port, unsigned id);
/* A kill that comes too late is none. */
void pw_flight_kill(struct pw_flight *flight, unsigned port, unsigned id, uint64_t cycle);
void pw_flight_answered(struct pw_flight *flight, struct pw_request *request, uint64_t cycle, bool fills);
/* Killed requests that can no longer answer in this cycle end. */
void pw_flight_bury(struct pw_flight *flight, uint64_t cycle);

/* Is a killed request not kept that may still be walked for? */
static inline bool pw_flight_lost_ghost(const struct pw_flight *flight, uint64_t cycle) {
  return flight->lost_ghost_cycle && cycle - flight->lost_ghost_cycle <= PW_FLIGHT_GHOST_CYCLES;
}

/* The latest ghosts first: the next one that may still be walked for, or NULL. *at is 0 at first. */
const struct pw_request *pw_flight_next_ghost(const struct pw_flight *flight, uint64_t cycle, uint64_t *at);

/* Was a request in the region of 1 << shift bytes of an address answered in one of these cycles, the second not among
 * them? */
bool pw_flight_was_answered(const struct pw_flight *flight, uint64_t linear_address, unsigned shift, uint64_t from,
                            uint64_t until);

/* Is another request than this one in flight, or killed of late, for an address in the same region of 1 << shift bytes?
 */
bool pw_flight_others_wait(const struct pw_flight *flight, const struct pw_request *request, unsigned shift,
                           uint64_t cycle);

/*
 * The same, or answered since this one was accepted: may it have filled what it had found before?
 */
bool pw_flight_others_fill(const struct pw_flight *flight, const struct pw_request *request, unsigned shift,
                           uint64_t cycle);

#endif
