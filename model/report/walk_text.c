/* walk_text.c: one translation, explained entry by entry. */
#include <inttypes.h>
#include <pagewalk/entry.h>

#include "control.h"
#include "paging_format.h"
#include "run_document.h"

static const char *kind_words(unsigned kind) {
  static const char *const words[PW_ACCESS_KINDS] = {"read", "write", "instruction fetch"};
  return words[kind];
}

static bool is_user(const struct pw_access *access) { return access->cpl == 3 && !(access->flags & PW_IMPLICIT); }

/* ---- entries ---- */

static void print_flag(FILE *stream, uint64_t entry, uint64_t bit, const char *set, const char *clear) {
  const char *word = entry & bit ? set : clear;
  if (*word) fprintf(stream, " %s", word);
}

/* The bits of an entry in words, in the order of the SDM's figures. */
static void print_bits(FILE *stream, const struct pw_walk_rules *rules, unsigned level, uint64_t entry) {
  const struct pw_level_rules *at = &rules->level[level];
  if (!(entry & PW_ENTRY_P)) {
    fputs(" not present", stream);
    return;
  }
  bool leaf = pw_entry_is_leaf(at, entry);
  fputs(" P", stream);
  if (!at->in_register) {
    print_flag(stream, entry, PW_ENTRY_RW, "R/W", "read-only");
    print_flag(stream, entry, PW_ENTRY_US, "U", "S");
    print_flag(stream, entry, PW_ENTRY_PWT, "PWT", "");
    print_flag(stream, entry, PW_ENTRY_PCD, "PCD", "");
    print_flag(stream, entry, PW_ENTRY_A, "A", "");
  }
  if (leaf) {
    print_flag(stream, entry, PW_ENTRY_D, "D", "");
    print_flag(stream, entry, at->pat_bit, "PAT", "");
    print_flag(stream, entry, PW_ENTRY_G, "G", "");
    unsigned pkey = (unsigned)(entry >> PW_ENTRY_PKEY_SHIFT) & rules->pkey_mask;
    if (rules->pkey_mask) fprintf(stream, " key=%u", pkey);
  }
  print_flag(stream, entry, rules->xd_bit, "XD", "");
}

static void print_target(FILE *stream, const struct pw_walk_rules *rules, unsigned level, uint64_t entry) {
  const struct pw_level_rules *at = &rules->level[level];
  uint64_t reserved = pw_entry_is_leaf(at, entry) ? at->reserved_leaf : at->reserved_table;
  if (!(entry & PW_ENTRY_P)) return;
  if (entry & reserved) {
    fprintf(stream, "; reserved bits set: 0x%" PRIx64, entry & reserved);
  } else if (pw_entry_is_leaf(at, entry)) {
    fprintf(stream, "; maps the %s page at 0x%" PRIx64, pw_page_size_name(at->shift),
            pw_leaf_address(rules, level, entry));
  } else {
    fprintf(stream, "; table at 0x%" PRIx64, entry & rules->table_mask);
  }
}

static void print_update(FILE *stream, const struct pw_config *config, const struct pw_walk_step *step) {
  uint64_t set = step->entry_after & ~step->entry_before;
  if (!set) return;
  fprintf(stream, "\n         sets%s%s by compare-and-swap, %" PRIu32 " cycles (%s)", set & PW_ENTRY_A ? " A" : "",
          set & PW_ENTRY_D ? " D" : "", step->update_cycles, pw_served_by_name(config, step->updated_by));
}

static void print_step(FILE *stream, const struct pw_config *config, const struct pw_walk_rules *rules,
                       const struct pw_walk_step *step) {
  fprintf(stream, "  %-5s", pw_level_name(step->level));
  if (step->read_by == PW_SERVED_BY_REGISTER) {
    fputs("  in a register    ", stream);
  } else {
    fprintf(stream, "  at 0x%013" PRIx64, step->entry_address);
  }
  fprintf(stream, " = 0x%016" PRIx64 " ", step->entry_before);
  print_bits(stream, rules, step->level, step->entry_before);
  print_target(stream, rules, step->level, step->entry_before);
  if (step->read_by != PW_SERVED_BY_REGISTER) {
    fprintf(stream, "; %" PRIu32 " cycles (%s)", step->read_cycles, pw_served_by_name(config, step->read_by));
  }
  print_update(stream, config, step);
  fputc('\n', stream);
}

