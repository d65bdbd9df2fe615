/* random_edit.c: page tables that change while an episode runs, with an invalidation or without. */
#include "generator_state.h"

/* What is not present mostly comes back. */
static uint64_t edited(struct generator *g, const struct scene_page *page) {
  uint64_t entry = scene_read(g->scene, page->entry_address);
  if (!(entry & PW_ENTRY_P) && draw_share(g, 80)) return entry | PW_ENTRY_P;
  switch (draw_below(g, 8)) {
    case 0: return entry ^ PW_ENTRY_P;
    case 1: return entry ^ PW_ENTRY_RW;
    case 2: return entry ^ PW_ENTRY_US;
    case 3: return entry ^ PW_ENTRY_XD;
    case 4: return entry & ~(PW_ENTRY_A | PW_ENTRY_D);
    case 5: return entry ^ PW_ENTRY_G;
    case 6: return entry | PW_ENTRY_P;
    default: return scene_leaf_entry(g->scene, page->level);
  }
}

/* The table with this page becomes one larger page, or the table comes back. */
static void grow(struct generator *g, const struct scene_page *page) {
  unsigned level = page->level + 1u;
  uint64_t now = scene_read(g->scene, page->parent_address);
  if (level > 3 || (level == 3 && !g->options.config->pages_1gb)) return;
  /* Where a large page is, the table comes back. */
  uint64_t value = (now & PW_ENTRY_PS) ? page->parent : scene_leaf_entry(g->scene, level);
  scene_write(g->scene, page->parent_address, value);
}

/* A large page becomes a table of smaller ones. */
static void split(struct generator *g, const struct scene_page *page) {
  uint64_t table = scene_new_frame(g->scene);
  for (unsigned i = 0; i < 8; i++) {
    scene_write(g->scene, table + 8 * draw_below(g, i < 4 ? 4 : 512), scene_leaf_entry(g->scene, page->level - 1u));
  }
  scene_write(g->scene, page->entry_address, scene_table_entry(g->scene, table));
}

/*
 * A table gives way to another with the same entries, or nearly: the pages of the old one are found there from now on,
 * and what still walks in the old one sees what software does to it no more.
 */
static void replace_table(struct generator *g, const struct scene_page *page) {
  struct scene_path path;
  if (!scene_find_path(g->scene, g->space, page->address, &path) || path.leaf == path.top) return;
  unsigned level = path.leaf + 1 + (unsigned)draw_below(g, path.top - path.leaf);
  scene_replace_table(g->scene, path.entry[level], path.entry[level - 1] & ~UINT64_C(0xfff));
}

static void invalidate_page(struct generator *g, const struct scene_page *page) {
  uint64_t address = page->address + draw_offset(g, page);
  if (draw_share(g, g->plan.lazy)) return; /* what is stale may be used on */
  switch (draw_below(g, 5)) {
    case 0: make_space(g, g->space, false); break;
    case 1: make_control(g, PW_CTL_INVPCID_ADDRESS, address, pcids_are_on(g) ? g->pcid[g->space] : 0); break;
    case 2: make_control(g, PW_CTL_INVPCID_ALL_WITH_GLOBALS, 0, 0); break;
    default: make_control(g, PW_CTL_INVLPG, address, 0); break;
  }
  if (draw_share(g, 60)) make_wait(g, OP_WAIT_CONTROL);
}

/* One that can be made writable; NULL when none of those tried can. */
static struct scene_page *choose_writable(struct generator *g) {
  for (unsigned tries = 0; tries < 16; tries++) {
    struct scene_page *page = &g->scene->pages[g->hot[draw_below(g, g->plan.hot)]];
    if (page->level && (page->above & PW_ATTR_WRITE)) return page;
  }
  return NULL;
}

/* The same page elsewhere in memory, with other cache control. */
static uint64_t moved(struct generator *g, const struct scene_page *page, uint64_t entry) {
  uint64_t kept = PW_ENTRY_P | PW_ENTRY_RW | PW_ENTRY_US | PW_ENTRY_D | PW_ENTRY_G | PW_ENTRY_XD;
  return (scene_leaf_entry(g->scene, page->level) & ~kept) | (entry & kept);
}

/* Any pages: they take slots, so that what follows finds others. */
static void read_others(struct generator *g) {
  for (uint64_t count = draw_below(g, g->options.config->miss_slots); count && g->listed[g->space]; count--) {
    const struct scene_page *page = &g->scene->pages[g->list[g->space][draw_below(g, g->listed[g->space])]];
    make_allowed(g, page, page->address + draw_offset(g, page), PW_READ);
  }
}

/*
 * A page that is read, and then written when its G is another, or its frame, and nothing was invalidated: its dirty
 * walk finds that.
 */
static void change_clean_page(struct generator *g, struct scene_page *page) {
  uint64_t entry = scene_read(g->scene, page->entry_address) & ~PW_ENTRY_D;
  uint64_t address = page->address + draw_offset(g, page);
  entry |= PW_ENTRY_P | PW_ENTRY_RW;
  if (draw_share(g, 80)) {
    scene_write_leaf(g->scene, page, entry);
    make_control(g, PW_CTL_INVLPG, address, 0);
    make_wait(g, OP_WAIT_CONTROL);
    make_allowed(g, page, address, PW_READ);
    if (draw_share(g, 80)) make_wait(g, OP_WAIT_ALL);
  }
  scene_write_leaf(g->scene, page, draw_share(g, 50) ? entry ^ PW_ENTRY_G : moved(g, page, entry));
  if (draw_share(g, 50)) read_others(g);
  make_allowed(g, page, address, PW_WRITE);
}

void make_silent_edit(struct generator *g) {
  struct scene_page *page = choose_page(g);
  if (page->level) scene_write_leaf(g->scene, page, edited(g, page));
}

void make_random_edit(struct generator *g) {
  struct scene_page *page = draw_share(g, 20) ? choose_writable(g) : NULL;
  if (page) {
    change_clean_page(g, page);
    return;
  }
  page = choose_page(g);
  if (!page->level) return;
  uint64_t draw = draw_below(g, 10);
  if (draw == 0 && page->parent_address) {
    grow(g, page);
  } else if (draw == 1 && page->level > 1) {
    split(g, page);
  } else if (draw == 3) {
    replace_table(g, page);
  } else if (draw == 2) {
    scene_write(g->scene, page->parent_address, page->parent ^ (draw_share(g, 50) ? PW_ENTRY_RW : PW_ENTRY_US));
  } else {
    scene_write_leaf(g->scene, page, edited(g, page));
  }
  invalidate_page(g, page);
}
