// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/clock_list_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace passbook::clocks {
namespace {

bool is_propagation(Interface interface) {
  return interface == Interface::propagate_deposit || interface == Interface::propagate_withdraw;
}

/// The interface that the customer called.
Interface asked(Interface interface) {
  switch (interface) {
    case Interface::propagate_deposit:
      return Interface::deposit;
    case Interface::propagate_withdraw:
      return Interface::withdraw;
    case Interface::query:
    case Interface::deposit:
    case Interface::withdraw:
      break;
  }
  return interface;
}

bool is_branch(const Process& process) { return process.kind == ProcessKind::branch; }

/// Whether a branch receives a customer's request.
bool is_receipt(const Event& event) {
  return event.direction == Direction::received_from && !is_branch(event.named);
}

bool is_sent_to_peer(const Event& event) { return event.direction == Direction::sent_to; }

std::string join(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    out += (out.empty() ? "" : " and ") + name;
  }
  return out;
}

}  // namespace

Identity identity_of(const Event& event) {
  return {event.process, event.request, event.direction, event.named};
}

std::string name_of(const Process& process) {
  return fmt::format("{} {}", is_branch(process) ? "branch" : "customer", process.id);
}

std::string describe(const Event& event) {
  const std::string who = name_of(event.process);
  switch (event.direction) {
    case Direction::sent_from:
      return fmt::format("{} sends request {}", who, event.request);
    case Direction::sent_to:
      return fmt::format("{} sends request {} to {}", who, event.request, name_of(event.named));
    case Direction::received_from:
      break;
  }
  return fmt::format("{} receives request {} from {}", who, event.request, name_of(event.named));
}

std::string spelling_of(const Event& event) {
  return event.spelling.empty() ? std::string(to_string(event.interface)) : event.spelling;
}

ClockListJudge::ClockListJudge(Parts parts, const Plan* plan) : parts_(parts), plan_(plan) {
  if (plan == nullptr) {
    return;
  }
  for (const std::uint64_t branch : plan->branches) {
    know({ProcessKind::branch, branch});
  }
  for (const Request& request : plan->requests) {
    know({ProcessKind::customer, request.customer});
    planned_[request.id] = request;
    interfaces_[request.id] = request.interface;
  }
}

void ClockListJudge::list(const Listed& object) {
  if (plan_ == nullptr) {
    know(object.process);
  } else if (!is_known(object.process)) {
    add_finding(fmt::format("there is no {}", name_of(object.process)), {object.place});
  }
}

void ClockListJudge::add(const std::vector<Event>& events) {
  events_.insert(events_.end(), events.begin(), events.end());
}

std::vector<Finding> ClockListJudge::judge() && {
  sift();
  judge_customers();
  judge_branch_clocks();
  find_interfaces();
  judge_interfaces();
  judge_messages();
  if (parts_.branches) {
    judge_propagation();
  }
  if (plan_ != nullptr) {
    judge_plan();
  } else {
    judge_senders();
  }
  return std::move(findings_);
}

/// Keeps the events that are valid on their own, each once, and indexes them.
void ClockListJudge::sift() {
  if (plan_ == nullptr) {
    for (const Event& event : events_) {
      know(event.process);
    }
  }
  std::map<Identity, std::size_t> places;
  std::vector<Event> sound;
  for (const Event& event : events_) {
    const std::string fault = fault_of(event);
    const auto [entry, is_first] = places.try_emplace(identity_of(event), event.place);
    if (!fault.empty()) {
      add_finding(fault, {event.place});
    } else if (!is_first) {
      add_finding(describe(event) + " twice", {event.place, entry->second});
    } else {
      sound.push_back(event);
    }
  }
  events_ = std::move(sound);
  for (const Event& event : events_) {
    by_identity_[identity_of(event)] = &event;
    by_request_[event.request].push_back(&event);
    if (is_receipt(event)) {
      receipts_[{event.named, event.request}].push_back(&event);
    }
  }
}

/// What is wrong with an event on its own; "" if nothing is.
std::string ClockListJudge::fault_of(const Event& event) const {
  for (const Process& process : {event.process, event.named}) {
    if (!is_known(process)) {
      return fmt::format("there is no {}", name_of(process));
    }
  }
  const std::string word = spelling_of(event);
  if (!is_branch(event.process)) {
    if (event.direction != Direction::sent_from || event.named != event.process) {
      return fmt::format("an event of {} must be sent from it", name_of(event.process));
    }
    return is_propagation(event.interface) ? describe(event) + " as " + word : "";
  }
  if (event.direction == Direction::sent_from) {
    return fmt::format("an event of {} must name its sender or receiver", name_of(event.process));
  }
  if (event.named == event.process) {
    return fmt::format("{}, which is itself", describe(event));
  }
  if (is_sent_to_peer(event) && !is_branch(event.named)) {
    return fmt::format("{}: answers are not listed", describe(event));
  }
  return is_propagation(event.interface) != is_branch(event.named) ? describe(event) + " as " + word
                                                                   : "";
}

