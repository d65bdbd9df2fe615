/* trace.c: recognises a trace's format and feeds its parser with decompressed bytes. */
#include <pagewalk/trace.h>
#include <stdlib.h>
#include <string.h>

#include "byte_stream.h"
#include "diag.h"
#include "format.h"

#define WINDOW_BYTES (1u << 20)

static const struct pw_trace_format *const formats[] = {&pw_format_lackey};
#define FORMAT_COUNT (sizeof formats / sizeof formats[0])

struct pw_trace_reader {
  struct pw_byte_window window;
  const struct pw_trace_format *format;
  struct pw_diag pending; /* of an error behind records that were delivered first */
  int pending_status;
  uint64_t line;
};

const char *pw_trace_kind_name(unsigned kind) {
  static const char *const names[PW_TRACE_KINDS] = {"fetch", "read", "write", "modify"};
  return kind < PW_TRACE_KINDS ? names[kind] : NULL;
}

const char *pw_trace_format_name(size_t index) { return index < FORMAT_COUNT ? formats[index]->name : NULL; }

const char *pw_trace_reader_format(const struct pw_trace_reader *reader) { return reader->format->name; }

void pw_trace_progress(const struct pw_trace_reader *reader, uint64_t *bytes_done, uint64_t *bytes_total) {
  pw_byte_stream_progress(reader->window.stream, bytes_done, bytes_total);
}

static int find_format(struct pw_trace_reader *reader, const char *format, struct pw_diag *diag) {
  const struct pw_byte_window *window = &reader->window;
  const char *file = pw_byte_stream_name(window->stream);
  if (!window->length) return pw_refuse(diag, PW_ETRACE, file, 0, NULL, "is empty: there is nothing to simulate");
  for (size_t i = 0; i < FORMAT_COUNT && !reader->format; i++) {
    bool chosen = format ? strcmp(format, formats[i]->name) == 0 : formats[i]->recognise(window->bytes, window->length);
    if (chosen) reader->format = formats[i];
  }
  if (reader->format) return 0;
  if (format) return pw_refuse(diag, PW_EINVAL, file, 0, NULL, "unknown trace format '%s'; known: lackey", format);
  return pw_refuse(diag, PW_ETRACE, file, 1, NULL, "the trace format is not recognised; known: lackey");
}

int pw_trace_open(const char *path, const char *format, struct pw_trace_reader **reader, struct pw_diag *diag) {
  struct pw_trace_reader *made = calloc(1, sizeof *made);
  *reader = NULL;
  if (!made) return pw_refuse(diag, PW_ENOMEM, path, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  int status = pw_byte_window_open(&made->window, path, WINDOW_BYTES, diag);
  if (!status) status = find_format(made, format, diag);
  if (status) {
    pw_trace_close(made);
    return status;
  }
  *reader = made;
  return 0;
}

void pw_trace_close(struct pw_trace_reader *reader) {
  if (!reader) return;
  pw_byte_window_close(&reader->window);
  free(reader);
}

/* One call of the parser on what the buffer holds. */
static int parse_some(struct pw_trace_reader *reader, struct pw_trace_record *records, size_t capacity, size_t *count,
                      struct pw_diag *diag) {
  struct pw_byte_window *window = &reader->window;
  struct pw_parse parse = {.next = window->bytes + window->begin,
                           .end = window->bytes + window->length,
                           .last = window->at_end,
                           .records = records,
                           .capacity = capacity,
                           .count = *count,
                           .line = reader->line,
                           .file = pw_byte_stream_name(window->stream),
                           .diag = diag};
  int status = reader->format->parse(&parse);
  window->begin = (size_t)(parse.next - window->bytes);
  reader->line = parse.line;
  *count = parse.count;
  return status;
}

static int read_some(struct pw_trace_reader *reader, struct pw_trace_record *records, size_t capacity, size_t *count,
                     struct pw_diag *diag) {
  for (;;) {
    int status = parse_some(reader, records, capacity, count, diag);
    if (status || *count == capacity || reader->window.at_end) return status;
    status = pw_byte_window_refill(&reader->window, diag);
    if (status) return status;
  }
}

int pw_trace_read(struct pw_trace_reader *reader, struct pw_trace_record *records, size_t capacity, size_t *count,
                  struct pw_diag *diag) {
  *count = 0;
  if (!reader->pending_status) {
    reader->pending_status = read_some(reader, records, capacity, count, &reader->pending);
    if (!reader->pending_status || *count) return 0;
  }
  if (diag) *diag = reader->pending;
  return reader->pending_status;
}
