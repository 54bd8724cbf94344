// SPDX-License-Identifier: Apache-2.0
// Judges what customers were shown while they ran at the same time: whether any course of events
// at all explains it.
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

/// One request of a customer and what is known of its answer.
struct ObservedEvent {
  SequentialKind kind = SequentialKind::query;
  Money amount;  ///< > 0 for writes
  /// Of a write. `unknown`: it took effect once, then or later, or never.
  SequentialOutcome outcome = SequentialOutcome::success;
  std::optional<Money> balance;  ///< shown by the answer; a query without one says nothing
  /// Everything of a phase was answered before anything of a later phase was asked. Never falls
  /// within a customer.
  std::uint32_t phase = 0;
  /// A query that waited for every write of earlier phases, and for all that anyone saw in them.
  bool closing = false;
};

/// Customers that ran at the same time, each one event after another.
struct ObservedRun {
  Money opening;
  /// A deposit may be refused when this is less than all deposits together.
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

/// What a run is held against.
enum class RunModel : std::uint8_t {
  replicated,  ///< replicas that learn of writes at different times: see PossibleSearch
  serial,      ///< one balance: see find_serial_order
};

/// The question whether a run is possible: whether there is a timeline of all its events, with
/// each customer's own order and the phases kept, such that
/// - the writes that succeeded are in it, and of those with outcome `unknown` any, at their time
///   or later; the balance of all writes so far never falls below zero;
/// - each balance shown is the opening and a set of the writes before it, its own included. The
///   set has the customer's earlier writes (read your writes; for answers of writes, monotonic
///   writes) and all that it was shown before (monotonic reads; for answers of writes, writes
///   follow reads). With every write it has those that the write's customer had made before
///   (monotonic writes) and been shown before (writes follow reads);
/// - for each withdrawal refused there is such a set with less than the amount;
/// - a deposit is refused only when all deposits together exceed `most`.
///
/// Amounts alone tell which writes are in a set, so the answer is searched for. An attempt goes
/// down the timeline: what can't be wrong is done at once, and among the sets that explain an
/// answer each is tried. Attempts differ in what they try first. Sums are in int64: a run whose
/// amounts might not fit, or that is very large, stays undecided unless a single answer is
/// impossible by itself.
class PossibleSearch {
 public:
  explicit PossibleSearch(ObservedRun run, RunModel model = RunModel::replicated);

  /// The answers that nothing explains, whatever the others are; found at once. In order.
  const std::vector<ObservedPlace>& hopeless() const { return hopeless_; }

  /// One attempt of about so many steps; a step is some tens of nanoseconds to a microsecond.
  /// `possible` and `impossible` are certain, and stay.
  Possibility attempt(std::uint64_t steps);

 private:
  ObservedRun run_;
  RunModel model_;
  std::vector<ObservedPlace> hopeless_;
  Possibility verdict_ = Possibility::undecided;
  bool searchable_ = true;
  std::uint64_t attempts_ = 0;
};

/// What can still be left out of an impossible run.
struct Unexplained {
  std::vector<ObservedPlace> events;  ///< these together are impossible
  bool smallest = false;              ///< without any one of them the rest is possible
};

/// Takes answers of an impossible run back, customers at first, as long as the rest is impossible:
/// a balance is no more shown, a refusal never happened, a write that succeeded is `unknown`.
/// Whatever isn't decided within the steps for one question is kept.
Unexplained explain_impossible(const ObservedRun& run, RunModel model, std::uint64_t steps_each);

/// Whether a withdrawal can't have been refused, whatever the answers to other customers are.
bool must_succeed(const ObservedRun& run, ObservedPlace withdrawal);

}  // namespace passbook
