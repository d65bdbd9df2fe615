// Chains: the entries of one walk, the page they lead to, and what they answer.
#include "watched_device.h"

extern "C" {
#include "chain.h"
#include "registers.h"
}

using namespace pagewalk_test;

namespace {

constexpr uint64_t kPage = 0x7f8040201000; // index 255, 1, 1, 1

class Chain : public testing::Test {
 protected:
  pw_check_context context{};
  uint64_t event = 0;

  void SetUp() override { make(PW_CR4_PGE); }
  void make(uint64_t cr4, unsigned pcid = 0) {
    context.control = pw_control{};
    context.control.cr0 = PW_CR0_PG | PW_CR0_WP;
    context.control.cr3 = Machine::kRoot | pcid;
    context.control.cr4 = PW_CR4_PAE | PW_CR4_PSE | cr4;
    context.control.efer = PW_EFER_NXE | PW_EFER_LME;
    context.mode = pw_control_decode(&context.control, 40, true);
  }
  // Entries from the top table down; each points to the next table, the last value is as it is.
  pw_chain read(const std::vector<uint64_t> &values, uint64_t address = kPage) {
    pw_chain chain = pw_chain_start(&context);
    unsigned level = 4;
    for (const uint64_t value : values) {
      const uint64_t entry = Machine::slot(chain.table_address, level--, address);
      EXPECT_TRUE(pw_chain_continues(&chain, entry));
      pw_chain_append(&chain, &context, entry, value, ++event);
    }
    return chain;
  }
  pw_answer answer(const pw_chain &chain, const pw_access &access) {
    return pw_chain_answer(&chain, &access, &context);
  }
};

constexpr uint64_t kTable1 = 0x2000 | kTableBits | PW_ENTRY_A;
constexpr uint64_t kTable2 = 0x3000 | kTableBits | PW_ENTRY_A;
constexpr uint64_t kTable3 = 0x4000 | kTableBits | PW_ENTRY_A;

TEST_F(Chain, ReadsItsAddressFromThePlacesOfItsEntries) {
  const pw_chain chain = read({kTable1, kTable2, kTable3, 0x5000 | kReadOnly});
  EXPECT_EQ(PW_CHAIN_PAGE, chain.end);
  EXPECT_EQ(kPage, chain.linear_address);
  EXPECT_TRUE(pw_chain_covers(&chain, kPage | 0xfff));
  EXPECT_FALSE(pw_chain_covers(&chain, kPage + 0x1000));
}

TEST_F(Chain, AddressIsCanonical) {
  const uint64_t high = UINT64_C(0xffff800000000000);
  EXPECT_EQ(high, read({kTable1}, high).linear_address);
}

TEST_F(Chain, EndsAtWhatIsNoTable) {
  EXPECT_EQ(PW_CHAIN_OPEN, read({kTable1, kTable2, kTable3}).end);
  EXPECT_EQ(PW_CHAIN_NOT_PRESENT, read({kTable1, kTable2, 0}).end);
  EXPECT_EQ(PW_CHAIN_NOT_PRESENT, read({UINT64_C(1) << 45}).end) << "an entry is present before anything else counts";
  EXPECT_EQ(PW_CHAIN_RESERVED, read({kTable1 | UINT64_C(1) << 45}).end);
  EXPECT_EQ(PW_CHAIN_RESERVED, read({kTable1 | PW_ENTRY_PS}).end);
  EXPECT_EQ(PW_CHAIN_PAGE, read({kTable1, 0x40000000 | kReadOnly | PW_ENTRY_PS}).end);
  EXPECT_EQ(PW_CHAIN_RESERVED, read({kTable1, 0x40002000 | kReadOnly | PW_ENTRY_PS}).end);
}

TEST_F(Chain, OffsetIsOfThePagesSize) {
  const pw_access access = make_access(kPage | 0x234);
  EXPECT_EQ(0x5234u, answer(read({kTable1, kTable2, kTable3, 0x5000 | kReadOnly}), access).physical_address);
  EXPECT_EQ(0x40201234u, answer(read({kTable1, 0x40000000 | kReadOnly | PW_ENTRY_PS}), access).physical_address);
  EXPECT_EQ(2u, answer(read({kTable1, 0x40000000 | kReadOnly | PW_ENTRY_PS}), access).page_level);
}

TEST_F(Chain, AnswersARightThatAnyLevelDenies) {
  for (unsigned denied = 0; denied < 4; denied++) {
    std::vector<uint64_t> values{kTable1, kTable2, kTable3, 0x5000 | kUserPage};
    values[denied] &= ~PW_ENTRY_RW;
    const pw_answer given = answer(read(values), make_access(kPage, PW_WRITE));
    EXPECT_EQ(PW_RSP_PAGE_FAULT, given.fault);
    EXPECT_EQ(PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US, given.error_code);
  }
  EXPECT_EQ(PW_RSP_NONE,
            answer(read({kTable1, kTable2, kTable3, 0x5000 | kUserPage}), make_access(kPage, PW_WRITE)).fault);
}

TEST_F(Chain, AnswersAPrefetchThatWouldFaultByDroppingIt) {
  const pw_access access = make_access(kPage, PW_READ, 3, PW_PREFETCH);
  EXPECT_EQ(PW_RSP_DROPPED, answer(read({0}), access).fault);
}

TEST_F(Chain, ThatIsOpenAnswersNothing) {
  EXPECT_EQ(PW_RSP_FAULTS, answer(read({kTable1, kTable2}), make_access(kPage)).fault);
}

TEST_F(Chain, IsAccessedWhenEveryEntryIs) {
  std::vector<uint64_t> values{kTable1, kTable2, kTable3, 0x5000 | kReadOnly | PW_ENTRY_A};
  pw_chain chain = read(values);
  EXPECT_TRUE(pw_chain_is_accessed(&chain));
  for (uint64_t &value : values) {
    value &= ~PW_ENTRY_A;
    chain = read(values);
    EXPECT_FALSE(pw_chain_is_accessed(&chain));
    value |= PW_ENTRY_A;
  }
}

TEST_F(Chain, UpdateSetsAccessedAndDirty) {
  pw_chain chain = read({kTable1, kTable2, kTable3, 0x5000 | kUserPage});
  const pw_access write = make_access(kPage, PW_WRITE);
  EXPECT_TRUE(pw_chain_lacks_dirty(&chain, &write));
  pw_chain_update(&chain, 1, 0x5000 | kUserPage | PW_ENTRY_A | PW_ENTRY_D, 9);
  EXPECT_TRUE(pw_chain_is_accessed(&chain));
  EXPECT_FALSE(pw_chain_lacks_dirty(&chain, &write));
  EXPECT_EQ(9u, chain.entry[1].read);
}

TEST_F(Chain, AboveIsWhatAPagingStructureCacheHolds) {
  const pw_chain chain = read({kTable1, kTable2, kTable3, 0x5000 | kReadOnly});
  for (unsigned level = 2; level <= 4; level++) {
    const pw_chain above = pw_chain_above(&chain, &context, level);
    EXPECT_EQ(PW_CHAIN_OPEN, above.end);
    EXPECT_EQ(level, above.level);
    EXPECT_EQ(chain.entry[level - 1].address & ~UINT64_C(0xfff), above.table_address);
    EXPECT_TRUE(pw_chain_covers(&above, kPage));
  }
}

TEST_F(Chain, KeyOfAGlobalPageIsOfNoPcid) {
  const std::vector<uint64_t> values{kTable1, kTable2, kTable3, 0x5000 | kReadOnly | PW_ENTRY_G};
  make(PW_CR4_PGE | PW_CR4_PCIDE, 5);
  pw_chain chain = read(values);
  EXPECT_TRUE(pw_key_is_global(pw_chain_key(&chain)));
  make(PW_CR4_PCIDE, 5);
  chain = read(values);
  EXPECT_FALSE(pw_key_is_global(pw_chain_key(&chain))) << "without CR4.PGE";
}

TEST_F(Chain, BusErrorEndsIt) {
  pw_chain chain = read({kTable1});
  pw_chain_append_bus_error(&chain, &context, 0x2008, 7);
  EXPECT_EQ(PW_CHAIN_BUS_ERROR, chain.end);
  EXPECT_EQ(PW_RSP_BUS_ERROR, answer(chain, make_access(kPage)).fault);
}

TEST(Answers, DifferInWhatTheirFaultMakesValid) {
  pw_answer legal{};
  legal.physical_address = 0x5000;
  legal.page_level = 1;
  pw_answer given = legal;
  given.error_code = 7; // not valid
  EXPECT_TRUE(pw_answer_explains(&legal, &given));
  given.page_level = 0;
  EXPECT_TRUE(pw_answer_explains(&legal, &given)) << "a piece of a large page";
  given.page_level = 2;
  EXPECT_FALSE(pw_answer_explains(&legal, &given));
  given = legal;
  given.fault = PW_RSP_PAGE_FAULT;
  EXPECT_FALSE(pw_answer_explains(&legal, &given));
}

} // namespace
