// machine.h: a machine for tests: memory, hierarchy and MMU with page tables written entry by entry.
#pragma once

#include <gtest/gtest.h>
#include <pagewalk/config.h>
#include <pagewalk/entry.h>
#include <pagewalk/memory.h>
#include <pagewalk/mmu.h>

#include <memory>
#include <vector>

namespace pagewalk_test {

inline pw_access make_access(uint64_t linear_address, unsigned kind = PW_READ, unsigned cpl = 3, unsigned flags = 0) {
  pw_access access{};
  access.linear_address = linear_address;
  access.size_bytes = 1;
  access.kind = static_cast<uint8_t>(kind);
  access.cpl = static_cast<uint8_t>(cpl);
  access.flags = static_cast<uint8_t>(flags);
  return access;
}

// No TLB, no paging-structure caches, no caches: only the walker is left.
inline pw_config bare_config() {
  pw_config config = pw_config_default();
  config.tlb_count = 0;
  config.cache_count = 0;
  config.walk_enters = 0;
  for (auto &psc : config.psc) psc.sets = 0;
  return config;
}

// A machine whose root table is at 0x1000. Tables are written by hand: `put` writes an entry, `get` reads it back.
class Machine {
 public:
  static constexpr uint64_t kRoot = 0x1000;

  explicit Machine(const pw_config &config, bool timed = true) : config_(config) {
    pw_physical_memory *memory = nullptr;
    EXPECT_EQ(0, pw_physical_memory_create(&memory));
    memory_.reset(memory);
    pw_memory_hierarchy *hierarchy = nullptr;
    if (timed) {
      EXPECT_EQ(0, pw_memory_hierarchy_create(&config, &hierarchy));
    }
    hierarchy_.reset(hierarchy);
    const pw_memory_port port = pw_physical_memory_port(memory);
    pw_mmu *mmu = nullptr;
    EXPECT_EQ(0, pw_mmu_create(&config, &port, hierarchy, &mmu));
    mmu_.reset(mmu);
    const pw_control control = pw_control_from_config(&config, kRoot);
    EXPECT_EQ(0, pw_mmu_set_control(mmu, &control));
  }

  pw_mmu *mmu() { return mmu_.get(); }
  pw_physical_memory *memory() { return memory_.get(); }
  pw_memory_hierarchy *hierarchy() { return hierarchy_.get(); }
  const pw_config &config() const { return config_; }

  void put(uint64_t address, uint64_t entry) { ASSERT_EQ(0, pw_physical_write64(memory_.get(), address, entry)); }
  uint64_t get(uint64_t address) const { return pw_physical_read64(memory_.get(), address); }

  // Address of the entry of `level` in the table at `table` for a linear address (9-bit indices).
  static uint64_t slot(uint64_t table, unsigned level, uint64_t linear_address) {
    return table + 8 * ((linear_address >> (12 + 9 * (level - 1))) & 511);
  }

  // Tables at 0x1000, 0x2000, 0x3000, 0x4000 for a 4 KB page of 4-level paging; all rights but those of `leaf`.
  void map_small(uint64_t linear_address, uint64_t leaf) {
    put(slot(0x1000, 4, linear_address), 0x2000 | table_bits);
    put(slot(0x2000, 3, linear_address), 0x3000 | table_bits);
    put(slot(0x3000, 2, linear_address), 0x4000 | table_bits);
    put(slot(0x4000, 1, linear_address), leaf);
  }

  pw_translation translate(const pw_access &access) {
    pw_translation translation;
    EXPECT_EQ(0, pw_translate(mmu_.get(), &access, &translation));
    return translation;
  }
  pw_translation probe(const pw_access &access) {
    pw_translation translation;
    EXPECT_EQ(0, pw_probe(mmu_.get(), &access, &translation));
    return translation;
  }

  // Loads registers after a change by `change(pw_control &)`; everything cached is dropped.
  template <typename Change>
  void set_control(Change change) {
    pw_control control = pw_mmu_control(mmu_.get());
    change(control);
    ASSERT_EQ(0, pw_mmu_set_control(mmu_.get(), &control));
  }

  static constexpr uint64_t table_bits = PW_ENTRY_P | PW_ENTRY_RW | PW_ENTRY_US;
  static constexpr uint64_t user_page = PW_ENTRY_P | PW_ENTRY_RW | PW_ENTRY_US;

 private:
  template <auto function>
  struct Deleter {
    template <typename T>
    void operator()(T *object) const {
      function(object);
    }
  };
  pw_config config_;
  std::unique_ptr<pw_physical_memory, Deleter<pw_physical_memory_destroy>> memory_;
  std::unique_ptr<pw_memory_hierarchy, Deleter<pw_memory_hierarchy_destroy>> hierarchy_;
  std::unique_ptr<pw_mmu, Deleter<pw_mmu_destroy>> mmu_;
};

} // namespace pagewalk_test
