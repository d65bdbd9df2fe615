/* stimulus_file.c: episodes as lines of text, and back. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "stimulus.h"

#define HEADER "pagewalk-stimulus 1"
#define LINE_BYTES 512 /* line feed and end included */
#define SPACES " \t\r\n"

static const char *const kind_letters[PW_ACCESS_KINDS] = {"r", "w", "x"};
static const char *const await_words[] = {"read", "swap", NULL};
static const char *const port_words[] = {"fetch", "data", NULL};
static const struct {
  const char *name;
  uint8_t bit;
} access_flags[] = {
    {"user", OP_USER}, {"implicit", PW_IMPLICIT}, {"ac", PW_AC}, {"stack", PW_STACK}, {"prefetch", PW_PREFETCH}};
#define ACCESS_FLAGS (sizeof access_flags / sizeof access_flags[0])

/* The numbers of a profile: name, member, least and most. A port that never takes anything would stop everything. */
#define PROFILE_FIELDS(X)                       \
  X("in-flight-fetch", in_flight[0], 1, 15)     \
  X("in-flight-data", in_flight[1], 1, 15)      \
  X("in-flight", in_flight_total, 1, 30)        \
  X("gap", gap, 0, 99)                          \
  X("stall-fetch", response_stall[0], 0, 99)    \
  X("stall-data", response_stall[1], 0, 99)     \
  X("stall-memory", memory_stall, 0, 99)        \
  X("jitter", jitter, 0, 100)                   \
  X("jitter-cycles", jitter_cycles, 0, 1000000) \
  X("bus-error", bus_error, 0, 10000)

/* ---- writing ---- */

void stimulus_write_header(FILE *stream) { fputs(HEADER "\n", stream); }

static void write_profile(FILE *stream, const struct profile *profile) {
  fprintf(stream, "episode seed=0x%" PRIx64, profile->seed);
#define WRITE_FIELD(name, field, least, most) \
  if (profile->field) fprintf(stream, " " name "=%" PRIu32, profile->field);
  PROFILE_FIELDS(WRITE_FIELD)
#undef WRITE_FIELD
  fputc('\n', stream);
}

static void write_access(FILE *stream, const struct operation *o) {
  fprintf(stream, "access %s 0x%" PRIx64, kind_letters[o->what], o->address);
  for (size_t i = 0; i < ACCESS_FLAGS; i++) {
    if (o->flags & access_flags[i].bit) fprintf(stream, " %s", access_flags[i].name);
  }
  if (o->kill) fprintf(stream, " kill=%u", o->kill);
  fputc('\n', stream);
}

static void write_control(FILE *stream, const struct operation *o) {
  fprintf(stream, "control %s 0x%" PRIx64, pw_control_op_name(o->what), o->address);
  if (o->pcid) fprintf(stream, " pcid=%u", o->pcid);
  fputs(o->flags & OP_ASYNC ? " async\n" : "\n", stream);
}

static void write_operation(FILE *stream, const struct operation *o) {
  switch ((enum operation_kind)o->kind) {
    case OP_WRITE: fprintf(stream, "write 0x%" PRIx64 " 0x%" PRIx64 "\n", o->address, o->value); break;
    case OP_ACCESS: write_access(stream, o); break;
    case OP_CONTROL: write_control(stream, o); break;
    case OP_WAIT: fprintf(stream, "wait %s\n", o->what == OP_WAIT_ALL ? "all" : "control"); break;
    case OP_IDLE: fprintf(stream, "idle %" PRIu64 "\n", o->value); break;
    case OP_RESET: fprintf(stream, "reset %" PRIu64 "\n", o->value); break;
    case OP_AWAIT:
      fprintf(stream, "await %s 0x%" PRIx64 " %" PRIu64 "\n", await_words[o->what], o->address, o->value);
      break;
    case OP_KILL: fprintf(stream, "kill %s\n", port_words[o->what]); break;
    case OP_KINDS: break;
  }
}

