/*
 * pinatrace.c: text of pinatrace, an example tool that comes with Intel Pin (source/tools/ManualExamples):
 *
 *   0x7f2b1c0a1b40: R 0x7ffdee8cd0f8             instruction pointer, R (read) or W (write), address of the data
 *   0x7f2b1c0a1b44: W 0x7ffdee8cd100   8  0x1    variants add the size in bytes and the value
 *   #eof
 *
 * A line is one record, the reference to the data. The instruction pointer is checked and not made a fetch: the file
 * says nothing of instructions that touch no memory, so its fetches would not be those of the program. Without a size
 * the reference is known to touch the byte at its address, so the size is 1 and nothing crosses a page; a further
 * column that is no size is passed over like those behind it.
 *
 * Lines that begin with # are passed over. Nothing may follow #eof. A file without it is no error: `head` makes them.
 */
#include <string.h>

#include "text.h"

/* Parses 0x and hexadecimal digits. Returns where they end, or NULL. */
static const char *parse_pointer(const char *at, const char *end, uint64_t *value) {
  const char *digits = pw_skip_hex_prefix(at, end);
  return digits == at ? NULL : pw_parse_hex(digits, end, value);
}

/* The size if the column at `at` is one, else 1. */
static uint32_t size_of(const char *at, const char *end) {
  uint32_t size_bytes;
  const char *column_end = at;
  while (column_end < end && !pw_is_blank(*column_end)) column_end++;
  return pw_parse_size(at, column_end, &size_bytes) ? size_bytes : 1;
}

/* Parses " R ADDRESS SIZE" up to end. NULL, or what is wrong with it. */
static const char *parse_reference(const char *at, const char *end, struct pw_trace_record *record) {
  at = pw_skip_blanks(at, end);
  if (end - at < 2 || (*at != 'R' && *at != 'W') || !pw_is_blank(at[1])) {
    return "R (read) or W (write) must follow the instruction pointer";
  }
  record->kind = *at == 'R' ? PW_TRACE_READ : PW_TRACE_WRITE;
  at = parse_pointer(pw_skip_blanks(at + 1, end), end, &record->linear_address);
  if (!at) return "the address must be 0x and 1..16 hexadecimal digits";
  if (at < end && !pw_is_blank(*at)) return "a blank must follow the address";
  record->size_bytes = size_of(pw_skip_blanks(at, end), end);
  return NULL;
}

static const char *parse_line(const void *variant, const char *line, const char *end, struct pw_trace_record *record,
                              bool *is_record) {
  uint64_t instruction_pointer;
  (void)variant;
  if (pw_skip_blanks(line, end) == end || *line == '#') return NULL;
  const char *at = parse_pointer(line, end, &instruction_pointer);
  if (!at || at == end || *at != ':') {
    return "not a pinatrace record: '0xIP: R 0xADDRESS' or '0xIP: W 0xADDRESS', 1..16 hexadecimal digits each";
  }
  *is_record = true;
  return parse_reference(at + 1, end, record);
}

static const char *parse_line_behind_end(const void *variant, const char *line, const char *end,
                                         struct pw_trace_record *record, bool *is_record) {
  (void)variant;
  (void)record;
  (void)is_record;
  return pw_skip_blanks(line, end) == end ? NULL : "#eof ends the trace; only blank lines may follow it";
}

/* The next line is the end mark. */
static bool at_end_mark(const struct pw_parse *parse) {
  static const char mark[] = {'#', 'e', 'o', 'f'};
  const char *next = parse->next;
  if ((size_t)(parse->end - next) < sizeof mark || memcmp(next, mark, sizeof mark) != 0) return false;
  next = pw_skip_blanks(next + sizeof mark, parse->end);
  return next == parse->end || *next == '\r' || *next == '\n';
}

/* The state is a truth value, whether the end mark was read; it owns no memory. */
static int parse(struct pw_parse *parse) {
  int result = 1;
  while (result > 0) {
    bool ends = at_end_mark(parse);
    result = pw_parse_line(parse, *parse->state ? parse_line_behind_end : parse_line);
    if (ends && result > 0) *parse->state = (void *)(uintptr_t)1;
  }
  return result;
}

static bool recognise(const void *variant, const struct pw_sample *sample) {
  return pw_recognise_first_line(variant, sample, parse_line);
}

const struct pw_trace_format pw_format_pinatrace = {
    .name = "pinatrace", .summary = "Intel Pin's pinatrace", .recognise = recognise, .parse = parse};
