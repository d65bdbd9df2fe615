/* device.h: the device of a configuration: built when needed, or a shared object that the user names. */
#ifndef PAGEWALK_COSIM_DEVICE_H
#define PAGEWALK_COSIM_DEVICE_H

#include <pagewalk/config.h>

#include "rtl.h"
#include "rtl_build.h"

struct device {
  const struct rtl_api *api;
  struct rtl_library *library;
  void *object; /* of dlopen */
};

/*
 * `file` is a shared object, or NULL to build; `variant` and `mutants`, which may be NULL, are those of rtl_build.h.
 * Returns 0 or a status with *diag.
 */
int device_open(const struct pw_config *config, const char *file, unsigned variant, const struct mutant_edits *mutants,
                struct device *device, struct pw_diag *diag);
void device_close(struct device *device);

#endif
