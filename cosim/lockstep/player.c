/* player.c: operations in their order, as fast as the device takes them. */
#include "player.h"

#define RESET_CLOCKS 2

int player_init(struct player *player, struct bench *bench, const struct pw_config *config) {
  *player = (struct player){.bench = bench};
  return legality_create(config, &player->legality);
}

void player_free(struct player *player) { legality_free(&player->legality); }

static void reset(struct player *player, uint64_t clocks) {
  legality_reset(&player->legality);
  bench_reset(player->bench, clocks);
  player->blocked = false;
}

/* Each of these begins an operation; false when it has to wait for a later clock. */

static bool begin_access(struct player *player, const struct operation *access) {
  struct bench *bench = player->bench;
  struct port *port = &bench->port[access->what == PW_FETCH ? 0 : 1];
  if (player->serial && (bench->control_offered || bench->control_pending)) return false;
  if (player->blocked && bench->control_offered) return false;
  if (!port_has_room(port)) return false;
  port_queue(port, access);
  return true;
}

static bool requests_are_issued(const struct bench *bench) { return !bench->port[0].queued && !bench->port[1].queued; }

static bool begin_control(struct player *player, const struct operation *control) {
  struct bench *bench = player->bench;
  bool async = (control->flags & OP_ASYNC) && !player->serial;
  if (!bench_control_is_free(bench)) return false;
  if (player->serial && !bench_is_quiet(bench)) return false;
  if (!async && !requests_are_issued(bench)) return false;
  if (!legality_try(&player->legality, control->what, control->address, control->pcid)) return true;
  bench_control(bench, control->what, control->address, control->pcid);
  player->blocked = !async;
  return true;
}

static bool has_waited(const struct player *player, const struct operation *wait) {
  const struct bench *bench = player->bench;
  if (wait->what == OP_WAIT_ALL) return bench_is_quiet(bench);
  return !bench->control_offered && !bench->control_pending;
}

static bool has_idled(struct player *player, const struct operation *idle) {
  if (!requests_are_issued(player->bench)) return false;
  if (!player->idle_to) player->idle_to = player->bench->cycle + idle->value;
  if (player->bench->cycle < player->idle_to) return false;
  player->idle_to = 0;
  return true;
}

static bool is_awaited(const struct player *player, const struct operation *await) {
  const struct bench_reference *seen = &player->bench->reference;
  return seen->cycle >= player->await_from && seen->address == await->address &&
         seen->is_swap == (await->what == OP_AWAIT_SWAP);
}

static bool has_awaited(struct player *player, const struct operation *await) {
  const struct bench *bench = player->bench;
  if (!player->idle_to) {
    player->await_from = bench->cycle;
    player->idle_to = bench->cycle + await->value;
  }
  if (!is_awaited(player, await) && !bench_is_quiet(bench) && bench->cycle < player->idle_to) return false;
  player->idle_to = 0;
  return true;
}

static bool begin(struct player *player, const struct operation *operation) {
  switch ((enum operation_kind)operation->kind) {
    case OP_WRITE: bench_write(player->bench, operation->address, operation->value); return true;
    case OP_ACCESS: return begin_access(player, operation);
    case OP_CONTROL: return begin_control(player, operation);
    case OP_WAIT: return has_waited(player, operation);
    case OP_IDLE: return has_idled(player, operation);
    case OP_RESET: reset(player, operation->value); return true;
    case OP_AWAIT: return has_awaited(player, operation);
    case OP_KILL: port_kill_newest(&player->bench->port[operation->what], player->bench->cycle); return true;
    case OP_KINDS: break;
  }
  return true;
}

static bool run_operations(struct player *player) {
  const struct episode *episode = player->episode;
  while (player->next < episode->count || !bench_is_quiet(player->bench)) {
    while (player->next < episode->count && begin(player, &episode->operations[player->next])) player->next++;
    if (!bench_clock(player->bench)) return false;
  }
  return true;
}

bool player_play(struct player *player, const struct episode *episode) {
  player->episode = episode;
  player->next = 0;
  player->idle_to = 0;
  player->serial = episode->profile.in_flight_total == 1;
  bench_set_profile(player->bench, &episode->profile);
  reset(player, RESET_CLOCKS);
  if (!run_operations(player) || !bench_finish(player->bench)) return false;
  if (!bench_compare_images(player->bench)) return false;
  bench_wipe(player->bench);
  return !player->bench->failed;
}
