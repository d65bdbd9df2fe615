/* race.c: a walk that meets software: entries written, control operations and kills while it reads and swaps. */
#include "coverage_groups.h"
#include "generator_state.h"

#define AWAIT_CLOCKS 4000 /* longer than any walk that is not held up */
#define MOST_ROUNDS 4

/* One race. */
struct race {
  unsigned group;
  const uint8_t *value; /* of the bin it is for */
  struct scene_page *page;
  struct scene_path path;
  uint64_t address;
  unsigned kind; /* enum pw_access_kind */
};

/* ---- when ---- */

static void await(struct generator *g, const struct race *race, unsigned what, unsigned level) {
  make_operation(
      g, (struct operation){
             .kind = OP_AWAIT, .what = (uint8_t)what, .address = race->path.entry[level], .value = AWAIT_CLOCKS});
}

/* A level of the walk, the one wanted if it has that. */
static unsigned level_near(const struct race *race, unsigned level) {
  if (level < race->path.leaf) return race->path.leaf;
  return level > race->path.top ? race->path.top : level;
}

static unsigned any_level(struct generator *g, const struct race *race) {
  return race->path.leaf + (unsigned)draw_below(g, race->path.top - race->path.leaf + 1);
}

/* The state of a walker that coverage names. */
static void await_state(struct generator *g, const struct race *race, unsigned state) {
  if (state == PW_COVER_SWAP) {
    await(g, race, OP_AWAIT_SWAP, any_level(g, race));
  } else if (state >= PW_COVER_READ_PTE) {
    await(g, race, OP_AWAIT_READ, level_near(race, state - PW_COVER_READ_PTE + 1));
  } else if (state == PW_COVER_STARTED) {
    make_operation(g, (struct operation){.kind = OP_IDLE, .value = 3 + draw_below(g, 8)});
  }
}

/* ---- what software writes ---- */

static uint64_t other_frame(struct generator *g, const struct race *race, unsigned level) {
  if (level > race->path.leaf) return scene_new_frame(g->scene);
  const struct pw_level_rules *at = &g->scene->rules.level[level];
  return scene_leaf_entry(g->scene, level) & PW_ENTRY_ADDRESS & ~at->reserved_leaf & ~at->pat_bit;
}

static uint64_t changed(struct generator *g, const struct race *race, unsigned level, unsigned change) {
  static const uint64_t rights[] = {PW_ENTRY_RW, PW_ENTRY_US, PW_ENTRY_XD};
  uint64_t entry = scene_read(g->scene, race->path.entry[level]);
  switch (change) {
    case PW_COVER_CLEARS_PRESENT: return entry & ~PW_ENTRY_P;
    case PW_COVER_SETS_PRESENT: return entry | PW_ENTRY_P;
    case PW_COVER_CHANGES_SIZE:
      if (level > race->path.leaf) return scene_leaf_entry(g->scene, level) | PW_ENTRY_P;
      return scene_table_entry(g->scene, scene_new_frame(g->scene));
    case PW_COVER_CHANGES_ADDRESS: return (entry & ~PW_ENTRY_ADDRESS) | other_frame(g, race, level);
    case PW_COVER_CHANGES_RIGHTS: return entry ^ rights[draw_below(g, 3)];
    case PW_COVER_CLEARS_A_OR_D: return entry & ~(PW_ENTRY_A | PW_ENTRY_D);
    default: return entry ^ UINT64_C(0x200) << draw_below(g, 3); /* bits that are software's own */
  }
}

/* Entries of the walk as the race needs them before it: present or not, A and D set or clear. */
static void prepare(struct generator *g, const struct race *race) {
  bool swaps = race->group != PW_COVER_WRITTEN || draw_share(g, 50);
  for (unsigned level = race->path.leaf; level <= race->path.top; level++) {
    uint64_t entry = scene_read(g->scene, race->path.entry[level]);
    if (swaps && draw_share(g, 60)) entry &= ~PW_ENTRY_A;
    if (level == race->path.leaf) entry = (entry & ~PW_ENTRY_D) | PW_ENTRY_RW | PW_ENTRY_US;
    scene_write(g->scene, race->path.entry[level], entry);
  }
}

static void hide(struct generator *g, const struct race *race, unsigned level) {
  uint64_t entry = scene_read(g->scene, race->path.entry[level]);
  scene_write(g->scene, race->path.entry[level], entry & ~PW_ENTRY_P);
}

