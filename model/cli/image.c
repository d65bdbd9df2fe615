/* image.c: reading a memory image, as text or as raw bytes. */
#include "image.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"

#define LINE_BYTES 256

/*
 * Reads a line with its end into a buffer, as far as there is room. Returns its length, 0 at the end of the file.
 * Unlike that of fgets, the length counts a NUL.
 */
static size_t read_line(FILE *file, char *line, size_t size_bytes) {
  size_t length = 0;
  int c = 0;
  while (length < size_bytes - 1 && c != '\n' && (c = getc(file)) != EOF) line[length++] = (char)c;
  line[length] = '\0';
  return length;
}

/* Ends the line where its comment begins, or its line end. */
static void cut_end(char *line, size_t length) {
  if (length && line[length - 1] == '\n') length--;
  if (length && line[length - 1] == '\r') length--;
  line[length] = '\0';
  line[strcspn(line, "#")] = '\0';
}

/* Parses hexadecimal digits, perhaps behind 0x. Returns where they end, or NULL for no number below 2^64. */
static const char *parse_number(const char *at, uint64_t *value) {
  char *end;
  if (!isxdigit((unsigned char)*at)) return NULL; /* strtoull would pass over a sign or white space */
  errno = 0;
  *value = strtoull(at, &end, 16);
  return errno ? NULL : end;
}

/* Parses "ADDRESS VALUE" with an optional colon between; blank lines and comments have *is_word false. */
static bool parse_line(const char *line, bool *is_word, uint64_t *address, uint64_t *value) {
  const char *at = line + strspn(line, " \t");
  *is_word = *at != '\0';
  if (!*is_word) return true;
  at = parse_number(at, address);
  if (at) at = parse_number(at + strspn(at, ": \t"), value);
  return at && at[strspn(at, " \t")] == '\0';
}

static int load_text(FILE *file, const char *path, struct pw_physical_memory *memory, struct pw_diag *diag) {
  char line[LINE_BYTES];
  size_t length;
  for (unsigned number = 1; (length = read_line(file, line, sizeof line)) > 0; number++) {
    uint64_t address, value;
    bool is_word;
    bool whole = length < sizeof line - 1 && !memchr(line, '\0', length);
    cut_end(line, length);
    if (!whole || !parse_line(line, &is_word, &address, &value)) {
      return pw_refuse(diag, PW_EIMAGE, path, number, NULL, "must be 'ADDRESS VALUE', two hexadecimal numbers");
    }
    if (!is_word) continue;
    if (address & 7 || address >> 52) {
      return pw_refuse(diag, PW_EIMAGE, path, number, NULL, "the address must be 8-byte aligned and below 2^52");
    }
    int status = pw_physical_write64(memory, address, value);
    if (status) return pw_refuse(diag, (enum pw_status) - status, path, number, NULL, "%s", pw_strerror(status));
  }
  return 0;
}

static int load_raw(FILE *file, const char *path, struct pw_physical_memory *memory, struct pw_diag *diag) {
  unsigned char bytes[8];
  uint64_t address = 0;
  for (size_t got; (got = fread(bytes, 1, sizeof bytes, file)) > 0; address += 8) {
    uint64_t value = 0;
    for (size_t i = 0; i < got; i++) value |= (uint64_t)bytes[i] << (8 * i);
    int status = value ? pw_physical_write64(memory, address, value) : 0;
    if (status) return pw_refuse(diag, (enum pw_status) - status, path, 0, NULL, "%s", pw_strerror(status));
  }
  return 0;
}

/* Text has only printable bytes and white space in its first block. */
static bool looks_like_text(FILE *file) {
  unsigned char block[4096];
  size_t length = fread(block, 1, sizeof block, file);
  rewind(file);
  for (size_t i = 0; i < length; i++) {
    bool space = block[i] == '\n' || block[i] == '\r' || block[i] == '\t';
    if (!space && (block[i] < 32 || block[i] > 126)) return false;
  }
  return true;
}

int image_load(const char *path, struct pw_physical_memory *memory, struct pw_diag *diag) {
  FILE *file = fopen(path, "rb");
  if (!file) return pw_refuse(diag, PW_EIO, path, 0, NULL, "cannot be opened: %s", strerror(errno));
  int status = looks_like_text(file) ? load_text(file, path, memory, diag) : load_raw(file, path, memory, diag);
  if (!status && ferror(file)) status = pw_refuse(diag, PW_EIO, path, 0, NULL, "cannot be read: %s", strerror(errno));
  fclose(file);
  return status;
}
