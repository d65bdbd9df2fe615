/* port.c: requests of one port, as a core would make them. */
#include "port.h"

#include "draw.h"

/* A killed request may still be in the last stages before the port; its id is not used anew before they are past. */
#define KILLED_ID_CYCLES 16

void port_reset(struct port *port) {
  uint32_t limit = port->limit, gap = port->gap, stall = port->stall;
  *port = (struct port){.limit = limit, .gap = gap, .stall = stall};
}

void port_set_profile(struct port *port, const struct profile *profile, unsigned index) {
  port->limit = profile->in_flight[index];
  port->gap = profile->gap;
  port->stall = profile->response_stall[index];
}

void port_queue(struct port *port, const struct operation *access) {
  port->queue[(port->head + port->queued) % PORT_QUEUE] = *access;
  port->queued++;
}

/* Ids are used in turn, so that all of them are. */
static unsigned choose_id(struct port *port) {
  unsigned id = port->next_id;
  while (port->busy >> id & 1) id = (id + 1) % PORT_IDS;
  port->next_id = (uint8_t)((id + 1) % PORT_IDS);
  return id;
}

static void offer(struct port *port, struct rtl_port_inputs *inputs) {
  const struct operation *access = &port->queue[port->head];
  inputs->req_valid = 1;
  inputs->req_id = (uint8_t)choose_id(port);
  inputs->req_va = access->address;
  inputs->req_acc = access->what;
  inputs->req_user = (access->flags & OP_USER) != 0;
  inputs->req_implicit = (access->flags & PW_IMPLICIT) != 0;
  inputs->req_ac = (access->flags & PW_AC) != 0;
  inputs->req_stack = (access->flags & PW_STACK) != 0;
  inputs->req_prefetch = (access->flags & PW_PREFETCH) != 0;
  port->offering = true;
}

struct pw_access port_access(const struct rtl_port_inputs *inputs) {
  unsigned flags = (inputs->req_implicit ? PW_IMPLICIT : 0u) | (inputs->req_ac ? PW_AC : 0u) |
                   (inputs->req_stack ? PW_STACK : 0u) | (inputs->req_prefetch ? PW_PREFETCH : 0u);
  return (struct pw_access){.linear_address = inputs->req_va,
                            .kind = inputs->req_acc,
                            .cpl = inputs->req_user ? 3 : 0,
                            .flags = (uint8_t)flags};
}

/* A response that came all the same may stand on the port for long, when it is not taken. */
static void free_killed(struct port *port, uint64_t cycle, const struct rtl_port_outputs *outputs) {
  for (unsigned id = 0; id < PORT_IDS; id++) {
    if (!(port->killed >> id & 1) || port->when[id] > cycle) continue;
    if (outputs->rsp_valid && outputs->rsp_id == id) continue;
    port->killed &= (uint16_t) ~(1u << id);
    port->busy &= (uint16_t) ~(1u << id);
  }
}

/* What stands on the response port, or has just been answered, is not killed. */
static void drive_kill(struct port *port, uint64_t cycle, const struct rtl_port_outputs *outputs,
                       struct rtl_port_inputs *inputs) {
  for (unsigned id = 0; id < PORT_IDS; id++) {
    if (!(port->to_kill >> id & 1) || port->when[id] > cycle) continue;
    if (outputs->rsp_valid && outputs->rsp_id == id) continue;
    inputs->kill_valid = 1;
    inputs->kill_id = (uint8_t)id;
    return;
  }
}

void port_drive(struct port *port, uint64_t cycle, bool may_issue, uint64_t *random,
                const struct rtl_port_outputs *outputs, struct rtl_port_inputs *inputs) {
  if (port->killed) free_killed(port, cycle, outputs);
  if (!port->offering && port->queued && may_issue && port->in_flight < port->limit && port->busy != 0xffff &&
      !draw_if_any(random, port->gap)) {
    offer(port, inputs);
  }
  if (port->to_kill) drive_kill(port, cycle, outputs, inputs);
  inputs->rsp_ready = !draw_if_any(random, port->stall);
}

void port_accepted(struct port *port, uint64_t cycle, struct rtl_port_inputs *inputs) {
  unsigned id = inputs->req_id;
  uint16_t kill = port->queue[port->head].kill;
  port->head = (port->head + 1) % PORT_QUEUE;
  port->queued--;
  port->in_flight++;
  port->busy |= (uint16_t)(1u << id);
  port->newest_id = (uint8_t)id;
  if (kill) {
    port->to_kill |= (uint16_t)(1u << id);
    port->when[id] = cycle + kill;
  }
  port->offering = false;
  inputs->req_valid = 0;
}

void port_kill_seen(struct port *port, uint64_t cycle, struct rtl_port_inputs *inputs) {
  unsigned id = inputs->kill_id;
  port->to_kill &= (uint16_t) ~(1u << id);
  port->killed |= (uint16_t)(1u << id);
  port->when[id] = cycle + KILLED_ID_CYCLES;
  port->in_flight--;
  inputs->kill_valid = 0;
}

void port_kill_newest(struct port *port, uint64_t cycle) {
  uint16_t mask = (uint16_t)(1u << port->newest_id);
  if (!(port->busy & mask) || (port->killed & mask)) return;
  port->to_kill |= mask;
  port->when[port->newest_id] = cycle;
}

bool port_expects(const struct port *port, unsigned id) { return id < PORT_IDS && (port->busy >> id & 1); }

void port_taken(struct port *port, unsigned id) {
  uint16_t mask = (uint16_t)(1u << id);
  if (port->killed & mask) {
    port->killed &= (uint16_t)~mask;
  } else {
    port->in_flight--;
  }
  port->busy &= (uint16_t)~mask;
  port->to_kill &= (uint16_t)~mask;
}
