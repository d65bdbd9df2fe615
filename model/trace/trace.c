/* trace.c: recognises a trace's format and feeds its parser with decompressed bytes. */
#include <pagewalk/trace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "byte_stream.h"
#include "diag.h"
#include "foreign.h"
#include "format.h"
#include "reader.h"

/*
 * In the order in which they are tried, the narrow before the wide: a line of lackey or din may be one of a list too. A
 * list is decimal only when nothing in it says that it is hexadecimal.
 */
static const struct pw_trace_format *const formats[] = {
    &pw_format_pwt,          &pw_format_lackey,       &pw_format_pinatrace,    &pw_format_din,
    &pw_format_list,         &pw_format_list_hex,     &pw_format_list_decimal, &pw_formats_champsim[0],
    &pw_formats_champsim[1], &pw_formats_champsim[2], &pw_formats_champsim[3], &pw_formats_champsim[4]};
#define FORMAT_COUNT (sizeof formats / sizeof formats[0])

struct pw_trace_reader {
  struct pw_byte_window window;
  const struct pw_trace_format *format;
  void *format_state;
  struct pw_diag pending; /* of an error behind records that were delivered first */
  int pending_status;
  uint64_t line;
};

const char *pw_trace_kind_name(unsigned kind) {
  static const char *const names[PW_TRACE_KINDS] = {"fetch", "read", "write", "modify"};
  return kind < PW_TRACE_KINDS ? names[kind] : NULL;
}

const char *pw_trace_format_name(size_t index) { return index < FORMAT_COUNT ? formats[index]->name : NULL; }
const char *pw_trace_format_summary(size_t index) { return index < FORMAT_COUNT ? formats[index]->summary : NULL; }

const char *pw_trace_reader_format(const struct pw_trace_reader *reader) { return reader->format->name; }

/*
 * Of the bytes that came out of the file so far, those that wait in the window are not done; a small file, or one that
 * is much smaller than what it holds, may be in there whole.
 */
void pw_trace_progress(const struct pw_trace_reader *reader, uint64_t *bytes_done, uint64_t *bytes_total) {
  const struct pw_byte_window *window = &reader->window;
  uint64_t parsed = window->offset + window->begin;
  uint64_t delivered = window->offset + window->length;
  pw_byte_stream_progress(window->stream, bytes_done, bytes_total);
  if (delivered) *bytes_done = (uint64_t)((double)*bytes_done * ((double)parsed / (double)delivered));
}

void pw_trace_cancel(struct pw_trace_reader *reader) { pw_byte_stream_cancel(reader->window.stream); }

/* ---- which format ---- */

static bool is_meant(const struct pw_trace_format *format, const char *name) {
  return !name || strcmp(name, format->name) == 0 || (format->family && strcmp(name, format->family) == 0);
}

/*
 * Of the formats that a name means, all of them without one, the first that recognises the file. A format that is
 * given is not doubted: when the content fits none of those meant, the first of them stands, and its parser says why.
 */
static const struct pw_trace_format *choose(const char *name, const struct pw_sample *sample) {
  const struct pw_trace_format *first = NULL;
  for (size_t i = 0; i < FORMAT_COUNT; i++) {
    if (!is_meant(formats[i], name)) continue;
    if (formats[i]->recognise(formats[i]->variant, sample)) return formats[i];
    if (!first) first = formats[i];
  }
  return name ? first : NULL;
}

/* "lackey, din, ..." */
static void list_formats(char *text, size_t size_bytes) {
  size_t length = 0;
  text[0] = '\0';
  for (size_t i = 0; i < FORMAT_COUNT && length < size_bytes; i++) {
    length += (size_t)snprintf(text + length, size_bytes - length, "%s%s", i ? ", " : "", formats[i]->name);
  }
}

/* Some editors begin a text with a byte-order mark. It is no part of any format. */
static void skip_byte_order_mark(struct pw_byte_window *window) {
  static const char mark[] = {'\xef', '\xbb', '\xbf'};
  if (window->length > sizeof mark && memcmp(window->bytes, mark, sizeof mark) == 0) window->begin = sizeof mark;
}

static int find_format(struct pw_trace_reader *reader, const char *name, struct pw_diag *diag) {
  struct pw_byte_window *window = &reader->window;
  const char *file = pw_byte_stream_name(window->stream);
  skip_byte_order_mark(window);
  struct pw_sample sample = {window->bytes + window->begin, window->bytes + window->length, window->at_end};
  char known[200];
  if (!window->length) return pw_refuse(diag, PW_ETRACE, file, 0, NULL, "is empty: there is nothing to simulate");
  const char *foreign = name ? NULL : pw_foreign_format(&sample, true);
  if (!foreign) reader->format = choose(name, &sample);
  if (reader->format) return 0;
  list_formats(known, sizeof known);
  if (name) return pw_refuse(diag, PW_EINVAL, file, 0, NULL, "unknown trace format '%s'; known: %s", name, known);
  if (!foreign) foreign = pw_foreign_format(&sample, false);
  if (foreign) return pw_refuse(diag, PW_ETRACE, file, 0, NULL, "%s", foreign);
  return pw_refuse(diag, PW_ETRACE, file, 1, NULL, "the trace format is not recognised; known: %s", known);
}

/* ---- life ---- */

int pw_trace_open(const char *path, const char *format, struct pw_trace_reader **reader, struct pw_diag *diag) {
  struct pw_trace_reader *made = calloc(1, sizeof *made);
  *reader = NULL;
  if (!made) return pw_refuse(diag, PW_ENOMEM, path, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  int status = pw_byte_window_open(&made->window, path, PW_PARSE_WINDOW_BYTES, diag);
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
  if (reader->format && reader->format->release) reader->format->release(reader->format_state);
  pw_byte_window_close(&reader->window);
  free(reader);
}

/* ---- reading ---- */

/* One call of the parser on what the window holds. */
static int parse_some(struct pw_trace_reader *reader, struct pw_trace_record *records, size_t capacity, size_t *count,
                      struct pw_diag *diag) {
  struct pw_byte_window *window = &reader->window;
  struct pw_parse parse = {.variant = reader->format->variant,
                           .state = &reader->format_state,
                           .begin = window->bytes,
                           .next = window->bytes + window->begin,
                           .end = window->bytes + window->length,
                           .last = window->at_end,
                           .begin_offset = window->offset,
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
