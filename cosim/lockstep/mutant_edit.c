/* mutant_edit.c: many broken devices in one text: every edit of the Verilog becomes a choice that is made at run time.
 */
#include "mutant_edit.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"

#define TOP "mmu.sv"
#define AFTER_INPUT "rst_ni,"
#define BEFORE_REGISTER "endmodule"

const char mutant_package_file[] = "mutation_pkg.sv";
const char mutant_package_text[] =
    "// mutation_pkg: which mutant the device is. Written by a register of mmu: an input would have all that follows\n"
    "// from it evaluated twice in every clock.\n"
    "package mutation_pkg;\n"
    "  logic [31:0] mutsel;\n"
    "endpackage\n";

/* Where an edit applies: bytes begin..end-1 of the text. */
struct place {
  const struct mutant_edit *edit;
  size_t begin, end;
};

struct editing {
  const struct mutant_edits *edits;
  const char *verilog;
  const char *text;
  struct pw_diag *diag;
  struct place *places;
  size_t count;
};

static int refuse(const struct editing *editing, const struct mutant_edit *edit, const char *rule, const char *other) {
  return pw_refuse(editing->diag, PW_EINVAL, editing->edits->file, edit->line, edit->name, "%s%s%s", rule,
                   editing->verilog, other);
}

/* ---- the top: input and register ---- */

/* Returns a text to be freed; NULL without memory, or when the top is none that this knows. */
static char *with_input(const char *text) {
  const char *input = strstr(text, AFTER_INPUT);
  const char *last = NULL;
  for (const char *at = text; (at = strstr(at, BEFORE_REGISTER)); at++) last = at;
  if (!input || !last || last < input) return NULL;
  input += strlen(AFTER_INPUT);
  char *made = NULL;
  size_t size;
  FILE *stream = open_memstream(&made, &size);
  if (!stream) return NULL;
  fprintf(stream, "%.*s input wire [31:0] mutsel,%.*s", (int)(input - text), text, (int)(last - input), input);
  fprintf(stream, "always_ff @(posedge clk_i) mutation_pkg::mutsel <= mutsel;\n%s", last);
  return fclose(stream) ? free(made), NULL : made;
}

/* ---- places ---- */

static int find_place(struct editing *editing, const struct mutant_edit *edit) {
  const char *at = *edit->find ? strstr(editing->text, edit->find) : NULL;
  if (!at) return refuse(editing, edit, "what is to be found is not in ", "; white space counts");
  if (strstr(at + 1, edit->find)) return refuse(editing, edit, "what is to be found is more than once in ", "");
  size_t begin = (size_t)(at - editing->text);
  editing->places[editing->count++] = (struct place){edit, begin, begin + strlen(edit->find)};
  return 0;
}

/* By where they begin, the longer first, and of the same place the later mutant first. */
static int compare_places(const void *one, const void *other) {
  const struct place *a = one, *b = other;
  if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
  if (a->end != b->end) return a->end > b->end ? -1 : 1;
  return a->edit->mutant > b->edit->mutant ? -1 : a->edit->mutant < b->edit->mutant;
}

static bool is_same(const struct place *a, const struct place *b) { return a->begin == b->begin && a->end == b->end; }

static int check_pair(const struct editing *editing, const struct place *a, const struct place *b) {
  char other[128];
  snprintf(other, sizeof other, ", which %.60s (line %u) edits", a->edit->name, a->edit->line);
  if (b->begin >= a->end) return 0;
  if (b->end > a->end) return refuse(editing, b->edit, "overlaps in part a place in ", other);
  if (a->edit->kind == MUTANT_TEXT) return refuse(editing, b->edit, "is inside a place that has other text in ", other);
  if (!is_same(a, b)) return 0;
  if (a->edit->kind != b->edit->kind)
    return refuse(editing, b->edit, "is of another kind than an edit of the same place in ", other);
  if (a->edit->mutant == b->edit->mutant) return refuse(editing, b->edit, "edits twice a place in ", other);
  return 0;
}

static int find_places(struct editing *editing) {
  const struct mutant_edits *edits = editing->edits;
  int error = 0;
  for (size_t i = 0; i < edits->count && !error; i++) {
    if (strcmp(edits->list[i].verilog, editing->verilog) == 0) error = find_place(editing, &edits->list[i]);
  }
  qsort(editing->places, editing->count, sizeof *editing->places, compare_places);
  for (size_t i = 0; i < editing->count; i++) {
    for (size_t j = i + 1; j < editing->count && !error; j++) {
      error = check_pair(editing, &editing->places[i], &editing->places[j]);
    }
  }
  return error;
}

/* ---- choices ---- */

/* The branches end with a line, since a text may end with a comment; the name is for errors that a tool finds. */
static void open_choice(FILE *stream, const struct mutant_edit *edit) {
  if (edit->kind == MUTANT_EXPRESSION) {
    fprintf(stream, "((mutation_pkg::mutsel == %" PRIu32 ") ? (%s\n) : (", edit->mutant, edit->replace);
  } else {
    fprintf(stream, "if (mutation_pkg::mutsel == %" PRIu32 ") begin %s\nend else begin ", edit->mutant, edit->replace);
  }
}

static void close_choice(FILE *stream, const struct mutant_edit *edit) {
  fprintf(stream, "\n%s /* %s */", edit->kind == MUTANT_EXPRESSION ? "))" : "end", edit->name);
}

/* Places that begin before `end`. */
static size_t inside(const struct place *places, size_t count, size_t end) {
  size_t i = 0;
  while (i < count && places[i].begin < end) i++;
  return i;
}

/* Writes the text from..to with the places in it, which are in order. */
static void write_range(FILE *stream, const char *text, size_t from, size_t to, const struct place *places,
                        size_t count) {
  while (count) {
    const struct place *place = &places[0];
    size_t within = inside(places, count, place->end);
    fwrite(text + from, 1, place->begin - from, stream);
    if (place->edit->kind == MUTANT_TEXT) {
      fputs(place->edit->replace, stream);
    } else {
      open_choice(stream, place->edit);
      write_range(stream, text, place->begin, place->end, places + 1, within - 1);
      close_choice(stream, place->edit);
    }
    from = place->end;
    places += within;
    count -= within;
  }
  fwrite(text + from, 1, to - from, stream);
}

static char *write_text(const struct editing *editing) {
  char *made = NULL;
  size_t size;
  FILE *stream = open_memstream(&made, &size);
  if (!stream) return NULL;
  write_range(stream, editing->text, 0, strlen(editing->text), editing->places, editing->count);
  return fclose(stream) ? free(made), NULL : made;
}

int mutant_edit_text(const struct mutant_edits *edits, const char *verilog, const char *text, char **edited,
                     struct pw_diag *diag) {
  bool is_top = strcmp(verilog, TOP) == 0;
  char *top = is_top ? with_input(text) : NULL;
  *edited = NULL;
  if (is_top && !top) {
    return pw_refuse(diag, PW_EINVAL, verilog, 0, NULL, "has no `%s' and `%s' to put an input for mutants at",
                     AFTER_INPUT, BEFORE_REGISTER);
  }
  struct editing editing = {.edits = edits, .verilog = verilog, .text = top ? top : text, .diag = diag};
  editing.places = calloc(edits->count + 1, sizeof *editing.places);
  int error = editing.places ? find_places(&editing) : pw_refuse(diag, PW_ENOMEM, NULL, 0, NULL, "no memory left");
  if (!error) *edited = write_text(&editing);
  if (!error && !*edited) error = pw_refuse(diag, PW_ENOMEM, NULL, 0, NULL, "no memory left");
  free(editing.places);
  free(top);
  return error;
}
