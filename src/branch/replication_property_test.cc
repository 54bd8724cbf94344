// SPDX-License-Identifier: Apache-2.0
// A replica that receives the same entries from several peers, each in its own order, compared with
// a twin that receives all of them in the order of their stamps.
#include <rapidcheck/gtest.h>

#include "branch/replica.h"
#include "ledger/testing_account.h"

namespace passbook {
namespace {

Bank bank_of(std::uint32_t branches) {
  Bank out{{}, {{kSharedAccount, Money{900}, Money{100}}}};
  for (std::uint32_t i = 1; i <= branches; ++i) {
    out.branches.emplace_back(i);
  }
  return out;
}

Change any_change(const Bank& bank) {
  const Money amount{*rc::gen::inRange<std::int64_t>(1, 150)};
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return Deposit{kSharedAccount, amount};
    case 1:
      return Withdrawal{kSharedAccount, amount};
    default:
      return Grant{kSharedAccount, {*rc::gen::elementOf(bank.branches)}, amount};
  }
}

/// The blocks that branches 2, 3, ... accept. Each knows some prefix of all accepted blocks.
class History {
 public:
  explicit History(const Bank& bank) {
    for (std::size_t i = 1; i < bank.branches.size(); ++i) {
      states_.emplace_back(bank, Origin{bank.branches[i]}).begin_process();
    }
    known_.resize(states_.size());
  }

  const std::vector<Block>& blocks() const { return blocks_; }

  /// One block, unless the ledger refuses all its entries.
  void add(const Bank& bank) {
    const auto at = *rc::gen::inRange<std::size_t>(0, states_.size());
    State& state = states_[at];
    catch_up(at, *rc::gen::inRange(known_[at], blocks_.size() + 1));
    for (int entries = *rc::gen::inRange(1, 4); entries > 0; --entries) {
      accept(state, any_change(bank));
    }
    for (const Block& block : state.take_accepted()) {
      blocks_.push_back(block);
    }
  }

 private:
  void accept(State& state, const Change& change) {
    const auto* grant = std::get_if<Grant>(&change);
    if (state.ledger().refusal(state.self(), change) ||
        (grant != nullptr && grant->to == state.self())) {
      return;
    }
    const VersionVector needed = *rc::gen::arbitrary<bool>() ? state.applied() : VersionVector{};
    const std::uint64_t session = 1 + ++requests_ / 100;  // so that all are remembered
    const RequestId request{state.self(), {CustomerId{1}, session}, requests_};
    state.accept(change, needed, grant ? std::nullopt : std::optional(request));
  }

  void catch_up(std::size_t at, std::size_t until) {
    for (std::size_t& i = known_[at]; i < until; ++i) {
      if (!states_[at].applied().covers(blocks_[i].end().end)) {
        states_[at].apply(blocks_[i]);
      }
    }
  }

  std::vector<State> states_;
  std::vector<std::size_t> known_;  ///< by state, the number of known blocks
  std::vector<Block> blocks_;       ///< in the order of acceptance
  std::uint64_t requests_ = 0;
};

bool is_next(const Block& block, const VersionVector& sent) {
  return block.head().first.value == sent.at(block.origin()).value + 1;
}

bool may_follow(const Block& block, const VersionVector& sent) {
  return is_next(block, sent) &&
         std::ranges::all_of(block.head().dependencies,
                             [&](const TaggedPosition& needed) { return sent.covers(needed.end); });
}

/// The same blocks in another order that keeps each log's order, and the dependencies if asked to.
std::vector<Block> reordered(std::vector<Block> left, bool causally) {
  std::vector<Block> out;
  VersionVector sent;
  while (!left.empty()) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (causally ? may_follow(left[i], sent) : is_next(left[i], sent)) {
        ready.push_back(i);
      }
    }
    const std::size_t chosen = *rc::gen::elementOf(ready);
    sent.raise(left[chosen].end().end);
    out.push_back(left[chosen]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(chosen));
  }
  return out;
}

/// Branch 1, with a stream from each other branch.
class Listener {
 public:
  explicit Listener(const Bank& bank) : replica_(bank, {}, State(bank, Origin{bank.branches[0]})) {
    for (std::size_t i = 1; i < bank.branches.size(); ++i) {
      const LinkId link{i};
      hear(LinkUp{link, std::nullopt});
      hear(Received{
          link,
          {Hello{identity(bank), Origin{bank.branches[i]}, {}, {}, {.counter = 1, .nonce = 0}}}});
    }
  }

