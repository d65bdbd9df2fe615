/* main.c: the pagewalk program: finds the command and hands it the rest of the line. */
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *summary;
} commands[] = {
    {"run", command_run, "run traces through a machine and report where the time went"},
    {"walk", command_walk, "one translation, explained entry by entry"},
    {"check", command_check, "check the model against architectural vectors"},
    {"convert", command_convert, "convert traces to .pwt, the project's own format, or to text"},
    {"eat", command_eat, "effective access time by the textbook formulas"},
    {"config", command_config, "check or show a configuration"},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_help(FILE *stream) {
  fputs(
      "Usage: pagewalk COMMAND [OPTION...]\n"
      "A golden model of the x86-64 memory-management unit.\n\n",
      stream);
  for (size_t i = 0; i < COMMAND_COUNT; i++) fprintf(stream, "  %-8s %s\n", commands[i].name, commands[i].summary);
  fputs(
      "\n  pagewalk COMMAND --help   the options of a command, with an example\n"
      "  pagewalk --version        the version\n\n"
      "Example: pagewalk run -c configs/sandy-bridge.yaml trace.lackey.zst\n"
      "Exit status: 0 good, 1 a check found something, 2 bad usage or input.\n",
      stream);
}

/* The command sees its own name as "pagewalk NAME". Output that could not be written is an error whatever it did. */
static int run_command(size_t index, int argc, char **argv) {
  char name[32];
  snprintf(name, sizeof name, "pagewalk %s", commands[index].name);
  argv[1] = name;
  int code = commands[index].run(argc - 1, argv + 1);
  if (!fflush(stdout) && !ferror(stdout)) return code;
  fputs("pagewalk: standard output cannot be written completely\n", stderr);
  return EXIT_USAGE;
}

int main(int argc, char **argv) {
  argp_err_exit_status = EXIT_USAGE;
  if (argc < 2) {
    print_help(stderr);
    return EXIT_USAGE;
  }
  for (size_t i = 0; i < COMMAND_COUNT; i++) {
    if (strcmp(argv[1], commands[i].name) == 0) return run_command(i, argc, argv);
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
    print_help(stdout);
    return EXIT_GOOD;
  }
  if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
    printf("pagewalk %s\n", pw_version());
    return EXIT_GOOD;
  }
  fprintf(stderr, "pagewalk: there is no command '%s'; pagewalk --help lists them\n", argv[1]);
  return EXIT_USAGE;
}
