/* process.h: running another program and waiting for it. */
#ifndef PAGEWALK_COSIM_PROCESS_H
#define PAGEWALK_COSIM_PROCESS_H

#include <stddef.h>

/*
 * Runs arguments[0], looked up in PATH, in `directory`; both its outputs go to the file `output`, its input is empty.
 * Returns its exit status, 128 + N if signal N ended it, or -errno if it could not be started.
 */
int process_run(const char *const *arguments, const char *directory, int output);

/* Runs it and keeps the first line of what it prints, without the end of line. Returns as process_run. */
int process_first_line(const char *const *arguments, char *line, size_t size_bytes);

#endif
