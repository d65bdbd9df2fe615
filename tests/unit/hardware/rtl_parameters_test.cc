// The RTL's parameters of a machine: names, values, seeds, and the machines that the RTL cannot be built as.
#include <pagewalk/rtl_parameters.h>

#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "config_text.h"
#include "geometry.h"
#include "machine.h"

extern "C" {
#include "mmu_state.h"
}

using namespace pagewalk_test;

namespace {

using Values = std::map<std::string, uint32_t>;

// "NAME=VALUE NAME=VALUE".
Values values_of(const std::string &text) {
  Values values;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    values[word.substr(0, equals)] = static_cast<uint32_t>(std::stoul(word.substr(equals + 1)));
  }
  return values;
}

pw_rtl_parameters parameters_of(const pw_config &config) {
  pw_rtl_parameters parameters{};
  pw_diag diag{};
  EXPECT_EQ(0, pw_rtl_parameters_make(&config, &parameters, &diag)) << line_of_diag(diag);
  return parameters;
}

uint32_t value_of(const pw_rtl_parameters &parameters, const std::string &name) {
  const pw_rtl_parameter *parameter = pw_rtl_parameter_find(&parameters, name.c_str());
  EXPECT_NE(nullptr, parameter) << name;
  return parameter ? parameter->value : 0;
}

const char *const kTlbs[] = {"L1I", "L1D", "L2", "L2I"};
const char *const kPscs[] = {"PDE", "PDPTE", "PML4E", "PML5E"};

// Every name, in order.
std::vector<std::string> names() {
  std::vector<std::string> names = {
      "LA57",     "PKU",           "PA_BITS",        "PAGES_1G",   "ACCESSED_EARLY",    "WALKERS",         "MISS_SLOTS",
      "L2_SPLIT", "L2_HIT_CYCLES", "L2I_HIT_CYCLES", "PSC_CYCLES", "WALK_START_CYCLES", "WALK_STEP_CYCLES"};
  for (const std::string tlb : kTlbs) {
    for (const std::string array : {"_0_", "_1_", "_2_"}) {
      for (const std::string field : {"SETS", "WAYS", "POLICY", "SIZES", "SEED"}) names.push_back(tlb + array + field);
    }
  }
  for (const std::string psc : kPscs) {
    for (const std::string field : {"_SETS", "_WAYS", "_POLICY", "_SEED"}) names.push_back(psc + field);
  }
  return names;
}

