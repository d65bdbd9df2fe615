/* control.c: legality and meaning of the control registers. */
#include "control.h"

#define PCID_MASK UINT64_C(0xfff)

static bool has(uint64_t value, uint64_t bit) { return (value & bit) != 0; }

static bool long_mode(const struct pw_control *control) {
  return has(control->cr0, PW_CR0_PG) && has(control->efer, PW_EFER_LME);
}

/* SDM "Page Attribute Table (PAT)": encodings 2, 3 and those above 7 are reserved. */
static bool pat_is_legal(uint64_t pat) {
  for (unsigned i = 0; i < 8; i++) {
    uint64_t type = pat >> (8 * i) & 0xff;
    if (type > PW_UC_MINUS || type == 2 || type == 3) return false;
  }
  return true;
}

int pw_control_check(const struct pw_control *control, unsigned physical_address_bits) {
  bool paging = has(control->cr0, PW_CR0_PG);
  /* SDM "IA-32e Mode Operation": long mode needs PAE; leaving PAE in long mode is #GP. */
  if (long_mode(control) && !has(control->cr4, PW_CR4_PAE)) return -PW_EGP;
  /* SDM "Process-Context Identifiers (PCIDs)": only in IA-32e mode. */
  if (has(control->cr4, PW_CR4_PCIDE) && !long_mode(control)) return -PW_EGP;
  /* SDM volume 2, "MOV—Move to/from Control Registers": reserved bits of CR3. */
  if (paging && long_mode(control) && control->cr3 >> physical_address_bits) return -PW_EGP;
  if (!pat_is_legal(control->pat)) return -PW_EGP;
  return 0;
}

int pw_control_check_change(const struct pw_control *from, const struct pw_control *to) {
  bool stays_long = long_mode(from) && long_mode(to);
  /* SDM "Process-Context Identifiers (PCIDs)": PCIDE may be set only while CR3[11:0] = 0. */
  bool sets_pcide = !has(from->cr4, PW_CR4_PCIDE) && has(to->cr4, PW_CR4_PCIDE);
  if (sets_pcide && (from->cr3 & PCID_MASK)) return -PW_EGP;
  /* SDM "Paging-Mode Enabling": LA57 does not change in IA-32e mode; LME does not change while paging is on. */
  if (stays_long && has(from->cr4 ^ to->cr4, PW_CR4_LA57)) return -PW_EGP;
  if (has(from->cr0, PW_CR0_PG) && has(from->efer ^ to->efer, PW_EFER_LME)) return -PW_EGP;
  return 0;
}

static enum pw_paging_mode mode_of(const struct pw_control *control) {
  if (!has(control->cr0, PW_CR0_PG)) return PW_MODE_32BIT; /* linear addresses have 32 bits */
  if (has(control->efer, PW_EFER_LME)) return has(control->cr4, PW_CR4_LA57) ? PW_MODE_5LEVEL : PW_MODE_4LEVEL;
  return has(control->cr4, PW_CR4_PAE) ? PW_MODE_PAE : PW_MODE_32BIT;
}

/* SDM "Paging and Memory Typing": PWT and PCD of CR3; with PCIDs these bits belong to the PCID, and both count as 0. */
static uint32_t root_cache_control(const struct pw_control *control) {
  return has(control->cr4, PW_CR4_PCIDE) ? 0 : (uint32_t)(control->cr3 >> 3 & 3);
}

struct pw_translation_mode pw_control_decode(const struct pw_control *control, unsigned physical_address_bits,
                                             bool pages_1gb) {
  enum pw_paging_mode mode = mode_of(control);
  bool long_mode_paging = pw_paging_formats[mode].long_mode;
  bool nxe = has(control->efer, PW_EFER_NXE) && pw_paging_formats[mode].entry_bytes == 8;
  bool pke = has(control->cr4, PW_CR4_PKE) && long_mode_paging;
  struct pw_rule_inputs rule_inputs = {.physical_address_bits = physical_address_bits,
                                       .pages_1gb = pages_1gb,
                                       .pse = has(control->cr4, PW_CR4_PSE),
                                       .nxe = nxe};
  struct pw_permission_inputs permission_inputs = {.wp = has(control->cr0, PW_CR0_WP),
                                                   .smep = has(control->cr4, PW_CR4_SMEP),
                                                   .smap = has(control->cr4, PW_CR4_SMAP),
                                                   .nxe = nxe,
                                                   .pke = pke,
                                                   .pkru = control->pkru};
  struct pw_translation_mode decoded = {
      .paging = has(control->cr0, PW_CR0_PG),
      .mode = mode,
      .pcid = has(control->cr4, PW_CR4_PCIDE) ? (unsigned)(control->cr3 & PCID_MASK) : 0,
      .root_address = control->cr3 & pw_paging_formats[mode].root_mask,
      .root_cache_control = root_cache_control(control),
      .rules = pw_walk_rules_make(mode, rule_inputs),
      .permissions = pw_permissions_make(permission_inputs),
  };
  return decoded;
}
