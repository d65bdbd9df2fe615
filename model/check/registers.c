/* registers.c: registers and kills of a device, on the registers of an MMU of the model. */
#include "registers.h"

#include <string.h>

static void keep(struct pw_registers *registers) {
  struct pw_check_context *context = &registers->contexts[registers->context % PW_CHECK_CONTEXTS];
  context->control = registers->mmu->control;
  context->mode = registers->mmu->mode;
}

int pw_registers_init(struct pw_registers *registers, const struct pw_config *config) {
  struct pw_config bare = *config;
  registers->config = config;
  bare.tlb_count = 0;
  bare.cache_count = 0;
  bare.walk_enters = 0;
  for (unsigned level = 2; level <= PW_MAX_LEVELS; level++) bare.psc[level].sets = 0;
  int status = pw_physical_memory_create(&registers->memory);
  if (status) return status;
  struct pw_memory_port port = pw_physical_memory_port(registers->memory);
  status = pw_mmu_create(&bare, &port, NULL, &registers->mmu);
  if (!status) pw_registers_reset(registers);
  return status;
}

void pw_registers_free(struct pw_registers *registers) {
  pw_mmu_destroy(registers->mmu);
  pw_physical_memory_destroy(registers->memory);
}

void pw_registers_reset(struct pw_registers *registers) {
  pw_control_reset(registers->mmu);
  registers->pending = 0;
  registers->context++;
  keep(registers);
}

static struct pw_kill *next_kill(struct pw_registers *registers) {
  uint64_t number = ++registers->kills;
  struct pw_kill *kill = &registers->kill[number % PW_CHECK_OPERATIONS];
  kill->number = number;
  return kill;
}

int pw_registers_accept(struct pw_registers *registers, const struct pw_event *event, uint64_t number) {
  struct pw_invalidation then;
  int status = pw_control_execute(registers->mmu, registers->config, event, &then);
  if (status) return status;
  struct pw_kill *kill = next_kill(registers);
  kill->accepted = number;
  kill->done = 0;
  kill->cycle = event->cycle;
  kill->op = event->u.control.op;
  kill->pcid = event->u.control.pcid;
  kill->data = event->u.control.data;
  kill->invalidation = then;
  registers->pending = kill->number;
  registers->ended_by[registers->context % PW_CHECK_CONTEXTS] = kill->number;
  bool had_xd = pw_registers_current(registers)->mode.rules.xd_bit != 0;
  registers->context++;
  keep(registers);
  if (kill->op == PW_CTL_CR4) kill->pcid = (uint16_t)pw_registers_current(registers)->mode.pcid;
  if (had_xd && !pw_registers_current(registers)->mode.rules.xd_bit) registers->xd_ended = number;
  return 0;
}

void pw_registers_done(struct pw_registers *registers, uint64_t number) {
  struct pw_kill *kill = &registers->kill[registers->pending % PW_CHECK_OPERATIONS];
  if (kill->number == registers->pending) kill->done = number; /* unless many page faults have come since */
  registers->pending = 0;
}

const struct pw_kill *pw_registers_fault(struct pw_registers *registers, const struct pw_fault_event *fault) {
  struct pw_kill *kill = next_kill(registers);
  kill->accepted = fault->accepted;
  kill->done = fault->number;
  kill->cycle = fault->cycle;
  kill->op = PW_CHECK_PAGE_FAULT;
  kill->classes = (uint8_t)fault->classes;
  kill->page_shift = (uint8_t)fault->page_shift;
  kill->pcid = (uint16_t)fault->pcid;
  kill->data = fault->linear_address;
  return kill;
}

unsigned pw_kill_shift(unsigned key_class) {
  static const uint8_t shift[PW_KEY_CLASSES] = {12, 21, 22, 30, 21, 30, 39, 48};
  return shift[key_class];
}

static bool is_page(uint64_t key) { return pw_key_class(key) < PW_KEY_PSC; }

/* MOV to CR4 that sets SMEP is the one operation that matches a PCID and global entries apart. */
static bool may_keep(const struct pw_kill *kill, const struct pw_cached *cached) {
  bool sets_smep = kill->op == PW_CTL_CR4 && kill->invalidation.match_count > 1;
  return sets_smep && pw_key_is_global(cached->key) && cached->pcid != kill->pcid;
}

