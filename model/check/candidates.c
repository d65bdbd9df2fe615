/* candidates.c: a bounded set of chains in two hash tables, one of pages and one of tables. */
#include "candidates.h"

#include <string.h>

/* SplitMix64's finalizer. */
static uint64_t mix(uint64_t value) {
  value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
  return value ^ value >> 31;
}

/* The place does not depend on PCID and G, so that one look finds a global page too. */
static uint64_t hash_of_key(uint64_t key) { return mix(key & ~PW_KEY_PCID_FIELD); }
static uint64_t hash_of_table(uint64_t table_address) { return mix(table_address); }

static struct pw_candidate **bucket_of_key(struct pw_candidates *set, uint64_t key) {
  return &set->by_key[hash_of_key(key) % PW_CANDIDATE_BUCKETS];
}

static struct pw_candidate **bucket_of_table(struct pw_candidates *set, uint64_t table_address) {
  return &set->by_table[hash_of_table(table_address) % PW_CANDIDATE_BUCKETS];
}

static bool is_page(const struct pw_candidate *candidate) { return candidate->chain.end == PW_CHAIN_PAGE; }

void pw_candidates_reset(struct pw_candidates *set) {
  memset(set->by_key, 0, sizeof set->by_key);
  memset(set->by_table, 0, sizeof set->by_table);
  pw_forgotten_reset(&set->forgotten);
  set->oldest = set->newest = set->free = NULL;
  set->count = set->graves = 0;
  for (unsigned i = PW_CANDIDATES; i-- > 0;) {
    set->pool[i].next = set->free;
    set->free = &set->pool[i];
  }
}

/* ---- lists ---- */

static void list_as_newest(struct pw_candidates *set, struct pw_candidate *candidate) {
  candidate->older = set->newest;
  candidate->newer = NULL;
  *(candidate->older ? &candidate->older->newer : &set->oldest) = candidate;
  set->newest = candidate;
}

static void unlist(struct pw_candidates *set, struct pw_candidate *candidate) {
  *(candidate->older ? &candidate->older->newer : &set->oldest) = candidate->newer;
  *(candidate->newer ? &candidate->newer->older : &set->newest) = candidate->older;
}

static void hash(struct pw_candidates *set, struct pw_candidate *candidate) {
  struct pw_candidate **bucket = bucket_of_key(set, candidate->key);
  candidate->next = *bucket;
  *bucket = candidate;
  if (is_page(candidate)) return;
  bucket = bucket_of_table(set, candidate->chain.table_address);
  candidate->next_of_table = *bucket;
  *bucket = candidate;
}

static void unhash(struct pw_candidates *set, struct pw_candidate *candidate) {
  struct pw_candidate **at = bucket_of_key(set, candidate->key);
  while (*at != candidate) at = &(*at)->next;
  *at = candidate->next;
  if (is_page(candidate)) return;
  at = bucket_of_table(set, candidate->chain.table_address);
  while (*at != candidate) at = &(*at)->next_of_table;
  *at = candidate->next_of_table;
}

static void drop(struct pw_candidates *set, struct pw_candidate *candidate) {
  unhash(set, candidate);
  unlist(set, candidate);
  candidate->next = set->free;
  set->free = candidate;
  set->count--;
}

static void forget_oldest(struct pw_candidates *set) {
  struct pw_candidate *candidate = set->oldest;
  uint64_t hash = is_page(candidate) ? hash_of_key(candidate->key) : hash_of_table(candidate->chain.table_address);
  pw_forgotten_add(&set->forgotten, hash);
  drop(set, candidate);
}

/* ---- adding ---- */

static struct pw_candidate *find_same(struct pw_candidates *set, const struct pw_candidate *wanted) {
  for (struct pw_candidate *at = *bucket_of_key(set, wanted->key); at; at = at->next) {
    if (at->key == wanted->key && pw_chain_is_same(&at->chain, &wanted->chain)) return at;
  }
  return NULL;
}

/* What was killed later, or not at all, may be used by whoever may use the other. */
static void renew(struct pw_candidates *set, struct pw_candidate *same, const struct pw_candidate *made) {
  if (pw_kill_latest(same->kill, made->kill) == made->kill) {
    same->kill = made->kill;
    same->cycle = made->cycle;
    same->chain = made->chain;
  }
  unlist(set, same);
  list_as_newest(set, same);
}

