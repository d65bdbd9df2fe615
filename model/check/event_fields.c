/* event_fields.c: the format of the event log, one table per kind of line. */
#include "event_fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "event_names.h"
#include "names.h"

/* ---- words ---- */

/* What a pin can say beyond the contract has a word too: the log of a broken device must be written all the same. */
static const char *const fault_words[] = {
    "none", "page-fault", "general-protection", "stack-fault", "bus-error", "dropped", "code-6", "code-7", NULL};
static const char *const source_words[] = {"l1", "l2", "walk", "code-3", NULL};
static const char *const page_words[] = {"4K", "2M", "1G", "code-3", NULL};
static const char *const access_words[] = {"r", "w", "x", NULL};
static const char *const flag_words[] = {"implicit", "ac", "stack", "prefetch", NULL};
static const char *const action_words[] = {"respond", "drop", "fill", "last", NULL};
static const char *const structure_words[] = {"tlb", "psc", NULL};
static const char *const mode_words[] = {"strict", "observed", "window", NULL};

/* ---- tables ---- */

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define WORD_COUNT(table) (COUNT(table) - 1)

/* What a key is and how a line goes on with it, and where its value is in the struct LINE. */
#define KEY(text, member)                                                                  \
  .key = text, .opening = ",\"" text "\":", .opening_length = sizeof ",\"" text "\":" - 1, \
  .offset = offsetof(LINE, member), .bytes = sizeof(((const LINE *)0)->member)

#define NUMBER(text, member, least, most) \
  KEY(text, member), .type = PW_LOG_NUMBER, .minimum = (least), .maximum = (most)
#define BIT(text, member) NUMBER(text, member, 0, 1)
#define HEX(text, member, most) KEY(text, member), .type = PW_LOG_HEX, .maximum = (most)
#define WORD(text, member, table) \
  KEY(text, member), .type = PW_LOG_WORD, .words = (table), .maximum = WORD_COUNT(table) - 1
#define WORDS(text, member, table) \
  KEY(text, member), .type = PW_LOG_WORDS, .words = (table), .maximum = (1u << WORD_COUNT(table)) - 1
#define TEXT(text, member) KEY(text, member), .type = PW_LOG_TEXT
#define OPTIONAL .optional = true

#define LINE struct pw_log_header_line
static const struct pw_log_field header_fields[] = {
    {NUMBER("pagewalk_events", version, PW_EVENT_LOG_VERSION, PW_EVENT_LOG_VERSION)},
    {WORD("mode", mode, mode_words)},
    {NUMBER("pipeline_cycles", pipeline_cycles, 0, UINT32_MAX)},
    {BIT("timed", timed)},
    {NUMBER("hang_cycles", hang_cycles, 0, INT64_MAX)},
    {NUMBER("seed", seed, 0, INT64_MAX)},
    {TEXT("config", config)},
};
const struct pw_log_format pw_log_header_format = {"the header", header_fields, COUNT(header_fields)};
#undef LINE

#define LINE struct pw_event
#define COMMON \
  {NUMBER("t", cycle, 0, INT64_MAX)}, { WORD("e", kind, pw_event_names) }
#define PORT(kind) \
  { NUMBER("port", u.kind.port, 0, PW_CHECK_PORTS - 1) }
#define ID(kind) \
  { NUMBER("id", u.kind.id, 0, PW_CHECK_IDS - 1) }
#define SLOT(kind) \
  { NUMBER("slot", u.kind.slot, 0, PW_CHECK_SLOTS - 1) }
#define WALKER(kind) \
  { NUMBER("walker", u.kind.walker, 0, PW_CHECK_WALKERS - 1) }
#define ARRAY(kind) \
  { NUMBER("array", u.kind.array, 0, PW_MAX_TLB_ARRAYS - 1), OPTIONAL }
#define WAY_AND_SET(kind) \
  {NUMBER("way", u.kind.way, 0, PW_MAX_WAYS - 1), OPTIONAL}, { NUMBER("set", u.kind.set, 0, UINT32_MAX), OPTIONAL }
#define CACHE_CONTROL(kind) \
  { NUMBER("cache", u.kind.cache_control, 0, 3), OPTIONAL }
#define BUS_ERROR(kind) \
  { BIT("bus_error", u.kind.bus_error), OPTIONAL }
