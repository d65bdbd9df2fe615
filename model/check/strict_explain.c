/* strict_explain.c: says what was wrong, with the walk of the device and that of the model side by side. */
#include <stdio.h>
#include <string.h>

#include "strict_state.h"

static void append_request(struct pw_strict *strict, const struct pw_strict_transaction *tx) {
  pw_text_append(&strict->text, "#%llu accepted in cycle %llu, ", (unsigned long long)tx->number,
                 (unsigned long long)tx->accepted_cycle);
  pw_text_append_access(&strict->text, &tx->access);
  pw_text_append(&strict->text, "%s: ", tx->killed ? ", killed" : "");
}

/* ---- walks side by side ---- */

static void name_operation(const struct pw_walk_operation *operation, bool done, char *text, size_t size_bytes) {
  static const char *const results[] = {"", " no match", " bus error"};
  const char *result = done ? results[operation->result % 3] : "";
  unsigned long long address = operation->address, value = operation->value, desired = operation->desired;
  if (operation->swap) {
    snprintf(text, size_bytes, "swap %llx pwt/pcd %u: %llx -> %llx%s", address, operation->cache_control, value,
             desired, result);
  } else if (done) {
    snprintf(text, size_bytes, "read %llx pwt/pcd %u: %llx%s", address, operation->cache_control, value, result);
  } else {
    snprintf(text, size_bytes, "read %llx pwt/pcd %u", address, operation->cache_control);
  }
}

/* A script that was followed has been compared; another only lists what the device did. */
static void append_walks(struct pw_strict *strict, const struct pw_strict_transaction *tx) {
  const struct pw_walk_script *script = &tx->script;
  unsigned rows = script->count > script->wanted_count ? script->count : script->wanted_count;
  pw_text_append(&strict->text, "walk, attempt %u, from level %u (0: the root)\n  %-68s | %s\n", tx->record.attempts,
                 tx->record.psc_level, "device", script->wanted_count ? "model" : "model: not compared yet");
  for (unsigned i = 0; i < rows; i++) {
    char device[128] = "-", model[128] = "-";
    if (i < script->count) name_operation(&script->done[i], true, device, sizeof device);
    if (i < script->wanted_count) name_operation(&script->wanted[i], false, model, sizeof model);
    pw_text_append(&strict->text, "%c %-68s | %s\n", script->differs && i + 1 == script->wanted_count ? '>' : ' ',
                   device, model);
  }
}

/* What the model's record says of the translation so far. */
static void append_record(struct pw_strict *strict, const struct pw_strict_transaction *tx) {
  static const char *const outcomes[PW_OUTCOMES] = {"mapped", "#PF", "#GP", "#SS", "bus error", "dropped"};
  const struct pw_translation *t = &tx->record;
  pw_text_append(&strict->text, "model: hit level %u, walked %u, dirty walk %u, cycles %u", t->hit_level, t->walked,
                 t->dirty_walk, pw_translation_cycles(t));
  if (tx->answered || tx->state == PW_STRICT_READY || tx->state == PW_STRICT_AGAIN) {
    pw_text_append(&strict->text, ", %s, physical address %llx, attributes %x, error code %x", outcomes[t->outcome],
                   (unsigned long long)t->physical_address, t->attributes, t->error_code);
  }
  pw_text_append(&strict->text, "\n");
}

static void give_verdict(struct pw_strict *strict, enum pw_verdict verdict, uint64_t cycle) {
  strict->verdict = verdict;
  strict->text.text[0] = 0;
  pw_text_append(&strict->text, "cycle %llu: ", (unsigned long long)cycle);
}

void pw_strict_wrong(struct pw_strict *strict, const struct pw_strict_transaction *tx, const char *format, ...) {
  char what[256];
  va_list arguments;
  if (strict->verdict) return;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  give_verdict(strict, PW_VERDICT_WRONG, strict->cycle);
  if (tx) append_request(strict, tx);
  pw_text_append(&strict->text, "%s\n", what);
  if (!tx || tx->state == PW_STRICT_QUEUED) return;
  append_record(strict, tx);
  if (tx->has_script) append_walks(strict, tx);
}

void pw_strict_hang(struct pw_strict *strict, const struct pw_strict_transaction *tx, uint64_t cycle) {
  static const char *const waits[] = {[PW_STRICT_QUEUED] = "its first look-up",
                                      [PW_STRICT_LOOK_UP] = "the look-up of the next TLB level",
                                      [PW_STRICT_WALK] = "a walk",
                                      [PW_STRICT_WALKING] = "the end of its walk",
                                      [PW_STRICT_READY] = "its commit",
                                      [PW_STRICT_AGAIN] = "its second commit",
                                      [PW_STRICT_ENDED] = "its response"};
  if (strict->verdict) return;
  give_verdict(strict, PW_VERDICT_HANG, cycle);
  if (!tx) {
    pw_text_append(&strict->text, "the control operation accepted in cycle %llu is not done\n",
                   (unsigned long long)strict->control_cycle);
    return;
  }
  append_request(strict, tx);
  pw_text_append(&strict->text, "still waits for %s\n", waits[tx->state]);
  if (tx->state != PW_STRICT_QUEUED && tx->has_script) append_walks(strict, tx);
}
