/* player.h: plays episodes on a bench. */
#ifndef PAGEWALK_COSIM_PLAYER_H
#define PAGEWALK_COSIM_PLAYER_H

#include "bench.h"
#include "legality.h"
#include "stimulus.h"

struct player {
  struct bench *bench;
  struct legality legality;
  const struct episode *episode;
  size_t next;         /* operation */
  uint64_t idle_to;    /* cycle; 0 when no OP_IDLE or OP_AWAIT is under way */
  uint64_t await_from; /* cycle in which OP_AWAIT began */
  bool serial;         /* one thing at a time: control operations too */
  bool blocked;        /* by a control operation that is not accepted yet */
};

/* The bench is the caller's. */
int player_init(struct player *player, struct bench *bench, const struct pw_config *config);
void player_free(struct player *player);

/*
 * Plays an episode to its end: until the device is idle, the images compared, and memory zeroed again. Begins with a
 * reset, so that episodes do not depend on each other. False when something was wrong.
 */
bool player_play(struct player *player, const struct episode *episode);

#endif
