/* text.c: what the text formats share: a loop over lines, and numbers. */
#include "text.h"

#include <string.h>

#include "diag.h"

const uint8_t pw_digit_values[256] = {
    ['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20, ['5'] = 21, ['6'] = 22, ['7'] = 23,
    ['8'] = 24, ['9'] = 25, ['a'] = 26, ['b'] = 27, ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31,
    ['A'] = 26, ['B'] = 27, ['C'] = 28, ['D'] = 29, ['E'] = 30, ['F'] = 31,
};

static int refuse_line(struct pw_parse *parse, const char *wrong) {
  return pw_refuse(parse->diag, PW_ETRACE, parse->file, parse->line, NULL, "%s", wrong);
}

static const char *without_return(const char *line, const char *end) {
  return end > line && end[-1] == '\r' ? end - 1 : end;
}

int pw_parse_line(struct pw_parse *parse, pw_line_parser *parse_line) {
  size_t left = (size_t)(parse->end - parse->next);
  size_t reach = left < PW_MAX_LINE_BYTES ? left : PW_MAX_LINE_BYTES;
  if (!left || parse->count == parse->capacity) return 0;
  const char *newline = memchr(parse->next, '\n', reach);
  if (!newline && left < PW_MAX_LINE_BYTES && !parse->last) return 0;
  parse->line++;
  if (!newline && left >= PW_MAX_LINE_BYTES) return refuse_line(parse, "the line is longer than 4096 bytes");
  const char *line = parse->next;
  const char *line_end = newline ? newline : parse->end;
  bool is_record = false;
  parse->next = newline ? newline + 1 : parse->end;
  const char *wrong =
      parse_line(parse->variant, line, without_return(line, line_end), &parse->records[parse->count], &is_record);
  if (wrong) return refuse_line(parse, wrong);
  parse->count += is_record;
  return 1;
}

int pw_parse_lines(struct pw_parse *parse, pw_line_parser *parse_line) {
  int result = 1;
  while (result > 0) result = pw_parse_line(parse, parse_line);
  return result;
}

bool pw_sample_line(const struct pw_sample *sample, const char **next, const char **line, const char **line_end) {
  if (*next >= sample->end) return false;
  const char *newline = memchr(*next, '\n', (size_t)(sample->end - *next));
  if (!newline && !sample->whole) return false;
  const char *end = newline ? newline : sample->end;
  *line = *next;
  *line_end = without_return(*line, end);
  *next = newline ? newline + 1 : end;
  return true;
}

bool pw_recognise_first_line(const void *variant, const struct pw_sample *sample, pw_line_parser *parse_line) {
  const char *next = sample->begin;
  const char *line;
  const char *line_end;
  while (pw_sample_line(sample, &next, &line, &line_end)) {
    struct pw_trace_record record;
    bool is_record = false;
    if (parse_line(variant, line, line_end, &record, &is_record)) return false;
    if (is_record) return true;
  }
  return false;
}

const char *pw_parse_hex(const char *at, const char *end, uint64_t *value) {
  const char *first = at;
  *value = 0;
  for (unsigned digit; at < end && (digit = pw_digit(*at)) < 16; at++) *value = *value << 4 | digit;
  return at == first || at - first > 16 ? NULL : at;
}

bool pw_parse_size(const char *at, const char *end, uint32_t *size_bytes) {
  uint32_t size = 0;
  if (at == end) return false;
  for (; at < end && *at >= '0' && *at <= '9' && size <= PW_MAX_ACCESS_BYTES; at++) {
    size = 10 * size + (uint32_t)(*at - '0');
  }
  *size_bytes = size;
  return at == end && size >= 1 && size <= PW_MAX_ACCESS_BYTES;
}
