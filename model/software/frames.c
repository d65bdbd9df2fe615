/* frames.c: which 4 KB frames of physical memory are free, and which block comes next. */
#include <pagewalk/software.h>
#include <stdbool.h>
#include <stdlib.h>

#include "random.h"
#include "seed_streams.h"

#define FRAMES_PER_2M 512
#define RANDOM_TRIES 64 /* draws before a random choice becomes a search from the last draw */

struct pw_frames {
  uint64_t *taken; /* one bit per frame */
  uint64_t total;
  uint64_t free;
  uint64_t small_cursor; /* sequential: the next search for one frame starts here */
  enum pw_frame_order order;
  uint64_t random;
};

static bool is_taken(const struct pw_frames *frames, uint64_t frame) {
  return frames->taken[frame / 64] >> (frame % 64) & 1;
}

static void take(struct pw_frames *frames, uint64_t frame) {
  frames->taken[frame / 64] |= UINT64_C(1) << (frame % 64);
  frames->free--;
}

static void give(struct pw_frames *frames, uint64_t frame) {
  frames->taken[frame / 64] &= ~(UINT64_C(1) << (frame % 64));
  frames->free++;
}

/* Others hold a random half of the frames in this share of the 2 MB blocks: single frames abound, 2 MB blocks do not.
 */
static void fragment(struct pw_frames *frames, uint32_t percent) {
  for (uint64_t block = 0; block < frames->total / FRAMES_PER_2M; block++) {
    if (pw_random_below(&frames->random, 100) >= percent) continue;
    for (uint64_t i = 0; i < FRAMES_PER_2M; i++) {
      uint64_t frame = block * FRAMES_PER_2M + i;
      if (!is_taken(frames, frame) && (pw_random_next(&frames->random) & 1)) take(frames, frame);
    }
  }
}

int pw_frames_create(const struct pw_config *config, struct pw_frames **frames) {
  struct pw_frames *made = calloc(1, sizeof *made);
  *frames = NULL;
  if (!made) return -PW_ENOMEM;
  made->total = made->free = config->os.memory_bytes >> PW_SMALL_PAGE_SHIFT;
  made->order = config->os.frames;
  made->random = pw_seed_stream(config->seed, PW_SEED_STREAM_FRAMES);
  made->taken = calloc(made->total / 64, sizeof *made->taken);
  if (!made->taken) {
    free(made);
    return -PW_ENOMEM;
  }
  take(made, 0);
  if (made->order == PW_FRAMES_FRAGMENTED) fragment(made, config->os.fragmented_percent);
  *frames = made;
  return 0;
}

void pw_frames_destroy(struct pw_frames *frames) {
  if (!frames) return;
  free(frames->taken);
  free(frames);
}

static bool block_is_free(const struct pw_frames *frames, uint64_t first, uint64_t count) {
  if (count == 1) return !is_taken(frames, first);
  for (uint64_t word = first / 64; word < (first + count) / 64; word++) {
    if (frames->taken[word]) return false;
  }
  return true;
}

/* First free block at or after `from`, both in units of blocks, wrapping around once. False when there is none. */
static bool search(const struct pw_frames *frames, uint64_t from, uint64_t count, uint64_t *block) {
  uint64_t blocks = frames->total / count;
  for (uint64_t i = 0; i < blocks; i++) {
    uint64_t at = from + i < blocks ? from + i : from + i - blocks;
    bool skip_word = count == 1 && at % 64 == 0 && i + 64 <= blocks && frames->taken[at / 64] == ~UINT64_C(0);
    if (skip_word) {
      i += 63;
      continue;
    }
    if (!block_is_free(frames, at * count, count)) continue;
    *block = at;
    return true;
  }
  return false;
}

static bool choose(struct pw_frames *frames, uint64_t count, uint64_t *block) {
  uint64_t blocks = frames->total / count;
  if (!blocks) return false;
  if (frames->order != PW_FRAMES_RANDOM) return search(frames, count == 1 ? frames->small_cursor : 0, count, block);
  for (unsigned i = 0; i < RANDOM_TRIES; i++) {
    *block = pw_random_below(&frames->random, blocks);
    if (block_is_free(frames, *block * count, count)) return true;
  }
  return search(frames, *block, count, block);
}

static bool page_shift_is_known(unsigned page_shift) {
  return page_shift == 12 || page_shift == 21 || page_shift == 22 || page_shift == 30;
}

static void take_block(struct pw_frames *frames, uint64_t block, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) take(frames, block * count + i);
}

int pw_frames_allocate(struct pw_frames *frames, unsigned page_shift, uint64_t *physical_address) {
  uint64_t block;
  if (!page_shift_is_known(page_shift)) return -PW_EINVAL;
  uint64_t count = UINT64_C(1) << (page_shift - PW_SMALL_PAGE_SHIFT);
  if (frames->free < count || !choose(frames, count, &block)) return -PW_ENOFRAME;
  take_block(frames, block, count);
  if (count == 1) frames->small_cursor = block + 1 < frames->total ? block + 1 : 0;
  *physical_address = block << page_shift;
  return 0;
}

int pw_frames_allocate_lowest(struct pw_frames *frames, uint64_t *physical_address) {
  uint64_t block;
  if (!search(frames, 0, 1, &block)) return -PW_ENOFRAME;
  take_block(frames, block, 1);
  *physical_address = block << PW_SMALL_PAGE_SHIFT;
  return 0;
}

int pw_frames_release(struct pw_frames *frames, unsigned page_shift, uint64_t physical_address) {
  if (!page_shift_is_known(page_shift)) return -PW_EINVAL;
  uint64_t count = UINT64_C(1) << (page_shift - PW_SMALL_PAGE_SHIFT);
  uint64_t first = physical_address >> PW_SMALL_PAGE_SHIFT;
  if (physical_address & ((UINT64_C(1) << page_shift) - 1)) return -PW_EINVAL;
  if (first >= frames->total || frames->total - first < count || first == 0) return -PW_EINVAL;
  for (uint64_t i = 0; i < count; i++) {
    if (!is_taken(frames, first + i)) return -PW_EINVAL;
  }
  for (uint64_t i = 0; i < count; i++) give(frames, first + i);
  return 0;
}

uint64_t pw_frames_total(const struct pw_frames *frames) { return frames->total; }
uint64_t pw_frames_free(const struct pw_frames *frames) { return frames->free; }
