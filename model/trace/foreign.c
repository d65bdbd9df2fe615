/* foreign.c: formats that are not read, named together with the way to what is. */
#include "foreign.h"

#include <string.h>

#include "little_endian.h"
#include "text.h"

struct foreign_format {
  bool is_exact; /* a magic number decides, so that it goes before any guess */
  bool (*recognise)(const struct pw_sample *sample);
  const char *message; /* shorter than the message of a pw_diag */
};

static size_t length_of(const struct pw_sample *sample) { return (size_t)(sample->end - sample->begin); }

static bool begins_with(const struct pw_sample *sample, const char *magic) {
  size_t length = strlen(magic);
  return length_of(sample) >= length && memcmp(sample->begin, magic, length) == 0;
}

/* ---- perf ---- */

/* The magic number as either order of bytes writes it (linux, tools/perf/util/header.c). */
static bool is_perf_data(const struct pw_sample *sample) {
  return begins_with(sample, "PERFILE2") || begins_with(sample, "2ELIFREP");
}

static const char *skip_digits(const char *at, const char *end) {
  while (at < end && *at >= '0' && *at <= '9') at++;
  return at;
}

/* Digits, "." and digits make a time; digits, "/" and digits a process and a thread. */
static bool is_pair(const char *at, const char *end, char separator) {
  const char *middle = skip_digits(at, end);
  return middle > at && end - middle >= 2 && *middle == separator && skip_digits(middle + 1, end) == end;
}

static bool is_number(const char *at, const char *end) { return at < end && skip_digits(at, end) == end; }

static bool is_processor(const char *at, const char *end) {
  return end - at > 2 && *at == '[' && end[-1] == ']' && is_number(at + 1, end - 1);
}

/*
 * A line of `perf script` (its manual page): "COMM PID/TID [CPU] SECONDS.MICROSECONDS: PERIOD EVENT: ...", with blanks
 * perhaps in COMM, and without the thread, the processor and the period as the options were.
 */
static bool is_perf_script_line(const char *line, const char *end) {
  bool after_command = false;
  bool after_process = false;
  bool after_time = false;
  for (const char *at = pw_skip_blanks(line, end); at < end; at = pw_skip_blanks(at, end)) {
    const char *word = at;
    while (at < end && !pw_is_blank(*at)) at++;
    bool ends_in_colon = at[-1] == ':';
    if (after_time && ends_in_colon) return true;
    if (after_process && is_processor(word, at)) continue;
    after_time |= after_process && ends_in_colon && is_pair(word, at - 1, '.');
    after_process = after_command && (is_number(word, at) || is_pair(word, at, '/'));
    after_command = true;
  }
  return false;
}

static bool is_perf_script(const struct pw_sample *sample) {
  const char *next = sample->begin;
  const char *line;
  const char *line_end;
  while (pw_sample_line(sample, &next, &line, &line_end)) {
    if (line < line_end && *line != '#') return is_perf_script_line(line, line_end);
  }
  return false;
}

/* ---- DynamoRIO's drmemtrace ---- */

/*
 * A trace is of entries of 12 bytes, u16 type, u16 size, u64 value. The first is TRACE_TYPE_HEADER (25) with the
 * version of the format, the next a thread (22) or a marker (28). Source: DynamoRIO,
 * clients/drcachesim/common/trace_entry.h.
 */
static bool is_drmemtrace(const struct pw_sample *sample) {
  static const char header[] = {25, 0, 0, 0};
  const char *at = sample->begin;
  if (length_of(sample) < 24 || memcmp(at, header, sizeof header) != 0) return false;
  uint64_t version = pw_load_le64(at + 4);
  return version >= 1 && version <= 255 && (at[12] == 22 || at[12] == 28) && at[13] == 0;
}

/*
 * A raw log, before its conversion, is of entries of 8 bytes with their type in bits 63:61. It begins with a header
 * (type 6, subtype 0 in bits 60:56), a thread (2) and a process (3). Source: DynamoRIO,
 * clients/drcachesim/tracer/instru_offline.cpp, append_thread_header.
 */
static bool is_raw_drmemtrace(const struct pw_sample *sample) {
  const char *at = sample->begin;
  return length_of(sample) >= 24 && pw_load_le64(at) >> 56 == 0xc0 && pw_load_le64(at + 8) >> 61 == 2 &&
         pw_load_le64(at + 16) >> 61 == 3;
}

static bool is_any_drmemtrace(const struct pw_sample *sample) {
  return is_drmemtrace(sample) || is_raw_drmemtrace(sample);
}

/* ---- others, by their first bytes ---- */

static bool is_gem5(const struct pw_sample *sample) { return begins_with(sample, "gem5"); }
static bool is_elf(const struct pw_sample *sample) { return begins_with(sample, "\177ELF"); }
static bool is_zip(const struct pw_sample *sample) { return begins_with(sample, "PK\3\4"); }

/* POSIX tar has its magic at the end of the first header's names. */
static bool is_archive(const struct pw_sample *sample) {
  bool is_tar = length_of(sample) >= 512 && memcmp(sample->begin + 257, "ustar", 5) == 0;
  return is_tar || begins_with(sample, "7z\xbc\xaf\x27\x1c");
}

#define DRMEMTRACE_TO_LIST                                                              \
  "drrun -t drmemtrace -tool view -indir DIR 2>&1 | awk '$4 ~ /^(ifetch|read|write)$/ " \
  "{print toupper(substr($4, 1, 1)), $8, $5}' > LIST"

/*
 * The view tool of drmemtrace prints "RECORD INSTRUCTION: THREAD ifetch 6 byte(s) @ 0x404a78 ..." on standard error
 * (clients/drcachesim/tools/view.cpp). gem5's script prints "r,ADDRESS,SIZE,..." with decimal numbers.
 */
static const struct foreign_format foreign_formats[] = {
    {true, is_perf_data,
     "is a recording of perf: samples of a run, not its every reference, so no TLB can be simulated from it; record "
     "all references with valgrind --tool=lackey --trace-mem=yes PROGRAM, or with Intel Pin's pinatrace"},
    {false, is_perf_script,
     "is the output of perf script: samples of a run, not its every reference, so no TLB can be simulated from it; "
     "record all references with valgrind --tool=lackey --trace-mem=yes PROGRAM, or with Intel Pin's pinatrace"},
    {true, is_any_drmemtrace,
     "is a trace of DynamoRIO's drmemtrace; its view tool makes a list of it: " DRMEMTRACE_TO_LIST},
    {true, is_zip, "is a zip archive: unpack it first, or, if it is of DynamoRIO's drmemtrace: " DRMEMTRACE_TO_LIST},
    {true, is_archive, "is an archive (tar or 7z), which may hold many files: unpack it first"},
    {true, is_gem5,
     "is a trace of gem5: its util/decode_packet_trace.py prints lines 'r,ADDRESS,SIZE,...', to be written as a list, "
     "'R ADDRESS SIZE'; the addresses must be virtual, and packets behind gem5's TLBs have physical ones"},
    {true, is_elf,
     "is a program (ELF), not a trace; record one: valgrind --tool=lackey --trace-mem=yes --log-file=TRACE PROGRAM"},
};

const char *pw_foreign_format(const struct pw_sample *sample, bool is_exact) {
  for (size_t i = 0; i < sizeof foreign_formats / sizeof foreign_formats[0]; i++) {
    if (foreign_formats[i].is_exact == is_exact && foreign_formats[i].recognise(sample))
      return foreign_formats[i].message;
  }
  return NULL;
}
