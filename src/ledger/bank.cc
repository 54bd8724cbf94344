// SPDX-License-Identifier: Apache-2.0
#include "ledger/bank.h"

namespace passbook {
namespace {

class Fnv1a {
 public:
  void add(std::uint64_t value) {
    for (int byte = 0; byte < 8; ++byte) {
      hash_ = (hash_ ^ (value & 0xffU)) * 0x100000001b3U;
      value >>= 8U;
    }
  }
  void add(Money amount) { add(static_cast<std::uint64_t>(amount.minor)); }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace

BankId identity(const Bank& bank) {
  Fnv1a hash;
  hash.add(bank.branches.size());
  for (const BranchId branch : bank.branches) {
    hash.add(branch.value);
  }
  hash.add(bank.accounts.size());
  for (const OpeningAccount& account : bank.accounts) {
    hash.add(account.id.value);
    hash.add(account.opening);
    hash.add(account.limit);
  }
  if (bank.run != 0) {
    hash.add(bank.run);
  }
  return BankId{hash.value()};
}

}  // namespace passbook
