// The model's walk against the independent reference, over random tables in every paging mode.
#include "random_machine.h"
#include "reference_translate.h"

using namespace pagewalk_test;

namespace {

constexpr unsigned kTables = 12; // table frames 0x1000 .. 0xc000, freely shared between levels
constexpr unsigned kSlots = 3;   // indices in use at each level, so that walks meet

// Random paging structures: mostly present, sometimes with reserved bits, every other bit at random.
class RandomTables {
 public:
  RandomTables(Random &random, pw_paging_mode mode) : random_(random), mode_(mode) {}

  unsigned entry_bytes() const { return mode_ == PW_MODE_32BIT ? 4 : 8; }

  // In PAE paging the frame of the PDPTEs serves no other level: A bits there would make CR3 unloadable.
  uint64_t first_table() const { return mode_ == PW_MODE_PAE ? 2 : 1; }

  uint64_t entry() {
    uint64_t value =
        random_.bits() & (mode_ == PW_MODE_PAE ? UINT64_C(0x8000000000000e7e) : UINT64_C(0xfff0000000000e7e));
    if (random_.chance(92)) value |= PW_ENTRY_P;
    if (random_.chance(70)) value |= PW_ENTRY_RW | PW_ENTRY_US;
    if (random_.chance(85)) value &= ~PW_ENTRY_XD;
    if (random_.chance(20)) {
      value |= PW_ENTRY_PS | (random_.below(64) << 30) | (random_.chance(15) ? random_.bits() & 0x3fffe000 : 0);
    } else
      value |= 0x1000 * (first_table() + random_.below(kTables - 1));
    if (random_.chance(3)) value |= UINT64_C(1) << random_.below(52);
    return mode_ == PW_MODE_32BIT ? value & 0xffffffff : value;
  }

  // Fills the slots in use of every table, in the model's memory and the reference's.
  void fill(Machine &machine, reference::Memory &memory) {
    for (uint64_t table = 1; table <= kTables; table++) {
      for (uint64_t slot = 0; slot < kSlots; slot++) {
        uint64_t word = entry();
        if (entry_bytes() == 4) word |= entry() << 32;
        const uint64_t address = 0x1000 * table + 8 * slot;
        machine.put(address, word);
        memory[address] = word;
      }
    }
  }

  uint64_t linear_address() {
    static const std::vector<unsigned> shifts[PW_MODES] = {
        {22, 12}, {30, 21, 12}, {39, 30, 21, 12}, {48, 39, 30, 21, 12}};
    const uint64_t slots = entry_bytes() == 4 ? 2 * kSlots : kSlots;
    uint64_t address = random_.below(4096) & ~UINT64_C(7);
    for (unsigned shift : shifts[mode_]) address |= random_.below(slots) << shift;
    if (random_.chance(3)) address |= UINT64_C(1) << (32 + random_.below(32));
    return address;
  }

 private:
  Random &random_;
  pw_paging_mode mode_;
};

pw_control random_control(Random &random, const pw_config &config) {
  pw_control control = pw_control_from_config(&config, 0x1000);
  control.pkru = static_cast<uint32_t>(random.bits());
  for (uint64_t bit : {PW_CR4_SMEP, PW_CR4_SMAP, PW_CR4_PGE, PW_CR4_PSE}) {
    if (random.chance(40)) control.cr4 ^= bit;
  }
  if (config.mode >= PW_MODE_4LEVEL && random.chance(50)) control.cr4 ^= PW_CR4_PKE;
  if (random.chance(40)) control.cr0 ^= PW_CR0_WP;
  if (config.mode != PW_MODE_32BIT && random.chance(30)) control.efer ^= PW_EFER_NXE;
  return control;
}

void expect_same(const reference::Answer &want, const pw_translation &got) {
  ASSERT_EQ(want.outcome, got.outcome);
  if (want.outcome == PW_MAPPED) {
    ASSERT_EQ(want.physical_address, got.physical_address);
    ASSERT_EQ(want.page_bytes, UINT64_C(1) << got.page_shift);
  } else {
    ASSERT_EQ(want.error_code, got.error_code);
  }
  if (want.outcome == PW_PAGE_FAULT) {
    ASSERT_EQ(got.linear_address, got.cr2);
  }
}

class WalkAgainstReference : public ::testing::TestWithParam<pw_paging_mode> {};

// Every access meets empty TLBs: this is about the walk alone.
TEST_P(WalkAgainstReference, SameAnswerAndSameEntriesAfterwards) {
  unsigned mapped = 0, faulted = 0;
  for (uint64_t seed = 1; seed <= 150; seed++) {
    Random random(seed);
    pw_config config = random_config(random, GetParam());
    if (GetParam() == PW_MODE_32BIT) config.physical_address_bits = static_cast<uint32_t>(32 + random.below(12));
    const reference::Processor processor = {config.physical_address_bits, config.pages_1gb};
    Machine machine(config, false);
    reference::Memory memory;
    RandomTables tables(random, GetParam());
    tables.fill(machine, memory);
    if (GetParam() == PW_MODE_PAE) {
      for (uint64_t i = 0; i < 4; i++) { // legal PDPTEs, or CR3 could not be loaded
        memory[0x1000 + 8 * i] = 0x1000 * (2 + random.below(kTables - 1)) | (random.chance(90) ? 1 : 0);
        machine.put(0x1000 + 8 * i, memory[0x1000 + 8 * i]);
      }
    }
    for (unsigned i = 0; i < 150; i++) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << " access " << i);
      const pw_control control = random_control(random, config);
      const pw_access access = random_access(random, tables.linear_address());
      ASSERT_EQ(0, pw_mmu_set_control(machine.mmu(), &control));
      const reference::Answer want = reference::translate(memory, processor, control, access);
      const pw_translation got = machine.translate(access);
      ASSERT_NO_FATAL_FAILURE(expect_same(want, got));
      (got.outcome == PW_MAPPED ? mapped : faulted)++;
      for (const auto &[address, word] : memory) ASSERT_EQ(word, machine.get(address)) << std::hex << address;
    }
  }
  EXPECT_GT(mapped, 2000u) << "a run that mapped next to nothing has checked nothing";
  EXPECT_GT(faulted, 2000u);
}

INSTANTIATE_TEST_SUITE_P(EveryMode, WalkAgainstReference,
                         ::testing::Values(PW_MODE_32BIT, PW_MODE_PAE, PW_MODE_4LEVEL, PW_MODE_5LEVEL));

} // namespace
