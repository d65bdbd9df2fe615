/* watch_explain.c: says of an illegal answer what would have been legal, since when, and what killed what was used.
 */
#include "watch.h"

#define EXPLAINED_CHAINS 6
#define EXPLAINED_TABLES 3

void pw_watch_end(struct pw_watch *watch, enum pw_verdict verdict, const char *format, ...) {
  va_list arguments;
  if (watch->verdict) return;
  watch->verdict = verdict;
  watch->text.text[0] = 0;
  pw_text_append(&watch->text, "cycle %llu: ", (unsigned long long)watch->cycle);
  va_start(arguments, format);
  pw_text_append_list(&watch->text, format, arguments);
  va_end(arguments);
}

static void append_kill(struct pw_check_text *text, const struct pw_kill *kill) {
  unsigned long long data = kill->data, cycle = kill->cycle;
  const char *name = kill->op == PW_CHECK_PAGE_FAULT ? "page fault" : pw_control_op_name(kill->op);
  pw_text_append(text, "    killed by %s 0x%llx pcid %u of cycle %llu%s\n", name, data, kill->pcid, cycle,
                 kill->done ? "" : ", which is not done");
}

void pw_watch_explain_chain(struct pw_watch *watch, const struct pw_chain *chain, uint64_t kill) {
  static const char *const ends[] = {"table at", "page at", "not present", "reserved bit set", "bus error"};
  struct pw_check_text *text = &watch->text;
  pw_text_append(text, "  %s", ends[chain->end]);
  if (chain->end <= PW_CHAIN_PAGE) {
    pw_text_append(text, " 0x%llx %s%s%s%s%s", (unsigned long long)chain->table_address,
                   chain->attributes & PW_ATTR_WRITE ? "w" : "-", chain->attributes & PW_ATTR_USER ? "u" : "-",
                   chain->attributes & PW_ATTR_EXECUTE ? "x" : "-", chain->attributes & PW_ATTR_GLOBAL ? "g" : "-",
                   chain->attributes & PW_ATTR_DIRTY ? "d" : "-");
  }
  pw_text_append(text, ", pcid %u, by", chain->pcid);
  for (unsigned level = chain->top; level >= chain->level; level--) {
    const struct pw_chain_entry *entry = &chain->entry[level];
    pw_text_append(text, " %s[0x%llx] = 0x%llx%s", pw_level_name(level), (unsigned long long)entry->address,
                   (unsigned long long)entry->value, chain->accessed >> level & 1 ? "" : " (A not set)");
  }
  pw_text_append(text, "\n");
  if (kill) append_kill(text, pw_registers_kill(&watch->registers, kill));
}

static void append_answer(struct pw_check_text *text, const struct pw_answer *answer) {
  static const char *const faults[] = {"mapped", "#PF", "#GP", "#SS", "bus error", "dropped"};
  static const char *const sizes[] = {"4K", "2M", "1G", "?"};
  pw_text_append(text, "%s", answer->fault < PW_RSP_FAULTS ? faults[answer->fault] : "?");
  if (answer->fault == PW_RSP_PAGE_FAULT) pw_text_append(text, " error code 0x%x", answer->error_code);
  if (answer->fault != PW_RSP_NONE) return;
  pw_text_append(text, " 0x%llx in a %s page, memory type %u%s", (unsigned long long)answer->physical_address,
                 sizes[answer->page_level & 3], answer->memory_type, answer->global ? ", global" : "");
}

/* What a device may have held for the request, each with what it would have answered. */
static void append_candidates(struct pw_watch *watch, const struct pw_request *request) {
  const struct pw_check_context *context = pw_registers_context(&watch->registers, request->context);
  struct pw_candidate *at = NULL;
  unsigned listed = 0;
  while ((at = pw_candidates_next_page(&watch->candidates, at, request->access.linear_address, context->mode.pcid))) {
    struct pw_answer answer = pw_chain_answer(&at->chain, &request->access, context);
    bool legal = !at->kill || pw_registers_may_use(&watch->registers, at->kill, request->accepted);
    if (listed++ == EXPLAINED_CHAINS) return;
    pw_text_append(&watch->text, "%s: ", legal ? "legal since" : "legal until it was killed, since");
    pw_text_append(&watch->text, "cycle %llu: ", (unsigned long long)at->cycle);
    append_answer(&watch->text, &answer);
    pw_text_append(&watch->text, "\n");
    pw_watch_explain_chain(watch, &at->chain, at->kill);
  }
  if (!listed) pw_text_append(&watch->text, "nothing that was read may be cached for this address\n");
}

/* What led to tables below which the address lies, until an operation or a page fault took it away. */
static void append_tables(struct pw_watch *watch, const struct pw_request *request) {
  unsigned pcid = pw_registers_context(&watch->registers, request->context)->mode.pcid, listed = 0;
  for (const struct pw_candidate *at = watch->candidates.newest; at && listed < EXPLAINED_TABLES; at = at->older) {
    bool led = at->chain.end == PW_CHAIN_OPEN && at->chain.pcid == pcid &&
               pw_chain_covers(&at->chain, request->access.linear_address);
    if (!led || !at->kill || pw_registers_may_use(&watch->registers, at->kill, request->accepted)) continue;
    listed++;
    pw_text_append(&watch->text, "led to a table until it was killed, since cycle %llu:\n",
                   (unsigned long long)at->cycle);
    pw_watch_explain_chain(watch, &at->chain, at->kill);
  }
}

static void append_facts(struct pw_watch *watch, const struct pw_request *request) {
  unsigned listed = 0;
  for (uint64_t i = watch->facts; i > 0 && watch->facts - i < PW_FACTS && listed < EXPLAINED_CHAINS; i--) {
    const struct pw_fact *fact = &watch->fact[(i - 1) % PW_FACTS];
    if (fact->event < request->accepted) break;
    if (!pw_chain_covers(&fact->walk.chain, request->access.linear_address)) continue;
    listed++;
    pw_text_append(&watch->text, "read while it was in flight, cycle %llu:\n", (unsigned long long)fact->cycle);
    pw_watch_explain_chain(watch, &fact->walk.chain, fact->walk.kill);
  }
  if (!listed) pw_text_append(&watch->text, "no walk of this address ended while it was in flight\n");
}

void pw_watch_explain_answer(struct pw_watch *watch, enum pw_verdict verdict, const struct pw_request *request,
                             const struct pw_answer *answer) {
  pw_watch_end(watch, verdict, "#%llu accepted in cycle %llu, ", (unsigned long long)request->number,
               (unsigned long long)request->accepted_cycle);
  pw_text_append_access(&watch->text, &request->access);
  pw_text_append(&watch->text, ": %s: device answers ", pw_verdict_name(verdict));
  append_answer(&watch->text, answer);
  pw_text_append(&watch->text, "\n");
}

void pw_watch_explain_known(struct pw_watch *watch, const struct pw_request *request,
                            const struct pw_candidate *killed) {
  if (killed) {
    pw_text_append(&watch->text, "that is what was read up to cycle %llu:\n", (unsigned long long)killed->cycle);
    pw_watch_explain_chain(watch, &killed->chain, killed->kill);
  }
  append_candidates(watch, request);
  append_facts(watch, request);
  if (!watch->history) append_tables(watch, request);
}
