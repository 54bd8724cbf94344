// SPDX-License-Identifier: Apache-2.0
// Facts that a picture shows besides the events, derived from a trace: waits, faults, the balances
// over time, and when all replicas agreed.
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
  /// `processes` must ascend and outlive this.
  explicit Lanes(const std::vector<trace::Process>& processes) : processes_(processes) {}
  /// Its place in the trace's processes; nothing if it is not one of them.
  std::optional<std::size_t> of(const trace::Process& process) const;

 private:
  const std::vector<trace::Process>& processes_;
};

/// A wait of a request at a branch, which could not go on with it. Both ends are events of that
/// branch.
struct Wait {
  enum class Until : std::uint8_t {
    accepted,  ///< it waited for the entries that its passbook names, or for rights
    answered,  ///< a write waited for confirmations, a query for the entries that its passbook
               ///< names
    ended,     ///< the branch or the trace ended without an answer
  };
  std::size_t from = 0;
  std::size_t to = 0;
  Until until = Until::answered;
  auto operator<=>(const Wait&) const = default;
};

/// A period in which something was broken.
struct Fault {
  enum class Kind : std::uint8_t { down, paused, cut };
  Kind kind = Kind::down;
  std::size_t from = 0;  ///< the crash, pause or cut
  /// The start, resume or mend, if there was one. A crash or stop ends a pause.
  std::optional<std::size_t> to;
  auto operator<=>(const Fault&) const = default;
};

/// The balance of one account at one branch: the opening, then the balance at each event.
struct BalanceLine {
  std::size_t process = 0;         ///< place in the trace's processes
  std::size_t account = 0;         ///< place in the trace's accounts
  std::vector<std::size_t> steps;  ///< the events that have a balance, ascending
  auto operator<=>(const BalanceLine&) const = default;
};

struct Facts {
  std::vector<Wait> waits;            ///< ascending; only waits longer than `a_little`
  std::vector<Fault> faults;          ///< ascending
  std::vector<BalanceLine> balances;  ///< one for each pair of account and branch, in this order
  /// The event at which all branches had applied all entries of the trace; nothing if there are no
  /// entries, or one is missing somewhere.
  std::optional<std::size_t> agreed;
  /// The median transit time of messages. Shorter waits are not worth showing.
  Duration a_little{};
};

/// Takes time linear in the events.
Facts facts_of(const trace::Trace& trace);

/// For each event, the previous one at the same process; nothing for a process's first.
std::vector<std::optional<std::size_t>> predecessors(const trace::Trace& trace);

/// The causal past of `event` in Lamport's sense, itself included, as one flag per event.
std::vector<bool> causal_past(const trace::Trace& trace, std::size_t event);

}  // namespace passbook::picture
