/* yaml_tree.c: from libyaml's document to a tree with keys and lines, and KEY=VALUE assignments on it. */
#include "yaml_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "diag.h"

#define MAX_DEPTH 16
#define MAX_FILE_BYTES (1u << 20)
#define MAX_NODES 20000

void pw_yaml_free(struct pw_yaml_node *node) {
  while (node) {
    struct pw_yaml_node *next = node->next;
    pw_yaml_free(node->child);
    free(node->key);
    free(node->text);
    free(node);
    node = next;
  }
}

/* What building the tree needs to know. */
struct builder {
  yaml_document_t *document;
  const char *file;
  struct pw_diag *diag;
  unsigned nodes;
};

static int out_of_memory(struct builder *builder) {
  return pw_refuse(builder->diag, PW_ENOMEM, builder->file, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
}

static unsigned line_of(const yaml_node_t *node) { return (unsigned)node->start_mark.line + 1; }

/* A NUL would end the text early, and what follows it would be ignored. */
static bool has_nul(const yaml_node_t *node) {
  return memchr(node->data.scalar.value, '\0', node->data.scalar.length) != NULL;
}

static int refuse_nul(struct builder *builder, const yaml_node_t *node) {
  return pw_refuse(builder->diag, PW_ECONFIG, builder->file, line_of(node), NULL, "a NUL character in a text");
}

static int build(struct builder *builder, int index, unsigned depth, struct pw_yaml_node **made);

static int build_pair(struct builder *builder, const yaml_node_pair_t *pair, unsigned depth,
                      struct pw_yaml_node *mapping, struct pw_yaml_node ***tail) {
  const yaml_node_t *key = yaml_document_get_node(builder->document, pair->key);
  if (key->type != YAML_SCALAR_NODE) {
    return pw_refuse(builder->diag, PW_ECONFIG, builder->file, line_of(key), NULL, "a key must be a plain word");
  }
  const char *name = (const char *)key->data.scalar.value;
  if (has_nul(key)) return refuse_nul(builder, key);
  if (pw_yaml_child(mapping, name)) {
    return pw_refuse(builder->diag, PW_ECONFIG, builder->file, line_of(key), name, "this key is given twice");
  }
  int status = build(builder, pair->value, depth, *tail);
  if (status) return status;
  (**tail)->key = strdup(name);
  (**tail)->line = line_of(key);
  if (!(**tail)->key) return out_of_memory(builder);
  *tail = &(**tail)->next;
  return 0;
}

static int build_children(struct builder *builder, const yaml_node_t *from, unsigned depth, struct pw_yaml_node *made) {
  struct pw_yaml_node **tail = &made->child;
  int status = 0;
  if (from->type == YAML_MAPPING_NODE) {
    const yaml_node_pair_t *pair = from->data.mapping.pairs.start;
    for (; !status && pair < from->data.mapping.pairs.top; pair++) {
      status = build_pair(builder, pair, depth, made, &tail);
    }
  } else {
    const yaml_node_item_t *item = from->data.sequence.items.start;
    for (; !status && item < from->data.sequence.items.top; item++) {
      status = build(builder, *item, depth, tail);
      if (!status) tail = &(*tail)->next;
    }
  }
  return status;
}

/* Builds the node with this index of the document. On an error what was built hangs on *made and is freed there. */
static int build(struct builder *builder, int index, unsigned depth, struct pw_yaml_node **made) {
  const yaml_node_t *from = yaml_document_get_node(builder->document, index);
  /* An alias shows up as a node reached twice: bounded here, because a chain of aliases grows exponentially. */
  if (depth > MAX_DEPTH || ++builder->nodes > MAX_NODES) {
    return pw_refuse(builder->diag, PW_ECONFIG, builder->file, line_of(from), NULL,
                     "nested deeper than %u levels, or more than %u values", MAX_DEPTH, MAX_NODES);
  }
  struct pw_yaml_node *node = calloc(1, sizeof *node);
  *made = node;
  if (!node) return out_of_memory(builder);
  node->line = line_of(from);
  if (from->type == YAML_SCALAR_NODE) {
    node->kind = PW_YAML_SCALAR;
    if (has_nul(from)) return refuse_nul(builder, from);
    node->text = strndup((const char *)from->data.scalar.value, from->data.scalar.length);
    return node->text ? 0 : out_of_memory(builder);
  }
  node->kind = from->type == YAML_MAPPING_NODE ? PW_YAML_MAPPING : PW_YAML_SEQUENCE;
  return build_children(builder, from, depth + 1, node);
}

static int refuse_syntax(const yaml_parser_t *parser, const char *file, struct pw_diag *diag) {
  return pw_refuse(diag, PW_ECONFIG, file, (unsigned)parser->problem_mark.line + 1, NULL, "not YAML: %s",
                   parser->problem ? parser->problem : "unreadable");
}

static int parse_document(yaml_parser_t *parser, const char *file, struct pw_yaml_node **root, struct pw_diag *diag) {
  yaml_document_t document;
  struct builder builder = {&document, file, diag, 0};
  if (!yaml_parser_load(parser, &document)) return refuse_syntax(parser, file, diag);
  int status = yaml_document_get_root_node(&document)
                   ? build(&builder, 1, 0, root)
                   : pw_refuse(diag, PW_ECONFIG, file, 1, NULL, "there is no value here");
  yaml_document_delete(&document);
  return status;
}

static int refuse_second_document(yaml_parser_t *parser, const char *file, struct pw_diag *diag) {
  yaml_document_t document;
  if (!yaml_parser_load(parser, &document)) return refuse_syntax(parser, file, diag);
  const yaml_node_t *node = yaml_document_get_root_node(&document);
  int status =
      node ? pw_refuse(diag, PW_ECONFIG, file, line_of(node), NULL, "a second YAML document: one is expected") : 0;
  yaml_document_delete(&document);
  return status;
}

int pw_yaml_parse(const char *text, size_t length, const char *file, struct pw_yaml_node **root, struct pw_diag *diag) {
  yaml_parser_t parser;
  *root = NULL;
  if (!yaml_parser_initialize(&parser)) return pw_refuse(diag, PW_ENOMEM, file, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
  int status = parse_document(&parser, file, root, diag);
  if (!status) status = refuse_second_document(&parser, file, diag);
  if (status) {
    pw_yaml_free(*root);
    *root = NULL;
  }
  yaml_parser_delete(&parser);
  return status;
}

/* The whole file as text that the caller frees. */
static int read_file(const char *path, char **text, size_t *length, struct pw_diag *diag) {
  FILE *file = fopen(path, "rb");
  int status = 0;
  *text = NULL;
  if (!file) return pw_refuse(diag, PW_EIO, path, 0, NULL, "cannot be opened: %s", strerror(errno));
  *text = malloc(MAX_FILE_BYTES + 1);
  if (!*text) {
    status = pw_refuse(diag, PW_ENOMEM, path, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  } else {
    *length = fread(*text, 1, MAX_FILE_BYTES + 1, file);
    if (ferror(file)) {
      status = pw_refuse(diag, PW_EIO, path, 0, NULL, "cannot be read: %s", strerror(errno));
    } else if (*length > MAX_FILE_BYTES) {
      status = pw_refuse(diag, PW_ECONFIG, path, 0, NULL, "larger than %u bytes: not a configuration", MAX_FILE_BYTES);
    }
  }
  fclose(file);
  return status;
}

int pw_yaml_load(const char *path, struct pw_yaml_node **root, struct pw_diag *diag) {
  char *text;
  size_t length = 0;
  int status = read_file(path, &text, &length, diag);
  *root = NULL;
  if (!status) status = pw_yaml_parse(text, length, path, root, diag);
  free(text);
  return status;
}

struct pw_yaml_node *pw_yaml_child(const struct pw_yaml_node *node, const char *key) {
  char *end;
  unsigned long index = strtoul(key, &end, 10);
  bool is_index = *key >= '0' && *key <= '9' && !*end;
  for (struct pw_yaml_node *child = node->child; child; child = child->next) {
    if (node->kind == PW_YAML_MAPPING && child->key && strcmp(child->key, key) == 0) return child;
    if (node->kind == PW_YAML_SEQUENCE && is_index && index-- == 0) return child;
  }
  return NULL;
}

/* Copies the next word of a dotted path and returns what follows it, NULL after the last. */
static const char *next_word(const char *dotted, char *word, size_t size) {
  size_t length = strcspn(dotted, ".");
  snprintf(word, size, "%.*s", (int)length, dotted);
  return dotted[length] == '.' ? dotted + length + 1 : NULL;
}

const struct pw_yaml_node *pw_yaml_nearest(const struct pw_yaml_node *root, const char *dotted) {
  const struct pw_yaml_node *node = root;
  while (dotted && *dotted) {
    char word[128];
    dotted = next_word(dotted, word, sizeof word);
    const struct pw_yaml_node *child = pw_yaml_child(node, word);
    if (!child) break;
    node = child;
  }
  return node;
}

static void mark_override(struct pw_yaml_node *node) {
  for (; node; node = node->next) {
    node->from_override = true;
    node->line = 0;
    mark_override(node->child);
  }
}

/* Puts the content of `value` into `place`, which keeps its key and its siblings. Frees value. */
static void replace(struct pw_yaml_node *place, struct pw_yaml_node *value) {
  pw_yaml_free(place->child);
  free(place->text);
  place->kind = value->kind;
  place->text = value->text;
  place->child = value->child;
  place->from_override = true;
  place->line = 0;
  free(value->key);
  free(value);
}

static int append_child(struct pw_yaml_node *mapping, const char *key, struct pw_yaml_node **made) {
  struct pw_yaml_node **tail = &mapping->child;
  while (*tail) tail = &(*tail)->next;
  *made = *tail = calloc(1, sizeof **tail);
  if (!*tail) return -PW_ENOMEM;
  (*tail)->key = strdup(key);
  return (*tail)->key ? 0 : -PW_ENOMEM;
}

/* The node that an assignment names; a missing last key of a mapping is added (and later refused if unknown). */
static int find_place(struct pw_yaml_node *root, const char *path, struct pw_yaml_node **place, struct pw_diag *diag) {
  const char *rest = path;
  *place = root;
  while (rest) {
    char word[128];
    rest = next_word(rest, word, sizeof word);
    struct pw_yaml_node *child = pw_yaml_child(*place, word);
    if (!child && !rest && (*place)->kind == PW_YAML_MAPPING) {
      int status = append_child(*place, word, place);
      return status ? pw_refuse(diag, PW_ENOMEM, "--set", 0, path, "%s", pw_strerror(status)) : 0;
    }
    if (!child) return pw_refuse(diag, PW_ECONFIG, "--set", 0, path, "there is no '%s' to set", word);
    *place = child;
  }
  return 0;
}

int pw_yaml_assign(struct pw_yaml_node *root, const char *assignment, struct pw_diag *diag) {
  const char *equals = strchr(assignment, '=');
  struct pw_yaml_node *value = NULL;
  struct pw_yaml_node *place;
  char path[128];
  if (!equals || equals == assignment || (size_t)(equals - assignment) >= sizeof path) {
    return pw_refuse(diag, PW_ECONFIG, "--set", 0, NULL, "must be KEY=VALUE with a dotted KEY, not '%s'", assignment);
  }
  snprintf(path, sizeof path, "%.*s", (int)(equals - assignment), assignment);
  int status = pw_yaml_parse(equals + 1, strlen(equals + 1), "--set", &value, diag);
  if (status) return status;
  mark_override(value);
  status = find_place(root, path, &place, diag);
  if (status) {
    pw_yaml_free(value);
    return status;
  }
  replace(place, value);
  return 0;
}
