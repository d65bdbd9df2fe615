/*
 * rtl.h: a Verilated MMU as plain C: its pins as two structs, and one call per clock.
 *
 * A geometry is one shared object, built by rtl_build.h; this is the only interface between it and the programs, so
 * that they link no Verilator.
 */
#ifndef PAGEWALK_COSIM_RTL_H
#define PAGEWALK_COSIM_RTL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTL_ABI 2
#define RTL_PORTS 2 /* 0 fetch (f_ pins), 1 data (d_ pins) */
#define RTL_L2 2    /* 0: l2_, serves data or everything; 1: l2i_, serves fetches when the level is split */

struct rtl_port_inputs {
  uint64_t req_va;
  uint8_t req_valid;
  uint8_t req_id;
  uint8_t req_acc;
  uint8_t req_user;
  uint8_t req_implicit;
  uint8_t req_ac;
  uint8_t req_stack;
  uint8_t req_prefetch;
  uint8_t kill_valid;
  uint8_t kill_id;
  uint8_t rsp_ready;
};

/* What is driven during one clock. */
struct rtl_inputs {
  struct rtl_port_inputs port[RTL_PORTS];
  uint64_t ctl_data;
  uint64_t wmr_data;
  uint16_t ctl_pcid;
  uint8_t rst_n;
  uint8_t ctl_valid;
  uint8_t ctl_op;
  uint8_t wmq_ready;
  uint8_t wmr_valid;
  uint8_t wmr_id;
  uint8_t wmr_ok;
  uint8_t wmr_err;
};

struct rtl_port_outputs {
  uint64_t rsp_pa;
  uint16_t rsp_error_code;
  uint8_t req_ready;
  uint8_t rsp_valid;
  uint8_t rsp_id;
  uint8_t rsp_level;
  uint8_t rsp_memtype;
  uint8_t rsp_global;
  uint8_t rsp_fault;
  uint8_t rsp_source;
  /* observation of the clock before: a first-level look-up */
  uint8_t obs_lookup;
  uint8_t obs_replay;
  uint8_t obs_slot;
  uint8_t obs_hit;
  uint8_t obs_array;
  uint8_t obs_way;
  uint16_t obs_set;
};

struct rtl_l2_outputs {
  /* observation of the clock before: a second-level look-up ended; an entry was filled */
  uint8_t obs_lookup;
  uint8_t obs_slot;
  uint8_t obs_hit;
  uint8_t obs_array;
  uint8_t obs_way;
  uint16_t obs_set;
  uint8_t obs_fill;
  uint8_t obs_fill_array;
  uint8_t obs_fill_way;
  uint8_t obs_fill_evict;
  uint16_t obs_fill_set;
};

/* What the device shows after the clock edge: outputs for the next clock, observations of the one that ended. */
struct rtl_outputs {
  struct rtl_port_outputs port[RTL_PORTS];
  struct rtl_l2_outputs l2[RTL_L2];
  uint64_t wmq_addr; /* whole byte address */
  uint64_t wmq_expected;
  uint64_t wmq_new;
  uint8_t ctl_ready;
  uint8_t ctl_done;
  uint8_t wmq_valid;
  uint8_t wmq_id;
  uint8_t wmq_op;
  uint8_t wmq_pwt;
  uint8_t wmq_pcd;
  uint8_t wmr_ready;
  uint8_t idle;
  /* observation: a walk, or another attempt of one, starts */
  uint8_t obs_walk;
  uint8_t obs_walk_slot;
  uint8_t obs_walk_walker;
  uint8_t obs_walk_psc_level;
  uint8_t obs_walk_psc_way;
  uint16_t obs_walk_psc_set;
  /* observation: a commit, and what it filled at once */
  uint8_t obs_commit;
  uint8_t obs_commit_slot;
  uint8_t obs_commit_actions; /* enum pw_commit_action */
  uint8_t obs_commit_port;
  uint8_t obs_l1_fill;
  uint8_t obs_l1_fill_array;
  uint8_t obs_l1_fill_way;
  uint8_t obs_l1_fill_evict;
  uint16_t obs_l1_fill_set;
  uint8_t obs_psc_fill;        /* bit L: the cache of level-L entries was filled, 2..5 */
  uint8_t obs_psc_evict;       /* bit L: and another key was there */
  uint8_t obs_psc_fill_way[6]; /* by level */
  uint16_t obs_psc_fill_set[6];
  uint8_t obs_inval; /* observation: an invalidation took effect */
  uint32_t perf[8];  /* counters, docs/rtl.md */
};

/* What a shared object exports as the symbol `rtl_api`. */
struct rtl_api {
  uint32_t abi;           /* RTL_ABI */
  const char *parameters; /* the text of `pagewalk config rtl-params`, one NAME=VALUE per line; "" or NULL: not told */
  void *(*create)(void);
  void (*destroy)(void *device);
  /* One clock: drives the inputs, gives a rising edge, samples the outputs. */
  void (*clock)(void *device, const struct rtl_inputs *inputs, struct rtl_outputs *outputs);
  /* Starts an FST file, if built with waves; returns 0, or -1 when it was not. */
  int (*trace)(void *device, const char *path);
  uint32_t mutants; /* broken, or legally different, devices that it can be in place of itself; 0 in a plain build */
  /* The device is mutant 1..mutants, or with 0 itself, after a reset of two clocks or more that is to follow. */
  void (*mutate)(void *device, uint32_t mutant);
};

#ifdef __cplusplus
}
#endif
#endif
