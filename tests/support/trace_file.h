// trace_file.h: reading a whole trace for a test.
#pragma once

#include <pagewalk/trace.h>

#include <vector>

#include "files.h"

namespace pagewalk_test {

struct Trace {
  int open_status = 0;
  int read_status = 0; /* of the last call */
  pw_diag diag{};
  std::string format;
  std::vector<pw_trace_record> records;
};

inline Trace read_trace(const std::string &path, size_t capacity = 1000, const char *format = nullptr) {
  Trace trace;
  pw_trace_reader *reader = nullptr;
  trace.open_status = pw_trace_open(path.c_str(), format, &reader, &trace.diag);
  if (trace.open_status) {
    EXPECT_EQ(nullptr, reader);
    return trace;
  }
  trace.format = pw_trace_reader_format(reader);
  std::vector<pw_trace_record> block(capacity);
  size_t count = 1;
  while (count) {
    trace.read_status = pw_trace_read(reader, block.data(), capacity, &count, &trace.diag);
    if (trace.read_status) {
      EXPECT_EQ(0u, count) << "an error delivers no records";
    }
    EXPECT_LE(count, capacity);
    trace.records.insert(trace.records.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
  }
  pw_trace_close(reader);
  return trace;
}

inline Trace read_trace_text(const std::string &text, size_t capacity = 1000, const char *format = nullptr) {
  const Scratch scratch;
  return read_trace(scratch.write("t.lackey", text), capacity, format);
}

} // namespace pagewalk_test

// In the global namespace, where argument-dependent lookup finds it.
inline bool operator==(const pw_trace_record &a, const pw_trace_record &b) {
  return a.linear_address == b.linear_address && a.size_bytes == b.size_bytes && a.kind == b.kind;
}