/* For the bins of software's writes: one entry, when this one or one below it has been read. */
static void write_during(struct generator *g, const struct race *race, unsigned level, unsigned change) {
  unsigned read = change == PW_COVER_SETS_PRESENT ? level : race->path.leaf;
  if (change != PW_COVER_SETS_PRESENT && level > race->path.leaf) {
    read += (unsigned)draw_below(g, level - race->path.leaf + 1);
  }
  await(g, race, OP_AWAIT_READ, read);
  scene_write(g->scene, race->path.entry[level], changed(g, race, level, change));
}

/* Compare-and-swaps that fail, again and again, and then something else or nothing. */
static void fail_swaps(struct generator *g, const struct race *race, unsigned rounds, bool then_fault) {
  for (unsigned i = 0; i < rounds; i++) {
    await(g, race, OP_AWAIT_READ, race->path.leaf);
    unsigned level = draw_share(g, 70) ? race->path.leaf : any_level(g, race);
    scene_write(g->scene, race->path.entry[level], changed(g, race, level, PW_COVER_CHANGES_OTHER));
  }
  if (then_fault) hide(g, race, race->path.leaf);
}

/* ---- control operations ---- */

/* What must be done before, so that the operation is one of its kind. */
static void prepare_control(struct generator *g, unsigned kind) {
  switch (kind) {
    case PW_COVER_CR3_KEEP:
    case PW_COVER_PCIDE_OFF: make_pcids(g, true); break;
    case PW_COVER_PG_OFF: make_pcids(g, false); break;
    case PW_COVER_PCIDE_ON:
      make_pcids(g, false);
      make_control(g, PW_CTL_CR3, g->scene->root[g->space], 0);
      break;
    case PW_COVER_SMEP_ON: make_control(g, PW_CTL_CR4, control_now(g).cr4 & ~PW_CR4_SMEP, 0); break;
    default: break;
  }
  make_wait(g, OP_WAIT_CONTROL);
}

static void operate(struct generator *g, const struct race *race, unsigned kind) {
  struct pw_control now = control_now(g);
  uint64_t cr3 = g->scene->root[g->space] | (pcids_are_on(g) ? g->pcid[g->space] : 0);
  bool by_address = kind == PW_COVER_INVLPG || kind == PW_COVER_INVPCID_0;
  switch (kind) {
    case PW_COVER_CR3_FLUSH: make_control(g, PW_CTL_CR3, cr3, 0); break;
    case PW_COVER_CR3_KEEP: make_control(g, PW_CTL_CR3, cr3 | PW_CR3_NO_FLUSH, 0); break;
    case PW_COVER_PG_OFF: make_stop_paging(g); break;
    case PW_COVER_CR0_OTHER: make_control(g, PW_CTL_CR0, now.cr0 ^ PW_CR0_WP, 0); break;
    case PW_COVER_PGE: make_control(g, PW_CTL_CR4, now.cr4 ^ PW_CR4_PGE, 0); break;
    case PW_COVER_PCIDE_ON: make_control(g, PW_CTL_CR4, now.cr4 | PW_CR4_PCIDE, 0); break;
    case PW_COVER_PCIDE_OFF: make_control(g, PW_CTL_CR4, now.cr4 & ~PW_CR4_PCIDE, 0); break;
    case PW_COVER_SMEP_ON: make_control(g, PW_CTL_CR4, now.cr4 | PW_CR4_SMEP, 0); break;
    case PW_COVER_CR4_OTHER: make_control(g, PW_CTL_CR4, now.cr4 ^ PW_CR4_SMAP, 0); break;
    case PW_COVER_EFER: make_toggle_nxe(g); break;
    case PW_COVER_PKRU: make_control(g, PW_CTL_PKRU, 0, 0); break;
    case PW_COVER_INVLPG: make_control(g, PW_CTL_INVLPG, race->address, 0); break;
    default:
      if (kind < PW_COVER_INVPCID_0) return;
      make_control(g, PW_CTL_INVPCID_ADDRESS + kind - PW_COVER_INVPCID_0, by_address ? race->address : 0,
                   pcids_are_on(g) ? (unsigned)(now.cr3 & 0xfff) : 0);
      break;
  }
}

/* ---- kills ---- */

static void kill(struct generator *g, const struct race *race, unsigned state) {
  unsigned started = PW_COVER_KILL_STARTED;
  if (state >= started && state <= PW_COVER_KILL_SWAP) {
    await_state(g, race, PW_COVER_STARTED + state - started);
  } else if (state == PW_COVER_KILL_ANSWERED) {
    await(g, race, draw_share(g, 50) ? OP_AWAIT_READ : OP_AWAIT_SWAP, race->path.leaf);
    make_operation(g, (struct operation){.kind = OP_IDLE, .value = 1 + draw_below(g, 250)});
  } else {
    make_operation(g, (struct operation){.kind = OP_IDLE, .value = 1 + draw_below(g, 4)});
  }
  make_operation(g, (struct operation){.kind = OP_KILL, .what = race->kind == PW_FETCH ? 0 : 1});
}

