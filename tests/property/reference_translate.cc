// Written from the SDM's figures and sentences, without a table of levels, and without the model's headers but for
// names.
#include "reference_translate.h"

#include <vector>

namespace reference {
namespace {

bool bit(uint64_t value, unsigned position) { return value >> position & 1; }

struct Entry {
  uint64_t address;
  unsigned bytes;
  uint64_t value;
  bool has_accessed;
};

class Translation {
 public:
  Translation(Memory &memory, const Processor &processor, const pw_control &control, const pw_access &access)
      : memory_(memory), processor_(processor), control_(control), access_(access) {
    lme_ = bit(control.efer, 8);
    pae_ = bit(control.cr4, 5);
    la57_ = bit(control.cr4, 12);
    nxe_ = bit(control.efer, 11) && pae_;
    user_ = access.cpl == 3 && !(access.flags & PW_IMPLICIT);
    va_ = access.linear_address;
  }

  Answer run() {
    if (!addressable()) {
      answer_.outcome = access_.flags & PW_STACK ? PW_STACK_FAULT : PW_GENERAL_PROTECTION;
      return answer_;
    }
    const bool found = lme_ ? walk_long() : pae_ ? walk_pae() : walk_32();
    if (!found) return answer_;
    if (!allowed()) return answer_;
    set_bits();
    answer_.outcome = PW_MAPPED;
    answer_.page_bytes = page_bytes_;
    answer_.physical_address = frame_ + va_ % page_bytes_;
    return answer_;
  }

 private:
  bool addressable() const {
    if (!lme_) return va_ < (uint64_t{1} << 32);
    const unsigned top = la57_ ? 56 : 47;
    const uint64_t upper = va_ >> top;
    return upper == 0 || upper == (~uint64_t{0} >> top);
  }

  uint64_t load(uint64_t address, unsigned bytes) {
    const auto word = memory_.find(address & ~uint64_t{7});
    const uint64_t value = word == memory_.end() ? 0 : word->second;
    if (bytes == 8) return value;
    return address & 4 ? value >> 32 : value & 0xffffffff;
  }
  void store(uint64_t address, unsigned bytes, uint64_t value) {
    uint64_t &word = memory_[address & ~uint64_t{7}];
    if (bytes == 8) {
      word = value;
    } else if (address & 4) {
      word = (word & 0xffffffff) | value << 32;
    } else {
      word = (word & ~uint64_t{0xffffffff}) | value;
    }
  }

  uint32_t access_bits() const {
    uint32_t code = 0;
    if (access_.kind == PW_WRITE) code |= 2;
    if (user_) code |= 4;
    if (access_.kind == PW_FETCH && (nxe_ || bit(control_.cr4, 20))) code |= 16;
    return code;
  }
  bool fault(uint32_t cause) {
    answer_.outcome = PW_PAGE_FAULT;
    answer_.error_code = access_bits() | cause;
    return false;
  }

  // Reads an entry: false when the walk ends here with a fault. `reserved` are the bits that must be 0.
  bool visit(uint64_t address, unsigned bytes, uint64_t *value) {
    *value = load(address, bytes);
    if (!bit(*value, 0)) return fault(0);
    entries_.push_back({address, bytes, *value, true});
    return true;
  }
  bool check(uint64_t value, uint64_t reserved) { return value & reserved ? fault(1 | 8) : true; }

  void combine(uint64_t value, bool has_xd) {
    writable_ = writable_ && bit(value, 1);
    user_page_ = user_page_ && bit(value, 2);
    execute_disable_ = execute_disable_ || (has_xd && nxe_ && bit(value, 63));
  }

  static uint64_t ones(unsigned high, unsigned low) {
    uint64_t mask = 0;
    for (unsigned i = low; i <= high; i++) mask |= uint64_t{1} << i;
    return mask;
  }
  uint64_t above_maxphyaddr(unsigned top) const {
    return processor_.physical_address_bits > top ? 0 : ones(top, processor_.physical_address_bits);
  }

  // SDM "4-Level Paging and 5-Level Paging"
  bool walk_long() {
    const uint64_t always = above_maxphyaddr(51) | (nxe_ ? 0 : uint64_t{1} << 63);
    uint64_t table = control_.cr3 & ones(51, 12);
    uint64_t entry = 0;
    for (int shift = la57_ ? 48 : 39; shift >= 12; shift -= 9) {
      if (!visit(table + 8 * (va_ >> shift & 511), 8, &entry)) return false;
      const bool ps = bit(entry, 7);
      uint64_t reserved = always;
      bool leaf = shift == 12;
      if (shift >= 39) reserved |= 1 << 7;
      if (shift == 30 && !processor_.pages_1gb) reserved |= 1 << 7;
      if (shift == 30 && processor_.pages_1gb && ps) {
        leaf = true;
        reserved |= ones(29, 13);
      }
      if (shift == 21 && ps) {
        leaf = true;
        reserved |= ones(20, 13);
      }
      if (!check(entry, reserved)) return false;
      combine(entry, true);
      if (leaf) {
        page_bytes_ = uint64_t{1} << shift;
        frame_ = (entry & ones(51, 12)) / page_bytes_ * page_bytes_;
        key_ = static_cast<unsigned>(entry >> 59 & 15);
        return true;
      }
      table = entry & ones(51, 12);
    }
    return false;
  }

