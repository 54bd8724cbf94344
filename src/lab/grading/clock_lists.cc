// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/clock_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "lab/grading/clock_list_judge.h"

namespace passbook::clocks {
namespace {

/// Clocks must not go down among events with the same key. Equal clocks in one process are found
/// elsewhere; in different processes they are allowed.
template <class Key>
void judge_order(const std::vector<Event>& list, Key key, std::vector<Finding>& out) {
  std::map<decltype(key(list.front())), const Event*> last;
  for (const Event& event : list) {
    const auto [entry, is_first] = last.try_emplace(key(event), &event);
    if (!is_first && event.clock < entry->second->clock) {
      out.push_back({fmt::format("{} at {}, but is listed after {}", describe(event), event.clock,
                                 entry->second->clock),
                     {event.place, entry->second->place}});
    }
    entry->second = &event;
  }
}

void judge_orders(const Lists& lists, std::vector<Finding>& out) {
  const auto process = [](const Event& event) { return event.process; };
  for (const auto* list : {&lists.by_customer, &lists.by_branch}) {
    if (*list) {
      judge_order(**list, process, out);
    }
  }
  if (lists.all && is_by_process(lists)) {
    judge_order(
        *lists.all, [](const Event& event) { return std::pair(event.process, event.request); },
        out);
  } else if (lists.all) {
    judge_order(*lists.all, [](const Event& event) { return event.request; }, out);
  }
}

/// Whether events with the same key stand together.
template <class Key>
bool stand_together(const std::vector<Event>& list, Key key) {
  std::set<decltype(key(list.front()))> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const bool goes_on = i > 0 && key(list[i]) == key(list[i - 1]);
    if (!goes_on && !seen.insert(key(list[i])).second) {
      return false;
    }
  }
  return true;
}

/// Whether no customer's event comes after a branch's event with the same key.
template <class Key>
bool customers_come_first(const std::vector<Event>& list, Key key) {
  std::set<decltype(key(list.front()))> had_branch;
  for (const Event& event : list) {
    if (event.process.kind == ProcessKind::branch) {
      had_branch.insert(key(event));
    } else if (had_branch.contains(key(event))) {
      return false;
    }
  }
  return true;
}

bool clocks_ascend_by_request(const std::vector<Event>& list) {
  std::vector<Finding> findings;
  judge_order(list, [](const Event& event) { return event.request; }, findings);
  return findings.empty();
}

void judge_listed(const std::vector<Listed>& listed, std::vector<Finding>& out) {
  std::map<Process, std::size_t> seen;
  for (const Listed& object : listed) {
    const auto [entry, is_first] = seen.try_emplace(object.process, object.place);
    if (!is_first) {
      out.push_back({fmt::format("{} is listed twice", name_of(object.process)),
                     {object.place, entry->second}});
    }
  }
}

using ByIdentity = std::map<Identity, const Event*>;

void add_to(ByIdentity& events, const std::optional<std::vector<Event>>& list) {
  if (list) {
    for (const Event& event : *list) {
      events.try_emplace(identity_of(event), &event);
    }
  }
}

/// Compares the list of all with those of the other lists that were found.
void judge_agreement(const Lists& lists, std::vector<Finding>& out) {
  ByIdentity grouped;
  ByIdentity flat;
  add_to(grouped, lists.by_customer);
  add_to(grouped, lists.by_branch);
  add_to(flat, lists.all);
  for (const auto& [identity, event] : flat) {
    const auto& list =
        event->process.kind == ProcessKind::customer ? lists.by_customer : lists.by_branch;
    if (list && !grouped.contains(identity)) {
      out.push_back(
          {fmt::format("{}, in the list of all events only", describe(*event)), {event->place}});
    }
  }
  for (const auto& [identity, event] : grouped) {
    const auto other = flat.find(identity);
    if (other == flat.end()) {
      out.push_back(
          {fmt::format("{}, which is missing from the list of all events", describe(*event)),
           {event->place}});
    } else if (other->second->clock != event->clock) {
      out.push_back({fmt::format("{} at {}, but at {} in the list of all events", describe(*event),
                                 event->clock, other->second->clock),
                     {event->place, other->second->place}});
    } else if (other->second->interface != event->interface) {
      out.push_back({fmt::format("{} as {}, but as {} in the list of all events", describe(*event),
                                 spelling_of(*event), spelling_of(*other->second)),
                     {event->place, other->second->place}});
    }
  }
}

}  // namespace

std::string_view to_string(Interface interface) {
  switch (interface) {
    case Interface::query:
      return "query";
    case Interface::deposit:
      return "deposit";
    case Interface::withdraw:
      return "withdraw";
    case Interface::propagate_deposit:
      return "propagate_deposit";
    case Interface::propagate_withdraw:
      return "propagate_withdraw";
  }
  return "";
}

bool is_by_process(const Lists& lists) {
  if (!lists.all || clocks_ascend_by_request(*lists.all)) {
    return false;
  }
  const auto& list = *lists.all;
  const auto process = [](const Event& event) { return event.process; };
  const auto request = [](const Event& event) { return event.request; };
  const auto all = [](const Event& /*event*/) { return 0; };
  if (stand_together(list, process)) {
    return customers_come_first(list, all);
  }
  return stand_together(list, request) && customers_come_first(list, request) &&
         stand_together(list,
                        [](const Event& event) { return std::pair(event.request, event.process); });
}

std::vector<Finding> judge(const Lists& lists, const Plan* plan) {
  std::vector<Finding> out;
  judge_listed(lists.listed, out);
  judge_orders(lists, out);
  if (lists.by_customer || lists.by_branch) {
    ClockListJudge list_judge({lists.by_customer.has_value(), lists.by_branch.has_value()}, plan);
    for (const Listed& object : lists.listed) {
      list_judge.list(object);
    }
    for (const auto* list : {&lists.by_customer, &lists.by_branch}) {
      if (*list) {
        list_judge.add(**list);
      }
    }
    std::ranges::move(std::move(list_judge).judge(), std::back_inserter(out));
  }
  if (lists.all) {
    ClockListJudge list_judge({true, true}, plan);
    list_judge.add(*lists.all);
    std::ranges::move(std::move(list_judge).judge(), std::back_inserter(out));
    if (lists.by_customer || lists.by_branch) {
      judge_agreement(lists, out);
    }
  }
  std::ranges::stable_sort(out, {}, [](const Finding& finding) {
    return finding.places.empty() ? std::numeric_limits<std::size_t>::max()
                                  : finding.places.front();
  });
  return out;
}

}  // namespace passbook::clocks
