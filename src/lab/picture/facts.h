// SPDX-License-Identifier: Apache-2.0
// What a picture shows besides the events themselves, found in a trace: who waited, what was
// broken, how balances went, and when all replicas agreed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lab/trace/trace.h"

namespace passbook::picture {

/// Finds processes of a trace by name.
class Lanes {
 public:
  /// `processes` ascending, and outliving this.
  explicit Lanes(const std::vector<trace::Process>& processes) : processes_(processes) {}
  /// Its place in the trace's processes; nothing when it is none of them.
  std::optional<std::size_t> of(const trace::Process& process) const;

 private:
  const std::vector<trace::Process>& processes_;
};

/// A request that a branch had and could not yet go on with. Both ends are events of that branch.
struct Wait {
  enum class Until : std::uint8_t {
    accepted,  ///< for what its passbook names, or for rights
    answered,  ///< a write for confirmations, a query for what its passbook names
    ended,     ///< the branch ended, or the trace did: there was no answer
  };
  std::size_t from = 0;
  std::size_t to = 0;
  Until until = Until::answered;
  auto operator<=>(const Wait&) const = default;
};

/// A time in which something was broken.
struct Fault {
  enum class Kind : std::uint8_t { down, paused, cut };
  Kind kind = Kind::down;
  std::size_t from = 0;           ///< the crash, pause or cut
  std::optional<std::size_t> to;  ///< the start, resume or mend; nothing when there was none
  auto operator<=>(const Fault&) const = default;
};

/// The balance of one account at one branch: opening, then what each event says.
struct BalanceLine {
  std::size_t process = 0;         ///< place in the trace's processes
  std::size_t account = 0;         ///< place in the trace's accounts
  std::vector<std::size_t> steps;  ///< events that say a balance, ascending
  auto operator<=>(const BalanceLine&) const = default;
};

struct Facts {
  std::vector<Wait> waits;            ///< ascending; none that is no longer than `a_little`
  std::vector<Fault> faults;          ///< ascending
  std::vector<BalanceLine> balances;  ///< by account, then branch: one for each pair
  /// The event by which all branches had applied all entries of the trace; nothing when there are
  /// no entries, or one is missing somewhere.
  std::optional<std::size_t> agreed;
  /// The median time of a message on its way: a wait that is no longer is not worth showing.
  Duration a_little{};
};

/// Takes time in proportion to the events.
Facts facts_of(const trace::Trace& trace);

/// For each event, the one before it at the same process; nothing for a process's first.
std::vector<std::optional<std::size_t>> predecessors(const trace::Trace& trace);

/// What happened before `event` in Lamport's sense, and the event itself: one flag an event.
std::vector<bool> causal_past(const trace::Trace& trace, std::size_t event);

}  // namespace passbook::picture
