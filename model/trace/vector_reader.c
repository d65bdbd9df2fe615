/* vector_reader.c: architectural vectors from lines of JSON. */
#include <jansson.h>
#include <pagewalk/vectors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "byte_stream.h"
#include "diag.h"
#include "text.h"

#define WINDOW_BYTES (1u << 18) /* also the longest line */

struct pw_vector_reader {
  struct pw_byte_window window;
  uint64_t line;
};

/* One line being turned into a vector. */
struct decoder {
  const json_t *object;
  const char *file;
  uint64_t line;
  struct pw_diag *diag;
};

int pw_vector_open(const char *path, struct pw_vector_reader **reader, struct pw_diag *diag) {
  struct pw_vector_reader *made = calloc(1, sizeof *made);
  *reader = NULL;
  if (!made) return pw_refuse(diag, PW_ENOMEM, path, 0, NULL, "%s", pw_strerror(PW_ENOMEM));
  int status = pw_byte_window_open(&made->window, path, WINDOW_BYTES, diag);
  if (status) {
    free(made);
    return status;
  }
  *reader = made;
  return 0;
}

void pw_vector_close(struct pw_vector_reader *reader) {
  if (!reader) return;
  pw_byte_window_close(&reader->window);
  free(reader);
}

/* ---- fields ---- */

static int refuse(const struct decoder *d, const char *key, const char *rule) {
  return pw_refuse(d->diag, PW_EVECTOR, d->file, d->line, key, "%s", rule);
}

static int get_integer(const struct decoder *d, const json_t *object, const char *key, uint64_t maximum,
                       uint64_t *value) {
  const json_t *field = json_object_get(object, key);
  if (!json_is_integer(field) || json_integer_value(field) < 0 || (uint64_t)json_integer_value(field) > maximum) {
    return pw_refuse(d->diag, PW_EVECTOR, d->file, d->line, key, "must be a whole number in 0..%llu",
                     (unsigned long long)maximum);
  }
  *value = (uint64_t)json_integer_value(field);
  return 0;
}

static int parse_hex(const struct decoder *d, const json_t *field, const char *key, uint64_t *value) {
  const char *text = json_string_value(field);
  if (text && text[0] == '0' && text[1] == 'x') {
    size_t digits = strspn(text + 2, "0123456789abcdefABCDEF");
    *value = strtoull(text + 2, NULL, 16);
    if (digits >= 1 && digits <= 16 && !text[2 + digits]) return 0;
  }
  return refuse(d, key, "must be a quoted hexadecimal number like \"0x1000\"");
}

static int get_hex(const struct decoder *d, const json_t *object, const char *key, uint64_t *value) {
  return parse_hex(d, json_object_get(object, key), key, value);
}

/* A 0 or 1 that sets a bit of a register. */
static int get_bit(const struct decoder *d, const char *key, uint64_t bit, uint64_t *reg) {
  uint64_t value = 0;
  int status = get_integer(d, d->object, key, 1, &value);
  if (value) *reg |= bit;
  return status;
}

static int decode_control(const struct decoder *d, struct pw_vector *vector) {
  struct pw_control *control = &vector->control;
  uint64_t levels = 0, pkru = 0, value = 0;
  *control = (struct pw_control){.cr0 = PW_CR0_PG, .cr4 = PW_CR4_PAE, .efer = PW_EFER_LME, .pat = PW_PAT_RESET};
  const struct {
    const char *key;
    uint64_t bit;
    uint64_t *reg;
  } bits[] = {{"wp", PW_CR0_WP, &control->cr0},       {"smep", PW_CR4_SMEP, &control->cr4},
              {"smap", PW_CR4_SMAP, &control->cr4},   {"pge", PW_CR4_PGE, &control->cr4},
              {"pcide", PW_CR4_PCIDE, &control->cr4}, {"pke", PW_CR4_PKE, &control->cr4},
              {"nxe", PW_EFER_NXE, &control->efer}};
  for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
    int status = get_bit(d, bits[i].key, bits[i].bit, bits[i].reg);
    if (status) return status;
  }
  if (get_integer(d, d->object, "lv", 5, &levels) || levels < 4) return refuse(d, "lv", "must be 4 or 5");
  if (levels == 5) control->cr4 |= PW_CR4_LA57;
  if (get_integer(d, d->object, "mp", 52, &value) || value < 32) return refuse(d, "mp", "must be in 32..52");
  vector->physical_address_bits = (uint32_t)value;
  int status = get_integer(d, d->object, "gb", 1, &value);
  vector->pages_1gb = value == 1;
  if (!status) status = get_hex(d, d->object, "cr3", &control->cr3);
  if (!status) status = get_hex(d, d->object, "pkru", &pkru);
  if (!status && pkru > UINT32_MAX) status = refuse(d, "pkru", "must have at most 32 bits");
  if (!status) control->pkru = (uint32_t)pkru;
  return status;
}

