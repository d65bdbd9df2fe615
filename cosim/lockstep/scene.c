/* scene.c: random page tables. */
#include "scene.h"

#include <pagewalk/types.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"

#define CLUSTER_FRAMES 64 /* tables lie together in groups of so many frames, and the groups far apart */
#define MAX_REGION_PAGES 256
#define TABLE_OFFSET UINT64_C(0xfff)
#define RIGHTS (PW_ATTR_WRITE | PW_ATTR_USER | PW_ATTR_EXECUTE)

static uint64_t below(struct scene *scene, uint64_t bound) { return pw_random_below(&scene->random, bound); }
static bool percent(struct scene *scene, unsigned share) { return draw_percent(&scene->random, share); }
static uint64_t when(bool condition, uint64_t bits) { return condition ? bits : 0; }

/* ---- life ---- */

int scene_create(const struct pw_config *config, struct scene **scene) {
  struct scene *made = calloc(1, sizeof *made);
  *scene = made;
  if (!made) return -PW_ENOMEM;
  made->config = config;
  made->pages = calloc(SCENE_PAGES, sizeof *made->pages);
  return made->pages ? pw_physical_memory_create(&made->shadow) : -PW_ENOMEM;
}

void scene_destroy(struct scene *scene) {
  if (!scene) return;
  pw_physical_memory_destroy(scene->shadow);
  free(scene->pages);
  free(scene->written);
  free(scene);
}

/* ---- memory ---- */

static bool remember(struct scene *scene, uint64_t address) {
  if (scene->written_count == scene->written_capacity) {
    size_t capacity = scene->written_capacity ? 2 * scene->written_capacity : 4096;
    uint64_t *grown = realloc(scene->written, capacity * sizeof *grown);
    if (!grown) return false;
    scene->written = grown;
    scene->written_capacity = capacity;
  }
  scene->written[scene->written_count++] = address;
  return true;
}

void scene_add(struct scene *scene, struct operation operation) {
  if (!episode_add(scene->episode, operation)) scene->out_of_memory = true;
}

void scene_write(struct scene *scene, uint64_t address, uint64_t value) {
  if (!remember(scene, address) || pw_physical_write64(scene->shadow, address, value)) scene->out_of_memory = true;
  scene_add(scene, (struct operation){.kind = OP_WRITE, .address = address, .value = value});
}

uint64_t scene_read(const struct scene *scene, uint64_t address) { return pw_physical_read64(scene->shadow, address); }

static void forget(struct scene *scene) {
  for (size_t i = 0; i < scene->written_count; i++) pw_physical_write64(scene->shadow, scene->written[i], 0);
  scene->written_count = 0;
  scene->out_of_memory = false;
  scene->page_count = 0;
  scene->frames = 0;
}

/* An odd factor scatters the groups over the whole physical address space, and no two meet. */
uint64_t scene_new_frame(struct scene *scene) {
  uint64_t frame = scene->frame_offset + scene->frames++;
  uint64_t groups = UINT64_C(1) << (scene->config->physical_address_bits - PW_SMALL_PAGE_SHIFT - 6);
  uint64_t group = 1 + frame / CLUSTER_FRAMES * UINT64_C(0x9e3779b97f4a7c15);
  return ((group & (groups - 1)) * CLUSTER_FRAMES + frame % CLUSTER_FRAMES) << PW_SMALL_PAGE_SHIFT;
}

/* ---- entries ---- */

/* Bits that software may use as it likes: 9 to 11, and 52 to 58. */
static uint64_t ignored_bits(struct scene *scene) {
  return percent(scene, 50) ? pw_random_next(&scene->random) & UINT64_C(0x07f0000000000e00) : 0;
}

/* One bit that the processor does not have, or a reserved bit of a large page. */
static uint64_t damage_reserved(struct scene *scene, unsigned level, bool leaf) {
  const struct pw_level_rules *at = &scene->rules.level[level];
  uint64_t reserved = leaf ? at->reserved_leaf : at->reserved_table;
  if ((reserved & PW_ENTRY_PS) && percent(scene, 40)) return PW_ENTRY_PS; /* one bit of many, and the likely mistake */
  for (unsigned tries = 0; reserved && tries < 200; tries++) {
    uint64_t bit = UINT64_C(1) << below(scene, 63);
    if (bit & reserved) return bit;
  }
  return 0;
}

static uint64_t damage(struct scene *scene, uint64_t entry, unsigned level, bool leaf) {
  if (!scene->damage || below(scene, 1000) >= scene->damage) return entry;
  if (percent(scene, 50)) return entry & ~PW_ENTRY_P;
  return entry | damage_reserved(scene, level, leaf);
}

