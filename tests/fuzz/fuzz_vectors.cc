// fuzz_vectors.cc: a file of architectural vectors of any compression, and the check of each vector in it.
#include <pagewalk/vectors.h>

#include <cstring>
#include <memory>

#include "decompressed.h"

using namespace pagewalk_fuzz;

namespace {

constexpr size_t kMaxBytes = 1u << 20; // the longest line is a quarter of it

void require_legal(const pw_vector &vector) {
  REQUIRE(memchr(vector.id, '\0', sizeof vector.id));
  REQUIRE(vector.physical_address_bits >= 32 && vector.physical_address_bits <= 52);
  REQUIRE(vector.access.kind < PW_ACCESS_KINDS && vector.access.cpl <= 3);
  REQUIRE(vector.outcome < PW_OUTCOMES);
  REQUIRE(vector.entry_count <= PW_VECTOR_MAX_ENTRIES);
  for (uint32_t i = 0; i < vector.entry_count; i++) {
    REQUIRE(vector.entries[i].address % 8 == 0 && vector.entries[i].address < UINT64_C(1) << 52);
    for (uint32_t j = 0; j < i; j++) REQUIRE(vector.entries[i].address != vector.entries[j].address);
  }
}

// A vector that could be read can be checked, unless its registers cannot be loaded; and the same comes out again.
void check(const pw_vector &vector, pw_accessed_on_fault accessed_on_fault) {
  const auto first = std::make_unique<pw_vector_result>();
  const auto second = std::make_unique<pw_vector_result>();
  const int status = pw_vector_check(&vector, accessed_on_fault, first.get());
  REQUIRE(status == 0 || status == -PW_EVECTOR);
  if (status) return;
  REQUIRE(memchr(first->difference, '\0', sizeof first->difference));
  REQUIRE(first->matches == (first->difference[0] == '\0'));
  REQUIRE(first->translation.outcome < PW_OUTCOMES);
  REQUIRE(first->translation.step_count <= PW_MAX_STEPS && first->translation.fill_count <= PW_MAX_FILLS);
  REQUIRE(pw_vector_check(&vector, accessed_on_fault, second.get()) == 0);
  REQUIRE(strcmp(first->difference, second->difference) == 0);
}

// Lines with anything but blanks, which are those with a vector.
size_t count_lines(const std::string &text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    count += line.find_first_not_of(" \t\r") != std::string::npos;
    at = end + 1;
  }
  return count;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static MemoryFile file;
  file.write(data, size);
  const Decompressed content = decompress(file.path(), kMaxBytes);
  if (content.bytes.size() == kMaxBytes) return 0;
  pw_vector_reader *reader = nullptr;
  pw_vector vector{};
  pw_diag diag{};
  size_t count = 0;
  uint64_t line = 0;
  int status = pw_vector_open(file.path(), &reader, &diag);
  for (bool more = !status; more;) {
    status = pw_vector_read(reader, &vector, &more, &diag);
    REQUIRE(!status || !more);
    if (!more) break;
    REQUIRE(vector.line > line);
    line = vector.line;
    count++;
    require_legal(vector);
    check(vector, PW_ACCESSED_NONE);
    check(vector, PW_ACCESSED_TRAVERSED);
  }
  pw_vector_close(reader);
  if (status) {
    REQUIRE(status == -PW_EIO || status == -PW_EVECTOR);
    require_diag(diag);
  } else {
    REQUIRE(content.whole && count == count_lines(content.bytes));
  }
  return 0;
}
