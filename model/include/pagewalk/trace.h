/* trace.h: memory traces of real programs, whatever their compression. */
#ifndef PAGEWALK_TRACE_H
#define PAGEWALK_TRACE_H

#include <pagewalk/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pw_trace_kind {
  PW_TRACE_FETCH,
  PW_TRACE_READ,
  PW_TRACE_WRITE,
  PW_TRACE_MODIFY, /* a load and a store of one instruction at one address: translated once, as a write */
  PW_TRACE_KINDS
};

/* "fetch", "read", "write", "modify"; NULL beyond. */
const char *pw_trace_kind_name(unsigned kind);

/* One reference of a program. It may cross pages. */
struct pw_trace_record {
  uint64_t linear_address;
  uint32_t size_bytes; /* at least 1 */
  uint32_t kind;       /* enum pw_trace_kind */
};

/* Reads one trace. Opaque. Memory use does not depend on the length of the trace. */
struct pw_trace_reader;

/*
 * Opens a trace; "-" is standard input. Its compression (docs/traces.md) is undone. `format` is a name of
 * pw_trace_format_name or of a family of formats ("list", "champsim") of which the content decides, or NULL to
 * recognise it by content. The caller owns *reader.
 * Returns 0, -PW_EIO, -PW_ETRACE, -PW_ENOMEM, or -PW_EINVAL for an unknown format name, with a diagnostic.
 */
int pw_trace_open(const char *path, const char *format, struct pw_trace_reader **reader, struct pw_diag *diag);
void pw_trace_close(struct pw_trace_reader *reader);

/*
 * Reads up to `capacity` records into the caller's array. *count receives how many, 0 only at the end of the trace.
 * Returns 0, or -PW_ETRACE / -PW_EIO with a diagnostic that names the line, or the offset in a binary file; records
 * read before the bad line are delivered first, so *count is 0 then.
 */
int pw_trace_read(struct pw_trace_reader *reader, struct pw_trace_record *records, size_t capacity, size_t *count,
                  struct pw_diag *diag);

/* Name of the format that was recognised or given. */
const char *pw_trace_reader_format(const struct pw_trace_reader *reader);

/*
 * How far the reader is: bytes of the file, as stored, whose records have been delivered (about, where compression is
 * undone), and all of them (0 when unknown, as for a pipe).
 */
void pw_trace_progress(const struct pw_trace_reader *reader, uint64_t *bytes_done, uint64_t *bytes_total);

/* ---- batches, read ahead ---- */

struct pw_trace_feed_options {
  uint64_t limit; /* records to deliver at most, 0 for all; no more than these are asked of the reader */
  bool ahead;     /* a thread of its own decompresses and parses while the caller works on the batch before */
};

/* Records at hand. Valid until the next call of pw_trace_feed_next or _destroy. */
struct pw_trace_batch {
  const struct pw_trace_record *records;
  size_t count;        /* 0 at the end of the trace, or of the limit */
  uint64_t bytes_done; /* pw_trace_progress, as of the end of this batch */
  uint64_t bytes_total;
};

/* Hands out a trace in batches. Opaque. Its half megabyte does not grow. */
struct pw_trace_feed;

/*
 * The reader must live longer than the feed, and is the feed's alone as long as that lives. The records, and the error
 * that may end them, are the same with and without `ahead`. The caller owns *feed. Returns 0 or -PW_ENOMEM.
 */
int pw_trace_feed_create(struct pw_trace_reader *reader, struct pw_trace_feed_options options,
                         struct pw_trace_feed **feed);

/* A read under way is broken off, and the reader can only be closed then. NULL is allowed. */
void pw_trace_feed_destroy(struct pw_trace_feed *feed);

/* Returns 0 or, once every record before it has been handed out, the error that pw_trace_read would return. */
int pw_trace_feed_next(struct pw_trace_feed *feed, struct pw_trace_batch *batch, struct pw_diag *diag);

/* Formats by index: a name, "lackey", and a few words for a help text, "Valgrind's lackey". NULL beyond the last. */
const char *pw_trace_format_name(size_t index);
const char *pw_trace_format_summary(size_t index);

/* ---- writing ---- */

/* Writes one trace. Opaque. Memory use does not depend on the length of the trace. */
struct pw_trace_writer;

/* Where the records come from, for the header of a format that has one. Only read, and only by pw_trace_create. */
struct pw_trace_origin {
  const char *format;       /* that they were read from, or NULL */
  const char *const *paths; /* as the user gave them */
  size_t path_count;        /* may be 0 */
};

/*
 * Begins a trace in the file `path`, "-" for standard output. `format` is a name of pw_trace_encoding_name, NULL for
 * the first, "pwt". `origin` may be NULL. The caller owns *writer until pw_trace_finish or pw_trace_abandon takes it.
 *
 * A file is written beside its place, as PATH.part, or PATH.part2 and so on where that exists, and moved into place
 * when it is finished. So `path` is at every moment what it was before, or the whole new trace. What exists and is not
 * a regular file, such as a pipe, is written directly.
 * Returns 0, -PW_EIO, -PW_ENOMEM, or -PW_EINVAL for an unknown format or an origin too long for the header (64 KB).
 */
int pw_trace_create(const char *path, const char *format, const struct pw_trace_origin *origin,
                    struct pw_trace_writer **writer, struct pw_diag *diag);

/*
 * Appends records. Returns 0; -PW_EINVAL, with nothing written, when a kind is not below PW_TRACE_KINDS or a size is
 * not in 1..4096; -PW_EIO or -PW_ENOMEM, after which every further call fails too.
 */
int pw_trace_write(struct pw_trace_writer *writer, const struct pw_trace_record *records, size_t count,
                   struct pw_diag *diag);

/*
 * Ends the trace, moves it into place and frees the writer. *bytes, unless `bytes` is NULL, receives the length of the
 * trace as stored. Returns 0, or the error as pw_trace_write does; then nothing is moved, what was written is removed,
 * and the writer is freed all the same.
 */
int pw_trace_finish(struct pw_trace_writer *writer, uint64_t *bytes, struct pw_diag *diag);

/* Removes what was written and frees the writer, which may be NULL. */
void pw_trace_abandon(struct pw_trace_writer *writer);

/* Formats that can be written, by index: a name, "pwt", and a few words for a help text. NULL beyond the last. */
const char *pw_trace_encoding_name(size_t index);
const char *pw_trace_encoding_summary(size_t index);

#ifdef __cplusplus
}
#endif
#endif
