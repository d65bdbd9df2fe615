/* mutant_json.c: the kill matrix as JSON, pagewalk-mutants/1 (docs/mutants.md). */
#include <jansson.h>

#include "mutant_matrix.h"

static json_t *make_trial(const struct trial *trial) {
  return json_pack("{s:s, s:s, s:I, s:I, s:I, s:s}", "mode", pw_check_mode_name(trial->mode), "outcome",
                   trial_outcome(trial), "requests", (json_int_t)trial->result.requests, "stale",
                   (json_int_t)trial->result.stale, "spurious", (json_int_t)trial->result.spurious, "explanation",
                   trial->result.text);
}

static json_t *make_bugs(const struct mutant *mutant) {
  json_t *bugs = json_array();
  for (size_t i = 0; i < mutant->bug_count; i++) json_array_append_new(bugs, json_integer(mutant->bugs[i]));
  return bugs;
}

static json_t *make_mutant(const struct mutant_row *row) {
  const struct mutant *mutant = row->mutant;
  json_t *made = json_pack("{s:I, s:b, s:o}", "number", (json_int_t)row->number, "killed", mutant_is_killed(row),
                           "trial", make_trial(row->trial));
  if (!mutant) return made;
  json_object_set_new(made, "name", json_string(mutant->name));
  json_object_set_new(made, "what", json_string(mutant->what));
  json_object_set_new(made, "bugs", make_bugs(mutant));
  json_object_set_new(made, "expected", json_string(pw_verdict_name(mutant->verdict)));
  if (row->trial->result.end == TRIAL_FAILED)
    json_object_set_new(made, "first", json_string(pw_verdict_name(row->trial->result.first)));
  return made;
}

static json_t *make_legal(const struct legal_row *row) {
  return json_pack("{s:I, s:s, s:s, s:o, s:b, s:o, s:o, s:o}", "number", (json_int_t)row->number, "name",
                   row->mutant->name, "what", row->mutant->what, "bugs", make_bugs(row->mutant), "has_effect",
                   legal_has_effect(row), "observed", make_trial(row->observed), "window", make_trial(row->window),
                   "strict", make_trial(row->strict));
}

static json_t *make_lists(const struct mutant_matrix *matrix) {
  json_t *itself = json_array(), *mutants = json_array(), *legal = json_array();
  for (size_t i = 0; i < matrix->itself_count; i++) json_array_append_new(itself, make_trial(&matrix->itself[i]));
  for (size_t i = 0; i < matrix->mutant_count; i++) json_array_append_new(mutants, make_mutant(&matrix->mutants[i]));
  for (size_t i = 0; i < matrix->legal_count; i++) json_array_append_new(legal, make_legal(&matrix->legal[i]));
  return json_pack("{s:o, s:o, s:o}", "unmutated", itself, "mutants", mutants, "legal", legal);
}

static json_t *make_overrides(const struct config_options *config) {
  json_t *list = json_array();
  for (size_t i = 0; i < config->override_count; i++) json_array_append_new(list, json_string(config->overrides[i]));
  return list;
}

static json_t *make_document(const struct mutant_matrix *matrix) {
  const struct session *session = matrix->session;
  json_t *document =
      json_pack("{s:s, s:s, s:{s:s}, s:o, s:s?, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "schema", "pagewalk-mutants/1",
                "pagewalk_version", pw_version(), "machine", "name", session->config.name, "set",
                make_overrides(&session->options.config), "device", session->options.device, "seed",
                (json_int_t)session->options.seed, "requests_each", (json_int_t)session->options.requests,
                "mutant_count", (json_int_t)matrix->mutant_count, "killed", (json_int_t)matrix_killed(matrix),
                "legal_count", (json_int_t)matrix->legal_count, "false_alarms", (json_int_t)matrix_alarms(matrix),
                "good", matrix_is_good(matrix));
  json_object_update_new(document, make_lists(matrix));
  return document;
}

int matrix_write_json(const struct mutant_matrix *matrix, const char *path) {
  json_t *document = make_document(matrix);
  if (!document) return print_status("json", -PW_ENOMEM);
  FILE *stream = open_output(path);
  if (!stream) {
    json_decref(document);
    return EXIT_USAGE;
  }
  json_dumpf(document, stream, JSON_INDENT(2));
  fputc('\n', stream);
  json_decref(document);
  return close_output(stream, path);
}
