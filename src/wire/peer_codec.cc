// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "wire/codec.h"
#include "wire/parts.h"

namespace passbook::wire {
namespace {

void put(const Priority& priority, v1::Priority& out) {
  out.set_stamp(priority.stamp.value);
  out.set_branch(priority.branch.value);
}

Priority get(const v1::Priority& in) { return {Stamp{in.stamp()}, BranchId{in.branch()}}; }

struct Put {
  v1::PeerMessage& out;

  void operator()(const Hello& hello) const {
    v1::Hello& to = *out.mutable_hello();
    to.set_bank(hello.bank.value);
    wire::put(hello.from, *to.mutable_from());
    wire::put(hello.have, *to.mutable_have());
  }
  void operator()(const Entries& entries) const {
    v1::Entries& to = *out.mutable_entries();
    to.mutable_entries()->Reserve(static_cast<int>(entries.entries.size()));
    for (const Entry& entry : entries.entries) {
      wire::put(entry, *to.add_entries());
    }
  }
  void operator()(const Progress& progress) const {
    v1::Progress& to = *out.mutable_progress();
    for (const Report& report : progress.reports) {
      v1::Report& made = *to.add_reports();
      made.set_branch(report.branch.value);
      wire::put(report.position, *made.mutable_position());
    }
  }
  void operator()(const Ask& ask) const {
    v1::Ask& to = *out.mutable_ask();
    to.set_account(ask.account.value);
    put(ask.priority, *to.mutable_priority());
    to.set_missing(ask.missing.minor);
    to.set_stands_nanoseconds(static_cast<std::uint64_t>(ask.stands.count()));
  }
  void operator()(const AskEnd& end) const {
    v1::AskEnd& to = *out.mutable_ask_end();
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
  void operator()(const Heartbeat&) const { out.mutable_heartbeat(); }
};

std::optional<PeerMessage> get(const v1::Hello& in) {
  const auto from = wire::get(in.from());
  const auto have = wire::get(in.have());
  if (!from || !have) {
    return std::nullopt;
  }
  return Hello{BankId{in.bank()}, *from, *have};
}

std::optional<PeerMessage> get(const v1::Entries& in) {
  Entries out;
  out.entries.reserve(static_cast<std::size_t>(in.entries_size()));
  for (const v1::Entry& message : in.entries()) {
    auto entry = wire::get(message);
    if (!entry) {
      return std::nullopt;
    }
    out.entries.push_back(std::move(*entry));
  }
  return out;
}

std::optional<PeerMessage> get(const v1::Progress& in) {
  Progress out;
  for (const v1::Report& report : in.reports()) {
    const auto position = wire::get(report.position());
    if (!position || report.branch() == 0) {
      return std::nullopt;
    }
    out.reports.push_back({BranchId{report.branch()}, *position});
  }
  return out;
}

/// An ask can't stand for longer than any call waits; a longer one is cut, not believed.
constexpr std::uint64_t kLongestStand = 3'600'000'000'000;

}  // namespace

void encode(const PeerMessage& message, v1::PeerMessage& out) { std::visit(Put{out}, message); }

std::optional<PeerMessage> decode(const v1::PeerMessage& message) {
  switch (message.message_case()) {
    case v1::PeerMessage::kHello:
      return get(message.hello());
    case v1::PeerMessage::kEntries:
      return get(message.entries());
    case v1::PeerMessage::kProgress:
      return get(message.progress());
    case v1::PeerMessage::kAsk: {
      const v1::Ask& ask = message.ask();
      const std::uint64_t stands = std::min(ask.stands_nanoseconds(), kLongestStand);
      return Ask{AccountId{ask.account()}, get(ask.priority()), Money{ask.missing()},
                 Duration(static_cast<std::int64_t>(stands))};
    }
    case v1::PeerMessage::kAskEnd:
      return AskEnd{AccountId{message.ask_end().account()}, get(message.ask_end().priority())};
    case v1::PeerMessage::kTotalsRequest: {
      const v1::TotalsRequest& request = message.totals_request();
      return TotalsRequest{AccountId{request.account()}, get(request.priority()), request.round()};
    }
    case v1::PeerMessage::kTotalsReply: {
      const v1::TotalsReply& reply = message.totals_reply();
      return TotalsReply{AccountId{reply.account()}, get(reply.priority()), reply.round(),
                         Money{reply.incoming()}};
    }
    case v1::PeerMessage::kHeartbeat:
      return Heartbeat{};
    case v1::PeerMessage::MESSAGE_NOT_SET:
      break;
  }
  return std::nullopt;
}

}  // namespace passbook::wire