bool ends_with(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// ---- values ----
struct MachineValues {
  const char *machine;
  const char *values; /* but for seeds, and for what an array has that does not exist */
};

const MachineValues kMachines[] = {
    {"small",
     "LA57=0 PKU=1 PA_BITS=40 PAGES_1G=1 ACCESSED_EARLY=0 WALKERS=2 MISS_SLOTS=4 L2_SPLIT=0 L2_HIT_CYCLES=3 "
     "L2I_HIT_CYCLES=1 PSC_CYCLES=1 WALK_START_CYCLES=0 WALK_STEP_CYCLES=0 "
     "L1I_0_SETS=4 L1I_0_WAYS=2 L1I_0_SIZES=1 L1I_1_SETS=1 L1I_1_WAYS=2 L1I_1_SIZES=2 "
     "L1I_2_SETS=1 L1I_2_WAYS=2 L1I_2_POLICY=1 L1I_2_SIZES=4 "
     "L1D_0_SETS=4 L1D_0_WAYS=2 L1D_0_POLICY=1 L1D_0_SIZES=1 L1D_1_SETS=1 L1D_1_WAYS=2 L1D_1_POLICY=1 L1D_1_SIZES=2 "
     "L1D_2_SETS=1 L1D_2_WAYS=2 L1D_2_SIZES=4 L2_0_SETS=8 L2_0_WAYS=4 L2_0_POLICY=1 L2_0_SIZES=3 "
     "PDE_SETS=2 PDE_WAYS=2 PDPTE_SETS=1 PDPTE_WAYS=2 PDPTE_POLICY=1 PML4E_SETS=1 PML4E_WAYS=2"},
    {"sandy-bridge",
     "LA57=0 PKU=0 PA_BITS=36 PAGES_1G=0 ACCESSED_EARLY=0 WALKERS=2 MISS_SLOTS=4 L2_SPLIT=0 L2_HIT_CYCLES=7 "
     "L2I_HIT_CYCLES=1 PSC_CYCLES=1 WALK_START_CYCLES=0 WALK_STEP_CYCLES=0 "
     "L1I_0_SETS=32 L1I_0_WAYS=4 L1I_0_SIZES=1 L1I_1_SETS=1 L1I_1_WAYS=8 L1I_1_SIZES=2 "
     "L1D_0_SETS=16 L1D_0_WAYS=4 L1D_0_SIZES=1 L1D_1_SETS=8 L1D_1_WAYS=4 L1D_1_SIZES=2 "
     "L2_0_SETS=128 L2_0_WAYS=4 L2_0_SIZES=1 "
     "PDE_SETS=8 PDE_WAYS=4 PDPTE_SETS=1 PDPTE_WAYS=4 PML4E_SETS=1 PML4E_WAYS=2"},
    {"skylake",
     "LA57=0 PKU=0 PA_BITS=39 PAGES_1G=1 ACCESSED_EARLY=0 WALKERS=2 MISS_SLOTS=4 L2_SPLIT=0 L2_HIT_CYCLES=9 "
     "L2I_HIT_CYCLES=1 PSC_CYCLES=1 WALK_START_CYCLES=0 WALK_STEP_CYCLES=0 "
     "L1I_0_SETS=16 L1I_0_WAYS=8 L1I_0_SIZES=1 L1I_1_SETS=1 L1I_1_WAYS=8 L1I_1_SIZES=2 "
     "L1D_0_SETS=16 L1D_0_WAYS=4 L1D_0_SIZES=1 L1D_1_SETS=8 L1D_1_WAYS=4 L1D_1_SIZES=2 "
     "L1D_2_SETS=1 L1D_2_WAYS=4 L1D_2_SIZES=4 "
     "L2_0_SETS=128 L2_0_WAYS=12 L2_0_SIZES=3 L2_1_SETS=4 L2_1_WAYS=4 L2_1_SIZES=4 "
     "PDE_SETS=8 PDE_WAYS=4 PDPTE_SETS=1 PDPTE_WAYS=4 PML4E_SETS=1 PML4E_WAYS=2"},
    {"haswell",
     "LA57=0 PKU=0 PA_BITS=39 PAGES_1G=1 ACCESSED_EARLY=0 WALKERS=2 MISS_SLOTS=4 L2_SPLIT=0 L2_HIT_CYCLES=8 "
     "L2I_HIT_CYCLES=1 PSC_CYCLES=1 WALK_START_CYCLES=0 WALK_STEP_CYCLES=0 "
     "L1I_0_SETS=32 L1I_0_WAYS=4 L1I_0_SIZES=1 L1I_1_SETS=1 L1I_1_WAYS=8 L1I_1_SIZES=2 "
     "L1D_0_SETS=16 L1D_0_WAYS=4 L1D_0_SIZES=1 L1D_1_SETS=8 L1D_1_WAYS=4 L1D_1_SIZES=2 "
     "L1D_2_SETS=1 L1D_2_WAYS=4 L1D_2_SIZES=4 L2_0_SETS=128 L2_0_WAYS=8 L2_0_SIZES=3 "
     "PDE_SETS=8 PDE_WAYS=4 PDPTE_SETS=1 PDPTE_WAYS=4 PML4E_SETS=1 PML4E_WAYS=2"},
    {"zen2",
     "LA57=0 PKU=0 PA_BITS=48 PAGES_1G=1 ACCESSED_EARLY=0 WALKERS=2 MISS_SLOTS=4 L2_SPLIT=1 L2_HIT_CYCLES=7 "
     "L2I_HIT_CYCLES=7 PSC_CYCLES=1 WALK_START_CYCLES=0 WALK_STEP_CYCLES=0 "
     "L1I_0_SETS=1 L1I_0_WAYS=64 L1I_0_SIZES=7 L1D_0_SETS=1 L1D_0_WAYS=64 L1D_0_SIZES=7 "
     "L2_0_SETS=128 L2_0_WAYS=16 L2_0_SIZES=3 L2I_0_SETS=64 L2I_0_WAYS=8 L2I_0_SIZES=3 "
     "PDE_SETS=32 PDE_WAYS=4 PDPTE_SETS=1 PDPTE_WAYS=60 PML4E_SETS=1 PML4E_WAYS=4"},
    {"reference-tlb",
     "LA57=0 PKU=0 PA_BITS=36 PAGES_1G=1 ACCESSED_EARLY=0 WALKERS=2 MISS_SLOTS=4 L2_SPLIT=0 L2_HIT_CYCLES=7 "
     "L2I_HIT_CYCLES=1 PSC_CYCLES=1 WALK_START_CYCLES=0 WALK_STEP_CYCLES=0 "
     "L1I_0_SETS=16 L1I_0_WAYS=8 L1I_0_SIZES=1 L1D_0_SETS=16 L1D_0_WAYS=4 L1D_0_SIZES=1 "
     "L2_0_SETS=128 L2_0_WAYS=12 L2_0_SIZES=1 "
     "PDE_SETS=8 PDE_WAYS=4 PDPTE_SETS=1 PDPTE_WAYS=4 PML4E_SETS=1 PML4E_WAYS=2"},
};

// What an array has that does not exist, and 0 for POLICY where it does.
uint32_t value_if_not_listed(const std::string &name) { return ends_with(name, "_WAYS") ? 1 : 0; }

class RtlMachine : public testing::TestWithParam<MachineValues> {};

TEST_P(RtlMachine, HasEveryParameterInOrderWithItsValue) {
  const auto loaded = load_config(source_path(std::string("configs/") + GetParam().machine + ".yaml"));
  ASSERT_EQ(0, loaded->status);
  const Values listed = values_of(GetParam().values);
  const pw_rtl_parameters parameters = parameters_of(loaded->config);
  const std::vector<std::string> expected = names();
  ASSERT_EQ(expected.size(), parameters.count);
  size_t found = 0;
  for (size_t i = 0; i < expected.size(); i++) {
    const std::string name = parameters.list[i].name;
    EXPECT_EQ(expected[i], name);
    if (ends_with(name, "_SEED")) continue;
    const auto at = listed.find(name);
    found += at != listed.end();
    EXPECT_EQ(at != listed.end() ? at->second : value_if_not_listed(name), parameters.list[i].value) << name;
  }
  EXPECT_EQ(listed.size(), found);
}

INSTANTIATE_TEST_SUITE_P(Shipped, RtlMachine, testing::ValuesIn(kMachines), [](const auto &test) {
  std::string name = test.param.machine;
  name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
  return name;
});

TEST(RtlParameters, EveryShippedMachineCanBeBuilt) {
  for (const std::string &path : machines()) {
    const auto loaded = load_config(path);
    ASSERT_EQ(0, loaded->status) << path;
    EXPECT_GT(parameters_of(loaded->config).count, 0u) << path;
  }
}

struct Changed {
  const char *what;
  std::function<void(pw_config &)> change;
  const char *values; /* of pw_config_default with that change */
};

const Changed kChanged[] = {
    {"FiveLevelsAreLa57",
     [](pw_config &c) {
       c.mode = PW_MODE_5LEVEL;
       c.psc[5] = make_array(2, 3);
     },
     "LA57=1 PML5E_SETS=2 PML5E_WAYS=3"},
    {"ProtectionKeysNeedTheControlBit", [](pw_config &c) { c.pke = true; }, "PKU=1"},
    {"AccessedOfTraversedEntriesIsEarly", [](pw_config &c) { c.accessed_on_fault = PW_ACCESSED_TRAVERSED; },
     "ACCESSED_EARLY=1"},
    {"WalksAtOnce",
     [](pw_config &c) {
       c.walkers = 4;
       c.miss_slots = 16;
     },
     "WALKERS=4 MISS_SLOTS=16"},
    {"RandomIsPolicyTwo",
     [](pw_config &c) {
       c.tlbs[1].arrays[1].array.policy = PW_RANDOM;
       c.psc[3].policy = PW_RANDOM;
     },
     "L1D_1_POLICY=2 PDPTE_POLICY=2 L1D_0_POLICY=0"},
    {"OneArrayOfSeveralSizes", [](pw_config &) {}, "L2_0_SIZES=1 L2_1_SIZES=6"},
    {"DelaysOfTheWalker",
     [](pw_config &c) {
       c.psc_lookup_cycles = 255;
       c.walk_start_cycles = 254;
       c.walk_step_cycles = 253;
     },
     "PSC_CYCLES=255 WALK_START_CYCLES=254 WALK_STEP_CYCLES=253"},
    {"LookingUpNoStructureCacheTakesNoTime",
     [](pw_config &c) {
       for (auto &psc : c.psc) psc.sets = 0;
       c.psc_lookup_cycles = 1000;
       c.walk_start_cycles = 1;
     },
     "PSC_CYCLES=0 WALK_START_CYCLES=1 PDE_SETS=0 PDE_WAYS=1 PDE_SEED=1"},
    {"UnitsInAnyOrder", [](pw_config &c) { std::swap(c.tlbs[0], c.tlbs[2]); },
     "L1I_0_SETS=4 L2_0_SETS=8 L2_HIT_CYCLES=7"},
    {"LargestSetsAndWays", [](pw_config &c) { c.tlbs[2].arrays[0].array = make_array(4096, 64); },
     "L2_0_SETS=4096 L2_0_WAYS=64"},
    {"ShortestReferenceOfThreeCycles", [](pw_config &c) { c.caches[0].latency.ps = c.caches[1].latency.ps = 607; },
     "LA57=0"},
    {"LongestSecondLevel", [](pw_config &c) { c.tlbs[2].hit_cycles = 255; }, "L2_HIT_CYCLES=255"},
    {"ShortestSecondLevel", [](pw_config &c) { c.tlbs[2].hit_cycles = 3; }, "L2_HIT_CYCLES=3"},
};

class RtlChanged : public testing::TestWithParam<Changed> {};

TEST_P(RtlChanged, HasTheValues) {
  pw_config config = pw_config_default();
  GetParam().change(config);
  const pw_rtl_parameters parameters = parameters_of(config);
  for (const auto &[name, value] : values_of(GetParam().values)) EXPECT_EQ(value, value_of(parameters, name)) << name;
}

INSTANTIATE_TEST_SUITE_P(Default, RtlChanged, testing::ValuesIn(kChanged),
                         [](const auto &test) { return std::string(test.param.what); });

TEST(RtlParameters, FindKnowsNoOtherName) {
  const pw_rtl_parameters parameters = parameters_of(pw_config_default());
  EXPECT_EQ(nullptr, pw_rtl_parameter_find(&parameters, "L3_0_SETS"));
  EXPECT_EQ(nullptr, pw_rtl_parameter_find(&parameters, ""));
}

// ---- seeds ----

// The seed of every array is the state that the model's array starts with.
void expect_seeds_of_the_model(const pw_config &config) {
  const pw_rtl_parameters parameters = parameters_of(config);
  Machine machine(config);
  std::set<uint32_t> seeds;
  auto expect = [&](const std::string &prefix, const pw_set_assoc *array) {
    const uint32_t seed = value_of(parameters, prefix + "_SEED");
    EXPECT_EQ(array ? array->replacement.random : 1u, seed) << prefix;
    if (!array) return;
    EXPECT_TRUE(seeds.insert(seed).second) << prefix << " shares its seed";
  };
  for (uint32_t t = 0; t < 4; t++) {
    const pw_tlb *tlb = nullptr;
    for (uint32_t u = 0; u < config.tlb_count; u++) {
      const bool fetch = config.tlbs[u].serves == PW_SERVES_FETCH;
      if (config.tlbs[u].level == t / 2 + 1 && fetch == (t == 0 || t == 3)) tlb = &machine.mmu()->tlbs.units[u];
    }
    for (uint32_t a = 0; a < 3; a++) {
      const bool exists = tlb && a < tlb->array_count;
      expect(kTlbs[t] + ("_" + std::to_string(a)), exists ? &tlb->arrays[a].assoc : nullptr);
    }
  }
  for (unsigned level = 2; level <= 5; level++) {
    const pw_set_assoc &array = machine.mmu()->walker.psc.level[level].assoc;
    expect(kPscs[level - 2], array.sets ? &array : nullptr);
  }
}

TEST(RtlParameters, SeedsAreThoseOfTheModel) {
  for (const std::string &path : machines()) {
    for (const char *seed : {"seed=0", "seed=1", "seed=9223372036854775807"}) {
      const auto loaded = load_config(path, {seed});
      ASSERT_EQ(0, loaded->status);
      expect_seeds_of_the_model(loaded->config);
    }
  }
}

// ---- refusals ----
struct Refused {
  const char *rule;
  std::function<void(pw_config &)> break_it; /* of pw_config_default */
  const char *key;
  const char *legal; /* part of the message */
};

// A third level, or another unit of the second.
void add_unit(pw_config &config, const char *name, uint32_t level, uint32_t serves) {
  pw_tlb_config &unit = config.tlbs[config.tlb_count++];
  unit = config.tlbs[2];
  std::strcpy(unit.name, name);
  unit.level = level;
  unit.serves = serves;
}

void use_mode(pw_config &config, pw_paging_mode mode) {
  config.mode = mode;
  config.pcide = config.pages_1gb = false;
  config.nxe = mode != PW_MODE_32BIT;
  for (uint32_t u = 0; u < config.tlb_count; u++) {
    config.tlbs[u].arrays[1].page_count = 1;
    config.tlbs[u].arrays[1].page_shifts[0] = mode == PW_MODE_32BIT ? 22 : 21;
  }
  config.psc[3].sets = config.psc[4].sets = 0;
}

const Refused kRefused[] = {
    {"InvalidMachine", [](pw_config &c) { c.clock_ps = 0; }, "timing.clock_ps", "at least 1"},
    {"WaysAbove64", [](pw_config &c) { c.tlbs[2].arrays[0].array.ways = 65; }, "tlb.l2.arrays.0.sets", "ways 1..64"},
    {"FourMegabytePagesOf4Levels", [](pw_config &c) { c.tlbs[2].arrays[1].page_shifts[0] = 22; },
     "tlb.l2.arrays.1.pages", "no 4M pages"},
    {"Mode32Bit", [](pw_config &c) { use_mode(c, PW_MODE_32BIT); }, "paging.mode", "4-level and 5-level"},
    {"ModePae", [](pw_config &c) { use_mode(c, PW_MODE_PAE); }, "paging.mode", "not pae"},
    {"NoTlb", [](pw_config &c) { c.tlb_count = 0; }, "tlb", "a first and a second level"},
    {"NoSecondLevel", [](pw_config &c) { c.tlb_count = 2; }, "tlb", "a first and a second level"},
    {"ThirdLevel", [](pw_config &c) { add_unit(c, "l3", 3, PW_SERVES_BOTH); }, "tlb.l3.level", "levels 1 and 2, not 3"},
    {"FirstLevelForBoth",
     [](pw_config &c) {
       c.tlbs[0].serves = PW_SERVES_BOTH;
       c.tlbs[1] = c.tlbs[2];
       c.tlb_count = 2;
     },
     "tlb.l1i.serves", "one unit for data and one for fetch"},
    {"SecondLevelForDataAlone", [](pw_config &c) { c.tlbs[2].serves = PW_SERVES_DATA; }, "tlb.l2.serves",
     "one unit for both, or one for data and one for fetch"},
    {"SecondLevelForFetchAlone", [](pw_config &c) { c.tlbs[2].serves = PW_SERVES_FETCH; }, "tlb.l2.serves",
     "one unit for both, or one for data and one for fetch"},
    {"FirstLevelThatTakesTime", [](pw_config &c) { c.tlbs[1].hit_cycles = 1; }, "tlb.l1d.hit_cycles", "must be 0"},
    {"InclusiveSecondLevel", [](pw_config &c) { c.tlbs[2].inclusion = PW_INCLUSIVE; }, "tlb.l2.inclusion",
     "non-inclusive, not inclusive"},
    {"ExclusiveSecondLevel", [](pw_config &c) { c.tlbs[2].inclusion = PW_EXCLUSIVE; }, "tlb.l2.inclusion",
     "non-inclusive, not exclusive"},
    {"BitPlru", [](pw_config &c) { c.tlbs[0].arrays[1].array.policy = PW_BIT_PLRU; }, "tlb.l1i.arrays.1.policy",
     "lru, tree-plru and random, not bit-plru"},
    {"Fifo", [](pw_config &c) { c.tlbs[1].arrays[0].array.policy = PW_FIFO; }, "tlb.l1d.arrays.0.policy", "not fifo"},
    {"Srrip", [](pw_config &c) { c.tlbs[2].arrays[0].array.policy = PW_SRRIP; }, "tlb.l2.arrays.0.policy", "not srrip"},
    {"PolicyOfAStructureCache", [](pw_config &c) { c.psc[4].policy = PW_FIFO; }, "paging_structure_caches.pml4e.policy",
     "not fifo"},
    {"SetsThatAreNoPowerOfTwo", [](pw_config &c) { c.tlbs[0].arrays[0].array.sets = 6; }, "tlb.l1i.arrays.0.sets",
     "a power of two in 1..4096, not 6"},
    {"SetsAbove4096", [](pw_config &c) { c.tlbs[2].arrays[0].array.sets = 8192; }, "tlb.l2.arrays.0.sets",
     "a power of two in 1..4096, not 8192"},
    {"SetsOfAStructureCache", [](pw_config &c) { c.psc[2].sets = 3; }, "paging_structure_caches.pde.sets", "not 3"},
    {"SetsOfAStructureCacheAbove4096", [](pw_config &c) { c.psc[3].sets = 8192; }, "paging_structure_caches.pdpte.sets",
     "not 8192"},
    {"FourArraysForThreeSizes",
     [](pw_config &c) {
       const uint8_t page_shifts[] = {12, 21, 30, 30};
       c.tlbs[0].array_count = 4;
       for (uint32_t a = 0; a < 4; a++) c.tlbs[0].arrays[a] = make_tlb_array(make_array(1, 4), {page_shifts[a]});
     },
     "tlb.l1i.arrays.3.pages", "already have an array"},
    {"SecondLevelFasterThanItsSizes", [](pw_config &c) { c.tlbs[2].hit_cycles = 2; }, "tlb.l2.hit_cycles",
     "3..255, 1 and one for each page size of its fullest array, not 2"},
    {"SecondLevelSlowerThan255", [](pw_config &c) { c.tlbs[2].hit_cycles = 256; }, "tlb.l2.hit_cycles", "3..255"},
    {"SplitSecondLevelIsCheckedOnBothSides",
     [](pw_config &c) {
       c.tlbs[2].serves = PW_SERVES_DATA;
       add_unit(c, "l2i", 2, PW_SERVES_FETCH);
       c.tlbs[3].hit_cycles = 1;
     },
     "tlb.l2i.hit_cycles", "not 1"},
    {"WalkThatStartsAtOnce", [](pw_config &c) { c.psc_lookup_cycles = 0; }, "walker.start_cycles", "at least 1"},
    {"WalkThatStartsAtOnceWithoutStructureCaches",
     [](pw_config &c) {
       for (auto &psc : c.psc) psc.sets = 0;
     },
     "walker.start_cycles", "at least 1"},
    {"LookupAbove255", [](pw_config &c) { c.psc_lookup_cycles = 256; }, "paging_structure_caches.lookup_cycles",
     "0..255, not 256"},
    {"StartAbove255", [](pw_config &c) { c.walk_start_cycles = 256; }, "walker.start_cycles", "0..255, not 256"},
    {"StepAbove255", [](pw_config &c) { c.walk_step_cycles = 256; }, "walker.step_cycles", "0..255, not 256"},
    {"CacheOfTwoCycles", [](pw_config &c) { c.caches[1].latency.ps = 606; }, "memory.caches.l1d.latency",
     "at least 3 cycles, not 2"},
    {"DramOfTwoCycles",
     [](pw_config &c) {
       c.cache_count = 0;
       c.walk_enters = 0;
       c.dram.ps = 606;
     },
     "memory.dram", "at least 3 cycles, not 2"},
};

class RtlRefuses : public testing::TestWithParam<Refused> {};

TEST_P(RtlRefuses, AtItsKeyAndSaysWhatIsLegal) {
  pw_config config = pw_config_default();
  GetParam().break_it(config);
  pw_rtl_parameters parameters;
  pw_diag diag{};
  EXPECT_EQ(-PW_ECONFIG, pw_rtl_parameters_make(&config, &parameters, &diag));
  EXPECT_STREQ(GetParam().key, diag.key) << diag.message;
  EXPECT_NE(nullptr, std::strstr(diag.message, GetParam().legal)) << diag.message;
  EXPECT_EQ(-PW_ECONFIG, pw_rtl_parameters_make(&config, &parameters, nullptr));
}

INSTANTIATE_TEST_SUITE_P(Default, RtlRefuses, testing::ValuesIn(kRefused),
                         [](const auto &test) { return std::string(test.param.rule); });

} // namespace
