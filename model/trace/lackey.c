/*
 * lackey.c: text of Valgrind's lackey tool (--trace-mem=yes):
 *
 *   I  04001090,3      instruction fetch: address in hexadecimal without 0x, size in bytes in decimal
 *    L 1ffeffe7e0,8    load        S store        M load and store of one instruction
 *
 * Lines that begin with == or -- are Valgrind's own and are passed over.
 */
#include <string.h>

#include "diag.h"
#include "format.h"

#define MAX_LINE_BYTES 4096u
#define MAX_ACCESS_BYTES 4096u /* XSAVE areas are the largest, below 4 KB */

/* Value of a hexadecimal digit, 16 for anything else. */
static unsigned hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return (unsigned)(digit - '0');
  if (digit >= 'a' && digit <= 'f') return (unsigned)(digit - 'a') + 10;
  if (digit >= 'A' && digit <= 'F') return (unsigned)(digit - 'A') + 10;
  return 16;
}

/* Kind of a record by its first two columns, PW_TRACE_KINDS when they are not a record's. */
static unsigned kind_of(const char *line) {
  if (line[0] == 'I' && line[1] == ' ') return PW_TRACE_FETCH;
  if (line[0] != ' ') return PW_TRACE_KINDS;
  switch (line[1]) {
    case 'L': return PW_TRACE_READ;
    case 'S': return PW_TRACE_WRITE;
    case 'M': return PW_TRACE_MODIFY;
    default: return PW_TRACE_KINDS;
  }
}

/* Parses "ADDRESS,SIZE" up to end. NULL, or what is wrong with it. */
static const char *parse_reference(const char *at, const char *end, struct pw_trace_record *record) {
  uint64_t address = 0;
  uint32_t size = 0;
  const char *first = at;
  for (; at < end; at++) {
    unsigned digit = hex_value(*at);
    if (digit > 15) break;
    address = address << 4 | digit;
  }
  if (at == first || at - first > 16) return "the address must have 1..16 hexadecimal digits";
  if (at == end || *at != ',') return "a comma must follow the address";
  for (first = ++at; at < end && *at >= '0' && *at <= '9' && size <= MAX_ACCESS_BYTES; at++) {
    size = 10 * size + (uint32_t)(*at - '0');
  }
  if (at == first || at != end || size < 1 || size > MAX_ACCESS_BYTES) return "the size must be a number in 1..4096";
  record->linear_address = address;
  record->size_bytes = size;
  return NULL;
}

static bool is_valgrinds_own(const char *line, size_t length) {
  return length >= 2 && ((line[0] == '=' && line[1] == '=') || (line[0] == '-' && line[1] == '-'));
}

/* One line without its end. NULL for a record or a line to pass over (*is_record tells), or what is wrong. */
static const char *parse_line(const char *line, size_t length, struct pw_trace_record *record, bool *is_record) {
  *is_record = false;
  if (length && line[length - 1] == '\r') length--;
  if (!length || is_valgrinds_own(line, length)) return NULL;
  if (length < 6 || line[2] != ' ') return "not a lackey record: 'I  ADDRESS,SIZE' or ' L ADDRESS,SIZE' (also S, M)";
  record->kind = kind_of(line);
  if (record->kind == PW_TRACE_KINDS) return "the kind must be I in column 1, or L, S or M in column 2";
  *is_record = true;
  return parse_reference(line + 3, line + length, record);
}

static int parse(struct pw_parse *parse) {
  while (parse->next < parse->end && parse->count < parse->capacity) {
    size_t left = (size_t)(parse->end - parse->next);
    const char *newline = memchr(parse->next, '\n', left < MAX_LINE_BYTES ? left : MAX_LINE_BYTES);
    bool is_record;
    if (!newline && left < MAX_LINE_BYTES && !parse->last) return 0;
    const char *wrong = "the line is longer than 4096 bytes";
    if (newline || left < MAX_LINE_BYTES) {
      const char *line_end = newline ? newline : parse->end;
      struct pw_trace_record *record = &parse->records[parse->count];
      wrong = parse_line(parse->next, (size_t)(line_end - parse->next), record, &is_record);
      parse->next = newline ? newline + 1 : parse->end;
    }
    parse->line++;
    if (wrong) return pw_refuse(parse->diag, PW_ETRACE, parse->file, (unsigned)parse->line, NULL, "%s", wrong);
    parse->count += is_record;
  }
  return 0;
}

/* The first line that is not Valgrind's own must be a record; a start with none of either is not recognised. */
static bool recognise(const char *begin, size_t length) {
  const char *end = begin + length;
  while (begin < end) {
    struct pw_trace_record record;
    bool is_record;
    const char *newline = memchr(begin, '\n', (size_t)(end - begin));
    const char *line_end = newline ? newline : end;
    if (parse_line(begin, (size_t)(line_end - begin), &record, &is_record)) return false;
    if (is_record) return true;
    begin = line_end + 1;
  }
  return false;
}

const struct pw_trace_format pw_format_lackey = {"lackey", recognise, parse};
