// The program from outside: commands, exit codes, diagnostics, reports.
#include <gtest/gtest.h>
#include <jansson.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "command_test.h"

namespace {

using pagewalk_test::read_file;
using pagewalk_test::Result;

const std::string kSource = PAGEWALK_SOURCE_DIR;
const std::string kConfig = kSource + "/configs/reference-tlb.yaml";
const std::string kTrace = kSource + "/tests/data/traces/true.lackey.zst";
const std::string kVectors = kSource + "/tests/data/vectors/paging-vectors-sample.jsonl.zst";

class Cli : public pagewalk_test::CommandTest {
 protected:
  Result run(const std::string &arguments, const std::string &before = "") {
    return run_line(before + PAGEWALK_PROGRAM + " " + arguments);
  }
  // Exit code of a line of shell.
  int shell(const std::string &line) { return run_line("{ " + line + "\n}").exit_code; }
  std::string write(const std::string &name, const std::string &text) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
    return folder_ + "/" + name;
  }
  void expect_refused(const std::string &arguments, const std::string &message) {
    const Result result = run(arguments);
    EXPECT_EQ(2, result.exit_code) << arguments;
    EXPECT_EQ("", result.out) << "nothing may pass for a result";
    EXPECT_NE(std::string::npos, result.err.find(message)) << arguments << "\n" << result.err;
  }
};

struct JsonFree {
  void operator()(json_t *json) const { json_decref(json); }
};
using Json = std::unique_ptr<json_t, JsonFree>;

Json parse(const std::string &text) { return Json(json_loads(text.c_str(), 0, nullptr)); }

json_int_t at(const Json &json, const char *object, const char *unit, const char *key) {
  return json_integer_value(json_object_get(json_object_get(json_object_get(json.get(), object), unit), key));
}

// ---- help and usage
// --------------------------------------------------------------------------------------------------

TEST_F(Cli, VersionAndHelpGoToStandardOutput) {
  EXPECT_EQ(std::string("pagewalk ") + PAGEWALK_VERSION + "\n", run("--version").out);
  const Result help = run("--help");
  EXPECT_EQ(0, help.exit_code);
  for (const char *command : {"run", "walk", "check", "convert", "eat", "config"}) {
    EXPECT_NE(std::string::npos, help.out.find(command));
    const Result of_command = run(std::string(command) + " --help");
    EXPECT_EQ(0, of_command.exit_code);
    EXPECT_NE(std::string::npos, of_command.out.find("Example:")) << command;
  }
}

TEST_F(Cli, WrongUsageExitsWithTwo) {
  expect_refused("", "Usage");
  expect_refused("fly", "no command 'fly'");
  expect_refused("run " + kTrace, "a configuration is needed");
  expect_refused("run -c " + kConfig, "a trace is needed");
  expect_refused("run -c " + kConfig + " --limit 0 " + kTrace, "--limit must be at least 1");
  expect_refused("run -c " + kConfig + " --limit ten " + kTrace, "--limit must be a whole number");
  expect_refused("run -c " + kConfig + " --frobnicate " + kTrace, "unrecognized option");
  expect_refused("run -c " + kConfig + " --json - --csv - " + kTrace, "cannot go to the same place");
  expect_refused("check", "vectors is needed");
  expect_refused("config frob " + kConfig, "check, show or rtl-params");
  expect_refused("walk -c " + kConfig + " 0x1000", "--memory IMAGE, --cr3 X");
}

// ---- run
// -------------------------------------------------------------------------------------------------------------

TEST_F(Cli, RunGivesTheMissCountsOfTheIndependentSimulator) {
  json_error_t error;
  Json expected(json_load_file((kSource + "/tests/data/expected-tlb-misses.json").c_str(), 0, &error));
  ASSERT_NE(nullptr, expected);
  const char *name;
  json_t *want;
  unsigned compared = 0;
  json_object_foreach(json_object_get(expected.get(), "traces"), name, want) {
    const Result result =
        run("run -c " + kConfig + " --json - " + kSource + "/tests/data/traces/" + name + ".lackey.zst");
    ASSERT_EQ(0, result.exit_code) << result.err;
    const Json got = parse(result.out);
    auto number = [&](const char *key) { return json_integer_value(json_object_get(want, key)); };
    EXPECT_EQ(number("records"), json_integer_value(json_object_get(got.get(), "accesses")));
    EXPECT_EQ(number("itlb_lookups"), at(got, "tlb", "l1i", "lookups"));
    EXPECT_EQ(number("dtlb_lookups"), at(got, "tlb", "l1d", "lookups"));
    EXPECT_EQ(number("itlb_misses"), at(got, "tlb", "l1i", "misses")) << name;
    EXPECT_EQ(number("dtlb_misses"), at(got, "tlb", "l1d", "misses")) << name;
    EXPECT_EQ(number("stlb_misses_instruction") + number("stlb_misses_data"), at(got, "tlb", "l2", "misses")) << name;
    compared++;
  }
  EXPECT_EQ(3u, compared);
}

