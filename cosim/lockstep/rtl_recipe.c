/* rtl_recipe.c: everything that a Verilated MMU is made from, and the key that tells two of them apart. */
#include "rtl_recipe.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "diag.h"
#include "process.h"

#define VERILATE "--cc", "-O3", "--prefix", "Vmmu", "--top-module", "mmu", "--timescale", "1ns/1ps", "-Wno-fatal"
#define FAST "--x-assign", "fast", "--x-initial", "fast", "--noassert"
#define CHECK "--x-assign", "unique", "--x-initial", "unique", "--assert", "-DMMU_ASSERT"

static const char *const verilator_options[][24] = {
    [RTL_PLAIN] = {VERILATE, FAST, NULL},
    [RTL_WITH_WAVES] = {VERILATE, FAST, "--trace-fst", NULL},
    [RTL_WITH_CHECKS] = {VERILATE, CHECK, NULL},
    [RTL_WITH_WAVES | RTL_WITH_CHECKS] = {VERILATE, CHECK, "--trace-fst", NULL},
};

/*
 * Hidden symbols, since the shared objects of two geometries define the same classes. -O1 compiles in half the time of
 * -O2 and runs as fast to a twentieth.
 */
#define COMPILE \
  "-std=c++17", "-O1", "-w", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread", "-DVM_SC=0", "-DVM_COVERAGE=0"
#define NO_WAVES "-DVM_TRACE=0", "-DVM_TRACE_FST=0"
#define WAVES "-DVM_TRACE=1", "-DVM_TRACE_FST=1", "-DRTL_WAVES"

static const char *const compiler_options[][24] = {
    [RTL_PLAIN] = {COMPILE, NO_WAVES, NULL},
    [RTL_WITH_WAVES] = {COMPILE, WAVES, NULL},
    [RTL_WITH_CHECKS] = {COMPILE, NO_WAVES, "-DRTL_CHECKED", NULL},
    [RTL_WITH_WAVES | RTL_WITH_CHECKS] = {COMPILE, WAVES, "-DRTL_CHECKED", NULL},
};

int rtl_path(char path[RTL_PATH], struct pw_diag *diag, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(path, RTL_PATH, format, arguments);
  va_end(arguments);
  if (length < RTL_PATH) return 0;
  return pw_refuse(diag, PW_EIO, NULL, 0, NULL, "a path is longer than %d bytes: %.80s...", RTL_PATH - 1, path);
}

/* ---- parameters
 * ----------------------------------------------------------------------------------------------------*/

/* Length of the line NAME=VALUE without its end, or 0 if it is none. What passes needs no quoting anywhere. */
static size_t parameter_length(const char *line) {
  size_t name = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  if (!name || line[name] != '=') return 0;
  size_t value = strspn(line + name + 1, "0123456789abcdefABCDEFhx'_-");
  return value ? name + 1 + value : 0;
}

static int check_parameters(const char *text, struct pw_diag *diag) {
  for (const char *line = text; *line;) {
    size_t length = parameter_length(line);
    if (!length || line[length] != '\n')
      return pw_refuse(diag, PW_EINVAL, NULL, 0, "parameters", "not a line NAME=VALUE: %.*s", (int)strcspn(line, "\n"),
                       line);
    line += length + 1;
  }
  return 0;
}

/* ---- places
 * --------------------------------------------------------------------------------------------------------*/

/* Takes a directory for the sources if the shim is in it, and makes its path absolute. */
static bool is_sources(const char *directory, char sources[RTL_PATH]) {
  char shim[RTL_PATH];
  if (rtl_path(shim, NULL, "%s/cosim/lockstep/rtl_shim.cc", directory) || access(shim, R_OK)) return false;
  char *absolute = realpath(directory, NULL);
  int error = absolute ? rtl_path(sources, NULL, "%s", absolute) : -1;
  free(absolute);
  return !error;
}

/* share/pagewalk beside the bin/ of the running program, so that an installed tree can be moved. */
static bool installed_sources(char sources[RTL_PATH]) {
  char program[RTL_PATH], directory[RTL_PATH];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0) return false;
  program[length] = '\0';
  *strrchr(program, '/') = '\0';
  return !rtl_path(directory, NULL, "%s/%s", program, PAGEWALK_SHARE_FROM_PROGRAM) && is_sources(directory, sources);
}

