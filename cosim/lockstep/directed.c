/* directed.c: short sequences that lead to a chosen bin of coverage: an answer, a reuse, a page that changed. */
#include "coverage_groups.h"
#include "generator_state.h"

#define SETTLE_LIMIT 16 /* pages that are tried */

#define FULL_RIGHTS (PW_ENTRY_P | PW_ENTRY_RW | PW_ENTRY_US | PW_ENTRY_A | PW_ENTRY_D)
#define RIGHTS_ABOVE (PW_ATTR_WRITE | PW_ATTR_USER | PW_ATTR_EXECUTE)
#define PKRU_DENY_ALL UINT64_C(1) /* of key 0 */
#define PKRU_DENY_WRITES UINT64_C(2)

/* ---- pages ---- */

struct scene_page *choose_sound_page(struct generator *g, unsigned level, struct scene_path *path) {
  uint32_t listed = g->listed[g->space];
  for (unsigned tries = 0; listed && tries < 4 * SETTLE_LIMIT; tries++) {
    struct scene_page *page = &g->scene->pages[g->list[g->space][draw_below(g, listed)]];
    if (page->level != level || (page->above & RIGHTS_ABOVE) != RIGHTS_ABOVE) continue;
    if (!scene_find_path(g->scene, g->space, page->address, path) || path->leaf != level) continue;
    if (path->entry[level] == page->entry_address) return page;
  }
  return NULL;
}

static unsigned level_of_size(unsigned size) { return size - PW_COVER_4K + 1; }

/* The leaf with these bits and no other right; where it points stays. */
static void write_rights(struct generator *g, struct scene_page *page, uint64_t bits) {
  const struct pw_level_rules *at = &g->scene->rules.level[page->level];
  uint64_t kept = scene_read(g->scene, page->entry_address) & (PW_ENTRY_ADDRESS & ~at->reserved_leaf);
  scene_write_leaf(g->scene, page, kept | at->leaf_bit | bits);
}

/* ---- operations that are done before what follows ---- */

static void finish_control(struct generator *g, unsigned op, uint64_t data, unsigned pcid) {
  make_control(g, op, data, pcid);
  make_wait(g, OP_WAIT_CONTROL);
}

static void set_cr4(struct generator *g, uint64_t bit, bool on) {
  uint64_t cr4 = control_now(g).cr4;
  uint64_t to = on ? cr4 | bit : cr4 & ~bit;
  if (to != cr4) finish_control(g, PW_CTL_CR4, to, 0);
}

static void set_wp(struct generator *g) {
  uint64_t cr0 = control_now(g).cr0;
  if (!(cr0 & PW_CR0_WP)) finish_control(g, PW_CTL_CR0, cr0 | PW_CR0_WP, 0);
}

static void set_pkru(struct generator *g, uint64_t pkru) {
  if (g->options.config->pke) finish_control(g, PW_CTL_PKRU, pkru, 0);
}

static void set_nxe(struct generator *g, bool on) {
  uint64_t efer = control_now(g).efer;
  finish_control(g, PW_CTL_EFER, on ? efer | PW_EFER_NXE : efer & ~(uint64_t)PW_EFER_NXE, 0);
}

/* ---- an answer ---- */

/* An access by what coverage calls it. */
struct wanted {
  unsigned size, kind, privilege, cause, from;
  unsigned key; /* of the page, when that is the cause */
  struct scene_page *page;
  uint64_t address;
};

static void put_wanted(struct generator *g, uint64_t address, unsigned kind, unsigned privilege, unsigned more) {
  static const uint8_t kinds[] = {[PW_COVER_READ] = PW_READ, [PW_COVER_WRITE] = PW_WRITE, [PW_COVER_FETCH] = PW_FETCH};
  unsigned flags = more;
  unsigned access = kind == PW_COVER_PREFETCH ? (draw_share(g, 50) ? PW_READ : PW_WRITE) : kinds[kind];
  if (kind == PW_COVER_PREFETCH) flags |= PW_PREFETCH;
  if (privilege == PW_COVER_USER) flags |= OP_USER;
  if (privilege == PW_COVER_IMPLICIT) flags |= PW_IMPLICIT | (draw_share(g, 50) ? OP_USER : 0u);
  make_access(
      g, (struct operation){.kind = OP_ACCESS, .address = address, .what = (uint8_t)access, .flags = (uint8_t)flags});
}

