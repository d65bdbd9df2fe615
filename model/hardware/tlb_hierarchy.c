/* tlb_hierarchy.c: filling TLB levels, moving victims outwards, back-invalidating inwards. */
#include "tlb_hierarchy.h"

#include "record.h"
#include "seed_streams.h"

static struct pw_tlb_path make_path(const struct pw_config *config, uint32_t serves) {
  struct pw_tlb_path path = {0};
  for (uint32_t level = 1; level <= PW_MAX_TLB_UNITS; level++) {
    for (uint32_t u = 0; u < config->tlb_count; u++) {
      if (config->tlbs[u].level == level && (config->tlbs[u].serves & serves)) path.unit[path.count++] = (uint8_t)u;
    }
  }
  return path;
}

int pw_tlb_hierarchy_init(struct pw_tlb_hierarchy *hierarchy, const struct pw_config *config) {
  *hierarchy = (struct pw_tlb_hierarchy){.unit_count = config->tlb_count};
  hierarchy->path[0] = make_path(config, PW_SERVES_DATA);
  hierarchy->path[1] = make_path(config, PW_SERVES_FETCH);
  for (uint32_t u = 0; u < config->tlb_count; u++) {
    int status = pw_tlb_init(&hierarchy->units[u], &config->tlbs[u], pw_tlb_seed(config->seed, u));
    if (status) return status;
  }
  return 0;
}

void pw_tlb_hierarchy_free(struct pw_tlb_hierarchy *hierarchy) {
  for (uint32_t u = 0; u < hierarchy->unit_count; u++) pw_tlb_free(&hierarchy->units[u]);
}

void pw_tlb_hierarchy_reset(struct pw_tlb_hierarchy *hierarchy) {
  for (uint32_t u = 0; u < hierarchy->unit_count; u++) pw_tlb_reset(&hierarchy->units[u]);
}

/* An inclusive level lost a page: the levels nearer to the core lose it too, on both paths if both lead here. */
static void back_invalidate(struct pw_tlb_hierarchy *hierarchy, unsigned unit, uint64_t key) {
  for (unsigned p = 0; p < 2; p++) {
    const struct pw_tlb_path *path = &hierarchy->path[p];
    uint32_t at = 0;
    while (at < path->count && path->unit[at] != unit) at++;
    if (at == path->count) continue;
    while (at-- > 0) pw_tlb_drop_key(&hierarchy->units[path->unit[at]], key);
  }
}

/*
 * Puts an item into the level at position `at`. What it evicts moves into the next level when that is exclusive, and
 * so on; an item whose size the level does not hold goes straight on, like a victim.
 */
static void insert_at(struct pw_tlb_hierarchy *hierarchy, const struct pw_tlb_path *path, uint32_t at,
                      const struct pw_tlb_item *item, struct pw_translation *record) {
  struct pw_tlb_item victims[2]; /* the one on its way, and the one that it evicts */
  bool moved = false;
  for (; at < path->count && item->key; at++, moved = true) {
    struct pw_tlb *tlb = &hierarchy->units[path->unit[at]];
    struct pw_tlb_item *victim = &victims[item == victims];
    struct pw_tlb_place place;
    if (moved && tlb->inclusion != PW_EXCLUSIVE) return;
    if (!pw_tlb_insert(tlb, item, &place, victim)) continue;
    pw_recent_forget_key(&hierarchy->recent, item->key);
    pw_record_fill(record, (struct pw_fill){.victim_key = victim->key,
                                            .set = place.set,
                                            .way = (uint16_t)place.way,
                                            .structure = PW_TLB,
                                            .unit = path->unit[at],
                                            .array = (uint8_t)place.array,
                                            .moved = moved});
    if (victim->key && tlb->inclusion == PW_INCLUSIVE) back_invalidate(hierarchy, path->unit[at], victim->key);
    item = victim;
  }
}

void pw_tlb_fill(struct pw_tlb_hierarchy *hierarchy, const struct pw_tlb_path *path, uint32_t levels,
                 const struct pw_tlb_item *item, struct pw_translation *record) {
  for (uint32_t at = levels; at-- > 0;) {
    if (at > 0 && hierarchy->units[path->unit[at]].inclusion == PW_EXCLUSIVE) continue;
    insert_at(hierarchy, path, at, item, record);
  }
}

void pw_tlb_promote(struct pw_tlb_hierarchy *hierarchy, const struct pw_tlb_path *path, uint32_t at,
                    const struct pw_tlb_item *item, struct pw_translation *record) {
  struct pw_tlb *from = &hierarchy->units[path->unit[at]];
  bool accepted = false;
  for (uint32_t nearer = 0; nearer < at; nearer++) {
    const struct pw_tlb *tlb = &hierarchy->units[path->unit[nearer]];
    accepted |= (nearer == 0 || tlb->inclusion != PW_EXCLUSIVE) && pw_tlb_accepts(tlb, item->key);
  }
  if (!accepted) return; /* nobody nearer holds pages of this size */
  if (from->inclusion == PW_EXCLUSIVE) pw_tlb_drop_key(from, item->key);
  pw_tlb_fill(hierarchy, path, at, item, record);
}

void pw_tlb_renew(struct pw_tlb_hierarchy *hierarchy, const struct pw_tlb_path *path, const struct pw_tlb_item *item) {
  for (uint32_t at = 0; at < path->count; at++) pw_tlb_update(&hierarchy->units[path->unit[at]], *item);
  pw_recent_forget_key(&hierarchy->recent, item->key);
}

void pw_tlb_hierarchy_drop_page(struct pw_tlb_hierarchy *hierarchy, uint64_t linear_address, unsigned pcid,
                                bool globals) {
  for (uint32_t u = 0; u < hierarchy->unit_count; u++) {
    pw_tlb_drop_page(&hierarchy->units[u], linear_address, pcid, globals);
  }
}

void pw_tlb_hierarchy_drop_matching(struct pw_tlb_hierarchy *hierarchy, struct pw_key_match match) {
  for (uint32_t u = 0; u < hierarchy->unit_count; u++) pw_tlb_drop_matching(&hierarchy->units[u], match);
}
