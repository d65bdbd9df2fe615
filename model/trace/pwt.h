/*
 * pwt.h: the layout of the .pwt format and the prediction of addresses, on which its reader and its writer must agree.
 * docs/trace-format.md describes the format and says why it is as it is.
 */
#ifndef PAGEWALK_TRACE_PWT_H
#define PAGEWALK_TRACE_PWT_H

#include <stdint.h>

#include "little_endian.h"

/* PNG's signature with another name: every transfer that changes line ends or the eighth bit destroys it. */
#define PW_PWT_MAGIC "\x89PWT\r\n\x1a\n"
#define PW_PWT_MAGIC_BYTES 8u
#define PW_PWT_NAME_BYTES 4u /* of the magic: enough to recognise a file, even a damaged one */
#define PW_PWT_VERSION 1u

#define PW_PWT_HEADER_BYTES 16u /* magic, version, length of the origin text; the text and a hash follow */
#define PW_PWT_MAX_ORIGIN_BYTES 65536u
#define PW_PWT_HASH_BYTES 8u

#define PW_PWT_MAX_BLOCK_RECORDS 131072u
#define PW_PWT_MAX_RECORD_BYTES 11u   /* a control byte, a size, a whole address */
#define PW_PWT_MAX_RAW_BYTES 1000000u /* a block, stored, must fit into PW_PARSE_WINDOW_BYTES */
#define PW_PWT_END_BYTES 8u           /* payload of the end block */

/* What a block begins with. The payload and a hash follow. The end block is the one without records. */
struct pw_pwt_head {
  uint32_t records;
  uint32_t raw_bytes;    /* of the payload, decompressed */
  uint32_t stored_bytes; /* of the payload */
  uint32_t flags;        /* none are defined */
};
#define PW_PWT_HEAD_BYTES 16u

static inline struct pw_pwt_head pw_pwt_load_head(const void *at) {
  const char *bytes = (const char *)at; /* cast for C++, in which the tests are */
  struct pw_pwt_head head = {pw_load_le32(bytes), pw_load_le32(bytes + 4), pw_load_le32(bytes + 8),
                             pw_load_le32(bytes + 12)};
  return head;
}

static inline void pw_pwt_store_head(void *at, const struct pw_pwt_head *head) {
  char *bytes = (char *)at;
  pw_store_le32(bytes, head->records);
  pw_store_le32(bytes + 4, head->raw_bytes);
  pw_store_le32(bytes + 8, head->stored_bytes);
  pw_store_le32(bytes + 12, head->flags);
}

/* ---- control bytes: kind, code of the address's length, code of the size ---- */

#define PW_PWT_KIND_MASK 3u
#define PW_PWT_LENGTH_SHIFT 2
#define PW_PWT_SIZE_SHIFT 5
#define PW_PWT_CODE_MASK 7u
#define PW_PWT_SIZE_BYTES 2u /* of a size that has no code: code 0 */

/* What the codes of both fields stand for: a length in bytes, or a size. */
static const uint8_t pw_pwt_code_value[8] = {0, 1, 2, 3, 4, 5, 6, 8};

/* The columns of addresses, in the order in which they stand. */
enum { PW_PWT_FETCHES, PW_PWT_DATA, PW_PWT_STREAMS };

/* ---- prediction ---- */

#define PW_PWT_SLOTS 4096u

/* Where the next addresses are expected. All zero at the start of a block. */
struct pw_pwt_prediction {
  uint64_t data[PW_PWT_SLOTS]; /* last address of the instruction that was fetched at a multiple of 4096 plus this */
  uint64_t next_fetch;         /* behind the last instruction */
  uint64_t last_fetch;
};

/* The expected address of the next record, if it is of this kind (not a fetch). */
static inline uint64_t *pw_pwt_data_slot(uint64_t *data, uint64_t last_fetch, uint32_t kind) {
  return &data[(last_fetch + kind) % PW_PWT_SLOTS];
}

/* A difference as a number that is small when it is near 0 on either side: 0, -1, 1, -2 become 0, 1, 2, 3. */
static inline uint64_t pw_pwt_zigzag(uint64_t difference) { return difference << 1 ^ (0 - (difference >> 63)); }
static inline uint64_t pw_pwt_unzigzag(uint64_t number) { return number >> 1 ^ (0 - (number & 1)); }

#endif
