/* trace_pager.c: page faults of a trace run, and what serving them writes. */
#include "trace_pager.h"

#include <inttypes.h>
#include <pagewalk/entry.h>

#include "requester.h"

#define REGION_BYTES (UINT64_C(1) << 21)
#define REGION_PAGES 512

static bool is_strict(const struct trace_pager *pager) { return pager->session->options.mode == PW_CHECK_STRICT; }

/* The one whose tables are read: both are the same. */
static const struct software_stack *tables(const struct trace_pager *pager) {
  return is_strict(pager) ? &pager->model : &pager->device;
}

int trace_pager_create(struct session *session, struct bench *bench, struct trace_pager *pager) {
  const struct pw_config *config = &session->config;
  *pager = (struct trace_pager){.session = session, .bench = bench};
  pager->rules = pw_walk_rules_make(
      config->mode, (struct pw_rule_inputs){config->physical_address_bits, config->pages_1gb, true, config->nxe});
  int status = software_stack_create(config, bench->responder.memory, &pager->device);
  if (status || !is_strict(pager)) return status;
  return software_stack_create(config, pw_checker_memory(bench->checker), &pager->model);
}

void trace_pager_free(struct trace_pager *pager) {
  software_stack_free(&pager->device);
  software_stack_free(&pager->model);
}

uint64_t trace_pager_root(const struct trace_pager *pager) { return pw_address_space_root(tables(pager)->space); }

/* ---- what was written ---- */

/* In strict mode both images have it already. */
static void tell(struct trace_pager *pager, uint64_t address, uint64_t value) {
  if (is_strict(pager)) {
    bench_log_write(pager->bench, address, value);
  } else {
    bench_write(pager->bench, address, value);
  }
}

static bool is_told(const struct trace_pager *pager) { return !is_strict(pager) || pager->session->log; }

/* The entries of a walk as software left them. */
static void tell_entries(struct trace_pager *pager, uint64_t address) {
  uint64_t table = trace_pager_root(pager);
  if (!is_told(pager)) return;
  for (unsigned level = pager->rules.format->levels; level >= 1; level--) {
    uint64_t at = table + pw_entry_offset(&pager->rules, level, address);
    uint64_t entry = pw_physical_read64(tables(pager)->memory, at);
    tell(pager, at, entry);
    if (!(entry & PW_ENTRY_P) || pw_entry_is_leaf(&pager->rules.level[level], entry)) return;
    table = entry & pager->rules.table_mask;
  }
}

/* A table that went out of use is zero before it is used again. */
static void tell_zero_table(struct trace_pager *pager, uint64_t table) {
  for (uint64_t i = 0; is_told(pager) && table && i < REGION_PAGES; i++) tell(pager, table + 8 * i, 0);
}

/* ---- faults ---- */

/* The lowest table that maps this address, 0 when there is none. */
static uint64_t table_of(const struct trace_pager *pager, uint64_t address) {
  struct pw_leaf leaf;
  int status = pw_find_leaf(tables(pager)->space, address, &leaf);
  return (!status || status == -PW_ENOENT) && leaf.level == 1 ? leaf.entry_address & ~UINT64_C(0xfff) : 0;
}

/* The pager has put one large page in the place of many: what it invalidated is invalidated in the device. */
static void invalidate_region(struct trace_pager *pager, uint64_t address) {
  uint64_t region = address & ~(REGION_BYTES - 1);
  for (uint64_t page = 0; page < REGION_PAGES; page++) {
    if (!request_control(pager->bench, PW_CTL_INVLPG, region + page * PW_SMALL_PAGE_BYTES, 0)) return;
  }
}

int trace_pager_serve(struct trace_pager *pager, const struct pw_translation *fault, struct pw_fault_service *service) {
  struct pw_fault_service other;
  uint64_t table = table_of(pager, fault->cr2);
  int status = pw_pager_handle_fault(pager->device.pager, fault, service);
  if (!status && is_strict(pager)) status = pw_pager_handle_fault(pager->model.pager, fault, &other);
  if (status) return status;
  if (service->promoted) tell_zero_table(pager, table);
  tell_entries(pager, fault->cr2);
  if (service->promoted) invalidate_region(pager, fault->cr2);
  return 0;
}

/* ---- the end ---- */

static bool same_entry(void *context, uint64_t address) {
  struct trace_pager *pager = context;
  uint64_t device = pw_physical_read64(pager->device.memory, address);
  uint64_t model = pw_physical_read64(pager->model.memory, address);
  if (device != model) {
    bench_fail(pager->bench,
               "the entry at 0x%" PRIx64 " is 0x%" PRIx64 " in the device's memory and 0x%" PRIx64 " in the model's",
               address, device, model);
  }
  return device == model;
}

void trace_pager_compare(struct trace_pager *pager) {
  struct entry_visitor visitor = {pager, same_entry};
  if (!bench_compare_images(pager->bench) || !is_strict(pager)) return;
  software_stack_visit(&pager->model, &pager->session->config, &visitor);
}