TEST_F(Cli, CycleCausesAreWholeNumbersThatSumToTheTotal) {
  const Json json = parse(run("run -c " + kConfig + " --json - " + kTrace).out);
  const char *key;
  json_t *value;
  json_int_t sum = 0, total = 0;
  json_object_foreach(json_object_get(json.get(), "cycles"), key, value) {
    ASSERT_TRUE(json_is_integer(value)) << key;
    (std::string(key) == "total" ? total : sum) += json_integer_value(value);
  }
  EXPECT_EQ(total, sum);
  EXPECT_GT(total, 0);
  const double eat = json_real_value(json_object_get(json.get(), "eat_cycles"));
  EXPECT_NEAR(static_cast<double>(total) / 168727, eat, 1e-6);
}

TEST_F(Cli, SameRunSameBytesFromFileAndStandardInput) {
  const std::string arguments = "run -c " + kSource + "/configs/zen2.yaml --set os.frames=random --csv - ";
  const Result first = run(arguments + kTrace);
  ASSERT_EQ(0, first.exit_code) << first.err;
  EXPECT_EQ(first.out, run(arguments + kTrace).out);
  std::string piped = run(arguments + "-", "cat " + kTrace + " | ").out;
  const size_t place = piped.find("traces.0,-");
  ASSERT_NE(std::string::npos, place) << "standard input is named as the user gave it";
  piped.replace(place, 10, "traces.0," + kTrace);
  EXPECT_EQ(first.out, piped);
}

TEST_F(Cli, JsonAndCsvBesideTheTextHoldTheSameNumbers) {
  const Result result =
      run("run -c " + kConfig + " --json " + folder_ + "/r.json --csv " + folder_ + "/r.csv " + kTrace);
  EXPECT_EQ(0, result.exit_code);
  EXPECT_NE(std::string::npos, result.out.find("effective access time"));
  EXPECT_EQ("", result.err) << "no progress when redirected";
  const Json json = parse(read_file(folder_ + "/r.json"));
  const std::string csv = read_file(folder_ + "/r.csv");
  const auto walks = json_integer_value(json_object_get(json.get(), "walks"));
  EXPECT_NE(std::string::npos, csv.find("\nwalks," + std::to_string(walks) + "\n"));
  EXPECT_NE(std::string::npos, csv.find("\ntlb.l1d.misses," + std::to_string(at(json, "tlb", "l1d", "misses")) + "\n"));
}

TEST_F(Cli, LimitStopsAfterSoManyRecordsAndSeveralTracesRunInARow) {
  Json json = parse(run("run -c " + kConfig + " --limit 1000 --json - " + kTrace).out);
  EXPECT_EQ(1000, json_integer_value(json_object_get(json.get(), "accesses")));
  json = parse(run("run -c " + kConfig + " --json - " + kTrace + " " + kTrace).out);
  EXPECT_EQ(2 * 168727, json_integer_value(json_object_get(json.get(), "accesses")));
}

TEST_F(Cli, AccessesThatCannotBeTranslatedAreLeftOutOfTheAveragesAndSaid) {
  const std::string trace = write("t", " L 1000,8\n L 800000000000,8\n L 1000,8\n");
  const Result result = run("run -c " + kConfig + " --json - " + trace);
  EXPECT_EQ(0, result.exit_code);
  EXPECT_NE(std::string::npos,
            result.err.find("1 of 3 accesses have addresses that this paging mode cannot translate"));
  const Json json = parse(result.out);
  EXPECT_EQ(1, json_integer_value(json_object_get(json.get(), "accesses_failed")));
  EXPECT_DOUBLE_EQ((213 + 4) / 2.0, json_real_value(json_object_get(json.get(), "eat_without_translation_cycles")));
}

TEST_F(Cli, MaximumIsExactBeyondTheExactBuckets) {
  const std::string trace = write("t", " L 1000,8\n");
  const Json json = parse(run("run -c " + kSource +
                              "/configs/small.yaml --set memory.dram=1000000ps"
                              " --set walker.start_cycles=5001 --json - " +
                              trace)
                              .out);
  json_int_t parts = 0;
  for (const char *key : {"tlb", "paging_structure_caches", "walk_reads", "accessed_dirty_updates"}) {
    parts += json_integer_value(json_object_get(json_object_get(json.get(), "cycles"), key));
  }
  EXPECT_GT(parts, 4096);
  EXPECT_EQ(parts, json_integer_value(json_object_get(json_object_get(json.get(), "translation_cycles"), "max")));
}

TEST_F(Cli, OutputThatCannotBeWrittenIsSaidBeforeTheRun) {
  expect_refused("run -c " + kConfig + " --json " + folder_ + "/none/r.json " + kTrace, "r.json: cannot be written");
}

TEST_F(Cli, FourMegabytePagesRunIn32BitPaging) {
  const Result result = run("run -c " + kConfig +
                            " --set paging.mode=32-bit --set control.pcide=false --set control.nxe=false"
                            " --set paging_structure_caches.pml4e=none --set paging_structure_caches.pdpte=none"
                            " --set os.pages=4M --set 'tlb.l1d.arrays.0.pages=[4K, 4M]' --json - " +
                            write("t", " L 1000,8\n L 300000,8\n"));
  ASSERT_EQ(0, result.exit_code) << result.err;
  const Json json = parse(result.out);
  EXPECT_EQ(1, json_integer_value(json_object_get(json.get(), "page_faults")));
  EXPECT_EQ(1, at(json, "tlb", "l1d", "misses"));
  const char *set = json_string_value(json_array_get(json_object_get(json.get(), "set"), 0));
  EXPECT_STREQ("paging.mode=32-bit", set) << "the report says what was changed";
}

