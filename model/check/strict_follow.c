/* strict_follow.c: follows the look-ups and walks of a device, each held to the same step of the model. */
#include "strict_state.h"

/* ---- look-ups ---- */

static bool invalidation_is_awaited(struct pw_strict *strict, const char *what) {
  if (strict->control != PW_STRICT_ACCEPTED) return false;
  pw_strict_wrong(strict, NULL, "%s: between the accept of a control operation and its invalidation", what);
  return true;
}

/* The transaction in a slot, or NULL with the verdict given. */
static struct pw_strict_transaction *in_slot(struct pw_strict *strict, unsigned slot, const char *what) {
  struct pw_strict_transaction *tx = slot < PW_CHECK_SLOTS ? strict->by_slot[slot] : NULL;
  if (!tx) pw_strict_wrong(strict, NULL, "%s: slot %u holds no request", what, slot);
  return tx;
}

/* Held to the model's look-up of the path position, which the record tells. */
static bool check_look_up(struct pw_strict *strict, const struct pw_strict_transaction *tx, uint32_t at,
                          const struct pw_event *event) {
  const struct pw_translation *t = &tx->record;
  bool hit = t->hit_level == at + 1;
  if (event->u.look_up.hit != hit) {
    pw_strict_wrong(strict, tx, "look-up of TLB level %u: device %s, model %s", at + 1,
                    event->u.look_up.hit ? "hits" : "misses", hit ? "hits" : "misses");
    return false;
  }
  if (!hit) return true;
  if (event->u.look_up.array == t->hit_array && event->u.look_up.set == t->hit_set &&
      event->u.look_up.way == t->hit_way) {
    return true;
  }
  pw_strict_wrong(strict, tx, "hit in TLB level %u: device array %u set %u way %u, model array %u set %u way %u",
                  at + 1, event->u.look_up.array, event->u.look_up.set, event->u.look_up.way, t->hit_array, t->hit_set,
                  t->hit_way);
  return false;
}

/* Looks one position of the path up, the first of it with what comes before. */
static enum pw_next look_up(struct pw_strict *strict, struct pw_strict_transaction *tx, uint32_t at) {
  enum pw_next next = PW_NEXT_LOOK_UP;
  pw_strict_enter(strict, tx);
  if (at == 0) next = pw_step_begin(&tx->steps, strict->mmu, strict->mmu, &tx->access, &tx->record);
  tx->steps.older_context = tx->context != strict->context; /* what is cached may be of the registers since */
  if (next == PW_NEXT_LOOK_UP) next = pw_step_look_up(&tx->steps, at);
  pw_strict_exit(strict, tx);
  return next;
}

/* What a transaction in a slot waits for after a look-up of path position `at`. */
static void wait_for(struct pw_strict_transaction *tx, enum pw_next next, uint32_t at) {
  static const uint8_t state[] = {
      [PW_NEXT_EFFECT] = PW_STRICT_READY, [PW_NEXT_LOOK_UP] = PW_STRICT_LOOK_UP, [PW_NEXT_WALK] = PW_STRICT_WALK};
  tx->state = state[next];
  tx->level = (uint8_t)(at + 1);
}

/* A request that did not end with its first look-up moves into a slot. */
static void enter_slot(struct pw_strict *strict, struct pw_strict_transaction *tx, unsigned slot) {
  if (slot >= PW_CHECK_SLOTS || strict->by_slot[slot]) {
    pw_strict_wrong(strict, tx, "look-up: slot %u is %s", slot, slot < PW_CHECK_SLOTS ? "taken" : "beyond the last");
    return;
  }
  strict->by_slot[slot] = tx;
  tx->slot = (uint8_t)slot;
}

static void end_with_look_up(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  tx->answered = true;
  pw_strict_leave(strict, tx);
}

