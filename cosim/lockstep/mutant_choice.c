/* mutant_choice.c: which mutant the options mean. */
#include <stdlib.h>
#include <string.h>

#include "session.h"

#define MANIFEST "cosim/mutants/mutants.yaml"

/* Of a device that the user names only numbers are known, and how many when it has been opened. */
static int choose_number(struct session *session) {
  const char *text = session->options.mutant;
  char *end;
  unsigned long number = strtoul(text, &end, 10);
  if (*text < '0' || *text > '9' || *end || number > UINT32_MAX) {
    fprintf(stderr, "--mutant %s: with --device it must be a number or all\n", text);
    return EXIT_USAGE;
  }
  session->mutant = (uint32_t)number;
  return EXIT_GOOD;
}

static int load_manifest(struct session *session) {
  struct pw_diag diag;
  char *sources = rtl_sources_path(&diag);
  if (!sources) return print_diag(&diag);
  session->manifest_path = malloc(strlen(sources) + sizeof "/" MANIFEST);
  if (session->manifest_path) sprintf(session->manifest_path, "%s/%s", sources, MANIFEST);
  free(sources);
  if (!session->manifest_path) return print_status("mutants", -PW_ENOMEM);
  return mutant_manifest_load(session->manifest_path, &session->mutants, &diag) ? print_diag(&diag) : EXIT_GOOD;
}

/* What the manifest says about runs of the mutant, where the options say nothing. */
static void take_ways(struct session *session, const struct mutant *mutant) {
  struct cosim_options *options = &session->options;
  if (options->task == TASK_TRACE) return; /* strict, and no episodes */
  if (!options->mode_given) options->mode = mutant->mode;
  if (options->traffic < 0) options->traffic = mutant->traffic;
}

int session_choose_mutant(struct session *session) {
  const struct cosim_options *options = &session->options;
  if (!options->mutant) return EXIT_GOOD;
  if (options->device) return options->task == TASK_MUTANTS ? EXIT_GOOD : choose_number(session);
  int code = load_manifest(session);
  if (code != EXIT_GOOD || options->task == TASK_MUTANTS) return code;
  int64_t number = mutant_manifest_find(&session->mutants, options->mutant);
  if (number < 0) {
    fprintf(stderr, "--mutant %s: %s has no such name, and numbers 0..%zu\n", options->mutant, session->manifest_path,
            session->mutants.mutants + session->mutants.legal);
    return EXIT_USAGE;
  }
  session->mutant = (uint32_t)number;
  if (number) take_ways(session, &session->mutants.list[number - 1]);
  return EXIT_GOOD;
}

void session_forget_mutants(struct session *session) {
  mutant_manifest_free(&session->mutants);
  free(session->manifest_path);
}
