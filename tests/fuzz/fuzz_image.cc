// fuzz_image.cc: the memory image of `pagewalk walk`, and walks through the tables that happen to be in it.
#include <pagewalk/mmu.h>
#include <pagewalk/report.h>

extern "C" {
#include "image.h"
}

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <string>

#include "fuzz.h"

using namespace pagewalk_fuzz;

namespace {

// ---- what an image means, said once more ----

using Words = std::map<uint64_t, uint64_t>;

// Printable characters and white space in the first 4 KB make a text.
bool is_text(const std::string &bytes) {
  return std::all_of(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(4096, bytes.size())),
                     [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; });
}

Words raw_words(const std::string &bytes) {
  Words words;
  for (size_t i = 0; i < bytes.size(); i++) {
    words[i & ~size_t{7}] |= uint64_t{static_cast<uint8_t>(bytes[i])} << 8 * (i % 8);
  }
  return words;
}

void skip(const std::string &line, size_t *at, const char *characters) {
  *at = std::min(line.find_first_not_of(characters, *at), line.size());
}

// A hexadecimal number of at most 64 bits, perhaps behind 0x. Leading zeroes are free.
bool take_number(const std::string &line, size_t *at, uint64_t *value) {
  if (line.compare(*at, 2, "0x") == 0 || line.compare(*at, 2, "0X") == 0) *at += 2;
  const size_t first = *at;
  *value = 0;
  for (; *at < line.size() && isxdigit(static_cast<uint8_t>(line[*at])); ++*at) {
    if (*value >> 60) return false;
    *value = *value << 4 | static_cast<uint64_t>(std::stoul(line.substr(*at, 1), nullptr, 16));
  }
  return *at > first;
}

constexpr size_t kMaxLine = 254; // with its end

// A line "ADDRESS VALUE", or one of white space and comment alone. False when it is neither, or has a NUL anywhere.
bool take_line(std::string line, Words *words) {
  uint64_t address = 0;
  uint64_t value = 0;
  size_t at = 0;
  if (line.find('\0') != std::string::npos) return false;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  line = line.substr(0, line.find('#'));
  skip(line, &at, " \t");
  if (at == line.size()) return true;
  if (!take_number(line, &at, &address)) return false;
  const size_t between = at;
  skip(line, &at, ": \t");
  if (at == between || !take_number(line, &at, &value)) return false;
  skip(line, &at, " \t");
  if (at != line.size() || address % 8 || address >> 52) return false;
  (*words)[address] = value;
  return true;
}

bool text_words(const std::string &bytes, Words *words) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = std::min(bytes.find('\n', at), bytes.size());
    const size_t next = std::min(end + 1, bytes.size());
    if (next - at > kMaxLine || !take_line(bytes.substr(at, end - at), words)) return false;
    at = next;
  }
  return true;
}

// ---- walking ----

struct Machine {
  pw_config config = pw_config_default();
  FILE *nowhere = fopen("/dev/null", "w");
};

// The accesses of an empty machine whose tables begin in the first frame of the image.
void walk(pw_physical_memory *memory, uint64_t root) {
  static const Machine machine;
  const pw_memory_port port = pw_physical_memory_port(memory);
  const auto translation = std::make_unique<pw_translation>();
  pw_mmu *mmu = nullptr;
  REQUIRE(pw_mmu_create(&machine.config, &port, nullptr, &mmu) == 0);
  const pw_control control = pw_control_from_config(&machine.config, root);
  if (pw_mmu_set_control(mmu, &control) == 0) {
    for (uint8_t kind = 0; kind < PW_ACCESS_KINDS; kind++) {
      for (const uint64_t address : {UINT64_C(0), UINT64_C(0x7f0000001234), UINT64_C(0xffff800000001000)}) {
        pw_access access{};
        access.linear_address = address;
        access.size_bytes = 1;
        access.kind = kind;
        access.cpl = 3;
        REQUIRE(pw_translate(mmu, &access, translation.get()) == 0);
        REQUIRE(translation->outcome < PW_OUTCOMES && translation->step_count <= PW_MAX_STEPS);
        REQUIRE(pw_report_walk(machine.nowhere, &machine.config, &control, &access, translation.get()) == 0);
      }
    }
  }
  pw_mmu_destroy(mmu);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static MemoryFile file;
  pw_physical_memory *memory = nullptr;
  pw_diag diag{};
  Words words;
  file.write(data, size);
  REQUIRE(pw_physical_memory_create(&memory) == 0);
  const std::string bytes(data, data + size);
  const int status = image_load(file.path(), memory, &diag);
  bool legal = true;
  if (is_text(bytes)) {
    legal = text_words(bytes, &words);
  } else {
    words = raw_words(bytes);
  }
  if (status) {
    REQUIRE(status == -PW_EIMAGE && !legal);
    require_diag(diag);
  } else {
    REQUIRE(legal);
    for (const auto &[address, value] : words) REQUIRE(pw_physical_read64(memory, address) == value);
    const uint64_t root = words.empty() ? 0 : words.begin()->first & ~UINT64_C(0xfff);
    walk(memory, root);
  }
  pw_physical_memory_destroy(memory);
  return 0;
}
