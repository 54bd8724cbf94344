// SPDX-License-Identifier: Apache-2.0
#include "lab/picture/facts.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace passbook::picture {
namespace {

using trace::Act;
using trace::Event;
using trace::Message;
using trace::Process;
using trace::Trace;

bool is_branch(const Process& process) { return process.kind == Process::Kind::branch; }

bool is_request(const Event& event) {
  return event.act == Act::receive && event.request && is_branch(event.process) && event.peer &&
         !is_branch(*event.peer);
}

Duration median_way(const Trace& trace) {
  std::vector<Duration> ways;
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    if (const auto& cause = trace.cause[i]) {
      ways.push_back(trace.events[i].at - trace.events[*cause].at);
    }
  }
  if (ways.empty()) {
    return {};
  }
  const auto middle = ways.begin() + static_cast<std::ptrdiff_t>(ways.size() / 2);
  std::nth_element(ways.begin(), middle, ways.end());
  return *middle;
}

/// Follows the requests that are in work at each branch.
class Waits {
 public:
  Waits(const Trace& trace, Duration a_little) : trace_(trace), a_little_(a_little) {}

  void see(std::size_t at) {
    const Event& event = trace_.events[at];
    if (is_request(event)) {
      open_[event.process].try_emplace(*event.request, at);
    } else if (event.act == Act::accept && event.request) {
      step(at, Wait::Until::accepted);
    } else if (event.act == Act::send && event.message == Message::answer && event.request) {
      step(at, Wait::Until::answered);
      open_[event.process].erase(*event.request);
    } else if (event.act == Act::crash || event.act == Act::stop) {
      end(event.process, at);
    }
    last_[event.process] = at;
  }

  std::vector<Wait> finish() {
    for (const auto& [process, last] : last_) {
      end(process, last);
    }
    std::ranges::sort(found_);
    return std::move(found_);
  }

 private:
  void step(std::size_t at, Wait::Until until) {
    auto& requests = open_[trace_.events[at].process];
    const auto request = requests.find(*trace_.events[at].request);
    if (request != requests.end()) {
      note({request->second, at, until});
      request->second = at;
    }
  }

  void end(const Process& process, std::size_t at) {
    for (const auto& [request, from] : open_[process]) {
      note({from, at, Wait::Until::ended});
    }
    open_[process].clear();
  }

  void note(const Wait& wait) {
    if (trace_.events[wait.to].at - trace_.events[wait.from].at > a_little_) {
      found_.push_back(wait);
    }
  }

  const Trace& trace_;
  Duration a_little_;
  std::map<Process, std::map<RequestId, std::size_t>> open_;  // the event since which each waits
  std::map<Process, std::size_t> last_;
  std::vector<Wait> found_;
};

/// Follows the faults.
class Faults {
 public:
  explicit Faults(const Trace& trace) : trace_(trace) {}

  void see(std::size_t at) {
    switch (trace_.events[at].act) {
      case Act::crash:
      case Act::stop:
        end(Fault::Kind::paused, at);
        return begin(Fault::Kind::down, at);
      case Act::start:
        return end(Fault::Kind::down, at);
      case Act::pause:
        return begin(Fault::Kind::paused, at);
      case Act::resume:
        return end(Fault::Kind::paused, at);
      case Act::cut:
        return begin(Fault::Kind::cut, at);
      case Act::mend:
        return end(Fault::Kind::cut, at);
      default:
        return;
    }
  }

  /// A process that was asked to stop and never started again is not a fault.
  std::vector<Fault> finish() {
    for (const auto& [where, fault] : open_) {
      if (trace_.events[fault.from].act != Act::stop) {
        found_.push_back(fault);
      }
    }
    std::ranges::sort(found_, {}, [](const Fault& fault) { return fault.from; });
    return std::move(found_);
  }

 private:
  using Where = std::tuple<Process, std::optional<Process>, Fault::Kind>;

