/* cmd_walk.c: pagewalk walk: one translation, explained. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "image.h"

struct options {
  struct config_options config;
  const char *memory;
  struct pw_access access;
  uint64_t cr3;
  uint32_t pkru;
  bool has_cr3;
  bool has_address;
};

enum { KEY_MEMORY = 256, KEY_CR3, KEY_CPL, KEY_ACCESS, KEY_AC, KEY_IMPLICIT, KEY_STACK, KEY_PKRU };

static const struct argp_option option_table[] = {
    {"memory", KEY_MEMORY, "IMAGE", 0, "Physical memory: lines of 'ADDRESS VALUE' in hexadecimal, or raw bytes from 0",
     2},
    {"cr3", KEY_CR3, "X", 0, "CR3: the root table, and the PCID with control.pcide", 2},
    {"cpl", KEY_CPL, "N", 0, "Privilege level, 0..3 (default 3)", 2},
    {"access", KEY_ACCESS, "r|w|x", 0, "Read, write or instruction fetch (default r)", 2},
    {"ac", KEY_AC, 0, 0, "EFLAGS.AC = 1", 2},
    {"implicit", KEY_IMPLICIT, 0, 0, "An implicit supervisor access", 2},
    {"stack", KEY_STACK, 0, 0, "A reference through the stack segment", 2},
    {"pkru", KEY_PKRU, "X", 0, "PKRU (default 0)", 2},
    {0}};

static void parse_access(struct options *options, const char *text, const struct argp_state *state) {
  static const char letters[] = {[PW_READ] = 'r', [PW_WRITE] = 'w', [PW_FETCH] = 'x'};
  const char *letter = text[0] && !text[1] ? memchr(letters, text[0], sizeof letters) : NULL;
  if (!letter) argp_error(state, "--access must be r, w or x, not '%s'", text);
  if (letter) options->access.kind = (uint8_t)(letter - letters);
}

static uint64_t parse_bounded(const struct argp_state *state, const char *option, const char *text, uint64_t maximum) {
  uint64_t value = parse_number(state, option, text);
  if (value > maximum) argp_error(state, "%s must be at most %llu", option, (unsigned long long)maximum);
  return value;
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
  struct options *options = state->input;
  switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &options->config; return 0;
    case KEY_MEMORY: options->memory = argument; return 0;
    case KEY_CR3:
      options->cr3 = parse_number(state, "--cr3", argument);
      options->has_cr3 = true;
      return 0;
    case KEY_CPL: options->access.cpl = (uint8_t)parse_bounded(state, "--cpl", argument, 3); return 0;
    case KEY_ACCESS: parse_access(options, argument, state); return 0;
    case KEY_AC: options->access.flags |= PW_AC; return 0;
    case KEY_IMPLICIT: options->access.flags |= PW_IMPLICIT; return 0;
    case KEY_STACK: options->access.flags |= PW_STACK; return 0;
    case KEY_PKRU: options->pkru = (uint32_t)parse_bounded(state, "--pkru", argument, UINT32_MAX); return 0;
    case ARGP_KEY_ARG:
      if (options->has_address) argp_error(state, "one ADDRESS at a time");
      options->access.linear_address = parse_number(state, "ADDRESS", argument);
      options->has_address = true;
      return 0;
    case ARGP_KEY_END:
      if (!options->has_address || !options->memory || !options->has_cr3) {
        argp_error(state, "--memory IMAGE, --cr3 X and an ADDRESS are needed");
      }
      return 0;
    default: return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_child children[] = {{&config_argp, 0, 0, 0}, {0}};
static const struct argp argp = {
    .options = option_table,
    .parser = parse_option,
    .args_doc = "ADDRESS",
    .doc =
        "Translate one address and explain every entry on the way.\v"
        "Example: pagewalk walk -c configs/skylake.yaml --memory tests/data/images/two-pages.txt"
        " --cr3 0x1000 --access w 0x7f0000001234",
    .children = children,
};

static int explain(const struct options *options, const struct pw_config *config, struct pw_mmu *mmu) {
  struct pw_control control = pw_control_from_config(config, options->cr3);
  struct pw_translation *translation = malloc(sizeof *translation);
  control.pkru = options->pkru;
  if (!translation) return print_status("walk", -PW_ENOMEM);
  int status = pw_mmu_set_control(mmu, &control);
  if (status) {
    free(translation);
    fputs("pagewalk walk: --cr3 cannot be loaded: #GP(0) (a reserved bit in CR3 or a PDPTE is set)\n", stderr);
    return EXIT_USAGE;
  }
  status = pw_translate(mmu, &options->access, translation);
  if (!status) status = pw_report_walk(stdout, config, &control, &options->access, translation);
  free(translation);
  return status ? print_status("walk", status) : EXIT_GOOD;
}

static int walk(const struct options *options, const struct pw_config *config, struct pw_physical_memory *memory) {
  struct pw_memory_port port = pw_physical_memory_port(memory);
  struct pw_memory_hierarchy *hierarchy = NULL;
  struct pw_mmu *mmu = NULL;
  struct pw_diag diag;
  if (image_load(options->memory, memory, &diag)) return print_diag(&diag);
  int status = pw_memory_hierarchy_create(config, &hierarchy);
  if (!status) status = pw_mmu_create(config, &port, hierarchy, &mmu);
  int code = status ? print_status("walk", status) : explain(options, config, mmu);
  pw_mmu_destroy(mmu);
  pw_memory_hierarchy_destroy(hierarchy);
  return code;
}

int command_walk(int argc, char **argv) {
  struct options options = {.access = {.cpl = 3, .size_bytes = 1}};
  struct pw_physical_memory *memory;
  struct pw_config config;
  argp_parse(&argp, argc, argv, 0, 0, &options);
  if (load_config(&options.config, &config)) return EXIT_USAGE;
  if (pw_physical_memory_create(&memory)) return print_status("walk", -PW_ENOMEM);
  int code = walk(&options, &config, memory);
  pw_physical_memory_destroy(memory);
  return code;
}
