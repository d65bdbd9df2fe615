/* mutant_run.c: every mutant and every legal variation in turn: can the checker tell them apart? */
#include <inttypes.h>
#include <stdlib.h>

#include "mutant_matrix.h"
#include "report.h"

/* Trials in the order of the report: the device itself, then mutants, then legal variations. */
struct mutant_run {
  struct session *session;
  struct trial *trials;
  size_t count;
  struct mutant_matrix matrix;
};

static struct trial *add_trial(struct mutant_run *run, uint32_t mutant, enum pw_check_mode mode, int traffic) {
  int given = run->session->options.traffic;
  struct trial *trial = &run->trials[run->count++];
  *trial = (struct trial){.mutant = mutant, .mode = mode, .traffic = given < 0 ? traffic : given};
  return trial;
}

static void add_mutant(struct mutant_run *run, uint32_t number, const struct mutant *mutant) {
  struct mutant_matrix *matrix = &run->matrix;
  enum pw_check_mode mode = mutant ? mutant->mode : run->session->options.mode;
  matrix->mutants[matrix->mutant_count++] =
      (struct mutant_row){mutant, number, add_trial(run, number, mode, mutant ? mutant->traffic : -1)};
  if (mutant) run->trials[run->count - 1].awaited = mutant->verdict;
}

static void add_legal(struct mutant_run *run, uint32_t number, const struct mutant *mutant) {
  struct mutant_matrix *matrix = &run->matrix;
  struct legal_row *row = &matrix->legal[matrix->legal_count++];
  *row = (struct legal_row){.mutant = mutant, .number = number};
  row->observed = add_trial(run, number, PW_CHECK_OBSERVED, mutant->traffic);
  row->window = add_trial(run, number, PW_CHECK_WINDOW, mutant->traffic);
  row->strict = add_trial(run, number, PW_CHECK_STRICT, mutant->traffic);
}

/* The device itself is tried in every mode that is used. */
static void add_itself(struct mutant_run *run) {
  const struct cosim_options *options = &run->session->options;
  run->matrix.itself = &run->trials[run->count];
  for (unsigned mode = 0; mode < PW_CHECK_MODES; mode++) {
    if (!options->device || mode == (unsigned)options->mode) add_trial(run, 0, (enum pw_check_mode)mode, -1);
  }
  run->matrix.itself_count = run->count;
}

static void add_all(struct mutant_run *run) {
  const struct mutant_manifest *manifest = &run->session->mutants;
  add_itself(run);
  if (run->session->options.device) {
    for (uint32_t i = 1; i <= run->session->device.api->mutants; i++) add_mutant(run, i, NULL);
    return;
  }
  for (size_t i = 0; i < manifest->mutants + manifest->legal; i++) {
    const struct mutant *mutant = &manifest->list[i];
    if (mutant->legal) {
      add_legal(run, (uint32_t)i + 1, mutant);
    } else {
      add_mutant(run, (uint32_t)i + 1, mutant);
    }
  }
}

static bool make_room(struct mutant_run *run) {
  size_t mutants = run->session->device.api->mutants, legal = run->session->mutants.legal;
  run->trials = calloc(PW_CHECK_MODES + mutants + 2 * legal, sizeof *run->trials);
  run->matrix.mutants = calloc(mutants + 1, sizeof *run->matrix.mutants);
  run->matrix.legal = calloc(legal + 1, sizeof *run->matrix.legal);
  return run->trials && run->matrix.mutants && run->matrix.legal;
}

static int judge(struct mutant_run *run) {
  const struct cosim_options *options = &run->session->options;
  add_all(run);
  trials_run(run->session, run->trials, run->count);
  int code = options->json ? matrix_write_json(&run->matrix, options->json) : EXIT_GOOD;
  matrix_print(&run->matrix);
  if (code != EXIT_GOOD) return code;
  return matrix_is_good(&run->matrix) ? EXIT_GOOD : EXIT_FOUND;
}

int task_mutants(struct session *session) {
  const struct cosim_options *options = &session->options;
  struct mutant_run run = {.session = session, .matrix = {.session = session}};
  char summary[512];
  if (check_output(options->json)) return EXIT_USAGE;
  if (!session->device.api->mutants) {
    fprintf(stderr, "--mutant all: the device has none\n");
    return EXIT_USAGE;
  }
  pw_config_summary(&session->config, summary, sizeof summary);
  printf("pagewalk-cosim %s   devices %" PRIu32 "   seed %" PRIu64 "   requests %" PRIu64 " each\n%s\n", pw_version(),
         session->device.api->mutants, options->seed, options->requests, summary);
  int code = make_room(&run) ? judge(&run) : print_status("mutants", -PW_ENOMEM);
  free(run.trials);
  free(run.matrix.mutants);
  free(run.matrix.legal);
  return code;
}
