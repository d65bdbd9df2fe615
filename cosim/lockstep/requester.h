/* requester.h: one access, or one control operation, at a time, and its end awaited. */
#ifndef PAGEWALK_COSIM_REQUESTER_H
#define PAGEWALK_COSIM_REQUESTER_H

#include "bench.h"

/* The response stands in bench->response[port] then. False when something was wrong. */
bool request_access(struct bench *bench, const struct pw_access *access);
bool request_control(struct bench *bench, unsigned op, uint64_t data, unsigned pcid);

/* Registers after a reset, by legal operations in an order that needs no others. */
bool request_registers(struct bench *bench, const struct pw_control *control);

#endif
