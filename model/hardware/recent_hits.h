/*
 * recent_hits.h: first-level hits answered again: a host shortcut with no modelled counterpart.
 *
 * The general path's answer to a plain first-level hit is kept, by kind of access and 4 KB page, and replayed for the
 * next such access to that page, as long as what it depended on is as it was:
 *   - the way that hit still holds the same key: looked at every time, so that evictions and invalidations show;
 *   - nothing has come in that a look-up would find earlier, and the entry was not renewed: whoever does that forgets;
 *   - the control registers are the same: a change forgets everything;
 *   - privilege and flags of the access are the same, so that it is legal and has the same rights.
 */
#ifndef PAGEWALK_HARDWARE_RECENT_HITS_H
#define PAGEWALK_HARDWARE_RECENT_HITS_H

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "tlb.h"

#define PW_RECENT_KINDS 4  /* of accesses: any two bits */
#define PW_RECENT_PAGES 64 /* kept of each, by the low bits of the page number */
/* Gives an address that is never canonical, so never kept, the tag 0 of an empty place: its bits 63 and 62 differ. */
#define PW_RECENT_FLIP (UINT64_C(1) << 62)

struct pw_recent_hit {
  uint64_t key;
  const uint64_t *key_at;             /* the key that hit, in its array */
  struct pw_replacement *replacement; /* of that array */
  uint32_t set;
  uint32_t way;
  uint32_t rights; /* pw_recent_rights of the access that was answered */
  /*
   * The record up to its steps; the physical address is that of the 4 KB page. The alignment makes the whole 128
   * bytes, so that an index is a shift.
   */
  unsigned char answer[offsetof(struct pw_translation, steps)] __attribute__((aligned(16)));
};

struct pw_recent_hits {
  /* 4 KB page address, PCID in its low 12 bits, flipped; 0 is empty. */
  uint64_t tags[PW_RECENT_KINDS * PW_RECENT_PAGES];
  struct pw_recent_hit hits[PW_RECENT_KINDS * PW_RECENT_PAGES];
};

/* Everything about an access but its place: kind, CPL and flags, in whatever order the host has them. */
static inline uint32_t pw_recent_rights(const struct pw_access *access) {
  uint32_t rights;
  static_assert(offsetof(struct pw_access, kind) + sizeof rights == sizeof *access, "the last four bytes");
  memcpy(&rights, (const char *)access + offsetof(struct pw_access, kind), sizeof rights);
  return rights;
}

static inline unsigned pw_recent_index(uint64_t linear_address, unsigned kind) {
  unsigned page = (unsigned)(linear_address >> PW_SMALL_PAGE_SHIFT) & (PW_RECENT_PAGES - 1);
  return (kind & (PW_RECENT_KINDS - 1)) * PW_RECENT_PAGES + page;
}

static inline uint64_t pw_recent_tag(uint64_t linear_address, unsigned pcid) {
  return ((linear_address & ~(uint64_t)(PW_SMALL_PAGE_BYTES - 1)) | pcid) ^ PW_RECENT_FLIP;
}

/* Answers the access and touches the entry's replacement state; false, and nothing done, when it cannot. */
static inline bool pw_recent_replay(const struct pw_recent_hits *recent, const struct pw_access *access, unsigned pcid,
                                    struct pw_translation *t) {
  uint64_t offset = access->linear_address & (PW_SMALL_PAGE_BYTES - 1);
  unsigned index = pw_recent_index(access->linear_address, access->kind);
  const struct pw_recent_hit *hit = &recent->hits[index];
  uint64_t tag = pw_recent_tag(access->linear_address, pcid);
  if (recent->tags[index] != tag || !tag) return false;
  if (*hit->key_at != hit->key || hit->rights != pw_recent_rights(access)) return false;
  if (offset + access->size_bytes > PW_SMALL_PAGE_BYTES) return false;
  pw_replacement_hit(hit->replacement, hit->set, hit->way);
  memcpy(t, hit->answer, sizeof hit->answer);
  t->linear_address = access->linear_address;
  t->physical_address |= offset;
  return true;
}

/* Keeps the answer to an access, if it was a plain first-level hit in this TLB. */
void pw_recent_keep(struct pw_recent_hits *recent, struct pw_tlb *tlb, const struct pw_access *access, unsigned pcid,
                    const struct pw_translation *t);

/* Forgets what an entry with this key may overrule or change. */
void pw_recent_forget_key(struct pw_recent_hits *recent, uint64_t key);
void pw_recent_forget_all(struct pw_recent_hits *recent);

#endif
