// vector_text.h: one good test vector as JSON that a test edits.
#pragma once

#include <pagewalk/vectors.h>

#include "files.h"

namespace pagewalk_test {

// A user read of a present 4 KB page, one walk of four entries, A set by the walk.
inline std::string good_vector() {
  return R"({"id":"T-1","lv":4,"mp":40,"gb":1,"wp":1,"smep":0,"smap":0,"pge":0,"pcide":0,"pke":0,"nxe":1,)"
         R"("cpl":3,"ac":0,"pkru":"0x0","cr3":"0x1000","va":"0x7123","k":"r",)"
         R"("mem":[["0x1000","0x2007"],["0x2000","0x3007"],["0x3000","0x4007"],["0x4038","0x5007"]],)"
         R"("out":{"pa":"0x5123","sz":4096},)"
         R"("after":[["0x1000","0x2027"],["0x2000","0x3027"],["0x3000","0x4027"],["0x4038","0x5027"]]})";
}

// The text with the only occurrence of `from` replaced.
inline std::string edited(std::string text, const std::string &from, const std::string &to) {
  const size_t at = text.find(from);
  EXPECT_NE(std::string::npos, at) << "not in the text: " << from;
  EXPECT_EQ(std::string::npos, text.find(from, at + 1)) << "more than once in the text: " << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

struct VectorRead {
  int status = 0;
  bool more = false;
  pw_diag diag{};
  pw_vector vector{};
};

inline VectorRead read_vector(const std::string &text) {
  const Scratch scratch;
  VectorRead read;
  pw_vector_reader *reader = nullptr;
  read.status = pw_vector_open(scratch.write("v.jsonl", text).c_str(), &reader, &read.diag);
  if (!read.status) read.status = pw_vector_read(reader, &read.vector, &read.more, &read.diag);
  pw_vector_close(reader);
  return read;
}

} // namespace pagewalk_test
