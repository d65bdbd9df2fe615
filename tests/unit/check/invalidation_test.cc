// What each operation must remove (Intel SDM volume 3A, chapter "Paging", section "Operations that Invalidate TLBs and
// Paging-Structure Caches"), as a table: what must be gone may not answer a request accepted after the operation, and
// what may stay may.
#include <functional>

#include "watched_device.h"

using namespace pagewalk_test;

namespace {

constexpr uint64_t kAddress = 0x7000001000;      // of the operation
constexpr uint64_t kOtherAddress = 0x7080002000; // under another entry of each level but the highest
constexpr uint64_t kBeside = 0x3000;             // from a page to another under the same PDE
constexpr unsigned kPcid = 1;                    // current when the operation is made
constexpr unsigned kOtherPcid = 2;
constexpr uint64_t kGlobalPage = kReadOnly | PW_ENTRY_G;

enum Fate { GONE, STAY, SKIP /* cannot be in this machine, or nothing is said of it */ };

// Something cached before the operation, whose page or table software has changed since.
struct Cached {
  const char *what;
  uint64_t linear_address;
  unsigned pcid; // under which it was read
  bool global;
  bool table; // a paging-structure-cache entry
};

enum { OWN, GLOBAL, OF_OTHER, GLOBAL_OF_OTHER, BESIDE, GLOBAL_BESIDE, BESIDE_OF_OTHER, CACHES };
const Cached kPages[] = {{"the page", kAddress, kPcid, false, false},
                         {"the page, global", kAddress, kPcid, true, false},
                         {"the page of another PCID", kAddress, kOtherPcid, false, false},
                         {"the page, global, read under another PCID", kAddress, kOtherPcid, true, false},
                         {"another page", kOtherAddress, kPcid, false, false},
                         {"another page, global", kOtherAddress, kPcid, true, false},
                         {"another page of another PCID", kOtherAddress, kOtherPcid, false, false}};
const Cached kTables[] = {{"the table of the address", kAddress, kPcid, false, true},
                          {"the table of another address", kOtherAddress, kPcid, false, true},
                          {"the table of the address, of another PCID", kAddress, kOtherPcid, false, true},
                          {"the table of another address, of another PCID", kOtherAddress, kOtherPcid, false, true}};

// Two address spaces of the same shape.
uint64_t root_of(unsigned pcid) { return pcid == kOtherPcid ? 0x80000 : Machine::kRoot; }

class Scene {
 public:
  WatchedDevice device;

  Scene(pw_check_mode mode, bool pcide, bool global_pages) : device(mode), pcide_(pcide) {
    device.start_paging(pcide);
    if (!global_pages) device.control(PW_CTL_CR4, pcide ? PW_CR4_PCIDE : 0);
  }

  // Registers of an address space; nothing needs to be removed for it.
  void enter(unsigned pcid) {
    if (!(cr0 & PW_CR0_PG)) device.control(PW_CTL_CR0, cr0 |= PW_CR0_PG);
    if (pcide_ && !(cr4 & PW_CR4_PCIDE)) {
      device.control(PW_CTL_CR3, Machine::kRoot);
      device.control(PW_CTL_CR4, cr4 |= PW_CR4_PCIDE);
    }
    if (pcide_) device.control(PW_CTL_CR3, root_of(pcid) | pcid | kNoFlush);
  }

  // Reads a page so that it, and the tables above it, may be cached; then changes what `cached` was read from.
  void cache_and_change(const Cached &cached) {
    const uint64_t root = pcide_ ? root_of(cached.pcid) : Machine::kRoot;
    const uint64_t bits = cached.global ? kGlobalPage : kReadOnly;
    enter(cached.pcid);
    device.map(cached.linear_address + kBeside, frame_of(1) | bits, 1, root);
    const uint64_t leaf = device.map(cached.linear_address, frame_of(2) | bits, 1, root);
    device.use(make_access(cached.linear_address), mapped(frame_of(2), 0, cached.global), root);
    device.settle();
    old_table_ = leaf & ~UINT64_C(0xfff);
    if (!cached.table) {
      device.write(leaf, frame_of(3) | kUserPage);
      return;
    }
    const uint64_t table = device.new_table();
    device.write(Machine::slot(table, 1, cached.linear_address + kBeside), frame_of(4) | kReadOnly);
    device.write(device.entry_of(cached.linear_address, 2, root), table | kTableBits);
  }

  static pw_access access_of(const Cached &cached) {
    return make_access(cached.linear_address + (cached.table ? kBeside : 0));
  }

