/* checker.c: a checker of any mode: each event, and each question, goes to the mode's own. */
#include <stdlib.h>

#include "strict_state.h"
#include "watch.h"

struct pw_checker {
  enum pw_check_mode mode;
  struct pw_strict *strict;
  struct pw_watch *watch; /* the other modes */
};

const char *pw_check_mode_name(unsigned mode) {
  static const char *const names[PW_CHECK_MODES] = {"strict", "observed", "window"};
  return mode < PW_CHECK_MODES ? names[mode] : NULL;
}

const char *pw_verdict_name(enum pw_verdict verdict) {
  static const char *const names[PW_VERDICTS] = {
      "MATCH", "LEGAL_STALE", "LEGAL_SPURIOUS_FAULT", "ILLEGAL_STALE", "ILLEGAL_NEGATIVE",
      "TORN",  "AD_MISSING",  "AD_SPURIOUS",          "WRONG",         "HANG"};
  return (unsigned)verdict < PW_VERDICTS ? names[verdict] : NULL;
}

/* A device behind the port contract has 64-bit paging; the steps of strict mode begin with a TLB on both paths. */
static bool can_be_checked(const struct pw_config *config, enum pw_check_mode mode) {
  unsigned serves = 0;
  for (uint32_t u = 0; u < config->tlb_count; u++) {
    if (config->tlbs[u].level == 1) serves |= config->tlbs[u].serves;
  }
  return config->mode >= PW_MODE_4LEVEL && (mode != PW_CHECK_STRICT || serves == PW_SERVES_BOTH);
}

static int create_mode(const struct pw_config *config, const struct pw_check_options *options,
                       struct pw_checker *checker) {
  switch (options->mode) {
    case PW_CHECK_STRICT: return pw_strict_create(config, *options, &checker->strict);
    case PW_CHECK_OBSERVED:
    case PW_CHECK_WINDOW: return pw_watch_create(config, *options, &checker->watch);
    case PW_CHECK_MODES: break;
  }
  return -PW_EINVAL;
}

int pw_checker_create(const struct pw_config *config, const struct pw_check_options *options,
                      struct pw_checker **checker) {
  *checker = NULL;
  if (pw_config_validate(config, NULL) || !can_be_checked(config, options->mode)) return -PW_ECONFIG;
  struct pw_checker *made = calloc(1, sizeof *made);
  if (!made) return -PW_ENOMEM;
  made->mode = options->mode;
  int status = create_mode(config, options, made);
  if (status) {
    pw_checker_destroy(made);
    return status;
  }
  *checker = made;
  return 0;
}

void pw_checker_destroy(struct pw_checker *checker) {
  if (!checker) return;
  pw_strict_destroy(checker->strict);
  pw_watch_destroy(checker->watch);
  free(checker);
}

enum pw_verdict pw_checker_take(struct pw_checker *checker, const struct pw_event *event) {
  return checker->strict ? pw_strict_take(checker->strict, event) : pw_watch_take(checker->watch, event);
}

enum pw_verdict pw_checker_check_hang(struct pw_checker *checker, uint64_t cycle) {
  return checker->strict ? pw_strict_check_hang(checker->strict, cycle) : pw_watch_check_hang(checker->watch, cycle);
}

enum pw_verdict pw_checker_finish(struct pw_checker *checker) {
  return checker->strict ? pw_strict_finish(checker->strict) : pw_watch_finish(checker->watch);
}

const char *pw_checker_explain(const struct pw_checker *checker) {
  return checker->strict ? checker->strict->text.text : checker->watch->text.text;
}

const struct pw_check_stats *pw_checker_stats(const struct pw_checker *checker) {
  return checker->strict ? &checker->strict->stats : &checker->watch->stats;
}

struct pw_physical_memory *pw_checker_memory(struct pw_checker *checker) {
  if (checker->strict) return checker->strict->memory;
  return checker->mode == PW_CHECK_WINDOW ? NULL : checker->watch->memory;
}

/* ---- strict mode alone ---- */

const struct pw_translation *pw_checker_last(const struct pw_checker *checker) {
  return checker->strict ? pw_strict_last(checker->strict) : NULL;
}
struct pw_memory_hierarchy *pw_checker_hierarchy(struct pw_checker *checker) {
  return checker->strict ? checker->strict->hierarchy : NULL;
}

int pw_checker_view(const struct pw_checker *checker, const struct pw_event *event, struct pw_check_view *view) {
  if (!checker->strict) return 0;
  view->record = pw_strict_last(checker->strict);
  view->in_slot = event->kind == PW_EVENT_LOOK_UP && pw_strict_is_in_slot(checker->strict, event);
  return 1;
}
