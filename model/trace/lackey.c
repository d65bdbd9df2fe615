/*
 * lackey.c: text of Valgrind's lackey tool (--trace-mem=yes):
 *
 *   I  04001090,3      instruction fetch: address in hexadecimal without 0x, size in bytes in decimal
 *    L 1ffeffe7e0,8    load        S store        M load and store of one instruction
 *
 * Lines that begin with == or -- are Valgrind's own and are passed over.
 *
 * Nearly every line has one shape, and parse_common reads that one eight characters at a time; whatever it does not
 * take goes to parse_line, which knows all shapes and every reason to refuse one.
 */
#include "swar.h"
#include "text.h"

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
  at = pw_parse_hex(at, end, &record->linear_address);
  if (!at) return "the address must have 1..16 hexadecimal digits";
  if (at == end || *at != ',') return "a comma must follow the address";
  if (!pw_parse_size(at + 1, end, &record->size_bytes)) return "the size must be a number in 1..4096";
  return NULL;
}

static bool is_valgrinds_own(const char *line, const char *end) {
  return end - line >= 2 && ((line[0] == '=' && line[1] == '=') || (line[0] == '-' && line[1] == '-'));
}

static const char *parse_line(const void *variant, const char *line, const char *end, struct pw_trace_record *record,
                              bool *is_record) {
  (void)variant;
  if (line == end || is_valgrinds_own(line, end)) return NULL;
  if (end - line < 6 || line[2] != ' ') {
    return "not a lackey record: 'I  ADDRESS,SIZE' or ' L ADDRESS,SIZE' (also S, M)";
  }
  record->kind = kind_of(line);
  if (record->kind == PW_TRACE_KINDS) return "the kind must be I in column 1, or L, S or M in column 2";
  *is_record = true;
  return parse_reference(line + 3, end, record);
}

#define COMMON_LINE_BYTES 23 /* 3 columns, 16 digits, a comma, 2 digits, a newline */

/* The second column decides the kind, the first must agree. */
static inline bool parse_common_kind(const char *line, uint32_t *kind) {
  static const uint8_t kind_of_second[256] = {
      [' '] = 1 + PW_TRACE_FETCH, ['L'] = 1 + PW_TRACE_READ, ['S'] = 1 + PW_TRACE_WRITE, ['M'] = 1 + PW_TRACE_MODIFY};
  unsigned found = kind_of_second[(uint8_t)line[1]];
  *kind = found - 1;
  return found && line[0] == (found == 1 + PW_TRACE_FETCH ? 'I' : ' ') && line[2] == ' ';
}

/*
 * A record of 8..15 digits (Valgrind writes at least 8), none of them a capital, and a size below 100, in the
 * COMMON_LINE_BYTES bytes at `line`. Returns where the next line begins, or NULL for parse_line to decide.
 */
static inline const char *parse_common(const char *line, struct pw_trace_record *record) {
  uint64_t rest = pw_load_le64(line + 11);
  unsigned rest_digits = pw_swar_find(rest, ',');
  const char *comma = line + 11 + rest_digits;
  uint64_t high, low;
  if (!parse_common_kind(line, &record->kind) || rest_digits == 8) return NULL;
  if (pw_swar_hex(pw_load_le64(line + 3), &high) | pw_swar_hex(pw_swar_align(rest, rest_digits), &low)) return NULL;
  record->linear_address = high << (4 * rest_digits) | low;
  unsigned first = (unsigned)(comma[1] - '0');
  unsigned second = (unsigned)(comma[2] - '0');
  record->size_bytes = first;
  if (first < 1 || first > 9) return NULL;
  if (comma[2] == '\n') return comma + 3;
  if (second > 9 || comma[3] != '\n') return NULL;
  record->size_bytes = 10 * first + second;
  return comma + 4;
}

/* Parses lines while they are common and whole. */
static void parse_common_lines(struct pw_parse *parse) {
  const char *next = parse->next;
  size_t count = parse->count;
  while (count < parse->capacity && parse->end - next >= COMMON_LINE_BYTES) {
    const char *after = parse_common(next, &parse->records[count]);
    if (!after) break;
    next = after;
    count++;
  }
  parse->line += count - parse->count;
  parse->count = count;
  parse->next = next;
}

static int parse(struct pw_parse *parse) {
  int result = 1;
  while (result > 0) {
    parse_common_lines(parse);
    result = pw_parse_line(parse, parse_line);
  }
  return result;
}

static bool recognise(const void *variant, const struct pw_sample *sample) {
  return pw_recognise_first_line(variant, sample, parse_line);
}

const struct pw_trace_format pw_format_lackey = {
    .name = "lackey", .summary = "Valgrind's lackey", .recognise = recognise, .parse = parse};
