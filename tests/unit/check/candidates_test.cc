// The set of what a device may hold: found by address and by table, killed, buried, and forgotten when there is no
// room.
#include <memory>
#include <vector>

#include "watched_device.h"

extern "C" {
#include "candidates.h"
}

using namespace pagewalk_test;

namespace {

class Candidates : public testing::Test {
 protected:
  std::unique_ptr<pw_candidates> set = std::make_unique<pw_candidates>();
  pw_check_context context{};

  void SetUp() override {
    pw_candidates_reset(set.get());
    context.control.cr0 = PW_CR0_PG | PW_CR0_WP;
    context.control.cr4 = PW_CR4_PAE | PW_CR4_PSE | PW_CR4_PGE | PW_CR4_PCIDE;
    context.control.efer = PW_EFER_LME;
    enter(1);
  }
  void enter(unsigned pcid) {
    context.control.cr3 = Machine::kRoot | pcid;
    context.mode = pw_control_decode(&context.control, 40, true);
  }
  // The chain of a page; without `leaf` the one of its table.
  pw_chain chain_of(uint64_t address, uint64_t leaf) const {
    pw_chain chain = pw_chain_start(&context);
    for (unsigned level = 4; level >= 1; level--) {
      const uint64_t table = (UINT64_C(0x100000) + (address >> (12 + 9 * (level - 1))) * 0x1000) & 0xffffffff000;
      if (level == 1 && !leaf) break;
      pw_chain_append(&chain, &context, Machine::slot(chain.table_address, level, address),
                      (level > 1 ? table | kTableBits : leaf) | PW_ENTRY_A, 1);
    }
    return chain;
  }
  void add(uint64_t address, uint64_t leaf, uint64_t kill = 0) {
    const pw_chain chain = chain_of(address, leaf);
    pw_candidates_add(set.get(), &chain, kill, 1);
  }
  std::vector<pw_candidate *> pages(uint64_t address, unsigned pcid = 1) {
    std::vector<pw_candidate *> found;
    for (pw_candidate *at = nullptr; (at = pw_candidates_next_page(set.get(), at, address, pcid));) found.push_back(at);
    return found;
  }
};

TEST_F(Candidates, PageIsFoundByEveryAddressInIt) {
  add(0x400000, 0x5000 | kReadOnly);
  EXPECT_EQ(1u, pages(0x400000).size());
  EXPECT_EQ(1u, pages(0x400fff).size());
  EXPECT_EQ(0u, pages(0x401000).size());
  EXPECT_EQ(0u, pages(0x400000, 2).size()) << "of another PCID";
}

TEST_F(Candidates, GlobalPageIsFoundUnderEveryPcid) {
  add(0x400000, 0x5000 | kReadOnly | PW_ENTRY_G);
  EXPECT_EQ(1u, pages(0x400000, 1).size());
  EXPECT_EQ(1u, pages(0x400000, 2).size());
}

TEST_F(Candidates, EveryReadingOfAPageIsFound) {
  for (uint64_t frame = 1; frame <= 20; frame++) add(0x400000, frame << 20 | kReadOnly);
  EXPECT_EQ(20u, pages(0x400000).size());
}

TEST_F(Candidates, SameReadingIsKeptOnce) {
  for (unsigned i = 0; i < 20; i++) add(0x400000, 0x5000 | kReadOnly);
  EXPECT_EQ(1u, set->count);
}

TEST_F(Candidates, TableIsFoundByItsAddress) {
  add(0x400000, 0);
  const uint64_t table = chain_of(0x400000, 0).table_address;
  pw_candidate *found = pw_candidates_next_table(set.get(), nullptr, table);
  ASSERT_NE(nullptr, found);
  EXPECT_EQ(nullptr, pw_candidates_next_table(set.get(), found, table));
  EXPECT_EQ(nullptr, pw_candidates_next_table(set.get(), nullptr, table + 0x1000));
  EXPECT_EQ(0u, pages(0x400000).size());
}

TEST_F(Candidates, KillMarksWhatItRequiresGone) {
  add(0x400000, 0x5000 | kReadOnly);
  add(0x401000, 0x6000 | kReadOnly);
  pw_kill kill{};
  kill.number = 7;
  kill.op = PW_CTL_INVLPG;
  kill.invalidation.page = kill.invalidation.globals = true;
  kill.invalidation.pcid = 1;
  kill.invalidation.linear_address = 0x400123;
  pw_candidates_kill(set.get(), &kill);
  EXPECT_EQ(7u, pages(0x400000)[0]->kill);
  EXPECT_EQ(0u, pages(0x401000)[0]->kill);
  add(0x400000, 0x5000 | kReadOnly);
  EXPECT_EQ(1u, pages(0x400000).size());
  EXPECT_EQ(0u, pages(0x400000)[0]->kill) << "it was read again";
}

TEST_F(Candidates, OldestIsForgottenAndThatIsTold) {
  for (uint64_t page = 0; page < PW_CANDIDATES; page++) add(page << 12, (page + 1) << 12 | kReadOnly);
  EXPECT_EQ(0u, set->forgotten);
  EXPECT_FALSE(pw_candidates_may_have_forgotten_page(set.get(), 0));
  add(UINT64_C(0x7f0000000000), 0x5000 | kReadOnly);
  EXPECT_EQ(1u, set->forgotten);
  EXPECT_EQ(static_cast<uint64_t>(PW_CANDIDATES), set->count);
  EXPECT_EQ(0u, pages(0).size());
  EXPECT_TRUE(pw_candidates_may_have_forgotten_page(set.get(), 0));
  EXPECT_EQ(1u, pages(0x1000).size());
  pw_candidates_reset(set.get());
  EXPECT_FALSE(pw_candidates_may_have_forgotten_page(set.get(), 0));
}

} // namespace
