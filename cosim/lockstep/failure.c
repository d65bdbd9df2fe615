/* failure.c: a failing run, told so that it can be understood and repeated. */
#include "failure.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"
#include "player.h"
#include "shrink.h"

#define MOST_TRIALS 4000
#define MOST_HANG_TRIALS 200 /* each lasts until the bound of a hang */
#define MOST_EPISODES 64     /* before the failing one that are taken in when it does not fail alone */

/* ---- playing again ---- */

#define SIGNATURE_BYTES 128

struct replay {
  struct session *session;
  const struct rtl_api *api;
  const char *waves;
  struct event_sink log;
  char *explanation;               /* PW_CHECK_TEXT_BYTES, or NULL */
  char signature[SIGNATURE_BYTES]; /* of the failure that is to be kept; "" for any */
};

/* Behind the next ": ", or the same place when there is none on this line. */
static const char *behind_colon(const char *text) {
  const char *colon = strstr(text, ": ");
  return colon && colon < text + strcspn(text, "\n") ? colon + 2 : text;
}

/* What kind of failure an explanation is: the words of its first line, without the cycle, the request and numbers. */
static void sign(const char *explanation, char *signature) {
  size_t length = 0;
  const char *at = behind_colon(explanation);
  if (*at == '#') at = behind_colon(at);
  for (const char *end = at + strcspn(at, "\n"); at < end;) {
    size_t word = strcspn(at, " \n");
    bool numeric = strcspn(at, "0123456789") < word;
    if (!numeric && length + word + 1 < SIGNATURE_BYTES) {
      memcpy(signature + length, at, word);
      length += word;
    }
    at += word + 1;
  }
  signature[length] = '\0';
}

static bool play_all(const struct replay *replay, struct bench *bench, const struct stimulus *stimulus) {
  struct player player;
  bool good = !player_init(&player, bench, &replay->session->config);
  for (size_t i = 0; i < stimulus->count && good; i++) good = player_play(&player, &stimulus->episodes[i]);
  player_free(&player);
  return good;
}

static bool fails(void *context, const struct stimulus *stimulus) {
  const struct replay *replay = context;
  struct bench_options options = {.api = replay->api,
                                  .config = &replay->session->config,
                                  .check = true,
                                  .mode = replay->session->options.mode,
                                  .log = replay->log,
                                  .waves = replay->waves,
                                  .mutant = replay->session->mutant};
  struct bench *bench;
  if (bench_create(&options, &bench)) return false;
  bool failed = !play_all(replay, bench, stimulus);
  if (failed) {
    char signature[SIGNATURE_BYTES];
    sign(bench_explain(bench), signature);
    if (replay->explanation) snprintf(replay->explanation, PW_CHECK_TEXT_BYTES, "%s", bench_explain(bench));
    failed = !replay->signature[0] || strcmp(signature, replay->signature) == 0;
  }
  bench_destroy(bench);
  return failed;
}

/* ---- what to shrink ---- */

static bool append_episode(struct stimulus *stimulus, const struct episode_source *source, uint64_t index) {
  struct episode *grown = realloc(stimulus->episodes, (stimulus->count + 1) * sizeof *grown);
  if (!grown) return false;
  stimulus->episodes = grown;
  grown[stimulus->count] = (struct episode){0};
  return source->make(source->context, index, &grown[stimulus->count++]);
}

/* The failing episode, up to where it failed, after `before` others. */
static bool collect(const struct failure *failure, uint64_t before, struct stimulus *stimulus) {
  stimulus_free(stimulus);
  for (uint64_t i = failure->episode - before; i <= failure->episode; i++) {
    if (!append_episode(stimulus, &failure->source, i)) return false;
  }
  struct episode *last = &stimulus->episodes[stimulus->count - 1];
  if (failure->operations < last->count) last->count = failure->operations;
  return true;
}

/* Alone if it fails alone, else after ever more of the episodes before it. */
static bool find_failing(const struct failure *failure, struct replay *replay, struct stimulus *stimulus) {
  for (uint64_t before = 0;; before = before ? 2 * before : 1) {
    if (before > failure->episode) before = failure->episode;
    if (!collect(failure, before, stimulus)) return false;
    if (fails(replay, stimulus)) return true;
    if (before == failure->episode || before > MOST_EPISODES) return false;
  }
}

/* ---- files ---- */

static void file_name(const struct session *session, const char *ending, char *path, size_t size_bytes) {
  snprintf(path, size_bytes, "%s/pagewalk-cosim-%s-%" PRIu64 ".%s", session->options.folder, session->config.name,
           session->options.seed, ending);
}

static void print_machine(const struct session *session, FILE *stream) {
  const struct config_options *config = &session->options.config;
  fprintf(stream, "pagewalk-cosim -c %s", config->path);
  for (size_t i = 0; i < config->override_count; i++) fprintf(stream, " --set %s", config->overrides[i]);
  if (session->options.device) fprintf(stream, " --device %s", session->options.device);
  if (session->options.mutant) fprintf(stream, " --mutant %s", session->options.mutant);
  if (session->options.mode != PW_CHECK_STRICT || session->options.mutant)
    fprintf(stream, " --mode %s", pw_check_mode_name(session->options.mode));
}

