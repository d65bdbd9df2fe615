/* strict_commit.c: a commit of a device: the model does the same at once, and each fill has to be one that it did. */
#include <stdio.h>

#include "strict_state.h"

/* ---- fills ---- */

static void expect_fills(struct pw_strict *strict, const struct pw_strict_transaction *tx, unsigned from) {
  for (unsigned i = from; i < tx->record.fill_count; i++) {
    if (strict->fill_count == PW_STRICT_FILLS) {
      pw_strict_wrong(strict, tx, "commit: too many fills of earlier ones have not come");
      return;
    }
    strict->fills[strict->fill_count++] = (struct pw_strict_fill){tx->record.fills[i], strict->cycle, tx->number};
  }
}

/* Index of the TLB unit that an event means, or PW_MAX_TLB_UNITS. */
static unsigned unit_of(const struct pw_strict *strict, unsigned level, unsigned port) {
  const struct pw_tlb_path *path = &strict->mmu->tlbs.path[port == 0];
  return level >= 1 && level <= path->count ? path->unit[level - 1] : PW_MAX_TLB_UNITS;
}

static bool is_fill(const struct pw_strict *strict, const struct pw_fill *fill, const struct pw_event *event) {
  unsigned unit =
      event->u.fill.structure == PW_TLB ? unit_of(strict, event->u.fill.unit, event->u.fill.port) : event->u.fill.unit;
  return event->u.fill.structure == fill->structure && unit == fill->unit && event->u.fill.array == fill->array &&
         event->u.fill.set == fill->set && event->u.fill.way == fill->way &&
         event->u.fill.evicted == (fill->victim_key != 0);
}

/* "TLB level 2 array 0 set 3 way 1, evicts" */
static void name_fill(const struct pw_strict *strict, const struct pw_fill *fill, char *text, size_t size_bytes) {
  bool tlb = fill->structure == PW_TLB;
  unsigned level = tlb ? strict->config.tlbs[fill->unit].level : fill->unit;
  snprintf(text, size_bytes, "%s level %u array %u set %u way %u%s", tlb ? "TLB" : "paging-structure cache", level,
           fill->array, fill->set, fill->way, fill->victim_key ? ", evicts" : "");
}

void pw_strict_fill(struct pw_strict *strict, const struct pw_event *event) {
  char model[96] = "none", device[96];
  struct pw_fill shown = {.victim_key = event->u.fill.evicted,
                          .set = event->u.fill.set,
                          .way = event->u.fill.way,
                          .structure = event->u.fill.structure,
                          .unit = event->u.fill.unit,
                          .array = event->u.fill.array};
  for (unsigned i = 0; i < strict->fill_count; i++) {
    if (!is_fill(strict, &strict->fills[i].fill, event)) continue;
    strict->fills[i] = strict->fills[--strict->fill_count];
    return;
  }
  snprintf(device, sizeof device, "%s level %u port %u array %u set %u way %u%s",
           shown.structure == PW_TLB ? "TLB" : "paging-structure cache", shown.unit, event->u.fill.port, shown.array,
           shown.set, shown.way, shown.victim_key ? ", evicts" : "");
  if (strict->fill_count) name_fill(strict, &strict->fills[0].fill, model, sizeof model);
  pw_strict_wrong(strict, NULL, "fill: device %s; %u fills of the model have not come, the first: %s", device,
                  strict->fill_count, model);
}

void pw_strict_overdue_fills(struct pw_strict *strict, uint64_t cycle) {
  char model[96];
  for (unsigned i = 0; i < strict->fill_count; i++) {
    const struct pw_strict_fill *awaited = &strict->fills[i];
    if (cycle <= awaited->commit_cycle + PW_STRICT_FILL_CYCLES) continue;
    name_fill(strict, &awaited->fill, model, sizeof model);
    pw_strict_wrong(strict, NULL, "fill: the commit of request #%llu in cycle %llu has not filled %s",
                    (unsigned long long)awaited->number, (unsigned long long)awaited->commit_cycle, model);
  }
}

/* ---- commits ---- */

/* The translation's answer must stand before it is committed. */
static bool is_ready(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  if (tx->state == PW_STRICT_READY || tx->state == PW_STRICT_AGAIN) return true;
  if (tx->state != PW_STRICT_WALKING) {
    pw_strict_wrong(strict, tx, "commit: not what this request waits for");
    return false;
  }
  if (!pw_strict_replay(strict, tx)) return false;
  if (tx->steps.walk.result.end == PW_WALK_RESTART) {
    pw_strict_wrong(strict, tx, "commit: the model restarts the walk");
    return false;
  }
  pw_strict_enter(strict, tx);
  pw_step_answer_walk(&tx->steps);
  pw_strict_exit(strict, tx);
  tx->state = PW_STRICT_READY;
  return true;
}

