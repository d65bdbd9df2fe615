// TLB levels behind each other: paths, filling, victims, back-invalidation. docs/config.md, "Inclusion".
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "geometry.h"

extern "C" {
#include "tlb_hierarchy.h"
}

using namespace pagewalk_test;

namespace {

constexpr unsigned kData = PW_READ;
constexpr unsigned kFetch = PW_FETCH;

// A unit with one array.
pw_tlb_config unit(uint32_t level, pw_inclusion inclusion, uint32_t sets, uint32_t ways,
                   uint32_t serves = PW_SERVES_BOTH, std::initializer_list<uint8_t> page_shifts = {12}) {
  return make_tlb(level, serves, inclusion, {make_tlb_array(make_array(sets, ways), page_shifts)});
}

class Hierarchy {
 public:
  explicit Hierarchy(const std::vector<pw_tlb_config> &units) {
    pw_config config = pw_config_default();
    config.tlb_count = static_cast<uint32_t>(units.size());
    std::copy(units.begin(), units.end(), config.tlbs);
    for (uint32_t u = 0; u < config.tlb_count; u++) config.tlbs[u].name[0] = static_cast<char>('a' + u);
    pw_diag diag{};
    EXPECT_EQ(0, pw_config_validate(&config, &diag)) << diag.key << ": " << diag.message;
    EXPECT_EQ(0, pw_tlb_hierarchy_init(&tlbs_, &config));
  }
  ~Hierarchy() { pw_tlb_hierarchy_free(&tlbs_); }
  Hierarchy(const Hierarchy &) = delete;
  Hierarchy &operator=(const Hierarchy &) = delete;

  pw_tlb_hierarchy *get() { return &tlbs_; }

  // One access as the MMU makes it: look-up level by level; a hit promotes, a miss fills. Returns the unit that hit,
  // or -1. `record` lists what was filled.
  int access(uint64_t page, unsigned kind = kData, unsigned page_shift = 12) {
    record = pw_translation{};
    const pw_tlb_path *path = pw_tlb_path_of(&tlbs_, kind);
    const uint64_t linear = page << page_shift;
    for (uint32_t at = 0; at < path->count; at++) {
      pw_tlb *tlb = &tlbs_.units[path->unit[at]];
      pw_tlb_place place{};
      if (!pw_tlb_find(tlb, linear, 0, &place)) continue;
      const pw_tlb_item item = pw_tlb_item_make(linear, 0, *pw_tlb_entry_at(tlb, place));
      pw_tlb_touch(tlb, place);
      pw_tlb_promote(&tlbs_, path, at, &item, &record);
      return path->unit[at];
    }
    const pw_tlb_item filled = item_of(page, page_shift);
    pw_tlb_fill(&tlbs_, path, path->count, &filled, &record);
    return -1;
  }

  static pw_tlb_item item_of(uint64_t page, unsigned page_shift = 12, uint32_t attributes = 0) {
    const pw_tlb_entry entry{page << page_shift, attributes | page_shift << PW_ATTR_PAGE_SHIFT_SHIFT, 0};
    return pw_tlb_item_make(page << page_shift, 0, entry);
  }
  bool holds(unsigned u, uint64_t page, unsigned page_shift = 12) const {
    pw_tlb_place place{};
    return pw_tlb_find(&tlbs_.units[u], page << page_shift, 0, &place);
  }
  // Units that hold a page.
  std::vector<unsigned> holders(uint64_t page, unsigned page_shift = 12) const {
    std::vector<unsigned> units;
    for (unsigned u = 0; u < tlbs_.unit_count; u++) {
      if (holds(u, page, page_shift)) units.push_back(u);
    }
    return units;
  }

  pw_translation record{};

