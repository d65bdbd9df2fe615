// Sparse physical memory of 52 bits, and the port to it.
#include <gtest/gtest.h>
#include <pagewalk/memory.h>

#include <map>
#include <random>

namespace {

constexpr uint64_t kEnd = UINT64_C(1) << 52;

class PhysicalMemory : public testing::Test {
 protected:
  PhysicalMemory() {
    EXPECT_EQ(0, pw_physical_memory_create(&memory_));
    port_ = pw_physical_memory_port(memory_);
  }
  ~PhysicalMemory() override { pw_physical_memory_destroy(memory_); }

  uint64_t get(uint64_t address) const { return pw_physical_read64(memory_, address); }
  void put(uint64_t address, uint64_t value) { ASSERT_EQ(0, pw_physical_write64(memory_, address, value)); }
  uint64_t stored() const { return pw_physical_stored_bytes(memory_); }

  pw_physical_memory *memory_ = nullptr;
  pw_memory_port port_{};
};

TEST_F(PhysicalMemory, NeverWrittenBytesReadAsZeroAndOccupyNothing) {
  for (uint64_t address : {UINT64_C(0), UINT64_C(0x1000), UINT64_C(0x80000000), kEnd - 8}) EXPECT_EQ(0u, get(address));
  EXPECT_EQ(0u, stored());
}

TEST_F(PhysicalMemory, ReachesFromTheFirstToTheLastWordOf52Bits) {
  put(0, 0x1111);
  put(kEnd - 8, 0x2222);
  EXPECT_EQ(0x1111u, get(0));
  EXPECT_EQ(0x2222u, get(kEnd - 8));
  EXPECT_EQ(0u, get(8));
  EXPECT_EQ(0u, get(kEnd - 16));
}

TEST_F(PhysicalMemory, EveryAddressBitSelectsAnotherWord) {
  put(0, 1000);
  for (unsigned bit = 3; bit < 52; bit++) put(UINT64_C(1) << bit, bit);
  EXPECT_EQ(1000u, get(0));
  for (unsigned bit = 3; bit < 52; bit++) EXPECT_EQ(bit, get(UINT64_C(1) << bit)) << "bit " << bit;
}

TEST_F(PhysicalMemory, AWordIsAllEightBytesOfItsAddress) {
  put(0x2005, UINT64_C(0xfedcba9876543210));
  for (uint64_t address = 0x2000; address < 0x2008; address++) EXPECT_EQ(UINT64_C(0xfedcba9876543210), get(address));
  EXPECT_EQ(0u, get(0x1fff));
  EXPECT_EQ(0u, get(0x2008));
}

TEST_F(PhysicalMemory, HoldsWhatAMapHolds) {
  std::map<uint64_t, uint64_t> model;
  std::mt19937_64 random(52);
  for (unsigned i = 0; i < 20000; i++) {
    // A thousand frames all over the address space, each with a few words in use.
    const uint64_t frame = (random() % 1000) * UINT64_C(0x0000041892374000) % kEnd & ~UINT64_C(0xfff);
    const uint64_t address = frame | random() % 512 * 8;
    const auto known = model.find(address);
    ASSERT_EQ(known == model.end() ? 0 : known->second, get(address));
    if (i % 2) put(address, model[address] = random());
  }
  for (const auto &[address, value] : model) ASSERT_EQ(value, get(address));
}

TEST_F(PhysicalMemory, AWriteBeyond52BitsIsRefusedAndChangesNothing) {
  for (uint64_t address : {kEnd, kEnd + 0x1000, UINT64_C(1) << 63, UINT64_MAX}) {
    EXPECT_EQ(-PW_EINVAL, pw_physical_write64(memory_, address, 7)) << std::hex << address;
    EXPECT_EQ(0u, get(address & (kEnd - 1))) << std::hex << address;
  }
  EXPECT_EQ(0u, stored());
}

TEST_F(PhysicalMemory, StoresAFrameOnceHoweverManyWordsItHolds) {
  put(0x5000, 1);
  const uint64_t first = stored();
  EXPECT_GE(first, 4096u);
  EXPECT_LE(first, 4096u * 16) << "a frame and the way to it";
  for (uint64_t address = 0x5000; address < 0x6000; address += 8) put(address, address);
  EXPECT_EQ(first, stored());
  put(0x6000, 1);
  EXPECT_EQ(first + 4096, stored()) << "the neighbour shares the way";
}

TEST_F(PhysicalMemory, ZeroFrameClearsItsFrameAndNoOther) {
  for (uint64_t address : {0x3ff8u, 0x4000u, 0x4008u, 0x4ff8u, 0x5000u}) put(address, 9);
  pw_physical_zero_frame(memory_, 0x4abc);
  EXPECT_EQ(0u, get(0x4000));
  EXPECT_EQ(0u, get(0x4008));
  EXPECT_EQ(0u, get(0x4ff8));
  EXPECT_EQ(9u, get(0x3ff8));
  EXPECT_EQ(9u, get(0x5000));
}

TEST_F(PhysicalMemory, ZeroFrameStoresNothing) {
  pw_physical_zero_frame(memory_, 0x123456789000);
  EXPECT_EQ(0u, stored());
}

TEST_F(PhysicalMemory, ClearForgetsEverything) {
  put(0x1000, 1);
  put(kEnd - 8, 2);
  pw_physical_memory_clear(memory_);
  EXPECT_EQ(0u, stored());
  EXPECT_EQ(0u, get(0x1000));
  EXPECT_EQ(0u, get(kEnd - 8));
  put(0x1000, 3);
  EXPECT_EQ(3u, get(0x1000)) << "and can be written again";
}

TEST_F(PhysicalMemory, DestroyTakesNull) { pw_physical_memory_destroy(nullptr); }

// ---- the port ----
TEST_F(PhysicalMemory, PortReadsWhatWasWritten) {
  uint64_t value = 99;
  EXPECT_EQ(PW_PORT_OK, port_.read(port_.context, 0x7000, &value));
  EXPECT_EQ(0u, value);
  put(0x7000, 0xabc);
  EXPECT_EQ(PW_PORT_OK, port_.read(port_.context, 0x7000, &value));
  EXPECT_EQ(0xabcu, value);
}

TEST_F(PhysicalMemory, CompareAndSwapReplacesTheExpectedValue) {
  put(0x7000, 5);
  EXPECT_EQ(PW_PORT_OK, port_.compare_and_swap(port_.context, 0x7000, 5, 6));
  EXPECT_EQ(6u, get(0x7000));
  EXPECT_EQ(0u, get(0x7008));
}

TEST_F(PhysicalMemory, CompareAndSwapLeavesAnotherValueAlone) {
  put(0x7000, UINT64_C(0x8000000000000005));
  EXPECT_EQ(PW_PORT_MISMATCH, port_.compare_and_swap(port_.context, 0x7000, 5, 6)) << "all 64 bits are compared";
  EXPECT_EQ(UINT64_C(0x8000000000000005), get(0x7000));
}

TEST_F(PhysicalMemory, CompareAndSwapTakesNeverWrittenMemoryForZero) {
  EXPECT_EQ(PW_PORT_MISMATCH, port_.compare_and_swap(port_.context, 0x9000, 1, 2));
  EXPECT_EQ(0u, stored()) << "a mismatch stores nothing";
  EXPECT_EQ(PW_PORT_OK, port_.compare_and_swap(port_.context, 0x9000, 0, 2));
  EXPECT_EQ(2u, get(0x9000));
}

TEST_F(PhysicalMemory, NothingAnswersBeyond52Bits) {
  uint64_t value = 77;
  put(0, 1);
  EXPECT_EQ(PW_PORT_OK, port_.read(port_.context, kEnd - 8, &value));
  for (uint64_t address : {kEnd, kEnd + 8, UINT64_C(1) << 63}) {
    EXPECT_EQ(PW_PORT_BUS_ERROR, port_.read(port_.context, address, &value)) << std::hex << address;
    EXPECT_EQ(PW_PORT_BUS_ERROR, port_.compare_and_swap(port_.context, address, 1, 2)) << std::hex << address;
  }
  EXPECT_EQ(1u, get(0)) << "no address wraps around";
}

TEST_F(PhysicalMemory, TwoMemoriesShareNothing) {
  pw_physical_memory *other = nullptr;
  ASSERT_EQ(0, pw_physical_memory_create(&other));
  put(0x1000, 1);
  EXPECT_EQ(0u, pw_physical_read64(other, 0x1000));
  pw_physical_memory_destroy(other);
}

// Addresses once wrapped at 2^52: a read saw, and a clearing destroyed, another frame.
TEST(PhysicalMemoryWrap, AddressBeyond52BitsIsNoOtherFrame) {
  pw_physical_memory *memory = nullptr;
  ASSERT_EQ(0, pw_physical_memory_create(&memory));
  ASSERT_EQ(0, pw_physical_write64(memory, 0x1000, 5));
  EXPECT_EQ(0u, pw_physical_read64(memory, (UINT64_C(1) << 52) + 0x1000));
  pw_physical_zero_frame(memory, (UINT64_C(1) << 52) + 0x1000);
  EXPECT_EQ(5u, pw_physical_read64(memory, 0x1000));
  pw_physical_memory_destroy(memory);
}

} // namespace
