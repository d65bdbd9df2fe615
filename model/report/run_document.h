/* run_document.h: a run's numbers as one JSON document: the only place where a key gets its value. */
#ifndef PAGEWALK_REPORT_RUN_DOCUMENT_H
#define PAGEWALK_REPORT_RUN_DOCUMENT_H

#include <jansson.h>
#include <pagewalk/report.h>

/* The document, owned by the caller, or NULL when memory is out. */
json_t *pw_run_document(const struct pw_run_report *report);

/* Name of who served a reference: a cache's name, "dram" or "register". */
const char *pw_served_by_name(const struct pw_config *config, unsigned served_by);

#endif
