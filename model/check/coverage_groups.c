/* coverage_groups.c: the table of coverage groups, and which of their bins a machine cannot have. */
#include "coverage_groups.h"

#include <stddef.h>
#include <stdio.h>

#define PORT_IDS 16 /* of the port contract */

/* ---- what a machine has ---- */

static unsigned shift_of(unsigned size) { return size == PW_COVER_4K ? 12 : size == PW_COVER_2M ? 21 : 30; }

static unsigned levels_of(const struct pw_config *config) { return config->mode == PW_MODE_5LEVEL ? 5 : 4; }

static bool array_holds(const struct pw_tlb_array_config *array, unsigned shift) {
  for (uint32_t i = 0; i < array->page_count; i++) {
    if (array->page_shifts[i] == shift) return true;
  }
  return false;
}

/* Does the second level on the path of fetches, or of data, hold pages of the size? */
static bool l2_holds(const struct pw_config *config, bool fetch, unsigned size) {
  for (uint32_t u = 0; u < config->tlb_count; u++) {
    const struct pw_tlb_config *tlb = &config->tlbs[u];
    if (tlb->level != 2 || !(tlb->serves & (fetch ? PW_SERVES_FETCH : PW_SERVES_DATA))) continue;
    for (uint32_t a = 0; a < tlb->array_count; a++) {
      if (array_holds(&tlb->arrays[a], shift_of(size))) return true;
    }
  }
  return false;
}

/* Does one second level hold what walks of both ports find? */
static bool l2_is_shared(const struct pw_config *config) {
  for (uint32_t u = 0; u < config->tlb_count; u++) {
    if (config->tlbs[u].level == 2 && config->tlbs[u].serves == PW_SERVES_BOTH) return true;
  }
  return false;
}

static unsigned arrays_of(const struct pw_config *config, unsigned level, uint32_t serves) {
  for (uint32_t u = 0; u < config->tlb_count; u++) {
    if (config->tlbs[u].level == level && (config->tlbs[u].serves & serves)) return config->tlbs[u].array_count;
  }
  return 0;
}

static const char no_1g[] = "the machine has no 1 GB pages";
static const char not_in_l2[] = "the second level does not hold pages of this size";
static const char no_pml5e[] = "4-level paging has no PML5E";

/* ---- access ---- */

static const char *access_kind_cannot(const uint8_t *v) {
  unsigned kind = v[1], privilege = v[2], cause = v[3];
  bool fetch = kind == PW_COVER_FETCH;
  if (fetch && privilege == PW_COVER_IMPLICIT) return "implicit accesses are of data";
  if (kind == PW_COVER_PREFETCH && cause != PW_COVER_MAPPED && cause != PW_COVER_BUS_ERROR && cause != PW_COVER_DROPPED)
    return "a prefetch is dropped where another access faults";
  switch (cause) {
    case PW_COVER_DROPPED: return kind == PW_COVER_PREFETCH ? NULL : "only prefetches are dropped";
    case PW_COVER_USER_DENIED: return privilege == PW_COVER_USER ? NULL : "U/S = 0 denies user-mode accesses only";
    case PW_COVER_WRITE_DENIED: return kind == PW_COVER_WRITE ? NULL : "R/W = 0 denies writes only";
    case PW_COVER_NO_EXECUTE: return fetch ? NULL : "XD denies fetches only";
    case PW_COVER_SMEP: return fetch && privilege != PW_COVER_USER ? NULL : "SMEP denies supervisor fetches only";
    case PW_COVER_SMAP:
      return !fetch && privilege != PW_COVER_USER ? NULL : "SMAP denies supervisor accesses of data only";
    case PW_COVER_PROTECTION_KEY: return fetch ? "protection keys do not deny fetches" : NULL;
    case PW_COVER_STACK_FAULT: return fetch ? "a fetch is no stack reference" : NULL;
    default: return NULL;
  }
}

