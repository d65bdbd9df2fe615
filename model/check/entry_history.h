/*
 * entry_history.h: the values that words of memory had before software wrote them, for as long as a device may still
 * hold them; and the page-table roots likewise.
 *
 * Bounded. What ended before everything had to go, for everybody who is still served, is over; its room is used again
 * when there is no other. When there is none at all something is forgotten: the oldest value of a word (`lost_until`),
 * a whole word (pw_history_forgot_word), the root that ended first (`lost_root_until`).
 */
#ifndef PAGEWALK_CHECK_ENTRY_HISTORY_H
#define PAGEWALK_CHECK_ENTRY_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "forgotten.h"

#define PW_HISTORY_WORDS 16384 /* places, a power of two, of which three quarters are used */
#define PW_HISTORY_VALUES 8    /* of a word */
#define PW_HISTORY_ROOTS 128

/* One that is no more. */
struct pw_old_value {
  uint64_t value;
  uint64_t until; /* event that replaced it */
};

struct pw_word_history {
  uint64_t address;
  uint32_t count;      /* so many have been; the last PW_HISTORY_VALUES are kept. 0: the place is free */
  uint64_t lost_until; /* end of the last one that is not kept; 0: none is missing */
  struct pw_old_value old[PW_HISTORY_VALUES];
};

/* A table that CR3 has pointed to, under a PCID: once or several times, which count as one from the first to the last.
 */
struct pw_old_root {
  uint64_t address;
  uint64_t since;        /* event that loaded it, the first time */
  uint64_t until;        /* event that replaced it, the last time */
  uint64_t walked_until; /* first write of memory after the walks had ended that had begun before; UINT64_MAX: they may
                            go on */
  unsigned pcid;
};

/* An invalidation of everything; 0: none. */
struct pw_old_flush {
  uint64_t accepted; /* event */
  uint64_t done;     /* event; UINT64_MAX: not yet */
};

struct pw_history {
  uint64_t words;
  uint64_t root_since;           /* event that loaded the present root, the first time */
  uint64_t walked_root;          /* end of the last root from which walks may go on; 0: of none */
  uint64_t lost_root_until;      /* end of the last root that is not kept */
  uint64_t over;                 /* what ended up to this event nobody may use any more */
  uint64_t swept;                /* `over` when room was last made for words */
  struct pw_old_flush flush[2];  /* [0] is waited for until all have ended who came before it; [1] the latest since */
  struct pw_forgotten forgotten; /* words that are not kept */
  unsigned roots;
  struct pw_old_root root[PW_HISTORY_ROOTS];
  struct pw_word_history word[PW_HISTORY_WORDS];
};

/* Nothing is held by the device any more. */
void pw_history_reset(struct pw_history *history);

void pw_history_add_value(struct pw_history *history, uint64_t address, uint64_t value, uint64_t until);
/* A root that was loaded at `since` was replaced at `until`; walks from it may go on. */
void pw_history_add_root(struct pw_history *history, uint64_t address, unsigned pcid, uint64_t since, uint64_t until);
/* Since when the root has been one, if it was before; else the event. */
uint64_t pw_history_root_since(const struct pw_history *history, uint64_t address, unsigned pcid, uint64_t event);

/* No walk goes on, in this event, that was begun for a request that was accepted before `oldest`. */
void pw_history_end_walks(struct pw_history *history, uint64_t event, uint64_t oldest);

/* An invalidation of everything was accepted in this event, when none is served who was accepted before `oldest`. */
void pw_history_flush(struct pw_history *history, uint64_t event, uint64_t oldest);
/* The operation that was accepted last is done. */
void pw_history_flushed(struct pw_history *history, uint64_t event, uint64_t cycle);
/* None is served any more who was accepted before `oldest`. */
void pw_history_settle(struct pw_history *history, uint64_t oldest);

/* NULL when the word has had no other value, or none that is kept. */
const struct pw_word_history *pw_history_find(const struct pw_history *history, uint64_t address);

/* Can the device hold, for a request accepted in this event, a value of the word that was not kept with all others? */
bool pw_history_forgot_word(const struct pw_history *history, uint64_t address, uint64_t accepted);

/* Old values of a word that are kept. */
static inline unsigned pw_history_count(const struct pw_word_history *word) {
  return word->count < PW_HISTORY_VALUES ? word->count : PW_HISTORY_VALUES;
}

#endif
