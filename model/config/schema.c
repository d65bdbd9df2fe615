/* schema.c: reading and writing a struct by its table of fields. */
#include "schema.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "names.h"

int pw_refuse_node(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, const char *format,
                   ...) {
  char message[sizeof reader->diag->message];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return pw_refuse(reader->diag, PW_ECONFIG, node->from_override ? "--set" : reader->file, node->line, path, "%s",
                   message);
}

void pw_path_join(char *buffer, size_t size_bytes, const char *path, const char *key) {
  snprintf(buffer, size_bytes, "%s%s%s", path, *path ? "." : "", key);
}

/* ---- reading ---- */

/* Multiplier of a size suffix, 0 for an unknown one. */
static uint64_t suffix_factor(const char *suffix) {
  static const char letters[] = "KMGT";
  const char *letter = *suffix ? strchr(letters, *suffix) : NULL;
  if (!*suffix) return 1;
  if (!letter || suffix[1]) return 0;
  return UINT64_C(1024) << (10 * (unsigned)(letter - letters));
}

/* Parses a whole decimal or 0x number, with a size suffix where allowed. False for anything else. */
static bool parse_number(const char *text, bool suffix_allowed, uint64_t *value) {
  char *end;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  *value = strtoull(text, &end, text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10);
  uint64_t factor = suffix_factor(end);
  if (errno || end == text || !factor || (*end && !suffix_allowed)) return false;
  return !__builtin_mul_overflow(*value, factor, value);
}

static int read_number(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path,
                       const struct pw_field *field, uint64_t *value) {
  bool bytes = field->type == PW_FIELD_BYTES;
  if (!parse_number(node->text, bytes, value) || *value < field->minimum || *value > field->maximum) {
    return pw_refuse_node(reader, node, path, "must be a whole number%s in %" PRIu64 "..%" PRIu64 ", not '%s'",
                          bytes ? " (K, M, G, T allowed)" : "", field->minimum, field->maximum, node->text);
  }
  return 0;
}

static int read_word(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path,
                     const struct pw_field *field, int *member) {
  char legal[160];
  *member = pw_name_find(field->words, node->text);
  if (*member >= 0) return 0;
  pw_names_list(field->words, legal, sizeof legal);
  return pw_refuse_node(reader, node, path, "must be %s, not '%s'", legal, node->text);
}

static int read_bool(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, bool *member) {
  bool is_true = strcmp(node->text, "true") == 0;
  if (!is_true && strcmp(node->text, "false") != 0) {
    return pw_refuse_node(reader, node, path, "must be true or false, not '%s'", node->text);
  }
  *member = is_true;
  return 0;
}

/*
 * Is this a character that YAML has only as an escape, or takes for the end of a line? Those are the control
 * characters, U+0085 among them, and five more. The text is UTF-8, because libyaml made it.
 */
static bool is_unprintable(const char *at) {
  static const char *const others[] = {"\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf", "\xef\xbf\xbe", "\xef\xbf\xbf"};
  unsigned char first = (unsigned char)at[0];
  if (first < ' ' || first == 127 || (first == 0xc2 && (unsigned char)at[1] < 0xa0)) return true;
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    if (strncmp(at, others[i], 3) == 0) return true;
  }
  return false;
}

static int read_text(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path,
                     const struct pw_field *field, char *member) {
  size_t length = strlen(node->text);
  if (!length || length >= field->maximum) {
    return pw_refuse_node(reader, node, path, "must have 1..%" PRIu64 " characters, not %zu", field->maximum - 1,
                          length);
  }
  for (const char *at = node->text; *at; at++) {
    if (is_unprintable(at)) return pw_refuse_node(reader, node, path, "must be one line of text");
  }
  memcpy(member, node->text, length + 1);
  return 0;
}

int pw_read_name(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, char *name,
                 size_t size_bytes) {
  size_t length = strlen(node->key);
  if (!pw_name_is_legal(node->key) || length >= size_bytes) {
    return pw_refuse_node(reader, node, path, "a name is a letter, then letters, digits, - and _, at most %zu in all",
                          size_bytes - 1);
  }
  memcpy(name, node->key, length + 1);
  return 0;
}

static int read_delay(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path,
                      struct pw_delay *member) {
  const struct pw_timing_row *row = pw_timing_find(&reader->config->timing, node->text);
  size_t length = strlen(node->text);
  char digits[32];
  *member = (struct pw_delay){0};
  if (strcmp(node->text, "none") == 0) return 0;
  if (row) {
    member->ps = row->ps;
    snprintf(member->event, sizeof member->event, "%s", row->event);
    return 0;
  }
  if (length > 2 && length < sizeof digits && strcmp(node->text + length - 2, "ps") == 0) {
    snprintf(digits, sizeof digits, "%.*s", (int)length - 2, node->text);
    if (parse_number(digits, false, &member->ps) && member->ps <= PW_MAX_DELAY_PS) return 0;
  }
  return pw_refuse_node(reader, node, path,
                        "must be an event of timing table '%s', a time like 1212ps up to 2^50, or none, not '%s'",
                        reader->config->timing.name, node->text);
}

