/* main.c: pagewalk-cosim: a Verilated MMU in lockstep with the golden model. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cover.h"

static int (*const tasks[])(struct session *session) = {
    [TASK_RANDOM] = task_random,   [TASK_TRACE] = task_trace,       [TASK_VECTORS] = task_vectors,
    [TASK_REPLAY] = task_replay,   [TASK_STIMULUS] = task_stimulus, [TASK_SPEED] = task_speed,
    [TASK_MUTANTS] = task_mutants, [TASK_COVERAGE] = task_coverage,
};

/* The program's own references are no events. Of delays that a bench makes its resets tell. */
static bool log_is_timed(const struct cosim_options *options) {
  return options->task != TASK_TRACE || options->tlb_only;
}

/* Where the files about a failure go must be known to work before hours of a run. */
static int check_folder(const struct cosim_options *options) {
  bool is_default = strcmp(options->folder, ".") == 0;
  bool plays = options->task == TASK_RANDOM || options->task == TASK_STIMULUS;
  struct stat status;
  if (is_default && !plays) return EXIT_GOOD;
  errno = 0;
  if (!stat(options->folder, &status) && !S_ISDIR(status.st_mode)) errno = ENOTDIR;
  if (!errno && !access(options->folder, W_OK | X_OK)) return EXIT_GOOD;
  fprintf(stderr, "--failure-folder %s: must be a folder that exists and can be written: %s\n", options->folder,
          strerror(errno));
  return EXIT_USAGE;
}

static int open_log(struct session *session) {
  struct pw_event_log_header header = {
      .check = bench_check_options(session->options.mode, log_is_timed(&session->options)),
      .seed = session->options.seed,
      .config = session->config};
  struct pw_diag diag;
  if (!session->options.log) return EXIT_GOOD;
  return pw_event_log_create(session->options.log, &header, &session->log, &diag) ? print_diag(&diag) : EXIT_GOOD;
}

static int close_log(struct session *session) {
  struct pw_diag diag;
  return pw_event_log_finish(session->log, &diag) ? print_diag(&diag) : EXIT_GOOD;
}

static int run(struct session *session) {
  enum cosim_task task = session->options.task;
  if (task == TASK_REPLAY || task == TASK_COVERAGE) return tasks[task](session); /* neither configuration nor device */
  if (check_folder(&session->options)) return EXIT_USAGE;
  if (load_config(&session->options.config, &session->config)) return EXIT_USAGE;
  if (check_output(session->options.log) || check_output(session->options.waves)) return EXIT_USAGE;
  if (session_choose_mutant(session)) return EXIT_USAGE;
  if (task != TASK_VECTORS && session_open_device(session)) return EXIT_USAGE;
  if (cover_open(session)) return EXIT_USAGE;
  int code = open_log(session);
  if (code == EXIT_GOOD) code = tasks[task](session);
  int log_code = close_log(session);
  return log_code == EXIT_GOOD && !session->log_status ? code : EXIT_USAGE;
}

int main(int argc, char **argv) {
  static struct session session; /* of half a megabyte */
  parse_options(argc, argv, &session.options);
  int code = run(&session);
  device_close(&session.device);
  session_forget_mutants(&session);
  pw_coverage_destroy(session.coverage);
  if (!fflush(stdout) && !ferror(stdout)) return code;
  fputs("pagewalk-cosim: standard output cannot be written completely\n", stderr);
  return EXIT_USAGE;
}