TEST_F(Cli, WarmupRunsButDoesNotCount) {
  const std::string base = "run -c " + kConfig + " --json - ";
  const Json all = parse(run(base + kTrace).out);
  const Json first = parse(run(base + "--limit 100001 " + kTrace).out);
  const Json rest = parse(run(base + "--warmup 100001 " + kTrace).out);
  for (const char *unit : {"l1i", "l1d", "l2"}) {
    EXPECT_EQ(at(all, "tlb", unit, "misses"), at(first, "tlb", unit, "misses") + at(rest, "tlb", unit, "misses"))
        << unit;
  }
  EXPECT_EQ(168727 - 100001, json_integer_value(json_object_get(rest.get(), "accesses")));
  EXPECT_EQ(2, run(base + "--warmup 168727 " + kTrace).exit_code) << "nothing left to report";
}

TEST_F(Cli, TlbOnlyLeavesDataOutAndKeepsTheMisses) {
  const Json json = parse(run("run -c " + kConfig + " --tlb-only --json - " + kTrace).out);
  EXPECT_EQ(62, at(json, "tlb", "l1i", "misses"));
  EXPECT_EQ(0, json_integer_value(json_object_get(json_object_get(json.get(), "cycles"), "data")));
  EXPECT_TRUE(json_is_null(json_object_get(json.get(), "slowdown")));
}

TEST_F(Cli, SetChangesAKeyAndIsCheckedLikeTheFile) {
  const Json json = parse(run("run -c " + kConfig + " --set tlb.l1d.arrays.0.sets=1 --json - " + kTrace).out);
  EXPECT_GT(at(json, "tlb", "l1d", "misses"), 101);
  expect_refused("run -c " + kConfig + " --set tlb.l1d.arrays.0.ways=65 " + kTrace,
                 "--set: tlb.l1d.arrays.0.ways: must be a whole number in 1..64, not '65'");
  expect_refused("run -c " + kConfig + " --set tlb.l9.level=1 " + kTrace, "there is no 'l9' to set");
}

TEST_F(Cli, HugePagesNeedFewerEntryReadsAndMisses) {
  const std::string trace = kSource + "/tests/data/traces/gups64m.lackey.zst";
  const std::string base = "run -c " + kSource + "/configs/skylake.yaml --limit 1000000 --json - ";
  const Json small = parse(run(base + trace).out);
  const Json large = parse(run(base + "--set os.pages=2M " + trace).out);
  EXPECT_LT(at(large, "tlb", "l1d", "misses"), at(small, "tlb", "l1d", "misses"));
  EXPECT_LT(json_integer_value(json_object_get(large.get(), "entry_reads")),
            json_integer_value(json_object_get(small.get(), "entry_reads")) / 10);
}

// ---- convert
// ---------------------------------------------------------------------------------------------------------

TEST_F(Cli, ConvertedTraceRunsToTheSameReport) {
  for (const char *name : {"true", "sqlite_join", "gups64m"}) {
    const std::string trace = kSource + "/tests/data/traces/" + name + ".lackey.zst";
    const std::string base = "run -c " + kConfig + " --json - ";
    std::string original = run(base + trace).out;
    const size_t place = original.find(trace);
    ASSERT_NE(std::string::npos, place);
    for (const char *format : {"pwt", "lackey"}) {
      if (trace != kTrace && std::string(format) == "lackey") continue; // large, and the same as what is read
      const std::string converted = folder_ + "/" + name + "." + format;
      const Result conversion = run("convert " + trace + " --to " + format + " -o " + converted);
      EXPECT_EQ(0, conversion.exit_code) << conversion.err;
      EXPECT_EQ("", conversion.err) << "no progress when redirected";
      std::string expected = original;
      expected.replace(place, trace.size(), converted);
      EXPECT_EQ(expected, run(base + converted).out) << name << " " << format;
    }
  }
}

