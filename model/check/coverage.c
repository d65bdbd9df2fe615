/* coverage.c: follows a device by its events and counts what it comes across in the bins of coverage_groups.c. */
#include <pagewalk/entry.h>
#include <pagewalk/mmu.h>
#include <stdlib.h>
#include <string.h>

#include "coverage_state.h"

/* The counts stay. */
static void reset(struct pw_coverage *c) {
  memset(&c->device, 0, sizeof c->device);
  for (unsigned i = 0; i < PW_COVER_REQUESTS; i++) c->device.free[i] = (uint16_t)(i + 1);
  c->device.free_count = PW_COVER_REQUESTS;
}

/* ---- life ---- */

static void lay_out(struct pw_coverage *coverage) {
  unsigned first = 0;
  for (unsigned g = 0; g < PW_COVER_GROUPS; g++) {
    coverage->first[g] = first;
    first += pw_coverage_bins(g);
  }
  coverage->bins = first;
}

static void judge_bins(struct pw_coverage *coverage) {
  for (unsigned g = 0; g < PW_COVER_GROUPS; g++) {
    const struct pw_cover_table_row *row = &pw_cover_table[g];
    for (unsigned bin = 0; row->unreachable && bin < pw_coverage_bins(g); bin++) {
      uint8_t value[PW_COVERAGE_DIMENSIONS];
      pw_cover_values(g, bin, value);
      coverage->unreachable[coverage->first[g] + bin] = row->unreachable(&coverage->config, value);
    }
  }
}

int pw_coverage_create(const struct pw_config *config, struct pw_coverage **coverage) {
  *coverage = NULL;
  if (pw_config_validate(config, NULL)) return -PW_ECONFIG;
  struct pw_coverage *made = calloc(1, sizeof *made);
  if (!made) return -PW_ENOMEM;
  made->config = *config;
  lay_out(made);
  made->count = calloc(made->bins, sizeof *made->count);
  made->unreachable = calloc(made->bins, sizeof *made->unreachable);
  if (!made->count || !made->unreachable) {
    pw_coverage_destroy(made);
    return -PW_ENOMEM;
  }
  judge_bins(made);
  reset(made);
  *coverage = made;
  return 0;
}

void pw_coverage_destroy(struct pw_coverage *coverage) {
  if (!coverage) return;
  free(coverage->count);
  free(coverage->unreachable);
  free(coverage);
}

const struct pw_config *pw_coverage_config(const struct pw_coverage *coverage) { return &coverage->config; }

/* ---- registers ---- */

static unsigned pcid_now(const struct pw_coverage *c) {
  return c->device.now.cr4 & PW_CR4_PCIDE ? (unsigned)(c->device.now.cr3 & 0xfff) : 0;
}

static unsigned kind_of_cr0(const struct pw_coverage *c, uint64_t data) {
  if (!((c->device.now.cr0 ^ data) & PW_CR0_PG)) return PW_COVER_CR0_OTHER;
  return data & PW_CR0_PG ? PW_COVER_PG_ON : PW_COVER_PG_OFF;
}

static unsigned kind_of_cr4(const struct pw_coverage *c, uint64_t data) {
  uint64_t changed = c->device.now.cr4 ^ data;
  if (changed & PW_CR4_PGE) return PW_COVER_PGE;
  if (changed & PW_CR4_PCIDE) return data & PW_CR4_PCIDE ? PW_COVER_PCIDE_ON : PW_COVER_PCIDE_OFF;
  return (changed & PW_CR4_SMEP) && (data & PW_CR4_SMEP) ? PW_COVER_SMEP_ON : PW_COVER_CR4_OTHER;
}

static unsigned kind_of_control(const struct pw_coverage *c, const struct pw_event *event) {
  uint64_t data = event->u.control.data;
  unsigned op = event->u.control.op;
  switch (op) {
    case PW_CTL_CR3:
      return (c->device.now.cr4 & PW_CR4_PCIDE) && (data & PW_CR3_NO_FLUSH) ? PW_COVER_CR3_KEEP : PW_COVER_CR3_FLUSH;
    case PW_CTL_CR0: return kind_of_cr0(c, data);
    case PW_CTL_CR4: return kind_of_cr4(c, data);
    case PW_CTL_EFER: return PW_COVER_EFER;
    case PW_CTL_PKRU: return PW_COVER_PKRU;
    case PW_CTL_INVLPG: return PW_COVER_INVLPG;
    default: return op < PW_CTL_OPS ? PW_COVER_INVPCID_0 + op - PW_CTL_INVPCID_ADDRESS : PW_COVER_CR0_OTHER;
  }
}

