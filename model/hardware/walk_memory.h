/*
 * walk_memory.h: how a walk reads and updates entries: for real through the port and the memory hierarchy; for a
 * probe, through an overlay that keeps the probe's own writes and leaves memory and caches as they are; or, when the
 * walk of a device is followed, from the script of what that device did.
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

/* One operation on memory, as a device did it or as the walk wants it. */
struct pw_walk_operation {
  uint64_t address;                     /* of the 8 bytes */
  uint64_t value;                       /* a read: what memory held; a compare-and-swap: what it had to hold */
  uint64_t desired;                     /* a compare-and-swap: the new value */
  struct pw_memory_reference reference; /* what it cost when it happened */
  uint8_t swap;                         /* 1: a compare-and-swap */
  uint8_t result;                       /* enum pw_port_result */
  uint8_t cache_control;                /* as pw_walk_step has it */
};

/* A device may do more than any walk wants; as many operations are kept. */
#define PW_SCRIPT_OPERATIONS (2 * PW_MAX_LEVELS + 6)

/*
 * One attempt of a device's walk, and the same attempt by the model's walk, which gets its values from it. The two are
 * compared operation by operation; the first that differs ends the walk as a bus error would.
 */
struct pw_walk_script {
  unsigned count;        /* operations that the device did */
  unsigned wanted_count; /* operations that the walk wanted; all but the last one of these are equal */
  bool differs;
  struct pw_walk_operation done[PW_SCRIPT_OPERATIONS];
  struct pw_walk_operation wanted[PW_SCRIPT_OPERATIONS];
};

struct pw_walk_memory {
  const struct pw_memory_port *port;
  struct pw_memory_hierarchy *hierarchy; /* NULL: untimed */
  struct pw_walk_overlay *overlay;       /* NULL: a real walk; else untimed */
  struct pw_walk_script *script;         /* not NULL: port, hierarchy and overlay are not used; entries have 8 bytes */
  uint8_t cache_control;                 /* of the next operation; only a script looks at it */
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
