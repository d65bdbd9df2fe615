/* machine_schema.c: every key of a machine configuration, its range and its place in struct pw_config. */
#include "machine_schema.h"

#include <stddef.h>
#include <string.h>

#include "names.h"
#include "timing_table.h"

#define AT(owner, member) offsetof(struct owner, member)
#define U32(name, owner, member, low, high) \
  { .key = name, .type = PW_FIELD_U32, .offset = AT(owner, member), .minimum = low, .maximum = high }
#define OPTIONAL_U32(name, owner, member, low, high, absent)                                                           \
  {                                                                                                                    \
    .key = name, .type = PW_FIELD_U32, .offset = AT(owner, member), .minimum = low, .maximum = high, .optional = true, \
    .if_absent = absent                                                                                                \
  }
#define WORD(name, owner, member, table) \
  { .key = name, .type = PW_FIELD_WORD, .offset = AT(owner, member), .words = table }
#define FLAG(name, owner, member) \
  { .key = name, .type = PW_FIELD_BOOL, .offset = AT(owner, member) }
#define DELAY(name, owner, member) \
  { .key = name, .type = PW_FIELD_DELAY, .offset = AT(owner, member) }
#define CUSTOM(name, owner, member, function)                                                   \
  {                                                                                             \
    .key = name, .type = PW_FIELD_CUSTOM, .offset = AT(owner, member), .read = read_##function, \
    .write = write_##function                                                                   \
  }
#define END \
  { .type = PW_FIELD_END }

#define MAX_SETS (1u << 20)

/* A section is a mapping whose keys are members of struct pw_config itself. */
#define SECTION(name)                                                                                                 \
  static int read_##name(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, void *member) { \
    return pw_read_mapping(reader, node, path, name##_fields, member);                                                \
  }                                                                                                                   \
  static void write_##name(struct pw_writer *writer, const void *member, unsigned indent) {                           \
    fputc('\n', writer->stream);                                                                                      \
    pw_write_mapping(writer, name##_fields, member, indent);                                                          \
  }

/* ---- timing, paging, control ---- */

static const struct pw_field timing_fields[] = {
    {.key = "table",
     .type = PW_FIELD_CUSTOM,
     .offset = AT(pw_config, timing),
     .read = pw_timing_table_read,
     .write = pw_timing_table_write},
    {.key = "clock_ps", .type = PW_FIELD_U64, .offset = AT(pw_config, clock_ps), .minimum = 1, .maximum = 1000000},
    END,
};
SECTION(timing)

static const struct pw_field paging_fields[] = {
    WORD("mode", pw_config, mode, pw_paging_mode_names),
    U32("physical_address_bits", pw_config, physical_address_bits, 32, 52),
    FLAG("pages_1gb", pw_config, pages_1gb),
    END,
};
SECTION(paging)

static const struct pw_field control_fields[] = {
    FLAG("wp", pw_config, wp),       FLAG("pge", pw_config, pge),
    FLAG("pcide", pw_config, pcide), FLAG("smep", pw_config, smep),
    FLAG("smap", pw_config, smap),   FLAG("pke", pw_config, pke),
    FLAG("nxe", pw_config, nxe),     END,
};
SECTION(control)

/* ---- geometries ---- */

/* The keys of a set-associative array, for a struct whose member `array` it is. */
#define ARRAY_FIELDS(owner, member)                                                              \
  U32("sets", owner, member.sets, 1, MAX_SETS), U32("ways", owner, member.ways, 1, PW_MAX_WAYS), \
      WORD("policy", owner, member.policy, pw_policy_names)

static const uint8_t page_shifts[] = {12, 21, 22, 30};

