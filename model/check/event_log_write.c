/* event_log_write.c: events as lines of an event log, formatted by hand from the tables of event_fields.c. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "event_fields.h"

#define BUFFER_BYTES (1u << 16)
#define MAX_EVENT_BYTES 1024u /* the longest line of an event has fewer than 400 */

struct pw_event_log_writer {
  FILE *stream;
  bool owns_stream;
  int failed;     /* status of the first error of the stream, 0 so far */
  uint64_t line;  /* lines written, the header included */
  uint64_t cycle; /* of the last event */
  size_t length;  /* of what waits in the buffer */
  char name[256];
  char buffer[BUFFER_BYTES];
};

/* ---- values ---- */

/* These return where the value ends. */

static char *put_text(char *to, const char *text) {
  size_t length = strlen(text);
  memcpy(to, text, length);
  return to + length;
}

static char *put_decimal(char *to, uint64_t value) {
  char digits[20];
  char *first = digits + sizeof digits;
  do {
    *--first = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  size_t count = (size_t)(digits + sizeof digits - first);
  memcpy(to, first, count);
  return to + count;
}

static char *put_hex(char *to, uint64_t value) {
  unsigned shift = 60;
  while (shift && !(value >> shift)) shift -= 4;
  to = put_text(to, "\"0x");
  for (;; shift -= 4) {
    *to++ = "0123456789abcdef"[value >> shift & 15];
    if (!shift) break;
  }
  *to++ = '"';
  return to;
}

static char *put_word(char *to, const char *word) {
  *to++ = '"';
  to = put_text(to, word);
  *to++ = '"';
  return to;
}

static char *put_words(char *to, const char *const *words, uint64_t bits) {
  char separator = '[';
  if (!bits) *to++ = '[';
  for (; bits; bits >>= 1, words++) {
    if (!(bits & 1)) continue;
    *to++ = separator;
    to = put_word(to, *words);
    separator = ',';
  }
  *to++ = ']';
  return to;
}

/* Everything but a text, for which there may be no room. */
static char *put_value(char *to, const struct pw_log_field *field, uint64_t value) {
  switch (field->type) {
    case PW_LOG_HEX: return put_hex(to, value);
    case PW_LOG_WORD: return put_word(to, field->words[value]);
    case PW_LOG_WORDS: return put_words(to, field->words, value);
    default: return put_decimal(to, value);
  }
}

/* ---- lines ---- */

static int refuse_field(const struct pw_event_log_writer *writer, const struct pw_log_field *field, uint64_t value,
                        struct pw_diag *diag) {
  char rule[240];
  pw_log_field_rule(field, rule, sizeof rule);
  return pw_refuse(diag, PW_EINVAL, writer->name, writer->line + 1, field->key, "%s, not %" PRIu64, rule, value);
}

/* Writes the fields of a line, a text excepted, behind *to, which moves. The comma of the first becomes the brace. */
static int put_fields(const struct pw_event_log_writer *writer, const struct pw_log_format *format, const void *line,
                      char **to, struct pw_diag *diag) {
  char *at = *to;
  const struct pw_log_field *end = format->fields + format->field_count;
  for (const struct pw_log_field *field = format->fields; field < end; field++) {
    if (field->type == PW_LOG_TEXT) continue;
    uint64_t value = pw_log_field_load(field, line);
    if (!value && field->optional) continue;
    if (!pw_log_field_allows(field, value)) return refuse_field(writer, field, value, diag);
    memcpy(at, field->opening, field->opening_length);
    at = put_value(at + field->opening_length, field, value);
  }
  **to = '{';
  *to = at;
  return 0;
}

static int drain(struct pw_event_log_writer *writer, struct pw_diag *diag) {
  size_t length = writer->length;
  writer->length = 0;
  if (!writer->failed && length && fwrite(writer->buffer, 1, length, writer->stream) != length) {
    writer->failed = pw_refuse(diag, PW_EIO, writer->name, 0, NULL, "cannot be written: %s", strerror(errno));
  }
  return writer->failed;
}

static int refuse_again(const struct pw_event_log_writer *writer, struct pw_diag *diag) {
  return pw_refuse(diag, PW_EIO, writer->name, 0, NULL, "an earlier write failed");
}

/* Rules that a table of fields cannot say. */
static int check_event(const struct pw_event_log_writer *writer, const struct pw_event *event, struct pw_diag *diag) {
  const char *key = NULL;
  const char *rule = pw_event_broken_rule(event, &key);
  if (rule) return pw_refuse(diag, PW_EINVAL, writer->name, writer->line + 1, key, "%s", rule);
  if (event->cycle >= writer->cycle) return 0;
  return pw_refuse(diag, PW_EINVAL, writer->name, writer->line + 1, "t",
                   "must be at least %" PRIu64 ", the cycle of the event before, not %" PRIu64, writer->cycle,
                   event->cycle);
}

int pw_event_log_write(struct pw_event_log_writer *writer, const struct pw_event *event, struct pw_diag *diag) {
  if (writer->failed) return refuse_again(writer, diag);
  if (BUFFER_BYTES - writer->length < MAX_EVENT_BYTES && drain(writer, diag)) return writer->failed;
  if (event->kind >= PW_EVENTS) {
    return pw_refuse(diag, PW_EINVAL, writer->name, writer->line + 1, "e", "must be a kind of event in 0..%u, not %u",
                     PW_EVENTS - 1u, event->kind);
  }
  char *at = writer->buffer + writer->length;
  int status = put_fields(writer, &pw_log_event_formats[event->kind], event, &at, diag);
  if (!status) status = check_event(writer, event, diag);
  if (status) return status;
  at = put_text(at, "}\n");
  writer->length = (size_t)(at - writer->buffer);
  writer->cycle = event->cycle;
  writer->line++;
  return 0;
}

/* ---- the header ---- */

/* A text as JSON has it, straight to the stream. */
static void put_long_text(FILE *stream, const char *text) {
  fputc('"', stream);
  for (; *text; text++) {
    const unsigned char c = (unsigned char)*text;
    if (c == '\n') {
      fputs("\\n", stream);
    } else if (c < ' ') {
      fprintf(stream, "\\u%04x", c);
    } else {
      if (c == '"' || c == '\\') fputc('\\', stream);
      fputc(c, stream);
    }
  }
  fputc('"', stream);
}

/* The line of numbers and words waits in the buffer; behind it comes the text, the last field of the table. */
static int put_header(struct pw_event_log_writer *writer, const struct pw_log_header_line *line, struct pw_diag *diag) {
  const struct pw_log_field *text = &pw_log_header_format.fields[pw_log_header_format.field_count - 1];
  char *at = writer->buffer;
  int status = put_fields(writer, &pw_log_header_format, line, &at, diag);
  if (status) return status;
  at = put_text(at, text->opening);
  writer->length = (size_t)(at - writer->buffer);
  status = drain(writer, diag);
  if (status) return status;
  put_long_text(writer->stream, line->config);
  fputs("}\n", writer->stream);
  writer->line++;
  return 0;
}

static int write_header(struct pw_event_log_writer *writer, const struct pw_event_log_header *header,
                        struct pw_diag *diag) {
  char *yaml = pw_config_to_yaml(&header->config);
  if (!yaml) return pw_refuse(diag, PW_ENOMEM, writer->name, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  const struct pw_log_header_line line = {.version = PW_EVENT_LOG_VERSION,
                                          .mode = header->check.mode,
                                          .pipeline_cycles = header->check.pipeline_cycles,
                                          .timed = header->check.timed,
                                          .hang_cycles = header->check.hang_cycles,
                                          .seed = header->seed,
                                          .config = yaml};
  int status = put_header(writer, &line, diag);
  free(yaml);
  return status;
}

/* ---- beginning and end ---- */

int pw_event_log_create_on(FILE *stream, const char *name, const struct pw_event_log_header *header,
                           struct pw_event_log_writer **writer, struct pw_diag *diag) {
  *writer = NULL;
  struct pw_event_log_writer *made = malloc(sizeof *made);
  if (!made) return pw_refuse(diag, PW_ENOMEM, name, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  made->stream = stream;
  made->owns_stream = false;
  made->failed = 0;
  made->line = made->cycle = made->length = 0;
  snprintf(made->name, sizeof made->name, "%s", name);
  int status = write_header(made, header, diag);
  if (status) {
    free(made);
    return status;
  }
  *writer = made;
  return 0;
}

int pw_event_log_create(const char *path, const struct pw_event_log_header *header, struct pw_event_log_writer **writer,
                        struct pw_diag *diag) {
  *writer = NULL;
  if (strcmp(path, "-") == 0) return pw_event_log_create_on(stdout, "standard output", header, writer, diag);
  FILE *stream = fopen(path, "wb");
  if (!stream) return pw_refuse(diag, PW_EIO, path, 0, NULL, "cannot be written: %s", strerror(errno));
  int status = pw_event_log_create_on(stream, path, header, writer, diag);
  if (status) {
    fclose(stream);
  } else {
    (*writer)->owns_stream = true;
  }
  return status;
}

int pw_event_log_flush(struct pw_event_log_writer *writer, struct pw_diag *diag) {
  if (writer->failed) return refuse_again(writer, diag);
  if (drain(writer, diag)) return writer->failed;
  if (fflush(writer->stream) || ferror(writer->stream)) {
    writer->failed = pw_refuse(diag, PW_EIO, writer->name, 0, NULL, "cannot be written: %s", strerror(errno));
  }
  return writer->failed;
}

int pw_event_log_finish(struct pw_event_log_writer *writer, struct pw_diag *diag) {
  if (!writer) return 0;
  int status = pw_event_log_flush(writer, diag);
  if (writer->owns_stream && fclose(writer->stream) && !status) {
    status = pw_refuse(diag, PW_EIO, writer->name, 0, NULL, "cannot be written completely: %s", strerror(errno));
  }
  free(writer);
  return status;
}
