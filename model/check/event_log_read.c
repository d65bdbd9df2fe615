/* event_log_read.c: an event log back into events, with a refusal for everything that its tables do not allow. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "byte_stream.h"
#include "diag.h"
#include "event_fields.h"
#include "event_names.h"
#include "names.h"
#include "text.h"

struct pw_event_log_reader {
  struct pw_byte_window window;
  uint64_t line;
  uint64_t cycle; /* of the last event */
  bool failed;
};

/* A line that is being read. */
struct line {
  const char *file;
  uint64_t number;
  json_t *object;
  const struct pw_log_format *format;
  struct pw_diag *diag;
};

static int refuse(const struct line *line, const char *key, const char *rule) {
  return pw_refuse(line->diag, PW_ELOG, line->file, line->number, key, "%s", rule);
}

/* ---- values ---- */

static bool parse_hex(const char *text, uint64_t *value) {
  if (!text || text[0] != '0' || text[1] != 'x') return false;
  const char *end = text + strlen(text);
  return pw_parse_hex(text + 2, end, value) == end;
}

static bool parse_word(const char *const *words, const json_t *json, uint64_t *value) {
  const char *word = json_string_value(json);
  int index = word ? pw_name_find(words, word) : -1;
  *value = (uint64_t)index;
  return index >= 0;
}

static bool parse_words(const char *const *words, const json_t *json, uint64_t *value) {
  *value = 0;
  if (!json_is_array(json)) return false;
  for (size_t i = 0; i < json_array_size(json); i++) {
    uint64_t bit = 0;
    if (!parse_word(words, json_array_get(json, i), &bit) || *value >> bit & 1) return false;
    *value |= UINT64_C(1) << bit;
  }
  return true;
}

static bool parse_value(const struct pw_log_field *field, const json_t *json, uint64_t *value) {
  switch (field->type) {
    case PW_LOG_HEX: return parse_hex(json_string_value(json), value);
    case PW_LOG_WORD: return parse_word(field->words, json, value);
    case PW_LOG_WORDS: return parse_words(field->words, json, value);
    default: *value = (uint64_t)json_integer_value(json); return json_is_integer(json) && json_integer_value(json) >= 0;
  }
}

/* ---- fields ---- */

static int refuse_value(const struct line *line, const struct pw_log_field *field, const json_t *json) {
  char rule[240];
  char *given = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
  pw_log_field_rule(field, rule, sizeof rule);
  int status = pw_refuse(line->diag, PW_ELOG, line->file, line->number, field->key, "%s, not %.40s", rule,
                         given ? given : "this");
  free(given);
  return status;
}

static int read_field(const struct line *line, const struct pw_log_field *field, const json_t *json, void *to) {
  if (field->type == PW_LOG_TEXT) {
    const char *text = json_string_value(json);
    if (!text) return refuse_value(line, field, json);
    memcpy((char *)to + field->offset, &text, sizeof text);
    return 0;
  }
  uint64_t value = 0;
  if (!parse_value(field, json, &value) || !pw_log_field_allows(field, value)) return refuse_value(line, field, json);
  pw_log_field_store(field, to, value);
  return 0;
}

static const struct pw_log_field *find_field(const struct pw_log_format *format, const char *key) {
  for (size_t i = 0; i < format->field_count; i++) {
    if (strcmp(format->fields[i].key, key) == 0) return &format->fields[i];
  }
  return NULL;
}

static int refuse_key(const struct line *line, const char *key) {
  char legal[200] = "";
  size_t used = 0;
  for (size_t i = 0; i < line->format->field_count && used < sizeof legal; i++) {
    used += (size_t)snprintf(legal + used, sizeof legal - used, "%s%s", i ? ", " : "", line->format->fields[i].key);
  }
  return pw_refuse(line->diag, PW_ELOG, line->file, line->number, key, "is no key of %s; legal: %s", line->format->name,
                   legal);
}

static int refuse_missing(const struct line *line, const struct pw_log_field *field) {
  char rule[240];
  pw_log_field_rule(field, rule, sizeof rule);
  return pw_refuse(line->diag, PW_ELOG, line->file, line->number, field->key, "is missing in %s; it %s",
                   line->format->name, rule);
}

/* Every key of the line is one of its format, and every field of the format that must be there is. */
static int read_fields(const struct line *line, void *to) {
  const struct pw_log_format *format = line->format;
  uint64_t seen = 0;
  const char *key;
  json_t *json;
  json_object_foreach(line->object, key, json) {
    const struct pw_log_field *field = find_field(format, key);
    if (!field) return refuse_key(line, key);
    int status = read_field(line, field, json, to);
    if (status) return status;
    seen |= UINT64_C(1) << (field - format->fields);
  }
  for (size_t i = 0; i < format->field_count; i++) {
    if (!format->fields[i].optional && !(seen >> i & 1)) return refuse_missing(line, &format->fields[i]);
  }
  return 0;
}

/* ---- lines ---- */

/* The next line that is not blank; *text is NULL at the end. */
static int next_line(struct pw_event_log_reader *reader, size_t longest, const char **text, size_t *length,
                     struct pw_diag *diag) {
  do {
    int status = pw_byte_window_line(&reader->window, longest, text, length, diag);
    if (status || !*text) return status;
    reader->line++;
    if (*length > longest) {
      return pw_refuse(diag, PW_ELOG, pw_byte_stream_name(reader->window.stream), reader->line, NULL,
                       "the line is longer than %zu bytes", longest + 1);
    }
  } while (pw_line_is_blank(*text, *length));
  return 0;
}

