/* mutant_manifest.c: the list of mutants and legal variations, from YAML. */
#include "mutant_manifest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "plan.h"
#include "yaml_tree.h"

#define PATH_BYTES 96
#define WORDS 16
#define MOST_BUG 999

struct reader {
  const char *file;
  struct pw_diag *diag;
  struct mutant_manifest *manifest;
  struct mutant_edit *edits; /* of the manifest */
  struct mutant *mutant;     /* that is read */
  struct mutant_edit *edit;
};

/* What a key of a mapping is: the same table reads it, and says what there may be. */
struct key {
  const char *name;
  bool needed;
  int (*read)(struct reader *reader, const struct pw_yaml_node *node, const char *path);
};

__attribute__((format(printf, 4, 5))) static int refuse(const struct reader *reader, const struct pw_yaml_node *node,
                                                        const char *path, const char *format, ...) {
  char message[sizeof reader->diag->message];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return pw_refuse(reader->diag, PW_ECONFIG, reader->file, node->line, path, "%s", message);
}

static int no_memory(const struct reader *reader) {
  return pw_refuse(reader->diag, PW_ENOMEM, reader->file, 0, NULL, "no memory left");
}

/* "mutants.3" and "name" make "mutants.3.name". */
static void join(char path[PATH_BYTES], const char *above, const char *key) {
  snprintf(path, PATH_BYTES, "%s%s%s", above, *above ? "." : "", key);
}

/* ---- mappings and lists ---- */

static const struct key *find_key(const struct key *keys, const char *name) {
  for (; keys->name; keys++) {
    if (strcmp(keys->name, name) == 0) return keys;
  }
  return NULL;
}

static void list_keys(const struct key *keys, char *text, size_t size_bytes) {
  size_t used = 0;
  for (; keys->name && used < size_bytes; keys++)
    used += (size_t)snprintf(text + used, size_bytes - used, "%s%s", used ? ", " : "", keys->name);
}

static int check_keys(const struct reader *reader, const struct pw_yaml_node *node, const char *above,
                      const struct key *keys) {
  char path[PATH_BYTES], legal[160];
  list_keys(keys, legal, sizeof legal);
  if (node->kind != PW_YAML_MAPPING) return refuse(reader, node, above, "must be a mapping of %s", legal);
  for (const struct pw_yaml_node *child = node->child; child; child = child->next) {
    join(path, above, child->key);
    if (!find_key(keys, child->key)) return refuse(reader, child, path, "unknown key; legal here: %s", legal);
  }
  return 0;
}

static int read_mapping(struct reader *reader, const struct pw_yaml_node *node, const char *above,
                        const struct key *keys) {
  char path[PATH_BYTES];
  int status = check_keys(reader, node, above, keys);
  for (; keys->name && !status; keys++) {
    const struct pw_yaml_node *child = pw_yaml_child(node, keys->name);
    join(path, above, keys->name);
    if (child) {
      status = keys->read(reader, child, path);
    } else if (keys->needed) {
      status = refuse(reader, node, path, "missing key");
    }
  }
  return status;
}

static size_t count_children(const struct pw_yaml_node *node) {
  size_t count = 0;
  for (const struct pw_yaml_node *child = node ? node->child : NULL; child; child = child->next) count++;
  return count;
}

/* Calls `read` for every item of a list, which has at least one. */
static int read_list(struct reader *reader, const struct pw_yaml_node *node, const char *above,
                     int (*read)(struct reader *reader, const struct pw_yaml_node *node, const char *path)) {
  char path[PATH_BYTES], number[24];
  size_t index = 0;
  int status = 0;
  if (node->kind != PW_YAML_SEQUENCE || !node->child) return refuse(reader, node, above, "must be a list, not empty");
  for (const struct pw_yaml_node *child = node->child; child && !status; child = child->next) {
    snprintf(number, sizeof number, "%zu", index++);
    join(path, above, number);
    status = read(reader, child, path);
  }
  return status;
}

/* ---- scalars ---- */

static int read_text(const struct reader *reader, const struct pw_yaml_node *node, const char *path,
                     const char **text) {
  if (node->kind != PW_YAML_SCALAR || !*node->text) return refuse(reader, node, path, "must be a text, not empty");
  *text = node->text;
  return 0;
}