static bool page_fault_requires(const struct pw_kill *kill, const struct pw_cached *cached) {
  unsigned shift = pw_kill_shift(pw_key_class(cached->key));
  if (is_page(cached->key) && shift > kill->page_shift) shift = kill->page_shift;
  bool of_pcid = cached->pcid == kill->pcid; /* a global one too: what was cached under another PCID need not go */
  return (kill->classes >> pw_key_class(cached->key) & 1) && of_pcid &&
         pw_key_region(kill->data, shift) == pw_key_region(cached->linear_address, shift);
}

static bool address_requires(const struct pw_kill *kill, const struct pw_cached *cached) {
  const struct pw_invalidation *invalidation = &kill->invalidation;
  uint64_t key = cached->key;
  uint64_t region = pw_key_region(invalidation->linear_address, pw_kill_shift(pw_key_class(key)));
  bool covers = region == pw_key_region_of(key);
  bool of_pcid = pw_key_matches(pw_match_pcid(invalidation->pcid), key);
  if (!is_page(key)) return of_pcid && (kill->op == PW_CTL_INVLPG || covers);
  return covers && (of_pcid || (invalidation->globals && pw_key_is_global(key)));
}

bool pw_kill_requires(const struct pw_kill *kill, const struct pw_cached *cached) {
  const struct pw_invalidation *invalidation = &kill->invalidation;
  if (kill->op == PW_CHECK_PAGE_FAULT) return page_fault_requires(kill, cached);
  for (unsigned i = 0; i < invalidation->match_count; i++) {
    if (pw_key_matches(invalidation->match[i], cached->key)) return !may_keep(kill, cached);
  }
  return invalidation->page && address_requires(kill, cached);
}

bool pw_kill_requires_any(const struct pw_kill *kill, const struct pw_chain *chain) {
  struct pw_cached cached = {.linear_address = chain->linear_address, .pcid = chain->pcid};
  for (unsigned level = chain->top; level > chain->level || (level == chain->level && chain->end == PW_CHAIN_OPEN);
       level--) {
    uint64_t region = pw_key_region(chain->linear_address, PW_SMALL_PAGE_SHIFT + 9 * (level - 1));
    cached.key = pw_key_make(PW_KEY_PSC + level - 2, chain->pcid, region);
    if (pw_kill_requires(kill, &cached)) return true;
  }
  if (chain->end != PW_CHAIN_PAGE) return false;
  cached.key = pw_chain_key(chain);
  return pw_kill_requires(kill, &cached);
}

static bool is_match(struct pw_key_match a, struct pw_key_match b) { return a.mask == b.mask && a.value == b.value; }

bool pw_registers_hold_nothing(const struct pw_registers *registers) {
  const struct pw_invalidation *invalidation = &pw_registers_latest(registers)->invalidation;
  bool globals = (pw_registers_current(registers)->control.cr4 & PW_CR4_PGE) != 0;
  for (unsigned i = 0; i < invalidation->match_count; i++) {
    if (is_match(invalidation->match[i], pw_match_all())) return true;
    if (!globals && is_match(invalidation->match[i], pw_match_all_but_globals())) return true;
  }
  return false;
}

uint64_t pw_registers_first_kill(const struct pw_registers *registers, uint64_t context,
                                 const struct pw_cached *cached) {
  uint64_t number = pw_registers_kill(registers, registers->ended_by[context % PW_CHECK_CONTEXTS])->number;
  for (; number <= registers->kills; number++) {
    if (pw_kill_requires(pw_registers_kill(registers, number), cached)) return number;
  }
  return 0;
}

uint64_t pw_registers_dropped(const struct pw_registers *registers, const struct pw_chain *chain,
                              uint64_t linear_address, uint64_t accepted) {
  struct pw_cached cached = {pw_chain_key(chain), linear_address, chain->pcid};
  uint64_t read = chain->entry[chain->level].read;
  for (uint64_t n = registers->kills; n > 0 && registers->kills - n < PW_CHECK_OPERATIONS; n--) {
    const struct pw_kill *kill = pw_registers_kill(registers, n);
    bool held = kill->op == PW_CHECK_PAGE_FAULT && kill->done <= accepted && read < kill->done;
    if (held && pw_chain_was_read_before(chain, kill->accepted) && pw_kill_requires(kill, &cached)) return n;
  }
  return 0;
}
