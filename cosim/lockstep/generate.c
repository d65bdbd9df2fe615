/* generate.c: from an episode's seed to its operations. */
#include "generate.h"

#include <stdlib.h>

#include "generator_state.h"

#define COLD_REQUESTS 8       /* so many after an invalidation are taken as misses */
#define EXCURSION_REQUESTS 40 /* at most so many with paging off, or without NXE */

static uint64_t below(struct generator *g, uint64_t bound) { return draw_below(g, bound); }
static uint32_t between(struct generator *g, uint32_t low, uint32_t high) {
  return draw_between(&g->random, low, high);
}
static bool percent(struct generator *g, uint32_t share) { return draw_share(g, share); }

void make_operation(struct generator *g, struct operation operation) { scene_add(g->scene, operation); }

void make_access(struct generator *g, struct operation access) {
  if (g->requests == g->plan.requests) return;
  g->requests++;
  if (g->cold_for) g->cold_for--;
  make_operation(g, access);
}

/* ---- life ---- */

int generator_create(const struct generate_options *options, struct generator **generator) {
  struct generator *made = calloc(1, sizeof *made);
  *generator = made;
  if (!made) return -PW_ENOMEM;
  made->options = *options;
  for (unsigned s = 0; s < SCENE_SPACES; s++) {
    made->list[s] = calloc(SCENE_PAGES, sizeof *made->list[s]);
    if (!made->list[s]) return -PW_ENOMEM;
  }
  int status = scene_create(options->config, &made->scene);
  return status ? status : legality_create(options->config, &made->legality);
}

void generator_destroy(struct generator *generator) {
  if (!generator) return;
  scene_destroy(generator->scene);
  legality_free(&generator->legality);
  for (unsigned s = 0; s < SCENE_SPACES; s++) free(generator->list[s]);
  free(generator->history);
  free(generator);
}

/* ---- control operations ---- */

bool make_control(struct generator *g, unsigned op, uint64_t data, unsigned pcid) {
  if (!legality_try(&g->legality, op, data, pcid)) return false;
  if (op == PW_CTL_CR3 || op >= PW_CTL_INVLPG) g->cold_for = COLD_REQUESTS;
  make_operation(g, (struct operation){.kind = OP_CONTROL,
                                       .what = (uint8_t)op,
                                       .address = data,
                                       .pcid = (uint16_t)pcid,
                                       .flags = percent(g, 30) ? OP_ASYNC : 0});
  return true;
}

void make_wait(struct generator *g, unsigned what) {
  make_operation(g, (struct operation){.kind = OP_WAIT, .what = (uint8_t)what});
}

/* Traffic that keeps both ports busy needs pages that both may use. */
static bool is_hot_enough(const struct generator *g, uint16_t page) {
  return g->plan.traffic != TRAFFIC_HIT || (g->scene->pages[page].rights & PW_ATTR_EXECUTE);
}

static void choose_hot(struct generator *g) {
  uint32_t listed = g->listed[g->space];
  for (unsigned i = 0; i < g->plan.hot; i++) {
    g->hot[i] = 0;
    for (unsigned tries = 0; listed && tries < 20; tries++) {
      g->hot[i] = g->list[g->space][below(g, listed)];
      if (is_hot_enough(g, g->hot[i])) break;
    }
  }
}

static void enter_space(struct generator *g, unsigned space, bool no_flush) {
  uint64_t cr3 = g->scene->root[space];
  if (pcids_are_on(g)) {
    cr3 |= percent(g, 90) ? g->pcid[space] : g->pcid[below(g, SCENE_SPACES)];
    if (no_flush) cr3 |= PW_CR3_NO_FLUSH;
  } else {
    cr3 |= below(g, 4) << 3; /* PWT, PCD */
  }
  if (!make_control(g, PW_CTL_CR3, cr3, 0)) return;
  if (g->space == space) return;
  g->space = space;
  choose_hot(g);
}

void make_pcids(struct generator *g, bool on) {
  uint64_t cr4 = control_now(g).cr4 & ~PW_CR4_PCIDE;
  if (on == pcids_are_on(g)) return;
  if (on) make_control(g, PW_CTL_CR3, g->scene->root[g->space], 0);
  make_control(g, PW_CTL_CR4, on ? cr4 | PW_CR4_PCIDE : cr4, 0);
}

