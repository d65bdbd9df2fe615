/* rtl_verilog.c: the Verilog of a build with mutants, which is not that of the sources. */
#include "rtl_verilog.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"

static int refuse_errno(struct pw_diag *diag, const char *path) {
  return pw_refuse(diag, PW_EIO, path, 0, NULL, "%s", strerror(errno));
}

static bool copy(FILE *from, FILE *to) {
  char block[16384];
  for (size_t size; (size = fread(block, 1, sizeof block, from)) > 0;) fwrite(block, 1, size, to);
  return !ferror(from) && !ferror(to);
}

/* *text is to be freed, also after an error. */
static int read_file(const char *path, char **text, struct pw_diag *diag) {
  size_t size_bytes;
  FILE *from = fopen(path, "rb");
  if (!from) return refuse_errno(diag, path);
  FILE *to = open_memstream(text, &size_bytes);
  bool good = to && copy(from, to);
  if (to) good &= fclose(to) == 0;
  fclose(from);
  return good ? 0 : pw_refuse(diag, PW_EIO, path, 0, NULL, "cannot be read");
}

static int write_file(const char *directory, const char *name, const char *text, struct pw_diag *diag) {
  char path[RTL_PATH];
  if (rtl_path(path, diag, "%s/%s", directory, name)) return -PW_EIO;
  FILE *file = fopen(path, "w");
  if (!file) return refuse_errno(diag, path);
  bool good = fputs(text, file) >= 0;
  good &= fclose(file) == 0;
  return good ? 0 : pw_refuse(diag, PW_EIO, path, 0, NULL, "cannot be written completely");
}

static int write_edited(const struct rtl_recipe *recipe, const char *name, const char *directory,
                        struct pw_diag *diag) {
  char path[RTL_PATH], *text = NULL, *edited = NULL;
  if (rtl_path(path, diag, "%s/rtl/%s", recipe->sources, name)) return -PW_EIO;
  int error = read_file(path, &text, diag);
  if (!error) error = mutant_edit_text(recipe->geometry->mutants, name, text, &edited, diag);
  if (!error) error = write_file(directory, name, edited, diag);
  free(edited);
  free(text);
  return error;
}

static bool has_verilog(const struct rtl_recipe *recipe, const char *name) {
  for (size_t i = 0; i < recipe->verilog_count; i++) {
    if (strcmp(recipe->verilog[i], name) == 0) return true;
  }
  return false;
}

int rtl_write_mutants(const struct rtl_recipe *recipe, const char *directory, struct pw_diag *diag) {
  const struct mutant_edits *mutants = recipe->geometry->mutants;
  for (size_t i = 0; i < mutants->count; i++) {
    const struct mutant_edit *edit = &mutants->list[i];
    if (has_verilog(recipe, edit->verilog)) continue;
    return pw_refuse(diag, PW_EINVAL, mutants->file, edit->line, edit->name, "there is no rtl/%s", edit->verilog);
  }
  int error = write_file(directory, mutant_package_file, mutant_package_text, diag);
  for (size_t i = 0; i < recipe->verilog_count && !error; i++) {
    error = write_edited(recipe, recipe->verilog[i], directory, diag);
  }
  return error;
}
