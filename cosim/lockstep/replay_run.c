/* replay_run.c: the events of a log, checked again without a device. */
#include "report.h"
#include "session.h"

#define HANG_CHECK_CYCLES 1024

struct replay_run {
  struct pw_event_log_reader *reader;
  struct pw_checker *checker;
  uint64_t cycle;
  uint64_t next_hang_check;
  bool failed;
};

static void take(struct replay_run *run, const struct pw_event *event) {
  run->cycle = event->cycle;
  run->failed = !pw_verdict_is_legal(pw_checker_take(run->checker, event));
  if (run->failed || run->cycle < run->next_hang_check) return;
  run->failed = pw_checker_check_hang(run->checker, run->cycle) != PW_VERDICT_MATCH;
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
  if (!run->failed) run->failed = pw_checker_finish(run->checker) != PW_VERDICT_MATCH;
  return EXIT_GOOD;
}

static int check(struct session *session, struct replay_run *run) {
  int code = take_all(run);
  if (code != EXIT_GOOD) return code;
  const struct pw_check_stats *counts = pw_checker_stats(run->checker);
  report_counts(counts, session->options.mode, run->cycle);
  if (run->failed) {
    printf("\n%s:%llu: %s\n\n", session->options.replay, (unsigned long long)pw_event_log_line(run->reader),
           pw_checker_explain(run->checker));
  }
  return print_verdict(counts->checked, "requests", run->failed);
}

int task_replay(struct session *session) {
  static struct pw_event_log_header header;
  struct replay_run run = {0};
  struct pw_diag diag;
  if (pw_event_log_open(session->options.replay, &header, &run.reader, &diag)) return print_diag(&diag);
  session->config = header.config;
  if (session->options.mode_given) header.check.mode = session->options.mode;
  session->options.mode = header.check.mode;
  report_heading(session, session->options.replay);
  int status = pw_checker_create(&header.config, &header.check, &run.checker);
  int code = status ? print_status(session->options.replay, status) : check(session, &run);
  pw_checker_destroy(run.checker);
  pw_event_log_close(run.reader);
  return code;
}
