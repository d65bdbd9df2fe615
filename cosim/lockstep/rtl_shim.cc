/*
 * rtl_shim.cc: struct rtl_api over the class that Verilator makes of the module `mmu`.
 *
 * Compiled by rtl_build.h into the shared object of one geometry, all in one unit: the compiler sees every call, and
 * there is no make, which refuses directories with spaces. Built with RTL_WAVES it can write FST files, with
 * RTL_CHECKED the registers that reset leaves alone start with random values. RTL_MUTANTS is the number of mutants that
 * the Verilog was given.
 */
#include <cstdio>

/* What the Verilog says is not part of the output of the program. */
#define VL_PRINTF(...) std::fprintf(stderr, __VA_ARGS__)

/* Verilator's run time comes first, since it specialises templates that the rest uses. */
#ifdef RTL_WAVES
#include "verilated_fst_c.cpp"
#endif
#include "verilated.cpp"
#include "verilated_threads.cpp"

#include "rtl_generated.inc" /* includes every file that Verilator has written */

#include <memory>

#include "rtl.h"

namespace {

const char parameters[] =
#include "rtl_parameters.inc"
    ;

struct Device {
  VerilatedContext context;
  std::unique_ptr<Vmmu> pins;
#ifdef RTL_WAVES
  VerilatedFstC fst;
  uint64_t time_ps = 0;
  static constexpr uint64_t half_period_ps = 500;
#endif
};

void *create() {
  auto *device = new Device;
  device->context.threads(1); /* else a context keeps an idle thread per processor */
#ifdef RTL_CHECKED
  device->context.randReset(2);
  device->context.randSeed(1);
#endif
#ifdef RTL_WAVES
  device->context.traceEverOn(true);
#endif
  device->pins = std::make_unique<Vmmu>(&device->context, "mmu");
  device->pins->eval(); /* initial blocks, and a low clock for the first edge to rise from */
  return device;
}

void destroy(void *handle) {
  auto *device = static_cast<Device *>(handle);
  /* Scopes take their leave of the context that the thread saw last, which may be of a device that is gone. */
  Verilated::threadContextp(&device->context);
  device->pins->final();
#ifdef RTL_WAVES
  if (device->fst.isOpen()) device->fst.close();
#endif
  delete device;
}

#define DRIVE_PORT(P, in)                        \
  do {                                           \
    pins.P##_req_valid_i = (in).req_valid;       \
    pins.P##_req_id_i = (in).req_id;             \
    pins.P##_req_va_i = (in).req_va;             \
    pins.P##_req_acc_i = (in).req_acc;           \
    pins.P##_req_user_i = (in).req_user;         \
    pins.P##_req_implicit_i = (in).req_implicit; \
    pins.P##_req_ac_i = (in).req_ac;             \
    pins.P##_req_stack_i = (in).req_stack;       \
    pins.P##_req_prefetch_i = (in).req_prefetch; \
    pins.P##_kill_valid_i = (in).kill_valid;     \
    pins.P##_kill_id_i = (in).kill_id;           \
    pins.P##_rsp_ready_i = (in).rsp_ready;       \
  } while (0)

void drive(Vmmu &pins, const rtl_inputs &in) {
  pins.rst_ni = in.rst_n;
  DRIVE_PORT(f, in.port[0]);
  DRIVE_PORT(d, in.port[1]);
  pins.ctl_valid_i = in.ctl_valid;
  pins.ctl_op_i = in.ctl_op;
  pins.ctl_data_i = in.ctl_data;
  pins.ctl_pcid_i = in.ctl_pcid;
  pins.wmq_ready_i = in.wmq_ready;
  pins.wmr_valid_i = in.wmr_valid;
  pins.wmr_id_i = in.wmr_id;
  pins.wmr_data_i = in.wmr_data;
  pins.wmr_ok_i = in.wmr_ok;
  pins.wmr_err_i = in.wmr_err;
}

#define SAMPLE_PORT(P, out)                           \
  do {                                                \
    (out).req_ready = pins.P##_req_ready_o;           \
    (out).rsp_valid = pins.P##_rsp_valid_o;           \
    (out).rsp_id = pins.P##_rsp_id_o;                 \
    (out).rsp_pa = pins.P##_rsp_pa_o;                 \
    (out).rsp_level = pins.P##_rsp_level_o;           \
    (out).rsp_memtype = pins.P##_rsp_memtype_o;       \
    (out).rsp_global = pins.P##_rsp_global_o;         \
    (out).rsp_fault = pins.P##_rsp_fault_o;           \
    (out).rsp_error_code = pins.P##_rsp_error_code_o; \
    (out).rsp_source = pins.P##_rsp_source_o;         \
    (out).obs_lookup = pins.P##_obs_lookup_o;         \
    (out).obs_replay = pins.P##_obs_replay_o;         \
    (out).obs_slot = pins.P##_obs_slot_o;             \
    (out).obs_hit = pins.P##_obs_hit_o;               \
    (out).obs_array = pins.P##_obs_array_o;           \
    (out).obs_way = pins.P##_obs_way_o;               \
    (out).obs_set = pins.P##_obs_set_o;               \
  } while (0)

#define SAMPLE_L2(P, out)                             \
  do {                                                \
    (out).obs_lookup = pins.P##_obs_lookup_o;         \
    (out).obs_slot = pins.P##_obs_slot_o;             \
    (out).obs_hit = pins.P##_obs_hit_o;               \
    (out).obs_array = pins.P##_obs_array_o;           \
    (out).obs_way = pins.P##_obs_way_o;               \
    (out).obs_set = pins.P##_obs_set_o;               \
    (out).obs_fill = pins.P##_obs_fill_o;             \
    (out).obs_fill_array = pins.P##_obs_fill_array_o; \
    (out).obs_fill_way = pins.P##_obs_fill_way_o;     \
    (out).obs_fill_evict = pins.P##_obs_fill_evict_o; \
    (out).obs_fill_set = pins.P##_obs_fill_set_o;     \
  } while (0)

/* The pins carry levels 2 to 5 side by side, the lowest first. */
void sample_psc_fill(const Vmmu &pins, rtl_outputs &out) {
  out.obs_psc_fill = static_cast<uint8_t>(pins.obs_psc_fill_o << 2);
  out.obs_psc_evict = static_cast<uint8_t>(pins.obs_psc_evict_o << 2);
  for (unsigned level = 2; level <= 5; level++) {
    out.obs_psc_fill_way[level] = static_cast<uint8_t>(pins.obs_psc_fill_way_o >> (6 * (level - 2)) & 0x3f);
    out.obs_psc_fill_set[level] = static_cast<uint16_t>(pins.obs_psc_fill_set_o >> (16 * (level - 2)));
  }
}

void sample_commit(const Vmmu &pins, rtl_outputs &out) {
  out.obs_walk = pins.obs_walk_o;
  out.obs_walk_slot = pins.obs_walk_slot_o;
  out.obs_walk_walker = pins.obs_walk_walker_o;
  out.obs_walk_psc_level = pins.obs_walk_psc_level_o;
  out.obs_walk_psc_way = pins.obs_walk_psc_way_o;
  out.obs_walk_psc_set = pins.obs_walk_psc_set_o;
  out.obs_commit = pins.obs_commit_o;
  out.obs_commit_slot = pins.obs_commit_slot_o;
  out.obs_commit_actions = pins.obs_commit_actions_o;
  out.obs_commit_port = pins.obs_commit_port_o;
  out.obs_l1_fill = pins.obs_l1_fill_o;
  out.obs_l1_fill_array = pins.obs_l1_fill_array_o;
  out.obs_l1_fill_way = pins.obs_l1_fill_way_o;
  out.obs_l1_fill_evict = pins.obs_l1_fill_evict_o;
  out.obs_l1_fill_set = pins.obs_l1_fill_set_o;
  sample_psc_fill(pins, out);
  out.obs_inval = pins.obs_inval_o;
}

void sample(const Vmmu &pins, rtl_outputs &out) {
  SAMPLE_PORT(f, out.port[0]);
  SAMPLE_PORT(d, out.port[1]);
  SAMPLE_L2(l2, out.l2[0]);
  SAMPLE_L2(l2i, out.l2[1]);
  out.ctl_ready = pins.ctl_ready_o;
  out.ctl_done = pins.ctl_done_o;
  out.wmq_valid = pins.wmq_valid_o;
  out.wmq_id = pins.wmq_id_o;
  out.wmq_addr = static_cast<uint64_t>(pins.wmq_addr_o) << 3; /* the pins are bits 51:3 */
  out.wmq_op = pins.wmq_op_o;
  out.wmq_expected = pins.wmq_expected_o;
  out.wmq_new = pins.wmq_new_o;
  out.wmq_pwt = pins.wmq_pwt_o;
  out.wmq_pcd = pins.wmq_pcd_o;
  out.wmr_ready = pins.wmr_ready_o;
  out.idle = pins.idle_o;
  sample_commit(pins, out);
  for (unsigned i = 0; i < 8; i++) out.perf[i] = pins.perf_o[i];
}

/* Half a period of the clock pin, and what follows from it. */
void half_clock(Device &device, uint8_t level) {
  device.pins->clk_i = level;
  device.pins->eval();
#ifdef RTL_WAVES
  if (device.fst.isOpen()) device.fst.dump(device.time_ps);
  device.time_ps += Device::half_period_ps;
#endif
}

/*
 * Lets the clock fall. No register minds, so that what matters is that the next eval sees a rising edge: where the
 * clock that it remembers can be reached, under the name that Verilator 5.006 gives it, that saves a fifth of the time.
 */
template <class Root>
auto fall(Device &, Root &root, int) -> decltype(root.__Vtrigrprev__TOP__clk_i, void()) {
  root.__Vtrigrprev__TOP__clk_i = 0;
}
template <class Root>
void fall(Device &device, Root &, long) {
  half_clock(device, 0);
}

/*
 * The rising edge finds the inputs set: an eval settles what follows from its inputs before it looks for edges. Waves
 * show them from the falling edge on.
 */
void clock(void *handle, const rtl_inputs *inputs, rtl_outputs *outputs) {
  auto &device = *static_cast<Device *>(handle);
  drive(*device.pins, *inputs);
#ifdef RTL_WAVES
  half_clock(device, 0);
#else
  fall(device, *device.pins->rootp, 0);
#endif
  half_clock(device, 1);
  sample(*device.pins, *outputs);
}

int trace(void *handle, const char *path) {
#ifdef RTL_WAVES
  auto &device = *static_cast<Device *>(handle);
  if (device.fst.isOpen()) return -1;
  device.fst.set_time_unit("1ns"); /* else those of the thread's own context, which is not the device's */
  device.fst.set_time_resolution("1ps");
  device.pins->trace(&device.fst, 99);
  device.fst.open(path);
  return device.fst.isOpen() ? 0 : -1;
#else
  (void)handle, (void)path;
  return -1;
#endif
}

#ifndef RTL_MUTANTS
#define RTL_MUTANTS 0
#endif

/* A build for mutation has the input mutsel besides the pins of rtl/mmu.sv. */
void mutate(void *handle, uint32_t mutant) {
#if RTL_MUTANTS
  static_cast<Device *>(handle)->pins->mutsel = mutant;
#else
  (void)handle, (void)mutant;
#endif
}

} // namespace

extern "C" {
/* The only symbol that the shared object shows. */
__attribute__((visibility("default"))) extern const struct rtl_api rtl_api;
const struct rtl_api rtl_api = {RTL_ABI, parameters, create, destroy, clock, trace, RTL_MUTANTS, mutate};
}