TEST_F(Cli, ConvertSaysHowMuchItWroteAndIsRepeatable) {
  const std::string a = folder_ + "/a.pwt", b = folder_ + "/b.pwt";
  const Result result = run("convert " + kTrace + " -o " + a);
  const std::string bytes = std::to_string(std::filesystem::file_size(a));
  EXPECT_EQ(0u, result.out.find("168727 records, " + bytes + " bytes, 0.2")) << result.out;
  EXPECT_EQ(0, run("convert -o " + b + " " + kTrace).exit_code);
  EXPECT_EQ(read_file(a), read_file(b));
  EXPECT_EQ(read_file(a), run("convert " + kTrace + " -o -").out) << "and no line after it";
  EXPECT_EQ(0, run("convert " + a + " -o " + a).exit_code) << "onto itself";
  EXPECT_NE(std::string::npos, read_file(a).find(R"({"format":"pwt","origin":")" + a));
  EXPECT_EQ(168727, json_integer_value(
                        json_object_get(parse(run("run -c " + kConfig + " --json - " + a).out).get(), "accesses")));
}

TEST_F(Cli, ConvertAppendsTracesUpToTheLimit) {
  const std::string a = write("a", "I  1000,4\n L 2000,8\n"), b = write("b", " S 3000,8\n M 3ffc,8\n");
  EXPECT_EQ("I 0x1000 4\nR 0x2000 8\nW 0x3000 8\nM 0x3ffc 8\n", run("convert -t list -o - " + a + " " + b).out);
  EXPECT_EQ("2 1000\n0 2000\n1 3000\n", run("convert -t din --limit 3 -o - " + a + " " + b).out);
  EXPECT_EQ("2 1000\n", run("convert -t din --limit 1 -o - - " + folder_ + "/none", "cat " + a + " | ").out)
      << "a trace behind the limit is not opened";
}

TEST_F(Cli, ConvertThatFailsLeavesNoFileAndChangesNone) {
  const std::string bad = write("bad", "I  1000,4\n L zzz,8\n");
  const std::string out = " -o " + write("target", "precious");
  expect_refused("convert " + bad + out, "bad:2: the address must have");
  expect_refused("convert " + kTrace + " " + bad + out, "bad:2: the address must have");
  expect_refused("convert " + kTrace + " " + folder_ + "/none" + out, "none: cannot be opened");
  expect_refused("convert " + kTrace + " -t gdb" + out, "cannot write trace format 'gdb'; legal: pwt, lackey");
  expect_refused("convert " + kTrace + " -o " + folder_ + "/none/out", "cannot be written");
  expect_refused("convert " + kTrace, "a file to write is needed");
  expect_refused("convert -o " + folder_ + "/new", "a trace is needed");
  expect_refused("convert --limit 0 " + kTrace + out, "--limit must be at least 1");
  EXPECT_EQ("precious", read_file(folder_ + "/target"));
  for (const auto &entry : std::filesystem::directory_iterator(folder_)) {
    EXPECT_EQ(std::string::npos, entry.path().string().find(".part")) << entry.path();
  }
  if (std::filesystem::exists("/dev/full")) {
    expect_refused("convert " + kTrace + " -o /dev/full", "/dev/full: cannot be written");
    EXPECT_EQ(2, run("convert " + kTrace + " -t lackey -o /dev/full").exit_code);
  }
}

TEST_F(Cli, DamagedPwtEndsTheRunAfterItsOffset) {
  const std::string whole = run("convert " + kTrace + " -o -").out;
  std::string bytes = whole;
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  const std::string base = "run -c " + kConfig + " ";
  expect_refused(base + write("bad.pwt", bytes), "checksum mismatch: the file is damaged");
  expect_refused(base + write("cut.pwt", whole.substr(0, whole.size() - 32)), "missing: the file is truncated");
  expect_refused(base + write("cut.pwt", whole.substr(0, whole.size() - 33)),
                 "the file ends within it: it is truncated");
}

// ---- bad input
// -------------------------------------------------------------------------------------------------------

TEST_F(Cli, BadTracesEndWithOneErrorAndNoResult) {
  const std::string base = "run -c " + kConfig + " ";
  expect_refused(base + folder_ + "/none", "none: cannot be opened: No such file or directory");
  expect_refused(base + folder_, "is a directory");
  expect_refused(base + write("empty", ""), "is empty");
  expect_refused(base + write("noise", std::string("\x00\xff\x13\x37", 4)), "not recognised");
  expect_refused(base + write("bad", "I  1000,4\n L zzz,8\n"), "bad:2: the address must have");
  expect_refused(base + write("kinds", "I  1000,4\n X 1000,8\n"), "kinds:2: the kind must be");
  expect_refused(base + "-f gdb " + kTrace, "unknown trace format 'gdb'");
  expect_refused(base + "-f din " + kTrace, ":1: the label must be");
  const std::string whole = read_file(kTrace);
  expect_refused(base + write("cut.zst", whole.substr(0, whole.size() / 2)), "truncated or corrupt");
  expect_refused(base + write("comments", "==1== Lackey\n--1-- nothing\n"), "not recognised");
}

// Whatever is wrong with a trace: exit code 2, one line that names the file, and nothing that passes for a result.
TEST_F(Cli, DamagedTracesEndWithOneErrorAndNoResult) {
  const std::string whole = read_file(kTrace);
  std::string corrupt = whole;
  for (size_t at = corrupt.size() / 2; at < corrupt.size() / 2 + 40; at++) corrupt[at] ^= 0x55;
  std::string noise(100000, 0);
  uint64_t state = 1;
  for (char &byte : noise) {
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    byte = static_cast<char>(state >> 56);
  }
  std::string instruction(64, 0);
  instruction[1] = 0x10; // at 0x1000
  const struct {
    const char *name;
    std::string bytes;
    const char *message;
  } traces[] = {
      {"truncated.zst", whole.substr(0, whole.size() - 1000), "truncated or corrupt"},
      {"corrupt.zst", corrupt, "truncated or corrupt"},
      {"noise", noise, "not recognised"},
      {"70-bytes", instruction + std::string(6, 0), "the file ends inside a record: 6 of 64 bytes at offset 64"},
      {"endless-line", "I  00001000,4\n L " + std::string(3000000, '1'),
       "endless-line:2: the line is longer than 4096"},
      {"late", "I  00001000,4\nI  00001004,4\nI  0000100g,4\n", "late:3: a comma must follow"},
      {"p.data", "PERFILE2" + std::string(100, 0), "samples of a run"},
      {"perf-script", "prog 1234 100.000001: 1 cpu/mem-loads/: 7f00 main\n", "perf script"},
      {"program",
       "\x7f"
       "ELF" +
           std::string(60, 1),
       "is a program"},
      {"archive.zip", "PK\3\4" + std::string(60, 1), "unpack it first"},
      {"damaged.pwt", "\x89PWT\r\n" + std::string(60, 1), "signature is damaged"},
  };
  for (const auto &trace : traces) {
    SCOPED_TRACE(trace.name);
    const std::string path = write(trace.name, trace.bytes);
    for (const char *threads : {"1", "2"}) {
      const Result result =
          run("run -c " + kConfig + " --threads " + threads + " --json " + folder_ + "/report " + path);
      EXPECT_EQ(2, result.exit_code);
      EXPECT_EQ("", result.out);
      EXPECT_EQ(1, std::count(result.err.begin(), result.err.end(), '\n')) << result.err;
      EXPECT_EQ(0u, result.err.find(path)) << result.err;
      EXPECT_NE(std::string::npos, result.err.find(trace.message)) << result.err;
      EXPECT_FALSE(std::filesystem::exists(folder_ + "/report"));
    }
    EXPECT_EQ(2, run("run -c " + kConfig + " " + kTrace + " " + path).exit_code) << "behind a good one";
    EXPECT_EQ(2, run("convert " + kTrace + " " + path + " -o " + folder_ + "/out.pwt").exit_code);
    EXPECT_FALSE(std::filesystem::exists(folder_ + "/out.pwt"));
  }
}

TEST_F(Cli, EndlessLineOfAPipeIsRefused) {
  const Result result = run("run -c " + kConfig + " -", "yes 1 | tr -d '\\n' | head -c 50000000 | ");
  EXPECT_EQ(2, result.exit_code);
  EXPECT_NE(std::string::npos, result.err.find("standard input:1:")) << result.err;
}

TEST_F(Cli, InterruptedConversionLeavesNothing) {
  const std::string out = folder_ + "/out.pwt";
  // The writer has begun when the .part is there; the rest of the trace comes after the signal.
  const std::string script =
      "( printf 'I  00001000,4\\n'; head -c 3000000 /dev/zero | tr '\\0' '\\n'; "
      "sleep 1; head -c 9000000 /dev/zero | tr '\\0' '\\n'; printf 'I  00001000,4\\n' ) | " +
      std::string(PAGEWALK_PROGRAM) + " convert - -o " + out + " & pid=$!; " + "while [ ! -e " + out +
      ".part ]; do sleep 0.05; done; kill -TERM $pid; wait $pid; echo $?";
  const Result result = run("--version >/dev/null; " + script);
  EXPECT_NE(std::string::npos, result.out.find("143")) << result.out << result.err;
  EXPECT_FALSE(std::filesystem::exists(out));
  EXPECT_FALSE(std::filesystem::exists(out + ".part"));
}

// A pipe that never ends is left alone once nothing more is wanted of it.
TEST_F(Cli, EndlessPipesDoNotKeepTheProgramWaiting) {
  ASSERT_EQ(0, mkfifo((folder_ + "/pipe").c_str(), 0600));
  const std::string feed = "yes 'R 0x1000 8' >" + folder_ + "/pipe & pid=$!; ";
  const std::string end = "; code=$?; kill $pid 2>/dev/null; exit $code";
  const std::string pagewalk = "timeout 20 " + std::string(PAGEWALK_PROGRAM) + " ";
  for (const char *threads : {" --threads 1 ", " --threads 2 "}) {
    EXPECT_EQ(0, shell(feed + pagewalk + "run -c " + kConfig + threads + "--limit 10 " + folder_ + "/pipe" + end));
    EXPECT_EQ(2, shell(feed + pagewalk + "convert" + threads + folder_ + "/pipe -o /dev/full" + end));
    EXPECT_EQ(2, shell(feed + pagewalk + "run -c " + kConfig + " -f din" + threads + folder_ + "/pipe" + end));
  }
}

// A full disk ends the program although the pipe that it reads from is silent, and still open.
TEST_F(Cli, SilentPipeDoesNotKeepAnErrorWaiting) {
  ASSERT_EQ(0, mkfifo((folder_ + "/pipe").c_str(), 0600));
  const std::string feed = "( yes 'R 0x1000 8' | head -c 9000000; exec sleep 60 ) >" + folder_ +
                           "/pipe & pid=$!; timeout 20 " + PAGEWALK_PROGRAM;
  for (const char *threads : {"1", "2"}) {
    EXPECT_EQ(2, shell(feed + " convert --to list --threads " + threads + " - -o /dev/full <" + folder_ +
                       "/pipe; code=$?; kill $pid; exit $code"));
  }
}

TEST_F(Cli, WhatIsTakenForDecimalIsSaid) {
  const std::string note = "addresses without 0x are taken for decimal";
  const std::string run_it = "run -c " + kConfig + " ";
  EXPECT_NE(std::string::npos, run(run_it + write("t", "R 70000000\n")).err.find(note));
  EXPECT_EQ("", run(run_it + "-f list-decimal " + folder_ + "/t").err);
  EXPECT_EQ("", run(run_it + write("t", "R 0x70000000\n")).err);
  EXPECT_EQ("", run(run_it + write("t", "R 7000000f\n")).err);
}

TEST_F(Cli, ReportOverwritesNeitherATraceNorAnotherReport) {
  const std::string trace = write("t", "I  00001000,4\n");
  std::filesystem::create_symlink(trace, folder_ + "/link");
  write("o.json", "");
  expect_refused("run -c " + kConfig + " --json " + trace + " " + trace, "must not overwrite");
  expect_refused("run -c " + kConfig + " --csv " + folder_ + "/link " + trace, "must not overwrite");
  expect_refused("run -c " + kConfig + " --json " + folder_ + "/o.json --csv " + folder_ + "/./o.json " + trace,
                 "must not overwrite");
  EXPECT_EQ("I  00001000,4\n", read_file(trace));
  expect_refused("convert " + trace + " -o ''", "must not be empty");
}

TEST_F(Cli, BadTraceIsFoundBeforeTheOneInFrontOfItIsRun) {
  const std::string good = write("good", "I  00001000,4\nI  0000100z,4\n"); // its own error would come first
  expect_refused("run -c " + kConfig + " " + good + " " + folder_ + "/none", "none: cannot be opened");
  expect_refused("run -c " + kConfig + " " + good + " " + write("noise", "\1\2\3"), "not recognised");
}

TEST_F(Cli, ConvertKeepsTheModeOfTheFileAndTheLink) {
  const std::string trace = write("t", "I  00001000,4\n");
  const std::string secret = write("secret.pwt", "");
  std::filesystem::permissions(secret, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(0, run("convert " + trace + " -o " + secret).exit_code);
  EXPECT_EQ(std::filesystem::perms(0600), std::filesystem::status(secret).permissions());
  std::filesystem::create_symlink(folder_ + "/later.pwt", folder_ + "/dangling");
  EXPECT_EQ(0, run("convert " + trace + " -o " + folder_ + "/dangling").exit_code);
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ + "/dangling"));
  EXPECT_TRUE(std::filesystem::is_regular_file(folder_ + "/later.pwt"));
}