 private:
  pw_tlb_hierarchy tlbs_{};
};

using Units = std::vector<unsigned>;

// Units that the TLB fills of a record wrote, in order.
Units filled(const pw_translation &record) {
  Units units;
  for (unsigned i = 0; i < record.fill_count; i++) units.push_back(record.fills[i].unit);
  return units;
}

// ---- paths ----
TEST(TlbHierarchy, APathIsOneUnitPerLevelNearestFirst) {
  Hierarchy h({unit(2, PW_NON_INCLUSIVE, 4, 4), unit(1, PW_NON_INCLUSIVE, 1, 1, PW_SERVES_DATA),
               unit(3, PW_NON_INCLUSIVE, 4, 4), unit(1, PW_NON_INCLUSIVE, 1, 1, PW_SERVES_FETCH)});
  const auto units = [&](unsigned kind) {
    const pw_tlb_path *path = pw_tlb_path_of(h.get(), kind);
    return Units(path->unit, path->unit + path->count);
  };
  EXPECT_EQ((Units{1, 0, 2}), units(PW_READ));
  EXPECT_EQ((Units{1, 0, 2}), units(PW_WRITE));
  EXPECT_EQ((Units{3, 0, 2}), units(PW_FETCH));
}

TEST(TlbHierarchy, ALevelThatServesOneKindIsLeftOutOfTheOtherPath) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1), unit(2, PW_NON_INCLUSIVE, 1, 4, PW_SERVES_DATA)});
  EXPECT_EQ(2u, pw_tlb_path_of(h.get(), PW_READ)->count);
  EXPECT_EQ(1u, pw_tlb_path_of(h.get(), PW_FETCH)->count);
  h.access(1, kFetch);
  EXPECT_EQ((Units{0}), h.holders(1));
}

TEST(TlbHierarchy, WithoutUnitsNothingIsFilled) {
  Hierarchy h({});
  EXPECT_EQ(-1, h.access(1));
  EXPECT_EQ(0, h.record.fill_count);
}

TEST(TlbHierarchy, SplitFirstLevelsShareAUnifiedSecond) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1, PW_SERVES_FETCH), unit(1, PW_NON_INCLUSIVE, 1, 1, PW_SERVES_DATA),
               unit(2, PW_NON_INCLUSIVE, 1, 4)});
  EXPECT_EQ(-1, h.access(1, kFetch));
  EXPECT_EQ((Units{0, 2}), h.holders(1));
  EXPECT_EQ(2, h.access(1, kData)) << "the shared level has it from the fetch";
  EXPECT_EQ((Units{0, 1, 2}), h.holders(1));
  h.access(2, kData);
  EXPECT_EQ(0, h.access(1, kFetch)) << "data evicts nothing from the fetch side";
  EXPECT_EQ(2, h.access(1, kData));
}

// ---- non-inclusive ----
TEST(NonInclusive, AWalkFillsEveryLevelFarthestFirst) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 2), unit(2, PW_NON_INCLUSIVE, 1, 4), unit(3, PW_NON_INCLUSIVE, 1, 8)});
  EXPECT_EQ(-1, h.access(5));
  EXPECT_EQ((Units{2, 1, 0}), filled(h.record));
  EXPECT_EQ((Units{0, 1, 2}), h.holders(5));
}

TEST(NonInclusive, AHitFillsTheNearerLevelsAndKeepsItsEntry) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1), unit(2, PW_NON_INCLUSIVE, 1, 2), unit(3, PW_NON_INCLUSIVE, 1, 8)});
  for (uint64_t page : {1u, 2u, 3u}) h.access(page);
  EXPECT_EQ((Units{2}), h.holders(1));
  EXPECT_EQ(2, h.access(1));
  EXPECT_EQ((Units{1, 0}), filled(h.record));
  EXPECT_EQ((Units{0, 1, 2}), h.holders(1));
  EXPECT_EQ(0, h.access(1));
  EXPECT_EQ(0, h.record.fill_count);
}