  // The answer of what was cached; a table gives that of the page beside, which is read through it.
  pw_verdict answer_from(const Cached &cached, unsigned id) {
    if (!cached.table) return device.answer(id, mapped(frame_of(2), 0, cached.global));
    const uint64_t address = Machine::slot(old_table_, 1, cached.linear_address + kBeside);
    const uint64_t value = device.get(address);
    const pw_verdict read = device.take(device.read_event(0, address, value));
    if (!pw_verdict_is_legal(read)) return read;
    if (!(value & PW_ENTRY_A)) device.set(0, address, PW_ENTRY_A);
    return device.answer(id, mapped(frame_of(1), 0, cached.global));
  }

  uint64_t cr0 = PW_CR0_PG | PW_CR0_WP;
  uint64_t cr4 = PW_CR4_PGE | PW_CR4_PCIDE;

 private:
  bool pcide_;
  uint64_t old_table_ = 0;
};

struct Operation {
  const char *name;
  Fate pages[7];  // in the order of kPages
  Fate tables[4]; // in the order of kTables
  std::function<pw_event(Scene &)> make;
  bool pcide = true;
  bool global_pages = true;
};

pw_event op(Scene &scene, unsigned op, uint64_t data, unsigned pcid = 0) {
  return scene.device.control_event(op, data, pcid);
}
pw_event set_cr4(Scene &scene, uint64_t value) { return op(scene, PW_CTL_CR4, scene.cr4 = value); }
pw_event set_cr0(Scene &scene, uint64_t value) { return op(scene, PW_CTL_CR0, scene.cr0 = value); }

constexpr uint64_t kCr4 = PW_CR4_PGE | PW_CR4_PCIDE;

// Pages: own, global, other PCID's, global of other; beside: own, global, other PCID's.
// Tables: of the address, of another address; both of the other PCID.
const Operation kOperations[] = {
    {"Invlpg",
     {GONE, GONE, STAY, GONE, STAY, STAY, STAY},
     {GONE, GONE, STAY, STAY},
     [](Scene &s) { return op(s, PW_CTL_INVLPG, kAddress); }},
    {"InvlpgOfANonCanonicalAddress",
     {STAY, STAY, STAY, STAY, STAY, STAY, STAY},
     {STAY, STAY, STAY, STAY},
     [](Scene &s) { return op(s, PW_CTL_INVLPG, kAddress | UINT64_C(1) << 60); }},
    {"InvpcidAddressOfTheCurrentPcid",
     {GONE, STAY, STAY, STAY, STAY, STAY, STAY},
     {GONE, STAY, STAY, STAY},
     [](Scene &s) { return op(s, PW_CTL_INVPCID_ADDRESS, kAddress, kPcid); }},
    {"InvpcidAddressOfAnotherPcid",
     {STAY, STAY, GONE, STAY, STAY, STAY, STAY},
     {STAY, STAY, GONE, STAY},
     [](Scene &s) { return op(s, PW_CTL_INVPCID_ADDRESS, kAddress, kOtherPcid); }},
    {"InvpcidContextOfTheCurrentPcid",
     {GONE, STAY, STAY, STAY, GONE, STAY, STAY},
     {GONE, GONE, STAY, STAY},
     [](Scene &s) { return op(s, PW_CTL_INVPCID_CONTEXT, 0, kPcid); }},
    {"InvpcidContextOfAnotherPcid",
     {STAY, STAY, GONE, STAY, STAY, STAY, GONE},
     {STAY, STAY, GONE, GONE},
     [](Scene &s) { return op(s, PW_CTL_INVPCID_CONTEXT, 0, kOtherPcid); }},
    {"InvpcidAllWithGlobals",
     {GONE, GONE, GONE, GONE, GONE, GONE, GONE},
     {GONE, GONE, GONE, GONE},
     [](Scene &s) { return op(s, PW_CTL_INVPCID_ALL_WITH_GLOBALS, 0); }},
    {"InvpcidAllButGlobals",
     {GONE, STAY, GONE, STAY, GONE, STAY, GONE},
     {GONE, GONE, GONE, GONE},
     [](Scene &s) { return op(s, PW_CTL_INVPCID_ALL_BUT_GLOBALS, 0); }},
    {"MovToCr3WithoutPcids",
     {GONE, STAY, SKIP, SKIP, GONE, STAY, SKIP},
     {GONE, GONE, SKIP, SKIP},
     [](Scene &s) { return op(s, PW_CTL_CR3, Machine::kRoot); },
     false},
    {"MovToCr3OfTheCurrentPcid",
     {GONE, STAY, STAY, STAY, GONE, STAY, STAY},
     {GONE, GONE, STAY, STAY},
     [](Scene &s) { return op(s, PW_CTL_CR3, root_of(kPcid) | kPcid); }},
    {"MovToCr3OfAnotherPcid",
     {STAY, STAY, GONE, STAY, STAY, STAY, GONE},
     {STAY, STAY, GONE, GONE},
     [](Scene &s) { return op(s, PW_CTL_CR3, root_of(kOtherPcid) | kOtherPcid); }},
    {"MovToCr3WithBit63",
     {STAY, STAY, STAY, STAY, STAY, STAY, STAY},
     {STAY, STAY, STAY, STAY},
     [](Scene &s) { return op(s, PW_CTL_CR3, root_of(kPcid) | kPcid | kNoFlush); }},
    {"MovToCr4ThatClearsPge",
     {GONE, GONE, GONE, GONE, GONE, GONE, GONE},
     {GONE, GONE, GONE, GONE},
     [](Scene &s) { return set_cr4(s, PW_CR4_PCIDE); }},
    {"MovToCr4ThatSetsPge",
     {GONE, SKIP, GONE, SKIP, GONE, SKIP, GONE},
     {GONE, GONE, GONE, GONE},
     [](Scene &s) { return set_cr4(s, kCr4); },
     true,
     false},
    {"MovToCr4ThatClearsPcide",
     {GONE, GONE, GONE, GONE, GONE, GONE, GONE},
     {GONE, GONE, GONE, GONE},
     [](Scene &s) { return set_cr4(s, PW_CR4_PGE); }},
    {"MovToCr4ThatSetsSmep",
     {GONE, GONE, STAY, SKIP, GONE, GONE, STAY},
     {GONE, GONE, STAY, STAY},
     [](Scene &s) { return set_cr4(s, kCr4 | PW_CR4_SMEP); }},
    {"MovToCr4ThatChangesNoneOfThese",
     {STAY, STAY, STAY, STAY, STAY, STAY, STAY},
     {STAY, STAY, STAY, STAY},
     [](Scene &s) { return set_cr4(s, kCr4 | PW_CR4_SMAP); }},
    {"MovToCr0ThatClearsPg",
     {GONE, GONE, SKIP, SKIP, GONE, GONE, SKIP},
     {GONE, GONE, SKIP, SKIP},
     [](Scene &s) { return set_cr0(s, PW_CR0_WP); },
     false},
    {"MovToCr0ThatChangesWp",
     {STAY, STAY, STAY, STAY, STAY, STAY, STAY},
     {STAY, STAY, STAY, STAY},
     [](Scene &s) { return set_cr0(s, PW_CR0_PG); }},
    {"MovToEfer",
     {STAY, STAY, STAY, STAY, STAY, STAY, STAY},
     {STAY, STAY, STAY, STAY},
     [](Scene &s) { return op(s, PW_CTL_EFER, PW_EFER_NXE | PW_EFER_LME); }},
};

using Case = std::tuple<size_t, pw_check_mode>;

class Invalidation : public testing::TestWithParam<Case> {
 protected:
  const Operation &operation() const { return kOperations[std::get<0>(GetParam())]; }
  pw_check_mode mode() const { return std::get<1>(GetParam()); }

