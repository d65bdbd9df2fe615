/* trace_loop.h: the traces of a command line, one after another, in batches, with a limit and progress. */
#ifndef PAGEWALK_CLI_TRACE_LOOP_H
#define PAGEWALK_CLI_TRACE_LOOP_H

#include "command.h"
#include "progress.h"

/* What a command reads, and how. */
struct trace_source {
  struct inputs traces;
  const char *format; /* NULL: each is recognised by its content */
  uint64_t limit;     /* records of all traces together, 0 for all */
  uint64_t threads;   /* 2: one of them reads ahead */
};

/* What a command does with it. Both functions return an exit code, and another one than EXIT_GOOD ends the loop. */
struct trace_sink {
  void *context;
  int (*begin_trace)(void *context, const struct pw_trace_reader *reader); /* NULL: nothing */
  int (*take_batch)(void *context, const char *path, const struct pw_trace_batch *batch);
};

/*
 * Hands every batch of every trace to the sink; *records receives how many records that were. Prints what is wrong with
 * a trace. Returns an exit code.
 */
int run_trace_loop(const struct trace_source *source, const struct trace_sink *sink, uint64_t *records);

/* Options -f, --limit and --threads, and the traces, for a command's argp: its input is a struct trace_source. */
extern const struct argp trace_source_argp;

/* The traces' formats as a text for --help; the caller frees it. NULL when the host has no memory. */
char *describe_trace_formats(void);

#endif
