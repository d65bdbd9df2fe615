/* machine_schema.h: the table of every key of a machine configuration. */
#ifndef PAGEWALK_CONFIG_MACHINE_SCHEMA_H
#define PAGEWALK_CONFIG_MACHINE_SCHEMA_H

#include "schema.h"

/* Describes struct pw_config. The timing section comes first: later sections name its events. */
extern const struct pw_field pw_machine_fields[];

#endif
