/*
 * event_log.h: what a device did, as a file: events of check.h, a line of JSON each, behind a header that has all a
 * checker needs besides. docs/event-log.md describes the format.
 */
#ifndef PAGEWALK_EVENT_LOG_H
#define PAGEWALK_EVENT_LOG_H

#include <pagewalk/check.h>
#include <pagewalk/config.h>
#include <pagewalk/status.h>
#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PW_EVENT_LOG_VERSION 1
#define PW_EVENT_LOG_LINE_BYTES 65536u    /* longest line of an event, its line feed included */
#define PW_EVENT_LOG_HEADER_BYTES 262144u /* the same of the header */

/* First line of a log: with it and the events a run can be checked again. Plain data, owned by the caller. */
struct pw_event_log_header {
  struct pw_check_options check; /* of the checker that the events are for */
  uint64_t seed;                 /* of the program that made the requests; for the reader, nothing follows from it */
  struct pw_config config;
};

/* ---- writing ---- */

/* Writes one log, through a buffer. Opaque. */
struct pw_event_log_writer;

/*
 * Begins a log in a file, which is written anew, or on standard output for "-". Numbers of the header are at most
 * 2^63-1. Returns 0, -PW_EIO, -PW_ENOMEM, or -PW_EINVAL for a header that the format cannot hold; then nothing is
 * written.
 */
int pw_event_log_create(const char *path, const struct pw_event_log_header *header, struct pw_event_log_writer **writer,
                        struct pw_diag *diag);

/* The same on a stream that the caller closes after pw_event_log_finish. `name` stands for it in diagnostics. */
int pw_event_log_create_on(FILE *stream, const char *name, const struct pw_event_log_header *header,
                           struct pw_event_log_writer **writer, struct pw_diag *diag);

/*
 * Returns 0, -PW_EIO (of this event or one before: events wait in the buffer), or -PW_EINVAL for an event that the
 * format cannot hold, whose line in *diag is the one that it would have had; it is not written.
 */
int pw_event_log_write(struct pw_event_log_writer *writer, const struct pw_event *event, struct pw_diag *diag);

/* Hands everything to the operating system, for a log that must outlive a crash. Returns 0 or -PW_EIO. */
int pw_event_log_flush(struct pw_event_log_writer *writer, struct pw_diag *diag);

/* Writes what is left and frees the writer, also when that fails; NULL is allowed. Returns 0 or -PW_EIO. */
int pw_event_log_finish(struct pw_event_log_writer *writer, struct pw_diag *diag);

/* ---- reading ---- */

/* Reads one log, of any compression, in memory that does not depend on its length. Opaque. */
struct pw_event_log_reader;

/*
 * Opens a log, "-" for standard input, and reads its header. Returns 0, -PW_EIO, -PW_ENOMEM, or -PW_ELOG for a header
 * that does not fit.
 */
int pw_event_log_open(const char *path, struct pw_event_log_header *header, struct pw_event_log_reader **reader,
                      struct pw_diag *diag);
void pw_event_log_close(struct pw_event_log_reader *reader);

/*
 * The next event; *more is false at the end. Bytes of the event that its kind does not use are 0. Returns 0, -PW_EIO,
 * -PW_ENOMEM, or -PW_ELOG for a line that does not fit; after that nothing more can be read.
 */
int pw_event_log_read(struct pw_event_log_reader *reader, struct pw_event *event, bool *more, struct pw_diag *diag);

/* Line of the file, from 1, that the last event stood in. */
uint64_t pw_event_log_line(const struct pw_event_log_reader *reader);

#ifdef __cplusplus
}
#endif
#endif
