// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lab/judges/findings.h"

namespace passbook::history {
namespace {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::local:
      return "local";
    case Level::majority:
      return "majority";
    case Level::all:
      break;
  }
  return "all";
}

std::string shown(const std::optional<Money>& balance) {
  return balance ? fmt::format(", balance {}", to_string(*balance)) : std::string();
}

std::string missing(const std::optional<std::vector<BranchId>>& unreached) {
  std::string out;
  for (const BranchId branch : unreached.value_or(std::vector<BranchId>{})) {
    out += fmt::format("{}{}", out.empty() ? ", without branch " : ", ", branch.value);
  }
  return out;
}

std::string legs_of(const Applied& applied) {
  std::string out;
  for (const Leg& leg : applied.legs) {
    out += out.empty() ? "" : "; ";
    if (const auto* money = std::get_if<MoneyLeg>(&leg)) {
      out += fmt::format("{}{} on account {}", money->change > Money{} ? "+" : "",
                         to_string(money->change), money->account.value);
    } else {
      const auto& rights = std::get<RightsLeg>(leg);
      out += fmt::format("rights to {} on account {} from {} to {}", to_string(rights.amount),
                         rights.account.value, name_of(rights.from), name_of(rights.to));
    }
  }
  return out;
}

struct Describer {
  std::string operator()(const Invoked& e) const {
    return fmt::format("{} calls {}: {}, {}, ack {}", name_of(e.client), name_of(e.branch),
                       name_of(e), name_of(e.request), to_string(e.level));
  }
  std::string operator()(const Answered& e) const {
    return fmt::format("{} gets the answer to {}: {}{}{}", name_of(e.client), name_of(e.request),
                       name_of(e.result), shown(e.balance), missing(e.unreached));
  }
  std::string operator()(const Started& e) const {
    return fmt::format("{} starts with {} entries", name_of(Origin{e.branch, e.incarnation}),
                       e.entries);
  }
  std::string operator()(const Arrived& e) const {
    return fmt::format("{} receives {}", name_of(e.branch), name_of(e.request));
  }
  std::string operator()(const Applied& e) const {
    const bool own = e.entry.origin.branch == e.branch;
    const std::string why = e.request ? ", " + name_of(*e.request) : std::string();
    return fmt::format("{} {} {} ({}{}): balance {}", name_of(e.branch),
                       own ? "accepts" : "applies", name_of(e.entry), legs_of(e), why,
                       to_string(e.balance));
  }
  std::string operator()(const Synced& e) const {
    return fmt::format("{} has {} entries on its disk", name_of(e.branch), e.entries);
  }
  std::string operator()(const Replied& e) const {
    return fmt::format("{} answers {}: {}{}", name_of(e.branch), name_of(e.request),
                       name_of(e.result), shown(e.balance));
  }
  std::string operator()(const Crashed& e) const {
    return fmt::format("{} crashes", name_of(e.branch));
  }
  std::string operator()(const Stopped& e) const {
    return fmt::format("{} stops: {}", name_of(e.branch), e.why);
  }
  std::string operator()(const Paused& e) const {
    return fmt::format("{} pauses", name_of(e.branch));
  }
  std::string operator()(const Resumed& e) const {
    return fmt::format("{} resumes", name_of(e.branch));
  }
  std::string operator()(const DiskLost& e) const {
    return fmt::format("{} loses its disk", name_of(e.branch));
  }
  std::string operator()(const Twin& e) const {
    return fmt::format("{} begins: a second process of {}", name_of(e.branch), name_of(e.of));
  }
  std::string operator()(const Forked& e) const {
    return fmt::format("{} says that the log of {} has more than one history", name_of(e.branch),
                       name_of(e.of));
  }
  std::string operator()(const FaultsOver&) const { return "all faults are over"; }
  std::string operator()(const Audited& e) const {
    return fmt::format("{} ends with {} on account {}", name_of(e.branch), to_string(e.balance),
                       e.account.value);
  }
  std::string operator()(const Worked& e) const {
    return fmt::format("so far: {} steps, {} of them idle; {} messages with {} entries; {} streams",
                       e.steps, e.idle_steps, e.messages, e.entries, e.streams);
  }
  std::string operator()(const Grouped& e) const {
    std::string after;
    for (const EntryId& entry : e.after) {
      after += fmt::format("{}{}", after.empty() ? ", to be applied after " : ", ", name_of(entry));
    }
    return fmt::format("{} sends {} to {} together{}", name_of(e.branch), name_of(e.first),
                       e.last.value, after);
  }
  std::string operator()(const Calm& e) const {
    std::string parts;
    for (const auto& part : e.parts) {
      std::string ids;
      for (const BranchId branch : part) {
        ids += fmt::format("{}{}", ids.empty() ? "" : ", ", branch.value);
      }
      parts += fmt::format("{}{{{}}}", parts.empty() ? "" : " and ", ids);
    }
    return fmt::format("calm; branches can communicate only within these groups: {}", parts);
  }
  std::string operator()(const MadeUp& e) const {
    return fmt::format("{} sends made-up data", name_of(e.client));
  }
  std::string operator()(const Ended&) const { return "the end"; }
};

