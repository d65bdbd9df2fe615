/* control_execute.h: an operation of the control channel, executed on the registers of an MMU of the model. */
#ifndef PAGEWALK_CHECK_CONTROL_EXECUTE_H
#define PAGEWALK_CHECK_CONTROL_EXECUTE_H

#include <pagewalk/check.h>

#include "operations.h"

/* Registers as a reset leaves them: paging off. */
int pw_control_reset(struct pw_mmu *mmu);

/*
 * Registers change now, as a device with this configuration has them; what is to be invalidated is told. Returns 0,
 * -PW_EGP for what no processor completes, -PW_EINVAL for no operation.
 */
int pw_control_execute(struct pw_mmu *mmu, const struct pw_config *config, const struct pw_event *event,
                       struct pw_invalidation *then);

/* What keeps a processor from completing the operation, as far as that depends on registers: for messages. */
const char *pw_control_refusal(unsigned op);

#endif
