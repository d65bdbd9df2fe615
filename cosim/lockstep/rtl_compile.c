/* rtl_compile.c: from a recipe to a shared object, in a temporary directory beside the place where it will be. */
#include "rtl_compile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "process.h"
#include "rtl_verilog.h"

struct build {
  const struct rtl_recipe *recipe;
  struct pw_diag *diag;
  char directory[RTL_PATH];      /* temporary; the tools run in it */
  char verilator_root[RTL_PATH]; /* where Verilator keeps its run time */
};

static int refuse_errno(const struct build *build, const char *file) {
  return pw_refuse(build->diag, PW_EIO, file, 0, NULL, "%s", strerror(errno));
}

/* ---- command lines
 * -------------------------------------------------------------------------------------------------*/

/* Texts ended by NULL. A failure to allocate shows in `complete`, so that only the end must ask. */
struct arguments {
  char **text;
  size_t count, room;
  bool incomplete;
};

static void add(struct arguments *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct arguments *list, const char *format, ...) {
  char text[2 * RTL_PATH];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  if (list->count + 1 >= list->room) {
    size_t room = 2 * list->room + 64;
    char **more = realloc(list->text, room * sizeof *more);
    list->incomplete |= !more;
    if (!more) return;
    list->text = more;
    list->room = room;
  }
  char *copy = strdup(text);
  list->incomplete |= !copy;
  list->text[list->count] = copy;
  list->count += copy != NULL;
  list->text[list->count] = NULL;
}

static void add_all(struct arguments *list, const char *const *texts) {
  for (; *texts; texts++) add(list, "%s", *texts);
}

static void free_arguments(struct arguments *list) {
  for (size_t i = 0; i < list->count; i++) free(list->text[i]);
  free(list->text);
}

static void verilator_arguments(struct arguments *list, const struct rtl_recipe *recipe) {
  add(list, "verilator");
  add_all(list, recipe->verilator_options);
  add(list, "--Mdir");
  add(list, ".");
  for (const char *line = recipe->geometry->parameters; *line; line = strchr(line, '\n') + 1)
    add(list, "-G%.*s", (int)strcspn(line, "\n"), line);
  if (recipe->geometry->mutants) add(list, "%s", mutant_package_file);
  for (size_t i = 0; i < recipe->verilog_count; i++) {
    if (recipe->geometry->mutants) {
      add(list, "%s", recipe->verilog[i]); /* in the build's own directory */
    } else {
      add(list, "%s/rtl/%s", recipe->sources, recipe->verilog[i]);
    }
  }
}

static void compiler_arguments(struct arguments *list, const struct build *build) {
  const struct rtl_recipe *recipe = build->recipe;
  add(list, "%s", recipe->compiler);
  add_all(list, recipe->compiler_options);
  if (recipe->geometry->mutants) add(list, "-DRTL_MUTANTS=%" PRIu32, recipe->geometry->mutants->mutants);
  add(list, "-I.");
  add(list, "-I%s/include", build->verilator_root);
  add(list, "-I%s/include/vltstd", build->verilator_root);
  add(list, "%s/cosim/lockstep/rtl_shim.cc", recipe->sources);
  add(list, "-o");
  add(list, "rtl.so");
  add(list, "-latomic"); /* gcc has it inline, clang does not */
  if (recipe->geometry->variant & RTL_WITH_WAVES) add(list, "-lz");
}

/* ---- running a tool
 * ------------------------------------------------------------------------------------------------*/

/* The line of the log that says most: the first that has "rror", else the first. */
static void first_error(const char *log, char *line, size_t size_bytes) {
  char first[256] = "";
  FILE *file = fopen(log, "r");
  line[0] = '\0';
  while (file && fgets(line, (int)size_bytes, file) && !strstr(line, "rror"))
    if (!first[0]) snprintf(first, sizeof first, "%s", line);
  if (!strstr(line, "rror")) snprintf(line, size_bytes, "%s", first);
  line[strcspn(line, "\n")] = '\0';
  if (file) fclose(file);
}

/* Keeps the log where it can be found, and names it. */
static int refuse_with_log(const struct build *build, const char *log, const char *tool, int status) {
  char kept[RTL_PATH], line[200];
  const struct rtl_recipe *recipe = build->recipe;
  first_error(log, line, sizeof line);
  if (rtl_path(kept, build->diag, "%s/rtl-%s.log", recipe->cache, recipe->key)) return -PW_EIO;
  if (rename(log, kept)) return refuse_errno(build, log);
  return pw_refuse(build->diag, PW_EIO, kept, 0, NULL, "%s fails on the RTL of %.40s (%d): %s", tool,
                   recipe->geometry->name, status, line);
}