/* Reads the next line as JSON; line->object is NULL at the end and belongs to the caller. */
static int read_line(struct pw_event_log_reader *reader, size_t line_bytes, struct line *line, struct pw_diag *diag) {
  const char *text = NULL;
  size_t length = 0;
  json_error_t error;
  *line = (struct line){.diag = diag};
  int status = next_line(reader, line_bytes - 1, &text, &length, diag);
  if (status || !text) return status;
  line->file = pw_byte_stream_name(reader->window.stream);
  line->number = reader->line;
  line->object = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
  if (!line->object) {
    return pw_refuse(diag, PW_ELOG, line->file, line->number, NULL, "is not a line of JSON: %s", error.text);
  }
  if (json_is_object(line->object)) return 0;
  json_decref(line->object);
  line->object = NULL;
  return refuse(line, NULL, "must be a JSON object");
}

/* ---- events ---- */

static int find_kind(struct line *line) {
  const struct pw_log_field *field = find_field(&pw_log_event_formats[PW_EVENT_RESET], "e");
  const json_t *json = json_object_get(line->object, "e");
  uint64_t kind = 0;
  if (!json) {
    line->format = &(const struct pw_log_format){.name = "an event"};
    return refuse_missing(line, field);
  }
  if (!parse_word(pw_event_names, json, &kind)) return refuse_value(line, field, json);
  line->format = &pw_log_event_formats[kind];
  return 0;
}

static int check_event(struct pw_event_log_reader *reader, const struct line *line, const struct pw_event *event) {
  const char *key = NULL;
  const char *rule = pw_event_broken_rule(event, &key);
  if (rule) return refuse(line, key, rule);
  if (event->cycle < reader->cycle) {
    return pw_refuse(line->diag, PW_ELOG, line->file, line->number, "t",
                     "must be at least %" PRIu64 ", the cycle of the event before, not %" PRIu64, reader->cycle,
                     event->cycle);
  }
  reader->cycle = event->cycle;
  return 0;
}

int pw_event_log_read(struct pw_event_log_reader *reader, struct pw_event *event, bool *more, struct pw_diag *diag) {
  struct line line;
  memset(event, 0, sizeof *event);
  *more = false;
  if (reader->failed) {
    return pw_refuse(diag, PW_ELOG, pw_byte_stream_name(reader->window.stream), 0, NULL, "an earlier read failed");
  }
  int status = read_line(reader, PW_EVENT_LOG_LINE_BYTES, &line, diag);
  if (!status && !line.object) return 0;
  if (!status) status = find_kind(&line);
  if (!status) status = read_fields(&line, event);
  if (!status) status = check_event(reader, &line, event);
  json_decref(line.object);
  *more = status == 0;
  reader->failed = status != 0;
  return status;
}

uint64_t pw_event_log_line(const struct pw_event_log_reader *reader) { return reader->line; }

/* ---- the header ---- */

/* The configuration has lines and keys of its own, which become part of what is wrong with line 1 of the log. */
static int read_config(const struct line *line, const char *yaml, struct pw_config *config) {
  struct pw_diag inner = {.message = ""};
  int status = pw_config_parse(yaml, strlen(yaml), line->file, NULL, 0, config, &inner);
  if (!status) return 0;
  enum pw_status code = status == -PW_ENOMEM ? PW_ENOMEM : PW_ELOG;
  return pw_refuse(line->diag, code, line->file, line->number, "config", "line %" PRIu64 " of it: %s%s%s", inner.line,
                   inner.key, inner.key[0] ? ": " : "", inner.message);
}

static int decode_header(struct line *line, struct pw_event_log_header *header) {
  struct pw_log_header_line fields = {0};
  if (!line->object || !json_object_get(line->object, "pagewalk_events")) {
    return refuse(line, "pagewalk_events", "is missing: the first line of an event log must be its header");
  }
  line->format = &pw_log_header_format;
  int status = read_fields(line, &fields);
  if (status) return status;
  header->check = (struct pw_check_options){.mode = (enum pw_check_mode)fields.mode,
                                            .pipeline_cycles = fields.pipeline_cycles,
                                            .timed = fields.timed,
                                            .hang_cycles = fields.hang_cycles};
  header->seed = fields.seed;
  return read_config(line, fields.config, &header->config);
}

static int read_header(struct pw_event_log_reader *reader, struct pw_event_log_header *header, struct pw_diag *diag) {
  struct line line;
  int status = read_line(reader, PW_EVENT_LOG_HEADER_BYTES, &line, diag);
  if (status) return status;
  line.file = pw_byte_stream_name(reader->window.stream);
  line.number = line.object ? reader->line : 1;
  status = decode_header(&line, header);
  json_decref(line.object);
  return status;
}

/* ---- beginning and end ---- */

int pw_event_log_open(const char *path, struct pw_event_log_header *header, struct pw_event_log_reader **reader,
                      struct pw_diag *diag) {
  *reader = NULL;
  struct pw_event_log_reader *made = calloc(1, sizeof *made);
  if (!made) return pw_refuse(diag, PW_ENOMEM, path, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  int status = pw_byte_window_open(&made->window, path, PW_EVENT_LOG_HEADER_BYTES, diag);
  if (!status) status = read_header(made, header, diag);
  if (status) {
    pw_event_log_close(made);
    return status;
  }
  *reader = made;
  return 0;
}

void pw_event_log_close(struct pw_event_log_reader *reader) {
  if (!reader) return;
  pw_byte_window_close(&reader->window);
  free(reader);
}
