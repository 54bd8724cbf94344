// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/fingerprint.h"

#include <gtest/gtest.h>

#include <set>

namespace passbook::sim {
namespace {

constexpr Origin kOrigin{BranchId{1}, Incarnation{2}};
constexpr Origin kOther{BranchId{3}, Incarnation{1}};
constexpr RequestId kRequest{{BranchId{1}}, ClientId{CustomerId{2}, 3}, 4};

/// Counts the histories of one event with different fingerprints.
class Different {
 public:
  template <class What>
  explicit Different(What what) : plain_(what) {
    add(what);
  }

  void add(history::What what) {
    ++made_;
    const history::History history{.bank = {}, .events = {{Instant{}, std::move(what)}}};
    met_.insert(fingerprint(history));
  }
  template <class What, class Value>
  Different& with(Value What::* field, Value value) {
    What other = std::get<What>(plain_);
    other.*field = std::move(value);
    add(std::move(other));
    return *this;
  }
  bool all() const { return met_.size() == made_; }

 private:
  history::What plain_;
  std::size_t made_ = 0;
  std::set<std::uint64_t> met_;
};

TEST(Fingerprint, ChangesWithEveryFieldOfWhatClientsDo) {
  using history::Invoked;
  EXPECT_TRUE(Different(Invoked{})
                  .with(&Invoked::client, ClientId{CustomerId{1}, 0})
                  .with(&Invoked::client, ClientId{CustomerId{0}, 1})
                  .with(&Invoked::request, kRequest)
                  .with(&Invoked::branch, BranchId{1})
                  .with(&Invoked::kind, history::Kind::deposit)
                  .with(&Invoked::account, AccountId{1})
                  .with(&Invoked::amount, Money{1})
                  .with(&Invoked::wanted, history::Wanted{.read_your_writes = true})
                  .with(&Invoked::wanted, history::Wanted{.monotonic_writes = true})
                  .with(&Invoked::wanted, history::Wanted{.monotonic_reads = true})
                  .with(&Invoked::wanted, history::Wanted{.writes_follow_reads = true})
                  .with(&Invoked::level, history::Level::local)
                  .with(&Invoked::deadline, Instant{Duration(1)})
                  .all());
  using history::Answered;
  EXPECT_TRUE(Different(Answered{})
                  .with(&Answered::client, ClientId{CustomerId{1}, 0})
                  .with(&Answered::request, kRequest)
                  .with(&Answered::result, history::Result::unavailable)
                  .with(&Answered::balance, std::optional(Money{}))
                  .with(&Answered::balance, std::optional(Money{1}))
                  .with(&Answered::confirmed, 1U)
                  .with(&Answered::unreached, std::optional(std::vector<BranchId>{}))
                  .with(&Answered::unreached, std::optional(std::vector{BranchId{1}}))
                  .all());
}

TEST(Fingerprint, ChangesWithEveryFieldOfWhatBranchesDo) {
  using history::Started;
  EXPECT_TRUE(Different(Started{})
                  .with(&Started::branch, BranchId{1})
                  .with(&Started::incarnation, Incarnation{1})
                  .with(&Started::entries, std::uint64_t{1})
                  .all());
  using history::Arrived;
  EXPECT_TRUE(Different(Arrived{})
                  .with(&Arrived::branch, BranchId{1})
                  .with(&Arrived::request, kRequest)
                  .with(&Arrived::deadline, Instant{Duration(1)})
                  .all());
  using history::Synced;
  EXPECT_TRUE(Different(Synced{})
                  .with(&Synced::branch, BranchId{1})
                  .with(&Synced::entries, std::uint64_t{1})
                  .all());
  using history::Replied;
  EXPECT_TRUE(Different(Replied{})
                  .with(&Replied::branch, BranchId{1})
                  .with(&Replied::request, kRequest)
                  .with(&Replied::result, history::Result::unavailable)
                  .with(&Replied::balance, std::optional(Money{}))
                  .all());
  using history::Grouped;
  EXPECT_TRUE(Different(Grouped{})
                  .with(&Grouped::branch, BranchId{1})
                  .with(&Grouped::first, EntryId{Origin{BranchId{1}}, Sequence{1}})
                  .with(&Grouped::last, Sequence{1})
                  .with(&Grouped::after, std::vector{EntryId{Origin{BranchId{1}}, Sequence{1}}})
                  .all());
  using history::Stopped;
  EXPECT_TRUE(Different(Stopped{})
                  .with(&Stopped::branch, BranchId{1})
                  .with(&Stopped::why, std::string("a full disk"))
                  .all());
}

TEST(Fingerprint, ChangesWithEveryFieldOfAnEntryAndOfAnAudit) {
  using history::Applied;
  using history::MoneyLeg;
  using history::RightsLeg;
  using Legs = std::vector<history::Leg>;
  EXPECT_TRUE(Different(Applied{})
                  .with(&Applied::branch, BranchId{1})
                  .with(&Applied::entry, EntryId{kOrigin, {}})
                  .with(&Applied::entry, EntryId{{}, Sequence{1}})
                  .with(&Applied::request, std::optional(RequestId{}))
                  .with(&Applied::request, std::optional(kRequest))
                  .with(&Applied::legs, Legs{MoneyLeg{}})
                  .with(&Applied::legs, Legs{MoneyLeg{}, MoneyLeg{}})
                  .with(&Applied::legs, Legs{MoneyLeg{.account = AccountId{1}, .change = {}}})
                  .with(&Applied::legs, Legs{MoneyLeg{.account = {}, .change = Money{1}}})
                  .with(&Applied::legs, Legs{RightsLeg{}})
                  .with(&Applied::legs, Legs{RightsLeg{{}, kOrigin, {}, {}}})
                  .with(&Applied::legs, Legs{RightsLeg{{}, {}, kOther, {}}})
                  .with(&Applied::legs, Legs{RightsLeg{{}, {}, {}, Money{1}}})
                  .with(&Applied::balance, Money{1})
                  .all());
  using history::Audited;
  using Rights = std::vector<Audited::Rights>;
  EXPECT_TRUE(Different(Audited{})
                  .with(&Audited::branch, BranchId{1})
                  .with(&Audited::account, AccountId{1})
                  .with(&Audited::balance, Money{1})
                  .with(&Audited::rights, Rights{{kOrigin, {}}})
                  .with(&Audited::rights, Rights{{kOther, {}}})
                  .with(&Audited::rights, Rights{{kOrigin, Money{1}}})
                  .all());
}

TEST(Fingerprint, ChangesWithTheBank) {
  std::set<std::uint64_t> met;
  for (const history::Bank& bank :
       std::vector<history::Bank>{{},
                                  {.branches = {BranchId{1}}, .accounts = {}},
                                  {.branches = {}, .accounts = {{}}},
                                  {.branches = {}, .accounts = {{AccountId{1}, {}, {}}}},
                                  {.branches = {}, .accounts = {{{}, Money{1}, {}}}},
                                  {.branches = {}, .accounts = {{{}, {}, Money{1}}}}}) {
    met.insert(fingerprint({.bank = bank, .events = {}}));
  }
  EXPECT_EQ(met.size(), 6U);
}

TEST(Fingerprint, ChangesWithTheKindTheTimeAndTheOrderOfEvents) {
  const BranchId a{1};
  const BranchId b{2};
  Different kinds{history::Crashed{a}};
  for (const history::What& what :
       std::vector<history::What>{history::Crashed{b},
                                  history::Stopped{a, {}},
                                  history::Paused{a},
                                  history::Paused{b},
                                  history::Resumed{a},
                                  history::Resumed{b},
                                  history::DiskLost{a},
                                  history::DiskLost{b},
                                  history::FaultsOver{},
                                  history::Ended{},
                                  history::Twin{a, b, {}},
                                  history::Twin{b, a, {}},
                                  history::Twin{a, b, Incarnation{2}},
                                  history::Forked{a, b},
                                  history::Forked{b, a},
                                  history::Calm{},
                                  history::Calm{{{a}}},
                                  history::Calm{{{b}}},
                                  history::Calm{{{a}, {b}}},
                                  history::Calm{{{a, b}}},
                                  history::MadeUp{{CustomerId{1}, 1}},
                                  history::MadeUp{{CustomerId{2}, 1}}}) {
    kinds.add(what);
  }
  EXPECT_TRUE(kinds.all());
  const auto of = [](std::vector<history::Event> events) {
    return fingerprint({.bank = {}, .events = std::move(events)});
  };
  const history::Event first{Instant{}, history::Crashed{a}};
  const history::Event second{Instant{}, history::Crashed{b}};
  const history::Event later{Instant{Duration(1)}, history::Crashed{a}};
  EXPECT_EQ(of({first, second}), of({first, second}));
  EXPECT_NE(of({first, second}), of({second, first}));
  EXPECT_NE(of({first, second}), of({first}));
  EXPECT_NE(of({first}), of({later}));
  EXPECT_EQ(of({first}), of({first, {Instant{}, history::Worked{}}})) << "what it cost is left out";
}

}  // namespace
}  // namespace passbook::sim
