// One TLB: arrays by page size, PCID and global entries, filling, invalidation.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include "geometry.h"

extern "C" {
#include "tlb.h"
}

using namespace pagewalk_test;

namespace {

pw_tlb_entry make_entry(uint64_t page_address, unsigned page_shift, uint32_t attributes = 0) {
  return pw_tlb_entry{page_address, attributes | page_shift << PW_ATTR_PAGE_SHIFT_SHIFT, 0};
}

class Tlb {
 public:
  explicit Tlb(std::initializer_list<pw_tlb_array_config> arrays) {
    const pw_tlb_config config = make_tlb(1, PW_SERVES_BOTH, PW_NON_INCLUSIVE, arrays);
    EXPECT_EQ(0, pw_tlb_init(&tlb_, &config, 1));
  }
  ~Tlb() { pw_tlb_free(&tlb_); }
  Tlb(const Tlb &) = delete;
  Tlb &operator=(const Tlb &) = delete;

  pw_tlb *get() { return &tlb_; }

  // Puts a page in; the places and the victim stay readable.
  bool insert(uint64_t linear, unsigned page_shift, unsigned pcid = 0, uint32_t attributes = 0, uint64_t page = 0) {
    const pw_tlb_item item = pw_tlb_item_make(linear, pcid, make_entry(page, page_shift, attributes));
    return pw_tlb_insert(&tlb_, &item, &place, &victim);
  }
  bool holds(uint64_t linear, unsigned pcid = 0) {
    pw_tlb_place where{};
    return pw_tlb_find(&tlb_, linear, pcid, &where);
  }
  // Physical address of the page that answers, or UINT64_MAX.
  uint64_t find(uint64_t linear, unsigned pcid = 0) {
    if (!pw_tlb_find(&tlb_, linear, pcid, &place)) return UINT64_MAX;
    return pw_tlb_entry_at(&tlb_, place)->page_address;
  }
  void touch(uint64_t linear, unsigned pcid = 0) {
    ASSERT_TRUE(pw_tlb_find(&tlb_, linear, pcid, &place));
    pw_tlb_touch(&tlb_, place);
  }

  pw_tlb_place place{};
  pw_tlb_item victim{};