static void toggle_cr4(struct generator *g) {
  static const uint64_t bits[] = {PW_CR4_PGE, PW_CR4_SMEP, PW_CR4_SMAP, PW_CR4_PCIDE, PW_CR4_PKE};
  uint64_t bit = bits[below(g, g->options.config->pke ? 5 : 4)];
  uint64_t cr4 = control_now(g).cr4;
  if (bit == PW_CR4_PCIDE && !(cr4 & bit)) {
    make_pcids(g, true);
  } else {
    make_control(g, PW_CTL_CR4, cr4 ^ bit, 0);
  }
}

void make_stop_paging(struct generator *g) {
  struct pw_control now = control_now(g);
  if (!(now.cr0 & PW_CR0_PG)) return;
  make_pcids(g, false);
  make_control(g, PW_CTL_CR0, now.cr0 & ~PW_CR0_PG, 0);
  g->restore_in = 1 + below(g, EXCURSION_REQUESTS);
}

static void restore(struct generator *g) {
  make_control(g, PW_CTL_EFER, control_now(g).efer | PW_EFER_NXE, 0);
  make_control(g, PW_CTL_CR0, control_now(g).cr0 | PW_CR0_PG, 0);
  if (g->options.config->pcide && !pcids_are_on(g) && percent(g, 70)) {
    make_pcids(g, true);
    enter_space(g, g->space, percent(g, 50));
  }
}

void make_toggle_nxe(struct generator *g) {
  make_control(g, PW_CTL_EFER, control_now(g).efer ^ PW_EFER_NXE, 0);
  g->restore_in = 1 + below(g, EXCURSION_REQUESTS);
}

/* Few keys deny, mostly; key 0, which pages without one have, never does. */
static uint64_t random_pkru(struct generator *g) {
  uint64_t pkru = pw_random_next(&g->random);
  if (percent(g, 75)) pkru &= pw_random_next(&g->random) & pw_random_next(&g->random);
  return percent(g, 30) || g->plan.traffic == TRAFFIC_HIT ? 0 : pkru & UINT32_MAX & ~UINT64_C(3);
}

static struct scene_page *choose_page(struct generator *g) {
  uint32_t listed = g->listed[g->space];
  g->cold = !percent(g, g->plan.locality) && listed;
  if (!g->cold) {
    unsigned at = (unsigned)below(g, g->plan.hot);
    if (listed && below(g, 1000) < 5 && g->plan.traffic != TRAFFIC_HIT) {
      g->hot[at] = g->list[g->space][below(g, listed)];
    }
    return &g->scene->pages[g->hot[at]];
  }
  return &g->scene->pages[g->list[g->space][below(g, listed)]];
}

uint64_t draw_offset(struct generator *g, const struct scene_page *page) {
  uint64_t mask = (UINT64_C(1) << page->shift) - 1;
  if (page->shift > PW_SMALL_PAGE_SHIFT && percent(g, 50)) mask = 0x3fff; /* the first pages of a large one */
  return pw_random_next(&g->random) & mask;
}

static void invalidate(struct generator *g) {
  const struct scene_page *page = choose_page(g);
  uint64_t address = page->address + draw_offset(g, page);
  uint16_t pcid = pcids_are_on(g) ? g->pcid[below(g, SCENE_SPACES)] : 0;
  switch (below(g, 8)) {
    case 0: make_control(g, PW_CTL_INVPCID_CONTEXT, 0, pcid); break;
    case 1: make_control(g, PW_CTL_INVPCID_ALL_WITH_GLOBALS, 0, 0); break;
    case 2: make_control(g, PW_CTL_INVPCID_ALL_BUT_GLOBALS, 0, 0); break;
    case 3:
    case 4: make_control(g, PW_CTL_INVPCID_ADDRESS, address, pcid); break;
    case 5: make_control(g, PW_CTL_INVLPG, address ^ UINT64_C(1) << (47 + below(g, 17)), 0); break; /* not canonical */
    default: make_control(g, PW_CTL_INVLPG, address, 0); break;
  }
}

/* As far as privileges go the page allows it. */
static void access_written(struct generator *g, const struct scene_page *page, uint64_t address, unsigned kind) {
  uint8_t flags = page->rights & PW_ATTR_USER ? OP_USER : PW_AC;
  make_access(g, (struct operation){.kind = OP_ACCESS, .address = address, .what = (uint8_t)kind, .flags = flags});
}

/* One with a protection key, if any of those tried has one. */
static const struct scene_page *choose_keyed(struct generator *g, unsigned *key) {
  const struct scene_page *page = choose_page(g);
  for (unsigned tries = 0; tries < 8; tries++, page = choose_page(g)) {
    uint64_t entry = page->level ? scene_read(g->scene, page->entry_address) : 0;
    *key = (unsigned)(entry >> PW_ENTRY_PKEY_SHIFT) & 15;
    if (*key) return page;
  }
  return NULL;
}

