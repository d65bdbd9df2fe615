/* strict.c: the strict checker: life of a checker, and which event goes where. */
#include <stdlib.h>

#include "control_execute.h"
#include "strict_state.h"

/* ---- life ---- */

static int init(struct pw_strict *strict, const struct pw_config *config) {
  int status = pw_physical_memory_create(&strict->memory);
  if (!status) status = pw_memory_hierarchy_create(config, &strict->hierarchy);
  if (status) return status;
  strict->port = pw_physical_memory_port(strict->memory);
  status = pw_mmu_create(config, &strict->port, strict->hierarchy, &strict->mmu);
  return status ? status : pw_control_reset(strict->mmu);
}

int pw_strict_create(const struct pw_config *config, struct pw_check_options options, struct pw_strict **strict) {
  *strict = NULL;
  struct pw_strict *made = calloc(1, sizeof *made);
  if (!made) return -PW_ENOMEM;
  made->options = options;
  made->timed = options.timed != 0;
  made->config = *config;
  pw_strict_forget_transactions(made);
  int status = init(made, config);
  if (status) {
    pw_strict_destroy(made);
    return status;
  }
  *strict = made;
  return 0;
}

void pw_strict_destroy(struct pw_strict *strict) {
  if (!strict) return;
  pw_mmu_destroy(strict->mmu);
  pw_memory_hierarchy_destroy(strict->hierarchy);
  pw_physical_memory_destroy(strict->memory);
  free(strict);
}

/* ---- events ---- */

static void take_reset(struct pw_strict *strict, const struct pw_event *event) {
  strict->timed = strict->options.timed && !event->u.reset.untimed;
  pw_strict_forget_transactions(strict);
  strict->control = PW_STRICT_IDLE;
  pw_control_reset(strict->mmu);
  pw_memory_hierarchy_reset(strict->hierarchy);
}

/* An id is free again when its request has ended, or was killed and can no longer respond. */
static bool id_is_taken(const struct pw_strict *strict, unsigned port, unsigned id) {
  const struct pw_strict_transaction *tx = strict->by_id[port][id];
  return tx && !tx->responded && !(tx->killed && strict->cycle > tx->killed_cycle + PW_STRICT_KILL_CYCLES);
}

static void take_request(struct pw_strict *strict, const struct pw_event *event) {
  const struct pw_access *access = &event->u.request.access;
  unsigned port = event->u.request.port, id = event->u.request.id;
  if (port >= PW_CHECK_PORTS || !pw_access_is_legal(access) || (access->kind == PW_FETCH) != (port == 0)) {
    pw_strict_wrong(strict, NULL, "request: an access of kind %u on port %u, or one beyond what an access can be",
                    access->kind, port);
  } else if (id_is_taken(strict, port, id)) {
    pw_strict_wrong(strict, strict->by_id[port][id], "request: another with the same id %u", id);
  } else if (!pw_strict_accept(strict, port, id, access)) {
    pw_strict_wrong(strict, NULL, "request: more are alive than a device can hold");
  }
}

/* A kill that comes too late is none. */
static void take_kill(struct pw_strict *strict, const struct pw_event *event) {
  unsigned port = event->u.kill.port;
  struct pw_strict_transaction *tx = port < PW_CHECK_PORTS ? strict->by_id[port][event->u.kill.id] : NULL;
  if (tx) pw_strict_kill(strict, tx);
}

static void take_write(struct pw_strict *strict, const struct pw_event *event) {
  uint64_t address = event->u.write.address;
  if (address & 7 || pw_physical_write64(strict->memory, address, event->u.write.value)) {
    pw_strict_wrong(strict, NULL, "write: of 0x%llx", (unsigned long long)address);
  }
}

static void advance(struct pw_strict *strict, uint64_t cycle) {
  if (cycle < strict->cycle) {
    pw_strict_wrong(strict, NULL, "an event of cycle %llu, which is before", (unsigned long long)cycle);
    return;
  }
  strict->cycle = cycle;
  if (strict->dying) pw_strict_bury(strict);
  if (strict->fill_count) pw_strict_overdue_fills(strict, cycle);
}

enum pw_verdict pw_strict_take(struct pw_strict *strict, const struct pw_event *event) {
  if (strict->verdict) return strict->verdict;
  if (event->cycle != strict->cycle) advance(strict, event->cycle);
  if (strict->verdict) return strict->verdict;
  strict->stats.events++;
  switch (event->kind) {
    case PW_EVENT_RESET: take_reset(strict, event); break;
    case PW_EVENT_REQUEST: take_request(strict, event); break;
    case PW_EVENT_KILL: take_kill(strict, event); break;
    case PW_EVENT_LOOK_UP: pw_strict_look_up(strict, event); break;
    case PW_EVENT_WALK_START: pw_strict_walk_start(strict, event); break;
    case PW_EVENT_READ: pw_strict_read(strict, event); break;
    case PW_EVENT_SWAP: pw_strict_swap(strict, event); break;
    case PW_EVENT_COMMIT: pw_strict_commit(strict, event); break;
    case PW_EVENT_FILL: pw_strict_fill(strict, event); break;
    case PW_EVENT_RESPONSE: pw_strict_response(strict, event); break;
    case PW_EVENT_CONTROL: pw_strict_control(strict, event); break;
    case PW_EVENT_INVALIDATE: pw_strict_invalidate(strict); break;
    case PW_EVENT_CONTROL_DONE: pw_strict_control_done(strict); break;
    case PW_EVENT_WRITE: take_write(strict, event); break;
    default: pw_strict_wrong(strict, NULL, "an event of unknown kind %u", event->kind); break;
  }
  return strict->verdict;
}

/* ---- the end, and reading out ---- */

static bool waits_longer(uint64_t from, uint64_t bound, uint64_t cycle) { return cycle > from && cycle - from > bound; }

enum pw_verdict pw_strict_check_hang(struct pw_strict *strict, uint64_t cycle) {
  uint64_t bound = strict->options.hang_cycles;
  if (strict->cycle < cycle) strict->cycle = cycle; /* what no event has told: killed requests can respond no more */
  if (strict->dying) pw_strict_bury(strict);
  if (strict->oldest && waits_longer(strict->oldest->accepted_cycle, bound, cycle)) {
    pw_strict_hang(strict, strict->oldest, cycle);
  }
  if (strict->control != PW_STRICT_IDLE && waits_longer(strict->control_cycle, bound, cycle)) {
    pw_strict_hang(strict, NULL, cycle);
  }
  return strict->verdict;
}

enum pw_verdict pw_strict_finish(struct pw_strict *strict) {
  if (strict->verdict) return strict->verdict;
  pw_strict_overdue_fills(strict, UINT64_MAX);
  for (struct pw_strict_transaction *tx = strict->oldest; tx; tx = tx->newer) {
    if (!tx->dying) pw_strict_hang(strict, tx, strict->cycle);
  }
  if (strict->control != PW_STRICT_IDLE) pw_strict_hang(strict, NULL, strict->cycle);
  return strict->verdict;
}

const struct pw_translation *pw_strict_last(const struct pw_strict *strict) {
  return strict->last ? &strict->last->record : NULL;
}

bool pw_strict_is_in_slot(const struct pw_strict *strict, const struct pw_event *look_up) {
  bool first = look_up->u.look_up.level == 1 && !look_up->u.look_up.replay;
  if (look_up->u.look_up.slot >= PW_CHECK_SLOTS) return false;
  const struct pw_strict_transaction *tx = strict->by_slot[look_up->u.look_up.slot];
  return tx && (!first || tx == strict->dequeued);
}
