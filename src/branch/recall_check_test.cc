// SPDX-License-Identifier: Apache-2.0
#include "branch/recall_check.h"

#include "branch/state.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr AccountId kAccount{1};
constexpr Origin kA{BranchId{1}};
constexpr Origin kB{BranchId{2}};
constexpr Origin kStranger{BranchId{9}};

Bank bank() { return {{BranchId{1}, BranchId{2}}, {{kAccount, Money{100}, Money{0}}}}; }

/// Restores a state from a journal. Returns the error in words, or "".
std::string error_of(const Recall& recall) {
  State state(bank(), kA);
  const auto restored = state.restore(recall);
  return restored ? "" : describe(restored.error());
}
std::string error_of(std::vector<Record> records) {
  return error_of(Recall{.snapshot = {}, .records = std::move(records)});
}

/// A block that is valid by itself, but with another head than its log would give it.
Block with_head(const Block& block, const std::function<void(BlockHead&)>& change) {
  BlockHead head = block.head();
  change(head);
  return build(head, drafts_of(block));
}

class RecallCheck : public testing::Test {
 protected:
  RecallCheck() {
    b.deposit(1);
    b.deposit(2);
    b.deposit(3);
  }

  const Block& block(std::size_t index) const { return b.blocks()[index]; }

  TestLog b{kB};
};

TEST_F(RecallCheck, TakesBackWhatABranchWrote) {
  EXPECT_EQ(error_of({ProcessBegun{1}, block(0), block(1), ProcessBegun{2}, block(2)}), "");
}

TEST_F(RecallCheck, NamesTheRecordTheOriginAndTheEntryThatAreMissing) {
  EXPECT_THAT(error_of({ProcessBegun{1}, block(0), block(2)}),
              AllOf(HasSubstr("at record 3: "), HasSubstr("entry 2 of branch 2, incarnation 1"),
                    HasSubstr("missing")));
}

TEST_F(RecallCheck, NamesABlockThatIsThereAgain) {
  EXPECT_THAT(error_of({block(0), block(1), block(1)}),
              AllOf(HasSubstr("at record 3: "), HasSubstr("entry 2 of branch 2, incarnation 1"),
                    HasSubstr("again")));
}

TEST_F(RecallCheck, NamesABlockThatFollowsAnotherOne) {
  TestLog other(kB);
  other.deposit(7);
  other.deposit(2);
  EXPECT_THAT(
      error_of({block(0), other.blocks()[1]}),
      AllOf(HasSubstr("at record 2: "), HasSubstr("entry 2 of branch 2, incarnation 1"),
            HasSubstr(to_string(block(0).tag())), HasSubstr(to_string(other.blocks()[0].tag()))));
}

TEST_F(RecallCheck, NamesABlockOfABranchThatTheBankLacks) {
  TestLog stranger(kStranger);
  EXPECT_THAT(error_of({stranger.deposit(1)}),
              AllOf(HasSubstr("at record 1: "), HasSubstr("branch 9")));
}

TEST_F(RecallCheck, NamesWhatABlockDependsOnAndIsNotThere) {
  TestLog a(kA);
  a.deposit(1, {block(1).end()});
  EXPECT_EQ(error_of({block(0), block(1), a.blocks()[0]}), "");
  EXPECT_THAT(error_of({block(0), a.blocks()[0]}),
              AllOf(HasSubstr("at record 2: entry 1 of branch 1, incarnation 1"),
                    HasSubstr("entry 2 of branch 2, incarnation 1, which does not come before")));
}

TEST_F(RecallCheck, NamesADependencyOnAnotherHistory) {
  TestLog a(kA);
  a.deposit(1, {{block(0).end().end, Tag{99}}});
  EXPECT_THAT(error_of({block(0), a.blocks()[0]}),
              AllOf(HasSubstr("at record 2"), HasSubstr("another digest")));
}

TEST_F(RecallCheck, NamesAnEntryThatItsOriginHadNoRightsTo) {
  TestLog a(kA);
  a.add({{Withdrawal{kAccount, Money{30}}, {}, 0}, {Withdrawal{kAccount, Money{21}}, {}, 0}});
  EXPECT_THAT(error_of({a.blocks()[0]}),
              AllOf(HasSubstr("at record 1: entry 2 of branch 1"), HasSubstr("breaks a rule")));
}

