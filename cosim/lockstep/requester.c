/* requester.c: what a caller would do who waits for each answer. */
#include "requester.h"

bool request_access(struct bench *bench, const struct pw_access *access) {
  unsigned p = access->kind == PW_FETCH ? 0 : 1;
  uint64_t before = bench->response_count[p];
  struct operation operation = {.kind = OP_ACCESS,
                                .address = access->linear_address,
                                .what = access->kind,
                                .flags = (uint8_t)(access->flags | (access->cpl == 3 ? OP_USER : 0))};
  port_queue(&bench->port[p], &operation);
  while (bench->response_count[p] == before) {
    if (!bench_clock(bench)) return false;
  }
  return true;
}

bool request_control(struct bench *bench, unsigned op, uint64_t data, unsigned pcid) {
  bench_control(bench, op, data, pcid);
  while (bench->control_offered || bench->control_pending) {
    if (!bench_clock(bench)) return false;
  }
  return true;
}

/* PCIDE comes last but one: it needs paging, and CR3[11:0] = 0 while it is set. */
bool request_registers(struct bench *bench, const struct pw_control *control) {
  bool pcide = (control->cr4 & PW_CR4_PCIDE) != 0;
  uint64_t first_cr3 = pcide ? control->cr3 & ~UINT64_C(0xfff) : control->cr3;
  return request_control(bench, PW_CTL_EFER, control->efer, 0) &&
         request_control(bench, PW_CTL_CR4, control->cr4 & ~PW_CR4_PCIDE, 0) &&
         request_control(bench, PW_CTL_CR3, first_cr3, 0) && request_control(bench, PW_CTL_CR0, control->cr0, 0) &&
         request_control(bench, PW_CTL_PKRU, control->pkru, 0) &&
         (!pcide ||
          (request_control(bench, PW_CTL_CR4, control->cr4, 0) && request_control(bench, PW_CTL_CR3, control->cr3, 0)));
}