TEST_F(Cli, ThreadsDoNotChangeTheReport) {
  for (const char *options : {"", "--tlb-only", "--limit 100000 --warmup 8192", "--warmup 20001", "--limit 8193"}) {
    const std::string line = std::string("run -c ") + kConfig + " " + options + " --json - " + kTrace + " " + kTrace;
    const Result one = run(line + " --threads 1");
    const Result two = run(line + " --threads 2");
    EXPECT_EQ(0, one.exit_code) << one.err;
    EXPECT_EQ(0, two.exit_code) << two.err;
    EXPECT_EQ(one.out, two.out) << options;
  }
  expect_refused("run -c " + kConfig + " --threads 3 " + kTrace, "--threads must be 1 or 2");
}

TEST_F(Cli, MemoryThatIsTooSmallEndsTheRunInWords) {
  expect_refused("run -c " + kConfig + " --set os.memory_bytes=4M " + kSource + "/tests/data/traces/gups64m.lackey.zst",
                 "simulated physical memory has no free frame");
}

TEST_F(Cli, ReportThatCannotBeWrittenIsAnError) {
  EXPECT_EQ(2, run("run -c " + kConfig + " --json " + folder_ + "/none/r.json " + kTrace).exit_code);
  if (std::filesystem::exists("/dev/full")) {
    EXPECT_EQ(2, run("run -c " + kConfig + " --json /dev/full " + kTrace).exit_code);
  }
}

