// The replacement policies, each against a model of its own: docs/config.md, "Replacement policies".
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "geometry.h"

extern "C" {
#include "replacement.h"
}

using namespace pagewalk_test;

namespace {

constexpr pw_policy kPolicies[] = {PW_LRU, PW_TREE_PLRU, PW_BIT_PLRU, PW_FIFO, PW_RANDOM, PW_SRRIP};

class Replacement {
 public:
  Replacement(pw_policy policy, uint32_t sets, uint32_t ways, uint64_t seed = 1) {
    EXPECT_EQ(0, pw_replacement_init(&state_, make_array(sets, ways, policy), seed));
  }
  ~Replacement() { pw_replacement_free(&state_); }
  Replacement(const Replacement &) = delete;
  Replacement &operator=(const Replacement &) = delete;

  uint32_t victim(uint32_t set = 0) { return pw_replacement_victim(&state_, set); }
  void hit(uint32_t way, uint32_t set = 0) { pw_replacement_hit(&state_, set, way); }
  void fill(uint32_t way, uint32_t set = 0) { pw_replacement_fill(&state_, set, way); }
  void reset() { pw_replacement_reset(&state_); }

  // Replaces the victim and returns it.
  uint32_t evict(uint32_t set = 0) {
    const uint32_t way = victim(set);
    fill(way, set);
    return way;
  }
  std::vector<uint32_t> evict_times(uint32_t count) {
    std::vector<uint32_t> ways;
    for (uint32_t i = 0; i < count; i++) ways.push_back(evict());
    return ways;
  }
  void fill_all(uint32_t ways, uint32_t set = 0) {
    for (uint32_t way = 0; way < ways; way++) fill(way, set);
  }

 private:
  pw_replacement state_{};
};

// One set, as a policy is defined, not as it is implemented. Victim may change state (SRRIP).
struct SetModel {
  virtual ~SetModel() = default;
  virtual void hit(uint32_t way) = 0;
  virtual void fill(uint32_t way) = 0;
  virtual uint32_t victim() = 0;
};

class LruModel : public SetModel {
 public:
  explicit LruModel(uint32_t ways) {
    for (uint32_t way = ways; way-- > 0;) order_.push_front(way);
    order_.reverse(); // way 0 is the oldest: it is at the back
  }
  void hit(uint32_t way) override {
    order_.remove(way);
    order_.push_front(way);
  }
  void fill(uint32_t way) override { hit(way); }
  uint32_t victim() override { return order_.back(); }

 private:
  std::list<uint32_t> order_;
};

class FifoModel : public LruModel {
 public:
  using LruModel::LruModel;
  void hit(uint32_t) override {}
  void fill(uint32_t way) override { LruModel::hit(way); }
};

// The tree as a tree: a node owns its halves and remembers which of them to evict from.
class TreeModel : public SetModel {
 public:
  TreeModel(uint32_t first, uint32_t count) : first_(first), count_(count) {
    if (count == 1) return;
    left_ = std::make_unique<TreeModel>(first, count / 2);
    right_ = std::make_unique<TreeModel>(first + count / 2, count / 2);
  }
  void hit(uint32_t way) override {
    if (count_ == 1) return;
    const bool is_left = way < first_ + count_ / 2;
    victim_is_right_ = is_left;
    (is_left ? left_ : right_)->hit(way);
  }
  void fill(uint32_t way) override { hit(way); }
  uint32_t victim() override {
    if (count_ == 1) return first_;
    return (victim_is_right_ ? right_ : left_)->victim();
  }

 private:
  uint32_t first_;
  uint32_t count_;
  bool victim_is_right_ = false;
  std::unique_ptr<TreeModel> left_;
  std::unique_ptr<TreeModel> right_;
};

class BitModel : public SetModel {
 public:
  explicit BitModel(uint32_t ways) : ways_(ways) {}
  void hit(uint32_t way) override {
    used_.insert(way);
    if (used_.size() == ways_) used_ = {way};
  }
  void fill(uint32_t way) override { hit(way); }
  uint32_t victim() override {
    for (uint32_t way = 0; way < ways_; way++) {
      if (!used_.count(way)) return way;
    }
    return 0; // a single way
  }

