/* memory.h: simulated physical memory, the port through which a walker reaches memory, and the cache hierarchy. */
#ifndef PAGEWALK_MEMORY_H
#define PAGEWALK_MEMORY_H

#include <pagewalk/config.h>
#include <pagewalk/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the port ---- */

enum pw_port_result {
  PW_PORT_OK = 0,
  PW_PORT_MISMATCH = 1,  /* compare-and-swap: memory did not hold the expected value, and is unchanged */
  PW_PORT_BUS_ERROR = 2, /* nothing answers at this address */
  PW_PORT_RESULTS
};

/*
 * The MMU's only way to memory: 8-byte reads and 8-byte compare-and-swaps at 8-byte aligned physical addresses.
 * The functions return enum pw_port_result. `context` is handed back unchanged. Implement it to put the MMU in front
 * of any memory: a test double, a bus model, a simulator's DPI-C functions.
 */
struct pw_memory_port {
  void *context;
  int (*read)(void *context, uint64_t physical_address, uint64_t *value);
  int (*compare_and_swap)(void *context, uint64_t physical_address, uint64_t expected, uint64_t desired);
};

/* ---- sparse physical memory ---- */

/* 2^52 bytes of zeroes, stored by 4 KB frames that exist once written. Opaque. */
struct pw_physical_memory;

/* Returns 0 or -PW_ENOMEM. The caller owns *memory and ends it with pw_physical_memory_destroy (NULL is allowed). */
int pw_physical_memory_create(struct pw_physical_memory **memory);
void pw_physical_memory_destroy(struct pw_physical_memory *memory);

/* Forgets everything written; all bytes read as zero again. */
void pw_physical_memory_clear(struct pw_physical_memory *memory);

/* The aligned 8 bytes that hold physical_address (its low 3 bits are ignored). Never-written memory reads as 0. */
uint64_t pw_physical_read64(const struct pw_physical_memory *memory, uint64_t physical_address);

/* Returns 0, -PW_ENOMEM, or -PW_EINVAL for an address of more than 52 bits. */
int pw_physical_write64(struct pw_physical_memory *memory, uint64_t physical_address, uint64_t value);

/* Sets the 4 KB frame that holds physical_address to zero, without storing a frame that was never written. */
void pw_physical_zero_frame(struct pw_physical_memory *memory, uint64_t physical_address);

/* Host bytes that the stored frames and the tree that finds them occupy. */
uint64_t pw_physical_stored_bytes(const struct pw_physical_memory *memory);

/* The memory as a port. It stays valid as long as the memory does. Addresses above 2^52 answer with a bus error. */
struct pw_memory_port pw_physical_memory_port(struct pw_physical_memory *memory);

/* ---- the memory hierarchy ---- */

/* Write-back, write-allocate caches in front of DRAM: who answers a reference, and after how long. Opaque. */
struct pw_memory_hierarchy;

/* What one memory reference cost. */
struct pw_memory_reference {
  uint32_t cycles;
  uint8_t served_by;   /* index of the cache that hit, or PW_SERVED_BY_DRAM */
  uint8_t write_backs; /* dirty lines this reference pushed out to DRAM */
  uint16_t reserved;
};

/* config must be valid. Returns 0 or -PW_ENOMEM; the caller owns *hierarchy. */
int pw_memory_hierarchy_create(const struct pw_config *config, struct pw_memory_hierarchy **hierarchy);
void pw_memory_hierarchy_destroy(struct pw_memory_hierarchy *hierarchy);

/* Empties every cache without writing anything back, and starts its replacement state anew. */
void pw_memory_hierarchy_reset(struct pw_memory_hierarchy *hierarchy);

/*
 * One reference of the core: looks the line up level by level, fills the levels nearer to the core, marks the first
 * level's line dirty on a write. kind is an enum pw_access_kind. The reference must not cross a line.
 */
struct pw_memory_reference pw_memory_access(struct pw_memory_hierarchy *hierarchy, uint64_t physical_address,
                                            unsigned kind);

/* One reference of the page walker: the same, entering where the configuration says. write is 0 or 1. */
struct pw_memory_reference pw_memory_walk_access(struct pw_memory_hierarchy *hierarchy, uint64_t physical_address,
                                                 int write);

#ifdef __cplusplus
}
#endif
#endif
