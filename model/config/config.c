/* config.c: a machine configuration from a file or a text, and back to text. */
#include <pagewalk/config.h>
#include <stdlib.h>

#include "machine_schema.h"

/* A rule is broken that no single key can say: the diagnostic has the key, the tree has the line. */
static void add_line(const struct pw_yaml_node *root, const char *file, struct pw_diag *diag) {
  const struct pw_yaml_node *node = pw_yaml_nearest(root, diag->key);
  snprintf(diag->file, sizeof diag->file, "%s", node->from_override ? "--set" : file);
  diag->line = node->line;
}

static int from_tree(struct pw_yaml_node *root, const char *file, const char *const *overrides, size_t override_count,
                     struct pw_config *config, struct pw_diag *diag) {
  struct pw_reader reader = {.file = file, .config = config, .diag = diag};
  int status = 0;
  *config = (struct pw_config){0};
  for (size_t i = 0; !status && i < override_count; i++) status = pw_yaml_assign(root, overrides[i], diag);
  if (!status) status = pw_read_mapping(&reader, root, "", pw_machine_fields, config);
  if (status) return status;
  status = pw_config_validate(config, diag);
  if (status && diag) add_line(root, file, diag);
  return status;
}

int pw_config_parse(const char *text, size_t length, const char *name, const char *const *overrides,
                    size_t override_count, struct pw_config *config, struct pw_diag *diag) {
  struct pw_diag unused;
  struct pw_yaml_node *root;
  struct pw_diag *to = diag ? diag : &unused;
  int status = pw_yaml_parse(text, length, name, &root, to);
  if (!status) status = from_tree(root, name, overrides, override_count, config, to);
  pw_yaml_free(root);
  return status;
}

int pw_config_load(const char *path, const char *const *overrides, size_t override_count, struct pw_config *config,
                   struct pw_diag *diag) {
  struct pw_diag unused;
  struct pw_yaml_node *root;
  struct pw_diag *to = diag ? diag : &unused;
  int status = pw_yaml_load(path, &root, to);
  if (!status) status = from_tree(root, path, overrides, override_count, config, to);
  pw_yaml_free(root);
  return status;
}

void pw_config_locate(const char *path, const char *const *overrides, size_t override_count, struct pw_diag *diag) {
  struct pw_diag unused;
  struct pw_yaml_node *root;
  int status = pw_yaml_load(path, &root, &unused);
  for (size_t i = 0; !status && i < override_count; i++) status = pw_yaml_assign(root, overrides[i], &unused);
  if (!status) add_line(root, path, diag);
  pw_yaml_free(root);
}

char *pw_config_to_yaml(const struct pw_config *config) {
  char *text = NULL;
  size_t length = 0;
  struct pw_writer writer = {.stream = open_memstream(&text, &length), .config = config};
  if (!writer.stream) return NULL;
  pw_write_mapping(&writer, pw_machine_fields, config, 0);
  if (fclose(writer.stream) != 0) {
    free(text);
    return NULL;
  }
  return text;
}
