// process.h: frames, page tables, MMU and pager of one process; caches and TLBs only where the configuration has them.
#pragma once

#include <pagewalk/software.h>

#include "machine.h"

namespace pagewalk_test {

// The bare machine in another paging mode, with 64 MB of memory.
inline pw_config mode_config(pw_paging_mode mode) {
  pw_config config = bare_config();
  const bool long_mode = mode == PW_MODE_4LEVEL || mode == PW_MODE_5LEVEL;
  config.mode = mode;
  config.pcide = config.pke = long_mode;
  config.nxe = mode != PW_MODE_32BIT;
  config.os.memory_bytes = UINT64_C(64) << 20;
  return config;
}

inline std::vector<unsigned> page_shifts_of(pw_paging_mode mode) {
  if (mode == PW_MODE_32BIT) return {12, 22};
  if (mode == PW_MODE_PAE) return {12, 21};
  return {12, 21, 30};
}

class Process {
 public:
  explicit Process(const pw_config &config) {
    EXPECT_EQ(0, pw_config_validate(&config, nullptr));
    EXPECT_EQ(0, pw_physical_memory_create(&memory_));
    EXPECT_EQ(0, pw_frames_create(&config, &frames_));
    EXPECT_EQ(0, pw_address_space_create(&config, memory_, frames_, &space_));
    const pw_memory_port port = pw_physical_memory_port(memory_);
    EXPECT_EQ(0, pw_mmu_create(&config, &port, nullptr, &mmu_));
    const pw_control control = pw_control_from_config(&config, pw_address_space_root(space_));
    EXPECT_EQ(0, pw_mmu_set_control(mmu_, &control));
    EXPECT_EQ(0, pw_pager_create(&config, space_, frames_, mmu_, &pager_));
  }
  ~Process() {
    pw_pager_destroy(pager_);
    pw_mmu_destroy(mmu_);
    pw_address_space_destroy(space_);
    pw_frames_destroy(frames_);
    pw_physical_memory_destroy(memory_);
  }
  Process(const Process &) = delete;
  Process &operator=(const Process &) = delete;

  pw_frames *frames() { return frames_; }
  pw_address_space *space() { return space_; }
  pw_mmu *mmu() { return mmu_; }
  pw_physical_memory *memory() { return memory_; }

  pw_translation translate(const pw_access &access) {
    pw_translation translation{};
    EXPECT_EQ(0, pw_translate(mmu_, &access, &translation));
    return translation;
  }

  uint64_t allocate(unsigned page_shift = 12) {
    uint64_t address = 0;
    EXPECT_EQ(0, pw_frames_allocate(frames_, page_shift, &address));
    return address;
  }
  void exhaust_frames() {
    uint64_t address;
    while (pw_frames_allocate(frames_, 12, &address) == 0) {
    }
  }

  pw_leaf leaf(uint64_t linear_address) {
    pw_leaf found{};
    EXPECT_EQ(0, pw_find_leaf(space_, linear_address, &found));
    return found;
  }

  // Touches an address until it is mapped; the answer of the pager to the last fault, or its error.
  int touch(uint64_t linear_address, pw_fault_service *service, unsigned kind = PW_READ) {
    for (;;) {
      const pw_translation translation = translate(make_access(linear_address, kind));
      if (translation.outcome != PW_PAGE_FAULT) return 0;
      const int status = pw_pager_handle_fault(pager_, &translation, service);
      if (status) return status;
    }
  }
  pw_fault_service touch(uint64_t linear_address, unsigned kind = PW_READ) {
    pw_fault_service service{};
    EXPECT_EQ(0, touch(linear_address, &service, kind));
    return service;
  }
  int handle(const pw_translation &fault, pw_fault_service *service) {
    return pw_pager_handle_fault(pager_, &fault, service);
  }

 private:
  pw_physical_memory *memory_ = nullptr;
  pw_frames *frames_ = nullptr;
  pw_address_space *space_ = nullptr;
  pw_mmu *mmu_ = nullptr;
  pw_pager *pager_ = nullptr;
};

} // namespace pagewalk_test
