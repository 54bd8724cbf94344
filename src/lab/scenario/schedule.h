// SPDX-License-Identifier: Apache-2.0
// Which customer performs what, when: the three ways to play a scenario.
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

/// `sequential`: listings one after another in file order, each beginning with the passbook that
/// the one before ended with. `concurrent`: all customers at once. `settled`: the k-th listings
/// of all customers are round k; in a round all run at once, and each listing's closing queries
/// (those after its last write) wait until every write of the round is answered and then carry
/// all passbooks, so that they show the settled balance.
enum class ScheduleKind : std::uint8_t { sequential, concurrent, settled };

std::string_view to_string(ScheduleKind kind);

/// The schedule for a file whose user asked for none: settled when queries carry money.
ScheduleKind natural_schedule(const Dialect& dialect);

/// Some events of one listing, for its customer to perform now.
struct Assignment {
  std::size_t listing = 0;
  std::size_t first = 0;  ///< index of the first event
  std::size_t end = 0;    ///< one past the last
  /// What the first event waits for beside what the customer carries, or, of closing queries, all.
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

  /// What begins at once.
  std::vector<Assignment> start();

  /// An event was answered with this passbook. All of them together are what closing queries wait
  /// for: what a customer carries at the end of a round may be less, when it asks for few
  /// guarantees.
  void answered(const HeldPassbook& held) { seen_by_all_.merge(held); }
  const HeldPassbook& seen_by_all() const { return seen_by_all_; }

  /// All events of a listing's current assignment have ended, or its customer is gone. `held` is
  /// the customer's passbook now. Returns what begins next.
  std::vector<Assignment> finished(std::size_t listing, const HeldPassbook& held);

  bool done() const { return under_way_.empty(); }

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
  std::set<std::size_t> under_way_;
  HeldPassbook seen_by_all_;
  std::size_t round_ = 0;
  bool closing_ = false;
};

}  // namespace passbook