static bool is_user_page(const struct wanted *w) {
  switch (w->cause) {
    case PW_COVER_USER_DENIED: return false;
    case PW_COVER_SMEP:
    case PW_COVER_SMAP:
    case PW_COVER_PROTECTION_KEY: return true;
    default: return w->privilege == PW_COVER_USER;
  }
}

static uint64_t rights_of(const struct wanted *w) {
  uint64_t bits = FULL_RIGHTS;
  if (!is_user_page(w)) bits &= ~PW_ENTRY_US;
  if (w->cause == PW_COVER_WRITE_DENIED) bits &= ~PW_ENTRY_RW;
  if (w->cause == PW_COVER_NO_EXECUTE) bits |= PW_ENTRY_XD;
  if (w->cause == PW_COVER_PROTECTION_KEY) bits |= (uint64_t)w->key << PW_ENTRY_PKEY_SHIFT;
  return bits;
}

/* Registers under which the cause is the only one. */
static void set_registers(struct generator *g, const struct wanted *w) {
  set_cr4(g, PW_CR4_SMEP, w->cause == PW_COVER_SMEP);
  set_cr4(g, PW_CR4_SMAP, w->cause == PW_COVER_SMAP);
  if (g->options.config->pke) set_cr4(g, PW_CR4_PKE, true);
  if (w->cause == PW_COVER_WRITE_DENIED || w->cause == PW_COVER_PROTECTION_KEY) set_wp(g);
  set_pkru(g, 0);
}

/* Who may use the page that denies the wanted access, as far as privileges go. */
static unsigned allowed_privilege(const struct wanted *w) {
  if (w->cause == PW_COVER_USER_DENIED) return PW_COVER_SUPERVISOR;
  if (w->cause == PW_COVER_SMEP || w->cause == PW_COVER_SMAP || w->cause == PW_COVER_PROTECTION_KEY)
    return PW_COVER_USER;
  return w->privilege == PW_COVER_IMPLICIT ? PW_COVER_SUPERVISOR : w->privilege;
}

/* The first access, which brings the page where the wanted one finds it: by its own port or by the other. */
static void bring(struct generator *g, const struct wanted *w, bool by_other_port) {
  bool fetch = (w->kind == PW_COVER_FETCH) != by_other_port;
  put_wanted(g, w->address, fetch ? PW_COVER_FETCH : PW_COVER_READ, allowed_privilege(w), 0);
}

/* XD keeps a page out of a fetch TLB: it comes from the second level while NXE = 0. */
static void bring_not_executable(struct generator *g, const struct wanted *w) {
  bring(g, w, true);
  make_wait(g, OP_WAIT_ALL);
  set_nxe(g, false);
  put_wanted(g, w->address, PW_COVER_FETCH, w->privilege, 0);
  make_wait(g, OP_WAIT_ALL);
  set_nxe(g, true);
}

/* A key that denies reads lets fetches alone bring the page, and with one slot per port there is one walk of a port. */
static bool brings_by_other_port(const struct generator *g, const struct wanted *w) {
  if (w->from == PW_COVER_FROM_L2 || w->cause == PW_COVER_NO_EXECUTE) return true;
  if (w->from == PW_COVER_FROM_REPLAY && g->options.config->miss_slots == 1) return true;
  return w->from == PW_COVER_FROM_REPLAY && w->cause == PW_COVER_PROTECTION_KEY && w->kind == PW_COVER_READ;
}

static uint64_t pkru_of(const struct wanted *w) {
  return (w->kind == PW_COVER_WRITE ? PKRU_DENY_WRITES : PKRU_DENY_ALL) << (2 * w->key);
}

