// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "wire/codec.h"
#include "wire/parts.h"
#include "wire/progress_codec.h"

namespace passbook::wire {
namespace {

void put(const Priority& priority, v1::Priority& out) {
  out.set_stamp(priority.stamp.value);
  out.set_branch(priority.branch.value);
}

Priority get(const v1::Priority& in) { return {Stamp{in.stamp()}, BranchId{in.branch()}}; }

void put(const ProcessId& process, v1::Process& out) {
  out.set_counter(process.counter);
  out.set_nonce(process.nonce);
}

ProcessId get(const v1::Process& in) { return {in.counter(), in.nonce()}; }

struct Put {
  v1::PeerMessage& out;

  void operator()(const Hello& hello) const {
    v1::Hello& to = *out.mutable_hello();
    to.set_bank(hello.bank.value);
    wire::put(hello.from, *to.mutable_from());
    for (const TaggedPosition& position : hello.have) {
      wire::put(position, *to.add_have());
    }
    for (const Seal& seal : hello.seals) {
      wire::put(seal, *to.add_seals());
    }
    put(hello.process, *to.mutable_process());
  }
  void operator()(const Blocks& blocks) const {
    v1::Blocks& to = *out.mutable_blocks();
    for (const Block& block : blocks.blocks) {
      to.add_blocks(block.bytes().data(), block.bytes().size());
    }
  }
  void operator()(const Progress& progress) const {
    put_progress(progress, *out.mutable_progress());
  }
  void operator()(const RightsRequest& ask) const {
    v1::RightsRequest& to = *out.mutable_rights_request();
    to.set_account(ask.account.value);
    put(ask.priority, *to.mutable_priority());
    to.set_missing(ask.missing.minor);
    to.set_stands_nanoseconds(static_cast<std::uint64_t>(ask.stands.count()));
    to.set_applied(ask.applied.value);
  }
  void operator()(const RightsRequestCancelled& end) const {
    v1::RightsRequestCancelled& to = *out.mutable_rights_request_cancelled();
    to.set_account(end.account.value);
    put(end.priority, *to.mutable_priority());
  }
  void operator()(const TotalsRequest& request) const {
    v1::TotalsRequest& to = *out.mutable_totals_request();
    to.set_account(request.account.value);
    put(request.priority, *to.mutable_priority());
    to.set_round(request.round);
  }
  void operator()(const TotalsReply& reply) const {
    v1::TotalsReply& to = *out.mutable_totals_reply();
    to.set_account(reply.account.value);
    put(reply.priority, *to.mutable_priority());
    to.set_round(reply.round);
    to.set_incoming(reply.incoming.minor);
  }
  void operator()(const RebalanceRequest& request) const {
    out.mutable_rebalance_request()->set_account(request.account.value);
    out.mutable_rebalance_request()->set_amount(request.amount.minor);
  }
  void operator()(const OutcomeRequest& request) const {
    v1::OutcomeRequest& to = *out.mutable_outcome_request();
    wire::put(request.request, *to.mutable_request());
    if (request.change) {
      wire::put_write(*request.change, to);
    }
    to.set_stands_nanoseconds(static_cast<std::uint64_t>(request.stands.count()));
    to.set_question(request.question);
  }
  void operator()(const OutcomeReply& reply) const {
    v1::OutcomeReply& to = *out.mutable_outcome_reply();
    wire::put(reply.request, *to.mutable_request());
    to.set_result(to_wire(reply.outcome));
    if (reply.entry) {
      wire::put(*reply.entry, *to.mutable_entry());
    }
    if (reply.balance) {
      to.set_balance(reply.balance->minor);
    }
    to.set_question(reply.question);
    to.set_incarnation(reply.incarnation.value);
    to.set_replayed(reply.replayed);
    to.set_opens_at(reply.opens_at);
  }
  void operator()(const Dismissal& dismissal) const {
    put(dismissal.counts, *out.mutable_dismissal()->mutable_counts());
    out.mutable_dismissal()->set_connected(dismissal.connected);
  }
  void operator()(const Divergence& divergence) const {
    wire::put(divergence.yours, *out.mutable_divergence()->mutable_yours());
    wire::put(divergence.kept, *out.mutable_divergence()->mutable_kept());
  }
  void operator()(const Heartbeat& heartbeat) const {
    out.mutable_heartbeat()->set_asks(heartbeat.asks);
    out.mutable_heartbeat()->set_answers(heartbeat.answers);
  }
};

std::optional<PeerMessage> get(const v1::Hello& in) {
  const auto from = wire::get(in.from());
  if (!from || in.process().counter() == 0) {
    return std::nullopt;
  }
  auto have = wire::get_ascending(in.have());
  std::vector<Seal> seals;
  if (!have ||
      !wire::get_all(in.seals(), seals, [](const v1::Seal& seal) { return wire::get(seal); })) {
    return std::nullopt;
  }
  return Hello{BankId{in.bank()}, *from, std::move(*have), std::move(seals), get(in.process())};
}

std::optional<PeerMessage> get(const v1::Blocks& in) {
  Blocks out;
  out.blocks.reserve(static_cast<std::size_t>(in.blocks_size()));
  for (const std::string& bytes : in.blocks()) {
    auto block = Block::parse(bytes);
    if (!block) {
      return std::nullopt;
    }
    out.blocks.push_back(*std::move(block));
  }
  return out;
}

std::optional<PeerMessage> get(const v1::Progress& in) { return get_progress(in); }

/// No request stands for longer than any call waits. Longer times are cut down to that.
Duration get_stands(std::uint64_t nanoseconds) {
  constexpr std::uint64_t kLongest = 3'600'000'000'000;
  return Duration(static_cast<std::int64_t>(std::min(nanoseconds, kLongest)));
}

std::optional<PeerMessage> get(const v1::OutcomeRequest& in) {
  return OutcomeRequest{.request = wire::get(in.request()),
                        .change = wire::get_write(in),
                        .stands = get_stands(in.stands_nanoseconds()),
                        .question = in.question()};
}

std::optional<PeerMessage> get(const v1::OutcomeReply& in) {
  const auto outcome = from_wire(in.result());
  const auto entry = in.has_entry() ? wire::get(in.entry()) : std::nullopt;
  if (!outcome || entry.has_value() != in.has_entry()) {
    return std::nullopt;
  }
  OutcomeReply out{.request = wire::get(in.request()),
                   .outcome = *outcome,
                   .entry = entry,
                   .question = in.question(),
                   .incarnation = Incarnation{in.incarnation()},
                   .replayed = in.replayed(),
                   .opens_at = in.opens_at()};
  if (in.has_balance()) {
    out.balance = Money{in.balance()};
  }
  return out;
}

std::optional<PeerMessage> get(const v1::PeerMessage& message) {
  switch (message.message_case()) {
    case v1::PeerMessage::kHello:
      return get(message.hello());
    case v1::PeerMessage::kBlocks:
      return get(message.blocks());
    case v1::PeerMessage::kProgress:
      return get(message.progress());
    case v1::PeerMessage::kRightsRequest: {
      const v1::RightsRequest& ask = message.rights_request();
      return RightsRequest{AccountId{ask.account()}, get(ask.priority()), Money{ask.missing()},
                           get_stands(ask.stands_nanoseconds()), Sequence{ask.applied()}};
    }
    case v1::PeerMessage::kRightsRequestCancelled:
      return RightsRequestCancelled{AccountId{message.rights_request_cancelled().account()},
                                    get(message.rights_request_cancelled().priority())};
    case v1::PeerMessage::kTotalsRequest: {
      const v1::TotalsRequest& request = message.totals_request();
      return TotalsRequest{AccountId{request.account()}, get(request.priority()), request.round()};
    }
    case v1::PeerMessage::kTotalsReply: {
      const v1::TotalsReply& reply = message.totals_reply();
      return TotalsReply{AccountId{reply.account()}, get(reply.priority()), reply.round(),
                         Money{reply.incoming()}};
    }
    case v1::PeerMessage::kRebalanceRequest:
      return RebalanceRequest{AccountId{message.rebalance_request().account()},
                              Money{message.rebalance_request().amount()}};
    case v1::PeerMessage::kOutcomeRequest:
      return get(message.outcome_request());
    case v1::PeerMessage::kOutcomeReply:
      return get(message.outcome_reply());
    case v1::PeerMessage::kDismissal:
      return Dismissal{get(message.dismissal().counts()), message.dismissal().connected()};
    case v1::PeerMessage::kDivergence: {
      const auto yours = wire::get(message.divergence().yours());
      const auto kept = wire::get(message.divergence().kept());
      return yours && kept ? std::optional<PeerMessage>(Divergence{*yours, *kept}) : std::nullopt;
    }
    case v1::PeerMessage::kHeartbeat:
      return Heartbeat{message.heartbeat().asks(), message.heartbeat().answers()};
    case v1::PeerMessage::MESSAGE_NOT_SET:
      break;
  }
  return std::nullopt;
}

}  // namespace

void encode(const Envelope& envelope, v1::PeerMessage& out) {
  std::visit(Put{out}, envelope.message);
  out.set_clock(envelope.clock.value);
}

std::optional<Envelope> decode(const v1::PeerMessage& message) {
  auto said = get(message);
  return said ? std::optional(Envelope{std::move(*said), Stamp{message.clock()}}) : std::nullopt;
}

}  // namespace passbook::wire
