/* cover.h: functional coverage of runs: the file that they are added to, and what it says. */
#ifndef PAGEWALK_COSIM_COVER_H
#define PAGEWALK_COSIM_COVER_H

#include "session.h"

/* Session->coverage from the file of the options, if it exists, or empty. Returns an exit code. */
int cover_open(struct session *session);

/* The run went well: the file is replaced, and a line per group printed. Returns an exit code. */
int cover_close(struct session *session);

#endif
