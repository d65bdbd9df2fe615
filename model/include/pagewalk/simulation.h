/* simulation.h: a machine running traces: memory, caches, MMU, page tables and pager joined in one loop. */
#ifndef PAGEWALK_SIMULATION_H
#define PAGEWALK_SIMULATION_H

#include <pagewalk/config.h>
#include <pagewalk/mmu.h>
#include <pagewalk/software.h>
#include <pagewalk/statistics.h>
#include <pagewalk/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pw_simulation_options {
  bool tlb_only; /* the program's own references are not sent to the caches and cost nothing */
};

/* One machine and one process. Opaque. */
struct pw_simulation;

/* Returns 0, -PW_ECONFIG, -PW_ENOMEM or -PW_ENOFRAME. The caller owns *simulation. */
int pw_simulation_create(const struct pw_config *config, struct pw_simulation_options options,
                         struct pw_simulation **simulation);
void pw_simulation_destroy(struct pw_simulation *simulation);

/*
 * Runs one record: splits it at 4 KB boundaries, translates each piece, lets the pager serve faults and retries, and
 * makes the memory references. A piece that faults for good (an address that is not canonical, or beyond 4 GB outside
 * long mode) makes no reference, and its record counts as failed. Addresses wrap at 2^64.
 * Returns 0, -PW_EINVAL for an unknown kind or a size of 0, -PW_ENOFRAME or -PW_ENOMEM.
 */
int pw_simulation_step(struct pw_simulation *simulation, const struct pw_trace_record *record);

/* Runs many records; stops at the first error. */
int pw_simulation_run(struct pw_simulation *simulation, const struct pw_trace_record *records, size_t count);

/* Forgets the counts and keeps the machine as it is: the end of a warm-up. */
void pw_simulation_restart_stats(struct pw_simulation *simulation);

/* The counts so far. Valid until the simulation is destroyed. */
const struct pw_stats *pw_simulation_stats(const struct pw_simulation *simulation);

/* The record of the last translation: after a step, of its last piece. Valid until the next step. */
const struct pw_translation *pw_simulation_last_translation(const struct pw_simulation *simulation);

/* The parts, for a closer look: owned by the simulation. */
struct pw_mmu *pw_simulation_mmu(struct pw_simulation *simulation);
struct pw_address_space *pw_simulation_address_space(struct pw_simulation *simulation);
struct pw_physical_memory *pw_simulation_memory(struct pw_simulation *simulation);
struct pw_frames *pw_simulation_frames(struct pw_simulation *simulation);

/* What the run occupies now, for the report. */
struct pw_footprint {
  uint64_t table_frames;  /* 4 KB frames of page tables */
  uint64_t frames_in_use; /* 4 KB frames handed out, tables included */
};
struct pw_footprint pw_simulation_footprint(const struct pw_simulation *simulation);

#ifdef __cplusplus
}
#endif
#endif
