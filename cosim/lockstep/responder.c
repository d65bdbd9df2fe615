/* responder.c: reads and compare-and-swaps of a device's walkers. */
#include "responder.h"

#include <stdlib.h>
#include <string.h>

#include "draw.h"

/* A reference of D cycles is answered D - 2 cycles after it was accepted; docs/rtl.md. */
#define CYCLES_IN_DEVICE 2

int responder_init(struct responder *responder, const struct pw_config *config) {
  *responder = (struct responder){.address_bits = config->physical_address_bits};
  int status = pw_physical_memory_create(&responder->memory);
  return status ? status : pw_memory_hierarchy_create(config, &responder->hierarchy);
}

void responder_free(struct responder *responder) {
  if (responder->hierarchy) pw_memory_hierarchy_destroy(responder->hierarchy);
  pw_physical_memory_destroy(responder->memory);
}

void responder_set_profile(struct responder *responder, const struct profile *profile) {
  responder->random = pw_seed_stream(profile->seed, 1);
  responder->memory_stall = profile->memory_stall;
  responder->jitter = profile->jitter;
  responder->jitter_cycles = profile->jitter_cycles;
  responder->bus_error = profile->bus_error;
}

void responder_reset(struct responder *responder) {
  memset(responder->answers, 0, sizeof responder->answers);
  responder->under_way = 0;
  responder->driven = false;
  pw_memory_hierarchy_reset(responder->hierarchy);
}

/* The answer that has been due longest. */
static int choose(const struct responder *responder, uint64_t cycle) {
  int chosen = -1;
  for (int id = 0; id < RESPONDER_IDS; id++) {
    const struct responder_answer *answer = &responder->answers[id];
    if (!answer->under_way || answer->due > cycle) continue;
    if (chosen < 0 || answer->due < responder->answers[chosen].due) chosen = id;
  }
  return chosen;
}

static void drive_answer(struct responder *responder, int id, struct rtl_inputs *inputs) {
  const struct responder_answer *answer = &responder->answers[id];
  inputs->wmr_valid = 1;
  inputs->wmr_id = (uint8_t)id;
  inputs->wmr_data = answer->data;
  inputs->wmr_ok = answer->ok;
  inputs->wmr_err = answer->error;
  responder->driven = true;
}

void responder_drive(struct responder *responder, uint64_t cycle, struct rtl_inputs *inputs) {
  inputs->wmq_ready = !draw_if_any(&responder->random, responder->memory_stall);
  if (!responder->under_way || responder->driven) return;
  int id = choose(responder, cycle);
  if (id >= 0) drive_answer(responder, id, inputs);
}

void responder_clocked(struct responder *responder, struct rtl_inputs *inputs, bool ready) {
  if (!responder->driven || !ready) return;
  responder->answers[inputs->wmr_id].under_way = false;
  responder->under_way--;
  responder->driven = false;
  inputs->wmr_valid = 0;
}

/* Charged as the walk of the model charges: also what ends in an error or a mismatch. */
static uint64_t due(struct responder *responder, uint64_t address, bool write, uint64_t cycle) {
  struct pw_memory_reference reference = pw_memory_walk_access(responder->hierarchy, address, write);
  uint64_t cycles = reference.cycles;
  if (draw_if_any(&responder->random, responder->jitter)) {
    cycles += 1 + pw_random_below(&responder->random, responder->jitter_cycles);
  }
  return cycle + (cycles > CYCLES_IN_DEVICE ? cycles - CYCLES_IN_DEVICE : 1);
}

static bool fails(struct responder *responder, uint64_t address) {
  if (address >> responder->address_bits) return true;
  return responder->bus_error && pw_random_below(&responder->random, 10000) < responder->bus_error;
}

static void do_read(struct responder *responder, struct responder_answer *answer, const struct rtl_outputs *outputs,
                    struct pw_event *event) {
  uint64_t value = answer->error ? 0 : pw_physical_read64(responder->memory, outputs->wmq_addr);
  answer->data = value;
  answer->ok = !answer->error;
  event->kind = PW_EVENT_READ;
  event->u.read.walker = outputs->wmq_id;
  event->u.read.bus_error = answer->error;
  event->u.read.cache_control = (uint8_t)(outputs->wmq_pwt | outputs->wmq_pcd << 1);
  event->u.read.address = outputs->wmq_addr;
  event->u.read.value = value;
}

/* An answer carries the value found, as a bus would. */
static void do_swap(struct responder *responder, struct responder_answer *answer, const struct rtl_outputs *outputs,
                    struct pw_event *event) {
  uint64_t found = answer->error ? 0 : pw_physical_read64(responder->memory, outputs->wmq_addr);
  answer->ok = !answer->error && found == outputs->wmq_expected;
  answer->data = found;
  if (answer->ok && pw_physical_write64(responder->memory, outputs->wmq_addr, outputs->wmq_new)) answer->error = true;
  event->kind = PW_EVENT_SWAP;
  event->u.swap.walker = outputs->wmq_id;
  event->u.swap.bus_error = answer->error;
  event->u.swap.matched = answer->ok;
  event->u.swap.cache_control = (uint8_t)(outputs->wmq_pwt | outputs->wmq_pcd << 1);
  event->u.swap.address = outputs->wmq_addr;
  event->u.swap.expected = outputs->wmq_expected;
  event->u.swap.desired = outputs->wmq_new;
}

bool responder_accept(struct responder *responder, const struct rtl_outputs *outputs, uint64_t cycle,
                      struct pw_event *event) {
  if (outputs->wmq_id >= RESPONDER_IDS || responder->answers[outputs->wmq_id].under_way) return false;
  struct responder_answer *answer = &responder->answers[outputs->wmq_id];
  answer->under_way = true;
  answer->error = fails(responder, outputs->wmq_addr);
  answer->due = due(responder, outputs->wmq_addr, outputs->wmq_op != 0, cycle);
  responder->under_way++;
  if (outputs->wmq_op) {
    do_swap(responder, answer, outputs, event);
  } else {
    do_read(responder, answer, outputs, event);
  }
  return true;
}
