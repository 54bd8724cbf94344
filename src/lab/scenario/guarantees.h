// SPDX-License-Identifier: Apache-2.0
// Finds session guarantees that did not hold, from the answers to customers.
#pragma once

#include <string>
#include <vector>

#include "customer/customer.h"
#include "lab/scenario/scenario.h"

namespace passbook {

/// The outcome of every event of a scenario, by listing and event. Events that were never performed
/// have no `applied`.
using ScenarioPerformed = std::vector<std::vector<Performed>>;

/// A guarantee that did not hold for a customer.
struct BrokenGuarantee {
  std::size_t listing = 0;
  std::size_t event = 0;  ///< index in the listing
  std::string guarantee;  ///< "read your writes", ...
  std::string missed;     ///< what the branch lacked, in words

  bool operator==(const BrokenGuarantee&) const = default;
};

/// Follows each customer through its listings in order. A branch that takes a read or a write
/// must have applied all that the customer had written and read before. A read that shows a write
/// must also show all that the write's customer had written and read before it.
std::vector<BrokenGuarantee> broken_guarantees(const Scenario& scenario,
                                               const ScenarioPerformed& performed);

/// One line: "customer 1, event 2 (query at branch 2): read your writes: branch 2 lacked ...".
std::string describe(const Scenario& scenario, const BrokenGuarantee& broken);

}  // namespace passbook