int rtl_find_sources(char sources[RTL_PATH], struct pw_diag *diag) {
  const char *given = getenv("PAGEWALK_COSIM_SOURCES");
  if (given && *given) {
    if (is_sources(given, sources)) return 0;
    return pw_refuse(diag, PW_EIO, given, 0, NULL, "PAGEWALK_COSIM_SOURCES has no cosim/lockstep/rtl_shim.cc");
  }
  if (installed_sources(sources) || is_sources(PAGEWALK_SOURCE_DIR, sources)) return 0;
  return pw_refuse(diag, PW_EIO, PAGEWALK_SOURCE_DIR, 0, NULL,
                   "the Verilog sources are not there; set PAGEWALK_COSIM_SOURCES to a directory with rtl/ and cosim/");
}

static int find_cache(char cache[RTL_PATH], struct pw_diag *diag) {
  static const struct {
    const char *variable, *below;
  } places[] = {{"PAGEWALK_CACHE", ""}, {"XDG_CACHE_HOME", "/pagewalk"}, {"HOME", "/.cache/pagewalk"}, {"TMPDIR", ""}};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    const char *base = getenv(places[i].variable);
    if (base && *base) return rtl_path(cache, diag, "%s%s", base, places[i].below);
  }
  return rtl_path(cache, diag, "/tmp");
}

static int find_verilator(char *version, size_t size_bytes, struct pw_diag *diag) {
  const char *const arguments[] = {"verilator", "--version", NULL};
  int status = process_first_line(arguments, version, size_bytes);
  if (status == -ENOENT || status == 127)
    return pw_refuse(diag, PW_EIO, NULL, 0, NULL, "verilator not found: install the Debian package verilator");
  if (status < 0) return pw_refuse(diag, PW_EIO, NULL, 0, NULL, "verilator does not start: %s", strerror(-status));
  if (status) return pw_refuse(diag, PW_EIO, NULL, 0, NULL, "verilator --version fails: %.200s", version);
  return 0;
}

/* ---- Verilog files
 * -------------------------------------------------------------------------------------------------*/

static bool ends_in(const char *name, const char *end) {
  size_t length = strlen(name), end_length = strlen(end);
  return length >= end_length && !strcmp(name + length - end_length, end);
}

static int is_verilog(const struct dirent *entry) { return entry->d_name[0] != '.' && ends_in(entry->d_name, ".sv"); }

/* A package is to be read before what uses it. */
static int packages_first(const struct dirent **a, const struct dirent **b) {
  int difference = ends_in((*b)->d_name, "_pkg.sv") - ends_in((*a)->d_name, "_pkg.sv");
  return difference ? difference : strcmp((*a)->d_name, (*b)->d_name);
}

/* Moves the names out of what scandir returned. */
static int take_names(struct rtl_recipe *recipe, struct dirent **entries, int count) {
  recipe->verilog = calloc((size_t)count, sizeof *recipe->verilog);
  bool complete = recipe->verilog;
  for (int i = 0; i < count; i++) {
    char *name = complete ? strdup(entries[i]->d_name) : NULL;
    complete = complete && name;
    if (complete) recipe->verilog[recipe->verilog_count++] = name;
    free(entries[i]);
  }
  free(entries);
  return complete ? 0 : -PW_ENOMEM;
}

static int list_verilog(struct rtl_recipe *recipe, struct pw_diag *diag) {
  char directory[RTL_PATH];
  struct dirent **entries = NULL;
  if (rtl_path(directory, diag, "%s/rtl", recipe->sources)) return -PW_EIO;
  int count = scandir(directory, &entries, is_verilog, packages_first);
  if (count > 0) return take_names(recipe, entries, count);
  if (!count) free(entries);
  return pw_refuse(diag, PW_EIO, directory, 0, NULL, "no Verilog here (*.sv)");
}

/* ---- key
 * -----------------------------------------------------------------------------------------------------------*/

/* With its length, so that two texts cannot trade bytes. */
static void add_bytes(XXH3_state_t *hash, const void *bytes, size_t size_bytes) {
  XXH3_128bits_update(hash, &size_bytes, sizeof size_bytes);
  XXH3_128bits_update(hash, bytes, size_bytes);
}

static void add_text(XXH3_state_t *hash, const char *text) { add_bytes(hash, text, strlen(text)); }

static void add_list(XXH3_state_t *hash, const char *const *list) {
  for (; *list; list++) add_text(hash, *list);
  add_text(hash, "");
}

