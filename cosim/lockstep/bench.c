/* bench.c: one clock after another, and what the pins said as events. */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

#define HANG_CHECK_CLOCKS 1024
#define SETTLE_CLOCKS 4 /* of an idle device: the fills of a commit are shown up to two clocks after it */

/* ---- life ---- */

struct pw_check_options bench_check_options(enum pw_check_mode mode, bool timed) {
  return (struct pw_check_options){
      .mode = mode, .pipeline_cycles = BENCH_PIPELINE_CYCLES, .timed = timed, .hang_cycles = BENCH_HANG_CYCLES};
}

static int create_parts(struct bench *bench, const struct bench_options *options) {
  struct pw_check_options check = bench_check_options(options->mode, true);
  int status = responder_init(&bench->responder, options->config);
  if (!status && options->check) status = pw_checker_create(options->config, &check, &bench->checker);
  if (status) return status;
  bench->device = bench->api->create();
  if (bench->device && options->mutant) bench->api->mutate(bench->device, options->mutant);
  if (!bench->device) return -PW_ENOMEM;
  return options->waves && bench->api->trace(bench->device, options->waves) ? -PW_EIO : 0;
}

int bench_create(const struct bench_options *options, struct bench **bench) {
  struct bench *made = calloc(1, sizeof *made);
  *bench = NULL;
  if (!made) return -PW_ENOMEM;
  made->api = options->api;
  made->log = options->log;
  made->mode = options->mode;
  made->coverage = options->coverage;
  made->shows_steps = options->check && options->mode == PW_CHECK_STRICT;
  if (made->shows_steps) pace_init(&made->pace, options->config);
  int status = create_parts(made, options);
  if (status) {
    bench_destroy(made);
    return status;
  }
  struct profile profile = profile_single(0);
  bench_set_profile(made, &profile);
  bench_reset(made, 2);
  *bench = made;
  return 0;
}

void bench_destroy(struct bench *bench) {
  if (!bench) return;
  if (bench->device) bench->api->destroy(bench->device);
  pw_checker_destroy(bench->checker);
  responder_free(&bench->responder);
  free(bench->written);
  free(bench);
}

void bench_set_profile(struct bench *bench, const struct profile *profile) {
  bench->random = pw_seed_stream(profile->seed, 0);
  bench->in_flight_total = profile->in_flight_total;
  responder_set_profile(&bench->responder, profile);
  bench->untimed = !profile_is_timed(profile);
  for (unsigned p = 0; p < RTL_PORTS; p++) port_set_profile(&bench->port[p], profile, p);
}

/* ---- verdicts ---- */

static void fail_with(struct bench *bench, enum pw_verdict verdict) {
  if (bench->failed) return;
  bench->failed = true;
  bench->verdict = verdict;
}

void bench_fail(struct bench *bench, const char *format, ...) {
  va_list arguments;
  if (bench->failed) return;
  fail_with(bench, PW_VERDICT_WRONG);
  int length = snprintf(bench->text, sizeof bench->text, "cycle %llu: ", (unsigned long long)bench->cycle);
  va_start(arguments, format);
  vsnprintf(bench->text + length, sizeof bench->text - (size_t)length, format, arguments);
  va_end(arguments);
}

const char *bench_explain(const struct bench *bench) {
  if (bench->text[0]) return bench->text;
  return bench->checker ? pw_checker_explain(bench->checker) : "";
}

static void check(struct bench *bench, const struct pw_event *event) {
  struct pw_check_view view;
  enum pw_verdict verdict = pw_checker_take(bench->checker, event);
  if (!pw_verdict_is_legal(verdict)) fail_with(bench, verdict);
  if (!bench->coverage) return;
  int has_view = pw_checker_view(bench->checker, event, &view);
  pw_coverage_take(bench->coverage, bench->mode, event, verdict, has_view ? &view : NULL);
}

static void emit(struct bench *bench, struct pw_event *event) {
  event->cycle = bench->cycle;
  if (bench->failed) return;
  if (bench->log.take) bench->log.take(bench->log.context, event);
  if (bench->checker) check(bench, event);
}

/* ---- software's part ---- */

static bool remember_written(struct bench *bench, uint64_t address) {
  if (bench->written_count == bench->written_capacity) {
    size_t capacity = bench->written_capacity ? 2 * bench->written_capacity : 4096;
    uint64_t *grown = realloc(bench->written, capacity * sizeof *grown);
    if (!grown) return false;
    bench->written = grown;
    bench->written_capacity = capacity;
  }
  bench->written[bench->written_count++] = address;
  return true;
}

