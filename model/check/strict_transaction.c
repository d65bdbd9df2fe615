/* strict_transaction.c: the life of a request in the strict checker: where it is listed, and when it ends. */
#include <string.h>

#include "strict_state.h"

void pw_strict_forget_transactions(struct pw_strict *strict) {
  strict->free = NULL;
  for (unsigned i = PW_STRICT_TRANSACTIONS; i-- > 0;) {
    strict->transactions[i].next = strict->free;
    strict->free = &strict->transactions[i];
  }
  strict->unfinished = 0;
  strict->oldest = strict->newest = strict->alone = strict->dying = strict->last = strict->dequeued = NULL;
  strict->queued_or_in_slot[0] = strict->queued_or_in_slot[1] = 0;
  strict->fill_count = 0;
  memset(strict->queue, 0, sizeof strict->queue);
  memset(strict->by_id, 0, sizeof strict->by_id);
  memset(strict->by_slot, 0, sizeof strict->by_slot);
  memset(strict->by_walker, 0, sizeof strict->by_walker);
}

static void enqueue(struct pw_strict_queue *queue, struct pw_strict_transaction *tx) {
  tx->next = NULL;
  if (queue->first) {
    queue->last->next = tx;
  } else {
    queue->first = tx;
  }
  queue->last = tx;
}

struct pw_strict_transaction *pw_strict_dequeue(struct pw_strict *strict, unsigned port) {
  struct pw_strict_transaction *tx = strict->queue[port].first;
  if (tx) strict->queue[port].first = tx->next;
  strict->dequeued = tx;
  return tx;
}

/* Puts it behind all others that have not ended. It is alone if there are none and no control operation is going on. */
static void list_as_newest(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  tx->older = strict->newest;
  tx->newer = NULL;
  if (tx->older) {
    tx->older->newer = tx;
  } else {
    strict->oldest = tx;
  }
  strict->newest = tx;
  strict->alone = strict->unfinished || strict->control != PW_STRICT_IDLE ? NULL : tx;
  strict->unfinished++;
}

static void unlist(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  *(tx->older ? &tx->older->newer : &strict->oldest) = tx->newer;
  *(tx->newer ? &tx->newer->older : &strict->newest) = tx->older;
  strict->unfinished--;
}

struct pw_strict_transaction *pw_strict_accept(struct pw_strict *strict, unsigned port, unsigned id,
                                               const struct pw_access *access) {
  struct pw_strict_transaction *tx = strict->free;
  if (!tx) return NULL;
  strict->free = tx->next;
  tx->number = ++strict->stats.requests;
  tx->accepted_cycle = strict->cycle;
  tx->context = strict->context;
  tx->access = *access;
  tx->port = (uint8_t)port;
  tx->id = (uint8_t)id;
  tx->state = PW_STRICT_QUEUED;
  tx->level = 0;
  tx->killed = tx->answered = tx->responded = tx->dying = tx->has_script = false;
  list_as_newest(strict, tx);
  enqueue(&strict->queue[port], tx);
  strict->by_id[port][id] = tx;
  strict->queued_or_in_slot[0]++;
  return tx;
}

/* ---- the end ---- */

static void end(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  unlist(strict, tx);
  if (strict->by_id[tx->port][tx->id] == tx) strict->by_id[tx->port][tx->id] = NULL;
  if (strict->alone == tx) strict->alone = NULL;
  strict->stats.checked++;
  tx->next = strict->free;
  strict->free = tx;
}

static bool may_still_respond(const struct pw_strict *strict, const struct pw_strict_transaction *tx) {
  return tx->answered && strict->cycle <= tx->killed_cycle + PW_STRICT_KILL_CYCLES;
}

/* A killed transaction without slot ends, or waits a little for a response that may be on its way. */
static void end_killed(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  if (!may_still_respond(strict, tx)) {
    end(strict, tx);
    return;
  }
  tx->dying = true;
  tx->next = strict->dying;
  strict->dying = tx;
}

void pw_strict_leave(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  strict->queued_or_in_slot[tx->context != strict->context]--;
  tx->state = PW_STRICT_ENDED;
  if (tx->responded) {
    end(strict, tx);
  } else if (tx->killed) {
    end_killed(strict, tx);
  }
}

void pw_strict_kill(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  if (tx->killed || tx->responded) return;
  tx->killed = true;
  tx->killed_cycle = strict->cycle;
  strict->stats.killed++;
  if (tx->state == PW_STRICT_ENDED) end_killed(strict, tx);
}

static void remove_from_dying(struct pw_strict *strict, const struct pw_strict_transaction *tx) {
  struct pw_strict_transaction **at = &strict->dying;
  while (*at != tx) at = &(*at)->next;
  *at = tx->next;
}

void pw_strict_responded(struct pw_strict *strict, struct pw_strict_transaction *tx) {
  tx->responded = true;
  strict->last = tx;
  if (tx->dying) remove_from_dying(strict, tx);
  if (tx->state == PW_STRICT_ENDED) end(strict, tx);
}

void pw_strict_bury(struct pw_strict *strict) {
  struct pw_strict_transaction **at = &strict->dying;
  while (*at) {
    struct pw_strict_transaction *tx = *at;
    if (may_still_respond(strict, tx)) {
      at = &tx->next;
    } else {
      *at = tx->next;
      end(strict, tx);
    }
  }
}