static void set_registers(struct pw_coverage *c, const struct pw_event *event) {
  uint64_t data = event->u.control.data;
  switch (event->u.control.op) {
    case PW_CTL_CR3: c->device.now.cr3 = data; break;
    case PW_CTL_CR0: c->device.now.cr0 = data; break;
    case PW_CTL_CR4: c->device.now.cr4 = data; break;
    default: break;
  }
}

/* ---- the last invalidation ---- */

/* An operation that names a page is remembered apart: what comes after it for other pages does not hide it. */
static void aim_at_page(struct pw_coverage *c, uint64_t address, unsigned pcid, bool invlpg) {
  c->device.aimed[c->device.aims % PW_COVER_AIMS] = (struct pw_cover_aim){
      .number = ++c->device.operations, .address = address, .pcid = (uint16_t)pcid, .invlpg = invlpg};
  c->device.aims++;
}

static void aim_at_all(struct pw_coverage *c, unsigned since, unsigned pcid) {
  c->device.now.since = (uint8_t)since;
  c->device.now.since_pcid = (uint16_t)pcid;
  c->device.now.since_number = ++c->device.operations;
}

static void note_invalidation(struct pw_coverage *c, unsigned kind, const struct pw_event *event) {
  static const uint8_t since[PW_COVER_CONTROLS] = {[PW_COVER_CR3_FLUSH] = PW_COVER_SINCE_CR3,
                                                   [PW_COVER_CR3_KEEP] = PW_COVER_SINCE_CR3_KEEP,
                                                   [PW_COVER_PG_OFF] = PW_COVER_SINCE_PG,
                                                   [PW_COVER_PGE] = PW_COVER_SINCE_PGE,
                                                   [PW_COVER_PCIDE_OFF] = PW_COVER_SINCE_PCIDE,
                                                   [PW_COVER_SMEP_ON] = PW_COVER_SINCE_SMEP,
                                                   [PW_COVER_INVPCID_0 + 1] = PW_COVER_SINCE_CONTEXT,
                                                   [PW_COVER_INVPCID_0 + 2] = PW_COVER_SINCE_ALL,
                                                   [PW_COVER_INVPCID_0 + 3] = PW_COVER_SINCE_ALL_BUT_GLOBALS};
  if (kind == PW_COVER_INVLPG) {
    aim_at_page(c, event->u.control.data, pcid_now(c), true);
  } else if (kind == PW_COVER_INVPCID_0) {
    aim_at_page(c, event->u.control.data, event->u.control.pcid, false);
  } else if (since[kind]) {
    aim_at_all(c, since[kind], event->u.control.pcid);
  } else if (kind == PW_COVER_PG_ON && !c->device.paged_before) {
    aim_at_all(c, PW_COVER_SINCE_NONE, 0); /* what came before found nothing cached */
  }
  if (kind == PW_COVER_PG_ON) c->device.paged_before = true;
}

/* ---- requests ---- */

/* The request that an id names, or NULL. */
static struct pw_cover_request *by_id(struct pw_coverage *c, unsigned port, unsigned id) {
  unsigned handle = c->device.by_id[port][id];
  return handle ? &c->device.request[handle - 1] : NULL;
}

/* Room for a request: handles are indices plus 1. 0 when a device holds more than any can. */
static unsigned take_handle(struct pw_coverage *c) {
  return c->device.free_count ? c->device.free[--c->device.free_count] : 0;
}

/* It is of no more interest when nothing of it is under way and it has answered, or was killed. */
static void end_if_over(struct pw_coverage *c, struct pw_cover_request *request) {
  unsigned handle = (unsigned)(request - c->device.request) + 1;
  if (request->alive || !request->looked_up || request->in_slot) return;
  uint16_t *named = &c->device.by_id[request->port][request->id];
  if (*named == handle) *named = 0;
  c->device.free[c->device.free_count++] = (uint16_t)handle;
}

/* Is a walk under way of the page that a new request is for? */
static void count_same_page(struct pw_coverage *c, unsigned port, uint64_t address) {
  for (unsigned w = 0; w < PW_CHECK_WALKERS; w++) {
    const struct pw_cover_walk *walk = &c->device.walker[w];
    if (walk->state == PW_COVER_IDLE || !walk->request) continue;
    const struct pw_cover_request *first = &c->device.request[walk->request - 1];
    if ((first->address ^ address) >> PW_SMALL_PAGE_SHIFT) continue;
    COUNT(c, PW_COVER_SAME_PAGE, first->port, (uint8_t)port, first->context != c->device.context, !first->alive);
  }
}

