// SPDX-License-Identifier: Apache-2.0
// The effects on a bank of its branches' agreement about a lost branch.
#include "branch/test_bank.h"

namespace passbook {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Origin kOld{BranchId{1}, Incarnation{1}};

class Sealing : public testing::Test {
 protected:
  Answer deposit(TestBank& bank, std::uint32_t branch, std::int64_t amount, AckLevel ack) {
    Request request = who.deposit(branch, amount);
    request.ack = ack;
    return bank.wait(bank.call(branch, bank.current(request)));
  }

  /// The replies of branches 2 and 3 to a step of a recovery of branch 1.
  static void seal(TestBank& bank, const SealRequest& request) {
    for (const std::uint32_t branch : {2U, 3U}) {
      EXPECT_EQ(std::get<SealReply>(bank.ask(branch, request)).refused, "");
    }
  }

  static SealRequest promise(const TestBank& bank, std::uint32_t next, std::uint64_t recovery = 0) {
    return {.bank = identity(bank.bank()),
            .branch = BranchId{1},
            .next = Incarnation{next},
            .compare = {},
            .ends = {},
            .recovery = recovery};
  }

  static std::vector<std::int64_t> balances(TestBank& bank) {
    std::vector<std::int64_t> out;
    for (const BranchId branch : bank.bank().branches) {
      out.push_back(bank.balance(branch.value).minor);
    }
    return out;
  }

  TestCustomer who{1};
};

TEST_F(Sealing, TheOldIncarnationIsNotHeardAgain) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  bank.isolate(1);
  deposit(bank, 1, 1000, AckLevel::local);
  // Branch 1 lives on behind the partition, while others think that it is lost.
  EXPECT_EQ(bank.agree(1).failure(), "");
  bank.heal();
  bank.run_for(seconds(3));
  ASSERT_TRUE(bank.stopped(1).has_value());
  EXPECT_THAT(*bank.stopped(1), HasSubstr("is over"));
  EXPECT_THAT(balances(bank), ElementsAre(1330, 330, 330));
  bank.crash(1);
  bank.restart(1);
  const CallId call = bank.call(1, who.query(1));
  EXPECT_TRUE(bank.stopped(1).has_value()) << "it knows by now without being told";
  EXPECT_EQ(bank.answer(call), nullptr);
}

TEST_F(Sealing, ABranchWhoseRecoveryHasBegunStopsWhenItHearsOfIt) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  bank.crash(1);
  seal(bank, promise(bank, 2));
  bank.restart(1);
  bank.run_for(seconds(1));
  ASSERT_TRUE(bank.stopped(1).has_value());
  EXPECT_THAT(*bank.stopped(1), HasSubstr("must be brought to its end"));
  bank.crash(1);
  bank.recover(1);
  bank.run_for(seconds(3));
  EXPECT_THAT(balances(bank), ElementsAre(330, 330, 330));
}

TEST_F(Sealing, TheProcessOfABranchIsNamedWhileItIsConnected) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  SealRequest find = promise(bank, 2);
  find.next.reset();
  const auto process = [&] { return std::get<SealReply>(bank.ask(2, find)).process; };
  EXPECT_EQ(process(), bank.at(1).state().process().nonce);
  EXPECT_NE(process(), 0U);
  bank.crash(1);
  bank.run_for(seconds(4));
  EXPECT_EQ(process(), 0U);
}

TEST_F(Sealing, ASealedBranchRefusesAnOlderRecovery) {
  TestBank bank({.opening = 300});
  seal(bank, promise(bank, 3));
  EXPECT_THAT(std::get<SealReply>(bank.ask(2, promise(bank, 2))).refused,
              HasSubstr("another recovery of branch 1 has begun"));
  SealRequest foreign = promise(bank, 3);
  foreign.bank = BankId{5};
  EXPECT_THAT(std::get<SealReply>(bank.ask(2, foreign)).refused, HasSubstr("another bank"));
}

TEST_F(Sealing, AnIncarnationIsPromisedToOneRecoveryOnly) {
  TestBank bank({.opening = 300});
  seal(bank, promise(bank, 2, 7));
  seal(bank, promise(bank, 2, 7));  // the recovery may ask again
  EXPECT_THAT(std::get<SealReply>(bank.ask(2, promise(bank, 2, 8))).refused,
              HasSubstr("promised to another recovery"));
  EXPECT_EQ(std::get<SealReply>(bank.ask(2, promise(bank, 3, 8))).refused, "");
}

/// Branch 2 was left out of the first recovery, and returns with entries that were given up in it.
TEST_F(Sealing, AnEndOnWhichARecoveryAgreedIsNotMovedByTheNext) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  bank.run_for(seconds(1));
  bank.isolate(3);
  Request confirmed_by_2 = who.withdraw(1, 100);
  confirmed_by_2.ack = AckLevel::majority;
  EXPECT_EQ(bank.wait(bank.call(1, confirmed_by_2)).outcome, Outcome::ok);
  bank.crash(1);
  bank.crash(2);
  bank.heal();
  bank.run_for(seconds(1));
  const RecoveryCoordinator first = bank.agree(1, {2}, {}, /*release_rights=*/true);
  EXPECT_EQ(first.seal().ends.kept.at(0).end.sequence, Sequence{1});
  bank.begin_anew(first);
  bank.run_for(seconds(2));
  Request later = TestCustomer(2).withdraw(1, 120);
  later.ack = AckLevel::local;
  EXPECT_EQ(bank.wait(bank.call(1, bank.current(later))).outcome, Outcome::ok);
  bank.run_for(seconds(1));
  bank.crash(1);
  bank.isolate(2);
  bank.restart(2);
  bank.run_for(seconds(1));
  bank.ask(3, promise(bank, 3, 55));  // a recovery that stops here
  const RecoveryCoordinator again = bank.agree(1);
  EXPECT_EQ(again.failure(), "");
  EXPECT_EQ(again.seal().ends.kept.at(0).end.sequence, Sequence{1}) << "that was final";
  EXPECT_THAT(again.diverged(), ElementsAre(BranchId{2}));
  EXPECT_NE(bank.stopped(2), std::nullopt);
  bank.heal();
  bank.begin_anew(again);
  bank.crash(2);
  bank.run_for(seconds(1));
  bank.recover(2);
  bank.run_for(seconds(5));
  EXPECT_EQ(bank.status(1).why_not, "");
  EXPECT_THAT(balances(bank), ElementsAre(210, 210, 210));
}

