/*
 * check.h: the checker: what a hardware MMU did, event by event, held to the golden model.
 *
 * The checker knows no simulator. Whoever watches the pins of a device turns what it sees into events and hands them
 * over in order; docs/event-log.md is the same events as a file. The device and the checker never share memory: the
 * checker has an image and a memory hierarchy of its own.
 */
#ifndef PAGEWALK_CHECK_H
#define PAGEWALK_CHECK_H

#include <pagewalk/config.h>
#include <pagewalk/memory.h>
#include <pagewalk/mmu.h>
#include <pagewalk/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PW_CHECK_PORTS 2         /* 0 fetch, 1 data */
#define PW_CHECK_IDS 256         /* ids of a port */
#define PW_CHECK_SLOTS 64        /* miss slots of a device, both ports together */
#define PW_CHECK_WALKERS 16      /* walkers of a device */
#define PW_CHECK_DIFFERENCE 8191 /* cycles by which device and model differ that are counted one by one */
#define PW_CHECK_TEXT_BYTES 4096

/* What happened. The names of docs/event-log.md are pw_event_name. */
enum pw_event_kind {
  PW_EVENT_RESET,        /* the device was reset: paging off, nothing in flight, every cache empty, memory's too */
  PW_EVENT_REQUEST,      /* a request was accepted: port, id, access, size */
  PW_EVENT_KILL,         /* port, id: its response will not come, unless it is already on the port */
  PW_EVENT_LOOK_UP,      /* observation: a TLB was looked up for a request */
  PW_EVENT_WALK_START,   /* observation: a walk, or another attempt of it, looked the paging-structure caches up */
  PW_EVENT_READ,         /* the walker port read an entry */
  PW_EVENT_SWAP,         /* the walker port did a compare-and-swap */
  PW_EVENT_COMMIT,       /* observation: a request that missed or faulted takes effect on TLBs and caches */
  PW_EVENT_FILL,         /* observation: one entry written by the commit before */
  PW_EVENT_RESPONSE,     /* a response appeared on a port */
  PW_EVENT_CONTROL,      /* a control operation was accepted */
  PW_EVENT_INVALIDATE,   /* observation: what it invalidates is gone */
  PW_EVENT_CONTROL_DONE, /* its acknowledge */
  PW_EVENT_WRITE,        /* software wrote 8 bytes of memory */
  PW_EVENTS
};

/* Operations of the control channel, as ctl_op encodes them. */
enum pw_control_op {
  PW_CTL_CR3,                 /* data: the operand of MOV to CR3, bit 63 included */
  PW_CTL_CR0,                 /* data: CR0 */
  PW_CTL_CR4,                 /* data: CR4 */
  PW_CTL_EFER,                /* data: IA32_EFER; LME is taken as 1 */
  PW_CTL_PKRU,                /* data: PKRU */
  PW_CTL_INVLPG,              /* data: linear address */
  PW_CTL_INVPCID_ADDRESS = 8, /* data: linear address; pcid */
  PW_CTL_INVPCID_CONTEXT,     /* pcid */
  PW_CTL_INVPCID_ALL_WITH_GLOBALS,
  PW_CTL_INVPCID_ALL_BUT_GLOBALS,
  PW_CTL_OPS
};

/* Faults as rsp_fault encodes them. */
enum pw_response_fault {
  PW_RSP_NONE,
  PW_RSP_PAGE_FAULT,
  PW_RSP_GENERAL_PROTECTION,
  PW_RSP_STACK_FAULT,
  PW_RSP_BUS_ERROR,
  PW_RSP_DROPPED, /* a prefetch that would have faulted */
  PW_RSP_FAULTS
};

/* Who answered, as rsp_source encodes it. */
enum pw_response_source { PW_RSP_FROM_L1, PW_RSP_FROM_L2, PW_RSP_FROM_WALK };

/* What a commit does besides answering: bits of pw_event.commit.actions. */
enum pw_commit_action {
  PW_COMMIT_RESPOND = 1, /* the request is answered */
  PW_COMMIT_DROP = 2,    /* a page fault, or a page found changed: the page of the address leaves TLBs and caches */
  PW_COMMIT_FILL = 4,    /* paging-structure caches and TLBs are filled, or a dirty page renewed where it is held */
  PW_COMMIT_LAST = 8     /* the slot is free afterwards */
};

