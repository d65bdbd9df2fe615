/* mutant_text.c: the kill matrix as tables. */
#include <inttypes.h>
#include <string.h>

#include "mutant_matrix.h"

/* ---- rows ---- */

/* Of a column, at least the number of requests and a mark. */
static int mode_width(enum pw_check_mode mode) {
  size_t width = strlen(pw_check_mode_name(mode));
  return width < 6 ? 6 : (int)width;
}

/* Requests until something illegal was found, and * when this is the trial that is to kill. */
static void print_mode(const struct mutant_row *row, const struct trial *trial) {
  char text[24] = "-";
  const char *mark = trial != row->trial ? "" : mutant_is_killed(row) ? "*" : "!";
  if (trial->result.end == TRIAL_FAILED) snprintf(text, sizeof text, "%" PRIu64, trial->result.requests);
  if (trial->result.end == TRIAL_CRASHED) snprintf(text, sizeof text, "crash");
  bool last = trial->mode == PW_CHECK_MODES - 1;
  printf(" %*s%s", mode_width(trial->mode) - 1, text, *mark || last ? mark : " ");
}

static void print_mutant(const struct mutant_row *row) {
  const struct trial *trial = row->trial;
  printf("%-*s %-16s", MUTANT_NAME_CHARACTERS, row->mutant->name, pw_verdict_name(row->mutant->verdict));
  for (unsigned mode = 0; mode < PW_CHECK_MODES; mode++) print_mode(row, row->of_mode[mode]);
  bool other = trial->result.end != TRIAL_FAILED || trial->result.first != row->mutant->verdict;
  const char *first = trial->result.end == TRIAL_FAILED ? pw_verdict_name(trial->result.first) : trial_outcome(trial);
  printf("%s%s\n", other ? "  " : "", other ? first : "");
}

static void print_mutant_head(void) {
  printf("\n%-*s %-16s", MUTANT_NAME_CHARACTERS, "mutant", "verdict");
  for (unsigned mode = 0; mode < PW_CHECK_MODES; mode++)
    printf(" %*s", mode_width((enum pw_check_mode)mode), pw_check_mode_name((enum pw_check_mode)mode));
  printf("  %s\n", "first");
}

/* One that had to live. */
static void print_alive(const char *name, const struct trial *trial) {
  const struct trial_result *result = &trial->result;
  printf("%-*s %-8s %-16s %7" PRIu64 "%c %5" PRIu64 " %8" PRIu64 " %8" PRIu64 "%s\n", MUTANT_NAME_CHARACTERS, name,
         pw_check_mode_name(trial->mode), trial_outcome(trial), result->requests, trial_lived(trial) ? ' ' : '!',
         result->stale, result->spurious, result->not_judged, trial_is_judged(trial) ? "" : "!");
}

static void print_effect(const struct legal_row *row) {
  const struct trial *trial = row->strict;
  const char *effect = legal_has_effect(row) ? "differs" : trial_lived(trial) ? "without effect" : trial_outcome(trial);
  printf("%-*s %-8s %-16s %7" PRIu64 "%s\n", MUTANT_NAME_CHARACTERS, "", pw_check_mode_name(trial->mode), effect,
         trial->result.requests, legal_has_effect(row) ? "" : "!");
}

static void print_legal(const struct legal_row *row) {
  print_alive(row->mutant->name, row->observed);
  print_alive("", row->window);
  print_effect(row);
}

static void print_alive_head(void) {
  printf("\n%-*s %-8s %-16s %7s  %5s %8s %8s\n", MUTANT_NAME_CHARACTERS, "that must live", "mode", "got", "after",
         "stale", "spurious", "unjudged");
}

/* ---- tables: rows of mutants, of the device itself, and of legal variations ---- */

static bool is_listed(const struct mutant_matrix *matrix) { return !matrix->session->options.device; }

static void print_row(const struct mutant_matrix *matrix, size_t row) {
  size_t itself = row - matrix->mutant_count, legal = itself - matrix->itself_count;
  if (row < matrix->mutant_count) {
    if (is_listed(matrix) && row == 0) print_mutant_head();
    if (is_listed(matrix)) print_mutant(&matrix->mutants[row]);
  } else if (itself < matrix->itself_count) {
    if (itself == 0) print_alive_head();
    print_alive(itself ? "" : "the device itself", &matrix->itself[itself]);
  } else {
    print_legal(&matrix->legal[legal]);
  }
}

static bool mutant_has_ended(const struct mutant_row *row) {
  bool ended = row->trial->ended;
  for (unsigned mode = 0; mode < PW_CHECK_MODES; mode++) ended &= !row->of_mode[mode] || row->of_mode[mode]->ended;
  return ended;
}

static bool has_ended(const struct mutant_matrix *matrix, size_t row) {
  if (row < matrix->mutant_count) return mutant_has_ended(&matrix->mutants[row]);
  row -= matrix->mutant_count;
  if (row < matrix->itself_count) return matrix->itself[row].ended;
  const struct legal_row *legal = &matrix->legal[row - matrix->itself_count];
  return legal->observed->ended && legal->window->ended && legal->strict->ended;
}

void matrix_print_ended(struct mutant_matrix *matrix) {
  size_t rows = matrix->mutant_count + matrix->itself_count + matrix->legal_count;
  for (; matrix->printed < rows && has_ended(matrix, matrix->printed); matrix->printed++) {
    print_row(matrix, matrix->printed);
  }
  fflush(stdout);
}

/* ---- what is said below ---- */

/* What a number stands for the user's device knows: a line for those that no verdict killed. */
static void print_survivors(const struct mutant_matrix *matrix) {
  for (size_t i = 0; i < matrix->mutant_count; i++) {
    const struct mutant_row *row = &matrix->mutants[i];
    if (row->trial->result.end != TRIAL_FAILED)
      printf("mutant %" PRIu32 ": %s after %" PRIu64 " requests\n", row->number, trial_outcome(row->trial),
             row->trial->result.requests);
  }
}

/* What was said when a trial did not end as it should. */
static void explain(const char *name, const struct trial *trial) {
  if (trial->result.text[0]) printf("%s, %s: %s\n", name, pw_check_mode_name(trial->mode), trial->result.text);
}

static void explain_all(const struct mutant_matrix *matrix) {
  putchar('\n');
  for (size_t i = 0; i < matrix->itself_count; i++)
    if (!trial_lived(&matrix->itself[i])) explain("the device itself", &matrix->itself[i]);
  for (size_t i = 0; i < matrix->mutant_count; i++) {
    const struct mutant_row *row = &matrix->mutants[i];
    if (row->mutant && !mutant_is_killed(row)) explain(row->mutant->name, row->trial);
  }
  for (size_t i = 0; i < matrix->legal_count; i++) {
    const struct legal_row *row = &matrix->legal[i];
    if (!trial_lived(row->observed)) explain(row->mutant->name, row->observed);
    if (!trial_lived(row->window)) explain(row->mutant->name, row->window);
  }
}

void matrix_print_verdict(const struct mutant_matrix *matrix) {
  explain_all(matrix);
  if (!is_listed(matrix)) print_survivors(matrix);
  printf("killed %zu of %zu mutants", matrix_killed(matrix), matrix->mutant_count);
  if (is_listed(matrix))
    printf(", %zu false alarms in %zu legal variations", matrix_alarms(matrix), matrix->legal_count);
  putchar('\n');
}
