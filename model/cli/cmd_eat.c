/* cmd_eat.c: pagewalk eat: the textbook formulas, with the substitution shown. */
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define MAX_DEVICES 8

struct options {
  const char *timing;
  const char *memory;
  const char *tlb;
  const char *devices[MAX_DEVICES];
  size_t device_count;
  double hit_ratio;
  bool has_hit_ratio;
  double levels;
  double fault_rate;
  bool has_fault_rate;
  double slowdown_percent;
};

enum { KEY_TIMING = 256, KEY_MEMORY, KEY_TLB, KEY_HIT, KEY_LEVELS, KEY_DEVICE, KEY_RATE, KEY_SLOWDOWN };

static const struct argp_option option_table[] = {
    {"timing", KEY_TIMING, "FILE", 0, "Timing table (default: the documented table of time, built in)", 0},
    {"memory", KEY_MEMORY, "TIME", 0, "Time of a memory reference (default memory_read_dram)", 0},
    {"hit-ratio", KEY_HIT, "RATIO", 0, "TLB hit ratio, 0..1; without it translation is left out", 0},
    {"tlb", KEY_TLB, "TIME", 0, "Time of a TLB look-up (default none)", 0},
    {"levels", KEY_LEVELS, "K", 0, "Page-table references of a TLB miss (default 4)", 0},
    {"device", KEY_DEVICE, "TIME", 0,
     "Time to serve a fault; may be repeated (default: the table's HDD and SSD, random)", 0},
    {"fault-rate", KEY_RATE, "P", 0, "Share of accesses that fault, 0..1", 0},
    {"slowdown", KEY_SLOWDOWN, "PERCENT", 0, "Solve for the fault rate of this slowdown (default 10)", 0},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
  struct options *options = state->input;
  switch (key) {
    case KEY_TIMING: options->timing = argument; return 0;
    case KEY_MEMORY: options->memory = argument; return 0;
    case KEY_TLB: options->tlb = argument; return 0;
    case KEY_HIT:
      options->hit_ratio = parse_real(state, "--hit-ratio", argument, 0, 1);
      options->has_hit_ratio = true;
      return 0;
    case KEY_LEVELS: options->levels = parse_real(state, "--levels", argument, 1, 64); return 0;
    case KEY_DEVICE:
      if (options->device_count == MAX_DEVICES) argp_error(state, "at most %d devices", MAX_DEVICES);
      options->devices[options->device_count++] = argument;
      return 0;
    case KEY_RATE:
      options->fault_rate = parse_real(state, "--fault-rate", argument, 0, 1);
      options->has_fault_rate = true;
      return 0;
    case KEY_SLOWDOWN: options->slowdown_percent = parse_real(state, "--slowdown", argument, 0.0001, 1e9); return 0;
    case ARGP_KEY_ARG: argp_error(state, "unexpected '%s'", argument); return 0;
    default: return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse_option,
    .doc =
        "Effective access time by the textbook formulas, the substitution shown.\v"
        "A TIME is an event of the timing table, or a number with a unit: 100ns, 8ms, 64485ps.\n\n"
        "Example: pagewalk eat --hit-ratio 0.98 --levels 4 --slowdown 10\n"
        "         pagewalk eat --memory 200ns --device 8ms --fault-rate 0.001",
};

/* A time by event name or as a number with a unit. False when it is neither. */
static bool parse_time(const struct pw_timing_table *table, const char *text, double *ps) {
  static const struct {
    const char *unit;
    double ps;
  } units[] = {{"ps", 1}, {"ns", 1e3}, {"us", 1e6}, {"ms", 1e9}, {"s", 1e12}};
  const struct pw_timing_row *row = pw_timing_find(table, text);
  char *unit;
  if (row) {
    *ps = (double)row->ps;
    return true;
  }
  *ps = strtod(text, &unit);
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    if (unit != text && *ps >= 0 && *ps < 1e18 && strcmp(unit, units[i].unit) == 0) {
      *ps *= units[i].ps;
      return true;
    }
  }
  return false;
}