/* k: what kind of access, in one letter. */
static int decode_kind(const struct decoder *d, struct pw_vector *vector) {
  const char *kind = json_string_value(json_object_get(d->object, "k"));
  struct pw_access *access = &vector->access;
  vector->locked = kind && strcmp(kind, "m") == 0;
  switch (kind && kind[0] && !kind[1] ? kind[0] : 0) {
    case 'r': access->kind = PW_READ; return 0;
    case 'w':
    case 'm': access->kind = PW_WRITE; return 0;
    case 'x': access->kind = PW_FETCH; return 0;
    case 's':
      access->kind = PW_READ;
      access->flags |= PW_STACK;
      return 0;
    case 'i':
      access->kind = PW_READ;
      access->flags |= PW_IMPLICIT;
      return 0;
    default: return refuse(d, "k", "must be r, w, x, m, s or i");
  }
}

static int decode_access(const struct decoder *d, struct pw_vector *vector) {
  struct pw_access *access = &vector->access;
  uint64_t cpl = 0, ac = 0;
  *access = (struct pw_access){.size_bytes = 8};
  int status = get_integer(d, d->object, "cpl", 3, &cpl);
  if (!status) status = get_integer(d, d->object, "ac", 1, &ac);
  if (!status) status = get_hex(d, d->object, "va", &access->linear_address);
  if (!status) status = decode_kind(d, vector);
  if (status) return status;
  if ((access->linear_address & (PW_SMALL_PAGE_BYTES - 1)) + access->size_bytes > PW_SMALL_PAGE_BYTES) {
    return refuse(d, "va", "the 8 bytes of the access must lie in one 4 KB page");
  }
  access->cpl = (uint8_t)cpl;
  if (ac) access->flags |= PW_AC;
  return 0;
}

/* ---- memory before and after ---- */

static int decode_pair(const struct decoder *d, const json_t *pair, const char *key, uint64_t *address,
                       uint64_t *value) {
  if (json_array_size(pair) != 2) return refuse(d, key, "must be a list of [address, value]");
  int status = parse_hex(d, json_array_get(pair, 0), key, address);
  if (!status) status = parse_hex(d, json_array_get(pair, 1), key, value);
  if (!status && (*address & 7 || *address >> 52)) {
    status = refuse(d, key, "an address must be 8-byte aligned and below 2^52");
  }
  return status;
}

static struct pw_vector_entry *entry_at(struct pw_vector *vector, uint64_t address) {
  for (uint32_t i = 0; i < vector->entry_count; i++) {
    if (vector->entries[i].address == address) return &vector->entries[i];
  }
  return NULL;
}

static int decode_memory(const struct decoder *d, struct pw_vector *vector) {
  const json_t *list = json_object_get(d->object, "mem");
  if (!json_is_array(list) || json_array_size(list) > PW_VECTOR_MAX_ENTRIES) {
    return refuse(d, "mem", "must be a list of at most 16 entries");
  }
  for (size_t i = 0; i < json_array_size(list); i++) {
    struct pw_vector_entry *entry = &vector->entries[i];
    int status = decode_pair(d, json_array_get(list, i), "mem", &entry->address, &entry->before);
    if (status) return status;
    if (entry_at(vector, entry->address)) return refuse(d, "mem", "must have an address once");
    entry->after = entry->after_eager = entry->before;
    vector->entry_count++;
  }
  return 0;
}

