/*
 * swar.h: eight characters at a time in a 64-bit register ("SIMD within a register"), in portable C.
 *
 * The first character of a word is its lowest byte on every host.
 */
#ifndef PAGEWALK_TRACE_SWAR_H
#define PAGEWALK_TRACE_SWAR_H

#include "little_endian.h"

#define PW_SWAR_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Position of a character in a word, 8 when it is not there. */
static inline unsigned pw_swar_find(uint64_t word, char wanted) {
  uint64_t differs = word ^ PW_SWAR_EACH((uint8_t)wanted);
  uint64_t zeroes = (differs - PW_SWAR_EACH(0x01)) & ~differs & PW_SWAR_EACH(0x80); /* the lowest one is exact */
  return zeroes ? (unsigned)__builtin_ctzll(zeroes) / 8 : 8;
}

/* The first `count` (0..7) characters of a word behind 8 - count characters '0'. */
static inline uint64_t pw_swar_align(uint64_t word, unsigned count) {
  return (word << (56 - 8 * count)) << 8 | PW_SWAR_EACH('0') >> (8 * count);
}

/*
 * The number that eight hexadecimal digits mean, 0..9 and a..f. Returns 0, or another value when one of the characters
 * is none of these.
 */
static inline uint64_t pw_swar_hex(uint64_t digits, uint64_t *value) {
  uint64_t letters = digits >> 6 & PW_SWAR_EACH(0x01);                        /* '@' and above have bit 6 */
  uint64_t nibbles = digits - PW_SWAR_EACH('0') - letters * ('a' - 10 - '0'); /* a byte that borrows is above 15 */
  uint64_t above_9 = (nibbles + PW_SWAR_EACH(6)) >> 4;
  uint64_t pairs = (nibbles << 4 | nibbles >> 8) & UINT64_C(0x00ff00ff00ff00ff);
  uint64_t fours = (pairs << 8 | pairs >> 16) & UINT64_C(0x0000ffff0000ffff);
  *value = (fours << 16 | fours >> 32) & UINT64_C(0xffffffff);
  return (nibbles & PW_SWAR_EACH(0xf0)) | ((above_9 ^ letters) & PW_SWAR_EACH(0x01));
}

#endif
