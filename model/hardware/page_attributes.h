/* page_attributes.h: what the entries of a walk make of a page: rights combined on the way down, and what a leaf adds.
 */
#ifndef PAGEWALK_HARDWARE_PAGE_ATTRIBUTES_H
#define PAGEWALK_HARDWARE_PAGE_ATTRIBUTES_H

#include <pagewalk/types.h>

#include "paging_format.h"

#define PW_ALL_RIGHTS ((uint32_t)(PW_ATTR_WRITE | PW_ATTR_USER | PW_ATTR_EXECUTE))

/* SDM "Determination of Access Rights": a right holds when every entry of the walk gives it. */
static inline uint32_t pw_combine_rights(const struct pw_walk_rules *rules, uint32_t attributes, uint64_t entry) {
  if (!(entry & PW_ENTRY_RW)) attributes &= ~(uint32_t)PW_ATTR_WRITE;
  if (!(entry & PW_ENTRY_US)) attributes &= ~(uint32_t)PW_ATTR_USER;
  if (entry & rules->xd_bit) attributes &= ~(uint32_t)PW_ATTR_EXECUTE;
  return attributes;
}

/* PWT in bit 0, PCD in bit 1: how the table that an entry points to is read (SDM "Paging and Memory Typing"). */
static inline uint32_t pw_cache_control_of(uint64_t entry) {
  return (entry & PW_ENTRY_PWT ? 1u : 0) | (entry & PW_ENTRY_PCD ? 2u : 0);
}

/* The attributes of the page that a leaf maps, from the rights combined so far. `global_pages` is CR4.PGE. */
static inline uint32_t pw_leaf_attributes(const struct pw_walk_rules *rules, unsigned level, uint32_t attributes,
                                          uint64_t entry, bool global_pages) {
  const struct pw_level_rules *at = &rules->level[level];
  uint32_t pat = pw_cache_control_of(entry) | (entry & at->pat_bit ? 4u : 0);
  attributes |= (uint32_t)at->shift << PW_ATTR_PAGE_SHIFT_SHIFT;
  attributes |= pat << PW_ATTR_PAT_SHIFT;
  attributes |= ((uint32_t)(entry >> PW_ENTRY_PKEY_SHIFT) & rules->pkey_mask) << PW_ATTR_PKEY_SHIFT;
  if (global_pages && (entry & PW_ENTRY_G)) attributes |= PW_ATTR_GLOBAL;
  if (entry & PW_ENTRY_D) attributes |= PW_ATTR_DIRTY;
  return attributes;
}

#endif
