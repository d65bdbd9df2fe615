// rtl_stub.h: the Verilated stub of tests/data/rtl behind the real shim, and the environment that it is built in.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "files.h"
#include "rtl_build.h"

namespace pagewalk_test {

// A variable of the environment, until the end of the scope.
class Environment {
 public:
  Environment(const char *name, const std::string &value) : name_(name) {
    if (const char *old = getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (old_)
      setenv(name_, old_->c_str(), 1);
    else
      unsetenv(name_);
  }
  Environment(const Environment &) = delete;
  Environment &operator=(const Environment &) = delete;

 private:
  const char *name_;
  std::optional<std::string> old_;
};

// A copy of the sources, with the stub for the Verilog.
class StubSources : public Scratch {
 public:
  StubSources() {
    std::filesystem::create_directories(path("rtl"));
    std::filesystem::create_directories(path("cosim/lockstep"));
    for (const char *name : {"cosim/lockstep/rtl.h", "cosim/lockstep/rtl_shim.cc"})
      std::filesystem::copy_file(source_path(name), path(name));
    std::filesystem::copy_file(source_path("tests/data/rtl/mmu.sv"), path("rtl/mmu.sv"));
  }
};

struct Progress {
  std::vector<std::string> lines;
  rtl_progress callback{[](void *self, const char *text) { static_cast<Progress *>(self)->lines.emplace_back(text); },
                        this};
};

class Library {
 public:
  explicit Library(const rtl_geometry &geometry, const rtl_progress *progress = nullptr) {
    pw_diag diag{};
    EXPECT_EQ(0, rtl_load(&geometry, progress, &library_, &diag)) << line_of_diag(diag);
  }
  ~Library() { rtl_unload(library_); }
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;
  explicit operator bool() const { return library_; }
  const rtl_api *operator->() const { return rtl_library_api(library_); }

 private:
  rtl_library *library_ = nullptr;
};

} // namespace pagewalk_test
