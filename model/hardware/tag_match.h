/*
 * tag_match.h: which of eight 16-bit tags equal a wanted one: one SSE2 comparison, or its scalar twin.
 *
 * SSE2 is part of every x86-64 processor, so nothing is chosen at run time. PAGEWALK_SIMD=OFF and other hosts use the
 * twin; both give the same bits (tests compare them), so results do not depend on the choice.
 */
#ifndef PAGEWALK_HARDWARE_TAG_MATCH_H
#define PAGEWALK_HARDWARE_TAG_MATCH_H

#include <stdint.h>

#if defined(__SSE2__) && !defined(PAGEWALK_NO_SIMD)
#define PW_TAG_MATCH_SIMD 1
#include <emmintrin.h>
#else
#define PW_TAG_MATCH_SIMD 0
#endif

#define PW_TAG_GROUP 8 /* tags compared at once */

/* Bit i set: tags[i] == wanted. */
static inline uint32_t pw_tag_match_scalar(const uint16_t *tags, uint16_t wanted) {
  uint32_t matches = 0;
  for (uint32_t i = 0; i < PW_TAG_GROUP; i++) matches |= (uint32_t)(tags[i] == wanted) << i;
  return matches;
}

static inline uint32_t pw_tag_match(const uint16_t *tags, uint16_t wanted) {
#if PW_TAG_MATCH_SIMD
  __m128i group = _mm_loadu_si128((const __m128i *)(const void *)tags);
  __m128i equal = _mm_cmpeq_epi16(group, _mm_set1_epi16((short)wanted));
  return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(equal, _mm_setzero_si128()));
#else
  return pw_tag_match_scalar(tags, wanted);
#endif
}

#endif
