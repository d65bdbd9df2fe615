/* cmd_convert.c: pagewalk convert. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "trace_loop.h"

struct options {
  struct trace_source source;
  const char *to;
  const char *output;
};

static const struct argp_option option_table[] = {
    {"output", 'o', "FILE", 0, "Write to this file; - is standard output", 1},
    {"to", 't', "FORMAT", 0, "Format to write (default pwt)", 1},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
  struct options *options = state->input;
  switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &options->source; return 0;
    case 'o': options->output = argument; return 0;
    case 't': options->to = argument; return 0;
    case ARGP_KEY_END:
      if (!options->output) argp_error(state, "a file to write is needed: -o FILE; - is standard output");
      return 0;
    default: return ARGP_ERR_UNKNOWN;
  }
}

/* The formats, below the options of --help. */
static char *add_formats(int key, const char *text, void *input) {
  (void)input;
  char *help = NULL;
  size_t length;
  if (key != ARGP_KEY_HELP_POST_DOC) return (char *)text;
  FILE *stream = open_memstream(&help, &length);
  if (!stream) return (char *)text;
  char *formats = describe_trace_formats();
  fputs(formats ? formats : "", stream);
  free(formats);
  fputs("\nFormats to write:\n", stream);
  for (size_t i = 0; pw_trace_encoding_name(i); i++) {
    fprintf(stream, "  %-18s %s\n", pw_trace_encoding_name(i), pw_trace_encoding_summary(i));
  }
  fprintf(stream, "\n%s", text);
  fclose(stream);
  return help;
}

static const struct argp_child children[] = {{&trace_source_argp, 0, 0, 0}, {0}};
static const struct argp argp = {
    .options = option_table,
    .parser = parse_option,
    .args_doc = "TRACE... -o FILE",
    .doc =
        "Convert traces to .pwt, the project's own format, or to text.\v"
        "Several traces are appended one after another. The file appears when it is whole.\n\n"
        "Example: pagewalk convert tests/data/traces/true.lackey.zst -o true.pwt\n"
        "         pagewalk convert --to list true.pwt -o - | grep 'W 0x1ffe'",
    .children = children,
    .help_filter = add_formats,
};

/* A conversion under way. */
struct conversion {
  const struct options *options;
  struct pw_trace_writer *writer; /* from the first trace on */
  uint64_t records;
};

/* The output is begun behind the first trace, so that a trace that is none leaves nothing, and its format is known. */
static int begin_trace(void *context, const struct pw_trace_reader *reader) {
  struct conversion *conversion = context;
  const struct options *options = conversion->options;
  const struct inputs *traces = &options->source.traces;
  struct pw_diag diag;
  struct pw_trace_origin origin = {
      .format = pw_trace_reader_format(reader), .paths = traces->path, .path_count = traces->count};
  if (conversion->writer) return EXIT_GOOD;
  int status = pw_trace_create(options->output, options->to, &origin, &conversion->writer, &diag);
  return status ? print_diag(&diag) : EXIT_GOOD;
}

/* ---- interruption: the next batch ends the conversion, so that no half-written file is left ---- */

static volatile sig_atomic_t interruption; /* the signal, 0 so far */

static void note_interruption(int signal_number) { interruption = signal_number; }

/* A second signal has its usual effect at once. */
static void watch_interruption(void) {
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction action = {.sa_handler = note_interruption, .sa_flags = (int)(SA_RESETHAND | SA_RESTART)};
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
    struct sigaction before;
    if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL) sigaction(signals[i], &action, NULL);
  }
}

static int take_batch(void *context, const char *path, const struct pw_trace_batch *batch) {
  struct conversion *conversion = context;
  struct pw_diag diag;
  (void)path;
  if (interruption) return EXIT_USAGE;
  return pw_trace_write(conversion->writer, batch->records, batch->count, &diag) ? print_diag(&diag) : EXIT_GOOD;
}

static int finish_output(struct conversion *conversion) {
  struct pw_diag diag;
  uint64_t bytes;
  uint64_t records = conversion->records;
  int status = pw_trace_finish(conversion->writer, &bytes, &diag);
  conversion->writer = NULL;
  if (status) return print_diag(&diag);
  if (strcmp(conversion->options->output, "-") == 0) return EXIT_GOOD;
  printf("%" PRIu64 " records, %" PRIu64 " bytes", records, bytes);
  if (records) printf(", %.3f bytes per record", (double)bytes / (double)records);
  printf("\n");
  return EXIT_GOOD;
}

int command_convert(int argc, char **argv) {
  struct options options = {0};
  argp_parse(&argp, argc, argv, 0, 0, &options);
  if (check_output(options.output)) return EXIT_USAGE;
  struct conversion conversion = {.options = &options};
  watch_interruption();
  struct trace_sink sink = {.context = &conversion, .begin_trace = begin_trace, .take_batch = take_batch};
  int code = run_trace_loop(&options.source, &sink, &conversion.records);
  if (code == EXIT_GOOD) code = finish_output(&conversion);
  pw_trace_abandon(conversion.writer);
  if (interruption) raise(interruption);
  return code;
}