bool ClockListJudge::is_known(const Process& process) const {
  const bool all_are =
      plan_ != nullptr || (is_branch(process) ? parts_.branches : parts_.customers);
  return !all_are || known_.contains(process);
}

const Event* ClockListJudge::find(const Identity& identity) const {
  const auto found = by_identity_.find(identity);
  return found == by_identity_.end() ? nullptr : found->second;
}

void ClockListJudge::judge_customers() {
  std::map<Process, std::vector<Event*>> requests;
  for (Event& event : events_) {
    if (!is_branch(event.process)) {
      requests[event.process].push_back(&event);
    }
  }
  for (auto& [customer, sent] : requests) {
    judge_ticks(customer, sent);
  }
}

/// The clocks must be 1, 2, ... in the order of the plan or, without a plan, in any order. Corrects
/// a wrong clock, so that it is not reported again for every receipt.
void ClockListJudge::judge_ticks(const Process& customer, std::vector<Event*>& requests) {
  std::map<std::uint64_t, std::uint64_t> due;
  if (plan_ != nullptr) {
    for (const Request& request : plan_->requests) {
      if (request.customer == customer.id) {
        due.try_emplace(request.id, due.size() + 1);
      }
    }
  } else {
    std::vector<Event*> sorted = requests;
    std::ranges::sort(sorted, {}, [](const Event* event) { return event->clock; });
    bool counts = true;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      counts = counts && sorted[i]->clock == i + 1;
    }
    for (const Event* event : counts ? sorted : requests) {
      due.try_emplace(event->request, due.size() + 1);
    }
  }
  for (Event* event : requests) {
    const auto found = due.find(event->request);
    if (found != due.end() && event->clock != found->second) {
      add_finding(
          fmt::format("{} at {}, expected {}", describe(*event), event->clock, found->second),
          {event->place});
      event->clock = found->second;
    }
  }
}

void ClockListJudge::judge_branch_clocks() {
  std::map<std::pair<Process, std::uint64_t>, const Event*> seen;
  for (const Event& event : events_) {
    if (!is_branch(event.process)) {
      continue;
    }
    const auto [entry, is_first] = seen.try_emplace({event.process, event.clock}, &event);
    if (!is_first) {
      add_finding(fmt::format("{} at {}, the same clock as another event: {}", describe(event),
                              event.clock, describe(*entry->second)),
                  {event.place, entry->second->place});
    }
  }
}

/// A request's interface is the plan's, else that of its sending and its receipt if they agree,
/// else that of most of its events. The receipt breaks a tie.
void ClockListJudge::find_interfaces() {
  std::map<std::uint64_t, std::map<Interface, std::size_t>> votes;
  std::map<std::uint64_t, Interface> sent;
  std::map<std::uint64_t, Interface> received;
  for (const Event& event : events_) {
    ++votes[event.request][asked(event.interface)];
    if (is_receipt(event)) {
      received.try_emplace(event.request, event.interface);
    } else if (!is_branch(event.process)) {
      sent.try_emplace(event.request, event.interface);
    }
  }
  for (const auto* interfaces : {&received, &sent}) {
    for (const auto& [request, interface] : *interfaces) {
      const bool agreed = received.contains(request) && sent.contains(request) &&
                          received.at(request) == sent.at(request);
      Interface most = interface;
      for (const auto& [other, count] : votes[request]) {
        most = !agreed && count > votes[request][most] ? other : most;
      }
      interfaces_.try_emplace(request, most);
    }
  }
}

void ClockListJudge::judge_interfaces() {
  for (const Event& event : events_) {
    const auto found = interfaces_.find(event.request);
    if (found != interfaces_.end() && found->second != asked(event.interface)) {
      add_finding(fmt::format("{} as {}, but it is a {}", describe(event), spelling_of(event),
                              to_string(found->second)),
                  {event.place});
    }
  }
}

void ClockListJudge::judge_messages() {
  for (const Event& event : events_) {
    if (!is_branch(event.process)) {
      judge_sent_by_customer(event);
    } else if (is_sent_to_peer(event)) {
      if (find({event.named, event.request, Direction::received_from, event.process}) == nullptr) {
        add_finding(fmt::format("{}, which never receives it", describe(event)), {event.place});
      }
    } else if (is_branch(event.named)) {
      judge_received(event, {event.named, event.request, Direction::sent_to, event.process});
    } else if (parts_.customers) {
      judge_received(event, {event.named, event.request, Direction::sent_from, event.named});
    }
  }
}