TEST_F(Cli, BadConfigurationsNameFileLineKeyAndRule) {
  std::string text = read_file(kConfig);
  const size_t place = text.find("  clock_ps: 303");
  ASSERT_NE(std::string::npos, place);
  std::string table =
      text.substr(text.find("  table:"), text.find('\n', text.find("  table:")) - text.find("  table:"));
  std::filesystem::create_directory(folder_ + "/timing");
  std::filesystem::copy(kSource + "/configs/timing/table-of-time.yaml", folder_ + "/timing/table-of-time.yaml");
  const auto line = std::to_string(std::count(text.begin(), text.begin() + static_cast<long>(place), '\n') + 1);
  std::string bad = text;
  bad.replace(place, 15, "  clock_ps: 0");
  expect_refused("config check " + write("bad.yaml", bad),
                 "bad.yaml:" + line + ": timing.clock_ps: must be a whole number");
  bad = text;
  bad.replace(place, 15, "  clock_ps: 303\n  turbo: 1");
  expect_refused("config check " + write("bad.yaml", bad), "timing.turbo: unknown key; legal here: table, clock_ps");
  bad = text;
  bad.replace(place, 15, "");
  expect_refused("config check " + write("bad.yaml", bad), "timing.clock_ps: missing key");
}

// ---- config, eat, walk, check
// ------------------------------------------------------------------------------------------

