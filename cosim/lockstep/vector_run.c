/*
 * vector_run.c: architectural vectors on the device: held to the vector, and to the model.
 *
 * A vector names the levels, MAXPHYADDR and 1 GB pages of its processor. For each combination that occurs a device is
 * built from the given configuration with these changed; protection keys are always there.
 */
#include <inttypes.h>
#include <pagewalk/entry.h>
#include <pagewalk/vectors.h>
#include <stdarg.h>
#include <string.h>

#include "report.h"
#include "requester.h"
#include "session.h"

#define MOST_GEOMETRIES 16
#define MOST_PRINTED 10
#define RESET_CLOCKS 2

/* A device for the vectors of one kind of processor. */
struct geometry {
  struct pw_config config;
  struct device device;
  struct bench *bench;
  uint64_t vectors;
};

struct vector_run {
  struct session *session;
  struct geometry geometries[MOST_GEOMETRIES];
  size_t geometry_count;
  uint64_t checked;
  uint64_t mismatches;
  uint64_t skipped;          /* registers outside 64-bit paging */
  uint64_t of_other_devices; /* than the one that --device names */
  const char *file;
  const struct pw_vector *vector;
};

/* ---- devices ---- */

static enum pw_paging_mode mode_of(const struct pw_vector *vector) {
  return vector->control.cr4 & PW_CR4_LA57 ? PW_MODE_5LEVEL : PW_MODE_4LEVEL;
}

static bool is_64_bit_paging(const struct pw_vector *vector) {
  return (vector->control.cr0 & PW_CR0_PG) && (vector->control.cr4 & PW_CR4_PAE) &&
         (vector->control.efer & PW_EFER_LME);
}

/* A device that the user names is one of the given configuration. */
static bool is_for_named_device(const struct vector_run *run, const struct pw_vector *vector) {
  const struct pw_config *config = &run->session->config;
  return config->mode == mode_of(vector) && config->physical_address_bits == vector->physical_address_bits &&
         config->pages_1gb == vector->pages_1gb;
}

static bool fits(const struct geometry *geometry, const struct pw_vector *vector) {
  return geometry->config.mode == mode_of(vector) &&
         geometry->config.physical_address_bits == vector->physical_address_bits &&
         geometry->config.pages_1gb == vector->pages_1gb;
}

static int make_bench(const struct session *session, struct geometry *geometry) {
  struct bench_options options = {
      .api = geometry->device.api, .config = &geometry->config, .check = !session->options.no_check};
  int status = bench_create(&options, &geometry->bench);
  return status ? print_status("bench", status) : EXIT_GOOD;
}

static int make_geometry(struct vector_run *run, const struct pw_vector *vector) {
  struct session *session = run->session;
  unsigned variant = session->options.checked_rtl ? (unsigned)RTL_WITH_CHECKS : (unsigned)RTL_PLAIN;
  struct pw_diag diag;
  if (run->geometry_count == MOST_GEOMETRIES) {
    fprintf(stderr, "pagewalk-cosim: vectors of more than %d kinds of processor\n", MOST_GEOMETRIES);
    return EXIT_USAGE;
  }
  struct geometry *made = &run->geometries[run->geometry_count];
  made->config = session->config;
  made->config.mode = mode_of(vector);
  made->config.physical_address_bits = vector->physical_address_bits;
  made->config.pages_1gb = vector->pages_1gb;
  made->config.pke = true;
  if (pw_config_validate(&made->config, &diag)) return print_diag(&diag);
  if (device_open(&made->config, session->options.device, variant, NULL, &made->device, &diag))
    return print_diag(&diag);
  run->geometry_count++;
  return make_bench(session, made);
}

static int find_geometry(struct vector_run *run, const struct pw_vector *vector, struct geometry **geometry) {
  for (size_t i = 0; i < run->geometry_count; i++) {
    *geometry = &run->geometries[i];
    if (fits(*geometry, vector)) return EXIT_GOOD;
  }
  *geometry = &run->geometries[run->geometry_count];
  return make_geometry(run, vector);
}

static void free_geometries(struct vector_run *run) {
  for (size_t i = 0; i < run->geometry_count; i++) {
    bench_destroy(run->geometries[i].bench);
    device_close(&run->geometries[i].device);
  }
}

/* ---- verdicts ---- */

__attribute__((format(printf, 2, 3))) static void mismatch(struct vector_run *run, const char *format, ...) {
  const struct pw_vector *vector = run->vector;
  va_list arguments;
  if (run->mismatches++ >= MOST_PRINTED) return;
  printf("%s:%" PRIu64 ": %s: ", strcmp(run->file, "-") == 0 ? "standard input" : run->file, vector->line,
         vector->id[0] ? vector->id : "vector");
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
}

static unsigned fault_of(unsigned outcome) {
  static const uint8_t faults[PW_OUTCOMES] = {[PW_MAPPED] = PW_RSP_NONE,
                                              [PW_PAGE_FAULT] = PW_RSP_PAGE_FAULT,
                                              [PW_GENERAL_PROTECTION] = PW_RSP_GENERAL_PROTECTION,
                                              [PW_STACK_FAULT] = PW_RSP_STACK_FAULT,
                                              [PW_BUS_ERROR] = PW_RSP_BUS_ERROR,
                                              [PW_DROPPED] = PW_RSP_DROPPED};
  return faults[outcome];
}

