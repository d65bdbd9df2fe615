/* software_stack.c: the operating system of one memory image. */
#include "software_stack.h"

#include <pagewalk/entry.h>

#include "paging_format.h"

#define TABLE_ENTRIES 512

/* An MMU that caches nothing. */
static int make_nowhere(const struct pw_config *config, struct software_stack *stack) {
  struct pw_config bare = *config;
  struct pw_memory_port port = pw_physical_memory_port(stack->memory);
  bare.tlb_count = 0;
  bare.cache_count = 0;
  bare.walk_enters = 0;
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) bare.psc[level].sets = 0;
  return pw_mmu_create(&bare, &port, NULL, &stack->nowhere);
}

int software_stack_create(const struct pw_config *config, struct pw_physical_memory *memory,
                          struct software_stack *stack) {
  *stack = (struct software_stack){.memory = memory};
  int status = pw_frames_create(config, &stack->frames);
  if (!status) status = pw_address_space_create(config, memory, stack->frames, &stack->space);
  if (!status) status = make_nowhere(config, stack);
  return status ? status : pw_pager_create(config, stack->space, stack->frames, stack->nowhere, &stack->pager);
}

void software_stack_free(struct software_stack *stack) {
  pw_pager_destroy(stack->pager);
  pw_mmu_destroy(stack->nowhere);
  pw_address_space_destroy(stack->space);
  pw_frames_destroy(stack->frames);
  *stack = (struct software_stack){0};
}

static bool visit_table(const struct software_stack *stack, unsigned level, uint64_t table,
                        const struct entry_visitor *visitor) {
  for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
    uint64_t entry = pw_physical_read64(stack->memory, table + 8 * i);
    if (!visitor->visit(visitor->context, table + 8 * i)) return false;
    bool leaf = level == 1 || (entry & PW_ENTRY_PS);
    if (!(entry & PW_ENTRY_P) || leaf) continue;
    if (!visit_table(stack, level - 1, entry & PW_ENTRY_ADDRESS, visitor)) return false;
  }
  return true;
}

bool software_stack_visit(const struct software_stack *stack, const struct pw_config *config,
                          const struct entry_visitor *visitor) {
  return visit_table(stack, pw_paging_formats[config->mode].levels, pw_address_space_root(stack->space), visitor);
}
