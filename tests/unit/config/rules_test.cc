// The rules across keys: each is refused at its key and line, in a file and in a configuration built in memory.
#include "config_text.h"

#include <cstring>
#include <functional>

using namespace pagewalk_test;

namespace {

// ---- in a file ----
struct BrokenRule {
  const char *rule;
  const char *from;    /* text of the good machine .. */
  const char *to;      /* .. that this replaces */
  const char *line_of; /* text of the edited file that ends on the line of the refusal */
  const char *key;
};

const BrokenRule kBrokenRules[] = {
    {"TreePlruNeedsAPowerOfTwoOfWays", "policy: srrip", "policy: tree-plru", "sets: 4096\n      ways",
     "memory.caches.l3.ways"},
    {"TreePlruOfAStructureCache", "ways: 6\n    policy: lru", "ways: 6\n    policy: tree-plru", "ways: 6",
     "paging_structure_caches.pde.ways"},
    {"EntriesOfATlbArray", "sets: 128\n        ways: 12", "sets: 1048576\n        ways: 17", "sets: 1048576",
     "tlb.l2.arrays.0.sets"},
    {"EntriesOfAStructureCache", "sets: 8\n    ways: 6", "sets: 1048576\n    ways: 17", "sets: 1048576",
     "paging_structure_caches.pde.sets"},
    {"EntriesOfACache", "sets: 4096\n      ways: 12", "sets: 1048576\n      ways: 17", "sets: 1048576",
     "memory.caches.l3.sets"},
    {"PcidOutsideLongMode", "mode: 4-level", "mode: pae", "pcide: true", "control.pcide"},
    {"ProtectionKeysOutsideLongMode",
     "  mode: 4-level\n  physical_address_bits: 36\n  pages_1gb: true\ncontrol:\n"
     "  wp: true\n  pge: true\n  pcide: true",
     "  mode: pae\n  physical_address_bits: 36\n  pages_1gb: true\ncontrol:\n"
     "  wp: true\n  pge: true\n  pcide: false",
     "pke: true", "control.pke"},
    {"OnePageSizeAtLeast", "pages: [4K]\n", "pages: []\n", "pages: []", "tlb.l2.arrays.0.pages"},
    {"PageSizeOfThisMode", "pages: [2M, 1G]", "pages: [4M]", "pages: [4M]", "tlb.l1d.arrays.1.pages"},
    {"GigabytePagesOfThisProcessor", "pages_1gb: true", "pages_1gb: false", "pages: [2M, 1G]",
     "tlb.l1d.arrays.1.pages"},
    {"PageSizeInOneArray", "pages: [2M, 1G]", "pages: [4K, 2M]", "pages: [4K, 2M]", "tlb.l1d.arrays.1.pages"},
    {"PageSizesAscend", "pages: [2M, 1G]", "pages: [1G, 2M]", "pages: [1G, 2M]", "tlb.l1d.arrays.1.pages"},
    {"PageSizeOnceInAnArray", "pages: [2M, 1G]", "pages: [2M, 2M]", "pages: [2M, 2M]", "tlb.l1d.arrays.1.pages"},
    {"OneArrayAtLeast", "arrays:\n      - pages: [4K]\n        sets: 128\n        ways: 12\n        policy: lru",
     "arrays: []", "arrays: []", "tlb.l2.arrays"},
    {"FirstTlbLevelIncludesNothing", "serves: fetch\n    inclusion: non-inclusive",
     "serves: fetch\n    inclusion: inclusive", "inclusion: inclusive", "tlb.l1i.inclusion"},
    {"TlbLevelsHaveNoGap", "level: 2\n", "level: 3\n", "level: 3\n", "tlb.l2.level"},
    {"CacheLevelsHaveNoGap", "level: 3\n", "level: 4\n", "level: 4\n", "memory.caches.l3.level"},
    {"TlbsOfALevelServeDifferentAccesses", "serves: fetch\n", "serves: data\n", "  l1d:\n    level: 1\n    serves",
     "tlb.l1d.serves"},
    {"CachesOfALevelServeDifferentAccesses", "serves: fetch, sets: 64", "serves: both, sets: 64", "    l1d: {",
     "memory.caches.l1d.serves"},
    {"FirstTlbLevelServesEverything", "  l1i:\n    level: 1\n    serves: fetch",
     "  l1i:\n    level: 3\n    serves: fetch", "  l1d:\n    level", "tlb.l1d.level"},
    {"StructureCacheOfThisMode", "pml5e: none", "pml5e: { sets: 1, ways: 1, policy: lru }", "pml5e",
     "paging_structure_caches.pml5e"},
    {"FartherCacheIsNotFaster", "latency: memory_read_l3", "latency: 3635ps", "latency: 3635ps",
     "memory.caches.l3.latency"},
    {"DramIsNotFaster", "dram: memory_read_dram", "dram: none", "dram: none", "memory.dram"},
    {"LineIsAPowerOfTwo", "line_bytes: 64", "line_bytes: 48", "line_bytes: 48", "memory.line_bytes"},
    {"DramIsCountedInThirtyTwoBits", "dram: memory_read_dram", "dram: 9000000000000ps", "dram: 9", "memory.dram"},
    {"MemoryIsAMultipleOfTwoMegabytes", "memory_bytes: 4G", "memory_bytes: 5M", "memory_bytes: 5M", "os.memory_bytes"},
    {"MemoryIsAddressable", "memory_bytes: 4G", "memory_bytes: 65G", "memory_bytes: 65G", "os.memory_bytes"},
    {"PercentOnlyOfFragmentedFrames", "fragmented_percent: 0", "fragmented_percent: 1", "fragmented_percent: 1",
     "os.fragmented_percent"},
};

class RulesOfAFile : public testing::TestWithParam<BrokenRule> {};

TEST_P(RulesOfAFile, IsRefusedAtItsKeyAndLine) {
  const BrokenRule &rule = GetParam();
  ConfigText text;
  ASSERT_EQ(0, text.parse()->status);
  text.edit(rule.from, rule.to);
  const auto parsed = text.parse();
  EXPECT_EQ(-PW_ECONFIG, parsed->status);
  EXPECT_EQ(text.path(), parsed->diag.file);
  EXPECT_STREQ(rule.key, parsed->diag.key) << parsed->diag.message;
  EXPECT_EQ(text.line_of(rule.line_of), parsed->diag.line) << parsed->diag.message;
}

INSTANTIATE_TEST_SUITE_P(Broken, RulesOfAFile, testing::ValuesIn(kBrokenRules),
                         [](const auto &test) { return std::string(test.param.rule); });

// ---- in memory ----
struct BrokenConfig {
  const char *rule;
  std::function<void(pw_config &)> break_it;
  const char *key;
};

const BrokenConfig kBrokenConfigs[] = {
    {"Schema", [](pw_config &c) { c.schema = 2; }, "schema"},
    {"Clock", [](pw_config &c) { c.clock_ps = 0; }, "timing.clock_ps"},
    {"Seed", [](pw_config &c) { c.seed = UINT64_C(1) << 63; }, "seed"},
    {"Mode", [](pw_config &c) { c.mode = PW_MODES; }, "paging.mode"},
    {"TimingRows", [](pw_config &c) { c.timing.row_count = PW_MAX_TIMING_ROWS + 1; }, "timing.table"},
    {"AddressBitsBelow", [](pw_config &c) { c.physical_address_bits = 31; }, "paging.physical_address_bits"},
    {"AddressBitsAbove", [](pw_config &c) { c.physical_address_bits = 53; }, "paging.physical_address_bits"},
    {"ExecuteDisableIn32BitPaging",
     [](pw_config &c) {
       c.mode = PW_MODE_32BIT;
       c.pcide = false;
     },
     "control.nxe"},
    {"StructureCacheOfARegister",
     [](pw_config &c) {
       c.mode = PW_MODE_PAE;
       c.pcide = false;
       c.tlb_count = 0;
       c.psc[4].sets = 0;
     },
     "paging_structure_caches.pdpte"},
    {"TlbUnits", [](pw_config &c) { c.tlb_count = PW_MAX_TLB_UNITS + 1; }, "tlb"},
    {"TlbArraysNone", [](pw_config &c) { c.tlbs[0].array_count = 0; }, "tlb.l1i.arrays"},
    {"TlbArraysTooMany", [](pw_config &c) { c.tlbs[0].array_count = PW_MAX_TLB_ARRAYS + 1; }, "tlb.l1i.arrays"},
    {"TlbSets", [](pw_config &c) { c.tlbs[0].arrays[1].array.sets = 0; }, "tlb.l1i.arrays.1.sets"},
    {"TlbWaysNone", [](pw_config &c) { c.tlbs[0].arrays[0].array.ways = 0; }, "tlb.l1i.arrays.0.sets"},
    {"TlbWaysTooMany", [](pw_config &c) { c.tlbs[0].arrays[0].array.ways = 65; }, "tlb.l1i.arrays.0.sets"},
    {"TlbPolicy", [](pw_config &c) { c.tlbs[0].arrays[0].array.policy = PW_POLICIES; }, "tlb.l1i.arrays.0.policy"},
    {"TlbHitCycles", [](pw_config &c) { c.tlbs[2].hit_cycles = PW_MAX_UNIT_CYCLES + 1; }, "tlb.l2.hit_cycles"},
    {"TlbInclusion", [](pw_config &c) { c.tlbs[2].inclusion = PW_INCLUSIONS; }, "tlb.l2.inclusion"},
    {"TlbLevelNone", [](pw_config &c) { c.tlbs[2].level = 0; }, "tlb.l2.level"},
    {"TlbLevelTooHigh", [](pw_config &c) { c.tlbs[2].level = 9; }, "tlb.l2.level"},
    {"TlbServesNone", [](pw_config &c) { c.tlbs[2].serves = 0; }, "tlb.l2.serves"},
    {"TlbServesUnknown", [](pw_config &c) { c.tlbs[2].serves = 4; }, "tlb.l2.serves"},
    {"PageSizesNone", [](pw_config &c) { c.tlbs[0].arrays[0].page_count = 0; }, "tlb.l1i.arrays.0.pages"},
    {"PageSizesTooMany", [](pw_config &c) { c.tlbs[0].arrays[0].page_count = 5; }, "tlb.l1i.arrays.0.pages"},
    {"PageSizeUnknown", [](pw_config &c) { c.tlbs[0].arrays[0].page_shifts[0] = 13; }, "tlb.l1i.arrays.0.pages"},
    {"FirstTlbLevelOfFetchesOnly", [](pw_config &c) { c.tlb_count = 1; }, "tlb.l1i.level"},
    {"LevelThatServesMoreThanTheNearerOne",
     [](pw_config &c) {
       c.tlbs[3] = c.tlbs[2];
       c.tlbs[3].name[1] = '3';
       c.tlbs[3].level = 3;
       c.tlbs[2].serves = PW_SERVES_DATA;
       c.tlb_count = 4;
     },
     "tlb.l3.level"},
    {"StructureCacheWays", [](pw_config &c) { c.psc[2].ways = 0; }, "paging_structure_caches.pde.sets"},
    {"LookupCycles", [](pw_config &c) { c.psc_lookup_cycles = PW_MAX_UNIT_CYCLES + 1; },
     "paging_structure_caches.lookup_cycles"},
    {"LineNone", [](pw_config &c) { c.line_bytes = 0; }, "memory.line_bytes"},
    {"LineTooShort", [](pw_config &c) { c.line_bytes = 4; }, "memory.line_bytes"},
    {"LineTooLong", [](pw_config &c) { c.line_bytes = 8192; }, "memory.line_bytes"},
    {"Caches", [](pw_config &c) { c.cache_count = PW_MAX_CACHES + 1; }, "memory.caches"},
    {"CacheSets", [](pw_config &c) { c.caches[3].array.sets = 0; }, "memory.caches.l3.sets"},
    {"FirstCacheLevelOfDataOnly",
     [](pw_config &c) {
       c.caches[0].serves = PW_SERVES_DATA;
       c.cache_count = 1;
     },
     "memory.caches.l1i.level"},
    {"AccessedOnFault",
     [](pw_config &c) {
       const int unknown = 2; /* no enumerator: only C can hold it */
       std::memcpy(&c.accessed_on_fault, &unknown, sizeof unknown);
     },
     "walker.accessed_on_fault"},
    {"StartCycles", [](pw_config &c) { c.walk_start_cycles = PW_MAX_UNIT_CYCLES + 1; }, "walker.start_cycles"},
    {"StepCycles", [](pw_config &c) { c.walk_step_cycles = PW_MAX_UNIT_CYCLES + 1; }, "walker.step_cycles"},
    {"WalkEnters", [](pw_config &c) { c.walk_enters = c.cache_count; }, "walker.reads_enter"},
    {"WalkersNone", [](pw_config &c) { c.walkers = 0; }, "walker.walkers"},
    {"WalkersTooMany", [](pw_config &c) { c.walkers = 5; }, "walker.walkers"},
    {"MissSlotsNone", [](pw_config &c) { c.miss_slots = 0; }, "walker.miss_slots"},
    {"MissSlotsTooMany", [](pw_config &c) { c.miss_slots = 17; }, "walker.miss_slots"},
    {"PagePolicy", [](pw_config &c) { c.os.pages = PW_PAGE_POLICIES; }, "os.pages"},
    {"GigabytePagesMissing",
     [](pw_config &c) {
       c.tlb_count = 0;
       c.pages_1gb = false;
       c.os.pages = PW_PAGES_1G;
     },
     "os.pages"},
    {"MemoryNone", [](pw_config &c) { c.os.memory_bytes = 0; }, "os.memory_bytes"},
    {"MemoryOf32BitTables",
     [](pw_config &c) {
       c.mode = PW_MODE_32BIT;
       c.pcide = c.nxe = false;
       c.tlb_count = 0;
       c.psc[3].sets = c.psc[4].sets = 0;
       c.os.memory_bytes = UINT64_C(5) << 30;
     },
     "os.memory_bytes"},
    {"ThresholdNone", [](pw_config &c) { c.os.thp_threshold_pages = 0; }, "os.thp_threshold_pages"},
    {"ThresholdTooHigh", [](pw_config &c) { c.os.thp_threshold_pages = 513; }, "os.thp_threshold_pages"},
    {"FrameOrder", [](pw_config &c) { c.os.frames = PW_FRAME_ORDERS; }, "os.frames"},
    {"Percent",
     [](pw_config &c) {
       c.os.frames = PW_FRAMES_FRAGMENTED;
       c.os.fragmented_percent = 100;
     },
     "os.fragmented_percent"},
    {"StageOfAnHour", [](pw_config &c) { c.os.device_read.ps = PW_MAX_DELAY_PS + 1; }, "os.fault_stages"},
};

class RulesInMemory : public testing::TestWithParam<BrokenConfig> {};

TEST_P(RulesInMemory, IsRefusedAtItsKey) {
  pw_config config = pw_config_default();
  pw_diag diag{};
  GetParam().break_it(config);
  EXPECT_EQ(-PW_ECONFIG, pw_config_validate(&config, &diag));
  EXPECT_STREQ(GetParam().key, diag.key) << diag.message;
  EXPECT_NE('\0', diag.message[0]);
  EXPECT_EQ(-PW_ECONFIG, pw_config_validate(&config, nullptr));
}

INSTANTIATE_TEST_SUITE_P(Broken, RulesInMemory, testing::ValuesIn(kBrokenConfigs),
                         [](const auto &test) { return std::string(test.param.rule); });

// ---- what is allowed ----
TEST(Rules, WaysOfOtherPoliciesNeedNoPowerOfTwo) {
  for (const char *policy : {"lru", "bit-plru", "fifo", "random", "srrip"}) {
    const std::string assignment = std::string("tlb.l2.arrays.0.policy=") + policy;
    EXPECT_EQ(0, ConfigText().parse({assignment.c_str()})->status) << policy;
  }
}

TEST(Rules, SetsNeedNoPowerOfTwo) { EXPECT_EQ(0, ConfigText().parse({"tlb.l2.arrays.0.sets=100"})->status); }

TEST(Rules, SixteenMillionEntriesAreAllowed) {
  EXPECT_EQ(0, ConfigText().parse({"tlb.l2.arrays.0.sets=1048576", "tlb.l2.arrays.0.ways=16"})->status);
}

TEST(Rules, CachesOfEqualLatencyAreAllowed) {
  EXPECT_EQ(0, ConfigText().parse({"memory.caches.l3.latency=memory_read_l2"})->status);
}

TEST(Rules, SecondLevelMayBeInclusiveOrExclusive) {
  EXPECT_EQ(0, ConfigText().parse({"tlb.l2.inclusion=inclusive"})->status);
  EXPECT_EQ(0, ConfigText().parse({"tlb.l2.inclusion=exclusive"})->status);
}

TEST(Rules, OneUnitMayServeEverything) {
  EXPECT_EQ(0, ConfigText()
                   .parse({"tlb={ t: { level: 1, serves: both, inclusion: non-inclusive, hit_cycles: 0, "
                           "arrays: [{ pages: [4K, 2M, 1G], sets: 1, ways: 8, policy: lru }] } }"})
                   ->status);
}

TEST(Rules, MemoryMayFillTheAddressSpace) {
  EXPECT_EQ(0, ConfigText().parse({"os.memory_bytes=64G"})->status) << "36 bits";
}

TEST(Rules, EveryModeHasAMachine) {
  const std::vector<const char *> modes[] = {
      {"paging.mode=32-bit", "control.pcide=false", "control.pke=false", "control.nxe=false", "tlb={}",
       "paging_structure_caches.pml4e=none", "paging_structure_caches.pdpte=none"},
      {"paging.mode=pae", "control.pcide=false", "control.pke=false", "tlb={}", "paging_structure_caches.pml4e=none",
       "paging_structure_caches.pdpte=none"},
      {"paging.mode=5-level", "paging_structure_caches.pml5e={ sets: 1, ways: 2, policy: lru }"}};
  for (const auto &overrides : modes) {
    const auto parsed = ConfigText().parse(overrides);
    EXPECT_EQ(0, parsed->status) << overrides[0] << ": " << line_of_diag(parsed->diag);
  }
}

TEST(Rules, NamesOfUnitsAreUniqueAndNotThoseOfOtherServers) {
  for (const char *name : {"dram", "register", "none", "total", "", "l1.d", "a b", "1d", "-"}) {
    pw_config config = pw_config_default();
    snprintf(config.caches[2].name, PW_MAX_NAME, "%s", name);
    EXPECT_EQ(-PW_ECONFIG, pw_config_validate(&config, nullptr)) << name;
  }
  pw_config config = pw_config_default();
  snprintf(config.tlbs[1].name, PW_MAX_NAME, "l1i");
  EXPECT_EQ(-PW_ECONFIG, pw_config_validate(&config, nullptr)) << "two units of one name are one key of JSON";
}

} // namespace
