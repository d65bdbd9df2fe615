/* cover.c: loads, adds, saves and prints functional coverage. */
#include "cover.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_HOLES 3 /* of each group, in the report of a run */

/* ---- machines ---- */

/* Length of the line that a text begins with. */
static size_t line_length(const char *text) { return strcspn(text, "\n"); }

/* Says in which line of their configurations two machines differ. */
static void print_difference(const char *path, const struct pw_config *theirs, const struct pw_config *ours) {
  char *a = pw_config_to_yaml(theirs), *b = pw_config_to_yaml(ours);
  const char *one = a ? a : "", *other = b ? b : "";
  while (*one && line_length(one) == line_length(other) && !strncmp(one, other, line_length(one))) {
    one += line_length(one) + (one[line_length(one)] != 0);
    other += line_length(other) + (other[line_length(other)] != 0);
  }
  one += strspn(one, " ");
  other += strspn(other, " ");
  fprintf(stderr, "%s: is the coverage of another machine: it has '%.*s' where this one has '%.*s'\n", path,
          (int)line_length(one), one, (int)line_length(other), other);
  free(a);
  free(b);
}

static int add_file(const char *path, struct pw_coverage **coverage) {
  struct pw_coverage *loaded;
  struct pw_diag diag;
  if (pw_coverage_load(path, &loaded, &diag)) return print_diag(&diag);
  if (!*coverage) {
    *coverage = loaded;
    return EXIT_GOOD;
  }
  int status = pw_coverage_merge(*coverage, loaded);
  if (status) print_difference(path, pw_coverage_config(loaded), pw_coverage_config(*coverage));
  pw_coverage_destroy(loaded);
  return status ? EXIT_USAGE : EXIT_GOOD;
}

int cover_open(struct session *session) {
  const char *path = session->options.coverage;
  if (!path) return EXIT_GOOD;
  int status = pw_coverage_create(&session->config, &session->coverage);
  if (status) return print_status("coverage", status);
  if (access(path, F_OK)) return check_output(path);
  return add_file(path, &session->coverage);
}

/* ---- reports ---- */

static void print_summary(const struct pw_coverage *coverage, unsigned group) {
  struct pw_coverage_summary s = pw_coverage_summarise(coverage, group);
  double share = s.reachable ? 100.0 * s.hit / s.reachable : 100.0;
  printf("  %-12s %5u / %-5u %6.2f %%   unreachable %u", pw_coverage_group_name(group), s.hit, s.reachable, share,
         s.bins - s.reachable);
  if (s.impossible) printf("   of these hit %u", s.impossible);
  putchar('\n');
}

/* Up to `most` of them, by name. */
static void print_holes(const struct pw_coverage *coverage, unsigned group, unsigned most) {
  unsigned holes = 0;
  for (unsigned bin = 0; bin < pw_coverage_bins(group); bin++) {
    struct pw_coverage_bin look;
    if (!pw_coverage_is_hole(coverage, group, bin)) continue;
    if (++holes > most) continue;
    pw_coverage_look(coverage, group, bin, &look);
    printf("    hole  %s\n", look.name);
  }
  if (holes > most) printf("    and %u more\n", holes - most);
}

static void print_impossible(const struct pw_coverage *coverage, unsigned group) {
  for (unsigned bin = 0; bin < pw_coverage_bins(group); bin++) {
    struct pw_coverage_bin look;
    pw_coverage_look(coverage, group, bin, &look);
    if (look.unreachable && look.count)
      printf("    hit %" PRIu64 " times, which cannot be  %s: %s\n", look.count, look.name, look.unreachable);
  }
}

static void print_total(const struct pw_coverage *coverage) {
  unsigned hit = 0, reachable = 0;
  for (unsigned g = 0; g < pw_coverage_groups(); g++) {
    struct pw_coverage_summary s = pw_coverage_summarise(coverage, g);
    hit += s.hit;
    reachable += s.reachable;
  }
  printf("covered %u of %u reachable bins\n", hit, reachable);
}

static void print_groups(const struct pw_coverage *coverage, unsigned most_holes) {
  puts("coverage     bins hit / reachable");
  for (unsigned g = 0; g < pw_coverage_groups(); g++) {
    print_summary(coverage, g);
    print_holes(coverage, g, most_holes);
    print_impossible(coverage, g);
  }
}

int cover_close(struct session *session) {
  struct pw_diag diag;
  if (!session->coverage) return EXIT_GOOD;
  print_groups(session->coverage, FIRST_HOLES);
  print_total(session->coverage);
  return pw_coverage_save(session->coverage, session->options.coverage, &diag) ? print_diag(&diag) : EXIT_GOOD;
}

/* ---- the report of files ---- */

/* The unreachable bins of a group, each reason once with the bins that it is of. */
static void print_unreachable(const struct pw_coverage *coverage, unsigned group) {
  for (unsigned bin = 0; bin < pw_coverage_bins(group); bin++) {
    struct pw_coverage_bin look;
    pw_coverage_look(coverage, group, bin, &look);
    if (look.unreachable) printf("    unreachable  %s: %s\n", look.name, look.unreachable);
  }
}

static int is_complete(const struct pw_coverage *coverage) {
  for (unsigned g = 0; g < pw_coverage_groups(); g++) {
    struct pw_coverage_summary s = pw_coverage_summarise(coverage, g);
    if (s.hit < s.reachable || s.impossible) return 0;
  }
  return 1;
}

int task_coverage(struct session *session) {
  const struct inputs *files = &session->options.source.traces;
  struct pw_coverage *sum = NULL;
  int code = EXIT_GOOD;
  for (size_t i = 0; i < files->count && code == EXIT_GOOD; i++) code = add_file(files->path[i], &sum);
  if (code == EXIT_GOOD) {
    print_groups(sum, UINT32_MAX);
    for (unsigned g = 0; g < pw_coverage_groups(); g++) {
      printf("\n%s: %s\n", pw_coverage_group_name(g), pw_coverage_group_meaning(g));
      print_unreachable(sum, g);
    }
    print_total(sum);
    code = is_complete(sum) ? EXIT_GOOD : EXIT_FOUND;
  }
  pw_coverage_destroy(sum);
  return code;
}
