/*
 * window_judge.c: answers of a black box: is there a walk that takes from each entry a value that it had, and that
 * nothing has required gone since?
 *
 * What the tables say now is tried first, and is nearly always the answer. A and D are a device's to set, and nobody
 * tells when it does, so they are not looked at.
 */
#include "watch.h"

#define SEARCH_ENTRIES 20000 /* looked at for one answer, at most */

struct search {
  struct pw_watch *watch;
  const struct pw_request *request;
  const struct pw_check_context *context; /* of the request */
  const struct pw_check_context *rules;   /* that entries are read by */
  const struct pw_answer *answer;
  bool stale;            /* also what is no more */
  bool unbounded;        /* also what was killed */
  bool incomplete;       /* something that could matter was forgotten, or there is too much of it */
  bool kills_lost;       /* a kill that is not known any more could bind what bound_of was last asked for */
  uint64_t useful_after; /* of the request's own PCID; UINT64_MAX: not yet known */
  unsigned entries;
  bool explained;
  enum pw_verdict verdict;
  struct pw_chain chain; /* that explains */
  struct pw_chain now;   /* what the tables say; without entries when that was not found */
  uint64_t kill;         /* unbounded: of what that chain used */
  uint64_t bound_by;     /* number of the kill that the last bound_of found */
};

/*
 * A chain on its way down, and when the values that it took began and ended, by level; that of the level above the top
 * is the root. Times are events; what is there still ends at UINT64_MAX.
 */
struct path {
  struct pw_chain chain;
  uint64_t since[PW_MAX_LEVELS + 2];
  uint64_t until[PW_MAX_LEVELS + 2];
  uint64_t walked_until; /* when the last walk ended that had begun before the root did */
  bool of_other;         /* from a root of another PCID: only a global page may be used */
};

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t later(uint64_t a, uint64_t b) { return a > b ? a : b; }

/*
 * The last time up to `until` that something had to go, by an operation that was done when the request was accepted; 0
 * for never.
 */
static uint64_t bound_of(struct search *search, uint64_t key, const struct path *path, uint64_t until) {
  const struct pw_registers *registers = &search->watch->registers;
  struct pw_cached cached = {key, search->request->access.linear_address, path->chain.pcid};
  uint64_t over = search->watch->history->over, bound = 0;
  uint64_t least = over <= until ? over : 0; /* also when that operation is not known any more */
  for (uint64_t n = registers->kills; n > 0; n--) {
    if (registers->kills - n >= PW_CHECK_OPERATIONS) {
      search->kills_lost = true;
      break;
    }
    const struct pw_kill *kill = pw_registers_kill(registers, n);
    bool done = kill->done && kill->done <= search->request->accepted;
    uint64_t known = kill->op == PW_CHECK_PAGE_FAULT ? kill->done : kill->accepted;
    if (bound >= known || least > known) break; /* and so are all that came before */
    if (!done || kill->accepted > until || kill->accepted <= bound || !pw_kill_requires(kill, &cached)) continue;
    bound = kill->accepted;
    search->bound_by = n;
  }
  return later(bound, least);
}

/* The key of the paging-structure-cache entry that holds a level's entry of the chain. */
static uint64_t key_of(const struct pw_chain *chain, unsigned level) {
  uint64_t region = pw_key_region(chain->linear_address, PW_SMALL_PAGE_SHIFT + 9 * (level - 1));
  return pw_key_make(PW_KEY_PSC + level - 2, chain->pcid, region);
}

/* Were all values of the path there at some time since the request was accepted? */
static bool is_current(const struct search *search, const struct path *path) {
  for (unsigned level = path->chain.level; level <= path->chain.top + 1u; level++) {
    if (path->until[level] < search->request->accepted) return false;
  }
  return !path->of_other;
}

/*
 * Until when was the path's top table the root, for what was read of it after `first`? Walks that had begun before go
 * on, but what they read was killed by the first operation since that reached it, the one that ended the root included
 * (port contract, "ctl").
 */
