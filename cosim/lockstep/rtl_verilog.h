/* rtl_verilog.h: the Verilog of a build with mutants, which is not that of the sources. */
#ifndef PAGEWALK_COSIM_RTL_VERILOG_H
#define PAGEWALK_COSIM_RTL_VERILOG_H

#include "rtl_recipe.h"

/*
 * Writes every file of the recipe into `directory`, with the edits of its mutants, and the package that these read.
 * Returns 0, -PW_EINVAL for an edit that does not fit (mutant_edit.h) or is of a file that is not there, -PW_EIO or
 * -PW_ENOMEM.
 */
int rtl_write_mutants(const struct rtl_recipe *recipe, const char *directory, struct pw_diag *diag);

#endif