void stimulus_write_episode(FILE *stream, const struct episode *episode) {
  write_profile(stream, &episode->profile);
  for (size_t i = 0; i < episode->count; i++) write_operation(stream, &episode->operations[i]);
}

/* ---- reading ---- */

/* The words of a line, one after another, and what was wrong with them. */
struct words {
  char *rest;
  int status;
  char why[256];
};

static char *next_word(struct words *words) { return strtok_r(NULL, SPACES, &words->rest); }

__attribute__((format(printf, 2, 3))) static bool refuse_word(struct words *words, const char *format, ...) {
  va_list arguments;
  words->status = -PW_EINVAL;
  va_start(arguments, format);
  vsnprintf(words->why, sizeof words->why, format, arguments);
  va_end(arguments);
  return false;
}

static bool refuse_memory(struct words *words) {
  refuse_word(words, "the host has no memory left");
  words->status = -PW_ENOMEM;
  return false;
}

static bool is_number(const char *text, uint64_t *value) {
  char *end;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  *value = strtoull(text, &end, text[0] == '0' && text[1] == 'x' ? 16 : 10);
  return !*end && !errno;
}

struct range {
  uint64_t least, most;
};
static const struct range any_number = {0, UINT64_MAX};

/* text may be NULL: the word is missing. */
static bool read_number(struct words *words, const char *what, const char *text, struct range range, uint64_t *value) {
  if (text && is_number(text, value) && *value >= range.least && *value <= range.most) return true;
  return refuse_word(words,
                     "%s must be a whole number in %" PRIu64 "..%" PRIu64 ", decimal or 0x hexadecimal, not `%.40s'",
                     what, range.least, range.most, text ? text : "");
}

