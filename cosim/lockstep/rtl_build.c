/* rtl_build.c: the Verilated MMU of a geometry: built once, kept in a cache, loaded as a shared object. */
#include "rtl_build.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "rtl_compile.h"
#include "rtl_recipe.h"

struct rtl_library {
  void *handle;
  const struct rtl_api *api;
};

static void announce(const struct rtl_progress *progress, const char *name) {
  char text[160];
  if (!progress) return;
  snprintf(text, sizeof text, "building the Verilated MMU of %.80s (once, about 20 s)...", name);
  progress->say(progress->context, text);
}

static int cached_path(const struct rtl_recipe *recipe, char path[RTL_PATH], struct pw_diag *diag) {
  return rtl_path(path, diag, "%s/rtl-%s.so", recipe->cache, recipe->key);
}

/* The path of the geometry's shared object, which is there afterwards. */
static int provide(const struct rtl_geometry *geometry, const struct rtl_progress *progress, char path[RTL_PATH],
                   struct pw_diag *diag) {
  struct rtl_recipe recipe;
  int error = rtl_recipe_make(&recipe, geometry, diag);
  if (error) return error;
  error = cached_path(&recipe, path, diag);
  if (!error && access(path, R_OK)) {
    announce(progress, geometry->name);
    error = rtl_compile(&recipe, path, diag);
  }
  rtl_recipe_free(&recipe);
  return error;
}

/* The key makes a wrong one all but impossible; a file that somebody damaged or put there does not get further. */
static int check_api(const struct rtl_api *api, const char *parameters, const char *path, struct pw_diag *diag) {
  if (!api) return pw_refuse(diag, PW_EIO, path, 0, NULL, "has no rtl_api; remove it");
  if (api->abi != RTL_ABI)
    return pw_refuse(diag, PW_EIO, path, 0, NULL, "has interface %u, not %d; remove it", api->abi, RTL_ABI);
  if (strcmp(api->parameters, parameters))
    return pw_refuse(diag, PW_EIO, path, 0, NULL, "has other parameters than those it is named for; remove it");
  return 0;
}

static int open_library(struct rtl_library *library, const char *path, const char *parameters, struct pw_diag *diag) {
  library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library->handle) return pw_refuse(diag, PW_EIO, path, 0, NULL, "%s; remove it", dlerror());
  library->api = dlsym(library->handle, "rtl_api");
  return check_api(library->api, parameters, path, diag);
}

int rtl_load(const struct rtl_geometry *geometry, const struct rtl_progress *progress, struct rtl_library **library,
             struct pw_diag *diag) {
  char path[RTL_PATH];
  *library = NULL;
  int error = provide(geometry, progress, path, diag);
  if (error) return error;
  struct rtl_library *made = calloc(1, sizeof *made);
  if (!made) return pw_refuse(diag, PW_ENOMEM, NULL, 0, NULL, "no memory left");
  error = open_library(made, path, geometry->parameters, diag);
  if (error)
    rtl_unload(made);
  else
    *library = made;
  return error;
}

void rtl_unload(struct rtl_library *library) {
  if (library && library->handle) dlclose(library->handle);
  free(library);
}

const struct rtl_api *rtl_library_api(const struct rtl_library *library) { return library->api; }

char *rtl_sources_path(struct pw_diag *diag) {
  char path[RTL_PATH];
  return rtl_find_sources(path, diag) ? NULL : strdup(path);
}

char *rtl_library_path(const struct rtl_geometry *geometry, struct pw_diag *diag) {
  struct rtl_recipe recipe;
  char path[RTL_PATH];
  if (rtl_recipe_make(&recipe, geometry, diag)) return NULL;
  char *copy = cached_path(&recipe, path, diag) ? NULL : strdup(path);
  rtl_recipe_free(&recipe);
  return copy;
}
