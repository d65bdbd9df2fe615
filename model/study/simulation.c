/* simulation.c: the loop: a record becomes accesses, an access a translation, a fault a visit to the pager. */
#include <pagewalk/simulation.h>
#include <stdlib.h>

#include "fetch_cache.h"
#include "fold.h"

struct pw_simulation {
  struct pw_stats stats;
  struct pw_physical_memory *memory;
  struct pw_memory_hierarchy *hierarchy;
  struct pw_memory_hierarchy *baseline; /* sees the program's references and no walk */
  unsigned shared_cache;                /* pw_memory_fetch_cache */
  struct pw_frames *frames;
  struct pw_address_space *space;
  struct pw_mmu *mmu;
  struct pw_pager *pager;
  uint64_t line_bytes;
  bool tlb_only;
  struct pw_access access[PW_TRACE_KINDS]; /* by kind of record: what its accesses have in common */
  struct pw_translation record;
};

/* Every access is one of user mode; a modify is translated once, as the write that it ends in. */
static const uint8_t access_kinds[PW_TRACE_KINDS] = {
    [PW_TRACE_FETCH] = PW_FETCH, [PW_TRACE_READ] = PW_READ, [PW_TRACE_WRITE] = PW_WRITE, [PW_TRACE_MODIFY] = PW_WRITE};

static int create_parts(struct pw_simulation *s, const struct pw_config *config) {
  int status = pw_physical_memory_create(&s->memory);
  if (!status) status = pw_memory_hierarchy_create(config, &s->hierarchy);
  if (!status) status = pw_memory_hierarchy_create(config, &s->baseline);
  if (!status) s->shared_cache = pw_memory_fetch_cache(s->hierarchy);
  if (!status) status = pw_frames_create(config, &s->frames);
  if (!status) status = pw_address_space_create(config, s->memory, s->frames, &s->space);
  if (status) return status;
  struct pw_memory_port port = pw_physical_memory_port(s->memory);
  status = pw_mmu_create(config, &port, s->hierarchy, &s->mmu);
  if (status) return status;
  struct pw_control control = pw_control_from_config(config, pw_address_space_root(s->space));
  status = pw_mmu_set_control(s->mmu, &control);
  return status ? status : pw_pager_create(config, s->space, s->frames, s->mmu, &s->pager);
}

int pw_simulation_create(const struct pw_config *config, struct pw_simulation_options options,
                         struct pw_simulation **simulation) {
  *simulation = NULL;
  if (pw_config_validate(config, NULL)) return -PW_ECONFIG;
  struct pw_simulation *made = calloc(1, sizeof *made);
  if (!made) return -PW_ENOMEM;
  made->line_bytes = config->line_bytes;
  made->tlb_only = options.tlb_only;
  for (unsigned kind = 0; kind < PW_TRACE_KINDS; kind++) {
    made->access[kind] = (struct pw_access){.kind = access_kinds[kind], .cpl = 3};
  }
  int status = create_parts(made, config);
  if (status) {
    pw_simulation_destroy(made);
    return status;
  }
  *simulation = made;
  return 0;
}

void pw_simulation_destroy(struct pw_simulation *simulation) {
  if (!simulation) return;
  pw_pager_destroy(simulation->pager);
  pw_mmu_destroy(simulation->mmu);
  pw_address_space_destroy(simulation->space);
  pw_frames_destroy(simulation->frames);
  pw_memory_hierarchy_destroy(simulation->hierarchy);
  pw_memory_hierarchy_destroy(simulation->baseline);
  pw_physical_memory_destroy(simulation->memory);
  free(simulation);
}

/* What the shared fetch cache answers, it answers in both hierarchies. */
static inline void reference_line(struct pw_simulation *s, uint64_t physical_address, unsigned kind) {
  struct pw_memory_reference reference = pw_memory_access(s->hierarchy, physical_address, kind);
  pw_fold_data(&s->stats, reference);
  if (kind != PW_FETCH || s->shared_cache == PW_SERVED_BY_DRAM) {
    reference = pw_memory_access(s->baseline, physical_address, kind);
  } else if (reference.served_by != s->shared_cache) {
    reference = pw_memory_fetch_missed(s->baseline, physical_address);
  }
  pw_fold_baseline(&s->stats, reference);
}

/* The program's references to one translated piece: one per line that it touches. */
static inline void reference_memory(struct pw_simulation *s, uint64_t physical_address, uint64_t size_bytes,
                                    unsigned kind) {
  uint64_t line = physical_address & ~(s->line_bytes - 1);
  uint64_t last_line = (physical_address + size_bytes - 1) & ~(s->line_bytes - 1);
  reference_line(s, physical_address, kind);
  while (line != last_line) {
    line += s->line_bytes;
    s->stats.line_crossings++;
    reference_line(s, line, kind);
  }
}

