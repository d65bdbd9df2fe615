// TLBs and paging-structure caches may change when an answer comes, never what it is, if software invalidates properly.
#include <pagewalk/software.h>

#include <cstring>
#include <map>

#include "random_machine.h"

extern "C" {
#include "mmu_state.h"
}

using namespace pagewalk_test;

namespace {

constexpr unsigned kProcesses = 3;

// A machine with address spaces built by the library's own software side. Two of them get the same operations.
class Twin {
 public:
  explicit Twin(const pw_config &config) : machine_(config) {
    EXPECT_EQ(0, pw_frames_create(&config, &frames_));
    for (auto &space : spaces_) EXPECT_EQ(0, pw_address_space_create(&config, machine_.memory(), frames_, &space));
    activate(0, false);
  }
  ~Twin() {
    for (auto *space : spaces_) pw_address_space_destroy(space);
    pw_frames_destroy(frames_);
  }
  // Without PCIDs every switch must flush. With them, bit 63 keeps what is cached.
  void activate(unsigned process, bool keep) {
    const bool pcids = (pw_mmu_control(machine_.mmu()).cr4 & PW_CR4_PCIDE) != 0;
    const uint64_t root = pw_address_space_root(spaces_[process]);
    ASSERT_EQ(0, pw_write_cr3(machine_.mmu(), pcids ? root | (process + 1) | (keep ? PW_CR3_NO_FLUSH : 0) : root));
    process_ = process;
  }
  pw_address_space *space() { return spaces_[process_]; }
  pw_mmu *mmu() { return machine_.mmu(); }
  Machine &machine() { return machine_; }

 private:
  Machine machine_;
  pw_frames *frames_ = nullptr;
  pw_address_space *spaces_[kProcesses] = {};
  unsigned process_ = 0;
};

uint64_t random_address(Random &random, pw_paging_mode mode) {
  uint64_t address = random.below(6) << 12 | random.below(3) << 21 | random.below(2) << 30;
  if (mode >= PW_MODE_4LEVEL) address |= random.below(2) << 39;
  return address;
}

uint32_t random_flags(Random &random) {
  uint32_t flags = static_cast<uint32_t>(random.bits()) & PW_MAP_ALL;
  if (random.chance(60)) flags |= PW_MAP_USER;
  return flags | static_cast<uint32_t>(random.below(3)) << PW_MAP_PKEY_SHIFT;
}

class TlbOnAndOff : public ::testing::TestWithParam<pw_paging_mode> {
 protected:
  // One operation of software on both machines, with the invalidation that the SDM asks for.
  template <typename Operation>
  static void both(Twin &on, Twin &off, Operation operation) {
    for (Twin *twin : {&on, &off}) operation(*twin);
  }

  void change_mapping(Random &random, Twin &on, Twin &off) {
    static const unsigned sizes[PW_MODES][3] = {{12, 12, 22}, {12, 12, 21}, {12, 12, 21}, {12, 21, 30}};
    const unsigned shift = sizes[GetParam()][random.below(3)];
    const uint64_t page = random_address(random, GetParam()) >> shift << shift;
    const uint64_t frame = random.below(16) << 30 >> (GetParam() == PW_MODE_32BIT ? 4 : 0) >> shift << shift;
    const uint32_t flags = random_flags(random);
    const unsigned what = static_cast<unsigned>(random.below(6));
    both(on, off, [&](Twin &twin) {
      if (what >= 2) pw_map(twin.space(), page, frame, shift, flags);
      if (what == 0) pw_unmap(twin.space(), page, nullptr, nullptr);
      if (what == 1) pw_protect(twin.space(), page, flags);
      pw_invlpg(twin.mmu(), page);
    });
  }

