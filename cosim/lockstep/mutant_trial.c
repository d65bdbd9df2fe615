/* mutant_trial.c: runs of random requests on a device that may be broken, each in a process of its own. */
#include "mutant_trial.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "generate.h"
#include "player.h"
#include "progress.h"

/* Processor time of a trial: many times what a device needs that is only slow. */
#define LEAST_SECONDS 600
#define REQUESTS_PER_SECOND 1000

/* ---- one trial, in this process ---- */

/* A device at work. */
struct runner {
  const struct session *session;
  const struct trial *trial;
  struct bench *bench;
  struct player player;
};

static int runner_start(struct runner *runner) {
  struct bench_options options = {.api = runner->session->device.api,
                                  .config = &runner->session->config,
                                  .check = true,
                                  .mode = runner->trial->mode,
                                  .mutant = runner->trial->mutant};
  int status = bench_create(&options, &runner->bench);
  return status ? status : player_init(&runner->player, runner->bench, &runner->session->config);
}

static void runner_end(struct runner *runner) {
  if (runner->bench) player_free(&runner->player);
  bench_destroy(runner->bench);
  runner->bench = NULL;
}

/* Adds what the bench has counted, which it starts anew with. */
static void add_counts(const struct runner *runner, struct trial_result *result) {
  const struct pw_check_stats *counts = pw_checker_stats(runner->bench->checker);
  result->requests += counts->requests;
  result->stale += counts->verdicts[PW_VERDICT_LEGAL_STALE];
  result->spurious += counts->verdicts[PW_VERDICT_LEGAL_SPURIOUS_FAULT];
}

/* False when this is not the verdict that the trial waits for. */
static bool take_failure(const struct runner *runner, struct trial_result *result) {
  const struct bench *bench = runner->bench;
  bool ends = !runner->trial->awaited || bench->verdict == runner->trial->awaited;
  const char *text = bench_explain(bench);
  if (result->end == TRIAL_FAILED && !ends) return false;
  if (result->end != TRIAL_FAILED) result->first = bench->verdict;
  result->end = TRIAL_FAILED;
  result->verdict = bench->verdict;
  snprintf(result->text, sizeof result->text, "%.*s", (int)strcspn(text, "\n"), text);
  return ends;
}

/* Returns 0 or a negated pw_status. */
static int play(struct runner *runner, struct generator *generator, struct trial_result *result) {
  struct episode episode = {0};
  uint64_t wanted = runner->session->options.requests, requests = 0;
  int status = 0;
  bool ended = false;
  for (uint64_t index = 0; !status && !ended && requests < wanted; index++) {
    status = generator_make(generator, index, wanted - requests, &episode);
    if (!status && !runner->bench) status = runner_start(runner);
    if (status) break;
    requests += episode_requests(&episode);
    if (player_play(&runner->player, &episode)) continue;
    add_counts(runner, result);
    ended = take_failure(runner, result);
    runner_end(runner);
  }
  if (runner->bench) add_counts(runner, result);
  episode_free(&episode);
  return status;
}

static struct trial_result make_trial(const struct session *session, const struct trial *trial) {
  struct trial_result result = {.end = TRIAL_LIVED};
  struct runner runner = {.session = session, .trial = trial};
  struct generate_options how = {.config = &session->config,
                                 .seed = session->options.seed,
                                 .in_flight = (uint32_t)session->options.in_flight,
                                 .traffic = trial->traffic};
  struct generator *generator = NULL;
  int status = generator_create(&how, &generator);
  if (!status) status = play(&runner, generator, &result);
  runner_end(&runner);
  generator_destroy(generator);
  return status ? (struct trial_result){.end = TRIAL_NOT_RUN} : result;
}

/* ---- processes ---- */

/* A trial under way. */
struct child {
  pid_t process; /* 0: none */
  int result;    /* where it writes its result, in one piece */
  struct trial *trial;
};

/* The process ends with the program that waits for it. */
static void limit(const struct session *session) {
  rlim_t seconds = LEAST_SECONDS + session->options.requests / REQUESTS_PER_SECOND;
  setrlimit(RLIMIT_CPU, &(struct rlimit){seconds, seconds});
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void start(const struct session *session, struct trial *trial, struct child *child) {
  int ends[2];
  *child = (struct child){.trial = trial};
  if (pipe(ends)) return;
  fflush(NULL); /* or the child would write it again */
  pid_t process = fork();
  if (process == 0) {
    limit(session);
    struct trial_result result = make_trial(session, trial);
    ssize_t written = write(ends[1], &result, sizeof result);
    _exit(written == (ssize_t)sizeof result ? 0 : 1);
  }
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
  } else {
    child->process = process;
    child->result = ends[0];
  }
}

static void finish(struct child *child, int state) {
  struct trial_result *result = &child->trial->result;
  ssize_t size = read(child->result, result, sizeof *result);
  close(child->result);
  if (size != (ssize_t)sizeof *result) {
    *result = (struct trial_result){.end = TRIAL_CRASHED, .signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0};
    snprintf(result->text, sizeof result->text, "the process ended by %s",
             result->signal ? strsignal(result->signal) : "itself");
  }
  child->process = 0;
}

/* Waits until a trial has ended; NULL when none is under way. */
static struct child *wait_for_one(struct child *children, size_t count) {
  int state;
  for (;;) {
    pid_t process = wait(&state);
    if (process < 0 && errno == EINTR) continue;
    if (process < 0) return NULL;
    for (size_t i = 0; i < count; i++) {
      if (children[i].process != process) continue;
      finish(&children[i], state);
      return &children[i];
    }
  }
}

static size_t job_count(const struct session *session, size_t most) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  uint64_t jobs = session->options.jobs ? session->options.jobs : processors > 0 ? (uint64_t)processors : 1;
  return jobs < most ? (size_t)jobs : most;
}

void trials_run(const struct session *session, struct trial *trials, size_t count) {
  size_t jobs = job_count(session, count), next = 0, done = 0;
  struct child *children = calloc(jobs ? jobs : 1, sizeof *children);
  struct progress progress;
  uint64_t requests = 0;
  progress_start(&progress);
  for (; children && next < jobs; next++) start(session, &trials[next], &children[next]);
  for (struct child *child; children && (child = wait_for_one(children, jobs));) {
    requests += child->trial->result.requests;
    progress_show(&progress, requests, (double)++done / (double)count);
    if (next < count) start(session, &trials[next++], child);
  }
  progress_end(&progress);
  free(children);
}
