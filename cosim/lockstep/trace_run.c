/*
 * trace_run.c: a trace on the device, as `pagewalk run` runs it on the model: the same loop, one access in flight, with
 * an operating system for each memory image. `pagewalk run` itself goes along, and every count must be the same.
 */
#include <inttypes.h>
#include <pagewalk/entry.h>
#include <string.h>

#include "paging_format.h"
#include "report.h"
#include "requester.h"
#include "session.h"
#include "software_stack.h"

#define REGION_BYTES (UINT64_C(1) << 21)
#define REGION_PAGES 512

struct trace_run {
  struct session *session;
  struct bench *bench;
  struct software_stack device; /* over the device's memory */
  struct software_stack model;
  struct pw_simulation *simulation;
  struct pw_stats stats; /* of the device, as the checker accepted it */
  struct pw_walk_rules rules;
  uint64_t line_bytes;
};

/* ---- life ---- */

static int create_parts(struct trace_run *run) {
  const struct pw_config *config = &run->session->config;
  struct pw_simulation_options options = {.tlb_only = run->session->options.tlb_only};
  int status = software_stack_create(config, run->bench->responder.memory, &run->device);
  if (!status) status = software_stack_create(config, pw_checker_memory(run->bench->checker), &run->model);
  if (!status) status = pw_simulation_create(config, options, &run->simulation);
  return status;
}

static int start(struct trace_run *run, struct session *session) {
  const struct pw_config *config = &session->config;
  *run = (struct trace_run){.session = session, .line_bytes = config->line_bytes};
  run->rules = pw_walk_rules_make(
      config->mode, (struct pw_rule_inputs){config->physical_address_bits, config->pages_1gb, true, config->nxe});
  int code = session_make_bench(session, &run->bench);
  if (code != EXIT_GOOD) return code;
  int status = create_parts(run);
  if (status) return print_status("trace run", status);
  struct pw_control control = pw_control_from_config(config, pw_address_space_root(run->model.space));
  request_registers(run->bench, &control);
  return EXIT_GOOD;
}

static void end(struct trace_run *run) {
  pw_simulation_destroy(run->simulation);
  software_stack_free(&run->device);
  software_stack_free(&run->model);
  bench_destroy(run->bench);
}

/* ---- page faults ---- */

/* For a log, the entries of a walk as software left them. The images have them already. */
static void log_entries(struct trace_run *run, uint64_t address) {
  uint64_t table = pw_address_space_root(run->model.space);
  if (!run->session->log) return;
  for (unsigned level = run->rules.format->levels; level >= 1; level--) {
    uint64_t at = table + pw_entry_offset(&run->rules, level, address);
    uint64_t entry = pw_physical_read64(run->model.memory, at);
    bench_log_write(run->bench, at, entry);
    if (!(entry & PW_ENTRY_P) || pw_entry_is_leaf(&run->rules.level[level], entry)) return;
    table = entry & run->rules.table_mask;
  }
}

/* A table that went out of use is zero before it is used again. */
static void log_zero_table(struct trace_run *run, uint64_t table) {
  for (uint64_t i = 0; run->session->log && table && i < REGION_PAGES; i++) {
    bench_log_write(run->bench, table + 8 * i, 0);
  }
}

/* The lowest table that maps this address, 0 when there is none. */
static uint64_t table_of(const struct trace_run *run, uint64_t address) {
  struct pw_leaf leaf;
  int status = pw_find_leaf(run->model.space, address, &leaf);
  return (!status || status == -PW_ENOENT) && leaf.level == 1 ? leaf.entry_address & ~UINT64_C(0xfff) : 0;
}

/* The pager has put one large page in the place of many: what it invalidated is invalidated in the device. */
static bool invalidate_region(struct trace_run *run, uint64_t address) {
  uint64_t region = address & ~(REGION_BYTES - 1);
  for (uint64_t page = 0; page < REGION_PAGES; page++) {
    if (!request_control(run->bench, PW_CTL_INVLPG, region + page * PW_SMALL_PAGE_BYTES, 0)) return false;
  }
  return true;
}

