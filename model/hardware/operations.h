/*
 * operations.h: control operations in two parts, as a device shows them: registers change, and then what the operation
 * invalidates is gone; and the registers of an older context made current for a moment.
 */
#ifndef PAGEWALK_HARDWARE_OPERATIONS_H
#define PAGEWALK_HARDWARE_OPERATIONS_H

#include "mmu_state.h"

/* What an operation invalidates, worked out when it executes. All zero: nothing. */
struct pw_invalidation {
  unsigned match_count;
  struct pw_key_match match[2]; /* of TLB and paging-structure-cache entries */
  bool page;                    /* and a page in the TLBs, with the paging-structure-cache entries of its PCID */
  bool globals;                 /* the page also where it is global */
  unsigned pcid;
  uint64_t linear_address;
};

/* The registers alone; *then receives what is to be invalidated. Each returns 0, or -PW_EGP with nothing to do. */
int pw_load_cr0(struct pw_mmu *mmu, uint64_t value, struct pw_invalidation *then);
int pw_load_cr3(struct pw_mmu *mmu, uint64_t value, struct pw_invalidation *then);
int pw_load_cr4(struct pw_mmu *mmu, uint64_t value, struct pw_invalidation *then);

void pw_plan_invlpg(const struct pw_mmu *mmu, uint64_t linear_address, struct pw_invalidation *plan);
int pw_plan_invpcid(const struct pw_mmu *mmu, unsigned type, unsigned pcid, uint64_t linear_address,
                    struct pw_invalidation *plan);

void pw_invalidate(struct pw_mmu *mmu, const struct pw_invalidation *invalidation);

/* Everything that a control operation may change about how an address is translated. */
struct pw_mmu_context {
  struct pw_control control;
  struct pw_translation_mode mode;
  uint64_t pdpte[4];
};

void pw_mmu_keep_context(const struct pw_mmu *mmu, struct pw_mmu_context *context);

/*
 * Makes a context that was kept current, and keeps the current one in its place; done twice, nothing has changed. In
 * between, pw_translate must not be used: hits that it remembers belong to the other context.
 */
void pw_mmu_exchange_context(struct pw_mmu *mmu, struct pw_mmu_context *context);

#endif