static void save(const struct session *session, const struct stimulus *stimulus) {
  char path[4096];
  file_name(session, "stimulus", path, sizeof path);
  FILE *stream = fopen(path, "w");
  if (!stream) {
    fprintf(stderr, "%s: cannot be written: %s\n", path, strerror(errno));
    return;
  }
  stimulus_write_header(stream);
  for (size_t i = 0; i < stimulus->count; i++) stimulus_write_episode(stream, &stimulus->episodes[i]);
  bool failed = ferror(stream);
  if (fclose(stream) || failed) {
    fprintf(stderr, "%s: cannot be written completely\n", path);
    return;
  }
  printf("replay it    ");
  print_machine(session, stdout);
  printf(" --stimulus %s\n", path);
}

static void write_event(void *context, const struct pw_event *event) {
  struct pw_diag diag;
  pw_event_log_write(context, event, &diag);
}

/* The events of what was shrunk. It is played for its explanation too, so also when there can be no file. */
static void save_events(struct replay *replay, const struct stimulus *stimulus) {
  struct pw_event_log_header header = {.check = bench_check_options(replay->session->options.mode, true),
                                       .seed = replay->session->options.seed,
                                       .config = replay->session->config};
  struct pw_event_log_writer *writer;
  struct pw_diag diag;
  char path[4096];
  file_name(replay->session, "events", path, sizeof path);
  int status = pw_event_log_create(path, &header, &writer, &diag);
  if (!status) replay->log = (struct event_sink){writer, write_event};
  fails(replay, stimulus);
  replay->log = (struct event_sink){0};
  if (!status) status = pw_event_log_finish(writer, &diag);
  if (status) {
    print_diag(&diag);
  } else {
    printf("events       %s\n", path);
  }
}

static void save_waves(struct replay *replay, const struct stimulus *stimulus) {
  struct session *session = replay->session;
  struct device device = {0};
  struct pw_diag diag;
  char path[4096];
  if (session->options.no_waves || session->options.waves) return;
  file_name(session, "fst", path, sizeof path);
  if (session->options.device) return; /* whatever it is, it was not built here */
  if (device_open(&session->config, NULL, RTL_WITH_WAVES, session_edits(session), &device, &diag)) {
    print_diag(&diag);
    return;
  }
  struct replay with_waves = {.session = session, .api = device.api, .waves = path};
  if (fails(&with_waves, stimulus)) {
    printf("waves        %s\n", path);
  } else {
    fprintf(stderr, "%s: the waves cannot be written, or what failed does not fail with them\n", path);
  }
  device_close(&device);
}

/* ---- the report ---- */

static void report_shrunk(struct replay *replay, struct stimulus *stimulus, bool hangs) {
  char explanation[PW_CHECK_TEXT_BYTES];
  uint64_t operations = 0, requests = 0, left = 0, requests_left = 0;
  for (size_t i = 0; i < stimulus->count; i++) {
    operations += stimulus->episodes[i].count;
    requests += episode_requests(&stimulus->episodes[i]);
  }
  struct trial trial = {replay, fails};
  uint64_t trials = 0;
  explanation[0] = '\0';
  if (!replay->session->options.no_shrink) trials = shrink(stimulus, &trial, hangs ? MOST_HANG_TRIALS : MOST_TRIALS);
  for (size_t i = 0; i < stimulus->count; i++) {
    left += stimulus->episodes[i].count;
    requests_left += episode_requests(&stimulus->episodes[i]);
  }
  printf("shrunk       from %" PRIu64 " operations (%" PRIu64 " requests) to %" PRIu64 " (%" PRIu64 "), %" PRIu64
         " trials\n",
         operations, requests, left, requests_left, trials);
  replay->explanation = explanation;
  save_events(replay, stimulus);
  replay->explanation = NULL;
  save(replay->session, stimulus);
  save_waves(replay, stimulus);
  printf("\nWhat was shrunk fails so:\n%s\n", explanation);
}

static void print_command(const struct session *session) {
  const struct cosim_options *options = &session->options;
  printf("seed         %" PRIu64 "\nrepeat it    ", options->seed);
  print_machine(session, stdout);
  if (options->stimulus) {
    printf(" --stimulus %s\n", options->stimulus);
    return;
  }
  printf(" --seed %" PRIu64 " --requests %" PRIu64, options->seed, options->requests);
  if (options->in_flight) printf(" --in-flight %" PRIu64, options->in_flight);
  if (options->traffic >= 0) printf(" --traffic %s", traffic_name((unsigned)options->traffic));
  if (options->coverage) printf(" --coverage %s%s", options->coverage, options->no_steer ? " --no-steer" : "");
  putchar('\n');
}

void failure_report(struct session *session, const struct failure *failure) {
  struct replay replay = {.session = session, .api = session->device.api};
  sign(bench_explain(failure->bench), replay.signature);
  struct stimulus stimulus = {0};
  bool hangs = failure->bench->verdict == PW_VERDICT_HANG;
  printf("\n%s\n\n", bench_explain(failure->bench));
  print_command(session);
  fflush(stdout);
  if (session->options.no_check) return;
  if (find_failing(failure, &replay, &stimulus)) {
    report_shrunk(&replay, &stimulus, hangs);
  } else {
    puts("It does not fail again from a reset: the command above repeats it.");
  }
  stimulus_free(&stimulus);
}
