/* recent_hits.c: keeping and forgetting first-level hits. */
#include "recent_hits.h"

static bool is_plain_hit(const struct pw_translation *t) {
  return t->outcome == PW_MAPPED && t->hit_level == 1 && !t->walked;
}

void pw_recent_keep(struct pw_recent_hits *recent, struct pw_tlb *tlb, const struct pw_access *access, unsigned pcid,
                    const struct pw_translation *t) {
  unsigned index = pw_recent_index(access->linear_address, access->kind);
  struct pw_set_assoc *assoc = &tlb->arrays[t->hit_array].assoc;
  struct pw_recent_hit *hit = &recent->hits[index];
  struct pw_translation answer;
  if (!is_plain_hit(t)) return;
  recent->tags[index] = pw_recent_tag(access->linear_address, pcid);
  hit->key_at = &assoc->keys[pw_set_assoc_slot(assoc, t->hit_set, t->hit_way)];
  hit->key = *hit->key_at;
  hit->replacement = &assoc->replacement;
  hit->set = t->hit_set;
  hit->way = t->hit_way;
  hit->rights = pw_recent_rights(access);
  memcpy(&answer, t, sizeof hit->answer);
  answer.physical_address &= ~(uint64_t)(PW_SMALL_PAGE_BYTES - 1);
  memcpy(hit->answer, &answer, sizeof hit->answer);
}

void pw_recent_forget_key(struct pw_recent_hits *recent, uint64_t key) {
  if (pw_key_class(key) != PW_KEY_4K) {
    pw_recent_forget_all(recent);
    return;
  }
  for (unsigned kind = 0; kind < PW_RECENT_KINDS; kind++) {
    recent->tags[pw_recent_index(pw_key_region_of(key) << PW_SMALL_PAGE_SHIFT, kind)] = 0;
  }
}

void pw_recent_forget_all(struct pw_recent_hits *recent) { memset(recent->tags, 0, sizeof recent->tags); }
