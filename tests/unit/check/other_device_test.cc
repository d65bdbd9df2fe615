// Devices of other designs than the one in rtl/: what x86 allows them must pass from outside, and what it does not
// allow must not. Each log in tests/data/events/devices is a story of some twenty events.
#include "event_logs.h"

using namespace pagewalk_test;

namespace {

struct Story {
  const char *log;
  const char *what;
  const char *verdict; // in observed mode; MATCH: legal to its end, in window mode too
};

class OtherDevice : public testing::TestWithParam<Story> {
 protected:
  // The verdict that ended it, or MATCH.
  static pw_verdict replay(const LogRead &log, pw_check_mode mode, std::string *why) {
    pw_check_options options = log.header.check;
    options.mode = mode;
    pw_checker *checker = nullptr;
    pw_verdict verdict = PW_VERDICT_MATCH;
    EXPECT_EQ(0, pw_checker_create(&log.header.config, &options, &checker));
    for (size_t i = 0; i < log.events.size() && pw_verdict_is_legal(verdict); i++) {
      verdict = pw_checker_take(checker, &log.events[i]);
    }
    if (pw_verdict_is_legal(verdict)) verdict = pw_checker_finish(checker);
    *why = pw_checker_explain(checker);
    EXPECT_EQ(0u, mode == PW_CHECK_OBSERVED ? pw_checker_stats(checker)->not_judged : 0);
    pw_checker_destroy(checker);
    return verdict;
  }
};

TEST_P(OtherDevice, GetsItsVerdict) {
  const LogRead log = read_log(source_path("tests/data/events/devices/" + std::string(GetParam().log) + ".jsonl.zst"));
  ASSERT_EQ(0, log.status) << line_of_diag(log.diag);
  std::string why;
  EXPECT_STREQ(GetParam().verdict, pw_verdict_name(replay(log, PW_CHECK_OBSERVED, &why))) << why;
  if (GetParam().verdict != std::string("MATCH")) return;
  EXPECT_STREQ("MATCH", pw_verdict_name(replay(log, PW_CHECK_WINDOW, &why))) << why;
}

INSTANTIATE_TEST_SUITE_P(
    , OtherDevice,
    testing::Values(
        Story{"join-absent-entry-that-changed",
              "joins a walk that found nothing, while software changes bits of the absent entry", "MATCH"},
        Story{"join-reserved-entry-that-changed", "the same of a reserved bit", "MATCH"},
        Story{"join-absent-entry-with-other-ignored-bits", "software stores what it swapped out in the absent entry",
              "MATCH"},
        Story{"join-absent-entry-after-invlpg-elsewhere", "and INVLPG of another page comes between", "MATCH"},
        Story{"join-denied-write", "joins a walk that found a page without A, which denies it", "MATCH"},
        Story{"join-denied-write-late", "the same a hundred cycles later", "MATCH"},
        Story{"join-denied-user-read", "the same of a user read", "MATCH"},
        Story{"join-before-accessed-is-set", "joins while A is being set", "MATCH"},
        Story{"join-read-that-waits-for-memory", "joins a read that memory takes 100 cycles to refuse", "MATCH"},
        Story{"invlpg-elsewhere-before-accessed-is-set",
              "INVLPG of another page between the last read and the swap of A", "MATCH"},
        Story{"invlpg-elsewhere-before-dirty-is-set", "the same of D of a page that is held", "MATCH"},
        Story{"dirty-set-blindly-after-invlpg-elsewhere", "and D is set without reading the entry again", "MATCH"},
        Story{"dirty-set-blindly-by-another-walker", "by another walker", "MATCH"},
        Story{"dirty-set-after-reading-the-leaf-alone", "a TLB that remembers where the entry is", "MATCH"},
        Story{"accessed-set-from-below", "A is set from the leaf up, and the first swap fails", "MATCH"},
        Story{"leaf-read-again-before-accessed-is-set", "each entry is read again before A is set", "MATCH"},
        Story{"neighbour-read-before-accessed-is-set", "reads the next entry of the table ahead", "MATCH"},
        Story{"swap-repeated-with-what-it-found", "a failed swap tells the entry, and is repeated with that", "MATCH"},
        Story{"swap-lost-to-another-walker", "another walker has set A meanwhile", "MATCH"},
        Story{"prefetch-from-the-old-root", "a walk ahead from the old CR3 between accept and done", "MATCH"},
        Story{"fault-leaves-global-of-another-pcid", "a page fault drops what was cached under the current PCID",
              "MATCH"},
        Story{"table-that-is-its-own-page", "the root is mapped by itself", "MATCH"},
        Story{"tlb-after-cr3-without-flush", "a page of the old root under the same PCID", "MATCH"},
        Story{"walk-from-held-entry-of-the-old-root", "and an entry of a paging-structure cache", "MATCH"},
        Story{"pcide-set-keeps-pages", "CR4.PCIDE set invalidates nothing", "MATCH"},
        Story{"smep-keeps-globals-of-another-pcid", "CR4.SMEP set reaches the current PCID", "MATCH"},
        Story{"spurious-fault-comes-again", "a page fault by a page that the first fault should have dropped",
              "ILLEGAL_STALE"},
        Story{"spurious-fault-comes-again-by-pieces", "by another piece of a large page", "ILLEGAL_STALE"},
        Story{"walk-cache-survives-the-fault", "a walk from an entry that the fault should have dropped",
              "ILLEGAL_STALE"},
        Story{"walk-from-the-old-root", "a walk from the CR3 before a flushing one, after a killed request",
              "ILLEGAL_STALE"},
        Story{"walk-from-the-old-root-beside-an-old-request", "beside a request that may still need it",
              "ILLEGAL_STALE"},
        Story{"walk-from-the-old-root-late", "60,000 cycles after the kill", "ILLEGAL_STALE"},
        Story{"tlb-of-the-old-root", "a page of it", "ILLEGAL_STALE"},
        Story{"tlb-survives-cr3", "a TLB that a flushing MOV to CR3 with another root leaves", "ILLEGAL_STALE"},
        Story{"tlb-survives-cr3-without-pcids", "without PCIDs", "ILLEGAL_STALE"},
        Story{"walk-from-a-switched-table", "an upper entry was changed and invalidated", "ILLEGAL_STALE"},
        Story{"invlpg-leaves-a-piece", "INVLPG of a large page leaves a piece", "ILLEGAL_STALE"},
        Story{"pcide-cleared-keeps-pages", "CR4.PCIDE cleared invalidates everything", "ILLEGAL_STALE"},
        Story{"dirty-set-after-the-answer", "a write is answered before D is set", "AD_MISSING"},
        Story{"join-absent-entry-too-late", "the entry was present before the request came", "ILLEGAL_NEGATIVE"},
        Story{"execute-denied-without-nxe", "XD denies while EFER.NXE = 0", "WRONG"}),
    [](const testing::TestParamInfo<Story> &story) {
      std::string name;
      for (const char *at = story.param.log; *at; at++) {
        if (*at != '-') name += at == story.param.log || at[-1] == '-' ? static_cast<char>(toupper(*at)) : *at;
      }
      return name;
    });

} // namespace