/* A list of page sizes: [4K, 2M]. */
static int read_pages(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, void *member) {
  struct pw_tlb_array_config *array = (void *)((char *)member - AT(pw_tlb_array_config, page_shifts));
  array->page_count = 0;
  if (node->kind != PW_YAML_SEQUENCE) {
    return pw_refuse_node(reader, node, path, "must be a list of page sizes, [4K, 2M]");
  }
  for (const struct pw_yaml_node *item = node->child; item; item = item->next) {
    size_t i = 0;
    while (i < sizeof page_shifts && (!item->text || strcmp(pw_page_size_name(page_shifts[i]), item->text) != 0)) i++;
    if (i == sizeof page_shifts || array->page_count == PW_MAX_PAGE_SIZES) {
      return pw_refuse_node(reader, item, path, "must list 1..%d of 4K, 2M, 4M and 1G", PW_MAX_PAGE_SIZES);
    }
    array->page_shifts[array->page_count++] = page_shifts[i];
  }
  return 0;
}

static void write_pages(struct pw_writer *writer, const void *member, unsigned indent) {
  const struct pw_tlb_array_config *array = (const void *)((const char *)member - AT(pw_tlb_array_config, page_shifts));
  (void)indent;
  fputs(" [", writer->stream);
  for (uint32_t i = 0; i < array->page_count; i++) {
    fprintf(writer->stream, "%s%s", i ? ", " : "", pw_page_size_name(array->page_shifts[i]));
  }
  fputs("]\n", writer->stream);
}

static const struct pw_field tlb_array_fields[] = {
    CUSTOM("pages", pw_tlb_array_config, page_shifts, pages),
    ARRAY_FIELDS(pw_tlb_array_config, array),
    END,
};

static int read_tlb_arrays(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, void *member) {
  struct pw_tlb_config *tlb = (void *)((char *)member - AT(pw_tlb_config, arrays));
  tlb->array_count = 0;
  if (node->kind != PW_YAML_SEQUENCE) return pw_refuse_node(reader, node, path, "must be a list of arrays");
  for (const struct pw_yaml_node *item = node->child; item; item = item->next) {
    char item_path[PW_PATH_BYTES];
    char index[16];
    if (tlb->array_count == PW_MAX_TLB_ARRAYS) {
      return pw_refuse_node(reader, item, path, "at most %d arrays", PW_MAX_TLB_ARRAYS);
    }
    snprintf(index, sizeof index, "%u", tlb->array_count);
    pw_path_join(item_path, sizeof item_path, path, index);
    int status = pw_read_mapping(reader, item, item_path, tlb_array_fields, &tlb->arrays[tlb->array_count]);
    if (status) return status;
    tlb->array_count++;
  }
  return 0;
}

/* List items: "- " takes the place of the first line's indentation. */
static void write_tlb_arrays(struct pw_writer *writer, const void *member, unsigned indent) {
  const struct pw_tlb_config *tlb = (const void *)((const char *)member - AT(pw_tlb_config, arrays));
  fputc('\n', writer->stream);
  for (uint32_t i = 0; i < tlb->array_count; i++) {
    fprintf(writer->stream, "%*s-\n", (int)indent, "");
    pw_write_mapping(writer, tlb_array_fields, &tlb->arrays[i], indent + 2);
  }
}

/* ---- TLBs and caches: mappings whose keys are the names of units ---- */

static const struct pw_field tlb_fields[] = {
    U32("level", pw_tlb_config, level, 1, PW_MAX_TLB_UNITS),
    WORD("serves", pw_tlb_config, serves, pw_serves_names),
    WORD("inclusion", pw_tlb_config, inclusion, pw_inclusion_names),
    U32("hit_cycles", pw_tlb_config, hit_cycles, 0, PW_MAX_UNIT_CYCLES),
    CUSTOM("arrays", pw_tlb_config, arrays, tlb_arrays),
    END,
};

static const struct pw_field cache_fields[] = {
    U32("level", pw_cache_config, level, 1, PW_MAX_CACHES),
    WORD("serves", pw_cache_config, serves, pw_serves_names),
    ARRAY_FIELDS(pw_cache_config, array),
    DELAY("latency", pw_cache_config, latency),
    END,
};

/* A mapping of named units into an array of structs that begin with their name. */
struct units {
  const struct pw_field *fields;
  size_t stride;
  uint32_t maximum;
};

