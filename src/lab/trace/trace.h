// SPDX-License-Identifier: Apache-2.0
// A trace: the actions of every process of a bank, with logical clocks and the messages between
// processes. It is for people to look at; judges read histories (lab/judges/history.h).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"

namespace passbook::trace {

/// A lane of the picture. A restarted branch stays in its lane.
struct Process {
  enum class Kind : std::uint8_t { branch, customer };
  Kind kind = Kind::branch;
  std::uint64_t id = 0;
  auto operator<=>(const Process&) const = default;
};

constexpr Process process_of(BranchId branch) { return {Process::Kind::branch, branch.value}; }
constexpr Process process_of(CustomerId customer) {
  return {Process::Kind::customer, customer.value};
}

/// What a process did, or what happened to it.
enum class Act : std::uint8_t {
  send,       ///< a message to `peer`
  receive,    ///< a message from `peer`, sent when its clock showed `sent`
  accept,     ///< it accepts an entry of its own; `balance` is after it
  apply,      ///< it applies another's entry; `balance` is after it
  give_up,    ///< a customer gives up waiting for the answer to `request`
  start,      ///< the process begins, with an empty memory
  stop,       ///< it ends because it was asked to, or can't go on
  crash,      ///< it ends without having been asked
  disk_lost,  ///< its disk's contents are gone
  pause,      ///< it stops for a while
  resume,
  cut,   ///< its messages no longer reach `peer`
  mend,  ///< its messages reach `peer` again
};

/// The kinds of messages. Each entry that a branch sends to another counts as a message, named by
/// its change.
enum class Message : std::uint8_t {
  query,     ///< request of a customer
  deposit,   ///< request, or entry
  withdraw,  ///< request, or entry
  grant,     ///< entry: rights move
  release,   ///< entry: the rights of a lost incarnation move
  answer,    ///< to a request
  hello,
  progress,
  rights_request,
  rights_request_cancelled,
  totals_request,
  totals_reply,
  rebalance_request,
  outcome_request,
  outcome_reply,
  heartbeat,
  dismissal,
  divergence,
  abandon,  ///< request of a customer
};

/// One event at one process. Members that do not apply are empty.
struct Event {
  Process process;
  Act act = Act::send;
  Instant at;     ///< on the machine's clock
  Stamp lamport;  ///< the process's clock, advanced by its own events; 0 for crashes and the like
  std::optional<Process> peer;
  std::optional<Stamp> sent;
  std::optional<Message> message;
  std::optional<RequestId> request;
  std::optional<EntryId> entry;
  std::optional<AccountId> account;
  std::optional<Money> amount;
  std::optional<Money> balance;
  std::optional<std::string> result;  ///< of an answer: "OK", "INSUFFICIENT_FUNDS", ...

  bool operator==(const Event&) const = default;
};

/// An account that the bank opened with.
struct Account {
  AccountId id;
  Money opening;
  bool operator==(const Account&) const = default;
};

/// The trace of a whole bank.
struct Trace {
  std::vector<Process> processes;  ///< ascending: branches first
  std::vector<Account> accounts;   ///< ascending
  /// Every process's own order holds, and every receive comes after its send; otherwise ordered by
  /// time.
  std::vector<Event> events;
  /// For each receipt, its send, if known; none for all other events.
  std::vector<std::optional<std::size_t>> cause;
};

}  // namespace passbook::trace
