/* status.c: the texts of the error codes. */
#include <inttypes.h>
#include <limits.h>
#include <pagewalk/status.h>
#include <stdio.h>

/* A status, given positive or negated; INT_MIN is none. */
static int code_of(int status) { return status < 0 && status != INT_MIN ? -status : status; }

const char *pw_strerror(int status) {
  switch (code_of(status)) {
    case PW_OK: return "success";
#define PW_STATUS_TEXT(name, value, text) \
  case value: return text;
      PW_STATUS_LIST(PW_STATUS_TEXT)
#undef PW_STATUS_TEXT
    default: return "unknown status";
  }
}

const char *pw_status_name(int status) {
  switch (code_of(status)) {
    case PW_OK: return "PW_OK";
#define PW_STATUS_NAME(name, value, text) \
  case value: return #name;
      PW_STATUS_LIST(PW_STATUS_NAME)
#undef PW_STATUS_NAME
    default: return "PW_UNKNOWN";
  }
}

int pw_diag_format(const struct pw_diag *diag, char *buffer, size_t size_bytes) {
  char place[sizeof diag->file + 24] = "";
  if (diag->file[0] && diag->line) {
    snprintf(place, sizeof place, "%s:%" PRIu64 ": ", diag->file, diag->line);
  } else if (diag->file[0]) {
    snprintf(place, sizeof place, "%s: ", diag->file);
  }
  return snprintf(buffer, size_bytes, "%s%s%s%s", place, diag->key, diag->key[0] ? ": " : "", diag->message);
}
