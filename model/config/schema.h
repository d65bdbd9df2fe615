/*
 * schema.h: one table per mapping of a configuration: which keys there are, what they mean, where they go.
 *
 * The same table reads a YAML mapping into a struct, refuses what is unknown, missing or out of range, and writes the
 * struct back as YAML, so that a key exists in one place.
 */
#ifndef PAGEWALK_CONFIG_SCHEMA_H
#define PAGEWALK_CONFIG_SCHEMA_H

#include <pagewalk/config.h>
#include <stdio.h>

#include "yaml_tree.h"

enum pw_field_type {
  PW_FIELD_TEXT,   /* char[maximum] */
  PW_FIELD_U32,    /* minimum..maximum */
  PW_FIELD_U64,    /* minimum..maximum */
  PW_FIELD_BYTES,  /* uint64_t with an optional suffix K, M, G or T */
  PW_FIELD_BOOL,   /* true or false */
  PW_FIELD_WORD,   /* an enum of the table `words` */
  PW_FIELD_DELAY,  /* struct pw_delay: an event of the timing table, "NUMBERps", or none */
  PW_FIELD_CUSTOM, /* read and write are functions */
  PW_FIELD_END
};

struct pw_reader {
  const char *file;
  struct pw_config *config;
  struct pw_diag *diag;
};

struct pw_writer {
  FILE *stream;
  const struct pw_config *config;
};

struct pw_field {
  const char *key;
  enum pw_field_type type;
  size_t offset; /* of the member in the struct that the table describes */
  uint64_t minimum;
  uint64_t maximum;
  const char *const *words;
  bool optional;      /* PW_FIELD_U32 alone: the key may be missing, and then stands for .. */
  uint32_t if_absent; /* .. this */
  int (*read)(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, void *member);
  void (*write)(struct pw_writer *writer, const void *member, unsigned indent);
};

/* Refuses a node: fills the diagnostic with its line and dotted path, and returns -PW_ECONFIG. */
int pw_refuse_node(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Reads a mapping into the struct at `base`. Every key of the table must be there but optional ones, and no other. */
int pw_read_mapping(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path,
                    const struct pw_field *fields, void *base);

/* Copies a node's key as the name of a unit or event: a letter, then letters, digits, - and _. */
int pw_read_name(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, char *name,
                 size_t size_bytes);

/* Reads one scalar of a field's type into `member`. */
int pw_read_field(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path,
                  const struct pw_field *field, void *member);

/* Writes the struct at `base` as the lines of a mapping, indented by `indent` spaces. */
void pw_write_mapping(struct pw_writer *writer, const struct pw_field *fields, const void *base, unsigned indent);

/* Dotted path of a child: "tlb" + "l1d" is "tlb.l1d", "" + "tlb" is "tlb". */
void pw_path_join(char *buffer, size_t size_bytes, const char *path, const char *key);

#define PW_PATH_BYTES 96

#endif
