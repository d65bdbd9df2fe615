/* session.c: devices, benches and logs as the options want them. */
#include "session.h"

#include <inttypes.h>

const struct mutant_edits *session_edits(const struct session *session) {
  return session->mutants.mutants ? &session->mutants.edits : NULL;
}

int session_open_device(struct session *session) {
  const struct cosim_options *options = &session->options;
  unsigned variant = (options->waves ? (unsigned)RTL_WITH_WAVES : 0) | (options->checked_rtl ? RTL_WITH_CHECKS : 0);
  struct pw_diag diag;
  int status = device_open(&session->config, options->device, variant, session_edits(session), &session->device, &diag);
  return status ? print_diag(&diag) : EXIT_GOOD;
}

static void write_log(void *context, const struct pw_event *event) {
  struct session *session = context;
  struct pw_diag diag;
  if (session->log_status) return;
  session->log_status = pw_event_log_write(session->log, event, &diag);
  if (session->log_status) print_diag(&diag);
}

int session_make_bench(struct session *session, struct bench **bench) {
  struct bench_options options = {.api = session->device.api,
                                  .config = &session->config,
                                  .check = !session->options.no_check,
                                  .mode = session->options.mode,
                                  .waves = session->options.waves,
                                  .mutant = session->mutant,
                                  .coverage = session->coverage};
  if (options.mutant > options.api->mutants) {
    fprintf(stderr, "--mutant %" PRIu32 ": the device has %" PRIu32 "\n", options.mutant, options.api->mutants);
    return EXIT_USAGE;
  }
  if (session->log) options.log = (struct event_sink){session, write_log};
  int status = bench_create(&options, bench);
  return status ? print_status(status == -PW_EIO ? "waves" : "bench", status) : EXIT_GOOD;
}

int print_verdict(uint64_t checked, const char *what, uint64_t mismatches) {
  if (!checked && !mismatches) fputs("pagewalk-cosim: nothing was checked\n", stderr);
  printf("checked %" PRIu64 " %s, %" PRIu64 " mismatches\n", checked, what, mismatches);
  return mismatches || !checked ? EXIT_FOUND : EXIT_GOOD;
}
