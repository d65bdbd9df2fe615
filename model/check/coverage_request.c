/* coverage_request.c: requests from accept to response, through look-ups and miss slots. */
#include "coverage_state.h"

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

void pw_cover_take_request(struct pw_coverage *c, const struct pw_event *event) {
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
                                                            .pcid = (uint16_t)pw_cover_pcid(c),
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

void pw_cover_take_kill(struct pw_coverage *c, const struct pw_event *event) {
  unsigned port = event->u.kill.port;
  struct pw_cover_request *request = by_id(c, port, event->u.kill.id);
  if (!request || !request->alive) return;
  COUNT(c, PW_COVER_KILL, request->kind, (uint8_t)killed_state(c, request));
  request->alive = false;
  c->device.in_flight[port]--;
  end_if_over(c, request);
}

/* ---- look-ups and slots ---- */

struct pw_cover_request *pw_cover_in_slot(struct pw_coverage *c, unsigned slot) {
  unsigned handle = c->device.slot[slot];
  return handle ? &c->device.request[handle - 1] : NULL;
}

static void enter_slot(struct pw_coverage *c, struct pw_cover_request *request, unsigned slot) {
  c->device.slot[slot] = (uint16_t)(request - c->device.request + 1);
  c->device.taken[request->port]++;
  request->in_slot = true;
}

void pw_cover_free_walker(struct pw_coverage *c, struct pw_cover_request *request) {
  if (!request->walker) return;
  c->device.walker[request->walker - 1].state = PW_COVER_IDLE;
  c->device.busy--;
  request->walker = 0;
}

static void leave_slot(struct pw_coverage *c, struct pw_cover_request *request, unsigned slot) {
  c->device.slot[slot] = 0;
  c->device.taken[request->port]--;
  request->in_slot = false;
  pw_cover_free_walker(c, request);
  end_if_over(c, request);
}

void pw_cover_take_look_up(struct pw_coverage *c, const struct pw_event *event, const struct pw_check_view *view) {
  unsigned slot = event->u.look_up.slot;
  bool first = !event->u.look_up.replay;
  if (event->u.look_up.level != 1) return;
  struct pw_cover_request *request = first ? dequeue(c, event->u.look_up.port) : pw_cover_in_slot(c, slot);
  if (!request) return;
  request->looked_up = true;
  request->replayed = !first;
  if (first && view->in_slot) enter_slot(c, request, slot);
  if (!first && !view->in_slot) leave_slot(c, request, slot);
  if (first && !view->in_slot) end_if_over(c, request);
}

void pw_cover_take_commit(struct pw_coverage *c, const struct pw_event *event) {
  unsigned actions = event->u.commit.actions, slot = event->u.commit.slot;
  struct pw_cover_request *request = pw_cover_in_slot(c, slot);
  if (!request) return;
  if (actions & PW_COMMIT_RESPOND) request->answered = true;
  request->outdated = request->context != c->device.context;
  if (actions & PW_COMMIT_LAST) {
    leave_slot(c, request, slot);
  } else if (actions & PW_COMMIT_DROP) {
    request->changed = true;
  }
}

/* ---- responses ---- */

void pw_cover_take_response(struct pw_coverage *c, const struct pw_event *event, const struct pw_check_view *view) {
  unsigned port = event->u.response.port;
  struct pw_cover_request *request = by_id(c, port, event->u.response.id);
  if (!request) return;
  if (view->record) pw_cover_answer(c, request, view->record);
  if (!request->alive) return; /* killed, and on its way all the same */
  request->alive = false;
  c->device.in_flight[port]--;
  end_if_over(c, request);
}
