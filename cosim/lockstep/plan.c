/* plan.c: draws what an episode is like, and how the bench behaves in it. */
#include "plan.h"

#include "draw.h"
#include "scene.h"

const char *traffic_name(unsigned traffic) {
  static const char *const names[TRAFFICS] = {"single", "hit", "mixed", "storm", "errors"};
  return traffic < TRAFFICS ? names[traffic] : NULL;
}

static enum traffic choose_traffic(const struct generate_options *options, uint64_t *random) {
  static const uint8_t share[TRAFFICS] = {40, 8, 27, 15, 10};
  uint64_t draw = pw_random_below(random, 100);
  if (options->traffic >= 0) return (enum traffic)options->traffic;
  for (unsigned i = 0; i < TRAFFICS; i++) {
    if (draw < share[i]) return (enum traffic)i;
    draw -= share[i];
  }
  return TRAFFIC_SINGLE;
}

static uint32_t entries_of_level(const struct pw_config *config, unsigned level) {
  uint32_t entries = 4;
  for (uint32_t i = 0; i < config->tlb_count; i++) {
    const struct pw_array_config *array = &config->tlbs[i].arrays[0].array;
    if (config->tlbs[i].level == level) entries += array->sets * array->ways;
  }
  return entries;
}

/* A working set below the first level, below the second, or beyond both. */
static uint32_t choose_pages(const struct generate_options *options, uint64_t *random) {
  uint32_t first = entries_of_level(options->config, 1);
  uint32_t second = entries_of_level(options->config, 2);
  uint32_t most = 4 * first < 64 ? 64 : 4 * first;
  switch (pw_random_below(random, 4)) {
    case 0: return draw_between(random, 2, first);
    case 1: return draw_between(random, first, first + second < most ? first + second : most);
    case 2: return draw_between(random, 8, most < 400 ? most : 400);
    default: return draw_between(random, 4, 64);
  }
}

static struct plan general_plan(const struct generate_options *options, uint64_t *random) {
  enum pw_paging_mode mode = options->config->mode;
  struct plan plan = {.mode = mode};
  if (draw_percent(random, 15)) plan.mode = PW_MODE_4LEVEL;
  plan.requests = draw_between(random, 200, 2000);
  plan.spaces = draw_between(random, 1, SCENE_SPACES);
  plan.pages = choose_pages(options, random);
  plan.damage = draw_sometimes(random, 50, 1, 60);
  plan.misfit = draw_sometimes(random, 60, 1, 10);
  plan.astray = draw_between(random, 0, 10);
  plan.locality = draw_between(random, 20, 98);
  plan.hot = draw_between(random, 1, 32);
  plan.fetches = draw_between(random, 10, 70);
  plan.writes = draw_between(random, 5, 60);
  plan.controls = draw_between(random, 0, 30);
  plan.edits = draw_between(random, 0, 20);
  plan.lazy = draw_between(random, 10, 40);
  plan.directed = draw_sometimes(random, 50, 1, 200);
  plan.large = 20;
  plan.huge = draw_percent(random, 10) ? 60 : 10;
  plan.keyed = draw_percent(random, 25) ? 100 : 25;
  return plan;
}

/* Pages that the first level cannot hold all, and that come back: hits in the second level, whatever its size. */
static void widen(const struct generate_options *options, uint64_t *random, struct plan *plan) {
  uint32_t first = entries_of_level(options->config, 1);
  uint32_t most = 3 * first < 600 ? 3 * first : 600;
  plan->spaces = 1;
  plan->pages = draw_between(random, first < most ? first : most, most);
  plan->locality = draw_between(random, 0, 30);
  plan->requests = draw_between(random, 1000, 4000);
  plan->controls = draw_between(random, 0, 2);
  plan->edits = draw_between(random, 0, 2);
}

/*
 * Misses and nothing else, with every slot full, for so long that a slot whose turn never comes is noticed, and that
 * counters of what walks do go beyond 14 bits.
 */
