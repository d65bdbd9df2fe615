/* trace_loop.c: the traces of a command line, one after another, in batches, with a limit and progress. */
#include "trace_loop.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- options ---- */

enum { KEY_LIMIT = 512, KEY_THREADS };

static const struct argp_option option_table[] = {
    {"format", 'f', "FORMAT", 0, "Format of the traces; recognised by content when not given", 3},
    {"limit", KEY_LIMIT, "N", 0, "Stop after N records", 3},
    {"threads", KEY_THREADS, "N", 0,
     "1: read and work in turn; 2: read ahead in a thread of its own. Default 2 where there are two processors; what "
     "comes out is the same",
     3},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
  struct trace_source *source = state->input;
  switch (key) {
    case ARGP_KEY_INIT: source->threads = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1; return 0;
    case 'f': source->format = argument; return 0;
    case KEY_LIMIT:
      source->limit = parse_number(state, "--limit", argument);
      if (!source->limit) argp_error(state, "--limit must be at least 1");
      return 0;
    case KEY_THREADS:
      source->threads = parse_number(state, "--threads", argument);
      if (source->threads < 1 || source->threads > 2) argp_error(state, "--threads must be 1 or 2");
      return 0;
    case ARGP_KEY_ARG: add_input(&source->traces, argument, state); return 0;
    case ARGP_KEY_END:
      if (!source->traces.count) argp_error(state, "a trace is needed; - is standard input");
      return 0;
    default: return ARGP_ERR_UNKNOWN;
  }
}

const struct argp trace_source_argp = {.options = option_table, .parser = parse_option};

char *describe_trace_formats(void) {
  char *text = NULL;
  size_t length;
  FILE *stream = open_memstream(&text, &length);
  if (!stream) return NULL;
  fputs("Formats to read:\n", stream);
  for (size_t i = 0; pw_trace_format_name(i); i++) {
    fprintf(stream, "  %-18s %s\n", pw_trace_format_name(i), pw_trace_format_summary(i));
  }
  fputs("-f list and -f champsim leave it to the content which of them it is.\n", stream);
  fclose(stream);
  return text;
}

/* ---- the loop ---- */

struct loop {
  const struct trace_source *source;
  const struct trace_sink *sink;
  struct progress progress;
  uint64_t records;
  size_t trace_index; /* of the trace being read */
};

/* Share of all traces, each counted alike, or of the limit if that is nearer. 0 when a trace's length is unknown. */
static double share_done(const struct loop *loop, const struct pw_trace_batch *batch) {
  double of_limit = loop->source->limit ? (double)loop->records / (double)loop->source->limit : 0;
  if (!batch->bytes_total) return of_limit;
  double of_trace = (double)batch->bytes_done / (double)batch->bytes_total;
  double of_traces = ((double)loop->trace_index + of_trace) / (double)loop->source->traces.count;
  return of_traces > of_limit ? of_traces : of_limit;
}

static int drain(struct loop *loop, const char *path, struct pw_trace_feed *feed) {
  for (;;) {
    struct pw_trace_batch batch;
    struct pw_diag diag;
    if (pw_trace_feed_next(feed, &batch, &diag)) {
      progress_end(&loop->progress);
      return print_diag(&diag);
    }
    if (!batch.count) return EXIT_GOOD;
    int code = loop->sink->take_batch(loop->sink->context, path, &batch);
    if (code != EXIT_GOOD) return code;
    loop->records += batch.count;
    progress_show(&loop->progress, loop->records, share_done(loop, &batch));
  }
}

/* The one thing that a trace does not say of itself. */
static void tell_what_was_assumed(const struct trace_source *source, const char *path,
                                  const struct pw_trace_reader *reader) {
  if (source->format || strcmp(pw_trace_reader_format(reader), "list-decimal") != 0) return;
  fprintf(stderr, "%s: addresses without 0x are taken for decimal; -f list-hex reads them as hexadecimal\n",
          strcmp(path, "-") == 0 ? "standard input" : path);
}

static int read_trace(struct loop *loop, const char *path, struct pw_trace_reader *reader) {
  const struct trace_source *source = loop->source;
  struct pw_trace_feed_options options = {.limit = source->limit ? source->limit - loop->records : 0,
                                          .ahead = source->threads > 1};
  struct pw_trace_feed *feed;
  tell_what_was_assumed(source, path, reader);
  int code = loop->sink->begin_trace ? loop->sink->begin_trace(loop->sink->context, reader) : EXIT_GOOD;
  if (code != EXIT_GOOD) return code;
  int status = pw_trace_feed_create(reader, options, &feed);
  code = status ? print_status(path, status) : drain(loop, path, feed);
  pw_trace_feed_destroy(feed);
  return code;
}

/*
 * Nobody should wait for one trace to hear that the next is none. Pipes cannot be looked at twice, and what stands
 * behind a limit may not be there at all.
 */
static int check_traces(const struct trace_source *source) {
  for (size_t i = 0; i < source->traces.count; i++) {
    const char *path = source->traces.path[i];
    struct pw_trace_reader *reader;
    struct pw_diag diag;
    struct stat status;
    if (source->traces.count == 1 || source->limit || strcmp(path, "-") == 0) continue;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) continue;
    if (pw_trace_open(path, source->format, &reader, &diag)) return print_diag(&diag);
    pw_trace_close(reader);
  }
  return EXIT_GOOD;
}

int run_trace_loop(const struct trace_source *source, const struct trace_sink *sink, uint64_t *records) {
  struct loop loop = {.source = source, .sink = sink};
  int code = check_traces(source);
  progress_start(&loop.progress);
  for (size_t i = 0; i < source->traces.count && code == EXIT_GOOD; i++) {
    struct pw_trace_reader *reader;
    struct pw_diag diag;
    if (source->limit && loop.records == source->limit) break;
    loop.trace_index = i;
    code = pw_trace_open(source->traces.path[i], source->format, &reader, &diag) ? print_diag(&diag) : EXIT_GOOD;
    if (code == EXIT_GOOD) code = read_trace(&loop, source->traces.path[i], reader);
    pw_trace_close(reader);
  }
  progress_end(&loop.progress);
  *records = loop.records;
  return code;
}
