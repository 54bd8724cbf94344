// SPDX-License-Identifier: Apache-2.0
// Judges what customers were shown while they ran concurrently: whether any course of events
// explains it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/money.h"
#include "lab/grading/sequential.h"

namespace passbook {

/// Which of the session guarantees the customers were promised. Terry et al., "Session Guarantees
/// for Weakly Consistent Replicated Data", PDIS 1994.
struct PromisedGuarantees {
  bool read_your_writes = true;
  bool monotonic_writes = true;
  bool monotonic_reads = true;
  bool writes_follow_reads = true;
};

/// One request of a customer and what is known about its answer.
struct ObservedEvent {
  SequentialKind kind = SequentialKind::query;
  Money amount;  ///< > 0 for writes
  /// Of a write. `unknown`: it took effect once, then or later, or never.
  SequentialOutcome outcome = SequentialOutcome::success;
  std::optional<Money> balance;  ///< shown by the answer; a query without one says nothing
  /// All requests of a phase were answered before any request of a later phase was made. Never goes
  /// down within a customer.
  std::uint32_t phase = 0;
  /// A query that waited for every write of earlier phases, and for all that anyone saw in them.
  bool closing = false;
};

/// Customers that ran concurrently, each with one event at a time.
struct ObservedRun {
  Money opening;
  /// A deposit may be refused if all deposits together exceed this.
  Money most = Money::max();
  PromisedGuarantees promised;
  std::vector<std::vector<ObservedEvent>> customers;
};

/// Names an event of a run.
struct ObservedPlace {
  std::size_t customer = 0;
  std::size_t event = 0;

  auto operator<=>(const ObservedPlace&) const = default;
};

enum class Possibility : std::uint8_t { possible, impossible, undecided };

/// The bank that a run is compared with.
enum class RunModel : std::uint8_t {
  replicated,  ///< replicas that learn of writes at different times: see PossibleSearch
  serial,      ///< one balance: see find_serial_order
};

/// Decides whether a run is possible: whether there is a timeline of all its events that keeps each
/// customer's order and the phases, such that
/// - it has all writes that succeeded and any of the `unknown` ones, these at their time or later,
///   and the balance of all writes so far never falls below zero;
/// - each balance shown is the opening plus a set of the writes before it, its own included. The
///   set has the customer's earlier writes (read your writes; for answers to writes, monotonic
///   writes) and all that the customer was shown before (monotonic reads; for answers to writes,
///   writes follow reads). With every write, it has those that the write's customer had made before
///   (monotonic writes) and been shown before (writes follow reads);
/// - each refused withdrawal has such a set whose balance is below the amount;
/// - a deposit is refused only if all deposits together exceed `most`.
///
/// Only amounts tell which writes are in a set, so this needs a search. An attempt goes down the
/// timeline. It does at once what can't be wrong, and tries each set that explains an answer.
/// Attempts differ in what they try first. Sums are in int64. A run whose amounts might not fit, or
/// that is very large, stays undecided unless a single answer is impossible whatever the others
/// are.
class PossibleSearch {
 public:
  explicit PossibleSearch(ObservedRun run, RunModel model = RunModel::replicated);

  /// The answers that are impossible whatever the others are, in order. Known without a search.
  const std::vector<ObservedPlace>& impossible_places() const { return impossible_places_; }

  /// Makes one attempt of about `steps` steps. A step takes tens of nanoseconds to a microsecond.
  /// `possible` and `impossible` are certain and final.
  Possibility attempt(std::uint64_t steps);

 private:
  ObservedRun run_;
  RunModel model_;
  std::vector<ObservedPlace> impossible_places_;
  Possibility verdict_ = Possibility::undecided;
  bool searchable_ = true;
  std::uint64_t attempts_ = 0;
};

/// Events that explain why a run is impossible.
struct Unexplained {
  std::vector<ObservedPlace> events;  ///< these together are impossible
  bool smallest = false;              ///< without any one of them the rest is possible
};

/// Weakens an impossible run as long as it stays impossible, by whole customers first: it hides a
/// balance, drops a refusal, or makes a successful write `unknown`. A change is undone if
/// `steps_each` steps don't decide whether the run is still impossible.
Unexplained explain_impossible(const ObservedRun& run, RunModel model, std::uint64_t steps_each);

/// Whether a withdrawal can't have been refused, whatever balances the answers showed.
bool must_succeed(const ObservedRun& run, ObservedPlace withdrawal);

}  // namespace passbook