static void enqueue(struct pw_coverage *c, unsigned port, unsigned handle) {
  struct pw_cover_queue *queue = &c->device.queue[port];
  queue->handle[(queue->first + queue->count++) % PW_COVER_REQUESTS] = (uint16_t)handle;
}

static struct pw_cover_request *dequeue(struct pw_coverage *c, unsigned port) {
  struct pw_cover_queue *queue = &c->device.queue[port];
  if (!queue->count) return NULL;
  unsigned handle = queue->handle[queue->first];
  queue->first = (queue->first + 1) % PW_COVER_REQUESTS;
  queue->count--;
  return &c->device.request[handle - 1];
}

static void count_crowd(struct pw_coverage *c, unsigned port) {
  const struct pw_cover_device *device = &c->device;
  unsigned walkers = device->busy < c->config.walkers ? device->busy : c->config.walkers;
  COUNT(c, PW_COVER_WALKERS, (uint8_t)port, (uint8_t)walkers);
  COUNT(c, PW_COVER_SLOTS, (uint8_t)port, (uint8_t)pw_cover_share_of(device->taken[port], c->config.miss_slots));
  COUNT(c, PW_COVER_IN_FLIGHT, (uint8_t)port,
        (uint8_t)pw_cover_crowd_of(device->in_flight[port], c->config.miss_slots));
}

static void take_request(struct pw_coverage *c, const struct pw_event *event) {
  const struct pw_access *access = &event->u.request.access;
  unsigned port = event->u.request.port, id = event->u.request.id;
  unsigned handle = take_handle(c);
  count_crowd(c, port);
  if (c->device.busy) count_same_page(c, port, access->linear_address);
  if (!handle) return;
  c->device.request[handle - 1] = (struct pw_cover_request){.alive = true,
                                                            .port = (uint8_t)port,
                                                            .id = (uint8_t)id,
                                                            .kind = access->kind,
                                                            .flags = access->flags,
                                                            .cpl = access->cpl,
                                                            .address = access->linear_address,
                                                            .at = c->device.now,
                                                            .pcid = (uint16_t)pcid_now(c),
                                                            .operations = c->device.operations,
                                                            .context = c->device.context};
  c->device.by_id[port][id] = (uint16_t)handle;
  c->device.in_flight[port]++;
  enqueue(c, port, handle);
}

static unsigned killed_state(const struct pw_coverage *c, const struct pw_cover_request *request) {
  if (!request->looked_up) return PW_COVER_KILL_QUEUED;
  if (request->answered) return PW_COVER_KILL_ANSWERED;
  if (!request->in_slot) return PW_COVER_KILL_HIT;
  if (!request->walker) return PW_COVER_KILL_WAITS;
  return PW_COVER_KILL_STARTED + c->device.walker[request->walker - 1].state - PW_COVER_STARTED;
}

static void take_kill(struct pw_coverage *c, const struct pw_event *event) {
  unsigned port = event->u.kill.port;
  struct pw_cover_request *request = by_id(c, port, event->u.kill.id);
  if (!request || !request->alive) return;
  COUNT(c, PW_COVER_KILL, request->kind, (uint8_t)killed_state(c, request));
  request->alive = false;
  c->device.in_flight[port]--;
  end_if_over(c, request);
}

/* ---- look-ups and slots ---- */

static struct pw_cover_request *in_slot(struct pw_coverage *c, unsigned slot) {
  unsigned handle = c->device.slot[slot];
  return handle ? &c->device.request[handle - 1] : NULL;
}

static void enter_slot(struct pw_coverage *c, struct pw_cover_request *request, unsigned slot) {
  c->device.slot[slot] = (uint16_t)(request - c->device.request + 1);
  c->device.taken[request->port]++;
  request->in_slot = true;
}

static void free_walker(struct pw_coverage *c, struct pw_cover_request *request) {
  if (!request->walker) return;
  c->device.walker[request->walker - 1].state = PW_COVER_IDLE;
  c->device.busy--;
  request->walker = 0;
}

static void leave_slot(struct pw_coverage *c, struct pw_cover_request *request, unsigned slot) {
  c->device.slot[slot] = 0;
  c->device.taken[request->port]--;
  request->in_slot = false;
  free_walker(c, request);
  end_if_over(c, request);
}

