/* port.h: one request port of a device: what waits to be asked, ids in use, kills, and responses taken or left. */
#ifndef PAGEWALK_COSIM_PORT_H
#define PAGEWALK_COSIM_PORT_H

#include "rtl.h"
#include "stimulus.h"

#define PORT_QUEUE 32 /* requests that wait here; a power of two */
#define PORT_IDS 16

struct port {
  struct operation queue[PORT_QUEUE];
  uint32_t head;
  uint32_t queued;
  uint32_t in_flight; /* requests without a response taken; a killed one is none */
  uint32_t limit;     /* of requests in flight */
  uint32_t gap;       /* percent of clocks without a new request */
  uint32_t stall;     /* percent of clocks in which no response is taken */
  bool offering;      /* the request at the head of the queue is on the pins */
  bool response_held; /* the response on the pins was there in the clock before */
  uint16_t busy;      /* ids, as masks: in flight, or killed not long ago */
  uint16_t to_kill;
  uint16_t killed;
  uint8_t next_id;
  uint8_t newest_id;       /* of the request that was accepted last */
  uint64_t when[PORT_IDS]; /* cycle in which to kill; or in which a killed id is free again */
};

void port_reset(struct port *port);
void port_set_profile(struct port *port, const struct profile *profile, unsigned index);

static inline bool port_has_room(const struct port *port) { return port->queued < PORT_QUEUE; }
void port_queue(struct port *port, const struct operation *access);

/* Nothing waits here and nothing is in flight. */
static inline bool port_is_quiet(const struct port *port) { return !port->queued && !port->in_flight; }

/* Before a clock. `may_issue`: the device may take one more request. */
void port_drive(struct port *port, uint64_t cycle, bool may_issue, uint64_t *random,
                const struct rtl_port_outputs *outputs, struct rtl_port_inputs *inputs);

/* The request on the pins was accepted in `cycle`. */
void port_accepted(struct port *port, uint64_t cycle, struct rtl_port_inputs *inputs);

/* The kill on the pins was seen in `cycle`. */
void port_kill_seen(struct port *port, uint64_t cycle, struct rtl_port_inputs *inputs);

/* Kills the request that was accepted last, as soon as that can be, if it has not been answered. */
void port_kill_newest(struct port *port, uint64_t cycle);

/* A response appeared: false when no request with its id is in flight. */
bool port_expects(const struct port *port, unsigned id);

/* The response on the pins was taken. */
void port_taken(struct port *port, unsigned id);

/* The access of the request on the pins. */
struct pw_access port_access(const struct rtl_port_inputs *inputs);

#endif
