/*
 * pwt.c: reads .pwt, the project's own trace format (docs/trace-format.md).
 *
 * A block is checked whole before its first record is decoded: its hash, and that its columns are exactly as long as
 * its control bytes say. So decode(), which has to keep ahead of the simulation, checks nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#include "diag.h"
#include "format.h"
#include "pwt.h"
#include "text.h"

#define LOAD_BYTES 8u /* an address is loaded whole, and then cut to its length */

/* Neither the largest block nor the largest header makes the caller wait for more than its window. */
_Static_assert(PW_PWT_HEAD_BYTES + ZSTD_COMPRESSBOUND(PW_PWT_MAX_RAW_BYTES) + PW_PWT_HASH_BYTES <=
                   PW_PARSE_WINDOW_BYTES,
               "the largest block must fit into the window");
_Static_assert(PW_PWT_HEADER_BYTES + PW_PWT_MAX_ORIGIN_BYTES + PW_PWT_HASH_BYTES <= PW_PARSE_WINDOW_BYTES,
               "the largest header must fit into the window");

struct state {
  ZSTD_DCtx *zstd;
  uint8_t *raw; /* PW_PWT_MAX_RAW_BYTES, and LOAD_BYTES that may be read behind them */
  bool header_read;
  bool ended;
  uint64_t total;   /* records of the blocks so far */
  uint32_t pending; /* records of the block at hand that are not decoded yet; their columns go on here: */
  const uint8_t *control;
  const uint8_t *sizes;
  const uint8_t *addresses[PW_PWT_STREAMS];
  uint64_t column_bytes[256]; /* of a record with this control byte in every column, packed by column_sum */
  struct pw_pwt_prediction prediction;
};

/* ---- life ---- */

/* Three sums in one number: of a block, none reaches 2^21. */
static uint64_t column_sum(uint64_t size_bytes, uint64_t fetch_bytes, uint64_t data_bytes) {
  return size_bytes | fetch_bytes << 21 | data_bytes << 42;
}
#define SUM_MASK ((UINT64_C(1) << 21) - 1)

static void release(void *of_format) {
  struct state *state = of_format;
  if (!state) return;
  ZSTD_freeDCtx(state->zstd);
  free(state->raw);
  free(state);
}

static struct state *make_state(void) {
  struct state *state = calloc(1, sizeof *state);
  if (!state) return NULL;
  state->zstd = ZSTD_createDCtx();
  state->raw = calloc(1, PW_PWT_MAX_RAW_BYTES + LOAD_BYTES);
  for (unsigned control = 0; control < 256; control++) {
    unsigned length = pw_pwt_code_value[control >> PW_PWT_LENGTH_SHIFT & PW_PWT_CODE_MASK];
    bool is_fetch = (control & PW_PWT_KIND_MASK) == PW_TRACE_FETCH;
    state->column_bytes[control] =
        column_sum(control >> PW_PWT_SIZE_SHIFT ? 0 : PW_PWT_SIZE_BYTES, is_fetch ? length : 0, is_fetch ? 0 : length);
  }
  if (state->zstd && state->raw) return state;
  release(state);
  return NULL;
}

/* ---- input and refusals ---- */

/* `part` is what begins at parse->next: "block", "header". */
static int refuse(const struct pw_parse *parse, const char *part, const char *wrong) {
  return pw_refuse(parse->diag, PW_ETRACE, parse->file, 0, NULL, "%s at offset %" PRIu64 ": %s", part,
                   pw_parse_offset(parse), wrong);
}

/* Are so many bytes at hand? 1, or 0 when the next call may have them, or the refusal of a file that ends too early. */
static int wait_for(const struct pw_parse *parse, size_t bytes, const char *part) {
  if ((size_t)(parse->end - parse->next) >= bytes) return 1;
  return parse->last ? refuse(parse, part, "the file ends within it: it is truncated") : 0;
}

/* The bytes up to `bytes` are followed by their hash. A fuzzer, which cannot find one, gets beyond it without. */
static bool hash_matches(const char *begin, size_t bytes) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  return true;
#endif
  return XXH3_64bits(begin, bytes) == pw_load_le64(begin + bytes);
}

static int check_hash(const struct pw_parse *parse, size_t bytes, const char *part) {
  return hash_matches(parse->next, bytes) ? 0 : refuse(parse, part, "checksum mismatch: the file is damaged");
}

/* ---- header ---- */

static int check_magic(const struct pw_parse *parse) {
  size_t left = (size_t)(parse->end - parse->next);
  size_t compared = left < PW_PWT_MAGIC_BYTES ? left : PW_PWT_MAGIC_BYTES;
  if (memcmp(parse->next, PW_PWT_MAGIC, compared) == 0) return 0;
  if (left >= PW_PWT_NAME_BYTES && memcmp(parse->next, PW_PWT_MAGIC, PW_PWT_NAME_BYTES) == 0) {
    return refuse(parse, "header", "the signature is damaged, as by a transfer that changes line ends");
  }
  return refuse(parse, "header", "not a .pwt trace: its signature is missing");
}

