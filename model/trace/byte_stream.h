/* byte_stream.h: a file or standard input as decompressed bytes, by libarchive. */
#ifndef PAGEWALK_TRACE_BYTE_STREAM_H
#define PAGEWALK_TRACE_BYTE_STREAM_H

#include <pagewalk/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pw_byte_stream;

/* Opens a path, "-" for standard input. Returns 0, -PW_EIO or -PW_ENOMEM. */
int pw_byte_stream_open(const char *path, struct pw_byte_stream **stream, struct pw_diag *diag);
void pw_byte_stream_close(struct pw_byte_stream *stream);

/*
 * Fills the buffer as far as the file goes; *length is 0 only at its end. Returns 0, or -PW_EIO once what could be
 * read before the damage has been delivered.
 */
int pw_byte_stream_read(struct pw_byte_stream *stream, char *buffer, size_t capacity, size_t *length,
                        struct pw_diag *diag);

/* Makes a read that waits in another thread, for a pipe, fail; nothing can be read any more. */
void pw_byte_stream_cancel(struct pw_byte_stream *stream);

/* The last byte has been delivered, and the file was whole. */
bool pw_byte_stream_ended(const struct pw_byte_stream *stream);

/* Bytes of the file consumed, as stored, and its size, 0 when unknown. */
void pw_byte_stream_progress(const struct pw_byte_stream *stream, uint64_t *done, uint64_t *total);

/* The path as diagnostics name it: "standard input" for "-". */
const char *pw_byte_stream_name(const struct pw_byte_stream *stream);

/* ---- a window that moves over the bytes ---- */

/* Unread bytes are bytes[begin .. length). A reader consumes them by moving `begin`, and asks for more by refill. */
struct pw_byte_window {
  struct pw_byte_stream *stream;
  char *bytes;
  size_t capacity;
  size_t begin;
  size_t length;
  uint64_t offset; /* of bytes[0] in the decompressed file */
  bool at_end;     /* nothing follows what the window holds */
};

/* Opens a path behind a window of `capacity` bytes and fills it. After an error the window is closed. */
int pw_byte_window_open(struct pw_byte_window *window, const char *path, size_t capacity, struct pw_diag *diag);
void pw_byte_window_close(struct pw_byte_window *window);

/* Moves the unread bytes to the front and fills up behind them. Returns 0 or -PW_EIO. */
int pw_byte_window_refill(struct pw_byte_window *window, struct pw_diag *diag);

/*
 * Takes the next line, without its line feed; *text is NULL at the end. Of a line of more than `longest` bytes, which
 * are fewer than the capacity, it takes some, and *length is more than `longest`. Returns 0 or -PW_EIO.
 */
int pw_byte_window_line(struct pw_byte_window *window, size_t longest, const char **text, size_t *length,
                        struct pw_diag *diag);

#endif
