/* status.h: the error codes of the library and the diagnostic that explains one. */
#ifndef PAGEWALK_STATUS_H
#define PAGEWALK_STATUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One list yields the enumerators, their names and their messages. Functions return 0 for success and the negated
 * code for an error: `return -PW_ECONFIG`. A page fault is never an error: it is an answer inside pw_translation.
 */
#define PW_STATUS_LIST(X)                                                          \
  X(PW_EINVAL, 1, "an argument is outside its documented range")                   \
  X(PW_ENOMEM, 2, "the host has no memory left")                                   \
  X(PW_ECONFIG, 3, "the configuration is refused")                                 \
  X(PW_ETRACE, 4, "the trace cannot be read")                                      \
  X(PW_EIO, 5, "a file cannot be opened, read or written")                         \
  X(PW_EVECTOR, 6, "a test vector cannot be read")                                 \
  X(PW_EIMAGE, 7, "a memory image cannot be read")                                 \
  X(PW_EGP, 8, "the instruction would raise #GP(0); nothing was changed")          \
  X(PW_ECONTENTION, 9, "the memory port refused every compare-and-swap of a walk") \
  X(PW_EEXIST, 10, "the page, or part of it, is already mapped")                   \
  X(PW_ENOENT, 11, "the page is not mapped")                                       \
  X(PW_ENOFRAME, 12, "simulated physical memory has no free frame")                \
  X(PW_EINTERNAL, 13, "a bug in pagewalk itself")                                  \
  X(PW_ELOG, 14, "an event log cannot be read")                                    \
  X(PW_ECOVERAGE, 15, "a coverage file cannot be read")

enum pw_status {
  PW_OK = 0,
#define PW_STATUS_ENUM(name, value, text) name = value,
  PW_STATUS_LIST(PW_STATUS_ENUM)
#undef PW_STATUS_ENUM
};

/*
 * Where and why something was refused. Owned by the caller, written only on an error, always terminated.
 * `file` and `key` may be empty, `line` is 0 where there is none.
 */
struct pw_diag {
  char file[256];    /* path as the user gave it */
  uint64_t line;     /* 1-based */
  char key[96];      /* dotted path of a configuration key, or the field of a record */
  char message[320]; /* what is wrong, and what is legal */
};

/* Message of a status, positive or negated: "the configuration is refused". Never NULL; static storage. */
const char *pw_strerror(int status);

/* Name of a status, positive or negated: "PW_ECONFIG". Never NULL; static storage. */
const char *pw_status_name(int status);

/*
 * Writes a diagnostic as one line, `file:line: key: message`, leaving out what is empty.
 * Returns the length the whole line needs, like snprintf; writes at most size_bytes, always terminated.
 */
int pw_diag_format(const struct pw_diag *diag, char *buffer, size_t size_bytes);

#ifdef __cplusplus
}
#endif
#endif