static void print_steps(FILE *stream, const struct pw_config *config, const struct pw_walk_rules *rules,
                        const struct pw_translation *t) {
  for (unsigned i = 0; i < t->step_count; i++) {
    if (i && t->steps[i].attempt != t->steps[i - 1].attempt) {
      fputs("  a compare-and-swap found another value: the walk starts again\n", stream);
    }
    print_step(stream, config, rules, &t->steps[i]);
  }
}

/* ---- the verdict in words ---- */

/* The rules of SDM "Determination of Access Rights" that this access broke, one line each. */
static void print_denials(FILE *stream, const struct pw_control *control, const struct pw_access *access,
                          const struct pw_translation *t) {
  uint32_t rights = t->attributes;
  bool user = is_user(access);
  bool user_page = (rights & PW_ATTR_USER) != 0;
  bool write = access->kind == PW_WRITE;
  bool fetch = access->kind == PW_FETCH;
  if (user && !user_page) fputs("  a user-mode access to a page that is not U at every level\n", stream);
  if (write && !(rights & PW_ATTR_WRITE) && (user || control->cr0 & PW_CR0_WP)) {
    fprintf(stream, "  a write to a page that is not R/W at every level%s\n", user ? "" : ", with CR0.WP = 1");
  }
  if (fetch && !(rights & PW_ATTR_EXECUTE)) fputs("  an instruction fetch from a page with XD at some level\n", stream);
  if (fetch && !user && user_page && (control->cr4 & PW_CR4_SMEP)) {
    fputs("  a supervisor fetch from a user page, with CR4.SMEP = 1\n", stream);
  }
  if (!fetch && !user && user_page && (control->cr4 & PW_CR4_SMAP)) {
    if (access->flags & PW_IMPLICIT) {
      fputs("  an implicit supervisor access to a user page, with CR4.SMAP = 1\n", stream);
    }
    if (!(access->flags & (PW_AC | PW_IMPLICIT))) {
      fputs("  a supervisor access to a user page, with CR4.SMAP = 1 and EFLAGS.AC = 0\n", stream);
    }
  }
  if (t->error_code & PW_ERROR_PK) fputs("  PKRU denies the protection key of this user page\n", stream);
}

static void print_error_code(FILE *stream, uint32_t error_code) {
  static const char *const names[] = {"P", "W/R", "U/S", "RSVD", "I/D", "PK"};
  fprintf(stream, "error code 0x%" PRIx32 " (", error_code);
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
    fprintf(stream, "%s%s=%u", i ? " " : "", names[i], (unsigned)(error_code >> i & 1));
  }
  fputs(")\n", stream);
}

static void print_page_fault(FILE *stream, const struct pw_control *control, const struct pw_access *access,
                             const struct pw_translation *t) {
  const char *level = t->step_count ? pw_level_name(t->steps[t->step_count - 1].level) : "?";
  fprintf(stream, "faults: #PF, CR2 = 0x%016" PRIx64 ", ", t->cr2);
  print_error_code(stream, t->error_code);
  if (!(t->error_code & PW_ERROR_P)) {
    fprintf(stream, "  the %s is not present\n", level);
  } else if (t->error_code & PW_ERROR_RSVD) {
    fprintf(stream, "  a reserved bit is set in the %s\n", level);
  } else {
    print_denials(stream, control, access, t);
  }
}