/* The size of the page is known of what was mapped and of what rights denied. */
static const char *access_size_cannot(const uint8_t *v) {
  unsigned size = v[0], cause = v[3], from = v[4];
  bool by_rights = cause >= PW_COVER_USER_DENIED && cause <= PW_COVER_PROTECTION_KEY;
  if (size != PW_COVER_NO_SIZE) return by_rights || cause == PW_COVER_MAPPED ? NULL : "no page was found";
  if (by_rights) return "rights are those of a page";
  if (cause == PW_COVER_MAPPED && from != PW_COVER_FROM_L1) return "with paging off nothing is looked up or walked";
  return NULL;
}

static const char *access_from_cannot(const struct pw_config *config, const uint8_t *v) {
  unsigned size = v[0], cause = v[3], from = v[4];
  bool fetch = v[1] == PW_COVER_FETCH;
  switch (cause) {
    case PW_COVER_NOT_PRESENT:
    case PW_COVER_RESERVED:
    case PW_COVER_BUS_ERROR: return from == PW_COVER_FROM_WALK ? NULL : "only a walk finds it";
    case PW_COVER_GENERAL_PROTECTION:
    case PW_COVER_STACK_FAULT: return from == PW_COVER_FROM_L1 ? NULL : "is found before anything is looked up";
    default: break;
  }
  if (size == PW_COVER_NO_SIZE || l2_holds(config, fetch, size)) return NULL;
  if (from == PW_COVER_FROM_L2) return not_in_l2;
  if (from == PW_COVER_FROM_REPLAY && config->miss_slots == 1)
    return "a port with one slot waits for walks of the other port only, which fill the other first level";
  return NULL;
}

/*
 * A first level holds pages by walks of its own port, which were allowed, and by hits in the second level. So rights
 * that deny every access of a port keep a page out of its first level, unless the second level brings it.
 */
static const char *access_first_level_cannot(const struct pw_config *config, const uint8_t *v) {
  unsigned size = v[0], kind = v[1], cause = v[3], from = v[4];
  bool fetch = kind == PW_COVER_FETCH;
  if (size == PW_COVER_NO_SIZE || (l2_holds(config, fetch, size) && l2_is_shared(config))) return NULL;
  if (cause == PW_COVER_NO_EXECUTE && from != PW_COVER_FROM_WALK)
    return "a fetch TLB gets pages of this size from fetches alone, which XD denied";
  if (cause == PW_COVER_PROTECTION_KEY && kind == PW_COVER_READ && from == PW_COVER_FROM_REPLAY)
    return "a data TLB gets pages of this size from accesses of data alone, which the key denied just as well";
  return NULL;
}

static const char *access_cannot(const struct pw_config *config, const uint8_t *v) {
  const char *reason = NULL;
  if (v[0] == PW_COVER_1G && !config->pages_1gb) return no_1g;
  if (v[3] == PW_COVER_PROTECTION_KEY && !config->pke) return "the machine has no protection keys";
  if (!reason) reason = access_kind_cannot(v);
  if (!reason) reason = access_size_cannot(v);
  if (!reason) reason = access_from_cannot(config, v);
  if (!reason) reason = access_first_level_cannot(config, v);
  return reason;
}

/* ---- what is reused ---- */

static const char *reuse_cannot(const struct pw_config *config, const uint8_t *v) {
  unsigned size = v[1] + PW_COVER_4K, since = v[3];
  if (size == PW_COVER_1G && !config->pages_1gb) return no_1g;
  if (v[0] == PW_COVER_FROM_L2 && !l2_holds(config, true, size) && !l2_holds(config, false, size)) return not_in_l2;
  bool without_pcids = since == PW_COVER_SINCE_NONE || since == PW_COVER_SINCE_PCIDE || since == PW_COVER_SINCE_PG;
  if (v[2] == PW_COVER_OTHER_PCID && without_pcids)
    return "leaves PCID 0 current, and only a MOV to CR3, another kind, changes that";
  return NULL;
}