static int add_file(XXH3_state_t *hash, const struct rtl_recipe *recipe, const char *folder, const char *name,
                    struct pw_diag *diag) {
  char path[RTL_PATH], block[16384];
  if (rtl_path(path, diag, "%s/%s/%s", recipe->sources, folder, name)) return -PW_EIO;
  FILE *file = fopen(path, "rb");
  if (!file) return pw_refuse(diag, PW_EIO, path, 0, NULL, "%s", strerror(errno));
  add_text(hash, name);
  for (size_t size; (size = fread(block, 1, sizeof block, file)) > 0;) add_bytes(hash, block, size);
  int failed = ferror(file);
  fclose(file);
  return failed ? pw_refuse(diag, PW_EIO, path, 0, NULL, "cannot be read") : 0;
}

static int add_files(XXH3_state_t *hash, const struct rtl_recipe *recipe, struct pw_diag *diag) {
  int error = add_file(hash, recipe, "cosim/lockstep", "rtl_shim.cc", diag);
  if (!error) error = add_file(hash, recipe, "cosim/lockstep", "rtl.h", diag);
  for (size_t i = 0; !error && i < recipe->verilog_count; i++)
    error = add_file(hash, recipe, "rtl", recipe->verilog[i], diag);
  return error;
}

/* Names and lines of mutants are for messages only. */
static void add_mutants(XXH3_state_t *hash, const struct mutant_edits *mutants) {
  const uint32_t version = MUTANT_EDIT_VERSION;
  if (!mutants) return;
  add_bytes(hash, &version, sizeof version);
  add_bytes(hash, &mutants->mutants, sizeof mutants->mutants);
  for (size_t i = 0; i < mutants->count; i++) {
    const struct mutant_edit *edit = &mutants->list[i];
    add_bytes(hash, &edit->mutant, sizeof edit->mutant);
    add_bytes(hash, &edit->kind, sizeof edit->kind);
    add_text(hash, edit->verilog);
    add_text(hash, edit->find);
    add_text(hash, edit->replace);
  }
}

static int make_key(struct rtl_recipe *recipe, struct pw_diag *diag) {
  const uint32_t abi = RTL_ABI;
  XXH3_state_t *hash = XXH3_createState();
  if (!hash) return pw_refuse(diag, PW_ENOMEM, NULL, 0, NULL, "no memory left");
  XXH3_128bits_reset(hash);
  add_bytes(hash, &abi, sizeof abi);
  add_text(hash, recipe->geometry->parameters);
  add_list(hash, recipe->verilator_options);
  add_text(hash, recipe->compiler);
  add_list(hash, recipe->compiler_options);
  add_text(hash, recipe->verilator_version);
  add_mutants(hash, recipe->geometry->mutants);
  int error = add_files(hash, recipe, diag);
  XXH128_hash_t digest = XXH3_128bits_digest(hash);
  XXH3_freeState(hash);
  snprintf(recipe->key, sizeof recipe->key, "%016llx%016llx", (unsigned long long)digest.high64,
           (unsigned long long)digest.low64);
  return error;
}

/* ---- recipe
 * --------------------------------------------------------------------------------------------------------*/

int rtl_recipe_make(struct rtl_recipe *recipe, const struct rtl_geometry *geometry, struct pw_diag *diag) {
  const char *compiler = getenv("CXX");
  unsigned variant = geometry->variant & (RTL_WITH_WAVES | RTL_WITH_CHECKS);
  *recipe = (struct rtl_recipe){.geometry = geometry, .compiler = compiler && *compiler ? compiler : "c++"};
  recipe->verilator_options = verilator_options[variant];
  recipe->compiler_options = compiler_options[variant];
  int error = check_parameters(geometry->parameters, diag);
  if (!error) error = find_verilator(recipe->verilator_version, sizeof recipe->verilator_version, diag);
  if (!error) error = rtl_find_sources(recipe->sources, diag);
  if (!error) error = find_cache(recipe->cache, diag);
  if (!error) error = list_verilog(recipe, diag);
  if (!error) error = make_key(recipe, diag);
  if (error) rtl_recipe_free(recipe);
  return error;
}

void rtl_recipe_free(struct rtl_recipe *recipe) {
  for (size_t i = 0; i < recipe->verilog_count; i++) free(recipe->verilog[i]);
  free(recipe->verilog);
  recipe->verilog = NULL;
  recipe->verilog_count = 0;
}
