// decompressed.h: the bytes that a reader sees behind libarchive, and the contract of the stream that hands them out.
#pragma once

extern "C" {
#include "byte_stream.h"
}

#include <algorithm>
#include <vector>

#include "fuzz.h"

namespace pagewalk_fuzz {

struct Decompressed {
  int status = 0; // of opening or reading
  bool whole = false;
  std::string bytes;
};

// Up to `limit` bytes of a file: a few bytes may stand for gigabytes, and a target leaves those inputs alone.
inline Decompressed decompress(const char *path, size_t limit) {
  constexpr size_t kBlock = 100000; // no multiple of the stream's own
  Decompressed result;
  pw_byte_stream *stream = nullptr;
  pw_diag diag{};
  result.status = pw_byte_stream_open(path, &stream, &diag);
  std::vector<char> block(kBlock);
  while (!result.status && result.bytes.size() < limit) {
    size_t length = 0;
    result.status =
        pw_byte_stream_read(stream, block.data(), std::min(kBlock, limit - result.bytes.size()), &length, &diag);
    REQUIRE(length <= kBlock);
    REQUIRE(!result.status || !length);
    result.bytes.append(block.data(), length);
    if (!length) break;
  }
  result.whole = !result.status && pw_byte_stream_ended(stream);
  if (result.status) {
    REQUIRE(result.status == -PW_EIO);
    require_diag(diag);
  }
  pw_byte_stream_close(stream);
  return result;
}

} // namespace pagewalk_fuzz
