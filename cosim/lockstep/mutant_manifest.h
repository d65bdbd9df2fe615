/* mutant_manifest.h: the list of mutants and legal variations, docs/mutants.md. */
#ifndef PAGEWALK_COSIM_MUTANT_MANIFEST_H
#define PAGEWALK_COSIM_MUTANT_MANIFEST_H

#include <pagewalk/check.h>
#include <stdbool.h>

#include "mutant_edit.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MUTANT_NAME_CHARACTERS 43 /* as many as the kill matrix has room for */
#define MUTANT_BUGS 4

/* A device that differs from the one of rtl/. Its number is its place in the list, from 1. */
struct mutant {
  char name[MUTANT_NAME_CHARACTERS + 1];
  const char *what;           /* one sentence */
  uint32_t bugs[MUTANT_BUGS]; /* numbers of the list of real bugs */
  size_t bug_count;
  bool legal;              /* x86 allows it: nothing but strict mode may object */
  enum pw_check_mode mode; /* in which it must be killed, or, of a legal one, may not */
  enum pw_verdict verdict; /* that must kill it; MATCH for a legal one */
  int traffic;             /* enum traffic, -1: drawn per episode */
};

struct pw_yaml_node;

struct mutant_manifest {
  struct mutant *list; /* mutants, then legal variations */
  size_t mutants;
  size_t legal;
  struct mutant_edits edits;
  struct pw_yaml_node *texts; /* that the others point into */
};

/* Returns 0, or -PW_ECONFIG, -PW_EIO or -PW_ENOMEM with *diag. `path` must live as long as the manifest. */
int mutant_manifest_load(const char *path, struct mutant_manifest *manifest, struct pw_diag *diag);
void mutant_manifest_free(struct mutant_manifest *manifest);

/* By name, or by number in decimal; 0 is the device itself. -1 if there is none. */
int64_t mutant_manifest_find(const struct mutant_manifest *manifest, const char *name);

#ifdef __cplusplus
}
#endif
#endif
