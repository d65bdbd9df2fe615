/* cmd_run.c: pagewalk run. */
#include <inttypes.h>
#include <string.h>

#include "trace_loop.h"

struct options {
  struct config_options config;
  struct trace_source source;
  const char *json;
  const char *csv;
  uint64_t warmup; /* records that run but do not count */
  bool tlb_only;
};

enum { KEY_JSON = 256, KEY_CSV, KEY_TLB_ONLY, KEY_WARMUP };

static const struct argp_option option_table[] = {
    {"json", KEY_JSON, "FILE", 0, "Write the report as JSON; - is standard output, in place of the text", 2},
    {"csv", KEY_CSV, "FILE", 0, "Write the report as CSV; - is standard output, in place of the text", 2},
    {"tlb-only", KEY_TLB_ONLY, 0, 0, "Leave the program's own references out of the caches", 2},
    {"warmup", KEY_WARMUP, "N", 0, "Run the first N records without counting them", 2},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
  struct options *options = state->input;
  switch (key) {
    case ARGP_KEY_INIT:
      state->child_inputs[0] = &options->config;
      state->child_inputs[1] = &options->source;
      return 0;
    case KEY_JSON: options->json = argument; return 0;
    case KEY_CSV: options->csv = argument; return 0;
    case KEY_TLB_ONLY: options->tlb_only = true; return 0;
    case KEY_WARMUP: options->warmup = parse_number(state, "--warmup", argument); return 0;
    case ARGP_KEY_END:
      if (options->json && options->csv && !strcmp(options->json, options->csv)) {
        argp_error(state, "--json and --csv cannot go to the same place");
      }
      return 0;
    default: return ARGP_ERR_UNKNOWN;
  }
}

/* The formats, below the options of --help. */
static char *add_formats(int key, const char *text, void *input) {
  (void)input;
  if (key != ARGP_KEY_HELP_EXTRA) return (char *)text;
  return describe_trace_formats();
}

static const struct argp_child children[] = {{&config_argp, 0, 0, 0}, {&trace_source_argp, 0, 0, 0}, {0}};
static const struct argp argp = {
    .options = option_table,
    .parser = parse_option,
    .args_doc = "TRACE...",
    .doc =
        "Run traces through a machine and report where the time went.\v"
        "Traces run one after another, as one program. Any compression is undone.\n\n"
        "Example: pagewalk run -c configs/sandy-bridge.yaml tests/data/traces/true.lackey.zst\n"
        "         zcat t.gz | pagewalk run -c configs/skylake.yaml --json - -",
    .children = children,
    .help_filter = add_formats,
};

/* A run under way. */
struct run {
  const struct options *options;
  struct pw_simulation *simulation;
  uint64_t records;
};

/* A batch, which the end of the warm-up may cut in two. */
static int take_batch(void *context, const char *path, const struct pw_trace_batch *batch) {
  struct run *run = context;
  uint64_t warmup_left = run->records < run->options->warmup ? run->options->warmup - run->records : 0;
  size_t first = warmup_left < batch->count ? (size_t)warmup_left : batch->count;
  int status = pw_simulation_run(run->simulation, batch->records, first);
  if (!status && first && first == warmup_left) pw_simulation_restart_stats(run->simulation);
  if (!status) status = pw_simulation_run(run->simulation, batch->records + first, batch->count - first);
  run->records += batch->count;
  return status ? print_status(path, status) : EXIT_GOOD;
}

typedef int (*report_writer)(FILE *stream, const struct pw_run_report *report);

static int write_report(const char *path, report_writer writer, const struct pw_run_report *report) {
  FILE *stream = open_output(path);
  if (!stream) return EXIT_USAGE;
  int status = writer(stream, report);
  int code = close_output(stream, path);
  return status && code == EXIT_GOOD ? print_status(path, status) : code;
}

static int report(const struct run *run, const struct pw_config *config) {
  const struct options *options = run->options;
  struct pw_run_report what = {.config = config,
                               .stats = pw_simulation_stats(run->simulation),
                               .overrides = options->config.overrides,
                               .override_count = options->config.override_count,
                               .warmup = options->warmup,
                               .footprint = pw_simulation_footprint(run->simulation),
                               .traces = options->source.traces.path,
                               .trace_count = options->source.traces.count,
                               .tlb_only = options->tlb_only};
  bool output_taken = (options->json && !strcmp(options->json, "-")) || (options->csv && !strcmp(options->csv, "-"));
  int code = EXIT_GOOD;
  if (!output_taken) code = write_report("-", pw_report_text, &what);
  if (code == EXIT_GOOD && options->json) code = write_report(options->json, pw_report_json, &what);
  if (code == EXIT_GOOD && options->csv) code = write_report(options->csv, pw_report_csv, &what);
  return code;
}

/* Accesses that no pager can serve are left out of every average; nobody should have to find that out. */
static void warn_of_failed(const struct pw_stats *stats) {
  if (!stats->failed_records) return;
  fprintf(stderr,
          "pagewalk run: %" PRIu64 " of %" PRIu64
          " accesses have addresses that this paging mode cannot translate; "
          "they are left out of the averages\n",
          stats->failed_records, pw_stats_accesses(stats));
}

static int run_all(struct run *run, const struct pw_config *config) {
  struct trace_sink sink = {.context = run, .take_batch = take_batch};
  uint64_t records;
  int code = run_trace_loop(&run->options->source, &sink, &records);
  if (code != EXIT_GOOD) return code;
  if (records <= run->options->warmup) {
    fputs("pagewalk: the traces hold no record after the warm-up: there is nothing to report\n", stderr);
    return EXIT_USAGE;
  }
  warn_of_failed(pw_simulation_stats(run->simulation));
  return report(run, config);
}

/* The reports can be written, and overwrite neither each other nor a trace. */
static int check_outputs(const struct options *options) {
  const struct inputs *traces = &options->source.traces;
  if (check_output(options->json) || check_output(options->csv)) return EXIT_USAGE;
  bool clash = is_same_file(options->json, options->csv);
  for (size_t i = 0; i < traces->count && !clash; i++) {
    clash = is_same_file(options->json, traces->path[i]) || is_same_file(options->csv, traces->path[i]);
  }
  if (clash) fputs("pagewalk run: a report must not overwrite a trace, or another report\n", stderr);
  return clash ? EXIT_USAGE : EXIT_GOOD;
}

int command_run(int argc, char **argv) {
  struct options options = {0};
  struct pw_config config;
  argp_parse(&argp, argc, argv, 0, 0, &options);
  if (load_config(&options.config, &config)) return EXIT_USAGE;
  if (check_outputs(&options)) return EXIT_USAGE;
  struct run run = {.options = &options};
  struct pw_simulation_options simulation_options = {.tlb_only = options.tlb_only};
  int status = pw_simulation_create(&config, simulation_options, &run.simulation);
  int code = status ? print_status("simulation", status) : run_all(&run, &config);
  pw_simulation_destroy(run.simulation);
  return code;
}
