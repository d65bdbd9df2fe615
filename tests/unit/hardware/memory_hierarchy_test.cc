// Caches in front of DRAM: who answers, after how long, and what is written back.
#include <gtest/gtest.h>
#include <pagewalk/memory.h>

#include <algorithm>
#include <list>
#include <map>
#include <random>
#include <vector>

#include "geometry.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kLine = 64;
constexpr unsigned kDram = PW_SERVED_BY_DRAM;

// Latencies by level in cycles of a 1 ps clock: 10, 20, 30; DRAM takes 100.
pw_cache_config make_cache(uint32_t level, uint32_t serves, uint32_t sets, uint32_t ways, pw_policy policy = PW_LRU) {
  pw_cache_config cache{};
  cache.level = level;
  cache.serves = serves;
  cache.array = make_array(sets, ways, policy);
  cache.latency.ps = 10 * level;
  return cache;
}

pw_config make_config(const std::vector<pw_cache_config> &caches, uint32_t walk_enters = 0) {
  pw_config config = pw_config_default();
  config.clock_ps = 1;
  config.line_bytes = kLine;
  config.dram.ps = 100;
  config.cache_count = static_cast<uint32_t>(caches.size());
  std::copy(caches.begin(), caches.end(), config.caches);
  for (uint32_t i = 0; i < config.cache_count; i++) snprintf(config.caches[i].name, PW_MAX_NAME, "c%u", i);
  config.walk_enters = walk_enters;
  return config;
}

class Hierarchy {
 public:
  explicit Hierarchy(const pw_config &config) {
    pw_diag diag{};
    EXPECT_EQ(0, pw_config_validate(&config, &diag)) << diag.key << ": " << diag.message;
    EXPECT_EQ(0, pw_memory_hierarchy_create(&config, &hierarchy_));
  }
  explicit Hierarchy(const std::vector<pw_cache_config> &caches, uint32_t walk_enters = 0)
      : Hierarchy(make_config(caches, walk_enters)) {}
  ~Hierarchy() { pw_memory_hierarchy_destroy(hierarchy_); }
  Hierarchy(const Hierarchy &) = delete;
  Hierarchy &operator=(const Hierarchy &) = delete;

  // By line number.
  pw_memory_reference read(uint64_t line) { return access(line * kLine, PW_READ); }
  pw_memory_reference write(uint64_t line) { return access(line * kLine, PW_WRITE); }
  pw_memory_reference fetch(uint64_t line) { return access(line * kLine, PW_FETCH); }
  pw_memory_reference walk(uint64_t line, int write = 0) {
    return pw_memory_walk_access(hierarchy_, line * kLine, write);
  }
  pw_memory_reference access(uint64_t address, unsigned kind) { return pw_memory_access(hierarchy_, address, kind); }
  void reset() { pw_memory_hierarchy_reset(hierarchy_); }

 private:
  pw_memory_hierarchy *hierarchy_ = nullptr;
};

void expect_reference(pw_memory_reference reference, unsigned served_by, unsigned cycles, unsigned write_backs = 0,
                      const char *why = "") {
  EXPECT_EQ(served_by, reference.served_by) << why;
  EXPECT_EQ(cycles, reference.cycles) << why;
  EXPECT_EQ(write_backs, reference.write_backs) << why;
}

// ---- latencies ----
TEST(MemoryHierarchy, ReferenceCostsOneLatencyOfTheLevelThatAnswers) {
  Hierarchy h(
      {make_cache(1, PW_SERVES_BOTH, 1, 1), make_cache(2, PW_SERVES_BOTH, 1, 2), make_cache(3, PW_SERVES_BOTH, 1, 4)});
  expect_reference(h.read(1), kDram, 100);
  expect_reference(h.read(1), 0, 10);
  expect_reference(h.read(2), kDram, 100);
  expect_reference(h.read(1), 1, 20);
  expect_reference(h.read(3), kDram, 100);
  expect_reference(h.read(2), 2, 30, 0, "L1 holds 3, L2 holds 1 and 3");
}

TEST(MemoryHierarchy, LatenciesAreRoundedUpToWholeCycles) {
  pw_config config = make_config({make_cache(1, PW_SERVES_BOTH, 1, 1)});
  config.clock_ps = 256;
  config.caches[0].latency.ps = 1212;
  config.dram.ps = 64485;
  Hierarchy h(config);
  expect_reference(h.read(1), kDram, 252);
  expect_reference(h.read(1), 0, 5);
}