/* A fault takes effect on TLBs and caches, by a commit; nothing else that a first look-up answers does. */
static bool ends_with_look_up(const struct pw_strict_transaction *tx, enum pw_next next) {
  return next == PW_NEXT_EFFECT && tx->record.outcome != PW_PAGE_FAULT;
}

/* The general path of a first look-up. */
static void look_up_first(struct pw_strict *strict, struct pw_strict_transaction *tx, const struct pw_event *event) {
  enum pw_next next = look_up(strict, tx, 0);
  if (!check_look_up(strict, tx, 0, event)) return;
  if (ends_with_look_up(tx, next)) {
    const struct pw_tlb_path *path = pw_tlb_path_of(&strict->mmu->tlbs, tx->access.kind);
    if (tx->context == strict->context) {
      pw_recent_keep(&strict->mmu->tlbs.recent, &strict->mmu->tlbs.units[path->unit[0]], &tx->access,
                     strict->mmu->mode.pcid, &tx->record);
    }
    end_with_look_up(strict, tx);
    return;
  }
  wait_for(tx, next, 0);
  enter_slot(strict, tx, event->u.look_up.slot);
}

/* The oldest request of a port is looked up; nearly always it hits as it did a moment ago. */
static void take_from_queue(struct pw_strict *strict, const struct pw_event *event) {
  struct pw_strict_transaction *tx =
      event->u.look_up.port < PW_CHECK_PORTS ? pw_strict_dequeue(strict, event->u.look_up.port) : NULL;
  if (!tx) {
    pw_strict_wrong(strict, NULL, "look-up: no request of port %u waits for one", event->u.look_up.port);
    return;
  }
  const struct pw_recent_hits *recent = &strict->mmu->tlbs.recent;
  if (tx->context == strict->context && pw_recent_replay(recent, &tx->access, strict->mmu->mode.pcid, &tx->record)) {
    if (check_look_up(strict, tx, 0, event)) end_with_look_up(strict, tx);
  } else {
    look_up_first(strict, tx, event);
  }
}

/* A look-up for a request in a slot: of the next level, or of the first one again after another request's walk. */
static void look_up_in_slot(struct pw_strict *strict, const struct pw_event *event) {
  uint32_t at = event->u.look_up.level - 1u;
  struct pw_strict_transaction *tx = in_slot(strict, event->u.look_up.slot, "look-up");
  if (!tx) return;
  if (at == 0 && event->u.look_up.port != tx->port) {
    pw_strict_wrong(strict, tx, "look-up: of port %u for a request of port %u", event->u.look_up.port, tx->port);
    return;
  }
  bool next_level = at > 0 && !event->u.look_up.replay && tx->state == PW_STRICT_LOOK_UP && tx->level == at;
  bool again = at == 0 && tx->state == PW_STRICT_WALK;
  if (!next_level && !again) {
    pw_strict_wrong(strict, tx, "look-up of TLB level %u%s: not what this request waits for", at + 1,
                    event->u.look_up.replay ? ", again" : "");
    return;
  }
  enum pw_next next = look_up(strict, tx, at);
  if (!check_look_up(strict, tx, at, event)) return;
  wait_for(tx, next, at);
  /* A first look-up that answers ends a request whether it is the first or not; the slot is free without a commit. */
  if (!again || !ends_with_look_up(tx, next)) return;
  strict->by_slot[tx->slot] = NULL;
  end_with_look_up(strict, tx);
}

void pw_strict_look_up(struct pw_strict *strict, const struct pw_event *event) {
  /* One of the second level that was under way ends before its unit can be invalidated. */
  if (event->u.look_up.level == 1 && invalidation_is_awaited(strict, "look-up")) return;
  if (event->u.look_up.level == 1 && !event->u.look_up.replay) {
    take_from_queue(strict, event);
  } else {
    look_up_in_slot(strict, event);
  }
}

/* ---- walks ---- */