/* All of it, or what it says of a page that is read before, and so in a TLB, and used after. */
static void change_pkru(struct generator *g) {
  unsigned key;
  const struct scene_page *page = percent(g, 50) ? choose_keyed(g, &key) : NULL;
  if (!page) {
    make_control(g, PW_CTL_PKRU, random_pkru(g), 0);
    return;
  }
  uint64_t address = page->address + draw_offset(g, page);
  access_written(g, page, address, PW_READ);
  make_wait(g, OP_WAIT_ALL);
  make_control(g, PW_CTL_PKRU, control_now(g).pkru ^ UINT64_C(1) << (2 * key + below(g, 2)), 0);
  access_written(g, page, address, percent(g, 50) ? PW_READ : PW_WRITE);
}

static void random_control(struct generator *g) {
  uint64_t draw = below(g, 100);
  if (draw < 35) {
    unsigned space = (unsigned)below(g, g->scene->space_count);
    enter_space(g, g->listed[space] ? space : g->space, percent(g, 60));
  } else if (draw < 65) {
    invalidate(g);
  } else if (draw < 80) {
    toggle_cr4(g);
  } else if (draw < 86) {
    make_control(g, PW_CTL_CR0, control_now(g).cr0 ^ PW_CR0_WP, 0);
  } else if (draw < 89) {
    make_stop_paging(g);
  } else if (draw < 92) {
    make_toggle_nxe(g);
  } else {
    change_pkru(g);
  }
  if (percent(g, 40)) make_wait(g, OP_WAIT_CONTROL);
}

/* ---- page tables that change ---- */