TEST_F(RecallCheck, NamesAGrantToABranchThatTheBankLacks) {
  TestLog a(kA);
  a.add({{Grant{kAccount, kStranger, Money{1}}, {}, 0}});
  EXPECT_THAT(error_of({a.blocks()[0]}),
              AllOf(HasSubstr("entry 1 of branch 1"), HasSubstr("a grant to branch 9")));
}

TEST_F(RecallCheck, NamesAnEntryOfAnAccountThatTheBankLacks) {
  TestLog a(kA);
  a.add({{Deposit{AccountId{7}, Money{1}}, {}, 0}});
  EXPECT_THAT(error_of({a.blocks()[0]}), HasSubstr("account 7, which does not exist"));
}

TEST_F(RecallCheck, NamesAStampAfterWhichNoClockCouldGoOn) {
  const Block late =
      with_head(block(0), [](BlockHead& head) { head.stamp = Stamp{kNumberLimit - 1}; });
  EXPECT_THAT(error_of({late}),
              HasSubstr(fmt::format("entry 1 of branch 2, incarnation 1 has the stamp {}, and no "
                                    "clock gets there",
                                    kNumberLimit - 1)));
}

TEST_F(RecallCheck, NamesAProcessThatDoesNotCountOn) {
  EXPECT_THAT(error_of({ProcessBegun{3}, ProcessBegun{3}}),
              HasSubstr("at record 2: process 3 began after process 3"));
  EXPECT_THAT(error_of({ProcessBegun{UINT64_MAX}}), HasSubstr("at record 1: process"));
}

TEST_F(RecallCheck, NamesSealsAndRecoveriesOfOtherBanks) {
  EXPECT_THAT(error_of({Seal{kStranger.branch, Incarnation{2}, {}, true}}), HasSubstr("branch 9"));
  EXPECT_THAT(error_of({Recovery{{{kStranger, Sequence{1}}}}}), HasSubstr("branch 9"));
  EXPECT_THAT(error_of({Recovery{{{kB, Sequence{kNumberLimit}}}}}), HasSubstr("no log is so long"));
}

// Snapshots.

class SnapshotCheck : public testing::Test {
 protected:
  SnapshotCheck() {
    State state(bank(), kA);
    state.begin_process();
    TestLog b(kB);
    state.apply(b.add({{Grant{kAccount, kA, Money{20}}, {}, 0}}));
    state.accept(Deposit{kAccount, Money{5}}, {}, RequestId{{BranchId{1}}, {CustomerId{7}, 0}, 1});
    state.take_accepted();
    good = state.snapshot();
    b.deposit(1);
    next = b.blocks()[1];
  }

  std::string error_with(const std::function<void(Snapshot&)>& change) const {
    Snapshot changed = good;
    change(changed);
    return error_of(Recall{.snapshot = changed, .records = {}});
  }
  /// With one number of an account's totals replaced.
  std::string error_of_totals(const std::function<void(std::vector<OriginTotals>&)>& change) const {
    return error_with([&](Snapshot& s) { change(s.accounts[0].totals); });
  }

  /// With another decision on the single write.
  std::string error_of_decision(const std::function<void(Decision&)>& change) const {
    return error_with([&](Snapshot& s) { change(s.pages.at(0).sessions.at(0).decisions.at(0)); });
  }

  Snapshot good;
  std::optional<Block> next;
};

TEST_F(SnapshotCheck, TakesBackWhatABranchLeft) {
  EXPECT_EQ(error_with([](Snapshot&) {}), "");
  EXPECT_EQ(error_of(Recall{.snapshot = good, .records = {*next}}), "");
}

TEST_F(SnapshotCheck, ABlockAfterItThatDoesNotFollowItIsNamedByItsPlaceInTheJournal) {
  Snapshot changed = good;
  changed.digests[1] = digest_of("another");
  EXPECT_THAT(error_of(Recall{.snapshot = changed, .records = {*next}}),
              AllOf(HasSubstr("at record 4: entry 2 of branch 2"),
                    HasSubstr(to_string(tag_of(digest_of("another"))))));
}

