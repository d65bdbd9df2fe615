/* event_names.c: what kinds of events and control operations are called. */
#include "event_names.h"

#include <stddef.h>

const char *const pw_event_names[PW_EVENTS + 1] = {
    [PW_EVENT_RESET] = "reset",
    [PW_EVENT_REQUEST] = "request",
    [PW_EVENT_KILL] = "kill",
    [PW_EVENT_LOOK_UP] = "look-up",
    [PW_EVENT_WALK_START] = "walk-start",
    [PW_EVENT_READ] = "read",
    [PW_EVENT_SWAP] = "swap",
    [PW_EVENT_COMMIT] = "commit",
    [PW_EVENT_FILL] = "fill",
    [PW_EVENT_RESPONSE] = "response",
    [PW_EVENT_CONTROL] = "control",
    [PW_EVENT_INVALIDATE] = "invalidate",
    [PW_EVENT_CONTROL_DONE] = "control-done",
    [PW_EVENT_WRITE] = "write",
};

const char *const pw_control_op_names[PW_CTL_OPS + 1] = {
    [PW_CTL_CR3] = "cr3",
    [PW_CTL_CR0] = "cr0",
    [PW_CTL_CR4] = "cr4",
    [PW_CTL_EFER] = "efer",
    [PW_CTL_PKRU] = "pkru",
    [PW_CTL_INVLPG] = "invlpg",
    [PW_CTL_INVLPG + 1] = "",
    [PW_CTL_INVLPG + 2] = "",
    [PW_CTL_INVPCID_ADDRESS] = "invpcid-address",
    [PW_CTL_INVPCID_CONTEXT] = "invpcid-context",
    [PW_CTL_INVPCID_ALL_WITH_GLOBALS] = "invpcid-all-with-globals",
    [PW_CTL_INVPCID_ALL_BUT_GLOBALS] = "invpcid-all-but-globals",
};

const char *pw_event_name(unsigned kind) { return kind < PW_EVENTS ? pw_event_names[kind] : NULL; }

const char *pw_control_op_name(unsigned op) {
  return op < PW_CTL_OPS && *pw_control_op_names[op] ? pw_control_op_names[op] : NULL;
}