static uint64_t root_end(const struct path *path, uint64_t first) {
  uint64_t until = path->until[path->chain.top + 1];
  return first < until ? later(until, path->walked_until) : until;
}

/*
 * May a device still use what this path took? The last entry was read at some time while it had its value: a page after
 * it last had to go, what is no page while the request was in flight. Each entry above was read then too, or before,
 * and was held in a paging-structure cache meanwhile, where nothing required it gone; the top one while its table was
 * the root. The times at which an entry can have been read are an interval between two events, which that below
 * determines. An operation can be both: what it killed was read before, and the root that it replaced was no longer
 * read after it.
 */
static bool is_allowed(struct search *search, const struct path *path) {
  const struct pw_chain *chain = &path->chain;
  bool is_page = chain->end == PW_CHAIN_PAGE;
  search->bound_by = 0;
  search->kills_lost = false;
  uint64_t first = is_page ? bound_of(search, pw_chain_key(chain), path, UINT64_MAX) : search->request->accepted;
  uint64_t last = UINT64_MAX;
  for (unsigned level = chain->level; level <= chain->top; level++) {
    if (level > chain->level) first = bound_of(search, key_of(chain, level), path, first);
    last = earlier(last, path->until[level]);
    if (level == chain->top) last = earlier(last, root_end(path, first));
    if (first >= last) return false;
    search->bound_by = 0; /* no kill is to blame for what follows */
    first = later(first, path->since[level]);
    if (level == chain->top) first = later(first, path->since[level + 1]);
    if (first >= last) return false;
  }
  return true;
}

/* A chain has ended. */
static void try_path(struct search *search, const struct path *path) {
  struct pw_answer legal = pw_chain_answer(&path->chain, &search->request->access, search->context);
  bool current = is_current(search, path), is_page = path->chain.end == PW_CHAIN_PAGE;
  if (path->of_other && !(is_page && (path->chain.attributes & PW_ATTR_GLOBAL))) return;
  if (current) search->now = path->chain;
  if (!pw_answer_explains(&legal, search->answer) || (search->explained && !current)) return;
  if (!current && !is_allowed(search, path) && !search->unbounded) return;
  search->explained = true;
  search->verdict = PW_VERDICT_MATCH;
  if (!current) search->verdict = pw_answer_stale_verdict(search->answer);
  search->chain = path->chain;
  search->kill = search->bound_by;
  search->incomplete |= !current && search->kills_lost;
}

static void descend(struct search *search, const struct path *path);

struct timed_value {
  uint64_t value;
  uint64_t since;
  uint64_t until;
};

static void take_reading(struct search *search, const struct path *path, const struct pw_check_context *rules,
                         uint64_t address, const struct timed_value *timed) {
  struct path next = *path;
  next.since[path->chain.level - 1] = timed->since;
  next.until[path->chain.level - 1] = timed->until;
  pw_chain_append(&next.chain, rules, address, timed->value, 0);
  if (next.chain.end == PW_CHAIN_OPEN) {
    descend(search, &next);
  } else {
    try_path(search, &next);
  }
}

/* With EFER.NXE = 0 an entry with bit 63 set is reserved, and what was read of it before NXE was cleared is old. */
static void take_value(struct search *search, const struct path *path, uint64_t address, struct timed_value timed) {
  if (search->rules != search->context && (timed.value & PW_ENTRY_XD)) {
    take_reading(search, path, search->context, address, &timed);
    timed.until = earlier(timed.until, search->watch->registers.xd_ended);
  }
  take_reading(search, path, search->rules, address, &timed);
}

/* Values that a word had, each from the end of the one before. Returns when the present one began. */
static uint64_t take_old_values(struct search *search, const struct path *path, const struct pw_word_history *word) {
  unsigned count = pw_history_count(word);
  uint64_t since = word->lost_until;
  for (unsigned i = 0; i < count; i++) {
    const struct pw_old_value *old = &word->old[(word->count - count + i) % PW_HISTORY_VALUES];
    take_value(search, path, word->address, (struct timed_value){old->value, since, old->until});
    since = old->until;
  }
  return since;
}

