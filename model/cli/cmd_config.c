/* cmd_config.c: pagewalk config check, show and rtl-params. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

enum { KEY_STYLE = 256 };

struct options {
  struct config_options config; /* path is the positional CONFIG */
  const struct action *action;
  const struct style *style; /* NULL: the first */
};

/* ---- the styles of rtl-params ---- */

/* What stands around the names and values. */
struct style {
  const char *name;
  const char *first; /* once, before everything */
  const char *before_name;
  const char *before_value;
  const char *after_value;
  const char *last; /* once, after everything */
};

static const struct style styles[] = {{"text", "", "", "=", "\n", ""},
                                      {"verilator", "", "-G", "=", "\n", ""},
                                      {"yosys", "chparam", " -set ", " ", "", " " PW_RTL_TOP "\n"},
                                      {"iverilog", "", "-P" PW_RTL_TOP ".", "=", "\n", ""}};

#define STYLES (sizeof styles / sizeof styles[0])

static const struct style *find_style(const struct argp_state *state, const char *name) {
  for (size_t i = 0; i < STYLES; i++) {
    if (strcmp(styles[i].name, name) == 0) return &styles[i];
  }
  argp_error(state, "--style must be text, verilator, yosys or iverilog, not '%s'", name);
  return NULL;
}

/* ---- the actions ---- */

static int print_summary(const struct options *options, const struct pw_config *config) {
  char summary[512];
  (void)options;
  pw_config_summary(config, summary, sizeof summary);
  puts(summary);
  return EXIT_GOOD;
}

static int print_yaml(const struct options *options, const struct pw_config *config) {
  char *yaml = pw_config_to_yaml(config);
  (void)options;
  if (!yaml) return print_status("config show", -PW_ENOMEM);
  fputs(yaml, stdout);
  free(yaml);
  return EXIT_GOOD;
}

static int print_rtl_parameters(const struct options *options, const struct pw_config *config) {
  const struct config_options *from = &options->config;
  const struct style *style = options->style ? options->style : styles;
  struct pw_rtl_parameters parameters;
  struct pw_diag diag;
  if (pw_rtl_parameters_make(config, &parameters, &diag)) {
    pw_config_locate(from->path, from->overrides, from->override_count, &diag);
    return print_diag(&diag);
  }
  fputs(style->first, stdout);
  for (uint32_t i = 0; i < parameters.count; i++) {
    const struct pw_rtl_parameter *parameter = &parameters.list[i];
    printf("%s%s%s%" PRIu32 "%s", style->before_name, parameter->name, style->before_value, parameter->value,
           style->after_value);
  }
  fputs(style->last, stdout);
  return EXIT_GOOD;
}

struct action {
  const char *name;
  int (*print)(const struct options *options, const struct pw_config *config);
};

static const struct action actions[] = {
    {"check", print_summary}, {"show", print_yaml}, {"rtl-params", print_rtl_parameters}};

#define ACTIONS (sizeof actions / sizeof actions[0])

static const struct action *find_action(const struct argp_state *state, const char *name) {
  for (size_t i = 0; i < ACTIONS; i++) {
    if (strcmp(actions[i].name, name) == 0) return &actions[i];
  }
  argp_error(state, "the action must be check, show or rtl-params, not '%s'", name);
  return NULL;
}

/* ---- the command line ---- */

static const struct argp_option option_table[] = {
    {"set", 's', "KEY=VALUE", 0, "Change a key first, as in tlb.l2.arrays.0.ways=16; may be repeated", 0},
    {"style", KEY_STYLE, "STYLE", 0,
     "rtl-params: as NAME=VALUE lines (text, the default), or as the arguments of a tool: verilator, yosys, iverilog",
     0},
    {0}};

static void check_usage(const struct argp_state *state, const struct options *options) {
  if (!options->config.path) argp_error(state, "an action and a configuration are needed");
  if (options->style && options->action->print != print_rtl_parameters) {
    argp_error(state, "--style belongs to rtl-params");
  }
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
  struct options *options = state->input;
  switch (key) {
    case 's':
      if (options->config.override_count == MAX_OVERRIDES) argp_error(state, "at most %d --set", MAX_OVERRIDES);
      options->config.overrides[options->config.override_count++] = argument;
      return 0;
    case KEY_STYLE: options->style = find_style(state, argument); return 0;
    case ARGP_KEY_ARG:
      if (state->arg_num == 0) options->action = find_action(state, argument);
      if (state->arg_num == 1) options->config.path = argument;
      if (state->arg_num > 1) argp_error(state, "one CONFIG at a time");
      return 0;
    case ARGP_KEY_END: check_usage(state, options); return 0;
    default: return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse_option,
    .args_doc = "check CONFIG\nshow CONFIG\nrtl-params CONFIG",
    .doc =
        "Check a configuration, show it complete with the timing table it names, or print the parameters that build "
        "the Verilog MMU as this machine.\v"
        "Example: pagewalk config show configs/skylake.yaml --set os.pages=thp\n"
        "Example: pagewalk config rtl-params configs/small.yaml --style verilator",
};

int command_config(int argc, char **argv) {
  struct options options = {0};
  struct pw_config config;
  argp_parse(&argp, argc, argv, 0, 0, &options);
  if (load_config(&options.config, &config)) return EXIT_USAGE;
  return options.action->print(&options, &config);
}
