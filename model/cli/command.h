/* command.h: what the commands of the program share: their table, options, exit codes and diagnostics. */
#ifndef PAGEWALK_CLI_COMMAND_H
#define PAGEWALK_CLI_COMMAND_H

#include <argp.h>
#include <pagewalk/pagewalk.h>
#include <stdbool.h>

/* Exit codes, fixed by docs/cli.md. */
enum exit_code { EXIT_GOOD = 0, EXIT_FOUND = 1, EXIT_USAGE = 2 };

#define MAX_OVERRIDES 64
#define MAX_INPUTS 4096

/* -c CONFIG and every --set KEY=VALUE. */
struct config_options {
  const char *path;
  const char *overrides[MAX_OVERRIDES];
  size_t override_count;
};

/* Positional arguments. */
struct inputs {
  const char *path[MAX_INPUTS];
  size_t count;
};

int command_run(int argc, char **argv);
int command_walk(int argc, char **argv);
int command_check(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_eat(int argc, char **argv);
int command_config(int argc, char **argv);

/* Options -c and --set for a command's argp: give it as a child whose input is a struct config_options. */
extern const struct argp config_argp;

/* Loads what the options name. On an error prints the diagnostic and returns EXIT_USAGE. */
int load_config(const struct config_options *options, struct pw_config *config);

void add_input(struct inputs *inputs, const char *path, const struct argp_state *state);

/* Prints `file:line: message` on standard error and returns EXIT_USAGE. */
int print_diag(const struct pw_diag *diag);

/* Prints a status without a diagnostic, after a context, and returns EXIT_USAGE. */
int print_status(const char *context, int status);

/* A whole unsigned number, decimal or 0x hexadecimal; ends the program with a usage error naming the option. */
uint64_t parse_number(const struct argp_state *state, const char *option, const char *text);

/* A real number in minimum..maximum; the same on an error. */
double parse_real(const struct argp_state *state, const char *option, const char *text, double minimum, double maximum);

/* Can this be opened for writing later? NULL and "-" can. EXIT_USAGE, with a message, when not. Changes nothing. */
int check_output(const char *path);

/* Would writing one of these overwrite the other? Neither NULL nor "-" would. */
bool is_same_file(const char *one, const char *other);

/* Opens a file for writing, standard output for "-". NULL, with a message printed, when it cannot be. */
FILE *open_output(const char *path);

/* Closes what open_output opened. Returns EXIT_GOOD, or EXIT_USAGE with a message when not all could be written. */
int close_output(FILE *stream, const char *path);

#endif