  void operate(Random &random, Twin &on, Twin &off) {
    const unsigned process = static_cast<unsigned>(random.below(kProcesses));
    const bool keep = random.chance(70);
    const uint32_t pkru = static_cast<uint32_t>(random.bits());
    const unsigned type = static_cast<unsigned>(random.below(4));
    switch (random.below(12)) {
      case 0: both(on, off, [&](Twin &twin) { twin.activate(process, keep); }); break;
      case 1: both(on, off, [&](Twin &twin) { pw_write_pkru(twin.mmu(), pkru); }); break;
      case 2:
        both(on, off, [&](Twin &twin) { pw_write_cr4(twin.mmu(), pw_mmu_control(twin.mmu()).cr4 ^ PW_CR4_SMEP); });
        break;
      case 3:
        both(on, off, [&](Twin &twin) { pw_write_cr4(twin.mmu(), pw_mmu_control(twin.mmu()).cr4 ^ PW_CR4_SMAP); });
        break;
      case 4:
        both(on, off, [&](Twin &twin) { pw_write_cr0(twin.mmu(), pw_mmu_control(twin.mmu()).cr0 ^ PW_CR0_WP); });
        break;
      case 5: both(on, off, [&](Twin &twin) { pw_invpcid(twin.mmu(), type, process, 0); }); break;
      default: change_mapping(random, on, off); break;
    }
  }
};

void expect_same_answer(const pw_translation &on, const pw_translation &off) {
  ASSERT_EQ(off.outcome, on.outcome);
  ASSERT_EQ(off.error_code, on.error_code);
  if (off.outcome != PW_MAPPED) return;
  ASSERT_EQ(off.physical_address, on.physical_address);
  ASSERT_EQ(off.attributes & ~static_cast<uint32_t>(PW_ATTR_DIRTY),
            on.attributes & ~static_cast<uint32_t>(PW_ATTR_DIRTY));
  ASSERT_EQ(off.memory_type, on.memory_type);
}

TEST_P(TlbOnAndOff, GiveTheSameAnswersAndEntriesWhenSoftwareInvalidates) {
  unsigned hits = 0, faults = 0, walks_saved = 0;
  for (uint64_t seed = 1; seed <= 100; seed++) {
    Random random(seed);
    pw_config config = random_config(random, GetParam());
    pw_config without = config;
    without.tlb_count = 0;
    for (auto &psc : without.psc) psc.sets = 0;
    Twin on(config), off(without);
    for (unsigned i = 0; i < 1500; i++) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << " operation " << i);
      if (random.chance(25)) operate(random, on, off);
      const pw_access access = random_access(random, random_address(random, GetParam()));
      const pw_translation with_tlb = on.machine().translate(access);
      const pw_translation without_tlb = off.machine().translate(access);
      ASSERT_NO_FATAL_FAILURE(expect_same_answer(with_tlb, without_tlb));
      pw_leaf leaf_on, leaf_off;
      const int found = pw_find_leaf(on.space(), access.linear_address, &leaf_on);
      ASSERT_EQ(found, pw_find_leaf(off.space(), access.linear_address, &leaf_off));
      if (found == 0) {
        ASSERT_EQ(leaf_off.entry, leaf_on.entry) << "A and D";
      }
      hits += with_tlb.hit_level > 0;
      faults += with_tlb.outcome == PW_PAGE_FAULT;
      walks_saved += without_tlb.step_count > with_tlb.step_count;
    }
  }
  EXPECT_GT(hits, 3000u) << "a run without hits has checked nothing";
  EXPECT_GT(faults, 5000u);
  EXPECT_GT(walks_saved, 3000u);
}

// Takes out of a record what a probe does not tell: times, who served a reference, and fills.
void forget_times(pw_translation &t) {
  t.walk_cycles = t.update_cycles = 0;
  t.fill_count = 0;
  for (unsigned i = 0; i < t.step_count; i++) {
    t.steps[i].read_cycles = t.steps[i].update_cycles = 0;
    t.steps[i].read_by = t.steps[i].updated_by = 0;
  }
}

size_t used_bytes(const pw_translation &t) {
  return offsetof(pw_translation, steps) + t.step_count * sizeof(pw_walk_step);
}

