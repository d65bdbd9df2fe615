/* reader.h: what the feed needs of a trace reader beside its public interface. */
#ifndef PAGEWALK_TRACE_READER_H
#define PAGEWALK_TRACE_READER_H

#include <pagewalk/trace.h>

/* Makes a pw_trace_read that waits in another thread, for a pipe, return; the reader can only be closed then. */
void pw_trace_cancel(struct pw_trace_reader *reader);

#endif
