// SPDX-License-Identifier: Apache-2.0
// Judges lists of events with logical clocks, whoever wrote them: who sent and received which
// request, and at which clock. Lamport, "Time, Clocks, and the Ordering of Events", CACM 1978.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace passbook::clocks {

enum class ProcessKind : std::uint8_t { customer, branch };

/// A process of the bank. Customers and branches count apart.
struct Process {
  ProcessKind kind = ProcessKind::customer;
  std::uint64_t id = 0;
  auto operator<=>(const Process&) const = default;
};

/// What a message asks for: the customer's request, or a write that a branch tells another one of.
enum class Interface : std::uint8_t {
  query,
  deposit,
  withdraw,
  propagate_deposit,
  propagate_withdraw,
};

/// The word of the lists, spelt correctly: "propagate_deposit".
std::string_view to_string(Interface interface);

/// What an event's comment says of it.
enum class Way : std::uint8_t {
  sent_from,      ///< "event_sent from ...": by the named process itself
  sent_to,        ///< "event_sent to ..."
  received_from,  ///< "event_recv from ..."
};

/// One event of a list.
struct Event {
  Process process;            ///< whose event it is
  std::uint64_t request = 0;  ///< the id of the customer's request that it is about
  std::uint64_t clock = 0;
  Interface interface = Interface::query;
  Way way = Way::sent_from;
  Process named;           ///< whom the comment names
  std::size_t place = 0;   ///< the reader's own number for where it stands
  std::string spelt = {};  ///< how the list spells the interface; "" as to_string does
};

/// An object that lists the events of one process.
struct Listed {
  Process process;
  std::size_t place = 0;
};

/// The lists that there are, each in file order.
struct Lists {
  std::optional<std::vector<Event>> by_customer;  ///< the customers' events, by customer
  std::optional<std::vector<Event>> by_branch;    ///< the branches' events, by branch
  std::optional<std::vector<Event>> all;          ///< the events of both, by request
  std::vector<Listed> listed;                     ///< the objects of the first two
};

/// A request of the scenario that the lists are about.
struct Request {
  std::uint64_t id = 0;
  std::uint64_t customer = 0;
  std::uint64_t branch = 0;  ///< where it is made
  Interface interface = Interface::query;
};

/// What the scenario says: all branches, and the requests with different ids, those of each
/// customer in the order in which it makes them.
struct Plan {
  std::vector<std::uint64_t> branches;
  std::vector<Request> requests;
};

/// Something that is wrong, and where: the place at which it shows first. Both events of a pair
/// have a place; what is missing has none, or that of the event that calls for it.
struct Finding {
  std::string what;
  std::vector<std::size_t> places;
};

/// Finds what breaks the rules:
/// - A customer's clock counts its requests: 1, 2, ...
/// - In a branch, no two events have the same clock.
/// - A request is sent by one customer and received by one branch, which sends a deposit to each
///   other branch, a withdrawal to each or, when it was refused, to none, and a query to none, all
///   after it has received the request. What is sent is received, and what is received was sent,
///   once each, and received at a greater clock. All of that has the interface of the request.
/// - Within a customer, a branch and, in the list of all, a request, clocks ascend in list order.
///   A list of all that goes process by process (is_by_process) has the order of each of them.
/// - The list of all tells the same as the other two.
/// - With a plan: its requests, all of them and no others, are made by whom and where it says. A
///   process that it does not know has no events.
/// Equality of clocks and steps can't be asked for beyond that: messages that are not listed tick
/// too. One wrong event is one finding as far as that can be said; consequences may be more. The
/// findings are in the order of their places, those without one last.
std::vector<Finding> judge(const Lists& lists, const Plan* plan);

/// Whether the list of all, or what it says of each request, goes process by process, customers
/// first, in an order that is not that of the clocks. That is a matter of form: every process has
/// its own events in order.
bool is_by_process(const Lists& lists);

}  // namespace passbook::clocks
