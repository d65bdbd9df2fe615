/* strict_control.c: control operations: registers at once, what they invalidate when the device shows it. */
#include "strict_state.h"

#define CR0_BITS (PW_CR0_WP | PW_CR0_PG)
#define CR4_BITS (PW_CR4_PGE | PW_CR4_PCIDE | PW_CR4_SMEP | PW_CR4_SMAP)
/* The rest is as a 64-bit processor has it. */
#define CR4_FIXED (PW_CR4_PAE | PW_CR4_PSE)

int pw_strict_reset_registers(struct pw_strict *strict) {
  struct pw_control control = {.cr4 = CR4_FIXED, .efer = PW_EFER_LME, .pat = PW_PAT_RESET};
  strict->control = PW_STRICT_IDLE;
  return pw_mmu_set_control(strict->mmu, &control);
}

/* Bits of CR4 that this device has. */
static uint64_t cr4_of(const struct pw_strict *strict, uint64_t data) {
  uint64_t bits = CR4_BITS;
  if (strict->config.pke) bits |= PW_CR4_PKE;
  if (strict->config.mode == PW_MODE_5LEVEL) bits |= PW_CR4_LA57;
  return (data & bits) | CR4_FIXED;
}

/* Registers change now; what is to be invalidated is kept. Returns 0 or -PW_EGP. */
static int execute(struct pw_strict *strict, unsigned op, uint64_t data, unsigned pcid) {
  struct pw_mmu *mmu = strict->mmu;
  struct pw_invalidation *then = &strict->invalidation;
  *then = (struct pw_invalidation){0};
  switch (op) {
    case PW_CTL_CR3: return pw_load_cr3(mmu, data, then);
    case PW_CTL_CR0: return pw_load_cr0(mmu, data & CR0_BITS, then);
    case PW_CTL_CR4: return pw_load_cr4(mmu, cr4_of(strict, data), then);
    case PW_CTL_EFER: return pw_write_efer(mmu, (data & PW_EFER_NXE) | PW_EFER_LME);
    case PW_CTL_PKRU: return pw_write_pkru(mmu, (uint32_t)data);
    case PW_CTL_INVLPG: pw_plan_invlpg(mmu, data, then); return 0;
    case PW_CTL_INVPCID_ADDRESS:
    case PW_CTL_INVPCID_CONTEXT:
    case PW_CTL_INVPCID_ALL_WITH_GLOBALS:
    case PW_CTL_INVPCID_ALL_BUT_GLOBALS: return pw_plan_invpcid(mmu, op - PW_CTL_INVPCID_ADDRESS, pcid, data, then);
    default: return -PW_EINVAL;
  }
}

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
  if (execute(strict, op, event->u.control.data, event->u.control.pcid)) {
    const char *name = pw_control_op_name(op);
    pw_strict_wrong(strict, NULL, "control: %s 0x%llx pcid %u is no operation that a processor completes",
                    name ? name : "?", (unsigned long long)event->u.control.data, event->u.control.pcid);
    return;
  }
  strict->context++;
  strict->queued_or_in_slot[1] = strict->queued_or_in_slot[0];
  strict->queued_or_in_slot[0] = 0;
  strict->alone = NULL;
  strict->control = PW_STRICT_ACCEPTED;
  strict->control_cycle = strict->cycle;
  strict->counts.control_ops++;
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
