/*
 * entry_history.h: the values that words of memory had before software wrote them, for as long as a device may still
 * hold them; and the page-table roots likewise. Bounded: when there is no room the oldest value of a word is forgotten,
 * or a word is not kept at all, which `full` and `lost_until` tell.
 */
#ifndef PAGEWALK_CHECK_ENTRY_HISTORY_H
#define PAGEWALK_CHECK_ENTRY_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

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

struct pw_old_root {
  uint64_t address;
  uint64_t until;
  unsigned pcid;
};

struct pw_history {
  uint64_t words;
  uint64_t roots;           /* so many have been; the last PW_HISTORY_ROOTS are kept */
  uint64_t lost_root_until; /* end of the last root that is not kept */
  bool full;                /* a word was not kept */
  struct pw_old_root root[PW_HISTORY_ROOTS];
  struct pw_word_history word[PW_HISTORY_WORDS];
};

/* Nothing is held by the device any more. */
void pw_history_reset(struct pw_history *history);

void pw_history_add_value(struct pw_history *history, uint64_t address, uint64_t value, uint64_t until);
void pw_history_add_root(struct pw_history *history, uint64_t address, unsigned pcid, uint64_t until);

/* NULL when the word has had no other value. */
const struct pw_word_history *pw_history_find(const struct pw_history *history, uint64_t address);

/* Old values of a word that are kept. */
static inline unsigned pw_history_count(const struct pw_word_history *word) {
  return word->count < PW_HISTORY_VALUES ? word->count : PW_HISTORY_VALUES;
}

#endif
