/* format.h: what a trace format is: a recogniser and a parser of bytes. A new format is one file and one table row. */
#ifndef PAGEWALK_TRACE_FORMAT_H
#define PAGEWALK_TRACE_FORMAT_H

#include <pagewalk/trace.h>
#include <stdbool.h>

/* Where a parser is in its input and output. */
struct pw_parse {
  const char *next; /* first byte not yet consumed */
  const char *end;
  bool last; /* no bytes follow `end` */
  struct pw_trace_record *records;
  size_t capacity;
  size_t count;  /* records delivered */
  uint64_t line; /* lines (or records of a binary format) consumed */
  const char *file;
  struct pw_diag *diag;
};

struct pw_trace_format {
  const char *name;
  /* Could a file that begins with these bytes be of this format? */
  bool (*recognise)(const char *begin, size_t length);
  /*
   * Consumes whole records from parse->next until input or room for output ends. Returns 0 or -PW_ETRACE at the bad
   * record. A record that `end` cuts in two is left for the next call unless `last` is set.
   */
  int (*parse)(struct pw_parse *parse);
};

extern const struct pw_trace_format pw_format_lackey;

#endif