static void write_both(struct bench *bench, uint64_t address, uint64_t value) {
  struct pw_event event = {.kind = PW_EVENT_WRITE, .u.write = {address, value}};
  if (pw_physical_write64(bench->responder.memory, address, value)) bench_fail(bench, "the host has no memory left");
  emit(bench, &event);
}

void bench_write(struct bench *bench, uint64_t address, uint64_t value) {
  if (!remember_written(bench, address)) bench_fail(bench, "the host has no memory left");
  write_both(bench, address, value);
}

void bench_log_write(struct bench *bench, uint64_t address, uint64_t value) {
  struct pw_event event = {.cycle = bench->cycle, .kind = PW_EVENT_WRITE, .u.write = {address, value}};
  if (bench->log.take) bench->log.take(bench->log.context, &event);
}

bool bench_compare_images(struct bench *bench) {
  struct pw_physical_memory *memory = bench->checker ? pw_checker_memory(bench->checker) : NULL;
  if (!memory) return true;
  for (size_t i = 0; i < bench->written_count && !bench->failed; i++) {
    uint64_t address = bench->written[i];
    uint64_t device = pw_physical_read64(bench->responder.memory, address);
    uint64_t model = pw_physical_read64(memory, address);
    if (device == model) continue;
    bench_fail(bench, "the entry at 0x%llx is 0x%llx in the device's memory and 0x%llx in the model's",
               (unsigned long long)address, (unsigned long long)device, (unsigned long long)model);
  }
  return !bench->failed;
}

void bench_wipe(struct bench *bench) {
  for (size_t i = 0; i < bench->written_count; i++) {
    if (pw_physical_read64(bench->responder.memory, bench->written[i])) write_both(bench, bench->written[i], 0);
  }
  bench->written_count = 0;
}

void bench_control(struct bench *bench, unsigned op, uint64_t data, unsigned pcid) {
  bench->inputs.ctl_valid = 1;
  bench->inputs.ctl_op = (uint8_t)op;
  bench->inputs.ctl_data = data;
  bench->inputs.ctl_pcid = (uint16_t)pcid;
  bench->control_offered = true;
}

/* From the first clock of a reset on nothing is valid. */
static void check_reset(struct bench *bench) {
  const struct rtl_outputs *o = &bench->outputs[bench->at];
  for (unsigned p = 0; p < RTL_PORTS; p++) {
    if (o->port[p].rsp_valid) bench_fail(bench, "port %u has a response while reset is held", p);
  }
  if (o->wmq_valid) bench_fail(bench, "the walker port has a request while reset is held");
  if (o->ctl_done) bench_fail(bench, "ctl_done while reset is held");
}

void bench_reset(struct bench *bench, uint64_t clocks) {
  struct pw_event event = {.kind = PW_EVENT_RESET, .u.reset = {bench->untimed}};
  counters_reset(&bench->counters);
  pace_reset(&bench->pace);
  bench->inputs = (struct rtl_inputs){0};
  bench->control_offered = bench->control_pending = false;
  for (unsigned p = 0; p < RTL_PORTS; p++) port_reset(&bench->port[p]);
  responder_reset(&bench->responder);
  emit(bench, &event);
  for (uint64_t i = 0; i < clocks; i++) {
    bench->at ^= 1;
    bench->api->clock(bench->device, &bench->inputs, &bench->outputs[bench->at]);
    bench->cycle++;
    check_reset(bench);
  }
  bench->inputs.rst_n = 1;
  bench->progress_cycle = bench->cycle;
}

/* ---- a clock: what is driven ---- */

static void drive(struct bench *bench, const struct rtl_outputs *now) {
  uint32_t in_flight = bench->port[0].in_flight + bench->port[1].in_flight;
  for (unsigned p = 0; p < RTL_PORTS; p++) {
    struct port *port = &bench->port[p];
    bool was_offering = port->offering;
    port_drive(port, bench->cycle, in_flight < bench->in_flight_total, &bench->random, &now->port[p],
               &bench->inputs.port[p]);
    in_flight += port->offering && !was_offering;
  }
  responder_drive(&bench->responder, bench->cycle, &bench->inputs);
}

/* ---- a clock: what was shown ---- */

static void take_requests(struct bench *bench, const struct rtl_outputs *now) {
  for (unsigned p = 0; p < RTL_PORTS; p++) {
    struct rtl_port_inputs *inputs = &bench->inputs.port[p];
    if (!inputs->req_valid || !now->port[p].req_ready) continue;
    struct pw_event event = {.kind = PW_EVENT_REQUEST, .u.request = {(uint8_t)p, inputs->req_id, port_access(inputs)}};
    emit(bench, &event);
    port_accepted(&bench->port[p], bench->cycle, inputs);
    bench->progress_cycle = bench->cycle;
  }
}

