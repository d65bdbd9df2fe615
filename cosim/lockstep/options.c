/* options.c: the command line of pagewalk-cosim. */
#include "options.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"

#define RANDOM_REQUESTS 100000
#define MUTANT_REQUESTS 200000

enum {
  KEY_MODE = 256,
  KEY_SEED,
  KEY_REQUESTS,
  KEY_TRACE,
  KEY_LIMIT,
  KEY_TLB_ONLY,
  KEY_VECTORS,
  KEY_REPLAY,
  KEY_STIMULUS,
  KEY_LOG,
  KEY_WAVES,
  KEY_IN_FLIGHT,
  KEY_TRAFFIC,
  KEY_NO_CHECK,
  KEY_NO_SHRINK,
  KEY_NO_WAVES,
  KEY_SPEED,
  KEY_DEVICE,
  KEY_FOLDER,
  KEY_ASSERT,
  KEY_MUTANT,
  KEY_JSON,
  KEY_COVERAGE,
  KEY_COVERAGE_REPORT,
  KEY_NO_STEER
};

static const struct argp_option option_table[] = {
    {"config", 'c', "CONFIG", 0, "Machine configuration (YAML): of the model, and of the device that is built", 1},
    {"set", 's', "KEY=VALUE", 0, "Change a key of the configuration, as in tlb.l2.arrays.0.ways=16; may be repeated",
     1},
    {"mode", KEY_MODE, "MODE", 0,
     "Strength of the check: strict, observed, window (default strict; of --replay, the log's)", 1},
    {"seed", KEY_SEED, "S", 0, "Of random requests (default 1)", 2},
    {"requests", KEY_REQUESTS, "N", 0, "Random requests to make (default 100000; of a mutant 200000)", 2},
    {"in-flight", KEY_IN_FLIGHT, "N", 0,
     "At most N requests in flight per port, 1..15; drawn per episode when not given", 2},
    {"traffic", KEY_TRAFFIC, "KIND", 0, "Only episodes of one kind: single, hit, mixed, storm, errors", 2},
    {"trace", KEY_TRACE, "TRACE", 0, "Run a trace instead; more may follow as arguments", 3},
    {"format", 'f', "FORMAT", 0, "Format of every trace; recognised by content when not given", 3},
    {"limit", KEY_LIMIT, "N", 0, "Stop after N records of all traces together", 3},
    {"tlb-only", KEY_TLB_ONLY, 0, 0, "Leave the program's own references out of the caches", 3},
    {"vectors", KEY_VECTORS, "FILE", 0, "Check architectural vectors instead; more may follow as arguments", 3},
    {"replay", KEY_REPLAY, "LOG", 0, "Check the events of a log instead, without a device", 3},
    {"stimulus", KEY_STIMULUS, "FILE", 0, "Play the operations of a file instead", 3},
    {"speed", KEY_SPEED, 0, 0, "Measure the speed instead, with and without the checker in turn", 3},
    {"coverage-report", KEY_COVERAGE_REPORT, "FILE", 0,
     "Say what coverage files have together instead; more may follow as arguments", 3},
    {"coverage", KEY_COVERAGE, "FILE", 0,
     "Count functional coverage and add it to FILE; random requests are steered to its holes", 4},
    {"no-steer", KEY_NO_STEER, 0, 0, "Count coverage, and make the requests that would be made without", 4},
    {"log", KEY_LOG, "FILE", 0, "Write the events as lines of JSON; - is standard output", 4},
    {"waves", KEY_WAVES, "FILE", 0, "Write waves of the whole run (FST)", 4},
    {"no-check", KEY_NO_CHECK, 0, 0, "Leave the checker out", 4},
    {"no-shrink", KEY_NO_SHRINK, 0, 0, "Do not shrink what fails", 4},
    {"no-waves", KEY_NO_WAVES, 0, 0, "Do not run what fails again for its waves", 4},
    {"failure-folder", KEY_FOLDER, "FOLDER", 0, "Where files about a failure go (default .)", 4},
    {"assertions", KEY_ASSERT, 0, 0, "Build the device with its assertions, and random values at power-on", 4},
    {"device", KEY_DEVICE, "FILE", 0, "A shared object with the symbol rtl_api, in place of building one", 4},
    {"mutant", KEY_MUTANT, "NAME", 0,
     "The device is to be a mutant, by name or number; all: every one in turn, and a kill matrix", 5},
    {"jobs", 'j', "N", 0, "With --mutant all: N processes at once (default: one per processor)", 5},
    {"json", KEY_JSON, "FILE", 0, "With --mutant all: write the kill matrix as JSON too", 5},
    {0}};