/// A branch that promised an incarnation to an unfinished recovery still knows what an earlier
/// recovery agreed on.
TEST_F(Sealing, APromiseRemembersTheEndsBefore) {
  TestBank bank({.opening = 300});
  deposit(bank, 1, 30, AckLevel::all);
  bank.run_for(seconds(1));
  bank.crash(1);
  bank.recover(1);
  bank.run_for(seconds(1));
  deposit(bank, 1, 7, AckLevel::all);
  bank.run_for(seconds(1));
  bank.crash(1);
  seal(bank, promise(bank, 3, 77));
  for (const std::uint32_t branch : {2U, 3U}) {
    const Seal known = *bank.at(branch).state().seals().find(BranchId{1});
    EXPECT_FALSE(known.final);
    EXPECT_EQ(known.settled, Incarnation{2});
    EXPECT_THAT(known.ends.kept, SizeIs(2));
    EXPECT_TRUE(bank.at(branch).state().seals().lost({kOld, Sequence{2}}));
    EXPECT_FALSE(bank.at(branch).state().seals().lost({{BranchId{1}, Incarnation{2}}, Sequence{9}}))
        << "how that ends is not agreed on";
    bank.crash(branch);
    bank.restart(branch);
    EXPECT_EQ(*bank.at(branch).state().seals().find(BranchId{1}), known);
  }
}

/// Branch 1 has confirmed one deposit of its own with branch 2, and another with branch 3, in two
/// processes that knew nothing of each other.
class TwoHistories : public Sealing {
 protected:
  void SetUp() override {
    bank.isolate(3);
    deposit(bank, 1, 5, AckLevel::majority);
    bank.crash(1);
    bank.heal();
    bank.isolate(2);
    bank.restart(1, 0);
    bank.run_for(seconds(5));
    deposit(bank, 1, 7, AckLevel::majority);
    bank.crash(1);
    bank.heal();
    bank.run_for(seconds(2));
  }

  TaggedPosition end_at(std::uint32_t branch) {
    const Head head = bank.at(branch).state().logs().head(kOld);
    return {{kOld, head.end}, tag_of(head.digest)};
  }

  std::vector<std::int64_t> balances_of_others() {
    return {bank.balance(2).minor, bank.balance(3).minor};
  }

  TestBank bank{{.opening = 300}};
};

TEST_F(TwoHistories, AreNamedAndARecoveryDoesNotChoose) {
  EXPECT_THAT(balances_of_others(), ElementsAre(305, 307));
  EXPECT_THAT(bank.status(2).forks, ElementsAre(HasSubstr(to_string(end_at(3).tag))));
  EXPECT_THAT(bank.agree(1).histories(), ElementsAre(end_at(2), end_at(3)));
}

TEST_F(TwoHistories, EndWhereTheOneThatIsKeptEndsAndWhoHasTheOtherIsRecovered) {
  const TaggedPosition kept = end_at(3);
  const RecoveryCoordinator agreed = bank.agree(1, {}, kept.tag);
  ASSERT_EQ(agreed.failure(), "");
  EXPECT_THAT(agreed.diverged(), ElementsAre(BranchId{2}));
  bank.run_for(seconds(1));
  ASSERT_TRUE(bank.stopped(2).has_value());
  EXPECT_THAT(*bank.stopped(2), HasSubstr("passbook recover"));
  EXPECT_THAT(bank.status(3).forks, IsEmpty());
  bank.begin_anew(agreed);
  bank.crash(2);
  bank.restart(2);
  bank.run_for(seconds(1));
  ASSERT_TRUE(bank.stopped(2).has_value()) << "it has not forgotten";
  bank.crash(2);
  bank.recover(2);
  bank.run_for(seconds(5));
  EXPECT_THAT(balances(bank), ElementsAre(307, 307, 307));
  EXPECT_EQ(deposit(bank, 1, 10, AckLevel::all).outcome, Outcome::ok);
  EXPECT_THAT(balances(bank), ElementsAre(317, 317, 317));
}

TEST_F(TwoHistories, WhoWasNotAskedStopsAndIsRecovered) {
  const TaggedPosition kept = end_at(3);
  bank.crash(2);
  const RecoveryCoordinator agreed = bank.agree(1, {2});
  ASSERT_EQ(agreed.failure(), "");
  EXPECT_THAT(agreed.seal().ends.kept, ElementsAre(kept));
  bank.begin_anew(agreed);
  bank.run_for(seconds(1));
  bank.restart(2);
  bank.run_for(seconds(3));
  ASSERT_TRUE(bank.stopped(2).has_value()) << "both others say how the log ends";
  EXPECT_THAT(*bank.stopped(2), HasSubstr("history of its log that was given up"));
  bank.crash(2);
  bank.recover(2);
  bank.run_for(seconds(5));
  EXPECT_THAT(balances(bank), ElementsAre(307, 307, 307));
  for (const std::uint32_t branch : {1U, 2U, 3U}) {
    EXPECT_THAT(bank.status(branch).forks, IsEmpty());
  }
}

}  // namespace
}  // namespace passbook