TEST_F(SnapshotCheck, DigestsFitThePositions) {
  EXPECT_THAT(error_with([](Snapshot& s) { s.digests.pop_back(); }),
              HasSubstr("in its newest snapshot: it has 1 digests for 2 logs"));
  EXPECT_THAT(error_with([](Snapshot& s) { s.digests[0] = {}; }),
              HasSubstr("no digest for entry 1 of branch 1"));
}

TEST_F(SnapshotCheck, PositionsAreOfBranchesOfTheBank) {
  EXPECT_THAT(error_with([](Snapshot& s) {
                s.applied.raise({kStranger, Sequence{1}});
                s.digests.push_back(digest_of("x"));
              }),
              HasSubstr("branch 9"));
  EXPECT_THAT(error_with([](Snapshot& s) { s.applied.raise({kB, Sequence{UINT64_MAX}}); }),
              HasSubstr("no log is so long"));
}

TEST_F(SnapshotCheck, WhatItRestsOnWasApplied) {
  const EntryId later{kB, Sequence{2}};
  for (VersionVector Snapshot::* held : {&Snapshot::declared, &Snapshot::grants}) {
    EXPECT_THAT(error_with([&](Snapshot& s) { (s.*held).raise(later); }),
                HasSubstr("entry 2 of branch 2, incarnation 1, which it lacks"));
  }
}

TEST_F(SnapshotCheck, AccountsAreThoseOfTheBank) {
  const std::string other = "accounts are not those";
  EXPECT_THAT(error_with([](Snapshot& s) { s.accounts[0].account = AccountId{7}; }),
              HasSubstr(other));
  EXPECT_THAT(error_with([](Snapshot& s) { s.accounts.push_back(s.accounts[0]); }),
              HasSubstr(other));
}

TEST_F(SnapshotCheck, AccountsAreAllThatChangedAndAsTheyWereLast) {
  const std::string wrong =
      "in its newest snapshot: an account is missing or from another snapshot";
  EXPECT_THAT(error_with([](Snapshot& s) { s.accounts.clear(); }), HasSubstr(wrong));
  EXPECT_THAT(error_of_totals([](auto& totals) {  // before the deposit
                totals[0].in -= Money{5};
                totals[0].rights -= Money{5};
              }),
              HasSubstr(wrong));
  EXPECT_THAT(error_of_totals([](auto& totals) {  // before the grant
                totals[1].granted -= Money{20};
                totals[1].rights += Money{20};
                totals[0].rights -= Money{20};
              }),
              HasSubstr(wrong));
}

TEST_F(SnapshotCheck, TotalsAreWhatEntriesCanHaveLeft) {
  const std::string wrong = "account 1 has totals that no entries can have left";
  const auto expect_wrong = [&](const std::function<void(std::vector<OriginTotals>&)>& change) {
    EXPECT_THAT(error_of_totals(change), HasSubstr(wrong));
  };
  expect_wrong([](auto& totals) { totals[0].rights += Money{1}; });
  expect_wrong([](auto& totals) { totals[0].in += Money{1}; });
  expect_wrong([](auto& totals) { std::swap(totals[0], totals[1]); });
  expect_wrong([](auto& totals) { totals.push_back(totals[1]); });
  expect_wrong([](auto& totals) {
    totals[0].rights = Money{totals[0].rights.minor + totals[1].rights.minor + 1};
    totals[1].rights = Money{-1};
  });
  expect_wrong([](auto& totals) { totals[0].granted = Money{-1}; });
  expect_wrong([](auto& totals) { totals[0].in = totals[1].in = Money::max(); });
  expect_wrong([](auto& totals) { totals[0].out = totals[1].out = Money::max(); });
  EXPECT_THAT(error_of_totals([](auto& totals) { totals[1].origin = kStranger; }),
              HasSubstr("account 1 has rights of branch 9"));
}

