/*
 * observed.h: for the files that implement observed mode: what walks read, what may be cached of them, and what that
 * says of an answer.
 */
#ifndef PAGEWALK_CHECK_OBSERVED_H
#define PAGEWALK_CHECK_OBSERVED_H

#include "watch.h"

/* ---- answers: observed_judge.c ---- */

struct pw_judgement {
  const struct pw_request *request;
  const struct pw_check_context *context; /* of the request */
  const struct pw_answer *answer;
  bool explained;
  bool lacks_dirty;            /* a chain would explain it, had D been set */
  enum pw_verdict verdict;     /* of the best explanation */
  struct pw_candidate dropped; /* would explain it, had a page fault not dropped it; kill 0: none */
};

/* ---- answers that nothing explains: observed_classify.c ---- */

/* What is wrong with it, and in *killed, unless NULL, what was invalidated and would have given it. */
enum pw_verdict pw_observed_classify(struct pw_watch *watch, struct pw_judgement *judgement,
                                     const struct pw_candidate **killed);

/* Is this the chain of a walk that may have been made for the request? */
bool pw_observed_is_of_request(const struct pw_judgement *judgement, const struct pw_fact *fact);

/* And no operation was done before the request that forbids it? */
bool pw_observed_may_use_fact(const struct pw_watch *watch, const struct pw_judgement *judgement,
                              const struct pw_fact *fact);

/* ---- memory: observed_memory.c ---- */

/* Have few enough words been written since an event? */
bool pw_observed_knows_memory_at(const struct pw_watch *watch, uint64_t event);

/* The entries that a walk would have read right after an event, A and D aside. */
struct pw_chain pw_observed_memory_at(const struct pw_watch *watch, const struct pw_check_context *context,
                                      uint64_t linear_address, uint64_t event);

/* ---- walks: observed_walk.c ---- */

/* Do two contexts read entries alike? Rights are looked at when a request is answered. */
bool pw_observed_read_alike(const struct pw_check_context *a, const struct pw_check_context *b);
/* And do they start the same walks? */
bool pw_observed_walk_alike(const struct pw_check_context *a, const struct pw_check_context *b);

/* Makes candidates of the entries of a walk from a level down, as far as A is set in all above. */
void pw_observed_publish(struct pw_watch *watch, const struct pw_walk_chain *walk, unsigned from);

/*
 * The first operation after which no request under the registers of this context that was accepted later may be
 * answered by the walk: also one that replaced the registers of the walk and invalidates what it has read. 0: none.
 */
uint64_t pw_observed_kill_for(const struct pw_watch *watch, const struct pw_walk_chain *walk, uint64_t context);

/* Marks what a walker has left of a walk that has ended. */
void pw_observed_kill_ended(struct pw_watched_walker *walker, const struct pw_kill *kill);

/* A walk has ended, or its page has changed. */
void pw_observed_remember(struct pw_watch *watch, const struct pw_walk_chain *walk);

/* Event number before which nobody was accepted who may still be walked for. */
uint64_t pw_observed_oldest(const struct pw_watch *watch);

/*
 * The same of walks that no request asked for: they go on for so long as those of killed requests may, after what they
 * were begun from was invalidated.
 */
uint64_t pw_observed_oldest_walk(const struct pw_watch *watch);

/* Is there a request that may be walked for under registers that nobody knows any more? */
bool pw_observed_forgot_context(const struct pw_watch *watch);

/* PWT in bit 0 and PCD in bit 1 with which a walk reads the entry of a level. */
unsigned pw_observed_cache_control(const struct pw_watch *watch, const struct pw_walk_chain *walk, unsigned level);

/* Ends the run when an operation of the walker port cannot be one. `what` says which. */
bool pw_observed_check_port(struct pw_watch *watch, unsigned walker, uint64_t address, const char *what);

#endif
