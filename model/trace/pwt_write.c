/* pwt_write.c: writes .pwt, the project's own trace format (docs/trace-format.md). */
#include <jansson.h>
#include <pagewalk/version.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#include "diag.h"
#include "pwt.h"
#include "trace_writer.h"

/* Of 3, 9, 12, 15 and 19 the one after which size falls little and time rises much: docs/trace-format.md. */
#define ZSTD_LEVEL 9

/* A column of the block at hand. It may be stored into beyond its end by a whole address. */
struct column {
  size_t length;
  uint8_t bytes[PW_PWT_MAX_RAW_BYTES + sizeof(uint64_t)];
};

struct state {
  ZSTD_CCtx *zstd;
  uint64_t total; /* records of the blocks before the one at hand */
  struct column control;
  struct column sizes;
  struct column addresses[PW_PWT_STREAMS];
  struct pw_pwt_prediction prediction;
  uint8_t raw[PW_PWT_MAX_RAW_BYTES];
  uint8_t block[PW_PWT_HEAD_BYTES + ZSTD_COMPRESSBOUND(PW_PWT_MAX_RAW_BYTES) + PW_PWT_HASH_BYTES];
};

/* ---- header ---- */

/* A name that is not UTF-8 cannot stand in JSON: its bytes beyond ASCII become question marks. */
static json_t *make_text(const char *text) {
  json_t *made = json_string(text);
  if (made) return made;
  char *copy = strdup(text);
  if (!copy) return NULL;
  for (char *at = copy; *at; at++) {
    if ((unsigned char)*at >= 0x80) *at = '?';
  }
  made = json_string(copy);
  free(copy);
  return made;
}

static json_t *make_paths(const struct pw_trace_origin *origin) {
  if (origin->path_count == 1) return make_text(origin->paths[0]);
  json_t *paths = json_array();
  for (size_t i = 0; i < origin->path_count; i++) json_array_append_new(paths, make_text(origin->paths[i]));
  return paths;
}

/* The caller frees it. NULL without memory. */
static char *origin_text(const struct pw_trace_origin *origin) {
  json_t *object = json_object();
  int failed = json_object_set_new(object, "program", json_sprintf("pagewalk %s", pw_version()));
  if (origin && origin->format) failed |= json_object_set_new(object, "format", make_text(origin->format));
  if (origin && origin->path_count) failed |= json_object_set_new(object, "origin", make_paths(origin));
  char *text = failed ? NULL : json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT);
  json_decref(object);
  return text;
}