static bool same_answer(struct vector_run *run, const struct rtl_port_outputs *pins) {
  const struct pw_vector *v = run->vector;
  uint64_t page_bytes = UINT64_C(1) << (PW_SMALL_PAGE_SHIFT + 9 * pins->rsp_level);
  if (pins->rsp_fault != fault_of(v->outcome)) {
    mismatch(run, "fault %u, expected %u", pins->rsp_fault, fault_of(v->outcome));
  } else if (v->outcome == PW_MAPPED && pins->rsp_pa != v->physical_address) {
    mismatch(run, "physical address 0x%" PRIx64 ", expected 0x%" PRIx64, pins->rsp_pa, v->physical_address);
  } else if (v->outcome == PW_MAPPED && page_bytes != v->page_bytes) {
    mismatch(run, "page of %" PRIu64 " bytes, expected %" PRIu64, page_bytes, v->page_bytes);
  } else if (v->outcome != PW_MAPPED && pins->rsp_error_code != v->error_code) {
    mismatch(run, "error code 0x%x, expected 0x%x", pins->rsp_error_code, v->error_code);
  } else {
    return true;
  }
  return false;
}

/* With A set early, a faulting vector that does not say how may have A set or not; as pagewalk check has it. */
static bool same_entries(struct vector_run *run, const struct geometry *geometry) {
  const struct pw_vector *v = run->vector;
  bool eager = geometry->config.accessed_on_fault == PW_ACCESSED_TRAVERSED;
  bool exact_eager = eager && v->has_after_eager;
  if (!v->has_after && !exact_eager) return true;
  uint64_t may_differ = eager && !exact_eager && v->outcome == PW_PAGE_FAULT ? PW_ENTRY_A : 0;
  for (uint32_t i = 0; i < v->entry_count; i++) {
    uint64_t expected = exact_eager ? v->entries[i].after_eager : v->entries[i].after;
    uint64_t got = pw_physical_read64(geometry->bench->responder.memory, v->entries[i].address);
    if (!((got ^ expected) & ~may_differ)) continue;
    mismatch(run, "entry at 0x%" PRIx64 " is 0x%" PRIx64 ", expected 0x%" PRIx64, v->entries[i].address, got, expected);
    return false;
  }
  return true;
}

/* ---- a vector ---- */

/* The load half of a locked access, where A is set early; then everything is flushed. */
static bool load_half(struct bench *bench, const struct pw_vector *vector) {
  struct pw_access load = vector->access;
  load.kind = PW_READ;
  return request_access(bench, &load) && request_control(bench, PW_CTL_INVPCID_ALL_WITH_GLOBALS, 0, 0);
}

static bool play(struct geometry *geometry, const struct pw_vector *vector) {
  struct bench *bench = geometry->bench;
  bool eager = geometry->config.accessed_on_fault == PW_ACCESSED_TRAVERSED;
  bench_reset(bench, RESET_CLOCKS);
  for (uint32_t i = 0; i < vector->entry_count; i++) {
    bench_write(bench, vector->entries[i].address, vector->entries[i].before);
  }
  if (!request_registers(bench, &vector->control)) return false;
  if (vector->locked && eager && !load_half(bench, vector)) return false;
  return request_access(bench, &vector->access);
}

static int check_vector(struct vector_run *run, const struct pw_vector *vector) {
  struct geometry *geometry;
  run->vector = vector;
  if (!is_64_bit_paging(vector)) {
    run->skipped++;
    return EXIT_GOOD;
  }
  if (run->session->options.device && !is_for_named_device(run, vector)) {
    run->of_other_devices++;
    return EXIT_GOOD;
  }
  int code = find_geometry(run, vector, &geometry);
  if (code != EXIT_GOOD) return code;
  struct bench *bench = geometry->bench;
  run->checked++;
  geometry->vectors++;
  bool good = play(geometry, vector) &&
              same_answer(run, &bench->response[vector->access.kind == PW_FETCH ? 0 : 1].pins) &&
              same_entries(run, geometry);
  if (good && bench_finish(bench)) bench_compare_images(bench);
  bench_wipe(bench);
  if (!bench->failed) return EXIT_GOOD;
  mismatch(run, "%s", bench_explain(bench));
  bench_destroy(bench);
  geometry->bench = NULL;
  return make_bench(run->session, geometry);
}

static int check_file(struct vector_run *run, const char *file) {
  static struct pw_vector vector;
  struct pw_vector_reader *reader;
  struct pw_diag diag;
  bool more = true;
  int code = EXIT_GOOD;
  run->file = file;
  if (pw_vector_open(file, &reader, &diag)) return print_diag(&diag);
  while (code == EXIT_GOOD) {
    if (pw_vector_read(reader, &vector, &more, &diag)) code = print_diag(&diag);
    if (code != EXIT_GOOD || !more) break;
    code = check_vector(run, &vector);
  }
  pw_vector_close(reader);
  return code;
}

static void report_geometries(const struct vector_run *run) {
  for (size_t i = 0; i < run->geometry_count; i++) {
    const struct geometry *g = &run->geometries[i];
    printf("%-10s %u address bits%s: %" PRIu64 " vectors\n", pw_paging_mode_name(g->config.mode),
           g->config.physical_address_bits, g->config.pages_1gb ? ", 1 GB pages" : "", g->vectors);
  }
  if (run->of_other_devices) printf("skipped %" PRIu64 " vectors of other devices\n", run->of_other_devices);
  if (run->skipped) printf("skipped %" PRIu64 " vectors outside 64-bit paging\n", run->skipped);
}

int task_vectors(struct session *session) {
  static struct vector_run run;
  const struct inputs *files = &session->options.source.traces;
  int code = EXIT_GOOD;
  run = (struct vector_run){.session = session};
  report_heading(session, files->path[0]);
  for (size_t i = 0; i < files->count && code == EXIT_GOOD; i++) code = check_file(&run, files->path[i]);
  if (code == EXIT_GOOD) {
    report_geometries(&run);
    code = print_verdict(run.checked, "vectors", run.mismatches);
  }
  free_geometries(&run);
  return code;
}
