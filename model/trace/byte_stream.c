/* byte_stream.c: undoing the compression of a file or of standard input through libarchive. */
#include "byte_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "byte_source.h"
#include "diag.h"
#include "little_endian.h"

#define SLICE_BYTES (1u << 16) /* a call that meets damage loses what it has read, so calls are short */

struct pw_byte_stream {
  struct archive *archive;
  struct pw_byte_source *source;
  char name[256];
  uint64_t supplied; /* bytes that libarchive was given */
  bool ended;
  bool failed; /* the next read that has nothing left to deliver says so */
};

const char *pw_byte_stream_name(const struct pw_byte_stream *stream) { return stream->name; }

static int refuse(const struct pw_byte_stream *stream, const char *what, struct pw_diag *diag) {
  const char *why = archive_error_string(stream->archive);
  uint64_t position = pw_byte_source_position(stream->source);
  return pw_refuse(diag, PW_EIO, stream->name, 0, NULL, "%s, before offset %" PRIu64 "%s%s", what, position,
                   why ? ": " : "", why ? why : "");
}

/* ---- opening ---- */

static la_ssize_t supply(struct archive *archive, void *context, const void **bytes) {
  struct pw_byte_stream *stream = context;
  ptrdiff_t got = pw_byte_source_next(stream->source, bytes);
  if (got < 0) archive_set_error(archive, EIO, "%s", pw_byte_source_error(stream->source));
  if (got > 0) stream->supplied += (uint64_t)got;
  return got;
}

/*
 * The .lzma format has no magic number, and libarchive takes much else for it, traces too. What the tools write begins
 * with 5d, a power of two as the size of the dictionary, and a length, unknown or below 2^40.
 */
static bool is_lzma(const struct pw_byte_source *source) {
  unsigned char head[13];
  if (pw_byte_source_peek(source, head, sizeof head) < sizeof head || head[0] != 0x5d) return false;
  uint32_t dictionary = pw_load_le32(head + 1);
  uint64_t length = pw_load_le64(head + 5);
  bool power_of_two = dictionary && !(dictionary & (dictionary - 1));
  return power_of_two && (length == UINT64_MAX || length >> 40 == 0);
}

/* Every compression that libarchive undoes itself. For lrzip, lzop and grzip it would start programs. */
static void support_filters(struct pw_byte_stream *stream) {
  archive_read_support_filter_bzip2(stream->archive);
  archive_read_support_filter_compress(stream->archive);
  archive_read_support_filter_lz4(stream->archive);
  archive_read_support_filter_lzip(stream->archive);
  if (is_lzma(stream->source)) archive_read_support_filter_lzma(stream->archive);
  archive_read_support_filter_xz(stream->archive);
  archive_read_support_filter_zstd(stream->archive);
}

/* A single stream of bytes: any filter, raw format; the empty format lets an empty file be told from a bad one. */
static int open_archive(struct pw_byte_stream *stream, struct pw_diag *diag) {
  stream->archive = archive_read_new();
  if (!stream->archive) return pw_refuse(diag, PW_ENOMEM, stream->name, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  support_filters(stream);
  archive_read_support_format_raw(stream->archive);
  archive_read_support_format_empty(stream->archive);
  int result = archive_read_open(stream->archive, stream, NULL, supply, NULL);
  if (result < ARCHIVE_WARN) return refuse(stream, "cannot be read", diag);
  struct archive_entry *entry;
  result = archive_read_next_header(stream->archive, &entry);
  if (result == ARCHIVE_EOF) {
    stream->ended = true;
  } else if (result < ARCHIVE_WARN) {
    return refuse(stream, "cannot be read", diag);
  }
  return 0;
}

int pw_byte_stream_open(const char *path, struct pw_byte_stream **stream, struct pw_diag *diag) {
  struct pw_byte_stream *made = calloc(1, sizeof *made);
  *stream = NULL;
  if (!made) return pw_refuse(diag, PW_ENOMEM, path, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
  memcpy(made->name, name, strnlen(name, sizeof made->name - 1));
  int status = pw_byte_source_open(path, made->name, &made->source, diag);
  if (!status) status = open_archive(made, diag);
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
  pw_byte_source_close(stream->source);
  free(stream);
}

void pw_byte_stream_cancel(struct pw_byte_stream *stream) { pw_byte_source_cancel(stream->source); }

/* ---- reading ---- */

/*
 * libarchive ends a compressed stream where it can make nothing of what follows, without a word. What follows is the
 * rest of the trace, damaged, so it is looked for.
 */
static void check_end(struct pw_byte_stream *stream) {
  const void *bytes;
  uint64_t used = (uint64_t)archive_filter_bytes(stream->archive, -1);
  stream->ended = true;
  if (used == stream->supplied && supply(stream->archive, stream, &bytes) == 0) return;
  archive_set_error(stream->archive, EIO, "something else follows the compressed data");
  stream->ended = false;
  stream->failed = true;
}

int pw_byte_stream_read(struct pw_byte_stream *stream, char *buffer, size_t capacity, size_t *length,
                        struct pw_diag *diag) {
  *length = 0;
  while (!stream->ended && !stream->failed && *length < capacity) {
    size_t room = capacity - *length;
    la_ssize_t got = archive_read_data(stream->archive, buffer + *length, room < SLICE_BYTES ? room : SLICE_BYTES);
    if (got == 0) check_end(stream);
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
  *done = pw_byte_source_position(stream->source);
  *total = pw_byte_source_size(stream->source);
}

/* ---- the window ---- */

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

int pw_byte_window_line(struct pw_byte_window *window, size_t longest, const char **text, size_t *length,
                        struct pw_diag *diag) {
  for (;;) {
    const char *start = window->bytes + window->begin;
    size_t unread = window->length - window->begin;
    const char *newline = memchr(start, '\n', unread);
    if (newline || window->at_end || unread > longest) {
      *text = unread ? start : NULL;
      *length = newline ? (size_t)(newline - start) : unread;
      window->begin += *length + (newline != NULL);
      return 0;
    }
    int status = pw_byte_window_refill(window, diag);
    if (status) return status;
  }
}