/* A bit of an entry, and in how many percent of them it is set. */
struct bit_share {
  uint64_t bit;
  uint32_t percent;
};

/* Drawn one after another: the order of operands is the compiler's, and a seed must give the same everywhere. */
static uint64_t draw_bits(struct scene *scene, const struct bit_share *shares, size_t count) {
  uint64_t bits = 0;
  for (size_t i = 0; i < count; i++) bits |= when(percent(scene, shares[i].percent), shares[i].bit);
  return bits;
}
#define DRAW_BITS(scene, shares) draw_bits(scene, shares, sizeof(shares) / sizeof(shares)[0])

static uint64_t draw_pkey(struct scene *scene, unsigned share) {
  uint64_t key = below(scene, 16);
  return when(percent(scene, share), key << PW_ENTRY_PKEY_SHIFT);
}

uint64_t scene_table_entry(struct scene *scene, uint64_t table) {
  static const struct bit_share shares[] = {{PW_ENTRY_RW, 96},  {PW_ENTRY_US, 92}, {PW_ENTRY_PWT, 10},
                                            {PW_ENTRY_PCD, 10}, {PW_ENTRY_A, 70},  {PW_ENTRY_D, 30},
                                            {PW_ENTRY_G, 20},   {PW_ENTRY_XD, 2}};
  uint64_t entry = table | PW_ENTRY_P;
  entry |= ignored_bits(scene);
  entry |= DRAW_BITS(scene, shares);
  entry |= draw_pkey(scene, 20);
  return entry;
}

/* A few frames are mapped again and again. */
static uint64_t leaf_address(struct scene *scene, unsigned shift) {
  uint64_t pages = UINT64_C(1) << (scene->config->physical_address_bits - shift);
  uint64_t page = percent(scene, 25) ? below(scene, 8) % pages : below(scene, pages);
  return page << shift;
}

uint64_t scene_leaf_entry(struct scene *scene, unsigned level) {
  const struct pw_level_rules *at = &scene->rules.level[level];
  const struct bit_share shares[] = {{PW_ENTRY_RW, 75},  {PW_ENTRY_US, 60}, {PW_ENTRY_PWT, 20},
                                     {PW_ENTRY_PCD, 20}, {PW_ENTRY_A, 60},  {PW_ENTRY_D, 50},
                                     {PW_ENTRY_G, 25},   {PW_ENTRY_XD, 15}, {at->pat_bit, 20}};
  uint64_t entry = leaf_address(scene, at->shift) | PW_ENTRY_P | at->leaf_bit;
  entry |= ignored_bits(scene);
  entry |= DRAW_BITS(scene, shares);
  entry |= draw_pkey(scene, scene->keyed);
  return damage(scene, entry, level, true);
}

bool scene_find_path(const struct scene *scene, unsigned space, uint64_t address, struct scene_path *path) {
  uint64_t table = scene->root[space];
  path->top = scene->rules.format->levels;
  for (unsigned level = path->top; level >= 1; level--) {
    const struct pw_level_rules *at = &scene->rules.level[level];
    path->entry[level] = table + pw_entry_offset(&scene->rules, level, address);
    uint64_t entry = scene_read(scene, path->entry[level]);
    if (!(entry & PW_ENTRY_P) || (entry & at->reserved_table)) return false;
    path->leaf = level;
    if (pw_entry_is_leaf(at, entry)) return !(entry & at->reserved_leaf);
    table = entry & scene->rules.table_mask;
  }
  return false;
}

/* Pages whose leaves were in a table are found in its place from now on. */
static void move_pages(struct scene *scene, uint64_t from, uint64_t to, uint64_t entry_address, uint64_t entry) {
  for (uint32_t i = 0; i < scene->page_count; i++) {
    struct scene_page *page = &scene->pages[i];
    if (page->parent_address == entry_address) page->parent = entry;
    if (page->level && (page->entry_address & ~TABLE_OFFSET) == from)
      page->entry_address = to | (page->entry_address & TABLE_OFFSET);
    if ((page->parent_address & ~TABLE_OFFSET) == from && page->parent_address)
      page->parent_address = to | (page->parent_address & TABLE_OFFSET);
  }
}

void scene_replace_table(struct scene *scene, uint64_t entry_address, uint64_t table) {
  uint64_t with = scene_new_frame(scene);
  uint64_t entry = (scene_read(scene, entry_address) & ~PW_ENTRY_ADDRESS) | with;
  for (uint64_t offset = 0; offset <= TABLE_OFFSET; offset += 8) {
    uint64_t value = scene_read(scene, table + offset);
    if (value) scene_write(scene, with + offset, percent(scene, 10) ? value ^ PW_ENTRY_RW : value);
  }
  scene_write(scene, entry_address, entry);
  move_pages(scene, table, with, entry_address, entry);
}

