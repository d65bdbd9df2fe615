/* random_control.c: control operations as random episodes have them, and those that lead up to one that is legal. */
#include "generator_state.h"

#define EXCURSION_REQUESTS 40 /* at most so many with paging off, or without NXE */

bool make_control(struct generator *g, unsigned op, uint64_t data, unsigned pcid) {
  if (!legality_try(&g->legality, op, data, pcid)) return false;
  if (op == PW_CTL_CR3 || op >= PW_CTL_INVLPG) g->cold_for = COLD_REQUESTS;
  make_operation(g, (struct operation){.kind = OP_CONTROL,
                                       .what = (uint8_t)op,
                                       .address = data,
                                       .pcid = (uint16_t)pcid,
                                       .flags = draw_share(g, 30) ? OP_ASYNC : 0});
  return true;
}

void make_space(struct generator *g, unsigned space, bool no_flush) {
  uint64_t cr3 = g->scene->root[space];
  if (pcids_are_on(g)) {
    cr3 |= draw_share(g, 90) ? g->pcid[space] : g->pcid[draw_below(g, SCENE_SPACES)];
    if (no_flush) cr3 |= PW_CR3_NO_FLUSH;
  } else {
    cr3 |= draw_below(g, 4) << 3; /* PWT, PCD */
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
  uint64_t bit = bits[draw_below(g, g->options.config->pke ? 5 : 4)];
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
  for (uint64_t edits = draw_below(g, 8); edits; edits--) make_silent_edit(g);
  g->restore_in = 1 + draw_below(g, EXCURSION_REQUESTS);
}

void make_restored(struct generator *g) {
  make_control(g, PW_CTL_EFER, control_now(g).efer | PW_EFER_NXE, 0);
  make_control(g, PW_CTL_CR0, control_now(g).cr0 | PW_CR0_PG, 0);
  if (g->options.config->pcide && !pcids_are_on(g) && draw_share(g, 70)) {
    make_pcids(g, true);
    make_space(g, g->space, draw_share(g, 50));
  }
}

void make_toggle_nxe(struct generator *g) {
  make_control(g, PW_CTL_EFER, control_now(g).efer ^ PW_EFER_NXE, 0);
  g->restore_in = 1 + draw_below(g, EXCURSION_REQUESTS);
}

/* Few keys deny, mostly; key 0, which pages without one have, never does. */
uint64_t draw_pkru(struct generator *g) {
  uint64_t pkru = pw_random_next(&g->random);
  if (draw_share(g, 75)) pkru &= pw_random_next(&g->random) & pw_random_next(&g->random);
  return draw_share(g, 30) || g->plan.traffic == TRAFFIC_HIT ? 0 : pkru & UINT32_MAX & ~UINT64_C(3);
}

static void invalidate(struct generator *g) {
  const struct scene_page *page = choose_page(g);
  uint64_t address = page->address + draw_offset(g, page);
  uint16_t pcid = pcids_are_on(g) ? g->pcid[draw_below(g, SCENE_SPACES)] : 0;
  switch (draw_below(g, 8)) {
    case 0: make_control(g, PW_CTL_INVPCID_CONTEXT, 0, pcid); break;
    case 1: make_control(g, PW_CTL_INVPCID_ALL_WITH_GLOBALS, 0, 0); break;
    case 2: make_control(g, PW_CTL_INVPCID_ALL_BUT_GLOBALS, 0, 0); break;
    case 3:
    case 4: make_control(g, PW_CTL_INVPCID_ADDRESS, address, pcid); break;
    case 5:
      make_control(g, PW_CTL_INVLPG, address ^ UINT64_C(1) << (47 + draw_below(g, 17)), 0);
      break; /* not canonical */
    default: make_control(g, PW_CTL_INVLPG, address, 0); break;
  }
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
  const struct scene_page *page = draw_share(g, 50) ? choose_keyed(g, &key) : NULL;
  if (!page) {
    make_control(g, PW_CTL_PKRU, draw_pkru(g), 0);
    return;
  }
  uint64_t address = page->address + draw_offset(g, page);
  make_allowed(g, page, address, PW_READ);
  make_wait(g, OP_WAIT_ALL);
  make_control(g, PW_CTL_PKRU, control_now(g).pkru ^ UINT64_C(1) << (2 * key + draw_below(g, 2)), 0);
  make_allowed(g, page, address, draw_share(g, 50) ? PW_READ : PW_WRITE);
}

void make_random_control(struct generator *g) {
  uint64_t draw = draw_below(g, 100);
  if (draw < 35) {
    unsigned space = (unsigned)draw_below(g, g->scene->space_count);
    make_space(g, g->listed[space] ? space : g->space, draw_share(g, 60));
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
  if (draw_share(g, 40)) make_wait(g, OP_WAIT_CONTROL);
}
