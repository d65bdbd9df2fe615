/* little_endian.h: integers of binary files, whose first byte is the lowest, on hosts of either order. */
#ifndef PAGEWALK_BASE_LITTLE_ENDIAN_H
#define PAGEWALK_BASE_LITTLE_ENDIAN_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PW_LE64(value) (value)
#define PW_LE32(value) (value)
#else
#define PW_LE64(value) __builtin_bswap64(value)
#define PW_LE32(value) __builtin_bswap32(value)
#endif

/* `at` need not be aligned. */
static inline uint64_t pw_load_le64(const void *at) {
  uint64_t value;
  memcpy(&value, at, sizeof value);
  return PW_LE64(value);
}

static inline uint32_t pw_load_le32(const void *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return PW_LE32(value);
}

static inline void pw_store_le64(void *at, uint64_t value) {
  value = PW_LE64(value);
  memcpy(at, &value, sizeof value);
}

static inline void pw_store_le32(void *at, uint32_t value) {
  value = PW_LE32(value);
  memcpy(at, &value, sizeof value);
}

#endif
