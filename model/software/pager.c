/* pager.c: the operating system's part of a trace run: a page is mapped when it is first touched. */
#include <pagewalk/entry.h>
#include <pagewalk/software.h>
#include <stdbool.h>
#include <stdlib.h>

#define REGION_SHIFT 21
#define REGION_BYTES (UINT64_C(1) << REGION_SHIFT)

struct pw_pager {
  struct pw_address_space *space;
  struct pw_frames *frames;
  struct pw_mmu *mmu;
  enum pw_page_policy policy;
  unsigned thp_threshold_pages;
  uint64_t stage_cycles[PW_STAGES];
};

const char *pw_fault_stage_name(unsigned stage) {
  static const char *const names[PW_STAGES] = {"trap", "device_read", "write_back", "restart"};
  return stage < PW_STAGES ? names[stage] : NULL;
}

int pw_pager_create(const struct pw_config *config, struct pw_address_space *space, struct pw_frames *frames,
                    struct pw_mmu *mmu, struct pw_pager **pager) {
  const struct pw_os_config *os = &config->os;
  struct pw_pager *made = calloc(1, sizeof *made);
  *pager = made;
  if (!made) return -PW_ENOMEM;
  made->space = space;
  made->frames = frames;
  made->mmu = mmu;
  made->policy = os->pages;
  made->thp_threshold_pages = os->thp_threshold_pages;
  made->stage_cycles[PW_STAGE_TRAP] = pw_cycles_from_ps(os->trap.ps, config->clock_ps);
  made->stage_cycles[PW_STAGE_DEVICE_READ] = pw_cycles_from_ps(os->device_read.ps, config->clock_ps);
  made->stage_cycles[PW_STAGE_WRITE_BACK] = pw_cycles_from_ps(os->write_back.ps, config->clock_ps);
  made->stage_cycles[PW_STAGE_RESTART] = pw_cycles_from_ps(os->restart.ps, config->clock_ps);
  return 0;
}

void pw_pager_destroy(struct pw_pager *pager) { free(pager); }

static int map_page(struct pw_pager *pager, uint64_t linear_address, unsigned page_shift) {
  uint64_t page = linear_address & ~((UINT64_C(1) << page_shift) - 1);
  uint64_t frame;
  int status = pw_frames_allocate(pager->frames, page_shift, &frame);
  if (status) return status;
  status = pw_map(pager->space, page, frame, page_shift, PW_MAP_ALL);
  if (status) pw_frames_release(pager->frames, page_shift, frame);
  return status;
}

/* Unmaps the small pages of a region and frees their frames; returns the A and D that any of them had. */
static uint64_t empty_region(struct pw_pager *pager, uint64_t region) {
  uint64_t accessed_dirty = 0;
  for (uint64_t page = region; page < region + REGION_BYTES; page += PW_SMALL_PAGE_BYTES) {
    struct pw_leaf leaf;
    uint64_t frame;
    if (pw_find_leaf(pager->space, page, &leaf)) continue;
    accessed_dirty |= leaf.entry & (PW_ENTRY_A | PW_ENTRY_D);
    pw_unmap(pager->space, page, &frame, NULL);
    pw_invlpg(pager->mmu, page);
    pw_frames_release(pager->frames, PW_SMALL_PAGE_SHIFT, frame);
  }
  return accessed_dirty;
}

/* Transparent huge pages: a region with enough pages present becomes one page, if a 2 MB block is free. */
static int promote(struct pw_pager *pager, uint64_t linear_address, bool *promoted) {
  uint64_t region = linear_address & ~(REGION_BYTES - 1);
  uint64_t block;
  *promoted = false;
  if (pw_count_small_pages(pager->space, linear_address) < pager->thp_threshold_pages) return 0;
  if (pw_frames_allocate(pager->frames, REGION_SHIFT, &block)) return 0;
  uint64_t accessed_dirty = empty_region(pager, region);
  uint32_t flags = PW_MAP_ALL;
  if (accessed_dirty & PW_ENTRY_A) flags |= PW_MAP_ACCESSED;
  if (accessed_dirty & PW_ENTRY_D) flags |= PW_MAP_DIRTY;
  *promoted = true;
  return pw_map(pager->space, region, block, REGION_SHIFT, flags);
}

static unsigned wanted_page_shift(enum pw_page_policy policy) {
  switch (policy) {
    case PW_PAGES_2M: return 21;
    case PW_PAGES_4M: return 22;
    case PW_PAGES_1G: return 30;
    default: return PW_SMALL_PAGE_SHIFT;
  }
}

/* A large page that cannot be had becomes a small one, as operating systems do. */
static int map_by_policy(struct pw_pager *pager, uint64_t linear_address, struct pw_fault_service *service) {
  unsigned wanted = wanted_page_shift(pager->policy);
  service->page_shift = wanted;
  int status = map_page(pager, linear_address, wanted);
  if (wanted == PW_SMALL_PAGE_SHIFT || (status != -PW_ENOFRAME && status != -PW_EEXIST)) return status;
  service->fell_back = 1;
  service->page_shift = PW_SMALL_PAGE_SHIFT;
  return map_page(pager, linear_address, PW_SMALL_PAGE_SHIFT);
}

int pw_pager_handle_fault(struct pw_pager *pager, const struct pw_translation *fault,
                          struct pw_fault_service *service) {
  *service = (struct pw_fault_service){0};
  if (fault->outcome != PW_PAGE_FAULT || (fault->error_code & PW_ERROR_P)) return -PW_EINVAL;
  int status = map_by_policy(pager, fault->cr2, service);
  if (status) return status;
  if (pager->policy == PW_PAGES_THP) {
    bool promoted;
    status = promote(pager, fault->cr2, &promoted);
    if (status) return status;
    service->promoted = promoted;
    if (promoted) service->page_shift = REGION_SHIFT;
  }
  service->stage_cycles[PW_STAGE_TRAP] = pager->stage_cycles[PW_STAGE_TRAP];
  service->stage_cycles[PW_STAGE_DEVICE_READ] = pager->stage_cycles[PW_STAGE_DEVICE_READ];
  service->stage_cycles[PW_STAGE_RESTART] = pager->stage_cycles[PW_STAGE_RESTART];
  return 0;
}
