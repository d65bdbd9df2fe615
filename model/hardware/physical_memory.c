/* physical_memory.c: sparse physical memory: a radix tree of 4 KB frames over a 52-bit address. */
#include <pagewalk/memory.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_BITS 52
#define FRAME_WORDS 512
#define NODE_BITS 10
#define NODE_SLOTS (1u << NODE_BITS)
#define NODE_LEVELS 4 /* 4 x 10 + 12 = 52 */

struct node {
  void *slot[NODE_SLOTS]; /* nodes, or frames at the last level */
};

struct pw_physical_memory {
  struct node root;
  uint64_t stored_bytes;
};

int pw_physical_memory_create(struct pw_physical_memory **memory) {
  *memory = calloc(1, sizeof **memory);
  return *memory ? 0 : -PW_ENOMEM;
}

static void free_below(struct node *node, unsigned level) {
  for (unsigned i = 0; i < NODE_SLOTS; i++) {
    if (!node->slot[i]) continue;
    if (level > 1) free_below(node->slot[i], level - 1);
    free(node->slot[i]);
    node->slot[i] = NULL;
  }
}

void pw_physical_memory_clear(struct pw_physical_memory *memory) {
  free_below(&memory->root, NODE_LEVELS);
  memory->stored_bytes = 0;
}

void pw_physical_memory_destroy(struct pw_physical_memory *memory) {
  if (!memory) return;
  pw_physical_memory_clear(memory);
  free(memory);
}

static unsigned slot_index(uint64_t address, unsigned level) {
  return (unsigned)(address >> (PW_SMALL_PAGE_SHIFT + NODE_BITS * (level - 1))) & (NODE_SLOTS - 1);
}

static uint64_t *find_frame(const struct pw_physical_memory *memory, uint64_t address) {
  const struct node *node = &memory->root;
  if (address >> ADDRESS_BITS) return NULL;
  for (unsigned level = NODE_LEVELS; level > 1; level--) {
    node = node->slot[slot_index(address, level)];
    if (!node) return NULL;
  }
  return node->slot[slot_index(address, 1)];
}

/* The frame, made of zeroes when it was never written; NULL when the host has no memory. */
static uint64_t *make_frame(struct pw_physical_memory *memory, uint64_t address) {
  struct node *node = &memory->root;
  for (unsigned level = NODE_LEVELS; level >= 1; level--) {
    void **slot = &node->slot[slot_index(address, level)];
    size_t size = level > 1 ? sizeof(struct node) : FRAME_WORDS * sizeof(uint64_t);
    if (!*slot) {
      *slot = calloc(1, size);
      if (!*slot) return NULL;
      memory->stored_bytes += size;
    }
    node = *slot;
  }
  return (uint64_t *)(void *)node;
}

static unsigned word_index(uint64_t address) { return (unsigned)(address >> 3) & (FRAME_WORDS - 1); }

uint64_t pw_physical_read64(const struct pw_physical_memory *memory, uint64_t physical_address) {
  const uint64_t *frame = find_frame(memory, physical_address);
  return frame ? frame[word_index(physical_address)] : 0;
}

int pw_physical_write64(struct pw_physical_memory *memory, uint64_t physical_address, uint64_t value) {
  uint64_t *frame;
  if (physical_address >> ADDRESS_BITS) return -PW_EINVAL;
  frame = make_frame(memory, physical_address);
  if (!frame) return -PW_ENOMEM;
  frame[word_index(physical_address)] = value;
  return 0;
}

void pw_physical_zero_frame(struct pw_physical_memory *memory, uint64_t physical_address) {
  uint64_t *frame = find_frame(memory, physical_address);
  if (frame) memset(frame, 0, FRAME_WORDS * sizeof *frame);
}

uint64_t pw_physical_stored_bytes(const struct pw_physical_memory *memory) { return memory->stored_bytes; }

static int port_read(void *context, uint64_t physical_address, uint64_t *value) {
  if (physical_address >> ADDRESS_BITS) return PW_PORT_BUS_ERROR;
  *value = pw_physical_read64(context, physical_address);
  return PW_PORT_OK;
}

static int port_compare_and_swap(void *context, uint64_t physical_address, uint64_t expected, uint64_t desired) {
  if (physical_address >> ADDRESS_BITS) return PW_PORT_BUS_ERROR;
  if (pw_physical_read64(context, physical_address) != expected) return PW_PORT_MISMATCH;
  return pw_physical_write64(context, physical_address, desired) ? PW_PORT_BUS_ERROR : PW_PORT_OK;
}

struct pw_memory_port pw_physical_memory_port(struct pw_physical_memory *memory) {
  return (struct pw_memory_port){memory, port_read, port_compare_and_swap};
}