void ClockListJudge::judge_sent_by_customer(const Event& event) {
  const auto found = receipts_.find({event.process, event.request});
  if (found == receipts_.end()) {
    if (parts_.branches) {
      add_finding(fmt::format("{}, which no branch receives", describe(event)), {event.place});
    }
    return;
  }
  for (std::size_t i = 1; i < found->second.size(); ++i) {
    const Event& second = *found->second[i];
    const Event& first = *found->second.front();
    add_finding(fmt::format("{}, as does {}", describe(second), name_of(first.process)),
                {second.place, first.place});
  }
}

void ClockListJudge::judge_received(const Event& event, const Identity& sending) {
  const Event* sent = find(sending);
  if (sent == nullptr) {
    add_finding(fmt::format("{}, which never sends it", describe(event)), {event.place});
  } else if (event.clock <= sent->clock) {
    add_finding(
        fmt::format("{} at {}, but it was sent at {}", describe(event), event.clock, sent->clock),
        {event.place, sent->place});
  }
}

/// Two customers must not make the same request.
void ClockListJudge::judge_senders() {
  std::map<std::uint64_t, const Event*> senders;
  for (const Event& event : events_) {
    if (is_branch(event.process)) {
      continue;
    }
    const auto [entry, is_first] = senders.try_emplace(event.request, &event);
    if (!is_first) {
      add_finding(fmt::format("{}, as does {}", describe(event), name_of(entry->second->process)),
                  {event.place, entry->second->place});
    }
  }
}

/// The branch that received a request must pass it on to the others.
void ClockListJudge::judge_propagation() {
  std::map<std::pair<Process, std::uint64_t>, std::map<Process, const Event*>> sent;
  std::set<std::pair<Process, std::uint64_t>> received;
  for (const Event& event : events_) {
    if (is_sent_to_peer(event)) {
      sent[{event.process, event.request}][event.named] = &event;
    } else if (is_receipt(event)) {
      received.insert({event.process, event.request});
    }
  }
  for (const auto& [customer_and_request, receipts] : receipts_) {
    for (const Event* receipt : receipts) {
      judge_propagation_of(*receipt, sent[{receipt->process, receipt->request}]);
    }
  }
  for (const auto& [origin, events] : sent) {
    if (!events.empty() && !received.contains(origin)) {
      const Event& first = *events.begin()->second;
      add_finding(fmt::format("{}, but never received it from a customer", describe(first)),
                  {first.place});
    }
  }
}

void ClockListJudge::judge_propagation_of(const Event& receipt,
                                          const std::map<Process, const Event*>& sent) {
  const Interface asked_for = interfaces_.at(receipt.request);
  std::vector<std::string> missing;
  for (const Process& process : known_) {
    if (is_branch(process) && process != receipt.process && !sent.contains(process)) {
      missing.push_back(name_of(process));
    }
  }
  const bool refused = asked_for == Interface::withdraw && sent.empty();
  if (asked_for != Interface::query && !missing.empty() && !refused) {
    add_finding(fmt::format("{}, a {}, but never sends it to {}", describe(receipt),
                            to_string(asked_for), join(missing)),
                {receipt.place});
  }
  for (const auto& [to, event] : sent) {
    if (event->clock < receipt.clock) {
      add_finding(fmt::format("{} at {}, before it receives it at {}", describe(*event),
                              event->clock, receipt.clock),
                  {event->place, receipt.place});
    }
  }
}

void ClockListJudge::judge_plan() {
  for (const auto& [request, events] : by_request_) {
    if (!planned_.contains(request)) {
      const Event& first = *events.front();
      add_finding(fmt::format("{}, which is not in the scenario", describe(first)), {first.place});
    }
  }
  for (const Request& request : plan_->requests) {
    judge_planned(request);
  }
}

void ClockListJudge::judge_planned(const Request& request) {
  const Process customer{ProcessKind::customer, request.customer};
  const Process branch{ProcessKind::branch, request.branch};
  bool is_there = find({customer, request.id, Direction::sent_from, customer}) != nullptr;
  for (const Event* about : by_request_[request.id]) {
    const Event& event = *about;
    const bool by_another = !is_branch(event.process) && event.process != customer;
    if (by_another || (is_receipt(event) && event.named != customer)) {
      add_finding(fmt::format("{}, but it is {}'s", describe(event), name_of(customer)),
                  {event.place});
      is_there = true;
    } else if (is_receipt(event)) {
      is_there = true;
      if (event.process != branch) {
        add_finding(fmt::format("{}, but it is for {}", describe(event), name_of(branch)),
                    {event.place});
      }
    }
  }
  if (!is_there) {
    add_finding(fmt::format("{} never makes request {} ({})", name_of(customer), request.id,
                            to_string(request.interface)),
                {});
  }
}

}  // namespace passbook::clocks