TEST(NonInclusive, AnEvictionLeavesTheOtherLevelsAlone) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 4), unit(2, PW_NON_INCLUSIVE, 1, 1)});
  h.access(1);
  h.access(2);
  EXPECT_EQ((Units{0}), h.holders(1)) << "evicted from the second level only";
}

TEST(NonInclusive, TheRecordNamesThePlaceAndTheVictim) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 3, 2)});
  h.access(1);
  h.access(4);
  h.access(7);
  ASSERT_EQ(1, h.record.fill_count);
  const pw_fill &fill = h.record.fills[0];
  EXPECT_EQ(Hierarchy::item_of(1).key, fill.victim_key);
  EXPECT_EQ(1u, fill.set);
  EXPECT_EQ(0, fill.way);
  EXPECT_EQ(PW_TLB, fill.structure);
  EXPECT_EQ(0, fill.unit);
  EXPECT_EQ(0, fill.array);
  EXPECT_EQ(0, fill.moved);
  h.access(0);
  EXPECT_EQ(0u, h.record.fills[0].victim_key) << "an empty way has no victim";
}

// ---- inclusive ----
TEST(Inclusive, AnEvictionDropsThePageFromEveryNearerLevel) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 4), unit(2, PW_NON_INCLUSIVE, 1, 4), unit(3, PW_INCLUSIVE, 1, 2)});
  h.access(1);
  h.access(2);
  EXPECT_EQ((Units{0, 1, 2}), h.holders(1));
  h.access(3);
  EXPECT_EQ((Units{}), h.holders(1));
  EXPECT_EQ((Units{0, 1, 2}), h.holders(2));
}

TEST(Inclusive, AnEvictionDropsThePageOnBothPathsThatLeadToTheUnit) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 4, PW_SERVES_FETCH), unit(1, PW_NON_INCLUSIVE, 1, 4, PW_SERVES_DATA),
               unit(2, PW_INCLUSIVE, 1, 2)});
  h.access(1, kFetch);
  h.access(1, kData);
  EXPECT_EQ((Units{0, 1, 2}), h.holders(1));
  h.access(2, kData);
  h.access(3, kData);
  EXPECT_EQ((Units{}), h.holders(1)) << "data evicted it: the fetch side lost it too";
}

TEST(Inclusive, AnEvictionDoesNotReachAPathThatDoesNotLeadToTheUnit) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 4, PW_SERVES_FETCH), unit(1, PW_NON_INCLUSIVE, 1, 4, PW_SERVES_DATA),
               unit(2, PW_INCLUSIVE, 1, 1, PW_SERVES_DATA)});
  h.access(1, kFetch);
  h.access(1, kData);
  h.access(2, kData);
  EXPECT_EQ((Units{0}), h.holders(1));
}

TEST(Inclusive, AnEvictionDoesNotReachFartherLevels) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 4), unit(2, PW_INCLUSIVE, 1, 1), unit(3, PW_NON_INCLUSIVE, 1, 4)});
  h.access(1);
  h.access(2);
  EXPECT_EQ((Units{2}), h.holders(1));
}

TEST(Inclusive, AHitInANearerLevelDoesNotKeepThePageInTheOuterOne) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 2), unit(2, PW_INCLUSIVE, 1, 2)});
  h.access(1);
  h.access(2);
  for (unsigned i = 0; i < 5; i++) EXPECT_EQ(0, h.access(1));
  h.access(3);
  EXPECT_EQ((Units{}), h.holders(1)) << "the outer level never saw the hits: page 1 was its oldest";
  EXPECT_EQ((Units{0, 1}), h.holders(2));
}

TEST(Inclusive, PromisesNothingAboutSizesItDoesNotHold) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 4, PW_SERVES_BOTH, {12, 21}), unit(2, PW_INCLUSIVE, 1, 1)});
  h.access(9, kData, 21);
  EXPECT_EQ((Units{0}), h.holders(9, 21));
  h.access(1);
  h.access(2);
  EXPECT_EQ((Units{0}), h.holders(9, 21));
}

