/* observed_memory.c: what memory says of an address, now and a while ago. */
#include "observed.h"
#include "paging_format.h"

void pw_observed_write(struct pw_watch *watch, uint64_t address, uint64_t held) {
  watch->before[watch->writes++ % PW_WRITES] = (struct pw_before){watch->event, address, held};
}

bool pw_observed_knows_memory_at(const struct pw_watch *watch, uint64_t event) {
  return watch->writes <= PW_WRITES || watch->before[watch->writes % PW_WRITES].event <= event;
}

/* But for A and D, which walks set. */
static uint64_t value_at(const struct pw_watch *watch, uint64_t address, uint64_t event) {
  uint64_t value = pw_physical_read64(watch->memory, address);
  for (uint64_t i = 1; i <= watch->writes && i <= PW_WRITES; i++) {
    const struct pw_before *before = &watch->before[(watch->writes - i) % PW_WRITES];
    if (before->event <= event) break;
    if (before->address == address) value = before->value;
  }
  return value;
}

struct pw_chain pw_observed_memory_at(const struct pw_watch *watch, const struct pw_check_context *context,
                                      uint64_t linear_address, uint64_t event) {
  struct pw_chain chain = pw_chain_start(context);
  while (chain.end == PW_CHAIN_OPEN && chain.level > 1) {
    uint64_t address = chain.table_address + pw_entry_offset(&context->mode.rules, chain.level - 1u, linear_address);
    pw_chain_append(&chain, context, address, value_at(watch, address, event), watch->event);
  }
  return chain;
}
