// fuzz_trace.cc: the parsers of one family of trace formats, without libarchive in between.
//
// FUZZ_FORMAT is a struct pw_trace_format or an array of them. An input begins with the way it is read:
//
//   a byte for the pieces in which the file arrives (kPieces), such as '0' for byte by byte
//   a byte for the room for records (kCapacities), such as '0' for one; '8'.. say that the end comes in a piece of its
//   own, as it does when a file just fills a window
//   a byte for the format, in a family of more than one
//
// and the file follows. It is read in pieces and in one go: the records, and the refusal that may end them, must be the
// same, and every call of the parser must keep the contract of format.h.
extern "C" {
#include "format.h"
}

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "fuzz.h"

using namespace pagewalk_fuzz;

#ifdef FUZZ_MAY_BE_EMPTY // a trace of this format may have no record
constexpr bool kMayBeEmpty = true;
#else
constexpr bool kMayBeEmpty = false;
#endif

namespace {

constexpr size_t kPieces[16] = {1, 2, 3, 5, 7, 11, 16, 63, 64, 65, 72, 96, 255, 1000, 4095, 4097};
constexpr size_t kCapacities[8] = {1, 2, 3, 8, 9, 10, 100, 5000};
constexpr size_t kMaxRecords = 1u << 18;
constexpr uint32_t kMaxAccessBytes = 4096;
constexpr char kFile[] = "fuzzed";

struct Formats {
  const pw_trace_format *first;
  size_t count;
};

[[maybe_unused]] Formats all_of(const pw_trace_format &format) { return {&format, 1}; }
template <size_t n>
[[maybe_unused]] Formats all_of(const pw_trace_format (&formats)[n]) {
  return {formats, n};
}

struct File {
  const uint8_t *bytes;
  size_t size;
};

// How a file is handed to the parser.
struct Delivery {
  size_t piece;
  size_t capacity;
  bool end_apart;
};

struct Parsed {
  int status = 0;
  pw_diag diag{};
  std::vector<pw_trace_record> records;
};

// What trace.c keeps of a trace between calls. Window and room for records end where their blocks do, so that a
// sanitizer sees a step beyond.
class Reading {
 public:
  Reading(const pw_trace_format &format, File file, Delivery delivery)
      : format_(format), file_(file), delivery_(delivery), block_(new pw_trace_record[delivery.capacity]) {}
  ~Reading() {
    if (format_.release) format_.release(state_);
  }
  Reading(const Reading &) = delete;
  Reading &operator=(const Reading &) = delete;

  Parsed read() {
    while (parsed_.records.size() < kMaxRecords) {
      parsed_.status = call();
      const bool full = count_ == delivery_.capacity;
      if (full || parsed_.status || last_) flush();
      if (parsed_.status) break;
      if (full) continue;
      if (last_) {
        require_end();
        break;
      }
      refill();
    }
    return parsed_;
  }

 private:
  const char *end() const { return window_.get() + length_; }

  int call() {
    pw_parse parse{};
    parse.variant = format_.variant;
    parse.state = &state_;
    parse.begin = window_.get();
    parse.next = window_.get() + begin_;
    parse.end = end();
    parse.last = last_;
    parse.begin_offset = offset_;
    parse.records = block_.get();
    parse.capacity = delivery_.capacity;
    parse.count = count_;
    parse.line = line_;
    parse.file = kFile;
    parse.diag = &parsed_.diag;
    const int status = format_.parse(&parse);
    REQUIRE(parse.begin == window_.get() && parse.end == end() && parse.capacity == delivery_.capacity);
    REQUIRE(parse.next >= window_.get() + begin_ && parse.next <= parse.end);
    REQUIRE(parse.count >= count_ && parse.count <= parse.capacity);
    REQUIRE(parse.line >= line_);
    REQUIRE(status == 0 || status == -PW_ETRACE || status == -PW_ENOMEM);
    for (size_t i = count_; i < parse.count; i++) require_legal(block_[i]);
    if (status) {
      require_diag(parsed_.diag);
      REQUIRE(strcmp(parsed_.diag.file, kFile) == 0 && parsed_.diag.line == parse.line);
    }
    begin_ = static_cast<size_t>(parse.next - parse.begin);
    count_ = parse.count;
    line_ = parse.line;
    return status;
  }

