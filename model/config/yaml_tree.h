/* yaml_tree.h: a YAML text as a tree of nodes that know their line, read by libyaml. */
#ifndef PAGEWALK_CONFIG_YAML_TREE_H
#define PAGEWALK_CONFIG_YAML_TREE_H

#include <pagewalk/status.h>
#include <stdbool.h>
#include <stddef.h>

enum pw_yaml_kind { PW_YAML_SCALAR, PW_YAML_MAPPING, PW_YAML_SEQUENCE };

struct pw_yaml_node {
  enum pw_yaml_kind kind;
  char *key;  /* of this node in the mapping above it, else NULL */
  char *text; /* of a scalar, else NULL */
  unsigned line;
  bool from_override;         /* came from a KEY=VALUE assignment; line is 0 */
  struct pw_yaml_node *child; /* first child of a mapping or sequence */
  struct pw_yaml_node *next;  /* next sibling */
};

/*
 * Parses a text of one document; `file` is for diagnostics. Refuses syntax errors, duplicate keys, keys that are not
 * scalars, and, with aliases expanded, trees deeper than 16 or of more than 20,000 values. Returns 0, -PW_ECONFIG or
 * -PW_ENOMEM; the caller frees *root with pw_yaml_free.
 */
int pw_yaml_parse(const char *text, size_t length, const char *file, struct pw_yaml_node **root, struct pw_diag *diag);
void pw_yaml_free(struct pw_yaml_node *node);

/* Reads and parses a file of at most 1 MiB. Adds -PW_EIO. */
int pw_yaml_load(const char *path, struct pw_yaml_node **root, struct pw_diag *diag);

/* Child of a mapping by key, or of a sequence by decimal index; NULL when there is none. */
struct pw_yaml_node *pw_yaml_child(const struct pw_yaml_node *node, const char *key);

/* Node of a dotted path, or its nearest existing ancestor (never NULL). */
const struct pw_yaml_node *pw_yaml_nearest(const struct pw_yaml_node *root, const char *dotted);

/* Applies one "a.b.0.c=VALUE" assignment; the value is YAML too. The place must exist, save for its last key. */
int pw_yaml_assign(struct pw_yaml_node *root, const char *assignment, struct pw_diag *diag);

#endif
