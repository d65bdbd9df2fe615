/*
 * fake_device.c: a device without Verilog: the golden model behind the pins, one request at a time, with the cycles and
 * the observation outputs of docs/rtl.md. It lets the bench be tested without Verilator, and can be given a bug.
 *
 * A walk cannot wait inside the model for the walker port. So the model is probed with the answers that have come so
 * far; when it asks for one more, that goes to the port, and when it asks for none the translation is made for good.
 *
 * Environment: PAGEWALK_FAKE_CONFIG names the configuration, PAGEWALK_FAKE_BUG a bug of the list below. The bugs are
 * also the mutants of the device, in the order of the list.
 */
#include <pagewalk/check.h>
#include <pagewalk/pagewalk.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pagewalk/entry.h>

#include "mmu_state.h"
#include "rtl.h"

#define PIPELINE_CYCLES 3
#define ANSWERS (2 * PW_MAX_LEVELS)

enum bug {
  BUG_NONE,
  BUG_ADDRESS,
  BUG_INVLPG,
  BUG_LATE,
  BUG_LOST,
  BUG_DIRTY,
  BUG_IDLE,
  BUG_FILL,
  BUG_RESET,
  BUG_CRASH,
  BUG_COUNT,
  BUGS
};
static const char *const bug_names[] = {"none", "address", "invlpg", "late",  "lost", "dirty",
                                        "idle", "fill",    "reset",  "crash", "count"};

enum stage {
  STAGE_FREE,    /* nothing is in flight */
  STAGE_LOOK_UP, /* in the first level */
  STAGE_L2,      /* waits for the cycle of the second level */
  STAGE_WALK,    /* waits for the cycle in which the walk starts */
  STAGE_ASK,     /* waits for the cycle of the next memory operation */
  STAGE_MEMORY,  /* the walker port has it */
  STAGE_COMMIT,  /* waits for the cycle before the response */
  STAGE_FILL,    /* a page that changed: the second commit */
  STAGE_RESPONSE /* on the response port */
};

struct answer {
  uint64_t value;
  bool error;
};

struct fake {
  struct pw_config config;
  struct pw_mmu *mmu;
  enum bug bug;
  uint64_t cycle;
  uint64_t requests;
  struct rtl_outputs out; /* pins; observations are new in every clock */

  enum stage stage;
  unsigned port;
  unsigned id;
  bool killed;
  struct pw_access access;
  struct pw_translation record;   /* of the last probe */
  uint64_t at;                    /* cycle in which the stage acts */
  struct answer answers[ANSWERS]; /* of the reads of this attempt, in order */
  unsigned answer_count;
  unsigned reads; /* that the model has made in this probe */
  bool missing;   /* one more than there are answers */
  uint64_t missing_address;
  unsigned swaps_done; /* of the record's steps */
  bool swapping;
  bool restarted; /* by a compare-and-swap that did not match */
  bool swap_error;
  uint64_t swap_error_address;
  struct rtl_l2_outputs l2_fill; /* shown one clock after the commit */
  unsigned l2_fill_unit;
  bool l2_fill_waits;

  unsigned control_wait; /* clocks until done; 0: none */
};

/* ---- the model's memory: what the port has said ---- */

static int port_read(void *context, uint64_t address, uint64_t *value) {
  struct fake *f = context;
  unsigned at = f->reads++;
  if (at < f->answer_count) {
    *value = f->answers[at].value;
    return f->answers[at].error ? PW_PORT_BUS_ERROR : PW_PORT_OK;
  }
  if (!f->missing) f->missing_address = address;
  f->missing = true;
  return PW_PORT_BUS_ERROR;
}

/* The port has done it already. */
static int port_swap(void *context, uint64_t address, uint64_t expected, uint64_t desired) {
  const struct fake *f = context;
  (void)expected, (void)desired;
  return f->swap_error && address == f->swap_error_address ? PW_PORT_BUS_ERROR : PW_PORT_OK;
}

/* ---- life ---- */

static void reset(struct fake *f) {
  struct pw_control control = pw_control_from_config(&f->config, 0);
  control.cr0 = 0;
  control.cr4 &= PW_CR4_PSE | PW_CR4_PAE;
  control.efer = PW_EFER_LME;
  pw_mmu_set_control(f->mmu, &control);
  f->stage = STAGE_FREE;
  f->control_wait = 0;
  f->l2_fill_waits = false;
  f->out = (struct rtl_outputs){0};
}

