// SPDX-License-Identifier: Apache-2.0
// One account of a bank's events with logical clocks, from one list or from two that belong
// together, and what is wrong with it.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "lab/grading/clock_lists.h"

namespace passbook::clocks {

/// What identifies an event across lists: its process, request, direction and named process.
using Identity = std::tuple<Process, std::uint64_t, Direction, Process>;
Identity identity_of(const Event& event);

/// "branch 2"
std::string name_of(const Process& process);
/// "branch 2 sends request 3 to branch 1"
std::string describe(const Event& event);

/// The interface as the list spells it.
std::string spelling_of(const Event& event);

/// Collects the events, then judges everything except their order in the list.
class ClockListJudge {
 public:
  /// Whose events are listed. Rules that need the events of others are not checked.
  struct Parts {
    bool customers = false;
    bool branches = false;
  };

  ClockListJudge(Parts parts, const Plan* plan);

  /// Adds the object of a process, which may have no events.
  void list(const Listed& object);
  void add(const std::vector<Event>& events);
  std::vector<Finding> judge() &&;

 private:
  using Receipts = std::map<std::pair<Process, std::uint64_t>, std::vector<const Event*>>;

  void know(const Process& process) { known_.insert(process); }
  void sift();
  std::string fault_of(const Event& event) const;
  bool is_known(const Process& process) const;
  void judge_ticks(const Process& customer, std::vector<Event*>& requests);
  void judge_customers();
  void judge_branch_clocks();
  void find_interfaces();
  void judge_interfaces();
  void judge_messages();
  void judge_sent_by_customer(const Event& event);
  void judge_received(const Event& event, const Identity& sending);
  void judge_propagation();
  void judge_propagation_of(const Event& receipt, const std::map<Process, const Event*>& sent);
  void judge_senders();
  void judge_plan();
  void judge_planned(const Request& request);
  void add_finding(std::string what, std::vector<std::size_t> places) {
    findings_.push_back({std::move(what), std::move(places)});
  }
  const Event* find(const Identity& identity) const;

  Parts parts_;
  const Plan* plan_;
  std::map<std::uint64_t, Request> planned_;
  std::set<Process> known_;
  std::vector<Event> events_;  // valid on their own; with the clocks of customers corrected
  std::map<Identity, const Event*> by_identity_;
  std::map<std::uint64_t, std::vector<const Event*>> by_request_;
  Receipts receipts_;                              // of customers' requests, at branches
  std::map<std::uint64_t, Interface> interfaces_;  // of requests
  std::vector<Finding> findings_;
};

}  // namespace passbook::clocks