  void hear(const Event& event) {
    now_ += std::chrono::microseconds(10);
    const Effects effects = replica_.step(std::span(&event, 1), now_);
    RC_ASSERT(!effects.stop);
    RC_ASSERT(effects.closes.empty());
    for (const Record& record : effects.persist) {
      if (const auto* block = std::get_if<Block>(&record)) {
        kept_.push_back(*block);
      }
    }
  }

  const State& state() const { return replica_.state(); }
  const std::vector<Block>& kept() const { return kept_; }

 private:
  Replica replica_;
  Instant now_{std::chrono::seconds(1)};
  std::vector<Block> kept_;
};

/// Each peer sends all blocks in its own order, in messages of any length, some of them twice.
/// Messages of different peers are interleaved.
void tell(Listener& listener, const std::vector<Block>& blocks, std::size_t peers) {
  struct Stream {
    LinkId link;
    std::vector<Block> blocks;
    std::size_t sent = 0;
  };
  std::vector<Stream> streams;
  for (std::size_t i = 1; i <= peers && !blocks.empty(); ++i) {
    streams.push_back({LinkId{i}, reordered(blocks, *rc::gen::arbitrary<bool>())});
  }
  while (!streams.empty()) {
    const auto chosen = *rc::gen::inRange<std::size_t>(0, streams.size());
    auto& [link, all, sent] = streams[chosen];
    const auto from = *rc::gen::arbitrary<bool>() ? sent : sent / 2;
    sent = std::min(sent + *rc::gen::inRange<std::size_t>(1, 12), all.size());
    const auto at = [&](std::size_t n) { return all.begin() + static_cast<std::ptrdiff_t>(n); };
    listener.hear(Received{link, {Blocks{{at(from), at(sent)}}}});
    if (sent == all.size()) {
      streams.erase(streams.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
  }
}

/// In the order of the stamps every prefix is causally closed, so the twin needs no buffer.
NaiveAccount twin_of(const Bank& bank, std::vector<Entry> entries) {
  std::ranges::sort(entries,
                    [](const Entry& a, const Entry& b) { return statement_order(a, b) < 0; });
  NaiveAccount out{bank.accounts[0].opening.minor, bank.accounts[0].limit.minor,
                   std::ssize(bank.branches)};
  for (const Entry& entry : entries) {
    out.history.emplace_back(entry.id.origin, entry.change);
    RC_ASSERT(out.rights(entry.id.origin) >= 0);
  }
  return out;
}

void expect_same(const State& state, const NaiveAccount& twin, const Bank& bank,
                 const std::vector<Entry>& entries) {
  const Account& account = *state.ledger().find(kSharedAccount);
  RC_ASSERT(account.balance().minor == twin.balance());
  RC_ASSERT(account.outgoing().minor == twin.outgoing());
  for (const BranchId branch : bank.branches) {
    RC_ASSERT(account.rights({branch}).minor == twin.rights({branch}));
    RC_ASSERT(account.incoming(Origin{branch}).minor == twin.incoming({branch}));
  }
  for (const Entry& entry : entries) {
    const Block* block = state.logs().find(entry.id);
    RC_ASSERT(block != nullptr);
    RC_ASSERT(block->entry(entry.id.sequence.value - block->head().first.value) == entry);
    if (entry.request) {
      RC_ASSERT(state.find(*entry.request) != nullptr);
      RC_ASSERT(state.find(*entry.request)->entry == entry.id.sequence);
    }
  }
}

void expect_causal(const std::vector<Block>& kept, std::size_t all) {
  VersionVector applied;
  for (const Block& block : kept) {
    RC_ASSERT(may_follow(block, applied));
    applied.raise(block.end().end);
  }
  RC_ASSERT(kept.size() == all);
}

std::vector<Entry> entries_of(const std::vector<Block>& blocks) {
  std::vector<Entry> out;
  for (const Block& block : blocks) {
    std::ranges::copy(block.entries(), std::back_inserter(out));
  }
  return out;
}

RC_GTEST_PROP(ReplicationProperty, AnyDeliveryEndsInTheStateOfTheStatementOrder, ()) {
  const Bank bank = bank_of(*rc::gen::inRange(3U, 7U));
  History history(bank);
  const int steps = *rc::gen::inRange(1, 250);
  for (int i = 0; i < steps; ++i) {
    history.add(bank);
  }
  Listener listener(bank);
  tell(listener, history.blocks(), bank.branches.size() - 1);
  const auto entries = entries_of(history.blocks());
  expect_same(listener.state(), twin_of(bank, entries), bank, entries);
  expect_causal(listener.kept(), history.blocks().size());
}

}  // namespace
}  // namespace passbook