/* What is not present mostly comes back. */
static uint64_t edited(struct generator *g, const struct scene_page *page) {
  uint64_t entry = scene_read(g->scene, page->entry_address);
  if (!(entry & PW_ENTRY_P) && percent(g, 80)) return entry | PW_ENTRY_P;
  switch (below(g, 8)) {
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
    scene_write(g->scene, table + 8 * below(g, i < 4 ? 4 : 512), scene_leaf_entry(g->scene, page->level - 1u));
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
  unsigned level = path.leaf + 1 + (unsigned)below(g, path.top - path.leaf);
  scene_replace_table(g->scene, path.entry[level], path.entry[level - 1] & ~UINT64_C(0xfff));
}

static void invalidate_page(struct generator *g, const struct scene_page *page) {
  uint64_t address = page->address + draw_offset(g, page);
  if (percent(g, g->plan.lazy)) return; /* what is stale may be used on */
  switch (below(g, 5)) {
    case 0: enter_space(g, g->space, false); break;
    case 1: make_control(g, PW_CTL_INVPCID_ADDRESS, address, pcids_are_on(g) ? g->pcid[g->space] : 0); break;
    case 2: make_control(g, PW_CTL_INVPCID_ALL_WITH_GLOBALS, 0, 0); break;
    default: make_control(g, PW_CTL_INVLPG, address, 0); break;
  }
  if (percent(g, 60)) make_wait(g, OP_WAIT_CONTROL);
}

/* One that can be made writable; NULL when none of those tried can. */
static struct scene_page *choose_writable(struct generator *g) {
  for (unsigned tries = 0; tries < 16; tries++) {
    struct scene_page *page = &g->scene->pages[g->hot[below(g, g->plan.hot)]];
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
  for (uint64_t count = below(g, g->options.config->miss_slots); count && g->listed[g->space]; count--) {
    const struct scene_page *page = &g->scene->pages[g->list[g->space][below(g, g->listed[g->space])]];
    access_written(g, page, page->address + draw_offset(g, page), PW_READ);
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
  if (percent(g, 80)) {
    scene_write_leaf(g->scene, page, entry);
    make_control(g, PW_CTL_INVLPG, address, 0);
    make_wait(g, OP_WAIT_CONTROL);
    access_written(g, page, address, PW_READ);
    if (percent(g, 80)) make_wait(g, OP_WAIT_ALL);
  }
  scene_write_leaf(g->scene, page, percent(g, 50) ? entry ^ PW_ENTRY_G : moved(g, page, entry));
  if (percent(g, 50)) read_others(g);
  access_written(g, page, address, PW_WRITE);
}

static void edit(struct generator *g) {
  struct scene_page *page = percent(g, 20) ? choose_writable(g) : NULL;
  if (page) {
    change_clean_page(g, page);
    return;
  }
  page = choose_page(g);
  if (!page->level) return;
  uint64_t draw = below(g, 10);
  if (draw == 0 && page->parent_address) {
    grow(g, page);
  } else if (draw == 1 && page->level > 1) {
    split(g, page);
  } else if (draw == 3) {
    replace_table(g, page);
  } else if (draw == 2) {
    scene_write(g->scene, page->parent_address, page->parent ^ (percent(g, 50) ? PW_ENTRY_RW : PW_ENTRY_US));
  } else {
    scene_write_leaf(g->scene, page, edited(g, page));
  }
  invalidate_page(g, page);
}

/* ---- accesses ---- */

static struct operation random_access(struct generator *g, uint64_t address) {
  unsigned kind = percent(g, g->plan.fetches) ? PW_FETCH : percent(g, g->plan.writes) ? PW_WRITE : PW_READ;
  uint64_t flags = below(g, 32);
  flags &= below(g, 32) | OP_USER;
  if (kind == PW_FETCH) flags &= OP_USER;
  return (struct operation){.kind = OP_ACCESS, .address = address, .what = (uint8_t)kind, .flags = (uint8_t)flags};
}

/* An access that the rights of the page allow, as far as the tables are as they were built. */
static struct operation fitting_access(struct generator *g, const struct scene_page *page, uint64_t address) {
  bool user_page = (page->rights & PW_ATTR_USER) != 0;
  bool user = user_page && percent(g, 75);
  unsigned kind = PW_READ;
  unsigned flags = user ? OP_USER : 0;
  bool fetch = g->plan.traffic == TRAFFIC_HIT ? g->fetch_next : percent(g, g->plan.fetches);
  g->fetch_next = !g->fetch_next;
  if (fetch && (page->rights & PW_ATTR_EXECUTE)) {
    return (struct operation){
        .kind = OP_ACCESS, .address = address, .what = PW_FETCH, .flags = user_page ? OP_USER : 0};
  }
  if (percent(g, g->plan.writes) && (page->rights & PW_ATTR_WRITE)) kind = PW_WRITE;
  if (!user) flags |= user_page ? PW_AC : percent(g, 10) ? PW_IMPLICIT : percent(g, 50) ? PW_AC : 0;
  if ((flags & PW_IMPLICIT) && percent(g, 50)) flags |= OP_USER; /* made at CPL 3 */
  if (percent(g, 10)) flags |= PW_STACK;
  if (percent(g, 3)) flags |= PW_PREFETCH;
  return (struct operation){.kind = OP_ACCESS, .address = address, .what = (uint8_t)kind, .flags = (uint8_t)flags};
}

/* Beside the pages: the next page, or an address that is not canonical. */
static uint64_t stray(struct generator *g, uint64_t address) {
  if (percent(g, 40)) return address ^ UINT64_C(1) << (47 + below(g, 17));
  return scene_canonical(g->scene, address + (UINT64_C(1) << (12 + below(g, 28))));
}

/* Clocks, or 0. A request that misses is killed more often, and soon: while it is on its way to its walk. */
static uint16_t draw_kill(struct generator *g) {
  bool misses = g->cold || g->cold_for;
  if (!g->plan.kills || !percent(g, misses ? 2 * g->plan.kills : g->plan.kills)) return 0;
  bool soon = percent(g, misses ? 85 : 50);
  return (uint16_t)between(g, 1, soon ? 8 : 300);
}

static void access(struct generator *g) {
  const struct scene_page *page = choose_page(g);
  uint64_t address = page->address + draw_offset(g, page);
  if (below(g, 1000) < g->plan.astray) address = stray(g, address);
  bool paging = (control_now(g).cr0 & PW_CR0_PG) != 0;
  if (!paging && percent(g, 95)) address &= UINT32_MAX;
  struct operation made = percent(g, g->plan.misfit) ? random_access(g, address) : fitting_access(g, page, address);
  made.kill = draw_kill(g);
  make_access(g, made);
}

/* ---- an episode ---- */

/* Registers after a reset: those of the configuration, or others. */
static void set_up_registers(struct generator *g) {
  const struct pw_config *config = g->options.config;
  struct pw_control to = pw_control_from_config(config, 0);
  bool pcide = (to.cr4 & PW_CR4_PCIDE) && percent(g, 85);
  if (percent(g, 30)) to.cr4 ^= PW_CR4_PGE;
  if (percent(g, 30)) to.cr4 ^= PW_CR4_SMEP;
  if (percent(g, 30)) to.cr4 ^= PW_CR4_SMAP;
  if (percent(g, 20)) to.cr0 ^= PW_CR0_WP;
  if (percent(g, 5)) to.efer &= ~(uint64_t)PW_EFER_NXE;
  if (g->plan.mode == PW_MODE_4LEVEL) to.cr4 &= ~PW_CR4_LA57;
  if (!config->pke) to.cr4 &= ~PW_CR4_PKE;
  g->space = 0;
  make_control(g, PW_CTL_EFER, to.efer, 0);
  make_control(g, PW_CTL_CR4, to.cr4 & ~PW_CR4_PCIDE, 0);
  make_control(g, PW_CTL_CR3, g->scene->root[0], 0);
  make_control(g, PW_CTL_CR0, to.cr0, 0);
  if (pcide) {
    make_control(g, PW_CTL_CR4, to.cr4 | PW_CR4_PCIDE, 0);
    enter_space(g, 0, percent(g, 50));
  }
  if (config->pke) make_control(g, PW_CTL_PKRU, random_pkru(g), 0);
  g->restore_in = 0;
  choose_hot(g);
  make_wait(g, OP_WAIT_CONTROL);
}

static void list_pages(struct generator *g) {
  for (unsigned s = 0; s < SCENE_SPACES; s++) {
    g->listed[s] = 0;
    g->pcid[s] = (uint16_t)(percent(g, 80) ? 1 + s : percent(g, 50) ? 0 : below(g, 4096));
    for (uint32_t i = 0; i < g->scene->page_count; i++) {
      bool table = !g->scene->pages[i].level && g->plan.traffic == TRAFFIC_HIT; /* seen as a page: may fault */
      if ((g->scene->pages[i].spaces >> s & 1) && !table) g->list[s][g->listed[s]++] = (uint16_t)i;
    }
  }
}

static void reset(struct generator *g) {
  make_operation(g, (struct operation){.kind = OP_RESET, .value = between(g, 2, 5)});
  legality_reset(&g->legality);
  set_up_registers(g);
}

static void one_step(struct generator *g) {
  const struct plan *plan = &g->plan;
  if (below(g, 1000) < plan->controls) random_control(g);
  if (below(g, 1000) < plan->edits) edit(g);
  if (below(g, 10000) < plan->directed) make_directed(g);
  if (plan->resets && below(g, 100000) < plan->resets) reset(g);
  if (plan->traffic != TRAFFIC_HIT && below(g, 2000) == 0) {
    make_operation(g, (struct operation){.kind = OP_IDLE, .value = between(g, 1, 200)});
  }
  if (plan->traffic != TRAFFIC_HIT && below(g, 500) == 0) make_wait(g, OP_WAIT_ALL);
  access(g);
  if (g->restore_in && --g->restore_in == 0) restore(g);
}

/* What the episode aims at: decided when it is made for the first time. */
static int steer(struct generator *g, uint64_t index) {
  g->steering = (struct steering){0};
  if (!g->options.coverage) return 0;
  if (index < g->history_count) {
    g->steering = g->history[index];
    return 0;
  }
  uint64_t random = pw_seed_stream(g->random, 11); /* the episode draws the same when it is made anew */
  struct steering *grown = realloc(g->history, (index + 1) * sizeof *grown);
  if (!grown) return -PW_ENOMEM;
  g->history = grown;
  g->steering = g->history[index] = steer_choose(g->options.coverage, &random);
  g->history_count = index + 1;
  return 0;
}

int generator_make(struct generator *generator, uint64_t index, uint64_t most_requests, struct episode *episode) {
  struct generator *g = generator;
  uint64_t seed = pw_seed_stream(g->options.seed, 1000 + index);
  g->random = seed;
  g->episode = episode;
  g->requests = 0;
  g->cold_for = COLD_REQUESTS;
  episode->count = 0;
  if (steer(g, index)) return -PW_ENOMEM;
  g->plan = plan_choose(&g->options, &g->random);
  if (g->plan.traffic != TRAFFIC_HIT) steer_plan(&g->steering, &g->plan, &g->random);
  if (g->plan.requests > most_requests) g->plan.requests = most_requests;
  episode->profile = plan_profile(&g->plan, &g->options, &g->random);
  struct scene_options scene = {g->plan.mode,   pw_random_next(&g->random),
                                g->plan.spaces, g->plan.pages,
                                g->plan.damage, g->plan.large,
                                g->plan.huge,   g->plan.keyed};
  legality_reset(&g->legality);
  scene_build(g->scene, &scene, episode);
  list_pages(g);
  set_up_registers(g);
  while (g->requests < g->plan.requests) one_step(g);
  return g->scene->out_of_memory ? -PW_ENOMEM : 0;
}