 private:
  pw_tlb tlb_{};
};

constexpr uint64_t K4 = UINT64_C(1) << 12;
constexpr uint64_t M2 = UINT64_C(1) << 21;
constexpr uint64_t G1 = UINT64_C(1) << 30;
constexpr uint32_t kGlobal = PW_ATTR_GLOBAL;

// ---- look-up ----
TEST(Tlb, AnswersForEveryAddressOfThePageAndNoOther) {
  for (unsigned shift : {12u, 21u, 22u, 30u}) {
    const uint64_t size = UINT64_C(1) << shift;
    Tlb tlb({make_tlb_array(make_array(4, 2), {12, 21, 22, 30})});
    const uint64_t base = 6 * G1;
    tlb.insert(base, shift, 0, 0, 0x1000);
    EXPECT_EQ(0x1000u, tlb.find(base)) << shift;
    EXPECT_EQ(0x1000u, tlb.find(base + size - 1)) << shift;
    EXPECT_FALSE(tlb.holds(base + size)) << shift;
    EXPECT_FALSE(tlb.holds(base - 1)) << shift;
  }
}

TEST(Tlb, HoldsNothingAtTheStartAndAfterAReset) {
  Tlb tlb({make_tlb_array(make_array(2, 2), {12})});
  EXPECT_FALSE(tlb.holds(0));
  tlb.insert(0, 12);
  EXPECT_TRUE(tlb.holds(0));
  pw_tlb_reset(tlb.get());
  EXPECT_FALSE(tlb.holds(0));
  EXPECT_EQ(0u, tlb.get()->arrays[0].valid[0]);
}

TEST(Tlb, TellsTheHalvesOfTheAddressSpaceApart) {
  Tlb tlb({make_tlb_array(make_array(1, 8), {12})});
  tlb.insert(UINT64_C(0xffff800000000000), 12);
  EXPECT_TRUE(tlb.holds(UINT64_C(0xffff800000000fff)));
  EXPECT_FALSE(tlb.holds(UINT64_C(0x0000000000000000)));
  EXPECT_FALSE(tlb.holds(UINT64_C(0x0000800000000000)));
  EXPECT_FALSE(tlb.holds(UINT64_C(0xff00800000000000)));
}

TEST(Tlb, EachSizeIsIndexedByItsOwnPageNumber) {
  Tlb tlb({make_tlb_array(make_array(3, 1), {12, 21, 30})});
  tlb.insert(5 * K4, 12);
  EXPECT_EQ(2u, tlb.place.set);
  tlb.insert(4 * M2, 21);
  EXPECT_EQ(1u, tlb.place.set);
  tlb.insert(3 * G1, 30);
  EXPECT_EQ(0u, tlb.place.set);
  EXPECT_TRUE(tlb.holds(5 * K4));
  EXPECT_TRUE(tlb.holds(4 * M2));
  EXPECT_TRUE(tlb.holds(3 * G1));
}

TEST(Tlb, ASharedArrayAnswersWithTheSmallestPageFirst) {
  Tlb tlb({make_tlb_array(make_array(1, 4), {12, 21, 30})});
  tlb.insert(0, 30, 0, 0, 3 * G1);
  EXPECT_EQ(3 * G1, tlb.find(5));
  tlb.insert(0, 21, 0, 0, 2 * M2);
  EXPECT_EQ(2 * M2, tlb.find(5));
  tlb.insert(0, 12, 0, 0, K4);
  EXPECT_EQ(K4, tlb.find(5));
  EXPECT_EQ(2 * M2, tlb.find(K4));
  EXPECT_EQ(3 * G1, tlb.find(M2));
}

TEST(Tlb, EveryPageSizeGoesToItsArray) {
  Tlb tlb({make_tlb_array(make_array(4, 4), {12}), make_tlb_array(make_array(1, 2), {21, 30})});
  tlb.insert(9 * K4, 12);
  EXPECT_EQ(0u, tlb.place.array);
  tlb.insert(0, 21);
  EXPECT_EQ(1u, tlb.place.array);
  tlb.insert(G1, 30);
  EXPECT_EQ(1u, tlb.place.array);
  EXPECT_EQ(1u, tlb.place.way) << "2 MB and 1 GB pages compete for the ways";
  tlb.insert(2 * G1, 30);
  EXPECT_NE(0u, tlb.victim.key);
  EXPECT_TRUE(tlb.holds(9 * K4));
  EXPECT_FALSE(tlb.holds(0));
}

TEST(Tlb, APageSizeThatNoArrayListsIsNotHeld) {
  Tlb tlb({make_tlb_array(make_array(4, 4), {12})});
  EXPECT_FALSE(tlb.insert(0, 21));
  EXPECT_EQ(0u, tlb.victim.key);
  EXPECT_FALSE(tlb.holds(0));
  EXPECT_TRUE(tlb.insert(0, 12));
  EXPECT_FALSE(tlb.insert(0, 30));
  EXPECT_TRUE(tlb.holds(0)) << "the refused page displaced nothing";
}

// ---- PCID and global pages ----
// SDM volume 3A, "Process-Context Identifiers (PCIDs)".
TEST(Tlb, AnEntryAnswersOnlyInItsPcid) {
  Tlb tlb({make_tlb_array(make_array(1, 8), {12})});
  tlb.insert(0x5000, 12, 1, 0, 0x1000);
  tlb.insert(0x5000, 12, 4095, 0, 0x2000);
  EXPECT_EQ(0x1000u, tlb.find(0x5000, 1));
  EXPECT_EQ(0x2000u, tlb.find(0x5000, 4095));
  EXPECT_FALSE(tlb.holds(0x5000, 0));
  EXPECT_FALSE(tlb.holds(0x5000, 2));
}

TEST(Tlb, AGlobalEntryAnswersInEveryPcid) {
  Tlb tlb({make_tlb_array(make_array(4, 2), {12, 21})});
  tlb.insert(0x5000, 12, 7, PW_ATTR_GLOBAL, 0x1000);
  for (unsigned pcid = 0; pcid < 4096; pcid++) ASSERT_EQ(0x1000u, tlb.find(0x5000, pcid));
}

TEST(Tlb, ItemOfAGlobalPageIsTheSameInEveryPcid) {
  const pw_tlb_entry entry = make_entry(0, 21, PW_ATTR_GLOBAL);
  EXPECT_EQ(pw_tlb_item_make(M2, 1, entry).key, pw_tlb_item_make(M2 + 5, 2, entry).key);
  const pw_tlb_entry local = make_entry(0, 21);
  EXPECT_NE(pw_tlb_item_make(M2, 1, local).key, pw_tlb_item_make(M2, 2, local).key);
}

// ---- filling ----
TEST(Tlb, InsertingAPageAgainOverwritesItsEntry) {
  Tlb tlb({make_tlb_array(make_array(1, 4), {12})});
  tlb.insert(0, 12, 0, 0, 0x1000);
  tlb.insert(K4, 12);
  tlb.insert(0, 12, 0, PW_ATTR_DIRTY, 0x2000);
  EXPECT_EQ(0u, tlb.place.way);
  EXPECT_EQ(0u, tlb.victim.key);
  EXPECT_EQ(0x2000u, tlb.find(0));
  EXPECT_EQ(2u, tlb.get()->arrays[0].valid[0]);
}

TEST(Tlb, TheVictimComesOutAsItWasPutIn) {
  Tlb tlb({make_tlb_array(make_array(1, 1), {12, 21})});
  tlb.insert(M2, 21, 3, PW_ATTR_USER, 0x600000);
  tlb.insert(0, 12);
  const pw_tlb_item expected = pw_tlb_item_make(M2, 3, make_entry(0x600000, 21, PW_ATTR_USER));
  EXPECT_EQ(expected.key, tlb.victim.key);
  EXPECT_EQ(expected.entry.page_address, tlb.victim.entry.page_address);
  EXPECT_EQ(expected.entry.attributes, tlb.victim.entry.attributes);
  EXPECT_EQ(1u, tlb.get()->arrays[0].valid[0]);
  EXPECT_EQ(0u, tlb.get()->arrays[0].valid[1]);
}

TEST(Tlb, TouchingAPageSavesItFromEviction) {
  Tlb tlb({make_tlb_array(make_array(1, 2), {12})});
  tlb.insert(0, 12);
  tlb.insert(K4, 12);
  tlb.touch(0);
  tlb.insert(2 * K4, 12);
  EXPECT_TRUE(tlb.holds(0));
  EXPECT_FALSE(tlb.holds(K4));
}

TEST(Tlb, LookingUpAloneSavesNothing) {
  Tlb tlb({make_tlb_array(make_array(1, 2), {12})});
  tlb.insert(0, 12);
  tlb.insert(K4, 12);
  EXPECT_TRUE(tlb.holds(0));
  tlb.insert(2 * K4, 12);
  EXPECT_FALSE(tlb.holds(0));
}

TEST(Tlb, UpdateChangesTheEntryButNotItsAge) {
  Tlb tlb({make_tlb_array(make_array(1, 2), {12})});
  tlb.insert(0, 12, 0, 0, 0x1000);
  tlb.insert(K4, 12);
  pw_tlb_update(tlb.get(), pw_tlb_item_make(0, 0, make_entry(0x9000, 12, PW_ATTR_DIRTY)));
  EXPECT_EQ(0x9000u, tlb.find(0));
  EXPECT_EQ(uint32_t{PW_ATTR_DIRTY}, pw_tlb_entry_at(tlb.get(), tlb.place)->attributes & PW_ATTR_DIRTY);
  tlb.insert(2 * K4, 12);
  EXPECT_FALSE(tlb.holds(0)) << "still the oldest";
}

TEST(Tlb, UpdateOfAPageThatIsNotHeldDoesNothing) {
  Tlb tlb({make_tlb_array(make_array(1, 2), {12})});
  pw_tlb_update(tlb.get(), pw_tlb_item_make(0, 0, make_entry(0x9000, 12)));
  pw_tlb_update(tlb.get(), pw_tlb_item_make(0, 0, make_entry(0x9000, 21)));
  EXPECT_FALSE(tlb.holds(0));
}

// ---- invalidation ----
TEST(Tlb, DropKeyDropsExactlyThatEntry) {
  Tlb tlb({make_tlb_array(make_array(2, 4), {12, 21})});
  tlb.insert(0, 12, 1);
  tlb.insert(0, 12, 2);
  tlb.insert(0, 21, 1);
  pw_tlb_drop_key(tlb.get(), pw_tlb_item_make(0, 1, make_entry(0, 12)).key);
  EXPECT_FALSE(tlb.holds(0, 3));
  EXPECT_TRUE(tlb.holds(0, 2));
  EXPECT_TRUE(tlb.holds(K4, 1)) << "the 2 MB page";
  pw_tlb_drop_key(tlb.get(), pw_tlb_item_make(0, 1, make_entry(0, 12)).key);
  EXPECT_EQ(1u, tlb.get()->arrays[0].valid[0]) << "dropping twice counts once";
}

TEST(Tlb, DropKeyOfASizeThatIsNotHeldDoesNothing) {
  Tlb tlb({make_tlb_array(make_array(2, 4), {12})});
  tlb.insert(0, 12);
  pw_tlb_drop_key(tlb.get(), pw_tlb_item_make(0, 0, make_entry(0, 30)).key);
  EXPECT_TRUE(tlb.holds(0));
}

// SDM volume 3A, "Operations that Invalidate TLBs and Paging-Structure Caches": INVLPG.
TEST(Tlb, DropPageDropsThePagesOfEverySizeForTheAddressInThePcid) {
  Tlb tlb({make_tlb_array(make_array(3, 4), {12}), make_tlb_array(make_array(1, 8), {21, 30})});
  for (unsigned pcid : {1u, 2u}) {
    for (unsigned shift : {12u, 21u, 30u}) tlb.insert(G1 + 0x5000, shift, pcid);
  }
  tlb.insert(G1 + 0x6000, 12, 1);
  pw_tlb_drop_page(tlb.get(), G1 + 0x5fff, 1, false);
  EXPECT_FALSE(tlb.holds(G1 + 0x5000, 1));
  EXPECT_FALSE(tlb.holds(G1 + 0x7000, 1)) << "the 2 MB page went";
  EXPECT_FALSE(tlb.holds(G1 + M2, 1)) << "the 1 GB page went";
  EXPECT_TRUE(tlb.holds(G1 + 0x6000, 1)) << "its neighbour stayed";
  EXPECT_TRUE(tlb.holds(G1 + 0x5000, 2));
  EXPECT_EQ(2u, tlb.get()->arrays[0].valid[0]);
  EXPECT_EQ(1u, tlb.get()->arrays[1].valid[0]);
  EXPECT_EQ(1u, tlb.get()->arrays[1].valid[1]);
}

TEST(Tlb, DropPageDropsGlobalPagesOnlyWhenTold) {
  Tlb tlb({make_tlb_array(make_array(1, 4), {12})});
  tlb.insert(0x5000, 12, 1, PW_ATTR_GLOBAL);
  pw_tlb_drop_page(tlb.get(), 0x5000, 1, false);
  EXPECT_TRUE(tlb.holds(0x5000, 1));
  pw_tlb_drop_page(tlb.get(), 0x5000, 3, true);
  EXPECT_FALSE(tlb.holds(0x5000, 1)) << "a global page is dropped from any PCID";
}

TEST(Tlb, DropMatchingDropsWhatMatchesInEverySet) {
  const auto filled = [](Tlb &tlb) {
    for (uint64_t page = 0; page < 12; page++) {
      tlb.insert(page * K4, 12, static_cast<unsigned>(page % 3), page % 4 == 3 ? kGlobal : 0u);
    }
    tlb.insert(0, 21, 2);
  };
  const auto kept = [](Tlb &tlb) {
    std::set<uint64_t> pages;
    for (uint64_t page = 0; page < 12; page++) {
      if (tlb.holds(page * K4, static_cast<unsigned>(page % 3))) pages.insert(page);
    }
    return pages;
  };
  const auto arrays = {make_tlb_array(make_array(3, 4), {12}), make_tlb_array(make_array(1, 1), {21})};

  Tlb all(arrays);
  filled(all);
  EXPECT_EQ(12u, kept(all).size());
  pw_tlb_drop_matching(all.get(), pw_match_all());
  EXPECT_EQ((std::set<uint64_t>{}), kept(all));

  Tlb locals(arrays);
  filled(locals);
  pw_tlb_drop_matching(locals.get(), pw_match_all_but_globals());
  EXPECT_EQ((std::set<uint64_t>{3, 7, 11}), kept(locals));
  EXPECT_EQ(3u, locals.get()->arrays[0].valid[0]);
  EXPECT_EQ(0u, locals.get()->arrays[1].valid[0]);

  Tlb one(arrays);
  filled(one);
  pw_tlb_drop_matching(one.get(), pw_match_pcid(1));
  EXPECT_EQ((std::set<uint64_t>{0, 2, 3, 5, 6, 7, 8, 9, 11}), kept(one)) << "1, 4 and 10 are local to PCID 1";
}

TEST(Tlb, AHoleIsFilledBeforeAnythingIsEvicted) {
  Tlb tlb({make_tlb_array(make_array(1, 3), {12})});
  for (uint64_t page = 0; page < 3; page++) tlb.insert(page * K4, 12);
  pw_tlb_drop_page(tlb.get(), K4, 0, false);
  tlb.insert(9 * K4, 12);
  EXPECT_EQ(1u, tlb.place.way);
  EXPECT_EQ(0u, tlb.victim.key);
}

// ---- against a map ----
// Large enough never to evict: then a TLB is a map from (PCID or global, size, page) to an entry.
TEST(Tlb, HoldsWhatAMapHolds) {
  Tlb tlb({make_tlb_array(make_array(5, 64), {12, 30}), make_tlb_array(make_array(1, 64), {21})});
  constexpr unsigned kEveryPcid = 9999;
  std::map<std::tuple<unsigned, unsigned, uint64_t>, uint64_t> model;
  std::mt19937_64 random(4);
  const unsigned shifts[] = {12, 21, 30};
  for (unsigned step = 0; step < 20000; step++) {
    const uint64_t linear = random() % 4 * G1 + random() % 3 * M2 + random() % 3 * K4;
    const auto pcid = static_cast<unsigned>(random() % 3);
    const unsigned shift = shifts[random() % 3];
    switch (random() % 8) {
      case 0:
      case 1: {
        const bool global = random() % 4 == 0;
        const uint64_t page = random() & ~UINT64_C(0xfff);
        tlb.insert(linear, shift, pcid, global ? kGlobal : 0u, page);
        ASSERT_EQ(0u, tlb.victim.key);
        model[{global ? kEveryPcid : pcid, shift, linear >> shift}] = page;
        break;
      }
      case 2: {
        const bool globals = random() % 2;
        pw_tlb_drop_page(tlb.get(), linear, pcid, globals);
        for (unsigned s : shifts) {
          model.erase({pcid, s, linear >> s});
          if (globals) model.erase({kEveryPcid, s, linear >> s});
        }
        break;
      }
      case 3: {
        if (random() % 16) break;
        pw_tlb_drop_matching(tlb.get(), pw_match_pcid(pcid));
        for (auto at = model.begin(); at != model.end();) {
          at = std::get<0>(at->first) == pcid ? model.erase(at) : std::next(at);
        }
        break;
      }
      default: {
        // Several pages may cover the address; the answer must be one of them, and there must be one if any is.
        std::set<uint64_t> answers;
        for (unsigned s : shifts) {
          for (unsigned owner : {pcid, kEveryPcid}) {
            const auto found = model.find({owner, s, linear >> s});
            if (found != model.end()) answers.insert(found->second);
          }
        }
        const uint64_t answer = tlb.find(linear, pcid);
        ASSERT_EQ(answers.empty(), answer == UINT64_MAX) << "step " << step;
        if (!answers.empty()) {
          ASSERT_TRUE(answers.count(answer)) << "step " << step;
        }
        break;
      }
    }
    uint64_t valid = 0;
    for (uint32_t a = 0; a < tlb.get()->array_count; a++) {
      for (uint64_t count : tlb.get()->arrays[a].valid) valid += count;
    }
    ASSERT_EQ(model.size(), valid) << "step " << step;
  }
}

} // namespace
