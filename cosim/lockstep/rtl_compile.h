/* rtl_compile.h: from a recipe to a shared object, in a temporary directory beside the place where it will be. */
#ifndef PAGEWALK_COSIM_RTL_COMPILE_H
#define PAGEWALK_COSIM_RTL_COMPILE_H

#include "rtl_recipe.h"

/*
 * Makes the shared object and puts it at `path`, whole or not at all: two processes may build the same one. When a tool
 * fails its output is kept as rtl-KEY.log in the cache, which diag->file then names.
 */
int rtl_compile(const struct rtl_recipe *recipe, const char *path, struct pw_diag *diag);

#endif
