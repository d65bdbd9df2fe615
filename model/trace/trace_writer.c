/* trace_writer.c: writes a trace beside its place and moves it there when it is whole. */
#include "trace_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "text.h"

/* The first is written when no format is named. */
static const struct pw_trace_encoder *const encoders[] = {&pw_encoder_pwt, &pw_encoder_lackey, &pw_encoder_din,
                                                          &pw_encoder_list};
#define ENCODER_COUNT (sizeof encoders / sizeof encoders[0])

struct pw_trace_writer {
  struct pw_trace_sink sink;
  const struct pw_trace_encoder *encoder;
  void *state;    /* of the encoder */
  char *target;   /* where the file goes when it is whole */
  char *part;     /* where it is until then; NULL when it is written directly */
  int failed;     /* status of the first error, 0 so far */
  char name[256]; /* of the target, for diagnostics */
};

const char *pw_trace_encoding_name(size_t index) { return index < ENCODER_COUNT ? encoders[index]->name : NULL; }
const char *pw_trace_encoding_summary(size_t index) { return index < ENCODER_COUNT ? encoders[index]->summary : NULL; }

static int refuse_memory(const char *name, struct pw_diag *diag) {
  return pw_refuse(diag, PW_ENOMEM, name, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
}

static int refuse_io(const char *name, const char *what, struct pw_diag *diag) {
  return pw_refuse(diag, PW_EIO, name, 0, NULL, "%s: %s", what, strerror(errno));
}

int pw_sink_put(struct pw_trace_sink *sink, const void *bytes, size_t count, struct pw_diag *diag) {
  if (fwrite(bytes, 1, count, sink->stream) != count) return refuse_io(sink->name, "cannot be written", diag);
  sink->bytes += count;
  return 0;
}

/* ---- opening ---- */

static int find_encoder(const char *format, const struct pw_trace_encoder **encoder, struct pw_diag *diag) {
  char known[200] = "";
  size_t length = 0;
  for (size_t i = 0; i < ENCODER_COUNT; i++) {
    if (!format || strcmp(format, encoders[i]->name) == 0) {
      *encoder = encoders[i];
      return 0;
    }
    length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "", encoders[i]->name);
  }
  return pw_refuse(diag, PW_EINVAL, NULL, 0, NULL, "cannot write trace format '%s'; legal: %s", format, known);
}

/* Opens a file that did not exist: PATH.part, or PATH.part2 and so on, so that nobody's file is ever overwritten. */
static FILE *open_part(struct pw_trace_writer *writer) {
  size_t room = strlen(writer->target) + sizeof ".part100";
  writer->part = malloc(room);
  if (!writer->part) return NULL;
  snprintf(writer->part, room, "%s.part", writer->target);
  int descriptor = open(writer->part, O_WRONLY | O_CREAT | O_EXCL, 0666);
  for (unsigned i = 2; descriptor < 0 && errno == EEXIST && i <= 100; i++) {
    snprintf(writer->part, room, "%s.part%u", writer->target, i);
    descriptor = open(writer->part, O_WRONLY | O_CREAT | O_EXCL, 0666);
  }
  if (descriptor >= 0) return fdopen(descriptor, "wb");
  free(writer->part); /* must not be removed later: it is not ours */
  writer->part = NULL;
  return NULL;
}

/* What the path stands for: of a symbolic link the file behind it, which is to be replaced and not the link. */
static char *resolve(const char *path) {
  char *resolved = realpath(path, NULL);
  return resolved ? resolved : strdup(path);
}

/* A link whose file does not exist yet, a pipe, a device: nothing that another file could take the place of. */
static bool must_be_written_directly(const char *target) {
  struct stat status;
  if (lstat(target, &status)) return false;
  return !S_ISREG(status.st_mode);
}

/* The new file may be read by those who could read the old one. */
static void keep_mode(const struct pw_trace_writer *writer) {
  struct stat status;
  if (stat(writer->target, &status) == 0) fchmod(fileno(writer->sink.stream), status.st_mode & 0777);
}