static int read_time(const struct pw_timing_table *table, const char *option, const char *text, double *ps) {
  if (parse_time(table, text, ps)) return EXIT_GOOD;
  fprintf(stderr, "pagewalk eat: %s: '%s' is neither an event of table '%s' nor a time like 100ns\n", option, text,
          table->name);
  return EXIT_USAGE;
}

static void print_translation(const struct pw_eat_input *in) {
  printf("\nEffective access time with a TLB:  t = e + m + (1 - a) k m\n");
  printf("  = %.0f + %.0f + (1 - %g) x %g x %.0f\n", in->tlb_ps, in->memory_ps, in->hit_ratio, in->levels,
         in->memory_ps);
  printf("  = %.1f ps, %.3f times one memory reference\n", pw_eat_translated_ps(in),
         pw_eat_translated_ps(in) / in->memory_ps);
}

static void print_fault_rate(const struct pw_eat_input *in) {
  printf("  With faults:  EAT = (1 - p) t + p s = (1 - %g) x %.1f + %g x %.0f\n", in->fault_rate,
         pw_eat_translated_ps(in), in->fault_rate, in->service_ps);
  printf("  = %.1f ps = %.6g us, %.3f times t\n", pw_eat_ps(in), pw_eat_ps(in) * 1e-6,
         pw_eat_ps(in) / pw_eat_translated_ps(in));
}

static void print_slowdown(const struct pw_eat_input *in, double percent) {
  double rate = pw_eat_fault_rate_for(in, percent / 100);
  double t = pw_eat_translated_ps(in);
  printf("  A slowdown of %g %%:  p = %g t / (s - t)\n", percent, percent / 100);
  if (rate < 0 || rate > 1) {
    printf("  is not reached by any fault rate: serving a fault takes too little time\n");
    return;
  }
  printf("  = %g x %.1f / (%.0f - %.1f) = %.6g\n", percent / 100, t, in->service_ps, t, rate);
  printf("  one fault in %.0f accesses\n", 1 / rate);
}

static int print_devices(const struct options *options, const struct pw_timing_table *table, struct pw_eat_input *in) {
  for (size_t i = 0; i < options->device_count; i++) {
    if (read_time(table, "--device", options->devices[i], &in->service_ps)) return EXIT_USAGE;
    printf("\nPage faults served in s = %.0f ps (%s)\n", in->service_ps, options->devices[i]);
    if (options->has_fault_rate) print_fault_rate(in);
    print_slowdown(in, options->slowdown_percent);
  }
  return EXIT_GOOD;
}

static int load_table(const struct options *options, struct pw_timing_table *table) {
  struct pw_diag diag;
  int status = options->timing ? pw_timing_load(options->timing, table, &diag) : pw_timing_default(table);
  if (!status) return EXIT_GOOD;
  return options->timing ? print_diag(&diag) : print_status("table of time", status);
}

int command_eat(int argc, char **argv) {
  struct options options = {.memory = "memory_read_dram", .tlb = "0ps", .levels = 4, .slowdown_percent = 10};
  struct pw_timing_table table;
  struct pw_eat_input in = {.hit_ratio = 1};
  argp_parse(&argp, argc, argv, 0, 0, &options);
  if (!options.device_count) {
    options.devices[options.device_count++] = "hdd_random_read_4k";
    options.devices[options.device_count++] = "ssd_random_read_4k";
  }
  if (load_table(&options, &table)) return EXIT_USAGE;
  if (read_time(&table, "--memory", options.memory, &in.memory_ps)) return EXIT_USAGE;
  if (read_time(&table, "--tlb", options.tlb, &in.tlb_ps)) return EXIT_USAGE;
  in.levels = options.levels;
  in.fault_rate = options.fault_rate;
  if (options.has_hit_ratio) in.hit_ratio = options.hit_ratio;
  if (!(in.memory_ps > 0)) return fputs("pagewalk eat: --memory must be more than 0\n", stderr), EXIT_USAGE;
  printf("Times from %s\n", table.name);
  printf("One memory reference:  m = %.0f ps (%s)\n", in.memory_ps, options.memory);
  if (options.has_hit_ratio) {
    print_translation(&in);
  } else {
    printf("No --hit-ratio: translation is left out, t = e + m = %.1f ps\n", pw_eat_translated_ps(&in));
  }
  return print_devices(&options, &table, &in);
}
