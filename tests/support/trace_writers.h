// trace_writers.h: the same references written in every trace format, and what each format keeps of them.
#pragma once

#include <pagewalk/trace.h>

#include <cstdint>
#include <cstdio>
#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace pagewalk_test {

using Records = std::vector<pw_trace_record>;

// ---- text ----

template <typename... Arguments>
std::string print(const char *format, Arguments... arguments) {
  char line[128];
  const int length = snprintf(line, sizeof line, format, arguments...);
  return {line, static_cast<size_t>(length)};
}

inline unsigned long long shown(const pw_trace_record &record) { return record.linear_address; }

inline std::string write_lackey(const Records &records) {
  const char *const prefixes[PW_TRACE_KINDS] = {"I  ", " L ", " S ", " M "};
  std::string text;
  for (const pw_trace_record &record : records) {
    text += print("%s%08llx,%u\n", prefixes[record.kind], shown(record), record.size_bytes);
  }
  return text;
}

inline std::string write_din(const Records &records) {
  const unsigned labels[PW_TRACE_KINDS] = {2, 0, 1, 1};
  std::string text;
  for (const pw_trace_record &record : records) text += print("%u %llx\n", labels[record.kind], shown(record));
  return text;
}

inline std::string write_list(const Records &records, const char *format) {
  std::string text;
  for (const pw_trace_record &record : records) {
    text += print(format, "IRWM"[record.kind], shown(record), record.size_bytes);
  }
  return text;
}
inline std::string write_list_hex(const Records &records) { return write_list(records, "%c %llx %u\n"); }
inline std::string write_list_decimal(const Records &records) { return write_list(records, "%c %llu %u\n"); }

inline std::string write_pinatrace(const Records &records) {
  std::string text;
  for (const pw_trace_record &record : records) {
    if (record.kind == PW_TRACE_FETCH) continue;
    text += print("0x%llx: %c 0x%llx\n", 0x7f2b1c0a1b40ull, record.kind == PW_TRACE_READ ? 'R' : 'W', shown(record));
  }
  return text + "#eof\n";
}

// ---- ChampSim ----

inline void put_le64(std::string &bytes, size_t offset, uint64_t value) {
  for (size_t i = 0; i < 8; i++) bytes[offset + i] = static_cast<char>(value >> 8 * i & 0xff);
}

struct ChampSimLayout {
  size_t record_bytes;
  size_t is_branch; // offsets
  size_t registers_end;
  size_t destinations;
  size_t destination_count;
  size_t sources;
};

constexpr ChampSimLayout kChampSim64 = {64, 8, 16, 16, 2, 32};
constexpr ChampSimLayout kChampSim96 = {96, 8, 18, 24, 4, 56};
constexpr ChampSimLayout kChampSim72 = {72, 8, 17, 24, 2, 40};
constexpr ChampSimLayout kChampSim72Count = {72, 16, 24, 24, 2, 40};
constexpr ChampSimLayout kChampSim72Tail = {72, 8, 16, 16, 2, 32};

struct Instruction {
  uint64_t ip = 0;
  std::vector<uint64_t> reads;
  std::vector<uint64_t> writes;
  bool is_branch = false;
  bool wrote = false; // without reading
};

inline std::string champsim_record(const Instruction &instruction, const ChampSimLayout &layout, uint64_t number = 0) {
  std::string bytes(layout.record_bytes, '\0');
  put_le64(bytes, 0, instruction.ip);
  if (layout.is_branch == 16) put_le64(bytes, 8, number);
  if (layout.destinations == 16 && layout.record_bytes == 72) put_le64(bytes, 64, 7); // an address-space number
  bytes[layout.is_branch] = instruction.is_branch;
  bytes[layout.is_branch + 1] = instruction.is_branch && number % 2;
  for (size_t i = layout.is_branch + 2; i < layout.registers_end; i++) bytes[i] = static_cast<char>(5 + 3 * i);
  for (size_t i = 0; i < instruction.writes.size(); i++) {
    put_le64(bytes, layout.destinations + 8 * i, instruction.writes[i]);
  }
  for (size_t i = 0; i < instruction.reads.size(); i++) put_le64(bytes, layout.sources + 8 * i, instruction.reads[i]);
  return bytes;
}