static int open_sink(struct pw_trace_writer *writer, const char *path, struct pw_diag *diag) {
  bool is_standard_output = strcmp(path, "-") == 0;
  snprintf(writer->name, sizeof writer->name, "%s", is_standard_output ? "standard output" : path);
  writer->sink.name = writer->name;
  if (is_standard_output) {
    writer->sink.stream = stdout;
    return 0;
  }
  writer->target = resolve(path);
  if (!writer->target) return refuse_memory(path, diag);
  bool is_special = must_be_written_directly(writer->target);
  writer->sink.stream = is_special ? fopen(writer->target, "wb") : open_part(writer);
  if (!writer->sink.stream) return refuse_io(path, "cannot be written", diag);
  if (writer->part) keep_mode(writer);
  return 0;
}

int pw_trace_create(const char *path, const char *format, const struct pw_trace_origin *origin,
                    struct pw_trace_writer **writer, struct pw_diag *diag) {
  *writer = NULL;
  struct pw_trace_writer *made = calloc(1, sizeof *made);
  if (!made) return refuse_memory(path, diag);
  int status = find_encoder(format, &made->encoder, diag);
  if (!status) status = open_sink(made, path, diag);
  if (!status && made->encoder->begin) status = made->encoder->begin(&made->state, origin, &made->sink, diag);
  if (status) {
    pw_trace_abandon(made);
    return status;
  }
  *writer = made;
  return 0;
}

/* ---- writing ---- */

static int check_records(const struct pw_trace_writer *writer, const struct pw_trace_record *records, size_t count,
                         struct pw_diag *diag) {
  for (size_t i = 0; i < count; i++) {
    uint32_t size = records[i].size_bytes;
    if (records[i].kind >= PW_TRACE_KINDS) {
      return pw_refuse(diag, PW_EINVAL, writer->name, 0, "kind", "must be 0..%d, not %u", PW_TRACE_KINDS - 1,
                       records[i].kind);
    }
    if (size < 1 || size > PW_MAX_ACCESS_BYTES) {
      return pw_refuse(diag, PW_EINVAL, writer->name, 0, "size_bytes", "must be 1..%u, not %u", PW_MAX_ACCESS_BYTES,
                       size);
    }
  }
  return 0;
}

static int refuse_again(const struct pw_trace_writer *writer, struct pw_diag *diag) {
  return pw_refuse(diag, (enum pw_status)(-writer->failed), writer->name, 0, NULL, "an earlier write failed: %s",
                   pw_strerror(writer->failed));
}

int pw_trace_write(struct pw_trace_writer *writer, const struct pw_trace_record *records, size_t count,
                   struct pw_diag *diag) {
  if (writer->failed) return refuse_again(writer, diag);
  int status = check_records(writer, records, count, diag);
  if (status) return status;
  writer->failed = writer->encoder->write(writer->state, records, count, &writer->sink, diag);
  return writer->failed;
}

/* ---- ending ---- */

/* Closes the stream, with everything on the disk before the name may point to it. Returns 0 or -1 with errno. */
static int close_sink(struct pw_trace_writer *writer) {
  FILE *stream = writer->sink.stream;
  int failed = fflush(stream);
  if (stream == stdout) return failed;
  if (!failed && writer->part) failed = fsync(fileno(stream));
  int error = errno;
  writer->sink.stream = NULL;
  if (fclose(stream)) return -1;
  errno = error;
  return failed;
}

static int finish(struct pw_trace_writer *writer, struct pw_diag *diag) {
  const struct pw_trace_encoder *encoder = writer->encoder;
  if (writer->failed) return refuse_again(writer, diag);
  int status = encoder->finish ? encoder->finish(writer->state, &writer->sink, diag) : 0;
  if (status) return status;
  if (close_sink(writer)) return refuse_io(writer->name, "cannot be written completely", diag);
  if (!writer->part) return 0;
  if (rename(writer->part, writer->target)) return refuse_io(writer->name, "cannot be moved into place", diag);
  free(writer->part);
  writer->part = NULL;
  return 0;
}

int pw_trace_finish(struct pw_trace_writer *writer, uint64_t *bytes, struct pw_diag *diag) {
  int status = finish(writer, diag);
  if (bytes) *bytes = writer->sink.bytes;
  pw_trace_abandon(writer);
  return status;
}

void pw_trace_abandon(struct pw_trace_writer *writer) {
  if (!writer) return;
  if (writer->encoder && writer->encoder->release) writer->encoder->release(writer->state);
  if (writer->sink.stream && writer->sink.stream != stdout) fclose(writer->sink.stream);
  if (writer->part) unlink(writer->part);
  free(writer->part);
  free(writer->target);
  free(writer);
}