/* Of 8 bytes of physical memory. */
#define ADDRESS(kind) \
  { HEX("address", u.kind.address, (UINT64_C(1) << 52) - 1), .multiple_of = 8 }

static const struct pw_log_field bare_fields[] = {COMMON};
static const struct pw_log_field reset_fields[] = {COMMON, {BIT("untimed", u.reset.untimed), OPTIONAL}};
static const struct pw_log_field request_fields[] = {
    COMMON,
    PORT(request),
    ID(request),
    {HEX("va", u.request.access.linear_address, UINT64_MAX)},
    {NUMBER("size", u.request.access.size_bytes, 0, PW_SMALL_PAGE_BYTES), OPTIONAL},
    {WORD("k", u.request.access.kind, access_words)},
    {NUMBER("cpl", u.request.access.cpl, 0, 3), OPTIONAL},
    {WORDS("flags", u.request.access.flags, flag_words), OPTIONAL},
};
static const struct pw_log_field kill_fields[] = {COMMON, PORT(kill), ID(kill)};
static const struct pw_log_field look_up_fields[] = {
    COMMON,
    PORT(look_up),
    {NUMBER("level", u.look_up.level, 1, 2)},
    {BIT("replay", u.look_up.replay), OPTIONAL},
    SLOT(look_up),
    {BIT("hit", u.look_up.hit), OPTIONAL},
    ARRAY(look_up),
    WAY_AND_SET(look_up),
};
static const struct pw_log_field walk_start_fields[] = {
    COMMON,
    SLOT(walk_start),
    WALKER(walk_start),
    {NUMBER("psc_level", u.walk_start.psc_level, 0, 7), OPTIONAL},
    WAY_AND_SET(walk_start),
};
static const struct pw_log_field read_fields[] = {
    COMMON, WALKER(read), ADDRESS(read), {HEX("value", u.read.value, UINT64_MAX)}, CACHE_CONTROL(read), BUS_ERROR(read),
};
static const struct pw_log_field swap_fields[] = {
    COMMON,
    WALKER(swap),
    ADDRESS(swap),
    {HEX("expected", u.swap.expected, UINT64_MAX)},
    {HEX("desired", u.swap.desired, UINT64_MAX)},
    {BIT("matched", u.swap.matched), OPTIONAL},
    CACHE_CONTROL(swap),
    BUS_ERROR(swap),
};
static const struct pw_log_field commit_fields[] = {
    COMMON,
    SLOT(commit),
    {WORDS("actions", u.commit.actions, action_words)},
};
static const struct pw_log_field fill_fields[] = {
    COMMON,
    {WORD("structure", u.fill.structure, structure_words)},
    {NUMBER("unit", u.fill.unit, 1, PW_MAX_LEVELS)},
    {NUMBER("port", u.fill.port, 0, PW_CHECK_PORTS - 1), OPTIONAL},
    ARRAY(fill),
    WAY_AND_SET(fill),
    {BIT("evicted", u.fill.evicted), OPTIONAL},
};
static const struct pw_log_field response_fields[] = {
    COMMON,
    PORT(response),
    ID(response),
    {WORD("fault", u.response.fault, fault_words), OPTIONAL},
    {HEX("error", u.response.error_code, UINT16_MAX), OPTIONAL},
    {HEX("pa", u.response.physical_address, UINT64_MAX), OPTIONAL},
    {WORD("page", u.response.page_level, page_words), OPTIONAL},
    {NUMBER("memory_type", u.response.memory_type, 0, 7), OPTIONAL},
    {BIT("global", u.response.global), OPTIONAL},
    {WORD("source", u.response.source, source_words)},
};
static const struct pw_log_field control_fields[] = {
    COMMON,
    {WORD("op", u.control.op, pw_control_op_names)},
    {NUMBER("pcid", u.control.pcid, 0, 4095), OPTIONAL},
    {HEX("data", u.control.data, UINT64_MAX), OPTIONAL},
};
static const struct pw_log_field write_fields[] = {COMMON, ADDRESS(write), {HEX("value", u.write.value, UINT64_MAX)}};

#define FORMAT(name, table) \
  { name, table, COUNT(table) }