/// The subject of an event.
struct Subject {
  std::optional<RequestId> request;
  std::optional<EntryId> entry;
  std::optional<BranchId> branch;
  bool life = false;  ///< it begins, ends or pauses the branch's process, or the like
};

struct Subjects {
  Subject operator()(const Invoked& e) const { return {e.request, {}, e.branch}; }
  Subject operator()(const Answered& e) const { return {e.request, {}, {}}; }
  Subject operator()(const Arrived& e) const { return {e.request, {}, e.branch}; }
  Subject operator()(const Applied& e) const { return {e.request, e.entry, e.branch}; }
  Subject operator()(const Replied& e) const { return {e.request, {}, e.branch}; }
  Subject operator()(const Synced& e) const { return {{}, {}, e.branch}; }
  Subject operator()(const Audited& e) const { return {{}, {}, e.branch}; }
  Subject operator()(const FaultsOver&) const { return {}; }
  Subject operator()(const Ended&) const { return {}; }
  Subject operator()(const Worked&) const { return {}; }
  Subject operator()(const Grouped& e) const { return {{}, e.first, e.branch}; }
  Subject operator()(const Calm&) const { return {}; }
  Subject operator()(const MadeUp&) const { return {}; }
  template <class Life>
  Subject operator()(const Life& e) const {
    return {{}, {}, e.branch, true};
  }
};

}  // namespace

std::string describe(const What& what) { return std::visit(Describer{}, what); }

std::vector<std::size_t> excerpt(const History& history, const Violation& violation,
                                 std::size_t most) {
  std::set<RequestId> requests;
  std::set<EntryId> entries;
  std::set<BranchId> branches;
  std::set<std::size_t> named(violation.events.begin(), violation.events.end());
  for (const std::size_t index : violation.events) {
    const Subject subject = std::visit(Subjects{}, history.events.at(index).what);
    if (subject.request) {
      requests.insert(*subject.request);
    }
    if (subject.entry) {
      entries.insert(*subject.entry);
    }
    if (subject.branch) {
      branches.insert(*subject.branch);
    }
  }
  std::vector<std::size_t> out;
  const std::size_t end = named.empty() ? 0 : *named.rbegin() + 1;
  for (std::size_t index = 0; index < end; ++index) {
    const Subject subject = std::visit(Subjects{}, history.events[index].what);
    if (named.contains(index) || (subject.request && requests.contains(*subject.request)) ||
        (subject.entry && entries.contains(*subject.entry)) ||
        (subject.life && branches.contains(*subject.branch))) {
      out.push_back(index);
    }
  }
  if (out.size() > most) {
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(most));
  }
  return out;
}

}  // namespace passbook::history
