// The vector checker: it accepts what is right, and finds every kind of wrong expectation.
#include "vector_text.h"

using namespace pagewalk_test;

namespace {

pw_vector vector_of(const std::string &text) {
  const VectorRead read = read_vector(text);
  EXPECT_EQ(0, read.status) << line_of_diag(read.diag);
  EXPECT_TRUE(read.more);
  return read.vector;
}

pw_vector_result check(const pw_vector &vector, pw_accessed_on_fault mode = PW_ACCESSED_NONE) {
  pw_vector_result result{};
  EXPECT_EQ(0, pw_vector_check(&vector, mode, &result));
  return result;
}

// A user write to a page that is read-only: A is set above it only by machines that set it early.
std::string denied_vector() {
  std::string text = edited(good_vector(), R"("k":"r")", R"("k":"w")");
  text = edited(text, R"(["0x4038","0x5007"])", R"(["0x4038","0x5005"])");
  text = edited(text, R"("out":{"pa":"0x5123","sz":4096})", R"("out":{"vec":14,"err":7,"cr2":"0x7123"})");
  return edited(text, R"("after":[["0x1000","0x2027"],["0x2000","0x3027"],["0x3000","0x4027"],["0x4038","0x5027"]])",
                R"("after":[["0x1000","0x2007"]],)"
                R"("after_eager":[["0x1000","0x2027"],["0x2000","0x3027"],["0x3000","0x4027"]])");
}

void expect_found(const std::string &text, const std::string &difference,
                  pw_accessed_on_fault mode = PW_ACCESSED_NONE) {
  const pw_vector_result result = check(vector_of(text), mode);
  EXPECT_FALSE(result.matches) << text;
  EXPECT_NE(std::string::npos, std::string(result.difference).find(difference)) << result.difference;
}

TEST(VectorCheck, RightExpectationsMatch) {
  for (const std::string &text : {good_vector(), denied_vector()}) {
    for (const pw_accessed_on_fault mode : {PW_ACCESSED_NONE, PW_ACCESSED_TRAVERSED}) {
      const pw_vector_result result = check(vector_of(text), mode);
      EXPECT_TRUE(result.matches) << result.difference;
      EXPECT_STREQ("", result.difference);
    }
  }
}

TEST(VectorCheck, TranslationIsHandedOut) {
  const pw_vector_result result = check(vector_of(good_vector()));
  EXPECT_EQ(PW_MAPPED, result.translation.outcome);
  EXPECT_EQ(4, result.translation.step_count);
}

TEST(VectorCheck, WrongOutcomeIsFound) {
  expect_found(edited(good_vector(), R"({"pa":"0x5123","sz":4096})", R"({"vec":14,"err":4,"cr2":"0x7123"})"),
               "outcome mapped, expected #PF");
  expect_found(edited(good_vector(), R"({"pa":"0x5123","sz":4096})", R"({"vec":13,"err":0})"), "expected #GP");
  expect_found(edited(good_vector(), R"({"pa":"0x5123","sz":4096})", R"({"vec":12,"err":0})"), "expected #SS");
  expect_found(edited(denied_vector(), R"({"vec":14,"err":7,"cr2":"0x7123"})", R"({"pa":"0x5123","sz":4096})"),
               "outcome #PF, expected mapped");
}

TEST(VectorCheck, WrongPhysicalAddressIsFound) {
  expect_found(edited(good_vector(), R"("pa":"0x5123")", R"("pa":"0x5124")"),
               "physical address 0x5123, expected 0x5124");
}

TEST(VectorCheck, WrongPageSizeIsFound) {
  expect_found(edited(good_vector(), R"("sz":4096)", R"("sz":2097152)"), "page of 4096 bytes, expected 2097152");
}

TEST(VectorCheck, WrongErrorCodeIsFound) {
  for (unsigned bit = 0; bit < 16; bit++) {
    const std::string wrong = R"("err":)" + std::to_string(7 ^ 1u << bit);
    expect_found(edited(denied_vector(), R"("err":7)", wrong), "error code 0x7");
  }
}

TEST(VectorCheck, WrongCr2IsFound) {
  expect_found(edited(denied_vector(), R"("cr2":"0x7123")", R"("cr2":"0x7000")"), "CR2 0x7123, expected 0x7000");
}

TEST(VectorCheck, WrongErrorCodeOfAGeneralProtectionFaultIsFound) {
  std::string text = edited(good_vector(), R"("va":"0x7123")", R"("va":"0x1000000000000000")");
  text = edited(text, R"({"pa":"0x5123","sz":4096})", R"({"vec":13,"err":0})");
  text = text.substr(0, text.find(",\"after\"")) + "}";
  EXPECT_TRUE(check(vector_of(text)).matches);
  expect_found(edited(text, R"("err":0)", R"("err":8)"), "error code 0x0, expected 0x8");
}

TEST(VectorCheck, WrongEntryAfterwardsIsFound) {
  for (const char *entry :
       {R"(["0x1000","0x2027"])", R"(["0x2000","0x3027"])", R"(["0x3000","0x4027"])", R"(["0x4038","0x5027"])"}) {
    std::string wrong = entry;
    wrong.replace(wrong.size() - 4, 1, "6");
    expect_found(edited(good_vector(), entry, wrong), "entry at 0x");
  }
}

TEST(VectorCheck, MissingAccessedBitIsFound) {
  expect_found(edited(good_vector(), R"(["0x4038","0x5027"])", R"(["0x4038","0x5007"])"),
               "entry at 0x4038 is 0x5027, expected 0x5007");
}

TEST(VectorCheck, WrongEagerEntryIsFoundOnlyInThatMode) {
  const std::string text = edited(denied_vector(), R"(["0x3000","0x4027"]])", R"(["0x3000","0x4007"]])");
  EXPECT_TRUE(check(vector_of(text), PW_ACCESSED_NONE).matches);
  expect_found(text, "entry at 0x3000", PW_ACCESSED_TRAVERSED);
}

TEST(VectorCheck, WithoutEagerValuesOnlyAccessedIsLeftOpen) {
  std::string text = denied_vector();
  const size_t at = text.find(",\"after_eager\"");
  text = text.substr(0, at) + "}";
  EXPECT_TRUE(check(vector_of(text), PW_ACCESSED_TRAVERSED).matches) << "A may be set or not";
  text = edited(text, R"("after":[["0x1000","0x2007"]])", R"("after":[["0x1000","0x2047"]])");
  expect_found(text, "entry at 0x1000", PW_ACCESSED_TRAVERSED);
}

TEST(VectorCheck, WithoutAfterEntriesAreNotCompared) {
  const std::string text = good_vector();
  EXPECT_TRUE(check(vector_of(text.substr(0, text.find(",\"after\"")) + "}")).matches);
}

TEST(VectorCheck, RefusedRegistersAreAnError) {
  pw_vector vector = vector_of(good_vector());
  vector.control.cr3 = UINT64_C(1) << 45;
  pw_vector_result result{};
  EXPECT_EQ(-PW_EVECTOR, pw_vector_check(&vector, PW_ACCESSED_NONE, &result)) << "CR3 above MAXPHYADDR";
}

class SampleVectors : public testing::TestWithParam<pw_accessed_on_fault> {};

TEST_P(SampleVectors, AllMatch) {
  const std::string path = source_path("tests/data/vectors/paging-vectors-sample.jsonl.zst");
  pw_vector_reader *reader = nullptr;
  pw_diag diag{};
  pw_vector vector{};
  bool more = true;
  unsigned checked = 0;
  ASSERT_EQ(0, pw_vector_open(path.c_str(), &reader, &diag)) << line_of_diag(diag);
  while (pw_vector_read(reader, &vector, &more, &diag) == 0 && more) {
    const pw_vector_result result = check(vector, GetParam());
    EXPECT_TRUE(result.matches) << vector.id << " in line " << vector.line << ": " << result.difference;
    checked++;
  }
  EXPECT_FALSE(more) << line_of_diag(diag);
  EXPECT_EQ(6230u, checked);
  pw_vector_close(reader);
}

INSTANTIATE_TEST_SUITE_P(Modes, SampleVectors, testing::Values(PW_ACCESSED_NONE, PW_ACCESSED_TRAVERSED),
                         [](const auto &test) { return std::string(test.param ? "Traversed" : "None"); });

} // namespace