// A fetch and the references behind it are one instruction. ChampSim reads first and then writes; references in another
// order, or more than there is room for, become a further record of the same ip.
inline std::vector<Instruction> instructions_of(const Records &records, const ChampSimLayout &layout) {
  std::vector<Instruction> instructions;
  for (const pw_trace_record &record : records) {
    if (record.kind == PW_TRACE_FETCH) {
      instructions.push_back({record.linear_address, {}, {}, instructions.size() % 5 == 0});
      continue;
    }
    const Instruction &last = instructions.back();
    const bool reads = record.kind != PW_TRACE_WRITE;
    const bool writes = record.kind != PW_TRACE_READ;
    if ((reads && (last.reads.size() == 4 || last.wrote)) ||
        (writes && last.writes.size() == layout.destination_count)) {
      instructions.push_back({last.ip, {}, {}, false});
    }
    if (reads) instructions.back().reads.push_back(record.linear_address);
    if (writes) instructions.back().writes.push_back(record.linear_address);
    instructions.back().wrote |= !reads;
  }
  return instructions;
}

template <const ChampSimLayout &layout>
std::string write_champsim(const Records &records) {
  std::string bytes;
  uint64_t number = 1000;
  for (const Instruction &instruction : instructions_of(records, layout)) {
    bytes += champsim_record(instruction, layout, number++);
  }
  return bytes;
}

// ---- every format ----

struct TraceWriter {
  const char *format;
  std::string (*write)(const Records &records);
  bool keeps_sizes;
  bool keeps_fetches;
  bool keeps_modifies; // else a modify is a write
};

inline void PrintTo(const TraceWriter &writer, std::ostream *stream) { *stream << writer.format; }

constexpr TraceWriter kTraceWriters[] = {
    {"lackey", write_lackey, true, true, true},
    {"pinatrace", write_pinatrace, false, false, false},
    {"din", write_din, false, true, false},
    {"list-hex", write_list_hex, true, true, true},
    {"list-decimal", write_list_decimal, true, true, true},
    {"champsim-64", write_champsim<kChampSim64>, false, true, true},
    {"champsim-96", write_champsim<kChampSim96>, false, true, true},
    {"champsim-72", write_champsim<kChampSim72>, false, true, true},
    {"champsim-72-count", write_champsim<kChampSim72Count>, false, true, true},
    {"champsim-72-tail", write_champsim<kChampSim72Tail>, false, true, true},
};

// One reference of one byte per page that a record touches: what a format without sizes is given.
inline Records per_page(const Records &records) {
  Records split;
  for (const pw_trace_record &record : records) {
    const uint64_t last = record.linear_address + record.size_bytes - 1;
    split.push_back({record.linear_address, 1, record.kind});
    for (uint64_t page = (record.linear_address >> 12) + 1; page <= last >> 12; page++) {
      split.push_back({page << 12, 1, record.kind});
    }
  }
  return split;
}

// What a file of the format has when these are written to it.
inline Records kept_by(const TraceWriter &writer, const Records &records) {
  Records kept;
  for (pw_trace_record record : writer.keeps_sizes ? records : per_page(records)) {
    if (record.kind == PW_TRACE_FETCH && !writer.keeps_fetches) continue;
    if (record.kind == PW_TRACE_MODIFY && !writer.keeps_modifies) record.kind = PW_TRACE_WRITE;
    kept.push_back(record);
  }
  return kept;
}

inline std::string write_trace(const TraceWriter &writer, const Records &records) {
  return writer.write(writer.keeps_sizes ? records : per_page(records));
}

// A program with a stack, a heap and jumps: every instruction a fetch, then up to three references, a write last. Only
// the first of the three crosses pages, so that the pieces find room in a ChampSim record; instructions never do,
// because a format that splits them would make two of one. No address occurs twice in an instruction.
inline Records program_trace(size_t instructions, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&random](uint64_t limit) { return random() % limit; };
  Records records;
  uint64_t ip = 0x401000;
  for (size_t i = 0; i < instructions; i++) {
    const auto length = static_cast<uint32_t>(1 + below(7));
    if (below(6) == 0) ip = (below(2) ? 0x401000 : UINT64_C(0x7f2b1c0a1000)) + below(1 << 20);
    if ((ip & 0xfff) + length > 0x1000) ip = (ip | 0xfff) + 1;
    records.push_back({ip, length, PW_TRACE_FETCH});
    ip += length;
    const uint64_t data = below(4);
    const uint64_t writes = data ? below(2) : 0;
    for (uint64_t j = 0; j < data; j++) {
      const auto size = static_cast<uint32_t>(1u << below(4));
      uint64_t address =
          below(3) ? UINT64_C(0x7ffdee000000) + below(1 << 16) : UINT64_C(0x555500000000) + below(1 << 24);
      address += j << 26;
      if (j > 0) address &= ~UINT64_C(7);
      if (j == 0 && below(16) == 0) address |= 0xfff; // all but the first byte is on the next page
      uint32_t kind = j + writes >= data ? PW_TRACE_WRITE : PW_TRACE_READ;
      if (j == 0 && writes == 0 && below(4) == 0) kind = PW_TRACE_MODIFY;
      records.push_back({address, size, kind});
    }
  }
  return records;
}

} // namespace pagewalk_test