static void take_kills(struct bench *bench) {
  for (unsigned p = 0; p < RTL_PORTS; p++) {
    struct rtl_port_inputs *inputs = &bench->inputs.port[p];
    if (!inputs->kill_valid) continue;
    struct pw_event event = {.kind = PW_EVENT_KILL, .u.kill = {(uint8_t)p, inputs->kill_id}};
    emit(bench, &event);
    port_kill_seen(&bench->port[p], bench->cycle, inputs);
  }
}

/* Whether its request is in a slot the pins do not say. */
static void emit_look_up(struct bench *bench, struct pw_event *event) {
  struct pw_check_view view;
  emit(bench, event);
  if (!bench->shows_steps || bench->failed || !pw_checker_view(bench->checker, event, &view)) return;
  pace_look_up(&bench->pace, bench->cycle, event, view.in_slot);
}

static void take_look_ups(struct bench *bench, const struct rtl_outputs *next) {
  for (unsigned p = 0; p < RTL_PORTS; p++) {
    const struct rtl_port_outputs *o = &next->port[p];
    if (!o->obs_lookup) continue;
    struct pw_event event = {
        .kind = PW_EVENT_LOOK_UP,
        .u.look_up = {(uint8_t)p, 1, o->obs_replay, o->obs_slot, o->obs_hit, o->obs_array, o->obs_way, o->obs_set}};
    emit_look_up(bench, &event);
  }
  for (unsigned unit = 0; unit < RTL_L2; unit++) {
    const struct rtl_l2_outputs *o = &next->l2[unit];
    if (!o->obs_lookup) continue;
    struct pw_event event = {
        .kind = PW_EVENT_LOOK_UP,
        .u.look_up = {unit ? 0 : 1, 2, 0, o->obs_slot, o->obs_hit, o->obs_array, o->obs_way, o->obs_set}};
    emit_look_up(bench, &event);
  }
}

static void take_l2_fills(struct bench *bench, const struct rtl_outputs *next) {
  for (unsigned unit = 0; unit < RTL_L2; unit++) {
    const struct rtl_l2_outputs *o = &next->l2[unit];
    if (!o->obs_fill) continue;
    struct pw_event event = {.kind = PW_EVENT_FILL,
                             .u.fill = {PW_TLB, 2, (uint8_t)bench->commit_port, o->obs_fill_array, o->obs_fill_way,
                                        o->obs_fill_evict, o->obs_fill_set}};
    emit(bench, &event);
  }
}

static void take_psc_fills(struct bench *bench, const struct rtl_outputs *next) {
  for (unsigned level = 5; level >= 2; level--) {
    if (!(next->obs_psc_fill >> level & 1)) continue;
    struct pw_event event = {
        .kind = PW_EVENT_FILL,
        .u.fill = {PW_PAGING_STRUCTURE_CACHE, (uint8_t)level, (uint8_t)bench->commit_port, 0,
                   next->obs_psc_fill_way[level], next->obs_psc_evict >> level & 1, next->obs_psc_fill_set[level]}};
    emit(bench, &event);
  }
}

static void take_commit(struct bench *bench, const struct rtl_outputs *next) {
  struct pw_event event = {.kind = PW_EVENT_COMMIT, .u.commit = {next->obs_commit_slot, next->obs_commit_actions}};
  bench->commit_port = next->obs_commit_port;
  emit(bench, &event);
  if (next->obs_psc_fill) take_psc_fills(bench, next);
  if (!next->obs_l1_fill) return;
  struct pw_event fill = {.kind = PW_EVENT_FILL,
                          .u.fill = {PW_TLB, 1, (uint8_t)bench->commit_port, next->obs_l1_fill_array,
                                     next->obs_l1_fill_way, next->obs_l1_fill_evict, next->obs_l1_fill_set}};
  emit(bench, &fill);
}

static void take_walk_start(struct bench *bench, const struct rtl_outputs *next) {
  struct pw_event event = {.kind = PW_EVENT_WALK_START,
                           .u.walk_start = {next->obs_walk_slot, next->obs_walk_walker, next->obs_walk_psc_level,
                                            next->obs_walk_psc_way, next->obs_walk_psc_set}};
  emit(bench, &event);
}

/* ---- the walker port ---- */