/* Index of a text in `words`, which end with NULL. */
static int read_word(const struct reader *reader, const struct pw_yaml_node *node, const char *path,
                     const char *const *words, int *index) {
  char legal[200];
  size_t used = 0;
  const char *text = "";
  int status = read_text(reader, node, path, &text);
  for (*index = 0; !status && words[*index]; ++*index) {
    if (strcmp(words[*index], text) == 0) return 0;
    used += (size_t)snprintf(legal + used, used < sizeof legal ? sizeof legal - used : 0, "%s%s", used ? ", " : "",
                             words[*index]);
  }
  return status ? status : refuse(reader, node, path, "must be one of %s, not '%.40s'", legal, text);
}

/* ---- the keys of an edit ---- */

static int read_verilog(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  int status = read_text(reader, node, path, &reader->edit->verilog);
  if (!status && strchr(node->text, '/')) status = refuse(reader, node, path, "must be the name of a file in rtl/");
  return status;
}

static int read_kind(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  static const char *const kinds[] = {
      [MUTANT_EXPRESSION] = "expr", [MUTANT_STATEMENT] = "stmt", [MUTANT_TEXT] = "text", NULL};
  int kind = 0;
  int status = read_word(reader, node, path, kinds, &kind);
  reader->edit->kind = (enum mutant_edit_kind)kind;
  return status;
}

static int read_find(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  reader->edit->line = node->line;
  return read_text(reader, node, path, &reader->edit->find);
}

/* May be empty: of statements, nothing. */
static int read_replace(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  if (node->kind != PW_YAML_SCALAR) return refuse(reader, node, path, "must be a text");
  reader->edit->replace = node->text;
  return 0;
}

static const struct key edit_keys[] = {{"file", true, read_verilog},
                                       {"kind", true, read_kind},
                                       {"find", true, read_find},
                                       {"replace", true, read_replace},
                                       {NULL, false, NULL}};

static int read_edit(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  struct mutant_manifest *manifest = reader->manifest;
  reader->edit = &reader->edits[manifest->edits.count++];
  reader->edit->name = reader->mutant->name;
  reader->edit->mutant = (uint32_t)(reader->mutant - manifest->list + 1);
  return read_mapping(reader, node, path, edit_keys);
}

/* ---- the keys of a mutant ---- */

static int read_name(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  const char *name = "";
  int status = read_text(reader, node, path, &name);
  if (status) return status;
  size_t length = strlen(name);
  if (length > MUTANT_NAME_CHARACTERS || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length ||
      name[0] < 'a' || strcmp(name, "all") == 0) {
    return refuse(reader, node, path, "must be a small letter, then small letters, digits and -, at most %d, not 'all'",
                  MUTANT_NAME_CHARACTERS);
  }
  for (const struct mutant *other = reader->manifest->list; other < reader->mutant; other++) {
    if (strcmp(other->name, name) == 0) return refuse(reader, node, path, "'%s' is the name of another one", name);
  }
  memcpy(reader->mutant->name, name, length + 1);
  return 0;
}

static int read_what(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  return read_text(reader, node, path, &reader->mutant->what);
}

static int read_bug(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  struct mutant *mutant = reader->mutant;
  char *end;
  const char *text = node->kind == PW_YAML_SCALAR ? node->text : "";
  unsigned long bug = strtoul(text, &end, 10);
  if (*text < '0' || *text > '9' || *end || bug < 1 || bug > MOST_BUG) {
    return refuse(reader, node, path, "must be the number of a bug, 1..%d, not '%.40s'", MOST_BUG, text);
  }
  if (mutant->bug_count == MUTANT_BUGS) return refuse(reader, node, path, "at most %d bugs", MUTANT_BUGS);
  mutant->bugs[mutant->bug_count++] = (uint32_t)bug;
  return 0;
}

static int read_bugs(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  return read_list(reader, node, path, read_bug);
}

static int read_mode(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  const char *words[WORDS] = {NULL};
  int mode = 0;
  for (unsigned i = 0; i < PW_CHECK_MODES; i++) words[i] = pw_check_mode_name(i);
  int status = read_word(reader, node, path, words, &mode);
  reader->mutant->mode = (enum pw_check_mode)mode;
  return status;
}

static int read_verdict(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  const char *words[WORDS] = {NULL};
  int verdict = 0;
  unsigned first = 0;
  while (pw_verdict_is_legal((enum pw_verdict)first)) first++;
  for (unsigned i = first; i < PW_VERDICTS; i++) words[i - first] = pw_verdict_name((enum pw_verdict)i);
  int status = read_word(reader, node, path, words, &verdict);
  reader->mutant->verdict = (enum pw_verdict)(first + (unsigned)verdict);
  return status;
}

