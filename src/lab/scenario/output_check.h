// SPDX-License-Identifier: Apache-2.0
// Checks an output file against its scenario, whatever the schedule, and explains the verdict.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lab/grading/possible.h"
#include "lab/scenario/results_reader.h"
#include "lab/scenario/schedule.h"
#include "lab/scenario/sequential_check.h"

namespace passbook {

/// What an output is compared with.
struct CheckChoices {
  ScheduleKind schedule = ScheduleKind::sequential;
  Guarantees guarantees;
  RunModel model = RunModel::replicated;
};

/// Judges one file. A sequential run with all guarantees, or on one balance, has one right output.
/// In any other run the answers are right if they are possible (PossibleSearch). Finding out can
/// take long, so the caller limits the steps.
class OutputCheck {
 public:
  OutputCheck(const Scenario& scenario, const ReadResults& results, const CheckChoices& choices);

  /// Continues for about `steps` steps. True once the verdict is decided.
  bool decide(std::uint64_t steps);

  /// Whether the output is known to be right.
  bool right() const;

  /// The verdict so far. To say which answers are impossible together takes many searches, of at
  /// most `steps_each` steps each.
  Verdict verdict(std::uint64_t steps_each) const;

 private:
  /// The position of an observed event in the scenario.
  struct Origin {
    std::size_t listing = 0;
    std::size_t event = 0;
    auto operator<=>(const Origin&) const = default;
  };

  void observe();
  void observe_listing(std::size_t listing, std::size_t customer, std::uint32_t round);
  ObservedEvent observed(std::size_t listing, std::size_t event);
  void find_outcomes_not_shown();
  void find_plain_faults();
  void find_fault(std::size_t listing, std::size_t event, const std::string& what);
  void find_faults_of(std::size_t listing, std::size_t event, const Claim& claim);
  std::vector<JudgedEvent> rows(const std::set<Origin>& wrong) const;
  std::string name(std::size_t listing, std::size_t event) const;
  std::string name_answer(ObservedPlace place) const;
  bool is_shown(std::size_t listing, std::size_t event) const;

  const Scenario& scenario_;
  const ReadResults& results_;
  CheckChoices choices_;
  std::optional<Verdict> sequential_;
  ObservedRun run_;
  std::vector<std::vector<Origin>> origins_;       // of the run's events
  std::vector<ObservedPlace> outcomes_not_shown_;  // withdrawals without a result
  std::vector<std::string> faults_;                // wrong whatever the other answers are
  bool complete_ = true;                           // every event has an answer that can be judged
  std::size_t answers_ = 0;
  std::set<Origin> faulty_;
  std::optional<PossibleSearch> search_;
  Possibility found_ = Possibility::undecided;
};

}  // namespace passbook
