/* entry_history.c: old values by address in an open hash table, old roots in a list, and what of them is over. */
#include "entry_history.h"

#include <string.h>

void pw_history_reset(struct pw_history *history) {
  if (history->words) memset(history->word, 0, sizeof history->word);
  memset(history->flush, 0, sizeof history->flush);
  history->words = history->roots = 0;
  history->root_since = history->walked_root = history->lost_root_until = history->over = history->swept = 0;
  pw_forgotten_reset(&history->forgotten);
}

/* ---- words ---- */

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

bool pw_history_forgot_word(const struct pw_history *history, uint64_t address, uint64_t accepted) {
  return pw_forgotten_has(&history->forgotten, place_of(address), accepted);
}

static bool is_over(const struct pw_history *history, const struct pw_word_history *word) {
  return word->count && word->old[(word->count - 1) % PW_HISTORY_VALUES].until <= history->over;
}

/* Frees a place; words behind it whose search would end there now move up. */
static void free_place(struct pw_history *history, uint64_t at) {
  struct pw_word_history *word = history->word;
  for (uint64_t next = at + 1; word[next % PW_HISTORY_WORDS].count; next++) {
    uint64_t home = place_of(word[next % PW_HISTORY_WORDS].address);
    if ((next - home) % PW_HISTORY_WORDS < (next - at) % PW_HISTORY_WORDS) continue;
    word[at % PW_HISTORY_WORDS] = word[next % PW_HISTORY_WORDS];
    at = next;
  }
  word[at % PW_HISTORY_WORDS].count = 0;
  history->words--;
}

static void sweep(struct pw_history *history) {
  for (uint64_t at = 0; at < PW_HISTORY_WORDS; at++) {
    while (is_over(history, &history->word[at])) free_place(history, at);
  }
  history->swept = history->over;
}

static bool has_room(struct pw_history *history) {
  const uint64_t most = PW_HISTORY_WORDS * 3 / 4;
  if (history->words >= most && history->over > history->swept) sweep(history);
  return history->words < most;
}

void pw_history_add_value(struct pw_history *history, uint64_t address, uint64_t value, uint64_t until) {
  if (!pw_history_find(history, address)) {
    if (!has_room(history)) {
      pw_forgotten_add(&history->forgotten, place_of(address));
      return;
    }
    struct pw_word_history *made = &history->word[probe(history, address) - history->word];
    *made = (struct pw_word_history){.address = address};
    history->words++;
  }
  struct pw_word_history *word = &history->word[probe(history, address) - history->word];
  struct pw_old_value *place = &word->old[word->count % PW_HISTORY_VALUES];
  if (word->count >= PW_HISTORY_VALUES) word->lost_until = place->until;
  word->count++;
  *place = (struct pw_old_value){value, until};
}

/* ---- roots ---- */

static struct pw_old_root *first_to_end(struct pw_history *history) {
  struct pw_old_root *first = history->root;
  for (unsigned i = 1; i < history->roots; i++) {
    if (history->root[i].until < first->until) first = &history->root[i];
  }
  return first;
}

/* Its index, or how many there are. */
static unsigned find_root(const struct pw_history *history, uint64_t address, unsigned pcid) {
  unsigned i = 0;
  while (i < history->roots && (history->root[i].address != address || history->root[i].pcid != pcid)) i++;
  return i;
}

uint64_t pw_history_root_since(const struct pw_history *history, uint64_t address, unsigned pcid, uint64_t event) {
  unsigned i = find_root(history, address, pcid);
  return i < history->roots ? history->root[i].since : event;
}

static struct pw_old_root *place_of_root(struct pw_history *history, uint64_t address, unsigned pcid) {
  unsigned i = find_root(history, address, pcid);
  if (i < history->roots) return &history->root[i];
  if (history->roots < PW_HISTORY_ROOTS) return &history->root[history->roots++];
  struct pw_old_root *first = first_to_end(history);
  if (first->until > history->over) history->lost_root_until = first->until;
  return first;
}

void pw_history_add_root(struct pw_history *history, uint64_t address, unsigned pcid, uint64_t since, uint64_t until) {
  *place_of_root(history, address, pcid) = (struct pw_old_root){address, since, until, UINT64_MAX, pcid};
  history->walked_root = until;
}

void pw_history_end_walks(struct pw_history *history, uint64_t event, uint64_t oldest) {
  for (unsigned i = 0; i < history->roots; i++) {
    struct pw_old_root *root = &history->root[i];
    if (root->walked_until == UINT64_MAX && root->until < oldest) root->walked_until = event;
  }
  if (history->walked_root < oldest) history->walked_root = 0;
}

/* ---- what is over ---- */

void pw_history_settle(struct pw_history *history, uint64_t oldest) {
  while (history->flush[0].accepted && history->flush[0].done <= oldest) {
    history->over = history->flush[0].accepted;
    history->flush[0] = history->flush[1];
    history->flush[1] = (struct pw_old_flush){0};
  }
}

void pw_history_flush(struct pw_history *history, uint64_t event, uint64_t oldest) {
  pw_history_settle(history, oldest);
  history->flush[history->flush[0].accepted != 0] = (struct pw_old_flush){event, UINT64_MAX};
  pw_forgotten_flush(&history->forgotten, oldest);
}

void pw_history_flushed(struct pw_history *history, uint64_t event, uint64_t cycle) {
  for (unsigned i = 0; i < 2; i++) {
    if (history->flush[i].done == UINT64_MAX) history->flush[i].done = event;
  }
  pw_forgotten_flushed(&history->forgotten, event, cycle);
}
