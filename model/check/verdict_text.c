/* verdict_text.c: the words that explanations of every mode share. */
#include "verdict_text.h"

#include <stdio.h>
#include <string.h>

void pw_text_append_list(struct pw_check_text *text, const char *format, va_list arguments) {
  size_t used = strlen(text->text);
  vsnprintf(text->text + used, sizeof text->text - used, format, arguments);
}

void pw_text_append(struct pw_check_text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  pw_text_append_list(text, format, arguments);
  va_end(arguments);
}

void pw_text_append_access(struct pw_check_text *text, const struct pw_access *access) {
  static const char *const kinds[] = {"data read", "data write", "fetch"};
  pw_text_append(text, "%s 0x%llx cpl%u%s%s%s%s", access->kind < PW_ACCESS_KINDS ? kinds[access->kind] : "?",
                 (unsigned long long)access->linear_address, access->cpl,
                 access->flags & PW_IMPLICIT ? " implicit" : "", access->flags & PW_AC ? " ac" : "",
                 access->flags & PW_STACK ? " stack" : "", access->flags & PW_PREFETCH ? " prefetch" : "");
}