/* One event. `cycle` never decreases; events of one cycle come in the order in which they took effect. */
struct pw_event {
  uint64_t cycle;
  uint8_t kind; /* enum pw_event_kind */
  union {
    struct {
      uint8_t untimed; /* 1: until the next reset memory or responses are delayed, of which no event tells */
    } reset;
    struct {
      uint8_t port;
      uint8_t id;
      struct pw_access access;
    } request;
    struct {
      uint8_t port;
      uint8_t id;
    } kill;
    struct {
      uint8_t port;  /* level 1: of the TLB */
      uint8_t level; /* 1 or 2 */
      /*
       * Level 1, replay = 0: the oldest request of the port that has not been looked up; if it does not end with this
       * look-up it lives in `slot` from now on. replay = 1, and level 2: the request that lives in `slot`.
       */
      uint8_t replay;
      uint8_t slot;
      uint8_t hit; /* the place is valid when 1 */
      uint8_t array;
      uint16_t way;
      uint32_t set;
    } look_up;
    struct {
      uint8_t slot;
      uint8_t walker;
      uint8_t psc_level; /* level of the paging-structure entry found in its cache, 0 none */
      uint16_t way;      /* where, if one was found */
      uint32_t set;
    } walk_start;
    struct {
      uint8_t walker;
      uint8_t bus_error;
      uint8_t cache_control; /* PWT in bit 0, PCD in bit 1, as driven with the request */
      uint64_t address;
      uint64_t value;
    } read;
    struct {
      uint8_t walker;
      uint8_t bus_error;
      uint8_t matched;
      uint8_t cache_control;
      uint64_t address;
      uint64_t expected;
      uint64_t desired;
    } swap;
    struct {
      uint8_t slot;
      uint8_t actions; /* enum pw_commit_action, or-ed */
    } commit;
    struct {
      uint8_t structure; /* enum pw_structure */
      uint8_t unit;      /* TLB: level 1 or 2; paging-structure cache: level of the entries */
      uint8_t port;      /* TLB: of the path: 0 fetch, 1 data */
      uint8_t array;
      uint16_t way;
      uint8_t evicted; /* 1: another key was there */
      uint32_t set;
    } fill;
    struct {
      uint8_t port;
      uint8_t id;
      uint8_t fault;       /* enum pw_response_fault */
      uint8_t page_level;  /* 0 4K, 1 2M, 2 1G */
      uint8_t memory_type; /* PAT, PCD, PWT from bit 2 down */
      uint8_t global;
      uint8_t source; /* enum pw_response_source */
      uint16_t error_code;
      uint64_t physical_address;
    } response;
    struct {
      uint8_t op; /* enum pw_control_op */
      uint16_t pcid;
      uint64_t data;
    } control;
    struct {
      uint64_t address; /* physical, of 8 bytes */
      uint64_t value;
    } write;
  } u;
};

const char *pw_event_name(unsigned kind);    /* "request"; NULL beyond */
const char *pw_control_op_name(unsigned op); /* "cr3"; NULL for a value that is no operation */

/*
 * How much the checker is told, and how much it demands.
 *
 * strict: the device has the geometry of the configuration and shows its steps; every look-up, way, victim, entry read
 * and, for a request that was alone, cycle must be the model's.
 * observed: any device on the port contract. What its walker port reads are facts; an answer is legal when what it may
 * hold of them gives it. Events marked "observation" are passed over.
 * window: a black box. The events of the walker port are passed over too; an answer is legal when a walk gives it that
 * takes from each entry a value that it had since it had to be read again. A and D are not looked at.
 */
enum pw_check_mode { PW_CHECK_STRICT, PW_CHECK_OBSERVED, PW_CHECK_WINDOW, PW_CHECK_MODES };
const char *pw_check_mode_name(unsigned mode); /* "strict"; NULL beyond */

enum pw_verdict {
  PW_VERDICT_MATCH,                /* what the tables say, as they are or were while the request was in flight */
  PW_VERDICT_LEGAL_STALE,          /* what they said before, which nothing has invalidated since */
  PW_VERDICT_LEGAL_SPURIOUS_FAULT, /* a page fault of the same kind; it must not come again */
  PW_VERDICT_ILLEGAL_STALE,        /* what an invalidation has killed */
  PW_VERDICT_ILLEGAL_NEGATIVE,     /* not present or reserved, and not read so while the request was in flight */
  PW_VERDICT_TORN,                 /* of two walks */
  PW_VERDICT_AD_MISSING,           /* A, or D for a write, was not set before the page was used */
  PW_VERDICT_AD_SPURIOUS,          /* A or D set where nothing allows it */
  PW_VERDICT_WRONG,                /* anything else; strict: anything that differs from the model */
  PW_VERDICT_HANG,                 /* a request unanswered beyond the bound */
  PW_VERDICTS
};
const char *pw_verdict_name(enum pw_verdict verdict); /* "LEGAL_STALE"; NULL beyond */