static enum bug find_bug(const char *name) {
  for (unsigned i = 0; name && i < sizeof bug_names / sizeof bug_names[0]; i++) {
    if (strcmp(name, bug_names[i]) == 0) return (enum bug)i;
  }
  return BUG_NONE;
}

static void *create(void) {
  struct fake *f = calloc(1, sizeof *f);
  const char *path = getenv("PAGEWALK_FAKE_CONFIG");
  struct pw_diag diag;
  if (!f || !path || pw_config_load(path, NULL, 0, &f->config, &diag)) return NULL;
  struct pw_memory_port port = {f, port_read, port_swap};
  if (pw_mmu_create(&f->config, &port, NULL, &f->mmu)) return NULL;
  f->bug = find_bug(getenv("PAGEWALK_FAKE_BUG"));
  reset(f);
  return f;
}

static void destroy(void *device) {
  struct fake *f = device;
  pw_mmu_destroy(f->mmu);
  free(f);
}

/* ---- observations ---- */

static unsigned look_ups(const struct fake *f) { return (unsigned)__builtin_popcount(f->record.looked_up); }

static void show_look_up(struct fake *f) {
  struct rtl_port_outputs *o = &f->out.port[f->port];
  o->obs_lookup = 1;
  o->obs_slot = (uint8_t)f->port;
  o->obs_hit = f->record.hit_level == 1;
  o->obs_array = f->record.hit_array;
  o->obs_way = (uint8_t)f->record.hit_way;
  o->obs_set = (uint16_t)f->record.hit_set;
}

/* Fetches have a unit of their own when the second level is split. */
static unsigned l2_unit(const struct fake *f) {
  for (uint32_t i = 0; i < f->config.tlb_count; i++) {
    if (f->config.tlbs[i].level == 2 && f->config.tlbs[i].serves == PW_SERVES_FETCH) return f->port == 0;
  }
  return 0;
}

static void show_l2_look_up(struct fake *f) {
  struct rtl_l2_outputs *o = &f->out.l2[l2_unit(f)];
  o->obs_lookup = 1;
  o->obs_slot = (uint8_t)f->port;
  o->obs_hit = f->record.hit_level == 2;
  o->obs_array = f->record.hit_array;
  o->obs_way = (uint8_t)f->record.hit_way;
  o->obs_set = (uint16_t)f->record.hit_set;
}

static void show_walk_start(struct fake *f) {
  struct pw_psc_place place = {0, 0};
  unsigned level = f->record.psc_level;
  if (level) pw_psc_find(&f->mmu->walker.psc, level, f->access.linear_address, f->mmu->mode.pcid, &place);
  f->out.obs_walk = 1;
  f->out.obs_walk_slot = (uint8_t)f->port;
  f->out.obs_walk_walker = 0;
  f->out.obs_walk_psc_level = (uint8_t)level;
  f->out.obs_walk_psc_way = (uint8_t)place.way;
  f->out.obs_walk_psc_set = (uint16_t)place.set;
}

static void show_tlb_fill(struct fake *f, const struct pw_fill *fill) {
  if (f->config.tlbs[fill->unit].level == 1) {
    f->out.obs_l1_fill = 1;
    f->out.obs_l1_fill_array = fill->array;
    f->out.obs_l1_fill_way = (uint8_t)fill->way;
    f->out.obs_l1_fill_set = (uint16_t)fill->set;
    f->out.obs_l1_fill_evict = fill->victim_key != 0;
    return;
  }
  f->l2_fill_unit = l2_unit(f);
  f->l2_fill_waits = true;
  f->l2_fill = (struct rtl_l2_outputs){.obs_fill = 1,
                                       .obs_fill_array = fill->array,
                                       .obs_fill_way = (uint8_t)fill->way,
                                       .obs_fill_set = (uint16_t)fill->set,
                                       .obs_fill_evict = fill->victim_key != 0};
}

static void show_fills(struct fake *f, const struct pw_translation *t) {
  for (unsigned i = 0; i < t->fill_count; i++) {
    const struct pw_fill *fill = &t->fills[i];
    if (fill->structure == PW_TLB) {
      show_tlb_fill(f, fill);
      continue;
    }
    f->out.obs_psc_fill |= (uint8_t)(1u << fill->unit);
    if (fill->victim_key) f->out.obs_psc_evict |= (uint8_t)(1u << fill->unit);
    f->out.obs_psc_fill_way[fill->unit] = (uint8_t)fill->way;
    f->out.obs_psc_fill_set[fill->unit] = (uint16_t)fill->set;
  }
}

