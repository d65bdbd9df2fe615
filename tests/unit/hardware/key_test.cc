// The key of a cached entry: its fields, and what an invalidation selects.
#include <gtest/gtest.h>

#include <random>
#include <set>

extern "C" {
#include "key.h"
}

namespace {

TEST(Key, FieldsLieWhereTheLayoutSays) {
  EXPECT_EQ(UINT64_C(1), pw_key_make(0, 0, 0)) << "a key is never 0: 0 is an empty way";
  EXPECT_EQ(UINT64_C(0xf), pw_key_make(7, 0, 0));
  EXPECT_EQ(UINT64_C(0xfff1), pw_key_make(0, 0xfff, 0));
  EXPECT_EQ(UINT64_C(0x10001), pw_key_make(0, PW_KEY_GLOBAL_PCID, 0));
  EXPECT_EQ(UINT64_C(0x20001), pw_key_make(0, 0, 1));
  EXPECT_EQ(UINT64_C(0x3fffffffffffffff), pw_key_make(7, 0x1fff, (UINT64_C(1) << 45) - 1)) << "bits 63:62 stay 0";
}

TEST(Key, FieldsComeBackFromAnyKey) {
  std::mt19937_64 random(17);
  for (unsigned i = 0; i < 20000; i++) {
    const auto key_class = static_cast<unsigned>(random() % PW_KEY_CLASSES);
    const uint64_t pcid = random() % 4096;
    const uint64_t region = random() >> 19;
    const uint64_t key = pw_key_make(key_class, pcid, region);
    ASSERT_EQ(key_class, pw_key_class(key));
    ASSERT_EQ(region, pw_key_region_of(key));
    ASSERT_EQ(pcid, (key & PW_KEY_PCID_FIELD) >> PW_KEY_PCID_SHIFT);
    ASSERT_FALSE(pw_key_is_global(key));
  }
}

TEST(Key, EveryPageSizeHasAClassOfItsOwn) {
  EXPECT_EQ(static_cast<unsigned>(PW_KEY_4K), pw_key_class_of_page(12));
  EXPECT_EQ(static_cast<unsigned>(PW_KEY_2M), pw_key_class_of_page(21));
  EXPECT_EQ(static_cast<unsigned>(PW_KEY_4M), pw_key_class_of_page(22));
  EXPECT_EQ(static_cast<unsigned>(PW_KEY_1G), pw_key_class_of_page(30));
}

TEST(Key, PagesAndPagingStructureEntriesOfTheSameRegionNeverCollide) {
  std::set<uint64_t> keys;
  for (unsigned key_class = 0; key_class < PW_KEY_CLASSES; key_class++) {
    for (uint64_t pcid : {UINT64_C(0), UINT64_C(1), UINT64_C(4095), PW_KEY_GLOBAL_PCID}) {
      for (uint64_t region : {UINT64_C(0), UINT64_C(1), UINT64_C(1) << 44}) {
        keys.insert(pw_key_make(key_class, pcid, region));
      }
    }
  }
  EXPECT_EQ(8u * 4u * 3u, keys.size());
}

TEST(Key, RegionIsTheLinearAddressOverItsSize) {
  EXPECT_EQ(UINT64_C(0x12345), pw_key_region(0x12345fff, 12));
  EXPECT_EQ(UINT64_C(1), pw_key_region(0x3fffff, 21));
  EXPECT_EQ(UINT64_C(0x1ff), pw_key_region(UINT64_MAX, 48)) << "57 bits of the address take part";
}

TEST(Key, RegionsOfTheTwoHalvesOfTheAddressSpaceDiffer) {
  EXPECT_NE(pw_key_region(UINT64_C(0x0000000000000000), 39), pw_key_region(UINT64_C(0xffff800000000000), 39));
  EXPECT_NE(pw_key_region(UINT64_C(0x0000700000000000), 12), pw_key_region(UINT64_C(0xfffff00000000000), 12));
  EXPECT_NE(pw_key_region(UINT64_C(0x00ff000000000000), 48), pw_key_region(UINT64_C(0xffff000000000000), 48));
}

TEST(Key, EveryBitOfACanonicalAddressAboveThePageCounts) {
  for (unsigned bit = 12; bit < 57; bit++) {
    EXPECT_NE(pw_key_region(0, 12), pw_key_region(UINT64_C(1) << bit, 12)) << "bit " << bit;
  }
}

TEST(Key, NoPcidIsTheGlobalOne) {
  for (uint64_t pcid = 0; pcid < 4096; pcid++) ASSERT_FALSE(pw_key_is_global(pw_key_make(PW_KEY_4K, pcid, ~0u)));
  EXPECT_TRUE(pw_key_is_global(pw_key_make(PW_KEY_4K, PW_KEY_GLOBAL_PCID, 0)));
}

TEST(Key, GlobalTwinOfAKeyIsOneMaskAway) {
  const uint64_t own = pw_key_make(PW_KEY_2M, 0xabc, 0x1234);
  EXPECT_EQ(pw_key_make(PW_KEY_2M, PW_KEY_GLOBAL_PCID, 0x1234), (own & ~PW_KEY_PCID_FIELD) | PW_KEY_GLOBAL);
}

// ---- what an invalidation selects ----
struct Keys {
  uint64_t empty = 0;
  uint64_t pcid0 = pw_key_make(PW_KEY_4K, 0, 0x777);
  uint64_t pcid5 = pw_key_make(PW_KEY_1G, 5, 0x1);
  uint64_t psc5 = pw_key_make(PW_KEY_PSC + 3, 5, 0);
  uint64_t global = pw_key_make(PW_KEY_2M, PW_KEY_GLOBAL_PCID, 0x777);
};

TEST(KeyMatch, AllSelectsEveryEntryButNoEmptyWay) {
  const Keys keys;
  const pw_key_match match = pw_match_all();
  EXPECT_FALSE(pw_key_matches(match, keys.empty));
  for (uint64_t key : {keys.pcid0, keys.pcid5, keys.psc5, keys.global}) EXPECT_TRUE(pw_key_matches(match, key));
}

TEST(KeyMatch, AllButGlobalsLeavesGlobals) {
  const Keys keys;
  const pw_key_match match = pw_match_all_but_globals();
  EXPECT_FALSE(pw_key_matches(match, keys.empty));
  EXPECT_FALSE(pw_key_matches(match, keys.global));
  for (uint64_t key : {keys.pcid0, keys.pcid5, keys.psc5}) EXPECT_TRUE(pw_key_matches(match, key));
}

TEST(KeyMatch, APcidSelectsItsEntriesOfEveryKindAndLeavesGlobals) {
  const Keys keys;
  EXPECT_TRUE(pw_key_matches(pw_match_pcid(5), keys.pcid5));
  EXPECT_TRUE(pw_key_matches(pw_match_pcid(5), keys.psc5));
  EXPECT_TRUE(pw_key_matches(pw_match_pcid(0), keys.pcid0));
  for (uint64_t pcid = 0; pcid < 4096; pcid++) {
    ASSERT_FALSE(pw_key_matches(pw_match_pcid(pcid), keys.empty));
    ASSERT_FALSE(pw_key_matches(pw_match_pcid(pcid), keys.global));
    ASSERT_EQ(pcid == 5, pw_key_matches(pw_match_pcid(pcid), keys.pcid5));
  }
}

} // namespace
