// SPDX-License-Identifier: Apache-2.0
// What a journal gives back, read from bytes that anyone may have made up: a branch is rebuilt from
// it, or says why not; and what it is rebuilt from, it can go on from.
#include <array>
#include <optional>

#include "base/check.h"
#include "base/random.h"
#include "branch/recalling.h"
#include "branch/state.h"
#include "journal/record_codec.h"
#include "target.h"

namespace passbook::fuzz {
namespace {

constexpr AccountId kAccount{1};
constexpr Origin kSelf{BranchId{1}, Incarnation{2}};

Bank bank() {
  return {{BranchId{1}, BranchId{2}, BranchId{3}},
          {{kAccount, Money{3000}, Money{20}}, {AccountId{2}, Money{0}, Money{0}}}};
}

Change any_change(Random& random, Origin from) {
  const AccountId account{1 + random.below(2)};
  const Money amount{static_cast<std::int64_t>(1 + random.below(200))};
  const Origin to = from.branch == BranchId{3} ? kSelf : Origin{BranchId{3}};
  switch (random.below(3)) {
    case 0:
      return Withdrawal{account, amount};
    case 1:
      return Grant{account, to, amount};
    default:
      return Deposit{account, amount};
  }
}

// A journal as bytes: the snapshot, its two accounts, and a page of sessions, each after two bytes
// that say how long it is, 0 for none; then the records.

std::string part(const std::string& bytes) {
  std::string out;
  for (std::size_t left = bytes.size(), i = 0; i < 2; ++i, left >>= 8U) {
    out += static_cast<char>(left & 0xffU);
  }
  return out + bytes;
}

/// Takes a part from the beginning of the text; what is not there is empty.
std::string_view take_part(std::string_view& text) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(2, text.size()); ++i) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(text[i])) << 8 * i;
  }
  text.remove_prefix(std::min<std::size_t>(2, text.size()));
  const std::string_view out = text.substr(0, length);
  text.remove_prefix(out.size());
  return out;
}

using Accounts = std::vector<AccountSnapshot>;

std::string parts_of(const std::optional<Snapshot>& snapshot) {
  std::string out = part(snapshot ? encode_snapshot(*snapshot) : "");
  for (std::uint64_t i = 1; i <= 2; ++i) {
    std::string account;
    for (const AccountSnapshot& each : snapshot ? snapshot->accounts : Accounts()) {
      account = each.account == AccountId{i} ? encode_account(each) : account;
    }
    out += part(account);
  }
  std::string pages;
  for (const SessionPage& page : snapshot ? snapshot->pages : std::vector<SessionPage>()) {
    pages += encode_page(page);
  }
  return out + part(pages);
}

/// False when the parts are none of a snapshot.
bool take_snapshot(std::string_view& text, std::optional<Snapshot>& out) {
  const std::string_view head = take_part(text);
  out = head.empty() ? std::nullopt : decode_snapshot(head);
  Snapshot made = out.value_or(Snapshot());
  bool good = head.empty() == !out;
  for (std::uint64_t i = 1; i <= 2; ++i) {
    const std::string_view bytes = take_part(text);
    auto account = decode_account(AccountId{i}, bytes);
    good = good && account;
    if (account && !bytes.empty()) {
      made.accounts.push_back(*std::move(account));
    }
  }
  auto page = decode_page(take_part(text));
  if (good && page && out) {
    made.pages.push_back(*std::move(page));
    out = std::move(made);
  }
  return good && page;
}

/// Two branches that hear each other, and what the first writes down.
class Lives {
 public:
  explicit Lives(Random& random) : random_(random) {
    const Seal seal{kSelf.branch, kSelf.incarnation, {}, true};
    keep(seal);
    self_.seal(seal);
    keep(self_.begin_process());
    other_.begin_process();
  }

  void go_on() {
    const bool own = random_.chance(1, 2);
    State& from = own ? self_ : other_;
    for (std::uint64_t i = 1 + random_.below(3); i > 0; --i) {
      const Change change = any_change(random_, from.self());
      if (!from.ledger().refusal(from.self(), change)) {
        const RequestId id{from.self(), {CustomerId{1}, 2}, ++requests_};
        const bool moves_rights = std::holds_alternative<Grant>(change);
        from.accept(change, from.applied(), moves_rights ? std::nullopt : std::optional(id));
      }
    }
    for (const Block& block : from.take_accepted()) {
      keep(block);
      (own ? other_ : self_).apply(block);
    }
    if (random_.chance(1, 6)) {
      snapshots_.push_back(self_.snapshot());
    }
  }

  std::string bytes() const {
    const Recall recall = recall_from(snapshots_, records_);
    return parts_of(recall.snapshot) + encode_block(recall.records);
  }

 private:
  void keep(Record record) { records_.push_back(std::move(record)); }

  Random& random_;
  State self_{bank(), kSelf};
  State other_{bank(), Origin{BranchId{3}}};
  std::vector<Record> records_;
  std::vector<Snapshot> snapshots_;
  std::uint64_t requests_ = 0;
};

std::optional<Recall> recall_of(std::string_view text) {
  Recall out;
  if (!take_snapshot(text, out.snapshot)) {
    return std::nullopt;
  }
  auto records = decode_block(text);
  if (!records) {
    return std::nullopt;
  }
  out.records = *std::move(records);
  return out;
}

/// What was taken back holds: the branch accepts, grants and makes a snapshot, and is rebuilt from
/// that and the one before.
void go_on_from(State& state, const std::optional<Snapshot>& before) {
  state.begin_process();
  for (const Change& change :
       std::array<Change, 3>{Deposit{kAccount, Money{5}}, Withdrawal{kAccount, Money{7}},
                             Grant{kAccount, {BranchId{3}}, Money{1}}}) {
    if (!state.ledger().refusal(state.self(), change)) {
      state.accept(change, state.applied(), std::nullopt);
    }
  }
  for (const Release& release : state.releasable()) {
    state.accept(release, state.applied(), std::nullopt);
  }
  state.take_accepted();
  const auto heads = state.logs().heads();
  State again(bank(), kSelf);
  std::vector<Snapshot> snapshots(before ? 1 : 0, before.value_or(Snapshot()));
  snapshots.push_back(state.snapshot());
  const auto restored = again.restore({.snapshot = newest_of(snapshots), .records = {}});
  PASSBOOK_CHECK(restored, "a branch's own snapshot" + describe(restored.error()));
  PASSBOOK_CHECK(again.logs().heads() == heads, "a snapshot holds all logs");
}

}  // namespace

std::vector<std::string> seeds() {
  Random random(4);
  std::vector<std::string> out{""};
  while (out.size() < 60) {
    Lives lives(random);
    for (std::uint64_t i = random.below(12); i > 0; --i) {
      lives.go_on();
    }
    out.push_back(lives.bytes());
  }
  return out;
}

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  const auto recall = fuzz::recall_of(fuzz::text_of(data, size));
  if (!recall) {
    return 0;
  }
  State state(fuzz::bank(), fuzz::kSelf);
  if (const auto restored = state.restore(*recall); restored) {
    fuzz::go_on_from(state, recall->snapshot);
  } else {
    PASSBOOK_CHECK(!restored.error().what.empty(), "damage is named");
  }
  return 0;
}
