/* permission.c: the access rules of the SDM, compiled into one row per kind of access. */
#include "permission.h"

/* SDM "Determination of Access Rights", supervisor-mode accesses. */
static struct pw_permission supervisor_row(struct pw_permission_inputs in, unsigned kind, bool ac) {
  struct pw_permission row = {0};
  if (kind == PW_FETCH) {
    if (in.nxe) row.required |= PW_ATTR_EXECUTE;
    if (in.smep) row.forbidden |= PW_ATTR_USER;
    return row;
  }
  if (in.smap && !ac) row.forbidden |= PW_ATTR_USER;
  if (kind == PW_WRITE && in.wp) row.required |= PW_ATTR_WRITE;
  return row;
}

/* The same section, user-mode accesses. */
static struct pw_permission user_row(struct pw_permission_inputs in, unsigned kind) {
  struct pw_permission row = {.required = PW_ATTR_USER};
  if (kind == PW_FETCH && in.nxe) row.required |= PW_ATTR_EXECUTE;
  if (kind == PW_WRITE) row.required |= PW_ATTR_WRITE;
  return row;
}

/* SDM "Protection Keys": AD denies data accesses, WD denies writes; a supervisor write only with CR0.WP = 1. */
static uint32_t denied_pkeys(struct pw_permission_inputs in, unsigned kind, bool user) {
  uint32_t denied = 0;
  if (!in.pke || kind == PW_FETCH) return 0;
  for (unsigned key = 0; key < 16; key++) {
    bool access_disable = in.pkru >> (2 * key) & 1;
    bool write_disable = in.pkru >> (2 * key + 1) & 1;
    bool writes_checked = kind == PW_WRITE && (user || in.wp);
    if (access_disable || (write_disable && writes_checked)) denied |= 1u << key;
  }
  return denied;
}

/* SDM "Page-Fault Exceptions": the bits of an error code that describe the access. */
static uint32_t access_error_bits(struct pw_permission_inputs in, unsigned kind, bool user) {
  uint32_t bits = 0;
  if (kind == PW_WRITE) bits |= PW_ERROR_WR;
  if (user) bits |= PW_ERROR_US;
  if (kind == PW_FETCH && (in.nxe || in.smep)) bits |= PW_ERROR_ID;
  return bits;
}

struct pw_permissions pw_permissions_make(struct pw_permission_inputs inputs) {
  struct pw_permissions permissions = {0};
  for (unsigned index = 0; index < PW_PERMISSION_ROWS; index++) {
    unsigned kind = index & 3;
    bool user = index >> 2 & 1;
    bool ac = index >> 3 & 1;
    if (kind >= PW_ACCESS_KINDS) continue;
    struct pw_permission row = user ? user_row(inputs, kind) : supervisor_row(inputs, kind, ac);
    row.denied_pkeys = denied_pkeys(inputs, kind, user);
    row.error_code = access_error_bits(inputs, kind, user);
    permissions.row[index] = row;
  }
  return permissions;
}
