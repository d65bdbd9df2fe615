/* device.c: from a configuration to something with pins. */
#include "device.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <pagewalk/rtl_parameters.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"

static void say(void *context, const char *text) { fprintf(context, "%s\n", text); }

/* One NAME=VALUE per line; NULL when the host has no memory, or with *diag when the machine is none that can be built.
 */
static char *parameter_text(const struct pw_config *config, int *status, struct pw_diag *diag) {
  struct pw_rtl_parameters parameters;
  char *text = NULL;
  size_t size = 0;
  *status = pw_rtl_parameters_make(config, &parameters, diag);
  FILE *stream = *status ? NULL : open_memstream(&text, &size);
  if (!stream) return NULL;
  for (uint32_t i = 0; i < parameters.count; i++) {
    fprintf(stream, "%s=%" PRIu32 "\n", parameters.list[i].name, parameters.list[i].value);
  }
  fclose(stream);
  return text;
}

/* A device may tell which machine it is: to check it as another one would only find that it is another one. */
static int check_machine(const struct pw_config *config, const char *file, const char *told, struct pw_diag *diag) {
  int status;
  char *wanted = told && *told ? parameter_text(config, &status, NULL) : NULL;
  if (!wanted) return 0; /* it does not tell, or the configuration is none of rtl/ */
  size_t same = 0, line = 0;
  for (; told[same] && told[same] == wanted[same]; same++) {
    if (told[same] == '\n') line = same + 1;
  }
  status = 0;
  if (told[same] != wanted[same]) {
    status =
        pw_refuse(diag, PW_EINVAL, file, 0, NULL, "is a device of another machine: %.*s, and the configuration %.*s",
                  (int)strcspn(told + line, "\n"), told + line, (int)strcspn(wanted + line, "\n"), wanted + line);
  }
  free(wanted);
  return status;
}

static int load_object(const struct pw_config *config, const char *file, struct device *device, struct pw_diag *diag) {
  char path[4096];
  snprintf(path, sizeof path, "%s%s", strchr(file, '/') ? "" : "./", file);
  device->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!device->object) return pw_refuse(diag, PW_EIO, file, 0, NULL, "%s", dlerror());
  device->api = dlsym(device->object, "rtl_api");
  if (!device->api) return pw_refuse(diag, PW_EIO, file, 0, NULL, "there is no symbol rtl_api");
  if (device->api->abi == RTL_ABI) return check_machine(config, file, device->api->parameters, diag);
  device->api = NULL;
  return pw_refuse(diag, PW_EIO, file, 0, NULL, "rtl_api is of another version");
}

int device_open(const struct pw_config *config, const char *file, unsigned variant, const struct mutant_edits *mutants,
                struct device *device, struct pw_diag *diag) {
  int status;
  *device = (struct device){0};
  if (file) return load_object(config, file, device, diag);
  char *parameters = parameter_text(config, &status, diag);
  if (!parameters) return status ? status : -PW_ENOMEM;
  struct rtl_geometry geometry = {
      .name = config->name, .parameters = parameters, .variant = variant, .mutants = mutants};
  status = rtl_load(&geometry, &(struct rtl_progress){say, stderr}, &device->library, diag);
  free(parameters);
  if (!status) device->api = rtl_library_api(device->library);
  return status;
}

void device_close(struct device *device) {
  rtl_unload(device->library);
  if (device->object) dlclose(device->object);
  *device = (struct device){0};
}
