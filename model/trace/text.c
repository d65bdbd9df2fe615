/* text.c: what the text formats share: a loop over lines, and numbers. */
#include "text.h"

#include <string.h>

#include "diag.h"

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

bool pw_recognise_first_line(const void *variant, const struct pw_sample *sample, pw_line_parser *parse_line) {
  for (const char *line = sample->begin; line < sample->end;) {
    struct pw_trace_record record;
    bool is_record = false;
    const char *newline = memchr(line, '\n', (size_t)(sample->end - line));
    const char *line_end = newline ? newline : sample->end;
    if (!newline && !sample->whole) return false;
    if (parse_line(variant, line, without_return(line, line_end), &record, &is_record)) return false;
    if (is_record) return true;
    line = line_end + 1;
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