static void bring_to_place(struct generator *g, const struct wanted *w) {
  bool keyed = w->cause == PW_COVER_PROTECTION_KEY;
  bool replay = w->from == PW_COVER_FROM_REPLAY;
  if (keyed && (replay || w->from == PW_COVER_FROM_WALK)) set_pkru(g, pkru_of(w));
  if (w->from == PW_COVER_FROM_WALK) return;
  if (w->from == PW_COVER_FROM_L1 && w->cause == PW_COVER_NO_EXECUTE) {
    bring_not_executable(g, w);
    return;
  }
  bring(g, w, brings_by_other_port(g, w));
  if (replay) return;
  make_wait(g, OP_WAIT_ALL);
  if (keyed) set_pkru(g, pkru_of(w));
}

/* Paging off, no such address, or no such page. */
static void make_without_page(struct generator *g, struct wanted *w) {
  unsigned flags = w->cause == PW_COVER_STACK_FAULT ? PW_STACK : 0;
  if (w->cause == PW_COVER_GENERAL_PROTECTION || w->cause == PW_COVER_STACK_FAULT) {
    w->address ^= UINT64_C(1) << 62;
  } else if (w->cause == PW_COVER_MAPPED) {
    make_stop_paging(g);
    make_wait(g, OP_WAIT_CONTROL);
    w->address &= UINT32_MAX;
  } else if (w->cause != PW_COVER_BUS_ERROR) {
    const struct pw_level_rules *at = &g->scene->rules.level[w->page->level];
    bool reserved = w->cause == PW_COVER_RESERVED;
    write_rights(g, w->page, reserved ? FULL_RIGHTS | at->reserved_leaf : FULL_RIGHTS & ~PW_ENTRY_P);
    finish_control(g, PW_CTL_INVLPG, w->address, 0);
  }
  put_wanted(g, w->address, w->kind, w->privilege, flags);
}

/* A prefetch that is dropped has found a page that denies it. */
static void make_denied(struct generator *g, struct wanted *w) {
  if (w->cause == PW_COVER_DROPPED) w->cause = w->privilege == PW_COVER_USER ? PW_COVER_USER_DENIED : PW_COVER_SMAP;
  unsigned ac = w->privilege == PW_COVER_SUPERVISOR && w->cause != PW_COVER_SMAP && w->kind != PW_COVER_FETCH;
  set_registers(g, w);
  write_rights(g, w->page, rights_of(w));
  finish_control(g, PW_CTL_INVLPG, w->address, 0);
  make_wait(g, OP_WAIT_ALL);
  bring_to_place(g, w);
  put_wanted(g, w->address, w->kind, w->privilege, ac ? PW_AC : 0);
  if (draw_share(g, 70)) return;
  write_rights(g, w->page, FULL_RIGHTS);
  set_pkru(g, 0);
}

static void make_answer(struct generator *g, const uint8_t *value) {
  struct wanted w = {.size = value[0], .kind = value[1], .privilege = value[2], .cause = value[3], .from = value[4]};
  bool has_page = w.size != PW_COVER_NO_SIZE || w.cause == PW_COVER_DROPPED;
  struct scene_path path;
  unsigned level = w.size ? level_of_size(w.size) : 1 + (unsigned)draw_below(g, 2);
  w.page = choose_sound_page(g, level, &path);
  if (!w.page) return;
  w.address = w.page->address + draw_offset(g, w.page);
  w.key = 1 + (unsigned)draw_below(g, 15);
  if (has_page) {
    make_denied(g, &w);
  } else {
    make_without_page(g, &w);
  }
}

/* ---- reuse ---- */

static void enter_pcid(struct generator *g, unsigned pcid, bool keep) {
  uint64_t cr3 = g->scene->root[g->space] | pcid;
  if (keep && pcids_are_on(g)) cr3 |= PW_CR3_NO_FLUSH;
  finish_control(g, PW_CTL_CR3, cr3, 0);
}

static void toggle_twice(struct generator *g, uint64_t bit) {
  uint64_t cr4 = control_now(g).cr4;
  finish_control(g, PW_CTL_CR4, cr4 ^ bit, 0);
  finish_control(g, PW_CTL_CR4, cr4, 0);
}

