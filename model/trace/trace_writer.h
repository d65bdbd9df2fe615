/* trace_writer.h: what a format that can be written is: an encoder of records, and the place where its bytes go. */
#ifndef PAGEWALK_TRACE_TRACE_WRITER_H
#define PAGEWALK_TRACE_TRACE_WRITER_H

#include <pagewalk/trace.h>
#include <stdio.h>

struct pw_trace_sink {
  FILE *stream;
  const char *name; /* as diagnostics give it */
  uint64_t bytes;   /* written so far */
};

/* Returns 0 or -PW_EIO. */
int pw_sink_put(struct pw_trace_sink *sink, const void *bytes, size_t count, struct pw_diag *diag);

/* Functions return 0 or a refusal, after which only `release` is called. Records are legal when they come here. */
struct pw_trace_encoder {
  const char *name;
  const char *summary; /* a few words for --help */
  /* NULL when the format has no header and the encoder no state; *state is NULL before, and `release` frees it. */
  int (*begin)(void **state, const struct pw_trace_origin *origin, struct pw_trace_sink *sink, struct pw_diag *diag);
  int (*write)(void *state, const struct pw_trace_record *records, size_t count, struct pw_trace_sink *sink,
               struct pw_diag *diag);
  int (*finish)(void *state, struct pw_trace_sink *sink, struct pw_diag *diag); /* NULL when nothing ends the file */
  void (*release)(void *state);                                                 /* NULL without state */
};

extern const struct pw_trace_encoder pw_encoder_pwt;
extern const struct pw_trace_encoder pw_encoder_lackey;
extern const struct pw_trace_encoder pw_encoder_din;
extern const struct pw_trace_encoder pw_encoder_list;

#endif
