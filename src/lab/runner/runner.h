// SPDX-License-Identifier: Apache-2.0
// Runs a scenario, with a separate process for each branch and each customer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "causal/passbook.h"
#include "lab/scenario/guarantees.h"
#include "lab/scenario/scenario.h"
#include "lab/scenario/schedule.h"
#include "protocol/customer_messages.h"

namespace passbook {

/// Where the branches of a run keep their journals.
struct RunData {
  std::string path;     ///< each branch has a directory in it
  bool resume = false;  ///< go on from the balances there
};

struct RunOptions {
  ScheduleKind schedule = ScheduleKind::sequential;
  AckLevel ack = AckLevel::all;
  Guarantees guarantees = Guarantees::session();
  Duration propagation_delay{};
  Duration timeout = std::chrono::seconds(10);
  std::optional<int> base_port;
  std::optional<std::string> log_dir;
  std::optional<RunData> data;  ///< without it the journals are in memory
  /// A directory where every process writes its history, NAME.jsonl.
  std::optional<std::string> history_dir;
  /// The same for its trace.
  std::optional<std::string> trace_dir;
  /// Whether clocks are as in the clock lists of docs/clocks.md: every branch sends its own entries
  /// to every other itself, and answers do not advance the customers' clocks.
  bool listed_clocks = false;
  bool narrate = false;
};

/// One event of a scenario.
struct EventPlace {
  std::size_t listing = 0;
  std::size_t event = 0;
  auto operator<=>(const EventPlace&) const = default;
};

/// A branch's balance in the end, once it has all entries.
struct FinalBalance {
  BranchId branch;
  std::optional<Money> balance;  ///< none if it could not be learned
  std::string why;               ///< the reason, if there is no balance
};

/// The result of a run.
struct RunReport {
  std::map<BranchId, int> ports;
  ScenarioPerformed performed;       ///< in the scenario's shape
  std::vector<FinalBalance> finals;  ///< in file order; empty if the run failed before
  std::vector<BrokenGuarantee> broken;
  std::optional<std::string> failure;   ///< why the run could not be finished
  std::optional<int> interrupted;       ///< the signal that ended it
  std::size_t answered = 0;             ///< events that have an answer
  std::size_t cut_off = 0;              ///< events that were under way when the run ended
  std::size_t not_begun = 0;            ///< events not begun by then
  std::vector<std::string> last_words;  ///< the last log lines of the process that failed
  std::optional<Instant> ready;         ///< when every process was ready
  Duration start_up{};                  ///< until every process was ready
  Duration events{};                    ///< from then until the last answer
  Duration total{};                     ///< until every process had ended

  /// Whether all final balances are known and equal.
  bool agree() const;
  ScenarioResults results() const;
  /// Whether every event has its answer, so that the results may replace those of an earlier run.
  bool complete() const { return cut_off + not_begun == 0; }
  /// Whether the effect of some write is unknown.
  bool any_unknown() const;
};

/// Hears of a run's progress.
class RunStory {
 public:
  virtual ~RunStory() = default;
  /// A branch listens. Its balance comes from its journal, or else is the opening balance.
  virtual void serving(BranchId branch, int port, Money balance) = 0;
  /// All processes are ready, and the customers' channels are up.
  virtual void ready() = 0;
  /// The event's request reached a branch. A retry may arrive again, also at another branch.
  virtual void arrived(EventPlace place) = 0;
  /// Lines about an event under way, about an earlier one if they come late, or about none. An
  /// effect never comes before its cause.
  virtual void narrated(std::optional<EventPlace> place, const std::vector<std::string>& lines) = 0;
  /// An event has its answer, as `done` of the scenario's `all` events now have.
  virtual void performed(EventPlace place, const Performed& performed, std::size_t done,
                         std::size_t all) = 0;
};

/// Runs the scenario to its end and leaves no process behind, whatever happens. To be called from
/// the main thread of a process that has no other thread and has not used gRPC.
RunReport run_scenario(const Scenario& scenario, const RunOptions& options, RunStory& story);

}  // namespace passbook
