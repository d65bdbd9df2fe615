/* coverage_file.c: coverage as a file of JSON, replaced at once and read with a refusal for what it cannot be. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coverage_state.h"
#include "diag.h"

#define FORMAT_KEY "pagewalk_coverage"

/* ---- machines ---- */

bool pw_cover_same_machine(const struct pw_config *one, const struct pw_config *other) {
  char *a = pw_config_to_yaml(one), *b = pw_config_to_yaml(other);
  bool same = a && b && strcmp(a, b) == 0;
  free(a);
  free(b);
  return same;
}

/* ---- writing ---- */

/* The bins of a group that were counted, by the part of their name behind the group's. NULL when memory is out. */
static json_t *group_to_json(const struct pw_coverage *coverage, unsigned group) {
  size_t prefix = strlen(pw_coverage_group_name(group)) + 2;
  json_t *bins = json_object();
  for (unsigned bin = 0; bins && bin < pw_coverage_bins(group); bin++) {
    struct pw_coverage_bin look;
    pw_coverage_look(coverage, group, bin, &look);
    if (!look.count) continue;
    if (!json_object_set_new(bins, look.name + prefix, json_integer((json_int_t)look.count))) continue;
    json_decref(bins);
    bins = NULL;
  }
  return bins;
}

static json_t *coverage_to_json(const struct pw_coverage *coverage) {
  char *yaml = pw_config_to_yaml(&coverage->config);
  json_t *groups = json_object(), *document = json_object();
  int failed = !yaml || !groups || !document;
  for (unsigned g = 0; !failed && g < PW_COVER_GROUPS; g++) {
    failed = json_object_set_new(groups, pw_coverage_group_name(g), group_to_json(coverage, g));
  }
  if (!failed) failed = json_object_set_new(document, FORMAT_KEY, json_integer(PW_COVERAGE_VERSION));
  if (!failed) failed = json_object_set_new(document, "config", json_string(yaml));
  if (!failed) failed = json_object_set(document, "groups", groups);
  free(yaml);
  json_decref(groups);
  if (!failed) return document;
  json_decref(document);
  return NULL;
}

/* Writes and closes. Returns 0 or an errno. */
static int write_document(const json_t *document, FILE *stream) {
  errno = 0;
  int failed = json_dumpf(document, stream, JSON_INDENT(1));
  failed |= putc('\n', stream) == EOF;
  failed |= fflush(stream);
  failed |= fsync(fileno(stream));
  int code = errno;
  if (fclose(stream)) failed = 1, code = errno;
  return failed ? (code ? code : EIO) : 0;
}

static int refuse_write(struct pw_diag *diag, const char *path, int code) {
  return pw_refuse(diag, PW_EIO, path, 0, NULL, "cannot be written: %s", strerror(code));
}

