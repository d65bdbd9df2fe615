/* random_run.c: random episodes, and those of a file, until there are enough requests or something is wrong. */
#include <inttypes.h>
#include <string.h>

#include "cover.h"
#include "failure.h"
#include "generate.h"
#include "player.h"
#include "progress.h"
#include "report.h"
#include "session.h"

/* Episodes under way. */
struct run {
  struct session *session;
  struct bench *bench;
  struct player player;
  struct episode episode;
  struct progress progress;
  uint64_t requests; /* played */
};

static int start(struct run *run, struct session *session) {
  *run = (struct run){.session = session};
  int code = session_make_bench(session, &run->bench);
  if (code != EXIT_GOOD) return code;
  int status = player_init(&run->player, run->bench, &session->config);
  progress_start(&run->progress);
  return status ? print_status("bench", status) : EXIT_GOOD;
}

static void end(struct run *run) {
  if (run->bench) player_free(&run->player);
  bench_destroy(run->bench);
  episode_free(&run->episode);
}

/* Report, failure, and last line. */
static int finish(struct run *run, double seconds, uint64_t index, struct episode_source source) {
  progress_end(&run->progress);
  struct bench *bench = run->bench;
  struct pw_check_stats counts = {0};
  if (bench->checker) counts = *pw_checker_stats(bench->checker);
  report_counts(&counts, run->session->options.mode, bench->cycle);
  report_rate(run->requests, bench->cycle, seconds);
  if (bench->failed) {
    failure_report(run->session, &(struct failure){bench, source, index, run->player.next});
  }
  int code = bench->failed ? EXIT_GOOD : cover_close(run->session); /* what failed can be repeated with the old file */
  int verdict = print_verdict(counts.checked, "requests", bench->failed);
  return code == EXIT_GOOD ? verdict : code;
}

/* ---- random ---- */

struct random_source {
  struct generator *generator;
  uint64_t requests; /* of the whole run */
};

static bool make_random(void *context, uint64_t index, struct episode *episode) {
  struct random_source *source = context;
  return !generator_make(source->generator, index, UINT64_MAX, episode);
}

static int play_random(struct run *run, struct generator *generator) {
  const struct cosim_options *options = &run->session->options;
  double begin = seconds_now();
  uint64_t index = 0;
  for (;; index++) {
    int status = generator_make(generator, index, options->requests - run->requests, &run->episode);
    if (status) return print_status("generator", status);
    run->requests += episode_requests(&run->episode);
    if (!player_play(&run->player, &run->episode) || run->requests >= options->requests) break;
    progress_show(&run->progress, run->requests, (double)run->requests / (double)options->requests);
  }
  struct random_source source = {generator, options->requests};
  return finish(run, seconds_now() - begin, index, (struct episode_source){&source, make_random});
}

int task_random(struct session *session) {
  const struct cosim_options *options = &session->options;
  struct generate_options how = {.config = &session->config,
                                 .seed = options->seed,
                                 .in_flight = (uint32_t)options->in_flight,
                                 .traffic = options->traffic,
                                 .coverage = options->no_steer ? NULL : session->coverage};
  struct generator *generator;
  struct run run;
  char what[96];
  snprintf(what, sizeof what, "seed %" PRIu64 "   requests %" PRIu64, options->seed, options->requests);
  report_heading(session, what);
  int status = generator_create(&how, &generator);
  if (status) return print_status("generator", status);
  int code = start(&run, session);
  if (code == EXIT_GOOD) code = play_random(&run, generator);
  end(&run);
  generator_destroy(generator);
  return code;
}

/* ---- from a file ---- */

static bool make_read(void *context, uint64_t index, struct episode *episode) {
  const struct stimulus *stimulus = context;
  const struct episode *from = &stimulus->episodes[index];
  episode->profile = from->profile;
  episode->count = 0;
  for (size_t i = 0; i < from->count; i++) {
    if (!episode_add(episode, from->operations[i])) return false;
  }
  return true;
}

static int play_read(struct run *run, struct stimulus *stimulus) {
  double begin = seconds_now();
  uint64_t index = 0;
  for (; index < stimulus->count; index++) {
    run->requests += episode_requests(&stimulus->episodes[index]);
    if (!player_play(&run->player, &stimulus->episodes[index])) break;
  }
  return finish(run, seconds_now() - begin, index, (struct episode_source){stimulus, make_read});
}

int task_stimulus(struct session *session) {
  struct stimulus stimulus;
  struct pw_diag diag;
  struct run run;
  if (stimulus_read(session->options.stimulus, &stimulus, &diag)) return print_diag(&diag);
  report_heading(session, session->options.stimulus);
  int code = start(&run, session);
  if (code == EXIT_GOOD) code = play_read(&run, &stimulus);
  end(&run);
  stimulus_free(&stimulus);
  return code;
}
