/*
 * watch.h: a checker that watches a device from outside, for the files that together implement the modes observed and
 * window: what it knows.
 *
 * Observed: every entry read on the walker port is a fact. A walker's reads make chains; a chain that may be cached
 * becomes a candidate; an answer is legal when a candidate, or a chain that ended while the request was in flight,
 * gives it. Window: there are no reads, but the values that entries had. The device's own answer is only ever compared.
 * docs/checker.md has the rules and their sources.
 */
#ifndef PAGEWALK_CHECK_WATCH_H
#define PAGEWALK_CHECK_WATCH_H

#include <pagewalk/check.h>

#include "candidates.h"
#include "entry_history.h"
#include "flight.h"
#include "registers.h"
#include "verdict_text.h"

#define PW_WALK_CHAINS 256 /* readings of one walk: tables that are shared or point to themselves make several */
#define PW_FACTS 1024      /* ended chains that are remembered */
#define PW_WRITES 256      /* of software that are remembered */

/* One reading of the walk that a walker is in. */
struct pw_walk_chain {
  struct pw_chain chain;
  uint64_t context;     /* number of the registers it runs under */
  uint64_t kill;        /* of what it was begun from, or, of one that has found a page, of the page; 0: none */
  uint64_t tables_kill; /* of the entries above */
};

struct pw_watched_walker {
  unsigned count;
  bool mistyped;         /* some reading was refused for its PWT and PCD */
  uint64_t cycle;        /* of its last operation */
  uint64_t failed_table; /* to which the entry led that it has just failed to swap; 0: none */
  struct pw_walk_chain chains[PW_WALK_CHAINS];
};

/* A chain that ended, and the event that ended it. */
struct pw_fact {
  struct pw_walk_chain walk;
  uint64_t event;
  uint64_t cycle;
};

/* What a word held before software wrote it. */
struct pw_before {
  uint64_t event;
  uint64_t address;
  uint64_t value;
};

struct pw_watch {
  struct pw_check_options options;
  struct pw_config config;
  uint64_t cycle;
  uint64_t event; /* number of the one being taken, from 1 */
  uint64_t control_cycle;
  enum pw_verdict verdict; /* the one that ended the run; else PW_VERDICT_MATCH */
  struct pw_physical_memory *memory;
  struct pw_memory_port port;
  uint64_t facts;  /* so many have been; the last PW_FACTS are kept */
  uint64_t writes; /* of software, likewise: PW_WRITES */
  struct pw_check_stats stats;
  struct pw_check_text text;
  struct pw_registers registers;
  struct pw_flight flight;
  struct pw_watched_walker walkers[PW_CHECK_WALKERS];
  struct pw_fact fact[PW_FACTS];
  struct pw_before before[PW_WRITES];
  struct pw_history *history; /* window mode, else NULL */
  struct pw_candidates candidates;
};

/* ---- the checker: watch.c; meanings as in check.h ---- */

int pw_watch_create(const struct pw_config *config, struct pw_check_options options, struct pw_watch **watch);
void pw_watch_destroy(struct pw_watch *watch);
enum pw_verdict pw_watch_take(struct pw_watch *watch, const struct pw_event *event);
enum pw_verdict pw_watch_check_hang(struct pw_watch *watch, uint64_t cycle);
enum pw_verdict pw_watch_finish(struct pw_watch *watch);

/* ---- walks: observed_walk.c ---- */

void pw_observed_read(struct pw_watch *watch, const struct pw_event *event);
void pw_observed_swap(struct pw_watch *watch, const struct pw_event *event);
/* Marks candidates and walks under way. */
void pw_observed_kill(struct pw_watch *watch, const struct pw_kill *kill);

/* ---- memory a while ago: observed_memory.c ---- */

/* Software has written a word that held something else. */
void pw_observed_write(struct pw_watch *watch, uint64_t address, uint64_t held);

/* ---- page faults: watch_fault.c ---- */

/* A page fault that was legal drops what would give it again. */
void pw_watch_drop_after_fault(struct pw_watch *watch, const struct pw_request *request,
                               const struct pw_check_context *context);

/* ---- what a black box may hold: window_events.c ---- */

/* A control operation was accepted, under these registers before. */
void pw_window_control(struct pw_watch *watch, const struct pw_check_context *before);
void pw_window_control_done(struct pw_watch *watch);
/* Software has written a word that held something else. */
void pw_window_write(struct pw_watch *watch, uint64_t address, uint64_t held);

/* ---- answers: observed_judge.c, window_judge.c ---- */

/*
 * The verdict on an answer that tables decide, under the registers of the request; MATCH with *judged = false when too
 * much was forgotten to tell.
 */
enum pw_verdict pw_observed_judge(struct pw_watch *watch, const struct pw_request *request,
                                  const struct pw_check_context *context, const struct pw_answer *answer, bool *judged);
enum pw_verdict pw_window_judge(struct pw_watch *watch, const struct pw_request *request,
                                const struct pw_check_context *context, const struct pw_answer *answer, bool *judged);

/* ---- explaining: watch_explain.c ---- */

/* Ends the run, with the first line of the explanation. */
void pw_watch_end(struct pw_watch *watch, enum pw_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends it by an answer. */
void pw_watch_explain_answer(struct pw_watch *watch, enum pw_verdict verdict, const struct pw_request *request,
                             const struct pw_answer *answer);
/* Adds what would have been legal since when, and, when not NULL, what was killed and gives the answer. */
void pw_watch_explain_known(struct pw_watch *watch, const struct pw_request *request,
                            const struct pw_candidate *killed);
/* Adds a chain with its kill, 0 for none. */
void pw_watch_explain_chain(struct pw_watch *watch, const struct pw_chain *chain, uint64_t kill);

/* Event number below which no request in flight was accepted. */
static inline uint64_t pw_watch_oldest(const struct pw_watch *watch) {
  return watch->flight.oldest ? watch->flight.oldest->accepted : watch->event;
}

#endif
