/* walk_memory.c: entry reads and compare-and-swap updates of a walk: real, on an overlay, or from a script. */
#include "walk_memory.h"

#include <assert.h>
#include <stddef.h>

#define WORD_MASK (~UINT64_C(7))

/* Value of a word in the overlay, added with `initial` when it is not there yet. */
static uint64_t *overlay_word(struct pw_walk_overlay *overlay, uint64_t address, uint64_t initial) {
  for (unsigned i = 0; i < overlay->count; i++) {
    if (overlay->address[i] == address) return &overlay->value[i];
  }
  assert(overlay->count < PW_OVERLAY_WORDS);
  overlay->address[overlay->count] = address;
  overlay->value[overlay->count] = initial;
  return &overlay->value[overlay->count++];
}

static struct pw_memory_reference reference_to(const struct pw_walk_memory *memory, uint64_t address, int write) {
  bool timed = memory->hierarchy && !memory->overlay;
  if (timed) return pw_memory_walk_access(memory->hierarchy, address, write);
  return (struct pw_memory_reference){0, PW_SERVED_BY_DRAM, 0, 0};
}

static int read_word(const struct pw_walk_memory *memory, uint64_t address, uint64_t *word) {
  int result = memory->port->read(memory->port->context, address, word);
  if (result == PW_PORT_OK && memory->overlay) *word = *overlay_word(memory->overlay, address, *word);
  return result;
}

static int swap_word(const struct pw_walk_memory *memory, uint64_t address, uint64_t expected, uint64_t desired) {
  if (memory->overlay) {
    uint64_t *value = overlay_word(memory->overlay, address, expected);
    if (*value != expected) return PW_PORT_MISMATCH;
    *value = desired;
    return PW_PORT_OK;
  }
  return memory->port->compare_and_swap(memory->port->context, address, expected, desired);
}

/* ---- from a script ---- */

static bool same_operation(const struct pw_walk_operation *done, const struct pw_walk_operation *wanted) {
  if (done->address != wanted->address || done->swap != wanted->swap) return false;
  if (done->cache_control != wanted->cache_control) return false;
  return !wanted->swap || (done->value == wanted->value && done->desired == wanted->desired);
}

/* What the device did for an operation that the walk wants, or NULL when it did another one or none. */
static const struct pw_walk_operation *next_of_script(struct pw_walk_script *script,
                                                      const struct pw_walk_operation *wanted) {
  assert(script->wanted_count < PW_SCRIPT_OPERATIONS);
  unsigned at = script->wanted_count++;
  script->wanted[at] = *wanted;
  script->differs = at >= script->count || !same_operation(&script->done[at], wanted);
  return script->differs ? NULL : &script->done[at];
}

static int follow_read(const struct pw_walk_memory *memory, uint64_t address, uint64_t *entry,
                       struct pw_memory_reference *reference) {
  struct pw_walk_operation wanted = {.address = address, .cache_control = memory->cache_control};
  const struct pw_walk_operation *done = next_of_script(memory->script, &wanted);
  *entry = done ? done->value : 0;
  *reference = done ? done->reference : (struct pw_memory_reference){0};
  return done ? done->result : PW_PORT_BUS_ERROR;
}

static int follow_update(const struct pw_walk_memory *memory, uint64_t address, uint64_t expected, uint64_t desired,
                         struct pw_memory_reference *reference) {
  struct pw_walk_operation wanted = {
      .address = address, .value = expected, .desired = desired, .swap = 1, .cache_control = memory->cache_control};
  const struct pw_walk_operation *done = next_of_script(memory->script, &wanted);
  *reference = done ? done->reference : (struct pw_memory_reference){0};
  return done ? done->result : PW_PORT_BUS_ERROR;
}

/* ---- both ---- */

/* Bit position of a 4-byte entry within its word. */
static unsigned half_shift(uint64_t entry_address) { return entry_address & 4 ? 32 : 0; }

int pw_walk_memory_read(const struct pw_walk_memory *memory, uint64_t entry_address, unsigned entry_bytes,
                        uint64_t *entry, struct pw_memory_reference *reference) {
  uint64_t word = 0;
  assert(!memory->script || entry_bytes == 8);
  if (memory->script) return follow_read(memory, entry_address, entry, reference);
  *reference = reference_to(memory, entry_address, 0);
  int result = read_word(memory, entry_address & WORD_MASK, &word);
  *entry = entry_bytes == 8 ? word : (word >> half_shift(entry_address)) & UINT32_MAX;
  return result;
}

int pw_walk_memory_update(const struct pw_walk_memory *memory, uint64_t entry_address, unsigned entry_bytes,
                          uint64_t expected, uint64_t desired, struct pw_memory_reference *reference) {
  uint64_t address = entry_address & WORD_MASK;
  if (memory->script) return follow_update(memory, address, expected, desired, reference);
  *reference = reference_to(memory, entry_address, 1);
  if (entry_bytes == 8) return swap_word(memory, address, expected, desired);

  /* The other half of the word belongs to another entry: it may have any value, and keeps it. */
  uint64_t word = 0;
  unsigned shift = half_shift(entry_address);
  int result = read_word(memory, address, &word);
  if (result != PW_PORT_OK) return result;
  if (((word >> shift) & UINT32_MAX) != expected) return PW_PORT_MISMATCH;
  uint64_t replaced = (word & ~((uint64_t)UINT32_MAX << shift)) | desired << shift;
  return swap_word(memory, address, word, replaced);
}