static int read_header(struct pw_parse *parse, struct state *state) {
  int status = check_magic(parse);
  if (status) return status;
  int there = wait_for(parse, PW_PWT_HEADER_BYTES, "header");
  if (there <= 0) return there;
  uint32_t version = pw_load_le32(parse->next + PW_PWT_MAGIC_BYTES);
  uint32_t origin_bytes = pw_load_le32(parse->next + PW_PWT_MAGIC_BYTES + 4);
  if (version != PW_PWT_VERSION) {
    return pw_refuse(parse->diag, PW_ETRACE, parse->file, 0, NULL,
                     "is .pwt version %" PRIu32 "; this program reads version %u", version, PW_PWT_VERSION);
  }
  if (origin_bytes > PW_PWT_MAX_ORIGIN_BYTES) {
    return refuse(parse, "header", "the text of origin must have at most 65536 bytes");
  }
  size_t hashed = PW_PWT_HEADER_BYTES + origin_bytes;
  there = wait_for(parse, hashed + PW_PWT_HASH_BYTES, "header");
  if (there <= 0) return there;
  status = check_hash(parse, hashed, "header");
  if (status) return status;
  parse->next += hashed + PW_PWT_HASH_BYTES;
  state->header_read = true;
  return 1;
}

/* ---- blocks ---- */

/* What is wrong with a head, before anything that it announces is waited for. NULL when nothing is. */
static const char *check_head(const struct pw_pwt_head *head) {
  if (head->flags) return "flags must be 0 in this version";
  if (!head->records) {
    if (head->raw_bytes == PW_PWT_END_BYTES && head->stored_bytes == PW_PWT_END_BYTES) return NULL;
    return "an end block must hold 8 bytes";
  }
  if (head->records > PW_PWT_MAX_BLOCK_RECORDS) return "the number of records must be 0..131072";
  if (head->raw_bytes < head->records || head->raw_bytes > PW_PWT_MAX_RAW_BYTES ||
      head->raw_bytes > head->records * PW_PWT_MAX_RECORD_BYTES) {
    return "the decompressed size must be 1..11 bytes per record, and at most 1000000";
  }
  if (head->stored_bytes > ZSTD_compressBound(head->raw_bytes)) {
    return "the stored size is larger than zstd makes it";
  }
  return NULL;
}

/* Decompresses a block. Returns NULL, or what is wrong with it. */
static const char *decompress(struct state *state, const struct pw_pwt_head *head, const char *payload) {
  size_t stored = head->stored_bytes;
  if (stored < sizeof(uint32_t) || pw_load_le32(payload) != ZSTD_MAGICNUMBER ||
      ZSTD_findFrameCompressedSize(payload, stored) != stored) {
    return "the payload must be one zstd frame";
  }
  if (ZSTD_getFrameContentSize(payload, stored) != head->raw_bytes) {
    return "the zstd frame is not of the size that the block announces";
  }
  size_t got = ZSTD_decompressDCtx(state->zstd, state->raw, head->raw_bytes, payload, stored);
  return got == head->raw_bytes ? NULL : "the zstd frame cannot be decompressed";
}

static bool sizes_are_legal(const uint8_t *sizes, size_t bytes) {
  for (size_t i = 0; i < bytes; i += PW_PWT_SIZE_BYTES) {
    unsigned size = sizes[i] | (unsigned)sizes[i + 1] << 8;
    if (size < 1 || size > PW_MAX_ACCESS_BYTES) return false;
  }
  return true;
}

/* Finds the columns of the decompressed block. Returns NULL, or what is wrong with them. */
static const char *find_columns(struct state *state, const struct pw_pwt_head *head) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < head->records; i++) sum += state->column_bytes[state->raw[i]];
  size_t size_bytes = sum & SUM_MASK;
  size_t fetch_bytes = sum >> 21 & SUM_MASK;
  size_t data_bytes = sum >> 42 & SUM_MASK;
  if (head->records + size_bytes + fetch_bytes + data_bytes != head->raw_bytes) {
    return "the columns are not as long as the control bytes say";
  }
  state->control = state->raw;
  state->sizes = state->control + head->records;
  state->addresses[PW_PWT_FETCHES] = state->sizes + size_bytes;
  state->addresses[PW_PWT_DATA] = state->addresses[PW_PWT_FETCHES] + fetch_bytes;
  return sizes_are_legal(state->sizes, size_bytes) ? NULL : "the size of an access must be 1..4096";
}

static const char *begin_block(struct state *state, const struct pw_pwt_head *head, const char *payload) {
  const char *wrong = decompress(state, head, payload);
  if (!wrong) wrong = find_columns(state, head);
  if (wrong) return wrong;
  memset(&state->prediction, 0, sizeof state->prediction);
  state->pending = head->records;
  state->total += head->records;
  return NULL;
}