static bool page_changed(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  pw_strict_enter(strict, tx);
  bool changed = pw_step_page_changed(&tx->steps);
  pw_strict_exit(strict, tx);
  return changed;
}

/*
 * What the commit has to do besides answering. A request whose context is no longer current fills nothing; a page that
 * it found changed it may drop or not.
 */
static unsigned actions_of(struct pw_strict *strict, struct pw_strict_transaction *tx, unsigned seen) {
  const struct pw_translation *t = &tx->record;
  bool current = tx->context == strict->context;
  if (tx->state == PW_STRICT_AGAIN) return PW_COMMIT_LAST | (current ? PW_COMMIT_FILL : 0);
  if (t->outcome == PW_PAGE_FAULT) return PW_COMMIT_DROP | PW_COMMIT_LAST;
  if (t->outcome != PW_MAPPED) return PW_COMMIT_LAST;
  if (page_changed(strict, tx) && (current || (seen & PW_COMMIT_DROP))) return PW_COMMIT_DROP;
  return PW_COMMIT_LAST | (current && (t->walked || t->hit_level > 1) ? PW_COMMIT_FILL : 0);
}

/* The model does what the actions say. Returns the number of fills. */
static unsigned act(struct pw_strict *strict, struct pw_strict_transaction *tx, unsigned actions) {
  unsigned before = tx->record.fill_count;
  pw_strict_enter(strict, tx);
  if (actions & PW_COMMIT_DROP) pw_step_drop(&tx->steps);
  if (actions & PW_COMMIT_FILL) pw_step_fill(&tx->steps);
  pw_strict_exit(strict, tx);
  expect_fills(strict, tx, before);
  return tx->record.fill_count - before;
}

/* Bits of the actions in which the device may do as it likes, because they mean nothing here. */
static unsigned free_actions(const struct pw_strict *strict, const struct pw_strict_transaction *tx, unsigned fills) {
  unsigned free = 0;
  bool mapped = tx->record.outcome == PW_MAPPED && tx->context == strict->context;
  /* The kill of this very cycle may not have reached the commit. */
  if (tx->killed && tx->killed_cycle == strict->cycle && tx->state != PW_STRICT_AGAIN) free |= PW_COMMIT_RESPOND;
  if (mapped && !fills && !tx->record.dirty_walk) free |= PW_COMMIT_FILL;
  return free;
}

static void name_actions(unsigned actions, char text[static 32]) {
  snprintf(text, 32, "%s%s%s%s", actions & PW_COMMIT_RESPOND ? " respond" : "", actions & PW_COMMIT_DROP ? " drop" : "",
           actions & PW_COMMIT_FILL ? " fill" : "", actions & PW_COMMIT_LAST ? " last" : "");
}

static void leave_slot(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  strict->by_slot[tx->slot] = NULL;
  if (tx->has_script && strict->by_walker[tx->walker] == tx) strict->by_walker[tx->walker] = NULL;
  pw_strict_leave(strict, tx);
}

void pw_strict_commit(struct pw_strict *strict, const struct pw_event *event) {
  unsigned seen = event->u.commit.actions, slot = event->u.commit.slot;
  struct pw_strict_transaction *tx = slot < PW_CHECK_SLOTS ? strict->by_slot[slot] : NULL;
  if (!tx) {
    pw_strict_wrong(strict, NULL, "commit: slot %u holds no request", slot);
    return;
  }
  if (!is_ready(strict, tx)) return;
  unsigned actions = actions_of(strict, tx, seen);
  unsigned fills = act(strict, tx, actions);
  if (tx->state != PW_STRICT_AGAIN && !tx->killed) actions |= PW_COMMIT_RESPOND;
  if ((seen ^ actions) & ~free_actions(strict, tx, fills)) {
    char device[32], model[32];
    name_actions(seen, device);
    name_actions(actions, model);
    pw_strict_wrong(strict, tx, "commit: device does:%s, model:%s", device, model);
    return;
  }
  if (strict->control == PW_STRICT_ACCEPTED && (actions & (PW_COMMIT_DROP | PW_COMMIT_FILL))) {
    pw_strict_wrong(strict, tx, "commit: between the accept of a control operation and its invalidation");
    return;
  }
  if (seen & PW_COMMIT_RESPOND) tx->answered = true;
  if (actions & PW_COMMIT_LAST) {
    leave_slot(strict, tx);
  } else {
    tx->state = PW_STRICT_AGAIN;
  }
}
