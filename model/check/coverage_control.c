/* coverage_control.c: control operations, and what they leave to be invalidated last. */
#include <pagewalk/mmu.h>

#include "coverage_state.h"

/* ---- registers ---- */

unsigned pw_cover_pcid(const struct pw_coverage *c) {
  return c->device.now.cr4 & PW_CR4_PCIDE ? (unsigned)(c->device.now.cr3 & 0xfff) : 0;
}

static unsigned kind_of_cr0(const struct pw_coverage *c, uint64_t data) {
  if (!((c->device.now.cr0 ^ data) & PW_CR0_PG)) return PW_COVER_CR0_OTHER;
  return data & PW_CR0_PG ? PW_COVER_PG_ON : PW_COVER_PG_OFF;
}

static unsigned kind_of_cr4(const struct pw_coverage *c, uint64_t data) {
  uint64_t changed = c->device.now.cr4 ^ data;
  if (changed & PW_CR4_PGE) return PW_COVER_PGE;
  if (changed & PW_CR4_PCIDE) return data & PW_CR4_PCIDE ? PW_COVER_PCIDE_ON : PW_COVER_PCIDE_OFF;
  return (changed & PW_CR4_SMEP) && (data & PW_CR4_SMEP) ? PW_COVER_SMEP_ON : PW_COVER_CR4_OTHER;
}

static unsigned kind_of_control(const struct pw_coverage *c, const struct pw_event *event) {
  uint64_t data = event->u.control.data;
  unsigned op = event->u.control.op;
  switch (op) {
    case PW_CTL_CR3:
      return (c->device.now.cr4 & PW_CR4_PCIDE) && (data & PW_CR3_NO_FLUSH) ? PW_COVER_CR3_KEEP : PW_COVER_CR3_FLUSH;
    case PW_CTL_CR0: return kind_of_cr0(c, data);
    case PW_CTL_CR4: return kind_of_cr4(c, data);
    case PW_CTL_EFER: return PW_COVER_EFER;
    case PW_CTL_PKRU: return PW_COVER_PKRU;
    case PW_CTL_INVLPG: return PW_COVER_INVLPG;
    default: return op < PW_CTL_OPS ? PW_COVER_INVPCID_0 + op - PW_CTL_INVPCID_ADDRESS : PW_COVER_CR0_OTHER;
  }
}

static void set_registers(struct pw_coverage *c, const struct pw_event *event) {
  uint64_t data = event->u.control.data;
  switch (event->u.control.op) {
    case PW_CTL_CR3: c->device.now.cr3 = data; break;
    case PW_CTL_CR0: c->device.now.cr0 = data; break;
    case PW_CTL_CR4: c->device.now.cr4 = data; break;
    default: break;
  }
}

/* ---- the last invalidation ---- */

/* An operation that names a page is remembered apart: what comes after it for other pages does not hide it. */
static void aim_at_page(struct pw_coverage *c, uint64_t address, unsigned pcid, bool invlpg) {
  c->device.aimed[c->device.aims % PW_COVER_AIMS] = (struct pw_cover_aim){
      .number = ++c->device.operations, .address = address, .pcid = (uint16_t)pcid, .invlpg = invlpg};
  c->device.aims++;
}

static void aim_at_all(struct pw_coverage *c, unsigned since, unsigned pcid) {
  c->device.now.since = (uint8_t)since;
  c->device.now.since_pcid = (uint16_t)pcid;
  c->device.now.since_number = ++c->device.operations;
}

static void note_invalidation(struct pw_coverage *c, unsigned kind, const struct pw_event *event) {
  static const uint8_t since[PW_COVER_CONTROLS] = {[PW_COVER_CR3_FLUSH] = PW_COVER_SINCE_CR3,
                                                   [PW_COVER_CR3_KEEP] = PW_COVER_SINCE_CR3_KEEP,
                                                   [PW_COVER_PG_OFF] = PW_COVER_SINCE_PG,
                                                   [PW_COVER_PGE] = PW_COVER_SINCE_PGE,
                                                   [PW_COVER_PCIDE_OFF] = PW_COVER_SINCE_PCIDE,
                                                   [PW_COVER_SMEP_ON] = PW_COVER_SINCE_SMEP,
                                                   [PW_COVER_INVPCID_0 + 1] = PW_COVER_SINCE_CONTEXT,
                                                   [PW_COVER_INVPCID_0 + 2] = PW_COVER_SINCE_ALL,
                                                   [PW_COVER_INVPCID_0 + 3] = PW_COVER_SINCE_ALL_BUT_GLOBALS};
  if (kind == PW_COVER_INVLPG) {
    aim_at_page(c, event->u.control.data, pw_cover_pcid(c), true);
  } else if (kind == PW_COVER_INVPCID_0) {
    aim_at_page(c, event->u.control.data, event->u.control.pcid, false);
  } else if (since[kind]) {
    aim_at_all(c, since[kind], event->u.control.pcid);
  } else if (kind == PW_COVER_PG_ON && !c->device.paged_before) {
    aim_at_all(c, PW_COVER_SINCE_NONE, 0); /* what came before found nothing cached */
  }
  if (kind == PW_COVER_PG_ON) c->device.paged_before = true;
}

/* ---- control operations ---- */

static void count_control(struct pw_coverage *c, unsigned kind) {
  if (!c->device.busy) COUNT(c, PW_COVER_CONTROL, (uint8_t)kind, PW_COVER_IDLE);
  for (unsigned w = 0; c->device.busy && w < PW_CHECK_WALKERS; w++) {
    unsigned state = c->device.walker[w].state;
    if (state != PW_COVER_IDLE) COUNT(c, PW_COVER_CONTROL, (uint8_t)kind, (uint8_t)state);
  }
}

void pw_cover_take_control(struct pw_coverage *c, const struct pw_event *event) {
  unsigned kind = kind_of_control(c, event);
  count_control(c, kind);
  note_invalidation(c, kind, event);
  set_registers(c, event);
  c->device.context++;
}