TEST_F(Cli, EveryShippedConfigurationIsGoodAndShowsAsOneThatIsEqual) {
  unsigned checked = 0;
  for (const auto &entry : std::filesystem::directory_iterator(kSource + "/configs")) {
    if (entry.path().extension() != ".yaml") continue;
    const Result check = run("config check " + entry.path().string());
    EXPECT_EQ(0, check.exit_code) << check.err;
    EXPECT_EQ(0u, check.out.find(entry.path().stem().string() + ": ")) << "a configuration has the name of its file";
    const Result show = run("config show " + entry.path().string());
    const Result again = run("config show " + write("shown.yaml", show.out));
    EXPECT_EQ(show.out, again.out);
    checked++;
  }
  EXPECT_GE(checked, 7u);
}

TEST_F(Cli, RtlParametersInEveryStyleNameTheSameValues) {
  const std::string base = "config rtl-params " + kSource + "/configs/small.yaml";
  const std::string text = run(base).out;
  EXPECT_EQ(0u, text.find("LA57=0\nPKU=1\nPA_BITS=40\n"));
  EXPECT_EQ(89, std::count(text.begin(), text.end(), '\n'));
  EXPECT_EQ(text, run(base + " --style text").out);
  std::string verilator;
  std::string iverilog;
  std::string yosys = "chparam";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    verilator += "-G" + line + "\n";
    iverilog += "-Pmmu." + line + "\n";
    yosys += " -set " + line.replace(line.find('='), 1, " ");
  }
  EXPECT_EQ(verilator, run(base + " --style=verilator").out);
  EXPECT_EQ(iverilog, run(base + " --style=iverilog").out);
  EXPECT_EQ(yosys + " mmu\n", run(base + " --style=yosys").out);
}

TEST_F(Cli, RtlParametersOfAMachineThatTheRtlCannotBeAreRefusedAtTheirLine) {
  const std::string config = kSource + "/configs/small.yaml";
  expect_refused("config rtl-params " + config + " --set tlb.l2.inclusion=inclusive",
                 "--set: tlb.l2.inclusion: the RTL's TLBs are non-inclusive, not inclusive");
  const std::string text = read_file(config);
  const auto end = text.begin() + static_cast<long>(text.find("start_cycles"));
  const std::string line = std::to_string(std::count(text.begin(), end, '\n') + 1);
  expect_refused("config rtl-params " + config + " --set paging_structure_caches.lookup_cycles=0",
                 "small.yaml:" + line + ": walker.start_cycles: the RTL needs at least 1");
  expect_refused("config rtl-params " + config + " --style c", "--style must be text, verilator, yosys or iverilog");
  expect_refused("config show " + config + " --style text", "--style belongs to rtl-params");
}

TEST_F(Cli, EatSolvesForTenPercentWithTheTablesDevices) {
  const Result result = run("eat");
  EXPECT_EQ(0, result.exit_code);
  EXPECT_NE(std::string::npos, result.out.find("one fault in 1550738 accesses"));
  EXPECT_NE(std::string::npos, result.out.find("one fault in 15497 accesses"));
}

TEST_F(Cli, EatShowsTheTextbookSubstitution) {
  const Result result = run("eat --memory 200ns --device 8ms --fault-rate 0.001");
  EXPECT_NE(std::string::npos, result.out.find("(1 - 0.001) x 200000.0 + 0.001 x 8000000000"));
  EXPECT_NE(std::string::npos, result.out.find("8.1998 us"));
  // Silberschatz: 80 % hits, 20 ns look-up, 100 ns memory, one-level table: 140 ns.
  EXPECT_NE(std::string::npos, run("eat --memory 100ns --tlb 20ns --hit-ratio 0.8 --levels 1").out.find("140000.0 ps"));
  expect_refused("eat --memory 0ns", "more than 0");
  expect_refused("eat --memory soon", "neither an event");
  expect_refused("eat --hit-ratio 2", "--hit-ratio must be a number in 0..1");
}

