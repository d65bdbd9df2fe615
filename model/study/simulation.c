/* simulation.c: the loop: a record becomes accesses, an access a translation, a fault a visit to the pager. */
#include <pagewalk/simulation.h>
#include <stdlib.h>

struct pw_simulation {
  struct pw_stats stats;
  struct pw_physical_memory *memory;
  struct pw_memory_hierarchy *hierarchy;
  struct pw_memory_hierarchy *baseline; /* sees the program's references and no walk */
  struct pw_frames *frames;
  struct pw_address_space *space;
  struct pw_mmu *mmu;
  struct pw_pager *pager;
  uint64_t line_bytes;
  bool tlb_only;
  struct pw_translation record;
};

static int create_parts(struct pw_simulation *s, const struct pw_config *config) {
  int status = pw_physical_memory_create(&s->memory);
  if (!status) status = pw_memory_hierarchy_create(config, &s->hierarchy);
  if (!status) status = pw_memory_hierarchy_create(config, &s->baseline);
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

static void reference_line(struct pw_simulation *s, uint64_t physical_address, unsigned kind) {
  pw_stats_add_data(&s->stats, pw_memory_access(s->hierarchy, physical_address, kind));
  pw_stats_add_baseline(&s->stats, pw_memory_access(s->baseline, physical_address, kind));
}

/* The program's references to one translated piece: one per line that it touches. */
static void reference_memory(struct pw_simulation *s, uint64_t physical_address, uint64_t size_bytes, unsigned kind) {
  uint64_t line = physical_address & ~(s->line_bytes - 1);
  uint64_t last_line = (physical_address + size_bytes - 1) & ~(s->line_bytes - 1);
  reference_line(s, physical_address, kind);
  while (line != last_line) {
    line += s->line_bytes;
    s->stats.line_crossings++;
    reference_line(s, line, kind);
  }
}

/* Translates until the page is there. *mapped is false when the access faults for good. */
static int translate(struct pw_simulation *s, const struct pw_access *access, bool *mapped) {
  struct pw_fault_service service;
  for (;;) {
    int status = pw_translate(s->mmu, access, &s->record);
    if (status) return status;
    pw_stats_add_translation(&s->stats, &s->record);
    *mapped = s->record.outcome == PW_MAPPED;
    if (s->record.outcome != PW_PAGE_FAULT) return 0;
    status = pw_pager_handle_fault(s->pager, &s->record, &service);
    if (status) return status;
    pw_stats_add_fault_service(&s->stats, &service);
  }
}

static int run_piece(struct pw_simulation *s, uint64_t linear_address, uint64_t size_bytes, unsigned kind,
                     bool *failed) {
  struct pw_access access = {
      .linear_address = linear_address, .size_bytes = (uint32_t)size_bytes, .kind = (uint8_t)kind, .cpl = 3};
  bool mapped;
  int status = translate(s, &access, &mapped);
  if (!status && !mapped) *failed = true;
  if (!status && mapped && !s->tlb_only) reference_memory(s, s->record.physical_address, size_bytes, kind);
  return status;
}

static unsigned access_kind(unsigned trace_kind) {
  switch (trace_kind) {
    case PW_TRACE_FETCH: return PW_FETCH;
    case PW_TRACE_READ: return PW_READ;
    default: return PW_WRITE;
  }
}

int pw_simulation_step(struct pw_simulation *simulation, const struct pw_trace_record *record) {
  uint64_t address = record->linear_address;
  uint64_t left = record->size_bytes;
  unsigned kind = access_kind(record->kind);
  bool failed = false;
  if (record->kind >= PW_TRACE_KINDS || !record->size_bytes) return -PW_EINVAL;
  pw_stats_add_record(&simulation->stats, record);
  for (;;) {
    uint64_t room = PW_SMALL_PAGE_BYTES - (address & (PW_SMALL_PAGE_BYTES - 1));
    uint64_t size_bytes = left < room ? left : room;
    int status = run_piece(simulation, address, size_bytes, kind, &failed);
    left -= size_bytes;
    address += size_bytes;
    if (status) return status;
    if (!left) break;
    simulation->stats.page_crossings++;
  }
  simulation->stats.failed_records += failed;
  return 0;
}

int pw_simulation_run(struct pw_simulation *simulation, const struct pw_trace_record *records, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int status = pw_simulation_step(simulation, &records[i]);
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