/* ---- walks ---- */

static const char *walk_cache_cannot(const struct pw_config *config, const uint8_t *v) {
  unsigned level = v[0] ? v[0] + 1u : 0; /* 2 PDE .. 5 PML5E */
  unsigned size = v[1];
  if (size == PW_COVER_1G && !config->pages_1gb) return no_1g;
  if (!level) return NULL;
  if (level > levels_of(config)) return no_pml5e;
  if (!config->psc[level].sets) return "the machine has no cache of these entries";
  if (size && size >= level) return "an entry that points to a table has smaller pages below";
  return NULL;
}

static const char *update_cannot(const struct pw_config *config, const uint8_t *v) {
  unsigned level = v[0] + 1u;
  if (level > levels_of(config)) return no_pml5e;
  if (v[1] == PW_COVER_A) return NULL;
  if (level > 3) return "only a leaf has D";
  if (level == 3 && !config->pages_1gb) return no_1g;
  if (level == 3 && v[1] == PW_COVER_A_AND_D && config->accessed_on_fault == PW_ACCESSED_TRAVERSED)
    return "with accessed_on_fault: traversed a 1 GB leaf gets A before its D is due";
  return NULL;
}

static const char *written_cannot(const struct pw_config *config, const uint8_t *v) {
  unsigned level = v[0] + 1u;
  if (level > levels_of(config)) return no_pml5e;
  if (v[1] != PW_COVER_CHANGES_SIZE || level == 2) return NULL;
  if (level != 3) return "only PDPTEs and PDEs have PS";
  return config->pages_1gb ? NULL : no_1g;
}

static const char *dirty_walk_cannot(const struct pw_config *config, const uint8_t *v) {
  unsigned size = v[1] + PW_COVER_4K;
  bool same = v[2] == 0;
  if (size == PW_COVER_1G && !config->pages_1gb) return no_1g;
  return v[0] && same && !l2_holds(config, false, size) ? not_in_l2 : NULL;
}

static const char *fill_cannot(const struct pw_config *config, const uint8_t *v) {
  unsigned unit = v[0], array = v[1];
  if (unit >= PW_COVER_PDE) {
    unsigned level = 2 + unit - PW_COVER_PDE;
    if (array) return "a paging-structure cache is one array";
    if (level > levels_of(config)) return no_pml5e;
    return config->psc[level].sets ? NULL : "the machine has no cache of these entries";
  }
  bool fetch = unit == PW_COVER_L1_FETCH || unit == PW_COVER_L2_FETCH;
  unsigned level = unit >= PW_COVER_L2_FETCH ? 2 : 1;
  unsigned arrays = arrays_of(config, level, fetch ? PW_SERVES_FETCH : PW_SERVES_DATA);
  return array < arrays ? NULL : "the TLB has fewer arrays";
}

/* ---- the device ---- */

static const char *walkers_cannot(const struct pw_config *config, const uint8_t *v) {
  return v[1] > config->walkers ? "the machine has fewer walkers" : NULL;
}

enum pw_cover_share pw_cover_share_of(unsigned taken, unsigned total) {
  if (taken == 0) return PW_COVER_SHARE_NONE;
  if (taken >= total) return PW_COVER_SHARE_ALL;
  if (taken == 1) return PW_COVER_SHARE_ONE;
  return taken + 1 == total ? PW_COVER_SHARE_ALL_BUT_ONE : PW_COVER_SHARE_SOME;
}

static const char *slots_cannot(const struct pw_config *config, const uint8_t *v) {
  for (unsigned taken = 0; taken <= config->miss_slots; taken++) {
    if (pw_cover_share_of(taken, config->miss_slots) == v[1]) return NULL;
  }
  return "the machine has too few slots for it";
}

