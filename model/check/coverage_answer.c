/* coverage_answer.c: which bins an answered request is counted in, by the record that the golden model made of it. */
#include <pagewalk/mmu.h>

#include "coverage_state.h"

/* ---- the last invalidation ---- */

/* The latest operation that named the page of a mapped request, before it was accepted; or NULL. */
static const struct pw_cover_aim *aim_at(const struct pw_coverage *c, const struct pw_cover_request *request,
                                         const struct pw_translation *record) {
  uint64_t oldest = c->device.aims > PW_COVER_AIMS ? c->device.aims - PW_COVER_AIMS : 0;
  for (uint64_t i = c->device.aims; i-- > oldest;) {
    const struct pw_cover_aim *aim = &c->device.aimed[i % PW_COVER_AIMS];
    if (aim->number <= request->at.since_number) return NULL;
    if (aim->number > request->operations) continue;
    if ((aim->address ^ record->linear_address) >> record->page_shift == 0) return aim;
  }
  return NULL;
}

static unsigned since_of(const struct pw_coverage *c, const struct pw_cover_request *request,
                         const struct pw_translation *record) {
  const struct pw_cover_aim *aim = aim_at(c, request, record);
  if (aim && aim->invlpg) return PW_COVER_SINCE_INVLPG;
  if (aim) return aim->pcid == request->pcid ? PW_COVER_SINCE_ADDRESS : PW_COVER_SINCE_ADDRESS_ELSEWHERE;
  bool elsewhere = request->at.since == PW_COVER_SINCE_CONTEXT && request->at.since_pcid != request->pcid;
  return elsewhere ? PW_COVER_SINCE_CONTEXT_ELSEWHERE : request->at.since;
}

/* ---- the answer ---- */

static unsigned privilege_of(const struct pw_cover_request *request) {
  if (request->flags & PW_IMPLICIT) return PW_COVER_IMPLICIT;
  return request->cpl == 3 ? PW_COVER_USER : PW_COVER_SUPERVISOR;
}

/* Of several rights that deny the access, the first: what is counted as a later one is denied by that alone. */
static unsigned denied_by(const struct pw_cover_request *request, const struct pw_translation *t) {
  uint32_t page = t->attributes;
  bool user = privilege_of(request) == PW_COVER_USER;
  bool user_page = (page & PW_ATTR_USER) != 0;
  bool ac = request->flags & PW_AC && !(request->flags & PW_IMPLICIT);
  if (user && !user_page) return PW_COVER_USER_DENIED;
  if (request->kind == PW_FETCH) {
    bool smep = !user && user_page && (request->at.cr4 & PW_CR4_SMEP);
    return smep ? PW_COVER_SMEP : PW_COVER_NO_EXECUTE;
  }
  if (!user && user_page && (request->at.cr4 & PW_CR4_SMAP) && !ac) return PW_COVER_SMAP;
  bool checked = user || (request->at.cr0 & PW_CR0_WP);
  if (request->kind == PW_WRITE && checked && !(page & PW_ATTR_WRITE)) return PW_COVER_WRITE_DENIED;
  return PW_COVER_PROTECTION_KEY;
}

static unsigned cause_of(const struct pw_cover_request *request, const struct pw_translation *t) {
  static const uint8_t cause[PW_OUTCOMES] = {[PW_MAPPED] = PW_COVER_MAPPED,
                                             [PW_GENERAL_PROTECTION] = PW_COVER_GENERAL_PROTECTION,
                                             [PW_STACK_FAULT] = PW_COVER_STACK_FAULT,
                                             [PW_BUS_ERROR] = PW_COVER_BUS_ERROR,
                                             [PW_DROPPED] = PW_COVER_DROPPED};
  if (t->outcome != PW_PAGE_FAULT) return cause[t->outcome];
  if (!(t->error_code & PW_ERROR_P)) return PW_COVER_NOT_PRESENT;
  return t->error_code & PW_ERROR_RSVD ? PW_COVER_RESERVED : denied_by(request, t);
}

static unsigned size_of_shift(unsigned shift) {
  return shift >= 30 ? PW_COVER_1G : shift >= 21 ? PW_COVER_2M : PW_COVER_4K;
}

/* Of the page that was mapped or whose rights denied the access. */
static unsigned size_of(const struct pw_translation *t, unsigned cause) {
  bool unpaged = !t->looked_up && !t->walked;
  if (cause == PW_COVER_MAPPED) return unpaged ? PW_COVER_NO_SIZE : size_of_shift(t->page_shift);
  if (cause < PW_COVER_USER_DENIED || cause > PW_COVER_PROTECTION_KEY) return PW_COVER_NO_SIZE;
  return size_of_shift((t->attributes & PW_ATTR_PAGE_SHIFT_MASK) >> PW_ATTR_PAGE_SHIFT_SHIFT);
}

static unsigned level_of(const struct pw_translation *t) {
  if (t->walked) return PW_COVER_FROM_WALK;
  return t->hit_level > 1 ? PW_COVER_FROM_L2 : PW_COVER_FROM_L1;
}

static void count_walk(struct pw_coverage *c, const struct pw_cover_request *request, const struct pw_translation *t,
                       unsigned size) {
  static const uint8_t ends[PW_OUTCOMES] = {[PW_PAGE_FAULT] = PW_COVER_END_FAULT,
                                            [PW_BUS_ERROR] = PW_COVER_END_BUS_ERROR,
                                            [PW_DROPPED] = PW_COVER_END_DROPPED};
  bool mapped = t->outcome == PW_MAPPED;
  unsigned attempts = t->attempts < 3 ? t->attempts : 3;
  COUNT(c, PW_COVER_WALK_CACHE, (uint8_t)(t->psc_level ? t->psc_level - 1 : 0), (uint8_t)(mapped ? size : 0));
  COUNT(c, PW_COVER_ATTEMPTS, (uint8_t)(attempts - 1), ends[t->outcome]);
  if (t->dirty_walk && mapped && !request->outdated) {
    COUNT(c, PW_COVER_DIRTY_WALK, t->hit_level > 1, (uint8_t)(size - PW_COVER_4K), request->changed);
  }
}

static void count_reuse(struct pw_coverage *c, const struct pw_cover_request *request, const struct pw_translation *t,
                        unsigned size) {
  unsigned space = request->pcid ? PW_COVER_OTHER_PCID : PW_COVER_PCID_0;
  if (t->attributes & PW_ATTR_GLOBAL) space = PW_COVER_GLOBAL;
  COUNT(c, PW_COVER_REUSE, (uint8_t)level_of(t), (uint8_t)(size - PW_COVER_4K), (uint8_t)space,
        (uint8_t)since_of(c, request, t));
}

void pw_cover_answer(struct pw_coverage *c, const struct pw_cover_request *request, const struct pw_translation *t) {
  unsigned cause = cause_of(request, t);
  unsigned size = size_of(t, cause);
  unsigned from = !t->walked && request->replayed ? PW_COVER_FROM_REPLAY : level_of(t);
  unsigned kind = request->flags & PW_PREFETCH ? PW_COVER_PREFETCH : request->kind;
  COUNT(c, PW_COVER_ACCESS, (uint8_t)size, (uint8_t)kind, (uint8_t)privilege_of(request), (uint8_t)cause,
        (uint8_t)from);
  if (cause == PW_COVER_MAPPED && size) count_reuse(c, request, t, size);
  if (t->walked) count_walk(c, request, t, size);
}
