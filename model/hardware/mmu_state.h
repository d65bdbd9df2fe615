/* mmu_state.h: what an MMU consists of, for the files that together implement mmu.h. */
#ifndef PAGEWALK_HARDWARE_MMU_STATE_H
#define PAGEWALK_HARDWARE_MMU_STATE_H

#include "control.h"
#include "tlb_hierarchy.h"
#include "walker.h"

struct pw_mmu {
  struct pw_translation_mode mode;
  struct pw_tlb_hierarchy tlbs;
  struct pw_walker walker;
  struct pw_control control;
  unsigned physical_address_bits;
  bool pages_1gb;
};

#endif
