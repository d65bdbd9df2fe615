/*
 * champsim.c: binary traces of the simulator ChampSim, a record of fixed size per instruction, without a header.
 *
 * A record is a C structure as its tracer holds it in memory, little-endian (ChampSim, inc/trace_instruction.h):
 *
 *   u64 ip; u8 is_branch, branch_taken, destination_registers[D], source_registers[4];
 *   u64 destination_memory[D], source_memory[4];
 *
 * with D = 2 for input_instr and D = 4 for cloudsuite_instr, which ends in an address-space number. An address of 0
 * stands for none. Tracers that were changed insert a field; the layouts of 72 bytes are theirs.
 *
 * An instruction is a fetch of its ip, then its reads, then its writes. What it both reads and writes is one modify, as
 * in lackey: translated once, as a write. The format records no sizes; a reference is known to touch the byte at its
 * address, so sizes are 1 and nothing crosses a page.
 *
 * Nothing in a file says that it is one of these, or which. What tells is that its records make sense.
 */
#include <string.h>

#include "diag.h"
#include "format.h"
#include "little_endian.h"

#define SOURCES 4
#define MAX_DESTINATIONS 4
#define MAX_REFERENCES (1 + SOURCES + MAX_DESTINATIONS) /* of one instruction */
#define MAX_RECORDS_TO_JUDGE 4096
#define LOWEST_ADDRESS 4096 /* programs map nothing below; small numbers are some other field */

struct range {
  uint8_t begin, end;
};

/* Offsets in a record; the ip is at 0 and the byte behind is_branch is branch_taken. */
struct layout {
  uint8_t record_bytes;
  uint8_t is_branch;
  uint8_t destinations, destination_count;
  uint8_t sources;
  struct range zero[2]; /* padding, which tracers leave 0 */
  const char *others;   /* layouts of other sizes, for a file that does not divide */
};

static const struct layout layouts[PW_CHAMPSIM_LAYOUTS] = {
    {.record_bytes = 64,
     .is_branch = 8,
     .destinations = 16,
     .destination_count = 2,
     .sources = 32,
     .others = "72 and 96 bytes exist too: -f champsim-72, champsim-96"},
    {.record_bytes = 96,
     .is_branch = 8,
     .destinations = 24,
     .destination_count = 4,
     .sources = 56,
     .zero = {{18, 24}, {90, 96}},
     .others = "64 and 72 bytes exist too: -f champsim-64, champsim-72"},
    {.record_bytes = 72,
     .is_branch = 8,
     .destinations = 24,
     .destination_count = 2,
     .sources = 40,
     .zero = {{18, 24}},
     .others = "64 and 96 bytes exist too: -f champsim-64, champsim-96"},
    {.record_bytes = 72,
     .is_branch = 16,
     .destinations = 24,
     .destination_count = 2,
     .sources = 40,
     .others = "64 and 96 bytes exist too: -f champsim-64, champsim-96"},
    {.record_bytes = 72,
     .is_branch = 8,
     .destinations = 16,
     .destination_count = 2,
     .sources = 32,
     .others = "64 and 96 bytes exist too: -f champsim-64, champsim-96"},
};

/* ---- parsing ---- */

static bool contains(const uint64_t *values, unsigned count, uint64_t wanted) {
  for (unsigned i = 0; i < count; i++) {
    if (values[i] == wanted) return true;
  }
  return false;
}

static void put(struct pw_trace_record *records, unsigned *count, uint64_t address, enum pw_trace_kind kind) {
  records[*count] = (struct pw_trace_record){address, 1, kind};
  *count += address != 0;
}

static void load_addresses(const char *at, unsigned count, uint64_t *addresses) {
  for (unsigned i = 0; i < count; i++) addresses[i] = pw_load_le64(at + 8 * i);
}

/* Writes the references of an instruction, at most MAX_REFERENCES, and returns how many. */
static unsigned expand(const struct layout *layout, const char *record, struct pw_trace_record *records) {
  uint64_t sources[SOURCES];
  uint64_t destinations[MAX_DESTINATIONS];
  unsigned destination_count = layout->destination_count;
  unsigned count = 0;
  load_addresses(record + layout->sources, SOURCES, sources);
  load_addresses(record + layout->destinations, destination_count, destinations);
  put(records, &count, pw_load_le64(record), PW_TRACE_FETCH);
  for (unsigned i = 0; i < SOURCES; i++) {
    bool modifies = contains(destinations, destination_count, sources[i]);
    put(records, &count, sources[i], modifies ? PW_TRACE_MODIFY : PW_TRACE_READ);
  }
  for (unsigned i = 0; i < destination_count; i++) {
    bool is_modify = contains(sources, SOURCES, destinations[i]);
    if (!is_modify) put(records, &count, destinations[i], PW_TRACE_WRITE);
  }
  return count;
}

static int refuse_cut(const struct pw_parse *parse, const struct layout *layout) {
  return pw_refuse(parse->diag, PW_ETRACE, parse->file, 0, NULL,
                   "the file ends inside a record: %u of %u bytes at offset %llu (%s); records of %s",
                   (unsigned)(parse->end - parse->next), layout->record_bytes,
                   (unsigned long long)pw_parse_offset(parse), pw_formats_champsim[layout - layouts].name,
                   layout->others);
}

