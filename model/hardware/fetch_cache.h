/*
 * fetch_cache.h: one first-level fetch cache for two memory hierarchies that see the same fetches.
 *
 * A cache that serves fetches alone, and that no walk enters, holds the same lines in both, whatever else they see. So
 * one of the two can do without its own, if it is told what the other's does not answer. A host shortcut.
 */
#ifndef PAGEWALK_HARDWARE_FETCH_CACHE_H
#define PAGEWALK_HARDWARE_FETCH_CACHE_H

#include <pagewalk/memory.h>

/* The first cache of fetches, if nothing else ever enters it, as served_by names it; else PW_SERVED_BY_DRAM. */
unsigned pw_memory_fetch_cache(const struct pw_memory_hierarchy *hierarchy);

/* A fetch that this hierarchy's first fetch cache would miss: the caches behind it are looked up and filled. */
struct pw_memory_reference pw_memory_fetch_missed(struct pw_memory_hierarchy *hierarchy, uint64_t physical_address);

#endif