static int read_u32(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path,
                    const struct pw_field *field, uint32_t *member) {
  uint64_t value = 0;
  int status = read_number(reader, node, path, field, &value);
  *member = (uint32_t)value;
  return status;
}

int pw_read_field(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path,
                  const struct pw_field *field, void *member) {
  if (field->type == PW_FIELD_CUSTOM) return field->read(reader, node, path, member);
  if (node->kind != PW_YAML_SCALAR) return pw_refuse_node(reader, node, path, "must be one value");
  switch (field->type) {
    case PW_FIELD_TEXT: return read_text(reader, node, path, field, member);
    case PW_FIELD_U32: return read_u32(reader, node, path, field, member);
    case PW_FIELD_U64:
    case PW_FIELD_BYTES: return read_number(reader, node, path, field, member);
    case PW_FIELD_BOOL: return read_bool(reader, node, path, member);
    case PW_FIELD_WORD: return read_word(reader, node, path, field, member);
    case PW_FIELD_DELAY: return read_delay(reader, node, path, member);
    default: return -PW_EINTERNAL;
  }
}

static const struct pw_field *field_of(const struct pw_field *fields, const char *key) {
  for (; fields->type != PW_FIELD_END; fields++) {
    if (strcmp(fields->key, key) == 0) return fields;
  }
  return NULL;
}

static void list_keys(const struct pw_field *fields, char *buffer, size_t size_bytes) {
  size_t used = 0;
  for (buffer[0] = '\0'; fields->type != PW_FIELD_END && used < size_bytes; fields++) {
    used += (size_t)snprintf(buffer + used, size_bytes - used, "%s%s", used ? ", " : "", fields->key);
  }
}

/* A key is missing: only an optional one may be. */
static int read_absent(struct pw_reader *reader, const struct pw_yaml_node *mapping, const char *path,
                       const struct pw_field *field, uint32_t *member) {
  if (!field->optional) {
    return pw_refuse_node(reader, mapping, path, "missing key; a configuration has no silent defaults");
  }
  assert(field->type == PW_FIELD_U32);
  *member = field->if_absent;
  return 0;
}

int pw_read_mapping(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path,
                    const struct pw_field *fields, void *base) {
  char child_path[PW_PATH_BYTES];
  char legal[240];
  list_keys(fields, legal, sizeof legal);
  if (node->kind != PW_YAML_MAPPING) return pw_refuse_node(reader, node, path, "must be a mapping of %s", legal);
  for (const struct pw_yaml_node *child = node->child; child; child = child->next) {
    pw_path_join(child_path, sizeof child_path, path, child->key);
    if (!field_of(fields, child->key)) {
      return pw_refuse_node(reader, child, child_path, "unknown key; legal here: %s", legal);
    }
  }
  for (const struct pw_field *field = fields; field->type != PW_FIELD_END; field++) {
    const struct pw_yaml_node *child = pw_yaml_child(node, field->key);
    pw_path_join(child_path, sizeof child_path, path, field->key);
    void *member = (char *)base + field->offset;
    int status = child ? pw_read_field(reader, child, child_path, field, member)
                       : read_absent(reader, node, child_path, field, member);
    if (status) return status;
  }
  return 0;
}

/* ---- writing ---- */

static void write_quoted(FILE *stream, const char *text) {
  fputc('"', stream);
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') fputc('\\', stream);
    fputc(*text, stream);
  }
  fputc('"', stream);
}

static void write_delay(FILE *stream, const struct pw_delay *delay) {
  if (delay->event[0]) {
    fputs(delay->event, stream);
  } else if (delay->ps) {
    fprintf(stream, "%" PRIu64 "ps", delay->ps);
  } else {
    fputs("none", stream);
  }
}

static void write_value(struct pw_writer *writer, const struct pw_field *field, const void *member) {
  FILE *stream = writer->stream;
  switch (field->type) {
    case PW_FIELD_TEXT: write_quoted(stream, member); break;
    case PW_FIELD_U32: fprintf(stream, "%" PRIu32, *(const uint32_t *)member); break;
    case PW_FIELD_U64:
    case PW_FIELD_BYTES: fprintf(stream, "%" PRIu64, *(const uint64_t *)member); break;
    case PW_FIELD_BOOL: fputs(*(const bool *)member ? "true" : "false", stream); break;
    case PW_FIELD_WORD: fputs(field->words[*(const int *)member], stream); break;
    case PW_FIELD_DELAY: write_delay(stream, member); break;
    default: break;
  }
}

void pw_write_mapping(struct pw_writer *writer, const struct pw_field *fields, const void *base, unsigned indent) {
  for (const struct pw_field *field = fields; field->type != PW_FIELD_END; field++) {
    const void *member = (const char *)base + field->offset;
    fprintf(writer->stream, "%*s%s:", (int)indent, "", field->key);
    if (field->type == PW_FIELD_CUSTOM) {
      field->write(writer, member, indent + 2);
    } else {
      fputc(' ', writer->stream);
      write_value(writer, field, member);
      fputc('\n', writer->stream);
    }
  }
}
