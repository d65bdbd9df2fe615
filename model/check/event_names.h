/* event_names.h: the words of the event log, as tables for names.h: NULL-terminated, "" where there is no such value.
 */
#ifndef PAGEWALK_CHECK_EVENT_NAMES_H
#define PAGEWALK_CHECK_EVENT_NAMES_H

#include <pagewalk/check.h>

extern const char *const pw_event_names[PW_EVENTS + 1];
extern const char *const pw_control_op_names[PW_CTL_OPS + 1];

#endif
