/* coverage_state.h: what functional coverage knows: counts, and as much of a device as the next event is counted by. */
#ifndef PAGEWALK_CHECK_COVERAGE_STATE_H
#define PAGEWALK_CHECK_COVERAGE_STATE_H

#include <stdbool.h>

#include "coverage_groups.h"

/* More than are ever alive: one for each id, and killed ones whose id is used again. */
#define PW_COVER_REQUESTS (PW_CHECK_PORTS * PW_CHECK_IDS + 2 * PW_CHECK_SLOTS)
#define PW_COVER_AIMS 16 /* operations that name a page, of which it is known */

/* Registers, and the last operation that did not name a page. */
struct pw_cover_registers {
  uint64_t cr0, cr3, cr4;
  uint64_t since_number;
  uint16_t since_pcid;
  uint8_t since; /* enum pw_cover_since */
};

/* An operation that names a page. */
struct pw_cover_aim {
  uint64_t number; /* invalidating operations are counted from 1 */
  uint64_t address;
  uint16_t pcid;
  bool invlpg;
};

/* A request, until it has answered or was killed and nothing of it is under way any more. */
struct pw_cover_request {
  struct pw_cover_registers at; /* its acceptance */
  uint64_t address;
  uint64_t operations; /* that invalidate, before it */
  uint64_t context;    /* control operations before it */
  uint16_t pcid;
  uint8_t port;
  uint8_t id;
  uint8_t kind;  /* enum pw_access_kind */
  uint8_t flags; /* enum pw_access_flag */
  uint8_t cpl;
  uint8_t walker; /* that walks for it, plus 1; 0: none */
  bool alive;     /* neither answered nor killed */
  bool looked_up;
  bool in_slot;
  bool replayed; /* looked up again behind another request's walk */
  bool answered; /* by a commit */
  bool outdated; /* its commit came after a control operation: it drops and fills nothing */
  bool changed;  /* its dirty walk found another page than it had hit */
};

struct pw_cover_entry {
  uint64_t address;
  uint64_t value; /* as the walk knows it */
  bool read;
};

struct pw_cover_walk {
  uint8_t state; /* enum pw_cover_walker */
  uint8_t next_level;
  uint16_t request;                               /* handle */
  struct pw_cover_entry entry[PW_MAX_LEVELS + 1]; /* by level: those of this attempt */
};

/* Requests of a port that have not been looked up. */
struct pw_cover_queue {
  unsigned first, count;
  uint16_t handle[PW_COVER_REQUESTS];
};

/* Since the last reset. A handle is the index of a request plus 1; 0 is none. */
struct pw_cover_device {
  struct pw_cover_registers now;
  uint64_t context;
  uint64_t operations;
  uint64_t aims;
  bool paged_before;
  unsigned busy; /* walkers */
  unsigned in_flight[PW_CHECK_PORTS];
  unsigned taken[PW_CHECK_PORTS]; /* slots */
  uint16_t by_id[PW_CHECK_PORTS][PW_CHECK_IDS];
  uint16_t slot[PW_CHECK_SLOTS];
  struct pw_cover_aim aimed[PW_COVER_AIMS];
  struct pw_cover_walk walker[PW_CHECK_WALKERS];
  struct pw_cover_queue queue[PW_CHECK_PORTS];
  unsigned free_count;
  uint16_t free[PW_COVER_REQUESTS];
  struct pw_cover_request request[PW_COVER_REQUESTS];
};

struct pw_coverage {
  struct pw_config config;
  unsigned bins;                   /* of all groups */
  unsigned first[PW_COVER_GROUPS]; /* bin of each group */
  uint64_t *count;                 /* by bin of all */
  const char **unreachable;        /* by bin of all: the reason, or NULL */
  struct pw_cover_device device;
};

static inline void pw_cover_count(struct pw_coverage *coverage, unsigned group,
                                  const uint8_t value[PW_COVERAGE_DIMENSIONS]) {
  coverage->count[coverage->first[group] + pw_cover_bin(group, value)]++;
}
/* Counts a bin, by a value of each dimension. */
#define COUNT(coverage, group, ...) \
  pw_cover_count(coverage, group, (const uint8_t[PW_COVERAGE_DIMENSIONS]){__VA_ARGS__})

/* Counts a request that was answered with this record: coverage_answer.c. */
void pw_cover_answer(struct pw_coverage *coverage, const struct pw_cover_request *request,
                     const struct pw_translation *record);

/* Would a run of one be a run of the other? coverage_file.c. */
bool pw_cover_same_machine(const struct pw_config *one, const struct pw_config *other);

#endif
