// SPDX-License-Identifier: Apache-2.0
// The three lists of events with Lamport clocks that the logical-clock course project asks for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "lab/trace/trace.h"

namespace passbook::trace {

/// A request of the scenario, in the scenario's order.
struct ListedRequest {
  CustomerId customer;
  std::uint64_t number = 0;  ///< its number among its customer's requests, from 1:
                             ///< RequestId::number
  std::uint64_t id = 0;      ///< its id in the lists: "customer-request-id"
};

/// How the lists spell the word. The published lists misspell it.
enum class Spelling : std::uint8_t { propogate, propagate };

/// Each a JSON array. `customers` and `branches` group the events by process, `events` has all of
/// them, request by request; each group is in the order of the clocks.
struct ClockLists {
  std::string customers;
  std::string branches;
  std::string events;
};

/// Lists the requests that customers sent and branches received, and their entries as sent to and
/// received by every other branch. Requests that are not given are left out. The trace must be one
/// in which no branch passed on another's entries.
ClockLists make_clock_lists(const Trace& trace, const std::vector<ListedRequest>& requests,
                            Spelling spelling);

}  // namespace passbook::trace
