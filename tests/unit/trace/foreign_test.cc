// Formats that are not read: each is named, with the way to one that is.
#include "trace_file.h"

using namespace pagewalk_test;

namespace {

std::string bytes_of(std::initializer_list<unsigned char> bytes) { return {bytes.begin(), bytes.end()}; }

std::string le64(uint64_t value) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

// The message is whole, not cut off at the end of the diagnostic.
void expect_foreign(const std::string &text, const std::string &what, const std::string &end) {
  expect_unrecognised(text, what);
  const Trace trace = read_trace_text(text);
  const std::string message = trace.diag.message;
  ASSERT_GE(message.size(), end.size());
  EXPECT_EQ(end, message.substr(message.size() - end.size()));
  EXPECT_EQ(0u, trace.diag.line);
}

const std::string kPin = "Intel Pin's pinatrace";
const std::string kList = "$8, $5}' > LIST";

TEST(Foreign, PerfDataIsNamed) {
  expect_foreign("PERFILE2" + std::string(200, '\0'), "recording of perf", kPin);
  expect_foreign("2ELIFREP" + std::string(200, '\0'), "recording of perf", kPin);
  expect_foreign("PERFILE2", "recording of perf", kPin);
}

TEST(Foreign, OutputOfPerfScriptIsNamed) {
  for (const char *line :
       {"ls  1234 [000] 12345.678901:     250000 cycles:u:  ffffffff81000000 [unknown] ([kernel.kallsyms])\n",
        "            perf 11111/11112  4567.123456: cycles:  7f00 main (/bin/ls)\n",
        "Web Content 99 [003] 1.000000: page-faults: \n",
        "# ========\n# captured on: today\n#\nswapper     0 [001]     0.000001:   1 cpu/mem-loads/P: 7f00\n",
        "swapper     0 [001]     0.000001:   1 sched:sched_switch: prev\n"}) {
    expect_foreign(line, "output of perf script", kPin);
  }
}

TEST(Foreign, OtherTextIsNotOfPerf) {
  for (const char *line : {"hello 12 world\n", "ls 1234 [000] 12345.678901 cycles:\n", "1234 12345.678901: cycles:\n",
                           "ls 1234 [000] 12345: cycles:\n", "ls 1234 [000] 1.5: nothing\n", ":\n", "ls [0] 1.5: x:\n",
                           "ls 12 .5: x:\n", "ls 12 5.: x:\n", "ls 12 x 1.5: x:\n"}) {
    expect_unrecognised(line);
  }
}

TEST(Foreign, DrmemtraceIsNamed) {
  const std::string header = bytes_of({25, 0, 0, 0}) + le64(5);
  expect_foreign(header + bytes_of({22, 0, 4, 0}) + le64(0x33bcd), "DynamoRIO's drmemtrace", kList);
  expect_foreign(header + bytes_of({28, 0, 9, 0}) + le64(7), "DynamoRIO's drmemtrace", kList);
}

TEST(Foreign, RawDrmemtraceIsNamed) {
  const std::string behind = le64(UINT64_C(0x4000000000033bcd)) + le64(UINT64_C(0x6000000000033bcc));
  expect_foreign(le64(UINT64_C(0xc040000000000004)) + behind, "DynamoRIO's drmemtrace", kList);
  expect_foreign(le64(UINT64_C(0xc007000000000e40)) + behind, "DynamoRIO's drmemtrace", kList);
}

TEST(Foreign, CheckOfDrmemtraceIsTight) {
  const std::string header = bytes_of({25, 0, 0, 0}) + le64(5);
  expect_unrecognised(header);
  expect_unrecognised(header + bytes_of({10, 0, 4, 0}) + le64(1));
  expect_unrecognised(header + bytes_of({22, 1, 4, 0}) + le64(1));
  expect_unrecognised(bytes_of({25, 0, 1, 0}) + le64(5) + bytes_of({22, 0, 4, 0}) + le64(1));
  expect_unrecognised(bytes_of({25, 0, 0, 0}) + le64(0) + bytes_of({22, 0, 4, 0}) + le64(1));
  expect_unrecognised(bytes_of({25, 0, 0, 0}) + le64(256) + bytes_of({22, 0, 4, 0}) + le64(1));
  expect_unrecognised(le64(UINT64_C(0xc040000000000004)) + le64(1) + le64(2));
  expect_unrecognised(le64(UINT64_C(0xc140000000000004)) + le64(UINT64_C(0x4000000000000001)) +
                      le64(UINT64_C(0x6000000000000001)));
}

TEST(Foreign, OthersAreNamedByTheirFirstBytes) {
  expect_foreign("gem5\x12\x08system", "trace of gem5", "have physical ones");
  expect_foreign(std::string("PK\3\4\x14\0", 6), "zip archive", kList);
  expect_foreign(std::string("\177ELF\2\1\1\0\0", 9), "is a program (ELF)", "--log-file=TRACE PROGRAM");
  for (const char *text : {"gem", "PK\3", "\177EL", "PERFILE", "Gem5"}) expect_unrecognised(text);
}

TEST(Foreign, ProgramOfThisHostIsNamed) {
  const Trace trace = read_trace("/proc/self/exe");
  EXPECT_EQ(-PW_ETRACE, trace.open_status);
  EXPECT_NE(std::string::npos, std::string(trace.diag.message).find("(ELF)")) << trace.diag.message;
}

TEST(Foreign, GivenFormatIsNotDoubted) { EXPECT_EQ(0, read_trace_text("PERFILE2", 10, "lackey").open_status); }

// A magic number goes before a guess: the header of drmemtrace may look like an instruction of ChampSim, or like lzma.
TEST(Foreign, EveryVersionOfDrmemtraceIsNamedWhateverItsLength) {
  for (unsigned char version = 1; version <= 12; version++) {
    std::string bytes = bytes_of({25, 0, 0, 0, version, 0, 0, 0, 0, 0, 0, 0, 28, 0, 2, 0, 5, 0, 0, 0, 0, 0, 0, 0});
    for (unsigned i = 0; i < 1000; i++) bytes += bytes_of({10, 0, 4, 0, 0, 16, 64, 0, 0, 0, 0, 0});
    for (const size_t length : {bytes.size(), bytes.size() / 72 * 72, bytes.size() / 64 * 64}) {
      expect_foreign(bytes.substr(0, length), "drmemtrace", kList);
    }
  }
}

TEST(Foreign, ArchivesOfSeveralFilesAreNamed) {
  std::string tar(1024, '\0');
  tar.replace(257, 5, "ustar");
  expect_foreign(tar, "is an archive", "unpack it first");
  expect_foreign("7z\xbc\xaf\x27\x1c" + std::string(60, '\1'), "is an archive", "unpack it first");
}

} // namespace
