/* eat.h: effective access time by the textbook formulas, from given ratios and times. */
#ifndef PAGEWALK_EAT_H
#define PAGEWALK_EAT_H

#ifdef __cplusplus
extern "C" {
#endif

/* Times in picoseconds; ratios in 0..1. */
struct pw_eat_input {
  double memory_ps;  /* m: one memory reference */
  double tlb_ps;     /* e: one TLB look-up */
  double hit_ratio;  /* a: share of look-ups that hit; 1 leaves translation out */
  double levels;     /* k: page-table references of a miss */
  double fault_rate; /* p: share of accesses that fault */
  double service_ps; /* s: serving one page fault */
};

/*
 * Average time of an access that does not fault: e + m + (1 - a) k m. Silberschatz, Galvin, Gagne, "Operating System
 * Concepts", chapter "Main Memory", section "Translation Look-Aside Buffer", with k references for a miss.
 */
double pw_eat_translated_ps(const struct pw_eat_input *input);

/* With faults: (1 - p) t + p s, t from pw_eat_translated_ps. The same book, "Performance of Demand Paging". */
double pw_eat_ps(const struct pw_eat_input *input);

/*
 * The fault rate at which the average is (1 + slowdown) t: p = slowdown t / (s - t). slowdown is a ratio, 0.1 for
 * 10 %. Returns a negative number when no rate does: serving a fault takes no longer than an access.
 */
double pw_eat_fault_rate_for(const struct pw_eat_input *input, double slowdown);

#ifdef __cplusplus
}
#endif
#endif
