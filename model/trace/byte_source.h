/*
 * byte_source.h: the bytes of a file or of standard input as they are stored, gzip undone.
 *
 * gzip is undone here, by zlib, because libarchive (3.6) does not compare its checksums: a damaged file would be read
 * as if it were whole. Nothing but reading happens to the file: what is left of a pipe stays there.
 */
#ifndef PAGEWALK_TRACE_BYTE_SOURCE_H
#define PAGEWALK_TRACE_BYTE_SOURCE_H

#include <pagewalk/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pw_byte_source;

/* Opens a path, "-" for standard input, and reads its first bytes. Returns 0, -PW_EIO or -PW_ENOMEM. */
int pw_byte_source_open(const char *path, const char *name, struct pw_byte_source **source, struct pw_diag *diag);
void pw_byte_source_close(struct pw_byte_source *source);

/* Up to `size_bytes` of the first bytes, which stay to be read. Returns how many there are. */
size_t pw_byte_source_peek(const struct pw_byte_source *source, void *bytes, size_t size_bytes);

/* The next bytes, valid until the next call. Returns how many, 0 at the end, -1 with pw_byte_source_error. */
ptrdiff_t pw_byte_source_next(struct pw_byte_source *source, const void **bytes);

/* Why the last call failed; static storage. */
const char *pw_byte_source_error(const struct pw_byte_source *source);

/* Bytes of the file that have been read and, where gzip is undone, used; and its size, 0 when unknown. */
uint64_t pw_byte_source_position(const struct pw_byte_source *source);
uint64_t pw_byte_source_size(const struct pw_byte_source *source);

/* Makes a read that waits for a pipe in another thread fail, and every later one. */
void pw_byte_source_cancel(struct pw_byte_source *source);

#endif
