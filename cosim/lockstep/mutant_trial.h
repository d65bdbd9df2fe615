/* mutant_trial.h: runs of random requests on a device that may be broken, each in a process of its own. */
#ifndef PAGEWALK_COSIM_MUTANT_TRIAL_H
#define PAGEWALK_COSIM_MUTANT_TRIAL_H

#include "session.h"

enum trial_end {
  TRIAL_NOT_RUN, /* the host could not */
  TRIAL_LIVED,   /* nothing was wrong with any request */
  TRIAL_FAILED,  /* an illegal verdict, of the checker or of the bench */
  TRIAL_CRASHED  /* the device ended its process, or did not end within its time */
};

struct trial_result {
  enum trial_end end;
  enum pw_verdict verdict; /* of one that failed: the awaited one, or the first when that never came; else MATCH */
  enum pw_verdict first;   /* of one that failed */
  int signal;              /* of one that crashed, 0 when it ended itself */
  uint64_t requests;       /* accepted until it ended */
  uint64_t stale;          /* LEGAL_STALE */
  uint64_t spurious;       /* LEGAL_SPURIOUS_FAULT */
  char text[200];          /* first line of the explanation of `verdict` */
};

struct trial {
  uint32_t mutant;
  enum pw_check_mode mode;
  int traffic; /* enum traffic, -1: drawn per episode */
  /*
   * The illegal verdict to wait for: behind another one the trial goes on with the next episode, on a new device. One
   * bug shows in several ways, and which one comes first depends on the seed. MATCH: the first one ends the trial.
   */
  enum pw_verdict awaited;
  struct trial_result result;
};

/*
 * Makes all trials, several at once, on the device of the session, with its seed and at most its number of requests
 * each. Results do not depend on how many go at once. A device that crashes or loops ends its own process only.
 */
void trials_run(const struct session *session, struct trial *trials, size_t count);

#endif
