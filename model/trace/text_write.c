/* text_write.c: writes traces as text, a line per reference, for people, grep and other simulators. */
#include <inttypes.h>

#include "trace_writer.h"

#define LINE_BYTES 64 /* longer than any line */
#define BUFFER_BYTES 8192

/* Writes a record as one or several lines, at most 2 * LINE_BYTES in all. Returns their length. */
typedef size_t line_writer(char *text, const struct pw_trace_record *record);

static int write_lines(const struct pw_trace_record *records, size_t count, line_writer *write_line,
                       struct pw_trace_sink *sink, struct pw_diag *diag) {
  char text[BUFFER_BYTES];
  size_t length = 0;
  int status = 0;
  for (size_t i = 0; i < count && !status; i++) {
    length += write_line(text + length, &records[i]);
    if (length <= sizeof text - 2 * LINE_BYTES) continue;
    status = pw_sink_put(sink, text, length, diag);
    length = 0;
  }
  return status ? status : pw_sink_put(sink, text, length, diag);
}

/* ---- lackey ---- */

/* As Valgrind prints it: "%08lx". */
static size_t lackey_line(char *text, const struct pw_trace_record *record) {
  static const char *const kinds[PW_TRACE_KINDS] = {"I ", " L", " S", " M"};
  return (size_t)snprintf(text, LINE_BYTES, "%s %08" PRIx64 ",%" PRIu32 "\n", kinds[record->kind],
                          record->linear_address, record->size_bytes);
}

static int write_lackey(void *state, const struct pw_trace_record *records, size_t count, struct pw_trace_sink *sink,
                        struct pw_diag *diag) {
  (void)state;
  return write_lines(records, count, lackey_line, sink, diag);
}

const struct pw_trace_encoder pw_encoder_lackey = {
    .name = "lackey", .summary = "text of Valgrind's lackey; nothing is lost", .write = write_lackey};

/* ---- list ---- */

static size_t list_line(char *text, const struct pw_trace_record *record) {
  return (size_t)snprintf(text, LINE_BYTES, "%c 0x%" PRIx64 " %" PRIu32 "\n", "IRWM"[record->kind],
                          record -> linear_address, record -> size_bytes);
}

static int write_list(void *state, const struct pw_trace_record *records, size_t count, struct pw_trace_sink *sink,
                      struct pw_diag *diag) {
  (void)state;
  return write_lines(records, count, list_line, sink, diag);
}

const struct pw_trace_encoder pw_encoder_list = {
    .name = "list", .summary = "a list: R 0x7ff000 8; nothing is lost", .write = write_list};

/* ---- din ---- */

#define PAGE_BYTES UINT64_C(4096)

/*
 * The format has no sizes and no modify: a modify is a write, as which it is translated, and a reference that crosses
 * a 4 KB boundary is one line per page, so that as many translations are made as of the record.
 */
static size_t din_line(char *text, const struct pw_trace_record *record) {
  char label = "2011"[record->kind];
  uint64_t address = record->linear_address;
  size_t length = (size_t)snprintf(text, LINE_BYTES, "%c %" PRIx64 "\n", label, address);
  if (address % PAGE_BYTES + record->size_bytes <= PAGE_BYTES) return length;
  uint64_t next_page = address / PAGE_BYTES * PAGE_BYTES + PAGE_BYTES; /* 0 behind the last page */
  return length + (size_t)snprintf(text + length, LINE_BYTES, "%c %" PRIx64 "\n", label, next_page);
}

static int write_din(void *state, const struct pw_trace_record *records, size_t count, struct pw_trace_sink *sink,
                     struct pw_diag *diag) {
  (void)state;
  return write_lines(records, count, din_line, sink, diag);
}

const struct pw_trace_encoder pw_encoder_din = {
    .name = "din", .summary = "Dinero: kinds and addresses, no sizes", .write = write_din};
