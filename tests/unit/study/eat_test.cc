// Effective access time by the textbook formulas, with worked examples.
#include <gtest/gtest.h>
#include <pagewalk/eat.h>

#include <cmath>

namespace {

pw_eat_input without_translation(double memory_ps, double service_ps) {
  pw_eat_input input{};
  input.memory_ps = memory_ps;
  input.hit_ratio = 1;
  input.service_ps = service_ps;
  return input;
}

TEST(Eat, TwoHundredNanosecondsEightMillisecondsOneFaultInAThousand) {
  pw_eat_input input = without_translation(200e3, 8e9);
  input.fault_rate = 0.001;
  EXPECT_NEAR(8199.8e3, pw_eat_ps(&input), 1e-3) << "8,199.8 ns, as in the textbook";
}

TEST(Eat, DiskMaySlowDramByTenPercentOnceIn1550738Accesses) {
  const pw_eat_input hdd = without_translation(64485, 10e9);
  EXPECT_EQ(1550738, std::lround(1 / pw_eat_fault_rate_for(&hdd, 0.1)));
}

TEST(Eat, SsdMaySlowDramByTenPercentOnceIn15497Accesses) {
  const pw_eat_input ssd = without_translation(64485, 100e6);
  EXPECT_EQ(15497, std::lround(1 / pw_eat_fault_rate_for(&ssd, 0.1)));
}

TEST(Eat, TlbMissAddsAReferencePerLevel) {
  pw_eat_input input{};
  input.memory_ps = 100e3;
  input.tlb_ps = 20e3;
  input.hit_ratio = 0.8;
  input.levels = 1;
  EXPECT_DOUBLE_EQ(140e3, pw_eat_translated_ps(&input));
  input.levels = 4;
  EXPECT_DOUBLE_EQ(200e3, pw_eat_translated_ps(&input));
  input.hit_ratio = 1;
  EXPECT_DOUBLE_EQ(120e3, pw_eat_translated_ps(&input));
  input.hit_ratio = 0;
  EXPECT_DOUBLE_EQ(520e3, pw_eat_translated_ps(&input));
}

TEST(Eat, WithoutFaultsItIsTheTranslatedTime) {
  const pw_eat_input input = without_translation(64485, 10e9);
  EXPECT_DOUBLE_EQ(64485, pw_eat_ps(&input));
}

TEST(Eat, SolvedFaultRateGivesTheSlowdown) {
  pw_eat_input input{};
  input.memory_ps = 64485;
  input.tlb_ps = 303;
  input.hit_ratio = 0.98;
  input.levels = 4;
  input.service_ps = 100e6;
  for (const double slowdown : {0.01, 0.1, 1.0, 50.0}) {
    input.fault_rate = pw_eat_fault_rate_for(&input, slowdown);
    EXPECT_NEAR((1 + slowdown) * pw_eat_translated_ps(&input), pw_eat_ps(&input), 1e-3);
  }
}

TEST(Eat, NoRateSlowsWhenAFaultIsNoSlowerThanAnAccess) {
  const pw_eat_input equal = without_translation(100, 100);
  const pw_eat_input faster = without_translation(100, 50);
  EXPECT_LT(pw_eat_fault_rate_for(&equal, 0.1), 0);
  EXPECT_LT(pw_eat_fault_rate_for(&faster, 0.1), 0);
}

} // namespace
