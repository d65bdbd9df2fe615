/* pace.c: when each step of a slot and of a walker is due, from the steps before it. */
#include "pace.h"

#include <pagewalk/rtl_parameters.h>

/* What stands between a response on the walker port and what the walker does with it: the register that takes it. */
#define RESPONSE_CYCLES 2

/* ---- life ---- */

static uint64_t find(const struct pw_rtl_parameters *parameters, const char *name) {
  const struct pw_rtl_parameter *found = pw_rtl_parameter_find(parameters, name);
  return found ? (uint64_t)found->value : 0;
}

void pace_init(struct pace *pace, const struct pw_config *config) {
  struct pw_rtl_parameters parameters;
  struct pw_diag diag;
  *pace = (struct pace){.is_known = !pw_rtl_parameters_make(config, &parameters, &diag)};
  if (!pace->is_known) return;
  bool split = find(&parameters, "L2_SPLIT") != 0;
  pace->hit_cycles[0] = find(&parameters, split ? "L2I_HIT_CYCLES" : "L2_HIT_CYCLES");
  pace->hit_cycles[1] = find(&parameters, "L2_HIT_CYCLES");
  pace->step_cycles = find(&parameters, "WALK_STEP_CYCLES");
  pace->start_cycles = find(&parameters, "PSC_CYCLES") + find(&parameters, "WALK_START_CYCLES") + pace->step_cycles;
}

void pace_reset(struct pace *pace) {
  struct pace kept = *pace;
  *pace = (struct pace){.is_known = kept.is_known,
                        .hit_cycles = {kept.hit_cycles[0], kept.hit_cycles[1]},
                        .start_cycles = kept.start_cycles,
                        .step_cycles = kept.step_cycles};
}

/* ---- slots ---- */

void pace_look_up(struct pace *pace, uint64_t cycle, const struct pw_event *look_up, bool in_slot) {
  unsigned index = look_up->u.look_up.slot;
  if (index >= PW_CHECK_SLOTS) return;
  struct pace_slot *slot = &pace->slot[index];
  if (look_up->u.look_up.level == 1) {
    if (in_slot) *slot = (struct pace_slot){.wait = PACE_L2, .port = look_up->u.look_up.port, .looked_up_cycle = cycle};
    if (!in_slot && look_up->u.look_up.replay) slot->wait = PACE_NOTHING;
    return;
  }
  uint64_t answer_cycle = slot->looked_up_cycle + pace->hit_cycles[slot->port];
  slot->due_cycle = 1 + (answer_cycle > cycle ? answer_cycle : cycle);
  slot->wait = look_up->u.look_up.hit ? PACE_COMMIT : PACE_WALK;
  slot->starts = pace->starts;
}

/* A drop needs both second levels free at once, and may wait long for that. */
static const char *take_commit(struct pace *pace, uint64_t cycle, const struct rtl_outputs *next) {
  struct pace_slot *slot = &pace->slot[next->obs_commit_slot % PW_CHECK_SLOTS];
  bool waited = slot->wait == PACE_COMMIT;
  bool dropped = (next->obs_commit_actions & PW_COMMIT_DROP) != 0;
  slot->wait = PACE_NOTHING;
  if (waited && cycle < slot->due_cycle) return "its commit came before the time of the second level was over";
  if (waited && !dropped && pace->free_cycle[slot->port] >= slot->due_cycle) {
    return "its commit came later than it was due, with nothing in its way";
  }
  return NULL;
}

static const char *take_start(struct pace *pace, uint64_t cycle, const struct rtl_outputs *next) {
  struct pace_slot *slot = &pace->slot[next->obs_walk_slot % PW_CHECK_SLOTS];
  bool early = (slot->wait == PACE_COMMIT || slot->wait == PACE_WALK) && cycle < slot->due_cycle;
  slot->wait = PACE_NOTHING;
  pace->walker[next->obs_walk_walker % PACE_WALKERS].read_due_cycle = cycle + pace->start_cycles;
  pace->starts++;
  return early ? "its walk began before the time of the second level was over" : NULL;
}

/* The slot that too many walks of others have passed, or PW_CHECK_SLOTS. */
static unsigned find_passed(const struct pace *pace) {
  unsigned s = 0;
  while (s < PW_CHECK_SLOTS && !(pace->slot[s].wait == PACE_WALK && pace->starts - pace->slot[s].starts > PACE_PASSES))
    s++;
  return s;
}

/* ---- walkers ---- */

static const char *take_port(struct pace *pace, const struct pace_clock *clock) {
  const struct rtl_outputs *now = clock->now;
  if (!now->wmq_valid) {
    pace->silent_cycle = clock->cycle;
    return NULL;
  }
  const struct pace_walker *walker = &pace->walker[now->wmq_id % PACE_WALKERS];
  uint64_t due = now->wmq_op ? walker->swap_due_cycle : walker->read_due_cycle;
  if (clock->cycle < due) return "it asks before its operation is due";
  if (pace->silent_cycle >= due) return "its operation was due, and the walker port was silent";
  return NULL;
}

static void take_answer(struct pace *pace, const struct pace_clock *clock) {
  if (!clock->inputs->wmr_valid || !clock->now->wmr_ready) return;
  struct pace_walker *walker = &pace->walker[clock->inputs->wmr_id % PACE_WALKERS];
  walker->swap_due_cycle = clock->cycle + RESPONSE_CYCLES;
  walker->read_due_cycle = walker->swap_due_cycle + pace->step_cycles;
}

/* ---- a clock ---- */

/* The first thing that is wrong counts. */
static void note(struct pace_wrong *wrong, const char *unit, unsigned number, const char *why) {
  if (why && !wrong->unit) *wrong = (struct pace_wrong){unit, number, why};
}

static void note_what_is_free(struct pace *pace, const struct pace_clock *clock) {
  for (unsigned p = 0; p < RTL_PORTS; p++) {
    if (!clock->next->obs_commit && !clock->control_busy && !pace->held[p]) pace->free_cycle[p] = clock->cycle;
    pace->held[p] = clock->now->port[p].rsp_valid && !clock->inputs->port[p].rsp_ready;
  }
}

struct pace_wrong pace_take_clock(struct pace *pace, const struct pace_clock *clock) {
  const struct rtl_outputs *next = clock->next;
  struct pace_wrong wrong = {0};
  if (!pace->is_known) return wrong;
  if (next->obs_commit) note(&wrong, "slot", next->obs_commit_slot, take_commit(pace, clock->cycle, next));
  if (next->obs_walk) {
    note(&wrong, "slot", next->obs_walk_slot, take_start(pace, clock->cycle, next));
    unsigned passed = find_passed(pace);
    if (passed < PW_CHECK_SLOTS) note(&wrong, "slot", passed, "it waits for a walk, and too many of others have begun");
  }
  note(&wrong, "walker", clock->now->wmq_id, take_port(pace, clock));
  take_answer(pace, clock);
  note_what_is_free(pace, clock);
  return wrong;
}
