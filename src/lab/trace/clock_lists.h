// SPDX-License-Identifier: Apache-2.0
// The three lists of events with their Lamport clocks that the logical-clock project of the
// scenario family asks for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "lab/trace/trace.h"

namespace passbook::trace {

/// A request of the scenario, in its order.
struct ListedRequest {
  CustomerId customer;
  std::uint64_t number = 0;  ///< among those of its customer, from 1: RequestId::number
  std::uint64_t id = 0;      ///< what the lists call it: "customer-request-id"
};

/// How the lists spell the word; the published ones have it wrong.
enum class Spelling : std::uint8_t { propogate, propagate };

/// Each a JSON array. `customers` and `branches` group the events by process, `events` has all of
/// them, request by request; each group is in the order of the clocks.
struct ClockLists {
  std::string customers;
  std::string branches;
  std::string events;
};

/// Lists the requests that customers sent and branches received, and the entries that they became,
/// as each was sent to every other branch and received there. Of requests that are not given
/// nothing is listed. The trace is one in which nothing was passed on.
ClockLists make_clock_lists(const Trace& trace, const std::vector<ListedRequest>& requests,
                            Spelling spelling);

}  // namespace passbook::trace