static enum pw_check_mode parse_mode(const char *text, const struct argp_state *state) {
  for (unsigned i = 0; i < PW_CHECK_MODES; i++) {
    if (strcmp(text, pw_check_mode_name(i)) == 0) return (enum pw_check_mode)i;
  }
  argp_error(state, "--mode must be strict, observed or window, not '%s'", text);
  return PW_CHECK_STRICT;
}

static int parse_traffic(const char *text, const struct argp_state *state) {
  for (unsigned i = 0; i < TRAFFICS; i++) {
    if (strcmp(text, traffic_name(i)) == 0) return (int)i;
  }
  argp_error(state, "--traffic must be single, hit, mixed, storm or errors, not '%s'", text);
  return -1;
}

static uint64_t parse_positive(const struct argp_state *state, const char *option, const char *text) {
  uint64_t value = parse_number(state, option, text);
  if (!value) argp_error(state, "%s must be at least 1", option);
  return value;
}

/* As a log can hold it. */
static uint64_t parse_seed(const struct argp_state *state, const char *text) {
  uint64_t seed = parse_number(state, "--seed", text);
  if (seed > INT64_MAX) argp_error(state, "--seed must be in 0..%" PRId64, INT64_MAX);
  return seed;
}

static void set_task(struct cosim_options *options, enum cosim_task task, const struct argp_state *state) {
  if (options->task != TASK_RANDOM && options->task != task) {
    argp_error(state,
               "only one of --trace, --vectors, --replay, --stimulus, --speed, --coverage-report and --mutant all "
               "can be given");
  }
  options->task = task;
}

static void parse_mutant(struct cosim_options *options, const char *argument, const struct argp_state *state) {
  options->mutant = argument;
  if (strcmp(argument, "all") == 0) set_task(options, TASK_MUTANTS, state);
}

static void parse_set(struct config_options *config, char *argument, const struct argp_state *state) {
  if (config->override_count == MAX_OVERRIDES) argp_error(state, "at most %d --set", MAX_OVERRIDES);
  config->overrides[config->override_count++] = argument;
}

static void add_file(struct cosim_options *options, char *argument, const struct argp_state *state) {
  if (options->task != TASK_TRACE && options->task != TASK_VECTORS && options->task != TASK_COVERAGE) {
    argp_error(state, "'%s': files follow only --trace, --vectors and --coverage-report", argument);
  }
  add_input(&options->source.traces, argument, state);
}

static void check_mutants(const struct cosim_options *options, const struct argp_state *state) {
  bool all = options->task == TASK_MUTANTS;
  if (options->mutant && (options->task == TASK_VECTORS || options->task == TASK_REPLAY || options->task == TASK_SPEED))
    argp_error(state, "--mutant cannot go with --vectors, --replay and --speed");
  if (!all && (options->json || options->jobs)) argp_error(state, "--json and --jobs go with --mutant all only");
  if (options->json && strcmp(options->json, "-") == 0)
    argp_error(state, "--json must name a file: standard output has the tables");
  if (!all) return;
  if (options->log || options->waves || options->no_check)
    argp_error(state, "--log, --waves and --no-check cannot go with --mutant all: run one mutant alone");
  if (options->mode_given && !options->device)
    argp_error(state, "--mode cannot go with --mutant all: the manifest says it for each");
}

