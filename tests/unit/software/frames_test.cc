// Frames: what is handed out, in which order, and what comes back.
#include <algorithm>
#include <set>

#include "process.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kSmall = 4096;
constexpr uint64_t kLarge = UINT64_C(2) << 20;

pw_config memory_of(uint64_t bytes, pw_frame_order order = PW_FRAMES_SEQUENTIAL, uint32_t percent = 0) {
  pw_config config = bare_config();
  config.os.memory_bytes = bytes;
  config.os.frames = order;
  config.os.fragmented_percent = percent;
  return config;
}

class Frames {
 public:
  explicit Frames(const pw_config &config) { EXPECT_EQ(0, pw_frames_create(&config, &frames_)); }
  ~Frames() { pw_frames_destroy(frames_); }
  Frames(const Frames &) = delete;
  Frames &operator=(const Frames &) = delete;

  uint64_t total() const { return pw_frames_total(frames_); }
  uint64_t free() const { return pw_frames_free(frames_); }
  int allocate(unsigned page_shift, uint64_t *address) { return pw_frames_allocate(frames_, page_shift, address); }
  int release(unsigned page_shift, uint64_t address) { return pw_frames_release(frames_, page_shift, address); }

  // All blocks of a size that can still be had.
  std::vector<uint64_t> drain(unsigned page_shift) {
    std::vector<uint64_t> blocks;
    uint64_t address = 0;
    while (allocate(page_shift, &address) == 0) blocks.push_back(address);
    return blocks;
  }

 private:
  pw_frames *frames_ = nullptr;
};

TEST(Frames, TotalIsTheMemoryAndFrameZeroIsKept) {
  Frames frames(memory_of(UINT64_C(8) << 20));
  EXPECT_EQ(2048u, frames.total());
  EXPECT_EQ(2047u, frames.free());
}

class FrameOrders : public testing::TestWithParam<pw_frame_order> {
 protected:
  pw_config config(uint64_t bytes) const {
    return memory_of(bytes, GetParam(), GetParam() == PW_FRAMES_FRAGMENTED ? 50 : 0);
  }
};

TEST_P(FrameOrders, NoFrameIsHandedOutTwice) {
  Frames frames(config(UINT64_C(16) << 20));
  std::set<uint64_t> taken;
  uint64_t address = 0;
  const uint64_t free_at_start = frames.free();
  for (unsigned i = 0; i < 3; i++) {
    if (frames.allocate(21, &address)) break;
    for (uint64_t frame = address; frame < address + kLarge; frame += kSmall) {
      EXPECT_TRUE(taken.insert(frame).second);
    }
  }
  for (const uint64_t frame : frames.drain(12)) EXPECT_TRUE(taken.insert(frame).second) << frame;
  EXPECT_EQ(free_at_start, taken.size());
  EXPECT_EQ(0u, taken.count(0)) << "frame 0 stays out";
  EXPECT_LT(*taken.rbegin(), UINT64_C(16) << 20);
  EXPECT_EQ(0u, frames.free());
  EXPECT_EQ(-PW_ENOFRAME, frames.allocate(12, &address));
}

TEST_P(FrameOrders, LargeBlocksAreAligned) {
  Frames frames(config(UINT64_C(64) << 20));
  const std::vector<uint64_t> blocks = frames.drain(21);
  EXPECT_FALSE(blocks.empty());
  for (const uint64_t block : blocks) EXPECT_EQ(0u, block % kLarge);
}

TEST_P(FrameOrders, SameSeedGivesTheSameFrames) {
  Frames first(config(UINT64_C(8) << 20));
  Frames second(config(UINT64_C(8) << 20));
  EXPECT_EQ(first.drain(12), second.drain(12));
}

TEST_P(FrameOrders, ReleasedFrameCanBeHadAgain) {
  Frames frames(config(UINT64_C(8) << 20));
  const std::vector<uint64_t> all = frames.drain(12);
  uint64_t address = 0;
  ASSERT_EQ(0, frames.release(12, all[17]));
  EXPECT_EQ(1u, frames.free());
  ASSERT_EQ(0, frames.allocate(12, &address));
  EXPECT_EQ(all[17], address);
}

INSTANTIATE_TEST_SUITE_P(Orders, FrameOrders,
                         testing::Values(PW_FRAMES_SEQUENTIAL, PW_FRAMES_RANDOM, PW_FRAMES_FRAGMENTED),
                         [](const auto &test) { return std::string(pw_frame_order_name(test.param)); });

TEST(Frames, SequentialFramesAscend) {
  Frames frames(memory_of(UINT64_C(4) << 20));
  uint64_t address = 0;
  for (uint64_t i = 1; i <= 100; i++) {
    ASSERT_EQ(0, frames.allocate(12, &address));
    EXPECT_EQ(i * kSmall, address);
  }
}