static void show_commit(struct fake *f, unsigned actions) {
  if (f->killed) actions &= ~(unsigned)PW_COMMIT_RESPOND;
  f->out.obs_commit = 1;
  f->out.obs_commit_slot = (uint8_t)f->port;
  f->out.obs_commit_port = (uint8_t)f->port;
  f->out.obs_commit_actions = (uint8_t)actions;
}

static void l2_fill_of_last_clock(struct fake *f) {
  if (!f->l2_fill_waits) return;
  struct rtl_l2_outputs *o = &f->out.l2[f->l2_fill_unit];
  o->obs_fill = f->bug != BUG_FILL;
  o->obs_fill_array = f->l2_fill.obs_fill_array;
  o->obs_fill_way = f->l2_fill.obs_fill_way;
  o->obs_fill_set = f->l2_fill.obs_fill_set;
  o->obs_fill_evict = f->l2_fill.obs_fill_evict;
  f->l2_fill_waits = false;
}

/* ---- counters: docs/rtl.md ---- */

/* What the first level decides has no slot and no commit, but for a page fault. */
static bool ends_without_commit(const struct pw_translation *t) {
  return __builtin_popcount(t->looked_up) <= 1 && !t->walked && t->outcome != PW_PAGE_FAULT;
}

static void count_look_up(struct fake *f) {
  f->out.perf[f->port]++;
  if (!ends_without_commit(&f->record)) f->out.perf[2 + f->port]++;
}

static void count_operation(struct fake *f) {
  if (f->bug != BUG_COUNT || f->swapping) f->out.perf[7]++;
}

/* ---- a translation ---- */

static void probe(struct fake *f) {
  f->missing = false;
  f->reads = 0;
  pw_probe(f->mmu, &f->access, &f->record);
}

/* The commit is in the cycle before the response; `ready` is the cycle in which all was known. */
static void plan_commit(struct fake *f, uint64_t response_cycle) {
  f->stage = STAGE_COMMIT;
  f->at = response_cycle - 1;
  if (f->bug == BUG_LATE && f->access.kind == PW_WRITE && f->requests % 64 == 0) f->at++;
}

static unsigned walk_start_cycles(const struct fake *f) {
  return f->record.psc_cycles + f->config.walk_start_cycles + f->config.walk_step_cycles;
}

static void plan_walk(struct fake *f, uint64_t cycle) {
  f->stage = STAGE_WALK;
  f->at = cycle;
}

/* The first level was looked up in this cycle, one after the request was accepted. */
static void look_up(struct fake *f) {
  uint64_t accepted = f->cycle - 1;
  f->answer_count = 0;
  f->swap_error = f->restarted = false;
  probe(f);
  show_look_up(f);
  count_look_up(f);
  if (look_ups(f) == 2) {
    f->stage = STAGE_L2;
    f->at = accepted + 1 + f->record.tlb_cycles;
  } else if (f->record.walked) {
    plan_walk(f, accepted + 2 + f->record.tlb_cycles);
  } else {
    plan_commit(f, accepted + PIPELINE_CYCLES + f->record.tlb_cycles);
  }
}

static void look_up_l2(struct fake *f) {
  show_l2_look_up(f);
  if (f->record.hit_level != 2) f->out.perf[4 + l2_unit(f)]++;
  if (f->record.walked) {
    plan_walk(f, f->cycle + 1);
  } else {
    plan_commit(f, f->cycle + 2);
  }
}

static void start_walk(struct fake *f) {
  probe(f);
  show_walk_start(f);
  if (!f->restarted) f->out.perf[6]++;
  f->swaps_done = 0;
  f->stage = STAGE_ASK;
  f->at = f->cycle + walk_start_cycles(f);
}

static bool sets_dirty(const struct fake *f) { return f->access.kind == PW_WRITE && !(f->access.flags & PW_PREFETCH); }

static void drive_memory(struct fake *f, const struct pw_walk_step *step, uint64_t address, uint64_t expected,
                         uint64_t desired) {
  f->out.wmq_valid = 1;
  f->out.wmq_pwt = step->cache_control & 1;
  f->out.wmq_pcd = step->cache_control >> 1;
  f->out.wmq_addr = address;
  f->out.wmq_op = f->swapping;
  f->out.wmq_expected = expected;
  f->out.wmq_new = desired;
  f->stage = STAGE_MEMORY;
}