static void flood(uint64_t *random, struct plan *plan) {
  plan->spaces = 1;
  plan->pages = draw_between(random, 1000, 3000);
  plan->locality = 0;
  plan->requests = draw_between(random, 7000, 9000);
  plan->fetches = 60; /* many pages are not executable: both ports get as many */
  plan->crowd = draw_between(random, 8, 15);
  plan->stall = draw_sometimes(random, 50, 20, 80);
  plan->kills = plan->controls = plan->edits = plan->directed = plan->resets = 0;
}

struct plan plan_choose(const struct generate_options *options, uint64_t *random) {
  struct plan plan = general_plan(options, random);
  if (draw_percent(random, 20)) widen(options, random, &plan);
  plan.traffic = choose_traffic(options, random);
  switch (plan.traffic) {
    case TRAFFIC_HIT:
      plan.requests = draw_between(random, 4000, 16000);
      plan.pages = draw_between(random, 2, 24);
      plan.spaces = 1;
      plan.hot = draw_between(random, 1, 4);
      plan.locality = draw_between(random, 98, 100);
      plan.damage = plan.misfit = plan.astray = plan.edits = plan.directed = 0;
      plan.fetches = 50;
      plan.controls = draw_percent(random, 50);
      break;
    case TRAFFIC_MIXED:
      plan.kills = draw_percent(random, 50) ? 0 : draw_between(random, 1, 25);
      plan.resets = 50;
      if (draw_percent(random, 6)) flood(random, &plan);
      break;
    case TRAFFIC_STORM:
      plan.kills = draw_percent(random, 70) ? 0 : draw_between(random, 1, 10);
      plan.controls = draw_between(random, 50, 400);
      plan.edits = draw_between(random, 20, 300);
      plan.lazy = draw_between(random, 0, 90);
      plan.directed = draw_between(random, 0, 400);
      plan.resets = 100;
      break;
    case TRAFFIC_ERRORS:
      plan.damage = draw_between(random, 20, 200);
      plan.misfit = draw_between(random, 5, 60);
      plan.astray = draw_between(random, 10, 100);
      plan.kills = draw_percent(random, 70) ? 0 : draw_between(random, 1, 10);
      break;
    case TRAFFIC_SINGLE:
    case TRAFFICS: break;
  }
  return plan;
}

struct profile plan_profile(const struct plan *plan, const struct generate_options *options, uint64_t *random) {
  uint64_t seed = pw_random_next(random);
  struct profile profile = profile_single(seed);
  uint32_t limit = options->in_flight;
  if (plan->traffic == TRAFFIC_SINGLE) {
    if (draw_percent(random, 20)) profile.bus_error = draw_between(random, 1, 200);
    if (plan->bus_errors) profile.bus_error = plan->bus_errors;
    return profile;
  }
  for (unsigned p = 0; p < 2; p++) {
    profile.in_flight[p] = limit ? limit : plan->crowd ? plan->crowd : draw_between(random, 1, 8);
    profile.response_stall[p] = draw_sometimes(random, 30, 1, 80);
  }
  profile.in_flight_total = profile.in_flight[0] + profile.in_flight[1];
  profile.gap = draw_sometimes(random, 40, 1, 90);
  profile.memory_stall = draw_sometimes(random, 40, 1, 90);
  profile.jitter = draw_sometimes(random, 50, 1, 100);
  profile.jitter_cycles = draw_between(random, 1, draw_percent(random, 20) ? 500 : 40);
  if (plan->traffic == TRAFFIC_ERRORS) profile.bus_error = draw_sometimes(random, 70, 1, 1000);
  if (plan->bus_errors) profile.bus_error = plan->bus_errors;
  if (plan->slow) profile.jitter = plan->slow;
  if (plan->stall) profile.response_stall[0] = profile.response_stall[1] = plan->stall;
  if (plan->traffic == TRAFFIC_HIT) {
    profile = (struct profile){.seed = seed, .in_flight = {8, 8}, .in_flight_total = 16};
  }
  return profile;
}
