/*
 * registers.h: the registers of a device over time, and what each control operation killed, for the checkers that do
 * not follow the device step by step.
 *
 * A control operation takes from its accept to its done. What it invalidates may be used until it is done by requests
 * that were accepted before, and by nobody afterwards (port contract, "ctl").
 */
#ifndef PAGEWALK_CHECK_REGISTERS_H
#define PAGEWALK_CHECK_REGISTERS_H

#include <pagewalk/check.h>

#include "chain.h"
#include "control_execute.h"

#define PW_CHECK_CONTEXTS 256          /* that requests in flight can be of */
#define PW_CHECK_OPERATIONS 8192       /* whose times are known one by one */
#define PW_CHECK_PAGE_FAULT PW_CTL_OPS /* as the op of a kill: a page fault that was raised */

/* Something that made cached entries illegal: a control operation, or a page fault. */
struct pw_kill {
  uint64_t number;   /* counted from 1 */
  uint64_t accepted; /* event */
  uint64_t done;     /* event; 0: not yet */
  uint64_t cycle;    /* of the accept */
  uint64_t data;
  uint16_t pcid; /* of the operation; of CR4, the current one */
  uint8_t op;
  uint8_t classes;    /* PW_CHECK_PAGE_FAULT: bit C: it holds for key class C */
  uint8_t page_shift; /* PW_CHECK_PAGE_FAULT: of the page whose pieces all go */
  struct pw_invalidation invalidation;
};

/* Something that may be cached, and the address for which it is to be used. */
struct pw_cached {
  uint64_t key;
  uint64_t linear_address;
  unsigned pcid; /* it was cached under, also when it is global */
};

struct pw_registers {
  struct pw_mmu *mmu; /* without TLBs and caches: its registers */
  struct pw_physical_memory *memory;
  const struct pw_config *config;
  uint64_t context; /* number of the current one */
  uint64_t kills;
  uint64_t xd_ended; /* event of the last EFER that cleared NXE */
  uint64_t pending;  /* kill of the operation that is accepted and not done; 0: none */
  struct pw_check_context contexts[PW_CHECK_CONTEXTS];
  uint64_t ended_by[PW_CHECK_CONTEXTS]; /* kill that ended a context */
  struct pw_kill kill[PW_CHECK_OPERATIONS];
};

int pw_registers_init(struct pw_registers *registers, const struct pw_config *config);
void pw_registers_free(struct pw_registers *registers);
void pw_registers_reset(struct pw_registers *registers);

/* Returns what pw_control_execute returns; the new kill is the latest. */
int pw_registers_accept(struct pw_registers *registers, const struct pw_event *event, uint64_t number);
void pw_registers_done(struct pw_registers *registers, uint64_t number);

/*
 * A page fault was raised: like an operation, accepted when the request was and done now, for the key classes in a
 * mask.
 */
struct pw_fault_event {
  uint64_t linear_address;
  uint64_t accepted; /* event of the request */
  uint64_t number;   /* event of the response */
  uint64_t cycle;
  unsigned pcid;
  unsigned page_shift; /* of the page that is mapped there */
  unsigned classes;    /* bit C: key class C */
};
const struct pw_kill *pw_registers_fault(struct pw_registers *registers, const struct pw_fault_event *fault);

/* Bytes that an entry of a key class covers, as a shift. */
unsigned pw_kill_shift(unsigned key_class);

/* Is the context too old to be known? */
static inline bool pw_registers_forgot(const struct pw_registers *registers, uint64_t number) {
  return number + PW_CHECK_CONTEXTS <= registers->context;
}
static inline const struct pw_check_context *pw_registers_context(const struct pw_registers *registers,
                                                                  uint64_t number) {
  return &registers->contexts[number % PW_CHECK_CONTEXTS];
}
static inline const struct pw_check_context *pw_registers_current(const struct pw_registers *registers) {
  return pw_registers_context(registers, registers->context);
}
static inline const struct pw_kill *pw_registers_latest(const struct pw_registers *registers) {
  return &registers->kill[registers->kills % PW_CHECK_OPERATIONS];
}

/* The kill with this number, or the oldest one still known, which was later. */
static inline const struct pw_kill *pw_registers_kill(const struct pw_registers *registers, uint64_t number) {
  uint64_t oldest = registers->kills < PW_CHECK_OPERATIONS ? 1 : registers->kills - PW_CHECK_OPERATIONS + 1;
  return &registers->kill[(number < oldest ? oldest : number) % PW_CHECK_OPERATIONS];
}

/* Does the latest operation leave nothing cached, of no PCID? */
bool pw_registers_hold_nothing(const struct pw_registers *registers);

/* The first kill since the end of a context that requires something cached gone; 0: none. */
uint64_t pw_registers_first_kill(const struct pw_registers *registers, uint64_t context,
                                 const struct pw_cached *cached);

/* Of two kills of the same thing, the one that leaves it usable longer. */
static inline uint64_t pw_kill_latest(uint64_t a, uint64_t b) { return !a || !b ? 0 : a > b ? a : b; }

/*
 * The page fault that dropped the piece of a large page that holds an address, from among those that were done when a
 * request was accepted; 0: none.
 */
uint64_t pw_registers_dropped(const struct pw_registers *registers, const struct pw_chain *chain,
                              uint64_t linear_address, uint64_t accepted);

/* May a request accepted at this event still use what the kill killed? 0 kills nothing. */
static inline bool pw_registers_may_use(const struct pw_registers *registers, uint64_t kill, uint64_t accepted) {
  if (!kill) return true;
  uint64_t done = pw_registers_kill(registers, kill)->done;
  return !done || accepted < done;
}

/*
 * Must it be gone after the kill? From SDM "Operations that Invalidate TLBs and Paging-Structure Caches":
 * - INVPCID of an address and a page fault need not reach paging-structure-cache entries of other addresses, INVLPG
 * does.
 * - A page fault reaches what would translate its address, of the current PCID: of a large page that is held in pieces
 *   all of them while memory maps that page, else one piece.
 * - MOV to CR4 that sets SMEP reaches entries of the current PCID, global ones among them, no others.
 */
bool pw_kill_requires(const struct pw_kill *kill, const struct pw_cached *cached);

/* The same of any entry of a chain. */
bool pw_kill_requires_any(const struct pw_kill *kill, const struct pw_chain *chain);

#endif
