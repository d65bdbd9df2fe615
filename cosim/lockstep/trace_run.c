/*
 * trace_run.c: a trace on the device, as `pagewalk run` runs it on the model: the same loop, one access in flight, with
 * an operating system that serves page faults. In strict mode `pagewalk run` itself goes along, and every count must be
 * the same.
 */
#include <inttypes.h>
#include <string.h>

#include "report.h"
#include "requester.h"
#include "trace_pager.h"

struct trace_run {
  struct session *session;
  struct bench *bench;
  struct trace_pager pager;
  struct pw_simulation *simulation; /* NULL but in strict mode */
  struct pw_stats stats;            /* of the device; of translations what the model said when it accepted them */
  struct pw_translation answer;     /* the last one, where there is no model */
  uint64_t line_bytes;
};

/* ---- life ---- */

static bool is_strict(const struct trace_run *run) { return run->session->options.mode == PW_CHECK_STRICT; }

static int start(struct trace_run *run, struct session *session) {
  const struct pw_config *config = &session->config;
  *run = (struct trace_run){.session = session, .line_bytes = config->line_bytes};
  int code = session_make_bench(session, &run->bench);
  if (code != EXIT_GOOD) return code;
  struct pw_simulation_options options = {.tlb_only = session->options.tlb_only};
  int status = trace_pager_create(session, run->bench, &run->pager);
  if (!status && is_strict(run)) status = pw_simulation_create(config, options, &run->simulation);
  if (status) return print_status("trace run", status);
  struct pw_control control = pw_control_from_config(config, trace_pager_root(&run->pager));
  request_registers(run->bench, &control);
  return EXIT_GOOD;
}

static void end(struct trace_run *run) {
  pw_simulation_destroy(run->simulation);
  trace_pager_free(&run->pager);
  bench_destroy(run->bench);
}

/* ---- accesses ---- */

static void reference_line(struct trace_run *run, uint64_t physical_address, unsigned kind) {
  struct pw_memory_reference reference = pw_memory_access(run->bench->responder.hierarchy, physical_address, kind);
  if (is_strict(run)) pw_memory_access(pw_checker_hierarchy(run->bench->checker), physical_address, kind);
  pw_stats_add_data(&run->stats, reference);
}

/* The program's references to one translated piece: one per line that it touches. */
static void reference_memory(struct trace_run *run, uint64_t physical_address, uint64_t size_bytes, unsigned kind) {
  uint64_t line = physical_address & ~(run->line_bytes - 1);
  uint64_t last_line = (physical_address + size_bytes - 1) & ~(run->line_bytes - 1);
  reference_line(run, physical_address, kind);
  while (line != last_line) {
    line += run->line_bytes;
    run->stats.line_crossings++;
    reference_line(run, line, kind);
  }
}

/* What the device said, for a pager: of a translation without a model there is no more. */
static const struct pw_translation *answer_of(struct trace_run *run, const struct pw_access *access) {
  static const uint8_t outcomes[PW_RSP_FAULTS] = {[PW_RSP_NONE] = PW_MAPPED,
                                                  [PW_RSP_PAGE_FAULT] = PW_PAGE_FAULT,
                                                  [PW_RSP_GENERAL_PROTECTION] = PW_GENERAL_PROTECTION,
                                                  [PW_RSP_STACK_FAULT] = PW_STACK_FAULT,
                                                  [PW_RSP_BUS_ERROR] = PW_BUS_ERROR,
                                                  [PW_RSP_DROPPED] = PW_DROPPED};
  const struct rtl_port_outputs *pins = &run->bench->response[access->kind == PW_FETCH ? 0 : 1].pins;
  run->answer = (struct pw_translation){.linear_address = access->linear_address,
                                        .physical_address = pins->rsp_pa,
                                        .cr2 = access->linear_address,
                                        .error_code = pins->rsp_error_code,
                                        .outcome = outcomes[pins->rsp_fault]};
  return &run->answer;
}

/* Until the page is there. *record is NULL when something was wrong. */
static int translate(struct trace_run *run, const struct pw_access *access, const struct pw_translation **record) {
  struct pw_fault_service service;
  for (;;) {
    *record = NULL;
    if (!request_access(run->bench, access)) return EXIT_GOOD;
    *record = is_strict(run) ? pw_checker_last(run->bench->checker) : answer_of(run, access);
    if (is_strict(run)) pw_stats_add_translation(&run->stats, *record);
    if ((*record)->outcome != PW_PAGE_FAULT) return EXIT_GOOD;
    struct pw_translation fault = **record;
    int status = trace_pager_serve(&run->pager, &fault, &service);
    if (status) return print_status("pager", status);
    pw_stats_add_fault_service(&run->stats, &service);
  }
}

static int run_piece(struct trace_run *run, const struct pw_access *access, bool *failed) {
  const struct pw_translation *record;
  int code = translate(run, access, &record);
  if (code != EXIT_GOOD || !record) return code;
  if (record->outcome != PW_MAPPED) *failed = true;
  if (record->outcome == PW_MAPPED && !run->session->options.tlb_only) {
    reference_memory(run, record->physical_address, access->size_bytes, access->kind);
  }
  return EXIT_GOOD;
}

