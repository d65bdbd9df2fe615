/* names.c: the words that YAML uses for enumerations. */
#include "names.h"

#include <pagewalk/config.h>
#include <stdio.h>
#include <string.h>

const char *const pw_policy_names[] = {"lru", "tree-plru", "bit-plru", "fifo", "random", "srrip", NULL};
const char *const pw_inclusion_names[] = {"non-inclusive", "inclusive", "exclusive", NULL};
const char *const pw_serves_names[] = {"", "data", "fetch", "both", NULL};
const char *const pw_accessed_on_fault_names[] = {"none", "traversed", NULL};
const char *const pw_page_policy_names[] = {"4K", "2M", "4M", "1G", "thp", NULL};
const char *const pw_frame_order_names[] = {"sequential", "random", "fragmented", NULL};
const char *const pw_paging_mode_names[] = {"32-bit", "pae", "4-level", "5-level", NULL};
const char *const pw_psc_keys[] = {NULL, NULL, "pde", "pdpte", "pml4e", "pml5e"};

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

bool pw_name_is_legal(const char *name) {
  return strspn(name, LETTERS) > 0 && name[strspn(name, LETTERS "0123456789_-")] == '\0';
}

int pw_name_find(const char *const *names, const char *word) {
  for (int i = 0; names[i]; i++) {
    if (*word && strcmp(names[i], word) == 0) return i;
  }
  return -1;
}

void pw_names_list(const char *const *names, char *buffer, unsigned long size_bytes) {
  size_t used = 0;
  buffer[0] = '\0';
  for (int i = 0; names[i] && used < size_bytes; i++) {
    if (!*names[i]) continue;
    const char *separator = !used ? "" : names[i + 1] ? ", " : " or ";
    used += (size_t)snprintf(buffer + used, size_bytes - used, "%s%s", separator, names[i]);
  }
}

const char *pw_paging_mode_name(enum pw_paging_mode mode) {
  return mode < PW_MODES ? pw_paging_mode_names[mode] : NULL;
}
const char *pw_policy_name(enum pw_policy policy) { return policy < PW_POLICIES ? pw_policy_names[policy] : NULL; }
const char *pw_inclusion_name(enum pw_inclusion inclusion) {
  return inclusion < PW_INCLUSIONS ? pw_inclusion_names[inclusion] : NULL;
}
const char *pw_page_policy_name(enum pw_page_policy policy) {
  return policy < PW_PAGE_POLICIES ? pw_page_policy_names[policy] : NULL;
}
const char *pw_frame_order_name(enum pw_frame_order order) {
  return order < PW_FRAME_ORDERS ? pw_frame_order_names[order] : NULL;
}
