// One translation explained: every entry decoded, and every cause of a fault in words.
#include "machine.h"
#include "run_report.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kAddress = 0x00007f1234567000;

std::string explain(Machine &machine, const pw_access &access) {
  const pw_translation t = machine.translate(access);
  const pw_control control = pw_mmu_control(machine.mmu());
  return written([&](FILE *stream) { return pw_report_walk(stream, &machine.config(), &control, &access, &t); });
}

// The walk of an access to a 4 KB page with this leaf, with all protection features on.
std::string explain_leaf(uint64_t leaf, const pw_access &access) {
  pw_config config = bare_config();
  config.pke = true;
  Machine machine(config);
  machine.map_small(kAddress, leaf);
  return explain(machine, access);
}

testing::AssertionResult says(const std::string &text, const std::string &part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << part << "' is not in\n" << text;
}

TEST(WalkText, EveryEntryHasItsLineWithAddressValueAndBits) {
  const std::string text = explain_leaf(0x5000 | Machine::user_page | PW_ENTRY_XD, make_access(kAddress + 0x123));
  EXPECT_TRUE(says(text, "read of 0x00007f1234567123 at CPL 3 (user mode)"));
  EXPECT_TRUE(says(text, "PML4E  at 0x00000000017f0 = 0x0000000000002007  P R/W U; table at 0x2000"));
  EXPECT_TRUE(says(text, "PDPTE  at"));
  EXPECT_TRUE(says(text, "PDE    at"));
  EXPECT_TRUE(says(text, "XD; maps the 4K page at 0x5000"));
  EXPECT_TRUE(says(text, "sets A by compare-and-swap"));
  EXPECT_TRUE(says(text, "succeeds: physical address 0x5123, a 4K page, user, writable, not executable"));
  EXPECT_TRUE(says(text, "memory type WB"));
}

TEST(WalkText, BitsOfALeafAreWords) {
  const uint64_t leaf = 0x5000 | PW_ENTRY_P | PW_ENTRY_US | PW_ENTRY_PWT | PW_ENTRY_PCD | PW_ENTRY_A | PW_ENTRY_D |
                        PW_ENTRY_G | PW_ENTRY_PAT_SMALL | UINT64_C(5) << PW_ENTRY_PKEY_SHIFT;
  const std::string text = explain_leaf(leaf, make_access(kAddress));
  EXPECT_TRUE(says(text, " P read-only U PWT PCD A D PAT G key=5"));
  EXPECT_TRUE(says(text, "memory type UC, global"));
}

TEST(WalkText, WriteSetsDirtyInTheLeafAlone) {
  const std::string text = explain_leaf(0x5000 | Machine::user_page, make_access(kAddress, PW_WRITE));
  EXPECT_TRUE(says(text, "write of"));
  EXPECT_TRUE(says(text, "sets A D by compare-and-swap"));
  EXPECT_EQ(text.find("sets A D"), text.rfind("sets A D"));
}

TEST(WalkText, LargePagesAreNamed) {
  Machine machine(bare_config());
  machine.map_small(kAddress, 0);
  machine.put(Machine::slot(0x3000, 2, kAddress), 0x600000 | Machine::user_page | PW_ENTRY_PS);
  EXPECT_TRUE(says(explain(machine, make_access(kAddress)), "maps the 2M page at 0x600000"));
}

TEST(WalkText, NotPresentEntryIsNamedByItsLevel) {
  const struct {
    uint64_t table;
    unsigned level;
    const char *words;
  } cases[] = {{0x1000, 4, "the PML4E is not present"},
               {0x2000, 3, "the PDPTE is not present"},
               {0x3000, 2, "the PDE is not present"},
               {0x4000, 1, "the PTE is not present"}};
  for (const auto &c : cases) {
    Machine machine(bare_config());
    machine.map_small(kAddress, 0x5000 | Machine::user_page);
    machine.put(Machine::slot(c.table, c.level, kAddress), 0);
    const std::string text = explain(machine, make_access(kAddress));
    EXPECT_TRUE(says(text, c.words));
    EXPECT_TRUE(says(text, "faults: #PF, CR2 = 0x00007f1234567000, error code 0x4"));
    EXPECT_TRUE(says(text, "(P=0 W/R=0 U/S=1 RSVD=0 I/D=0 PK=0)"));
  }
}