static int out_of_memory(const struct pw_trace_sink *sink, struct pw_diag *diag) {
  return pw_refuse(diag, PW_ENOMEM, sink->name, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
}

/* Puts bytes that have room for a hash behind them, and the hash. */
static int put_hashed(uint8_t *bytes, size_t count, struct pw_trace_sink *sink, struct pw_diag *diag) {
  pw_store_le64(bytes + count, XXH3_64bits(bytes, count));
  return pw_sink_put(sink, bytes, count + PW_PWT_HASH_BYTES, diag);
}

static int put_header(const char *origin, struct pw_trace_sink *sink, struct pw_diag *diag) {
  size_t length = strlen(origin);
  if (length > PW_PWT_MAX_ORIGIN_BYTES) {
    return pw_refuse(diag, PW_EINVAL, sink->name, 0, NULL,
                     "the names of the traces take %zu bytes of the header; legal: at most %u", length,
                     PW_PWT_MAX_ORIGIN_BYTES);
  }
  uint8_t *header = malloc(PW_PWT_HEADER_BYTES + length + PW_PWT_HASH_BYTES);
  if (!header) return out_of_memory(sink, diag);
  memcpy(header, PW_PWT_MAGIC, PW_PWT_MAGIC_BYTES);
  pw_store_le32(header + PW_PWT_MAGIC_BYTES, PW_PWT_VERSION);
  pw_store_le32(header + PW_PWT_MAGIC_BYTES + 4, (uint32_t)length);
  memcpy(header + PW_PWT_HEADER_BYTES, origin, length);
  int status = put_hashed(header, PW_PWT_HEADER_BYTES + length, sink, diag);
  free(header);
  return status;
}

static int begin(void **of_writer, const struct pw_trace_origin *origin, struct pw_trace_sink *sink,
                 struct pw_diag *diag) {
  struct state *state = calloc(1, sizeof *state);
  *of_writer = state;
  if (state) state->zstd = ZSTD_createCCtx();
  char *text = state && state->zstd ? origin_text(origin) : NULL;
  if (!text) return out_of_memory(sink, diag);
  ZSTD_CCtx_setParameter(state->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
  int status = put_header(text, sink, diag);
  free(text);
  return status;
}

static void release(void *of_writer) {
  struct state *state = of_writer;
  if (!state) return;
  ZSTD_freeCCtx(state->zstd);
  free(state);
}

/* ---- blocks ---- */

/* The columns in the order of the format, end to end. Returns the length of all. */
static size_t join_columns(struct state *state) {
  const struct column *columns[] = {&state->control, &state->sizes, &state->addresses[PW_PWT_FETCHES],
                                    &state->addresses[PW_PWT_DATA]};
  size_t length = 0;
  for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
    memcpy(state->raw + length, columns[i]->bytes, columns[i]->length);
    length += columns[i]->length;
  }
  return length;
}

static void empty_block(struct state *state) {
  state->total += state->control.length;
  state->control.length = state->sizes.length = 0;
  state->addresses[PW_PWT_FETCHES].length = state->addresses[PW_PWT_DATA].length = 0;
  memset(&state->prediction, 0, sizeof state->prediction);
}

static int put_block(struct state *state, struct pw_trace_sink *sink, struct pw_diag *diag) {
  size_t raw = join_columns(state);
  size_t stored = ZSTD_compress2(state->zstd, state->block + PW_PWT_HEAD_BYTES,
                                 sizeof state->block - PW_PWT_HEAD_BYTES - PW_PWT_HASH_BYTES, state->raw, raw);
  if (ZSTD_isError(stored)) {
    return pw_refuse(diag, PW_ENOMEM, sink->name, 0, NULL, "zstd: %s", ZSTD_getErrorName(stored));
  }
  struct pw_pwt_head head = {
      .records = (uint32_t)state->control.length, .raw_bytes = (uint32_t)raw, .stored_bytes = (uint32_t)stored};
  pw_pwt_store_head(state->block, &head);
  empty_block(state);
  return put_hashed(state->block, PW_PWT_HEAD_BYTES + stored, sink, diag);
}

static int put_end(struct state *state, struct pw_trace_sink *sink, struct pw_diag *diag) {
  struct pw_pwt_head head = {.raw_bytes = PW_PWT_END_BYTES, .stored_bytes = PW_PWT_END_BYTES};
  pw_pwt_store_head(state->block, &head);
  pw_store_le64(state->block + PW_PWT_HEAD_BYTES, state->total);
  return put_hashed(state->block, PW_PWT_HEAD_BYTES + PW_PWT_END_BYTES, sink, diag);
}

/* ---- records ---- */

static unsigned size_code(uint32_t size_bytes) {
  for (unsigned code = 1; code < 8; code++) {
    if (pw_pwt_code_value[code] == size_bytes) return code;
  }
  return 0;
}

/* The shortest length that holds the number. */
static unsigned length_code(uint64_t number) {
  unsigned code = 0;
  while (code < 7 && number >> (8 * pw_pwt_code_value[code])) code++;
  return code;
}

/* The address as a difference from what is expected, which learns it. */
static uint64_t predict(struct pw_pwt_prediction *prediction, const struct pw_trace_record *record) {
  uint64_t address = record->linear_address;
  uint64_t *slot = record->kind == PW_TRACE_FETCH
                       ? &prediction->next_fetch
                       : pw_pwt_data_slot(prediction->data, prediction->last_fetch, record->kind);
  uint64_t difference = address - *slot;
  *slot = address;
  if (record->kind == PW_TRACE_FETCH) {
    *slot += record->size_bytes;
    prediction->last_fetch = address;
  }
  return difference;
}

static void encode(struct state *state, const struct pw_trace_record *record) {
  uint64_t number = pw_pwt_zigzag(predict(&state->prediction, record));
  unsigned length = length_code(number);
  unsigned size = size_code(record->size_bytes);
  struct column *addresses = &state->addresses[record->kind == PW_TRACE_FETCH ? PW_PWT_FETCHES : PW_PWT_DATA];
  state->control.bytes[state->control.length++] =
      (uint8_t)(record->kind | length << PW_PWT_LENGTH_SHIFT | size << PW_PWT_SIZE_SHIFT);
  pw_store_le64(addresses->bytes + addresses->length, number);
  addresses->length += pw_pwt_code_value[length];
  if (size) return;
  state->sizes.bytes[state->sizes.length++] = (uint8_t)record->size_bytes;
  state->sizes.bytes[state->sizes.length++] = (uint8_t)(record->size_bytes >> 8);
}

static bool is_full(const struct state *state) {
  size_t raw = state->control.length + state->sizes.length + state->addresses[PW_PWT_FETCHES].length +
               state->addresses[PW_PWT_DATA].length;
  return state->control.length == PW_PWT_MAX_BLOCK_RECORDS || raw > PW_PWT_MAX_RAW_BYTES - PW_PWT_MAX_RECORD_BYTES;
}

static int write_records(void *of_writer, const struct pw_trace_record *records, size_t count,
                         struct pw_trace_sink *sink, struct pw_diag *diag) {
  struct state *state = of_writer;
  for (size_t i = 0; i < count; i++) {
    int status = is_full(state) ? put_block(state, sink, diag) : 0;
    if (status) return status;
    encode(state, &records[i]);
  }
  return 0;
}

static int finish(void *of_writer, struct pw_trace_sink *sink, struct pw_diag *diag) {
  struct state *state = of_writer;
  int status = state->control.length ? put_block(state, sink, diag) : 0;
  return status ? status : put_end(state, sink, diag);
}

const struct pw_trace_encoder pw_encoder_pwt = {.name = "pwt",
                                                .summary = "pagewalk's own: packed, compressed, checked",
                                                .begin = begin,
                                                .write = write_records,
                                                .finish = finish,
                                                .release = release};