/* An optional list of values after the access, for addresses that `mem` has. */
static int decode_after(const struct decoder *d, struct pw_vector *vector, const char *key, bool eager, bool *present) {
  const json_t *list = json_object_get(d->object, key);
  *present = list != NULL;
  if (list && !json_is_array(list)) return refuse(d, key, "must be a list of [address, value]");
  for (size_t i = 0; i < json_array_size(list); i++) {
    uint64_t address = 0, value = 0;
    int status = decode_pair(d, json_array_get(list, i), key, &address, &value);
    if (status) return status;
    struct pw_vector_entry *entry = entry_at(vector, address);
    if (!entry) return refuse(d, key, "has an address that mem has not");
    *(eager ? &entry->after_eager : &entry->after) = value;
  }
  return 0;
}

static int decode_fault(const struct decoder *d, const json_t *out, struct pw_vector *vector) {
  uint64_t vector_number = 0, error_code = 0;
  int status = get_integer(d, out, "vec", 255, &vector_number);
  if (!status) status = get_integer(d, out, "err", 0xffff, &error_code);
  if (status) return status;
  vector->error_code = (uint32_t)error_code;
  switch (vector_number) {
    case 12: vector->outcome = PW_STACK_FAULT; return 0;
    case 13: vector->outcome = PW_GENERAL_PROTECTION; return 0;
    case 14: vector->outcome = PW_PAGE_FAULT; return get_hex(d, out, "cr2", &vector->cr2);
    default: return refuse(d, "out", "vec must be 12, 13 or 14");
  }
}

static int decode_outcome(const struct decoder *d, struct pw_vector *vector) {
  const json_t *out = json_object_get(d->object, "out");
  if (!json_is_object(out)) return refuse(d, "out", "must be an object with pa and sz, or with vec and err");
  if (json_object_get(out, "vec")) return decode_fault(d, out, vector);
  vector->outcome = PW_MAPPED;
  int status = get_hex(d, out, "pa", &vector->physical_address);
  return status ? status : get_integer(d, out, "sz", UINT64_C(1) << 30, &vector->page_bytes);
}

static int decode(const struct decoder *d, struct pw_vector *vector) {
  const char *id = json_string_value(json_object_get(d->object, "id"));
  *vector = (struct pw_vector){.line = d->line};
  snprintf(vector->id, sizeof vector->id, "%s", id ? id : "");
  int status = decode_control(d, vector);
  if (!status) status = decode_access(d, vector);
  if (!status) status = decode_memory(d, vector);
  if (!status) status = decode_after(d, vector, "after", false, &vector->has_after);
  if (!status) status = decode_after(d, vector, "after_eager", true, &vector->has_after_eager);
  return status ? status : decode_outcome(d, vector);
}

/* ---- lines ---- */

static const char *name_of(const struct pw_vector_reader *reader) { return pw_byte_stream_name(reader->window.stream); }

/* The next line that is not blank; *text is NULL at the end. */
static int next_line(struct pw_vector_reader *reader, const char **text, size_t *length, struct pw_diag *diag) {
  do {
    int status = pw_byte_window_line(&reader->window, WINDOW_BYTES - 1, text, length, diag);
    if (status || !*text) return status;
    reader->line++;
    if (*length >= WINDOW_BYTES) {
      return pw_refuse(diag, PW_EVECTOR, name_of(reader), reader->line, NULL, "the line is longer than %u bytes",
                       WINDOW_BYTES);
    }
  } while (pw_line_is_blank(*text, *length));
  return 0;
}

int pw_vector_read(struct pw_vector_reader *reader, struct pw_vector *vector, bool *more, struct pw_diag *diag) {
  const char *text = NULL;
  size_t length = 0;
  json_error_t error;
  *more = false;
  int status = next_line(reader, &text, &length, diag);
  if (status || !text) return status;
  struct decoder decoder = {.file = name_of(reader), .line = reader->line, .diag = diag};
  json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
  if (!object) return refuse(&decoder, NULL, error.text);
  decoder.object = object;
  status = json_is_object(object) ? decode(&decoder, vector) : refuse(&decoder, NULL, "must be a JSON object");
  json_decref(object);
  *more = status == 0;
  return status;
}
