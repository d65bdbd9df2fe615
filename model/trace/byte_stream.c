/* byte_stream.c: decompressing a file or standard input through libarchive. */
#include "byte_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"

#define READ_BLOCK_BYTES (1u << 17)
#define SLICE_BYTES (1u << 16) /* a call that meets damage loses what it has read, so calls are short */

struct pw_byte_stream {
  struct archive *archive;
  char name[256];
  uint64_t total_bytes;
  bool ended;
  bool failed; /* the next read that has nothing left to deliver says so */
};

const char *pw_byte_stream_name(const struct pw_byte_stream *stream) { return stream->name; }

static int refuse(const struct pw_byte_stream *stream, const char *what, struct pw_diag *diag) {
  const char *why = archive_error_string(stream->archive);
  return pw_refuse(diag, PW_EIO, stream->name, 0, NULL, "%s: %s", what, why ? why : strerror(errno));
}

/* A single stream of bytes: any filter, raw format; the empty format lets an empty file be told from a bad one. */
static int open_archive(struct pw_byte_stream *stream, const char *path, struct pw_diag *diag) {
  stream->archive = archive_read_new();
  if (!stream->archive) return pw_refuse(diag, PW_ENOMEM, stream->name, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  archive_read_support_filter_all(stream->archive);
  archive_read_support_format_raw(stream->archive);
  archive_read_support_format_empty(stream->archive);
  int result = strcmp(path, "-") == 0 ? archive_read_open_fd(stream->archive, STDIN_FILENO, READ_BLOCK_BYTES)
                                      : archive_read_open_filename(stream->archive, path, READ_BLOCK_BYTES);
  if (result < ARCHIVE_WARN) return refuse(stream, "cannot be opened", diag);
  struct archive_entry *entry;
  result = archive_read_next_header(stream->archive, &entry);
  if (result == ARCHIVE_EOF) {
    stream->ended = true;
  } else if (result < ARCHIVE_WARN) {
    return refuse(stream, "cannot be read", diag);
  }
  return 0;
}

static int check_file(struct pw_byte_stream *stream, const char *path, struct pw_diag *diag) {
  struct stat status;
  if (strcmp(path, "-") == 0) return 0;
  if (stat(path, &status)) return pw_refuse(diag, PW_EIO, path, 0, NULL, "cannot be opened: %s", strerror(errno));
  if (S_ISDIR(status.st_mode)) return pw_refuse(diag, PW_EIO, path, 0, NULL, "is a directory");
  if (S_ISREG(status.st_mode)) stream->total_bytes = (uint64_t)status.st_size;
  return 0;
}

int pw_byte_stream_open(const char *path, struct pw_byte_stream **stream, struct pw_diag *diag) {
  struct pw_byte_stream *made = calloc(1, sizeof *made);
  *stream = NULL;
  if (!made) return pw_refuse(diag, PW_ENOMEM, path, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
  memcpy(made->name, name, strnlen(name, sizeof made->name - 1));
  int status = check_file(made, path, diag);
  if (!status) status = open_archive(made, path, diag);
  if (status) {
    pw_byte_stream_close(made);
    return status;
  }
  *stream = made;
  return 0;
}

void pw_byte_stream_close(struct pw_byte_stream *stream) {
  if (!stream) return;
  if (stream->archive) archive_read_free(stream->archive);
  free(stream);
}

int pw_byte_stream_read(struct pw_byte_stream *stream, char *buffer, size_t capacity, size_t *length,
                        struct pw_diag *diag) {
  *length = 0;
  while (!stream->ended && !stream->failed && *length < capacity) {
    size_t room = capacity - *length;
    la_ssize_t got = archive_read_data(stream->archive, buffer + *length, room < SLICE_BYTES ? room : SLICE_BYTES);
    if (got == 0) stream->ended = true;
    if (got < 0) {
      stream->failed = true;
    } else {
      *length += (size_t)got;
    }
  }
  return stream->failed && !*length ? refuse(stream, "is truncated or corrupt", diag) : 0;
}

bool pw_byte_stream_ended(const struct pw_byte_stream *stream) { return stream->ended; }

void pw_byte_stream_progress(const struct pw_byte_stream *stream, uint64_t *done, uint64_t *total) {
  la_int64_t consumed = archive_filter_bytes(stream->archive, -1);
  *done = consumed > 0 ? (uint64_t)consumed : 0;
  *total = stream->total_bytes;
}

int pw_byte_window_open(struct pw_byte_window *window, const char *path, size_t capacity, struct pw_diag *diag) {
  *window = (struct pw_byte_window){.capacity = capacity};
  window->bytes = malloc(capacity);
  int status = window->bytes ? pw_byte_stream_open(path, &window->stream, diag)
                             : pw_refuse(diag, PW_ENOMEM, path, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  if (!status) status = pw_byte_window_refill(window, diag);
  if (status) pw_byte_window_close(window);
  return status;
}

void pw_byte_window_close(struct pw_byte_window *window) {
  pw_byte_stream_close(window->stream);
  free(window->bytes);
  *window = (struct pw_byte_window){0};
}

int pw_byte_window_refill(struct pw_byte_window *window, struct pw_diag *diag) {
  size_t kept = window->length - window->begin;
  size_t got;
  memmove(window->bytes, window->bytes + window->begin, kept);
  window->offset += window->begin;
  window->begin = 0;
  window->length = kept;
  int status = pw_byte_stream_read(window->stream, window->bytes + kept, window->capacity - kept, &got, diag);
  window->length += got;
  window->at_end = pw_byte_stream_ended(window->stream);
  return status;
}
