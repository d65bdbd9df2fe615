// fuzz_config.cc: a configuration from YAML and from assignments, and the machine that it describes.
//
// Lines of the input that begin with "--set " are assignments; the rest is the text.
#include <pagewalk/simulation.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "fuzz.h"

using namespace pagewalk_fuzz;

namespace {

constexpr char kName[] = PAGEWALK_SOURCE_DIR "/configs/fuzzed.yaml"; // tables of time are looked for beside it
constexpr char kAssignment[] = "--set ";
constexpr size_t kMaxAssignments = 16;

struct Input {
  std::string text;
  std::vector<std::string> assignments;
};

Input split(const std::string &all) {
  Input input;
  for (size_t at = 0; at < all.size();) {
    const size_t newline = all.find('\n', at);
    const size_t next = newline == std::string::npos ? all.size() : newline + 1;
    const bool is_assignment = all.compare(at, sizeof kAssignment - 1, kAssignment) == 0;
    if (!is_assignment) {
      input.text.append(all, at, next - at);
    } else if (input.assignments.size() < kMaxAssignments) {
      const size_t value = at + sizeof kAssignment - 1;
      const size_t end = newline == std::string::npos ? all.size() : newline;
      input.assignments.push_back(all.substr(value, end - value));
    }
    at = next;
  }
  return input;
}

int parse(const Input &input, pw_config *config, pw_diag *diag) {
  std::vector<const char *> assignments;
  for (const std::string &assignment : input.assignments) assignments.push_back(assignment.c_str());
  // A block of exactly this size, so that a sanitizer sees a read beyond it.
  const std::unique_ptr<char[]> text(new char[input.text.size()]);
  memcpy(text.get(), input.text.data(), input.text.size());
  return pw_config_parse(text.get(), input.text.size(), kName, assignments.data(), assignments.size(), config, diag);
}

void require_refused(int status, const pw_diag &diag) {
  REQUIRE(status == -PW_ECONFIG || status == -PW_EIO);
  require_diag(diag);
}

std::string shown(const pw_config &config) {
  char *yaml = pw_config_to_yaml(&config);
  REQUIRE(yaml);
  const std::string text = yaml;
  free(yaml);
  return text;
}

// Shown and read again, it is the same: `pagewalk config show` writes a configuration.
void require_round_trip(const pw_config &config) {
  const auto again = std::make_unique<pw_config>();
  pw_diag diag{};
  const std::string yaml = shown(config);
  REQUIRE(parse({yaml, {}}, again.get(), &diag) == 0);
  REQUIRE(memcmp(&config, again.get(), sizeof config) == 0);
  REQUIRE(yaml == shown(*again));
}

void require_summary(const pw_config &config) {
  char whole[8192];
  char small[20];
  const int length = pw_config_summary(&config, whole, sizeof whole);
  REQUIRE(length > 0 && static_cast<size_t>(length) == strlen(whole));
  REQUIRE(pw_config_summary(&config, small, sizeof small) == length);
  REQUIRE(strncmp(whole, small, strlen(small)) == 0);
}

// ---- running it ----

uint64_t entries(const pw_array_config &array) { return uint64_t{array.sets} * array.ways; }

// Small enough to be built many times a second.
bool is_small(const pw_config &config) {
  uint64_t total = 0;
  for (uint32_t i = 0; i < config.tlb_count; i++) {
    for (uint32_t a = 0; a < config.tlbs[i].array_count; a++) total += entries(config.tlbs[i].arrays[a].array);
  }
  for (const pw_array_config &array : config.psc) total += entries(array);
  for (uint32_t i = 0; i < config.cache_count; i++) total += entries(config.caches[i].array);
  return total <= 1u << 17 && config.os.memory_bytes <= UINT64_C(1) << 32;
}

// A loop over a few pages, references far apart, and addresses that no paging mode translates.
std::vector<pw_trace_record> some_records() {
  std::vector<pw_trace_record> records;
  uint64_t state = 1;
  for (uint32_t i = 0; i < 300; i++) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const uint64_t address = i % 3 == 0 ? UINT64_C(0x400000) + (state >> 50) : state >> (i % 40);
    records.push_back({address, i % 7 == 0 ? 4096 : 1 + i % 16, i % PW_TRACE_KINDS});
  }
  return records;
}

void run(const pw_config &config) {
  static const std::vector<pw_trace_record> records = some_records();
  pw_simulation *simulation = nullptr;
  pw_simulation_options options{};
  int status = pw_simulation_create(&config, options, &simulation);
  REQUIRE(status == 0 || status == -PW_ENOFRAME);
  if (status) return;
  status = pw_simulation_run(simulation, records.data(), records.size());
  REQUIRE(status == 0 || status == -PW_ENOFRAME);
  const pw_stats *stats = pw_simulation_stats(simulation);
  REQUIRE(stats->outcomes[PW_MAPPED] == stats->translations);
  REQUIRE(status || pw_stats_accesses(stats) == records.size());
  REQUIRE(pw_stats_completed(stats) <= pw_stats_accesses(stats));
  for (uint32_t i = 0; i < config.tlb_count; i++) {
    REQUIRE(stats->tlb[i].hits + stats->tlb[i].misses <= stats->translations);
  }
  REQUIRE(pw_stats_quantile(stats, 1000) == stats->translation_max_cycles);
  pw_simulation_destroy(simulation);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const auto config = std::make_unique<pw_config>();
  pw_diag diag{};
  const int status = parse(split({data, data + size}), config.get(), &diag);
  if (status) {
    require_refused(status, diag);
    return 0;
  }
  REQUIRE(pw_config_validate(config.get(), nullptr) == 0);
  require_round_trip(*config);
  require_summary(*config);
  if (is_small(*config)) run(*config);
  return 0;
}
