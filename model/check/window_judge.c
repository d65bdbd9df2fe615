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
  bool stale;      /* also what is no more */
  bool unbounded;  /* also what was killed */
  bool incomplete; /* something was forgotten, or there is too much of it */
  unsigned entries;
  bool explained;
  enum pw_verdict verdict;
  struct pw_chain chain; /* that explains */
  uint64_t kill;         /* unbounded: of what that chain used */
};

/* A chain on its way down. Values are as old as the event that replaced them; UINT64_MAX: they are there. */
struct path {
  struct pw_chain chain;
  uint64_t above_until; /* of the oldest of the values above the last one, and of the root */
  uint64_t until;       /* of the last entry's value */
  bool of_other;        /* from a root of another PCID: only a global page may be used */
};

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Accept of the latest kill that requires the key gone and was done when the request was accepted; 0 for none. */
static uint64_t bound_of(const struct search *search, uint64_t key, uint64_t *number) {
  const struct pw_registers *registers = &search->watch->registers;
  for (uint64_t n = registers->kills; n > 0 && registers->kills - n < PW_CHECK_OPERATIONS; n--) {
    const struct pw_kill *kill = pw_registers_kill(registers, n);
    bool done = kill->done && kill->done <= search->request->accepted;
    if (!done || !pw_kill_requires(kill, key)) continue;
    *number = n;
    return kill->accepted;
  }
  return 0;
}

/* The key of the paging-structure-cache entry above a chain's last one. */
static uint64_t key_above(const struct pw_chain *chain) {
  unsigned level = chain->level + 1u;
  uint64_t region = pw_key_region(chain->linear_address, PW_SMALL_PAGE_SHIFT + 9 * (level - 1));
  return pw_key_make(PW_KEY_PSC + level - 2, chain->pcid, region);
}

/*
 * May a device still use what this path took? What is not a page must have been so while the request was in flight,
 * below entries that a paging-structure cache may hold; a page may be held with all that is above it, or be read
 * through such a cache.
 */
static bool is_allowed(const struct search *search, const struct path *path, uint64_t *kill) {
  uint64_t lifetime = search->request->accepted, page = 0, ignored = 0;
  bool is_page = path->chain.end == PW_CHAIN_PAGE;
  if (path->of_other && !(is_page && (path->chain.attributes & PW_ATTR_GLOBAL))) return false;
  if (path->until >= lifetime && path->above_until >= lifetime) return true;
  if (is_page) page = bound_of(search, pw_chain_key(&path->chain), kill);
  if (is_page && path->above_until > page) return path->until > page;
  if (path->chain.level == path->chain.top || path->of_other) return false;
  uint64_t above = bound_of(search, key_above(&path->chain), is_page ? &ignored : kill);
  if (path->above_until <= above) return false;
  return is_page ? path->until > page : path->until >= lifetime;
}

/* A chain has ended. */
static void try_path(struct search *search, const struct path *path) {
  struct pw_answer legal = pw_chain_answer(&path->chain, &search->request->access, search->context);
  uint64_t lifetime = search->request->accepted, kill = 0;
  bool current = path->until >= lifetime && path->above_until >= lifetime && !path->of_other;
  if (!pw_answer_explains(&legal, search->answer) || (search->explained && !current)) return;
  if (!is_allowed(search, path, &kill) && !search->unbounded) return;
  search->explained = true;
  search->verdict = PW_VERDICT_MATCH;
  if (!current) search->verdict = pw_answer_stale_verdict(search->answer);
  search->chain = path->chain;
  search->kill = kill;
}

static void descend(struct search *search, const struct path *path);

static void take_reading(struct search *search, const struct path *path, const struct pw_check_context *rules,
                         uint64_t address, const struct pw_old_value *old) {
  struct path next = *path;
  next.above_until = earlier(path->above_until, path->until);
  next.until = old->until;
  pw_chain_append(&next.chain, rules, address, old->value, 0);
  if (next.chain.end == PW_CHAIN_OPEN) {
    descend(search, &next);
  } else {
    try_path(search, &next);
  }
}

/* With EFER.NXE = 0 an entry with bit 63 set is reserved, and what was read of it before NXE was cleared is old. */
static void take_value(struct search *search, const struct path *path, uint64_t address, uint64_t value,
                       uint64_t until) {
  struct pw_old_value old = {value, until};
  if (search->rules != search->context && (value & PW_ENTRY_XD)) {
    take_reading(search, path, search->context, address, &old);
    old.until = earlier(until, search->watch->registers.xd_ended);
  }
  take_reading(search, path, search->rules, address, &old);
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
  take_value(search, path, address, pw_physical_read64(search->watch->memory, address), UINT64_MAX);
  const struct pw_word_history *word = search->stale ? pw_history_find(search->watch->history, address) : NULL;
  if (!word) return;
  if (pw_history_lost(word)) search->incomplete = true;
  for (unsigned i = 0; i < pw_history_count(word); i++) {
    take_value(search, path, address, word->old[i].value, word->old[i].until);
  }
}

static void start(struct search *search, uint64_t root, unsigned pcid, uint64_t until) {
  struct path path = {.chain = pw_chain_start(search->context),
                      .above_until = UINT64_MAX,
                      .until = until,
                      .of_other = pcid != search->context->mode.pcid};
  path.chain.root_address = path.chain.table_address = root;
  descend(search, &path);
}

/* What the tables of the request's own registers hold now. */
static void search_current(struct search *search) {
  search->rules = search->context;
  start(search, search->context->mode.root_address, search->context->mode.pcid, UINT64_MAX);
}

static void search_roots(struct search *search) {
  const struct pw_history *history = search->watch->history;
  const struct pw_check_context *now = pw_registers_current(&search->watch->registers);
  start(search, search->context->mode.root_address, search->context->mode.pcid, UINT64_MAX);
  if (now->mode.paging) start(search, now->mode.root_address, now->mode.pcid, UINT64_MAX);
  for (uint64_t i = 0; i < history->roots && i < PW_HISTORY_ROOTS; i++) {
    start(search, history->root[i].address, history->root[i].pcid, history->root[i].until);
  }
  if (history->full || history->roots > PW_HISTORY_ROOTS) search->incomplete = true;
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
  if (!search->explained) return verdict;
  pw_text_append(&watch->text, "that is what these entries gave before:\n");
  pw_watch_explain_chain(watch, &search->chain, search->kill);
  return verdict;
}

enum pw_verdict pw_window_judge(struct pw_watch *watch, const struct pw_request *request,
                                const struct pw_check_context *context, const struct pw_answer *answer, bool *judged) {
  struct search search = {.watch = watch, .request = request, .context = context, .answer = answer};
  if (answer->fault == PW_RSP_BUS_ERROR) { /* nobody tells what memory answered */
    *judged = false;
    return PW_VERDICT_MATCH;
  }
  search_current(&search);
  if (!search.explained) search_old(&search);
  if (search.explained) return search.verdict;
  if (!search.incomplete) return give_up(&search);
  *judged = false;
  return PW_VERDICT_MATCH;
}
