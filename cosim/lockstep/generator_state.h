/* generator_state.h: an episode that is being made, for the files that together make it. */
#ifndef PAGEWALK_COSIM_GENERATOR_STATE_H
#define PAGEWALK_COSIM_GENERATOR_STATE_H

#include <pagewalk/mmu.h>

#include "draw.h"
#include "generate.h"
#include "legality.h"
#include "scene.h"
#include "steer.h"

struct generator {
  struct generate_options options;
  struct scene *scene;
  struct legality legality;
  struct episode *episode;
  struct plan plan;
  struct steering steering; /* of this episode */
  struct steering *history; /* of every episode that was made, so that one can be made anew */
  uint64_t history_count;
  uint64_t random;
  unsigned space;
  uint16_t pcid[SCENE_SPACES];
  uint32_t listed[SCENE_SPACES]; /* pages of each space */
  uint16_t *list[SCENE_SPACES];
  uint16_t hot[HOT_PAGES];
  bool fetch_next;     /* hit traffic: the ports take turns */
  bool cold;           /* the page last chosen is none of the hot ones */
  uint32_t cold_for;   /* requests that probably miss because of an invalidation */
  uint64_t requests;   /* made in this episode */
  uint64_t restore_in; /* requests until NXE and PG come back; 0: they are there */
};

/* ---- draws ---- */

static inline uint64_t draw_below(struct generator *g, uint64_t bound) { return pw_random_below(&g->random, bound); }
static inline bool draw_share(struct generator *g, uint32_t percent) { return draw_percent(&g->random, percent); }

/* Places inside a page; of a large one often the same few. */
uint64_t draw_offset(struct generator *g, const struct scene_page *page);

/* ---- operations: generate.c ---- */

#define COLD_REQUESTS 8 /* so many after an invalidation are taken as misses */

void make_operation(struct generator *g, struct operation operation);
/* Does nothing once the episode has all its requests. */
void make_access(struct generator *g, struct operation access);
void make_wait(struct generator *g, unsigned what);

/* A reset, and the registers of the configuration without PCIDs; space 0 is the current one. */
void make_restart(struct generator *g);

/* An access that a page allows as far as privileges go. */
void make_allowed(struct generator *g, const struct scene_page *page, uint64_t address, unsigned kind);

/* The pages of the current space that are used again and again are others. */
void choose_hot(struct generator *g);
/* One of them, or of all pages of the current space. */
struct scene_page *choose_page(struct generator *g);

/* ---- control operations: random_control.c ---- */

void make_random_control(struct generator *g);

/* Adds the control operation if it is legal now. */
bool make_control(struct generator *g, unsigned op, uint64_t data, unsigned pcid);

static inline struct pw_control control_now(const struct generator *g) { return pw_mmu_control(g->legality.mmu); }
static inline bool pcids_are_on(const struct generator *g) { return (control_now(g).cr4 & PW_CR4_PCIDE) != 0; }
static inline bool paging_is_on(const struct generator *g) { return (control_now(g).cr0 & PW_CR0_PG) != 0; }

/* MOV to CR3 with the root of a space and, mostly, its PCID. */
void make_space(struct generator *g, unsigned space, bool no_flush);
/* PCIDE may be set only while CR3[11:0] = 0, and paging turned off only after PCIDE. */
void make_pcids(struct generator *g, bool on);
/* Paging and NXE come back after some requests, by make_restored. */
void make_stop_paging(struct generator *g);
void make_toggle_nxe(struct generator *g);
void make_restored(struct generator *g);

uint64_t draw_pkru(struct generator *g);

/* ---- page tables that change: random_edit.c ---- */

void make_random_edit(struct generator *g);
/* Of a leaf, without invalidation. */
void make_silent_edit(struct generator *g);

/* ---- sequences with a purpose: directed.c, race.c ---- */

/* One of those that the plan asks for. */
void make_directed(struct generator *g);

/* A walk during which software writes, a control operation is accepted, or its request is killed. */
void make_race(struct generator *g, unsigned group, const uint8_t *value);

/* A page of the current space with that level of leaf whose every entry is present, or NULL. */
struct scene_page *choose_sound_page(struct generator *g, unsigned level, struct scene_path *path);

#endif
