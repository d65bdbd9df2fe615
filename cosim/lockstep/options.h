/* options.h: the command line of pagewalk-cosim. */
#ifndef PAGEWALK_COSIM_OPTIONS_H
#define PAGEWALK_COSIM_OPTIONS_H

#include <pagewalk/check.h>

#include "command.h"
#include "trace_loop.h"

enum cosim_task {
  TASK_RANDOM,
  TASK_TRACE,
  TASK_VECTORS,
  TASK_REPLAY,
  TASK_STIMULUS,
  TASK_SPEED,
  TASK_MUTANTS,
  TASK_COVERAGE
};

struct cosim_options {
  struct config_options config;
  enum cosim_task task;
  enum pw_check_mode mode;
  bool mode_given; /* a log is replayed in it then, whatever its header says */
  uint64_t seed;
  uint64_t requests;
  uint64_t in_flight;         /* per port; 0: drawn per episode */
  int traffic;                /* enum traffic, -1: drawn per episode */
  struct trace_source source; /* traces; and the files of --vectors and --coverage-report */
  const char *replay;
  const char *stimulus;
  const char *log;
  const char *coverage; /* file that the run is added to */
  const char *waves;
  const char *device; /* a shared object in place of the built one */
  const char *folder; /* where files about a failure go */
  const char *mutant; /* that the device is to be: a name, a number, or "all" of them in turn; NULL: none */
  const char *json;   /* the kill matrix */
  uint64_t jobs;      /* processes at once; 0: as many as processors */
  bool no_check;
  bool no_steer;
  bool no_shrink;
  bool no_waves;
  bool tlb_only;
  bool checked_rtl; /* assertions of the RTL on */
};

/* Ends the program on a usage error, as argp does. */
void parse_options(int argc, char **argv, struct cosim_options *options);

#endif
