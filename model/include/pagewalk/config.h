/* config.h: the description of a machine, as plain data and as YAML. */
#ifndef PAGEWALK_CONFIG_H
#define PAGEWALK_CONFIG_H

#include <pagewalk/status.h>
#include <pagewalk/types.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PW_CONFIG_SCHEMA 1 /* value of the key `schema` that this library reads */
#define PW_MAX_NAME 32
#define PW_MAX_TIMING_ROWS 32
#define PW_MAX_PAGE_SIZES 4
#define PW_MAX_WAYS 64
#define PW_MAX_EVENT 48
#define PW_MAX_SOURCE 192
#define PW_MAX_DELAY_PS (UINT64_C(1) << 50) /* about 19 minutes */
#define PW_MAX_UNIT_CYCLES 1000000u         /* of a TLB look-up, a walk's start, a step */
#define PW_MAX_DESCRIPTION 160
#define PW_MAX_WALKERS 4
#define PW_MAX_MISS_SLOTS 16
#define PW_DEFAULT_WALKERS 2 /* where a configuration does not say */
#define PW_DEFAULT_MISS_SLOTS 4

/* Replacement policies; docs/config.md defines each. */
enum pw_policy { PW_LRU, PW_TREE_PLRU, PW_BIT_PLRU, PW_FIFO, PW_RANDOM, PW_SRRIP, PW_POLICIES };

/* Which accesses a unit sees: a bit mask. */
enum pw_serves { PW_SERVES_DATA = 1, PW_SERVES_FETCH = 2, PW_SERVES_BOTH = 3 };

/* What a TLB level promises about the levels nearer to the core. */
enum pw_inclusion {
  PW_NON_INCLUSIVE, /* filled together with the inner levels, evicts on its own */
  PW_INCLUSIVE,     /* as above, and an eviction here removes the page from the inner levels */
  PW_EXCLUSIVE,     /* holds only what the inner level evicted; a hit moves the entry inwards */
  PW_INCLUSIONS
};

/* When A is set on the entries of a walk that faults: both occur in practice, docs/spec-map.md. */
enum pw_accessed_on_fault { PW_ACCESSED_NONE, PW_ACCESSED_TRAVERSED };

enum pw_page_policy { PW_PAGES_4K, PW_PAGES_2M, PW_PAGES_4M, PW_PAGES_1G, PW_PAGES_THP, PW_PAGE_POLICIES };
enum pw_frame_order { PW_FRAMES_SEQUENTIAL, PW_FRAMES_RANDOM, PW_FRAMES_FRAGMENTED, PW_FRAME_ORDERS };

/* A time, and the row of the timing table that it was taken from ("" when it was given as a number). */
struct pw_delay {
  uint64_t ps;
  char event[PW_MAX_EVENT];
};

/* Geometry of one set-associative array. sets = 0 means that the structure does not exist. */
struct pw_array_config {
  uint32_t sets; /* 1 is fully associative; need not be a power of two */
  uint32_t ways; /* 1..PW_MAX_WAYS; a power of two for tree-PLRU */
  enum pw_policy policy;
};

struct pw_tlb_array_config {
  struct pw_array_config array;
  uint32_t page_count;
  uint8_t page_shifts[PW_MAX_PAGE_SIZES]; /* ascending; 12, 21, 22 or 30 */
};

struct pw_tlb_config {
  char name[PW_MAX_NAME];
  uint32_t level;  /* 1 is the first looked up */
  uint32_t serves; /* enum pw_serves; the units of a level serve disjoint accesses */
  enum pw_inclusion inclusion;
  uint32_t hit_cycles; /* added to a translation for looking this unit up, hit or miss */
  uint32_t array_count;
  struct pw_tlb_array_config arrays[PW_MAX_TLB_ARRAYS];
};

struct pw_cache_config {
  char name[PW_MAX_NAME];
  uint32_t level;
  uint32_t serves;
  struct pw_array_config array;
  struct pw_delay latency; /* of a reference that this cache answers, from the start of the reference */
};

/* One row of a timing table. */
struct pw_timing_row {
  char event[PW_MAX_EVENT];
  uint64_t ps;
  char source[PW_MAX_SOURCE];
};

struct pw_timing_table {
  char name[PW_MAX_NAME];
  uint32_t row_count;
  struct pw_timing_row rows[PW_MAX_TIMING_ROWS];
};

/* What the software side of a trace run does on the first touch of a page, and what each stage of a fault costs. */
struct pw_os_config {
  uint64_t memory_bytes; /* simulated physical memory, a multiple of 2 MB */
  enum pw_page_policy pages;
  uint32_t thp_threshold_pages; /* touched 4 KB pages of a 2 MB region that make it one page, 1..512 */
  enum pw_frame_order frames;
  uint32_t fragmented_percent; /* with PW_FRAMES_FRAGMENTED: 2 MB blocks of which others hold a random half, 0..99 */
  struct pw_delay trap;        /* entering and leaving the operating system */
  struct pw_delay device_read; /* bringing the page from a device */
  struct pw_delay write_back;  /* writing a dirty victim to the device */
  struct pw_delay restart;     /* restoring the process and restarting the instruction */
};