/* The last time at which everything had to go that may be held for the address under a PCID, or global. */
static uint64_t everything_went(struct search *search, unsigned pcid) {
  struct path path = {.chain = pw_chain_start(search->context)};
  uint64_t went = UINT64_MAX;
  path.chain.linear_address = search->request->access.linear_address;
  path.chain.pcid = (uint16_t)pcid;
  for (unsigned level = 2; level <= path.chain.top; level++) {
    went = earlier(went, bound_of(search, key_of(&path.chain, level), &path, UINT64_MAX));
  }
  for (unsigned level = 1; level <= 3; level++) {
    unsigned shift = PW_SMALL_PAGE_SHIFT + 9 * (level - 1);
    uint64_t region = pw_key_region(path.chain.linear_address, shift), class = pw_key_class_of_page(shift);
    went = earlier(went, bound_of(search, pw_key_make((unsigned)class, pcid, region), &path, UINT64_MAX));
    went = earlier(went, bound_of(search, pw_key_make((unsigned)class, PW_KEY_GLOBAL_PCID, region), &path, UINT64_MAX));
  }
  return went;
}

/* What ended before this cannot matter to a path, whatever it was. */
static uint64_t useful_after(struct search *search, const struct path *path) {
  if (path->of_other) return everything_went(search, path->chain.pcid);
  if (search->useful_after == UINT64_MAX) search->useful_after = everything_went(search, path->chain.pcid);
  return search->useful_after;
}

/* Was a value of the word forgotten that could matter? */
static bool has_lost_value(struct search *search, const struct path *path, const struct pw_word_history *word,
                           uint64_t address) {
  if (word && word->lost_until && word->lost_until > useful_after(search, path)) return true;
  return pw_history_forgot_word(search->watch->history, address, search->request->accepted);
}

static void descend(struct search *search, const struct path *path) {
  unsigned level = path->chain.level - 1u;
  uint64_t address = path->chain.table_address +
                     pw_entry_offset(&search->rules->mode.rules, level, search->request->access.linear_address);
  if (search->explained && search->verdict == PW_VERDICT_MATCH) return;
  if (++search->entries > SEARCH_ENTRIES) {
    search->incomplete = true;
    return;
  }
  const struct pw_word_history *word = pw_history_find(search->watch->history, address);
  if (has_lost_value(search, path, word, address)) search->incomplete = true;
  uint64_t since = word && search->stale ? take_old_values(search, path, word) : 0;
  uint64_t value = pw_physical_read64(search->watch->memory, address);
  take_value(search, path, address, (struct timed_value){value, since, UINT64_MAX});
}

static void start(struct search *search, const struct pw_old_root *root) {
  struct path path = {.chain = pw_chain_start(search->context), .of_other = root->pcid != search->context->mode.pcid};
  path.since[path.chain.level] = root->since;
  path.until[path.chain.level] = root->until;
  path.walked_until = root->walked_until;
  path.chain.root_address = path.chain.table_address = root->address;
  path.chain.pcid = (uint16_t)root->pcid;
  descend(search, &path);
}

/* The root of registers that are in use, by a request at least. */
static struct pw_old_root root_of(const struct search *search, const struct pw_check_context *context) {
  const struct pw_history *history = search->watch->history;
  const struct pw_translation_mode *mode = &context->mode,
                                   *now = &pw_registers_current(&search->watch->registers)->mode;
  bool is_present = mode->root_address == now->root_address && mode->pcid == now->pcid;
  uint64_t since = is_present ? history->root_since : pw_history_root_since(history, mode->root_address, mode->pcid, 0);
  return (struct pw_old_root){mode->root_address, since, UINT64_MAX, UINT64_MAX, mode->pcid};
}

