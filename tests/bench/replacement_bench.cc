// Replacement policies: a hit and its touch, and a miss with its victim and fill, in an array of 64 sets of 8 ways.
#include "machine.h"

extern "C" {
#include "set_assoc.h"
}

using namespace pagewalk_bench;

namespace {

constexpr uint32_t kSets = 64;
constexpr uint32_t kWays = 8;
constexpr unsigned kKeyLowBits = 1;

// Keys of `lines` lines, in an order that looks random: a line's number above a valid bit.
std::vector<uint64_t> make_lines(uint64_t lines) {
  std::vector<uint64_t> made;
  uint64_t random = 1;
  for (unsigned i = 0; i < 1u << 16; i++) {
    random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    made.push_back((random >> 33) % lines);
  }
  return made;
}

void reference(pw_set_assoc *assoc, uint64_t line) {
  const uint64_t key = line << kKeyLowBits | 1;
  const uint32_t set = pw_set_assoc_set(assoc, line);
  const int way = pw_set_assoc_find(assoc, set, key, key);
  if (way >= 0) {
    pw_set_assoc_hit(assoc, set, static_cast<uint32_t>(way));
  } else {
    pw_set_assoc_put(assoc, set, pw_set_assoc_choose(assoc, set), key);
  }
}

void run(benchmark::State &state, pw_policy policy, uint64_t lines) {
  pw_set_assoc assoc;
  require(pw_set_assoc_init(&assoc, {kSets, kWays, policy}, kKeyLowBits, 1), "array");
  const std::vector<uint64_t> made = make_lines(lines);
  for (auto _ : state) {
    for (const uint64_t line : made) reference(&assoc, line);
  }
  benchmark::DoNotOptimize(assoc.keys[0]);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * made.size()));
  pw_set_assoc_free(&assoc);
}

void hits(benchmark::State &state, pw_policy policy) { run(state, policy, kSets * kWays / 2); }
void misses(benchmark::State &state, pw_policy policy) { run(state, policy, kSets * kWays * 16); }

const int registered = [] {
  for (unsigned i = 0; i < PW_POLICIES; i++) {
    const auto policy = static_cast<pw_policy>(i);
    const std::string name = std::string("replacement/") + pw_policy_name(policy);
    benchmark::RegisterBenchmark((name + "/hits").c_str(), hits, policy);
    benchmark::RegisterBenchmark((name + "/misses").c_str(), misses, policy);
  }
  return 0;
}();

} // namespace