void pw_candidates_add(struct pw_candidates *set, const struct pw_chain *chain, uint64_t kill, uint64_t cycle) {
  struct pw_candidate made = {.key = pw_chain_key(chain), .kill = kill, .cycle = cycle, .chain = *chain};
  struct pw_candidate *same = find_same(set, &made);
  if (same) {
    renew(set, same, &made);
    return;
  }
  if (!set->free) forget_oldest(set);
  struct pw_candidate *candidate = set->free;
  set->free = candidate->next;
  *candidate = made;
  hash(set, candidate);
  list_as_newest(set, candidate);
  set->count++;
}

/* ---- finding ---- */

static const uint8_t page_shifts[] = {12, 21, 30};
#define PAGE_SIZES (sizeof page_shifts / sizeof *page_shifts)

static uint64_t page_key(uint64_t linear_address, unsigned shift) {
  return pw_key_make(pw_key_class_of_page(shift), 0, pw_key_region(linear_address, shift));
}

static unsigned size_index(const struct pw_candidate *candidate) { return candidate->chain.level - 1u; }

struct pw_candidate *pw_candidates_next_page(struct pw_candidates *set, struct pw_candidate *last,
                                             uint64_t linear_address, unsigned pcid) {
  struct pw_candidate *at = last ? last->next : NULL;
  for (unsigned size = last ? size_index(last) : 0; size < PAGE_SIZES; size++) {
    uint64_t key = page_key(linear_address, page_shifts[size]);
    if (!last || size != size_index(last)) at = *bucket_of_key(set, key);
    for (; at; at = at->next) {
      bool of_pcid = pw_key_is_global(at->key) || at->chain.pcid == pcid;
      if ((at->key & ~PW_KEY_PCID_FIELD) == key && of_pcid) return at;
    }
  }
  return NULL;
}

struct pw_candidate *pw_candidates_next_table(struct pw_candidates *set, struct pw_candidate *last,
                                              uint64_t table_address) {
  struct pw_candidate *at = last ? last->next_of_table : *bucket_of_table(set, table_address);
  while (at && at->chain.table_address != table_address) at = at->next_of_table;
  return at;
}

bool pw_candidates_forgot_page(const struct pw_candidates *set, uint64_t linear_address, uint64_t accepted) {
  for (unsigned size = 0; size < PAGE_SIZES; size++) {
    uint64_t hash = hash_of_key(page_key(linear_address, page_shifts[size]));
    if (pw_forgotten_has(&set->forgotten, hash, accepted)) return true;
  }
  return false;
}

bool pw_candidates_forgot_table(const struct pw_candidates *set, uint64_t table_address, uint64_t accepted) {
  return pw_forgotten_has(&set->forgotten, hash_of_table(table_address), accepted);
}

/* ---- killing ---- */

void pw_candidates_kill(struct pw_candidates *set, const struct pw_kill *kill) {
  for (struct pw_candidate *at = set->oldest; at; at = at->newer) {
    struct pw_cached cached = pw_candidate_cached(at);
    if (!at->kill && pw_kill_requires(kill, &cached)) at->kill = kill->number;
  }
}

/* Of a larger page only a piece is known to have gone: pw_registers_dropped tells, when it is to be used. */
static bool is_killed_whole(const struct pw_kill *fault, unsigned key_class) {
  return key_class >= PW_KEY_PSC || pw_kill_shift(key_class) <= fault->page_shift;
}

void pw_candidates_kill_address(struct pw_candidates *set, const struct pw_kill *fault) {
  for (unsigned class = 0; class < PW_KEY_CLASSES; class ++) {
    if (!is_killed_whole(fault, class)) continue;
    uint64_t key = pw_key_make(class, 0, pw_key_region(fault->data, pw_kill_shift(class)));
    for (struct pw_candidate *at = *bucket_of_key(set, key); at; at = at->next) {
      struct pw_cached cached = pw_candidate_cached(at);
      bool drops =
          !at->kill && pw_kill_requires(fault, &cached) && pw_chain_was_read_before(&at->chain, fault->accepted);
      if (drops) at->kill = fault->number;
    }
  }
}

void pw_candidates_bury(struct pw_candidates *set, const struct pw_registers *registers, uint64_t oldest) {
  for (struct pw_candidate *at = set->oldest, *newer; at; at = newer) {
    newer = at->newer;
    if (pw_registers_may_use(registers, at->kill, oldest)) continue;
    set->grave[set->graves++ % PW_CANDIDATE_GRAVES] = *at;
    drop(set, at);
  }
}