/* A byte that must be a truth value and is not shows damage, or records of another size. */
static int check_branch(const struct pw_parse *parse, const struct layout *layout) {
  static const char *const fields[] = {"is_branch", "branch_taken"};
  const uint8_t *at = (const uint8_t *)parse->next + layout->is_branch;
  if (at[0] <= 1 && at[1] <= 1) return 0;
  unsigned bad = at[0] > 1 ? 0 : 1;
  return pw_refuse(parse->diag, PW_ETRACE, parse->file, 0, NULL,
                   "the record at offset %llu is no instruction: %s must be 0 or 1, not %u (%s)",
                   (unsigned long long)pw_parse_offset(parse), fields[bad], at[bad],
                   pw_formats_champsim[layout - layouts].name);
}

/* Delivers what there is room for. The state is how many references of the instruction at `next` are delivered. */
static void deliver_part(struct pw_parse *parse, const struct layout *layout) {
  struct pw_trace_record records[MAX_REFERENCES];
  size_t done = (size_t)(uintptr_t)*parse->state;
  size_t left = expand(layout, parse->next, records) - done;
  size_t room = parse->capacity - parse->count;
  size_t now = left < room ? left : room;
  memcpy(parse->records + parse->count, records + done, now * sizeof *records);
  parse->count += now;
  if (now == left) parse->next += layout->record_bytes;
  *parse->state = (void *)(uintptr_t)(now == left ? 0 : done + now);
}

static int parse(struct pw_parse *parse) {
  const struct layout *layout = parse->variant;
  while (parse->count < parse->capacity && parse->end - parse->next >= layout->record_bytes) {
    int status = check_branch(parse, layout);
    if (status) return status;
    if (!*parse->state && parse->capacity - parse->count >= MAX_REFERENCES) {
      parse->count += expand(layout, parse->next, parse->records + parse->count);
      parse->next += layout->record_bytes;
    } else {
      deliver_part(parse, layout);
    }
  }
  bool is_cut = parse->last && parse->next < parse->end && parse->end - parse->next < layout->record_bytes;
  return is_cut ? refuse_cut(parse, layout) : 0;
}

/* ---- recognising ---- */

/* An address of 57 bits, or of 48: bits 63:56 are all alike. */
static bool is_plausible_address(uint64_t address) {
  uint64_t upper = address >> 56;
  return (upper == 0 || upper == 0xff) && address >= LOWEST_ADDRESS;
}

static bool are_plausible_addresses(const char *at, unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    uint64_t address = pw_load_le64(at + 8 * i);
    if (address && !is_plausible_address(address)) return false;
  }
  return true;
}

static bool is_zero(const char *record, struct range range) {
  for (unsigned i = range.begin; i < range.end; i++) {
    if (record[i]) return false;
  }
  return true;
}

static bool is_plausible_record(const struct layout *layout, const char *record) {
  uint8_t is_branch = (uint8_t)record[layout->is_branch];
  uint8_t branch_taken = (uint8_t)record[layout->is_branch + 1];
  return is_branch <= 1 && branch_taken <= is_branch && is_plausible_address(pw_load_le64(record)) &&
         are_plausible_addresses(record + layout->destinations, layout->destination_count) &&
         are_plausible_addresses(record + layout->sources, SOURCES) && is_zero(record, layout->zero[0]) &&
         is_zero(record, layout->zero[1]);
}

static size_t sample_bytes(const struct pw_sample *sample) { return (size_t)(sample->end - sample->begin); }

/* One record in a hundred may be odd, such as a prefetch through a null pointer; records of another size all are. */
static bool is_plausible(const struct layout *layout, const struct pw_sample *sample) {
  size_t count = sample_bytes(sample) / layout->record_bytes;
  size_t odd = 0;
  if (count > MAX_RECORDS_TO_JUDGE) count = MAX_RECORDS_TO_JUDGE;
  for (size_t i = 0; i < count && odd * 100 <= count; i++) {
    odd += !is_plausible_record(layout, sample->begin + i * layout->record_bytes);
  }
  return count != 0 && odd * 100 <= count;
}

/* The sample consists of whole records, as far as it shows the end of the file. */
static bool divides(const struct layout *layout, const struct pw_sample *sample) {
  return !sample->whole || sample_bytes(sample) % layout->record_bytes == 0;
}

/*
 * A layout whose records fill the file goes before one that leaves a rest, wherever the two stand in the table; the
 * rest alone is no reason to take the file for something else, so that it is refused for what it is.
 */
static bool recognise(const void *variant, const struct pw_sample *sample) {
  if (!is_plausible(variant, sample)) return false;
  if (divides(variant, sample)) return true;
  for (size_t i = 0; i < PW_CHAMPSIM_LAYOUTS; i++) {
    if (divides(&layouts[i], sample) && is_plausible(&layouts[i], sample)) return false;
  }
  return true;
}

#define LAYOUT(index, name_, summary_)                                                                            \
  {                                                                                                               \
    .name = name_, .family = "champsim", .summary = summary_, .variant = &layouts[index], .recognise = recognise, \
    .parse = parse                                                                                                \
  }

const struct pw_trace_format pw_formats_champsim[PW_CHAMPSIM_LAYOUTS] = {
    LAYOUT(0, "champsim-64", "ChampSim"),
    LAYOUT(1, "champsim-96", "ChampSim for CloudSuite"),
    LAYOUT(2, "champsim-72", "ChampSim with a byte more, such as an event type"),
    LAYOUT(3, "champsim-72-count", "ChampSim with an instruction count behind the ip"),
    LAYOUT(4, "champsim-72-tail", "ChampSim with 8 bytes more at the end"),
};
