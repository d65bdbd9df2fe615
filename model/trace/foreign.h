/* foreign.h: formats that are not read, named together with the way to what is. */
#ifndef PAGEWALK_TRACE_FOREIGN_H
#define PAGEWALK_TRACE_FOREIGN_H

#include "format.h"

/*
 * What a file is that is no trace of a format that is read, and what to do instead, for a diagnostic; NULL when it is
 * unknown. Those that a magic number tells, which go before any guess, or the others, which come behind.
 */
const char *pw_foreign_format(const struct pw_sample *sample, bool is_exact);

#endif
