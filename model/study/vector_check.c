/* vector_check.c: an architectural vector against the model. */
#include <inttypes.h>
#include <pagewalk/entry.h>
#include <pagewalk/vectors.h>
#include <stdio.h>

/* A machine with nothing but a walker: a vector is about one walk with everything flushed. */
static struct pw_config bare_machine(const struct pw_vector *vector, enum pw_accessed_on_fault accessed_on_fault) {
  struct pw_config config = pw_config_default();
  config.physical_address_bits = vector->physical_address_bits;
  config.pages_1gb = vector->pages_1gb;
  config.accessed_on_fault = accessed_on_fault;
  config.tlb_count = 0;
  config.cache_count = 0;
  config.walk_enters = 0;
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) config.psc[level].sets = 0;
  return config;
}

static const char *const outcome_names[PW_OUTCOMES] = {"mapped", "#PF", "#GP", "#SS", "bus error", "dropped"};

/* First difference of the outcomes into `text`; true when there is none. */
static bool same_outcome(const struct pw_vector *v, const struct pw_translation *t, char *text, size_t size_bytes) {
  text[0] = '\0';
  if (t->outcome != v->outcome) {
    snprintf(text, size_bytes, "outcome %s, expected %s", outcome_names[t->outcome], outcome_names[v->outcome]);
  } else if (v->outcome == PW_MAPPED && t->physical_address != v->physical_address) {
    snprintf(text, size_bytes, "physical address 0x%" PRIx64 ", expected 0x%" PRIx64, t->physical_address,
             v->physical_address);
  } else if (v->outcome == PW_MAPPED && UINT64_C(1) << t->page_shift != v->page_bytes) {
    snprintf(text, size_bytes, "page of %" PRIu64 " bytes, expected %" PRIu64, UINT64_C(1) << t->page_shift,
             v->page_bytes);
  } else if (v->outcome != PW_MAPPED && t->error_code != v->error_code) {
    snprintf(text, size_bytes, "error code 0x%x, expected 0x%x", t->error_code, v->error_code);
  } else if (v->outcome == PW_PAGE_FAULT && t->cr2 != v->cr2) {
    snprintf(text, size_bytes, "CR2 0x%" PRIx64 ", expected 0x%" PRIx64, t->cr2, v->cr2);
  }
  return !text[0];
}

/* What may be in an entry afterwards: one value, or two where only A is left open. */
struct expected {
  uint64_t value;
  uint64_t may_differ;
};

static struct expected expected_entry(const struct pw_vector *v, const struct pw_vector_entry *entry, bool eager) {
  if (eager && v->has_after_eager) return (struct expected){entry->after_eager, 0};
  return (struct expected){entry->after, eager && v->outcome == PW_PAGE_FAULT ? PW_ENTRY_A : 0};
}

static bool same_entries(const struct pw_vector *v, bool eager, const struct pw_physical_memory *memory, char *text,
                         size_t size_bytes) {
  bool compared = v->has_after || (eager && v->has_after_eager);
  for (uint32_t i = 0; compared && i < v->entry_count; i++) {
    struct expected expected = expected_entry(v, &v->entries[i], eager);
    uint64_t got = pw_physical_read64(memory, v->entries[i].address);
    if (!((got ^ expected.value) & ~expected.may_differ)) continue;
    snprintf(text, size_bytes, "entry at 0x%" PRIx64 " is 0x%" PRIx64 ", expected 0x%" PRIx64, v->entries[i].address,
             got, expected.value);
    return false;
  }
  return true;
}

/* The load half of a locked access, for implementations that translate it on its own. */
static int load_half(const struct pw_vector *vector, struct pw_mmu *mmu, struct pw_translation *translation) {
  struct pw_access load = vector->access;
  load.kind = PW_READ;
  int status = pw_translate(mmu, &load, translation);
  pw_mmu_flush(mmu);
  return status;
}

static int run(const struct pw_vector *vector, const struct pw_config *config, struct pw_physical_memory *memory,
               struct pw_vector_result *result) {
  struct pw_memory_port port = pw_physical_memory_port(memory);
  struct pw_mmu *mmu;
  for (uint32_t i = 0; i < vector->entry_count; i++) {
    int status = pw_physical_write64(memory, vector->entries[i].address, vector->entries[i].before);
    if (status) return status;
  }
  int status = pw_mmu_create(config, &port, NULL, &mmu);
  if (status) return status;
  status = pw_mmu_set_control(mmu, &vector->control);
  if (!status && vector->locked && config->accessed_on_fault == PW_ACCESSED_TRAVERSED) {
    status = load_half(vector, mmu, &result->translation);
  }
  if (!status) status = pw_translate(mmu, &vector->access, &result->translation);
  pw_mmu_destroy(mmu);
  return status == -PW_EGP ? -PW_EVECTOR : status;
}

int pw_vector_check(const struct pw_vector *vector, enum pw_accessed_on_fault accessed_on_fault,
                    struct pw_vector_result *result) {
  struct pw_config config = bare_machine(vector, accessed_on_fault);
  bool eager = accessed_on_fault == PW_ACCESSED_TRAVERSED;
  struct pw_physical_memory *memory;
  int status = pw_physical_memory_create(&memory);
  if (status) return status;
  status = run(vector, &config, memory, result);
  if (!status) {
    result->matches = same_outcome(vector, &result->translation, result->difference, sizeof result->difference) &&
                      same_entries(vector, eager, memory, result->difference, sizeof result->difference);
  }
  pw_physical_memory_destroy(memory);
  return status;
}
