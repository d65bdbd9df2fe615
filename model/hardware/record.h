/* record.h: appending to a translation record. */
#ifndef PAGEWALK_HARDWARE_RECORD_H
#define PAGEWALK_HARDWARE_RECORD_H

#include <assert.h>
#include <pagewalk/types.h>

static inline void pw_record_fill(struct pw_translation *record, struct pw_fill fill) {
  assert(record->fill_count < PW_MAX_FILLS);
  record->fills[record->fill_count++] = fill;
}

static inline struct pw_walk_step *pw_record_step(struct pw_translation *record) {
  assert(record->step_count < PW_MAX_STEPS);
  return &record->steps[record->step_count++];
}

#endif
