/* flight.c: the life of a request between its acceptance and its end. */
#include "flight.h"

#include <string.h>

void pw_flight_reset(struct pw_flight *flight) {
  uint64_t requests = flight->requests, killed = flight->killed;
  memset(flight, 0, sizeof *flight);
  flight->requests = requests;
  flight->killed = killed;
  for (unsigned i = PW_FLIGHT_REQUESTS; i-- > 0;) {
    flight->request[i].free = flight->free;
    flight->free = &flight->request[i];
  }
}

static void list_as_newest(struct pw_flight *flight, struct pw_request *request) {
  request->older = flight->newest;
  request->newer = NULL;
  *(request->older ? &request->older->newer : &flight->oldest) = request;
  flight->newest = request;
}

static void end(struct pw_flight *flight, struct pw_request *request) {
  *(request->older ? &request->older->newer : &flight->oldest) = request->newer;
  *(request->newer ? &request->newer->older : &flight->newest) = request->older;
  if (flight->by_id[request->port][request->id] == request) flight->by_id[request->port][request->id] = NULL;
  if (request->killed) flight->dying--;
  request->free = flight->free;
  flight->free = request;
}

struct pw_request *pw_flight_accept(struct pw_flight *flight, const struct pw_event *event, uint64_t number,
                                    uint64_t context) {
  unsigned port = event->u.request.port, id = event->u.request.id;
  struct pw_request *request = flight->free;
  if (!request || flight->by_id[port][id]) return NULL;
  flight->free = request->free;
  *request = (struct pw_request){.number = ++flight->requests,
                                 .accepted = number,
                                 .accepted_cycle = event->cycle,
                                 .context = context,
                                 .access = event->u.request.access,
                                 .port = (uint8_t)port,
                                 .id = (uint8_t)id};
  list_as_newest(flight, request);
  flight->by_id[port][id] = request;
  return request;
}

struct pw_request *pw_flight_find(struct pw_flight *flight, unsigned port, unsigned id) {
  return port < PW_CHECK_PORTS && id < PW_CHECK_IDS ? flight->by_id[port][id] : NULL;
}

void pw_flight_kill(struct pw_flight *flight, unsigned port, unsigned id, uint64_t cycle) {
  struct pw_request *request = pw_flight_find(flight, port, id);
  if (!request || request->killed) return;
  request->killed = true;
  request->killed_cycle = cycle;
  flight->dying++;
}

void pw_flight_answered(struct pw_flight *flight, struct pw_request *request, uint64_t cycle, bool fills) {
  flight->answered[flight->ended++ % PW_FLIGHT_ENDED] =
      (struct pw_ended_request){request->access.linear_address, cycle, fills};
  end(flight, request);
}

void pw_flight_bury(struct pw_flight *flight, uint64_t cycle) {
  if (!flight->dying) return;
  for (struct pw_request *request = flight->oldest, *newer; request; request = newer) {
    newer = request->newer;
    if (!request->killed || cycle <= request->killed_cycle + PW_FLIGHT_KILL_CYCLES) continue;
    struct pw_request *ghost = &flight->ghost[flight->ghosts % PW_FLIGHT_GHOSTS];
    if (flight->ghosts >= PW_FLIGHT_GHOSTS) flight->lost_ghost_cycle = ghost->killed_cycle;
    flight->ghosts++;
    *ghost = *request;
    flight->killed++;
    end(flight, request);
  }
}

const struct pw_request *pw_flight_next_ghost(const struct pw_flight *flight, uint64_t cycle, uint64_t *at) {
  if (*at == flight->ghosts || *at == PW_FLIGHT_GHOSTS) return NULL;
  const struct pw_request *ghost = &flight->ghost[(flight->ghosts - ++*at) % PW_FLIGHT_GHOSTS];
  return cycle - ghost->killed_cycle <= PW_FLIGHT_GHOST_CYCLES ? ghost : NULL;
}

static bool share(uint64_t a, uint64_t b, unsigned shift) { return (a ^ b) >> shift == 0; }

static const struct pw_ended_request *ended(const struct pw_flight *flight, uint64_t before) {
  return &flight->answered[(flight->ended - before) % PW_FLIGHT_ENDED];
}

static bool answered_fill(const struct pw_flight *flight, const struct pw_request *request, unsigned shift,
                          uint64_t cycle) {
  for (uint64_t i = 1; i <= flight->ended; i++) {
    const struct pw_ended_request *other = ended(flight, i);
    if (other->cycle < request->accepted_cycle && other->cycle + PW_FLIGHT_FILL_CYCLES < cycle) return false;
    if (i == PW_FLIGHT_ENDED) return true;
    if (other->fills && share(other->linear_address, request->access.linear_address, shift)) return true;
  }
  return false;
}

bool pw_flight_was_answered(const struct pw_flight *flight, uint64_t linear_address, unsigned shift, uint64_t from,
                            uint64_t until) {
  for (uint64_t i = 1; i <= flight->ended && i <= PW_FLIGHT_ENDED; i++) {
    const struct pw_ended_request *other = ended(flight, i);
    if (other->cycle < from) return false;
    if (other->cycle < until && share(other->linear_address, linear_address, shift)) return true;
  }
  return false;
}

bool pw_flight_others_wait(const struct pw_flight *flight, const struct pw_request *request, unsigned shift,
                           uint64_t cycle) {
  uint64_t address = request->access.linear_address, at = 0;
  for (const struct pw_request *other = flight->oldest; other; other = other->newer) {
    if (other != request && share(other->access.linear_address, address, shift)) return true;
  }
  for (const struct pw_request *ghost; (ghost = pw_flight_next_ghost(flight, cycle, &at));) {
    if (share(ghost->access.linear_address, address, shift)) return true;
  }
  return false;
}

bool pw_flight_others_fill(const struct pw_flight *flight, const struct pw_request *request, unsigned shift,
                           uint64_t cycle) {
  return pw_flight_others_wait(flight, request, shift, cycle) || answered_fill(flight, request, shift, cycle);
}
