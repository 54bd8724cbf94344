// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/clients.h"

#include "base/check.h"
#include "lab/trace/record.h"
#include "lab/trace/tracer.h"

namespace passbook::sim {
namespace {

using std::chrono::milliseconds;

/// How long a client waits before it tries again to reach a branch that is down.
constexpr Duration kReconnect = milliseconds(40);
/// A call that arrives twice does so within this time: shorter than any branch needs to restart,
/// since a copy travels on the same connection.
constexpr Duration kEcho = milliseconds(4);
constexpr std::size_t kNoted = 64;

}  // namespace

std::size_t Clients::add(const CustomerOptions& options,
                         std::function<void(std::size_t, const Performed&)> performed) {
  Client client{.id = options.client,
                .wanted = options.guarantees,
                .customer = {},
                .performed = std::move(performed),
                .ended = {},
                .call = {}};
  client.customer.emplace(options);
  clients_.push_back(std::move(client));
  return clients_.size() - 1;
}

std::size_t Clients::add_odd(ClientId id, std::function<void(std::size_t)> ended) {
  clients_.push_back({.id = id,
                      .wanted = Guarantees::eventual(),
                      .customer = {},
                      .performed = {},
                      .ended = std::move(ended),
                      .call = {}});
  world_.tell(history::MadeUp{id});
  return clients_.size() - 1;
}

void Clients::perform(std::size_t client, const CustomerEvent& event, Duration extra) {
  follow(client, customer(client).step(Customer::Perform{event, extra}, world_.now));
}

void Clients::call(std::size_t client, BranchId branch, Request request, Duration timeout) {
  make(client, {branch, std::move(request), world_.now + timeout});
}

void Clients::begin_anew(std::size_t client, const CustomerOptions& options) {
  Client& old = clients_.at(client);
  PASSBOOK_CHECK(!old.call, "only a client without a call is replaced");
  old.id = options.client;
  old.wanted = options.guarantees;
  old.customer.emplace(options);
}

void Clients::follow(std::size_t client, Customer::Effect effect) {
  if (auto* call = std::get_if<Customer::Call>(&effect)) {
    make(client, std::move(*call));
  } else {
    clients_.at(client).performed(client, std::get<Performed>(effect));
  }
}

void Clients::make(std::size_t client, Customer::Call call) {
  PASSBOOK_CHECK(!clients_.at(client).call, "a client has one call at a time");
  const CallId id{++last_call_};
  clients_.at(client).call = id;
  Customer::Call to_machine = call;
  to_machine.branch = branches_.found(call.branch);
  world_.tell(as_history(clients_.at(client).id, clients_.at(client).wanted, to_machine));
  world_.show(trace::sent(clients_.at(client).id.customer, world_.now, call));
  world_.agenda.put(call.deadline, CallEnds{id, std::nullopt});
  calls_.emplace(id, Call{.client = client, .made = std::move(call), .machine = to_machine.branch});
  if (!network_.loses()) {
    const Duration pause = std::max(Duration{}, calls_.at(id).made.begin - world_.now);
    world_.later(pause + network_.delay(), CallArrives{id});
    if (network_.doubles()) {
      world_.struck("call arrives twice");
      world_.later(network_.delay() % kEcho, CallArrives{id});
      if (const Duration late = network_.late_copy(); late > Duration{}) {
        const Customer::Call& copied = calls_.at(id).made;
        world_.later(late, CopyArrives{.machine = calls_.at(id).machine,
                                       .request = copied.request,
                                       .timeout = copied.deadline - world_.now});
      }
    }
  } else {
    world_.struck("call lost");
  }
}

void Clients::note(const Request& request) {
  if (change_of(request.operation)) {
    if (asked_.size() == kNoted) {
      asked_.erase(asked_.begin());
    }
    asked_.push_back(request);
  }
}

void Clients::happen(const CallArrives& arrives) {
  const auto found = calls_.find(arrives.call);
  if (found == calls_.end()) {
    return;
  }
  Call& call = found->second;
  const BranchId branch = call.machine;
  if (call.arrived && call.process_number != branches_.process_number(branch)) {
    return;  // the connection ended with the process
  }
  if (!branches_.alive(branch)) {
    if (is_twin(branch)) {  // a twin does not come back
      world_.later(network_.delay(), CallEnds{arrives.call, std::nullopt});
    } else {
      world_.later(kReconnect, arrives);
    }
    return;
  }
  const CallId answered_as = call.arrived ? CallId{++last_call_} : arrives.call;
  call.arrived = true;
  call.process_number = branches_.process_number(branch);
  branches_.call(branch, answered_as, call.made.request, call.made.deadline - world_.now);
}

/// Nobody waits for the answer to a copy.
void Clients::happen(const CopyArrives& arrives) {
  if (branches_.alive(arrives.machine) && !network_.calm()) {
    world_.struck("copy of an old call");
    branches_.call(arrives.machine, CallId{++last_call_}, arrives.request, arrives.timeout);
  }
}

void Clients::answered(CallId id, const Answer& answer) {
  ++world_.coverage.outcomes.at(static_cast<std::size_t>(answer.outcome));
  if (!calls_.contains(id)) {
    return;
  }
  if (network_.loses()) {
    world_.struck("answer lost");
    world_.later(network_.delay(), CallEnds{id, std::nullopt});
  } else {
    world_.later(network_.delay(), CallEnds{id, answer});
  }
}

void Clients::cut_off(BranchId branch) {
  for (const auto& [id, call] : calls_) {
    if (call.arrived && call.machine == branch) {
      world_.later(network_.delay(), CallEnds{id, std::nullopt});
    }
  }
}

void Clients::happen(const CallEnds& ends) {
  auto found = calls_.extract(ends.call);
  if (found.empty()) {
    return;  // it has ended already
  }
  const Call& call = found.mapped();
  Client& client = clients_.at(call.client);
  client.call.reset();
  const RequestId request = call.made.request.id;
  const CustomerId customer = client.id.customer;
  note(call.made.request);
  if (ends.answer) {
    world_.tell(as_history(client.id, request, *ends.answer));
  } else {
    world_.tell(unanswered(client.id, request));
    world_.show(trace::given_up(customer, world_.now, call.made));
  }
  if (!client.customer) {
    client.ended(call.client);
    return;
  }
  const Customer::Event event = ends.answer
                                    ? Customer::Event(Customer::Answered{*ends.answer, bank_})
                                    : Customer::Event(Customer::Failed{.why = "no answer"});
  Customer::Effect effect = client.customer->step(event, world_.now);
  if (ends.answer) {
    world_.show(trace::answered(customer, world_.now, call.made, *ends.answer,
                                client.customer->heard_at()));
  }
  follow(call.client, std::move(effect));
}

}  // namespace passbook::sim
