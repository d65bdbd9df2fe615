/* diag.c: filling in the caller's diagnostic. */
#include "diag.h"

#include <stdarg.h>
#include <stdio.h>

int pw_refuse(struct pw_diag *diag, enum pw_status status, const char *file, uint64_t line, const char *key,
              const char *format, ...) {
  if (diag) {
    va_list arguments;
    snprintf(diag->file, sizeof diag->file, "%s", file ? file : "");
    snprintf(diag->key, sizeof diag->key, "%s", key ? key : "");
    diag->line = line;
    va_start(arguments, format);
    vsnprintf(diag->message, sizeof diag->message, format, arguments);
    va_end(arguments);
  }
  return -(int)status;
}
