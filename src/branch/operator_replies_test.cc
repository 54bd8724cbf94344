// SPDX-License-Identifier: Apache-2.0
// A branch's replies to operators.
#include "branch/operator_replies.h"

#include <fmt/format.h>

#include "branch/test_peers.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Origin kOne{BranchId{1}};
constexpr Origin kTwo{BranchId{2}};

TEST(Status, TellsHowABranchIs) {
  TestPeers one;
  one.step({DiskChecked{{.free = 12, .reserve = 11}}});
  const Instant began = one.now();
  one.greet(2);
  const Instant connected = one.now();
  one.step({one.call(TestPeers::deposit(5))});
  const Status status = one.status();
  EXPECT_EQ(status.bank, identity(one.bank()));
  EXPECT_EQ(status.branch, kOne);
  EXPECT_EQ(status.uptime, one.now() - began);
  EXPECT_TRUE(status.takes_writes);
  EXPECT_EQ(status.why_not, "");
  EXPECT_EQ(status.applied, (VersionVector{{kOne, Sequence{1}}}));
  EXPECT_EQ(status.disk, (DiskSpace{.free = 12, .reserve = 11}));
  EXPECT_EQ(status.records, 2U) << "its beginning, and the deposit";
  ASSERT_THAT(status.peers, SizeIs(2));
  EXPECT_EQ(status.peers[0], (PeerStatus{.branch = BranchId{2},
                                         .connected = true,
                                         .neighbour = true,
                                         .incarnation = Incarnation{1},
                                         .lag = 1,
                                         .address = {},
                                         .since = one.now() - connected,
                                         .last_end = {},
                                         .unreachable = {}}));
  EXPECT_EQ(status.peers[1].branch, BranchId{3});
  EXPECT_FALSE(status.peers[1].connected);
  EXPECT_EQ(status.peers[1].since, one.now() - began);
  ASSERT_THAT(status.accounts, SizeIs(1));
  EXPECT_EQ(status.accounts[0].account, kSharedAccount);
  EXPECT_EQ(status.accounts[0].balance, Money{305});
  ASSERT_THAT(status.accounts[0].rights, SizeIs(3));
  EXPECT_EQ(status.accounts[0].rights[0], (RightsStatus{kOne, Money{105}}));
  EXPECT_EQ(status.accounts[0].rights[1], (RightsStatus{kTwo, Money{100}}));
}

TEST(Status, TellsHowItsStreamsEnded) {
  TestPeers one;
  one.greet(2);
  one.step({LinkDown{TestPeers::link(2), "reset"}, DialFailed{BranchId{3}, "refused"}});
  const Status status = one.status();
  EXPECT_EQ(status.peers.at(0).last_end, "reset");
  EXPECT_EQ(status.peers.at(0).since, milliseconds(1));
  EXPECT_EQ(status.peers.at(1).unreachable, "refused");
}

TEST(Status, TellsOfForks) {
  TestPeers one;
  one.greet(2);
  one.greet(3);
  TestLog two(kTwo);
  one.say(2, Blocks{{two.deposit(5)}});
  EXPECT_THAT(one.status().forks, IsEmpty());
  one.say(3, Progress{{{two.blocks()[0].end().end, Tag{9}}}, {}});
  EXPECT_THAT(
      one.status().forks,
      ElementsAre(fmt::format("FORK: there are two histories of branch 2 (incarnation 1): here its "
                              "entry 1 ends a block with digest {}, at branch 3 entry 1 one with "
                              "digest {}",
                              to_string(two.blocks()[0].end().tag), to_string(Tag{9}))));
}

TEST(Status, TellsWhyNoWritesAreTaken) {
  TestPeers one({.listen_first = seconds(5)});
  one.greet(3);
  EXPECT_FALSE(one.status().takes_writes);
  EXPECT_EQ(one.status().why_not, "it has just started and is waiting to hear from branch 2");
  TestPeers alone({.listen_first = seconds(5)});
  EXPECT_THAT(alone.status().why_not, HasSubstr("branch 2, 3"));
  one.step({DiskChecked{{.free = 10, .reserve = 11}}});
  EXPECT_EQ(one.status().why_not, "the disk is nearly full");
}

TEST(Status, ListeningEndsWhenAllWereHeardOrItsTimeIsUp) {
  TestPeers one({.listen_first = seconds(5)});
  one.greet(2);
  one.greet(3);
  EXPECT_TRUE(one.status().takes_writes);
  TestPeers alone({.listen_first = seconds(5)});
  const Effects begun = alone.step({});
  EXPECT_LE(begun.wake, alone.now() + seconds(5));
  alone.wait(seconds(5) - milliseconds(2));
  EXPECT_FALSE(alone.status().takes_writes);
  EXPECT_TRUE(alone.status().takes_writes);
}

class SealReplies : public testing::Test {
 protected:
  void SetUp() override {
    one.greet(2);
    one.say(2, Blocks{{log.deposit(5)}});
    one.say(2, Blocks{{log.deposit(6)}});
    one.greet(3);
    one.say(3, Blocks{{TestLog(Origin{BranchId{3}}).deposit(7)}});
  }