/*
 * The step of this attempt whose entry lacks A or D, at or after `from`; -1 when there is none. A walk that meets an
 * entry twice finds its own A at the second update: the probe then has further attempts, which are left alone here.
 */
static int next_update(const struct fake *f, unsigned from) {
  const struct pw_translation *t = &f->record;
  if (t->attempts == 1 && (f->missing || t->outcome != PW_MAPPED)) return -1;
  for (unsigned i = from; i < t->step_count && t->steps[i].attempt == 0; i++) {
    bool leaf = i + 1 == t->step_count || t->steps[i + 1].attempt > 0;
    uint64_t bits = PW_ENTRY_A | (leaf && sets_dirty(f) ? PW_ENTRY_D : 0);
    if ((t->steps[i].entry_before & bits) != bits) return (int)i;
  }
  return -1;
}

static bool wants_read(const struct fake *f) { return f->missing && f->record.attempts == 1; }

/* The next operation of the walk on the pins. */
static void ask(struct fake *f) {
  int update = next_update(f, f->swaps_done);
  f->swapping = !wants_read(f);
  if (!f->swapping) {
    drive_memory(f, &f->record.steps[f->record.step_count - 1], f->missing_address, 0, 0);
    return;
  }
  const struct pw_walk_step *step = &f->record.steps[update];
  bool leaf = (unsigned)update + 1 == f->record.step_count || f->record.steps[update + 1].attempt > 0;
  uint64_t bits = PW_ENTRY_A | (leaf && sets_dirty(f) ? PW_ENTRY_D : 0);
  f->swaps_done = (unsigned)update;
  if (f->bug == BUG_DIRTY) bits &= ~PW_ENTRY_D | (f->requests % 16 ? PW_ENTRY_D : 0);
  drive_memory(f, step, step->entry_address, step->entry_before, step->entry_before | bits);
}

/* After an answer: another operation, or the end. */
static void go_on(struct fake *f) {
  if (!wants_read(f) && next_update(f, f->swaps_done) < 0) {
    plan_commit(f, f->cycle + PIPELINE_CYCLES);
    return;
  }
  f->stage = STAGE_ASK;
  f->at = f->cycle + 2 + (wants_read(f) ? f->config.walk_step_cycles : 0);
}

static void take_read(struct fake *f, const struct rtl_inputs *in) {
  f->answers[f->answer_count++] = (struct answer){in->wmr_data, in->wmr_err != 0};
  probe(f);
  go_on(f);
}

static void take_swap(struct fake *f, const struct rtl_inputs *in) {
  if (in->wmr_err) {
    f->swap_error = true;
    f->swap_error_address = f->out.wmq_addr;
    plan_commit(f, f->cycle + PIPELINE_CYCLES);
  } else if (!in->wmr_ok) {
    f->answer_count = 0;
    f->restarted = true;
    plan_walk(f, f->cycle + 2);
  } else {
    f->swaps_done++;
    go_on(f);
  }
}

static void take_answer(struct fake *f, const struct rtl_inputs *in) {
  if (f->swapping) {
    take_swap(f, in);
  } else {
    take_read(f, in);
  }
}

/* ---- the end ---- */

static void show_response(struct fake *f, const struct pw_translation *t) {
  static const uint8_t faults[PW_OUTCOMES] = {PW_RSP_NONE,        PW_RSP_PAGE_FAULT, PW_RSP_GENERAL_PROTECTION,
                                              PW_RSP_STACK_FAULT, PW_RSP_BUS_ERROR,  PW_RSP_DROPPED};
  struct rtl_port_outputs *o = &f->out.port[f->port];
  o->rsp_valid = 1;
  o->rsp_id = (uint8_t)f->id;
  o->rsp_fault = faults[t->outcome];
  o->rsp_error_code = (uint16_t)t->error_code;
  o->rsp_source = t->walked ? PW_RSP_FROM_WALK : t->hit_level == 2 ? PW_RSP_FROM_L2 : PW_RSP_FROM_L1;
  o->rsp_pa = o->rsp_level = o->rsp_memtype = o->rsp_global = 0;
  if (t->outcome != PW_MAPPED) return;
  o->rsp_pa = t->physical_address;
  o->rsp_level = t->page_shift == 30 ? 2 : t->page_shift == 21 ? 1 : 0;
  o->rsp_memtype = (uint8_t)((t->attributes & PW_ATTR_PAT_MASK) >> PW_ATTR_PAT_SHIFT);
  o->rsp_global = (t->attributes & PW_ATTR_GLOBAL) != 0;
  if (f->bug == BUG_ADDRESS && t->hit_level == 2 && f->requests % 32 == 0) o->rsp_pa ^= 0x1000;
}

