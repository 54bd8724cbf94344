// SPDX-License-Identifier: Apache-2.0
// Made-up traces: a small bank's day by hand, one with faults, and a large one.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "lab/trace/trace.h"

namespace passbook::picture::testing_traces {

using trace::Act;
using trace::Event;
using trace::Message;
using trace::Process;
using trace::Trace;

inline Process branch(std::uint64_t id) { return {Process::Kind::branch, id}; }
inline Process customer(std::uint64_t id) { return {Process::Kind::customer, id}; }

inline Instant at(std::int64_t microseconds) {
  return Instant{} + std::chrono::microseconds{microseconds};
}

inline EntryId entry_of(std::uint64_t branch, std::uint64_t sequence) {
  return {{BranchId{static_cast<std::uint32_t>(branch)}, Incarnation{1}}, Sequence{sequence}};
}

/// Notes events in any order of time, and makes a trace of them: sorted, with clocks and causes.
class Notes {
 public:
  Notes(std::uint64_t branches, std::uint64_t customers, std::vector<trace::Account> accounts) {
    trace_.accounts = std::move(accounts);
    for (std::uint64_t id = 1; id <= branches; ++id) {
      trace_.processes.push_back(branch(id));
    }
    for (std::uint64_t id = 1; id <= customers; ++id) {
      trace_.processes.push_back(customer(id));
    }
  }

  void happens(const Process& process, Act act, std::int64_t when, Event event = {}) {
    event.process = process;
    event.act = act;
    event.at = at(when);
    noted_.push_back({event, next_message_});
    next_message_ += 2;
  }

  /// A message that arrives after `way` microseconds, or never if that is negative.
  void sends(const Process& from, const Process& to, std::int64_t when, std::int64_t way,
             Event event) {
    event.process = from;
    event.act = Act::send;
    event.peer = to;
    event.at = at(when);
    noted_.push_back({event, next_message_});
    if (way >= 0) {
      event.process = to;
      event.act = Act::receive;
      event.peer = from;
      event.at = at(when + way);
      noted_.push_back({event, next_message_ + 1});
    }
    next_message_ += 2;
  }

  Trace trace() && {
    std::ranges::stable_sort(noted_, {}, [](const Noted& noted) {
      return std::pair{noted.event.at, noted.message % 2};
    });
    std::map<Process, std::uint64_t> clocks;
    std::map<std::uint64_t, std::size_t> sends;
    for (Noted& noted : noted_) {
      Event& event = noted.event;
      std::optional<std::size_t> cause;
      if (event.act == Act::receive) {
        cause = sends.at(noted.message - 1);
        event.sent = trace_.events[*cause].lamport;
      }
      if (event.act < Act::stop) {
        std::uint64_t& clock = clocks[event.process];
        clock = std::max(clock, event.sent ? event.sent->value : 0) + 1;
        event.lamport = Stamp{clock};
      }
      sends[noted.message] = trace_.events.size();
      trace_.events.push_back(event);
      trace_.cause.push_back(cause);
    }
    return std::move(trace_);
  }

 private:
  struct Noted {
    Event event;
    std::uint64_t message;  // even, except that a receive has its send's number plus one
  };
  Trace trace_;
  std::vector<Noted> noted_;
  std::uint64_t next_message_ = 0;
};

/// Customers make requests one after another, and branches pass every entry to all others.
class MadeUpBank {
 public:
  MadeUpBank(std::uint64_t branches, std::uint64_t customers, std::size_t accounts = 1)
      : branches_(branches), notes_(branches, customers, openings(accounts)) {
    for (std::uint64_t id = 1; id <= branches; ++id) {
      notes_.happens(branch(id), Act::start, 0);
    }
    for (std::uint64_t id = 1; id <= customers; ++id) {
      notes_.happens(customer(id), Act::start, 100);
    }
  }

