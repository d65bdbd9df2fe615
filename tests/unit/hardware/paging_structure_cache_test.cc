// The caches of entries that point to tables. SDM volume 3A, "Caches for Paging Structures".
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>

#include "geometry.h"

extern "C" {
#include "paging_structure_cache.h"
}

using namespace pagewalk_test;

namespace {

// Linear-address bits that an entry of a level covers, in 4-level and 5-level paging.
constexpr unsigned kShift[] = {0, 12, 21, 30, 39, 48};

class Psc {
 public:
  // Geometries of the PDE, PDPTE, PML4E and PML5E caches; sets = 0: none.
  Psc(pw_array_config pde, pw_array_config pdpte, pw_array_config pml4e, pw_array_config pml5e) {
    pw_config config = pw_config_default();
    config.psc[2] = pde;
    config.psc[3] = pdpte;
    config.psc[4] = pml4e;
    config.psc[5] = pml5e;
    EXPECT_EQ(0, pw_psc_init(&psc_, &config));
    for (unsigned level = 2; level <= 5; level++) psc_.level[level].shift = kShift[level];
  }
  ~Psc() { pw_psc_free(&psc_); }
  Psc(const Psc &) = delete;
  Psc &operator=(const Psc &) = delete;

  pw_psc *get() { return &psc_; }
  uint64_t insert(unsigned level, uint64_t linear, unsigned pcid, uint64_t table) {
    return pw_psc_insert(&psc_, level, linear, pcid, pw_psc_entry{table, 0, 0}, &place);
  }
  // Table that the entry points to, or UINT64_MAX.
  uint64_t find(unsigned level, uint64_t linear, unsigned pcid = 0) {
    const pw_psc_entry *entry = pw_psc_find(&psc_, level, linear, pcid, &place);
    return entry ? entry->table_address : UINT64_MAX;
  }
  bool holds(unsigned level, uint64_t linear, unsigned pcid = 0) { return find(level, linear, pcid) != UINT64_MAX; }

  pw_psc_place place{};

