/* cmd_convert.c: pagewalk convert. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "progress.h"

#define BATCH_RECORDS 4096

struct options {
  struct inputs traces;
  const char *format; /* to read, NULL to recognise it */
  const char *to;
  const char *output;
  uint64_t limit; /* records, 0 for all */
};

enum { KEY_LIMIT = 256 };

static const struct argp_option option_table[] = {
    {"format", 'f', "FORMAT", 0, "Format of the traces; recognised by content when not given", 1},
    {"limit", KEY_LIMIT, "N", 0, "Stop after N records", 1},
    {"output", 'o', "FILE", 0, "Write to this file; - is standard output", 1},
    {"to", 't', "FORMAT", 0, "Format to write (default pwt)", 1},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
  struct options *options = state->input;
  switch (key) {
    case 'f': options->format = argument; return 0;
    case 'o': options->output = argument; return 0;
    case 't': options->to = argument; return 0;
    case KEY_LIMIT:
      options->limit = parse_number(state, "--limit", argument);
      if (!options->limit) argp_error(state, "--limit must be at least 1");
      return 0;
    case ARGP_KEY_ARG: add_input(&options->traces, argument, state); return 0;
    case ARGP_KEY_END:
      if (!options->traces.count) argp_error(state, "a trace is needed; - is standard input");
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
  fputs("Formats to read:", stream);
  for (size_t i = 0; pw_trace_format_name(i); i++) fprintf(stream, "%s %s", i ? "," : "", pw_trace_format_name(i));
  fputs("\nFormats to write:\n", stream);
  for (size_t i = 0; pw_trace_encoding_name(i); i++) {
    fprintf(stream, "  %-8s %s\n", pw_trace_encoding_name(i), pw_trace_encoding_summary(i));
  }
  fprintf(stream, "\n%s", text);
  fclose(stream);
  return help;
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse_option,
    .args_doc = "TRACE... -o FILE",
    .doc =
        "Convert traces to .pwt, the project's own format, or to text.\v"
        "Several traces are appended one after another. The file appears when it is whole.\n\n"
        "Example: pagewalk convert tests/data/traces/true.lackey.zst -o true.pwt\n"
        "         pagewalk convert --to list true.pwt -o - | grep 'W 0x1ffe'",
    .help_filter = add_formats,
};

/* A conversion under way. */
struct conversion {
  const struct options *options;
  struct pw_trace_writer *writer; /* from the first trace on */
  struct progress progress;
  uint64_t records;
  size_t trace_index; /* of the trace being read */
  struct pw_trace_record batch[BATCH_RECORDS];
};

static uint64_t room_for(const struct conversion *conversion) {
  uint64_t limit = conversion->options->limit;
  return limit && limit - conversion->records < BATCH_RECORDS ? limit - conversion->records : BATCH_RECORDS;
}

static int copy_batches(struct conversion *conversion, struct pw_trace_reader *reader) {
  const struct options *options = conversion->options;
  while (room_for(conversion)) {
    struct pw_diag diag;
    size_t count;
    if (pw_trace_read(reader, conversion->batch, room_for(conversion), &count, &diag)) return print_diag(&diag);
    if (!count) return EXIT_GOOD;
    if (pw_trace_write(conversion->writer, conversion->batch, count, &diag)) return print_diag(&diag);
    conversion->records += count;
    progress_show(
        &conversion->progress, conversion->records,
        progress_share(reader, conversion->trace_index, options->traces.count, conversion->records, options->limit));
  }
  return EXIT_GOOD;
}

/* The output is begun behind the first trace, so that a trace that is none leaves nothing, and its format is known. */
static int begin_output(struct conversion *conversion, const struct pw_trace_reader *reader) {
  const struct options *options = conversion->options;
  struct pw_diag diag;
  struct pw_trace_origin origin = {
      .format = pw_trace_reader_format(reader), .paths = options->traces.path, .path_count = options->traces.count};
  if (conversion->writer) return EXIT_GOOD;
  int status = pw_trace_create(options->output, options->to, &origin, &conversion->writer, &diag);
  return status ? print_diag(&diag) : EXIT_GOOD;
}

static int convert_trace(struct conversion *conversion, const char *path) {
  struct pw_trace_reader *reader;
  struct pw_diag diag;
  if (pw_trace_open(path, conversion->options->format, &reader, &diag)) return print_diag(&diag);
  int code = begin_output(conversion, reader);
  if (code == EXIT_GOOD) code = copy_batches(conversion, reader);
  pw_trace_close(reader);
  return code;
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

static int convert_all(struct conversion *conversion) {
  const struct inputs *traces = &conversion->options->traces;
  int code = EXIT_GOOD;
  progress_start(&conversion->progress);
  for (size_t i = 0; i < traces->count && code == EXIT_GOOD && room_for(conversion); i++) {
    conversion->trace_index = i;
    code = convert_trace(conversion, traces->path[i]);
  }
  progress_end(&conversion->progress);
  if (code == EXIT_GOOD) code = finish_output(conversion);
  pw_trace_abandon(conversion->writer);
  return code;
}

int command_convert(int argc, char **argv) {
  struct options options = {0};
  argp_parse(&argp, argc, argv, 0, 0, &options);
  if (check_output(options.output)) return EXIT_USAGE;
  struct conversion *conversion = calloc(1, sizeof *conversion);
  if (!conversion) return print_status("convert", -PW_ENOMEM);
  conversion->options = &options;
  int code = convert_all(conversion);
  free(conversion);
  return code;
}
