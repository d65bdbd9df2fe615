/* control_execute.c: which register bits a device behind the port contract has, and what its operations do with them.
 */
#include "control_execute.h"

#define CR0_BITS (PW_CR0_WP | PW_CR0_PG)
#define CR4_BITS (PW_CR4_PGE | PW_CR4_PCIDE | PW_CR4_SMEP | PW_CR4_SMAP)
/* The rest is as a 64-bit processor has it. */
#define CR4_FIXED (PW_CR4_PAE | PW_CR4_PSE)

int pw_control_reset(struct pw_mmu *mmu) {
  struct pw_control control = {.cr4 = CR4_FIXED, .efer = PW_EFER_LME, .pat = PW_PAT_RESET};
  return pw_mmu_set_control(mmu, &control);
}

static uint64_t cr4_of(const struct pw_config *config, uint64_t data) {
  uint64_t bits = CR4_BITS;
  if (config->pke) bits |= PW_CR4_PKE;
  if (config->mode == PW_MODE_5LEVEL) bits |= PW_CR4_LA57;
  return (data & bits) | CR4_FIXED;
}

int pw_control_execute(struct pw_mmu *mmu, const struct pw_config *config, const struct pw_event *event,
                       struct pw_invalidation *then) {
  unsigned op = event->u.control.op, pcid = event->u.control.pcid;
  uint64_t data = event->u.control.data;
  *then = (struct pw_invalidation){0};
  switch (op) {
    case PW_CTL_CR3: return pw_load_cr3(mmu, data, then);
    case PW_CTL_CR0: return pw_load_cr0(mmu, data & CR0_BITS, then);
    case PW_CTL_CR4: return pw_load_cr4(mmu, cr4_of(config, data), then);
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

const char *pw_control_refusal(unsigned op) {
  switch (op) {
    case PW_CTL_CR3: return "bit 63 needs CR4.PCIDE, and the root must be below MAXPHYADDR";
    case PW_CTL_CR0: return "PG cannot be cleared while CR4.PCIDE is set";
    case PW_CTL_CR4: return "PCIDE needs paging and CR3[11:0] = 0 to be set, and LA57 stays while paging is on";
    case PW_CTL_INVPCID_ADDRESS:
    case PW_CTL_INVPCID_CONTEXT: return "a PCID other than 0 needs CR4.PCIDE, and the address must be canonical";
    default: return "there is no such operation, or a reserved bit is set";
  }
}
