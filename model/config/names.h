/* names.h: the words that YAML uses for enumerations: one table each, NULL-terminated, indexed by the enum. */
#ifndef PAGEWALK_CONFIG_NAMES_H
#define PAGEWALK_CONFIG_NAMES_H

#include <stdbool.h>

extern const char *const pw_policy_names[];
extern const char *const pw_inclusion_names[];
extern const char *const pw_serves_names[]; /* [1] data, [2] fetch, [3] both; [0] is never legal */
extern const char *const pw_accessed_on_fault_names[];
extern const char *const pw_page_policy_names[];
extern const char *const pw_frame_order_names[];
extern const char *const pw_paging_mode_names[];

/* Keys of the paging-structure caches by level, [2] pde .. [5] pml5e; without a NULL at the end. */
extern const char *const pw_psc_keys[];

/* Names of units and events: a letter, then letters, digits, - and _. They are JSON keys and parts of dotted paths. */
bool pw_name_is_legal(const char *name);

/* Index of a word in a table, or -1. */
int pw_name_find(const char *const *names, const char *word);

/* "a, b or c" into a buffer: the legal words of a diagnostic. */
void pw_names_list(const char *const *names, char *buffer, unsigned long size_bytes);

#endif
