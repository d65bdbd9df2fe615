/*
 * speed_run.c: how fast a bench is. The same episodes are played with and without the checker in turn, so that what
 * else goes on in the host meets both alike. Time is that of the processor, of this process.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "generate.h"
#include "player.h"
#include "report.h"
#include "session.h"

#define REPETITIONS 5

/* In units per second. */
struct speed {
  double requests;
  double clocks;
};

struct speed_run {
  struct session *session;
  struct stimulus stimulus;
  uint64_t requests;
  uint64_t checked;
  struct speed with, without; /* the best of the repetitions */
  double ratios[REPETITIONS]; /* of the two of each */
};

static int add_episode(struct speed_run *run, struct generator *generator, uint64_t left) {
  struct stimulus *stimulus = &run->stimulus;
  struct episode *grown = realloc(stimulus->episodes, (stimulus->count + 1) * sizeof *grown);
  if (!grown) return -PW_ENOMEM;
  stimulus->episodes = grown;
  grown[stimulus->count] = (struct episode){0};
  int status = generator_make(generator, stimulus->count, left, &grown[stimulus->count]);
  run->requests += episode_requests(&grown[stimulus->count++]);
  return status;
}

static int make_stimulus(struct speed_run *run) {
  const struct cosim_options *options = &run->session->options;
  struct generate_options how = {.config = &run->session->config,
                                 .seed = options->seed,
                                 .in_flight = (uint32_t)options->in_flight,
                                 .traffic = options->traffic < 0 ? TRAFFIC_HIT : options->traffic};
  struct generator *generator;
  int status = generator_create(&how, &generator);
  while (!status && run->requests < options->requests) {
    status = add_episode(run, generator, options->requests - run->requests);
  }
  generator_destroy(generator);
  return status;
}

static void keep_best(struct speed *best, const struct speed *speed) {
  if (speed->requests > best->requests) *best = *speed;
}

static double processor_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* False when something was wrong, and it is printed. */
static bool play(struct speed_run *run, struct bench *bench, struct speed *speed) {
  struct player player;
  bool good = !player_init(&player, bench, &run->session->config);
  double begin = processor_seconds();
  for (size_t i = 0; i < run->stimulus.count && good; i++) good = player_play(&player, &run->stimulus.episodes[i]);
  double seconds = processor_seconds() - begin;
  if (!good) printf("\n%s\n\nthe same requests without --speed tell more\n", bench_explain(bench));
  *speed = (struct speed){(double)bench->responses / seconds, (double)bench->cycle / seconds};
  player_free(&player);
  return good;
}

static int play_once(struct speed_run *run, bool check, struct speed *speed, bool *good) {
  struct bench_options options = {.api = run->session->device.api,
                                  .config = &run->session->config,
                                  .check = check,
                                  .mode = run->session->options.mode};
  struct bench *bench;
  int status = bench_create(&options, &bench);
  if (status) return print_status("bench", status);
  *good = play(run, bench, speed);
  if (check) run->checked = pw_checker_stats(bench->checker)->checked;
  bench_destroy(bench);
  return EXIT_GOOD;
}

static void print_speed(const char *name, const struct speed *speed) {
  printf("%-16s %8.3f M translations/s   %8.3f M clocks/s\n", name, speed->requests * 1e-6, speed->clocks * 1e-6);
}

static int repeat(struct speed_run *run, unsigned repetition, bool *good) {
  struct speed with, without;
  int code = play_once(run, true, &with, good);
  if (code == EXIT_GOOD && *good) code = play_once(run, false, &without, good);
  if (code != EXIT_GOOD || !*good) return code;
  keep_best(&run->with, &with);
  keep_best(&run->without, &without);
  run->ratios[repetition] = without.requests > 0 ? with.requests / without.requests : 0;
  return EXIT_GOOD;
}

static int compare(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

static double median(double *values, size_t count) {
  qsort(values, count, sizeof *values, compare);
  return values[count / 2];
}

static int measure(struct speed_run *run) {
  bool good = true;
  int code = EXIT_GOOD;
  for (unsigned i = 0; i < REPETITIONS && code == EXIT_GOOD && good; i++) code = repeat(run, i, &good);
  if (code != EXIT_GOOD) return code;
  print_speed("checked", &run->with);
  print_speed("not checked", &run->without);
  if (good) printf("ratio            %8.3f\n", median(run->ratios, REPETITIONS));
  return print_verdict(run->checked, "requests", !good);
}

int task_speed(struct session *session) {
  const struct cosim_options *options = &session->options;
  struct speed_run run = {.session = session};
  char what[96];
  snprintf(what, sizeof what, "speed, best of %d   seed %" PRIu64 "   requests %" PRIu64 "   traffic %s", REPETITIONS,
           options->seed, options->requests,
           traffic_name(options->traffic < 0 ? TRAFFIC_HIT : (unsigned)options->traffic));
  report_heading(session, what);
  int status = make_stimulus(&run);
  int code = status ? print_status("speed", status) : measure(&run);
  stimulus_free(&run.stimulus);
  return code;
}
