/*
 * legality.h: which control operations an instruction could make now. A device need not cope with one that would have
 * raised #GP, so that none is ever sent: whatever operations are left out of an episode.
 */
#ifndef PAGEWALK_COSIM_LEGALITY_H
#define PAGEWALK_COSIM_LEGALITY_H

#include <pagewalk/check.h>
#include <stdbool.h>

/* The registers alone: an MMU of the model without TLBs. */
struct legality {
  struct pw_mmu *mmu;
  struct pw_physical_memory *memory;
  struct pw_control reset;
};

int legality_create(const struct pw_config *config, struct legality *legality);
void legality_free(struct legality *legality);
void legality_reset(struct legality *legality);

/* Does the operation if it is legal. False, and nothing done, when not. */
bool legality_try(struct legality *legality, unsigned op, uint64_t data, unsigned pcid);

#endif