// ---- exclusive ----
TEST(Exclusive, AWalkDoesNotFillIt) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 2), unit(2, PW_EXCLUSIVE, 1, 4)});
  h.access(1);
  EXPECT_EQ((Units{0}), filled(h.record));
  EXPECT_EQ((Units{0}), h.holders(1));
}

TEST(Exclusive, ReceivesWhatTheNearerLevelEvicts) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1), unit(2, PW_EXCLUSIVE, 1, 4)});
  h.access(1);
  h.access(2);
  EXPECT_EQ((Units{0, 1}), filled(h.record));
  EXPECT_EQ(0, h.record.fills[0].moved);
  EXPECT_EQ(1, h.record.fills[1].moved);
  EXPECT_EQ(Hierarchy::item_of(1).key, h.record.fills[0].victim_key);
  EXPECT_EQ((Units{1}), h.holders(1));
  EXPECT_EQ((Units{0}), h.holders(2));
}

TEST(Exclusive, GivesUpWhatItAnswers) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1), unit(2, PW_EXCLUSIVE, 1, 1)});
  h.access(1);
  h.access(2);
  EXPECT_EQ(1, h.access(1));
  EXPECT_EQ((Units{0}), h.holders(1));
  EXPECT_EQ((Units{1}), h.holders(2)) << "the two pages changed places: one way each was enough";
}

TEST(Exclusive, KeepsTheEntryItReceived) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1), unit(2, PW_EXCLUSIVE, 1, 4)});
  const pw_tlb_item item = Hierarchy::item_of(1, 12, PW_ATTR_USER | PW_ATTR_DIRTY);
  pw_tlb_fill(h.get(), pw_tlb_path_of(h.get(), kData), 2, &item, &h.record);
  h.access(2);
  pw_tlb_place place{};
  ASSERT_TRUE(pw_tlb_find(&h.get()->units[1], UINT64_C(1) << 12, 0, &place));
  const pw_tlb_entry *moved = pw_tlb_entry_at(&h.get()->units[1], place);
  EXPECT_EQ(item.entry.page_address, moved->page_address);
  EXPECT_EQ(item.entry.attributes, moved->attributes);
}

TEST(Exclusive, VictimsMoveOnThroughSeveralLevels) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1), unit(2, PW_EXCLUSIVE, 1, 1), unit(3, PW_EXCLUSIVE, 1, 1)});
  for (uint64_t page : {1u, 2u, 3u}) h.access(page);
  EXPECT_EQ((Units{0, 1, 2}), filled(h.record));
  EXPECT_EQ((Units{2}), h.holders(1));
  EXPECT_EQ((Units{1}), h.holders(2));
  EXPECT_EQ((Units{0}), h.holders(3));
  h.access(4);
  EXPECT_EQ((Units{}), h.holders(1)) << "what the last level evicts is gone";
  EXPECT_EQ(2, h.access(2));
  EXPECT_EQ((Units{0}), h.holders(2));
}

TEST(Exclusive, BetweenOtherLevelsGetsOnlyVictims) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1), unit(2, PW_EXCLUSIVE, 1, 1), unit(3, PW_NON_INCLUSIVE, 1, 8)});
  h.access(1);
  EXPECT_EQ((Units{0, 2}), h.holders(1));
  h.access(2);
  EXPECT_EQ((Units{1, 2}), h.holders(1));
  h.access(3);
  EXPECT_EQ((Units{2}), h.holders(1)) << "its victims do not move into a level that is not exclusive";
  EXPECT_EQ(2, h.access(1));
  EXPECT_EQ((Units{0, 2}), h.holders(1)) << "a hit behind it passes it by";
}