static int read_units(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path,
                      const struct units *units, char *first, uint32_t *count) {
  *count = 0;
  if (node->kind != PW_YAML_MAPPING) {
    return pw_refuse_node(reader, node, path, "must be a mapping of unit names, or {}");
  }
  for (const struct pw_yaml_node *child = node->child; child; child = child->next) {
    char unit_path[PW_PATH_BYTES];
    char *unit = first + *count * units->stride;
    pw_path_join(unit_path, sizeof unit_path, path, child->key);
    if (*count == units->maximum) return pw_refuse_node(reader, child, unit_path, "at most %u units", units->maximum);
    int status = pw_read_name(reader, child, unit_path, unit, PW_MAX_NAME);
    if (!status) status = pw_read_mapping(reader, child, unit_path, units->fields, unit);
    if (status) return status;
    ++*count;
  }
  return 0;
}

static void write_units(struct pw_writer *writer, const struct units *units, const char *first, uint32_t count,
                        unsigned indent) {
  fputs(count ? "\n" : " {}\n", writer->stream);
  for (uint32_t i = 0; i < count; i++) {
    const char *unit = first + i * units->stride;
    fprintf(writer->stream, "%*s%s:\n", (int)indent, "", unit);
    pw_write_mapping(writer, units->fields, unit, indent + 2);
  }
}

static const struct units tlb_units = {tlb_fields, sizeof(struct pw_tlb_config), PW_MAX_TLB_UNITS};
static const struct units cache_units = {cache_fields, sizeof(struct pw_cache_config), PW_MAX_CACHES};

static int read_tlbs(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, void *member) {
  return read_units(reader, node, path, &tlb_units, member, &reader->config->tlb_count);
}
static void write_tlbs(struct pw_writer *writer, const void *member, unsigned indent) {
  write_units(writer, &tlb_units, member, writer->config->tlb_count, indent);
}
static int read_caches(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, void *member) {
  return read_units(reader, node, path, &cache_units, member, &reader->config->cache_count);
}
static void write_caches(struct pw_writer *writer, const void *member, unsigned indent) {
  write_units(writer, &cache_units, member, writer->config->cache_count, indent);
}

/* ---- paging-structure caches ---- */

static const struct pw_field psc_array_fields[] = {
    U32("sets", pw_array_config, sets, 1, MAX_SETS),
    U32("ways", pw_array_config, ways, 1, PW_MAX_WAYS),
    WORD("policy", pw_array_config, policy, pw_policy_names),
    END,
};

/* A geometry, or the word none. */
static int read_psc_level(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, void *member) {
  *(struct pw_array_config *)member = (struct pw_array_config){0};
  if (node->kind == PW_YAML_SCALAR && strcmp(node->text, "none") == 0) return 0;
  if (node->kind == PW_YAML_SCALAR) {
    return pw_refuse_node(reader, node, path, "must be none or a mapping of sets, ways, policy");
  }
  return pw_read_mapping(reader, node, path, psc_array_fields, member);
}

static void write_psc_level(struct pw_writer *writer, const void *member, unsigned indent) {
  const struct pw_array_config *array = member;
  fputs(array->sets ? "\n" : " none\n", writer->stream);
  if (array->sets) pw_write_mapping(writer, psc_array_fields, array, indent);
}

static const struct pw_field psc_fields[] = {
    U32("lookup_cycles", pw_config, psc_lookup_cycles, 0, PW_MAX_UNIT_CYCLES),
    CUSTOM("pml5e", pw_config, psc[5], psc_level),
    CUSTOM("pml4e", pw_config, psc[4], psc_level),
    CUSTOM("pdpte", pw_config, psc[3], psc_level),
    CUSTOM("pde", pw_config, psc[2], psc_level),
    END,
};
SECTION(psc)

/* ---- memory, walker, operating system ---- */

static const struct pw_field memory_fields[] = {
    U32("line_bytes", pw_config, line_bytes, 8, 4096),
    CUSTOM("caches", pw_config, caches, caches),
    DELAY("dram", pw_config, dram),
    END,
};
SECTION(memory)

