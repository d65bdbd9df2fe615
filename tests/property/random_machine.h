// random_machine.h: random configurations, registers, tables and accesses, all from one seed.
#pragma once

#include <random>

#include "machine.h"

namespace pagewalk_test {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  uint64_t bits() { return engine_(); }
  uint64_t below(uint64_t bound) { return engine_() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <typename T, size_t N>
  T pick(const T (&values)[N]) {
    return values[below(N)];
  }

 private:
  std::mt19937_64 engine_;
};

inline pw_array_config random_array(Random &random, unsigned most_sets, unsigned most_ways) {
  pw_array_config array{};
  array.sets = static_cast<uint32_t>(1 + random.below(most_sets));
  array.ways = static_cast<uint32_t>(1 + random.below(most_ways));
  array.policy = static_cast<pw_policy>(random.below(PW_POLICIES));
  if (array.policy == PW_TREE_PLRU) array.ways = 1u << random.below(4);
  return array;
}

inline pw_tlb_config random_tlb(Random &random, const pw_config &config, unsigned level, unsigned serves,
                                unsigned index) {
  pw_tlb_config tlb{};
  snprintf(tlb.name, sizeof tlb.name, "t%u", index);
  tlb.level = level;
  tlb.serves = serves;
  tlb.inclusion = level == 1 ? PW_NON_INCLUSIVE : static_cast<pw_inclusion>(random.below(PW_INCLUSIONS));
  tlb.hit_cycles = static_cast<uint32_t>(random.below(10));
  const bool legacy = config.mode == PW_MODE_32BIT;
  const uint8_t large = legacy ? 22 : 21;
  const bool mixed = random.chance(40);
  auto add = [&](std::vector<uint8_t> shifts) {
    pw_tlb_array_config &array = tlb.arrays[tlb.array_count++];
    array.array = random_array(random, 4 * level, 4 * level);
    for (uint8_t shift : shifts) array.page_shifts[array.page_count++] = shift;
  };
  if (mixed) {
    add({12, large});
  } else {
    add({12});
    if (random.chance(80)) add({large});
  }
  if (config.pages_1gb && config.mode >= PW_MODE_4LEVEL && random.chance(60)) add({30});
  return tlb;
}

// Any number of TLB levels from 0 to 3, split or unified, every policy and inclusion; any paging-structure caches.
inline pw_config random_config(Random &random, pw_paging_mode mode) {
  pw_config config = pw_config_default();
  config.seed = random.bits() >> 1;
  config.mode = mode;
  config.physical_address_bits = static_cast<uint32_t>(36 + random.below(17));
  config.pages_1gb = mode >= PW_MODE_4LEVEL && random.chance(70);
  config.pcide = config.pke = mode >= PW_MODE_4LEVEL;
  config.nxe = mode != PW_MODE_32BIT;
  config.tlb_count = 0;
  const unsigned levels = static_cast<unsigned>(random.below(4));
  for (unsigned level = 1; level <= levels; level++) {
    const bool split = random.chance(50);
    for (unsigned serves : split ? std::vector<unsigned>{1, 2} : std::vector<unsigned>{3}) {
      config.tlbs[config.tlb_count] = random_tlb(random, config, level, serves, config.tlb_count);
      config.tlb_count++;
    }
  }
  const unsigned top[] = {2, 2, 4, 5};
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) {
    config.psc[level] = level <= top[mode] && random.chance(70) ? random_array(random, 2, 4) : pw_array_config{};
  }
  return config;
}

inline pw_access random_access(Random &random, uint64_t address) {
  // Drawn one after the other: compilers differ in the order of arguments.
  const unsigned kind = static_cast<unsigned>(random.below(3));
  pw_access access = make_access(address, kind, random.chance(60) ? 3 : 0);
  if (random.chance(30)) access.flags |= PW_AC;
  if (random.chance(10)) access.flags |= PW_IMPLICIT;
  if (random.chance(10)) access.flags |= PW_STACK;
  return access;
}

} // namespace pagewalk_test
