/*
 * trace_pager.h: the operating system of a trace run: it serves the page faults of the device, and tells checker and
 * log what it wrote.
 *
 * In strict mode there are two that do the same: one over the device's memory and one over the model's, so that the two
 * images stay apart and can be compared. The other modes have no model, and are told of every write.
 */
#ifndef PAGEWALK_COSIM_TRACE_PAGER_H
#define PAGEWALK_COSIM_TRACE_PAGER_H

#include "paging_format.h"
#include "session.h"
#include "software_stack.h"

struct trace_pager {
  struct session *session;
  struct bench *bench;
  struct software_stack device; /* over the device's memory */
  struct software_stack model;  /* strict mode alone */
  struct pw_walk_rules rules;
};

/* Returns 0 or a negated pw_status; to be freed in either case. */
int trace_pager_create(struct session *session, struct bench *bench, struct trace_pager *pager);
void trace_pager_free(struct trace_pager *pager);

uint64_t trace_pager_root(const struct trace_pager *pager);

/* Maps the page that a fault was about; with control operations on the device for what that invalidates. */
int trace_pager_serve(struct trace_pager *pager, const struct pw_translation *fault, struct pw_fault_service *service);

/* Fails the bench when the two images differ. */
void trace_pager_compare(struct trace_pager *pager);

#endif
