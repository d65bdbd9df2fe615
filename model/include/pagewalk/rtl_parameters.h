/* rtl_parameters.h: a machine as the parameters of the Verilog MMU, so that model and RTL read one configuration. */
#ifndef PAGEWALK_RTL_PARAMETERS_H
#define PAGEWALK_RTL_PARAMETERS_H

#include <pagewalk/config.h>
#include <pagewalk/status.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PW_RTL_TOP "mmu" /* the module that has the parameters */
#define PW_MAX_RTL_NAME 24
#define PW_MAX_RTL_PARAMETERS 96

struct pw_rtl_parameter {
  char name[PW_MAX_RTL_NAME];
  uint32_t value;
};

/* Plain data, owned by the caller. Every machine gives the same names in the same order. */
struct pw_rtl_parameters {
  uint32_t count;
  struct pw_rtl_parameter list[PW_MAX_RTL_PARAMETERS];
};

/*
 * Turns a configuration into the RTL's parameters. An array that the machine lacks has SETS=0 WAYS=1 POLICY=0 SIZES=0
 * SEED=1. Returns 0, or -PW_ECONFIG for an invalid configuration and for a machine that the RTL cannot be built as;
 * then *diag (which may be NULL) has the key, what is wrong and what is legal, for pw_config_locate to complete, and
 * *parameters is undefined.
 */
int pw_rtl_parameters_make(const struct pw_config *config, struct pw_rtl_parameters *parameters, struct pw_diag *diag);

/* The parameter of this name, or NULL. */
const struct pw_rtl_parameter *pw_rtl_parameter_find(const struct pw_rtl_parameters *parameters, const char *name);

#ifdef __cplusplus
}
#endif
#endif
