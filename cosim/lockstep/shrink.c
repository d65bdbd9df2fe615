/* shrink.c: delta debugging over the operations of episodes. */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

/* One shrinking under way. */
struct shrinking {
  struct stimulus *stimulus;
  const struct trial *trial;
  uint64_t trials;
  uint64_t most_trials;
};

static bool may_try(const struct shrinking *s) { return s->trials < s->most_trials; }

static bool fails(struct shrinking *s) {
  s->trials++;
  return s->trial->fails(s->trial->context, s->stimulus);
}

/* Without `count` operations from `first` on: true when the rest fails, and then it stays so. */
static bool leave_out(struct shrinking *s, struct episode *episode, size_t first, size_t count) {
  size_t kept = episode->count;
  struct operation *removed = malloc(count * sizeof *removed);
  if (!removed) return false;
  struct operation *at = &episode->operations[first];
  memcpy(removed, at, count * sizeof *removed);
  memmove(at, at + count, (kept - first - count) * sizeof *at);
  episode->count = kept - count;
  bool still = fails(s);
  if (!still) {
    memmove(at + count, at, (kept - first - count) * sizeof *at);
    memcpy(at, removed, count * sizeof *removed);
    episode->count = kept;
  }
  free(removed);
  return still;
}

/* Chunks of a size, from the end: what comes late depends on what comes early. */
static bool pass(struct shrinking *s, struct episode *episode, size_t chunk) {
  bool shorter = false;
  for (size_t end = episode->count; end > 0 && may_try(s);) {
    size_t first = end > chunk ? end - chunk : 0;
    if (leave_out(s, episode, first, end - first)) shorter = true;
    end = first;
  }
  return shorter;
}

static void shrink_episode(struct shrinking *s, struct episode *episode) {
  for (size_t chunk = (episode->count + 1) / 2; chunk >= 1 && may_try(s);) {
    bool shorter = pass(s, episode, chunk);
    if (chunk == 1 && !shorter) return;
    if (chunk > 1) chunk = (chunk + 1) / 2 == chunk ? 1 : (chunk + 1) / 2;
  }
}

/* Whole episodes first. */
static void drop_episodes(struct shrinking *s) {
  struct stimulus *stimulus = s->stimulus;
  for (size_t i = 0; i + 1 < stimulus->count && may_try(s);) {
    struct episode dropped = stimulus->episodes[i];
    size_t after = stimulus->count - i - 1;
    memmove(&stimulus->episodes[i], &stimulus->episodes[i + 1], after * sizeof dropped);
    stimulus->count--;
    if (fails(s)) {
      episode_free(&dropped);
      continue;
    }
    memmove(&stimulus->episodes[i + 1], &stimulus->episodes[i], after * sizeof dropped);
    stimulus->episodes[i] = dropped;
    stimulus->count++;
    i++;
  }
}

/* With another profile: true when it fails with that too, and then it keeps it. */
static bool take_profile(struct shrinking *s, struct episode *episode, struct profile profile) {
  struct profile kept = episode->profile;
  if (!may_try(s)) return false;
  episode->profile = profile;
  if (fails(s)) return true;
  episode->profile = kept;
  return false;
}

/* A quieter bench, before there are few operations: what then is left depends less on what happens by chance. */
static void quieten(struct shrinking *s, struct episode *episode) {
  if (take_profile(s, episode, profile_single(episode->profile.seed))) return;
  uint32_t *const noises[] = {&episode->profile.bus_error,         &episode->profile.jitter,
                              &episode->profile.memory_stall,      &episode->profile.gap,
                              &episode->profile.response_stall[0], &episode->profile.response_stall[1]};
  for (size_t i = 0; i < sizeof noises / sizeof noises[0]; i++) {
    uint32_t kept = *noises[i];
    struct profile without;
    *noises[i] = 0;
    without = episode->profile;
    *noises[i] = kept;
    if (kept) take_profile(s, episode, without);
  }
}

uint64_t shrink(struct stimulus *stimulus, const struct trial *trial, uint64_t most_trials) {
  struct shrinking s = {.stimulus = stimulus, .trial = trial, .most_trials = most_trials};
  if (!fails(&s)) return s.trials;
  drop_episodes(&s);
  for (size_t i = 0; i < stimulus->count; i++) quieten(&s, &stimulus->episodes[i]);
  for (size_t i = stimulus->count; i-- > 0;) shrink_episode(&s, &stimulus->episodes[i]);
  return s.trials;
}