/* A hit that lacked D, and a walk that found the page of another size, or G changed. */
static bool page_changed(const struct fake *f) {
  const struct pw_translation *t = &f->record;
  struct pw_tlb_view view;
  if (!t->dirty_walk || t->outcome != PW_MAPPED || f->swap_error) return false;
  if (!pw_mmu_tlb_entry(f->mmu, t->hit_unit, t->hit_array, t->hit_set, t->hit_way, &view)) return true;
  return view.key.page_shift != t->page_shift || view.key.global != ((t->attributes & PW_ATTR_GLOBAL) != 0);
}

static unsigned actions_of(const struct pw_translation *t) {
  unsigned actions = PW_COMMIT_RESPOND | PW_COMMIT_LAST;
  if (t->outcome == PW_PAGE_FAULT) actions |= PW_COMMIT_DROP;
  if (t->outcome == PW_MAPPED) actions |= PW_COMMIT_FILL;
  return actions;
}

static void respond_or_end(struct fake *f) {
  if (!f->killed) show_response(f, &f->record);
  f->stage = f->killed ? STAGE_FREE : STAGE_RESPONSE;
}

static void commit(struct fake *f) {
  bool changed = page_changed(f);
  bool commits = !ends_without_commit(&f->record);
  f->reads = 0;
  pw_translate(f->mmu, &f->access, &f->record);
  if (commits) show_commit(f, changed ? PW_COMMIT_RESPOND | PW_COMMIT_DROP : actions_of(&f->record));
  if (commits && !changed) show_fills(f, &f->record);
  if (f->bug == BUG_LOST && f->requests == 500) f->killed = true;
  respond_or_end(f);
  if (!changed) return;
  f->stage = STAGE_FILL;
  f->at = f->cycle + 1;
}

static void fill_after_change(struct fake *f) {
  show_commit(f, PW_COMMIT_FILL | PW_COMMIT_LAST);
  show_fills(f, &f->record);
  f->stage = f->out.port[f->port].rsp_valid ? STAGE_RESPONSE : STAGE_FREE;
}

/* ---- control ---- */

static void invpcid(struct fake *f, const struct rtl_inputs *in) {
  pw_invpcid(f->mmu, in->ctl_op - PW_CTL_INVPCID_ADDRESS, in->ctl_pcid, in->ctl_data);
}

static void control(struct fake *f, const struct rtl_inputs *in) {
  switch (in->ctl_op) {
    case PW_CTL_CR3: pw_write_cr3(f->mmu, in->ctl_data); break;
    case PW_CTL_CR0: pw_write_cr0(f->mmu, in->ctl_data); break;
    case PW_CTL_CR4: pw_write_cr4(f->mmu, in->ctl_data); break;
    case PW_CTL_EFER: pw_write_efer(f->mmu, in->ctl_data); break;
    case PW_CTL_PKRU: pw_write_pkru(f->mmu, (uint32_t)in->ctl_data); break;
    case PW_CTL_INVLPG:
      if (f->bug != BUG_INVLPG) pw_invlpg(f->mmu, in->ctl_data);
      break;
    default: invpcid(f, in); break;
  }
  f->control_wait = 2;
}

static void control_goes_on(struct fake *f) {
  f->out.ctl_done = 0;
  if (!f->control_wait) return;
  f->control_wait--;
  f->out.obs_inval = f->control_wait == 1;
  f->out.ctl_done = f->control_wait == 0;
}

/* ---- a clock ---- */

static void clear_observations(struct rtl_outputs *out) {
  for (unsigned p = 0; p < RTL_PORTS; p++) out->port[p].obs_lookup = out->port[p].obs_replay = 0;
  memset(out->l2, 0, sizeof out->l2);
  out->obs_walk = out->obs_commit = out->obs_l1_fill = out->obs_psc_fill = out->obs_psc_evict = out->obs_inval = 0;
}