bool pw_strict_replay(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  struct pw_walk_script *script = &tx->script;
  script->wanted_count = 0;
  script->differs = false;
  pw_strict_enter(strict, tx);
  pw_walk_finish_attempt(&tx->steps.walk);
  pw_strict_exit(strict, tx);
  if (script->differs) {
    bool missing = script->wanted_count > script->count;
    pw_strict_wrong(strict, tx, "operation %u of the walk: device did %s, model another", script->wanted_count,
                    missing ? "none" : "this");
    return false;
  }
  if (script->wanted_count < script->count) {
    pw_strict_wrong(strict, tx, "operation %u of the walk: the model's walk had ended", script->wanted_count + 1);
    return false;
  }
  return true;
}

static bool check_start(struct pw_strict *strict, const struct pw_strict_transaction *tx,
                        const struct pw_event *event) {
  unsigned level = tx->record.psc_level;
  struct pw_psc_place at = tx->steps.walk.started_at;
  if (event->u.walk_start.psc_level != level) {
    pw_strict_wrong(strict, tx,
                    "walk-start: device finds a paging-structure entry of level %u, model of level %u (0: none)",
                    event->u.walk_start.psc_level, level);
    return false;
  }
  if (!level || (event->u.walk_start.set == at.set && event->u.walk_start.way == at.way)) return true;
  pw_strict_wrong(strict, tx, "walk-start: level-%u entry: device set %u way %u, model set %u way %u", level,
                  event->u.walk_start.set, event->u.walk_start.way, at.set, at.way);
  return false;
}

/* The attempt before this one must have been one that the model restarts too. */
static bool is_restarted(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  if (!pw_strict_replay(strict, tx)) return false;
  if (tx->steps.walk.result.end == PW_WALK_RESTART) return true;
  pw_strict_wrong(strict, tx, "walk-start: the model's walk has ended and is not restarted");
  return false;
}

static void move_to_walker(struct pw_strict *strict, struct pw_strict_transaction *tx, unsigned walker) {
  if (tx->state == PW_STRICT_WALKING && strict->by_walker[tx->walker] == tx) strict->by_walker[tx->walker] = NULL;
  strict->by_walker[walker] = tx;
  tx->walker = (uint8_t)walker;
}

static void start_attempt(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  pw_strict_enter(strict, tx);
  if (tx->state == PW_STRICT_WALK) {
    pw_step_begin_walk(&tx->steps);
    tx->steps.walk.memory.script = &tx->script;
  }
  tx->steps.walk.from_root = tx->context != strict->context;
  pw_walk_start_attempt(&tx->steps.walk);
  pw_strict_exit(strict, tx);
  tx->script.count = tx->script.wanted_count = 0;
  tx->script.differs = false;
  tx->has_script = true;
}

/* Another request's walk of the same page under the same registers, which this one should have waited for; or NULL. */
static const struct pw_strict_transaction *same_walk(const struct pw_strict *strict,
                                                     const struct pw_strict_transaction *tx) {
  for (unsigned walker = 0; walker < PW_CHECK_WALKERS; walker++) {
    const struct pw_strict_transaction *other = strict->by_walker[walker];
    if (!other || other == tx || other->context != tx->context) continue;
    if ((other->access.linear_address ^ tx->access.linear_address) >> PW_SMALL_PAGE_SHIFT == 0) return other;
  }
  return NULL;
}