TEST_F(SnapshotCheck, CountsLeadOnAndAreNotAtTheirEnd) {
  EXPECT_THAT(error_with([](Snapshot& s) { s.stamp = Stamp{UINT64_MAX}; }),
              HasSubstr("no clock gets to"));
  EXPECT_THAT(error_with([](Snapshot& s) { s.processes = UINT64_MAX; }), HasSubstr("processes"));
  EXPECT_THAT(error_with([](Snapshot& s) { s.pages_since = s.records + 1; }),
              HasSubstr("needs the page of a snapshot"));
}

TEST_F(SnapshotCheck, RememberedWritesAreInItsLogs) {
  EXPECT_THAT(error_of_decision([](Decision& d) { d.entry = Sequence{2}; }),
              HasSubstr("it remembers entry 2 of branch 1"));
  EXPECT_THAT(error_of_decision([](Decision& d) { d.entry = Sequence{}; }),
              HasSubstr("it remembers entry 0 of branch 1"));
  EXPECT_THAT(error_of_decision([](Decision& d) { d.change = Deposit{AccountId{7}, {}}; }),
              HasSubstr("account 7"));
  EXPECT_THAT(error_of_decision([](Decision& d) { d.change.reset(); }), HasSubstr("nothing"));
}

TEST_F(SnapshotCheck, RememberedRefusalsAreForEver) {
  EXPECT_EQ(error_of_decision([](Decision& d) {
              d = {.number = 1, .outcome = Outcome::insufficient_funds, .change = d.change};
            }),
            "");
  EXPECT_THAT(error_of_decision([](Decision& d) { d.outcome = Outcome::overflow; }),
              HasSubstr("as OVERFLOW"))
      << "and has an entry";
  EXPECT_THAT(
      error_of_decision([](Decision& d) { d = {.number = 1, .outcome = Outcome::unavailable}; }),
      HasSubstr("as UNAVAILABLE"));
}

TEST_F(SnapshotCheck, RememberedSessionsAreOfTheBankAndTheirNumbersAscend) {
  EXPECT_THAT(error_with([](Snapshot& s) { s.pages[0].sessions[0].id.origin = kStranger; }),
              HasSubstr("branch 9"));
  EXPECT_THAT(error_with([](Snapshot& s) {
                auto& decisions = s.pages[0].sessions[0].decisions;
                decisions.push_back(decisions[0]);
              }),
              HasSubstr("number 1 of a session after number 1"));
}

TEST_F(SnapshotCheck, EarlierEndsComeBeforeTheLogsEnd) {
  const Origin one = good.applied.positions()[0].origin;
  const Sequence end = good.applied.positions()[0].sequence;
  EXPECT_THAT(error_with([&](Snapshot& s) { s.earlier_ends = {{{one, end}, Tag{1}}}; }),
              HasSubstr("end of an earlier block"));
  EXPECT_THAT(error_with([&](Snapshot& s) { s.earlier_ends = {{{one, Sequence{}}, Tag{1}}}; }),
              HasSubstr("end of an earlier block"));
  EXPECT_THAT(
      error_with([&](Snapshot& s) { s.earlier_ends = {{{kStranger, Sequence{1}}, Tag{}}}; }),
      HasSubstr("end of an earlier block"));
  const auto of_three = [&](std::uint64_t first, std::uint64_t second) {
    return error_with([&](Snapshot& s) {
      s.applied.raise({one, Sequence{3}});
      s.earlier_ends = {{{one, Sequence{first}}, Tag{1}}, {{one, Sequence{second}}, Tag{2}}};
    });
  };
  EXPECT_THAT(of_three(1, 2), Not(HasSubstr("end of an earlier block")));
  EXPECT_THAT(of_three(2, 1), HasSubstr("end of an earlier block"));
  EXPECT_THAT(of_three(1, 1), HasSubstr("end of an earlier block"));
}

TEST_F(SnapshotCheck, SealsAndTheRecoveryAreOfTheBank) {
  EXPECT_THAT(
      error_with([](Snapshot& s) { s.seals.push_back({kStranger.branch, Incarnation{2}, {}}); }),
      HasSubstr("branch 9"));
  EXPECT_THAT(error_with([](Snapshot& s) { s.recovery = {{{kStranger, Sequence{1}}}}; }),
              HasSubstr("branch 9"));
}

}  // namespace
}  // namespace passbook
