/* cmd_config.c: pagewalk config check and show. */
#include <stdlib.h>
#include <string.h>

#include "command.h"

struct options {
  struct config_options config; /* path is the positional CONFIG */
  const char *action;
};

static const struct argp_option option_table[] = {
    {"set", 's', "KEY=VALUE", 0, "Change a key first, as in tlb.l2.arrays.0.ways=16; may be repeated", 0}, {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
  struct options *options = state->input;
  switch (key) {
    case 's':
      if (options->config.override_count == MAX_OVERRIDES) argp_error(state, "at most %d --set", MAX_OVERRIDES);
      options->config.overrides[options->config.override_count++] = argument;
      return 0;
    case ARGP_KEY_ARG:
      if (state->arg_num == 0) options->action = argument;
      if (state->arg_num == 1) options->config.path = argument;
      if (state->arg_num > 1) argp_error(state, "one CONFIG at a time");
      return 0;
    case ARGP_KEY_END:
      if (!options->config.path) argp_error(state, "an action and a configuration are needed");
      if (strcmp(options->action, "check") != 0 && strcmp(options->action, "show") != 0) {
        argp_error(state, "the action must be check or show, not '%s'", options->action);
      }
      return 0;
    default: return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse_option,
    .args_doc = "check CONFIG\nshow CONFIG",
    .doc =
        "Check a configuration, or show it complete with the timing table it names.\v"
        "Example: pagewalk config show configs/skylake.yaml --set os.pages=thp",
};

int command_config(int argc, char **argv) {
  struct options options = {0};
  struct pw_config config;
  char summary[512];
  argp_parse(&argp, argc, argv, 0, 0, &options);
  if (load_config(&options.config, &config)) return EXIT_USAGE;
  if (strcmp(options.action, "check") == 0) {
    pw_config_summary(&config, summary, sizeof summary);
    puts(summary);
    return EXIT_GOOD;
  }
  char *yaml = pw_config_to_yaml(&config);
  if (!yaml) return print_status("config show", -PW_ENOMEM);
  fputs(yaml, stdout);
  free(yaml);
  return EXIT_GOOD;
}
