// How a walk reads and updates entries: through the port, or on the overlay of a probe.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "geometry.h"

extern "C" {
#include "walk_memory.h"
}

using namespace pagewalk_test;

namespace {

// A memory that remembers what the port was asked for. Nothing answers at `dead`.
struct FakePort {
  std::map<uint64_t, uint64_t> words;
  std::vector<uint64_t> reads;
  std::vector<uint64_t> swaps;
  uint64_t dead = UINT64_MAX;
  // Another agent: after the next read of any word, adds this to the word that was read.
  uint64_t interference = 0;
  pw_memory_port port{this, read, compare_and_swap};

  static int read(void *context, uint64_t address, uint64_t *value) {
    FakePort *self = static_cast<FakePort *>(context);
    self->reads.push_back(address);
    if (address == self->dead) return PW_PORT_BUS_ERROR;
    *value = self->words[address];
    self->words[address] += self->interference;
    self->interference = 0;
    return PW_PORT_OK;
  }
  static int compare_and_swap(void *context, uint64_t address, uint64_t expected, uint64_t desired) {
    FakePort *self = static_cast<FakePort *>(context);
    self->swaps.push_back(address);
    if (address == self->dead) return PW_PORT_BUS_ERROR;
    if (self->words[address] != expected) return PW_PORT_MISMATCH;
    self->words[address] = desired;
    return PW_PORT_OK;
  }
};

class WalkMemory : public testing::Test {
 protected:
  int read(uint64_t address, unsigned entry_bytes, bool probe = false) {
    const pw_walk_memory memory{&fake_.port, hierarchy_, probe ? &overlay_ : nullptr, nullptr, 0};
    return pw_walk_memory_read(&memory, address, entry_bytes, &entry_, &reference_);
  }
  int update(uint64_t address, unsigned entry_bytes, uint64_t expected, uint64_t desired, bool probe = false) {
    const pw_walk_memory memory{&fake_.port, hierarchy_, probe ? &overlay_ : nullptr, nullptr, 0};
    return pw_walk_memory_update(&memory, address, entry_bytes, expected, desired, &reference_);
  }
  void expect_reference(unsigned served_by, unsigned cycles) const {
    EXPECT_EQ(served_by, reference_.served_by);
    EXPECT_EQ(cycles, reference_.cycles);
  }

