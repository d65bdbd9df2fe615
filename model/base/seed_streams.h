/* seed_streams.h: which random stream of a run belongs to what, so that no two things share one. */
#ifndef PAGEWALK_BASE_SEED_STREAMS_H
#define PAGEWALK_BASE_SEED_STREAMS_H

#include "random.h"

#define PW_SEED_STREAM_TLB 1      /* + index of the unit */
#define PW_SEED_STREAM_CACHES 100 /* + index of the cache */
#define PW_SEED_STREAM_PSC 200    /* + level */
#define PW_SEED_STREAM_FRAMES 300

/* Of a TLB, from the seed of the run. */
static inline uint64_t pw_tlb_seed(uint64_t run_seed, uint32_t unit) {
  return pw_seed_stream(run_seed, PW_SEED_STREAM_TLB + unit);
}

/* Of an array of a TLB, from the seed of the TLB. */
static inline uint64_t pw_tlb_array_seed(uint64_t tlb_seed, uint32_t array) { return pw_seed_stream(tlb_seed, array); }

/* Of the paging-structure cache of a level, from the seed of the run. */
static inline uint64_t pw_psc_seed(uint64_t run_seed, unsigned level) {
  return pw_seed_stream(run_seed, PW_SEED_STREAM_PSC + level);
}

#endif