/* What does not end with the first translation: faults are served and the access tried again. */
static __attribute__((noinline)) int translate_again(struct pw_simulation *s, const struct pw_access *access,
                                                     bool *mapped) {
  struct pw_fault_service service;
  while (s->record.outcome == PW_PAGE_FAULT) {
    int status = pw_pager_handle_fault(s->pager, &s->record, &service);
    if (status) return status;
    pw_stats_add_fault_service(&s->stats, &service);
    status = pw_translate(s->mmu, access, &s->record);
    if (status) return status;
    pw_stats_add_translation(&s->stats, &s->record);
  }
  *mapped = s->record.outcome == PW_MAPPED;
  return 0;
}

/* Translates until the page is there. *mapped is false when the access faults for good. */
static inline int translate(struct pw_simulation *s, const struct pw_access *access, bool *mapped) {
  int status = pw_translate(s->mmu, access, &s->record);
  if (status) return status;
  pw_fold_translation(&s->stats, &s->record);
  *mapped = true;
  return s->record.outcome == PW_MAPPED ? 0 : translate_again(s, access, mapped);
}

/* One piece of a record, within a page. */
static inline int run_piece(struct pw_simulation *s, uint64_t linear_address, uint64_t size_bytes, unsigned kind,
                            bool *failed) {
  struct pw_access access = s->access[kind];
  bool mapped;
  access.linear_address = linear_address;
  access.size_bytes = (uint32_t)size_bytes;
  int status = translate(s, &access, &mapped);
  if (status) return status;
  if (!mapped) *failed = true;
  if (mapped && !s->tlb_only) reference_memory(s, s->record.physical_address, size_bytes, access.kind);
  return 0;
}

/* A record that touches more than one page. */
static __attribute__((noinline)) int run_pieces(struct pw_simulation *s, const struct pw_trace_record *record,
                                                bool *failed) {
  uint64_t address = record->linear_address;
  uint64_t left = record->size_bytes;
  for (;;) {
    uint64_t room = PW_SMALL_PAGE_BYTES - (address & (PW_SMALL_PAGE_BYTES - 1));
    uint64_t size_bytes = left < room ? left : room;
    int status = run_piece(s, address, size_bytes, record->kind, failed);
    left -= size_bytes;
    address += size_bytes;
    if (status || !left) return status;
    s->stats.page_crossings++;
  }
}

static inline int step(struct pw_simulation *s, const struct pw_trace_record *record) {
  uint64_t offset = record->linear_address & (PW_SMALL_PAGE_BYTES - 1);
  bool failed = false;
  if (record->kind >= PW_TRACE_KINDS || !record->size_bytes) return -PW_EINVAL;
  pw_fold_record(&s->stats, record);
  int status = offset + record->size_bytes <= PW_SMALL_PAGE_BYTES
                   ? run_piece(s, record->linear_address, record->size_bytes, record->kind, &failed)
                   : run_pieces(s, record, &failed);
  if (!status) s->stats.failed_records += failed;
  return status;
}

int pw_simulation_step(struct pw_simulation *simulation, const struct pw_trace_record *record) {
  return step(simulation, record);
}

int pw_simulation_run(struct pw_simulation *simulation, const struct pw_trace_record *records, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int status = step(simulation, &records[i]);
    if (status) return status;
  }
  return 0;
}

void pw_simulation_restart_stats(struct pw_simulation *simulation) { simulation->stats = (struct pw_stats){0}; }

const struct pw_translation *pw_simulation_last_translation(const struct pw_simulation *simulation) {
  return &simulation->record;
}

struct pw_physical_memory *pw_simulation_memory(struct pw_simulation *simulation) {
  return simulation->memory;
}
struct pw_frames *pw_simulation_frames(struct pw_simulation *simulation) {
  return simulation->frames;
}

const struct pw_stats *pw_simulation_stats(const struct pw_simulation *simulation) { return &simulation->stats; }
struct pw_mmu *pw_simulation_mmu(struct pw_simulation *simulation) {
  return simulation->mmu;
}
struct pw_address_space *pw_simulation_address_space(struct pw_simulation *simulation) {
  return simulation->space;
}

struct pw_footprint pw_simulation_footprint(const struct pw_simulation *simulation) {
  const struct pw_frames *frames = simulation->frames;
  return (struct pw_footprint){
      .table_frames = pw_address_space_table_frames(simulation->space),
      .frames_in_use = pw_frames_total(frames) - pw_frames_free(frames),
  };
}
