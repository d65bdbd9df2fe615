/* cmd_run.c: pagewalk run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "progress.h"

struct options {
  struct config_options config;
  struct inputs traces;
  const char *format;
  const char *json;
  const char *csv;
  uint64_t limit;  /* records, 0 for all */
  uint64_t warmup; /* records that run but do not count */
  uint64_t threads;
  bool tlb_only;
};

enum { KEY_JSON = 256, KEY_CSV, KEY_TLB_ONLY, KEY_LIMIT, KEY_WARMUP, KEY_THREADS };

static const struct argp_option option_table[] = {
    {"format", 'f', "FORMAT", 0, "Format of the traces (lackey); recognised by content when not given", 2},
    {"json", KEY_JSON, "FILE", 0, "Write the report as JSON; - is standard output, in place of the text", 2},
    {"csv", KEY_CSV, "FILE", 0, "Write the report as CSV; - is standard output, in place of the text", 2},
    {"tlb-only", KEY_TLB_ONLY, 0, 0, "Leave the program's own references out of the caches", 2},
    {"limit", KEY_LIMIT, "N", 0, "Stop after N records", 2},
    {"warmup", KEY_WARMUP, "N", 0, "Run the first N records without counting them", 2},
    {"threads", KEY_THREADS, "N", 0,
     "1: read and simulate in turn; 2: read ahead in a thread of its own. The default is 2 where the machine has two "
     "processors. The report is the same",
     2},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
  struct options *options = state->input;
  switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &options->config; return 0;
    case 'f': options->format = argument; return 0;
    case KEY_JSON: options->json = argument; return 0;
    case KEY_CSV: options->csv = argument; return 0;
    case KEY_TLB_ONLY: options->tlb_only = true; return 0;
    case KEY_LIMIT:
      options->limit = parse_number(state, "--limit", argument);
      if (!options->limit) argp_error(state, "--limit must be at least 1");
      return 0;
    case KEY_WARMUP: options->warmup = parse_number(state, "--warmup", argument); return 0;
    case KEY_THREADS:
      options->threads = parse_number(state, "--threads", argument);
      if (options->threads < 1 || options->threads > 2) argp_error(state, "--threads must be 1 or 2");
      return 0;
    case ARGP_KEY_ARG: add_input(&options->traces, argument, state); return 0;
    case ARGP_KEY_END:
      if (!options->traces.count) argp_error(state, "a trace is needed; - is standard input");
      if (options->json && options->csv && !strcmp(options->json, options->csv)) {
        argp_error(state, "--json and --csv cannot go to the same place");
      }
      return 0;
    default: return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_child children[] = {{&config_argp, 0, 0, 0}, {0}};
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
};

/* A run under way. */
struct run {
  const struct options *options;
  struct pw_simulation *simulation;
  struct progress progress;
  uint64_t records;
  size_t trace_index; /* of the trace being read */
};

/* Share of all traces, each counted alike, or of the limit if that is nearer. 0 when a trace's length is unknown. */
static double share_done(const struct run *run, const struct pw_trace_batch *batch) {
  double of_limit = run->options->limit ? (double)run->records / (double)run->options->limit : 0;
  if (!batch->bytes_total) return of_limit;
  double of_trace = (double)batch->bytes_done / (double)batch->bytes_total;
  double of_traces = ((double)run->trace_index + of_trace) / (double)run->options->traces.count;
  return of_traces > of_limit ? of_traces : of_limit;
}

/* Runs a batch, which the end of the warm-up may cut in two. */
static int run_batch(struct run *run, const struct pw_trace_batch *batch) {
  uint64_t warmup_left = run->records < run->options->warmup ? run->options->warmup - run->records : 0;
  size_t first = warmup_left < batch->count ? (size_t)warmup_left : batch->count;
  int status = pw_simulation_run(run->simulation, batch->records, first);
  if (!status && first && first == warmup_left) pw_simulation_restart_stats(run->simulation);
  if (!status) status = pw_simulation_run(run->simulation, batch->records + first, batch->count - first);
  run->records += batch->count;
  return status;
}

static int run_feed(struct run *run, const char *path, struct pw_trace_feed *feed) {
  for (;;) {
    struct pw_trace_batch batch;
    struct pw_diag diag;
    if (pw_trace_feed_next(feed, &batch, &diag)) return print_diag(&diag);
    if (!batch.count) return EXIT_GOOD;
    int status = run_batch(run, &batch);
    if (status) return print_status(path, status);
    progress_show(&run->progress, run->records, share_done(run, &batch));
  }
}

static bool reached_limit(const struct run *run) { return run->options->limit && run->records == run->options->limit; }

static int run_trace(struct run *run, const char *path) {
  const struct options *options = run->options;
  struct pw_trace_feed_options feed_options = {.limit = options->limit ? options->limit - run->records : 0,
                                               .ahead = options->threads > 1};
  struct pw_trace_reader *reader;
  struct pw_trace_feed *feed;
  struct pw_diag diag;
  if (pw_trace_open(path, options->format, &reader, &diag)) return print_diag(&diag);
  int status = pw_trace_feed_create(reader, feed_options, &feed);
  int code = status ? print_status(path, status) : run_feed(run, path, feed);
  pw_trace_feed_destroy(feed);
  pw_trace_close(reader);
  return code;
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
                               .traces = options->traces.path,
                               .trace_count = options->traces.count,
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
  const struct options *options = run->options;
  int code = EXIT_GOOD;
  progress_start(&run->progress);
  for (size_t i = 0; i < options->traces.count && code == EXIT_GOOD && !reached_limit(run); i++) {
    run->trace_index = i;
    code = run_trace(run, options->traces.path[i]);
  }
  progress_end(&run->progress);
  if (code != EXIT_GOOD) return code;
  if (run->records <= options->warmup) {
    fputs("pagewalk: the traces hold no record after the warm-up: there is nothing to report\n", stderr);
    return EXIT_USAGE;
  }
  warn_of_failed(pw_simulation_stats(run->simulation));
  return report(run, config);
}

int command_run(int argc, char **argv) {
  struct options options = {.threads = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1};
  struct pw_config config;
  argp_parse(&argp, argc, argv, 0, 0, &options);
  if (load_config(&options.config, &config)) return EXIT_USAGE;
  if (check_output(options.json) || check_output(options.csv)) return EXIT_USAGE;
  struct run *run = calloc(1, sizeof *run);
  if (!run) return print_status("run", -PW_ENOMEM);
  run->options = &options;
  struct pw_simulation_options simulation_options = {.tlb_only = options.tlb_only};
  int status = pw_simulation_create(&config, simulation_options, &run->simulation);
  int code = status ? print_status("simulation", status) : run_all(run, &config);
  pw_simulation_destroy(run->simulation);
  free(run);
  return code;
}
