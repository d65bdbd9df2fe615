/*
 * din.c: text of the cache simulators Dinero III and IV, their traditional format "din":
 *
 *   2 404a78                   instruction fetch: label, address in hexadecimal
 *   0 7fdf64e2adc8 a comment   read        1 write
 *
 * What follows the address behind a blank is a comment. The format records no size; the reference is known to touch the
 * byte at its address, so its size is 1 and nothing crosses a page. Labels 3 (a reference of unknown kind) and 4 (a
 * flush of the cache) mean nothing to a TLB. Source: the manual page of Dinero IV, -informat d.
 */
#include "text.h"

static const uint32_t kind_of_label[] = {PW_TRACE_READ, PW_TRACE_WRITE, PW_TRACE_FETCH};

/* Parses "LABEL ADDRESS" with any label of the format, also those that are not simulated. */
static const char *parse_any(const void *variant, const char *line, const char *end, struct pw_trace_record *record,
                             bool *is_record) {
  (void)variant;
  const char *at = pw_skip_blanks(line, end);
  if (at == end) return NULL;
  if (*at < '0' || *at > '4' || end - at < 2 || !pw_is_blank(at[1])) {
    return "the label must be 0 (read), 1 (write) or 2 (fetch), and an address must follow; -f list reads a list of "
           "addresses";
  }
  at = pw_skip_hex_prefix(pw_skip_blanks(at + 1, end), end);
  at = pw_parse_hex(at, end, &record->linear_address);
  if (!at) return "the address must have 1..16 hexadecimal digits";
  if (at < end && !pw_is_blank(*at)) return "a blank must follow the address";
  record->size_bytes = 1;
  *is_record = true;
  return NULL;
}

static const char *parse_line(const void *variant, const char *line, const char *end, struct pw_trace_record *record,
                              bool *is_record) {
  const char *wrong = parse_any(variant, line, end, record, is_record);
  if (wrong || !*is_record) return wrong;
  char label = *pw_skip_blanks(line, end);
  if (label > '2')
    return "labels 3 (escape) and 4 (flush) mean nothing to a TLB; legal: 0 (read), 1 (write), 2 (fetch)";
  record->kind = kind_of_label[label - '0'];
  return NULL;
}

static int parse(struct pw_parse *parse) { return pw_parse_lines(parse, parse_line); }

static bool recognise(const void *variant, const struct pw_sample *sample) {
  return pw_recognise_first_line(variant, sample, parse_any);
}

const struct pw_trace_format pw_format_din = {
    .name = "din", .summary = "Dinero", .recognise = recognise, .parse = parse};
