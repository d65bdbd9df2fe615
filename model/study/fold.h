/* fold.h: the part of the fold that every record passes, to be compiled into the loop. */
#ifndef PAGEWALK_STUDY_FOLD_H
#define PAGEWALK_STUDY_FOLD_H

#include <pagewalk/statistics.h>

#define PW_HISTOGRAM_EXACT_SHIFT 12 /* log2 of PW_HISTOGRAM_EXACT */
#define PW_HISTOGRAM_PART_SHIFT 6   /* log2 of PW_HISTOGRAM_PER_DOUBLING */

static inline unsigned pw_histogram_bucket(uint32_t cycles) {
  if (cycles < PW_HISTOGRAM_EXACT) return cycles;
  unsigned top = 31u - (unsigned)__builtin_clz(cycles);
  unsigned part = (cycles >> (top - PW_HISTOGRAM_PART_SHIFT)) & (PW_HISTOGRAM_PER_DOUBLING - 1);
  return PW_HISTOGRAM_EXACT + (top - PW_HISTOGRAM_EXACT_SHIFT) * PW_HISTOGRAM_PER_DOUBLING + part;
}

static inline void pw_fold_record(struct pw_stats *stats, const struct pw_trace_record *record) {
  stats->records[record->kind]++;
}

/* Of a translation that is more than a first-level hit: what the first level does not know. */
void pw_fold_beyond_first_level(struct pw_stats *stats, const struct pw_translation *translation);

static inline void pw_fold_translation(struct pw_stats *stats, const struct pw_translation *t) {
  uint32_t cycles = pw_translation_cycles(t);
  stats->outcomes[t->outcome]++;
  if (t->outcome != PW_MAPPED) {
    stats->cycles[PW_CYCLES_FAULTED] += cycles;
    return;
  }
  stats->translations++;
  stats->pages[t->page_shift]++;
  stats->translation_histogram[pw_histogram_bucket(cycles)]++;
  if (cycles > stats->translation_max_cycles) stats->translation_max_cycles = cycles;
  stats->cycles[PW_CYCLES_TLB] += t->tlb_cycles;
  if (t->hit_level) stats->tlb[t->hit_unit].hits++;
  if (t->hit_level != 1 || t->walked) pw_fold_beyond_first_level(stats, t);
}

static inline void pw_fold_data(struct pw_stats *stats, struct pw_memory_reference reference) {
  stats->data_served_by[reference.served_by]++;
  stats->dram_write_backs += reference.write_backs;
  stats->cycles[PW_CYCLES_DATA] += reference.cycles;
}

static inline void pw_fold_baseline(struct pw_stats *stats, struct pw_memory_reference reference) {
  stats->baseline_cycles += reference.cycles;
}

#endif
