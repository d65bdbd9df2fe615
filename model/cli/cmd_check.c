/* cmd_check.c: pagewalk check. */
#include <inttypes.h>
#include <string.h>

#include "command.h"

struct options {
  struct inputs files;
  uint64_t max_mismatches;
  enum pw_accessed_on_fault accessed_on_fault;
};

enum { KEY_MAX = 256, KEY_ACCESSED };

static const struct argp_option option_table[] = {
    {"max-mismatches", KEY_MAX, "N", 0, "Print at most N mismatches (default 10); all are counted", 0},
    {"accessed-on-fault", KEY_ACCESSED, "none|traversed", 0, "When A is set on the entries of a walk that faults", 0},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
  struct options *options = state->input;
  switch (key) {
    case KEY_MAX: options->max_mismatches = parse_number(state, "--max-mismatches", argument); return 0;
    case KEY_ACCESSED:
      if (strcmp(argument, "none") == 0) {
        options->accessed_on_fault = PW_ACCESSED_NONE;
      } else if (strcmp(argument, "traversed") == 0) {
        options->accessed_on_fault = PW_ACCESSED_TRAVERSED;
      } else {
        argp_error(state, "--accessed-on-fault must be none or traversed, not '%s'", argument);
      }
      return 0;
    case ARGP_KEY_ARG: add_input(&options->files, argument, state); return 0;
    case ARGP_KEY_END:
      if (!options->files.count) argp_error(state, "a file of vectors is needed; - is standard input");
      return 0;
    default: return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse_option,
    .args_doc = "VECTORS...",
    .doc =
        "Check the model against architectural vectors, one JSON object per line.\v"
        "Exit status 1 when a vector does not match, or when there was none.\n\n"
        "Example: pagewalk check tests/data/vectors/paging-vectors-sample.jsonl.zst",
};

struct tally {
  uint64_t checked;
  uint64_t mismatches;
};

static void print_mismatch(const char *file, const struct pw_vector *vector, const struct pw_vector_result *result) {
  printf("%s:%" PRIu64 ": %s: %s\n", strcmp(file, "-") == 0 ? "standard input" : file, vector->line,
         vector->id[0] ? vector->id : "vector", result->difference);
}

static int check_vector(const struct options *options, const char *file, const struct pw_vector *vector,
                        struct tally *tally) {
  struct pw_vector_result result;
  int status = pw_vector_check(vector, options->accessed_on_fault, &result);
  if (status) {
    fprintf(stderr, "%s:%" PRIu64 ": %s\n", file, vector->line,
            status == -PW_EVECTOR ? "these control registers cannot be loaded together" : pw_strerror(status));
    return EXIT_USAGE;
  }
  tally->checked++;
  if (result.matches) return EXIT_GOOD;
  if (tally->mismatches++ < options->max_mismatches) print_mismatch(file, vector, &result);
  return EXIT_GOOD;
}

static int check_file(const struct options *options, const char *file, struct tally *tally) {
  struct pw_vector_reader *reader;
  struct pw_vector vector;
  struct pw_diag diag;
  bool more = true;
  int code = EXIT_GOOD;
  if (pw_vector_open(file, &reader, &diag)) return print_diag(&diag);
  while (code == EXIT_GOOD) {
    if (pw_vector_read(reader, &vector, &more, &diag)) code = print_diag(&diag);
    if (code != EXIT_GOOD || !more) break;
    code = check_vector(options, file, &vector, tally);
  }
  pw_vector_close(reader);
  return code;
}

int command_check(int argc, char **argv) {
  struct options options = {.max_mismatches = 10, .accessed_on_fault = PW_ACCESSED_NONE};
  struct tally tally = {0};
  argp_parse(&argp, argc, argv, 0, 0, &options);
  for (size_t i = 0; i < options.files.count; i++) {
    int code = check_file(&options, options.files.path[i], &tally);
    if (code != EXIT_GOOD) return code;
  }
  printf("checked %" PRIu64 " vectors, %" PRIu64 " mismatches\n", tally.checked, tally.mismatches);
  return tally.mismatches || !tally.checked ? EXIT_FOUND : EXIT_GOOD;
}
