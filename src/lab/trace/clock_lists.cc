// SPDX-License-Identifier: Apache-2.0
#include "lab/trace/clock_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <tuple>

#include "lab/trace/words.h"

namespace passbook::trace {
namespace {

/// A line of the lists.
struct Line {
  std::size_t request = 0;  ///< its place among those that are listed
  Process process;
  Stamp clock;
  std::string interface;
  std::string comment;
};

std::string_view word_of(Process::Kind kind) {
  return kind == Process::Kind::branch ? "branch" : "customer";
}

/// Whether an event is one that the lists show: a customer's request on its way to the first
/// branch, or an entry on its way from its origin. Answers, grants and reports are not.
bool is_listed(const Event& event) {
  if ((event.act != Act::send && event.act != Act::receive) || !event.peer || !event.request) {
    return false;
  }
  const bool write = event.message == Message::deposit || event.message == Message::withdraw;
  return write || event.message == Message::query;
}

class Lines {
 public:
  Lines(const std::vector<ListedRequest>& requests, Spelling spelling)
      : requests_(requests), spelling_(spelling) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      places_[{requests[i].customer, requests[i].number}] = i;
    }
  }

  std::optional<Line> make(const Event& event) const {
    if (!is_listed(event)) {
      return std::nullopt;
    }
    const auto place = places_.find({event.request->client.customer, event.request->number});
    if (place == places_.end()) {
      return std::nullopt;
    }
    const bool sent = event.act == Act::send;
    // The comment of a customer's event names the customer itself; that of a branch's, its peer.
    const bool own = event.process.kind == Process::Kind::customer;
    return Line{.request = place->second,
                .process = event.process,
                .clock = event.lamport,
                .interface = interface_of(event),
                .comment = fmt::format("event_{} {} {}", sent ? "sent" : "recv",
                                       sent && !own ? "to" : "from",
                                       to_string(own ? event.process : *event.peer))};
  }

  /// {"customer-request-id": 1, ...}
  std::string members(const Line& line) const {
    return fmt::format(
        R"("customer-request-id": {}, "logical_clock": {}, "interface": "{}", "comment": "{}")",
        requests_[line.request].id, line.clock.value, line.interface, line.comment);
  }

 private:
  std::string interface_of(const Event& event) const {
    std::string word(to_string(*event.message));
    if (!event.entry) {
      return word;
    }
    return (spelling_ == Spelling::propogate ? "propogate_" : "propagate_") + word;
  }

  const std::vector<ListedRequest>& requests_;
  Spelling spelling_;
  std::map<std::pair<CustomerId, std::uint64_t>, std::size_t> places_;
};

std::string join(const std::vector<std::string>& items) {
  return items.empty() ? "[]\n" : fmt::format("[\n{}\n]\n", fmt::join(items, ",\n"));
}

/// One object for each process, with its lines in the order of its clock.
std::string grouped(const Lines& lines, std::span<const Line> all,
                    const std::vector<Process>& processes) {
  std::vector<std::string> groups;
  for (const Process& process : processes) {
    std::vector<std::string> events;
    for (const Line& line : all) {
      if (line.process == process) {
        events.push_back(fmt::format("    {{{}}}", lines.members(line)));
      }
    }
    groups.push_back(fmt::format(
        "  {{\"id\": {}, \"type\": \"{}\", \"events\": [{}]}}", process.id, word_of(process.kind),
        events.empty() ? "" : fmt::format("\n{}\n  ", fmt::join(events, ",\n"))));
  }
  return join(groups);
}

}  // namespace

ClockLists make_clock_lists(const Trace& trace, const std::vector<ListedRequest>& requests,
                            Spelling spelling) {
  const Lines lines(requests, spelling);
  std::vector<Line> all;
  for (const Event& event : trace.events) {
    if (auto line = lines.make(event)) {
      all.push_back(std::move(*line));
    }
  }
  std::vector<Process> customers;
  for (const ListedRequest& request : requests) {
    const Process customer = process_of(request.customer);
    if (std::ranges::find(customers, customer) == customers.end()) {
      customers.push_back(customer);
    }
  }
  std::vector<Process> branches = trace.processes;
  std::erase_if(branches,
                [](const Process& process) { return process.kind != Process::Kind::branch; });
  std::ranges::stable_sort(all, {}, &Line::clock);
  ClockLists out{.customers = grouped(lines, all, customers),
                 .branches = grouped(lines, all, branches),
                 .events = {}};
  std::ranges::stable_sort(all, {}, [](const Line& line) {
    const bool branch = line.process.kind == Process::Kind::branch;
    return std::tuple(line.request, line.clock, branch, line.process.id);
  });
  std::vector<std::string> events;
  for (const Line& line : all) {
    events.push_back(fmt::format(R"(  {{"id": {}, "type": "{}", {}}})", line.process.id,
                                 word_of(line.process.kind), lines.members(line)));
  }
  out.events = join(events);
  return out;
}

}  // namespace passbook::trace
