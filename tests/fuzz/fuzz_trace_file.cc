// fuzz_trace_file.cc: a trace as a file of any compression, opened without a format and with each that there is.
#include <pagewalk/trace.h>

#include <cstring>

#include "decompressed.h"

using namespace pagewalk_fuzz;

namespace {

constexpr size_t kMaxBytes = (1u << 20) + (1u << 18); // a window of the reader and some
constexpr size_t kMaxRecords = 1u << 16;
constexpr size_t kCapacity = 1000;

void require_refused(int status, const pw_diag &diag) {
  REQUIRE(status == -PW_ETRACE || status == -PW_EIO || status == -PW_EINVAL);
  require_diag(diag);
}

void require_progress(const pw_trace_reader *reader, size_t file_bytes) {
  uint64_t done = 0;
  uint64_t total = 0;
  pw_trace_progress(reader, &done, &total);
  REQUIRE(total == file_bytes && done <= total);
}

// Reads until the trace or the patience ends. What ended it ends every further call.
void read(pw_trace_reader *reader, size_t file_bytes) {
  std::vector<pw_trace_record> records(kCapacity);
  pw_diag diag{};
  size_t count = 1;
  int status = 0;
  for (size_t total = 0; count && total < kMaxRecords; total += count) {
    status = pw_trace_read(reader, records.data(), records.size(), &count, &diag);
    REQUIRE(count <= records.size());
    REQUIRE(!status || !count);
    for (size_t i = 0; i < count; i++) {
      REQUIRE(records[i].kind < PW_TRACE_KINDS && records[i].size_bytes >= 1 && records[i].size_bytes <= 4096);
    }
    require_progress(reader, file_bytes);
  }
  if (count) return;
  if (status) require_refused(status, diag);
  pw_diag again{};
  REQUIRE(pw_trace_read(reader, records.data(), records.size(), &count, &again) == status && !count);
  REQUIRE(!status || strcmp(diag.message, again.message) == 0);
}

// Returns the status of opening.
int open_and_read(const char *path, const char *format, size_t file_bytes) {
  pw_trace_reader *reader = nullptr;
  pw_diag diag{};
  const int status = pw_trace_open(path, format, &reader, &diag);
  if (status) {
    REQUIRE(!reader);
    require_refused(status, diag);
    return status;
  }
  REQUIRE(pw_trace_reader_format(reader));
  read(reader, file_bytes);
  pw_trace_close(reader);
  return 0;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static MemoryFile file;
  file.write(data, size);
  const Decompressed content = decompress(file.path(), kMaxBytes);
  if (content.bytes.size() == kMaxBytes) return 0;
  const int status = open_and_read(file.path(), nullptr, size);
  REQUIRE(!status || status == -PW_ETRACE || content.status);
  REQUIRE(open_and_read(file.path(), "no such format", size));
  if (content.bytes.empty()) return 0; // refused before the format matters
  // A format that is given is not doubted: what is wrong shows when the trace is read.
  std::vector<const char *> formats = {"list", "champsim"};
  for (size_t i = 0; pw_trace_format_name(i); i++) formats.push_back(pw_trace_format_name(i));
  const bool is_plain = content.bytes == std::string(data, data + size);
  for (size_t i = 0; i < formats.size(); i++) {
    if (!is_plain && i != size % formats.size()) continue; // a parser does not know what was decompressed: one will do
    const int given = open_and_read(file.path(), formats[i], size);
    REQUIRE(!given || content.status);
  }
  return 0;
}