static void accept(struct fake *f, unsigned port, const struct rtl_port_inputs *in) {
  f->requests++;
  if (f->bug == BUG_CRASH && f->requests == 500) abort();
  f->port = port;
  f->id = in->req_id;
  f->killed = false;
  unsigned flags = (in->req_implicit ? PW_IMPLICIT : 0u) | (in->req_ac ? PW_AC : 0u) | (in->req_stack ? PW_STACK : 0u) |
                   (in->req_prefetch ? PW_PREFETCH : 0u);
  f->access = (struct pw_access){
      .linear_address = in->req_va, .kind = in->req_acc, .cpl = in->req_user ? 3 : 0, .flags = (uint8_t)flags};
  f->stage = STAGE_LOOK_UP;
  f->at = f->cycle + 1;
}

static void take_inputs(struct fake *f, const struct rtl_inputs *in) {
  const struct rtl_outputs *out = &f->out;
  for (unsigned p = 0; p < RTL_PORTS; p++) {
    const struct rtl_port_inputs *port = &in->port[p];
    if (out->port[p].rsp_valid && port->rsp_ready) {
      f->out.port[p].rsp_valid = 0;
      if (f->stage == STAGE_RESPONSE) f->stage = STAGE_FREE;
    } else if (port->kill_valid && f->stage != STAGE_FREE && f->stage != STAGE_RESPONSE && f->stage != STAGE_FILL &&
               p == f->port && port->kill_id == f->id) {
      f->killed = true;
    }
    if (port->req_valid && out->port[p].req_ready) accept(f, p, port);
  }
  if (in->ctl_valid && out->ctl_ready) control(f, in);
}

static void act(struct fake *f) {
  if (f->at > f->cycle) return;
  switch (f->stage) {
    case STAGE_LOOK_UP: look_up(f); break;
    case STAGE_L2: look_up_l2(f); break;
    case STAGE_WALK: start_walk(f); break;
    case STAGE_COMMIT: commit(f); break;
    case STAGE_FILL: fill_after_change(f); break;
    default: break;
  }
}

static void take_memory(struct fake *f, const struct rtl_inputs *in) {
  if (f->out.wmq_valid && in->wmq_ready) {
    f->out.wmq_valid = 0;
    count_operation(f);
  }
  if (in->wmr_valid && f->stage == STAGE_MEMORY) take_answer(f, in);
}

/* One thing at a time: ports take turns, and control operations wait for both. */
static void drive_ready(struct fake *f) {
  bool is_free = f->stage == STAGE_FREE && !f->control_wait && !f->out.ctl_done;
  unsigned turn = (unsigned)(f->cycle % 3);
  f->out.port[0].req_ready = is_free && turn == 0;
  f->out.port[1].req_ready = is_free && turn == 1;
  f->out.ctl_ready = is_free && turn == 2;
  f->out.wmr_ready = 1;
  const bool lost = f->bug == BUG_LOST && f->requests >= 500; /* it waits for what it has lost */
  f->out.idle = f->bug == BUG_IDLE || (f->stage == STAGE_FREE && !f->control_wait && !lost);
}

static void clock_device(void *device, const struct rtl_inputs *in, struct rtl_outputs *out) {
  struct fake *f = device;
  clear_observations(&f->out);
  if (!in->rst_n) {
    reset(f);
    f->out.ctl_done = f->bug == BUG_RESET;
  } else {
    control_goes_on(f);
    take_memory(f, in);
    l2_fill_of_last_clock(f);
    take_inputs(f, in);
    act(f);
    if (f->stage == STAGE_ASK && f->at <= f->cycle + 1) ask(f);
    drive_ready(f);
  }
  f->cycle++;
  *out = f->out;
}

static int trace(void *device, const char *path) {
  (void)device, (void)path;
  return -1;
}

static void mutate(void *device, uint32_t mutant) { ((struct fake *)device)->bug = (enum bug)mutant; }

/* What it says of its machine: nothing, unless PAGEWALK_FAKE_PARAMETERS does. */
static char parameters[64];
__attribute__((constructor)) static void tell_parameters(void) {
  const char *told = getenv("PAGEWALK_FAKE_PARAMETERS");
  snprintf(parameters, sizeof parameters, "%s", told ? told : "");
}

__attribute__((visibility("default")))
const struct rtl_api rtl_api = {RTL_ABI, parameters, create, destroy, clock_device, trace, BUGS - 1, mutate};
