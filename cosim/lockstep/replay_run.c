/* replay_run.c: the events of a log, checked again without a device. */
#include "report.h"
#include "session.h"

#define HANG_CHECK_CYCLES 1024

struct replay_run {
  struct pw_event_log_reader *reader;
  struct pw_strict *strict;
  uint64_t cycle;
  uint64_t next_hang_check;
  bool failed;
};

static void take(struct replay_run *run, const struct pw_event *event) {
  run->cycle = event->cycle;
  run->failed = pw_strict_take(run->strict, event) != PW_VERDICT_MATCH;
  if (run->failed || run->cycle < run->next_hang_check) return;
  run->failed = pw_strict_check_hang(run->strict, run->cycle) != PW_VERDICT_MATCH;
  run->next_hang_check = run->cycle + HANG_CHECK_CYCLES;
}

/* What is unfinished at the end of the log hangs: runs that go well end with a device that is idle. */
static int take_all(struct replay_run *run) {
  struct pw_event event;
  struct pw_diag diag;
  bool more = true;
  while (!run->failed) {
    if (pw_event_log_read(run->reader, &event, &more, &diag)) return print_diag(&diag);
    if (!more) break;
    take(run, &event);
  }
  if (!run->failed) run->failed = pw_strict_finish(run->strict) != PW_VERDICT_MATCH;
  return EXIT_GOOD;
}

static int check(struct session *session, struct replay_run *run) {
  int code = take_all(run);
  if (code != EXIT_GOOD) return code;
  const struct pw_strict_stats *counts = pw_strict_counts(run->strict);
  report_counts(counts, run->cycle);
  if (run->failed) {
    printf("\n%s:%llu: %s\n\n", session->options.replay, (unsigned long long)pw_event_log_line(run->reader),
           pw_strict_explain(run->strict));
  }
  return print_verdict(counts->checked, "requests", run->failed);
}

int task_replay(struct session *session) {
  static struct pw_event_log_header header;
  struct replay_run run = {0};
  struct pw_diag diag;
  if (pw_event_log_open(session->options.replay, &header, &run.reader, &diag)) return print_diag(&diag);
  session->config = header.config;
  report_heading(session, session->options.replay);
  int status = pw_strict_create(&header.config, header.strict, &run.strict);
  int code = status ? print_status(session->options.replay, status) : check(session, &run);
  pw_strict_destroy(run.strict);
  pw_event_log_close(run.reader);
  return code;
}