  FakePort fake_;
  pw_memory_hierarchy *hierarchy_ = nullptr;
  pw_walk_overlay overlay_{};
  uint64_t entry_ = 0;
  pw_memory_reference reference_{};
};

constexpr bool kProbe = true;

// ---- reads ----
TEST_F(WalkMemory, AnEightByteEntryIsTheWholeWord) {
  fake_.words[0x1008] = UINT64_C(0x8000000012345067);
  EXPECT_EQ(PW_PORT_OK, read(0x1008, 8));
  EXPECT_EQ(UINT64_C(0x8000000012345067), entry_);
}

TEST_F(WalkMemory, AFourByteEntryIsItsHalfOfTheWord) {
  fake_.words[0x1008] = UINT64_C(0xaaaaaaa1bbbbbbb2);
  EXPECT_EQ(PW_PORT_OK, read(0x1008, 4));
  EXPECT_EQ(UINT64_C(0xbbbbbbb2), entry_);
  EXPECT_EQ(PW_PORT_OK, read(0x100c, 4));
  EXPECT_EQ(UINT64_C(0xaaaaaaa1), entry_);
  EXPECT_EQ((std::vector<uint64_t>{0x1008, 0x1008}), fake_.reads) << "the port sees aligned words only";
}

TEST_F(WalkMemory, ABusErrorOfAReadIsPassedOn) {
  fake_.dead = 0x1008;
  EXPECT_EQ(PW_PORT_BUS_ERROR, read(0x1008, 8));
  EXPECT_EQ(PW_PORT_BUS_ERROR, read(0x100c, 4));
}

// ---- updates ----
TEST_F(WalkMemory, AnUpdateReplacesTheValueThatWasRead) {
  fake_.words[0x1000] = 0x67;
  EXPECT_EQ(PW_PORT_OK, update(0x1000, 8, 0x67, 0xe7));
  EXPECT_EQ(0xe7u, fake_.words[0x1000]);
}

TEST_F(WalkMemory, AnUpdateOfAnotherValueIsAMismatchAndChangesNothing) {
  fake_.words[0x1000] = 0x66;
  EXPECT_EQ(PW_PORT_MISMATCH, update(0x1000, 8, 0x67, 0xe7));
  EXPECT_EQ(0x66u, fake_.words[0x1000]);
}

TEST_F(WalkMemory, AFourByteUpdateKeepsTheOtherEntryOfTheWord) {
  fake_.words[0x1000] = UINT64_C(0x1111106722222067);
  EXPECT_EQ(PW_PORT_OK, update(0x1004, 4, 0x11111067, 0x111110e7));
  EXPECT_EQ(UINT64_C(0x111110e722222067), fake_.words[0x1000]);
  EXPECT_EQ(PW_PORT_OK, update(0x1000, 4, 0x22222067, 0x222220e7));
  EXPECT_EQ(UINT64_C(0x111110e7222220e7), fake_.words[0x1000]);
  EXPECT_EQ((std::vector<uint64_t>{0x1000, 0x1000}), fake_.swaps);
}

TEST_F(WalkMemory, AFourByteUpdateDoesNotMindWhatTheOtherEntryBecame) {
  fake_.words[0x1000] = UINT64_C(0x1111106722222067);
  EXPECT_EQ(PW_PORT_OK, read(0x1004, 4));
  fake_.words[0x1000] = UINT64_C(0x1111106733333067);
  EXPECT_EQ(PW_PORT_OK, update(0x1004, 4, entry_, entry_ | 0x80));
  EXPECT_EQ(UINT64_C(0x111110e733333067), fake_.words[0x1000]);
}

TEST_F(WalkMemory, AFourByteUpdateOfAnotherValueIsAMismatch) {
  fake_.words[0x1000] = UINT64_C(0x1111106722222067);
  EXPECT_EQ(PW_PORT_MISMATCH, update(0x1004, 4, 0x22222067, 0x222220e7)) << "the value is in the other half";
  EXPECT_EQ(UINT64_C(0x1111106722222067), fake_.words[0x1000]);
  EXPECT_TRUE(fake_.swaps.empty());
}

TEST_F(WalkMemory, AFourByteUpdateLosesToAnyWriteOfTheWordInBetween) {
  fake_.words[0x1000] = UINT64_C(0x1111106722222067);
  fake_.interference = 1; // lands in the other half, between the read and the swap
  EXPECT_EQ(PW_PORT_MISMATCH, update(0x1004, 4, 0x11111067, 0x111110e7));
  EXPECT_EQ(UINT64_C(0x1111106722222068), fake_.words[0x1000]) << "the other agent's write is not lost";
}

TEST_F(WalkMemory, ABusErrorOfAnUpdateIsPassedOn) {
  fake_.dead = 0x1000;
  EXPECT_EQ(PW_PORT_BUS_ERROR, update(0x1000, 8, 0, 1));
  EXPECT_EQ(PW_PORT_BUS_ERROR, update(0x1004, 4, 0, 1));
}

// ---- the overlay ----
TEST_F(WalkMemory, AProbeSeesItsOwnWritesAndMemoryDoesNot) {
  fake_.words[0x1000] = 0x67;
  EXPECT_EQ(PW_PORT_OK, read(0x1000, 8, kProbe));
  EXPECT_EQ(0x67u, entry_);
  EXPECT_EQ(PW_PORT_OK, update(0x1000, 8, 0x67, 0xe7, kProbe));
  EXPECT_EQ(PW_PORT_OK, read(0x1000, 8, kProbe));
  EXPECT_EQ(0xe7u, entry_);
  EXPECT_EQ(0x67u, fake_.words[0x1000]);
  EXPECT_TRUE(fake_.swaps.empty());
}

TEST_F(WalkMemory, AProbeUpdateOfAnotherValueIsAMismatch) {
  fake_.words[0x1000] = 0x67;
  read(0x1000, 8, kProbe);
  EXPECT_EQ(PW_PORT_MISMATCH, update(0x1000, 8, 0x66, 0xe6, kProbe));
  EXPECT_EQ(PW_PORT_OK, read(0x1000, 8, kProbe));
  EXPECT_EQ(0x67u, entry_);
}

TEST_F(WalkMemory, AProbeKeepsBothFourByteEntriesOfAWord) {
  fake_.words[0x1000] = UINT64_C(0x1111106722222067);
  read(0x1000, 4, kProbe);
  EXPECT_EQ(PW_PORT_OK, update(0x1000, 4, 0x22222067, 0x222220e7, kProbe));
  EXPECT_EQ(PW_PORT_OK, update(0x1004, 4, 0x11111067, 0x111110e7, kProbe));
  read(0x1000, 4, kProbe);
  EXPECT_EQ(UINT64_C(0x222220e7), entry_);
  read(0x1004, 4, kProbe);
  EXPECT_EQ(UINT64_C(0x111110e7), entry_);
  EXPECT_EQ(UINT64_C(0x1111106722222067), fake_.words[0x1000]);
}

TEST_F(WalkMemory, AProbeRemembersEveryWordOfTheLongestTranslation) {
  for (uint64_t i = 0; i < PW_MAX_STEPS; i++) {
    fake_.words[0x1000 + 8 * i] = i;
    ASSERT_EQ(PW_PORT_OK, read(0x1000 + 8 * i, 8, kProbe));
    ASSERT_EQ(PW_PORT_OK, update(0x1000 + 8 * i, 8, i, i | 0x100, kProbe));
  }
  for (uint64_t i = 0; i < PW_MAX_STEPS; i++) {
    ASSERT_EQ(PW_PORT_OK, read(0x1000 + 8 * i, 8, kProbe));
    ASSERT_EQ(i | 0x100, entry_);
  }
}

TEST_F(WalkMemory, AProbeMeetsTheSameBusErrors) {
  fake_.dead = 0x1000;
  EXPECT_EQ(PW_PORT_BUS_ERROR, read(0x1000, 8, kProbe));
}

// ---- time ----
TEST_F(WalkMemory, WithoutAHierarchyReferencesCostNothing) {
  read(0x1000, 8);
  expect_reference(PW_SERVED_BY_DRAM, 0);
  update(0x1000, 8, 0, 1);
  expect_reference(PW_SERVED_BY_DRAM, 0);
}

class TimedWalkMemory : public WalkMemory {
 protected:
  TimedWalkMemory() {
    pw_config config = pw_config_default();
    config.clock_ps = 1;
    config.line_bytes = 64;
    config.cache_count = 2;
    config.caches[0] = pw_cache_config{"l1", 1, PW_SERVES_BOTH, make_array(1, 1), {10, ""}};
    config.caches[1] = pw_cache_config{"l2", 2, PW_SERVES_BOTH, make_array(1, 4), {20, ""}};
    config.dram.ps = 100;
    config.walk_enters = 1;
    EXPECT_EQ(0, pw_memory_hierarchy_create(&config, &hierarchy_));
  }
  ~TimedWalkMemory() override { pw_memory_hierarchy_destroy(hierarchy_); }
};

TEST_F(TimedWalkMemory, ReadsAndUpdatesAreReferencesOfTheWalker) {
  read(0x1000, 8);
  expect_reference(PW_SERVED_BY_DRAM, 100);
  read(0x103c, 4);
  expect_reference(1, 20);
  update(0x1038, 8, 0, 1);
  expect_reference(1, 20);
}

TEST_F(TimedWalkMemory, AnUpdateIsOneReferenceWhateverTheEntrySize) {
  update(0x1004, 4, 0, 1);
  expect_reference(PW_SERVED_BY_DRAM, 100);
  update(0x1004, 4, 1, 3);
  expect_reference(1, 20);
}

TEST_F(TimedWalkMemory, AnUpdateDirtiesTheLine) {
  update(0x1000, 8, 0, 1);
  for (uint64_t line = 1; line < 4; line++) read(0x1000 + 64 * line, 8);
  read(0x2000, 8);
  EXPECT_EQ(1, reference_.write_backs);
}

TEST_F(TimedWalkMemory, AProbeIsNotTimedAndLeavesTheCachesAlone) {
  read(0x1000, 8);
  read(0x1000, 8, kProbe);
  expect_reference(PW_SERVED_BY_DRAM, 0);
  for (uint64_t line = 1; line < 20; line++) {
    read(0x1000 + 64 * line, 8, kProbe);
    expect_reference(PW_SERVED_BY_DRAM, 0);
    update(0x1000 + 64 * line, 8, 0, 1, kProbe);
    expect_reference(PW_SERVED_BY_DRAM, 0);
  }
  read(0x1000, 8);
  expect_reference(1, 20);
  read(0x1040, 8);
  expect_reference(PW_SERVED_BY_DRAM, 100);
}

} // namespace
