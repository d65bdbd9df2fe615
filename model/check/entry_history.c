/* entry_history.c: old values by address, in an open hash table that is only ever emptied whole. */
#include "entry_history.h"

#include <string.h>

void pw_history_reset(struct pw_history *history) {
  if (history->words) memset(history->word, 0, sizeof history->word);
  history->words = history->roots = history->lost_root_until = 0;
  history->full = false;
}

static uint64_t place_of(uint64_t address) { return (address >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 32; }

/* Its word, or the free place where it would be. The table is never full. */
static const struct pw_word_history *probe(const struct pw_history *history, uint64_t address) {
  for (uint64_t at = place_of(address);; at++) {
    const struct pw_word_history *word = &history->word[at % PW_HISTORY_WORDS];
    if (!word->count || word->address == address) return word;
  }
}

const struct pw_word_history *pw_history_find(const struct pw_history *history, uint64_t address) {
  const struct pw_word_history *word = probe(history, address);
  return word->count ? word : NULL;
}

void pw_history_add_value(struct pw_history *history, uint64_t address, uint64_t value, uint64_t until) {
  struct pw_word_history *word = &history->word[probe(history, address) - history->word];
  if (!word->count) {
    if (history->words >= PW_HISTORY_WORDS * 3 / 4) {
      history->full = true;
      return;
    }
    history->words++;
    word->address = address;
  }
  struct pw_old_value *place = &word->old[word->count % PW_HISTORY_VALUES];
  if (word->count >= PW_HISTORY_VALUES) word->lost_until = place->until;
  word->count++;
  *place = (struct pw_old_value){value, until};
}

void pw_history_add_root(struct pw_history *history, uint64_t address, unsigned pcid, uint64_t until) {
  struct pw_old_root *place = &history->root[history->roots % PW_HISTORY_ROOTS];
  if (history->roots >= PW_HISTORY_ROOTS) history->lost_root_until = place->until;
  history->roots++;
  *place = (struct pw_old_root){address, until, pcid};
}
