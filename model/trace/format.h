/* format.h: what a trace format is: a recogniser and a parser of bytes. A new format is one file and one table row. */
#ifndef PAGEWALK_TRACE_FORMAT_H
#define PAGEWALK_TRACE_FORMAT_H

#include <pagewalk/trace.h>
#include <stdbool.h>

/* The beginning of a file, decompressed: what a format is recognised by. */
struct pw_sample {
  const char *begin;
  const char *end;
  bool whole; /* the file ends here */
};

/* Where a parser is in its input and output. */
struct pw_parse {
  const void *variant; /* of the format */
  void **state;        /* the format's own, NULL before the first call; its `release` frees it */
  const char *begin;   /* start of the bytes at hand, at begin_offset of the file */
  const char *next;    /* first byte not yet consumed */
  const char *end;
  bool last;             /* no bytes follow `end` */
  uint64_t begin_offset; /* position of `begin` in the decompressed file */
  struct pw_trace_record *records;
  size_t capacity;
  size_t count;  /* records delivered */
  uint64_t line; /* lines consumed; stays 0 in a binary format */
  const char *file;
  struct pw_diag *diag;
};

/* Position of `next` in the decompressed file. */
static inline uint64_t pw_parse_offset(const struct pw_parse *parse) {
  return parse->begin_offset + (uint64_t)(parse->next - parse->begin);
}

struct pw_trace_format {
  const char *name;
  const char *family;  /* a name for several formats, of which the content decides; NULL when there is but one */
  const char *summary; /* a few words for --help */
  const void *variant; /* what tells formats apart that share functions; handed to both of them */
  /* Could a file that begins like this be of this format? */
  bool (*recognise)(const void *variant, const struct pw_sample *sample);
  /*
   * Consumes whole records from parse->next until input or room for output ends. Returns 0 or -PW_ETRACE at the bad
   * record. A record that `end` cuts in two is left for the next call unless `last` is set. Never waits for more than
   * PW_PARSE_WINDOW_BYTES bytes.
   */
  int (*parse)(struct pw_parse *parse);
  void (*release)(void *state); /* NULL when the format keeps none */
};

#define PW_PARSE_WINDOW_BYTES (1u << 20)

#define PW_CHAMPSIM_LAYOUTS 5

extern const struct pw_trace_format pw_format_lackey;
extern const struct pw_trace_format pw_format_pinatrace;
extern const struct pw_trace_format pw_format_din;
extern const struct pw_trace_format pw_format_list;
extern const struct pw_trace_format pw_format_list_hex;
extern const struct pw_trace_format pw_format_list_decimal;
extern const struct pw_trace_format pw_formats_champsim[PW_CHAMPSIM_LAYOUTS];
extern const struct pw_trace_format pw_format_pwt;

#endif
