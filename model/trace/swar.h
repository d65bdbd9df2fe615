/*
 * swar.h: eight characters at a time in a 64-bit register ("SIMD within a register"), in portable C.
 *
 * The first character of a word is its lowest byte on every host.
 */
#ifndef PAGEWALK_TRACE_SWAR_H
#define PAGEWALK_TRACE_SWAR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "little_endian.h"

#define PW_SWAR_BYTES 16 /* read before a number's end, whatever its length */

#define PW_SWAR_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Position of a character among the 16 at `at`, or 16. */
static inline unsigned pw_swar_find(const char *at, char wanted) {
  for (unsigned word = 0; word < 16; word += 8) {
    uint64_t differs = pw_load_le64(at + word) ^ PW_SWAR_EACH((uint8_t)wanted);
    uint64_t zeroes = (differs - PW_SWAR_EACH(0x01)) & ~differs & PW_SWAR_EACH(0x80); /* the lowest one is exact */
    if (zeroes) return word + (unsigned)__builtin_ctzll(zeroes) / 8;
  }
  return 16;
}

/* Bytes that are no hexadecimal digit get a bit; *value receives the 32 bits that the eight digits mean. */
static inline uint64_t pw_swar_hex8(uint64_t digits, uint64_t *value) {
  uint64_t letter = digits >> 6 & PW_SWAR_EACH(0x01); /* A..F and a..f have bit 6, 0..9 have not */
  uint64_t low = digits & PW_SWAR_EACH(0x0f);
  uint64_t nibble = low + 9 * letter;
  uint64_t above = (nibble + 6 * (PW_SWAR_EACH(0x01) - letter)) & PW_SWAR_EACH(0xf0); /* > 9, or a letter > F */
  uint64_t below = (low + PW_SWAR_EACH(0x0f) + (PW_SWAR_EACH(0x01) - letter)) & PW_SWAR_EACH(0x10); /* 0: '@', '`' */
  /* The upper half of a digit is 3, that of a letter 4 or 6. */
  uint64_t upper = (digits & PW_SWAR_EACH(0xd0)) ^ (PW_SWAR_EACH(0x10) + letter * 0x30);
  uint64_t no_digit = (~digits & PW_SWAR_EACH(0x20)) & (PW_SWAR_EACH(0x20) - (letter << 5));
  uint64_t t = nibble;
  t = (t << 4 | t >> 8) & UINT64_C(0x00ff00ff00ff00ff);
  t = (t << 8 | t >> 16) & UINT64_C(0x0000ffff0000ffff);
  *value = (t << 16 | t >> 32) & 0xffffffff;
  return above | upper | no_digit | (below ^ PW_SWAR_EACH(0x10));
}

/*
 * The number written in the `digits` (1..16) hexadecimal characters before `end`. Reads PW_SWAR_BYTES bytes before
 * `end`. Returns false when one of them is no hexadecimal digit.
 */
static inline bool pw_swar_hex(const char *end, unsigned digits, uint64_t *value) {
  const uint64_t zeroes = PW_SWAR_EACH('0');
  unsigned low_digits = digits < 8 ? digits : 8;
  uint64_t low_mask = ~UINT64_C(0) << (64 - 8 * low_digits); /* the characters that belong to the number */
  uint64_t high_mask = digits > 8 ? ~UINT64_C(0) << (128 - 8 * digits) : 0;
  uint64_t low, high;
  uint64_t wrong = pw_swar_hex8((pw_load_le64(end - 8) & low_mask) | (zeroes & ~low_mask), &low);
  wrong |= pw_swar_hex8((pw_load_le64(end - 16) & high_mask) | (zeroes & ~high_mask), &high);
  *value = high << 32 | low;
  return !wrong;
}

#endif
