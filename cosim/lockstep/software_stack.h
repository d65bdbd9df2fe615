/*
 * software_stack.h: frames, page tables and pager over one memory image.
 */
#ifndef PAGEWALK_COSIM_SOFTWARE_STACK_H
#define PAGEWALK_COSIM_SOFTWARE_STACK_H

#include <pagewalk/config.h>
#include <pagewalk/software.h>
#include <stdbool.h>

struct software_stack {
  struct pw_physical_memory *memory; /* the caller's */
  struct pw_frames *frames;
  struct pw_address_space *space;
  struct pw_mmu *nowhere; /* takes the invalidations of the pager, which the device gets as control operations */
  struct pw_pager *pager;
};

int software_stack_create(const struct pw_config *config, struct pw_physical_memory *memory,
                          struct software_stack *stack);
void software_stack_free(struct software_stack *stack);

/* Calls `visit` with the address of every entry of every table; it returns false to end. */
struct entry_visitor {
  void *context;
  bool (*visit)(void *context, uint64_t entry_address);
};
bool software_stack_visit(const struct software_stack *stack, const struct pw_config *config,
                          const struct entry_visitor *visitor);

#endif