TEST(Exclusive, ASizeTheNearerLevelsDoNotHoldGoesStraightIn) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1), unit(2, PW_EXCLUSIVE, 1, 2, PW_SERVES_BOTH, {12, 21})});
  EXPECT_EQ(-1, h.access(7, kData, 21));
  EXPECT_EQ((Units{1}), h.holders(7, 21));
  EXPECT_EQ(1, h.record.fills[0].moved);
  EXPECT_EQ(1, h.access(7, kData, 21));
  EXPECT_EQ((Units{1}), h.holders(7, 21)) << "a hit has nowhere nearer to move it";
}

TEST(Exclusive, AnUnheldSizeIsLostBetweenTheLevels) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1, PW_SERVES_BOTH, {12, 21}), unit(2, PW_EXCLUSIVE, 1, 4)});
  h.access(7, kData, 21);
  h.access(1);
  EXPECT_EQ((Units{}), h.holders(7, 21));
  EXPECT_EQ((Units{0}), h.holders(1));
}

TEST(Exclusive, AVictimPassesALevelThatDoesNotHoldItsSize) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1, PW_SERVES_BOTH, {12, 21}), unit(2, PW_EXCLUSIVE, 1, 4),
               unit(3, PW_EXCLUSIVE, 1, 4, PW_SERVES_BOTH, {12, 21})});
  h.access(7, kData, 21);
  h.access(1);
  EXPECT_EQ((Units{2}), h.holders(7, 21));
}

// ---- renewing and dropping ----
uint32_t attributes_in(Hierarchy &h, unsigned u, uint64_t page) {
  pw_tlb_place place{};
  EXPECT_TRUE(pw_tlb_find(&h.get()->units[u], page << 12, 0, &place));
  return pw_tlb_entry_at(&h.get()->units[u], place)->attributes;
}

TEST(TlbHierarchy, RenewRewritesThePageWhereverThePathHoldsIt) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 1, PW_SERVES_FETCH), unit(1, PW_NON_INCLUSIVE, 1, 1, PW_SERVES_DATA),
               unit(2, PW_NON_INCLUSIVE, 1, 4), unit(3, PW_NON_INCLUSIVE, 1, 4)});
  h.access(1, kFetch);
  h.access(1, kData);
  h.access(2, kData); // the data side of the first level no longer holds page 1
  const pw_tlb_item renewed = Hierarchy::item_of(1, 12, PW_ATTR_DIRTY);
  pw_tlb_renew(h.get(), pw_tlb_path_of(h.get(), kData), &renewed);
  EXPECT_EQ((Units{0, 2, 3}), h.holders(1)) << "renewing fills nothing";
  EXPECT_TRUE(attributes_in(h, 2, 1) & PW_ATTR_DIRTY);
  EXPECT_TRUE(attributes_in(h, 3, 1) & PW_ATTR_DIRTY);
  EXPECT_FALSE(attributes_in(h, 0, 1) & PW_ATTR_DIRTY) << "not on the path";
}

TEST(TlbHierarchy, DroppingAPageReachesEveryUnit) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 2, PW_SERVES_FETCH), unit(1, PW_NON_INCLUSIVE, 1, 2, PW_SERVES_DATA),
               unit(2, PW_EXCLUSIVE, 1, 4), unit(3, PW_INCLUSIVE, 1, 8)});
  h.access(1, kFetch);
  h.access(1, kData);
  h.access(2, kData);
  pw_tlb_hierarchy_drop_page(h.get(), UINT64_C(1) << 12, 0, true);
  EXPECT_EQ((Units{}), h.holders(1));
  EXPECT_EQ((Units{1, 3}), h.holders(2));
}

TEST(TlbHierarchy, DroppingWhatMatchesReachesEveryUnit) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 2), unit(2, PW_NON_INCLUSIVE, 1, 4)});
  h.access(1);
  pw_tlb_hierarchy_drop_matching(h.get(), pw_match_pcid(1));
  EXPECT_EQ((Units{0, 1}), h.holders(1));
  pw_tlb_hierarchy_drop_matching(h.get(), pw_match_pcid(0));
  EXPECT_EQ((Units{}), h.holders(1));
}