  /// One request, from its sending on. A branch that waits is late by `waits` microseconds; one
  /// that is cut off, or down, hears `late` microseconds later.
  struct Ask {
    Message what = Message::query;
    std::uint64_t customer = 1;
    std::uint64_t branch = 1;
    std::int64_t units = 0;
    std::int64_t when = 0;
    std::int64_t waits = 0;
    std::map<std::uint64_t, std::int64_t> late = {};
    std::uint64_t account = 1;
    bool answered = true;
    std::size_t progress = 0;  // reports that each branch sends of each entry
  };

  void ask(const Ask& ask) {
    const RequestId id{{BranchId{static_cast<std::uint32_t>(ask.branch)}},
                       {CustomerId{ask.customer}, 1},
                       ++numbers_[ask.customer]};
    Event event;
    event.message = ask.what;
    event.request = id;
    event.account = AccountId{ask.account};
    if (ask.what != Message::query) {
      event.amount = Money{ask.units * 100};
    }
    notes_.sends(customer(ask.customer), branch(ask.branch), ask.when, way(), event);
    std::int64_t now = ask.when + 330 + ask.waits;
    const bool poor = ask.what == Message::withdraw &&
                      balances_[{ask.branch, ask.account}] + kOpening < ask.units * 100;
    if (ask.what != Message::query && !poor) {
      now = accept(ask, event, now);
    }
    if (ask.answered) {
      answer(ask, event, now + 40, poor);
    } else {
      notes_.happens(customer(ask.customer), Act::give_up, ask.when + 4000, event);
    }
  }

  /// A fault of a branch, and its end.
  void add_fault(std::uint64_t id, Act begin, std::int64_t from, Act end, std::int64_t to,
                 std::optional<Process> peer = std::nullopt) {
    Event event;
    event.peer = peer;
    notes_.happens(branch(id), begin, from, event);
    notes_.happens(branch(id), end, to, event);
  }

  Notes& notes() { return notes_; }
  Trace trace() && { return std::move(notes_).trace(); }

 private:
  static constexpr std::int64_t kOpening = 40000;

  static std::vector<trace::Account> openings(std::size_t accounts) {
    std::vector<trace::Account> out;
    for (std::size_t id = 1; id <= accounts; ++id) {
      out.push_back({AccountId{id}, Money{kOpening}});
    }
    return out;
  }

  /// The transit time of a message: 200 to 320 microseconds.
  std::int64_t way() { return 200 + static_cast<std::int64_t>(chance_.below(120)); }

  Money applied(std::uint64_t at_branch, std::uint64_t account, std::int64_t change) {
    return Money{kOpening + (balances_[{at_branch, account}] += change)};
  }

  /// Accepts an entry and passes it to all other branches. Returns when it is confirmed.
  std::int64_t accept(const Ask& ask, Event event, std::int64_t now) {
    const std::int64_t change = (ask.what == Message::deposit ? 100 : -100) * ask.units;
    event.entry = entry_of(ask.branch, ++sequences_[ask.branch]);
    Event accepted = event;
    accepted.balance = applied(ask.branch, ask.account, change);
    notes_.happens(branch(ask.branch), Act::accept, now, accepted);
    std::int64_t last = now;
    for (std::uint64_t other = 1; other <= branches_; ++other) {
      if (other == ask.branch) {
        continue;
      }
      now += 4;
      const auto late = ask.late.find(other);
      const std::int64_t takes = way() + (late == ask.late.end() ? 0 : late->second);
      notes_.sends(branch(ask.branch), branch(other), now, takes, event);
      const std::int64_t there = now + takes + 30;
      accepted.balance = applied(other, ask.account, change);
      notes_.happens(branch(other), Act::apply, there, accepted);
      for (std::size_t i = 0; i < ask.progress; ++i) {
        report(other, 1 + (other + i * 7) % branches_,
               there + 10 + 3 * static_cast<std::int64_t>(i));
      }
      last = std::max(last, there + 15);
    }
    return ask.progress == 0 ? now : last + 350;
  }

