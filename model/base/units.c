/* units.c: time into cycles, and the names of sizes and levels. */
#include <assert.h>
#include <pagewalk/types.h>

uint64_t pw_cycles_from_ps(uint64_t ps, uint64_t clock_ps) {
  assert(clock_ps > 0);
  return ps / clock_ps + (ps % clock_ps != 0);
}

const char *pw_page_size_name(unsigned page_shift) {
  switch (page_shift) {
    case 12: return "4K";
    case 21: return "2M";
    case 22: return "4M";
    case 30: return "1G";
    default: return "?";
  }
}

const char *pw_level_name(unsigned level) {
  static const char *const names[] = {"?", "PTE", "PDE", "PDPTE", "PML4E", "PML5E"};
  return level < sizeof names / sizeof names[0] ? names[level] : names[0];
}