/* ---- mapping ---- */

uint64_t scene_canonical(const struct scene *scene, uint64_t address) {
  unsigned unused = 64u - scene->rules.format->linear_bits;
  return (uint64_t)((int64_t)(address << unused) >> unused);
}

static uint8_t combine(uint8_t rights, uint64_t entry) {
  if (!(entry & PW_ENTRY_RW)) rights &= (uint8_t)~PW_ATTR_WRITE;
  if (!(entry & PW_ENTRY_US)) rights &= (uint8_t)~PW_ATTR_USER;
  if (entry & PW_ENTRY_XD) rights &= (uint8_t)~PW_ATTR_EXECUTE;
  return rights;
}

void scene_write_leaf(struct scene *scene, struct scene_page *page, uint64_t entry) {
  scene_write(scene, page->entry_address, entry);
  page->rights = combine(page->above, entry);
}

/* The entry that points to the next table, made when there is none. */
static uint64_t enter(struct scene *scene, unsigned level, uint64_t entry_address) {
  uint64_t entry = scene_read(scene, entry_address);
  if (entry) return entry;
  entry = scene_table_entry(scene, scene_new_frame(scene));
  if (percent(scene, 60)) entry = damage(scene, entry, level, false);
  scene_write(scene, entry_address, entry);
  return entry;
}

/* Maps a page, if nothing is there yet. */
static void map(struct scene *scene, unsigned space, uint64_t address, unsigned leaf_level) {
  struct scene_page page = {.address = address, .spaces = (uint8_t)(1u << space), .above = RIGHTS};
  uint64_t table = scene->root[space];
  unsigned level = scene->rules.format->levels;
  if (scene->page_count == SCENE_PAGES) return;
  for (; level > leaf_level; level--) {
    page.parent_address = table + pw_entry_offset(&scene->rules, level, address);
    page.parent = enter(scene, level, page.parent_address);
    if (pw_entry_is_leaf(&scene->rules.level[level], page.parent)) return;
    page.above = combine(page.above, page.parent);
    table = page.parent & scene->rules.table_mask & ((UINT64_C(1) << scene->config->physical_address_bits) - 1);
  }
  page.entry_address = table + pw_entry_offset(&scene->rules, level, address);
  if (scene_read(scene, page.entry_address)) return;
  uint64_t entry = scene_leaf_entry(scene, level);
  scene_write(scene, page.entry_address, entry);
  page.level = (uint8_t)level;
  page.shift = scene->rules.level[level].shift;
  page.rights = combine(page.above, entry);
  scene->pages[scene->page_count++] = page;
}

/* ---- regions ---- */

static uint32_t sets_of_level(const struct scene *scene, unsigned level) {
  for (uint32_t i = 0; i < scene->config->tlb_count; i++) {
    const struct pw_tlb_config *tlb = &scene->config->tlbs[i];
    if (tlb->level == level && tlb->array_count) return tlb->arrays[0].array.sets;
  }
  return 1;
}

/* Pages from one to the next: neighbours, the same set of a TLB, the next table. */
static uint64_t choose_stride(struct scene *scene) {
  switch (below(scene, 6)) {
    case 0: return sets_of_level(scene, 1);
    case 1: return sets_of_level(scene, 2);
    case 2: return 512;
    case 3: return percent(scene, 50) ? 512 * 512 : 511;
    default: return 1;
  }
}

static unsigned choose_level(struct scene *scene) {
  unsigned draw = (unsigned)below(scene, 100);
  if (draw < scene->huge && scene->config->pages_1gb) return 3;
  return draw < scene->huge + scene->large ? 2 : 1;
}

/* The first page of all, or the last one of a half: the next one is the first of the other half. */
static uint64_t choose_end(struct scene *scene) {
  uint64_t half = UINT64_C(1) << (scene->rules.format->linear_bits - 1);
  switch (below(scene, 3)) {
    case 0: return 0;
    case 1: return half - 1;
    default: return UINT64_MAX;
  }
}

/*
 * Somewhere, or near a page that is there: in the same table, in a table of the same table, or, for another space, at
 * the same address.
 */
static uint64_t choose_base(struct scene *scene) {
  uint64_t address = pw_random_next(&scene->random);
  if (percent(scene, 5)) return choose_end(scene);
  if (scene->page_count && percent(scene, 70)) {
    uint64_t near_by = scene->pages[below(scene, scene->page_count)].address;
    if (percent(scene, 35)) return near_by;
    unsigned shift = 21 + 9 * (unsigned)below(scene, 3);
    uint64_t low = (UINT64_C(1) << shift) - 1;
    address = (near_by & ~low) | (address & low);
  }
  return address;
}

