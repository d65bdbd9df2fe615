/* event_fields.h: the format of the event log as tables: what a line may hold, where it belongs, and what is legal. */
#ifndef PAGEWALK_CHECK_EVENT_FIELDS_H
#define PAGEWALK_CHECK_EVENT_FIELDS_H

#include <pagewalk/event_log.h>
#include <stddef.h>

enum pw_log_field_type {
  PW_LOG_NUMBER, /* a JSON integer */
  PW_LOG_HEX,    /* a string: "0x1000" */
  PW_LOG_WORD,   /* a string of `words`, by index */
  PW_LOG_WORDS,  /* a list of strings of `words`, by bit */
  PW_LOG_TEXT    /* any string; the member is a pointer to it */
};

struct pw_log_field {
  const char *key;
  const char *opening; /* what stands before the value: a comma, the quoted key, a colon */
  uint16_t opening_length;
  uint16_t offset;     /* of the member */
  uint8_t bytes;       /* of the member: 1, 2, 4 or 8 */
  uint8_t type;        /* enum pw_log_field_type */
  bool optional;       /* not written when it is 0; 0 when it is not there */
  uint8_t multiple_of; /* 0 for any */
  uint64_t minimum;
  uint64_t maximum;
  const char *const *words;
};

/* A kind of line. */
struct pw_log_format {
  const char *name; /* "a request" */
  const struct pw_log_field *fields;
  size_t field_count;
};

/* The header as its line has it. */
struct pw_log_header_line {
  uint32_t version;
  uint32_t mode;
  uint32_t pipeline_cycles;
  uint32_t timed;
  uint64_t hang_cycles;
  uint64_t seed;
  const char *config; /* YAML */
};

extern const struct pw_log_format pw_log_header_format;            /* of struct pw_log_header_line */
extern const struct pw_log_format pw_log_event_formats[PW_EVENTS]; /* of struct pw_event */

/* The member of a line's struct that a field describes. */
uint64_t pw_log_field_load(const struct pw_log_field *field, const void *line);
void pw_log_field_store(const struct pw_log_field *field, void *line, uint64_t value);

/* Whether a value is one that the rule of the field allows. */
bool pw_log_field_allows(const struct pw_log_field *field, uint64_t value);

/* The rule in words, "must be a whole number in 0..63". */
void pw_log_field_rule(const struct pw_log_field *field, char *text, size_t size_bytes);

/* What takes more than one field to say: returns the rule that an event of legal fields breaks, and the key. */
const char *pw_event_broken_rule(const struct pw_event *event, const char **key);

#endif
