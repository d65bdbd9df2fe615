/* report.h: what a run found, as text. */
#ifndef PAGEWALK_COSIM_REPORT_H
#define PAGEWALK_COSIM_REPORT_H

#include <pagewalk/check.h>

#include "session.h"

/* The first lines: what runs. */
void report_heading(const struct session *session, const char *what);

/* The counts of a checker, after `cycles` clocks. */
void report_counts(const struct pw_check_stats *counts, enum pw_check_mode mode, uint64_t cycles);

/* Requests and clocks per second, on standard error, when that is a terminal. */
void report_rate(uint64_t requests, uint64_t cycles, double seconds);

double seconds_now(void);

#endif
