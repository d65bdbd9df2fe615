/* timing_table.c: the table of event times: rows of a name, picoseconds and a source. */
#include "timing_table.h"

#include <stddef.h>
#include <string.h>

#define OFFSET(member) offsetof(struct pw_timing_row, member)

static const struct pw_field row_fields[] = {
    {.key = "ps", .type = PW_FIELD_U64, .offset = OFFSET(ps), .minimum = 1, .maximum = PW_MAX_DELAY_PS},
    {.key = "source", .type = PW_FIELD_TEXT, .offset = OFFSET(source), .maximum = PW_MAX_SOURCE},
    {.type = PW_FIELD_END},
};

const struct pw_timing_row *pw_timing_find(const struct pw_timing_table *table, const char *event) {
  for (uint32_t i = 0; i < table->row_count; i++) {
    if (strcmp(table->rows[i].event, event) == 0) return &table->rows[i];
  }
  return NULL;
}

static int read_rows(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, void *member) {
  struct pw_timing_table *table = (void *)((char *)member - offsetof(struct pw_timing_table, rows));
  table->row_count = 0;
  if (node->kind != PW_YAML_MAPPING) return pw_refuse_node(reader, node, path, "must be a mapping of events");
  for (const struct pw_yaml_node *child = node->child; child; child = child->next) {
    char row_path[PW_PATH_BYTES];
    struct pw_timing_row *row = &table->rows[table->row_count];
    pw_path_join(row_path, sizeof row_path, path, child->key);
    if (table->row_count == PW_MAX_TIMING_ROWS) {
      return pw_refuse_node(reader, child, row_path, "at most %d events", PW_MAX_TIMING_ROWS);
    }
    int status = pw_read_name(reader, child, row_path, row->event, sizeof row->event);
    if (!status) status = pw_read_mapping(reader, child, row_path, row_fields, row);
    if (status) return status;
    table->row_count++;
  }
  return 0;
}

static void write_rows(struct pw_writer *writer, const void *member, unsigned indent) {
  const struct pw_timing_table *table = (const void *)((const char *)member - offsetof(struct pw_timing_table, rows));
  fputs(table->row_count ? "\n" : " {}\n", writer->stream);
  for (uint32_t i = 0; i < table->row_count; i++) {
    fprintf(writer->stream, "%*s%s:\n", (int)indent, "", table->rows[i].event);
    pw_write_mapping(writer, row_fields, &table->rows[i], indent + 2);
  }
}

static const struct pw_field table_fields[] = {
    {.key = "name", .type = PW_FIELD_TEXT, .offset = offsetof(struct pw_timing_table, name), .maximum = PW_MAX_NAME},
    {.key = "rows",
     .type = PW_FIELD_CUSTOM,
     .offset = offsetof(struct pw_timing_table, rows),
     .read = read_rows,
     .write = write_rows},
    {.type = PW_FIELD_END},
};

static int read_table(const struct pw_yaml_node *root, const char *file, struct pw_timing_table *table,
                      struct pw_diag *diag) {
  struct pw_reader reader = {.file = file, .config = NULL, .diag = diag};
  *table = (struct pw_timing_table){0};
  return pw_read_mapping(&reader, root, "", table_fields, table);
}

int pw_timing_default(struct pw_timing_table *table) {
  static const char text[] =
#include "table_of_time.inc"
      ;
  struct pw_yaml_node *root;
  int status = pw_yaml_parse(text, sizeof text - 1, "table-of-time.yaml", &root, NULL);
  if (!status) status = read_table(root, "table-of-time.yaml", table, NULL);
  pw_yaml_free(root);
  return status;
}

int pw_timing_load(const char *path, struct pw_timing_table *table, struct pw_diag *diag) {
  struct pw_yaml_node *root;
  int status = pw_yaml_load(path, &root, diag);
  if (!status) status = read_table(root, path, table, diag);
  pw_yaml_free(root);
  return status;
}

/* A path in a configuration is relative to the file that holds the configuration. The buffer has room for both. */
static void resolve(const char *file, const char *path, char *buffer) {
  const char *slash = strrchr(file, '/');
  size_t folder_length = path[0] == '/' || !slash ? 0 : (size_t)(slash - file) + 1;
  memcpy(buffer, file, folder_length);
  strcpy(buffer + folder_length, path);
}

int pw_timing_table_read(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, void *member) {
  struct pw_timing_table *table = member;
  char resolved[512];
  if (node->kind == PW_YAML_MAPPING) return pw_read_mapping(reader, node, path, table_fields, table);
  if (node->kind != PW_YAML_SCALAR || strlen(node->text) + strlen(reader->file) >= sizeof resolved) {
    return pw_refuse_node(reader, node, path, "must be a table, or a path of at most %zu characters",
                          sizeof resolved - 1);
  }
  resolve(reader->file, node->text, resolved);
  return pw_timing_load(resolved, table, reader->diag);
}

void pw_timing_table_write(struct pw_writer *writer, const void *member, unsigned indent) {
  fputc('\n', writer->stream);
  pw_write_mapping(writer, table_fields, member, indent);
}