TEST(MemoryHierarchy, WithoutCachesDramAnswersEverything) {
  Hierarchy h(std::vector<pw_cache_config>{});
  for (unsigned i = 0; i < 2; i++) {
    expect_reference(h.read(1), kDram, 100);
    expect_reference(h.write(1), kDram, 100);
    expect_reference(h.fetch(1), kDram, 100);
    expect_reference(h.walk(1, 1), kDram, 100);
  }
}

TEST(MemoryHierarchy, AddressesOfOneLineShareIt) {
  for (uint32_t line_bytes : {8u, 16u, 64u, 4096u}) {
    pw_config config = make_config({make_cache(1, PW_SERVES_BOTH, 1, 2)});
    config.line_bytes = line_bytes;
    Hierarchy h(config);
    expect_reference(h.access(3 * line_bytes, PW_READ), kDram, 100);
    expect_reference(h.access(4 * line_bytes - 1, PW_READ), 0, 10);
    expect_reference(h.access(4 * line_bytes, PW_READ), kDram, 100);
  }
}

TEST(MemoryHierarchy, TheHighestLineOf52BitsIsALineOfItsOwn) {
  pw_config config = make_config({make_cache(1, PW_SERVES_BOTH, 1, 4)});
  config.line_bytes = 8;
  Hierarchy h(config);
  expect_reference(h.access((UINT64_C(1) << 52) - 8, PW_READ), kDram, 100);
  expect_reference(h.access((UINT64_C(1) << 51) - 8, PW_READ), kDram, 100);
  expect_reference(h.access((UINT64_C(1) << 52) - 8, PW_READ), 0, 10);
}

TEST(MemoryHierarchy, SetIsTheLineNumberModuloTheSets) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 3, 1)});
  h.read(0);
  h.read(1);
  h.read(2);
  expect_reference(h.read(0), 0, 10);
  expect_reference(h.read(3), kDram, 100);
  expect_reference(h.read(1), 0, 10);
  expect_reference(h.read(2), 0, 10);
  expect_reference(h.read(0), kDram, 100, 0, "line 3 took the set of line 0");
}

// ---- filling ----
TEST(MemoryHierarchy, AMissFillsEveryNearerLevelAndNoFartherOne) {
  Hierarchy h(
      {make_cache(1, PW_SERVES_BOTH, 1, 1), make_cache(2, PW_SERVES_BOTH, 1, 1), make_cache(3, PW_SERVES_BOTH, 1, 3)});
  h.read(1);
  h.read(2); // L1 and L2: 2; L3: 1, 2
  expect_reference(h.read(1), 2, 30);
  expect_reference(h.read(1), 0, 10);
  h.read(3);
  h.read(4); // L3 was 1, 2, 3; the hit made 2 the oldest
  expect_reference(h.read(1), 2, 30);
  expect_reference(h.read(2), kDram, 100);
}

TEST(MemoryHierarchy, AHitMakesTheLineRecentOnlyInTheLevelThatAnswered) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 2), make_cache(2, PW_SERVES_BOTH, 1, 2)});
  h.read(1);
  h.read(2);
  expect_reference(h.read(1), 0, 10);
  h.read(3); // L1 drops 2, L2 drops 1: L2 did not see the hit
  expect_reference(h.read(1), 0, 10);
  h.read(2);
  h.read(3);
  h.read(2);
  expect_reference(h.read(1), kDram, 100);
}

TEST(MemoryHierarchy, FetchesAndDataHaveTheirOwnFirstLevel) {
  Hierarchy h(
      {make_cache(1, PW_SERVES_FETCH, 1, 1), make_cache(1, PW_SERVES_DATA, 1, 1), make_cache(2, PW_SERVES_BOTH, 1, 4)},
      1);
  expect_reference(h.fetch(1), kDram, 100);
  expect_reference(h.read(1), 2, 20, 0, "the shared level got it from the fetch");
  expect_reference(h.read(2), kDram, 100);
  expect_reference(h.fetch(1), 0, 10, 0, "data does not evict code from the first level");
  expect_reference(h.read(2), 1, 10);
}

// ---- writes ----
TEST(MemoryHierarchy, AWriteMissAllocatesTheLine) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 2)});
  expect_reference(h.write(1), kDram, 100);
  expect_reference(h.read(1), 0, 10);
}

