/* mutant_matrix.h: what every mutant came to, and what that says of the checker. */
#ifndef PAGEWALK_COSIM_MUTANT_MATRIX_H
#define PAGEWALK_COSIM_MUTANT_MATRIX_H

#include "mutant_trial.h"

/* A mutant and the trial that is to kill it. */
struct mutant_row {
  const struct mutant *mutant; /* NULL: of a device that the user names, killed by whatever finds it */
  uint32_t number;
  const struct trial *trial;
};

/* A legal variation: two trials that it must live, and one in strict mode, which must see that it is there at all. */
struct legal_row {
  const struct mutant *mutant;
  uint32_t number;
  const struct trial *observed, *window, *strict;
};

struct mutant_matrix {
  const struct session *session;
  const struct trial *itself; /* of the device without a mutant: a trial in each of some modes */
  size_t itself_count;
  struct mutant_row *mutants;
  size_t mutant_count;
  struct legal_row *legal;
  size_t legal_count;
};

bool mutant_is_killed(const struct mutant_row *row);
bool legal_has_effect(const struct legal_row *row);

/* Sums over rows. An alarm is a trial that failed although it had to live, those of the device itself included. */
size_t matrix_killed(const struct mutant_matrix *matrix);
size_t matrix_alarms(const struct mutant_matrix *matrix);
bool matrix_is_good(const struct mutant_matrix *matrix);

/* "LIVED", "CRASHED", or the name of a verdict. */
const char *trial_outcome(const struct trial *trial);

/* As tables of at most 100 columns, up to the last line, which is the verdict. */
void matrix_print(const struct mutant_matrix *matrix);

/* As JSON, pagewalk-mutants/1. Returns an exit code, after a message if it is not good. */
int matrix_write_json(const struct mutant_matrix *matrix, const char *path);

#endif
