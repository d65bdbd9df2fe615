/* watch.c: a checker that watches from outside: its life, and which event goes where. */
#include "watch.h"

#include <stdlib.h>

#include "stepwise.h"

int pw_watch_create(const struct pw_config *config, struct pw_check_options options, struct pw_watch **watch) {
  struct pw_watch *made = calloc(1, sizeof *made);
  *watch = NULL;
  if (!made) return -PW_ENOMEM;
  made->options = options;
  made->config = *config;
  pw_flight_reset(&made->flight);
  pw_candidates_reset(&made->candidates);
  int status = pw_physical_memory_create(&made->memory);
  if (!status) status = pw_registers_init(&made->registers, &made->config);
  if (status) {
    pw_watch_destroy(made);
    return status;
  }
  if (options.mode == PW_CHECK_WINDOW) made->history = calloc(1, sizeof *made->history);
  if (options.mode == PW_CHECK_WINDOW && !made->history) {
    pw_watch_destroy(made);
    return -PW_ENOMEM;
  }
  made->port = pw_physical_memory_port(made->memory);
  *watch = made;
  return 0;
}

void pw_watch_destroy(struct pw_watch *watch) {
  if (!watch) return;
  free(watch->history);
  pw_registers_free(&watch->registers);
  pw_physical_memory_destroy(watch->memory);
  free(watch);
}

/* ---- events ---- */

static void take_reset(struct pw_watch *watch) {
  pw_registers_reset(&watch->registers);
  pw_flight_reset(&watch->flight);
  pw_candidates_reset(&watch->candidates);
  if (watch->history) pw_history_reset(watch->history);
  watch->facts = watch->writes = 0;
  for (unsigned w = 0; w < PW_CHECK_WALKERS; w++) watch->walkers[w].count = 0;
}

static void take_request(struct pw_watch *watch, const struct pw_event *event) {
  const struct pw_access *access = &event->u.request.access;
  unsigned port = event->u.request.port;
  if (port >= PW_CHECK_PORTS || !pw_access_is_legal(access) || (access->kind == PW_FETCH) != (port == 0)) {
    pw_watch_end(watch, PW_VERDICT_WRONG,
                 "request: an access of kind %u on port %u, or one beyond what an access can be\n", access->kind, port);
  } else if (!pw_flight_accept(&watch->flight, event, watch->event, watch->registers.context)) {
    pw_watch_end(watch, PW_VERDICT_WRONG, "request: another with the same id %u on port %u\n", event->u.request.id,
                 port);
  } else {
    watch->stats.requests++;
  }
}

static void count_answer(struct pw_watch *watch, const struct pw_request *request, enum pw_verdict verdict, bool judged,
                         const struct pw_event *event) {
  struct pw_check_stats *stats = &watch->stats;
  stats->checked += judged;
  stats->not_judged += !judged;
  stats->blind += judged && pw_forgotten_has_anything(&watch->candidates.forgotten, request->accepted);
  if (judged) stats->verdicts[verdict]++;
  if (event->u.response.fault < PW_RSP_FAULTS) stats->faults[event->u.response.fault]++;
  if (event->u.response.source <= PW_RSP_FROM_WALK) stats->hits[event->u.response.source]++;
}

static enum pw_verdict judge(struct pw_watch *watch, const struct pw_request *request, const struct pw_answer *answer,
                             bool *judged) {
  struct pw_answer expected;
  if (pw_registers_forgot(&watch->registers, request->context)) {
    *judged = false;
    return PW_VERDICT_MATCH;
  }
  const struct pw_check_context *context = pw_registers_context(&watch->registers, request->context);
  /* A prefetch is a hint: it may be dropped for any reason. */
  if (answer->fault == PW_RSP_DROPPED && (request->access.flags & PW_PREFETCH)) return PW_VERDICT_MATCH;
  if (pw_answer_without_walk(&request->access, context, &expected)) {
    if (pw_answer_explains(&expected, answer)) return PW_VERDICT_MATCH;
    pw_watch_explain_answer(watch, PW_VERDICT_WRONG, request, answer);
    return PW_VERDICT_WRONG;
  }
  enum pw_verdict verdict = watch->history ? pw_window_judge(watch, request, context, answer, judged)
                                           : pw_observed_judge(watch, request, context, answer, judged);
  if (pw_verdict_is_legal(verdict) && answer->fault == PW_RSP_PAGE_FAULT) {
    pw_watch_drop_after_fault(watch, request, context);
  }
  return verdict;
}

static enum pw_verdict take_response(struct pw_watch *watch, const struct pw_event *event) {
  unsigned port = event->u.response.port, id = event->u.response.id;
  struct pw_request *request = pw_flight_find(&watch->flight, port, id);
  struct pw_answer answer = {.fault = event->u.response.fault,
                             .page_level = event->u.response.page_level,
                             .memory_type = event->u.response.memory_type,
                             .global = event->u.response.global,
                             .error_code = event->u.response.error_code,
                             .physical_address = event->u.response.physical_address};
  bool judged = true;
  if (!request) {
    pw_watch_end(watch, PW_VERDICT_WRONG, "response: no request waits for one with id %u of port %u\n", id, port);
    return watch->verdict;
  }
  enum pw_verdict verdict = judge(watch, request, &answer, &judged);
  count_answer(watch, request, verdict, judged, event);
  pw_flight_answered(&watch->flight, request, watch->cycle, answer.fault == PW_RSP_NONE);
  return verdict;
}

