/* mutant_matrix.c: what every mutant came to, and whether that is good. */
#include "mutant_matrix.h"

bool mutant_is_killed(const struct mutant_row *row) {
  const struct trial_result *result = &row->trial->result;
  if (!row->mutant) return result->end == TRIAL_FAILED || result->end == TRIAL_CRASHED;
  return result->end == TRIAL_FAILED && result->verdict == row->mutant->verdict;
}

bool legal_has_effect(const struct legal_row *row) { return row->strict->result.end == TRIAL_FAILED; }

bool trial_lived(const struct trial *trial) { return trial->result.end == TRIAL_LIVED; }

size_t matrix_killed(const struct mutant_matrix *matrix) {
  size_t killed = 0;
  for (size_t i = 0; i < matrix->mutant_count; i++) killed += mutant_is_killed(&matrix->mutants[i]);
  return killed;
}

size_t matrix_alarms(const struct mutant_matrix *matrix) {
  size_t alarms = 0;
  for (size_t i = 0; i < matrix->itself_count; i++) alarms += !trial_lived(&matrix->itself[i]);
  for (size_t i = 0; i < matrix->legal_count; i++)
    alarms += (size_t)!trial_lived(matrix->legal[i].observed) + (size_t)!trial_lived(matrix->legal[i].window);
  return alarms;
}

/* Of what a trial that lived has answered nearly all must have been judged, or it says little. */
#define MOST_UNJUDGED_PERCENT 1

bool trial_is_judged(const struct trial *trial) {
  const struct trial_result *result = &trial->result;
  return 100 * result->not_judged <= MOST_UNJUDGED_PERCENT * (result->checked + result->not_judged);
}

static bool all_are_judged(const struct mutant_matrix *matrix) {
  bool judged = true;
  for (size_t i = 0; i < matrix->itself_count; i++) judged &= trial_is_judged(&matrix->itself[i]);
  for (size_t i = 0; i < matrix->legal_count; i++)
    judged &= trial_is_judged(matrix->legal[i].observed) && trial_is_judged(matrix->legal[i].window);
  return judged;
}

bool matrix_is_good(const struct mutant_matrix *matrix) {
  bool effective = true;
  for (size_t i = 0; i < matrix->legal_count; i++) effective &= legal_has_effect(&matrix->legal[i]);
  return effective && all_are_judged(matrix) && matrix_killed(matrix) == matrix->mutant_count && !matrix_alarms(matrix);
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
