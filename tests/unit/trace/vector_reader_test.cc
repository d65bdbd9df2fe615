// Test vectors: every field read, and every bad field refused at its line and key.
#include "compressed.h"
#include "vector_text.h"

using namespace pagewalk_test;

namespace {

TEST(VectorReader, FieldsAreRead) {
  const VectorRead read = read_vector(good_vector() + "\n");
  ASSERT_EQ(0, read.status) << line_of_diag(read.diag);
  ASSERT_TRUE(read.more);
  const pw_vector &v = read.vector;
  EXPECT_STREQ("T-1", v.id);
  EXPECT_EQ(1u, v.line);
  EXPECT_EQ(40u, v.physical_address_bits);
  EXPECT_TRUE(v.pages_1gb);
  EXPECT_FALSE(v.locked);
  EXPECT_TRUE(v.has_after);
  EXPECT_FALSE(v.has_after_eager);
  EXPECT_EQ(PW_CR0_PG | PW_CR0_WP, v.control.cr0);
  EXPECT_EQ(PW_CR4_PAE, v.control.cr4);
  EXPECT_EQ(PW_EFER_LME | PW_EFER_NXE, v.control.efer);
  EXPECT_EQ(0x1000u, v.control.cr3);
  EXPECT_EQ(PW_PAT_RESET, v.control.pat);
  EXPECT_EQ(0x7123u, v.access.linear_address);
  EXPECT_EQ(PW_READ, v.access.kind);
  EXPECT_EQ(3, v.access.cpl);
  EXPECT_EQ(0, v.access.flags);
  ASSERT_EQ(4u, v.entry_count);
  EXPECT_EQ(0x4038u, v.entries[3].address);
  EXPECT_EQ(0x5007u, v.entries[3].before);
  EXPECT_EQ(0x5027u, v.entries[3].after);
  EXPECT_EQ(PW_MAPPED, v.outcome);
  EXPECT_EQ(0x5123u, v.physical_address);
  EXPECT_EQ(4096u, v.page_bytes);
}

TEST(VectorReader, EachControlBitIsItsRegisterBit) {
  const struct {
    const char *from;
    const char *to;
    uint64_t cr4;
  } cases[] = {{"\"smep\":0", "\"smep\":1", PW_CR4_SMEP}, {"\"smap\":0", "\"smap\":1", PW_CR4_SMAP},
               {"\"pge\":0", "\"pge\":1", PW_CR4_PGE},    {"\"pcide\":0", "\"pcide\":1", PW_CR4_PCIDE},
               {"\"pke\":0", "\"pke\":1", PW_CR4_PKE},    {"\"lv\":4", "\"lv\":5", PW_CR4_LA57}};
  for (const auto &c : cases) {
    EXPECT_EQ(PW_CR4_PAE | c.cr4, read_vector(edited(good_vector(), c.from, c.to)).vector.control.cr4) << c.to;
  }
  EXPECT_EQ(PW_CR0_PG, read_vector(edited(good_vector(), "\"wp\":1", "\"wp\":0")).vector.control.cr0);
  EXPECT_EQ(PW_EFER_LME, read_vector(edited(good_vector(), "\"nxe\":1", "\"nxe\":0")).vector.control.efer);
  EXPECT_EQ(0xfffffff0u, read_vector(edited(good_vector(), R"("0x0")", R"("0xfffffff0")")).vector.control.pkru);
  EXPECT_FALSE(read_vector(edited(good_vector(), "\"gb\":1", "\"gb\":0")).vector.pages_1gb);
  EXPECT_EQ(PW_AC, read_vector(edited(good_vector(), "\"ac\":0", "\"ac\":1")).vector.access.flags);
}

TEST(VectorReader, EachKindIsItsAccess) {
  const struct {
    const char *letter;
    unsigned kind;
    unsigned flags;
    bool locked;
  } cases[] = {{"r", PW_READ, 0, false}, {"w", PW_WRITE, 0, false},       {"x", PW_FETCH, 0, false},
               {"m", PW_WRITE, 0, true}, {"s", PW_READ, PW_STACK, false}, {"i", PW_READ, PW_IMPLICIT, false}};
  for (const auto &c : cases) {
    const pw_vector v =
        read_vector(edited(good_vector(), "\"k\":\"r\"", std::string("\"k\":\"") + c.letter + "\"")).vector;
    EXPECT_EQ(c.kind, v.access.kind) << c.letter;
    EXPECT_EQ(c.flags, v.access.flags) << c.letter;
    EXPECT_EQ(c.locked, v.locked) << c.letter;
  }
}

TEST(VectorReader, FaultsAreOutcomes) {
  const std::string mapped = R"("out":{"pa":"0x5123","sz":4096})";
  const auto with = [&](const char *out) { return read_vector(edited(good_vector(), mapped, out)).vector; };
  const pw_vector page_fault = with(R"("out":{"vec":14,"err":29,"cr2":"0x7123"})");
  EXPECT_EQ(PW_PAGE_FAULT, page_fault.outcome);
  EXPECT_EQ(29u, page_fault.error_code);
  EXPECT_EQ(0x7123u, page_fault.cr2);
  EXPECT_EQ(PW_GENERAL_PROTECTION, with(R"("out":{"vec":13,"err":0})").outcome);
  EXPECT_EQ(PW_STACK_FAULT, with(R"("out":{"vec":12,"err":0})").outcome);
}

TEST(VectorReader, EntriesWithoutAfterKeepTheirValue) {
  const pw_vector v = read_vector(edited(good_vector(), R"("after":[["0x1000","0x2027"],)", R"("after":[)")).vector;
  EXPECT_EQ(0x2007u, v.entries[0].after);
  EXPECT_EQ(0x3027u, v.entries[1].after);
}

TEST(VectorReader, EagerValuesAreKeptApart) {
  const std::string text = good_vector();
  const pw_vector v = read_vector(text.substr(0, text.size() - 1) + R"(,"after_eager":[["0x1000","0x2067"]]})").vector;
  EXPECT_TRUE(v.has_after_eager);
  EXPECT_EQ(0x2067u, v.entries[0].after_eager);
  EXPECT_EQ(0x2027u, v.entries[0].after);
}

TEST(VectorReader, LongIdIsCut) {
  const VectorRead read = read_vector(edited(good_vector(), "T-1", std::string(100, 'i')));
  EXPECT_EQ(0, read.status);
  EXPECT_EQ(std::string(47, 'i'), read.vector.id);
}

// ---- refusals ----
struct BadVector {
  const char *rule;
  const char *from;
  const char *to;
  const char *key;
};

const BadVector kBadVectors[] = {
    {"TwoPrefixes", R"("pkru":"0x0")", R"("pkru":"0x0x0")", "pkru"},
    {"TabAfterThePrefix", R"("pkru":"0x0")", R"("pkru":"0x\t0")", "pkru"},
    {"SeventeenDigits", R"("cr3":"0x1000")", R"("cr3":"0x00000000000001000")", "cr3"},
    {"LevelsMissing", R"("lv":4,)", "", "lv"},
    {"LevelsOfThree", R"("lv":4)", R"("lv":3)", "lv"},
    {"LevelsOfSix", R"("lv":4)", R"("lv":6)", "lv"},
    {"LevelsAsText", R"("lv":4)", R"("lv":"4")", "lv"},
    {"AddressBitsMissing", R"("mp":40,)", "", "mp"},
    {"AddressBitsBelow", R"("mp":40)", R"("mp":31)", "mp"},
    {"AddressBitsAbove", R"("mp":40)", R"("mp":53)", "mp"},
    {"GigabytePagesMissing", R"("gb":1,)", "", "gb"},
    {"GigabytePagesOfTwo", R"("gb":1)", R"("gb":2)", "gb"},
    {"GigabytePagesAsFlag", R"("gb":1)", R"("gb":true)", "gb"},
    {"WpMissing", R"("wp":1,)", "", "wp"},
    {"WpNegative", R"("wp":1)", R"("wp":-1)", "wp"},
    {"SmepMissing", R"("smep":0,)", "", "smep"},
    {"SmapMissing", R"("smap":0,)", "", "smap"},
    {"PgeMissing", R"("pge":0,)", "", "pge"},
    {"PcideMissing", R"("pcide":0,)", "", "pcide"},
    {"PkeMissing", R"("pke":0,)", "", "pke"},
    {"NxeMissing", R"("nxe":1,)", "", "nxe"},
    {"NxeAsFraction", R"("nxe":1)", R"("nxe":1.0)", "nxe"},
    {"CplMissing", R"("cpl":3,)", "", "cpl"},
    {"CplOfFour", R"("cpl":3)", R"("cpl":4)", "cpl"},
    {"AcMissing", R"("ac":0,)", "", "ac"},
    {"PkruMissing", R"("pkru":"0x0",)", "", "pkru"},
    {"PkruAsNumber", R"("pkru":"0x0")", R"("pkru":0)", "pkru"},
    {"PkruOf33Bits", R"("pkru":"0x0")", R"("pkru":"0x100000000")", "pkru"},
    {"Cr3Missing", R"("cr3":"0x1000",)", "", "cr3"},
    {"Cr3WithoutPrefix", R"("cr3":"0x1000")", R"("cr3":"1000")", "cr3"},
    {"Cr3WithoutDigits", R"("cr3":"0x1000")", R"("cr3":"0x")", "cr3"},
    {"Cr3WithASign", R"("cr3":"0x1000")", R"("cr3":"0x-1000")", "cr3"},
    {"Cr3WithATail", R"("cr3":"0x1000")", R"("cr3":"0x1000 ")", "cr3"},
    {"AddressMissing", R"("va":"0x7123",)", "", "va"},
    {"AddressOf65Bits", R"("va":"0x7123")", R"("va":"0x10000000000000000")", "va"},
    {"KindMissing", R"("k":"r",)", "", "k"},
    {"AccessAcrossPages", R"("va":"0x7123")", R"("va":"0x7ff9")", "va"},
    {"KindUnknown", R"("k":"r")", R"("k":"z")", "k"},
    {"KindOfTwoLetters", R"("k":"r")", R"("k":"rw")", "k"},
    {"KindEmpty", R"("k":"r")", R"("k":"")", "k"},
    {"KindAsNumber", R"("k":"r")", R"("k":1)", "k"},
    {"MemoryMissing", R"("mem":[["0x1000","0x2007"],["0x2000","0x3007"],["0x3000","0x4007"],["0x4038","0x5007"]],)", "",
     "mem"},
    {"MemoryAsObject", R"("mem":[["0x1000","0x2007"],["0x2000","0x3007"],["0x3000","0x4007"],["0x4038","0x5007"]])",
     R"("mem":{})", "mem"},
    {"MemoryPairOfOne", R"(["0x1000","0x2007"])", R"(["0x1000"])", "mem"},
    {"MemoryPairOfThree", R"(["0x1000","0x2007"])", R"(["0x1000","0x2007","0x1"])", "mem"},
    {"MemoryPairAsText", R"(["0x1000","0x2007"])", R"("0x1000")", "mem"},
    {"MemoryValueAsNumber", R"(["0x1000","0x2007"])", R"(["0x1000",8199])", "mem"},
    {"MemoryAddressNotAligned", R"(["0x1000","0x2007"])", R"(["0x1004","0x2007"])", "mem"},
    {"MemoryAddressTwice", R"(["0x2000","0x3007"])", R"(["0x1000","0x3007"])", "mem"},
    {"MemoryAddressOf53Bits", R"(["0x1000","0x2007"])", R"(["0x10000000000000","0x2007"])", "mem"},
    {"AfterAsObject", R"("after":[["0x1000","0x2027"],["0x2000","0x3027"],["0x3000","0x4027"],["0x4038","0x5027"]])",
     R"("after":{})", "after"},
    {"AfterOfAnotherAddress", R"(["0x1000","0x2027"])", R"(["0x1008","0x2027"])", "after"},
    {"AfterPairOfOne", R"(["0x1000","0x2027"])", R"(["0x1000"])", "after"},
    {"EagerOfAnotherAddress", R"("out":)", R"("after_eager":[["0x8","0x1"]],"out":)", "after_eager"},
    {"OutcomeMissing", R"("out":{"pa":"0x5123","sz":4096},)", "", "out"},
    {"OutcomeAsText", R"({"pa":"0x5123","sz":4096})", R"("0x5123")", "out"},
    {"PhysicalAddressMissing", R"({"pa":"0x5123","sz":4096})", R"({"sz":4096})", "pa"},
    {"PageSizeMissing", R"({"pa":"0x5123","sz":4096})", R"({"pa":"0x5123"})", "sz"},
    {"PageSizeAsText", R"("sz":4096)", R"("sz":"4096")", "sz"},
    {"FaultNumberUnknown", R"({"pa":"0x5123","sz":4096})", R"({"vec":6,"err":0})", "out"},
    {"FaultNumberAsText", R"({"pa":"0x5123","sz":4096})", R"({"vec":"14","err":0})", "vec"},
    {"ErrorCodeMissing", R"({"pa":"0x5123","sz":4096})", R"({"vec":14,"cr2":"0x0"})", "err"},
    {"ErrorCodeOf17Bits", R"({"pa":"0x5123","sz":4096})", R"({"vec":14,"err":65536,"cr2":"0x0"})", "err"},
    {"Cr2Missing", R"({"pa":"0x5123","sz":4096})", R"({"vec":14,"err":4})", "cr2"},
};

class VectorField : public testing::TestWithParam<BadVector> {};

TEST_P(VectorField, IsRefusedAtItsLineAndKey) {
  const std::string bad = edited(good_vector(), GetParam().from, GetParam().to);
  const Scratch scratch;
  const std::string path = scratch.write("v.jsonl", good_vector() + "\n\n" + bad + "\n" + good_vector() + "\n");
  pw_vector_reader *reader = nullptr;
  pw_diag diag{};
  pw_vector vector{};
  bool more = false;
  ASSERT_EQ(0, pw_vector_open(path.c_str(), &reader, &diag));
  ASSERT_EQ(0, pw_vector_read(reader, &vector, &more, &diag));
  EXPECT_EQ(-PW_EVECTOR, pw_vector_read(reader, &vector, &more, &diag));
  EXPECT_FALSE(more);
  EXPECT_EQ(path, diag.file);
  EXPECT_EQ(3u, diag.line);
  EXPECT_STREQ(GetParam().key, diag.key) << diag.message;
  pw_vector_close(reader);
}

INSTANTIATE_TEST_SUITE_P(Bad, VectorField, testing::ValuesIn(kBadVectors),
                         [](const auto &test) { return std::string(test.param.rule); });

TEST(VectorReader, SeventeenEntriesAreTooMany) {
  std::string entries = R"(["0x8","0x0"])";
  for (int i = 2; i <= 16; i++) entries += R"(,["0x)" + std::to_string(i) + R"(0","0x0"])";
  const std::string old = R"([["0x1000","0x2007"],["0x2000","0x3007"],["0x3000","0x4007"],["0x4038","0x5007"]])";
  std::string text = edited(good_vector(), old, "[" + entries + "]");
  text = text.substr(0, text.find(",\"after\"")) + "}";
  EXPECT_EQ(16u, read_vector(text).vector.entry_count);
  text = edited(text, "[" + entries + "]", "[" + entries + R"(,["0x18","0x0"]])");
  const VectorRead read = read_vector(text);
  EXPECT_EQ(-PW_EVECTOR, read.status);
  EXPECT_STREQ("mem", read.diag.key);
}

TEST(VectorReader, LineThatIsNotJsonIsRefused) {
  for (const char *text : {"{\"lv\":4", "not json", "{} trailing", "{\"lv\":4,\"lv\":5}"}) {
    const VectorRead read = read_vector(std::string("\n") + text + "\n");
    EXPECT_EQ(-PW_EVECTOR, read.status) << text;
    EXPECT_EQ(2u, read.diag.line);
    EXPECT_NE('\0', read.diag.message[0]);
  }
}

TEST(VectorReader, LineOfNulCharactersIsNotBlank) {
  const VectorRead read = read_vector(std::string("\n\0\0\n", 4));
  EXPECT_EQ(-PW_EVECTOR, read.status);
  EXPECT_EQ(2u, read.diag.line);
}

TEST(VectorReader, AccessMayReachTheEndOfItsPage) {
  EXPECT_EQ(0, read_vector(edited(good_vector(), R"("va":"0x7123")", R"("va":"0x7ff8")")).status);
}

TEST(VectorReader, LineThatIsNoObjectIsRefused) {
  const VectorRead read = read_vector("[1,2]\n");
  EXPECT_EQ(-PW_EVECTOR, read.status);
  EXPECT_NE(std::string::npos, std::string(read.diag.message).find("object"));
}

TEST(VectorReader, LineLongerThanTheBufferIsRefused) {
  const VectorRead read = read_vector(good_vector().substr(0, 1) + std::string(1u << 18, ' '));
  EXPECT_EQ(-PW_EVECTOR, read.status);
  EXPECT_EQ(1u, read.diag.line);
  EXPECT_NE(std::string::npos, std::string(read.diag.message).find("262144"));
}

TEST(VectorReader, EmptyFileHasNoVectors) {
  for (const char *text : {"", "\n", " \r\n\n\t\n"}) {
    const VectorRead read = read_vector(text);
    EXPECT_EQ(0, read.status);
    EXPECT_FALSE(read.more);
  }
}

TEST(VectorReader, LinesMayEndInCrLfOrNothing) {
  const Scratch scratch;
  const std::string path = scratch.write("v", good_vector() + "\r\n\r\n" + good_vector());
  pw_vector_reader *reader = nullptr;
  pw_diag diag{};
  pw_vector vector{};
  bool more = false;
  ASSERT_EQ(0, pw_vector_open(path.c_str(), &reader, &diag));
  for (const uint64_t line : {1u, 3u}) {
    ASSERT_EQ(0, pw_vector_read(reader, &vector, &more, &diag)) << line_of_diag(diag);
    EXPECT_TRUE(more);
    EXPECT_EQ(line, vector.line);
  }
  ASSERT_EQ(0, pw_vector_read(reader, &vector, &more, &diag));
  EXPECT_FALSE(more);
  pw_vector_close(reader);
}

TEST(VectorReader, VectorsAcrossTheBufferAndCompressionAreWhole) {
  const Scratch scratch;
  std::string text;
  for (int i = 0; i < 3000; i++) text += edited(good_vector(), "T-1", "T-" + std::to_string(i)) + "\n";
  ASSERT_GT(text.size(), 3u << 18);
  if (!write_compressed(scratch.path("v.zst"), text, Compression::kZstd)) scratch.write("v.zst", text);
  pw_vector_reader *reader = nullptr;
  pw_diag diag{};
  pw_vector vector{};
  bool more = false;
  ASSERT_EQ(0, pw_vector_open(scratch.path("v.zst").c_str(), &reader, &diag));
  for (int i = 0; i < 3000; i++) {
    ASSERT_EQ(0, pw_vector_read(reader, &vector, &more, &diag)) << line_of_diag(diag);
    ASSERT_TRUE(more);
    ASSERT_EQ("T-" + std::to_string(i), vector.id);
  }
  ASSERT_EQ(0, pw_vector_read(reader, &vector, &more, &diag));
  EXPECT_FALSE(more);
  pw_vector_close(reader);
}

TEST(VectorReader, FileThatIsNotThereOrADirectoryIsAnIoError) {
  const Scratch scratch;
  pw_vector_reader *reader = nullptr;
  pw_diag diag{};
  EXPECT_EQ(-PW_EIO, pw_vector_open("/nonexistent/v", &reader, &diag));
  EXPECT_EQ(nullptr, reader);
  EXPECT_EQ(-PW_EIO, pw_vector_open(scratch.folder().c_str(), &reader, &diag));
  pw_vector_close(nullptr);
}

} // namespace