TEST(TlbHierarchy, ResetEmptiesEveryUnit) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 2), unit(2, PW_NON_INCLUSIVE, 1, 4)});
  h.access(1);
  pw_tlb_hierarchy_reset(h.get());
  EXPECT_EQ((Units{}), h.holders(1));
}

// ---- against a model ----
// docs/config.md, "Inclusion", on lists: per unit and set a list of pages, most recent first. LRU, 4 KB pages.
class Model {
 public:
  explicit Model(const std::vector<pw_tlb_config> &units) : units_(units), contents_(units.size()) {}

  int access(uint64_t page, unsigned kind) {
    const Units path = path_of(kind == kFetch ? PW_SERVES_FETCH : PW_SERVES_DATA);
    size_t at = 0;
    while (at < path.size() && !holds(path[at], page)) at++;
    const bool hit = at < path.size();
    if (hit) touch(path[at], page);
    if (hit && units_[path[at]].inclusion == PW_EXCLUSIVE) remove(path[at], page);
    for (size_t nearer = at; nearer-- > 0;) {
      if (units_[path[nearer]].inclusion != PW_EXCLUSIVE) enter(path, nearer, page);
    }
    return hit ? static_cast<int>(path[at]) : -1;
  }

  bool holds(unsigned u, uint64_t page) {
    const std::list<uint64_t> &set = set_of(u, page);
    return std::find(set.begin(), set.end(), page) != set.end();
  }
  void remove(unsigned u, uint64_t page) { set_of(u, page).remove(page); }

 private:
  std::list<uint64_t> &set_of(unsigned u, uint64_t page) { return contents_[u][page % units_[u].arrays[0].array.sets]; }
  Units path_of(uint32_t serves) const {
    Units path;
    for (uint32_t level = 1; level <= units_.size(); level++) {
      for (unsigned u = 0; u < units_.size(); u++) {
        if (units_[u].level == level && units_[u].serves & serves) path.push_back(u);
      }
    }
    return path;
  }
  void touch(unsigned u, uint64_t page) {
    remove(u, page);
    set_of(u, page).push_front(page);
  }
  void enter(const Units &path, size_t at, uint64_t page) {
    touch(path[at], page);
    std::list<uint64_t> &set = set_of(path[at], page);
    if (set.size() <= units_[path[at]].arrays[0].array.ways) return;
    const uint64_t victim = set.back();
    set.pop_back();
    if (units_[path[at]].inclusion == PW_INCLUSIVE) {
      for (uint32_t serves : {PW_SERVES_DATA, PW_SERVES_FETCH}) {
        const Units other = path_of(serves);
        const auto here = std::find(other.begin(), other.end(), path[at]);
        if (here == other.end()) continue;
        for (auto nearer = other.begin(); nearer != here; ++nearer) remove(*nearer, victim);
      }
    }
    if (at + 1 < path.size() && units_[path[at + 1]].inclusion == PW_EXCLUSIVE) enter(path, at + 1, victim);
  }

  std::vector<pw_tlb_config> units_;
  std::vector<std::map<uint64_t, std::list<uint64_t>>> contents_;
};

constexpr uint64_t kPages = 40;

struct Machine {
  const char *name;
  std::vector<pw_tlb_config> units;
};

void PrintTo(const Machine &machine, std::ostream *out) { *out << machine.name; }

class RandomStream : public testing::TestWithParam<Machine> {};