static void stop_and_start(struct generator *g) {
  uint64_t cr0 = control_now(g).cr0;
  make_pcids(g, false);
  finish_control(g, PW_CTL_CR0, cr0 & ~PW_CR0_PG, 0);
  finish_control(g, PW_CTL_CR0, cr0, 0);
}

/* The operation that the page is to be used again after. */
static void invalidate_as(struct generator *g, unsigned since, uint64_t address, unsigned pcid) {
  unsigned elsewhere = pcid ^ (1 + (unsigned)draw_below(g, 3));
  unsigned of_all = since == PW_COVER_SINCE_ALL ? PW_CTL_INVPCID_ALL_WITH_GLOBALS : PW_CTL_INVPCID_ALL_BUT_GLOBALS;
  switch (since) {
    case PW_COVER_SINCE_INVLPG: finish_control(g, PW_CTL_INVLPG, address, 0); break;
    case PW_COVER_SINCE_ADDRESS: finish_control(g, PW_CTL_INVPCID_ADDRESS, address, pcid); break;
    case PW_COVER_SINCE_ADDRESS_ELSEWHERE: finish_control(g, PW_CTL_INVPCID_ADDRESS, address, elsewhere); break;
    case PW_COVER_SINCE_CONTEXT: finish_control(g, PW_CTL_INVPCID_CONTEXT, 0, pcid); break;
    case PW_COVER_SINCE_CONTEXT_ELSEWHERE: finish_control(g, PW_CTL_INVPCID_CONTEXT, 0, elsewhere); break;
    case PW_COVER_SINCE_ALL:
    case PW_COVER_SINCE_ALL_BUT_GLOBALS: finish_control(g, of_all, 0, 0); break;
    case PW_COVER_SINCE_CR3: enter_pcid(g, pcid, false); break;
    case PW_COVER_SINCE_CR3_KEEP: enter_pcid(g, pcid, true); break;
    case PW_COVER_SINCE_PGE: toggle_twice(g, PW_CR4_PGE); break;
    case PW_COVER_SINCE_PCIDE: make_pcids(g, false); break;
    case PW_COVER_SINCE_SMEP:
      set_cr4(g, PW_CR4_SMEP, false);
      set_cr4(g, PW_CR4_SMEP, true);
      break;
    case PW_COVER_SINCE_PG: stop_and_start(g); break;
    default: break;
  }
  make_wait(g, OP_WAIT_CONTROL);
}

/* Accesses one after the other. */
static void use_page(struct generator *g, uint64_t address, const uint8_t *kinds, unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    put_wanted(g, address, kinds[i], PW_COVER_USER, 0);
    make_wait(g, OP_WAIT_ALL);
  }
}

/* Data, the same again, a fetch, the same again: each level of TLBs answers once. */
static void use_mapped(struct generator *g, uint64_t address) {
  static const uint8_t kinds[] = {PW_COVER_READ, PW_COVER_READ, PW_COVER_FETCH, PW_COVER_FETCH};
  use_page(g, address, kinds, sizeof kinds);
}

/*
 * Of a page that may not be written a write is denied by what is held of it, and drops that; then by the second level,
 * which a fetch has filled; by the first, which a read has; and by a walk.
 */
static void use_denied(struct generator *g, uint64_t address) {
  static const uint8_t kinds[] = {PW_COVER_WRITE, PW_COVER_FETCH, PW_COVER_WRITE,
                                  PW_COVER_READ,  PW_COVER_WRITE, PW_COVER_WRITE};
  use_page(g, address, kinds, sizeof kinds);
}

static bool is_denied(const uint8_t *value) { return value[0] != 0; }

static void use_again(struct generator *g, uint64_t address, const uint8_t *value) {
  if (is_denied(value)) {
    use_denied(g, address);
  } else {
    use_mapped(g, address);
  }
}

static void write_reused(struct generator *g, struct scene_page *page, const uint8_t *value) {
  uint64_t rights = is_denied(value) ? FULL_RIGHTS & ~(uint64_t)PW_ENTRY_RW : FULL_RIGHTS;
  write_rights(g, page, rights | (value[3] == PW_COVER_GLOBAL ? PW_ENTRY_G : 0));
}