TEST_F(Cli, WalkExplainsEveryEntryAndTheVerdict) {
  const std::string base = "walk -c " + kSource + "/configs/skylake.yaml --memory " + kSource +
                           "/tests/data/images/two-pages.txt --cr3 0x1000 ";
  Result result = run(base + "0x7f0000001234");
  EXPECT_EQ(0, result.exit_code);
  for (const char *word : {"PML4E", "PDPTE", "PDE", "PTE", "read-only", "succeeds: physical address 0x5234"}) {
    EXPECT_NE(std::string::npos, result.out.find(word)) << word;
  }
  result = run(base + "--access w 0x7f0000001234");
  EXPECT_NE(std::string::npos, result.out.find("error code 0x7"));
  EXPECT_NE(std::string::npos, result.out.find("a write to a page that is not R/W at every level"));
  EXPECT_NE(std::string::npos, run(base + "--access x --cpl 0 0x7f0000201000").out.find("with CR4.SMEP = 1"));
  EXPECT_NE(std::string::npos, run(base + "0x800000000000").out.find("#GP(0)"));
  expect_refused(base + "--access q 0x1000", "--access must be r, w or x");
  expect_refused(base + "--cpl 4 0x1000", "--cpl must be at most 3");
  expect_refused("walk -c " + kConfig + " --memory " + write("image", "1000 zz\n") + " --cr3 0 0", "image:1: must be");
  expect_refused("walk -c " + kConfig + " --memory " + write("image", "") + " --cr3 0xffffffffffffffff 0", "#GP(0)");
}

TEST_F(Cli, WalkReadsARawImageFromAddressZero) {
  std::string image(0x5000, '\0');
  auto put = [&](size_t address, uint64_t value) {
    for (unsigned i = 0; i < 8; i++) image[address + i] = static_cast<char>(value >> (8 * i));
  };
  put(0x1000, 0x2007);
  put(0x2000, 0x3007);
  put(0x3000, 0x4007);
  put(0x4008, 0x9007);
  const Result result = run("walk -c " + kConfig + " --memory " + write("image.bin", image) + " --cr3 4096 0x1abc");
  EXPECT_NE(std::string::npos, result.out.find("physical address 0x9abc")) << result.out << result.err;
}

// What is not read as it stands is refused, and no part of a line is passed over.
TEST_F(Cli, WalkRefusesLinesOfAnImageThatAreMoreThanTwoNumbers) {
  const auto expect_refused_at = [this](const std::string &text, const std::string &line) {
    expect_refused("walk -c " + kConfig + " --memory " + write("image", text) + " --cr3 0 0",
                   "image:" + line + ": must");
  };
  expect_refused_at("8 5\n8 5 6\n", "2");
  expect_refused_at("8 5\r10 6\r", "1"); // lines that end as on an old Macintosh
  expect_refused_at("8 -5\n", "1");
  expect_refused_at("8 +5\n", "1");
  expect_refused_at("8 10000000000000000\n", "1");
  expect_refused_at("8 5" + std::string(300, ' ') + "\n", "1");
  const std::string comment = "#" + std::string(100, ' ') + "\n";
  std::string block; // more than is looked at to tell text from raw bytes
  for (int i = 0; i < 50; i++) block += comment;
  expect_refused_at(block + std::string("8 5\0 6\n", 7), "51");
  expect_refused_at(block + "\v8 5\n", "51");
}

TEST_F(Cli, WalkReadsAnImageInAnyLayoutOfItsTwoNumbers) {
  const std::string image = "# tables\r\n\r\n1000: 2007\r\n 0x2000 0X3007 # comment - +\n3000\t:\t4007  \n4008:9007";
  const Result result = run("walk -c " + kConfig + " --memory " + write("image", image) + " --cr3 4096 0x1abc");
  EXPECT_NE(std::string::npos, result.out.find("physical address 0x9abc")) << result.out << result.err;
}

TEST_F(Cli, CheckCountsVectorsAndFailsOnAMismatchOrOnNone) {
  Result result = run("check " + kVectors);
  EXPECT_EQ(0, result.exit_code);
  EXPECT_EQ("checked 6230 vectors, 0 mismatches\n", result.out);
  EXPECT_EQ("checked 6230 vectors, 0 mismatches\n", run("check --accessed-on-fault traversed " + kVectors).out);
  EXPECT_EQ(1, run("check " + write("blank", "\n\n")).exit_code) << "a run that checked nothing";
  const std::string vector =
      R"({"id":"bad","lv":4,"mp":40,"gb":1,"wp":1,"smep":0,"smap":0,"pge":0,"pcide":0,"pke":0,"nxe":1,"cpl":3,"ac":0,)"
      R"("pkru":"0x0","cr3":"0x1000","va":"0x0","k":"r","mem":[],"out":{"pa":"0x0","sz":4096}})";
  result = run("check --max-mismatches 1 " + write("wrong", vector + "\n" + vector + "\n"));
  EXPECT_EQ(1, result.exit_code);
  EXPECT_NE(std::string::npos, result.out.find("wrong:1: bad: outcome #PF, expected mapped"));
  EXPECT_EQ(std::string::npos, result.out.find("wrong:2:")) << "one printed, all counted";
  EXPECT_NE(std::string::npos, result.out.find("checked 2 vectors, 2 mismatches"));
  result = run("check " + write("broken", vector + "\n{\"lv\":4}\n"));
  EXPECT_EQ(2, result.exit_code);
  EXPECT_NE(std::string::npos, result.err.find("broken:2: wp:"));
  EXPECT_EQ(std::string::npos, result.out.find("checked")) << "no verdict over half a file";
  expect_refused("check " + write("text", "hello\n"), "text:1:");
}

} // namespace