  static void require_legal(const pw_trace_record &record) {
    REQUIRE(record.kind < PW_TRACE_KINDS);
    REQUIRE(record.size_bytes >= 1 && record.size_bytes <= kMaxAccessBytes);
  }

  void flush() {
    parsed_.records.insert(parsed_.records.end(), block_.get(), block_.get() + count_);
    count_ = 0;
  }

  // Nothing is left over, and a parser that is asked again has nothing more to say.
  void require_end() {
    REQUIRE(begin_ == length_);
    REQUIRE(call() == 0 && count_ == 0);
  }

  // The unread bytes move to the front, and a piece of the file follows them.
  void refill() {
    const size_t kept = length_ - begin_;
    const size_t piece = std::min(delivery_.piece, file_.size - taken_);
    REQUIRE(kept < PW_PARSE_WINDOW_BYTES);
    std::unique_ptr<char[]> window(new char[kept + piece]);
    std::copy(window_.get() + begin_, window_.get() + length_, window.get());
    std::copy(file_.bytes + taken_, file_.bytes + taken_ + piece, window.get() + kept);
    window_ = std::move(window);
    offset_ += begin_;
    begin_ = 0;
    length_ = kept + piece;
    taken_ += piece;
    last_ = taken_ == file_.size && (!delivery_.end_apart || !piece);
  }

  const pw_trace_format &format_;
  const File file_;
  const Delivery delivery_;
  void *state_ = nullptr;
  std::unique_ptr<char[]> window_{new char[0]};
  size_t begin_ = 0;
  size_t length_ = 0;
  size_t taken_ = 0;
  uint64_t offset_ = 0;
  bool last_ = false;
  std::unique_ptr<pw_trace_record[]> block_;
  size_t count_ = 0;
  uint64_t line_ = 0;
  Parsed parsed_;
};

bool same(const pw_trace_record &a, const pw_trace_record &b) {
  return a.linear_address == b.linear_address && a.size_bytes == b.size_bytes && a.kind == b.kind;
}

void require_same(const Parsed &a, const Parsed &b) {
  const size_t count = std::min(a.records.size(), b.records.size());
  REQUIRE(
      std::equal(a.records.begin(), a.records.begin() + static_cast<std::ptrdiff_t>(count), b.records.begin(), same));
  if (count >= kMaxRecords) return; // neither was read to its end
  REQUIRE(a.records.size() == b.records.size());
  REQUIRE(a.status == b.status);
  if (a.status) REQUIRE(a.diag.line == b.diag.line && strcmp(a.diag.message, b.diag.message) == 0);
}

// What is recognised has a record, or is refused: it never reads as nothing.
void check_recognition(const pw_trace_format &format, File file, const Parsed &parsed) {
  for (const size_t size : {file.size, file.size / 2}) {
    const std::unique_ptr<char[]> sample(new char[size]);
    std::copy(file.bytes, file.bytes + size, sample.get());
    const pw_sample begin = {sample.get(), sample.get() + size, size == file.size};
    const bool recognised = format.recognise(format.variant, &begin);
    REQUIRE(!recognised || kMayBeEmpty || parsed.status || !parsed.records.empty());
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const Formats formats = all_of(FUZZ_FORMAT);
  const size_t header = formats.count > 1 ? 3 : 2;
  if (size < header) return 0;
  const Delivery pieces = {kPieces[data[0] % 16], kCapacities[data[1] % 8], data[1] % 16 >= 8};
  const pw_trace_format &format = formats.first[formats.count > 1 ? data[2] % formats.count : 0];
  const File file = {data + header, size - header};
  const Parsed whole = Reading(format, file, {std::max<size_t>(file.size, 1), 1000, false}).read();
  require_same(whole, Reading(format, file, pieces).read());
  check_recognition(format, file, whole);
  return 0;
}
