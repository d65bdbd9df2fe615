// Reading a configuration, changing it by assignments, and writing it back.
#include "config_text.h"

#include <cstring>

using namespace pagewalk_test;

namespace {

testing::AssertionResult says(const pw_diag &diag, const std::string &part) {
  if (std::string(diag.message).find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << diag.message << "' does not say '" << part << "'";
}

// Documented as plain data: a parse starts from zero bytes, so that equal machines are equal byte for byte.
bool equal(const pw_config &a, const pw_config &b) { return std::memcmp(&a, &b, sizeof a) == 0; }

std::string to_yaml(const pw_config &config) {
  char *text = pw_config_to_yaml(&config);
  const std::string copy = text ? text : "";
  std::free(text);
  return copy;
}

// ---- defects in files ----
struct BadFile {
  const char *defect;
  unsigned line;
  const char *key;
  const char *message;
};

const BadFile kBadFiles[] = {
    {"unknown-key", 32, "tlb.l1d.inclusions", "level, serves, inclusion, hit_cycles, arrays"},
    {"missing-key", 37, "tlb.l2.hit_cycles", "missing key"},
    {"duplicate-key", 19, "smep", "twice"},
    {"syntax", 44, "", "not YAML"},
    {"gap-in-tlb-levels", 38, "tlb.l2.level", "level 2"},
    {"fetch-served-twice", 31, "tlb.l1d.serves", "level 1"},
    {"plru-of-twelve-ways", 45, "tlb.l2.arrays.0.ways", "power of two, not 12"},
    {"pcid-in-pae", 16, "control.pcide", "PCIDs"},
    {"percent-without-fragmented-frames", 80, "os.fragmented_percent", "must be 0"},
    {"dram-faster-than-l3", 69, "memory.dram", "l3"},
    {"unknown-event", 68, "memory.caches.l3.latency", "'memory_read_l4'"},
    {"table-row", 10, "timing.table.rows.memory_read_l1.ps", "not '0'"},
};

class ConfigFile : public testing::TestWithParam<BadFile> {};

TEST_P(ConfigFile, DefectIsRefusedAtItsKeyAndLine) {
  const std::string path = source_path(std::string("tests/data/configs/bad-") + GetParam().defect + ".yaml");
  const auto parsed = load_config(path);
  EXPECT_EQ(-PW_ECONFIG, parsed->status);
  EXPECT_EQ(path, parsed->diag.file);
  EXPECT_EQ(GetParam().line, parsed->diag.line);
  EXPECT_STREQ(GetParam().key, parsed->diag.key);
  EXPECT_TRUE(says(parsed->diag, GetParam().message));
}

std::string camel(const std::string &words) {
  std::string name;
  bool up = true;
  for (const char c : words) {
    if (c == '-') {
      up = true;
    } else {
      name += up ? static_cast<char>(std::toupper(c)) : c;
      up = false;
    }
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Bad, ConfigFile, testing::ValuesIn(kBadFiles),
                         [](const auto &test) { return camel(test.param.defect); });

TEST(Config, AliasBombIsRefused) {
  const auto parsed = load_config(source_path("tests/data/configs/bad-alias-bomb.yaml"));
  EXPECT_EQ(-PW_ECONFIG, parsed->status);
  EXPECT_TRUE(says(parsed->diag, "20000 values"));
}

TEST(Config, EmptyFileIsRefused) {
  const Scratch scratch;
  const auto parsed = load_config(scratch.write("empty.yaml", ""));
  EXPECT_EQ(-PW_ECONFIG, parsed->status);
  EXPECT_EQ(1u, parsed->diag.line);
}

TEST(Config, FileOfTwoMegabytesIsRefused) {
  const Scratch scratch;
  const auto parsed = load_config(scratch.write("large.yaml", std::string(2u << 20, '#')));
  EXPECT_EQ(-PW_ECONFIG, parsed->status);
  EXPECT_TRUE(says(parsed->diag, "1048576"));
}

TEST(Config, FileOfOneMebibyteIsRead) {
  const Scratch scratch;
  const ConfigText good;
  std::string text = good.text();
  const std::string from = "../../../configs/timing/table-of-time.yaml";
  text.replace(text.find(from), from.size(), source_path("configs/timing/table-of-time.yaml"));
  text += std::string((1u << 20) - text.size(), '#');
  EXPECT_EQ(0, load_config(scratch.write("one-mebibyte.yaml", text))->status);
  EXPECT_EQ(-PW_ECONFIG, load_config(scratch.write("one-byte-more.yaml", text + "#"))->status);
}

TEST(Config, DirectoryIsAnIoError) {
  const Scratch scratch;
  const auto parsed = load_config(scratch.folder());
  EXPECT_EQ(-PW_EIO, parsed->status);
  EXPECT_EQ(scratch.folder(), parsed->diag.file);
}

TEST(Config, FileThatIsNotThereIsAnIoError) {
  const auto parsed = load_config("/nonexistent/machine.yaml");
  EXPECT_EQ(-PW_EIO, parsed->status);
  EXPECT_STREQ("/nonexistent/machine.yaml", parsed->diag.file);
  EXPECT_TRUE(says(parsed->diag, "No such file"));
}

TEST(Config, FileThatIsNoMappingIsRefused) {
  const Scratch scratch;
  for (const char *text : {"just a word\n", "- 1\n- 2\n"}) {
    const auto parsed = load_config(scratch.write("list.yaml", text));
    EXPECT_EQ(-PW_ECONFIG, parsed->status);
    EXPECT_EQ(1u, parsed->diag.line);
    EXPECT_TRUE(says(parsed->diag, "mapping of schema, name"));
  }
}

TEST(Config, DiagnosticMayBeLeftOut) {
  pw_config config;
  EXPECT_EQ(-PW_EIO, pw_config_load("/nonexistent", nullptr, 0, &config, nullptr));
  EXPECT_EQ(-PW_ECONFIG, pw_config_parse("a: 1", 4, "t", nullptr, 0, &config, nullptr));
}

// ---- keys ----
TEST(Config, UnknownKeyIsRefusedWithItsLine) {
  ConfigText text;
  text.edit("seed: 1\n", "seed: 1\nsead: 2\n");
  const auto parsed = text.parse();
  EXPECT_EQ(-PW_ECONFIG, parsed->status);
  EXPECT_STREQ("sead", parsed->diag.key);
  EXPECT_EQ(text.line_of("sead"), parsed->diag.line);
}

TEST(Config, EveryKeyIsRequired) {
  const ConfigText good;
  ASSERT_EQ(0, good.parse()->status);
  unsigned keys = 0;
  size_t begin = 0;
  while (begin < good.text().size()) {
    const size_t end = good.text().find('\n', begin) + 1;
    const std::string line = good.text().substr(begin, end - begin);
    const size_t word = line.find_first_not_of(' ');
    const size_t colon = line.find(": ");
    // A line with a value of its own; list items and flow mappings are left to the tests of types.
    if (line[word] != '#' && line[word] != '-' && colon != std::string::npos && line.find('{') == std::string::npos) {
      std::string text = good.text();
      text.erase(begin, end - begin);
      Parsed parsed;
      parsed.status =
          pw_config_parse(text.data(), text.size(), good.path().c_str(), nullptr, 0, &parsed.config, &parsed.diag);
      EXPECT_EQ(-PW_ECONFIG, parsed.status) << line;
      EXPECT_TRUE(says(parsed.diag, "missing key")) << line;
      const std::string key = parsed.diag.key;
      EXPECT_EQ(line.substr(word, colon - word), key.substr(key.rfind('.') + 1));
      keys++;
    }
    begin = end;
  }
  EXPECT_GT(keys, 50u);
}

TEST(Config, OptionalKeysHaveDefaultsAndAreShown) {
  const ConfigText good;
  ASSERT_EQ(std::string::npos, good.text().find("walkers"));
  const auto parsed = good.parse();
  const pw_config standard = pw_config_default();
  ASSERT_EQ(0, parsed->status) << parsed->diag.message;
  EXPECT_EQ(2u, parsed->config.walkers);
  EXPECT_EQ(4u, parsed->config.miss_slots);
  EXPECT_EQ(parsed->config.walkers, standard.walkers);
  EXPECT_EQ(parsed->config.miss_slots, standard.miss_slots);
  const auto set = good.parse({"walker.walkers=3", "walker.miss_slots=16"});
  ASSERT_EQ(0, set->status) << set->diag.message;
  EXPECT_EQ(3u, set->config.walkers);
  EXPECT_EQ(16u, set->config.miss_slots);
  char *yaml = pw_config_to_yaml(&set->config);
  EXPECT_NE(nullptr, std::strstr(yaml, "  walkers: 3\n  miss_slots: 16\n"));
  std::free(yaml);
}

TEST(Config, LocateAddsTheLineOfTheKeyOrTheAssignment) {
  const std::string path = source_path("tests/data/configs/good.yaml");
  pw_diag diag{};
  std::strcpy(diag.key, "control.pge");
  pw_config_locate(path.c_str(), nullptr, 0, &diag);
  EXPECT_EQ(path, diag.file);
  EXPECT_EQ(ConfigText().line_of("pge:"), diag.line);
  const char *assignment = "control.pge=false";
  pw_config_locate(path.c_str(), &assignment, 1, &diag);
  EXPECT_STREQ("--set", diag.file);
  EXPECT_EQ(0u, diag.line);
  pw_diag untouched{};
  pw_config_locate("/no/such/file.yaml", nullptr, 0, &untouched);
  EXPECT_STREQ("", untouched.file);
}

TEST(Config, OrderOfKeysDoesNotMatter) {
  const ConfigText good;
  ConfigText moved;
  moved.edit("seed: 1\n", "").edit("schema: 1\n", "seed: 1\nschema: 1\n");
  const auto parsed = moved.parse();
  ASSERT_EQ(0, parsed->status) << parsed->diag.message;
  EXPECT_TRUE(equal(good.parse()->config, parsed->config));
}

// ---- types ----
struct BadValue {
  const char *rule;
  const char *assignment;
  const char *message;
};

const BadValue kBadValues[] = {
    {"TextMustNotBeEmpty", "name=''", "1..31"},
    {"TextMustFit", "name=a-name-of-thirty-two-characters-", "1..31"},
    {"TextMustBeOneLine", "description=\"two\\nlines\"", "one line"},
    {"TextHasNoTab", "description=\"a\\tb\"", "one line"},
    {"TextHasNoControlCharacterAsAnEscape", "description=\"a\\x82b\"", "one line"},
    {"TextHasNoNextLineCharacter", "description=\"a\\Nb\"", "one line"},
    {"TextHasNoLineSeparator", "description=\"a\\Lb\"", "one line"},
    {"TextHasNoParagraphSeparator", "description=\"a\\Pb\"", "one line"},
    {"TextHasNoByteOrderMark", "description=\"a\\ufeffb\"", "one line"},
    {"TextHasNoNoncharacter", "description=\"a\\uffffb\"", "one line"},
    {"NumberMustBeANumber", "tlb.l2.hit_cycles=seven", "0..1000000, not 'seven'"},
    {"NumberHasNoSign", "tlb.l2.hit_cycles=-1", "not '-1'"},
    {"NumberHasNoPlus", "tlb.l2.hit_cycles=+1", "not '+1'"},
    {"NumberHasNoFraction", "tlb.l2.hit_cycles=1.5", "not '1.5'"},
    {"NumberHasNoSuffix", "tlb.l2.hit_cycles=1K", "not '1K'"},
    {"NumberMustNotBeHalfHexadecimal", "tlb.l2.hit_cycles=0x", "not '0x'"},
    {"NumberMustNotBeEmpty", "tlb.l2.hit_cycles=''", "whole number"},
    {"NumberAboveItsRange", "tlb.l2.hit_cycles=1000001", "0..1000000"},
    {"NumberBelowItsRange", "paging.physical_address_bits=31", "32..52"},
    {"SeedBeyondWhatJsonHolds", "seed=9223372036854775808", "0..9223372036854775807"},
    {"NumberBeyondSixtyFourBits", "seed=18446744073709551616", "whole number"},
    {"SchemaMustBeTheOneThatIsRead", "schema=2", "1..1"},
    {"ClockMustNotBeZero", "timing.clock_ps=0", "1..1000000"},
    {"WaysAboveSixtyFour", "tlb.l2.arrays.0.ways=65", "1..64"},
    {"SetsMustNotBeZero", "tlb.l2.arrays.0.sets=0", "1.."},
    {"ThresholdAbove512", "os.thp_threshold_pages=513", "1..512"},
    {"PercentOfHundred", "os.fragmented_percent=100", "0..99"},
    {"LineOfMoreThanAPage", "memory.line_bytes=8192", "8..4096"},
    {"SizeSuffixMustBeKnown", "os.memory_bytes=4X", "K, M, G, T"},
    {"SizeHasOneSuffix", "os.memory_bytes=4MB", "K, M, G, T"},
    {"SizeBeyondSixtyFourBits", "os.memory_bytes=16777216T", "K, M, G, T"},
    {"SizeBelowFourMegabytes", "os.memory_bytes=2M", "4194304.."},
    {"SizeAboveSixteenTerabytes", "os.memory_bytes=17T", "..17592186044416"},
    {"FlagMustBeTrueOrFalse", "control.wp=yes", "true or false, not 'yes'"},
    {"FlagIsNotANumber", "control.wp=1", "true or false, not '1'"},
    {"PolicyMustBeKnown", "tlb.l2.arrays.0.policy=tree_plru", "lru, tree-plru, bit-plru, fifo, random or srrip"},
    {"ServesMustBeKnown", "tlb.l2.serves=all", "data, fetch or both"},
    {"ServesMustNotBeEmpty", "tlb.l2.serves=''", "data, fetch or both"},
    {"InclusionMustBeKnown", "tlb.l2.inclusion=none", "non-inclusive, inclusive or exclusive"},
    {"ModeMustBeKnown", "paging.mode=3-level", "32-bit, pae, 4-level or 5-level"},
    {"AccessedOnFaultMustBeKnown", "walker.accessed_on_fault=always", "none or traversed"},
    {"WalkersAboveFour", "walker.walkers=5", "1..4"},
    {"MissSlotsMustNotBeZero", "walker.miss_slots=0", "1..16"},
    {"PagesMustBeKnown", "os.pages=8M", "4K, 2M, 4M, 1G or thp"},
    {"FramesMustBeKnown", "os.frames=ordered", "sequential, random or fragmented"},
    {"TimeMustBeAnEventOrATime", "memory.dram=memory_read_l9", "table-of-time"},
    {"TimeNeedsItsUnit", "memory.dram=64485", "like 1212ps"},
    {"TimeUnitIsPicoseconds", "memory.dram=64ns", "like 1212ps"},
    {"TimeHasNoSign", "memory.dram=-1ps", "like 1212ps"},
    {"TimeNeedsANumber", "memory.dram=ps", "like 1212ps"},
    {"TimeAboveTwoToTheFifty", "os.fault_stages.trap=1125899906842625ps", "like 1212ps"},
    {"ScalarMustNotBeAMapping", "seed={ a: 1 }", "one value"},
    {"ScalarMustNotBeAList", "control.wp=[true]", "one value"},
    {"SectionMustBeAMapping", "control=true", "mapping of wp, pge"},
    {"UnitsMustBeAMapping", "tlb=none", "or {}"},
    {"UnitMustBeAMapping", "tlb.l2=[1]", "mapping of level"},
    {"CachesMustBeAMapping", "memory.caches=[]", "or {}"},
    {"ArraysMustBeAList", "tlb.l2.arrays={ pages: [4K] }", "list of arrays"},
    {"ArrayMustBeAMapping", "tlb.l2.arrays.0=4K", "mapping of pages"},
    {"PagesOfAnArrayMustBeAList", "tlb.l2.arrays.0.pages=4K", "list of page sizes"},
    {"PageSizeMustBeKnown", "tlb.l2.arrays.0.pages=[8K]", "4K, 2M, 4M and 1G"},
    {"PageSizesAreFourAtMost", "tlb.l2.arrays.0.pages=[4K, 2M, 4M, 1G, 4K]", "1..4"},
    {"PageSizeMustBeAWord", "tlb.l2.arrays.0.pages=[[4K]]", "4K, 2M, 4M and 1G"},
    {"StructureCacheIsNoneOrAGeometry", "paging_structure_caches.pde=off", "none or a mapping"},
    {"StructureCacheIsNotAList", "paging_structure_caches.pde=[]", "mapping of sets"},
    {"WalkerMustEnterACacheThatIsThere", "walker.reads_enter=l4", "name of a cache"},
    {"WalkerMustNotEnterDramPastCaches", "walker.reads_enter=dram", "name of a cache"},
    {"TableMustBeAPathOrAMapping", "timing.table=[1]", "path"},
};

class ConfigValue : public testing::TestWithParam<BadValue> {};

// Some refusals name the item or its list; the key is the assigned one or begins with it, or the list that holds it.
TEST_P(ConfigValue, IsRefusedWithWhatIsLegal) {
  const std::string assignment = GetParam().assignment;
  const std::string key = assignment.substr(0, assignment.find('='));
  const auto parsed = ConfigText().parse({GetParam().assignment});
  EXPECT_EQ(-PW_ECONFIG, parsed->status);
  EXPECT_STREQ("--set", parsed->diag.file);
  EXPECT_EQ(0u, parsed->diag.line);
  EXPECT_EQ(key, parsed->diag.key);
  EXPECT_TRUE(says(parsed->diag, GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(Rules, ConfigValue, testing::ValuesIn(kBadValues),
                         [](const auto &test) { return std::string(test.param.rule); });

TEST(Config, NumberMayBeHexadecimal) {
  const auto parsed = ConfigText().parse({"seed=0x7fffffffffffffff", "tlb.l2.arrays.0.sets=0x80"});
  ASSERT_EQ(0, parsed->status) << parsed->diag.message;
  EXPECT_EQ(UINT64_C(0x7fffffffffffffff), parsed->config.seed);
  EXPECT_EQ(128u, parsed->config.tlbs[2].arrays[0].array.sets);
}

TEST(Config, SizeSuffixesArePowersOf1024) {
  const struct {
    const char *assignment;
    uint64_t bytes;
  } cases[] = {{"os.memory_bytes=8192K", UINT64_C(8) << 20},
               {"os.memory_bytes=8M", UINT64_C(8) << 20},
               {"os.memory_bytes=8G", UINT64_C(8) << 30},
               {"os.memory_bytes=16T", UINT64_C(16) << 40},
               {"os.memory_bytes=8388608", UINT64_C(8) << 20}};
  for (const auto &c : cases) {
    const auto parsed = ConfigText().parse({c.assignment, "paging.physical_address_bits=52"});
    ASSERT_EQ(0, parsed->status) << parsed->diag.message;
    EXPECT_EQ(c.bytes, parsed->config.os.memory_bytes);
  }
}

TEST(Config, TimeIsAnEventANumberOrNone) {
  const auto parsed = ConfigText().parse(
      {"os.fault_stages.trap=ssd_random_read_4k", "os.fault_stages.restart=17ps", "os.fault_stages.device_read=none"});
  ASSERT_EQ(0, parsed->status) << parsed->diag.message;
  EXPECT_EQ(100000000u, parsed->config.os.trap.ps);
  EXPECT_STREQ("ssd_random_read_4k", parsed->config.os.trap.event);
  EXPECT_EQ(17u, parsed->config.os.restart.ps);
  EXPECT_STREQ("", parsed->config.os.restart.event);
  EXPECT_EQ(0u, parsed->config.os.device_read.ps);
}

TEST(Config, MachineMayHaveNoTlbAndNoCache) {
  const auto parsed = ConfigText().parse({"tlb={}", "memory.caches={}", "walker.reads_enter=dram"});
  ASSERT_EQ(0, parsed->status) << parsed->diag.message;
  EXPECT_EQ(0u, parsed->config.tlb_count);
  EXPECT_EQ(0u, parsed->config.cache_count);
  const std::string yaml = to_yaml(parsed->config);
  EXPECT_NE(std::string::npos, yaml.find("tlb: {}"));
  EXPECT_NE(std::string::npos, yaml.find("reads_enter: dram"));
}

TEST(Config, NamesOfUnitsAreWords) {
  for (const char *name : {"a b", "a.b", "1a", "'", "a-name-of-thirty-two-characters-x"}) {
    ConfigText text;
    text.edit("  l1d:\n    level: 1", std::string("  \"") + name + "\":\n    level: 1");
    const auto parsed = text.parse();
    EXPECT_EQ(-PW_ECONFIG, parsed->status) << name;
    EXPECT_EQ(text.line_of(std::string("\"") + name), parsed->diag.line) << name;
  }
}

TEST(Config, AtMostEightUnits) {
  std::string many = "tlb={";
  for (int i = 0; i < 9; i++) {
    many += (i ? ", u" : "u") + std::to_string(i) + ": { level: " + std::to_string(i < 8 ? i + 1 : 8) +
            ", serves: both, inclusion: non-inclusive, hit_cycles: 1, "
            "arrays: [{ pages: [4K], sets: 1, ways: 1, policy: lru }] }";
    const auto parsed = ConfigText().parse({(many + "}").c_str()});
    EXPECT_EQ(i < 8 ? 0 : -PW_ECONFIG, parsed->status) << i << parsed->diag.message;
    if (i == 8) {
      EXPECT_STREQ("tlb.u8", parsed->diag.key);
    }
  }
}

TEST(Config, AtMostFourArrays) {
  const auto parsed =
      ConfigText().parse({"tlb.l2.arrays=[{ pages: [4K], sets: 1, ways: 1, policy: lru }, "
                          "{ pages: [2M], sets: 1, ways: 1, policy: lru }, "
                          "{ pages: [1G], sets: 1, ways: 1, policy: lru }, "
                          "{ pages: [4M], sets: 1, ways: 1, policy: lru }, "
                          "{ pages: [4K], sets: 1, ways: 1, policy: lru }]"});
  EXPECT_EQ(-PW_ECONFIG, parsed->status);
  EXPECT_STREQ("tlb.l2.arrays", parsed->diag.key);
  EXPECT_TRUE(says(parsed->diag, "at most 4"));
}

// ---- assignments ----
TEST(Config, AssignmentWinsOverTheFile) {
  const auto parsed = ConfigText().parse({"tlb.l2.arrays.0.ways=16"});
  ASSERT_EQ(0, parsed->status) << parsed->diag.message;
  EXPECT_EQ(16u, parsed->config.tlbs[2].arrays[0].array.ways);
  EXPECT_EQ(128u, parsed->config.tlbs[2].arrays[0].array.sets);
}

TEST(Config, LastAssignmentWins) {
  const auto parsed = ConfigText().parse({"seed=2", "seed=3"});
  ASSERT_EQ(0, parsed->status);
  EXPECT_EQ(3u, parsed->config.seed);
}

TEST(Config, AssignmentAppliesToAnEarlierAssignment) {
  const auto parsed = ConfigText().parse(
      {"tlb.l2.arrays.0={ pages: [4K], sets: 64, ways: 8, policy: fifo }", "tlb.l2.arrays.0.ways=4"});
  ASSERT_EQ(0, parsed->status) << parsed->diag.message;
  const pw_array_config &array = parsed->config.tlbs[2].arrays[0].array;
  EXPECT_EQ(64u, array.sets);
  EXPECT_EQ(4u, array.ways);
  EXPECT_EQ(PW_FIFO, array.policy);
}

TEST(Config, AssignmentsAreCheckedTogetherAtTheEnd) {
  EXPECT_EQ(-PW_ECONFIG, ConfigText().parse({"os.fragmented_percent=50"})->status);
  EXPECT_EQ(0, ConfigText().parse({"os.fragmented_percent=50", "os.frames=fragmented"})->status);
}

TEST(Config, AssignmentMayAddACache) {
  const auto parsed = ConfigText().parse(
      {"memory.caches.l4={ level: 4, serves: both, sets: 64, ways: 2, policy: random, latency: 9000ps }"});
  ASSERT_EQ(0, parsed->status) << parsed->diag.message;
  ASSERT_EQ(5u, parsed->config.cache_count);
  EXPECT_STREQ("l4", parsed->config.caches[4].name);
}

TEST(Config, AssignedUnknownKeyIsRefusedAsOne) {
  const auto parsed = ConfigText().parse({"tlb.l2.size=4"});
  EXPECT_EQ(-PW_ECONFIG, parsed->status);
  EXPECT_STREQ("--set", parsed->diag.file);
  EXPECT_STREQ("tlb.l2.size", parsed->diag.key);
  EXPECT_TRUE(says(parsed->diag, "unknown key"));
}

TEST(Config, AssignmentPathMustExist) {
  for (const char *assignment : {"tlb.l9.level=1", "tlb.l2.arrays.1.ways=4", "tlb.l2.arrays.x=4", "seed.x=1"}) {
    const auto parsed = ConfigText().parse({assignment});
    EXPECT_EQ(-PW_ECONFIG, parsed->status) << assignment;
    EXPECT_STREQ("--set", parsed->diag.file);
    EXPECT_TRUE(says(parsed->diag, "there is no"));
  }
}

TEST(Config, RuleBrokenByAnAssignmentNamesIt) {
  const auto parsed = ConfigText().parse({"tlb.l2.arrays.0.policy=tree-plru", "tlb.l2.arrays.0.ways=6"});
  EXPECT_EQ(-PW_ECONFIG, parsed->status);
  EXPECT_EQ("--set: tlb.l2.arrays.0.ways: tree-plru needs a power of two, not 6", line_of_diag(parsed->diag));
}

TEST(Config, RuleBrokenInTheFileByAnAssignmentElsewhereNamesTheFile) {
  const ConfigText text;
  const auto parsed = text.parse({"paging.mode=pae"});
  EXPECT_EQ(-PW_ECONFIG, parsed->status);
  EXPECT_EQ(text.path(), parsed->diag.file);
  EXPECT_EQ(text.line_of("pcide"), parsed->diag.line);
  EXPECT_STREQ("control.pcide", parsed->diag.key);
}

// ---- and back ----
TEST(Config, EveryMachineIsReadAndWrittenBackEqual) {
  ASSERT_FALSE(machines().empty());
  for (const std::string &path : machines()) {
    const auto first = load_config(path);
    ASSERT_EQ(0, first->status) << line_of_diag(first->diag);
    const std::string yaml = to_yaml(first->config);
    Parsed second;
    second.status = pw_config_parse(yaml.data(), yaml.size(), "written.yaml", nullptr, 0, &second.config, &second.diag);
    ASSERT_EQ(0, second.status) << path << ": " << line_of_diag(second.diag);
    EXPECT_TRUE(equal(first->config, second.config)) << path;
    EXPECT_EQ(yaml, to_yaml(second.config)) << path;
  }
}

TEST(Config, OddValuesAreWrittenBackEqual) {
  const auto first = ConfigText().parse(
      {"description=\"a \\\"quoted\\\" \\\\ back: slash # no comment \\xa0\\u00e9\\u202a\\ufffd\\U0001f600\"",
       "seed=9223372036854775807", "tlb={}", "memory.caches={}", "walker.reads_enter=dram",
       "paging_structure_caches.pde=none", "memory.dram=777ps", "timing.table={ name: empty, rows: {} }",
       "os.fault_stages.trap=none", "name='1e3'"});
  ASSERT_EQ(0, first->status) << line_of_diag(first->diag);
  const std::string yaml = to_yaml(first->config);
  Parsed second;
  second.status = pw_config_parse(yaml.data(), yaml.size(), "written.yaml", nullptr, 0, &second.config, &second.diag);
  ASSERT_EQ(0, second.status) << line_of_diag(second.diag);
  EXPECT_TRUE(equal(first->config, second.config));
}

TEST(Config, WrittenMachineNeedsNoOtherFile) {
  const auto parsed = ConfigText().parse();
  ASSERT_EQ(0, parsed->status);
  const std::string yaml = to_yaml(parsed->config);
  EXPECT_EQ(std::string::npos, yaml.find("table-of-time.yaml"));
  EXPECT_NE(std::string::npos, yaml.find("memory_read_dram:"));
}

// ---- the diagnostic ----
TEST(Config, DiagnosticIsOneLineOfFileLineKeyAndMessage) {
  const struct {
    pw_diag diag;
    const char *line;
  } cases[] = {
      {{"m.yaml", 7, "a.b", "is bad"}, "m.yaml:7: a.b: is bad"},
      {{"m.yaml", 7, "", "is bad"}, "m.yaml:7: is bad"},
      {{"m.yaml", 0, "a.b", "is bad"}, "m.yaml: a.b: is bad"},
      {{"", 0, "a.b", "is bad"}, "a.b: is bad"},
      {{"", 7, "", "is bad"}, "is bad"},
  };
  for (const auto &c : cases) EXPECT_EQ(c.line, line_of_diag(c.diag));
}

TEST(Config, DiagnosticIsCutLikeSnprintf) {
  const pw_diag diag = {"m.yaml", 7, "a.b", "is bad"};
  char buffer[8];
  EXPECT_EQ(21, pw_diag_format(&diag, buffer, sizeof buffer));
  EXPECT_STREQ("m.yaml:", buffer);
  EXPECT_EQ(21, pw_diag_format(&diag, nullptr, 0));
}

TEST(Config, LongestDiagnosticIsTerminated) {
  pw_diag diag{};
  diag.line = 4294967295u;
  std::memset(diag.file, 'f', sizeof diag.file - 1);
  std::memset(diag.key, 'k', sizeof diag.key - 1);
  std::memset(diag.message, 'm', sizeof diag.message - 1);
  const std::string line = line_of_diag(diag);
  EXPECT_EQ(255u + 13 + 95 + 2 + 319, line.size());
}

} // namespace
