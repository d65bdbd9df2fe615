/* mutant_run.c: every mutant and every legal variation in turn: can the checker tell them apart? */
#include <inttypes.h>
#include <stdlib.h>

#include "mutant_matrix.h"
#include "report.h"

/* In the modes that a mutant need not be killed in, at most so many: of what these do not see there would be no end. */
#define REQUESTS_OF_OTHER_MODES 20000

/* Trials in the order of the report: mutants, then the device itself, then legal variations. */
struct mutant_run {
  struct session *session;
  struct trial *trials;
  size_t count;
  struct mutant_matrix matrix;
};

static struct trial *add_trial(struct mutant_run *run, uint32_t mutant, enum pw_check_mode mode, int traffic) {
  const struct cosim_options *options = &run->session->options;
  struct trial *trial = &run->trials[run->count++];
  *trial = (struct trial){.mutant = mutant,
                          .mode = mode,
                          .traffic = options->traffic < 0 ? traffic : options->traffic,
                          .requests = options->requests};
  return trial;
}

/* Of a device that the user names: its mutants are but numbers. */
static void add_number(struct mutant_run *run, uint32_t number) {
  struct mutant_matrix *matrix = &run->matrix;
  struct mutant_row *row = &matrix->mutants[matrix->mutant_count++];
  *row = (struct mutant_row){.number = number, .trial = add_trial(run, number, run->session->options.mode, -1)};
}

static void add_mutant(struct mutant_run *run, uint32_t number, const struct mutant *mutant) {
  struct mutant_matrix *matrix = &run->matrix;
  struct mutant_row *row = &matrix->mutants[matrix->mutant_count++];
  *row = (struct mutant_row){.mutant = mutant, .number = number};
  for (unsigned mode = 0; mode < PW_CHECK_MODES; mode++) {
    struct trial *trial = add_trial(run, number, (enum pw_check_mode)mode, mutant->traffic);
    row->of_mode[mode] = trial;
    if (mode == (unsigned)mutant->mode) {
      trial->awaited = mutant->verdict;
      row->trial = trial;
    } else if (trial->requests > REQUESTS_OF_OTHER_MODES) {
      trial->requests = REQUESTS_OF_OTHER_MODES;
    }
  }
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
  struct mutant_matrix *matrix = &run->matrix;
  matrix->itself = &run->trials[run->count];
  for (unsigned mode = 0; mode < PW_CHECK_MODES; mode++) {
    if (options->device && mode != (unsigned)options->mode) continue;
    add_trial(run, 0, (enum pw_check_mode)mode, -1);
    matrix->itself_count++;
  }
}

static void add_all(struct mutant_run *run) {
  const struct mutant_manifest *manifest = &run->session->mutants;
  if (run->session->options.device) {
    for (uint32_t i = 1; i <= run->session->device.api->mutants; i++) add_number(run, i);
    add_itself(run);
    return;
  }
  for (size_t i = 0; i < manifest->mutants; i++) add_mutant(run, (uint32_t)i + 1, &manifest->list[i]);
  add_itself(run);
  for (size_t i = manifest->mutants; i < manifest->mutants + manifest->legal; i++)
    add_legal(run, (uint32_t)i + 1, &manifest->list[i]);
}

static bool make_room(struct mutant_run *run) {
  size_t mutants = run->session->device.api->mutants, legal = run->session->mutants.legal;
  run->trials = calloc(PW_CHECK_MODES * (1 + mutants), sizeof *run->trials);
  run->matrix.mutants = calloc(mutants + 1, sizeof *run->matrix.mutants);
  run->matrix.legal = calloc(legal + 1, sizeof *run->matrix.legal);
  return run->trials && run->matrix.mutants && run->matrix.legal;
}

static void print_ended(void *context) { matrix_print_ended(context); }

static int judge(struct mutant_run *run) {
  const struct cosim_options *options = &run->session->options;
  add_all(run);
  trials_run(run->session, run->trials, run->count, (struct trial_listener){print_ended, &run->matrix});
  int code = options->json ? matrix_write_json(&run->matrix, options->json) : EXIT_GOOD;
  matrix_print_verdict(&run->matrix);
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
  fflush(stdout);
  int code = make_room(&run) ? judge(&run) : print_status("mutants", -PW_ENOMEM);
  free(run.trials);
  free(run.matrix.mutants);
  free(run.matrix.legal);
  return code;
}
