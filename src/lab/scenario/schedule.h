// SPDX-License-Identifier: Apache-2.0
// Decides which customer performs which events when: the three ways to play a scenario.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "customer/customer.h"
#include "lab/scenario/scenario.h"

namespace passbook {

/// `sequential`: listings run one after another in file order, each from the passbook at the end of
/// the previous one. `concurrent`: all customers run at once. `settled`: the k-th listings of all
/// customers are round k and run at once. Closing queries (those after a listing's last write) wait
/// until every write of the round is answered. They then carry all passbooks, so that they show the
/// settled balance.
enum class ScheduleKind : std::uint8_t { sequential, concurrent, settled };

std::string_view to_string(ScheduleKind kind);

/// The default schedule of a file: settled if queries carry money, else sequential.
ScheduleKind default_schedule(const Dialect& dialect);

/// Some events of one listing, for its customer to perform now.
struct Assignment {
  std::size_t listing = 0;
  std::size_t first = 0;  ///< index of the first event
  std::size_t end = 0;    ///< one past the last
  /// What the first event, or each closing query, waits for besides the customer's own passbook.
  HeldPassbook base;
  bool closing = false;  ///< queries that wait for the whole round

  bool operator==(const Assignment&) const = default;
};

/// One past the last write of a listing; the rest are closing queries.
std::size_t closing_from(const Listing& listing);

/// Hands out assignments as earlier ones end. Every event is assigned exactly once; a customer
/// has at most one assignment at a time.
class Schedule {
 public:
  Schedule(ScheduleKind kind, const Scenario& scenario);

  /// The assignments that begin at once.
  std::vector<Assignment> start();

  /// Notes that an event was answered with this passbook. Closing queries wait for all of these
  /// passbooks together. The ones that customers carry at the end of a round may hold less, if
  /// customers ask for few guarantees.
  void answered(const HeldPassbook& held) { seen_by_all_.merge(held); }
  const HeldPassbook& seen_by_all() const { return seen_by_all_; }

  /// Notes that all events of a listing's current assignment have ended, or that its customer is
  /// gone. `held` is the customer's passbook now. Returns the assignments that begin next.
  std::vector<Assignment> finished(std::size_t listing, const HeldPassbook& held);

  bool done() const { return running_.empty(); }

 private:
  std::vector<Assignment> begin(std::vector<Assignment> assignments);
  std::vector<Assignment> next_sequential(std::size_t listing, const HeldPassbook& held);
  std::vector<Assignment> next_concurrent(std::size_t listing);
  std::vector<Assignment> next_settled();
  std::vector<Assignment> round_writes();
  std::vector<Assignment> round_closing() const;
  Assignment whole(std::size_t listing) const;
  std::size_t closing_from(std::size_t listing) const;

  ScheduleKind kind_;
  const Scenario& scenario_;
  std::map<CustomerId, std::vector<std::size_t>> rounds_;  ///< each customer's listings
  std::set<std::size_t> running_;
  HeldPassbook seen_by_all_;
  std::size_t round_ = 0;
  bool closing_ = false;
};

}  // namespace passbook
