/* coverage.c: the life of coverage, and which event is counted where. */
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

/* ---- events ---- */

void pw_coverage_take(struct pw_coverage *coverage, enum pw_check_mode mode, const struct pw_event *event,
                      enum pw_verdict verdict, const struct pw_check_view *view) {
  bool illegal = !pw_verdict_is_legal(verdict);
  if (event->kind == PW_EVENT_RESPONSE || illegal) COUNT(coverage, PW_COVER_VERDICT, (uint8_t)mode, (uint8_t)verdict);
  if (!view || illegal) return;
  switch (event->kind) {
    case PW_EVENT_RESET: reset(coverage); break;
    case PW_EVENT_REQUEST: pw_cover_take_request(coverage, event); break;
    case PW_EVENT_KILL: pw_cover_take_kill(coverage, event); break;
    case PW_EVENT_LOOK_UP: pw_cover_take_look_up(coverage, event, view); break;
    case PW_EVENT_WALK_START: pw_cover_take_walk_start(coverage, event); break;
    case PW_EVENT_READ: pw_cover_take_read(coverage, event); break;
    case PW_EVENT_SWAP: pw_cover_take_swap(coverage, event); break;
    case PW_EVENT_COMMIT: pw_cover_take_commit(coverage, event); break;
    case PW_EVENT_FILL: pw_cover_take_fill(coverage, event); break;
    case PW_EVENT_RESPONSE: pw_cover_take_response(coverage, event, view); break;
    case PW_EVENT_CONTROL: pw_cover_take_control(coverage, event); break;
    case PW_EVENT_WRITE: pw_cover_take_write(coverage, event); break;
    default: break;
  }
}