enum pw_cover_crowd pw_cover_crowd_of(unsigned others, unsigned slots) {
  if (!others) return PW_COVER_ALONE;
  if (others == slots) return PW_COVER_AS_MANY;
  return others < slots ? PW_COVER_FEWER : PW_COVER_MORE;
}

static const char *in_flight_cannot(const struct pw_config *config, const uint8_t *v) {
  for (unsigned others = 0; others < PORT_IDS; others++) {
    if (pw_cover_crowd_of(others, config->miss_slots) == v[1]) return NULL;
  }
  return v[1] == PW_COVER_FEWER ? "the port has one slot" : "a port has ids for 16 requests";
}

static const char *control_cannot(const struct pw_config *config, const uint8_t *v) {
  if (v[1] == PW_COVER_READ_PML5E && config->mode != PW_MODE_5LEVEL) return no_pml5e;
  if (v[0] == PW_COVER_PG_ON && v[1] != PW_COVER_IDLE)
    return "what may be in flight then was accepted with paging off, and does not walk";
  return NULL;
}

static const char *kill_cannot(const struct pw_config *config, const uint8_t *v) {
  unsigned read_pml5e = PW_COVER_KILL_STARTED + PW_COVER_READ_PML5E - PW_COVER_STARTED;
  return v[1] == read_pml5e && config->mode != PW_MODE_5LEVEL ? no_pml5e : NULL;
}

static const char *verdict_cannot(const struct pw_config *config, const uint8_t *v) {
  (void)config;
  if (!pw_verdict_is_legal(v[1])) return "no correct device gets it; mutants do";
  if (v[0] == PW_CHECK_STRICT && v[1] != PW_VERDICT_MATCH)
    return "strict mode knows what the device holds, and has one answer";
  return NULL;
}

/* ---- the table ---- */

static const char *const sizes_or_none[] = {"none", "4K", "2M", "1G", NULL};
static const char *const sizes[] = {"4K", "2M", "1G", NULL};
static const char *const found[] = {"fault", "4K", "2M", "1G", NULL};
static const char *const kinds[] = {"read", "write", "fetch", "prefetch", NULL};
static const char *const plain_kinds[] = {"read", "write", "fetch", NULL};
static const char *const privileges[] = {"user", "supervisor", "implicit", NULL};
static const char *const causes[] = {
    "mapped", "not-present",    "reserved",         "user-denied",      "write-denied", "no-execute", "smep",
    "smap",   "protection-key", "non-canonical-gp", "non-canonical-ss", "bus-error",    "dropped",    NULL};
static const char *const from[] = {"l1", "l2", "walk", "replay", NULL};
static const char *const levels_of_path[] = {"l1", "l2", "walk", NULL};
static const char *const tlb_levels[] = {"l1", "l2", NULL};
static const char *const spaces[] = {"pcid-0", "other-pcid", "global", NULL};
static const char *const since[] = {"none",      "invlpg",
                                    "invpcid-0", "invpcid-0-elsewhere",
                                    "invpcid-1", "invpcid-1-elsewhere",
                                    "invpcid-2", "invpcid-3",
                                    "cr3-flush", "cr3-keep",
                                    "cr4-pge",   "cr4-pcide",
                                    "cr4-smep",  "cr0-pg",
                                    NULL};
static const char *const psc_levels[] = {"none", "pde", "pdpte", "pml4e", "pml5e", NULL};
static const char *const levels[] = {"pte", "pde", "pdpte", "pml4e", "pml5e", NULL};
static const char *const attempts[] = {"1-attempt", "2-attempts", "more-attempts", NULL};
static const char *const ends[] = {"mapped", "page-fault", "bus-error", "dropped", NULL};
static const char *const bits[] = {"a", "d", "a-and-d", NULL};
static const char *const swaps[] = {"matched", "mismatch", "bus-error", NULL};
static const char *const changes[] = {"clears-p", "sets-p",        "page-size", "address",
                                      "rights",   "clears-a-or-d", "other",     NULL};