static const char *end_trace(struct state *state, const char *payload) {
  if (pw_load_le64(payload) != state->total) return "the number of records is not that of the blocks before";
  state->ended = true;
  return NULL;
}

static int read_block(struct pw_parse *parse, struct state *state) {
  if (parse->next == parse->end && parse->last) {
    return refuse(parse, "end block", "missing: the file is truncated");
  }
  int there = wait_for(parse, PW_PWT_HEAD_BYTES, "block");
  if (there <= 0) return there;
  struct pw_pwt_head head = pw_pwt_load_head(parse->next);
  const char *wrong = check_head(&head);
  if (wrong) return refuse(parse, "block", wrong);
  size_t hashed = PW_PWT_HEAD_BYTES + head.stored_bytes;
  there = wait_for(parse, hashed + PW_PWT_HASH_BYTES, "block");
  if (there <= 0) return there;
  int status = check_hash(parse, hashed, "block");
  if (status) return status;
  const char *payload = parse->next + PW_PWT_HEAD_BYTES;
  wrong = head.records ? begin_block(state, &head, payload) : end_trace(state, payload);
  if (wrong) return refuse(parse, "block", wrong);
  parse->next += hashed + PW_PWT_HASH_BYTES;
  return 1;
}

static int check_nothing_follows(const struct pw_parse *parse) {
  return parse->next == parse->end ? 0 : refuse(parse, "data", "nothing may follow the end block");
}

/* ---- records ---- */

/* The next `count` records of the block. What changes with every record is kept out of memory. */
static void decode(struct state *state, struct pw_trace_record *records, size_t count) {
  static const uint64_t masks[8] = {0, 0xff, 0xffff, 0xffffff, 0xffffffff, 0xffffffffff, 0xffffffffffff, UINT64_MAX};
  const uint8_t *control = state->control;
  const uint8_t *sizes = state->sizes;
  const uint8_t *fetches = state->addresses[PW_PWT_FETCHES];
  const uint8_t *data = state->addresses[PW_PWT_DATA];
  uint64_t last_fetch = state->prediction.last_fetch;
  uint64_t next_fetch = state->prediction.next_fetch;
  for (size_t i = 0; i < count; i++) {
    unsigned length = control[i] >> PW_PWT_LENGTH_SHIFT & PW_PWT_CODE_MASK;
    uint32_t size = pw_pwt_code_value[control[i] >> PW_PWT_SIZE_SHIFT];
    uint32_t kind = control[i] & PW_PWT_KIND_MASK;
    if (!size) {
      size = sizes[0] | (uint32_t)sizes[1] << 8;
      sizes += PW_PWT_SIZE_BYTES;
    }
    if (kind == PW_TRACE_FETCH) {
      last_fetch = next_fetch + pw_pwt_unzigzag(pw_load_le64(fetches) & masks[length]);
      fetches += pw_pwt_code_value[length];
      next_fetch = last_fetch + size;
      records[i] = (struct pw_trace_record){last_fetch, size, kind};
    } else {
      uint64_t *slot = pw_pwt_data_slot(state->prediction.data, last_fetch, kind);
      *slot += pw_pwt_unzigzag(pw_load_le64(data) & masks[length]);
      data += pw_pwt_code_value[length];
      records[i] = (struct pw_trace_record){*slot, size, kind};
    }
  }
  state->control += count;
  state->sizes = sizes;
  state->addresses[PW_PWT_FETCHES] = fetches;
  state->addresses[PW_PWT_DATA] = data;
  state->prediction.last_fetch = last_fetch;
  state->prediction.next_fetch = next_fetch;
}

static void deliver(struct pw_parse *parse, struct state *state) {
  size_t room = parse->capacity - parse->count;
  size_t count = state->pending < room ? state->pending : room;
  if (!count) return;
  decode(state, parse->records + parse->count, count);
  state->pending -= (uint32_t)count;
  parse->count += count;
}

static int parse(struct pw_parse *parse) {
  struct state *state = *parse->state;
  if (!state) *parse->state = state = make_state();
  if (!state) return pw_refuse(parse->diag, PW_ENOMEM, parse->file, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  int result = 1;
  while (result > 0) {
    deliver(parse, state);
    if (parse->count == parse->capacity) return 0;
    if (!state->header_read) {
      result = read_header(parse, state);
    } else if (!state->ended) {
      result = read_block(parse, state);
    } else {
      return check_nothing_follows(parse);
    }
  }
  return result;
}

/* A damaged signature is still one, so that the parser can say what happened to the file. */
static bool recognise(const void *variant, const struct pw_sample *sample) {
  (void)variant;
  return sample->end - sample->begin >= PW_PWT_NAME_BYTES &&
         memcmp(sample->begin, PW_PWT_MAGIC, PW_PWT_NAME_BYTES) == 0;
}

const struct pw_trace_format pw_format_pwt = {
    .name = "pwt", .summary = "pagewalk's own", .recognise = recognise, .parse = parse, .release = release};