TEST_P(RandomStream, AgreesWithListsInEveryHitAndEveryContent) {
  Hierarchy h(GetParam().units);
  Model model(GetParam().units);
  std::mt19937_64 random(11);
  std::set<int> hits;
  for (unsigned step = 0; step < 20000; step++) {
    const uint64_t page = random() % 2 ? random() % kPages : random() % (kPages / 5);
    const unsigned kind = random() % 3 ? kData : kFetch;
    if (random() % 64 == 0) {
      pw_tlb_hierarchy_drop_page(h.get(), page << 12, 0, true);
      for (unsigned u = 0; u < GetParam().units.size(); u++) model.remove(u, page);
      continue;
    }
    const int expected = model.access(page, kind);
    ASSERT_EQ(expected, h.access(page, kind)) << "step " << step;
    hits.insert(expected);
    for (unsigned u = 0; u < GetParam().units.size(); u++) {
      for (uint64_t p = 0; p < kPages; p++) {
        ASSERT_EQ(model.holds(u, p), h.holds(u, p)) << "step " << step << " unit " << u << " page " << p;
      }
    }
  }
  EXPECT_EQ(GetParam().units.size() + 1, hits.size()) << "every unit must have hit, and some access none";
}

pw_tlb_config l1i() { return unit(1, PW_NON_INCLUSIVE, 2, 1, PW_SERVES_FETCH); }
pw_tlb_config l1d() { return unit(1, PW_NON_INCLUSIVE, 1, 3, PW_SERVES_DATA); }

INSTANTIATE_TEST_SUITE_P(
    Machines, RandomStream,
    testing::Values(
        Machine{"one unit", {unit(1, PW_NON_INCLUSIVE, 3, 2)}},
        Machine{"non-inclusive", {l1i(), l1d(), unit(2, PW_NON_INCLUSIVE, 4, 4)}},
        Machine{"non-inclusive three levels",
                {l1i(), l1d(), unit(2, PW_NON_INCLUSIVE, 3, 2), unit(3, PW_NON_INCLUSIVE, 5, 4)}},
        Machine{"inclusive", {l1i(), l1d(), unit(2, PW_INCLUSIVE, 4, 2)}},
        Machine{"inclusive three levels", {l1i(), l1d(), unit(2, PW_INCLUSIVE, 3, 2), unit(3, PW_INCLUSIVE, 5, 2)}},
        Machine{"exclusive", {l1i(), l1d(), unit(2, PW_EXCLUSIVE, 4, 2)}},
        Machine{"exclusive three levels",
                {unit(1, PW_NON_INCLUSIVE, 1, 4), unit(2, PW_EXCLUSIVE, 3, 2), unit(3, PW_EXCLUSIVE, 1, 12)}},
        Machine{"exclusive before inclusive", {l1i(), l1d(), unit(2, PW_EXCLUSIVE, 3, 1), unit(3, PW_INCLUSIVE, 5, 4)}},
        Machine{"inclusive before exclusive",
                {l1i(), l1d(), unit(2, PW_INCLUSIVE, 3, 2), unit(3, PW_EXCLUSIVE, 1, 12)}},
        Machine{"non-inclusive before exclusive",
                {l1i(), l1d(), unit(2, PW_NON_INCLUSIVE, 3, 2), unit(3, PW_EXCLUSIVE, 7, 1)}},
        Machine{"split second level",
                {l1i(), l1d(), unit(2, PW_INCLUSIVE, 1, 6, PW_SERVES_DATA),
                 unit(2, PW_EXCLUSIVE, 1, 6, PW_SERVES_FETCH), unit(3, PW_NON_INCLUSIVE, 5, 4)}}));

// Runs a random stream and hands the hierarchy over after every access.
template <typename Check>
void after_every_access(const std::vector<pw_tlb_config> &units, bool fetches, Check check) {
  Hierarchy h(units);
  std::mt19937_64 random(13);
  for (unsigned step = 0; step < 5000 && !testing::Test::HasFailure(); step++) {
    const uint64_t page = random() % kPages;
    h.access(page, fetches && random() % 2 ? kFetch : kData);
    check(h, page);
  }
}