/*
 * A whole machine. Plain data, owned by the caller, copied freely. Fill it by pw_config_load, or by hand starting
 * from pw_config_default and then calling pw_config_validate.
 */
struct pw_config {
  uint32_t schema; /* PW_CONFIG_SCHEMA */
  char name[PW_MAX_NAME];
  char description[PW_MAX_DESCRIPTION];
  uint64_t seed; /* of all randomness: random replacement, frame order */
  uint64_t clock_ps;
  struct pw_timing_table timing;

  enum pw_paging_mode mode;
  uint32_t physical_address_bits;            /* MAXPHYADDR, 32..52 */
  bool pages_1gb;                            /* CPUID: 1 GB pages */
  bool wp, pge, pcide, smep, smap, pke, nxe; /* control bits that a run starts with */

  uint32_t tlb_count; /* 0: no TLB at all */
  struct pw_tlb_config tlbs[PW_MAX_TLB_UNITS];

  uint32_t psc_lookup_cycles;                    /* of looking all paging-structure caches up at once */
  struct pw_array_config psc[PW_MAX_LEVELS + 1]; /* by level of the entries held: 2 PDE .. 5 PML5E */

  enum pw_accessed_on_fault accessed_on_fault;
  uint32_t walk_start_cycles; /* once per walk */
  uint32_t walk_step_cycles;  /* per entry read, besides the memory reference itself */
  uint32_t walk_enters;       /* index of the cache where entry reads enter the hierarchy */
  uint32_t walkers;           /* of the RTL: walks at once, 1..PW_MAX_WALKERS; the model walks one at a time */
  uint32_t miss_slots;        /* of the RTL: translations of a port that can wait for level 2 or a walk, 1..16 */

  uint32_t line_bytes;  /* of every cache */
  uint32_t cache_count; /* 0: every reference goes to DRAM */
  struct pw_cache_config caches[PW_MAX_CACHES];
  struct pw_delay dram;

  struct pw_os_config os;
};

/* A small valid machine: 4-level paging, two TLB levels, three paging-structure caches, three cache levels. */
struct pw_config pw_config_default(void);

/*
 * Reads a configuration file and the timing table that it names (a path relative to the file).
 * overrides: assignments as `--set` gives them, "tlb.l2.arrays.0.ways=16", checked like the file; NULL when count is 0.
 * Returns 0, -PW_EIO, -PW_ENOMEM or -PW_ECONFIG; on an error *diag says what is wrong and *config is undefined.
 */
int pw_config_load(const char *path, const char *const *overrides, size_t override_count, struct pw_config *config,
                   struct pw_diag *diag);

/* The same from a text in memory. `name` stands for the file in diagnostics and gives the folder of the timing table.
 */
int pw_config_parse(const char *text, size_t length, const char *name, const char *const *overrides,
                    size_t override_count, struct pw_config *config, struct pw_diag *diag);

/*
 * Completes a diagnostic that has only a key, because something refused a loaded configuration: adds the file and the
 * line of the key, or "--set". The arguments are those that the configuration was loaded with. Does nothing when the
 * file cannot be read again.
 */
void pw_config_locate(const char *path, const char *const *overrides, size_t override_count, struct pw_diag *diag);

/* Reads a timing table alone. */
int pw_timing_load(const char *path, struct pw_timing_table *table, struct pw_diag *diag);

/* The documented table of time, configs/timing/table-of-time.yaml as it was when the library was built. */
int pw_timing_default(struct pw_timing_table *table);

/*
 * Applies every cross-field rule to a configuration built in memory. Returns 0 or -PW_ECONFIG with the key and the
 * rule in *diag.
 */
int pw_config_validate(const struct pw_config *config, struct pw_diag *diag);

/*
 * Writes the configuration as YAML that pw_config_parse reads back to an equal one. Returns a string that the caller
 * frees with free(), or NULL when memory is out.
 */
char *pw_config_to_yaml(const struct pw_config *config);

/* One line that identifies the machine: "sandy-bridge: 4-level, l1i 128x4K lru, ...". Returns as snprintf does. */
int pw_config_summary(const struct pw_config *config, char *buffer, size_t size_bytes);

/* Row of a timing table by event name, or NULL. */
const struct pw_timing_row *pw_timing_find(const struct pw_timing_table *table, const char *event);

/* Names as the YAML writes them; NULL beyond the last. */
const char *pw_paging_mode_name(enum pw_paging_mode mode);
const char *pw_policy_name(enum pw_policy policy);
const char *pw_inclusion_name(enum pw_inclusion inclusion);
const char *pw_page_policy_name(enum pw_page_policy policy);
const char *pw_frame_order_name(enum pw_frame_order order);
#ifdef __cplusplus
}
#endif
#endif