  // A black box may also have held the page beside itself, so that its table must be gone is no matter there unless the
  // page must be, too.
  Fate fate_of_table(unsigned i) const {
    const Fate beside = operation().pages[kTables[i].pcid == kPcid ? BESIDE : BESIDE_OF_OTHER];
    const Fate fate = operation().tables[i];
    return mode() == PW_CHECK_WINDOW && fate == GONE ? beside : fate;
  }

  template <class Try>
  void each(Try &&attempt) const {
    unsigned tried = 0;
    for (unsigned i = 0; i < 7 + 4; i++) {
      const Fate fate = i < 7 ? operation().pages[i] : fate_of_table(i - 7);
      const Cached &cached = i < 7 ? kPages[i] : kTables[i - 7];
      if (fate == SKIP) continue;
      SCOPED_TRACE(cached.what);
      tried += attempt(cached, fate);
    }
    EXPECT_GT(tried, 0u);
  }
};

TEST_P(Invalidation, RemovesWhatItMustAndMayLeaveTheRest) {
  each([this](const Cached &cached, Fate fate) {
    Scene scene(mode(), operation().pcide, operation().global_pages);
    WatchedDevice &device = scene.device;
    scene.cache_and_change(cached);
    scene.enter(kPcid);
    device.step(operation().make(scene));
    device.control_done();
    scene.enter(cached.pcid);
    device.request(0, Scene::access_of(cached));
    const bool sets_smep = operation().name == std::string("MovToCr4ThatSetsSmep");
    // Of a black box nobody knows under which PCID it has cached a global page.
    if (mode() == PW_CHECK_WINDOW && cached.global && sets_smep) return false;
    if (fate == STAY) {
      EXPECT_VERDICT(LEGAL_STALE, scene.answer_from(cached, 0));
    } else if (mode() == PW_CHECK_WINDOW && cached.global && !(scene.cr4 & PW_CR4_PGE)) {
      EXPECT_VERDICT(WRONG, scene.answer_from(cached, 0)); // tables alone make no page global then, now or before
    } else {
      EXPECT_VERDICT(ILLEGAL_STALE, scene.answer_from(cached, 0));
    }
    return true;
  });
}

// A request accepted before the acknowledge may still be served by what goes; only requests of the address space in
// which the operation was made can be in flight then.
TEST_P(Invalidation, LeavesRequestsThatWereAcceptedBefore) {
  each([this](const Cached &cached, Fate) {
    if (cached.pcid != kPcid) return false;
    Scene scene(mode(), operation().pcide, operation().global_pages);
    WatchedDevice &device = scene.device;
    scene.cache_and_change(cached);
    device.request(7, Scene::access_of(cached));
    device.step(operation().make(scene));
    device.control_done();
    EXPECT_VERDICT(LEGAL_STALE, scene.answer_from(cached, 7));
    return true;
  });
}

// Nothing must be removed before the acknowledge, and everything by then: the requests accepted one event before it
// and one after it differ.
TEST_P(Invalidation, HoldsFromTheAcknowledgeOn) {
  const bool gone = operation().pages[OWN] == GONE;
  for (const bool before : {true, false}) {
    Scene scene(mode(), operation().pcide, operation().global_pages);
    WatchedDevice &device = scene.device;
    const Cached &cached = kPages[OWN];
    scene.cache_and_change(cached);
    const pw_event event = operation().make(scene);
    device.step(event);
    if (before) device.request(7, Scene::access_of(cached));
    device.control_done();
    if (!before) device.request(7, Scene::access_of(cached));
    // After a change of address space or of paging the request is of another one.
    const unsigned kind = event.u.control.op;
    const bool same_space = kind != PW_CTL_CR0 && (kind != PW_CTL_CR3 || (event.u.control.data & 0xfff) == kPcid) &&
                            (scene.cr4 & PW_CR4_PCIDE) != 0 && operation().pcide;
    if (!same_space) continue;
    if (before || !gone) {
      EXPECT_VERDICT(LEGAL_STALE, scene.answer_from(cached, 7)) << before;
    } else {
      EXPECT_VERDICT(ILLEGAL_STALE, scene.answer_from(cached, 7));
    }
  }
}

std::string name_of(const testing::TestParamInfo<Case> &info) {
  return std::string(kOperations[std::get<0>(info.param)].name) + "_" + pw_check_mode_name(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Each, Invalidation,
                         testing::Combine(testing::Range<size_t>(0, std::size(kOperations)),
                                          testing::Values(PW_CHECK_OBSERVED, PW_CHECK_WINDOW)),
                         name_of);

// A page fault removes what translates its address, in the current PCID; here one that only a stale entry gives: the
// page may be written by now.
class FaultInvalidation : public testing::TestWithParam<pw_check_mode> {};

TEST_P(FaultInvalidation, RemovesThePageOfItsAddressAlone) {
  const Fate fates[] = {GONE, GONE, STAY, SKIP, STAY, STAY, STAY};
  for (unsigned i = 0; i < 7; i++) {
    if (fates[i] == SKIP) continue;
    SCOPED_TRACE(kPages[i].what);
    Scene scene(GetParam(), true, true);
    WatchedDevice &device = scene.device;
    scene.cache_and_change(kPages[i]);
    if (i != OWN && i != GLOBAL) scene.cache_and_change(kPages[OWN]);
    scene.enter(kPcid);
    EXPECT_VERDICT(LEGAL_SPURIOUS_FAULT,
                   device.ask(make_access(kAddress, PW_WRITE), page_fault(PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US)));
    scene.enter(kPages[i].pcid);
    device.request(0, Scene::access_of(kPages[i]));
    if (fates[i] == STAY) {
      EXPECT_VERDICT(LEGAL_STALE, scene.answer_from(kPages[i], 0));
    } else {
      EXPECT_VERDICT(ILLEGAL_STALE, scene.answer_from(kPages[i], 0));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, FaultInvalidation, testing::Values(PW_CHECK_OBSERVED, PW_CHECK_WINDOW), mode_of_test);

} // namespace