static int run_tool(const struct build *build, const struct arguments *list) {
  char path[RTL_PATH];
  if (list->incomplete) return pw_refuse(build->diag, PW_ENOMEM, NULL, 0, NULL, "no memory left");
  if (rtl_path(path, build->diag, "%s/log", build->directory)) return -PW_EIO;
  int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (log < 0) return refuse_errno(build, path);
  int status = process_run((const char *const *)list->text, build->directory, log);
  close(log);
  if (!status) return 0;
  if (status == -ENOENT)
    return pw_refuse(build->diag, PW_EIO, NULL, 0, NULL, "%s not found: install the Debian package %s", list->text[0],
                     strcmp(list->text[0], "verilator") ? "g++, or set CXX" : "verilator");
  if (status < 0)
    return pw_refuse(build->diag, PW_EIO, NULL, 0, NULL, "%s does not start: %s", list->text[0], strerror(-status));
  return refuse_with_log(build, path, list->text[0], status);
}

static int verilate(const struct build *build) {
  struct arguments list = {0};
  verilator_arguments(&list, build->recipe);
  int error = run_tool(build, &list);
  free_arguments(&list);
  return error;
}

static int compile(const struct build *build) {
  struct arguments list = {0};
  compiler_arguments(&list, build);
  int error = run_tool(build, &list);
  free_arguments(&list);
  return error;
}

/* ---- files that are written
 * ----------------------------------------------------------------------------------------*/

static FILE *create(const struct build *build, const char *name) {
  char path[RTL_PATH];
  if (rtl_path(path, build->diag, "%s/%s", build->directory, name)) return NULL;
  FILE *file = fopen(path, "w");
  if (!file) refuse_errno(build, path);
  return file;
}

static int finish(const struct build *build, FILE *file) {
  bool failed = ferror(file);
  failed |= fclose(file) != 0;
  return failed ? refuse_errno(build, build->directory) : 0;
}

/* The text of the parameters as C string literals. */
static int write_parameters(const struct build *build) {
  FILE *file = create(build, "rtl_parameters.inc");
  if (!file) return -PW_EIO;
  fprintf(file, "\"\"\n");
  for (const char *line = build->recipe->geometry->parameters; *line; line = strchr(line, '\n') + 1)
    fprintf(file, "\"%.*s\\n\"\n", (int)strcspn(line, "\n"), line);
  return finish(build, file);
}

static int is_generated(const struct dirent *entry) {
  size_t length = strlen(entry->d_name);
  return !strncmp(entry->d_name, "Vmmu", 4) && length > 4 && !strcmp(entry->d_name + length - 4, ".cpp");
}

/* The list of generated files, for the shim to include. */
static int write_generated(const struct build *build) {
  struct dirent **entries = NULL;
  int count = scandir(build->directory, &entries, is_generated, alphasort);
  FILE *file = create(build, "rtl_generated.inc");
  for (int i = 0; i < count; i++) {
    if (file) fprintf(file, "#include \"%s\"\n", entries[i]->d_name);
    free(entries[i]);
  }
  free(entries);
  return file ? finish(build, file) : -PW_EIO;
}

/* ---- the build
 * -----------------------------------------------------------------------------------------------------*/

static int find_verilator_root(struct build *build) {
  const char *const arguments[] = {"verilator", "--getenv", "VERILATOR_ROOT", NULL};
  int status = process_first_line(arguments, build->verilator_root, sizeof build->verilator_root);
  if (!status && build->verilator_root[0]) return 0;
  return pw_refuse(build->diag, PW_EIO, NULL, 0, NULL, "verilator --getenv VERILATOR_ROOT says nothing");
}

/* `path` and what it lies in. */
static int make_directories(const struct build *build, const char *path) {
  char part[RTL_PATH];
  for (size_t i = 1; i <= strlen(path); i++) {
    if (path[i] && path[i] != '/') continue;
    snprintf(part, sizeof part, "%.*s", (int)i, path);
    if (mkdir(part, 0777) && errno != EEXIST) return refuse_errno(build, part);
  }
  return 0;
}

/* The tools write no directories. */
static void remove_directory(const char *path) {
  DIR *directory = opendir(path);
  if (!directory) return;
  for (struct dirent *entry; (entry = readdir(directory));) unlinkat(dirfd(directory), entry->d_name, 0);
  closedir(directory);
  rmdir(path);
}

static int build_in_directory(struct build *build, const char *path) {
  char made[RTL_PATH];
  int error = rtl_path(made, build->diag, "%s/rtl.so", build->directory);
  if (!error) error = find_verilator_root(build);
  if (!error) error = write_parameters(build);
  if (!error && build->recipe->geometry->mutants)
    error = rtl_write_mutants(build->recipe, build->directory, build->diag);
  if (!error) error = verilate(build);
  if (!error) error = write_generated(build);
  if (!error) error = compile(build);
  if (!error && rename(made, path)) error = refuse_errno(build, path);
  return error;
}

int rtl_compile(const struct rtl_recipe *recipe, const char *path, struct pw_diag *diag) {
  struct build build = {.recipe = recipe, .diag = diag};
  int error = make_directories(&build, recipe->cache);
  if (!error) error = rtl_path(build.directory, diag, "%s/build-XXXXXX", recipe->cache);
  if (error) return error;
  if (!mkdtemp(build.directory)) return refuse_errno(&build, recipe->cache);
  error = build_in_directory(&build, path);
  remove_directory(build.directory);
  return error;
}
