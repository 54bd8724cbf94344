// SPDX-License-Identifier: Apache-2.0
// The state that all parts of a simulation share: the time, the due events, and the history.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "base/random.h"
#include "branch/step.h"
#include "customer/customer.h"
#include "lab/judges/history.h"
#include "lab/sim/agenda.h"
#include "lab/trace/trace.h"

namespace passbook::sim {

/// A machine has the name of the branch that it runs. The machine of a second process has a name of
/// its own.
inline constexpr std::uint32_t kTwins = 1'000'000;
inline BranchId twin_of(BranchId branch) { return BranchId{branch.value + kTwins}; }
inline bool is_twin(BranchId machine) { return machine.value > kTwins; }
inline BranchId branch_on(BranchId machine) {
  return is_twin(machine) ? BranchId{machine.value - kTwins} : machine;
}

// Events that can be due.

/// An event reaches a branch, if its process is still the same.
struct ReachBranch {
  BranchId branch;
  std::uint64_t process_number = 0;
  passbook::Event event;
};
/// A branch's step is due.
struct StepDue {
  BranchId branch;
  std::uint64_t process_number = 0;
};
/// The step has taken in its events, and runs.
struct StepRuns {
  BranchId branch;
  std::uint64_t process_number = 0;
};
/// The step has ended, and gives its processor back.
struct StepEnds {
  BranchId branch;
  std::uint64_t process_number = 0;
};
struct SyncEnds {
  BranchId branch;
  std::uint64_t process_number = 0;
};
/// A message reaches one end of a stream.
struct ReachEnd {
  LinkId link;
  bool to_dialed = false;
  Envelope envelope;
};
/// One end of a stream learns that it is over.
struct EndBreaks {
  LinkId link;
  bool at_dialed = false;
};
struct DialEnds {
  BranchId from;
  std::uint64_t process_number = 0;
  BranchId to;
  bool in_time = true;  ///< if not, it was given up
};
/// A client's call reaches the branch.
struct CallArrives {
  CallId call;
};
/// A copy of a call reaches a machine, perhaps long after the call has ended.
struct CopyArrives {
  BranchId machine;
  Request request;
  Duration timeout{};
};
/// A client gets the answer to a call, or learns that there will be none.
struct CallEnds {
  CallId call;
  std::optional<Answer> answer;
};
/// It is a client's time to act.
struct ClientActs {
  std::size_t client = 0;
};
/// A kind of trouble, which strikes or ends.
enum class Trouble : std::uint8_t {
  partition,
  crash,
  power_cut,
  pause,
  disk_failure,
  disk_full,
  disk_lost,
  disk_rolled_back,
  clock_jump,
  rolled_back_alone,  ///< an old copy of a disk, where no peer can be heard
  twin,
  lie,
  disk_slow,
  stays_away,  ///< from soon after its first message on a stream until the end
};
struct TroubleStrikes {
  Trouble kind = Trouble::crash;
};
struct TroubleEnds {
  Trouble kind = Trouble::crash;
  BranchId branch;
  std::uint64_t number = 0;
};
/// An operator acts on a branch.
struct OperatorActs {
  BranchId branch;
  std::uint32_t who = 0;  ///< 1 for the second operator, where two do the same
};
struct OperatorHears {
  CallId call;
  std::optional<OperatorReply> reply;
};
/// An operator's question reaches a branch.
struct QuestionArrives {
  CallId call;
};

using Due = std::variant<ReachBranch, StepDue, SyncEnds, ReachEnd, EndBreaks, DialEnds, CallArrives,
                         CopyArrives, CallEnds, ClientActs, TroubleStrikes, TroubleEnds,
                         OperatorActs, OperatorHears, QuestionArrives, StepRuns, StepEnds>;

/// How often everything occurred.
struct Coverage {
  std::array<std::uint64_t, std::variant_size_v<PeerMessage>> messages{};
  std::array<std::uint64_t, 17> outcomes{};
  std::map<std::string, std::uint64_t> faults;  ///< by name
  history::Worked worked;                       ///< without the streams open now
  std::uint64_t entries_needed = 0;             ///< entries applied where they were not accepted

  void merge(const Coverage& other);
};

/// The names of the messages, in the order of PeerMessage.
std::string_view message_name(std::size_t kind);

struct World {
  Instant now{};
  Agenda<Due> agenda;
  history::History history;
  bool tracing = false;
  std::vector<trace::Event> trace;  ///< ordered by time
  Coverage coverage;
  std::uint64_t events = 0;  ///< due events that happened

  /// The true time of day.
  std::uint64_t seconds_since_1970() const {
    constexpr std::uint64_t kBegan = 1'790'000'000;
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
    return kBegan + static_cast<std::uint64_t>(passed.count());
  }

  void later(Duration wait, Due what) { agenda.put(now + wait, std::move(what)); }
  void tell(history::What what);
  /// The same for the trace, if one is wanted.
  void show(trace::Event event) {
    if (tracing) {
      trace.push_back(std::move(event));
    }
  }
  void struck(const std::string& name) { ++coverage.faults[name]; }
};

}  // namespace passbook::sim