/* Is it one after which the checker takes more events? */
static inline int pw_verdict_is_legal(enum pw_verdict verdict) { return verdict <= PW_VERDICT_LEGAL_SPURIOUS_FAULT; }

struct pw_check_options {
  enum pw_check_mode mode;
  uint32_t pipeline_cycles; /* strict: accept to response of a translation that the model calls 0 cycles */
  uint32_t timed;           /* strict, 1: a request that was alone in the device must take exactly the model's
                               cycles, but after a reset that is untimed */
  uint64_t hang_cycles;     /* bound for pw_checker_check_hang */
};

/* Counts of a checker, for reports. */
struct pw_check_stats {
  uint64_t events;
  uint64_t requests;   /* accepted */
  uint64_t checked;    /* responses that were judged; in strict mode killed requests that ended too */
  uint64_t not_judged; /* responses that nothing explained when something had been forgotten; 0 in strict mode */
  uint64_t blind;      /* of `checked`: judged when something had been forgotten, so that an illegal one may pass */
  uint64_t killed;
  uint64_t control_ops;
  uint64_t verdicts[PW_VERDICTS]; /* of responses that were judged */
  uint64_t faults[PW_RSP_FAULTS]; /* of responses, by enum pw_response_fault */
  uint64_t hits[3];               /* of responses, by enum pw_response_source */
  /* strict mode alone: */
  uint64_t exact;         /* requests that were alone, whose cycles were compared */
  uint64_t model_cycles;  /* of all checked responses: what the model charges */
  uint64_t device_cycles; /* of the same: what the device took beyond its pipeline */
  /*
   * Device minus model, of requests that were not alone: [0] less than -PW_CHECK_DIFFERENCE cycles, then each
   * difference up to PW_CHECK_DIFFERENCE, then more.
   */
  uint64_t difference[2 * PW_CHECK_DIFFERENCE + 3];
};

/* One checker. Opaque. */
struct pw_checker;

/*
 * The memory of the checker is written by PW_EVENT_WRITE and by the walks it follows. Returns 0, -PW_ENOMEM, or
 * -PW_ECONFIG for a configuration that is not valid, or that no device behind the port contract has: 64-bit paging, and
 * in strict mode a TLB on both paths.
 */
int pw_checker_create(const struct pw_config *config, const struct pw_check_options *options,
                      struct pw_checker **checker);
void pw_checker_destroy(struct pw_checker *checker);

/*
 * Takes one event. Returns its verdict: PW_VERDICT_MATCH for what is not an answer. After one that is not legal the
 * explanation stands in pw_checker_explain, and the checker takes no more events: it returns the same again.
 */
enum pw_verdict pw_checker_take(struct pw_checker *checker, const struct pw_event *event);

/* HANG when a request, or a control operation, has waited longer than the bound at `cycle`. */
enum pw_verdict pw_checker_check_hang(struct pw_checker *checker, uint64_t cycle);

/*
 * The stream is at its end: HANG when a request or a control operation is unfinished; in strict mode WRONG when a fill
 * has not come. For a device that was drained; one that was stopped anywhere is only asked pw_checker_check_hang. After
 * a MATCH more events may follow.
 */
enum pw_verdict pw_checker_finish(struct pw_checker *checker);

/* What was wrong, in lines; "" while all is well. Valid until destroyed. */
const char *pw_checker_explain(const struct pw_checker *checker);

const struct pw_check_stats *pw_checker_stats(const struct pw_checker *checker);

/* The checker's memory, to compare images with; NULL in window mode, which does not see who sets A and D. */
struct pw_physical_memory *pw_checker_memory(struct pw_checker *checker);

/* ---- strict mode alone; NULL in the others ---- */

/*
 * The record of the last translation that got a response: what the model says of it. NULL before the first. Valid until
 * the next event.
 */
const struct pw_translation *pw_checker_last(const struct pw_checker *checker);

/* The checker's memory hierarchy, for the program's own references. */
struct pw_memory_hierarchy *pw_checker_hierarchy(struct pw_checker *checker);

/* What the model adds to the event that was taken last, for pw_coverage_take. */
struct pw_check_view {
  const struct pw_translation *record; /* pw_checker_last */
  uint8_t
      in_slot; /* of a look-up: 1 when its request lives in the event's slot now, 0 when it ended with the look-up */
};

/* Returns 1, or 0 in the other modes. Valid until the next event. */
int pw_checker_view(const struct pw_checker *checker, const struct pw_event *event, struct pw_check_view *view);

#ifdef __cplusplus
}
#endif
#endif