  // SDM "PAE Paging"; the PDPTEs were checked when CR3 was loaded
  bool walk_pae() {
    const uint64_t always = above_maxphyaddr(51) | ones(62, 52) | (nxe_ ? 0 : uint64_t{1} << 63);
    const uint64_t pdpte = load((control_.cr3 & ones(31, 5)) + 8 * (va_ >> 30), 8);
    if (!bit(pdpte, 0)) return fault(0);
    uint64_t entry = 0;
    if (!visit((pdpte & ones(51, 12)) + 8 * (va_ >> 21 & 511), 8, &entry)) return false;
    if (bit(entry, 7)) {
      if (!check(entry, always | ones(20, 13))) return false;
      combine(entry, true);
      page_bytes_ = 1 << 21;
      frame_ = entry & ones(51, 21);
      return true;
    }
    if (!check(entry, always)) return false;
    combine(entry, true);
    if (!visit((entry & ones(51, 12)) + 8 * (va_ >> 12 & 511), 8, &entry)) return false;
    if (!check(entry, always)) return false;
    combine(entry, true);
    page_bytes_ = 4096;
    frame_ = entry & ones(51, 12);
    return true;
  }

  // SDM "32-Bit Paging"
  bool walk_32() {
    uint64_t entry = 0;
    if (!visit((control_.cr3 & ones(31, 12)) + 4 * (va_ >> 22), 4, &entry)) return false;
    if (bit(control_.cr4, 4) && bit(entry, 7)) {
      uint64_t reserved = uint64_t{1} << 21;
      if (processor_.physical_address_bits < 40) reserved |= ones(20, processor_.physical_address_bits - 32 + 13);
      if (!check(entry, reserved)) return false;
      combine(entry, false);
      page_bytes_ = 1 << 22;
      frame_ = (entry & ones(31, 22)) + ((entry >> 13 & 0xff) << 32);
      return true;
    }
    combine(entry, false);
    if (!visit((entry & ones(31, 12)) + 4 * (va_ >> 12 & 1023), 4, &entry)) return false;
    combine(entry, false);
    page_bytes_ = 4096;
    frame_ = entry & ones(31, 12);
    return true;
  }

  // SDM "Determination of Access Rights" and "Protection Keys"
  bool allowed() {
    const bool write = access_.kind == PW_WRITE;
    const bool fetch = access_.kind == PW_FETCH;
    const bool wp = bit(control_.cr0, 16);
    bool ok = true;
    if (user_) {
      if (!user_page_) ok = false;
      if (write && !writable_) ok = false;
    } else {
      if (write && wp && !writable_) ok = false;
      if (fetch && bit(control_.cr4, 20) && user_page_) ok = false;
      const bool ac = (access_.flags & PW_AC) && !(access_.flags & PW_IMPLICIT);
      if (!fetch && bit(control_.cr4, 21) && user_page_ && !ac) ok = false;
    }
    if (fetch && execute_disable_) ok = false;
    bool key_denies = false;
    if (lme_ && bit(control_.cr4, 22) && user_page_ && !fetch) {
      key_denies = bit(control_.pkru, 2 * key_) || (write && bit(control_.pkru, 2 * key_ + 1) && (user_ || wp));
    }
    if (ok && !key_denies) return true;
    return fault(1u | (key_denies ? 32u : 0u));
  }

  // SDM "Accessed and Dirty Flags". An entry that serves two levels is one place in memory: read, or, write.
  void set_bits() {
    for (size_t i = 0; i < entries_.size(); i++) {
      const bool dirty = i + 1 == entries_.size() && access_.kind == PW_WRITE;
      const uint64_t value = load(entries_[i].address, entries_[i].bytes);
      store(entries_[i].address, entries_[i].bytes, value | 0x20u | (dirty ? 0x40u : 0u));
    }
  }

  Memory &memory_;
  const Processor &processor_;
  const pw_control &control_;
  const pw_access &access_;
  Answer answer_;
  std::vector<Entry> entries_;
  uint64_t va_ = 0, frame_ = 0, page_bytes_ = 0;
  unsigned key_ = 0;
  bool lme_, pae_, la57_, nxe_, user_;
  bool writable_ = true, user_page_ = true, execute_disable_ = false;
};

} // namespace

Answer translate(Memory &memory, const Processor &processor, const pw_control &control, const pw_access &access) {
  return Translation(memory, processor, control, access).run();
}

} // namespace reference
