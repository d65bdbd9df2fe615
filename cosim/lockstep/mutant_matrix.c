/* mutant_matrix.c: what every mutant came to, as tables. */
#include "mutant_matrix.h"

#include <inttypes.h>

bool mutant_is_killed(const struct mutant_row *row) {
  const struct trial_result *result = &row->trial->result;
  if (!row->mutant) return result->end == TRIAL_FAILED || result->end == TRIAL_CRASHED;
  return result->end == TRIAL_FAILED && result->verdict == row->mutant->verdict;
}

bool legal_has_effect(const struct legal_row *row) { return row->strict->result.end == TRIAL_FAILED; }

static bool lived(const struct trial *trial) { return trial->result.end == TRIAL_LIVED; }

size_t matrix_killed(const struct mutant_matrix *matrix) {
  size_t killed = 0;
  for (size_t i = 0; i < matrix->mutant_count; i++) killed += mutant_is_killed(&matrix->mutants[i]);
  return killed;
}

size_t matrix_alarms(const struct mutant_matrix *matrix) {
  size_t alarms = 0;
  for (size_t i = 0; i < matrix->itself_count; i++) alarms += !lived(&matrix->itself[i]);
  for (size_t i = 0; i < matrix->legal_count; i++)
    alarms += (size_t)!lived(matrix->legal[i].observed) + (size_t)!lived(matrix->legal[i].window);
  return alarms;
}

bool matrix_is_good(const struct mutant_matrix *matrix) {
  bool effective = true;
  for (size_t i = 0; i < matrix->legal_count; i++) effective &= legal_has_effect(&matrix->legal[i]);
  return effective && matrix_killed(matrix) == matrix->mutant_count && !matrix_alarms(matrix);
}

const char *trial_outcome(const struct trial *trial) {
  switch (trial->result.end) {
    case TRIAL_NOT_RUN: return "NOT_RUN";
    case TRIAL_LIVED: return "LIVED";
    case TRIAL_FAILED: return pw_verdict_name(trial->result.verdict);
    case TRIAL_CRASHED: return "CRASHED";
  }
  return "";
}

/* ---- text ---- */

static void print_bugs(const struct mutant *mutant) {
  char text[40] = "";
  int used = 0;
  for (size_t i = 0; i < mutant->bug_count; i++)
    used += snprintf(text + used, sizeof text - (size_t)used, "%s%" PRIu32, i ? "," : "", mutant->bugs[i]);
  printf(" %-5s", text);
}

static void print_mutant(const struct mutant_row *row) {
  const struct trial *trial = row->trial;
  printf("%-*s", MUTANT_NAME_CHARACTERS, row->mutant->name);
  print_bugs(row->mutant);
  bool other = trial->result.end != TRIAL_FAILED || trial->result.first != row->mutant->verdict;
  const char *first = trial->result.end == TRIAL_FAILED ? pw_verdict_name(trial->result.first) : trial_outcome(trial);
  printf(" %-8s %-16s %6" PRIu64 "%c %s\n", pw_check_mode_name(trial->mode), pw_verdict_name(row->mutant->verdict),
         trial->result.requests, mutant_is_killed(row) ? ' ' : '!', other ? first : "");
}

static void print_mutants(const struct mutant_matrix *matrix) {
  printf("\n%-*s %-5s %-8s %-16s %6s  %s\n", MUTANT_NAME_CHARACTERS, "mutant", "bugs", "mode", "verdict", "after",
         "first");
  for (size_t i = 0; i < matrix->mutant_count; i++) print_mutant(&matrix->mutants[i]);
}

/* One that had to live. */
static void print_alive(const char *name, const struct trial *trial) {
  printf("%-*s %-8s %-16s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "%s\n", MUTANT_NAME_CHARACTERS, name,
         pw_check_mode_name(trial->mode), trial_outcome(trial), trial->result.requests, trial->result.stale,
         trial->result.spurious, lived(trial) ? "" : "!");
}

static void print_effect(const struct legal_row *row) {
  const struct trial *trial = row->strict;
  const char *effect = legal_has_effect(row) ? "differs" : lived(trial) ? "without effect" : trial_outcome(trial);
  printf("%-*s %-8s %-16s %8" PRIu64 "%s\n", MUTANT_NAME_CHARACTERS, "", pw_check_mode_name(trial->mode), effect,
         trial->result.requests, legal_has_effect(row) ? "" : "!");
}

static void print_legal(const struct mutant_matrix *matrix) {
  printf("\n%-*s %-8s %-16s %8s %8s %8s\n", MUTANT_NAME_CHARACTERS, "that must live", "mode", "got", "after", "stale",
         "spurious");
  for (size_t i = 0; i < matrix->itself_count; i++) print_alive(i ? "" : "the device itself", &matrix->itself[i]);
  for (size_t i = 0; i < matrix->legal_count; i++) {
    const struct legal_row *row = &matrix->legal[i];
    print_alive(row->mutant->name, row->observed);
    print_alive("", row->window);
    print_effect(row);
  }
}

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
    if (!lived(&matrix->itself[i])) explain("the device itself", &matrix->itself[i]);
  for (size_t i = 0; i < matrix->mutant_count; i++) {
    const struct mutant_row *row = &matrix->mutants[i];
    if (row->mutant && !mutant_is_killed(row)) explain(row->mutant->name, row->trial);
  }
  for (size_t i = 0; i < matrix->legal_count; i++) {
    const struct legal_row *row = &matrix->legal[i];
    if (!lived(row->observed)) explain(row->mutant->name, row->observed);
    if (!lived(row->window)) explain(row->mutant->name, row->window);
  }
}

void matrix_print(const struct mutant_matrix *matrix) {
  bool listed = !matrix->session->options.device;
  if (listed) print_mutants(matrix);
  print_legal(matrix);
  explain_all(matrix);
  if (!listed) print_survivors(matrix);
  printf("killed %zu of %zu mutants", matrix_killed(matrix), matrix->mutant_count);
  if (listed) printf(", %zu false alarms in %zu legal variations", matrix_alarms(matrix), matrix->legal_count);
  putchar('\n');
}
