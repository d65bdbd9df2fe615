/* report.c: the report of a run. The same run gives the same text: times go elsewhere. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define DIFFERENCES (sizeof((struct pw_check_stats *)0)->difference / sizeof(uint64_t))
#define NO_DIFFERENCE (PW_CHECK_DIFFERENCE + 1) /* index of: the device took what the model charges */

double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void report_heading(const struct session *session, const char *what) {
  char summary[512];
  pw_config_summary(&session->config, summary, sizeof summary);
  printf("pagewalk-cosim %s   %s   %s", pw_version(), pw_check_mode_name(session->options.mode), what);
  if (session->options.mutant) printf("   mutant %s", session->options.mutant);
  printf("\n%s\n", summary);
  fflush(stdout);
}

static void print_difference(const char *name, size_t index) {
  if (index == 0) {
    printf("   %s < -%d", name, PW_CHECK_DIFFERENCE);
  } else if (index == DIFFERENCES - 1) {
    printf("   %s > %d", name, PW_CHECK_DIFFERENCE);
  } else {
    printf("   %s %d", name, (int)index - NO_DIFFERENCE);
  }
}

/* Index of the difference below or at which `share` per hundred of them lie. */
static size_t percentile(const struct pw_check_stats *counts, uint64_t total, unsigned share) {
  uint64_t seen = 0, wanted = (total * share + 99) / 100;
  for (size_t i = 0; i < DIFFERENCES; i++) {
    seen += counts->difference[i];
    if (seen >= (wanted ? wanted : 1)) return i;
  }
  return DIFFERENCES - 1;
}

static void report_differences(const struct pw_check_stats *counts) {
  static const struct {
    const char *name;
    unsigned share;
  } rows[] = {{"min", 0}, {"p50", 50}, {"p90", 90}, {"p99", 99}, {"max", 100}};
  uint64_t total = 0;
  for (size_t i = 0; i < DIFFERENCES; i++) total += counts->difference[i];
  printf("cycles       exact %" PRIu64 "   beside others %" PRIu64, counts->exact, total);
  if (total) printf(", device minus model:");
  for (size_t i = 0; total && i < sizeof rows / sizeof rows[0]; i++) {
    print_difference(rows[i].name, percentile(counts, total, rows[i].share));
  }
  putchar('\n');
}

static void report_verdicts(const struct pw_check_stats *counts) {
  printf("verdicts     ");
  for (enum pw_verdict v = PW_VERDICT_MATCH; v < PW_VERDICTS; v++) {
    if (counts->verdicts[v] || pw_verdict_is_legal(v))
      printf("%s %" PRIu64 "   ", pw_verdict_name(v), counts->verdicts[v]);
  }
  printf("not judged %" PRIu64, counts->not_judged);
  if (counts->blind) printf("   judged half blind %" PRIu64, counts->blind);
  putchar('\n');
}

void report_counts(const struct pw_check_stats *counts, enum pw_check_mode mode, uint64_t cycles) {
  static const char *const faults[PW_RSP_FAULTS] = {"mapped", "#PF", "#GP", "#SS", "bus error", "dropped"};
  printf("requests     %" PRIu64 "   killed %" PRIu64 "   control operations %" PRIu64 "   events %" PRIu64
         "   clocks %" PRIu64 "\n",
         counts->requests, counts->killed, counts->control_ops, counts->events, cycles);
  printf("answered by  l1 %" PRIu64 "   l2 %" PRIu64 "   walk %" PRIu64 "\n", counts->hits[PW_RSP_FROM_L1],
         counts->hits[PW_RSP_FROM_L2], counts->hits[PW_RSP_FROM_WALK]);
  printf("outcomes  ");
  for (unsigned i = 0; i < PW_RSP_FAULTS; i++) printf("   %s %" PRIu64, faults[i], counts->faults[i]);
  putchar('\n');
  if (mode != PW_CHECK_STRICT) {
    report_verdicts(counts);
    return;
  }
  printf("translation  cycles of the model %" PRIu64 "   of the device %" PRIu64 "\n", counts->model_cycles,
         counts->device_cycles);
  report_differences(counts);
}

void report_rate(uint64_t requests, uint64_t cycles, double seconds) {
  if (!isatty(STDERR_FILENO) || seconds <= 0) return;
  fprintf(stderr, "%.2f s   %.3f M requests/s   %.3f M clocks/s\n", seconds, (double)requests * 1e-6 / seconds,
          (double)cycles * 1e-6 / seconds);
}
