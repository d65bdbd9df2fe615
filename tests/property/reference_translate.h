// reference_translate.h: a second opinion: one translation as the SDM tells it, slowly, mode by mode, on a std::map.
#pragma once

#include <pagewalk/mmu.h>

#include <cstdint>
#include <map>

namespace reference {

using Memory = std::map<uint64_t, uint64_t>; // 8-byte words by address; absent words are 0

struct Processor {
  unsigned physical_address_bits;
  bool pages_1gb;
};

struct Answer {
  int outcome = 0; // enum pw_outcome
  uint64_t physical_address = 0;
  uint64_t page_bytes = 0;
  uint32_t error_code = 0;
};

// Translates and, on success, sets A and D in `memory`. Paging is on; PAE paging reads its PDPTEs from memory.
Answer translate(Memory &memory, const Processor &processor, const pw_control &control, const pw_access &access);

} // namespace reference
