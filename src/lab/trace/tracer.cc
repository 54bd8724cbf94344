// SPDX-License-Identifier: Apache-2.0
#include "lab/trace/tracer.h"

#include <utility>

namespace passbook::trace {
namespace {

Stamp later(Stamp first, std::size_t by) { return Stamp{first.value + by}; }

Message message_of(const Change& change) {
  struct Of {
    Message operator()(const Deposit&) const { return Message::deposit; }
    Message operator()(const Withdrawal&) const { return Message::withdraw; }
    Message operator()(const Grant&) const { return Message::grant; }
    Message operator()(const Release&) const { return Message::release; }
  };
  return std::visit(Of{}, change);
}

void put(const Change& change, Event& out) {
  out.message = message_of(change);
  out.account = account_of(change);
  out.amount = amount_of(change);
}

void put(const Operation& operation, Event& out) {
  if (std::holds_alternative<Abandon>(operation)) {
    out.message = Message::abandon;
    return;
  }
  out.message = Message::query;
  out.account = account_of(operation);
  if (const auto change = change_of(operation)) {
    put(*change, out);
  }
}

void put(const Entry& entry, Event& out) {
  put(entry.change, out);
  out.entry = entry.id;
  out.request = entry.request;
}

/// Describes a message between branches. The entries of `Blocks` are described one by one.
struct PutMessage {
  Event& out;

  void operator()(const Hello&) const { out.message = Message::hello; }
  void operator()(const Blocks&) const {}
  void operator()(const Progress&) const { out.message = Message::progress; }
  void operator()(const RightsRequest& ask) const {
    out.message = Message::rights_request;
    out.account = ask.account;
    out.amount = ask.missing;
  }
  void operator()(const RightsRequestCancelled& end) const {
    out.message = Message::rights_request_cancelled;
    out.account = end.account;
  }
  void operator()(const TotalsRequest& request) const {
    out.message = Message::totals_request;
    out.account = request.account;
  }
  void operator()(const TotalsReply& reply) const {
    out.message = Message::totals_reply;
    out.account = reply.account;
    out.amount = reply.incoming;
  }
  void operator()(const Dismissal&) const { out.message = Message::dismissal; }
  void operator()(const Divergence&) const { out.message = Message::divergence; }
  void operator()(const Heartbeat&) const { out.message = Message::heartbeat; }
  void operator()(const RebalanceRequest& wish) const {
    out.message = Message::rebalance_request;
    out.account = wish.account;
    out.amount = wish.amount;
  }
  void operator()(const OutcomeRequest& request) const {
    out.message = Message::outcome_request;
    out.request = request.request;
  }
  void operator()(const OutcomeReply& reply) const {
    out.message = Message::outcome_reply;
    out.request = reply.request;
    out.result = passbook::to_string(reply.outcome);
    out.entry = reply.entry;
    out.balance = reply.balance;
  }
};

/// The sends or receipts of a message, one for each entry. `clock` is that of the first.
std::vector<Event> tell(const Event& about, const Envelope& envelope, Stamp clock, bool received) {
  std::vector<Event> out;
  const auto next = [&]() -> Event& {
    const std::size_t i = out.size();
    Event& event = out.emplace_back(about);
    event.lamport = later(clock, i);
    if (received) {
      event.sent = later(envelope.clock, i);
    }
    return event;
  };
  if (const auto* blocks = std::get_if<Blocks>(&envelope.message)) {
    for (const Block& block : blocks->blocks) {
      for (const Entry& entry : block.entries()) {
        put(entry, next());
      }
    }
  } else {
    std::visit(PutMessage{next()}, envelope.message);
  }
  return out;
}

struct Tell {
  Event about;

  std::vector<Event> operator()(const RequestSeen& seen) const {
    Event out = about;
    out.act = Act::receive;
    out.lamport = seen.clock;
    out.peer = process_of(seen.request.client.customer);
    out.sent = seen.sent;
    out.request = seen.request;
    put(seen.operation, out);
    return {out};
  }
  std::vector<Event> operator()(const Replied& replied) const {
    Event out = about;
    out.act = Act::send;
    out.lamport = replied.clock;
    out.peer = process_of(replied.request.client.customer);
    put(replied.operation, out);
    out.message = Message::answer;
    out.request = replied.request;
    out.balance = replied.balance;
    out.result = passbook::to_string(replied.outcome);
    return {out};
  }
  std::vector<Event> operator()(const Accepted& accepted) const {
    return {change(Act::accept, accepted.entry, accepted.balance, accepted.entry.stamp)};
  }
  std::vector<Event> operator()(const Applied& applied) const {
    return {change(Act::apply, applied.entry, applied.balance, applied.clock)};
  }
  std::vector<Event> operator()(const MessageReceived& heard) const {
    Event out = about;
    out.act = Act::receive;
    out.peer = process_of(heard.from);
    return tell(out, heard.envelope, heard.clock, /*received=*/true);
  }
  std::vector<Event> operator()(const MessageSent& said) const {
    Event out = about;
    out.act = Act::send;
    if (said.to) {
      out.peer = process_of(*said.to);
    }
    return tell(out, said.envelope, said.envelope.clock, /*received=*/false);
  }
  template <class Other>
  std::vector<Event> operator()(const Other&) const {
    return {};
  }

 private:
  Event change(Act act, const Entry& entry, Money balance, Stamp clock) const {
    Event out = about;
    out.act = act;
    out.lamport = clock;
    out.balance = balance;
    put(entry, out);
    return out;
  }
};

Event at_customer(CustomerId by, Instant when, const Customer::Call& call, Act act, Stamp clock) {
  Event out;
  out.process = process_of(by);
  out.act = act;
  out.at = when;
  out.lamport = clock;
  out.peer = process_of(call.branch);
  out.request = call.request.id;
  put(call.request.operation, out);
  return out;
}

}  // namespace

std::vector<Event> events_of(BranchId at, Instant when, const Observation& observation) {
  Event about;
  about.process = process_of(at);
  about.at = when;
  return std::visit(Tell{about}, observation);
}

Event sent(CustomerId by, Instant when, const Customer::Call& call) {
  return at_customer(by, when, call, Act::send, call.request.clock);
}

Event answered(CustomerId by, Instant when, const Customer::Call& call, const Answer& answer,
               Stamp clock) {
  Event out = at_customer(by, when, call, Act::receive, clock);
  out.sent = answer.clock;
  out.message = Message::answer;
  out.balance = answer.balance;
  out.result = passbook::to_string(answer.outcome);
  return out;
}

Event given_up(CustomerId by, Instant when, const Customer::Call& call) {
  return at_customer(by, when, call, Act::give_up, {});
}

Event process_event(Process process, Instant when, Act act, std::optional<Process> peer) {
  Event out;
  out.process = process;
  out.act = act;
  out.at = when;
  out.peer = peer;
  return out;
}

}  // namespace passbook::trace