static bool same_memory_request(const struct rtl_outputs *a, const struct rtl_outputs *b) {
  return b->wmq_valid && a->wmq_id == b->wmq_id && a->wmq_addr == b->wmq_addr && a->wmq_op == b->wmq_op &&
         (!a->wmq_op || (a->wmq_expected == b->wmq_expected && a->wmq_new == b->wmq_new)) && a->wmq_pwt == b->wmq_pwt &&
         a->wmq_pcd == b->wmq_pcd;
}

static void take_memory(struct bench *bench, const struct rtl_outputs *now, const struct rtl_outputs *next) {
  if (now->wmq_valid && bench->inputs.wmq_ready) {
    struct pw_event event = {0};
    if (responder_accept(&bench->responder, now, bench->cycle, &event)) {
      emit(bench, &event);
      bench->reference = (struct bench_reference){bench->cycle, now->wmq_addr, now->wmq_op != 0};
      counters_memory(&bench->counters, &event);
      bool wrote = event.kind == PW_EVENT_SWAP && event.u.swap.matched;
      if (wrote && !remember_written(bench, event.u.swap.address)) bench_fail(bench, "the host has no memory left");
    } else {
      bench_fail(bench, "the walker port asks with id %u, which is in use or no id", now->wmq_id);
    }
  } else if (now->wmq_valid && !same_memory_request(now, next)) {
    bench_fail(bench, "the request on the walker port changed before it was accepted");
  }
  responder_clocked(&bench->responder, &bench->inputs, now->wmr_ready);
}

/* ---- responses ---- */

static bool same_response(const struct rtl_port_outputs *a, const struct rtl_port_outputs *b) {
  return b->rsp_valid && a->rsp_id == b->rsp_id && a->rsp_pa == b->rsp_pa && a->rsp_level == b->rsp_level &&
         a->rsp_memtype == b->rsp_memtype && a->rsp_global == b->rsp_global && a->rsp_fault == b->rsp_fault &&
         a->rsp_error_code == b->rsp_error_code && a->rsp_source == b->rsp_source;
}

static void show_response(struct bench *bench, unsigned p, const struct rtl_port_outputs *o) {
  struct pw_event event = {.kind = PW_EVENT_RESPONSE,
                           .u.response = {(uint8_t)p, o->rsp_id, o->rsp_fault, o->rsp_level, o->rsp_memtype,
                                          o->rsp_global, o->rsp_source, o->rsp_error_code, o->rsp_pa}};
  if (!port_expects(&bench->port[p], o->rsp_id)) {
    bench_fail(bench, "a response on port %u with id %u, of which no request is in flight", p, o->rsp_id);
  }
  emit(bench, &event);
  bench->response[p] = (struct bench_response){bench->cycle, *o};
  bench->response_count[p]++;
  bench->responses++;
  bench->progress_cycle = bench->cycle;
}

static void take_responses(struct bench *bench, const struct rtl_outputs *now, const struct rtl_outputs *next) {
  for (unsigned p = 0; p < RTL_PORTS; p++) {
    const struct rtl_port_outputs *o = &now->port[p];
    struct port *port = &bench->port[p];
    if (!o->rsp_valid) continue;
    if (!port->response_held) show_response(bench, p, o);
    port->response_held = !bench->inputs.port[p].rsp_ready;
    if (!port->response_held) {
      port_taken(port, o->rsp_id);
    } else if (!same_response(o, &next->port[p])) {
      bench_fail(bench, "the response on port %u changed before it was taken", p);
    }
  }
}

/* ---- control ---- */

static void take_control(struct bench *bench, const struct rtl_outputs *now, const struct rtl_outputs *next) {
  struct rtl_inputs *inputs = &bench->inputs;
  if (next->obs_inval) emit(bench, &(struct pw_event){.kind = PW_EVENT_INVALIDATE});
  if (now->ctl_done) {
    if (!bench->control_pending) bench_fail(bench, "ctl_done without an operation under way");
    emit(bench, &(struct pw_event){.kind = PW_EVENT_CONTROL_DONE});
    bench->control_pending = false;
    bench->progress_cycle = bench->cycle;
  }
  if (!inputs->ctl_valid || !now->ctl_ready) return;
  struct pw_event event = {.kind = PW_EVENT_CONTROL, .u.control = {inputs->ctl_op, inputs->ctl_pcid, inputs->ctl_data}};
  emit(bench, &event);
  inputs->ctl_valid = 0;
  bench->control_offered = false;
  bench->control_pending = true;
  bench->progress_cycle = bench->cycle;
}

