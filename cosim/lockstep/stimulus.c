/* stimulus.c: episodes in memory. */
#include "stimulus.h"

#include <stdlib.h>

struct profile profile_single(uint64_t seed) {
  return (struct profile){.seed = seed, .in_flight = {1, 1}, .in_flight_total = 1};
}

bool profile_is_timed(const struct profile *profile) {
  return !profile->response_stall[0] && !profile->response_stall[1] && !profile->memory_stall && !profile->jitter;
}

bool episode_add(struct episode *episode, struct operation operation) {
  if (episode->count == episode->capacity) {
    size_t capacity = episode->capacity ? 2 * episode->capacity : 1024;
    struct operation *grown = realloc(episode->operations, capacity * sizeof *grown);
    if (!grown) return false;
    episode->operations = grown;
    episode->capacity = capacity;
  }
  episode->operations[episode->count++] = operation;
  return true;
}

void episode_free(struct episode *episode) {
  free(episode->operations);
  *episode = (struct episode){0};
}

uint64_t episode_requests(const struct episode *episode) {
  uint64_t requests = 0;
  for (size_t i = 0; i < episode->count; i++) requests += episode->operations[i].kind == OP_ACCESS;
  return requests;
}

void stimulus_free(struct stimulus *stimulus) {
  for (size_t i = 0; i < stimulus->count; i++) episode_free(&stimulus->episodes[i]);
  free(stimulus->episodes);
  *stimulus = (struct stimulus){0};
}
