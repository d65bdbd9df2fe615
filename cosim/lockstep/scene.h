/*
 * scene.h: the address spaces of an episode: page tables as software would build them, and many as it would not, and
 * the pages in them. Knows what it wrote, so that an episode can be made without playing it.
 */
#ifndef PAGEWALK_COSIM_SCENE_H
#define PAGEWALK_COSIM_SCENE_H

#include <pagewalk/config.h>
#include <pagewalk/entry.h>

#include "paging_format.h"
#include "stimulus.h"

#define SCENE_SPACES 4
#define SCENE_PAGES 4096

/* One page, or a place where one could be. */
struct scene_page {
  uint64_t address; /* linear, of its first byte */
  uint64_t entry_address;
  uint64_t parent_address; /* of the entry that points to the leaf's table; 0 for none */
  uint64_t parent;         /* its value */
  uint8_t shift;
  uint8_t level;
  uint8_t spaces; /* mask of those that have it */
  uint8_t above;  /* enum pw_attribute: WRITE, USER, EXECUTE, of the levels above the leaf, as built */
  uint8_t rights; /* and of all levels, as far as is known */
};

struct scene {
  const struct pw_config *config;
  struct pw_walk_rules rules;
  struct pw_physical_memory *shadow; /* entries as software wrote them */
  struct episode *episode;           /* receives the writes */
  uint64_t random;
  uint64_t frame_offset; /* where the frames of tables begin */
  uint64_t frames;       /* handed out */
  uint32_t damage;       /* per thousand entries: one that faults */
  uint32_t large, huge;  /* percent of regions with 2 MB and 1 GB pages */
  uint32_t keyed;        /* percent of pages with a protection key */
  uint32_t space_count;
  uint32_t page_count;
  uint64_t root[SCENE_SPACES];
  struct scene_page *pages; /* SCENE_PAGES */
  uint64_t *written;        /* words of the shadow that are not zero, to zero them again */
  size_t written_count;
  size_t written_capacity;
  bool out_of_memory; /* while this scene was built or written: some of it is missing */
};

int scene_create(const struct pw_config *config, struct scene **scene);
void scene_destroy(struct scene *scene);

struct scene_options {
  enum pw_paging_mode mode; /* 4 or 5 levels */
  uint64_t seed;
  uint32_t spaces;      /* 1..SCENE_SPACES */
  uint32_t pages;       /* about so many */
  uint32_t damage;      /* per thousand entries */
  uint32_t large, huge; /* percent of regions with 2 MB and 1 GB pages */
  uint32_t keyed;       /* percent of pages with a protection key */
};

/* The entries from the root to the leaf of an address, as software wrote them. */
struct scene_path {
  uint64_t entry[PW_MAX_LEVELS + 1]; /* address, by level: leaf to top */
  unsigned leaf;                     /* level */
  unsigned top;
};

/* Appends to the episode. */
void scene_add(struct scene *scene, struct operation operation);

/* Builds a new scene; its writes are appended to the episode. */
void scene_build(struct scene *scene, const struct scene_options *options, struct episode *episode);

/* Software writes an entry. */
void scene_write(struct scene *scene, uint64_t address, uint64_t value);
uint64_t scene_read(const struct scene *scene, uint64_t address);

/* The same of a page's leaf, whose rights are known then. */
void scene_write_leaf(struct scene *scene, struct scene_page *page, uint64_t entry);

/* A frame for one more table: zeroes. */
uint64_t scene_new_frame(struct scene *scene);

/* An entry with every bit random, weighted so that most accesses succeed. */
uint64_t scene_leaf_entry(struct scene *scene, unsigned level);
uint64_t scene_table_entry(struct scene *scene, uint64_t table);

/* False when an entry on the way is not present or reserved. */
bool scene_find_path(const struct scene *scene, unsigned space, uint64_t address, struct scene_path *path);

/* A new table with the entries of another; the entry that pointed to that points to it. Few entries are changed. */
void scene_replace_table(struct scene *scene, uint64_t entry_address, uint64_t table);

/* A linear address made canonical. */
uint64_t scene_canonical(const struct scene *scene, uint64_t address);

#endif
