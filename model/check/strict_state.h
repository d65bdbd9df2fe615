/*
 * strict_state.h: what the strict checker knows, for the files that together implement it.
 *
 * A transaction is one request, from its acceptance until nothing more can come of it. It is in the queue of its port
 * until its first look-up; then it is answered, or lives in a miss slot until its last commit. It ends when it has left
 * the slot and has responded, or was killed and can no longer respond.
 */
#ifndef PAGEWALK_CHECK_STRICT_STATE_H
#define PAGEWALK_CHECK_STRICT_STATE_H

#include <pagewalk/check.h>

#include "operations.h"
#include "stepwise.h"
#include "verdict_text.h"

/* More than are ever alive: one for each id, and killed ones whose id is used again. */
#define PW_STRICT_TRANSACTIONS (PW_CHECK_PORTS * PW_CHECK_IDS + 2 * PW_CHECK_SLOTS)
#define PW_STRICT_FILLS (2 * PW_MAX_FILLS)
#define PW_STRICT_FILL_CYCLES 2 /* the fills of a commit are seen in its cycle or the two after it */
/* A response that was on its way comes in the cycle of the kill or the two after it. */
#define PW_STRICT_KILL_CYCLES 2

/* What a transaction waits for. */
enum pw_strict_state {
  PW_STRICT_QUEUED,  /* its first look-up */
  PW_STRICT_LOOK_UP, /* in a slot: the next level of TLBs */
  PW_STRICT_WALK,    /* in a slot: a walk, or another request's walk of the same page and then a replay */
  PW_STRICT_WALKING, /* in a slot: operations of its walk, another attempt, or the commit */
  PW_STRICT_READY,   /* in a slot: the commit */
  PW_STRICT_AGAIN,   /* in a slot: the second commit, which fills */
  PW_STRICT_ENDED    /* nothing but its response */
};

struct pw_strict_transaction {
  struct pw_strict_transaction *older, *newer; /* all that have not ended, in order of acceptance */
  struct pw_strict_transaction *next;          /* in its queue, among the dying, or among the free */
  uint64_t number;                             /* requests are counted from 1 */
  uint64_t accepted_cycle;
  uint64_t killed_cycle;
  uint64_t context; /* current when it was accepted: struct pw_strict.context */
  struct pw_access access;
  uint8_t port;
  uint8_t id;
  uint8_t state; /* enum pw_strict_state */
  uint8_t level; /* position of the path that is looked up next */
  uint8_t slot;
  uint8_t walker;
  bool killed;
  bool answered; /* its response may come */
  bool responded;
  bool dying;      /* killed, and may respond for some cycles more */
  bool has_script; /* script and steps are of a walk of this transaction */
  struct pw_translation record;
  struct pw_stepwise steps;
  struct pw_walk_script script;
};

struct pw_strict_queue {
  struct pw_strict_transaction *first, *last;
};

/* A fill that the model did at a commit and the device has not shown. */
struct pw_strict_fill {
  struct pw_fill fill;
  uint64_t commit_cycle;
  uint64_t number; /* of the request */
};

enum pw_strict_control { PW_STRICT_IDLE, PW_STRICT_ACCEPTED, PW_STRICT_INVALIDATED };

struct pw_strict {
  struct pw_check_options options;
  uint64_t cycle; /* of the last event */
  enum pw_verdict verdict;
  bool timed; /* since the last reset */

  struct pw_mmu *mmu;
  struct pw_memory_hierarchy *hierarchy;
  struct pw_physical_memory *memory;
  struct pw_memory_port port; /* of memory */

  uint64_t context;              /* stats control operations */
  struct pw_mmu_context older;   /* the registers before the last one */
  uint64_t queued_or_in_slot[2]; /* transactions that still need [0] the current context, [1] the older one */
  enum pw_strict_control control;
  uint64_t control_cycle;
  struct pw_invalidation invalidation; /* of the control operation under way */

  uint64_t unfinished;
  struct pw_strict_transaction *oldest, *newest;
  struct pw_strict_transaction *alone; /* the only one since it was accepted, or NULL */
  struct pw_strict_transaction *free;
  struct pw_strict_transaction *dying;
  struct pw_strict_transaction *last;     /* that responded */
  struct pw_strict_transaction *dequeued; /* whose first look-up was the last one of any */
  struct pw_strict_queue queue[PW_CHECK_PORTS];
  struct pw_strict_transaction *by_id[PW_CHECK_PORTS][PW_CHECK_IDS];
  struct pw_strict_transaction *by_slot[PW_CHECK_SLOTS];
  struct pw_strict_transaction *by_walker[PW_CHECK_WALKERS];

