// The set-associative array of keys: sets, slots, which way a new key takes.
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>
#include <set>
#include <vector>

#include "geometry.h"

extern "C" {
#include "random.h"
#include "set_assoc.h"
}

using namespace pagewalk_test;

namespace {

constexpr unsigned kIndexShift = 4;

class Array {
 public:
  Array(uint32_t sets, uint32_t ways, pw_policy policy = PW_LRU, uint64_t seed = 1) {
    EXPECT_EQ(0, pw_set_assoc_init(&assoc_, make_array(sets, ways, policy), kIndexShift, seed));
  }
  ~Array() { pw_set_assoc_free(&assoc_); }
  Array(const Array &) = delete;
  Array &operator=(const Array &) = delete;

  pw_set_assoc *get() { return &assoc_; }
  uint32_t set_of(uint64_t index) const { return pw_set_assoc_set(&assoc_, index); }
  int find(uint32_t set, uint64_t key) const { return pw_set_assoc_find(&assoc_, set, key, key); }
  uint32_t choose(uint32_t set) { return pw_set_assoc_choose(&assoc_, set); }
  void put(uint32_t set, uint32_t way, uint64_t key) { pw_set_assoc_put(&assoc_, set, way, key); }
  void hit(uint32_t set, uint32_t way) { pw_set_assoc_hit(&assoc_, set, way); }
  uint64_t &key(uint32_t set, uint32_t way) { return assoc_.keys[pw_set_assoc_slot(&assoc_, set, way)]; }

