// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/liar.h"

#include <algorithm>
#include <array>

#include "branch/topology.h"
#include "ledger/block_builder.h"

namespace passbook::sim {
namespace {

/// The greatest clock that a message may have.
constexpr Stamp kHighestStamp{std::uint64_t{1} << 62U};
constexpr std::uint64_t kFarBeyond = 1'000'000;

}  // namespace

Liar::Liar(const Setup& setup, World& world, Branches& branches)
    : setup_(setup), world_(world), branches_(branches), random_(stream_of(setup.seed, "liar")) {
  if (setup.hostile.lies > Every{}) {
    branches_.streams().alter = [this](BranchId from, Envelope& envelope) {
      alter(from, envelope);
    };
  }
  alone_ = std::ranges::any_of(setup.bank.branches,
                               [&](BranchId branch) { return has_only_liar_as_neighbour(branch); });
}

const State* Liar::state_of(BranchId branch) const {
  return branches_.alive(branch) ? &branches_.replica(branch).state() : nullptr;
}

bool Liar::lie() {
  const BranchId liar = setup_.hostile.liar;
  const auto streams = branches_.streams().of(liar);
  if (streams.empty() || state_of(liar) == nullptr) {
    return false;
  }
  const auto [link, to] = streams[random_.below(streams.size())];
  if (random_.chance(1, 3)) {
    tampers_ = true;
    return true;
  }
  const auto message = random_message(to);
  if (!message) {
    return false;
  }
  const bool far = random_.chance(1, 20);
  if (far) {
    world_.struck("clock at its end");
  }
  const Stamp clock = far ? kHighestStamp : state_of(liar)->clock().last();
  branches_.streams().send(liar, link, {*message, clock});
  return true;
}

/// Alters a message that the liar sends anyway. A Hello may claim that another branch has ended.
void Liar::alter(BranchId from, Envelope& envelope) {
  if (from != setup_.hostile.liar || !tampers_) {
    return;
  }
  if (auto* reply = std::get_if<TotalsReply>(&envelope.message)) {
    reply->incoming = impossible_amount();
    tampers_ = false;
    world_.struck("totals reply altered");
  } else if (auto* hello = std::get_if<Hello>(&envelope.message); hello != nullptr && !alone_) {
    const Origin other = origin(other_than_liar());
    hello->seals.push_back({.branch = other.branch,
                            .next = Incarnation{other.incarnation.value + 1},
                            .ends = {},
                            .final = true});
    tampers_ = false;
    world_.struck("hello altered");
  }
}

std::optional<PeerMessage> Liar::random_message(BranchId to) {
  const State& liar = *state_of(setup_.hostile.liar);
  switch (random_.below(7)) {
    case 0:
      // It may overtake the first Hello, so it must not name entries that are not on the disk yet.
      world_.struck("second hello");
      return Hello{identity(setup_.bank), liar.self(), {}, liar.seals().all(), liar.process()};
    case 1:
      return report();
    case 2:
      return request();
    case 3:
      return TotalsReply{setup_.bank.accounts.front().id,
                         {liar.clock().last(), to},
                         random_.below(3),
                         impossible_amount()};
    case 4:
      return RightsRequestCancelled{setup_.bank.accounts.front().id,
                                    {liar.clock().last(), other_than_liar()}};
    case 5:
      return divergence(to);
    default:
      return block(to);
  }
}

/// A report of entries that don't exist, by an unknown branch, or by a future incarnation.
PeerMessage Liar::report() {
  const State& liar = *state_of(setup_.hostile.liar);
  Origin by = origin(setup_.hostile.liar);
  EntryId position{origin(other_than_liar()), Sequence{kFarBeyond}};
  switch (random_.below(3)) {
    case 0:
      world_.struck("report of nonexistent entries");
      break;
    case 1:
      world_.struck("report by an unknown branch");
      by = {BranchId{999}, Incarnation{1}};
      break;
    default:
      world_.struck("report by a future incarnation");
      by = origin(other_than_liar());
      by.incarnation = Incarnation{by.incarnation.value + 5};
      position.sequence = Sequence{1};
      break;
  }
  const TaggedPosition made_up{position, Tag{random_.next()}};
  return Progress{{}, {{by, made_up, liar.process()}}, {made_up}};
}

/// Falsely claims that the end of a log was given up.
std::optional<PeerMessage> Liar::divergence(BranchId to) {
  const State* heard = state_of(to);
  if (heard == nullptr) {
    return std::nullopt;
  }
  const auto heads = heard->logs().heads().positions();
  if (heads.empty()) {
    return std::nullopt;
  }
  world_.struck("false divergence");
  const TaggedPosition yours = heads[random_.below(heads.size())];
  return Divergence{yours, {yours.end, Tag{random_.next()}}};
}

/// A request for an impossible amount, for an extreme time, or with an extreme priority.
PeerMessage Liar::request() {
  const AccountId account = setup_.bank.accounts.front().id;
  constexpr std::array kStamps = {Stamp{0}, Stamp{1}, kHighestStamp};
  // The longest time that the codec accepts, and the shortest ones.
  constexpr std::array<Duration, 3> kTimes = {std::chrono::hours(1), Duration{1}, Duration{}};
  world_.struck("absurd request");
  if (random_.chance(1, 3)) {
    return RebalanceRequest{account, impossible_amount()};
  }
  return RightsRequest{account,
                       {kStamps.at(random_.below(kStamps.size())), setup_.hostile.liar},
                       impossible_amount(),
                       kTimes.at(random_.below(kTimes.size()))};
}

/// A block that spends more rights than the liar has, that forges another branch's next block, or
/// that is invalid.
std::optional<PeerMessage> Liar::block(BranchId to) {
  const State* heard = state_of(to);
  const Origin other = origin(other_than_liar());
  if (heard == nullptr || is_twin(to)) {
    return std::nullopt;
  }
  const AccountId account = setup_.bank.accounts.front().id;
  const auto next = [&](Origin of) {
    const Head head = heard->logs().head(of);
    return BlockHead{.origin = of,
                     .process = {.counter = 1, .nonce = 0},
                     .first = Sequence{head.end.value + 1},
                     .stamp = heard->clock().last(),
                     .dependencies = {},
                     .previous = head.digest};
  };
  BlockHead head = next(origin(setup_.hostile.liar));
  Change change = Deposit{account, Money{1000}};
  switch (random_.below(5)) {
    case 0:
      world_.struck("withdrawal beyond its rights");
      change = Withdrawal{account, Money{Money::max().minor / 2}};
      break;
    case 1:
      if (other.branch == to || !setup_.hostile.forges) {
        return std::nullopt;
      }
      world_.struck("forged block of another branch");
      head = next(other);
      break;
    case 2:
      world_.struck("block beyond a gap");
      head.first = Sequence{head.first.value + kFarBeyond};
      head.previous = digest_of("of nothing");
      break;
    case 3:
      world_.struck("entry for an unknown account");
      change = Deposit{AccountId{999}, Money{1000}};
      break;
    default:
      world_.struck("block from the far future");
      head.stamp = Stamp{kNumberLimit - 1};
      break;
  }
  BlockBuilder builder(head);
  builder.add({change, {}, 0});
  return Blocks{{std::move(builder).finish()}};
}

Money Liar::impossible_amount() {
  constexpr std::array kAmounts = {Money::max(), Money{-1}, Money{-1'000'000}};
  return kAmounts.at(random_.below(kAmounts.size()));
}

bool Liar::has_only_liar_as_neighbour(BranchId branch) const {
  const Topology topology(setup_.bank.branches, branch, setup_.options.full_mesh,
                          setup_.options.mesh_shape);
  return std::ranges::equal(topology.neighbours(), std::array{setup_.hostile.liar});
}

BranchId Liar::other_than_liar() {
  BranchId out = setup_.hostile.liar;
  while (out == setup_.hostile.liar) {
    out = branches_.ids()[random_.below(branches_.ids().size())];
  }
  return out;
}

}  // namespace passbook::sim