  unsigned fill_count;
  struct pw_strict_fill fills[PW_STRICT_FILLS];

  struct pw_check_stats stats;
  struct pw_config config;
  struct pw_check_text text;
  struct pw_strict_transaction transactions[PW_STRICT_TRANSACTIONS];
};

/* ---- the mode as a checker: strict.c; meanings as in check.h ---- */

int pw_strict_create(const struct pw_config *config, struct pw_check_options options, struct pw_strict **strict);
void pw_strict_destroy(struct pw_strict *strict);
enum pw_verdict pw_strict_take(struct pw_strict *strict, const struct pw_event *event);
enum pw_verdict pw_strict_check_hang(struct pw_strict *strict, uint64_t cycle);
enum pw_verdict pw_strict_finish(struct pw_strict *strict);
const struct pw_translation *pw_strict_last(const struct pw_strict *strict);
/* After a look-up: does its request live in the event's slot now? */
bool pw_strict_is_in_slot(const struct pw_strict *strict, const struct pw_event *look_up);

/* ---- transactions: strict_transaction.c ---- */

void pw_strict_forget_transactions(struct pw_strict *strict);
/* Accepts a request. NULL when there are too many. */
struct pw_strict_transaction *pw_strict_accept(struct pw_strict *strict, unsigned port, unsigned id,
                                               const struct pw_access *access);
struct pw_strict_transaction *pw_strict_dequeue(struct pw_strict *strict, unsigned port);
/* It needs queue, slot and context no longer; it ends as soon as no response can come. */
void pw_strict_leave(struct pw_strict *strict, struct pw_strict_transaction *tx);
void pw_strict_kill(struct pw_strict *strict, struct pw_strict_transaction *tx);
/* It has responded. */
void pw_strict_responded(struct pw_strict *strict, struct pw_strict_transaction *tx);
/* Killed transactions that can no longer respond end. */
void pw_strict_bury(struct pw_strict *strict);

/* ---- following the device: strict_follow.c, strict_commit.c ---- */

void pw_strict_look_up(struct pw_strict *strict, const struct pw_event *event);
void pw_strict_walk_start(struct pw_strict *strict, const struct pw_event *event);
void pw_strict_read(struct pw_strict *strict, const struct pw_event *event);
void pw_strict_swap(struct pw_strict *strict, const struct pw_event *event);
/* The attempt by the model, from the script. False, and the verdict is given, when the device did something else. */
bool pw_strict_replay(struct pw_strict *strict, struct pw_strict_transaction *tx);
void pw_strict_commit(struct pw_strict *strict, const struct pw_event *event);
void pw_strict_fill(struct pw_strict *strict, const struct pw_event *event);
/* Gives the verdict when a fill has not come by now. */
void pw_strict_overdue_fills(struct pw_strict *strict, uint64_t cycle);
void pw_strict_response(struct pw_strict *strict, const struct pw_event *event);

/* ---- control operations: strict_control.c ---- */

void pw_strict_control(struct pw_strict *strict, const struct pw_event *event);
void pw_strict_invalidate(struct pw_strict *strict);
void pw_strict_control_done(struct pw_strict *strict);

/* Before and after a step of a transaction: makes its context current for the step. */
static inline void pw_strict_enter(struct pw_strict *strict, const struct pw_strict_transaction *tx) {
  if (tx->context != strict->context) pw_mmu_exchange_context(strict->mmu, &strict->older);
}
static inline void pw_strict_exit(struct pw_strict *strict, const struct pw_strict_transaction *tx) {
  pw_strict_enter(strict, tx);
}

/* ---- explaining: strict_explain.c ---- */

/* Gives the verdict WRONG, if none was given, with the explanation. tx may be NULL. */
void pw_strict_wrong(struct pw_strict *strict, const struct pw_strict_transaction *tx, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void pw_strict_hang(struct pw_strict *strict, const struct pw_strict_transaction *tx, uint64_t cycle);

#endif