TEST(MemoryHierarchy, ACleanVictimIsDropped) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 1)});
  h.read(1);
  expect_reference(h.read(2), kDram, 100, 0);
}

TEST(MemoryHierarchy, ADirtyLineThatLeavesTheLastCacheIsOneWriteBackToDram) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 1)});
  h.write(1);
  expect_reference(h.read(2), kDram, 100, 1);
  expect_reference(h.read(1), kDram, 100, 0, "and comes back clean");
  expect_reference(h.read(2), kDram, 100, 0);
}

TEST(MemoryHierarchy, AWriteHitMakesTheLineDirtyToo) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 1)});
  h.read(1);
  expect_reference(h.write(1), 0, 10);
  h.read(1);
  expect_reference(h.read(2), kDram, 100, 1, "a read does not clean it");
}

TEST(MemoryHierarchy, AWriteDirtiesOnlyTheFirstLevel) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 2), make_cache(2, PW_SERVES_BOTH, 1, 1)});
  h.write(1);
  expect_reference(h.read(2), kDram, 100, 0, "the copy of line 1 in L2 is clean");
}

TEST(MemoryHierarchy, ADirtyVictimMovesOneLevelOutwards) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 1), make_cache(2, PW_SERVES_BOTH, 1, 2)});
  h.write(1);
  expect_reference(h.read(2), kDram, 100, 0, "into L2, not to DRAM");
  expect_reference(h.read(3), kDram, 100, 1, "line 1 was the oldest of L2, and dirty there");
}

TEST(MemoryHierarchy, AWriteBackFindsItsLineWithoutMakingItRecent) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 1), make_cache(2, PW_SERVES_BOTH, 1, 2)});
  h.write(1);
  h.read(2); // writes 1 back into L2, where it is older than 2
  h.read(3);
  expect_reference(h.read(2), 1, 20, 0, "line 1 left L2, not line 2");
}

TEST(MemoryHierarchy, AWriteBackAllocatesWhereItsLineIsMissing) {
  Hierarchy h({make_cache(1, PW_SERVES_FETCH, 1, 1), make_cache(1, PW_SERVES_DATA, 1, 1),
               make_cache(2, PW_SERVES_BOTH, 1, 1), make_cache(3, PW_SERVES_BOTH, 1, 8)},
              1);
  h.write(1);
  h.fetch(2); // L2 loses its clean copy of line 1
  h.read(3);  // L1 data: 1 moves into L2, over line 3
  expect_reference(h.fetch(1), 2, 20);
  expect_reference(h.read(3), 1, 10);
}

TEST(MemoryHierarchy, OneReferenceCanWriteTwoLinesBack) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 1), make_cache(2, PW_SERVES_BOTH, 1, 2)}, 1);
  h.write(1);   // dirty in L1, clean in L2
  h.walk(2, 1); // walks enter at L2: dirty there
  h.walk(3, 1); // drops the clean copy of 1
  expect_reference(h.read(4), kDram, 100, 2, "L2 gives up 2 for 4, then 3 for the victim of L1");
}

TEST(MemoryHierarchy, WritesOfDisjointDirtyLinesComeBackExactlyOnce) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 4, 2), make_cache(2, PW_SERVES_BOTH, 8, 2)});
  for (uint64_t line = 0; line < 8; line++) h.write(line);
  unsigned write_backs = 0;
  for (uint64_t line = 1000; line < 1200; line++) write_backs += h.read(line).write_backs;
  EXPECT_EQ(8u, write_backs);
}

// ---- walks ----
TEST(MemoryHierarchy, WalksEnterAtTheConfiguredLevel) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 4), make_cache(2, PW_SERVES_BOTH, 1, 4)}, 1);
  expect_reference(h.walk(1), kDram, 100);
  expect_reference(h.walk(1), 1, 20);
  expect_reference(h.read(1), 1, 20, 0, "the walk did not fill L1");
  expect_reference(h.walk(1), 1, 20, 0, "and does not look into it");
}

TEST(MemoryHierarchy, WalksThatEnterAtTheFirstLevelShareItWithData) {
  Hierarchy h({make_cache(1, PW_SERVES_FETCH, 1, 1), make_cache(1, PW_SERVES_DATA, 1, 1)}, 1);
  h.walk(1);
  expect_reference(h.read(1), 1, 10);
  h.fetch(2);
  expect_reference(h.walk(1), 1, 10);
  h.read(3);
  expect_reference(h.walk(1), kDram, 100, 0, "data evicts page tables");
}

