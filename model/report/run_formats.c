/* run_formats.c: the run document as JSON and as CSV. */
#include <stdlib.h>
#include <string.h>

#include "run_document.h"

#define JSON_STYLE (JSON_INDENT(2) | JSON_REAL_PRECISION(12))

static int finish(FILE *stream) { return fflush(stream) || ferror(stream) ? -PW_EIO : 0; }

int pw_report_json(FILE *stream, const struct pw_run_report *report) {
  json_t *document = pw_run_document(report);
  if (!document) return -PW_ENOMEM;
  int failed = json_dumpf(document, stream, JSON_STYLE);
  json_decref(document);
  if (failed) return -PW_EIO;
  fputc('\n', stream);
  return finish(stream);
}

/* A CSV field, quoted when it must be (RFC 4180). */
static void write_field(FILE *stream, const char *text) {
  if (!strpbrk(text, ",\"\r\n")) {
    fputs(text, stream);
    return;
  }
  fputc('"', stream);
  for (; *text; text++) {
    if (*text == '"') fputc('"', stream);
    fputc(*text, stream);
  }
  fputc('"', stream);
}

static int write_row(FILE *stream, const char *key, const json_t *value) {
  char *encoded = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
  if (!encoded && !json_is_string(value)) return -PW_ENOMEM;
  write_field(stream, key);
  fputc(',', stream);
  write_field(stream, encoded ? encoded : json_string_value(value));
  fputc('\n', stream);
  free(encoded);
  return 0;
}

/* One row per value: key,value with the JSON path as key. */
static int write_rows(FILE *stream, const char *path, json_t *value) {
  char child_path[256];
  const char *key;
  json_t *child;
  size_t index;
  int status = 0;
  if (json_is_object(value)) {
    json_object_foreach(value, key, child) {
      snprintf(child_path, sizeof child_path, "%s%s%s", path, *path ? "." : "", key);
      if (!status) status = write_rows(stream, child_path, child);
    }
    return status;
  }
  if (json_is_array(value)) {
    json_array_foreach(value, index, child) {
      snprintf(child_path, sizeof child_path, "%s.%zu", path, index);
      if (!status) status = write_rows(stream, child_path, child);
    }
    return status;
  }
  return write_row(stream, path, value);
}

int pw_report_csv(FILE *stream, const struct pw_run_report *report) {
  json_t *document = pw_run_document(report);
  if (!document) return -PW_ENOMEM;
  fputs("key,value\n", stream);
  int status = write_rows(stream, "", document);
  json_decref(document);
  return status ? status : finish(stream);
}
