/*
 * list.c: plain lists of addresses, what a script writes: a line per reference, `[KIND] ADDRESS [SIZE]`.
 *
 *   R 0x7ffdee8cd0f8 8    kind: R or L read, W or S write, I or F fetch, M modify, in either case
 *   7ffdee8cd0f8,8        a read; a comma may stand before the size
 *   140732899438840       a read of one byte, the one that the reference is known to touch
 *
 * # begins a comment, up to the end of the line. A letter is a kind when a blank and an address follow it, so `f 8`
 * fetches 8, and an `f` alone is an address.
 *
 * An address with 0x is hexadecimal in every list. What one without it means depends on the file, so there are three
 * formats, of which two differ in that alone. Each recognises a file whose first reference is legal in it and of which,
 * as far as the sample goes,
 *
 *   list          every address has 0x, so that there is no question;
 *   list-hex      an address without 0x has a letter a..f, as most hexadecimal ones have;
 *   list-decimal  neither is so. It is read as decimal, and who reads it is well advised to say that.
 *
 * A hexadecimal list whose first megabyte has no letter is taken for decimal, and refused at its first letter with the
 * advice to say -f list-hex; one without any letter cannot be told from a decimal one.
 */
#include <string.h>

#include "text.h"

static const unsigned decimal = 10;
static const unsigned hexadecimal = 16;

/* What an address says about the base of those without 0x. */
enum evidence { PREFIXED, DIGITS, LETTERS };

/* ---- one line ---- */

static uint32_t kind_of(char letter) {
  switch (letter) {
    case 'R':
    case 'r':
    case 'L':
    case 'l': return PW_TRACE_READ;
    case 'W':
    case 'w':
    case 'S':
    case 's': return PW_TRACE_WRITE;
    case 'I':
    case 'i':
    case 'F':
    case 'f': return PW_TRACE_FETCH;
    case 'M':
    case 'm': return PW_TRACE_MODIFY;
    default: return PW_TRACE_KINDS;
  }
}

/* Returns where the address begins. */
static const char *parse_kind(const char *at, const char *end, uint32_t *kind) {
  *kind = PW_TRACE_READ;
  if (end - at < 2 || !pw_is_blank(at[1]) || kind_of(*at) == PW_TRACE_KINDS) return at;
  *kind = kind_of(*at);
  return pw_skip_blanks(at + 1, end);
}

static const char *parse_decimal(const char **at, const char *end, uint64_t *value) {
  *value = 0;
  for (; *at < end && **at >= '0' && **at <= '9'; ++*at) {
    unsigned digit = pw_digit(**at);
    if (*value > (UINT64_MAX - digit) / 10) return "the address must be below 2^64";
    *value = 10 * *value + digit;
  }
  if (*at == end || pw_digit(**at) == 16) return NULL;
  return "a hexadecimal digit in a list of decimal addresses; legal: 0..9, or 0x before a hexadecimal address; -f "
         "list-hex reads every address as hexadecimal";
}

static const char *parse_hexadecimal(const char **at, const char *end, uint64_t *value) {
  const char *digits_end = pw_parse_hex(*at, end, value);
  if (!digits_end) return "the address must have 1..16 hexadecimal digits";
  *at = digits_end;
  return NULL;
}

static bool has_letter(const char *at, const char *end) {
  for (; at < end; at++) {
    if (*at > '9') return true;
  }
  return false;
}

static const char *parse_address(unsigned base, const char **at, const char *end, uint64_t *value,
                                 enum evidence *evidence) {
  const char *first = *at;
  if (pw_digit(*first) >= 16) {
    return "a line must begin with an address, or with a kind and a blank: R or L (read), W or S (write), I or F "
           "(fetch), M (modify)";
  }
  *at = pw_skip_hex_prefix(first, end);
  bool has_prefix = *at != first;
  *evidence = has_prefix ? PREFIXED : DIGITS;
  if (!has_prefix && base == decimal) return parse_decimal(at, end, value);
  const char *wrong = parse_hexadecimal(at, end, value);
  if (!wrong && !has_prefix && has_letter(first, *at)) *evidence = LETTERS;
  return wrong;
}