  SealRequest request(std::uint32_t next = 0) const {
    SealRequest out{.bank = identity(one.bank()),
                    .branch = BranchId{2},
                    .next = {},
                    .compare = {},
                    .ends = {},
                    .recovery = 7};
    if (next > 0) {
      out.next = Incarnation{next};
    }
    return out;
  }

  SealReply ask(const SealRequest& request) {
    effects = one.step({OperatorCalled{CallId{99}, request}});
    return std::get<SealReply>(effects.operator_answers.at(0).reply);
  }

  TestPeers one;
  TestLog log{kTwo};
  Effects effects;
};

TEST_F(SealReplies, TellWhatIsThereAndPromiseNothingUnasked) {
  SealRequest question = request();
  const TaggedPosition other{log.blocks()[0].end().end, Tag{9}};
  const TaggedPosition far{{kTwo, Sequence{9}}, Tag{9}};
  question.compare = {log.blocks()[0].end(), other, far};
  const SealReply reply = ask(question);
  EXPECT_EQ(reply.refused, "");
  EXPECT_EQ(reply.highest, Incarnation{1});
  EXPECT_THAT(reply.have, ElementsAre(log.blocks()[1].end()));
  EXPECT_THAT(reply.other, ElementsAre(other));
  EXPECT_EQ(reply.applied, one.state().applied());
  EXPECT_EQ(reply.process, 2U);
  EXPECT_EQ(reply.known, std::nullopt);
  EXPECT_THAT(effects.persist, IsEmpty());
}

TEST_F(SealReplies, PromiseWhatIsHereAndAreRemembered) {
  EXPECT_EQ(ask(request(2)).refused, "");
  const Seal promise{.branch = BranchId{2},
                     .next = Incarnation{2},
                     .ends = {{log.blocks()[1].end()}, {}},
                     .final = false,
                     .recovery = 7,
                     .settled = {}};
  EXPECT_THAT(effects.persist, ElementsAre(Record(promise)));
  EXPECT_THAT(effects.closes, ElementsAre(TestPeers::link(2)));
  const SealReply again = ask(request());
  EXPECT_EQ(again.known, promise);
  EXPECT_EQ(again.highest, Incarnation{2});
  EXPECT_EQ(again.process, 0U);
}

TEST_F(SealReplies, NameTheHighestIncarnationOfWhichAnythingIsHere) {
  one.say(3, Blocks{{TestLog({BranchId{2}, Incarnation{3}}).deposit(8)}});
  EXPECT_EQ(ask(request()).highest, Incarnation{3});
}

TEST_F(SealReplies, RefuseWhatIsNotForThisBranch) {
  SealRequest wrong = request(2);
  wrong.branch = BranchId{1};
  EXPECT_EQ(ask(wrong).refused, "branch 1 can't be sealed here");
  wrong.branch = BranchId{9};
  EXPECT_EQ(ask(wrong).refused, "branch 9 can't be sealed here");
  wrong = request(2);
  wrong.bank = BankId{5};
  EXPECT_EQ(ask(wrong).refused, "this branch belongs to another bank");
  EXPECT_THAT(effects.persist, IsEmpty());
}

TEST_F(SealReplies, RefuseAnOlderRecoveryAndAnotherOfTheSameIncarnation) {
  ask(request(3));
  EXPECT_EQ(ask(request(2)).refused, "another recovery of branch 2 has begun");
  SealRequest other = request(3);
  other.recovery = 8;
  EXPECT_EQ(ask(other).refused, "incarnation 3 of branch 2 is promised to another recovery");
  EXPECT_EQ(ask(request(3)).refused, "");
}

TEST_F(SealReplies, TakeTheEndsOnWhichAllAgreed) {
  ask(request(2));
  SealRequest agreed = request(2);
  agreed.ends = LogEnds{{log.blocks()[1].end()}, {}};
  ask(agreed);
  EXPECT_THAT(effects.persist, ElementsAre(Record(Seal{.branch = BranchId{2},
                                                       .next = Incarnation{2},
                                                       .ends = *agreed.ends,
                                                       .final = true,
                                                       .recovery = 7})));
  // The next promise repeats the settled ends, and adds later ones.
  ask(request(3));
  const auto* promise = std::get_if<Seal>(&effects.persist.at(0));
  ASSERT_NE(promise, nullptr);
  EXPECT_EQ(promise->settled, Incarnation{2});
  EXPECT_EQ(promise->ends, *agreed.ends);
}

TEST(SealRequests, AreKeptAfterWhatWasAcceptedBefore) {
  TestPeers one;
  const Effects effects =
      one.step({one.call(TestPeers::deposit(5)),
                OperatorCalled{CallId{99}, SealRequest{.bank = identity(one.bank()),
                                                       .branch = BranchId{3},
                                                       .next = Incarnation{2},
                                                       .compare = {},
                                                       .ends = LogEnds{}}}});
  ASSERT_THAT(effects.persist, SizeIs(3)) << "the process, the deposit and the seal";
  EXPECT_TRUE(std::holds_alternative<Block>(effects.persist[1]));
  EXPECT_TRUE(std::holds_alternative<Seal>(effects.persist[2]));
}

}  // namespace
}  // namespace passbook