static void check_together(const struct cosim_options *options, const struct argp_state *state) {
  if (!options->config.path && options->task != TASK_REPLAY && options->task != TASK_COVERAGE) {
    argp_error(state, "a configuration is needed: -c CONFIG");
  }
  if (options->no_check && options->task == TASK_TRACE) {
    argp_error(state, "--no-check cannot go with --trace: the pager needs to know why an access faults");
  }
  if (options->mode != PW_CHECK_STRICT && (options->task == TASK_TRACE || options->task == TASK_VECTORS)) {
    argp_error(state, "--trace and --vectors are checked in strict mode only");
  }
  if (options->task == TASK_VECTORS && (options->log || options->waves)) {
    argp_error(state, "--log and --waves cannot go with --vectors, which are checked on several devices");
  }
  if (options->task != TASK_TRACE && (options->tlb_only || options->source.limit || options->source.format)) {
    argp_error(state, "--tlb-only, --limit and --format go with --trace only");
  }
  if (options->task == TASK_SPEED && (options->log || options->waves || options->no_check)) {
    argp_error(state, "--log, --waves and --no-check cannot go with --speed, which runs with and without the checker");
  }
  check_mutants(options, state);
  if (options->coverage && ((options->task != TASK_RANDOM && options->task != TASK_STIMULUS) || options->no_check)) {
    argp_error(state, "--coverage goes with random requests and --stimulus, and with a checker");
  }
  if (options->no_steer && !options->coverage) argp_error(state, "--no-steer goes with --coverage only");
  if (options->in_flight > 15) argp_error(state, "--in-flight must be in 1..15");
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
  struct cosim_options *options = state->input;
  switch (key) {
    case 'c': options->config.path = argument; return 0;
    case 's': parse_set(&options->config, argument, state); return 0;
    case 'f': options->source.format = argument; return 0;
    case KEY_MODE: options->mode = parse_mode(argument, state), options->mode_given = true; return 0;
    case KEY_SEED: options->seed = parse_seed(state, argument); return 0;
    case KEY_REQUESTS: options->requests = parse_positive(state, "--requests", argument); return 0;
    case KEY_IN_FLIGHT: options->in_flight = parse_positive(state, "--in-flight", argument); return 0;
    case KEY_TRAFFIC: options->traffic = parse_traffic(argument, state); return 0;
    case KEY_LIMIT: options->source.limit = parse_positive(state, "--limit", argument); return 0;
    case KEY_TRACE: set_task(options, TASK_TRACE, state); break;
    case KEY_VECTORS: set_task(options, TASK_VECTORS, state); break;
    case KEY_REPLAY: set_task(options, TASK_REPLAY, state), options->replay = argument; return 0;
    case KEY_STIMULUS: set_task(options, TASK_STIMULUS, state), options->stimulus = argument; return 0;
    case KEY_SPEED: set_task(options, TASK_SPEED, state); return 0;
    case KEY_COVERAGE_REPORT: set_task(options, TASK_COVERAGE, state); break;
    case KEY_COVERAGE: options->coverage = argument; return 0;
    case KEY_NO_STEER: options->no_steer = true; return 0;
    case KEY_LOG: options->log = argument; return 0;
    case KEY_WAVES: options->waves = argument; return 0;
    case KEY_DEVICE: options->device = argument; return 0;
    case KEY_FOLDER: options->folder = argument; return 0;
    case KEY_TLB_ONLY: options->tlb_only = true; return 0;
    case KEY_NO_CHECK: options->no_check = true; return 0;
    case KEY_NO_SHRINK: options->no_shrink = true; return 0;
    case KEY_NO_WAVES: options->no_waves = true; return 0;
    case KEY_ASSERT: options->checked_rtl = true; return 0;
    case KEY_MUTANT: parse_mutant(options, argument, state); return 0;
    case KEY_JSON: options->json = argument; return 0;
    case 'j': options->jobs = parse_positive(state, "--jobs", argument); return 0;
    case ARGP_KEY_ARG: break;
    case ARGP_KEY_END: check_together(options, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
  }
  add_file(options, argument, state);
  return 0;
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse_option,
    .args_doc = "[FILE...]",
    .doc =
        "Run a Verilated MMU in lockstep with the golden model.\v"
        "The device is built for the configuration when it is first needed, and kept. The last line of standard output "
        "is `checked N requests, M mismatches'. Exit status 1 when something differed, or when nothing was checked.\n\n"
        "Example: pagewalk-cosim -c configs/small.yaml --seed 7 --requests 1000000\n"
        "         pagewalk-cosim -c configs/small.yaml --trace tests/data/traces/true.lackey.zst",
};

void parse_options(int argc, char **argv, struct cosim_options *options) {
  *options = (struct cosim_options){.seed = 1, .traffic = -1, .folder = "."};
  options->source.threads = 1;
  argp_err_exit_status = EXIT_USAGE;
  argp_parse(&argp, argc, argv, 0, 0, options);
  if (!options->requests) options->requests = options->mutant ? MUTANT_REQUESTS : RANDOM_REQUESTS;
}