 private:
  uint32_t ways_;
  std::set<uint32_t> used_;
};

class SrripModel : public SetModel {
 public:
  explicit SrripModel(uint32_t ways) : interval_(ways, 3) {}
  void hit(uint32_t way) override { interval_[way] = 0; }
  void fill(uint32_t way) override { interval_[way] = 2; }
  uint32_t victim() override {
    unsigned largest = 0;
    for (unsigned interval : interval_) largest = std::max(largest, interval);
    for (unsigned &interval : interval_) interval += 3 - largest;
    uint32_t way = 0;
    while (interval_[way] != 3) way++;
    return way;
  }

 private:
  std::vector<unsigned> interval_;
};

std::unique_ptr<SetModel> make_model(pw_policy policy, uint32_t ways) {
  switch (policy) {
    case PW_LRU: return std::make_unique<LruModel>(ways);
    case PW_FIFO: return std::make_unique<FifoModel>(ways);
    case PW_TREE_PLRU: return std::make_unique<TreeModel>(0, ways);
    case PW_BIT_PLRU: return std::make_unique<BitModel>(ways);
    default: return std::make_unique<SrripModel>(ways);
  }
}

struct Shape {
  pw_policy policy;
  uint32_t sets;
  uint32_t ways;
};

void PrintTo(const Shape &shape, std::ostream *out) {
  *out << pw_policy_name(shape.policy) << " " << shape.sets << "x" << shape.ways;
}

class AgainstAModel : public testing::TestWithParam<Shape> {};

// Hits, fills and evictions in random order, from reset on: ways that were never filled take part too.
TEST_P(AgainstAModel, EveryVictimOfARandomStreamAgrees) {
  const Shape shape = GetParam();
  Replacement policy(shape.policy, shape.sets, shape.ways);
  std::vector<std::unique_ptr<SetModel>> model;
  for (uint32_t set = 0; set < shape.sets; set++) model.push_back(make_model(shape.policy, shape.ways));
  std::mt19937_64 random(shape.sets * 1000 + shape.ways);
  for (unsigned step = 0; step < 20000; step++) {
    const auto set = static_cast<uint32_t>(random() % shape.sets);
    const auto way = static_cast<uint32_t>(random() % shape.ways);
    switch (random() % 8) {
      case 0:
        policy.fill(way, set);
        model[set]->fill(way);
        break;
      case 1:
      case 2: {
        const uint32_t expected = model[set]->victim();
        ASSERT_EQ(expected, policy.victim(set)) << "step " << step;
        policy.fill(expected, set);
        model[set]->fill(expected);
        break;
      }
      case 3: ASSERT_EQ(model[set]->victim(), policy.victim(set)) << "step " << step; break;
      default:
        policy.hit(way, set);
        model[set]->hit(way);
        break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, AgainstAModel,
                         testing::Values(Shape{PW_LRU, 1, 1}, Shape{PW_LRU, 4, 2}, Shape{PW_LRU, 3, 5},
                                         Shape{PW_LRU, 5, 64}, Shape{PW_FIFO, 1, 1}, Shape{PW_FIFO, 3, 5},
                                         Shape{PW_FIFO, 2, 64}, Shape{PW_TREE_PLRU, 1, 1}, Shape{PW_TREE_PLRU, 3, 2},
                                         Shape{PW_TREE_PLRU, 1, 4}, Shape{PW_TREE_PLRU, 5, 8},
                                         Shape{PW_TREE_PLRU, 2, 16}, Shape{PW_TREE_PLRU, 2, 32},
                                         Shape{PW_TREE_PLRU, 3, 64}, Shape{PW_BIT_PLRU, 3, 1}, Shape{PW_BIT_PLRU, 1, 2},
                                         Shape{PW_BIT_PLRU, 3, 7}, Shape{PW_BIT_PLRU, 2, 63}, Shape{PW_BIT_PLRU, 2, 64},
                                         Shape{PW_SRRIP, 1, 1}, Shape{PW_SRRIP, 3, 4}, Shape{PW_SRRIP, 1, 12},
                                         Shape{PW_SRRIP, 2, 64}));

// ---- every policy ----
class EveryPolicy : public testing::TestWithParam<pw_policy> {};

TEST_P(EveryPolicy, AnOnlyWayIsAlwaysTheVictim) {
  Replacement policy(GetParam(), 3, 1);
  for (unsigned i = 0; i < 100; i++) {
    ASSERT_EQ(0u, policy.evict(i % 3));
    policy.hit(0, i % 3);
  }
}

TEST_P(EveryPolicy, VictimsAreWaysOfTheSetForTheWidestSet) {
  Replacement policy(GetParam(), 2, 64);
  std::set<uint32_t> seen;
  for (unsigned i = 0; i < 5000; i++) {
    const uint32_t way = policy.evict(i % 2);
    ASSERT_LT(way, 64u);
    seen.insert(way);
  }
  EXPECT_EQ(64u, seen.size()) << "no way is safe for ever";
}

TEST_P(EveryPolicy, ResetGivesTheStateOfANewArray) {
  Replacement used(GetParam(), 3, 4);
  std::mt19937_64 random(5);
  for (unsigned i = 0; i < 1000; i++) {
    used.hit(static_cast<uint32_t>(random() % 4), static_cast<uint32_t>(random() % 3));
    used.evict(static_cast<uint32_t>(random() % 3));
  }
  used.reset();
  Replacement fresh(GetParam(), 3, 4);
  for (unsigned i = 0; i < 1000; i++) {
    const auto set = static_cast<uint32_t>(random() % 3);
    const auto way = static_cast<uint32_t>(random() % 4);
    used.hit(way, set);
    fresh.hit(way, set);
    ASSERT_EQ(fresh.evict(set), used.evict(set)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, EveryPolicy, testing::ValuesIn(kPolicies),
                         [](const auto &policy) { return "Policy" + std::to_string(policy.param); });

TEST(Replacement, SetsDoNotInfluenceEachOther) {
  for (pw_policy policy : {PW_LRU, PW_TREE_PLRU, PW_BIT_PLRU, PW_FIFO, PW_SRRIP}) {
    Replacement alone(policy, 1, 4);
    Replacement among(policy, 3, 4);
    std::mt19937_64 random(9);
    for (unsigned i = 0; i < 2000; i++) {
      const auto way = static_cast<uint32_t>(random() % 4);
      alone.hit(way);
      among.hit(way, 1);
      among.hit(static_cast<uint32_t>(random() % 4), 0);
      among.evict(2);
      ASSERT_EQ(alone.evict(), among.evict(1)) << "policy " << policy << " step " << i;
    }
  }
}

// ---- LRU and FIFO ----
TEST(Lru, VictimIsTheWayUsedLongestAgo) {
  Replacement lru(PW_LRU, 1, 4);
  lru.fill_all(4);
  lru.hit(0);
  EXPECT_EQ(1u, lru.victim());
  lru.hit(1);
  lru.hit(3);
  EXPECT_EQ(2u, lru.victim());
  EXPECT_EQ(2u, lru.victim()) << "asking does not change the answer";
}

TEST(Fifo, HitsDoNotProtectAWay) {
  Replacement fifo(PW_FIFO, 1, 3);
  fifo.fill_all(3);
  for (unsigned i = 0; i < 10; i++) fifo.hit(0);
  EXPECT_EQ((std::vector<uint32_t>{0, 1, 2, 0, 1}), fifo.evict_times(5));
}

TEST(Fifo, AFillOverItsOwnKeyStartsTheWayAnew) {
  Replacement fifo(PW_FIFO, 1, 3);
  fifo.fill_all(3);
  fifo.fill(0);
  EXPECT_EQ(1u, fifo.victim());
}

// ---- tree-PLRU ----
TEST(TreePlru, StartsWithWayZero) {
  for (uint32_t ways : {1u, 2u, 4u, 8u, 16u, 32u, 64u}) EXPECT_EQ(0u, Replacement(PW_TREE_PLRU, 1, ways).victim());
}

TEST(TreePlru, VictimIsInTheHalfTheRootWasNotLastUsedIn) {
  Replacement tree(PW_TREE_PLRU, 1, 4);
  tree.hit(0);
  EXPECT_EQ(2u, tree.victim());
  tree.hit(2);
  EXPECT_EQ(1u, tree.victim()) << "the left node still points away from way 0";
  tree.hit(1);
  EXPECT_EQ(3u, tree.victim());
  tree.hit(3);
  EXPECT_EQ(0u, tree.victim());
}

TEST(TreePlru, ReplacingVictimsOnlyGoesAroundInBitReversedOrder) {
  EXPECT_EQ((std::vector<uint32_t>{0, 2, 1, 3, 0, 2, 1, 3}), Replacement(PW_TREE_PLRU, 1, 4).evict_times(8));
  EXPECT_EQ((std::vector<uint32_t>{0, 4, 2, 6, 1, 5, 3, 7}), Replacement(PW_TREE_PLRU, 1, 8).evict_times(8));
}

TEST(TreePlru, IsNotLru) {
  Replacement tree(PW_TREE_PLRU, 1, 4);
  for (uint32_t way : {0u, 1u, 2u, 3u, 0u}) tree.hit(way);
  EXPECT_EQ(2u, tree.victim()) << "way 1 was used longest ago";
}

TEST(TreePlru, TheLastUsedWayIsNeverTheVictim) {
  for (uint32_t ways : {2u, 8u, 64u}) {
    Replacement tree(PW_TREE_PLRU, 1, ways);
    std::mt19937_64 random(ways);
    for (unsigned i = 0; i < 2000; i++) {
      const auto way = static_cast<uint32_t>(random() % ways);
      tree.hit(way);
      ASSERT_NE(way, tree.victim());
    }
  }
}

// ---- bit-PLRU ----
TEST(BitPlru, VictimIsTheLowestWayNotMarked) {
  Replacement plru(PW_BIT_PLRU, 1, 4);
  EXPECT_EQ(0u, plru.victim());
  plru.hit(0);
  plru.hit(2);
  EXPECT_EQ(1u, plru.victim());
  plru.hit(1);
  EXPECT_EQ(3u, plru.victim());
}

TEST(BitPlru, MarkingTheLastWayForgetsTheOthers) {
  Replacement plru(PW_BIT_PLRU, 1, 4);
  for (uint32_t way : {0u, 1u, 3u, 2u}) plru.hit(way);
  EXPECT_EQ(0u, plru.victim());
  plru.hit(0);
  plru.hit(1);
  EXPECT_EQ(3u, plru.victim()) << "way 2 kept its mark";
}

TEST(BitPlru, SixtyFourWaysUseTheWholeWord) {
  Replacement plru(PW_BIT_PLRU, 1, 64);
  for (uint32_t way = 0; way < 63; way++) plru.hit(way);
  EXPECT_EQ(63u, plru.victim());
  plru.hit(63);
  EXPECT_EQ(0u, plru.victim());
}

// ---- random ----
std::vector<uint32_t> draw(uint64_t seed, uint32_t ways, unsigned count) {
  return Replacement(PW_RANDOM, 1, ways, seed).evict_times(count);
}

TEST(RandomPolicy, IsReproducibleFromTheSeed) {
  EXPECT_EQ(draw(77, 8, 1000), draw(77, 8, 1000));
  EXPECT_NE(draw(77, 8, 1000), draw(79, 8, 1000));
}

// docs/config.md: x of xorshift32 with the shifts 13, 17, 5; the way is (x * ways) >> 32. The RTL does the same.
TEST(RandomPolicy, WayIsTheUpperPartOfXorshiftTimesWays) {
  for (uint32_t ways : {1u, 3u, 8u, 64u}) {
    uint32_t x = 0x12345677;
    const std::vector<uint32_t> drawn = draw(0xabcdef0012345676, ways, 500);
    for (uint32_t way : drawn) {
      x ^= x << 13;
      x ^= x >> 17;
      x ^= x << 5;
      ASSERT_EQ(static_cast<uint32_t>(static_cast<uint64_t>(x) * ways / (UINT64_C(1) << 32)), way);
    }
  }
}

TEST(RandomPolicy, AZeroSeedStillMoves) {
  const std::vector<uint32_t> ways = draw(0, 16, 100);
  EXPECT_GT(std::set<uint32_t>(ways.begin(), ways.end()).size(), 8u);
}

TEST(RandomPolicy, HitsAndFillsDoNotAdvanceTheGenerator) {
  Replacement policy(PW_RANDOM, 1, 16, 5);
  const std::vector<uint32_t> expected = draw(5, 16, 100);
  for (uint32_t way : expected) {
    policy.hit(3);
    policy.fill(4);
    ASSERT_EQ(way, policy.victim());
  }
}

TEST(RandomPolicy, AllSetsShareOneGenerator) {
  Replacement policy(PW_RANDOM, 7, 16, 5);
  const std::vector<uint32_t> expected = draw(5, 16, 100);
  for (uint32_t i = 0; i < 100; i++) ASSERT_EQ(expected[i], policy.victim(i % 7));
}

TEST(RandomPolicy, WaysAreRoughlyEquallyLikely) {
  for (uint32_t ways : {3u, 16u, 64u}) {
    const unsigned per_way = 2000;
    std::vector<unsigned> count(ways);
    for (uint32_t way : draw(2024, ways, per_way * ways)) count[way]++;
    double chi_squared = 0;
    for (unsigned c : count) chi_squared += (double{1} * c - per_way) * (double{1} * c - per_way) / per_way;
    // Mean ways - 1, variance 2 (ways - 1): five standard deviations.
    const double freedom = ways - 1.0;
    EXPECT_LT(chi_squared, freedom + 5 * std::sqrt(2 * freedom)) << ways;
  }
}

// ---- SRRIP ----
// Runs a reference stream through one set of 4 ways; empty ways are filled first. '+' is a hit, '-' a miss.
std::string run_set(pw_policy policy, const std::vector<std::string> &references) {
  Replacement set(policy, 1, 4);
  std::vector<std::string> held;
  std::string outcome;
  for (const std::string &reference : references) {
    const auto at = std::find(held.begin(), held.end(), reference);
    if (at != held.end()) {
      set.hit(static_cast<uint32_t>(at - held.begin()));
      outcome += '+';
      continue;
    }
    outcome += '-';
    if (held.size() < 4) {
      set.fill(static_cast<uint32_t>(held.size()));
      held.push_back(reference);
    } else {
      held[set.evict()] = reference;
    }
  }
  return outcome;
}

// Jaleel et al., "High Performance Cache Replacement Using Re-Reference Interval Prediction (RRIP)", ISCA 2010: the
// figure that compares LRU and 2-bit SRRIP with hit priority on a mixed access pattern.
TEST(Srrip, KeepsTheWorkingSetThroughTheScanOfThePaper) {
  const std::vector<std::string> pattern = {"a1", "a2", "a2", "a1", "b1", "b2", "b3", "b4", "a1", "a2"};
  EXPECT_EQ("--++----++", run_set(PW_SRRIP, pattern));
  EXPECT_EQ("--++------", run_set(PW_LRU, pattern)) << "LRU loses both to the scan";
}

TEST(Srrip, NewEntriesGoBeforeThoseThatWereHit) {
  Replacement srrip(PW_SRRIP, 1, 4);
  srrip.fill_all(4);
  srrip.hit(0);
  srrip.hit(1);
  EXPECT_EQ(2u, srrip.evict());
  EXPECT_EQ(3u, srrip.evict());
  // Ways 0 and 1 were aged to 1 and the new ones stand at 2: they go first once more.
  EXPECT_EQ(2u, srrip.evict());
  EXPECT_EQ(3u, srrip.evict());
  // By now 0 and 1 have aged to 2, as far as the new ones.
  EXPECT_EQ(0u, srrip.evict());
}

TEST(Srrip, ChoosingAVictimAgesTheSetOnlyWhenNoWayIsDistant) {
  Replacement srrip(PW_SRRIP, 1, 2);
  srrip.fill(0);
  EXPECT_EQ(1u, srrip.victim()) << "way 1 was never filled";
  srrip.fill(1);
  srrip.hit(0);
  EXPECT_EQ(1u, srrip.victim()) << "ages way 0 to 1 and way 1 to 3";
  EXPECT_EQ(1u, srrip.victim()) << "way 1 is distant already: nothing ages";
  srrip.hit(1);
  EXPECT_EQ(0u, srrip.victim());
}

} // namespace
