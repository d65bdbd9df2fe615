/* timing_table.h: reading and writing a table of event times, in a file of its own or inside a configuration. */
#ifndef PAGEWALK_CONFIG_TIMING_TABLE_H
#define PAGEWALK_CONFIG_TIMING_TABLE_H

#include "schema.h"

/* Custom field functions for a struct pw_timing_table: a path to a file, or the table itself. */
int pw_timing_table_read(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, void *member);
void pw_timing_table_write(struct pw_writer *writer, const void *member, unsigned indent);

#endif