/* What follows "name=", or NULL when the word is another. */
static const char *value_of(const char *word, const char *name) {
  size_t length = strlen(name);
  return strncmp(word, name, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

static bool read_profile_word(struct words *words, const char *word, struct profile *profile) {
  const char *text = value_of(word, "seed");
  uint64_t value;
  if (text) return read_number(words, "seed", text, any_number, &profile->seed);
#define READ_FIELD(name, field, least, most)                                                \
  if ((text = value_of(word, name))) {                                                      \
    if (!read_number(words, name, text, (struct range){least, most}, &value)) return false; \
    profile->field = (uint32_t)value;                                                       \
    return true;                                                                            \
  }
  PROFILE_FIELDS(READ_FIELD)
#undef READ_FIELD
#define NAME_FIELD(name, field, least, most) ", " name
  return refuse_word(words, "an episode has NAME=NUMBER with seed" PROFILE_FIELDS(NAME_FIELD) ", not `%.40s'", word);
#undef NAME_FIELD
}

static bool read_profile(struct words *words, struct profile *profile) {
  *profile = (struct profile){0};
  for (char *word; (word = next_word(words));) {
    if (!read_profile_word(words, word, profile)) return false;
  }
  if (!profile->in_flight[0] || !profile->in_flight[1] || !profile->in_flight_total) {
    return refuse_word(words, "an episode needs in-flight-fetch, in-flight-data and in-flight");
  }
  if (profile->jitter && !profile->jitter_cycles) return refuse_word(words, "jitter needs jitter-cycles of at least 1");
  return true;
}

static bool read_access_word(struct words *words, const char *word, struct operation *o) {
  uint64_t value;
  for (size_t i = 0; i < ACCESS_FLAGS; i++) {
    if (strcmp(word, access_flags[i].name)) continue;
    o->flags |= access_flags[i].bit;
    return true;
  }
  const char *kill = value_of(word, "kill");
  if (!kill)
    return refuse_word(words, "an access may be user, implicit, ac, stack, prefetch, kill=N, not `%.40s'", word);
  if (!read_number(words, "kill", kill, (struct range){0, UINT16_MAX}, &value)) return false;
  o->kill = (uint16_t)value;
  return true;
}

static bool read_access(struct words *words, struct operation *o) {
  const char *kind = next_word(words);
  o->what = PW_ACCESS_KINDS;
  for (uint8_t i = 0; kind && i < PW_ACCESS_KINDS; i++) {
    if (strcmp(kind, kind_letters[i]) == 0) o->what = i;
  }
  if (o->what == PW_ACCESS_KINDS) return refuse_word(words, "an access is r, w or x, not `%.40s'", kind ? kind : "");
  if (!read_number(words, "the address", next_word(words), any_number, &o->address)) return false;
  for (char *word; (word = next_word(words));) {
    if (!read_access_word(words, word, o)) return false;
  }
  return true;
}

static bool read_control_word(struct words *words, const char *word, struct operation *o) {
  const char *pcid = value_of(word, "pcid");
  uint64_t value;
  if (strcmp(word, "async") == 0) {
    o->flags = OP_ASYNC;
    return true;
  }
  if (!pcid) return refuse_word(words, "a control operation may have pcid=N and async, not `%.40s'", word);
  if (!read_number(words, "pcid", pcid, (struct range){0, 4095}, &value)) return false;
  o->pcid = (uint16_t)value;
  return true;
}

static bool refuse_control(struct words *words, const char *name) {
  char known[160] = "";
  for (unsigned i = 0; i < PW_CTL_OPS; i++) {
    size_t length = strlen(known);
    const char *one = pw_control_op_name(i);
    if (one) snprintf(known + length, sizeof known - length, "%s%s", length ? ", " : "", one);
  }
  return refuse_word(words, "a control operation is one of %s, not `%.40s'", known, name ? name : "");
}

static bool read_control(struct words *words, struct operation *o) {
  const char *name = next_word(words);
  o->what = PW_CTL_OPS;
  for (uint8_t i = 0; name && i < PW_CTL_OPS; i++) {
    const char *known = pw_control_op_name(i);
    if (known && strcmp(name, known) == 0) o->what = i;
  }
  if (o->what == PW_CTL_OPS) return refuse_control(words, name);
  if (!read_number(words, "the data", next_word(words), any_number, &o->address)) return false;
  for (char *word; (word = next_word(words));) {
    if (!read_control_word(words, word, o)) return false;
  }
  return true;
}

static bool read_wait(struct words *words, struct operation *o) {
  const char *what = next_word(words);
  if (!what) what = "";
  o->what = strcmp(what, "all") == 0 ? OP_WAIT_ALL : OP_WAIT_CONTROL;
  if (o->what == OP_WAIT_ALL || strcmp(what, "control") == 0) return true;
  return refuse_word(words, "a wait is for all or for control, not `%.40s'", what);
}

/* The index of the next word among those that may stand here. */
static bool read_word(struct words *words, const char *rule, const char *const *known, uint8_t *index) {
  const char *word = next_word(words);
  for (uint8_t i = 0; word && known[i]; i++) {
    if (strcmp(word, known[i])) continue;
    *index = i;
    return true;
  }
  return refuse_word(words, "%s, not `%.40s'", rule, word ? word : "");
}

/* A physical address, of 8 bytes. */
static bool read_physical(struct words *words, struct operation *o) {
  const struct range physical = {0, (UINT64_C(1) << 52) - 1};
  if (!read_number(words, "the physical address", next_word(words), physical, &o->address)) return false;
  return !(o->address & 7) || refuse_word(words, "the physical address must be a multiple of 8");
}

static bool read_clocks(struct words *words, struct operation *o) {
  return read_number(words, "the clocks", next_word(words), (struct range){1, 1000000}, &o->value);
}

static bool read_await(struct words *words, struct operation *o) {
  return read_word(words, "what is awaited is a read or a swap", await_words, &o->what) && read_physical(words, o) &&
         read_clocks(words, o);
}

static bool read_write(struct words *words, struct operation *o) {
  return read_physical(words, o) && read_number(words, "the value", next_word(words), any_number, &o->value);
}

static bool read_operands(const char *name, struct words *words, struct operation *o) {
  static const char *const names[OP_KINDS] = {"write", "access", "control", "wait", "idle", "reset", "await", "kill"};
  *o = (struct operation){.kind = OP_KINDS};
  for (uint8_t i = 0; i < OP_KINDS; i++) {
    if (strcmp(name, names[i]) == 0) o->kind = i;
  }
  switch ((enum operation_kind)o->kind) {
    case OP_WRITE: return read_write(words, o);
    case OP_ACCESS: return read_access(words, o);
    case OP_CONTROL: return read_control(words, o);
    case OP_WAIT: return read_wait(words, o);
    case OP_IDLE:
    case OP_RESET: return read_clocks(words, o);
    case OP_AWAIT: return read_await(words, o);
    case OP_KILL: return read_word(words, "a kill is of the fetch or the data port", port_words, &o->what);
    case OP_KINDS: break;
  }
  return refuse_word(
      words, "a line begins with episode, write, access, control, wait, idle, reset, await or kill, not `%.40s'", name);
}

static bool read_operation(const char *name, struct words *words, struct operation *o) {
  if (!read_operands(name, words, o)) return false;
  const char *more = next_word(words);
  return !more || refuse_word(words, "nothing may follow here, not `%.40s'", more);
}

static bool begin_episode(struct stimulus *stimulus, struct words *words) {
  struct episode *grown = realloc(stimulus->episodes, (stimulus->count + 1) * sizeof *grown);
  if (!grown) return refuse_memory(words);
  stimulus->episodes = grown;
  stimulus->episodes[stimulus->count] = (struct episode){0};
  return read_profile(words, &stimulus->episodes[stimulus->count++].profile);
}

/* A line; empty ones and those that begin with # say nothing. */
static bool read_line(struct stimulus *stimulus, char *line, struct words *words) {
  struct operation operation;
  char *name = strtok_r(line, SPACES, &words->rest);
  if (!name || *name == '#') return true;
  if (strcmp(name, "episode") == 0) return begin_episode(stimulus, words);
  if (!read_operation(name, words, &operation)) return false;
  if (!stimulus->count) return refuse_word(words, "an episode must begin before this line");
  return episode_add(&stimulus->episodes[stimulus->count - 1], operation) || refuse_memory(words);
}

__attribute__((format(printf, 5, 6))) static int refuse(struct pw_diag *diag, const char *path, uint64_t line,
                                                        int status, const char *format, ...) {
  va_list arguments;
  *diag = (struct pw_diag){.line = line};
  snprintf(diag->file, sizeof diag->file, "%s", path);
  va_start(arguments, format);
  vsnprintf(diag->message, sizeof diag->message, format, arguments);
  va_end(arguments);
  return status;
}

static int read_lines(FILE *stream, const char *path, struct stimulus *stimulus, struct pw_diag *diag) {
  char text[LINE_BYTES];
  for (uint64_t line = 1; fgets(text, sizeof text, stream); line++) {
    struct words words = {0};
    if (!strchr(text, '\n') && !feof(stream)) {
      return refuse(diag, path, line, -PW_EINVAL, "a line must be text of at most %d bytes", LINE_BYTES - 2);
    }
    if (line == 1 && strncmp(text, HEADER "\n", sizeof HEADER)) {
      return refuse(diag, path, line, -PW_EINVAL, "the first line must be `" HEADER "'");
    }
    if (line > 1 && !read_line(stimulus, text, &words)) {
      return refuse(diag, path, line, words.status, "%s", words.why);
    }
  }
  if (ferror(stream)) return refuse(diag, path, 0, -PW_EIO, "cannot be read: %s", strerror(errno));
  return stimulus->count ? 0 : refuse(diag, path, 0, -PW_EINVAL, "the file holds no episode");
}

int stimulus_read(const char *path, struct stimulus *stimulus, struct pw_diag *diag) {
  *stimulus = (struct stimulus){0};
  FILE *stream = fopen(path, "r");
  if (!stream) return refuse(diag, path, 0, -PW_EIO, "cannot be opened: %s", strerror(errno));
  int status = read_lines(stream, path, stimulus, diag);
  fclose(stream);
  if (status) stimulus_free(stimulus);
  return status;
}
