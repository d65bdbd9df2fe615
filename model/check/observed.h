/*
 * observed.h: for the files that follow the walks of a device that is watched from outside: what may be cached of them.
 */
#ifndef PAGEWALK_CHECK_OBSERVED_H
#define PAGEWALK_CHECK_OBSERVED_H

#include "watch.h"

/* Do two contexts read entries alike? Rights are looked at when a request is answered. */
bool pw_observed_read_alike(const struct pw_check_context *a, const struct pw_check_context *b);
/* And do they start the same walks? */
bool pw_observed_walk_alike(const struct pw_check_context *a, const struct pw_check_context *b);

/* Makes candidates of the entries of a walk from a level down, as far as A is set in all above. */
void pw_observed_publish(struct pw_watch *watch, const struct pw_walk_chain *walk, unsigned from);

/* A walk has ended, or its page has changed. */
void pw_observed_remember(struct pw_watch *watch, const struct pw_walk_chain *walk);

/* Event number before which nobody was accepted who may still be walked for. */
uint64_t pw_observed_oldest(const struct pw_watch *watch);

/* PWT in bit 0 and PCD in bit 1 with which a walk reads the entry of a level. */
unsigned pw_observed_cache_control(const struct pw_watch *watch, const struct pw_walk_chain *walk, unsigned level);

/* Ends the run when an operation of the walker port cannot be one. `what` says which. */
bool pw_observed_check_port(struct pw_watch *watch, unsigned walker, uint64_t address, const char *what);

#endif
