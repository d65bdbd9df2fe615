// May this access use this page? Every combination against the prose of the SDM.
#include <gtest/gtest.h>

extern "C" {
#include "permission.h"
}

namespace {

// Everything that a verdict can depend on.
struct Case {
  bool wp, smep, smap, nxe, pke;
  unsigned kind, cpl;
  bool implicit, ac;
  bool page_user, page_write, page_execute;
  unsigned pkey;
  uint32_t pkru;

  bool supervisor_access() const { return implicit || cpl < 3; }
};

// SDM volume 3A, "Protection Keys": the rights of PKRU, for data accesses to user-mode addresses.
bool protection_key_denies(const Case &c) {
  if (!c.pke) return false;
  if (!c.page_user) return false;
  if (c.kind == PW_FETCH) return false;
  const bool access_disabled = (c.pkru & (1u << (2 * c.pkey))) != 0;
  const bool write_disabled = (c.pkru & (2u << (2 * c.pkey))) != 0;
  if (access_disabled) return true;
  if (c.kind != PW_WRITE) return false;
  if (!write_disabled) return false;
  if (!c.supervisor_access()) return true;
  return c.wp;
}

// SDM volume 3A, "Determination of Access Rights", paragraph by paragraph.
bool access_rights_allow(const Case &c) {
  if (c.supervisor_access()) {
    if (c.kind == PW_READ) {
      if (!c.page_user) return true; // "Data may be read (implicitly or explicitly) from any supervisor-mode address."
      if (!c.smap) return true;
      return c.ac && !c.implicit;
    }
    if (c.kind == PW_WRITE) {
      if (!c.page_user) {
        if (!c.wp) return true;
        return c.page_write;
      }
      if (!c.wp) {
        if (!c.smap) return true;
        return c.ac && !c.implicit;
      }
      if (!c.smap) return c.page_write;
      if (c.ac && !c.implicit) return c.page_write;
      return false;
    }
    if (!c.page_user) {
      if (!c.nxe) return true;
      return c.page_execute;
    }
    if (c.smep) return false;
    if (!c.nxe) return true;
    return c.page_execute;
  }
  if (!c.page_user) return false; // "Data may not be read from any supervisor-mode address.", and so on
  if (c.kind == PW_READ) return true;
  if (c.kind == PW_WRITE) return c.page_write;
  if (!c.nxe) return true;
  return c.page_execute;
}

// SDM volume 3A, "Page-Fault Exceptions", for a page that is present and well-formed.
uint32_t fault_error_code(const Case &c) {
  uint32_t code = 1;
  if (c.kind == PW_WRITE) code += 2;
  if (!c.supervisor_access()) code += 4;
  if (c.kind == PW_FETCH && (c.smep || c.nxe)) code += 16;
  if (protection_key_denies(c)) code += 32;
  return code;
}

pw_access access_of(const Case &c, unsigned other_flags = 0) {
  pw_access access{};
  access.kind = static_cast<uint8_t>(c.kind);
  access.cpl = static_cast<uint8_t>(c.cpl);
  access.flags = static_cast<uint8_t>((c.implicit ? PW_IMPLICIT : 0) | (c.ac ? PW_AC : 0) | other_flags);
  return access;
}

uint32_t attributes_of(const Case &c) {
  uint32_t attributes = c.pkey << PW_ATTR_PKEY_SHIFT;
  if (c.page_user) attributes |= PW_ATTR_USER;
  if (c.page_write) attributes |= PW_ATTR_WRITE;
  if (c.page_execute) attributes |= PW_ATTR_EXECUTE;
  return attributes;
}

pw_permissions permissions_of(const Case &c) {
  return pw_permissions_make(pw_permission_inputs{c.wp, c.smep, c.smap, c.nxe, c.pke, c.pkru});
}

struct Verdict {
  bool allowed;
  uint32_t error_code;
};

Verdict judge(const pw_permissions &permissions, const pw_access &access, uint32_t attributes) {
  const pw_permission &row = permissions.row[pw_permission_index(&access)];
  return {pw_permission_allows(&row, attributes), pw_permission_error_code(&row, attributes)};
}

Verdict judge(const Case &c) { return judge(permissions_of(c), access_of(c), attributes_of(c)); }

testing::Message describe(const Case &c) {
  return testing::Message() << "wp " << c.wp << " smep " << c.smep << " smap " << c.smap << " nxe " << c.nxe << " pke "
                            << c.pke << " kind " << c.kind << " cpl " << c.cpl << " implicit " << c.implicit << " ac "
                            << c.ac << " page u" << c.page_user << " w" << c.page_write << " x" << c.page_execute
                            << " key " << c.pkey << std::hex << " pkru " << c.pkru;
}

void set_controls(Case *c, unsigned bits) {
  c->wp = bits & 1;
  c->smep = bits & 2;
  c->smap = bits & 4;
  c->nxe = bits & 8;
  c->pke = bits & 16;
}

void set_access(Case *c, unsigned number) {
  c->kind = number % 3;
  c->cpl = number / 3 % 4;
  c->implicit = number / 12 % 2;
  c->ac = number / 24 % 2;
}
constexpr unsigned kAccesses = 48;

void set_page(Case *c, unsigned bits) {
  c->page_user = bits & 1;
  c->page_write = bits & 2;
  c->page_execute = bits & 4;
}

// A key with the given AD and WD while all other keys have the rights of `others`: taking the wrong key shows.
uint32_t pkru_of(unsigned pkey, unsigned rights, unsigned others) {
  uint32_t pkru = others * 0x55555555u;
  pkru &= ~(3u << (2 * pkey));
  return pkru | rights << (2 * pkey);
}

// Returns the number of verdicts compared; stops at the first difference.
uint64_t compare_accesses_and_pages(Case c) {
  uint64_t compared = 0;
  const pw_permissions permissions = permissions_of(c);
  for (unsigned access = 0; access < kAccesses; access++) {
    set_access(&c, access);
    for (unsigned page = 0; page < 8; page++) {
      set_page(&c, page);
      const bool allowed = access_rights_allow(c) && !protection_key_denies(c);
      const Verdict verdict = judge(permissions, access_of(c), attributes_of(c));
      if (allowed != verdict.allowed || fault_error_code(c) != verdict.error_code) {
        ADD_FAILURE() << describe(c) << ": allowed " << verdict.allowed << " error code " << verdict.error_code;
        return compared;
      }
      compared++;
    }
  }
  return compared;
}

TEST(Permission, VerdictAndErrorCodeOfEveryCombinationAreThoseOfTheSdm) {
  uint64_t compared = 0;
  for (unsigned controls = 0; controls < 32 && !HasFailure(); controls++) {
    for (unsigned key_and_rights = 0; key_and_rights < 16 * 4 * 4; key_and_rights++) {
      Case c{};
      set_controls(&c, controls);
      c.pkey = key_and_rights % 16;
      c.pkru = pkru_of(c.pkey, key_and_rights / 16 % 4, key_and_rights / 64);
      compared += compare_accesses_and_pages(c);
      if (HasFailure()) break;
    }
  }
  EXPECT_EQ(32u * 256u * 48u * 8u, compared);
}

TEST(Permission, DependsOnNoOtherAttributeOfThePageAndNoOtherFlagOfTheAccess) {
  const uint32_t noise[] = {PW_ATTR_GLOBAL, PW_ATTR_DIRTY, PW_ATTR_PAT_MASK, PW_ATTR_PAGE_SHIFT_MASK};
  for (unsigned controls = 0; controls < 32; controls++) {
    for (unsigned access = 0; access < kAccesses; access++) {
      for (unsigned page = 0; page < 8; page++) {
        Case c{};
        set_controls(&c, controls);
        set_access(&c, access);
        set_page(&c, page);
        c.pkey = 3;
        c.pkru = 0x80; // write-disable of key 3
        const pw_permissions permissions = permissions_of(c);
        const Verdict plain = judge(c);
        for (uint32_t bits : noise) {
          const Verdict noisy = judge(permissions, access_of(c, PW_STACK | PW_PREFETCH), attributes_of(c) | bits);
          ASSERT_EQ(plain.allowed, noisy.allowed) << describe(c);
          ASSERT_EQ(plain.error_code, noisy.error_code) << describe(c);
        }
      }
    }
  }
}

// ---- the rules, one by one ----
// A read by CPL 3 of a page with all rights, every protection on.
Case typical() {
  Case c{};
  c.wp = c.smep = c.smap = c.nxe = c.pke = true;
  c.kind = PW_READ;
  c.cpl = 3;
  c.page_user = c.page_write = c.page_execute = true;
  return c;
}

TEST(Permission, OnlyCpl3IsUserMode) {
  Case c = typical();
  c.page_user = false;
  for (unsigned cpl = 0; cpl < 4; cpl++) {
    c.cpl = cpl;
    EXPECT_EQ(cpl < 3, judge(c).allowed) << cpl;
  }
}

TEST(Permission, SupervisorIgnoresReadOnlyPagesUnlessWp) {
  Case c = typical();
  c.cpl = 0;
  c.kind = PW_WRITE;
  c.page_user = c.page_write = false;
  EXPECT_FALSE(judge(c).allowed);
  EXPECT_EQ(uint32_t{PW_ERROR_P | PW_ERROR_WR}, judge(c).error_code);
  c.wp = false;
  EXPECT_TRUE(judge(c).allowed);
}

TEST(Permission, UserWritesNeedRwWhateverWpSays) {
  Case c = typical();
  c.kind = PW_WRITE;
  c.page_write = false;
  for (bool wp : {false, true}) {
    c.wp = wp;
    EXPECT_FALSE(judge(c).allowed);
  }
}

TEST(Permission, AcLiftsSmapForExplicitAccessesOnly) {
  Case c = typical();
  c.cpl = 0;
  EXPECT_FALSE(judge(c).allowed);
  c.ac = true;
  EXPECT_TRUE(judge(c).allowed);
  c.implicit = true;
  EXPECT_FALSE(judge(c).allowed);
}

TEST(Permission, AnImplicitAccessFromCpl3IsASupervisorAccess) {
  Case c = typical();
  c.implicit = true;
  c.page_user = false;
  EXPECT_TRUE(judge(c).allowed);
  c.page_user = true;
  c.ac = true;
  EXPECT_FALSE(judge(c).allowed) << "SMAP holds, EFLAGS.AC does not count";
  EXPECT_EQ(uint32_t{PW_ERROR_P}, judge(c).error_code) << "U/S is 0";
}

TEST(Permission, SmapDoesNotConcernFetchesNorSmepData) {
  Case c = typical();
  c.cpl = 0;
  c.smep = false;
  c.kind = PW_FETCH;
  EXPECT_TRUE(judge(c).allowed);
  c.smep = true;
  c.smap = false;
  c.kind = PW_READ;
  EXPECT_TRUE(judge(c).allowed);
  c.kind = PW_FETCH;
  EXPECT_FALSE(judge(c).allowed);
}

TEST(Permission, FetchBitOfTheErrorCodeNeedsNxeOrSmep) {
  Case c = typical();
  c.kind = PW_FETCH;
  c.page_user = false;
  for (unsigned bits = 0; bits < 4; bits++) {
    c.nxe = bits & 1;
    c.smep = bits & 2;
    EXPECT_EQ(bits ? 0x15u : 0x05u, judge(c).error_code) << bits;
  }
}

TEST(Permission, ProtectionKeysDoNotConcernSupervisorPages) {
  Case c = typical();
  c.cpl = 0;
  c.page_user = false;
  c.pkru = 0xffffffff;
  EXPECT_TRUE(judge(c).allowed);
  EXPECT_EQ(uint32_t{PW_ERROR_P}, judge(c).error_code);
}

TEST(Permission, ProtectionKeysDoNotConcernFetches) {
  Case c = typical();
  c.kind = PW_FETCH;
  c.pkru = 0xffffffff;
  EXPECT_TRUE(judge(c).allowed);
}

TEST(Permission, WriteDisableBindsTheSupervisorOnlyWithWp) {
  Case c = typical();
  c.cpl = 0;
  c.smap = false;
  c.kind = PW_WRITE;
  c.pkey = 15;
  c.pkru = 0x80000000;
  EXPECT_FALSE(judge(c).allowed);
  c.wp = false;
  EXPECT_TRUE(judge(c).allowed);
  c.pkru = 0x40000000;
  EXPECT_FALSE(judge(c).allowed) << "access-disable binds it in any case";
}

TEST(Permission, PkIsReportedInAdditionToOtherCauses) {
  Case c = typical();
  c.kind = PW_WRITE;
  c.page_write = false;
  c.pkru = 1;
  EXPECT_EQ(uint32_t{PW_ERROR_P | PW_ERROR_WR | PW_ERROR_US | PW_ERROR_PK}, judge(c).error_code);
}

} // namespace
