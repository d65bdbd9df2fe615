// The walk: order of checks, reserved bits, A and D, every paging mode.
#include "machine.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kAddress = 0x00007f1234567000;

TEST(Walker, FourLevelsReadFourEntriesFromTheTopDown) {
  Machine machine(bare_config());
  machine.map_small(kAddress, 0x5000 | Machine::user_page);
  const pw_translation t = machine.translate(make_access(kAddress + 0x123));
  ASSERT_EQ(PW_MAPPED, t.outcome);
  EXPECT_EQ(0x5123u, t.physical_address);
  EXPECT_EQ(12, t.page_shift);
  ASSERT_EQ(4, t.step_count);
  for (unsigned i = 0; i < 4; i++) EXPECT_EQ(4 - i, t.steps[i].level);
  EXPECT_EQ(Machine::slot(0x1000, 4, kAddress), t.steps[0].entry_address);
}

TEST(Walker, NotPresentWinsOverReservedBits) {
  Machine machine(bare_config());
  machine.map_small(kAddress, PW_ENTRY_ADDRESS & ~PW_ENTRY_P);
  const pw_translation t = machine.translate(make_access(kAddress));
  EXPECT_EQ(PW_PAGE_FAULT, t.outcome);
  EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_US), t.error_code);
}

TEST(Walker, ReservedBitInPdeFaultsWithRsvd) {
  Machine machine(bare_config());
  machine.map_small(kAddress, 0x5000 | Machine::user_page);
  machine.put(Machine::slot(0x3000, 2, kAddress), 0x4000 | Machine::table_bits | UINT64_C(1) << 51);
  const pw_translation t = machine.translate(make_access(kAddress));
  EXPECT_EQ(PW_PAGE_FAULT, t.outcome);
  EXPECT_EQ(static_cast<uint32_t>(PW_ERROR_P | PW_ERROR_US | PW_ERROR_RSVD), t.error_code);
  EXPECT_EQ(3, t.step_count) << "the walk stops at the bad entry";
}

}  // namespace
