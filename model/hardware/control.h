/* control.h: which control-register values are legal, and what translation makes of them. Pure. */
#ifndef PAGEWALK_HARDWARE_CONTROL_H
#define PAGEWALK_HARDWARE_CONTROL_H

#include <pagewalk/mmu.h>

#include "paging_format.h"
#include "permission.h"

/* What the registers mean for a translation. */
struct pw_translation_mode {
  bool paging; /* CR0.PG */
  enum pw_paging_mode mode;
  unsigned pcid;               /* 0 without CR4.PCIDE */
  uint64_t root_address;       /* physical address of the top table */
  uint32_t root_cache_control; /* PWT in bit 0, PCD in bit 1: for references to it */
  struct pw_walk_rules rules;
  struct pw_permissions permissions;
};

/* Returns 0, or -PW_EGP when no processor can be in this state (each rule cites its section in control.c). */
int pw_control_check(const struct pw_control *control, unsigned physical_address_bits);

/* The same for the step from one legal state to another: what a MOV may not change at once. */
int pw_control_check_change(const struct pw_control *from, const struct pw_control *to);

struct pw_translation_mode pw_control_decode(const struct pw_control *control, unsigned physical_address_bits,
                                             bool pages_1gb);

#endif
