/*
 * chain.h: the entries that one walk has read, from the top table down: which page they lead to, and what they answer
 * to an access. Pure: rules and entries in, answer out.
 *
 * The linear address of a chain is not told by anybody: each entry's place in its table is the index, which is as much
 * of the address as the walk has used.
 */
#ifndef PAGEWALK_CHECK_CHAIN_H
#define PAGEWALK_CHECK_CHAIN_H

#include <pagewalk/check.h>

#include "control.h"
#include "key.h"

enum pw_chain_end {
  PW_CHAIN_OPEN, /* the last entry points to a table, or none was read: the walk goes on at table_address */
  PW_CHAIN_PAGE, /* it maps a page */
  PW_CHAIN_NOT_PRESENT,
  PW_CHAIN_RESERVED,
  PW_CHAIN_BUS_ERROR /* it could not be read or updated */
};

struct pw_chain_entry {
  uint64_t address;
  uint64_t value;
  uint64_t read; /* number of the event that read it, or set a bit in it */
};

struct pw_chain {
  uint64_t linear_address; /* of the first byte that the entries lead to */
  uint64_t root_address;
  uint64_t table_address; /* PW_CHAIN_OPEN: of the table whose entry comes next */
  uint32_t attributes;    /* rights combined so far; of PW_CHAIN_PAGE, enum pw_attribute */
  uint16_t pcid;
  uint8_t top;      /* level of the root table: 4 or 5 */
  uint8_t level;    /* of the last entry; top + 1 before the first */
  uint8_t end;      /* enum pw_chain_end */
  uint8_t accessed; /* bit L: A of the level-L entry is 1, as it was read or as this walk made it */
  struct pw_chain_entry entry[PW_MAX_LEVELS + 1]; /* by level; top down to level are valid */
};

/* What a device may answer; fields that mean nothing for the fault are 0. */
struct pw_answer {
  uint8_t fault;       /* enum pw_response_fault */
  uint8_t page_level;  /* 0 4K, 1 2M, 2 1G */
  uint8_t memory_type; /* PAT, PCD, PWT from bit 2 down */
  uint8_t global;
  uint16_t error_code;
  uint64_t physical_address;
};

/* The registers that a walk or a request runs under. */
struct pw_check_context {
  struct pw_control control;
  struct pw_translation_mode mode;
};

/* A chain before its first entry. The context pages. */
struct pw_chain pw_chain_start(const struct pw_check_context *context);

/* Does the next entry of an open chain lie in the table of this address? */
static inline bool pw_chain_continues(const struct pw_chain *chain, uint64_t entry_address) {
  return chain->end == PW_CHAIN_OPEN && chain->level > 1 && chain->table_address == (entry_address & ~UINT64_C(0xfff));
}

/* Appends what was read where the chain continues. */
void pw_chain_append(struct pw_chain *chain, const struct pw_check_context *context, uint64_t address, uint64_t value,
                     uint64_t event);
void pw_chain_append_bus_error(struct pw_chain *chain, const struct pw_check_context *context, uint64_t address,
                               uint64_t event);

/* A compare-and-swap of the level's entry, which matched. */
void pw_chain_update(struct pw_chain *chain, unsigned level, uint64_t value, uint64_t event);

/* The upper part of a chain, down to the level, whose entry points to a table. */
struct pw_chain pw_chain_above(const struct pw_chain *chain, const struct pw_check_context *context, unsigned level);

/* Is A set in every entry? What is cached, or answers, must be so: SDM "Accessed and Dirty Flags". */
bool pw_chain_is_accessed(const struct pw_chain *chain);

/* Do two chains stand for the same cached entry: the same values of the same entries? */
bool pw_chain_is_same(const struct pw_chain *a, const struct pw_chain *b);

/* Bytes that its last entry covers, as a shift. */
static inline unsigned pw_chain_shift(const struct pw_chain *chain) { return 12 + 9 * (chain->level - 1u); }

/* Do the entries lead to this linear address? */
bool pw_chain_covers(const struct pw_chain *chain, uint64_t linear_address);

/* The key under which a TLB holds the page, or a paging-structure cache the open chain. At least one entry. */
uint64_t pw_chain_key(const struct pw_chain *chain);

/* Was any of its entries read before this event? */
bool pw_chain_was_read_before(const struct pw_chain *chain, uint64_t event);

/* What the chain answers to an access that it covers. An open chain answers nothing: PW_RSP_FAULTS as the fault. */
struct pw_answer pw_chain_answer(const struct pw_chain *chain, const struct pw_access *access,
                                 const struct pw_check_context *context);

/* Does the answer differ from the legal one in nothing? A page may be held in pieces, so that a smaller one is told. */
bool pw_answer_explains(const struct pw_answer *legal, const struct pw_answer *answer);

/* Without tables: paging is off, or the address is not canonical. False when tables decide. */
bool pw_answer_without_walk(const struct pw_access *access, const struct pw_check_context *context,
                            struct pw_answer *answer);

/* A fault of this very access by what is never cached: not present, or a reserved bit. */
bool pw_answer_is_negative(const struct pw_answer *answer, const struct pw_access *access,
                           const struct pw_check_context *context);

/* The verdict on an answer that only stale entries explain. */
static inline enum pw_verdict pw_answer_stale_verdict(const struct pw_answer *answer) {
  return answer->fault == PW_RSP_PAGE_FAULT ? PW_VERDICT_LEGAL_SPURIOUS_FAULT : PW_VERDICT_LEGAL_STALE;
}

/* Does this access set D where the chain's page lacks it? */
bool pw_chain_lacks_dirty(const struct pw_chain *chain, const struct pw_access *access);

#endif