/* No operation at all since paging was turned on: only after a reset. */
static void make_first_use(struct generator *g, const uint8_t *value) {
  struct scene_path path;
  make_restart(g);
  struct scene_page *page = choose_sound_page(g, level_of_size(value[2] + PW_COVER_4K), &path);
  if (!page) return;
  write_reused(g, page, value);
  use_again(g, page->address + draw_offset(g, page), value);
}

static void make_reuse(struct generator *g, const uint8_t *value) {
  unsigned size = value[2] + PW_COVER_4K, space = value[3], since = value[4];
  bool pcids = space == PW_COVER_OTHER_PCID || since != PW_COVER_SINCE_PG;
  unsigned pcid = space == PW_COVER_PCID_0 ? 0 : 8 + (unsigned)draw_below(g, 8);
  struct scene_path path;
  struct scene_page *page = choose_sound_page(g, level_of_size(size), &path);
  if (!page) return;
  uint64_t address = page->address + draw_offset(g, page);
  make_pcids(g, pcids);
  make_wait(g, OP_WAIT_CONTROL);
  if (!pcids_are_on(g)) pcid = 0;
  set_cr4(g, PW_CR4_PGE, true);
  set_pkru(g, 0);
  write_reused(g, page, value);
  enter_pcid(g, pcid, draw_share(g, 50));
  finish_control(g, PW_CTL_INVLPG, address, 0);
  if (draw_share(g, 70)) use_mapped(g, address);
  invalidate_as(g, since, address, pcid);
  use_again(g, address, value);
}

/* ---- a page that changed while the second level held it ---- */

/* A fetch brings it into the second level; a write hits there without D, and its walk finds another page. */
static void make_changed(struct generator *g, const uint8_t *value) {
  unsigned size = value[1] + PW_COVER_4K;
  bool grows = size > PW_COVER_4K && (size == PW_COVER_1G || draw_share(g, 30));
  struct scene_path path;
  struct scene_page *page = choose_sound_page(g, level_of_size(size) - grows, &path);
  if (!page) return;
  uint64_t address = page->address + draw_offset(g, page);
  uint64_t leaf = FULL_RIGHTS & ~PW_ENTRY_D;
  set_pkru(g, 0);
  write_rights(g, page, leaf);
  finish_control(g, PW_CTL_INVLPG, address, 0);
  put_wanted(g, address, value[0] ? PW_COVER_FETCH : PW_COVER_READ, PW_COVER_USER, 0);
  make_wait(g, OP_WAIT_ALL);
  if (grows) {
    uint64_t large = scene_leaf_entry(g->scene, page->level + 1u) & ~(uint64_t)PW_ENTRY_XD;
    finish_control(g, PW_CTL_INVLPG, address ^ UINT64_C(1) << 40, 0); /* the paging-structure caches alone */
    scene_write(g->scene, page->parent_address, large | PW_ENTRY_P | PW_ENTRY_RW | PW_ENTRY_US);
  } else if (value[2]) {
    write_rights(g, page, leaf | (control_now(g).cr4 & PW_CR4_PGE ? PW_ENTRY_G : 0));
  }
  put_wanted(g, address, PW_COVER_WRITE, PW_COVER_USER, 0);
  make_wait(g, OP_WAIT_ALL);
  if (grows) scene_write(g->scene, page->parent_address, page->parent);
}

/* ---- which ---- */

void make_directed(struct generator *g) {
  uint8_t value[PW_COVERAGE_DIMENSIONS];
  unsigned group = steer_group(&g->steering, &g->random);
  if (!paging_is_on(g) || g->restore_in) return;
  if (group == PW_COVER_KILL && g->plan.traffic == TRAFFIC_SINGLE) return; /* there every request is timed */
  steer_target(&g->steering, g->options.config, group, &g->random, value);
  switch (group) {
    case PW_COVER_ACCESS: make_answer(g, value); break;
    case PW_COVER_REUSE: (value[4] == PW_COVER_SINCE_NONE ? make_first_use : make_reuse)(g, value); break;
    case PW_COVER_DIRTY_WALK: make_changed(g, value); break;
    default: make_race(g, group, value); break;
  }
}