/* The name of the cache where the walker's reads enter; the memory section has been read before. */
static int read_walk_enters(struct pw_reader *reader, const struct pw_yaml_node *node, const char *path, void *member) {
  const struct pw_config *config = reader->config;
  if (node->kind == PW_YAML_SCALAR) {
    *(uint32_t *)member = 0;
    if (!config->cache_count && strcmp(node->text, "dram") == 0) return 0;
    for (uint32_t i = 0; i < config->cache_count; i++) {
      if (strcmp(config->caches[i].name, node->text) == 0) {
        *(uint32_t *)member = i;
        return 0;
      }
    }
  }
  return pw_refuse_node(reader, node, path, "must be the name of a cache, or dram when there is no cache");
}

static void write_walk_enters(struct pw_writer *writer, const void *member, unsigned indent) {
  uint32_t index = *(const uint32_t *)member;
  (void)indent;
  fprintf(writer->stream, " %s\n", writer->config->cache_count ? writer->config->caches[index].name : "dram");
}

static const struct pw_field walker_fields[] = {
    WORD("accessed_on_fault", pw_config, accessed_on_fault, pw_accessed_on_fault_names),
    U32("start_cycles", pw_config, walk_start_cycles, 0, PW_MAX_UNIT_CYCLES),
    U32("step_cycles", pw_config, walk_step_cycles, 0, PW_MAX_UNIT_CYCLES),
    CUSTOM("reads_enter", pw_config, walk_enters, walk_enters),
    OPTIONAL_U32("walkers", pw_config, walkers, 1, PW_MAX_WALKERS, PW_DEFAULT_WALKERS),
    OPTIONAL_U32("miss_slots", pw_config, miss_slots, 1, PW_MAX_MISS_SLOTS, PW_DEFAULT_MISS_SLOTS),
    END,
};
SECTION(walker)

static const struct pw_field stages_fields[] = {
    DELAY("trap", pw_config, os.trap),
    DELAY("device_read", pw_config, os.device_read),
    DELAY("write_back", pw_config, os.write_back),
    DELAY("restart", pw_config, os.restart),
    END,
};
SECTION(stages)

#define WHOLE(name, function) \
  { .key = name, .type = PW_FIELD_CUSTOM, .read = read_##function, .write = write_##function }

static const struct pw_field os_fields[] = {
    {.key = "memory_bytes",
     .type = PW_FIELD_BYTES,
     .offset = AT(pw_config, os.memory_bytes),
     .minimum = UINT64_C(4) << 20,
     .maximum = UINT64_C(1) << 44},
    WORD("pages", pw_config, os.pages, pw_page_policy_names),
    U32("thp_threshold_pages", pw_config, os.thp_threshold_pages, 1, 512),
    WORD("frames", pw_config, os.frames, pw_frame_order_names),
    U32("fragmented_percent", pw_config, os.fragmented_percent, 0, 99),
    WHOLE("fault_stages", stages),
    END,
};
SECTION(os)

const struct pw_field pw_machine_fields[] = {
    {.key = "schema",
     .type = PW_FIELD_U32,
     .offset = AT(pw_config, schema),
     .minimum = PW_CONFIG_SCHEMA,
     .maximum = PW_CONFIG_SCHEMA},
    {.key = "name", .type = PW_FIELD_TEXT, .offset = AT(pw_config, name), .maximum = PW_MAX_NAME},
    {.key = "description", .type = PW_FIELD_TEXT, .offset = AT(pw_config, description), .maximum = PW_MAX_DESCRIPTION},
    {.key = "seed", .type = PW_FIELD_U64, .offset = AT(pw_config, seed), .maximum = INT64_MAX},
    WHOLE("timing", timing),
    WHOLE("paging", paging),
    WHOLE("control", control),
    CUSTOM("tlb", pw_config, tlbs, tlbs),
    WHOLE("paging_structure_caches", psc),
    WHOLE("memory", memory),
    WHOLE("walker", walker),
    WHOLE("os", os),
    END,
};