 private:
  pw_psc psc_{};
};

Psc every_level() { return Psc(make_array(4, 4), make_array(3, 2), make_array(1, 4), make_array(1, 2)); }

TEST(PagingStructureCache, ExistsWhereTheConfigurationGivesItSets) {
  Psc psc(make_array(4, 4), make_array(0, 0), make_array(1, 1), make_array(0, 0));
  EXPECT_TRUE(pw_psc_exists(psc.get(), 2));
  EXPECT_FALSE(pw_psc_exists(psc.get(), 3));
  EXPECT_TRUE(pw_psc_exists(psc.get(), 4));
  EXPECT_FALSE(pw_psc_exists(psc.get(), 5));
}

TEST(PagingStructureCache, AnEntryCoversTheRegionOfItsLevel) {
  Psc psc = every_level();
  const uint64_t base = UINT64_C(3) << 48;
  for (unsigned level = 2; level <= 5; level++) {
    const uint64_t size = UINT64_C(1) << kShift[level];
    psc.insert(level, base + 0x1234, 0, 0x1000 * level);
    EXPECT_EQ(0x1000u * level, psc.find(level, base)) << level;
    EXPECT_EQ(0x1000u * level, psc.find(level, base + size - 1)) << level;
    EXPECT_FALSE(psc.holds(level, base + size)) << level;
    EXPECT_FALSE(psc.holds(level, base - 1)) << level;
  }
}

TEST(PagingStructureCache, LevelsDoNotAnswerForEachOther) {
  Psc psc = every_level();
  psc.insert(3, 0, 0, 0x3000);
  for (unsigned level : {2u, 4u, 5u}) EXPECT_FALSE(psc.holds(level, 0)) << level;
}

TEST(PagingStructureCache, AnEntryAnswersOnlyInItsPcid) {
  Psc psc = every_level();
  psc.insert(2, 0, 1, 0x1000);
  psc.insert(2, 0, 4095, 0x2000);
  EXPECT_EQ(0x1000u, psc.find(2, 0, 1));
  EXPECT_EQ(0x2000u, psc.find(2, 0, 4095));
  EXPECT_FALSE(psc.holds(2, 0, 0));
}

TEST(PagingStructureCache, ReturnsTheRightsItWasGiven) {
  Psc psc = every_level();
  const pw_psc_entry entry{0x7000, PW_ATTR_USER | PW_ATTR_EXECUTE, 0};
  EXPECT_EQ(0u, pw_psc_insert(psc.get(), 4, 0, 0, entry, &psc.place));
  const pw_psc_entry *found = pw_psc_find(psc.get(), 4, 0, 0, &psc.place);
  ASSERT_NE(nullptr, found);
  EXPECT_EQ(0x7000u, found->table_address);
  EXPECT_EQ(uint32_t{PW_ATTR_USER | PW_ATTR_EXECUTE}, found->attributes);
}

TEST(PagingStructureCache, SetIsTheRegionModuloTheSets) {
  Psc psc = every_level();
  psc.insert(3, UINT64_C(7) << 30, 0, 0);
  EXPECT_EQ(1u, psc.place.set);
  psc.insert(2, UINT64_C(7) << 21, 0, 0);
  EXPECT_EQ(3u, psc.place.set);
}

TEST(PagingStructureCache, InsertingAgainOverwritesAndEvictsNothing) {
  Psc psc = every_level();
  EXPECT_EQ(0u, psc.insert(5, 0, 0, 0x1000));
  EXPECT_EQ(0u, psc.insert(5, 0, 0, 0x2000));
  EXPECT_EQ(0x2000u, psc.find(5, 0));
  EXPECT_EQ(0u, psc.place.way);
}

TEST(PagingStructureCache, AFullSetReturnsTheKeyOfItsVictim) {
  Psc psc = every_level();
  psc.insert(5, UINT64_C(0) << 48, 9, 0x1000);
  psc.insert(5, UINT64_C(1) << 48, 9, 0x2000);
  EXPECT_EQ(pw_key_make(PW_KEY_PSC + 3, 9, 0), psc.insert(5, UINT64_C(2) << 48, 9, 0x3000));
  EXPECT_EQ(0u, psc.place.way);
  EXPECT_FALSE(psc.holds(5, 0, 9));
  EXPECT_TRUE(psc.holds(5, UINT64_C(1) << 48, 9));
}

TEST(PagingStructureCache, FindingAloneDoesNotSaveAnEntryTouchingDoes) {
  Psc psc = every_level();
  psc.insert(5, 0, 0, 0x1000);
  psc.insert(5, UINT64_C(1) << 48, 0, 0x2000);
  EXPECT_TRUE(psc.holds(5, 0));
  psc.insert(5, UINT64_C(2) << 48, 0, 0x3000);
  EXPECT_FALSE(psc.holds(5, 0));
  EXPECT_TRUE(psc.holds(5, UINT64_C(1) << 48));
  pw_psc_touch(psc.get(), 5, psc.place);
  psc.insert(5, UINT64_C(3) << 48, 0, 0x4000);
  EXPECT_TRUE(psc.holds(5, UINT64_C(1) << 48));
  EXPECT_FALSE(psc.holds(5, UINT64_C(2) << 48));
}

TEST(PagingStructureCache, DropAddressDropsTheEntriesOfEveryLevelInThatPcid) {
  Psc psc = every_level();
  for (unsigned level = 2; level <= 5; level++) {
    for (unsigned pcid : {1u, 2u}) psc.insert(level, 0, pcid, 0x1000);
  }
  psc.insert(2, UINT64_C(1) << 21, 1, 0x2000);
  pw_psc_drop_address(psc.get(), 0x123456, 1);
  for (unsigned level = 2; level <= 5; level++) {
    EXPECT_FALSE(psc.holds(level, 0, 1)) << level;
    EXPECT_TRUE(psc.holds(level, 0, 2)) << level;
  }
  EXPECT_TRUE(psc.holds(2, UINT64_C(1) << 21, 1)) << "a walk of the address does not use it";
}

TEST(PagingStructureCache, DropMatchingWorksOnEveryLevelThatExists) {
  Psc psc(make_array(4, 4), make_array(0, 0), make_array(1, 4), make_array(1, 2));
  for (unsigned level : {2u, 4u, 5u}) {
    for (unsigned pcid : {1u, 2u}) psc.insert(level, 0, pcid, 0x1000);
  }
  pw_psc_drop_matching(psc.get(), pw_match_pcid(2));
  for (unsigned level : {2u, 4u, 5u}) {
    EXPECT_TRUE(psc.holds(level, 0, 1)) << level;
    EXPECT_FALSE(psc.holds(level, 0, 2)) << level;
  }
  pw_psc_drop_matching(psc.get(), pw_match_all());
  for (unsigned level : {2u, 4u, 5u}) EXPECT_FALSE(psc.holds(level, 0, 1)) << level;
}

TEST(PagingStructureCache, ResetEmptiesEveryLevel) {
  Psc psc = every_level();
  for (unsigned level = 2; level <= 5; level++) psc.insert(level, 0, 0, 0x1000);
  pw_psc_reset(psc.get());
  for (unsigned level = 2; level <= 5; level++) EXPECT_FALSE(psc.holds(level, 0)) << level;
}

TEST(PagingStructureCache, HoldsWhatAMapHolds) {
  Psc psc(make_array(7, 64), make_array(3, 64), make_array(1, 64), make_array(1, 64));
  std::map<std::tuple<unsigned, unsigned, uint64_t>, uint64_t> model;
  std::mt19937_64 random(6);
  for (unsigned step = 0; step < 20000; step++) {
    uint64_t linear = 0;
    for (unsigned level = 2; level <= 5; level++) linear |= random() % 2 << kShift[level];
    const auto pcid = static_cast<unsigned>(random() % 3);
    const auto level = static_cast<unsigned>(2 + random() % 4);
    switch (random() % 8) {
      case 0:
      case 1:
        ASSERT_EQ(0u, psc.insert(level, linear, pcid, step)) << "large enough never to evict";
        model[{level, pcid, linear >> kShift[level]}] = step;
        break;
      case 2:
        pw_psc_drop_address(psc.get(), linear, pcid);
        for (unsigned l = 2; l <= 5; l++) model.erase({l, pcid, linear >> kShift[l]});
        break;
      default: {
        const auto found = model.find({level, pcid, linear >> kShift[level]});
        ASSERT_EQ(found == model.end() ? UINT64_MAX : found->second, psc.find(level, linear, pcid)) << "step " << step;
        break;
      }
    }
  }
}

} // namespace
