// SPDX-License-Identifier: Apache-2.0
// Judges lists of events with logical clocks from any program: who sent and received which request,
// and at which clock. Lamport, "Time, Clocks, and the Ordering of Events", CACM 1978.
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

/// A process of the bank. Customers and branches are numbered separately.
struct Process {
  ProcessKind kind = ProcessKind::customer;
  std::uint64_t id = 0;
  auto operator<=>(const Process&) const = default;
};

/// What a message is: a customer's request, or a write that one branch passes on to another.
enum class Interface : std::uint8_t {
  query,
  deposit,
  withdraw,
  propagate_deposit,
  propagate_withdraw,
};

/// The word used in the lists, spelt correctly: "propagate_deposit".
std::string_view to_string(Interface interface);

/// The direction of an event, as its comment gives it.
enum class Direction : std::uint8_t {
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
  Direction direction = Direction::sent_from;
  Process named;              ///< the process that the comment names
  std::size_t place = 0;      ///< where it stands, as the reader numbers places
  std::string spelling = {};  ///< how the list spells the interface; "" if like to_string
};

/// An object that lists the events of one process.
struct Listed {
  Process process;
  std::size_t place = 0;
};

/// The lists that were found, each in file order.
struct Lists {
  std::optional<std::vector<Event>> by_customer;  ///< the customers' events, by customer
  std::optional<std::vector<Event>> by_branch;    ///< the branches' events, by branch
  std::optional<std::vector<Event>> all;          ///< the events of both, by request
  std::vector<Listed> listed;                     ///< the objects of by_customer and by_branch
};

/// A request of the scenario that the lists are about.
struct Request {
  std::uint64_t id = 0;
  std::uint64_t customer = 0;
  std::uint64_t branch = 0;  ///< where it is made
  Interface interface = Interface::query;
};

/// All branches and requests of the scenario. Request ids are distinct. The requests of a customer
/// are in the order in which it makes them.
struct Plan {
  std::vector<std::uint64_t> branches;
  std::vector<Request> requests;
};

/// Something wrong, and its places, starting with the one where it shows. A conflict of two events
/// has both places. Something missing has no place, or that of the event that requires it.
struct Finding {
  std::string what;
  std::vector<std::size_t> places;
};

/// Finds violations of these rules:
/// - A customer's clock counts its requests: 1, 2, ...
/// - In a branch, no two events have the same clock.
/// - One customer sends a request and one branch receives it. Then that branch sends a deposit to
///   every other branch, a withdrawal to all of them or, if it was refused, to none, and a query to
///   none. Every message is sent once and received once, at a greater clock. All of these events
///   have the interface of the request.
/// - Within a customer, a branch and, in the list of all, a request, clocks ascend in list order.
///   If the list of all is grouped by process (is_by_process), they ascend in each process only.
/// - The list of all agrees with the other two.
/// - With a plan: its requests, and no others, are made by the customers and at the branches it
///   names. Processes outside the plan have no events.
/// Exact clocks and increments can't be required beyond that, because messages that are not listed
/// tick too. A wrong event is one finding where possible, but may cause more. Findings are in the
/// order of their places, those without one last.
std::vector<Finding> judge(const Lists& lists, const Plan* plan);

/// Whether the list of all, or its part for each request, is grouped by process, customers first,
/// instead of by clock. That is only a matter of form, as long as the events of each process are in
/// order.
bool is_by_process(const Lists& lists);

}  // namespace passbook::clocks
