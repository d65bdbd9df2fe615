/*
 * permission.h: may this access use this page? Pure: rights, access and control registers in, verdict out.
 *
 * The rules (SDM volume 3A, "Determination of Access Rights" and "Protection Keys") depend on the page only through
 * a few attribute bits. So the control registers are compiled into one row per kind of access, and a check on the
 * hit path is three mask tests.
 */
#ifndef PAGEWALK_HARDWARE_PERMISSION_H
#define PAGEWALK_HARDWARE_PERMISSION_H

#include <pagewalk/types.h>
#include <stdbool.h>

/* Control state that rights depend on, one bit each. */
struct pw_permission_inputs {
  bool wp, smep, smap, nxe, pke;
  uint32_t pkru;
};

/* What a page's attributes must be for one kind of access. */
struct pw_permission {
  uint32_t required;     /* attribute bits that must be set */
  uint32_t forbidden;    /* attribute bits that must be clear */
  uint32_t denied_pkeys; /* bit k: a user page with protection key k denies the access */
  uint32_t error_code;   /* the bits of an error code that the access alone decides: W/R, U/S, I/D */
};

#define PW_PERMISSION_ROWS 16

struct pw_permissions {
  struct pw_permission row[PW_PERMISSION_ROWS]; /* by pw_permission_index */
};

struct pw_permissions pw_permissions_make(struct pw_permission_inputs inputs);

/* Row of an access. An implicit supervisor access is a supervisor access that ignores EFLAGS.AC. */
static inline unsigned pw_permission_index(const struct pw_access *access) {
  unsigned explicit_access = ~(unsigned)access->flags & PW_IMPLICIT;
  unsigned user = (access->cpl == 3) & explicit_access;
  unsigned ac = access->flags / PW_AC & explicit_access;
  return access->kind | user << 2 | ac << 3;
}

static inline bool pw_permission_pkey_denies(const struct pw_permission *permission, uint32_t attributes) {
  uint32_t pkey = (attributes & PW_ATTR_PKEY_MASK) >> PW_ATTR_PKEY_SHIFT;
  return (attributes & PW_ATTR_USER) && (permission->denied_pkeys >> pkey & 1);
}

static inline bool pw_permission_allows(const struct pw_permission *permission, uint32_t attributes) {
  if ((attributes & permission->required) != permission->required) return false;
  if (attributes & permission->forbidden) return false;
  return !pw_permission_pkey_denies(permission, attributes);
}

/* Error code of an access that a present, well-formed page denies. */
static inline uint32_t pw_permission_error_code(const struct pw_permission *permission, uint32_t attributes) {
  uint32_t pk = pw_permission_pkey_denies(permission, attributes) ? PW_ERROR_PK : 0;
  return permission->error_code | PW_ERROR_P | pk;
}

#endif
