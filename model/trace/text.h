/* text.h: what the text formats share: a loop over lines, and numbers. */
#ifndef PAGEWALK_TRACE_TEXT_H
#define PAGEWALK_TRACE_TEXT_H

#include "format.h"

#define PW_MAX_LINE_BYTES 4096u
#define PW_MAX_ACCESS_BYTES 4096u /* XSAVE areas are the largest accesses, below 4 KB */

/*
 * Parses one line, its end (CR LF or LF) taken off. Returns NULL for a record or a line to pass over, which
 * *is_record tells apart, or what is wrong with the line.
 */
typedef const char *pw_line_parser(const void *variant, const char *line, const char *end,
                                   struct pw_trace_record *record, bool *is_record);

/* Parses the next line. Returns 1, or 0 when none is whole or the output is full, or -PW_ETRACE with a diagnostic. */
int pw_parse_line(struct pw_parse *parse, pw_line_parser *parse_line);

/* The `parse` of a text format. */
int pw_parse_lines(struct pw_parse *parse, pw_line_parser *parse_line);

/*
 * The whole line of the sample at *next, which moves behind it; its end is taken off. Returns false when none is left.
 */
bool pw_sample_line(const struct pw_sample *sample, const char **next, const char **line, const char **line_end);

/* The `recognise` of a text format: the first line that is not passed over is a record; there is such a line. */
bool pw_recognise_first_line(const void *variant, const struct pw_sample *sample, pw_line_parser *parse_line);

static inline bool pw_is_blank(char c) { return c == ' ' || c == '\t'; }

/* A line without its line feed, in which nothing stands. */
static inline bool pw_line_is_blank(const char *text, size_t length) {
  while (length && (pw_is_blank(text[length - 1]) || text[length - 1] == '\r')) length--;
  return length == 0;
}

static inline const char *pw_skip_blanks(const char *at, const char *end) {
  while (at < end && pw_is_blank(*at)) at++;
  return at;
}

/* Where the digits of a hexadecimal number begin, behind 0x if there is one. */
static inline const char *pw_skip_hex_prefix(const char *at, const char *end) {
  return end - at >= 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X') ? at + 2 : at;
}

/* By character, the value of a hexadecimal digit exclusive-or 16, and 0 for what is none. */
extern const uint8_t pw_digit_values[256];

/* Value of a digit of any base up to 16; 16 for anything else. By table: digits and letters mix without a pattern. */
static inline unsigned pw_digit(char digit) { return pw_digit_values[(uint8_t)digit] ^ 16u; }

/*
 * Reads 1..16 hexadecimal digits without a prefix. Returns where they end, or NULL when there is none or they are too
 * many for 64 bits.
 */
const char *pw_parse_hex(const char *at, const char *end, uint64_t *value);

/* Reads a decimal size in 1..PW_MAX_ACCESS_BYTES up to `end`. Returns false when it is none, or something follows. */
bool pw_parse_size(const char *at, const char *end, uint32_t *size_bytes);

#endif
