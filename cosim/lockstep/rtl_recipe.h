/* rtl_recipe.h: everything that a Verilated MMU is made from, and the key that tells two of them apart. */
#ifndef PAGEWALK_COSIM_RTL_RECIPE_H
#define PAGEWALK_COSIM_RTL_RECIPE_H

#include "rtl_build.h"

#define RTL_PATH 4096
#define RTL_KEY 33 /* 128 bits in hexadecimal and the end of the string */

struct rtl_recipe {
  const struct rtl_geometry *geometry;
  const char *const *verilator_options; /* without files and parameters, ended by NULL */
  const char *const *compiler_options;  /* without files and directories, ended by NULL */
  const char *compiler;
  char verilator_version[256];
  char sources[RTL_PATH]; /* absolute; has rtl/ and cosim/lockstep/ */
  char cache[RTL_PATH];
  char **verilog; /* names of the files in rtl/, packages first */
  size_t verilog_count;
  char key[RTL_KEY];
};

/* Finds sources, cache and tools and computes the key. On success to be ended by rtl_recipe_free. */
int rtl_recipe_make(struct rtl_recipe *recipe, const struct rtl_geometry *geometry, struct pw_diag *diag);
void rtl_recipe_free(struct rtl_recipe *recipe);

/* The first directory of rtl_build.h that has the sources, as an absolute path. */
int rtl_find_sources(char sources[RTL_PATH], struct pw_diag *diag);

/* Writes a path of at most RTL_PATH bytes; refuses a longer one. */
int rtl_path(char path[RTL_PATH], struct pw_diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