static void take_look_up(struct pw_coverage *c, const struct pw_event *event, const struct pw_check_view *view) {
  unsigned slot = event->u.look_up.slot;
  bool first = !event->u.look_up.replay;
  if (event->u.look_up.level != 1) return;
  struct pw_cover_request *request = first ? dequeue(c, event->u.look_up.port) : in_slot(c, slot);
  if (!request) return;
  request->looked_up = true;
  request->replayed = !first;
  if (first && view->in_slot) enter_slot(c, request, slot);
  if (!first && !view->in_slot) leave_slot(c, request, slot);
  if (first && !view->in_slot) end_if_over(c, request);
}

static void take_commit(struct pw_coverage *c, const struct pw_event *event) {
  unsigned actions = event->u.commit.actions, slot = event->u.commit.slot;
  struct pw_cover_request *request = in_slot(c, slot);
  if (!request) return;
  if (actions & PW_COMMIT_RESPOND) request->answered = true;
  request->outdated = request->context != c->device.context;
  if (actions & PW_COMMIT_LAST) {
    leave_slot(c, request, slot);
  } else if (actions & PW_COMMIT_DROP) {
    request->changed = true;
  }
}

/* ---- walks ---- */

static void take_walk_start(struct pw_coverage *c, const struct pw_event *event) {
  struct pw_cover_request *request = in_slot(c, event->u.walk_start.slot);
  unsigned psc_level = event->u.walk_start.psc_level, walker = event->u.walk_start.walker;
  if (!request) return;
  free_walker(c, request);
  unsigned top = c->config.mode == PW_MODE_5LEVEL && (request->at.cr4 & PW_CR4_LA57) ? 5 : 4;
  c->device.walker[walker] = (struct pw_cover_walk){.state = PW_COVER_STARTED,
                                                    .next_level = (uint8_t)(psc_level ? psc_level - 1 : top),
                                                    .request = (uint16_t)(request - c->device.request + 1)};
  c->device.busy++;
  request->walker = (uint8_t)(walker + 1);
}

static void take_read(struct pw_coverage *c, const struct pw_event *event) {
  struct pw_cover_walk *walk = &c->device.walker[event->u.read.walker];
  unsigned level = walk->next_level;
  if (walk->state == PW_COVER_IDLE || level == 0) return;
  walk->entry[level] = (struct pw_cover_entry){event->u.read.address, event->u.read.value, !event->u.read.bus_error};
  walk->state = (uint8_t)(PW_COVER_READ_PTE + level - 1);
  walk->next_level--;
}

/* Compare-and-swaps go from the top down; a table that points to itself is read as entries of several levels. */
static unsigned level_of_swap(const struct pw_cover_walk *walk, const struct pw_event *event) {
  for (unsigned level = PW_MAX_LEVELS; level >= 1; level--) {
    const struct pw_cover_entry *entry = &walk->entry[level];
    bool is_it = entry->read && entry->address == event->u.swap.address && entry->value == event->u.swap.expected;
    if (is_it) return level;
  }
  return 0;
}

static unsigned bits_of(uint64_t set) {
  if (!(set & PW_ENTRY_D)) return PW_COVER_A;
  return set & PW_ENTRY_A ? PW_COVER_A_AND_D : PW_COVER_D;
}

static void take_swap(struct pw_coverage *c, const struct pw_event *event) {
  struct pw_cover_walk *walk = &c->device.walker[event->u.swap.walker];
  bool matched = event->u.swap.matched && !event->u.swap.bus_error;
  unsigned result = event->u.swap.bus_error ? PW_COVER_SWAP_ERROR : matched ? PW_COVER_MATCHED : PW_COVER_MISMATCH;
  if (walk->state == PW_COVER_IDLE) return;
  unsigned level = level_of_swap(walk, event);
  walk->state = PW_COVER_SWAP;
  if (!level) return;
  if (matched) walk->entry[level].value = event->u.swap.desired;
  COUNT(c, PW_COVER_UPDATE, (uint8_t)(level - 1), (uint8_t)bits_of(event->u.swap.expected ^ event->u.swap.desired),
        (uint8_t)result);
}

/* ---- what software writes ---- */

static unsigned change_of(const struct pw_config *config, unsigned level, uint64_t from, uint64_t to) {
  uint64_t changed = from ^ to;
  bool has_size = level == 2 || (level == 3 && config->pages_1gb);
  if (changed & PW_ENTRY_P) return to & PW_ENTRY_P ? PW_COVER_SETS_PRESENT : PW_COVER_CLEARS_PRESENT;
  if ((changed & PW_ENTRY_PS) && has_size) return PW_COVER_CHANGES_SIZE;
  if (changed & PW_ENTRY_ADDRESS) return PW_COVER_CHANGES_ADDRESS;
  if (changed & (PW_ENTRY_RW | PW_ENTRY_US | PW_ENTRY_XD)) return PW_COVER_CHANGES_RIGHTS;
  return from & changed & (PW_ENTRY_A | PW_ENTRY_D) ? PW_COVER_CLEARS_A_OR_D : PW_COVER_CHANGES_OTHER;
}

