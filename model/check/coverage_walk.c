/* coverage_walk.c: walks, what software writes meanwhile, and what is filled. */
#include <pagewalk/entry.h>

#include "coverage_state.h"

/* ---- walks ---- */

void pw_cover_take_walk_start(struct pw_coverage *c, const struct pw_event *event) {
  struct pw_cover_request *request = pw_cover_in_slot(c, event->u.walk_start.slot);
  unsigned psc_level = event->u.walk_start.psc_level, walker = event->u.walk_start.walker;
  if (!request) return;
  pw_cover_free_walker(c, request);
  unsigned top = c->config.mode == PW_MODE_5LEVEL && (request->at.cr4 & PW_CR4_LA57) ? 5 : 4;
  c->device.walker[walker] = (struct pw_cover_walk){.state = PW_COVER_STARTED,
                                                    .next_level = (uint8_t)(psc_level ? psc_level - 1 : top),
                                                    .request = (uint16_t)(request - c->device.request + 1)};
  c->device.busy++;
  request->walker = (uint8_t)(walker + 1);
}

void pw_cover_take_read(struct pw_coverage *c, const struct pw_event *event) {
  struct pw_cover_walk *walk = &c->device.walker[event->u.read.walker];
  unsigned level = walk->next_level;
  if (walk->state == PW_COVER_IDLE || level == 0) return;
  walk->entry[level] = (struct pw_cover_entry){event->u.read.address, event->u.read.value, !event->u.read.bus_error};
  walk->state = (uint8_t)(PW_COVER_READ_PTE + level - 1);
  walk->next_level--;
}

/*
 * A table that points to itself is read as entries of several levels. Compare-and-swaps go from the top down; D is the
 * leaf's.
 */
static unsigned level_of_swap(const struct pw_cover_walk *walk, const struct pw_event *event) {
  bool sets_dirty = (event->u.swap.expected ^ event->u.swap.desired) & PW_ENTRY_D;
  for (unsigned i = 1; i <= PW_MAX_LEVELS; i++) {
    unsigned level = sets_dirty ? i : PW_MAX_LEVELS + 1 - i;
    const struct pw_cover_entry *entry = &walk->entry[level];
    bool is_it = entry->read && entry->address == event->u.swap.address && entry->value == event->u.swap.expected;
    if (is_it) return level;
  }
  return 0;
}

static unsigned bits_of(uint64_t set) {
  if (!(set & PW_ENTRY_D)) return PW_COVER_A;
  return set & PW_ENTRY_A ? PW_COVER_A_AND_D : PW_COVER_D;
}

void pw_cover_take_swap(struct pw_coverage *c, const struct pw_event *event) {
  struct pw_cover_walk *walk = &c->device.walker[event->u.swap.walker];
  bool matched = event->u.swap.matched && !event->u.swap.bus_error;
  unsigned result = event->u.swap.bus_error ? PW_COVER_SWAP_ERROR : matched ? PW_COVER_MATCHED : PW_COVER_MISMATCH;
  if (walk->state == PW_COVER_IDLE) return;
  unsigned level = level_of_swap(walk, event);
  walk->state = PW_COVER_SWAP;
  if (!level) return;
  if (matched) walk->entry[level].value = event->u.swap.desired;
  COUNT(c, PW_COVER_UPDATE, (uint8_t)(level - 1), (uint8_t)bits_of(event->u.swap.expected ^ event->u.swap.desired),
        (uint8_t)result);
}

/* ---- what software writes ---- */

static unsigned change_of(const struct pw_config *config, unsigned level, uint64_t from, uint64_t to) {
  uint64_t changed = from ^ to;
  bool has_size = level == 2 || (level == 3 && config->pages_1gb);
  if (changed & PW_ENTRY_P) return to & PW_ENTRY_P ? PW_COVER_SETS_PRESENT : PW_COVER_CLEARS_PRESENT;
  if ((changed & PW_ENTRY_PS) && has_size) return PW_COVER_CHANGES_SIZE;
  if (changed & PW_ENTRY_ADDRESS) return PW_COVER_CHANGES_ADDRESS;
  if (changed & (PW_ENTRY_RW | PW_ENTRY_US | PW_ENTRY_XD)) return PW_COVER_CHANGES_RIGHTS;
  return from & changed & (PW_ENTRY_A | PW_ENTRY_D) ? PW_COVER_CLEARS_A_OR_D : PW_COVER_CHANGES_OTHER;
}

void pw_cover_take_write(struct pw_coverage *c, const struct pw_event *event) {
  uint64_t value = event->u.write.value;
  for (unsigned w = 0; c->device.busy && w < PW_CHECK_WALKERS; w++) {
    const struct pw_cover_walk *walk = &c->device.walker[w];
    if (walk->state == PW_COVER_IDLE) continue;
    for (unsigned level = 1; level <= PW_MAX_LEVELS; level++) {
      const struct pw_cover_entry *entry = &walk->entry[level];
      if (!entry->read || entry->address != event->u.write.address || entry->value == value) continue;
      COUNT(c, PW_COVER_WRITTEN, (uint8_t)(level - 1), (uint8_t)change_of(&c->config, level, entry->value, value));
    }
  }
}

/* ---- fills ---- */

void pw_cover_take_fill(struct pw_coverage *c, const struct pw_event *event) {
  bool data = event->u.fill.port == 1;
  unsigned unit = event->u.fill.unit;
  unsigned filled = PW_COVER_PDE + unit - 2;
  if (event->u.fill.structure == PW_TLB) filled = (unit > 1 ? PW_COVER_L2_FETCH : PW_COVER_L1_FETCH) + (data ? 1u : 0);
  COUNT(c, PW_COVER_FILL, (uint8_t)filled, event->u.fill.array, event->u.fill.evicted != 0);
}
