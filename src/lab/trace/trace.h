// SPDX-License-Identifier: Apache-2.0
// A trace: what every process of a bank did, with its logical clocks and the messages that tie
// the processes together. It is for looking at; judges read histories (lab/judges/history.h).
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

/// A lane of the picture. A branch that is started again stays the same one.
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

/// What a process did, or what befell it.
enum class Act : std::uint8_t {
  send,       ///< a message to `peer`
  receive,    ///< a message from `peer`, sent when its clock showed `sent`
  accept,     ///< an entry of its own comes into being; `balance` after it
  apply,      ///< another's entry is applied; `balance` after it
  give_up,    ///< a customer waits no longer for the answer to `request`
  start,      ///< the process begins, with an empty memory
  stop,       ///< it ends because it was asked to, or can't go on
  crash,      ///< it ends without having been asked
  disk_lost,  ///< what it had written down is gone
  pause,      ///< it stands still
  resume,
  cut,   ///< nothing gets from it to `peer` any more
  mend,  ///< it does again
};

/// What a message is. Each entry that a branch hands to another is a message of its own, and is
/// called by what it changes.
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

/// One thing that happened at one process. What there is none of is empty.
struct Event {
  Process process;
  Act act = Act::send;
  Instant at;     ///< on the machine's clock
  Stamp lamport;  ///< its clock, which it advances with what it does; 0 for what befell it
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

/// What a whole bank did.
struct Trace {
  std::vector<Process> processes;  ///< ascending: branches first
  std::vector<Account> accounts;   ///< ascending
  /// In an order in which every process's own order holds and every receive comes after its send;
  /// as far as that leaves open, in the order of time.
  std::vector<Event> events;
  /// For each event, the send that it receives; none for all others, and where it is not known.
  std::vector<std::optional<std::size_t>> cause;
};

}  // namespace passbook::trace