void pw_strict_walk_start(struct pw_strict *strict, const struct pw_event *event) {
  unsigned walker = event->u.walk_start.walker;
  if (invalidation_is_awaited(strict, "walk-start")) return;
  struct pw_strict_transaction *tx = in_slot(strict, event->u.walk_start.slot, "walk-start");
  if (!tx) return;
  if (tx->state != PW_STRICT_WALK && tx->state != PW_STRICT_WALKING) {
    pw_strict_wrong(strict, tx, "walk-start: not what this request waits for");
  } else if (walker >= PW_CHECK_WALKERS) {
    pw_strict_wrong(strict, tx, "walk-start: walker %u is beyond the last", walker);
  } else if (same_walk(strict, tx)) {
    pw_strict_wrong(strict, tx, "walk-start: a walk of this page is under way for request #%llu",
                    (unsigned long long)same_walk(strict, tx)->number);
  } else if (tx->state == PW_STRICT_WALK || is_restarted(strict, tx)) {
    start_attempt(strict, tx);
    move_to_walker(strict, tx, walker);
    tx->state = PW_STRICT_WALKING;
    check_start(strict, tx, event);
  }
}

/* ---- operations on memory ---- */

/* Room for an operation in the script of the walker's transaction, or NULL with the verdict given. */
static struct pw_walk_operation *next_operation(struct pw_strict *strict, unsigned walker, uint64_t address,
                                                const char *what) {
  struct pw_strict_transaction *tx = walker < PW_CHECK_WALKERS ? strict->by_walker[walker] : NULL;
  if (!tx || tx->state != PW_STRICT_WALKING) {
    pw_strict_wrong(strict, NULL, "%s of 0x%llx: walker %u has no walk", what, (unsigned long long)address, walker);
    return NULL;
  }
  if (tx->script.count == PW_SCRIPT_OPERATIONS || address & 7) {
    pw_strict_wrong(strict, tx, "%s of 0x%llx: %s", what, (unsigned long long)address,
                    address & 7 ? "not aligned" : "more operations than any attempt of a walk has");
    return NULL;
  }
  return &tx->script.done[tx->script.count++];
}

void pw_strict_read(struct pw_strict *strict, const struct pw_event *event) {
  uint64_t address = event->u.read.address;
  unsigned walker = event->u.read.walker;
  struct pw_walk_operation *done = next_operation(strict, walker, address, "read");
  if (!done) return;
  *done = (struct pw_walk_operation){.address = address,
                                     .value = event->u.read.value,
                                     .reference = pw_memory_walk_access(strict->hierarchy, address, 0),
                                     .result = event->u.read.bus_error ? PW_PORT_BUS_ERROR : PW_PORT_OK,
                                     .cache_control = event->u.read.cache_control};
  uint64_t held = 0;
  if (event->u.read.bus_error) return;
  int result = strict->port.read(strict->port.context, address, &held);
  if (result == PW_PORT_OK && held == event->u.read.value) return;
  pw_strict_wrong(strict, strict->by_walker[walker], "read of 0x%llx: device 0x%llx, model 0x%llx",
                  (unsigned long long)address, (unsigned long long)event->u.read.value, (unsigned long long)held);
}

void pw_strict_swap(struct pw_strict *strict, const struct pw_event *event) {
  uint64_t address = event->u.swap.address;
  unsigned walker = event->u.swap.walker;
  uint64_t expected = event->u.swap.expected, desired = event->u.swap.desired;
  struct pw_walk_operation *done = next_operation(strict, walker, address, "compare-and-swap");
  if (!done) return;
  *done = (struct pw_walk_operation){.address = address,
                                     .value = expected,
                                     .desired = desired,
                                     .reference = pw_memory_walk_access(strict->hierarchy, address, 1),
                                     .swap = 1,
                                     .result = event->u.swap.matched ? PW_PORT_OK : PW_PORT_MISMATCH,
                                     .cache_control = event->u.swap.cache_control};
  if (event->u.swap.bus_error) {
    done->result = PW_PORT_BUS_ERROR;
    return;
  }
  int result = strict->port.compare_and_swap(strict->port.context, address, expected, desired);
  if (result == done->result) return;
  pw_strict_wrong(strict, strict->by_walker[walker], "compare-and-swap of 0x%llx: device %s, model %s",
                  (unsigned long long)address, event->u.swap.matched ? "matched" : "did not match",
                  result == PW_PORT_OK ? "matched" : "did not match");
}