TEST(WalkText, ReservedBitsAreShownAndNamed) {
  const std::string text = explain_leaf(0x5000 | Machine::user_page | UINT64_C(1) << 51, make_access(kAddress));
  EXPECT_TRUE(says(text, "reserved bits set: 0x8000000000000"));
  EXPECT_TRUE(says(text, "a reserved bit is set in the PTE"));
  EXPECT_TRUE(says(text, "RSVD=1"));
}

struct Denial {
  const char *rule;
  uint64_t leaf;
  pw_access access;
  const char *words;
};

const uint64_t kSupervisor = 0x5000 | PW_ENTRY_P | PW_ENTRY_RW;
const uint64_t kReadOnly = 0x5000 | PW_ENTRY_P | PW_ENTRY_US;
const uint64_t kUser = 0x5000 | Machine::user_page;

const Denial kDenials[] = {
    {"UserAccessToASupervisorPage", kSupervisor, make_access(kAddress), "a user-mode access to a page that is not U"},
    {"UserWriteToAReadOnlyPage", kReadOnly, make_access(kAddress, PW_WRITE), "a write to a page that is not R/W"},
    {"SupervisorWriteToAReadOnlyPage", kReadOnly & ~PW_ENTRY_US, make_access(kAddress, PW_WRITE, 0),
     "a write to a page that is not R/W at every level, with CR0.WP = 1"},
    {"FetchFromANonExecutablePage", kUser | PW_ENTRY_XD, make_access(kAddress, PW_FETCH),
     "an instruction fetch from a page with XD"},
    {"SupervisorFetchFromAUserPage", kUser, make_access(kAddress, PW_FETCH, 0), "CR4.SMEP = 1"},
    {"SupervisorReadOfAUserPage", kUser, make_access(kAddress, PW_READ, 0), "CR4.SMAP = 1 and EFLAGS.AC = 0"},
    {"ImplicitSupervisorReadOfAUserPage", kUser, make_access(kAddress, PW_READ, 3, PW_IMPLICIT | PW_AC),
     "an implicit supervisor access to a user page, with CR4.SMAP = 1"},
};

class Denials : public testing::TestWithParam<Denial> {};