static bool is_same_root(const struct pw_old_root *a, const struct pw_old_root *b) {
  return a->address == b->address && a->pcid == b->pcid;
}

/* What the tables of the request's own registers hold now. */
static void search_current(struct search *search) {
  struct pw_old_root own = root_of(search, search->context);
  const struct pw_history *history = search->watch->history;
  search->rules = search->context;
  start(search, &own);
  if (history->lost_root_until > history->over) search->incomplete = true; /* of any PCID */
}

/* The request's own, the present one, and those that were before. */
static void search_roots(struct search *search) {
  const struct pw_history *history = search->watch->history;
  const struct pw_check_context *now = pw_registers_current(&search->watch->registers);
  struct pw_old_root own = root_of(search, search->context);
  struct pw_old_root present = now->mode.paging ? root_of(search, now) : own;
  start(search, &own);
  if (!is_same_root(&own, &present)) start(search, &present);
  for (unsigned i = 0; i < history->roots; i++) {
    const struct pw_old_root *root = &history->root[i];
    if (!is_same_root(root, &own) && !is_same_root(root, &present)) start(search, root);
  }
}

/* Everything that a device may still hold; with EFER.NXE = 0 also what was read when it was 1. */
static void search_old(struct search *search) {
  const struct pw_config *config = &search->watch->config;
  struct pw_rule_inputs inputs = {
      .physical_address_bits = config->physical_address_bits, .pages_1gb = config->pages_1gb, .pse = true, .nxe = true};
  search->stale = true;
  search->entries = 0;
  search_roots(search);
  if (search->context->mode.rules.xd_bit) return;
  struct pw_check_context with_nxe = *search->context;
  with_nxe.mode.rules = pw_walk_rules_make(with_nxe.mode.mode, inputs);
  search->rules = &with_nxe;
  search_roots(search);
  search->rules = search->context;
}

/* Of A nothing is known. */
static void explain(struct search *search, const char *what, const struct pw_chain *chain, uint64_t kill) {
  struct pw_chain shown = *chain;
  shown.accessed = UINT8_MAX;
  pw_text_append(&search->watch->text, "%s", what);
  pw_watch_explain_chain(search->watch, &shown, kill);
}

static enum pw_verdict give_up(struct search *search) {
  struct pw_watch *watch = search->watch;
  enum pw_verdict verdict = PW_VERDICT_WRONG;
  search->unbounded = true;
  search_old(search);
  if (pw_answer_is_negative(search->answer, &search->request->access, search->context)) {
    verdict = PW_VERDICT_ILLEGAL_NEGATIVE; /* whatever was there before: it is never cached */
  } else if (search->explained) {
    verdict = PW_VERDICT_ILLEGAL_STALE;
  }
  pw_watch_explain_answer(watch, verdict, search->request, search->answer);
  if (search->explained) explain(search, "that is what these entries gave before:\n", &search->chain, search->kill);
  if (search->now.level) explain(search, "legal is what the tables say:\n", &search->now, 0);
  return verdict;
}

enum pw_verdict pw_window_judge(struct pw_watch *watch, const struct pw_request *request,
                                const struct pw_check_context *context, const struct pw_answer *answer, bool *judged) {
  struct search search = {
      .watch = watch, .request = request, .context = context, .answer = answer, .useful_after = UINT64_MAX};
  if (answer->fault == PW_RSP_BUS_ERROR) { /* nobody tells what memory answered */
    *judged = false;
    return PW_VERDICT_MATCH;
  }
  pw_history_settle(watch->history, pw_watch_oldest(watch));
  search_current(&search);
  if (!search.explained) search_old(&search);
  if (search.explained) {
    watch->stats.blind += search.incomplete;
    return search.verdict;
  }
  if (!search.incomplete) return give_up(&search);
  *judged = false;
  return PW_VERDICT_MATCH;
}