  void report(std::uint64_t from, std::uint64_t to, std::int64_t when) {
    if (from != to) {
      Event event;
      event.message = Message::progress;
      notes_.sends(branch(from), branch(to), when, way(), event);
    }
  }

  void answer(const Ask& ask, Event event, std::int64_t when, bool poor) {
    event.message = Message::answer;
    event.result = poor ? "INSUFFICIENT_FUNDS" : "OK";
    event.balance = applied(ask.branch, ask.account, 0);
    notes_.sends(branch(ask.branch), customer(ask.customer), when, way(), event);
  }

  std::uint64_t branches_;
  Notes notes_;
  Random chance_{7};
  std::map<std::uint64_t, std::uint64_t> numbers_;
  std::map<std::uint64_t, std::uint64_t> sequences_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::int64_t> balances_;
};

/// Three branches, three customers: a deposit of 170, a withdrawal of 70, and queries.
inline Trace small() {
  MadeUpBank bank(3, 3);
  bank.ask({.what = Message::query, .customer = 1, .branch = 1, .when = 500});
  bank.ask({.what = Message::deposit,
            .customer = 2,
            .branch = 2,
            .units = 170,
            .when = 1500,
            .progress = 2});
  bank.ask({.what = Message::query, .customer = 2, .branch = 2, .when = 3400});
  bank.ask({.what = Message::withdraw,
            .customer = 3,
            .branch = 3,
            .units = 70,
            .when = 4300,
            .progress = 2});
  bank.ask({.what = Message::query, .customer = 3, .branch = 3, .when = 6200});
  return std::move(bank).trace();
}

/// A crash, a pause, a partition and a lost message, and customers who wait because of them.
inline Trace with_faults() {
  MadeUpBank bank(4, 3, 2);
  bank.ask({.what = Message::deposit,
            .customer = 1,
            .branch = 1,
            .units = 100,
            .when = 500,
            .progress = 1});
  bank.add_fault(2, Act::crash, 2600, Act::start, 6900);
  bank.ask({.what = Message::deposit,
            .customer = 2,
            .branch = 1,
            .units = 25,
            .when = 3000,
            .late = {{2, 4200}},
            .account = 2,
            .progress = 1});
  bank.add_fault(3, Act::cut, 8200, Act::mend, 12600, branch(4));
  bank.add_fault(4, Act::cut, 8200, Act::mend, 12600, branch(3));
  bank.ask({.what = Message::withdraw,
            .customer = 3,
            .branch = 3,
            .units = 60,
            .when = 8600,
            .late = {{4, 4500}}});
  bank.ask({.what = Message::query, .customer = 3, .branch = 4, .when = 9900, .waits = 3900});
  bank.add_fault(1, Act::pause, 14600, Act::resume, 17000);
  Event lost;
  lost.message = Message::heartbeat;
  bank.notes().sends(branch(1), branch(3), 14500, -1, lost);
  bank.ask({.what = Message::withdraw,
            .customer = 1,
            .branch = 1,
            .units = 900,
            .when = 14700,
            .waits = 2400,
            .answered = false});
  bank.ask({.what = Message::query, .customer = 2, .branch = 2, .when = 19300, .account = 2});
  return std::move(bank).trace();
}

/// This many requests, one after another. Each branch reports each write to six others.
inline Trace large(std::uint64_t branches, std::uint64_t customers, std::uint64_t requests) {
  MadeUpBank bank(branches, customers);
  Random chance(11);
  for (std::uint64_t i = 0; i < requests; ++i) {
    MadeUpBank::Ask ask{.customer = 1 + i % customers, .branch = 1 + chance.below(branches)};
    ask.when = 500 + static_cast<std::int64_t>(i) * 2400;
    ask.progress = 6;
    ask.units = 1 + static_cast<std::int64_t>(chance.below(90));
    const std::uint64_t what = chance.below(5);
    if (what > 0) {
      ask.what = what < 3 ? Message::deposit : Message::withdraw;
    }
    bank.ask(ask);
  }
  return std::move(bank).trace();
}

}  // namespace passbook::picture::testing_traces
