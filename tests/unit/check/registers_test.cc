// Registers over time, and which control operation killed what for whom.
#include <memory>

#include "watched_device.h"

extern "C" {
#include "registers.h"
}

using namespace pagewalk_test;

namespace {

constexpr uint64_t kAddress = 0x400000;

class Registers : public testing::Test {
 protected:
  std::unique_ptr<pw_registers> registers = std::make_unique<pw_registers>();
  pw_config config = pw_config_default();
  uint64_t event = 0;

  void SetUp() override { ASSERT_EQ(0, pw_registers_init(registers.get(), &config)); }
  void TearDown() override { pw_registers_free(registers.get()); }

  int accept(unsigned op, uint64_t data, unsigned pcid = 0) {
    pw_event control{};
    control.kind = PW_EVENT_CONTROL;
    control.u.control.op = static_cast<uint8_t>(op);
    control.u.control.data = data;
    control.u.control.pcid = static_cast<uint16_t>(pcid);
    return pw_registers_accept(registers.get(), &control, ++event);
  }
  const pw_kill &control(unsigned op, uint64_t data, unsigned pcid = 0) {
    EXPECT_EQ(0, accept(op, data, pcid));
    pw_registers_done(registers.get(), ++event);
    return *pw_registers_latest(registers.get());
  }
  static uint64_t page_key(uint64_t address, unsigned pcid) {
    return pw_key_make(PW_KEY_4K, pcid, pw_key_region(address, 12));
  }
};

TEST_F(Registers, OfAResetDoNotPage) { EXPECT_FALSE(pw_registers_current(registers.get())->mode.paging); }

TEST_F(Registers, OfAnOlderContextAreKept) {
  control(PW_CTL_CR3, 0x1000);
  control(PW_CTL_CR0, PW_CR0_PG);
  const uint64_t before = registers->context;
  control(PW_CTL_CR3, 0x2000);
  EXPECT_EQ(0x1000u, pw_registers_context(registers.get(), before)->mode.root_address);
  EXPECT_EQ(0x2000u, pw_registers_current(registers.get())->mode.root_address);
}

TEST_F(Registers, OperationThatRaisesAFaultChangesNothing) {
  const uint64_t context = registers->context, kills = registers->kills;
  EXPECT_NE(0, accept(PW_CTL_CR4, PW_CR4_PCIDE));
  EXPECT_EQ(context, registers->context);
  EXPECT_EQ(kills, registers->kills);
  EXPECT_EQ(0u, registers->pending);
}

TEST_F(Registers, BitsThatADeviceDoesNotHaveAreIgnored) {
  control(PW_CTL_CR0, UINT64_MAX);
  EXPECT_EQ(PW_CR0_PG | PW_CR0_WP, pw_registers_current(registers.get())->control.cr0);
}

TEST_F(Registers, WhatWasKilledServesRequestsOfBeforeTheAcknowledge) {
  ASSERT_EQ(0, accept(PW_CTL_INVLPG, kAddress));
  const uint64_t kill = pw_registers_latest(registers.get())->number;
  EXPECT_TRUE(pw_registers_may_use(registers.get(), kill, event + 100)) << "it is not done";
  pw_registers_done(registers.get(), ++event);
  EXPECT_TRUE(pw_registers_may_use(registers.get(), kill, event - 1));
  EXPECT_FALSE(pw_registers_may_use(registers.get(), kill, event + 1));
  EXPECT_TRUE(pw_registers_may_use(registers.get(), 0, event + 1)) << "nothing has killed it";
}

bool requires(const pw_kill &kill, uint64_t key, uint64_t address = kAddress, unsigned pcid = 0) {
  const pw_cached cached = {key, address, pcid};
  return pw_kill_requires(&kill, &cached);
}

uint64_t large_key(unsigned key_class, uint64_t address, uint64_t pcid = 0) {
  return pw_key_make(key_class, pcid, pw_key_region(address, pw_kill_shift(key_class)));
}

TEST_F(Registers, InvlpgRequiresItsPageAndEveryTableOfThePcid) {
  const pw_kill &kill = control(PW_CTL_INVLPG, kAddress | 0x123);
  EXPECT_TRUE(requires(kill, page_key(kAddress, 0)));
  EXPECT_TRUE(requires(kill, page_key(kAddress, PW_KEY_GLOBAL_PCID)));
  EXPECT_TRUE(requires(kill, large_key(PW_KEY_2M, kAddress)));
  EXPECT_TRUE(requires(kill, large_key(PW_KEY_1G, kAddress)));
  EXPECT_FALSE(requires(kill, page_key(kAddress + 0x1000, 0)));
  EXPECT_FALSE(requires(kill, page_key(kAddress, 1)));
  EXPECT_TRUE(requires(kill, large_key(PW_KEY_PSC, UINT64_C(0x7f0000000000))));
  EXPECT_FALSE(requires(kill, large_key(PW_KEY_PSC, kAddress, 1)));
}

// SDM "Details of TLB Use": a large page may be held in pieces. Those of the page that memory maps all go.
TEST_F(Registers, PageFaultRequiresEveryPieceOfThePageThatIsMapped) {
  const pw_fault_event fault = {kAddress, event, event + 1, 0, 0, 21, 0xff};
  const pw_kill &kill = *pw_registers_fault(registers.get(), &fault);
  EXPECT_TRUE(requires(kill, large_key(PW_KEY_2M, kAddress), kAddress + 0x1000));
  EXPECT_FALSE(requires(kill, large_key(PW_KEY_1G, kAddress), kAddress + 0x200000)) << "memory maps no such page";
}

TEST_F(Registers, PageFaultRequiresNoGlobalPageOfAnotherPcid) {
  const pw_fault_event fault = {kAddress, event, event + 1, 0, 3, 12, 0xff};
  const pw_kill &kill = *pw_registers_fault(registers.get(), &fault);
  EXPECT_TRUE(requires(kill, page_key(kAddress, PW_KEY_GLOBAL_PCID), kAddress, 3));
  EXPECT_FALSE(requires(kill, page_key(kAddress, PW_KEY_GLOBAL_PCID), kAddress, 4));
}

TEST_F(Registers, PageFaultRequiresOnlyThePieceAtItsAddressOfAPageThatIsNotMappedSo) {
  const pw_fault_event fault = {kAddress, event, event + 1, 0, 0, 12, 0xff};
  const pw_kill &kill = *pw_registers_fault(registers.get(), &fault);
  EXPECT_TRUE(requires(kill, large_key(PW_KEY_2M, kAddress), kAddress | 0xfff));
  EXPECT_FALSE(requires(kill, large_key(PW_KEY_2M, kAddress), kAddress + 0x1000));
  EXPECT_TRUE(requires(kill, large_key(PW_KEY_PSC, kAddress), kAddress + 0x1000)) << "of a table there are no pieces";
}

// SDM "Operations that Invalidate TLBs and Paging-Structure Caches": entries "for the current PCID", none excepted.
TEST_F(Registers, SettingSmepRequiresGlobalPagesOfTheCurrentPcidOnly) {
  control(PW_CTL_CR0, PW_CR0_PG);
  control(PW_CTL_CR4, PW_CR4_PGE | PW_CR4_PCIDE);
  control(PW_CTL_CR3, 0x1000 | 5);
  const pw_kill &kill = control(PW_CTL_CR4, PW_CR4_PGE | PW_CR4_PCIDE | PW_CR4_SMEP);
  EXPECT_TRUE(requires(kill, page_key(kAddress, PW_KEY_GLOBAL_PCID), kAddress, 5));
  EXPECT_FALSE(requires(kill, page_key(kAddress, PW_KEY_GLOBAL_PCID), kAddress, 6));
  EXPECT_TRUE(requires(kill, page_key(kAddress, 5), kAddress, 5));
  EXPECT_FALSE(requires(kill, page_key(kAddress, 6), kAddress, 6));
}

TEST_F(Registers, FirstKillSinceAContextIsFound) {
  const uint64_t context = registers->context;
  control(PW_CTL_INVLPG, kAddress + 0x1000);
  const uint64_t first = control(PW_CTL_INVLPG, kAddress).number;
  control(PW_CTL_INVLPG, kAddress);
  const pw_cached here = {page_key(kAddress, 0), kAddress, 0};
  const pw_cached elsewhere = {page_key(kAddress + 0x2000, 0), kAddress + 0x2000, 0};
  EXPECT_EQ(first, pw_registers_first_kill(registers.get(), context, &here));
  EXPECT_EQ(0u, pw_registers_first_kill(registers.get(), context, &elsewhere));
}

TEST_F(Registers, OldestKnownOperationStandsForThoseBefore) {
  for (unsigned i = 0; i < PW_CHECK_OPERATIONS + 10; i++) control(PW_CTL_INVLPG, kAddress);
  EXPECT_EQ(11u, pw_registers_kill(registers.get(), 1)->number);
  EXPECT_EQ(12u, pw_registers_kill(registers.get(), 12)->number);
}

} // namespace
