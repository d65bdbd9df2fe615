/*
 * walk_memory.h: how a walk reads and updates entries: for real through the port and the memory hierarchy, or, for a
 * probe, through an overlay that keeps the probe's own writes and leaves memory and caches as they are.
 */
#ifndef PAGEWALK_HARDWARE_WALK_MEMORY_H
#define PAGEWALK_HARDWARE_WALK_MEMORY_H

#include <pagewalk/memory.h>
#include <stdbool.h>

#define PW_OVERLAY_WORDS PW_MAX_STEPS

/* Every word that a probe has touched: what it would hold now. */
struct pw_walk_overlay {
  unsigned count;
  uint64_t address[PW_OVERLAY_WORDS]; /* of the 8 bytes */
  uint64_t value[PW_OVERLAY_WORDS];
};

struct pw_walk_memory {
  const struct pw_memory_port *port;
  struct pw_memory_hierarchy *hierarchy; /* NULL: untimed */
  struct pw_walk_overlay *overlay;       /* NULL: a real walk; else untimed */
};

/*
 * Reads the entry_bytes (4 or 8) at the address into *entry and its cost into *reference. Returns an enum
 * pw_port_result. Memory is reached 8 bytes at a time, whatever the size of an entry.
 */
int pw_walk_memory_read(const struct pw_walk_memory *memory, uint64_t entry_address, unsigned entry_bytes,
                        uint64_t *entry, struct pw_memory_reference *reference);

/* Replaces an entry that still has the expected value. Returns an enum pw_port_result. */
int pw_walk_memory_update(const struct pw_walk_memory *memory, uint64_t entry_address, unsigned entry_bytes,
                          uint64_t expected, uint64_t desired, struct pw_memory_reference *reference);

#endif
