/* vectors.h: architectural test vectors: one access, the entries it meets, and what must come out. */
#ifndef PAGEWALK_VECTORS_H
#define PAGEWALK_VECTORS_H

#include <pagewalk/mmu.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PW_VECTOR_MAX_ENTRIES 16

struct pw_vector_entry {
  uint64_t address; /* physical, of 8 bytes */
  uint64_t before;
  uint64_t after;       /* valid when the vector has_after */
  uint64_t after_eager; /* valid when the vector has_after_eager */
};

/* One case. docs/vectors.md describes the file format, a JSON object per line. Plain data, owned by the caller. */
struct pw_vector {
  char id[48];
  uint64_t line; /* of the file */
  uint32_t physical_address_bits;
  bool pages_1gb;
  bool locked; /* a locked read-modify-write; access.kind is PW_WRITE */
  bool has_after;
  bool has_after_eager;
  struct pw_control control;
  struct pw_access access;
  uint32_t entry_count;
  struct pw_vector_entry entries[PW_VECTOR_MAX_ENTRIES];
  /* what must come out */
  uint8_t outcome;           /* enum pw_outcome */
  uint64_t physical_address; /* for PW_MAPPED */
  uint64_t page_bytes;       /* for PW_MAPPED */
  uint32_t error_code;       /* for a fault */
  uint64_t cr2;              /* for PW_PAGE_FAULT */
};

/* Reads a file of vectors, of any compression; "-" is standard input. Opaque. */
struct pw_vector_reader;

/* Returns 0, -PW_EIO or -PW_ENOMEM. */
int pw_vector_open(const char *path, struct pw_vector_reader **reader, struct pw_diag *diag);
void pw_vector_close(struct pw_vector_reader *reader);

/* *more is false at the end. Returns 0, -PW_EIO, -PW_ENOMEM, or -PW_EVECTOR for a line that does not fit. */
int pw_vector_read(struct pw_vector_reader *reader, struct pw_vector *vector, bool *more, struct pw_diag *diag);

/* What the model made of a vector. */
struct pw_vector_result {
  bool matches;
  char difference[256]; /* first difference in words, empty on a match */
  struct pw_translation translation;
};

/*
 * Runs a vector on a fresh MMU and compares outcome and entries. With PW_ACCESSED_TRAVERSED a vector
 * that has after_eager is compared with that; of a faulting one that has not, an entry may have A set or not. A locked
 * access is then translated as a read first, as implementations that set A early do, so that A of the leaf is set when
 * only the write faults. Returns 0, -PW_ENOMEM, or -PW_EVECTOR when the vector's registers are refused.
 */
int pw_vector_check(const struct pw_vector *vector, enum pw_accessed_on_fault accessed_on_fault,
                    struct pw_vector_result *result);

#ifdef __cplusplus
}
#endif
#endif
