// SPDX-License-Identifier: Apache-2.0
// Several replicas of one account, each of which gets the others' changes in an order of its own.
#include <rapidcheck/gtest.h>

#include "ledger/account.h"
#include "ledger/testing_account.h"

namespace passbook {
namespace {

constexpr AccountId kAccount{1};

/// How many entries of each origin are meant.
using Counts = std::vector<std::size_t>;

struct Logged {
  Change change;
  Counts needs;  ///< the grants that its origin had received
};

/// An account at every branch, and the logs of all. A replica may take in any entry that comes
/// next in its log, once it has the grants that the origin had: no more order is promised.
class Replicas {
 public:
  Replicas(std::size_t branches, std::int64_t opening, std::int64_t limit)
      : logs_(branches), applied_(branches, Counts(branches)), grants_(applied_) {
    std::vector<BranchId> ids;
    for (std::uint32_t i = 1; i <= branches; ++i) {
      ids.emplace_back(i);
    }
    const NaiveAccount empty{opening, limit, static_cast<std::int64_t>(branches)};
    naive_.assign(branches, empty);
    accounts_.assign(branches, Account({kAccount, Money{opening}, Money{limit}}, ids));
  }

  static Origin origin(std::size_t replica) {
    return {BranchId{static_cast<std::uint32_t>(replica + 1)}};
  }
  std::size_t size() const { return logs_.size(); }

  /// The origin accepts the change unless it is refused, which only a lack of rights may cause.
  void accept(std::size_t at, const Change& change) {
    const auto refusal = accounts_[at].refusal(origin(at), change);
    const bool lacks = !std::holds_alternative<Deposit>(change) &&
                       amount_of(change).minor > naive_[at].rights(origin(at));
    RC_ASSERT(refusal == (lacks ? std::optional(ChangeRefusal::lacks_rights) : std::nullopt));
    if (!refusal) {
      logs_[at].push_back({change, grants_[at]});
      apply(at, at);
    }
  }

  bool can_apply(std::size_t at, std::size_t from) const {
    const std::size_t next = applied_[at][from];
    if (at == from || next == logs_[from].size()) {
      return false;
    }
    const Counts& needs = logs_[from][next].needs;
    return std::ranges::equal(needs, applied_[at], std::less_equal());
  }

  void apply(std::size_t at, std::size_t from) {
    const std::size_t number = ++applied_[at][from];
    const Change& change = logs_[from][number - 1].change;
    accounts_[at].apply(origin(from), change);
    naive_[at].history.emplace_back(origin(from), change);
    const auto* grant = std::get_if<Grant>(&change);
    if (grant != nullptr && grant->to == origin(at) && from != at) {
      grants_[at][from] = number;
    }
    compare(at);
  }

  /// All that is still on its way arrives, in whatever order `choose` likes.
  void deliver_all(auto choose) {
    for (auto ready = deliverable(); !ready.empty(); ready = deliverable()) {
      const auto [at, from] = choose(ready);
      apply(at, from);
    }
  }

  void expect_all_equal() const {
    for (std::size_t at = 0; at < size(); ++at) {
      RC_ASSERT(applied_[at] == applied_[0]);
      RC_ASSERT(accounts_[at].balance() == accounts_[0].balance());
      for (std::size_t i = 0; i < size(); ++i) {
        RC_ASSERT(accounts_[at].rights(origin(i)) == accounts_[0].rights(origin(i)));
      }
    }
  }

  std::vector<std::pair<std::size_t, std::size_t>> deliverable() const {
    std::vector<std::pair<std::size_t, std::size_t>> out;
    for (std::size_t at = 0; at < size(); ++at) {
      for (std::size_t from = 0; from < size(); ++from) {
        if (can_apply(at, from)) {
          out.emplace_back(at, from);
        }
      }
    }
    return out;
  }

 private:
  void compare(std::size_t at) const {
    const Account& real = accounts_[at];
    const NaiveAccount& naive = naive_[at];
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      RC_ASSERT(real.rights(origin(i)).minor == naive.rights(origin(i)));
      RC_ASSERT(real.incoming(origin(i)).minor == naive.incoming(origin(i)));
      RC_ASSERT(real.rights(origin(i)).minor >= 0);
      sum += real.rights(origin(i)).minor;
    }
    RC_ASSERT(real.balance().minor == naive.balance());
    RC_ASSERT(real.outgoing().minor == naive.outgoing());
    RC_ASSERT(sum == real.balance().minor + real.limit().minor);
    RC_ASSERT(real.balance().minor >= -real.limit().minor);
  }

  std::vector<std::vector<Logged>> logs_;
  std::vector<Account> accounts_;
  std::vector<NaiveAccount> naive_;
  std::vector<Counts> applied_;  ///< at each replica
  std::vector<Counts> grants_;   ///< to each replica, that it has applied
};

Change any_change(const Replicas& replicas) {
  const Money amount{*rc::gen::inRange<std::int64_t>(1, 200)};
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return Deposit{kAccount, amount};
    case 1:
      return Withdrawal{kAccount, amount};
    default:
      return Grant{kAccount, Replicas::origin(*rc::gen::inRange<std::size_t>(0, replicas.size())),
                   amount};
  }
}

RC_GTEST_PROP(DeliveryProperty, RightsAreTheSumOfTheEntriesInWhateverOrderTheyCome, ()) {
  Replicas replicas(*rc::gen::inRange<std::size_t>(2, 6), *rc::gen::inRange<std::int64_t>(0, 1000),
                    *rc::gen::inRange<std::int64_t>(0, 300));
  const auto choose = [](const auto& ready) { return *rc::gen::elementOf(ready); };
  const int steps = *rc::gen::inRange(1, 400);
  for (int i = 0; i < steps; ++i) {
    const auto ready = replicas.deliverable();
    if (!ready.empty() && *rc::gen::arbitrary<bool>()) {
      const auto [at, from] = choose(ready);
      replicas.apply(at, from);
    } else {
      replicas.accept(*rc::gen::inRange<std::size_t>(0, replicas.size()), any_change(replicas));
    }
  }
  replicas.deliver_all(choose);
  replicas.expect_all_equal();
}

}  // namespace
}  // namespace passbook
