/* mutant_edit.h: many broken devices in one text: every edit of the Verilog becomes a choice that is made at run time.
 */
#ifndef PAGEWALK_COSIM_MUTANT_EDIT_H
#define PAGEWALK_COSIM_MUTANT_EDIT_H

#include <pagewalk/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What stands at the place that is edited. */
enum mutant_edit_kind {
  MUTANT_EXPRESSION, /* an expression whose value is used */
  MUTANT_STATEMENT,  /* statements inside a procedure */
  MUTANT_TEXT,       /* anything: no choice, every device of the build has it; for what a mutant declares */
  MUTANT_EDIT_KINDS
};

struct mutant_edit {
  uint32_t mutant;     /* number of the device that has it, from 1 */
  const char *name;    /* of that device, for messages */
  const char *verilog; /* name of a file in rtl/ */
  enum mutant_edit_kind kind;
  const char *find; /* occurs exactly once in the file */
  const char *replace;
  unsigned line; /* of `find` in the file of the edits, for messages */
};

/* All that one build has. The texts are the caller's. */
struct mutant_edits {
  const char *file; /* that they come from, for messages */
  const struct mutant_edit *list;
  size_t count;
  uint32_t mutants; /* devices, each with a number up to this */
};

/* How the choices are written; part of the key of what is built, to be raised when that changes. */
#define MUTANT_EDIT_VERSION 1

/* The package that holds the number of the mutant, read before all other Verilog. */
extern const char mutant_package_file[];
extern const char mutant_package_text[];

/*
 * `text`, that of the file `verilog`, with the edits of that file as choices; mmu.sv also gets the input `mutsel`, and
 * a register of it that the choices read. Returns 0 with *edited to be freed; -PW_EINVAL for an edit whose place is not
 * there, is there twice, or overlaps that of another in part; or -PW_ENOMEM.
 *
 * Edits of one place, or of a place inside that of another, go together: a choice has the others in its second branch.
 */
int mutant_edit_text(const struct mutant_edits *edits, const char *verilog, const char *text, char **edited,
                     struct pw_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