static int run_record(struct trace_run *run, const struct pw_trace_record *record) {
  static const uint8_t kinds[PW_TRACE_KINDS] = {[PW_TRACE_FETCH] = PW_FETCH,
                                                [PW_TRACE_READ] = PW_READ,
                                                [PW_TRACE_WRITE] = PW_WRITE,
                                                [PW_TRACE_MODIFY] = PW_WRITE};
  struct pw_access access = {.linear_address = record->linear_address, .kind = kinds[record->kind], .cpl = 3};
  uint64_t left = record->size_bytes;
  bool failed = false;
  pw_stats_add_record(&run->stats, record);
  for (;;) {
    uint64_t room = PW_SMALL_PAGE_BYTES - (access.linear_address & (PW_SMALL_PAGE_BYTES - 1));
    access.size_bytes = (uint32_t)(left < room ? left : room);
    int code = run_piece(run, &access, &failed);
    left -= access.size_bytes;
    access.linear_address += access.size_bytes;
    if (code != EXIT_GOOD || run->bench->failed || !left) {
      run->stats.failed_records += failed;
      return code;
    }
    run->stats.page_crossings++;
  }
}

/* A run that something was wrong with ends the loop with EXIT_FOUND. */
static int take_batch(void *context, const char *path, const struct pw_trace_batch *batch) {
  struct trace_run *run = context;
  for (size_t i = 0; i < batch->count; i++) {
    int code = run_record(run, &batch->records[i]);
    if (code != EXIT_GOOD) return code;
    if (run->bench->failed) return EXIT_FOUND;
  }
  int status = run->simulation ? pw_simulation_run(run->simulation, batch->records, batch->count) : 0;
  return status ? print_status(path, status) : EXIT_GOOD;
}

/* ---- the end ---- */

static uint64_t translation_cycles(const struct pw_stats *stats) {
  return stats->cycles[PW_CYCLES_TLB] + stats->cycles[PW_CYCLES_PSC] + stats->cycles[PW_CYCLES_WALK] +
         stats->cycles[PW_CYCLES_UPDATE] + stats->cycles[PW_CYCLES_FAULTED];
}

/* Everything that `pagewalk run` counts is the same, but for the caches without walks, which no device has. */
static void compare_counts(struct trace_run *run) {
  const struct pw_stats *simulated = pw_simulation_stats(run->simulation);
  const struct pw_check_stats *counts = pw_checker_stats(run->bench->checker);
  run->stats.baseline_cycles = simulated->baseline_cycles;
  printf("with pagewalk run: translation cycles of the device %" PRIu64 "   of the checker %" PRIu64
         "   of pagewalk run %" PRIu64 "\n",
         counts->device_cycles, counts->model_cycles, translation_cycles(simulated));
  if (counts->device_cycles != translation_cycles(simulated) || counts->model_cycles != translation_cycles(simulated)) {
    bench_fail(run->bench, "the cycles of all translations differ from those of pagewalk run");
  } else if (memcmp(&run->stats, simulated, sizeof run->stats)) {
    bench_fail(run->bench, "hits, walks or faults differ from those of pagewalk run");
  } else {
    puts("                   hits per TLB, walks, entry reads, faults and cycles by cause are the same");
  }
}

static void report_levels(const struct trace_run *run) {
  const struct pw_config *config = &run->session->config;
  fputs("TLB hits    ", stdout);
  for (uint32_t i = 0; i < config->tlb_count; i++) {
    printf(" %s %" PRIu64 "  ", config->tlbs[i].name, run->stats.tlb[i].hits);
  }
  printf(" walks %" PRIu64 "  ", run->stats.walks);
}

static void report_software(const struct trace_run *run) {
  if (is_strict(run)) {
    report_levels(run);
  } else {
    fputs("software    ", stdout);
  }
  printf(" faults served %" PRIu64 "   promotions %" PRIu64 "\n", run->stats.faults_served, run->stats.promotions);
}

static void print_failure(const struct trace_run *run) {
  const struct cosim_options *options = &run->session->options;
  printf("\n%s\n\nafter %" PRIu64 " records; repeat it with the same command", bench_explain(run->bench),
         pw_stats_accesses(&run->stats));
  printf(options->waves ? "\n" : " and --limit %" PRIu64 " --waves FILE\n", pw_stats_accesses(&run->stats));
}

static int finish(struct trace_run *run, uint64_t records, double seconds) {
  const struct pw_check_stats *counts = pw_checker_stats(run->bench->checker);
  report_counts(counts, run->session->options.mode, run->bench->cycle);
  report_software(run);
  report_rate(counts->requests, run->bench->cycle, seconds);
  if (!run->bench->failed && bench_finish(run->bench)) trace_pager_compare(&run->pager);
  if (!run->bench->failed && records && run->simulation) compare_counts(run);
  if (run->bench->failed) print_failure(run);
  return print_verdict(counts->checked, "requests", run->bench->failed);
}

static int run_traces(struct trace_run *run) {
  struct trace_sink sink = {.context = run, .take_batch = take_batch};
  double begin = seconds_now();
  uint64_t records;
  int code = run_trace_loop(&run->session->options.source, &sink, &records);
  if (code != EXIT_GOOD && !run->bench->failed) return code;
  return finish(run, records, seconds_now() - begin);
}

int task_trace(struct session *session) {
  static struct trace_run run; /* with the histogram of its statistics */
  report_heading(session, session->options.source.traces.path[0]);
  int code = start(&run, session);
  if (code == EXIT_GOOD) code = run_traces(&run);
  end(&run);
  return code;
}