// docs/config.md: from reads_enter a walk goes through the caches that serve the same accesses as that one.
TEST(MemoryHierarchy, WalksThatEnterAtAFetchCacheGoTheWayOfFetches) {
  Hierarchy h({make_cache(1, PW_SERVES_FETCH, 1, 1), make_cache(1, PW_SERVES_DATA, 1, 1),
               make_cache(2, PW_SERVES_FETCH, 1, 2), make_cache(2, PW_SERVES_DATA, 1, 2)},
              0);
  h.walk(1);
  h.walk(2);
  expect_reference(h.walk(1), 2, 20);
  expect_reference(h.fetch(1), 0, 10);
  expect_reference(h.read(1), kDram, 100);
}

TEST(MemoryHierarchy, AWalkWriteDirtiesTheLevelWhereItEnters) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 4), make_cache(2, PW_SERVES_BOTH, 1, 1)}, 1);
  h.walk(1, 1);
  expect_reference(h.walk(2, 0), kDram, 100, 1);
  expect_reference(h.walk(3, 0), kDram, 100, 0);
}

// ---- reset and seed ----
TEST(MemoryHierarchy, ResetForgetsLinesWithoutWritingThemBack) {
  Hierarchy h({make_cache(1, PW_SERVES_BOTH, 1, 1), make_cache(2, PW_SERVES_BOTH, 1, 1)});
  h.write(1);
  h.read(2);
  h.write(3);
  h.reset();
  expect_reference(h.read(3), kDram, 100);
  expect_reference(h.read(1), kDram, 100, 0);
  expect_reference(h.read(2), kDram, 100, 0);
}

TEST(MemoryHierarchy, RandomReplacementIsReproducibleFromTheSeed) {
  const auto trace = [](uint64_t seed) {
    pw_config config = make_config({make_cache(1, PW_SERVES_BOTH, 1, 8, PW_RANDOM)});
    config.seed = seed;
    Hierarchy h(config);
    std::vector<unsigned> served;
    std::mt19937_64 random(3);
    for (unsigned i = 0; i < 2000; i++) served.push_back(h.read(random() % 16).served_by);
    return served;
  };
  EXPECT_EQ(trace(1), trace(1));
  EXPECT_NE(trace(1), trace(2));
}

TEST(MemoryHierarchy, DestroyTakesNull) { pw_memory_hierarchy_destroy(nullptr); }

// ---- against a model ----
// The rules of docs/config.md, "memory", on lists of lines: a list per set, most recent first.
class Model {
 public:
  explicit Model(const pw_config &config) : config_(config), contents_(config.cache_count) {}

  pw_memory_reference access(uint64_t line, uint32_t serves, uint32_t from_level, bool write) {
    std::vector<uint32_t> path;
    for (uint32_t level = from_level; level <= PW_MAX_CACHES; level++) {
      for (uint32_t i = 0; i < config_.cache_count; i++) {
        if (config_.caches[i].level == level && config_.caches[i].serves & serves) path.push_back(i);
      }
    }
    pw_memory_reference reference{};
    size_t answers = 0;
    while (answers < path.size() && !find(path[answers], line)) answers++;
    if (answers == path.size()) {
      reference.served_by = PW_SERVED_BY_DRAM;
      reference.cycles = 100;
    } else {
      reference.served_by = static_cast<uint8_t>(path[answers]);
      reference.cycles = 10 * config_.caches[path[answers]].level;
      std::list<Line> &set = set_of(path[answers], line);
      const auto held = std::find_if(set.begin(), set.end(), [&](const Line &l) { return l.number == line; });
      set.splice(set.begin(), set, held);
    }
    unsigned write_backs = 0;
    for (size_t at = answers; at-- > 0;) write_backs += put(path, at, {line, false});
    if (write && !path.empty()) find(path[0], line)->dirty = true;
    reference.write_backs = static_cast<uint8_t>(write_backs);
    return reference;
  }

 private:
  struct Line {
    uint64_t number;
    bool dirty;
  };