static void map_region(struct scene *scene, unsigned space, uint32_t pages) {
  unsigned level = choose_level(scene);
  unsigned shift = scene->rules.level[level].shift;
  uint64_t base = choose_base(scene) >> shift;
  uint64_t stride = choose_stride(scene);
  for (uint32_t i = 0; i < pages; i++) {
    map(scene, space, scene_canonical(scene, (base + i * stride) << shift), level);
  }
}

static unsigned top_shift(const struct scene *scene) { return scene->rules.level[scene->rules.format->levels].shift; }

/* An entry of one root is copied into another: both spaces have what is below. */
static void share(struct scene *scene, unsigned from, unsigned to) {
  uint64_t mask = UINT64_C(0x1ff) << top_shift(scene);
  if (!scene->page_count) return;
  uint64_t address = scene->pages[below(scene, scene->page_count)].address;
  unsigned top = scene->rules.format->levels;
  uint64_t offset = pw_entry_offset(&scene->rules, top, address);
  uint64_t entry = scene_read(scene, scene->root[from] + offset);
  if (!entry || scene_read(scene, scene->root[to] + offset)) return;
  scene_write(scene, scene->root[to] + offset, entry);
  for (uint32_t i = 0; i < scene->page_count; i++) {
    struct scene_page *page = &scene->pages[i];
    bool shared = !((page->address ^ address) & mask) && (page->spaces >> from & 1);
    if (shared) page->spaces |= (uint8_t)(1u << to);
  }
}

/* The table of a level that a page's walk goes through, as a page of a root whose entry `index` points to itself. */
static uint64_t address_of_table(struct scene *scene, const struct scene_page *page, uint64_t index) {
  unsigned levels = scene->rules.format->levels;
  unsigned times = 1 + (unsigned)below(scene, levels);
  uint64_t address = (page->address & ((UINT64_C(1) << (top_shift(scene) + 9)) - 1)) >> 9 * times;
  for (unsigned i = 0; i < times; i++) address |= index << (top_shift(scene) - 9 * i);
  return scene_canonical(scene, address & ~UINT64_C(0xfff));
}

/* An entry of the root points to the root: tables are seen as pages. The same entry is then read at several levels. */
static void map_itself(struct scene *scene, unsigned space) {
  uint64_t index = below(scene, 512);
  uint64_t entry_address = scene->root[space] + 8 * index;
  if (scene_read(scene, entry_address)) return;
  scene_write(scene, entry_address, scene_table_entry(scene, scene->root[space]));
  uint32_t pages = scene->page_count;
  for (unsigned i = 0; i < 8 && pages && scene->page_count < SCENE_PAGES; i++) {
    uint64_t address = address_of_table(scene, &scene->pages[below(scene, pages)], index);
    scene->pages[scene->page_count++] = (struct scene_page){.address = address,
                                                            .shift = PW_SMALL_PAGE_SHIFT,
                                                            .spaces = (uint8_t)(1u << space),
                                                            .rights = PW_ATTR_WRITE | PW_ATTR_USER};
  }
}

void scene_build(struct scene *scene, const struct scene_options *options, struct episode *episode) {
  const struct pw_config *config = scene->config;
  struct pw_rule_inputs inputs = {
      .physical_address_bits = config->physical_address_bits, .pages_1gb = config->pages_1gb, .nxe = true};
  forget(scene);
  scene->rules = pw_walk_rules_make(options->mode, inputs);
  scene->episode = episode;
  scene->random = pw_seed_stream(options->seed, 10);
  scene->damage = options->damage;
  scene->large = options->large;
  scene->huge = options->huge;
  scene->keyed = options->keyed;
  scene->frame_offset = below(scene, 4) * 16 * CLUSTER_FRAMES;
  scene->space_count = options->spaces;
  for (unsigned s = 0; s < scene->space_count; s++) scene->root[s] = scene_new_frame(scene);
  for (unsigned tries = 0; scene->page_count < options->pages && tries < 200; tries++) {
    uint64_t left = options->pages - scene->page_count;
    uint64_t most = left < MAX_REGION_PAGES ? left : MAX_REGION_PAGES;
    unsigned space = tries < scene->space_count ? tries : (unsigned)below(scene, scene->space_count);
    if (tries < scene->space_count) most = 1 + most / scene->space_count; /* every space has some */
    map_region(scene, space, 1 + (uint32_t)below(scene, most));
  }
  for (unsigned s = 0; s < scene->space_count; s++) {
    if (percent(scene, 30)) map_itself(scene, s);
    if (percent(scene, 50)) share(scene, (s + 1) % scene->space_count, s);
  }
}
