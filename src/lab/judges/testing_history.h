// SPDX-License-Identifier: Apache-2.0
// Histories written by hand, so that tests of judges read like stories.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lab/judges/invariants.h"

namespace passbook::history {

inline constexpr AccountId kAccount{1};

constexpr Money whole(std::int64_t units) { return Money{units * 100}; }

/// Writes a history, one event a millisecond, and tracks the state of its replicas, so that
/// everything is right unless a test makes it wrong.
class Story {
 public:
  explicit Story(std::uint32_t branches = 3, Money opening = {}, Money limit = {}) {
    for (std::uint32_t id = 1; id <= branches; ++id) {
      history.bank.branches.emplace_back(id);
      origins_[id] = {BranchId{id}, Incarnation{1}};
    }
    history.bank.accounts.push_back({kAccount, opening, limit});
    for (std::uint32_t id = 1; id <= branches; ++id) {
      start(id);
    }
  }

  History history;

  // Single events. All return the event's index.

  std::size_t add(What what) {
    now_ += std::chrono::milliseconds(1);
    history.events.push_back({now_, std::move(what)});
    return history.events.size() - 1;
  }
  void wait(Duration duration) { now_ += duration; }
  Instant now() const { return now_; }
  std::size_t last() const { return history.events.size() - 1; }

  std::size_t start(std::uint32_t branch, std::uint32_t incarnation = 1, std::uint64_t keep = 0) {
    origins_[branch] = {BranchId{branch}, Incarnation{incarnation}};
    lists_[branch].resize(std::min<std::size_t>(keep, lists_[branch].size()));
    return add(Started{BranchId{branch}, Incarnation{incarnation}, keep});
  }
  std::size_t crash(std::uint32_t branch) { return add(Crashed{BranchId{branch}}); }
  std::size_t lose_disk(std::uint32_t branch) { return add(DiskLost{BranchId{branch}}); }
  std::size_t sync(std::uint32_t branch) {
    return add(Synced{BranchId{branch}, lists_[branch].size()});
  }
  std::size_t apply(std::uint32_t branch, const EntryId& entry) {
    lists_[branch].push_back(entry);
    Applied applied = entries_.at(entry);
    applied.branch = BranchId{branch};
    applied.balance = balance(branch);
    return add(applied);
  }
  std::size_t invoke(const Invoked& call) { return add(call); }
  std::size_t arrive(const Invoked& call) {
    return add(Arrived{call.branch, call.request, call.deadline});
  }
  std::size_t reply(const Invoked& call, Result result, std::optional<Money> balance = {}) {
    return add(Replied{call.branch, call.request, result, balance});
  }
  std::size_t answer(const Invoked& call, Result result, std::optional<Money> balance = {},
                     std::uint32_t confirmed = 0) {
    return add(Answered{call.client, call.request, result, balance, confirmed, {}});
  }
  std::size_t audit(std::uint32_t branch) {
    Audited audited{BranchId{branch}, kAccount, balance(branch), {}};
    for (const auto& [origin, held] : rights(branch)) {
      audited.rights.push_back({origin, held});
    }
    return add(audited);
  }

  // Calls and entries that are made but not recorded yet.

  /// A call of a customer with a new request.
  Invoked asks(std::uint64_t customer, std::uint32_t branch, Kind kind, Money amount = {}) {
    const ClientId client{CustomerId{customer}, 0};
    return {.client = client,
            .request = {{BranchId{branch}}, client, ++numbers_[customer]},
            .branch = BranchId{branch},
            .kind = kind,
            .account = kAccount,
            .amount = amount,
            .wanted = {true, true, true, true},
            .level = Level::local,
            .deadline = now_ + std::chrono::seconds(10)};
  }
  /// A new entry of the branch, in its log but not applied anywhere.
  EntryId make(std::uint32_t branch, std::optional<RequestId> request, std::vector<Leg> legs) {
    const Origin origin = origins_[branch];
    std::uint64_t sequence = 1;
    for (const EntryId& entry : lists_[branch]) {
      sequence = entry.origin == origin ? entry.sequence.value + 1 : sequence;
    }
    const EntryId id{origin, Sequence{sequence}};
    entries_[id] = {
        .branch = {}, .entry = id, .request = request, .legs = std::move(legs), .balance = {}};
    return id;
  }

  // Several events at once.

