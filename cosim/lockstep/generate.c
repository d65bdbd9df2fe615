/* generate.c: from an episode's seed to its operations. */
#include "generate.h"

#include <stdlib.h>

#include "generator_state.h"

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

void make_wait(struct generator *g, unsigned what) {
  make_operation(g, (struct operation){.kind = OP_WAIT, .what = (uint8_t)what});
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

/* ---- pages ---- */

/* Traffic that keeps both ports busy needs pages that both may use. */
static bool is_hot_enough(const struct generator *g, uint16_t page) {
  return g->plan.traffic != TRAFFIC_HIT || (g->scene->pages[page].rights & PW_ATTR_EXECUTE);
}

void choose_hot(struct generator *g) {
  uint32_t listed = g->listed[g->space];
  for (unsigned i = 0; i < g->plan.hot; i++) {
    g->hot[i] = 0;
    for (unsigned tries = 0; listed && tries < 20; tries++) {
      g->hot[i] = g->list[g->space][below(g, listed)];
      if (is_hot_enough(g, g->hot[i])) break;
    }
  }
}

struct scene_page *choose_page(struct generator *g) {
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

/* ---- accesses ---- */

void make_allowed(struct generator *g, const struct scene_page *page, uint64_t address, unsigned kind) {
  uint8_t flags = page->rights & PW_ATTR_USER ? OP_USER : PW_AC;
  make_access(g, (struct operation){.kind = OP_ACCESS, .address = address, .what = (uint8_t)kind, .flags = flags});
}

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

/* Registers after a reset, up to paging. */
static void start_paging(struct generator *g, struct pw_control to) {
  if (g->plan.mode == PW_MODE_4LEVEL) to.cr4 &= ~PW_CR4_LA57;
  if (!g->options.config->pke) to.cr4 &= ~PW_CR4_PKE;
  g->space = 0;
  g->restore_in = 0;
  make_control(g, PW_CTL_EFER, to.efer, 0);
  make_control(g, PW_CTL_CR4, to.cr4 & ~PW_CR4_PCIDE, 0);
  make_control(g, PW_CTL_CR3, g->scene->root[0], 0);
  make_control(g, PW_CTL_CR0, to.cr0, 0);
}

/* Those of the configuration, or others. */
static void set_up_registers(struct generator *g) {
  const struct pw_config *config = g->options.config;
  struct pw_control to = pw_control_from_config(config, 0);
  bool pcide = (to.cr4 & PW_CR4_PCIDE) && percent(g, 85);
  if (percent(g, 30)) to.cr4 ^= PW_CR4_PGE;
  if (percent(g, 30)) to.cr4 ^= PW_CR4_SMEP;
  if (percent(g, 30)) to.cr4 ^= PW_CR4_SMAP;
  if (percent(g, 20)) to.cr0 ^= PW_CR0_WP;
  if (percent(g, 5)) to.efer &= ~(uint64_t)PW_EFER_NXE;
  start_paging(g, to);
  if (pcide) {
    make_control(g, PW_CTL_CR4, control_now(g).cr4 | PW_CR4_PCIDE, 0);
    make_space(g, 0, percent(g, 50));
  }
  if (config->pke) make_control(g, PW_CTL_PKRU, draw_pkru(g), 0);
  choose_hot(g);
  make_wait(g, OP_WAIT_CONTROL);
}

/* Often those of two spaces differ in one bit. */
static uint16_t choose_pcid(struct generator *g, unsigned space) {
  if (space && percent(g, 40)) return g->pcid[below(g, space)] ^ (uint16_t)(1u << below(g, 12));
  if (percent(g, 80)) return (uint16_t)(1 + space);
  return (uint16_t)(percent(g, 50) ? 0 : below(g, 4096));
}

static void list_pages(struct generator *g) {
  for (unsigned s = 0; s < SCENE_SPACES; s++) {
    g->listed[s] = 0;
    g->pcid[s] = choose_pcid(g, s);
    for (uint32_t i = 0; i < g->scene->page_count; i++) {
      bool table = !g->scene->pages[i].level && g->plan.traffic == TRAFFIC_HIT; /* seen as a page: may fault */
      if ((g->scene->pages[i].spaces >> s & 1) && !table) g->list[s][g->listed[s]++] = (uint16_t)i;
    }
  }
}

static void hold_reset(struct generator *g) {
  make_operation(g, (struct operation){.kind = OP_RESET, .value = between(g, 2, 5)});
  legality_reset(&g->legality);
}

static void reset(struct generator *g) {
  hold_reset(g);
  set_up_registers(g);
}

void make_restart(struct generator *g) {
  hold_reset(g);
  start_paging(g, pw_control_from_config(g->options.config, 0));
  make_wait(g, OP_WAIT_CONTROL);
}

static void one_step(struct generator *g) {
  const struct plan *plan = &g->plan;
  if (below(g, 1000) < plan->controls) make_random_control(g);
  if (below(g, 1000) < plan->edits) make_random_edit(g);
  if (below(g, 10000) < plan->directed) make_directed(g);
  if (plan->resets && below(g, 100000) < plan->resets) reset(g);
  if (plan->traffic != TRAFFIC_HIT && below(g, 2000) == 0) {
    make_operation(g, (struct operation){.kind = OP_IDLE, .value = between(g, 1, 200)});
  }
  if (plan->traffic != TRAFFIC_HIT && below(g, 500) == 0) make_wait(g, OP_WAIT_ALL);
  access(g);
  if (g->restore_in && --g->restore_in == 0) make_restored(g);
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
