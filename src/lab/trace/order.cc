// SPDX-License-Identifier: Apache-2.0
#include "lab/trace/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <tuple>

#include "base/check.h"
#include "lab/trace/words.h"

namespace passbook::trace {
namespace {

/// Finds the send that each receipt belongs to.
class Sends {
 public:
  explicit Sends(const std::vector<Event>& events) : events_(events) {
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].act == Act::send) {
        by_clock_[{events[i].process, events[i].lamport}].push_back(i);
      }
    }
  }

  std::optional<std::size_t> find(const Event& receipt) const {
    const auto found = by_clock_.find({*receipt.peer, *receipt.sent});
    if (found == by_clock_.end()) {
      return std::nullopt;
    }
    std::optional<std::size_t> out;
    for (const std::size_t send : found->second) {
      const Event& sent = events_[send];
      const bool fits =
          sent.message == receipt.message && sent.peer.value_or(receipt.process) == receipt.process;
      if (fits && (!out || sent.at <= receipt.at)) {
        out = send;
      }
    }
    return out;
  }

 private:
  const std::vector<Event>& events_;
  std::map<std::pair<Process, Stamp>, std::vector<std::size_t>> by_clock_;
};

std::vector<Process> all_processes(std::vector<Process> named, const std::vector<Event>& events) {
  for (const Event& event : events) {
    named.push_back(event.process);
    if (event.peer) {
      named.push_back(*event.peer);
    }
  }
  std::ranges::sort(named);
  const auto repeated = std::ranges::unique(named);
  named.erase(repeated.begin(), repeated.end());
  return named;
}

}  // namespace

std::expected<Trace, std::string> in_causal_order(std::vector<Process> processes,
                                                  std::vector<Account> accounts,
                                                  const std::vector<Event>& events) {
  Trace out{.processes = all_processes(std::move(processes), events),
            .accounts = std::move(accounts),
            .events = {},
            .cause = {}};
  const Sends sends(events);
  std::vector<std::vector<std::size_t>> lanes(out.processes.size());
  std::vector<std::optional<std::size_t>> cause(events.size());
  std::vector<std::vector<std::size_t>> waiting(events.size());  // for a send: lanes
  for (std::size_t i = 0; i < events.size(); ++i) {
    lanes[lane_of(out, events[i].process)].push_back(i);
    if (events[i].act == Act::receive && events[i].peer && events[i].sent) {
      cause[i] = sends.find(events[i]);
    }
  }
  // The lanes whose next event may come now, the earliest first.
  using Ready = std::tuple<Instant, std::size_t>;
  std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready;
  std::vector<std::size_t> next(lanes.size());
  std::vector<std::optional<std::size_t>> place(events.size());
  const auto look_at = [&](std::size_t lane) {
    if (next[lane] == lanes[lane].size()) {
      return;
    }
    const std::size_t event = lanes[lane][next[lane]];
    if (cause[event] && !place[*cause[event]]) {
      waiting[*cause[event]].push_back(lane);
    } else {
      ready.emplace(events[event].at, lane);
    }
  };
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    look_at(lane);
  }
  // In a circle, a send that is later by the clocks of the machines must be another one with the
  // same number: a process may have restarted with old numbers, or may lie.
  const auto break_circle = [&] {
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      if (next[lane] < lanes[lane].size()) {
        std::optional<std::size_t>& sent = cause[lanes[lane][next[lane]]];
        if (sent && events[*sent].at > events[lanes[lane][next[lane]]].at) {
          std::erase(waiting[*sent], lane);
          sent.reset();
          look_at(lane);
          return true;
        }
      }
    }
    return false;
  };
  while (!ready.empty() || break_circle()) {
    const std::size_t lane = std::get<1>(ready.top());
    ready.pop();
    const std::size_t event = lanes[lane][next[lane]++];
    place[event] = out.events.size();
    out.events.push_back(events[event]);
    out.cause.push_back(cause[event] ? place[*cause[event]] : std::nullopt);
    std::ranges::for_each(waiting[event], look_at);
    look_at(lane);
  }
  if (out.events.size() < events.size()) {
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      if (next[lane] < lanes[lane].size()) {
        const Event& stuck = events[lanes[lane][next[lane]]];
        return std::unexpected(
            fmt::format("{}, clock {}: something was received before it was sent",
                        to_string(stuck.process), stuck.lamport.value));
      }
    }
  }
  return out;
}

VectorClocks::VectorClocks(const Trace& trace)
    : trace_(trace),
      clocks_(trace.processes.size(), std::vector<std::uint32_t>(trace.processes.size())),
      received_(trace.events.size()) {
  for (const auto& cause : trace.cause) {
    if (cause) {
      received_[*cause] = true;
    }
  }
}

const std::vector<std::uint32_t>& VectorClocks::next() {
  PASSBOOK_CHECK(at_ < trace_.events.size(), "there is one clock for each event");
  const std::size_t event = at_++;
  const std::size_t lane = lane_of(trace_, trace_.events[event].process);
  std::vector<std::uint32_t>& clock = clocks_[lane];
  if (const auto cause = trace_.cause[event]) {
    // Not erased, since two events receive one send if a copy of it arrives.
    const std::vector<std::uint32_t>& sent = sent_.at(*cause);
    for (std::size_t i = 0; i < clock.size(); ++i) {
      clock[i] = std::max(clock[i], sent[i]);
    }
  }
  ++clock[lane];
  if (received_[event]) {
    sent_.emplace(event, clock);
  }
  return clock;
}

std::size_t lane_of(const Trace& trace, Process process) {
  const auto found = std::ranges::lower_bound(trace.processes, process);
  PASSBOOK_CHECK(found != trace.processes.end() && *found == process, "every process has a lane");
  return static_cast<std::size_t>(found - trace.processes.begin());
}

}  // namespace passbook::trace
