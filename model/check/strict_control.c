/* strict_control.c: control operations: registers at once, what they invalidate when the device shows it. */
#include "control_execute.h"
#include "strict_state.h"

void pw_strict_control(struct pw_strict *strict, const struct pw_event *event) {
  const unsigned op = event->u.control.op;
  if (strict->control != PW_STRICT_IDLE) {
    pw_strict_wrong(strict, NULL, "control: accepted while another operation is not done");
    return;
  }
  if (strict->queued_or_in_slot[1]) {
    pw_strict_wrong(strict, NULL, "control: accepted while a request of the context before the last one is alive");
    return;
  }
  pw_mmu_keep_context(strict->mmu, &strict->older);
  if (pw_control_execute(strict->mmu, &strict->config, event, &strict->invalidation)) {
    const char *name = pw_control_op_name(op);
    pw_strict_wrong(strict, NULL, "control: %s 0x%llx pcid %u is no operation that a processor completes: %s",
                    name ? name : "?", (unsigned long long)event->u.control.data, event->u.control.pcid,
                    pw_control_refusal(event->u.control.op));
    return;
  }
  strict->context++;
  strict->queued_or_in_slot[1] = strict->queued_or_in_slot[0];
  strict->queued_or_in_slot[0] = 0;
  strict->alone = NULL;
  strict->control = PW_STRICT_ACCEPTED;
  strict->control_cycle = strict->cycle;
  strict->stats.control_ops++;
}

void pw_strict_invalidate(struct pw_strict *strict) {
  if (strict->control != PW_STRICT_ACCEPTED) {
    pw_strict_wrong(strict, NULL, "invalidate: without a control operation that waits for it");
    return;
  }
  pw_invalidate(strict->mmu, &strict->invalidation);
  strict->control = PW_STRICT_INVALIDATED;
}

void pw_strict_control_done(struct pw_strict *strict) {
  if (strict->control != PW_STRICT_INVALIDATED) {
    pw_strict_wrong(strict, NULL, "control-done: without a control operation whose invalidation is done");
    return;
  }
  strict->control = PW_STRICT_IDLE;
}
