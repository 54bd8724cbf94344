// SPDX-License-Identifier: Apache-2.0
// Banks and amounts near the limits of an amount. Requests get the right refusals, peers with
// impossible messages are refused, and nothing changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "branch/test_bank.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr std::int64_t kMax = INT64_MAX;
constexpr std::int64_t kMin = INT64_MIN;

class EdgesTest : public testing::TestWithParam<std::int64_t> {};

TEST_P(EdgesTest, RequestsOfExtremeAmountsChangeNothing) {
  TestBank bank({.opening = GetParam()});
  auto who = customer(bank, 1);
  for (const std::int64_t amount : {kMin, kMin + 1, std::int64_t{-1}, std::int64_t{0}}) {
    EXPECT_EQ(bank.wait(bank.call(1, who.deposit(1, amount))).outcome, Outcome::bad_amount);
    EXPECT_EQ(bank.wait(bank.call(2, who.withdraw(2, amount))).outcome, Outcome::bad_amount);
  }
  for (const std::int64_t amount : {kMax, kMax - 1}) {
    EXPECT_EQ(bank.wait(bank.call(1, who.deposit(1, amount))).outcome, Outcome::overflow);
    EXPECT_EQ(bank.wait(bank.call(2, who.withdraw(2, amount))).outcome, Outcome::overflow);
  }
  bank.run_for(seconds(5));
  for (const std::uint32_t branch : {1U, 2U, 3U}) {
    EXPECT_EQ(bank.balance(branch), Money{GetParam()});
    EXPECT_TRUE(bank.at(branch).state().applied().empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Openings, EdgesTest,
                         testing::Values(0, 1, kMax / 2, kMax - 3, kMax - 1, kMax));

TEST(Edges, DepositsUpToTheEndAndBackAgain) {
  TestBank bank({.opening = 1});
  auto who = customer(bank, 1);
  const std::int64_t share = (kMax - 1) / 3;
  for (const std::uint32_t branch : {1U, 2U, 3U}) {
    EXPECT_EQ(bank.wait(bank.call(branch, who.deposit(branch, share))).outcome, Outcome::ok);
    EXPECT_EQ(bank.wait(bank.call(branch, who.deposit(branch, 1))).outcome, Outcome::overflow);
  }
  EXPECT_EQ(bank.balance(1), Money{3 * share + 1});
  for (const std::uint32_t branch : {1U, 2U, 3U}) {
    EXPECT_EQ(bank.wait(bank.call(branch, who.withdraw(branch, share))).outcome, Outcome::ok);
    EXPECT_EQ(bank.wait(bank.call(branch, who.withdraw(branch, 1))).outcome, Outcome::overflow);
  }
  bank.run_for(seconds(1));
  for (const std::uint32_t branch : {1U, 2U, 3U}) {
    EXPECT_EQ(bank.balance(branch), Money{1});
  }
}

/// Branch 1 of a bank of two; the test plays branch 2.
class PeerAtTheEdge {
 public:
  explicit PeerAtTheEdge(std::int64_t opening)
      : bank_{{BranchId{1}, BranchId{2}}, {{kSharedAccount, Money{opening}, Money{0}}}},
        replica_(bank_, {}, State(bank_, Origin{BranchId{1}})) {
    hear(LinkUp{LinkId{1}, std::nullopt});
    says(Hello{identity(bank_), Origin{BranchId{2}}, {}, {}, kProcess});
  }

  void says(PeerMessage message) { hear(Received{LinkId{1}, {std::move(message)}}); }
  void says_entry(const Change& change) {
    says(Blocks{{build({.origin = {BranchId{2}},
                        .process = kProcess,
                        .first = Sequence{1},
                        .stamp = Stamp{1},
                        .dependencies = {},
                        .previous = {}},
                       {{change, {}, 0}})}});
  }
  /// Why a message of branch 2 was refused.
  const std::string& refused() const { return refused_; }
  const Account& account() const { return *replica_.state().ledger().find(kSharedAccount); }
  const State& state() const { return replica_.state(); }

 private:
  static constexpr ProcessId kProcess{.counter = 1, .nonce = 2};

  void hear(const Event& event) {
    now_ += std::chrono::milliseconds(1);
    const Effects effects = replica_.step(std::span(&event, 1), now_);
    EXPECT_FALSE(effects.stop.has_value());
    for (const Observation& seen : effects.observations) {
      if (const auto* refused = std::get_if<PeerRefused>(&seen)) {
        refused_ += refused->why;
      }
    }
  }

  Bank bank_;
  Replica replica_;
  Instant now_{seconds(1)};
  std::string refused_;
};

TEST(Edges, EntriesOfPeersThatWouldOverflowAreRefused) {
  for (const std::int64_t opening : {std::int64_t{0}, std::int64_t{400}, kMax - 1, kMax}) {
    for (const std::int64_t amount : {kMax, kMax - 1, kMax / 2 + 1}) {
      const Money money{amount};
      for (const Change& change :
           {Change(Deposit{kSharedAccount, money}), Change(Withdrawal{kSharedAccount, money}),
            Change(Grant{kSharedAccount, Origin{BranchId{1}}, money})}) {
        PeerAtTheEdge peer(opening);
        peer.says_entry(change);
        EXPECT_THAT(peer.refused(), HasSubstr("breaks the rules")) << opening << ' ' << amount;
        EXPECT_TRUE(peer.state().applied().empty());
        EXPECT_EQ(peer.account().balance(), Money{opening});
      }
    }
  }
}

TEST(Edges, RequestsOfPeersForExtremeAmountsGrantNoMoreThanThereIs) {
  for (const std::int64_t opening : {std::int64_t{0}, std::int64_t{400}, kMax - 1, kMax}) {
    for (const std::int64_t amount : {kMax, kMin, std::int64_t{-1}, std::int64_t{0}}) {
      PeerAtTheEdge peer(opening);
      const Priority priority{Stamp{1}, BranchId{2}};
      peer.says(RightsRequest{kSharedAccount, priority, Money{amount}, seconds(5)});
      peer.says(RebalanceRequest{kSharedAccount, Money{amount}});
      peer.says(TotalsReply{kSharedAccount, priority, 1, Money{amount}});
      EXPECT_EQ(peer.refused(), "");
      EXPECT_EQ(peer.account().balance(), Money{opening});
      EXPECT_GE(peer.account().rights({BranchId{1}}), Money{});
      EXPECT_EQ(peer.account().rights({BranchId{1}}) + peer.account().rights({BranchId{2}}),
                Money{opening});
    }
  }
}

}  // namespace
}  // namespace passbook