static const char *const page_found[] = {"same", "changed", NULL};
static const char *const filled[] = {"l1-fetch", "l1-data", "l2-fetch", "l2-data", "pde",
                                     "pdpte",    "pml4e",   "pml5e",    NULL};
static const char *const arrays[] = {"array-0", "array-1", "array-2", "array-3", NULL};
static const char *const victims[] = {"empty", "evicts", NULL};
static const char *const ports[] = {"fetch-port", "data-port", NULL};
static const char *const busy[] = {"0-walkers", "1-walker", "2-walkers", "3-walkers", "4-walkers", NULL};
static const char *const shares[] = {"none", "one", "some", "all-but-one", "all", NULL};
static const char *const crowds[] = {"alone", "fewer-than-slots", "as-many-as-slots", "more-than-slots", NULL};
static const char *const walk_ports[] = {"behind-fetch", "behind-data", NULL};
static const char *const registers[] = {"same-registers", "newer-registers", NULL};
static const char *const alive[] = {"walk-alive", "walk-killed", NULL};
static const char *const controls[] = {"cr3-flush", "cr3-keep",  "pg-off",    "pg-on",     "cr0-other", "cr4-pge",
                                       "pcide-on",  "pcide-off", "smep-on",   "cr4-other", "efer",      "pkru",
                                       "invlpg",    "invpcid-0", "invpcid-1", "invpcid-2", "invpcid-3", NULL};
static const char *const walker_states[] = {"idle",       "started",    "read-pte", "read-pde", "read-pdpte",
                                            "read-pml4e", "read-pml5e", "swap",     NULL};
static const char *const kill_states[] = {"queued",     "hit",        "waits",      "started", "read-pte", "read-pde",
                                          "read-pdpte", "read-pml4e", "read-pml5e", "swap",    "answered", NULL};
static const char *const modes[] = {"strict", "observed", "window", NULL};
static const char *const verdicts[] = {
    "MATCH", "LEGAL_STALE", "LEGAL_SPURIOUS_FAULT", "ILLEGAL_STALE", "ILLEGAL_NEGATIVE",
    "TORN",  "AD_MISSING",  "AD_SPURIOUS",          "WRONG",         "HANG",
    NULL};

#define DIMENSION(text, table) \
  { text, table, sizeof(table) / sizeof(table)[0] - 1 }