static int serve_fault(struct trace_run *run, const struct pw_translation *fault) {
  struct pw_fault_service service, other;
  uint64_t table = table_of(run, fault->cr2);
  int status = pw_pager_handle_fault(run->model.pager, fault, &service);
  if (!status) status = pw_pager_handle_fault(run->device.pager, fault, &other);
  if (status) return print_status("pager", status);
  pw_stats_add_fault_service(&run->stats, &service);
  if (service.promoted) log_zero_table(run, table);
  log_entries(run, fault->cr2);
  if (service.promoted) invalidate_region(run, fault->cr2);
  return EXIT_GOOD;
}

/* ---- accesses ---- */

static void reference_line(struct trace_run *run, uint64_t physical_address, unsigned kind) {
  struct pw_memory_reference reference =
      pw_memory_access(pw_checker_hierarchy(run->bench->checker), physical_address, kind);
  pw_memory_access(run->bench->responder.hierarchy, physical_address, kind);
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

/* Until the page is there. *record is NULL when something was wrong. */
static int translate(struct trace_run *run, const struct pw_access *access, const struct pw_translation **record) {
  for (;;) {
    *record = NULL;
    if (!request_access(run->bench, access)) return EXIT_GOOD;
    *record = pw_checker_last(run->bench->checker);
    pw_stats_add_translation(&run->stats, *record);
    if ((*record)->outcome != PW_PAGE_FAULT) return EXIT_GOOD;
    struct pw_translation fault = **record;
    int code = serve_fault(run, &fault);
    if (code != EXIT_GOOD) return code;
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
  int status = pw_simulation_run(run->simulation, batch->records, batch->count);
  return status ? print_status(path, status) : EXIT_GOOD;
}

/* ---- the end ---- */

static uint64_t translation_cycles(const struct pw_stats *stats) {
  return stats->cycles[PW_CYCLES_TLB] + stats->cycles[PW_CYCLES_PSC] + stats->cycles[PW_CYCLES_WALK] +
         stats->cycles[PW_CYCLES_UPDATE] + stats->cycles[PW_CYCLES_FAULTED];
}

static bool same_entry(void *context, uint64_t address) {
  struct trace_run *run = context;
  uint64_t device = pw_physical_read64(run->device.memory, address);
  uint64_t model = pw_physical_read64(run->model.memory, address);
  if (device != model) {
    bench_fail(run->bench,
               "the entry at 0x%" PRIx64 " is 0x%" PRIx64 " in the device's memory and 0x%" PRIx64 " in the model's",
               address, device, model);
  }
  return device == model;
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
  printf(" walks %" PRIu64 "   faults served %" PRIu64 "   promotions %" PRIu64 "\n", run->stats.walks,
         run->stats.faults_served, run->stats.promotions);
}

static void print_failure(const struct trace_run *run) {
  const struct cosim_options *options = &run->session->options;
  printf("\n%s\n\nafter %" PRIu64 " records; repeat it with the same command", bench_explain(run->bench),
         pw_stats_accesses(&run->stats));
  printf(options->waves ? "\n" : " and --limit %" PRIu64 " --waves FILE\n", pw_stats_accesses(&run->stats));
}

static int finish(struct trace_run *run, uint64_t records, double seconds) {
  const struct pw_check_stats *counts = pw_checker_stats(run->bench->checker);
  struct entry_visitor visitor = {run, same_entry};
  report_counts(counts, PW_CHECK_STRICT, run->bench->cycle);
  report_levels(run);
  report_rate(counts->requests, run->bench->cycle, seconds);
  if (!run->bench->failed && bench_finish(run->bench)) bench_compare_images(run->bench);
  if (!run->bench->failed) software_stack_visit(&run->model, &run->session->config, &visitor);
  if (!run->bench->failed && records) compare_counts(run);
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