static void take_control(struct pw_watch *watch, const struct pw_event *event) {
  struct pw_registers *registers = &watch->registers;
  if (registers->pending) {
    pw_watch_end(watch, PW_VERDICT_WRONG, "control: accepted while another operation is not done\n");
    return;
  }
  const struct pw_check_context before = *pw_registers_current(registers);
  if (pw_registers_accept(registers, event, watch->event)) {
    const char *name = pw_control_op_name(event->u.control.op);
    pw_watch_end(watch, PW_VERDICT_WRONG, "control: %s 0x%llx pcid %u is no operation that a processor completes: %s\n",
                 name ? name : "?", (unsigned long long)event->u.control.data, event->u.control.pcid,
                 pw_control_refusal(event->u.control.op));
    return;
  }
  if (watch->history) pw_window_control(watch, &before);
  watch->control_cycle = watch->cycle;
  watch->stats.control_ops++;
  pw_observed_kill(watch, pw_registers_latest(registers));
}

static void take_control_done(struct pw_watch *watch) {
  if (!watch->registers.pending) {
    pw_watch_end(watch, PW_VERDICT_WRONG, "control-done: without a control operation\n");
    return;
  }
  pw_registers_done(&watch->registers, watch->event);
  pw_forgotten_flushed(&watch->candidates.forgotten, watch->event, watch->cycle);
  if (watch->history) pw_window_control_done(watch);
}

static void take_write(struct pw_watch *watch, const struct pw_event *event) {
  uint64_t address = event->u.write.address, value = event->u.write.value;
  uint64_t held = pw_physical_read64(watch->memory, address & ~UINT64_C(7));
  if (address & 7 || pw_physical_write64(watch->memory, address, value)) {
    pw_watch_end(watch, PW_VERDICT_WRONG, "write: of 0x%llx\n", (unsigned long long)address);
  } else if (held != value) {
    (watch->history ? pw_window_write : pw_observed_write)(watch, address, held);
  }
}

/* Killed requests that can no longer answer: nothing of theirs was judged. */
static void bury(struct pw_watch *watch, uint64_t cycle) {
  pw_flight_bury(&watch->flight, cycle);
  watch->stats.killed = watch->flight.killed;
}

static void advance(struct pw_watch *watch, uint64_t cycle) {
  if (cycle < watch->cycle) {
    pw_watch_end(watch, PW_VERDICT_WRONG, "an event of cycle %llu, which is before\n", (unsigned long long)cycle);
    return;
  }
  watch->cycle = cycle;
  bury(watch, cycle);
}

enum pw_verdict pw_watch_take(struct pw_watch *watch, const struct pw_event *event) {
  enum pw_verdict verdict = PW_VERDICT_MATCH;
  if (watch->verdict) return watch->verdict;
  watch->event++;
  watch->stats.events++;
  if (event->cycle != watch->cycle) advance(watch, event->cycle);
  if (watch->verdict) return watch->verdict;
  switch ((enum pw_event_kind)event->kind) {
    case PW_EVENT_RESET: take_reset(watch); break;
    case PW_EVENT_REQUEST: take_request(watch, event); break;
    case PW_EVENT_KILL: pw_flight_kill(&watch->flight, event->u.kill.port, event->u.kill.id, watch->cycle); break;
    case PW_EVENT_READ:
      if (!watch->history) pw_observed_read(watch, event);
      break;
    case PW_EVENT_SWAP:
      if (!watch->history) pw_observed_swap(watch, event);
      break;
    case PW_EVENT_RESPONSE: verdict = take_response(watch, event); break;
    case PW_EVENT_CONTROL: take_control(watch, event); break;
    case PW_EVENT_CONTROL_DONE: take_control_done(watch); break;
    case PW_EVENT_WRITE: take_write(watch, event); break;
    case PW_EVENT_LOOK_UP: /* observations of this design, which no other need have */
    case PW_EVENT_WALK_START:
    case PW_EVENT_COMMIT:
    case PW_EVENT_FILL:
    case PW_EVENT_INVALIDATE: break;
    case PW_EVENTS:
    default: pw_watch_end(watch, PW_VERDICT_WRONG, "an event of unknown kind %u\n", event->kind);
  }
  return watch->verdict ? watch->verdict : verdict;
}

/* ---- the end ---- */

static bool waits_longer(uint64_t from, uint64_t bound, uint64_t cycle) { return cycle > from && cycle - from > bound; }

static void hang(struct pw_watch *watch, const struct pw_request *request) {
  if (!request) {
    pw_watch_end(watch, PW_VERDICT_HANG, "the control operation accepted in cycle %llu is not done\n",
                 (unsigned long long)watch->control_cycle);
    return;
  }
  pw_watch_end(watch, PW_VERDICT_HANG, "#%llu accepted in cycle %llu, ", (unsigned long long)request->number,
               (unsigned long long)request->accepted_cycle);
  pw_text_append_access(&watch->text, &request->access);
  pw_text_append(&watch->text, ": still waits for its response\n");
}

enum pw_verdict pw_watch_check_hang(struct pw_watch *watch, uint64_t cycle) {
  uint64_t bound = watch->options.hang_cycles;
  if (watch->verdict) return watch->verdict;
  if (watch->cycle < cycle) watch->cycle = cycle; /* what no event has told: killed requests can respond no more */
  bury(watch, watch->cycle);
  const struct pw_request *oldest = watch->flight.oldest;
  if (oldest && waits_longer(oldest->accepted_cycle, bound, cycle)) {
    hang(watch, oldest);
  } else if (watch->registers.pending && waits_longer(watch->control_cycle, bound, cycle)) {
    hang(watch, NULL);
  }
  return watch->verdict;
}

enum pw_verdict pw_watch_finish(struct pw_watch *watch) {
  if (watch->verdict) return watch->verdict;
  bury(watch, UINT64_MAX);
  if (watch->flight.oldest) {
    hang(watch, watch->flight.oldest);
  } else if (watch->registers.pending) {
    hang(watch, NULL);
  }
  return watch->verdict;
}