/* By way of a file beside it, so that the old one stays until the new one is whole. */
static int replace_file(const json_t *document, const char *path, struct pw_diag *diag) {
  size_t size_bytes = strlen(path) + 8;
  char *beside = malloc(size_bytes);
  if (!beside) return pw_refuse(diag, PW_ENOMEM, path, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  snprintf(beside, size_bytes, "%s.XXXXXX", path);
  int file = mkstemp(beside);
  FILE *stream = file >= 0 ? fdopen(file, "w") : NULL;
  int code = stream ? write_document(document, stream) : errno;
  if (!code && rename(beside, path)) code = errno;
  if (code && file >= 0) unlink(beside);
  free(beside);
  return code ? refuse_write(diag, path, code) : 0;
}

int pw_coverage_save(const struct pw_coverage *coverage, const char *path, struct pw_diag *diag) {
  json_t *document = coverage_to_json(coverage);
  if (!document) return pw_refuse(diag, PW_ENOMEM, path, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  int status = replace_file(document, path, diag);
  json_decref(document);
  return status;
}

/* ---- reading ---- */

/* A file that is being read. */
struct source {
  const char *path;
  struct pw_diag *diag;
};

static int refuse(const struct source *source, const char *key, const char *rule) {
  return pw_refuse(source->diag, PW_ECOVERAGE, source->path, 0, key, "%s", rule);
}

static int find_bin(unsigned group, const char *name) {
  size_t prefix = strlen(pw_coverage_group_name(group)) + 2;
  for (unsigned bin = 0; bin < pw_coverage_bins(group); bin++) {
    char known[PW_COVERAGE_NAME_BYTES];
    pw_cover_name(group, bin, known);
    if (strcmp(known + prefix, name) == 0) return (int)bin;
  }
  return -1;
}

static int read_group(const struct source *source, json_t *bins, unsigned group, struct pw_coverage *coverage) {
  const char *name;
  json_t *count;
  if (!json_is_object(bins)) return refuse(source, pw_coverage_group_name(group), "is missing, or is no object");
  json_object_foreach(bins, name, count) {
    int bin = find_bin(group, name);
    if (bin < 0) return refuse(source, name, "is no bin of its group");
    if (!json_is_integer(count) || json_integer_value(count) <= 0)
      return refuse(source, name, "must have a whole number of at least 1");
    coverage->count[coverage->first[group] + (unsigned)bin] = (uint64_t)json_integer_value(count);
  }
  return 0;
}

static int read_groups(const struct source *source, json_t *document, struct pw_coverage *coverage) {
  json_t *groups = json_object_get(document, "groups");
  if (json_object_size(groups) != PW_COVER_GROUPS)
    return refuse(source, "groups", "must have every group and no other");
  for (unsigned g = 0; g < PW_COVER_GROUPS; g++) {
    int status = read_group(source, json_object_get(groups, pw_coverage_group_name(g)), g, coverage);
    if (status) return status;
  }
  return 0;
}

static int read_config(const struct source *source, const char *yaml, struct pw_config *config) {
  struct pw_diag inner = {.message = ""};
  if (!yaml) return refuse(source, "config", "is missing, or is no text");
  int status = pw_config_parse(yaml, strlen(yaml), source->path, NULL, 0, config, &inner);
  if (!status) return 0;
  enum pw_status code = status == -PW_ENOMEM ? PW_ENOMEM : PW_ECOVERAGE;
  return pw_refuse(source->diag, code, source->path, 0, "config", "line %" PRIu64 " of it: %s%s%s", inner.line,
                   inner.key, inner.key[0] ? ": " : "", inner.message);
}

static int read_document(const struct source *source, json_t *document, struct pw_coverage **coverage) {
  struct pw_config *config = malloc(sizeof *config);
  if (!config) return pw_refuse(source->diag, PW_ENOMEM, source->path, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  const json_t *version = json_object_get(document, FORMAT_KEY);
  int status = 0;
  if (!json_is_integer(version)) {
    status = refuse(source, FORMAT_KEY, "is missing: this is no coverage of pagewalk");
  } else if (json_integer_value(version) != PW_COVERAGE_VERSION) {
    status = pw_refuse(source->diag, PW_ECOVERAGE, source->path, 0, FORMAT_KEY, "must be %d, not %" JSON_INTEGER_FORMAT,
                       PW_COVERAGE_VERSION, json_integer_value(version));
  }
  if (!status) status = read_config(source, json_string_value(json_object_get(document, "config")), config);
  if (!status) status = pw_coverage_create(config, coverage);
  if (!status) status = read_groups(source, document, *coverage);
  free(config);
  return status;
}

int pw_coverage_load(const char *path, struct pw_coverage **coverage, struct pw_diag *diag) {
  struct source source = {path, diag};
  json_error_t error;
  *coverage = NULL;
  FILE *stream = fopen(path, "r");
  if (!stream) return pw_refuse(diag, PW_EIO, path, 0, NULL, "cannot be read: %s", strerror(errno));
  json_t *document = json_loadf(stream, JSON_REJECT_DUPLICATES, &error);
  fclose(stream);
  if (!document) {
    return pw_refuse(diag, PW_ECOVERAGE, path, error.line > 0 ? (uint64_t)error.line : 0, NULL, "is no JSON: %s",
                     error.text);
  }
  int status = read_document(&source, document, coverage);
  json_decref(document);
  if (!status) return 0;
  pw_coverage_destroy(*coverage);
  *coverage = NULL;
  return status;
}