/* ---- the clock ---- */

static void check_pace(struct bench *bench, const struct rtl_outputs *now, const struct rtl_outputs *next) {
  struct pace_clock clock = {bench->cycle, bench->control_pending, &bench->inputs, now, next};
  if (!bench->shows_steps) return;
  struct pace_wrong wrong = pace_take_clock(&bench->pace, &clock);
  if (wrong.unit) bench_fail(bench, "%s %u: %s", wrong.unit, wrong.number, wrong.why);
}

static void check_hang(struct bench *bench) {
  bench->next_hang_check = bench->cycle + HANG_CHECK_CLOCKS;
  if (bench->failed) return;
  if (bench->checker && pw_checker_check_hang(bench->checker, bench->cycle) != PW_VERDICT_MATCH) {
    fail_with(bench, PW_VERDICT_HANG);
  } else if (!bench_is_quiet(bench) && bench->cycle - bench->progress_cycle > 2 * BENCH_HANG_CYCLES) {
    bench_fail(bench, "nothing was accepted or answered for %u clocks", 2 * BENCH_HANG_CYCLES);
    bench->verdict = PW_VERDICT_HANG;
  }
}

/* What the device has to do yet, after a clock; a killed request is nothing of it. NULL: it may be idle. */
static const char *under_way(const struct bench *bench, const struct rtl_outputs *next) {
  for (unsigned p = 0; p < RTL_PORTS; p++) {
    if (bench->port[p].in_flight > next->port[p].rsp_valid) return "a request has no response";
  }
  if (bench->responder.under_way) return "a memory operation has no answer";
  return bench->control_pending && !next->ctl_done ? "a control operation is not done" : NULL;
}

static void check_idle(struct bench *bench, const struct rtl_outputs *next) {
  const char *why = next->idle ? under_way(bench, next) : NULL;
  if (why) bench_fail(bench, "the device is idle, and %s", why);
}

bool bench_clock(struct bench *bench) {
  const struct rtl_outputs *now = &bench->outputs[bench->at];
  struct rtl_outputs *next = &bench->outputs[bench->at ^ 1];
  drive(bench, now);
  bench->api->clock(bench->device, &bench->inputs, next);
  take_requests(bench, now);
  take_kills(bench);
  take_look_ups(bench, next);
  take_l2_fills(bench, next);
  if (next->obs_commit) take_commit(bench, next);
  if (next->obs_walk) take_walk_start(bench, next);
  check_pace(bench, now, next);
  take_memory(bench, now, next);
  take_responses(bench, now, next);
  take_control(bench, now, next);
  check_idle(bench, next);
  counters_clock(&bench->counters, next);
  bench->at ^= 1;
  bench->cycle++;
  if (bench->cycle >= bench->next_hang_check) check_hang(bench);
  return !bench->failed;
}

bool bench_is_quiet(const struct bench *bench) {
  return port_is_quiet(&bench->port[0]) && port_is_quiet(&bench->port[1]) && !bench->control_offered &&
         !bench->control_pending;
}

/* ---- the end of an episode ---- */

static bool run_until_idle(struct bench *bench) {
  uint64_t end = bench->cycle + BENCH_HANG_CYCLES;
  while (!bench->outputs[bench->at].idle) {
    if (!bench_clock(bench)) return false;
    if (bench->cycle <= end) continue;
    bench_fail(bench, "the device is not idle, and nothing is in flight");
    bench->verdict = PW_VERDICT_HANG;
  }
  return !bench->failed;
}

static void check_counters(struct bench *bench) {
  const struct rtl_outputs *now = &bench->outputs[bench->at];
  enum counter wrong = counters_check(&bench->counters, now);
  if (!bench->shows_steps || wrong == COUNTERS) return;
  bench_fail(bench, "performance counter %u is %u, not %u", wrong, now->perf[wrong], bench->counters.expected[wrong]);
}

bool bench_finish(struct bench *bench) {
  if (!run_until_idle(bench)) return false;
  for (unsigned i = 0; i < SETTLE_CLOCKS; i++) {
    if (!bench_clock(bench)) return false;
  }
  if (!bench->outputs[bench->at].idle) bench_fail(bench, "the device was idle, and is not although nothing was begun");
  enum pw_verdict verdict = bench->checker ? pw_checker_finish(bench->checker) : PW_VERDICT_MATCH;
  if (verdict != PW_VERDICT_MATCH) fail_with(bench, verdict);
  if (!bench->failed) check_counters(bench);
  return !bench->failed;
}
