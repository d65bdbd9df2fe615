/* foreign.h: formats that are not read, named together with the way to what is. */
#ifndef PAGEWALK_TRACE_FOREIGN_H
#define PAGEWALK_TRACE_FOREIGN_H

#include "format.h"

/* What a file is that no trace format recognises, and what to do instead, for a diagnostic. NULL when it is unknown. */
const char *pw_foreign_format(const struct pw_sample *sample);

#endif
