/* window_events.c: what control operations and writes of software change of what a black box may hold. */
#include "observed.h"

void pw_window_control(struct pw_watch *watch, const struct pw_check_context *before) {
  struct pw_history *history = watch->history;
  const struct pw_translation_mode *old = &before->mode, *new = &pw_registers_current(&watch->registers)->mode;
  if (old->root_address != new->root_address || old->pcid != new->pcid) {
    if (old->paging) pw_history_add_root(history, old->root_address, old->pcid, history->root_since, watch->event);
    history->root_since = pw_history_root_since(history, new->root_address, new->pcid, watch->event);
  }
  if (pw_registers_hold_nothing(&watch->registers)) {
    pw_history_flush(history, watch->event, pw_watch_oldest(watch));
  }
}

void pw_window_control_done(struct pw_watch *watch) { pw_history_flushed(watch->history, watch->event, watch->cycle); }

/* With paging off, and nobody left who was accepted with paging on, no entry is read, and none is held. */
static bool may_have_been_read(const struct pw_watch *watch) {
  return pw_registers_current(&watch->registers)->mode.paging || watch->registers.pending || watch->flight.oldest;
}

void pw_window_write(struct pw_watch *watch, uint64_t address, uint64_t held) {
  struct pw_history *history = watch->history;
  if (!may_have_been_read(watch)) return;
  if (history->walked_root) pw_history_end_walks(history, watch->event, pw_observed_oldest(watch));
  pw_history_settle(history, pw_watch_oldest(watch));
  pw_history_add_value(history, address, held, watch->event);
}