TEST(Exclusive, APageIsInExactlyOneLevelOfAPath) {
  const std::vector<pw_tlb_config> units = {unit(1, PW_NON_INCLUSIVE, 2, 2), unit(2, PW_EXCLUSIVE, 3, 2),
                                            unit(3, PW_EXCLUSIVE, 5, 3)};
  after_every_access(units, false, [](const Hierarchy &h, uint64_t accessed) {
    EXPECT_EQ((Units{0}), h.holders(accessed));
    for (uint64_t page = 0; page < kPages; page++) EXPECT_LE(h.holders(page).size(), 1u) << "page " << page;
  });
}

TEST(Exclusive, LevelsHoldTheSumOfTheirEntries) {
  Hierarchy h({unit(1, PW_NON_INCLUSIVE, 1, 4), unit(2, PW_EXCLUSIVE, 1, 8), unit(3, PW_EXCLUSIVE, 1, 16)});
  for (unsigned round = 0; round < 3; round++) {
    for (uint64_t page = 0; page < 28; page++) EXPECT_EQ(round == 0, h.access(page) == -1) << "page " << page;
  }
}

TEST(Inclusive, HoldsWhateverANearerLevelHolds) {
  const std::vector<pw_tlb_config> units = {l1i(), l1d(), unit(2, PW_INCLUSIVE, 3, 2), unit(3, PW_INCLUSIVE, 5, 2)};
  after_every_access(units, true, [](const Hierarchy &h, uint64_t) {
    for (uint64_t page = 0; page < kPages; page++) {
      if (h.holds(0, page) || h.holds(1, page)) {
        EXPECT_TRUE(h.holds(2, page)) << "page " << page;
      }
      if (h.holds(2, page)) {
        EXPECT_TRUE(h.holds(3, page)) << "page " << page;
      }
    }
  });
}

TEST(TlbHierarchy, TheDeepestMachineFitsIntoTheRecord) {
  std::vector<pw_tlb_config> units = {unit(1, PW_NON_INCLUSIVE, 1, 1)};
  for (uint32_t level = 2; level <= PW_MAX_TLB_UNITS; level++) units.push_back(unit(level, PW_EXCLUSIVE, 1, 1));
  Hierarchy h(units);
  for (uint64_t page = 0; page < 20; page++) h.access(page);
  EXPECT_EQ(PW_MAX_TLB_UNITS, h.record.fill_count);
}

// A hit once took the page out and put it back, which made a FIFO forget its order.
TEST(Exclusive, HitOfASizeThatNobodyNearerHoldsStaysWhereItIs) {
  pw_config config = pw_config_default();
  config.tlbs[0].array_count = config.tlbs[1].array_count = 1; // 4 KB pages alone
  config.tlbs[2].inclusion = PW_EXCLUSIVE;
  config.tlbs[2].arrays[1].array = {1, 2, PW_FIFO};
  pw_tlb_hierarchy hierarchy{};
  ASSERT_EQ(0, pw_tlb_hierarchy_init(&hierarchy, &config));
  const pw_tlb_path *path = pw_tlb_path_of(&hierarchy, PW_READ);
  pw_translation record{};
  pw_tlb_item pages[3];
  for (uint64_t i = 0; i < 3; i++) {
    pages[i] = pw_tlb_item_make(i << 21, 0, {i << 21, 21u << PW_ATTR_PAGE_SHIFT_SHIFT, 0});
  }
  pw_tlb_fill(&hierarchy, path, path->count, &pages[0], &record);
  pw_tlb_fill(&hierarchy, path, path->count, &pages[1], &record);
  record.fill_count = 0;
  pw_tlb_promote(&hierarchy, path, 1, &pages[0], &record);
  EXPECT_EQ(0, record.fill_count);
  pw_tlb_fill(&hierarchy, path, path->count, &pages[2], &record);
  pw_tlb_place place;
  EXPECT_FALSE(pw_tlb_find(&hierarchy.units[2], 0, 0, &place)) << "first in, first out";
  EXPECT_TRUE(pw_tlb_find(&hierarchy.units[2], UINT64_C(1) << 21, 0, &place));
  pw_tlb_hierarchy_free(&hierarchy);
}

} // namespace
