/* statistics.h: counts as a pure fold over records. The MMU keeps none of its own. */
#ifndef PAGEWALK_STATISTICS_H
#define PAGEWALK_STATISTICS_H

#include <pagewalk/memory.h>
#include <pagewalk/software.h>
#include <pagewalk/trace.h>
#include <pagewalk/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Causes of cycles. Every cycle of a run has exactly one, so the parts add up to the total.
 * One list yields the enumerators, the JSON keys and the meanings.
 */
#define PW_CYCLE_CAUSE_LIST(X)                                                                 \
  X(TLB, "tlb", "TLB look-ups")                                                                \
  X(PSC, "paging_structure_caches", "paging-structure-cache look-ups")                         \
  X(WALK, "walk_reads", "page-table walks: starting them and reading entries")                 \
  X(UPDATE, "accessed_dirty_updates", "compare-and-swaps that set accessed and dirty")         \
  X(FAULTED, "faulted_translations", "all of the above of translations that ended in a fault") \
  X(DATA, "data", "the references themselves, once translated")                                \
  X(FAULT_SERVICE, "fault_service", "the operating system's stages of page faults")

enum pw_cycle_cause {
#define PW_CAUSE_ENUM(name, key, meaning) PW_CYCLES_##name,
  PW_CYCLE_CAUSE_LIST(PW_CAUSE_ENUM)
#undef PW_CAUSE_ENUM
      PW_CYCLE_CAUSES
};

/* Key and meaning of a cause; NULL beyond the last. */
const char *pw_cycle_cause_key(unsigned cause);
const char *pw_cycle_cause_meaning(unsigned cause);

/*
 * Histogram of translation cycles: a bucket per cycle below 4096, then 64 buckets per doubling, so that a quantile is
 * exact below 4096 cycles and at most 1/64 too high above.
 */
#define PW_HISTOGRAM_EXACT 4096
#define PW_HISTOGRAM_PER_DOUBLING 64
#define PW_HISTOGRAM_BUCKETS (PW_HISTOGRAM_EXACT + 20 * PW_HISTOGRAM_PER_DOUBLING)

/* Counts of one TLB. Only translations that succeeded count, so that a fault and its retry are one look-up. */
struct pw_tlb_stats {
  uint64_t hits;
  uint64_t misses;
};

/* Counts in uint64_t, owned by the caller, zeroed to start. */
struct pw_stats {
  uint64_t records[PW_TRACE_KINDS]; /* trace records, by kind */
  uint64_t translations;            /* successful; a record that crosses a page has two */
  uint64_t page_crossings;          /* records that needed a second page */
  uint64_t failed_records;        /* records of which a part faulted for good: they made no (or not every) reference */
  uint64_t outcomes[PW_OUTCOMES]; /* by enum pw_outcome; [PW_MAPPED] equals translations */
  uint64_t pages[64];             /* successful translations by page_shift */

  struct pw_tlb_stats tlb[PW_MAX_TLB_UNITS];
  uint64_t psc_lookups[PW_MAX_LEVELS + 1]; /* by level of the entries held */
  uint64_t psc_hits[PW_MAX_LEVELS + 1];    /* the cache that a walk started from */
  uint64_t walks;                          /* successful translations that walked */
  uint64_t dirty_walks;                    /* of these, after a TLB hit, to set D */
  uint64_t restarts;                       /* failed compare-and-swaps that made a walk start again */
  uint64_t entry_reads[PW_MAX_LEVELS + 1][PW_SERVED_BY_COUNT]; /* of those walks: entry level x who served it */
  uint64_t accessed_set;                                       /* entries whose A bit was set */
  uint64_t dirty_set;                                          /* entries whose D bit was set */

  uint64_t data_served_by[PW_SERVED_BY_COUNT]; /* references of the program, by who served them */
  uint64_t line_crossings;                     /* references that needed a second line */
  uint64_t dram_write_backs;                   /* dirty lines that references of the program pushed out to DRAM */
  uint64_t baseline_cycles; /* of the same references in caches of their own, which no walk ever disturbs */

  uint64_t faults_served;
  uint64_t faults_fallen_back; /* a large page was wanted and a small one mapped */
  uint64_t promotions;         /* 2 MB regions that became one page */
  uint64_t stage_cycles[PW_STAGES];

  uint64_t cycles[PW_CYCLE_CAUSES];
  uint64_t translation_histogram[PW_HISTOGRAM_BUCKETS]; /* successful translations by their cycles */
  uint64_t translation_max_cycles;                      /* of the longest of them; the one field that is no count */
};

/* ---- folding ---- */

void pw_stats_add_record(struct pw_stats *stats, const struct pw_trace_record *record);
void pw_stats_add_translation(struct pw_stats *stats, const struct pw_translation *translation);
void pw_stats_add_data(struct pw_stats *stats, struct pw_memory_reference reference);
void pw_stats_add_baseline(struct pw_stats *stats, struct pw_memory_reference reference);
void pw_stats_add_fault_service(struct pw_stats *stats, const struct pw_fault_service *service);

/*
 * *end becomes end - begin: what happened between two states of one run. translation_max_cycles stays that of *end,
 * because a maximum does not subtract.
 */
void pw_stats_subtract(struct pw_stats *end, const struct pw_stats *begin);

/* ---- derived numbers ---- */

uint64_t pw_stats_accesses(const struct pw_stats *stats);     /* trace records of all kinds */
uint64_t pw_stats_completed(const struct pw_stats *stats);    /* of these, without the failed ones */
uint64_t pw_stats_total_cycles(const struct pw_stats *stats); /* sum over all causes */
uint64_t pw_stats_entry_reads(const struct pw_stats *stats);  /* sum over levels and servers, registers excluded */

/*
 * Cycles that `permille` of the successful translations do not exceed: 500 is the median, 1000 the maximum, which is
 * exact. 0 when there was none.
 */
uint64_t pw_stats_quantile(const struct pw_stats *stats, unsigned permille);

#ifdef __cplusplus
}
#endif
#endif
