/* diag.h: filling in the caller's diagnostic. */
#ifndef PAGEWALK_BASE_DIAG_H
#define PAGEWALK_BASE_DIAG_H

#include <pagewalk/status.h>

/*
 * Writes *diag (which may be NULL) and returns -status, so that a refusal is one statement:
 * `return pw_refuse(diag, PW_ECONFIG, file, line, key, "must be %u..%u, not %u", 1, 64, ways);`
 * file and key may be NULL.
 */
int pw_refuse(struct pw_diag *diag, enum pw_status status, const char *file, uint64_t line, const char *key,
              const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
