/* strict_response.c: a response of a device, held to the model's record and, when it was alone, to its cycles. */
#include "strict_state.h"

#define MOST_DIFFERENCE (PW_CHECK_DIFFERENCE + 1)

static unsigned fault_of(const struct pw_translation *t) {
  static const uint8_t fault[PW_OUTCOMES] = {[PW_MAPPED] = PW_RSP_NONE,
                                             [PW_PAGE_FAULT] = PW_RSP_PAGE_FAULT,
                                             [PW_GENERAL_PROTECTION] = PW_RSP_GENERAL_PROTECTION,
                                             [PW_STACK_FAULT] = PW_RSP_STACK_FAULT,
                                             [PW_BUS_ERROR] = PW_RSP_BUS_ERROR,
                                             [PW_DROPPED] = PW_RSP_DROPPED};
  return fault[t->outcome];
}

static unsigned page_level_of(const struct pw_translation *t) { return (t->page_shift - PW_SMALL_PAGE_SHIFT) / 9u; }

static unsigned source_of(const struct pw_translation *t) {
  if (t->walked) return PW_RSP_FROM_WALK;
  return t->hit_level > 1 ? PW_RSP_FROM_L2 : PW_RSP_FROM_L1;
}

/* One field of the response. False, and the verdict is given, when the two differ. */
static bool same(struct pw_strict *strict, const struct pw_strict_transaction *tx, const char *field, uint64_t device,
                 uint64_t model) {
  if (device == model) return true;
  pw_strict_wrong(strict, tx, "response: %s: device 0x%llx, model 0x%llx", field, (unsigned long long)device,
                  (unsigned long long)model);
  return false;
}

static bool check_page(struct pw_strict *strict, const struct pw_strict_transaction *tx, const struct pw_event *event) {
  const struct pw_translation *t = &tx->record;
  uint32_t memory_type = (t->attributes & PW_ATTR_PAT_MASK) >> PW_ATTR_PAT_SHIFT;
  return same(strict, tx, "physical address", event->u.response.physical_address, t->physical_address) &&
         same(strict, tx, "page level", event->u.response.page_level, page_level_of(t)) &&
         same(strict, tx, "memory type", event->u.response.memory_type, memory_type) &&
         same(strict, tx, "global", event->u.response.global, (t->attributes & PW_ATTR_GLOBAL) != 0);
}

/* Fields that mean nothing for an outcome are not looked at. */
static bool check_answer(struct pw_strict *strict, const struct pw_strict_transaction *tx,
                         const struct pw_event *event) {
  const struct pw_translation *t = &tx->record;
  bool has_error_code =
      t->outcome == PW_PAGE_FAULT || t->outcome == PW_GENERAL_PROTECTION || t->outcome == PW_STACK_FAULT;
  if (!same(strict, tx, "fault", event->u.response.fault, fault_of(t))) return false;
  if (!same(strict, tx, "source", event->u.response.source, source_of(t))) return false;
  if (has_error_code && !same(strict, tx, "error code", event->u.response.error_code, t->error_code)) return false;
  return t->outcome != PW_MAPPED || check_page(strict, tx, event);
}

/* Cycles from accept to response, beyond the pipeline, beside the model's. */
static bool check_cycles(struct pw_strict *strict, const struct pw_strict_transaction *tx) {
  struct pw_check_stats *stats = &strict->stats;
  uint64_t device = strict->cycle - tx->accepted_cycle;
  uint64_t model = strict->options.pipeline_cycles + (uint64_t)pw_translation_cycles(&tx->record);
  int64_t difference = (int64_t)(device - model);
  stats->device_cycles += device - strict->options.pipeline_cycles;
  stats->model_cycles += model - strict->options.pipeline_cycles;
  if (tx != strict->alone || !strict->timed) {
    if (difference > MOST_DIFFERENCE) difference = MOST_DIFFERENCE;
    if (difference < -MOST_DIFFERENCE) difference = -MOST_DIFFERENCE;
    stats->difference[difference + MOST_DIFFERENCE]++;
    return true;
  }
  stats->exact++;
  if (!difference) return true;
  pw_strict_wrong(strict, tx, "response: after %llu cycles, model %llu", (unsigned long long)device,
                  (unsigned long long)model);
  return false;
}

void pw_strict_response(struct pw_strict *strict, const struct pw_event *event) {
  unsigned port = event->u.response.port, id = event->u.response.id;
  struct pw_strict_transaction *tx = port < PW_CHECK_PORTS ? strict->by_id[port][id] : NULL;
  if (!tx || tx->responded) {
    pw_strict_wrong(strict, NULL, "response: no request waits for one with id %u of port %u", id, port);
    return;
  }
  if (!tx->answered) {
    pw_strict_wrong(strict, tx, "response: the request has not been %s",
                    tx->killed ? "answered, and was killed" : "answered");
    return;
  }
  if (!check_answer(strict, tx, event) || !check_cycles(strict, tx)) return;
  strict->stats.faults[event->u.response.fault]++;
  strict->stats.hits[event->u.response.source]++;
  pw_strict_responded(strict, tx);
}