  /// The called branch accepts the write.
  EntryId accept(const Invoked& call) {
    const Money change = call.kind == Kind::deposit ? call.amount : Money{} - call.amount;
    const EntryId id = make(call.branch.value, call.request, {MoneyLeg{call.account, change}});
    apply(call.branch.value, id);
    return id;
  }
  EntryId grant(std::uint32_t from, std::uint32_t to, Money amount) {
    const EntryId id = make(from, {}, {RightsLeg{kAccount, origins_[from], origins_[to], amount}});
    apply(from, id);
    return id;
  }
  /// The other branches apply an entry, and all sync.
  void spread(const EntryId& entry) {
    for (const BranchId branch : history.bank.branches) {
      auto& list = lists_[branch.value];
      if (std::ranges::find(list, entry) == list.end()) {
        apply(branch.value, entry);
      }
      sync(branch.value);
    }
  }
  /// A write from the call to the answer. Only the called branch has it on disk.
  EntryId write(const Invoked& call) {
    invoke(call);
    arrive(call);
    const EntryId id = accept(call);
    sync(call.branch.value);
    finish(call, Result::ok);
    return id;
  }
  /// A query, or a refusal, from the call to the answer.
  std::size_t perform(const Invoked& call, Result result = Result::ok) {
    invoke(call);
    arrive(call);
    return finish(call, result);
  }
  /// Reply and answer, with the current balance.
  std::size_t finish(const Invoked& call, Result result) {
    const Money shown = balance(call.branch.value);
    reply(call, result, shown);
    return answer(call, result, shown);
  }
  void audit_all() {
    for (const BranchId branch : history.bank.branches) {
      audit(branch.value);
    }
    add(Ended{});
  }

  Money balance(std::uint32_t branch) const {
    Money sum = history.bank.accounts.front().opening;
    for (const auto& [origin, change] : flows(branch)) {
      sum += change;
    }
    return sum;
  }
  std::size_t entries(std::uint32_t branch) { return lists_[branch].size(); }

  std::map<Origin, Money> rights(std::uint32_t branch) const {
    std::map<Origin, Money> out;
    const auto count = static_cast<std::int64_t>(history.bank.branches.size());
    const Account& account = history.bank.accounts.front();
    const std::int64_t all = (account.opening + account.limit).minor;
    for (std::int64_t index = 0; index < count; ++index) {
      out[{history.bank.branches[static_cast<std::size_t>(index)], Incarnation{1}}] =
          Money{all / count + (index < all % count ? 1 : 0)};
    }
    for (const EntryId& entry : lists_.at(branch)) {
      for (const Leg& leg : entries_.at(entry).legs) {
        if (const auto* money = std::get_if<MoneyLeg>(&leg)) {
          out[entry.origin] += money->change;
        } else {
          out[std::get<RightsLeg>(leg).from] -= std::get<RightsLeg>(leg).amount;
          out[std::get<RightsLeg>(leg).to] += std::get<RightsLeg>(leg).amount;
        }
      }
    }
    return out;
  }

 private:
  std::vector<std::pair<Origin, Money>> flows(std::uint32_t branch) const {
    std::vector<std::pair<Origin, Money>> out;
    for (const EntryId& entry : lists_.at(branch)) {
      for (const Leg& leg : entries_.at(entry).legs) {
        if (const auto* money = std::get_if<MoneyLeg>(&leg)) {
          out.emplace_back(entry.origin, money->change);
        }
      }
    }
    return out;
  }

  Instant now_;
  std::map<std::uint32_t, Origin> origins_;
  std::map<std::uint32_t, std::vector<EntryId>> lists_;
  std::map<EntryId, Applied> entries_;
  std::map<std::uint64_t, std::uint64_t> numbers_;
};

/// The findings of one judge about a story.
inline std::vector<Violation> found(const Story& story, std::string_view invariant,
                                    const Bounds& bounds = {}) {
  const Timeline timeline(story.history);
  for (const Judge& judge : all_judges()) {
    if (judge.name == invariant) {
      return judge.judge(timeline, bounds);
    }
  }
  return {{"there is no such invariant", std::string(invariant), {}}};
}

/// The events at which one judge's findings show.
inline std::vector<std::size_t> shown_at(const Story& story, std::string_view invariant,
                                         const Bounds& bounds = {}) {
  std::vector<std::size_t> out;
  for (const Violation& violation : found(story, invariant, bounds)) {
    out.push_back(violation.events.empty() ? ~std::size_t{0} : violation.events.back());
  }
  return out;
}

/// One judge's last finding, in its words.
inline std::string said(const Story& story, std::string_view invariant) {
  const std::vector<Violation> violations = found(story, invariant);
  return violations.empty() ? "nothing" : violations.back().what;
}

/// How gtest prints a violation.
inline void PrintTo(const Violation& violation, std::ostream* out) {  // NOLINT(*-identifier-naming)
  *out << violation.invariant << ": " << violation.what << " (events";
  for (const std::size_t event : violation.events) {
    *out << ' ' << event;
  }
  *out << ')';
}

}  // namespace passbook::history
