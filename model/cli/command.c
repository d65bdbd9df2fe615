/* command.c: options, diagnostics and output files that the commands share. */
#include "command.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct argp_option config_options[] = {
    {"config", 'c', "CONFIG", 0, "Machine configuration (YAML)", 1},
    {"set", 's', "KEY=VALUE", 0, "Change a key of the configuration, as in tlb.l2.arrays.0.ways=16; may be repeated",
     1},
    {0}};

static error_t parse_config_option(int key, char *argument, struct argp_state *state) {
  struct config_options *options = state->input;
  switch (key) {
    case 'c': options->path = argument; return 0;
    case 's':
      if (options->override_count == MAX_OVERRIDES) argp_error(state, "at most %d --set", MAX_OVERRIDES);
      options->overrides[options->override_count++] = argument;
      return 0;
    case ARGP_KEY_END:
      if (!options->path) argp_error(state, "a configuration is needed: -c CONFIG");
      return 0;
    default: return ARGP_ERR_UNKNOWN;
  }
}

const struct argp config_argp = {.options = config_options, .parser = parse_config_option};

int print_diag(const struct pw_diag *diag) {
  char line[1024];
  pw_diag_format(diag, line, sizeof line);
  fprintf(stderr, "%s\n", line);
  return EXIT_USAGE;
}

int print_status(const char *context, int status) {
  fprintf(stderr, "pagewalk: %s: %s\n", context, pw_strerror(status));
  return EXIT_USAGE;
}

int load_config(const struct config_options *options, struct pw_config *config) {
  struct pw_diag diag;
  int status = pw_config_load(options->path, options->overrides, options->override_count, config, &diag);
  return status ? print_diag(&diag) : EXIT_GOOD;
}

void add_input(struct inputs *inputs, const char *path, const struct argp_state *state) {
  if (inputs->count == MAX_INPUTS) argp_error(state, "at most %d files", MAX_INPUTS);
  inputs->path[inputs->count++] = path;
}

uint64_t parse_number(const struct argp_state *state, const char *option, const char *text) {
  char *end;
  errno = 0;
  int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
  uint64_t value = strtoull(text, &end, base);
  if (errno || end == text || *end || *text < '0' || *text > '9') {
    argp_error(state, "%s must be a whole number, decimal or 0x hexadecimal, not '%s'", option, text);
  }
  return value;
}

double parse_real(const struct argp_state *state, const char *option, const char *text, double minimum,
                  double maximum) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !(value >= minimum && value <= maximum)) {
    argp_error(state, "%s must be a number in %g..%g, not '%s'", option, minimum, maximum, text);
  }
  return value;
}

int check_output(const char *path) {
  char folder[4096];
  if (!path || strcmp(path, "-") == 0) return EXIT_GOOD;
  if (!*path) {
    fputs("pagewalk: the name of a file to write must not be empty\n", stderr);
    return EXIT_USAGE;
  }
  snprintf(folder, sizeof folder, "%s", path);
  bool exists = access(path, F_OK) == 0;
  if (access(exists ? path : dirname(folder), W_OK) == 0) return EXIT_GOOD;
  fprintf(stderr, "%s: cannot be written: %s\n", path, strerror(errno));
  return EXIT_USAGE;
}

bool is_same_file(const char *one, const char *other) {
  struct stat a, b;
  if (!one || !other || strcmp(one, "-") == 0 || strcmp(other, "-") == 0) return false;
  if (strcmp(one, other) == 0) return true;
  if (stat(one, &a) || stat(other, &b) || !S_ISREG(a.st_mode)) return false;
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

FILE *open_output(const char *path) {
  if (strcmp(path, "-") == 0) return stdout;
  FILE *stream = fopen(path, "w");
  if (!stream) fprintf(stderr, "%s: cannot be written: %s\n", path, strerror(errno));
  return stream;
}

int close_output(FILE *stream, const char *path) {
  int failed = ferror(stream);
  failed |= stream == stdout ? fflush(stream) : fclose(stream);
  if (failed) fprintf(stderr, "%s: cannot be written completely\n", path);
  return failed ? EXIT_USAGE : EXIT_GOOD;
}