  Where where(Fault::Kind kind, std::size_t at) const {
    return {trace_.events[at].process, trace_.events[at].peer, kind};
  }

  void begin(Fault::Kind kind, std::size_t at) {
    open_.try_emplace(where(kind, at), Fault{kind, at, std::nullopt});
  }

  void end(Fault::Kind kind, std::size_t at) {
    const auto fault = open_.find(where(kind, at));
    if (fault != open_.end()) {
      fault->second.to = at;
      found_.push_back(fault->second);
      open_.erase(fault);
    }
  }

  const Trace& trace_;
  std::map<Where, Fault> open_;
  std::vector<Fault> found_;
};

std::vector<BalanceLine> balances(const Trace& trace) {
  std::vector<BalanceLine> out;
  std::map<std::pair<AccountId, Process>, std::size_t> line_of;
  for (std::size_t account = 0; account < trace.accounts.size(); ++account) {
    for (std::size_t process = 0; process < trace.processes.size(); ++process) {
      if (is_branch(trace.processes[process])) {
        line_of[{trace.accounts[account].id, trace.processes[process]}] = out.size();
        out.push_back({process, account, {}});
      }
    }
  }
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    if ((event.act == Act::accept || event.act == Act::apply) && event.balance && event.account) {
      const auto line = line_of.find({*event.account, event.process});
      if (line != line_of.end()) {
        out[line->second].steps.push_back(i);
      }
    }
  }
  return out;
}

/// A branch that crashes still has its entries; one that loses its disk has none.
std::optional<std::size_t> agreement(const Trace& trace) {
  std::map<EntryId, std::set<Process>> holders;
  std::map<Process, std::set<EntryId>> held;
  std::size_t full = 0;  // entries that all branches have
  std::optional<std::size_t> last;
  const auto branches = static_cast<std::size_t>(std::ranges::count_if(trace.processes, is_branch));
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    if ((event.act == Act::accept || event.act == Act::apply) && event.entry) {
      auto& having = holders[*event.entry];
      if (having.insert(event.process).second) {
        held[event.process].insert(*event.entry);
        full += having.size() == branches ? 1 : 0;
        last = i;
      }
    } else if (event.act == Act::disk_lost) {
      for (const EntryId& entry : held[event.process]) {
        full -= holders[entry].size() == branches ? 1 : 0;
        holders[entry].erase(event.process);
      }
      held[event.process].clear();
    }
  }
  return full == holders.size() ? last : std::nullopt;
}

}  // namespace

std::optional<std::size_t> Lanes::of(const Process& process) const {
  const auto at = std::ranges::lower_bound(processes_, process);
  if (at == processes_.end() || *at != process) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(at - processes_.begin());
}

Facts facts_of(const Trace& trace) {
  Facts out;
  out.a_little = median_way(trace);
  Waits waits(trace, out.a_little);
  Faults faults(trace);
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    waits.see(i);
    faults.see(i);
  }
  out.waits = waits.finish();
  out.faults = faults.finish();
  out.balances = balances(trace);
  out.agreed = agreement(trace);
  return out;
}

std::vector<std::optional<std::size_t>> predecessors(const Trace& trace) {
  std::map<Process, std::size_t> last;
  std::vector<std::optional<std::size_t>> out(trace.events.size());
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const auto [before, first] = last.try_emplace(trace.events[i].process, i);
    if (!first) {
      out[i] = before->second;
      before->second = i;
    }
  }
  return out;
}

std::vector<bool> causal_past(const Trace& trace, std::size_t event) {
  const auto before = predecessors(trace);
  std::vector<bool> past(trace.events.size());
  past[event] = true;
  for (std::size_t i = event + 1; i-- > 0;) {
    if (past[i]) {
      for (const auto& earlier : {before[i], trace.cause[i]}) {
        if (earlier) {
          past[*earlier] = true;
        }
      }
    }
  }
  return past;
}

}  // namespace passbook::picture