  std::list<Line> &set_of(uint32_t cache, uint64_t line) {
    return contents_[cache][line % config_.caches[cache].array.sets];
  }
  Line *find(uint32_t cache, uint64_t line) {
    for (Line &held : set_of(cache, line)) {
      if (held.number == line) return &held;
    }
    return nullptr;
  }
  // Returns how many dirty lines reach DRAM because of it.
  unsigned put(const std::vector<uint32_t> &path, size_t at, Line line) {
    if (at == path.size()) return 1;
    std::list<Line> &set = set_of(path[at], line.number);
    if (Line *held = find(path[at], line.number)) {
      held->dirty = held->dirty || line.dirty;
      return 0;
    }
    set.push_front(line);
    if (set.size() <= config_.caches[path[at]].array.ways) return 0;
    const Line victim = set.back();
    set.pop_back();
    return victim.dirty ? put(path, at + 1, victim) : 0;
  }

  pw_config config_;
  std::vector<std::map<uint64_t, std::list<Line>>> contents_;
};

void compare_with_model(const pw_config &config, uint64_t lines, unsigned seed) {
  Hierarchy h(config);
  Model model(config);
  std::mt19937_64 random(seed);
  unsigned write_backs = 0;
  const pw_cache_config &enters = config.caches[config.walk_enters];
  const uint32_t walk_serves = enters.serves & PW_SERVES_DATA ? PW_SERVES_DATA : PW_SERVES_FETCH;
  for (unsigned step = 0; step < 30000; step++) {
    const uint64_t line = random() % 4 ? random() % lines : random() % (lines / 8 + 1);
    const bool write = random() % 2;
    pw_memory_reference expected{};
    pw_memory_reference actual{};
    switch (random() % 4) {
      case 0:
        expected = model.access(line, PW_SERVES_FETCH, 1, false);
        actual = h.fetch(line);
        break;
      case 1:
        expected = model.access(line, walk_serves, enters.level, write);
        actual = h.walk(line, write);
        break;
      default:
        expected = model.access(line, PW_SERVES_DATA, 1, write);
        actual = write ? h.write(line) : h.read(line);
        break;
    }
    ASSERT_EQ(expected.served_by, actual.served_by) << "step " << step;
    ASSERT_EQ(expected.cycles, actual.cycles) << "step " << step;
    ASSERT_EQ(expected.write_backs, actual.write_backs) << "step " << step;
    write_backs += actual.write_backs;
  }
  EXPECT_GT(write_backs, 1000u) << "a stream that writes nothing back proves little";
}

TEST(MemoryHierarchy, ARandomStreamThroughOneCacheAgreesWithAList) {
  compare_with_model(make_config({make_cache(1, PW_SERVES_BOTH, 5, 3)}), 60, 1);
  compare_with_model(make_config({make_cache(1, PW_SERVES_BOTH, 1, 64)}), 200, 2);
  compare_with_model(make_config({make_cache(1, PW_SERVES_BOTH, 16, 1)}), 60, 3);
}

TEST(MemoryHierarchy, ARandomStreamThroughThreeLevelsAgreesWithLists) {
  const std::vector<pw_cache_config> caches = {make_cache(1, PW_SERVES_FETCH, 2, 2),
                                               make_cache(1, PW_SERVES_DATA, 3, 1), make_cache(2, PW_SERVES_BOTH, 4, 2),
                                               make_cache(3, PW_SERVES_BOTH, 7, 3)};
  for (uint32_t enters = 0; enters < caches.size(); enters++) {
    compare_with_model(make_config(caches, enters), 60, 10 + enters);
  }
}

// More lines in the first cache than the host remembers: lines that share a place in its memory take turns.
TEST(MemoryHierarchy, ARandomStreamOverManyLinesAgreesWithLists) {
  const std::vector<pw_cache_config> caches = {make_cache(1, PW_SERVES_FETCH, 64, 4),
                                               make_cache(1, PW_SERVES_DATA, 128, 4),
                                               make_cache(2, PW_SERVES_BOTH, 64, 4)};
  for (uint32_t enters = 0; enters < caches.size(); enters++) {
    compare_with_model(make_config(caches, enters), 900, 30 + enters);
  }
}

TEST(MemoryHierarchy, ARandomStreamAgreesWhenOuterLevelsAreSmallerThanInnerOnes) {
  const std::vector<pw_cache_config> caches = {make_cache(1, PW_SERVES_BOTH, 4, 4), make_cache(2, PW_SERVES_BOTH, 1, 2),
                                               make_cache(3, PW_SERVES_DATA, 1, 1)};
  for (uint32_t enters = 0; enters < caches.size(); enters++) {
    compare_with_model(make_config(caches, enters), 40, 20 + enters);
  }
}

} // namespace
