/* byte_source.c: reading a file, a pipe or standard input, and undoing gzip. */
#include "byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "diag.h"

#define BLOCK_BYTES (1u << 17)

struct pw_byte_source {
  int file;
  int wake[2];      /* a pipe whose readability cancels; -1 for a regular file, which nothing has to wait for */
  uint64_t size;    /* 0 when unknown */
  uint64_t read;    /* bytes of the file so far */
  size_t length;    /* of the block at hand */
  bool first_block; /* it has been read to be looked at, and not been delivered */
  bool ended;       /* of the file */
  bool is_gzip;
  bool in_member; /* of gzip: between its header and its checksum */
  z_stream zlib;
  const char *error;
  unsigned char block[BLOCK_BYTES];
  unsigned char plain[BLOCK_BYTES]; /* gzip undone */
};

/* ---- the file ---- */

static ptrdiff_t fail(struct pw_byte_source *source, const char *error) {
  source->error = error;
  return -1;
}

/* Waits until a pipe has something to be read. */
static ptrdiff_t wait_for_bytes(struct pw_byte_source *source) {
  struct pollfd files[2] = {{.fd = source->file, .events = POLLIN}, {.fd = source->wake[0], .events = POLLIN}};
  if (source->wake[0] < 0) return 0;
  while (poll(files, 2, -1) < 0) {
    if (errno != EINTR) return fail(source, strerror(errno));
  }
  return files[1].revents ? fail(source, "cancelled") : 0;
}

/* Reads behind the first `length` bytes of the block. Returns how many came, 0 at the end of the file, or -1. */
static ptrdiff_t read_behind(struct pw_byte_source *source, size_t length) {
  if (source->ended) return 0;
  if (wait_for_bytes(source)) return -1;
  ssize_t got;
  do {
    got = read(source->file, source->block + length, BLOCK_BYTES - length);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return fail(source, strerror(errno));
  source->ended = got == 0;
  source->length = length + (size_t)got;
  source->read += (uint64_t)got;
  return got;
}

static int open_file(struct pw_byte_source *source, const char *path, const char *name, struct pw_diag *diag) {
  struct stat status;
  source->file = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (source->file < 0 || fstat(source->file, &status)) {
    return pw_refuse(diag, PW_EIO, name, 0, NULL, "cannot be opened: %s", strerror(errno));
  }
  if (S_ISDIR(status.st_mode)) return pw_refuse(diag, PW_EIO, name, 0, NULL, "is a directory");
  if (S_ISREG(status.st_mode)) {
    source->size = (uint64_t)status.st_size;
  } else if (pipe(source->wake)) {
    return pw_refuse(diag, PW_EIO, name, 0, NULL, "cannot be opened: %s", strerror(errno));
  }
  return 0;
}

/* A pipe delivers what its writer wrote; what is looked at must be there. */
static int read_first_block(struct pw_byte_source *source, const char *name, struct pw_diag *diag) {
  ptrdiff_t got;
  do {
    got = read_behind(source, source->length);
  } while (got > 0 && source->length < 16);
  if (got < 0) return pw_refuse(diag, PW_EIO, name, 0, NULL, "cannot be read: %s", source->error);
  source->first_block = source->length > 0;
  return 0;
}

int pw_byte_source_open(const char *path, const char *name, struct pw_byte_source **source, struct pw_diag *diag) {
  struct pw_byte_source *made = calloc(1, sizeof *made);
  *source = NULL;
  if (!made) return pw_refuse(diag, PW_ENOMEM, name, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  made->wake[0] = made->wake[1] = -1;
  int status = open_file(made, path, name, diag);
  if (!status) status = read_first_block(made, name, diag);
  made->is_gzip = !status && made->length >= 2 && made->block[0] == 0x1f && made->block[1] == 0x8b;
  if (made->is_gzip && inflateInit2(&made->zlib, 15 + 16) != Z_OK) { /* 16: gzip, with its checksum */
    made->is_gzip = false;
    status = pw_refuse(diag, PW_ENOMEM, name, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  }
  if (status) {
    pw_byte_source_close(made);
    return status;
  }
  *source = made;
  return 0;
}

void pw_byte_source_close(struct pw_byte_source *source) {
  if (!source) return;
  if (source->is_gzip) inflateEnd(&source->zlib);
  if (source->file > STDIN_FILENO) close(source->file);
  for (unsigned i = 0; i < 2; i++) {
    if (source->wake[i] >= 0) close(source->wake[i]);
  }
  free(source);
}

size_t pw_byte_source_peek(const struct pw_byte_source *source, void *bytes, size_t size_bytes) {
  size_t length = source->length < size_bytes ? source->length : size_bytes;
  if (source->is_gzip) length = 0; /* what is stored is not what will be read */
  memcpy(bytes, source->block, length);
  return length;
}

const char *pw_byte_source_error(const struct pw_byte_source *source) { return source->error ? source->error : "read"; }
uint64_t pw_byte_source_size(const struct pw_byte_source *source) { return source->size; }

uint64_t pw_byte_source_position(const struct pw_byte_source *source) {
  return source->read - (source->is_gzip ? source->zlib.avail_in : 0);
}

void pw_byte_source_cancel(struct pw_byte_source *source) {
  if (source->wake[1] < 0) return;
  ssize_t ignored = write(source->wake[1], "", 1); /* it is empty, so this cannot fail */
  (void)ignored;
}

static ptrdiff_t next_stored(struct pw_byte_source *source) {
  if (!source->first_block) return read_behind(source, 0);
  source->first_block = false;
  return (ptrdiff_t)source->length;
}

/* ---- gzip ---- */

/* Compressed bytes at hand, perhaps of the next block. Returns 1, 0 at the end of the file, or -1. */
static ptrdiff_t have_input(struct pw_byte_source *source) {
  if (source->zlib.avail_in) return 1;
  ptrdiff_t got = next_stored(source);
  if (got <= 0) return got;
  source->zlib.next_in = source->block;
  source->zlib.avail_in = (uInt)got;
  return 1;
}

/*
 * Between members. gzip passes over zeroes with which a file may have been padded, and so does this. Returns 1 when
 * another member follows, 0 at the end, or -1.
 */
static ptrdiff_t begin_member(struct pw_byte_source *source, bool is_first) {
  z_stream *z = &source->zlib;
  ptrdiff_t there;
  while ((there = have_input(source)) > 0 && *z->next_in == 0 && !is_first) {
    z->next_in++;
    z->avail_in--;
  }
  if (there <= 0) return there;
  if (*z->next_in != 0x1f) return fail(source, "something else follows the gzip data");
  inflateReset(z);
  source->in_member = true;
  return 1;
}

static ptrdiff_t next_plain(struct pw_byte_source *source) {
  z_stream *z = &source->zlib;
  z->next_out = source->plain;
  z->avail_out = BLOCK_BYTES;
  while (z->avail_out == BLOCK_BYTES) {
    ptrdiff_t there = source->in_member ? have_input(source) : begin_member(source, source->first_block);
    if (there < 0) return -1;
    if (!there) return source->in_member ? fail(source, "the gzip data end too early") : 0;
    int result = inflate(z, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      source->in_member = false;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return fail(source, z->msg ? z->msg : "damaged gzip data");
    }
  }
  return (ptrdiff_t)(BLOCK_BYTES - z->avail_out);
}

ptrdiff_t pw_byte_source_next(struct pw_byte_source *source, const void **bytes) {
  *bytes = source->is_gzip ? source->plain : source->block;
  if (source->error) return -1;
  return source->is_gzip ? next_plain(source) : next_stored(source);
}