TEST_P(Denials, IsSaidInWords) {
  const std::string text = explain_leaf(GetParam().leaf, GetParam().access);
  EXPECT_TRUE(says(text, "faults: #PF"));
  EXPECT_TRUE(says(text, "P=1"));
  EXPECT_TRUE(says(text, GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(WalkText, Denials, testing::ValuesIn(kDenials),
                         [](const auto &test) { return std::string(test.param.rule); });

TEST(WalkText, RightTakenAwayAboveTheLeafIsSaidToo) {
  Machine machine(bare_config());
  machine.map_small(kAddress, kUser);
  machine.put(Machine::slot(0x2000, 3, kAddress), 0x3000 | PW_ENTRY_P | PW_ENTRY_US);
  const std::string text = explain(machine, make_access(kAddress, PW_WRITE));
  EXPECT_TRUE(says(text, "a write to a page that is not R/W at every level"));
}

TEST(WalkText, ProtectionKeyIsSaid) {
  pw_config config = bare_config();
  config.pke = true;
  Machine machine(config);
  machine.map_small(kAddress, kUser | UINT64_C(3) << PW_ENTRY_PKEY_SHIFT);
  machine.set_control([](pw_control &control) { control.pkru = 1u << 6; });
  const std::string text = explain(machine, make_access(kAddress));
  EXPECT_TRUE(says(text, "PKRU denies the protection key"));
  EXPECT_TRUE(says(text, "PK=1"));
  EXPECT_TRUE(says(text, "PKRU=0x40"));
}

TEST(WalkText, NonCanonicalAddressFaultsBeforeAnyWalk) {
  Machine machine(bare_config());
  EXPECT_TRUE(says(explain(machine, make_access(UINT64_C(1) << 47)),
                   "#GP(0) before any walk: the address is not canonical in 48 bits"));
  EXPECT_TRUE(says(explain(machine, make_access(UINT64_C(1) << 47, PW_READ, 3, PW_STACK)), "#SS(0) before any walk"));
}

TEST(WalkText, DroppedPrefetchIsSaid) {
  Machine machine(bare_config());
  EXPECT_TRUE(says(explain(machine, make_access(kAddress, PW_READ, 3, PW_PREFETCH)), "is dropped: a prefetch"));
}

TEST(WalkText, BusErrorIsSaid) {
  pw_config config = bare_config();
  Machine machine(config);
  const pw_access access = make_access(kAddress);
  pw_translation t{};
  t.outcome = PW_BUS_ERROR;
  const pw_control control = pw_mmu_control(machine.mmu());
  EXPECT_TRUE(says(written([&](FILE *stream) { return pw_report_walk(stream, &config, &control, &access, &t); }),
                   "no memory answers"));
}

TEST(WalkText, RestartedWalkIsSaid) {
  pw_config config = bare_config();
  Machine machine(config);
  machine.map_small(kAddress, kUser);
  const pw_access access = make_access(kAddress);
  pw_translation t = machine.translate(access);
  t.attempts = 2;
  for (unsigned i = 0; i < 4; i++) {
    t.steps[4 + i] = t.steps[i];
    t.steps[4 + i].attempt = 1;
  }
  t.step_count = 8;
  const pw_control control = pw_mmu_control(machine.mmu());
  EXPECT_TRUE(says(written([&](FILE *stream) { return pw_report_walk(stream, &config, &control, &access, &t); }),
                   "the walk starts again"));
}

TEST(WalkText, CyclesAddUp) {
  pw_config config = pw_config_default();
  Machine machine(config);
  machine.map_small(kAddress, kUser);
  const std::string text = explain(machine, make_access(kAddress));
  EXPECT_TRUE(says(text, "876 cycles: TLB 7, paging-structure caches 1, walk 852, accessed and dirty 16"));
}

TEST(WalkText, ServerOfEachReadIsNamed) {
  pw_config config = pw_config_default();
  Machine machine(config);
  machine.map_small(kAddress, kUser);
  EXPECT_TRUE(says(explain(machine, make_access(kAddress)), "213 cycles (dram)"));
  pw_mmu_flush(machine.mmu());
  EXPECT_TRUE(says(explain(machine, make_access(kAddress)), "4 cycles (l1d)"));
}

TEST(WalkText, PdpteOfPaePagingIsInARegister) {
  pw_config config = bare_config();
  config.mode = PW_MODE_PAE;
  config.pcide = false;
  Machine machine(config);
  machine.put(0x1000, 0x2000 | PW_ENTRY_P);
  machine.put(0x2000, 0x3000 | Machine::table_bits);
  machine.put(0x3000 + 8 * 7, kUser);
  machine.set_control([](pw_control &) {});
  const std::string text = explain(machine, make_access(0x7123));
  EXPECT_TRUE(says(text, "PDPTE  in a register"));
  EXPECT_TRUE(says(text, "physical address 0x5123"));
}

TEST(WalkText, DenialOfACachedPageIsSaidAsWell) {
  Machine machine(pw_config_default());
  machine.map_small(kAddress, kReadOnly);
  machine.translate(make_access(kAddress));
  const std::string text = explain(machine, make_access(kAddress, PW_WRITE));
  EXPECT_FALSE(says(text, "PTE")) << "nothing is read on a hit";
  EXPECT_TRUE(says(text, "a write to a page that is not R/W at every level"));
}

} // namespace
