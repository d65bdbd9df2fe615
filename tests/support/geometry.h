// geometry.h: short ways to write down the geometry of arrays and TLBs.
#pragma once

#include <pagewalk/config.h>

#include <algorithm>
#include <initializer_list>

namespace pagewalk_test {

inline pw_array_config make_array(uint32_t sets, uint32_t ways, pw_policy policy = PW_LRU) {
  return pw_array_config{sets, ways, policy};
}

inline pw_tlb_array_config make_tlb_array(pw_array_config array, std::initializer_list<uint8_t> page_shifts) {
  pw_tlb_array_config config{};
  config.array = array;
  config.page_count = static_cast<uint32_t>(page_shifts.size());
  std::copy(page_shifts.begin(), page_shifts.end(), config.page_shifts);
  return config;
}

inline pw_tlb_config make_tlb(uint32_t level, uint32_t serves, pw_inclusion inclusion,
                              std::initializer_list<pw_tlb_array_config> arrays) {
  pw_tlb_config config{};
  config.level = level;
  config.serves = serves;
  config.inclusion = inclusion;
  config.array_count = static_cast<uint32_t>(arrays.size());
  std::copy(arrays.begin(), arrays.end(), config.arrays);
  return config;
}

} // namespace pagewalk_test
