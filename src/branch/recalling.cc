// SPDX-License-Identifier: Apache-2.0
#include "branch/recalling.h"

#include <map>
#include <utility>

namespace passbook {
namespace {

/// The latest state of every account.
std::vector<AccountSnapshot> accounts_in(const std::vector<Snapshot>& snapshots) {
  std::map<AccountId, const AccountSnapshot*> last;
  for (const Snapshot& made : snapshots) {
    for (const AccountSnapshot& account : made.accounts) {
      last[account.account] = &account;
    }
  }
  std::vector<AccountSnapshot> out;
  out.reserve(last.size());
  for (const auto& [id, account] : last) {
    out.push_back(*account);
  }
  return out;
}

std::vector<SessionPage> pages_since(std::uint64_t records,
                                     const std::vector<Snapshot>& snapshots) {
  std::vector<SessionPage> out;
  for (const Snapshot& made : snapshots) {
    if (made.records >= records) {
      out.insert(out.end(), made.pages.begin(), made.pages.end());
    }
  }
  return out;
}

}  // namespace

Snapshot newest_of(const std::vector<Snapshot>& snapshots) {
  Snapshot out = snapshots.back();
  out.accounts = accounts_in(snapshots);
  out.pages = pages_since(out.pages_since, snapshots);
  return out;
}

Recall recall_from(const std::vector<Snapshot>& snapshots, const std::vector<Record>& records) {
  if (snapshots.empty()) {
    return {.snapshot = {}, .records = records};
  }
  Snapshot last = newest_of(snapshots);
  const auto rest = records.begin() + static_cast<std::ptrdiff_t>(last.records);
  return {.snapshot = std::move(last), .records = {rest, records.end()}};
}

}  // namespace passbook
