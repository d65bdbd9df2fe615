// fuzz_event_log.cc: an event log of any compression, read, written again, and read again.
//
// An input that begins with a '+' has the lines of a log behind it, and gets a good header. Any other is a whole file.

#include <pagewalk/event_log.h>

#include <cstring>
#include <memory>
#include <vector>

#include "decompressed.h"

using namespace pagewalk_fuzz;

namespace {

constexpr size_t kMaxBytes = 1u << 20; // the longest line is a quarter of it

struct Log {
  int status = 0;
  std::unique_ptr<pw_event_log_header> header = std::make_unique<pw_event_log_header>();
  std::vector<pw_event> events;
};

Log read(const char *path) {
  Log log;
  pw_event_log_reader *reader = nullptr;
  pw_diag diag{};
  uint64_t line = 1;
  log.status = pw_event_log_open(path, log.header.get(), &reader, &diag);
  REQUIRE((log.status != 0) == (reader == nullptr));
  for (bool more = !log.status; more;) {
    pw_event event;
    log.status = pw_event_log_read(reader, &event, &more, &diag);
    REQUIRE(!log.status || !more);
    if (!more) break;
    REQUIRE(pw_event_log_line(reader) > line);
    line = pw_event_log_line(reader);
    REQUIRE(log.events.empty() || event.cycle >= log.events.back().cycle);
    log.events.push_back(event);
  }
  pw_event_log_close(reader);
  if (log.status) {
    REQUIRE(log.status == -PW_EIO || log.status == -PW_ELOG);
    require_diag(diag);
  }
  return log;
}

std::string write(const pw_event_log_header &header, const std::vector<pw_event> &events) {
  char *text = nullptr;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  pw_event_log_writer *writer = nullptr;
  REQUIRE(pw_event_log_create_on(stream, "memory", &header, &writer, nullptr) == 0);
  for (const pw_event &event : events) REQUIRE(pw_event_log_write(writer, &event, nullptr) == 0);
  REQUIRE(pw_event_log_finish(writer, nullptr) == 0);
  fclose(stream);
  std::string log(text, length);
  free(text);
  return log;
}

std::string good_header() {
  pw_event_log_header header{};
  header.config = pw_config_default();
  return write(header, {});
}

void put(MemoryFile &file, const std::string &text) {
  file.write(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static MemoryFile file;
  static const std::string header = good_header();
  const std::string input(reinterpret_cast<const char *>(data), size);
  const bool is_plain = size && input[0] == '+';
  put(file, is_plain ? header + input.substr(1) : input);
  if (!is_plain && decompress(file.path(), kMaxBytes).bytes.size() == kMaxBytes) return 0;
  const Log first = read(file.path());
  if (first.status && first.events.empty()) return 0;
  put(file, write(*first.header, first.events));
  const Log second = read(file.path());
  REQUIRE(second.status == 0 && second.events.size() == first.events.size());
  for (size_t i = 0; i < first.events.size(); i++) {
    REQUIRE(memcmp(&first.events[i], &second.events[i], sizeof(pw_event)) == 0);
  }
  return 0;
}