static void take_write(struct pw_coverage *c, const struct pw_event *event) {
  uint64_t value = event->u.write.value;
  for (unsigned w = 0; c->device.busy && w < PW_CHECK_WALKERS; w++) {
    const struct pw_cover_walk *walk = &c->device.walker[w];
    if (walk->state == PW_COVER_IDLE) continue;
    for (unsigned level = 1; level <= PW_MAX_LEVELS; level++) {
      const struct pw_cover_entry *entry = &walk->entry[level];
      if (!entry->read || entry->address != event->u.write.address || entry->value == value) continue;
      COUNT(c, PW_COVER_WRITTEN, (uint8_t)(level - 1), (uint8_t)change_of(&c->config, level, entry->value, value));
    }
  }
}

/* ---- control operations ---- */

static void count_control(struct pw_coverage *c, unsigned kind) {
  if (!c->device.busy) COUNT(c, PW_COVER_CONTROL, (uint8_t)kind, PW_COVER_IDLE);
  for (unsigned w = 0; c->device.busy && w < PW_CHECK_WALKERS; w++) {
    unsigned state = c->device.walker[w].state;
    if (state != PW_COVER_IDLE) COUNT(c, PW_COVER_CONTROL, (uint8_t)kind, (uint8_t)state);
  }
}

static void take_control(struct pw_coverage *c, const struct pw_event *event) {
  unsigned kind = kind_of_control(c, event);
  count_control(c, kind);
  note_invalidation(c, kind, event);
  set_registers(c, event);
  c->device.context++;
}

/* ---- responses ---- */

static void take_response(struct pw_coverage *c, const struct pw_event *event, const struct pw_check_view *view) {
  unsigned port = event->u.response.port;
  struct pw_cover_request *request = by_id(c, port, event->u.response.id);
  if (!request) return;
  if (view->record) pw_cover_answer(c, request, view->record);
  if (!request->alive) return; /* killed, and on its way all the same */
  request->alive = false;
  c->device.in_flight[port]--;
  end_if_over(c, request);
}

/* ---- fills ---- */

static void take_fill(struct pw_coverage *c, const struct pw_event *event) {
  bool data = event->u.fill.port == 1;
  unsigned unit = event->u.fill.unit;
  unsigned filled = PW_COVER_PDE + unit - 2;
  if (event->u.fill.structure == PW_TLB) filled = (unit > 1 ? PW_COVER_L2_FETCH : PW_COVER_L1_FETCH) + (data ? 1u : 0);
  COUNT(c, PW_COVER_FILL, (uint8_t)filled, event->u.fill.array, event->u.fill.evicted != 0);
}

/* ---- events ---- */

void pw_coverage_take(struct pw_coverage *coverage, enum pw_check_mode mode, const struct pw_event *event,
                      enum pw_verdict verdict, const struct pw_check_view *view) {
  bool illegal = !pw_verdict_is_legal(verdict);
  if (event->kind == PW_EVENT_RESPONSE || illegal) COUNT(coverage, PW_COVER_VERDICT, (uint8_t)mode, (uint8_t)verdict);
  if (!view || illegal) return;
  switch (event->kind) {
    case PW_EVENT_RESET: reset(coverage); break;
    case PW_EVENT_REQUEST: take_request(coverage, event); break;
    case PW_EVENT_KILL: take_kill(coverage, event); break;
    case PW_EVENT_LOOK_UP: take_look_up(coverage, event, view); break;
    case PW_EVENT_WALK_START: take_walk_start(coverage, event); break;
    case PW_EVENT_READ: take_read(coverage, event); break;
    case PW_EVENT_SWAP: take_swap(coverage, event); break;
    case PW_EVENT_COMMIT: take_commit(coverage, event); break;
    case PW_EVENT_FILL: take_fill(coverage, event); break;
    case PW_EVENT_RESPONSE: take_response(coverage, event, view); break;
    case PW_EVENT_CONTROL: take_control(coverage, event); break;
    case PW_EVENT_WRITE: take_write(coverage, event); break;
    default: break;
  }
}