static const char *parse_optional_size(const char *at, const char *end, uint32_t *size_bytes) {
  *size_bytes = 1;
  if (at == end) return NULL;
  if (*at != ',' && !pw_is_blank(*at)) return "a blank or a comma must follow the address";
  at = pw_skip_blanks(at, end);
  if (*at == ',') at = pw_skip_blanks(at + 1, end);
  return pw_parse_size(at, end, size_bytes) ? NULL : "the size must be a number in 1..4096, and nothing may follow it";
}

/* Where the line ends without its comment and the blanks before that. */
static const char *without_comment(const char *line, const char *end) {
  const char *comment = memchr(line, '#', (size_t)(end - line));
  if (comment) end = comment;
  while (end > line && pw_is_blank(end[-1])) end--;
  return end;
}

static const char *parse_reference(unsigned base, const char *line, const char *end, struct pw_trace_record *record,
                                   bool *is_record, enum evidence *evidence) {
  end = without_comment(line, end);
  const char *at = pw_skip_blanks(line, end);
  if (at == end) return NULL;
  *is_record = true;
  at = parse_kind(at, end, &record->kind);
  const char *wrong = parse_address(base, &at, end, &record->linear_address, evidence);
  return wrong ? wrong : parse_optional_size(at, end, &record->size_bytes);
}

/* ---- the formats ---- */

static const char *parse_line(const void *variant, const char *line, const char *end, struct pw_trace_record *record,
                              bool *is_record) {
  enum evidence evidence;
  return parse_reference(*(const unsigned *)variant, line, end, record, is_record, &evidence);
}

static int parse(struct pw_parse *parse) { return pw_parse_lines(parse, parse_line); }

/* The strongest evidence of the sample: legal lines count, whatever stands between them. */
static enum evidence evidence_of(const struct pw_sample *sample) {
  const char *next = sample->begin;
  const char *line;
  const char *line_end;
  enum evidence strongest = PREFIXED;
  while (strongest != LETTERS && pw_sample_line(sample, &next, &line, &line_end)) {
    struct pw_trace_record record;
    bool is_record = false;
    enum evidence evidence = PREFIXED;
    bool is_legal = !parse_reference(hexadecimal, line, line_end, &record, &is_record, &evidence) && is_record;
    if (is_legal && evidence > strongest) strongest = evidence;
  }
  return strongest;
}

static bool recognise_prefixed(const void *variant, const struct pw_sample *sample) {
  return pw_recognise_first_line(variant, sample, parse_line) && evidence_of(sample) == PREFIXED;
}

static bool recognise_hexadecimal(const void *variant, const struct pw_sample *sample) {
  return pw_recognise_first_line(variant, sample, parse_line) && evidence_of(sample) == LETTERS;
}

static bool recognise_decimal(const void *variant, const struct pw_sample *sample) {
  return pw_recognise_first_line(variant, sample, parse_line);
}

const struct pw_trace_format pw_format_list = {.name = "list",
                                               .family = "list",
                                               .summary = "a list of addresses, hexadecimal with 0x",
                                               .variant = &decimal,
                                               .recognise = recognise_prefixed,
                                               .parse = parse};

const struct pw_trace_format pw_format_list_hex = {.name = "list-hex",
                                                   .family = "list",
                                                   .summary = "a list of addresses, hexadecimal without 0x",
                                                   .variant = &hexadecimal,
                                                   .recognise = recognise_hexadecimal,
                                                   .parse = parse};

const struct pw_trace_format pw_format_list_decimal = {.name = "list-decimal",
                                                       .family = "list",
                                                       .summary = "a list of addresses, decimal without 0x",
                                                       .variant = &decimal,
                                                       .recognise = recognise_decimal,
                                                       .parse = parse};