static int read_traffic(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  const char *words[WORDS] = {NULL};
  for (unsigned i = 0; i < TRAFFICS; i++) words[i] = traffic_name(i);
  return read_word(reader, node, path, words, &reader->mutant->traffic);
}

static int read_edits(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  return read_list(reader, node, path, read_edit);
}

static const struct key mutant_keys[] = {{"name", true, read_name},       {"bugs", true, read_bugs},
                                         {"what", true, read_what},       {"mode", true, read_mode},
                                         {"verdict", true, read_verdict}, {"traffic", false, read_traffic},
                                         {"edits", true, read_edits},     {NULL, false, NULL}};
static const struct key legal_keys[] = {{"name", true, read_name},   {"bugs", false, read_bugs},
                                        {"what", true, read_what},   {"traffic", false, read_traffic},
                                        {"edits", true, read_edits}, {NULL, false, NULL}};

/* ---- the file ---- */

static struct mutant *next_mutant(struct reader *reader) {
  struct mutant_manifest *manifest = reader->manifest;
  reader->mutant = &manifest->list[manifest->mutants + manifest->legal];
  *reader->mutant = (struct mutant){.traffic = -1, .mode = PW_CHECK_OBSERVED, .verdict = PW_VERDICT_MATCH};
  return reader->mutant;
}

static int read_mutant(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  next_mutant(reader);
  reader->manifest->mutants++;
  return read_mapping(reader, node, path, mutant_keys);
}

static int read_variation(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  next_mutant(reader)->legal = true;
  reader->manifest->legal++;
  return read_mapping(reader, node, path, legal_keys);
}

static int read_mutants(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  return read_list(reader, node, path, read_mutant);
}

static int read_variations(struct reader *reader, const struct pw_yaml_node *node, const char *path) {
  if (node->kind == PW_YAML_SEQUENCE && !node->child) return 0;
  return read_list(reader, node, path, read_variation);
}

static const struct key manifest_keys[] = {
    {"mutants", true, read_mutants}, {"legal", false, read_variations}, {NULL, false, NULL}};

/* Room for all that the file may have: nothing moves while it is read. */
static bool make_room(struct reader *reader) {
  const struct pw_yaml_node *root = reader->manifest->texts;
  size_t mutants = 0, edits = 0;
  for (const struct pw_yaml_node *list = root->child; list; list = list->next) {
    for (const struct pw_yaml_node *item = list->child; item; item = item->next) {
      mutants++;
      edits += item->kind == PW_YAML_MAPPING ? count_children(pw_yaml_child(item, "edits")) : 0;
    }
  }
  reader->manifest->list = calloc(mutants + 1, sizeof *reader->manifest->list);
  reader->manifest->edits.list = reader->edits = calloc(edits + 1, sizeof *reader->edits);
  return reader->manifest->list && reader->edits;
}

int mutant_manifest_load(const char *path, struct mutant_manifest *manifest, struct pw_diag *diag) {
  struct reader reader = {.file = path, .diag = diag, .manifest = manifest};
  *manifest = (struct mutant_manifest){.edits = {.file = path}};
  int status = pw_yaml_load(path, &manifest->texts, diag);
  if (!status && !make_room(&reader)) status = no_memory(&reader);
  if (!status) status = read_mapping(&reader, manifest->texts, "", manifest_keys);
  manifest->edits.mutants = (uint32_t)(manifest->mutants + manifest->legal);
  if (status) mutant_manifest_free(manifest);
  return status;
}

void mutant_manifest_free(struct mutant_manifest *manifest) {
  free(manifest->list);
  free((void *)manifest->edits.list);
  pw_yaml_free(manifest->texts);
  *manifest = (struct mutant_manifest){0};
}

int64_t mutant_manifest_find(const struct mutant_manifest *manifest, const char *name) {
  int64_t count = (int64_t)(manifest->mutants + manifest->legal);
  for (int64_t i = 0; i < count; i++) {
    if (strcmp(manifest->list[i].name, name) == 0) return i + 1;
  }
  char *end;
  unsigned long number = strtoul(name, &end, 10);
  bool is_number = *name >= '0' && *name <= '9' && !*end;
  return is_number && number <= (unsigned long)count ? (int64_t)number : -1;
}
