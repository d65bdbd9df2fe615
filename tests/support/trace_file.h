// trace_file.h: reading and writing a whole trace for a test.
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

// The status of the first call that fails.
inline int write_trace(const std::string &path, const std::vector<pw_trace_record> &records,
                       const char *format = nullptr, const pw_trace_origin *origin = nullptr) {
  pw_trace_writer *writer = nullptr;
  pw_diag diag{};
  int status = pw_trace_create(path.c_str(), format, origin, &writer, &diag);
  if (status) return status;
  status = pw_trace_write(writer, records.data(), records.size(), &diag);
  const int at_end = pw_trace_finish(writer, nullptr, &diag);
  return status ? status : at_end;
}

} // namespace pagewalk_test

// In the global namespace, where argument-dependent lookup finds it.
inline bool operator==(const pw_trace_record &a, const pw_trace_record &b) {
  return a.linear_address == b.linear_address && a.size_bytes == b.size_bytes && a.kind == b.kind;
}

namespace pagewalk_test {

// The text is a whole trace of one format, whether it is read at once or record by record.
inline void expect_trace(const std::string &text, const std::string &format,
                         const std::vector<pw_trace_record> &expected, const char *given = nullptr) {
  for (const size_t capacity : {size_t{1000}, size_t{1}}) {
    const Trace trace = read_trace_text(text, capacity, given);
    EXPECT_EQ(0, trace.open_status) << trace.diag.message;
    EXPECT_EQ(0, trace.read_status) << line_of_diag(trace.diag);
    EXPECT_EQ(format, trace.format);
    EXPECT_TRUE(expected == trace.records) << text.substr(0, 200) << " by " << capacity;
  }
}

// The text is opened and refused at a line, after so many records.
inline void expect_refused_at(const std::string &text, uint64_t line, const std::string &message, size_t records,
                              const char *given = nullptr) {
  for (const size_t capacity : {size_t{1000}, size_t{1}}) {
    const Trace trace = read_trace_text(text, capacity, given);
    EXPECT_EQ(0, trace.open_status) << trace.diag.message;
    EXPECT_EQ(-PW_ETRACE, trace.read_status) << text.substr(0, 200);
    EXPECT_EQ(records, trace.records.size()) << text.substr(0, 200);
    EXPECT_EQ(line, trace.diag.line) << text.substr(0, 200);
    EXPECT_NE(std::string::npos, std::string(trace.diag.message).find(message)) << trace.diag.message;
  }
}

// No format is recognised, and the diagnostic says so or says what the file is.
inline void expect_unrecognised(const std::string &text, const std::string &message = "not recognised") {
  const Trace trace = read_trace_text(text);
  EXPECT_EQ(-PW_ETRACE, trace.open_status) << text.substr(0, 200) << " is taken for " << trace.format;
  EXPECT_NE(std::string::npos, std::string(trace.diag.message).find(message)) << trace.diag.message;
}

} // namespace pagewalk_test