const struct pw_log_format pw_log_event_formats[PW_EVENTS] = {
    [PW_EVENT_RESET] = FORMAT("a reset", reset_fields),
    [PW_EVENT_REQUEST] = FORMAT("a request", request_fields),
    [PW_EVENT_KILL] = FORMAT("a kill", kill_fields),
    [PW_EVENT_LOOK_UP] = FORMAT("a look-up", look_up_fields),
    [PW_EVENT_WALK_START] = FORMAT("a walk-start", walk_start_fields),
    [PW_EVENT_READ] = FORMAT("a read", read_fields),
    [PW_EVENT_SWAP] = FORMAT("a swap", swap_fields),
    [PW_EVENT_COMMIT] = FORMAT("a commit", commit_fields),
    [PW_EVENT_FILL] = FORMAT("a fill", fill_fields),
    [PW_EVENT_RESPONSE] = FORMAT("a response", response_fields),
    [PW_EVENT_CONTROL] = FORMAT("a control", control_fields),
    [PW_EVENT_INVALIDATE] = FORMAT("an invalidate", bare_fields),
    [PW_EVENT_CONTROL_DONE] = FORMAT("a control-done", bare_fields),
    [PW_EVENT_WRITE] = FORMAT("a write", write_fields),
};

/* ---- a field ---- */

uint64_t pw_log_field_load(const struct pw_log_field *field, const void *line) {
  const unsigned char *member = (const unsigned char *)line + field->offset;
  uint16_t half;
  uint32_t word;
  uint64_t full;
  switch (field->bytes) {
    case 1: return *member;
    case 2: memcpy(&half, member, sizeof half); return half;
    case 4: memcpy(&word, member, sizeof word); return word;
    default: memcpy(&full, member, sizeof full); return full;
  }
}

void pw_log_field_store(const struct pw_log_field *field, void *line, uint64_t value) {
  unsigned char *member = (unsigned char *)line + field->offset;
  const uint16_t half = (uint16_t)value;
  const uint32_t word = (uint32_t)value;
  switch (field->bytes) {
    case 1: *member = (unsigned char)value; break;
    case 2: memcpy(member, &half, sizeof half); break;
    case 4: memcpy(member, &word, sizeof word); break;
    default: memcpy(member, &value, sizeof value); break;
  }
}

bool pw_log_field_allows(const struct pw_log_field *field, uint64_t value) {
  if (value < field->minimum || value > field->maximum) return false;
  if (field->type == PW_LOG_WORD) return *field->words[value] != '\0';
  return !field->multiple_of || value % field->multiple_of == 0;
}

static void hex_rule(const struct pw_log_field *field, char *text, size_t size_bytes) {
  int used = snprintf(text, size_bytes, "must be a quoted hexadecimal number like \"0x1000\"");
  char *end = text + used;
  if (field->maximum < UINT64_MAX)
    used += snprintf(end, size_bytes - (size_t)used, ", at most 0x%" PRIx64, field->maximum);
  if (field->multiple_of) snprintf(text + used, size_bytes - (size_t)used, " and a multiple of %u", field->multiple_of);
}

void pw_log_field_rule(const struct pw_log_field *field, char *text, size_t size_bytes) {
  char words[200] = "";
  if (field->words) pw_names_list(field->words, words, sizeof words);
  switch (field->type) {
    case PW_LOG_HEX: hex_rule(field, text, size_bytes); break;
    case PW_LOG_WORD: snprintf(text, size_bytes, "must be %s", words); break;
    case PW_LOG_WORDS: snprintf(text, size_bytes, "must be a list of %s, each at most once", words); break;
    case PW_LOG_TEXT: snprintf(text, size_bytes, "must be a text"); break;
    default:
      snprintf(text, size_bytes, "must be a whole number in %" PRIu64 "..%" PRIu64, field->minimum, field->maximum);
  }
}

/* ---- rules across fields ---- */

static bool crosses_a_page(const struct pw_access *access) {
  return (access->linear_address & (PW_SMALL_PAGE_BYTES - 1)) + access->size_bytes > PW_SMALL_PAGE_BYTES;
}

const char *pw_event_broken_rule(const struct pw_event *event, const char **key) {
  if (event->kind == PW_EVENT_REQUEST && crosses_a_page(&event->u.request.access)) {
    *key = "va";
    return "the bytes of the access must lie in one 4 KB page";
  }
  if (event->kind != PW_EVENT_FILL) return NULL;
  *key = "unit";
  if (event->u.fill.structure == PW_TLB) return event->u.fill.unit <= 2 ? NULL : "must be 1 or 2 for a tlb";
  return event->u.fill.unit >= 2 ? NULL : "must be a whole number in 2..5 for a psc";
}
