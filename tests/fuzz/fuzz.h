// fuzz.h: what the fuzz targets share: assertions, and inputs as files.
#pragma once

#include <pagewalk/status.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace pagewalk_fuzz {

[[noreturn]] inline void fail(const char *file, int line, const char *what) {
  fprintf(stderr, "%s:%d: broken: %s\n", file, line, what);
  abort();
}

// A contract. Broken, it ends the program, which the fuzzer and the replay both see.
#define REQUIRE(condition) ((condition) ? static_cast<void>(0) : pagewalk_fuzz::fail(__FILE__, __LINE__, #condition))

// A diagnostic says where and why, and is terminated.
inline void require_diag(const pw_diag &diag) {
  REQUIRE(diag.file[0] != '\0' && diag.message[0] != '\0');
  char line[2048];
  const int length = pw_diag_format(&diag, line, sizeof line);
  REQUIRE(length > 0 && static_cast<size_t>(length) < sizeof line);
}

// A file that is never on a disk. It starts empty and can be written anew.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("input", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) {
    REQUIRE(fd_ >= 0);
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile &) = delete;
  MemoryFile &operator=(const MemoryFile &) = delete;

  const char *path() const { return path_.c_str(); }
  void write(const uint8_t *data, size_t size) {
    REQUIRE(ftruncate(fd_, 0) == 0);
    for (size_t done = 0; done < size;) {
      const ssize_t wrote = pwrite(fd_, data + done, size - done, static_cast<off_t>(done));
      REQUIRE(wrote > 0);
      done += static_cast<size_t>(wrote);
    }
  }

 private:
  int fd_;
  std::string path_;
};

} // namespace pagewalk_fuzz
