/* random.h: small reproducible generators. Every stream is derived from one seed by pw_seed_stream. */
#ifndef PAGEWALK_BASE_RANDOM_H
#define PAGEWALK_BASE_RANDOM_H

#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014). */
static inline uint64_t pw_random_next(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* A value in 0..bound-1, bound >= 1; the bias is below bound / 2^64. */
static inline uint64_t pw_random_below(uint64_t *state, uint64_t bound) {
  __extension__ typedef unsigned __int128 u128;
  return (uint64_t)(((u128)pw_random_next(state) * bound) >> 64);
}

/* State of the stream `stream` of a run: streams of one seed are independent of each other. */
static inline uint64_t pw_seed_stream(uint64_t seed, uint64_t stream) {
  uint64_t state = seed ^ (stream * UINT64_C(0xd1342543de82ef95));
  return pw_random_next(&state);
}

/* First state of an xorshift32 stream; its lowest bit is set, because the generator cannot leave 0. */
static inline uint32_t pw_xorshift32_start(uint64_t seed) { return (uint32_t)seed | 1u; }

/* xorshift32 (Marsaglia 2003): three shifts and xors, so that the RTL can run the same generator. State is never 0. */
static inline uint32_t pw_xorshift32(uint32_t *state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

#endif
