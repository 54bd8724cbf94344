// SPDX-License-Identifier: Apache-2.0
// One branch in a test that plays its peers.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "branch/replica.h"
#include "ledger/testing_block.h"

namespace passbook {

/// Branch 1 of a bank, with an established stream from each peer. Each event is a step, a
/// millisecond after the one before.
class TestPeers {
 public:
  explicit TestPeers(const BranchOptions& options = {}, std::uint32_t branches = 3,
                     std::int64_t opening = 300)
      : bank_{{}, {{kSharedAccount, Money{opening}, Money{0}}}} {
    for (std::uint32_t i = 1; i <= branches; ++i) {
      bank_.branches.emplace_back(i);
    }
    replica_.emplace(bank_, options, State(bank_, self()));
  }

  static Origin self() { return Origin{BranchId{1}}; }
  static LinkId link(std::uint32_t branch) { return LinkId{branch}; }

  Effects step(const std::vector<Event>& events, Duration after = std::chrono::milliseconds(1)) {
    now_ += after;
    Effects effects = replica_->step(events, now_);
    wake_ = effects.wake;
    return effects;
  }
  Effects wait(Duration time) { return step({}, time); }

  /// Runs for a time, with a step whenever the branch wants one. Returns everything sent, answered
  /// and dialed.
  Effects run_for(Duration time) {
    Effects out;
    for (const Instant end = now_ + time; now_ < end;) {
      const Effects effects = wait(std::clamp(wake_, now_, end) - now_);
      out.sends.insert(out.sends.end(), effects.sends.begin(), effects.sends.end());
      out.answers.insert(out.answers.end(), effects.answers.begin(), effects.answers.end());
      out.dials.insert(out.dials.end(), effects.dials.begin(), effects.dials.end());
    }
    return out;
  }

  static Event said(std::uint32_t branch, PeerMessage message, Stamp clock = Stamp{1}) {
    return Received{link(branch), {std::move(message), clock}};
  }
  Effects say(std::uint32_t branch, PeerMessage message) {
    return step({said(branch, std::move(message))});
  }

  Hello hello(std::uint32_t branch, std::vector<TaggedPosition> have = {}) const {
    return {identity(bank_),
            Origin{BranchId{branch}},
            std::move(have),
            {},
            {.counter = 1, .nonce = branch}};
  }
  Effects greet(std::uint32_t branch, std::vector<TaggedPosition> have = {}) {
    step({LinkUp{link(branch), std::nullopt}});
    return say(branch, hello(branch, std::move(have)));
  }
  void hang_up(std::uint32_t branch) { step({LinkDown{link(branch)}}); }

  /// A customer's call whose id names branch 1 unless changed.
  Called call(Operation operation, AckLevel ack = AckLevel::local,
              Duration timeout = std::chrono::seconds(10)) {
    ++calls_;
    return {CallId{calls_},
            {.id = {self(), {CustomerId{1}, 1}, calls_},
             .operation = std::move(operation),
             .passbook = {},
             .bank = {},
             .guarantees = {},
             .ack = ack},
            now_ + std::chrono::milliseconds(1) + timeout};
  }
  static Operation deposit(std::int64_t amount) { return Deposit{kSharedAccount, Money{amount}}; }
  static Operation withdraw(std::int64_t amount) {
    return Withdrawal{kSharedAccount, Money{amount}};
  }
  static Operation query() { return Query{kSharedAccount}; }

  Replica& replica() { return *replica_; }
  const State& state() const { return replica_->state(); }
  const Bank& bank() const { return bank_; }
  Instant now() const { return now_; }
  Money balance() const { return state().ledger().find(kSharedAccount)->balance(); }
  Status status() {
    const Effects effects = step({OperatorCalled{CallId{1'000'000 + calls_}, StatusRequest{}}});
    return std::get<Status>(effects.operator_answers.at(0).reply);
  }

 private:
  Bank bank_;
  std::optional<Replica> replica_;
  Instant now_{std::chrono::seconds(1)};
  Instant wake_ = kNever;
  std::uint64_t calls_ = 0;
};

/// The messages of one kind that a step sends to a branch, in order.
template <class Message>
std::vector<Message> sent(const Effects& effects, std::uint32_t to) {
  std::vector<Message> out;
  for (const SendMessage& send : effects.sends) {
    const auto* message = std::get_if<Message>(&send.envelope.message);
    if (message != nullptr && send.link == TestPeers::link(to)) {
      out.push_back(*message);
    }
  }
  return out;
}

/// The blocks that a step sends to a branch.
inline std::vector<Block> blocks_sent(const Effects& effects, std::uint32_t to) {
  std::vector<Block> out;
  for (const Blocks& message : sent<Blocks>(effects, to)) {
    out.insert(out.end(), message.blocks.begin(), message.blocks.end());
  }
  return out;
}

/// The observations of one kind in a step, in order.
template <class Kind>
std::vector<Kind> observed(const Effects& effects) {
  std::vector<Kind> out;
  for (const Observation& observation : effects.observations) {
    if (const auto* one = std::get_if<Kind>(&observation)) {
      out.push_back(*one);
    }
  }
  return out;
}

}  // namespace passbook