/* ---- the race ---- */

/* Whose leaf is at a level that the bin is of. */
static unsigned leaf_level(struct generator *g, unsigned group, const uint8_t *value) {
  bool at_leaf = group == PW_COVER_UPDATE && value[1] != PW_COVER_A;
  if (at_leaf) return value[0] + 1u;
  unsigned most = g->options.config->pages_1gb ? 3 : 2;
  if (group == PW_COVER_UPDATE || group == PW_COVER_WRITTEN) {
    if (value[0] + 1u < most) most = value[0] + 1u;
  } else if (group == PW_COVER_CONTROL || group == PW_COVER_KILL) {
    return draw_share(g, 80) ? 1 : 2;
  }
  return 1 + (unsigned)draw_below(g, most);
}

static unsigned kind_of(struct generator *g, unsigned group, const uint8_t *value) {
  if (group == PW_COVER_KILL) return value[0];
  if (group == PW_COVER_UPDATE && value[1] != PW_COVER_A) return PW_WRITE;
  return (unsigned)draw_below(g, PW_ACCESS_KINDS);
}

static void begin_walk(struct generator *g, const struct race *race) {
  unsigned flags = draw_share(g, 80) ? OP_USER : PW_AC;
  bool dropped = race->group == PW_COVER_ATTEMPTS && race->value[1] == PW_COVER_END_DROPPED;
  if (race->kind == PW_FETCH) flags &= OP_USER;
  if (dropped && race->kind != PW_FETCH) flags |= PW_PREFETCH;
  make_access(g,
              (struct operation){
                  .kind = OP_ACCESS, .address = race->address, .what = (uint8_t)race->kind, .flags = (uint8_t)flags});
}

static void run_race(struct generator *g, const struct race *race) {
  const uint8_t *value = race->value;
  switch (race->group) {
    case PW_COVER_WRITTEN: write_during(g, race, level_near(race, value[0] + 1u), value[1]); break;
    case PW_COVER_ATTEMPTS:
      fail_swaps(g, race, value[0] ? value[0] + (unsigned)draw_below(g, MOST_ROUNDS) : 0,
                 value[1] == PW_COVER_END_FAULT || value[1] == PW_COVER_END_DROPPED);
      break;
    case PW_COVER_UPDATE:
      if (value[2] == PW_COVER_MISMATCH) {
        unsigned level = level_near(race, value[0] + 1u);
        await(g, race, OP_AWAIT_READ, race->path.leaf);
        scene_write(g->scene, race->path.entry[level], changed(g, race, level, PW_COVER_CHANGES_OTHER));
      }
      break;
    case PW_COVER_CONTROL:
      await_state(g, race, value[1]);
      operate(g, race, value[0]);
      break;
    case PW_COVER_KILL: kill(g, race, value[1]); break;
    default: break;
  }
}

void make_race(struct generator *g, unsigned group, const uint8_t *value) {
  struct race race = {.group = group, .value = value, .kind = kind_of(g, group, value)};
  uint64_t before[PW_MAX_LEVELS + 1];
  race.page = choose_sound_page(g, leaf_level(g, group, value), &race.path);
  if (!race.page) return;
  race.address = race.page->address + draw_offset(g, race.page);
  if (group == PW_COVER_CONTROL) prepare_control(g, value[0]);
  prepare(g, &race);
  for (unsigned level = race.path.leaf; level <= race.path.top; level++) {
    before[level] = scene_read(g->scene, race.path.entry[level]);
  }
  if (group == PW_COVER_WRITTEN && value[1] == PW_COVER_SETS_PRESENT) hide(g, &race, level_near(&race, value[0] + 1u));
  make_control(g, PW_CTL_INVLPG, race.address, 0);
  make_wait(g, draw_share(g, 80) ? OP_WAIT_ALL : OP_WAIT_CONTROL);
  begin_walk(g, &race);
  run_race(g, &race);
  if (draw_share(g, 50)) begin_walk(g, &race); /* with what is stale now */
  if (draw_share(g, 50)) make_wait(g, OP_WAIT_ALL);
  for (unsigned level = race.path.leaf; level <= race.path.top; level++) {
    scene_write(g->scene, race.path.entry[level], before[level]);
  }
  if (draw_share(g, 50)) make_control(g, PW_CTL_INVLPG, race.address, 0);
}
