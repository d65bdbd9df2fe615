/*
 * rtl_build.h: the Verilated MMU of a geometry: built once, kept in a cache, loaded as a shared object.
 *
 * Sources are rtl/ and cosim/lockstep/ of the first of these directories that is there: $PAGEWALK_COSIM_SOURCES,
 * share/pagewalk of the installed program, the source tree that the program was built from. The cache is the first that
 * is set of $PAGEWALK_CACHE, $XDG_CACHE_HOME/pagewalk, $HOME/.cache/pagewalk, $TMPDIR, else /tmp. The C++ compiler is
 * $CXX, else c++. Nothing in the cache is ever removed.
 *
 * Functions return 0, or a negated pw_status with *diag filled: PW_EINVAL for parameters and edits, PW_EIO for whatever
 * the host lacks, and for RTL that does not build, where diag->file is the log.
 */
#ifndef PAGEWALK_COSIM_RTL_BUILD_H
#define PAGEWALK_COSIM_RTL_BUILD_H

#include <pagewalk/status.h>
#include <stddef.h>

#include "mutant_edit.h"
#include "rtl.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rtl_variant {
  RTL_PLAIN = 0,
  RTL_WITH_WAVES = 1,  /* can trace; slower */
  RTL_WITH_CHECKS = 2, /* assertions of the RTL hold or end the program; what reset leaves alone starts random */
};

struct rtl_geometry {
  const char *name;                   /* for messages only */
  const char *parameters;             /* of the module mmu, one NAME=VALUE per line */
  unsigned variant;                   /* set of enum rtl_variant */
  const struct mutant_edits *mutants; /* that the device can be in place of itself; NULL: the Verilog as it is */
};

/* Called with a line of text before something that takes long. */
struct rtl_progress {
  void (*say)(void *context, const char *text);
  void *context;
};

struct rtl_library;

/* Loads the shared object of a geometry, after building it when the cache has none. `progress` may be NULL. */
int rtl_load(const struct rtl_geometry *geometry, const struct rtl_progress *progress, struct rtl_library **library,
             struct pw_diag *diag);

/* The devices of the library are to be destroyed before. NULL is allowed. */
void rtl_unload(struct rtl_library *library);

const struct rtl_api *rtl_library_api(const struct rtl_library *library);

/* The directory that has rtl/ and cosim/, to be freed; NULL with *diag filled. */
char *rtl_sources_path(struct pw_diag *diag);

/* Where the shared object of a geometry is, or would be once built; NULL with *diag filled, else to be freed. */
char *rtl_library_path(const struct rtl_geometry *geometry, struct pw_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