// A probe tells what a translation will do and leaves everything as it was: a twin that is never probed agrees.
TEST_P(TlbOnAndOff, ProbeEqualsTranslateAndChangesNothing) {
  for (uint64_t seed = 1; seed <= 40; seed++) {
    Random random(seed);
    pw_config config = random_config(random, GetParam());
    Twin twin(config), unprobed(config);
    for (unsigned i = 0; i < 1000; i++) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << " operation " << i);
      if (random.chance(25)) operate(random, twin, unprobed);
      const pw_access access = random_access(random, random_address(random, GetParam()));
      pw_translation probe = twin.machine().probe(access);
      pw_translation real = twin.machine().translate(access);
      const pw_translation other = unprobed.machine().translate(access);
      ASSERT_EQ(0, std::memcmp(&real, &other, used_bytes(real))) << "the probe left a trace";
      forget_times(probe);
      forget_times(real);
      ASSERT_EQ(0, std::memcmp(&probe, &real, used_bytes(real)));
    }
  }
}

// Of a fill, whose last bytes are no field's.
bool is_same(const pw_fill &a, const pw_fill &b) {
  return a.victim_key == b.victim_key && a.set == b.set && a.way == b.way && a.structure == b.structure &&
         a.unit == b.unit && a.array == b.array && a.moved == b.moved;
}

// Recent hits are replayed, which must not show: a twin that forgets them before every access gives the same record to
// the last byte, whether software invalidates or not, and for accesses that are no answer's.
TEST_P(TlbOnAndOff, ReplayedHitIsTheGeneralPathsAnswer) {
  unsigned replayed = 0, refused = 0, hits = 0;
  for (uint64_t seed = 1; seed <= 100; seed++) {
    Random random(seed);
    pw_config config = random_config(random, GetParam());
    Twin twin(config), forgetful(config);
    uint64_t address = 0;
    for (unsigned i = 0; i < 50; i++) change_mapping(random, twin, forgetful);
    for (unsigned i = 0; i < 1500; i++) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << " operation " << i);
      if (random.chance(5)) operate(random, twin, forgetful);
      if (random.chance(5)) { // entries change and nobody says so
        const uint64_t page = random_address(random, GetParam());
        const uint32_t flags = random_flags(random);
        both(twin, forgetful, [&](Twin &one) { pw_protect(one.space(), page, flags); });
      }
      if (random.chance(20)) address = random_address(random, GetParam());
      pw_access access = random_access(random, address);
      if (random.chance(80)) access.cpl = 3, access.flags = 0; // most programs are like this
      if (random.chance(5)) access.flags |= PW_PREFETCH;
      if (random.chance(3)) access.linear_address ^= UINT64_C(1) << (40 + random.below(24));
      if (random.chance(3)) access.size_bytes = static_cast<uint32_t>(4090 + random.below(10));
      if (random.chance(2)) access.kind = static_cast<uint8_t>(random.bits());
      if (random.chance(2)) access.cpl = static_cast<uint8_t>(random.bits());
      if (random.chance(2)) access.flags = static_cast<uint8_t>(random.bits());
      pw_recent_forget_all(&forgetful.mmu()->tlbs.recent);
      const unsigned pcid = twin.mmu()->mode.pcid;
      const unsigned index = pw_recent_index(access.linear_address, access.kind);
      replayed += twin.mmu()->tlbs.recent.tags[index] == pw_recent_tag(access.linear_address, pcid);
      pw_translation remembering, anew;
      const int status = pw_translate(twin.mmu(), &access, &remembering);
      ASSERT_EQ(pw_translate(forgetful.mmu(), &access, &anew), status);
      refused += status != 0;
      if (status) continue;
      hits += anew.hit_level == 1;
      ASSERT_EQ(0, std::memcmp(&remembering, &anew, used_bytes(anew)));
      for (unsigned f = 0; f < anew.fill_count; f++) ASSERT_TRUE(is_same(remembering.fills[f], anew.fills[f]));
    }
  }
  EXPECT_GT(hits, 5000u);
  EXPECT_GT(replayed, hits / 5) << "a run that replayed nothing has checked nothing";
  EXPECT_GT(refused, 1000u);
}

INSTANTIATE_TEST_SUITE_P(EveryMode, TlbOnAndOff,
                         ::testing::Values(PW_MODE_32BIT, PW_MODE_PAE, PW_MODE_4LEVEL, PW_MODE_5LEVEL));

} // namespace