static void print_mapped(FILE *stream, const struct pw_translation *t) {
  static const char *const types[] = {"UC", "WC", "?", "?", "WT", "WP", "WB", "UC-"};
  fprintf(stream, "succeeds: physical address 0x%" PRIx64 ", a %s page, %s, %s, %s, memory type %s%s\n",
          t->physical_address, pw_page_size_name(t->page_shift), t->attributes & PW_ATTR_USER ? "user" : "supervisor",
          t->attributes & PW_ATTR_WRITE ? "writable" : "read-only",
          t->attributes & PW_ATTR_EXECUTE ? "executable" : "not executable", types[t->memory_type],
          t->attributes & PW_ATTR_GLOBAL ? ", global" : "");
}

static void print_outcome(FILE *stream, const struct pw_control *control, const struct pw_walk_rules *rules,
                          const struct pw_access *access, const struct pw_translation *t) {
  unsigned bits = rules->format->linear_bits;
  switch ((enum pw_outcome)t->outcome) {
    case PW_MAPPED: print_mapped(stream, t); break;
    case PW_PAGE_FAULT: print_page_fault(stream, control, access, t); break;
    case PW_GENERAL_PROTECTION:
    case PW_STACK_FAULT:
      fprintf(stream, "faults: %s before any walk: the address is not %s %u bits\n",
              t->outcome == PW_STACK_FAULT ? "#SS(0)" : "#GP(0)",
              rules->format->sign_extended ? "canonical in" : "within", bits);
      break;
    case PW_BUS_ERROR: fputs("fails: no memory answers at the address of the entry\n", stream); break;
    case PW_DROPPED: fputs("is dropped: a prefetch that would have faulted\n", stream); break;
    case PW_OUTCOMES: break;
  }
}

static void print_request(FILE *stream, const struct pw_control *control, const struct pw_access *access) {
  fprintf(stream, "%s%s of 0x%016" PRIx64 " at CPL %u (%s mode)%s%s\n", access->flags & PW_IMPLICIT ? "implicit " : "",
          kind_words(access->kind), access->linear_address, access->cpl, is_user(access) ? "user" : "supervisor",
          access->flags & PW_AC ? ", EFLAGS.AC = 1" : "",
          access->flags & PW_STACK ? ", through the stack segment" : "");
  fprintf(stream,
          "CR3 = 0x%" PRIx64 "  CR0.WP=%d CR4: PGE=%d PCIDE=%d SMEP=%d SMAP=%d PKE=%d  EFER.NXE=%d  PKRU=0x%" PRIx32
          "\n",
          control->cr3, !!(control->cr0 & PW_CR0_WP), !!(control->cr4 & PW_CR4_PGE), !!(control->cr4 & PW_CR4_PCIDE),
          !!(control->cr4 & PW_CR4_SMEP), !!(control->cr4 & PW_CR4_SMAP), !!(control->cr4 & PW_CR4_PKE),
          !!(control->efer & PW_EFER_NXE), control->pkru);
}

int pw_report_walk(FILE *stream, const struct pw_config *config, const struct pw_control *control,
                   const struct pw_access *access, const struct pw_translation *translation) {
  struct pw_translation_mode mode = pw_control_decode(control, config->physical_address_bits, config->pages_1gb);
  struct pw_walk_rules rules = mode.rules;
  if (!(control->cr4 & PW_CR4_PKE)) rules.pkey_mask = 0; /* a key that does not count is not shown */
  print_request(stream, control, access);
  print_steps(stream, config, &rules, translation);
  print_outcome(stream, control, &rules, access, translation);
  if (translation->outcome == PW_MAPPED || translation->walked) {
    fprintf(stream,
            "%" PRIu32 " cycles: TLB %" PRIu32 ", paging-structure caches %" PRIu32 ", walk %" PRIu32
            ", accessed and dirty %" PRIu32 "\n",
            pw_translation_cycles(translation), translation->tlb_cycles, translation->psc_cycles,
            translation->walk_cycles, translation->update_cycles);
  }
  return fflush(stream) || ferror(stream) ? -PW_EIO : 0;
}