 private:
  pw_set_assoc assoc_{};
};

TEST(SetAssoc, SetIsTheIndexModuloTheSets) {
  const uint64_t indices[] = {
      0, 1, 2, 3, 63, 64, 127, 128, 4095, 123456789, UINT64_MAX, (UINT64_C(1) << 45) - 1, UINT64_C(1) << 44};
  for (uint32_t sets : {1u, 2u, 3u, 5u, 7u, 12u, 64u, 100u, 128u, 1536u, 1u << 20}) {
    Array array(sets, 1);
    for (uint64_t index : indices) EXPECT_EQ(index % sets, array.set_of(index)) << sets << " sets, index " << index;
  }
}

TEST(SetAssoc, SlotsOfAllSetsAndWaysAreDistinctAndDense) {
  Array array(7, 3);
  std::set<uint64_t> slots;
  for (uint32_t set = 0; set < 7; set++) {
    for (uint32_t way = 0; way < 3; way++) slots.insert(pw_set_assoc_slot(array.get(), set, way));
  }
  EXPECT_EQ(21u, slots.size());
  EXPECT_EQ(20u, *slots.rbegin());
}

TEST(SetAssoc, StartsEmpty) {
  Array array(3, 4);
  for (uint32_t set = 0; set < 3; set++) {
    for (uint32_t way = 0; way < 4; way++) EXPECT_EQ(0u, array.key(set, way));
    EXPECT_EQ(-1, array.find(set, 5));
  }
}

TEST(SetAssoc, EmptyWaysAreFilledFirstLowestNumberFirst) {
  for (pw_policy policy : {PW_LRU, PW_TREE_PLRU, PW_BIT_PLRU, PW_FIFO, PW_RANDOM, PW_SRRIP}) {
    Array array(2, 4, policy);
    for (uint32_t way = 0; way < 4; way++) {
      ASSERT_EQ(way, array.choose(1)) << "policy " << policy;
      array.put(1, way, 100 + way);
    }
    pw_set_assoc_drop(array.get(), 1, 2);
    EXPECT_EQ(2u, array.choose(1)) << "policy " << policy << ": a hole goes before any victim";
    pw_set_assoc_drop(array.get(), 1, 1);
    EXPECT_EQ(1u, array.choose(1)) << "policy " << policy;
    EXPECT_EQ(0u, array.choose(0)) << "policy " << policy << ": the other set is still empty";
  }
}

TEST(SetAssoc, AFullSetGivesUpTheVictimOfThePolicy) {
  Array array(1, 3);
  for (uint32_t way = 0; way < 3; way++) array.put(0, way, 10 + way);
  array.hit(0, 0);
  EXPECT_EQ(1u, array.choose(0));
}

TEST(SetAssoc, ChoosingAnEmptyWayDoesNotAdvanceRandomReplacement) {
  Array through_empty(1, 8, PW_RANDOM, 9);
  for (uint32_t way = 0; way < 8; way++) through_empty.put(0, through_empty.choose(0), 1 + way);
  Array direct(1, 8, PW_RANDOM, 9);
  for (uint32_t way = 0; way < 8; way++) direct.put(0, way, 1 + way);
  for (unsigned i = 0; i < 50; i++) ASSERT_EQ(direct.choose(0), through_empty.choose(0));
}

TEST(SetAssoc, FindAnswersForTheKeyOrItsTwin) {
  Array array(2, 4);
  const uint64_t key = 50 << kIndexShift | 1; // twins differ in the bits below the index
  const uint64_t twin = 50 << kIndexShift | 3;
  const uint64_t other = 51 << kIndexShift | 1;
  array.put(0, 2, key);
  array.put(0, 3, twin);
  EXPECT_EQ(2, pw_set_assoc_find(array.get(), 0, key, other));
  EXPECT_EQ(3, pw_set_assoc_find(array.get(), 0, twin, twin));
  EXPECT_EQ(2, pw_set_assoc_find(array.get(), 0, twin, key)) << "the lower way, whichever of the two it holds";
  EXPECT_EQ(-1, pw_set_assoc_find(array.get(), 1, key, twin)) << "another set";
  EXPECT_EQ(-1, pw_set_assoc_find(array.get(), 0, other, other));
}

// Keys that agree in their tags and differ above them, in arrays of every width: the whole key decides.
TEST(SetAssoc, FindComparesTheWholeKey) {
  for (uint32_t ways = 1; ways <= 64; ways++) {
    Array array(1, ways);
    auto key_of = [](uint64_t way) { return ((way + 1) << 40 | 7) << kIndexShift | 1; };
    for (uint32_t way = 0; way < ways; way++) array.put(0, way, key_of(way));
    for (uint32_t way = 0; way < ways; way++) ASSERT_EQ(static_cast<int>(way), array.find(0, key_of(way))) << ways;
    EXPECT_EQ(-1, array.find(0, key_of(ways))) << ways;
  }
}

TEST(SetAssoc, DroppedWayIsNotFoundAndIsChosenNext) {
  Array array(2, 3);
  for (uint32_t way = 0; way < 3; way++) array.put(1, way, way << kIndexShift | 1);
  pw_set_assoc_drop(array.get(), 1, 1);
  EXPECT_EQ(-1, array.find(1, 1 << kIndexShift | 1));
  EXPECT_EQ(2, array.find(1, 2 << kIndexShift | 1));
  EXPECT_EQ(1u, array.choose(1));
}

TEST(TagMatch, BothTwinsGiveTheSameBits) {
  uint64_t state = 1;
  for (unsigned i = 0; i < 100000; i++) {
    uint16_t tags[PW_TAG_GROUP];
    for (uint16_t &tag : tags) tag = static_cast<uint16_t>(pw_random_next(&state) & (i % 2 ? 3 : 0xffff));
    const uint16_t wanted = i % 3 ? tags[i % PW_TAG_GROUP] : static_cast<uint16_t>(pw_random_next(&state));
    uint32_t expected = 0;
    for (unsigned t = 0; t < PW_TAG_GROUP; t++) expected |= (tags[t] == wanted ? 1u : 0u) << t;
    ASSERT_EQ(expected, pw_tag_match(tags, wanted));
    ASSERT_EQ(expected, pw_tag_match_scalar(tags, wanted));
  }
}

TEST(SetAssoc, FindLooksAtTheLastOf64Ways) {
  Array array(3, 64);
  array.put(2, 63, UINT64_MAX);
  EXPECT_EQ(63, array.find(2, UINT64_MAX));
  EXPECT_EQ(-1, array.find(1, UINT64_MAX));
}

TEST(SetAssoc, ResetEmptiesEveryWayAndRestartsThePolicy) {
  Array array(3, 2);
  for (uint32_t set = 0; set < 3; set++) {
    array.put(set, 0, 1);
    array.put(set, 1, 2);
    array.hit(set, 0);
  }
  pw_set_assoc_reset(array.get());
  for (uint32_t set = 0; set < 3; set++) {
    EXPECT_EQ(-1, array.find(set, 1));
    EXPECT_EQ(-1, array.find(set, 2));
    array.key(set, 0) = 1; // full, without the policy noticing
    array.key(set, 1) = 2;
    array.get()->used[set] = 2;
    EXPECT_EQ(0u, array.choose(set)) << "before the reset the victim was way 1";
  }
}

// An LRU cache as textbooks write it: a list per set, most recent first.
TEST(SetAssoc, HoldsWhatAnLruListHolds) {
  for (uint32_t sets : {1u, 3u, 8u}) {
    for (uint32_t ways : {1u, 2u, 5u, 64u}) {
      Array array(sets, ways);
      std::vector<std::list<uint64_t>> model(sets);
      std::mt19937_64 random(sets * 100 + ways);
      for (unsigned step = 0; step < 5000; step++) {
        const uint64_t key = 1 + random() % (2 * sets * ways);
        const uint32_t set = array.set_of(key);
        std::list<uint64_t> &list = model[key % sets];
        const bool expected = std::find(list.begin(), list.end(), key) != list.end();
        const int way = array.find(set, key);
        ASSERT_EQ(expected, way >= 0) << sets << "x" << ways << " step " << step;
        list.remove(key);
        if (random() % 16 == 0) { // an invalidation
          if (way >= 0) pw_set_assoc_drop(array.get(), set, static_cast<uint32_t>(way));
          continue;
        }
        if (way >= 0) {
          array.hit(set, static_cast<uint32_t>(way));
        } else {
          array.put(set, array.choose(set), key);
        }
        list.push_front(key);
        if (list.size() > ways) list.pop_back();
      }
    }
  }
}

} // namespace