const struct pw_cover_table_row pw_cover_table[PW_COVER_GROUPS] = {
    [PW_COVER_ACCESS] = {"access",
                         "answered requests, by what the model says of them",
                         {DIMENSION("size", sizes_or_none), DIMENSION("access", kinds),
                          DIMENSION("privilege", privileges), DIMENSION("outcome", causes), DIMENSION("from", from)},
                         access_cannot},
    [PW_COVER_REUSE] = {"reuse",
                        "mapped requests, by the last operation before them that could have invalidated their page",
                        {DIMENSION("from", levels_of_path), DIMENSION("size", sizes), DIMENSION("space", spaces),
                         DIMENSION("since", since)},
                        reuse_cannot},
    [PW_COVER_WALK_CACHE] = {"walk-cache",
                             "walks, by the paging-structure entry that they began from",
                             {DIMENSION("entry", psc_levels), DIMENSION("found", found)},
                             walk_cache_cannot},
    [PW_COVER_ATTEMPTS] = {"attempts",
                           "walks, by how often a failed compare-and-swap began them anew",
                           {DIMENSION("attempts", attempts), DIMENSION("end", ends)},
                           NULL},
    [PW_COVER_UPDATE] = {"update",
                         "compare-and-swaps",
                         {DIMENSION("level", levels), DIMENSION("bits", bits), DIMENSION("result", swaps)},
                         update_cannot},
    [PW_COVER_WRITTEN] = {"written",
                          "entries that software wrote after a walk had read them and before it ended",
                          {DIMENSION("level", levels), DIMENSION("change", changes)},
                          written_cannot},
    [PW_COVER_DIRTY_WALK] = {"dirty-walk",
                             "writes that hit a page without D, and whether the walk found that page",
                             {DIMENSION("from", tlb_levels), DIMENSION("size", sizes), DIMENSION("page", page_found)},
                             dirty_walk_cannot},
    [PW_COVER_FILL] = {"fill",
                       "entries written into TLBs and paging-structure caches",
                       {DIMENSION("unit", filled), DIMENSION("array", arrays), DIMENSION("victim", victims)},
                       fill_cannot},
    [PW_COVER_WALKERS] = {"walkers",
                          "requests, by the walkers that were busy when they were accepted",
                          {DIMENSION("port", ports), DIMENSION("busy", busy)},
                          walkers_cannot},
    [PW_COVER_SLOTS] = {"slots",
                        "requests, by the miss slots of their port that were taken then",
                        {DIMENSION("port", ports), DIMENSION("taken", shares)},
                        slots_cannot},
    [PW_COVER_IN_FLIGHT] = {"in-flight",
                            "requests, by the others of their port that were in flight then",
                            {DIMENSION("port", ports), DIMENSION("others", crowds)},
                            in_flight_cannot},
    [PW_COVER_SAME_PAGE] = {"same-page",
                            "requests for a page of which a walk was under way",
                            {DIMENSION("walk", walk_ports), DIMENSION("port", ports), DIMENSION("registers", registers),
                             DIMENSION("killed", alive)},
                            NULL},
    [PW_COVER_CONTROL] = {"control",
                          "control operations, by the state in which they found each walker",
                          {DIMENSION("operation", controls), DIMENSION("walker", walker_states)},
                          control_cannot},
    [PW_COVER_KILL] = {"kill",
                       "killed requests, by how far they were",
                       {DIMENSION("access", plain_kinds), DIMENSION("state", kill_states)},
                       kill_cannot},
    [PW_COVER_VERDICT] = {"verdict",
                          "verdicts of each mode",
                          {DIMENSION("mode", modes), DIMENSION("verdict", verdicts)},
                          verdict_cannot},
};

/* ---- bins ---- */

void pw_cover_values(unsigned group, unsigned bin, uint8_t value[PW_COVERAGE_DIMENSIONS]) {
  const struct pw_cover_dimension *dimensions = pw_cover_table[group].dimensions;
  for (unsigned d = PW_COVERAGE_DIMENSIONS; d-- > 0;) {
    unsigned count = dimensions[d].name ? dimensions[d].count : 1;
    value[d] = (uint8_t)(bin % count);
    bin /= count;
  }
}

unsigned pw_cover_bin(unsigned group, const uint8_t value[PW_COVERAGE_DIMENSIONS]) {
  const struct pw_cover_dimension *dimensions = pw_cover_table[group].dimensions;
  unsigned bin = 0;
  for (unsigned d = 0; d < PW_COVERAGE_DIMENSIONS && dimensions[d].name; d++)
    bin = bin * dimensions[d].count + value[d];
  return bin;
}

void pw_cover_name(unsigned group, unsigned bin, char name[PW_COVERAGE_NAME_BYTES]) {
  const struct pw_cover_table_row *row = &pw_cover_table[group];
  uint8_t value[PW_COVERAGE_DIMENSIONS];
  pw_cover_values(group, bin, value);
  size_t length = (size_t)snprintf(name, PW_COVERAGE_NAME_BYTES, "%s:", row->name);
  for (unsigned d = 0; d < PW_COVERAGE_DIMENSIONS && row->dimensions[d].name; d++) {
    length +=
        (size_t)snprintf(name + length, PW_COVERAGE_NAME_BYTES - length, " %s", row->dimensions[d].values[value[d]]);
  }
}