TEST(Frames, SequentialLargeBlockIsTheLowestFreeOne) {
  Frames frames(memory_of(UINT64_C(16) << 20));
  uint64_t address = 0;
  ASSERT_EQ(0, frames.allocate(21, &address));
  EXPECT_EQ(kLarge, address) << "frame 0 spoils the first block";
  ASSERT_EQ(0, frames.allocate(21, &address));
  EXPECT_EQ(2 * kLarge, address);
  ASSERT_EQ(0, frames.release(21, kLarge));
  ASSERT_EQ(0, frames.allocate(21, &address));
  EXPECT_EQ(kLarge, address);
}

TEST(Frames, RandomFramesAreNotAscendingAndDependOnTheSeed) {
  pw_config config = memory_of(UINT64_C(8) << 20, PW_FRAMES_RANDOM);
  Frames first(config);
  config.seed = 2;
  Frames second(config);
  const std::vector<uint64_t> frames = first.drain(12);
  EXPECT_FALSE(std::is_sorted(frames.begin(), frames.end()));
  EXPECT_NE(frames, second.drain(12));
}

TEST(Frames, FragmentedMemoryHasNoFreeTwoMegabyteBlock) {
  Frames frames(memory_of(UINT64_C(4) << 20, PW_FRAMES_FRAGMENTED, 99));
  uint64_t address = 0;
  EXPECT_EQ(-PW_ENOFRAME, frames.allocate(21, &address));
  EXPECT_GT(frames.free(), frames.total() / 3) << "single frames abound";
  EXPECT_LT(frames.free(), frames.total() * 2 / 3);
}

TEST(Frames, FragmentedPercentIsTheShareOfSpoiltBlocks) {
  for (const uint32_t percent : {10u, 50u, 90u}) {
    Frames frames(memory_of(UINT64_C(2) << 30, PW_FRAMES_FRAGMENTED, percent));
    const double spoilt = 1 - static_cast<double>(frames.drain(21).size()) / 1024;
    EXPECT_NEAR(percent / 100.0, spoilt, 0.05);
  }
}

TEST(Frames, LargePagesOfEverySizeCanBeHad) {
  Frames frames(memory_of(UINT64_C(4) << 30));
  uint64_t address = 0;
  ASSERT_EQ(0, frames.allocate(30, &address));
  EXPECT_EQ(UINT64_C(1) << 30, address);
  ASSERT_EQ(0, frames.allocate(22, &address));
  EXPECT_EQ(UINT64_C(4) << 20, address);
  EXPECT_EQ(frames.total() - 1 - (1u << 18) - (1u << 10), frames.free());
}

TEST(Frames, BlockLargerThanMemoryIsNotThere) {
  Frames frames(memory_of(UINT64_C(4) << 20));
  uint64_t address = 0;
  EXPECT_EQ(-PW_ENOFRAME, frames.allocate(30, &address));
}

TEST(Frames, UnknownPageSizeIsRefused) {
  Frames frames(memory_of(UINT64_C(4) << 20));
  uint64_t address = 0;
  for (const unsigned page_shift : {0u, 11u, 13u, 20u, 31u, 39u, 64u, 4096u}) {
    EXPECT_EQ(-PW_EINVAL, frames.allocate(page_shift, &address)) << page_shift;
    EXPECT_EQ(-PW_EINVAL, frames.release(page_shift, 0)) << page_shift;
  }
}

TEST(Frames, WhatWasNotHandedOutCannotComeBack) {
  Frames frames(memory_of(UINT64_C(8) << 20));
  uint64_t small = 0;
  uint64_t large = 0;
  ASSERT_EQ(0, frames.allocate(12, &small));
  ASSERT_EQ(0, frames.allocate(21, &large));
  const uint64_t free = frames.free();
  EXPECT_EQ(-PW_EINVAL, frames.release(12, 0)) << "frame 0";
  EXPECT_EQ(-PW_EINVAL, frames.release(12, small + kSmall)) << "free already";
  EXPECT_EQ(-PW_EINVAL, frames.release(12, small + 1)) << "not aligned";
  EXPECT_EQ(-PW_EINVAL, frames.release(21, large + kSmall)) << "not aligned";
  EXPECT_EQ(-PW_EINVAL, frames.release(12, UINT64_C(8) << 20)) << "outside memory";
  EXPECT_EQ(-PW_EINVAL, frames.release(12, UINT64_C(0xfffffffffffff000))) << "outside memory";
  EXPECT_EQ(free, frames.free());
  EXPECT_EQ(0, frames.release(12, small));
  EXPECT_EQ(-PW_EINVAL, frames.release(12, small)) << "twice";
  EXPECT_EQ(0, frames.release(12, large + kSmall)) << "a part of a large block is a frame like any other";
  EXPECT_EQ(-PW_EINVAL, frames.release(21, large)) << "not whole any more";
}

TEST(Frames, DestroyAllowsNull) { pw_frames_destroy(nullptr); }

} // namespace
