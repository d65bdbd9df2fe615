/* verdict_text.h: the text of a verdict, as far as there is room. */
#ifndef PAGEWALK_CHECK_VERDICT_TEXT_H
#define PAGEWALK_CHECK_VERDICT_TEXT_H

#include <pagewalk/check.h>
#include <stdarg.h>

struct pw_check_text {
  char text[PW_CHECK_TEXT_BYTES];
};

void pw_text_append(struct pw_check_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pw_text_append_list(struct pw_check_text *text, const char *format, va_list arguments);

/* "fetch 0x400000 cpl3 ac: " and so on, without number and cycle. */
void pw_text_append_access(struct pw_check_text *text, const struct pw_access *access);

#endif
