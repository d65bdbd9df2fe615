/*
 * flight.h: the requests that a device has accepted and not answered, for the checkers that do not follow it step by
 * step. A killed request may answer for a few cycles more; afterwards it is remembered for a while, because a walk that
 * was begun for it may go on.
 */
#ifndef PAGEWALK_CHECK_FLIGHT_H
#define PAGEWALK_CHECK_FLIGHT_H

#include <pagewalk/check.h>
#include <stdbool.h>

#define PW_FLIGHT_REQUESTS (PW_CHECK_PORTS * PW_CHECK_IDS + PW_CHECK_SLOTS)
#define PW_FLIGHT_GHOSTS 64
#define PW_FLIGHT_KILL_CYCLES                                                            \
  2 /* a response that was on its way comes in the cycle of the kill or the two after it \
     */

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

struct pw_flight {
  uint64_t requests;
  uint64_t killed; /* ended without a response */
  uint64_t dying;  /* killed, may respond for some cycles more */
  struct pw_request *oldest, *newest, *free;
  struct pw_request *by_id[PW_CHECK_PORTS][PW_CHECK_IDS];
  uint64_t ghosts; /* so many have been; the last PW_FLIGHT_GHOSTS are kept */
  struct pw_request ghost[PW_FLIGHT_GHOSTS];
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
void pw_flight_answered(struct pw_flight *flight, struct pw_request *request);
/* Killed requests that can no longer answer in this cycle end. */
void pw_flight_bury(struct pw_flight *flight, uint64_t cycle);

/* Was a request of this context accepted whose end is not known for certain? */
bool pw_flight_has_context(const struct pw_flight *flight, uint64_t context);

#endif
