// SPDX-License-Identifier: Apache-2.0
// Finding, in what customers were told, the session guarantees that did not hold.
#pragma once

#include <string>
#include <vector>

#include "customer/customer.h"
#include "lab/scenario/scenario.h"

namespace passbook {

/// What every event of a scenario was told, in the scenario's shape. Events that were never
/// performed have no `applied`.
using ScenarioPerformed = std::vector<std::vector<Performed>>;

/// A guarantee that a customer would have missed.
struct BrokenGuarantee {
  std::size_t listing = 0;
  std::size_t event = 0;  ///< index in the listing
  std::string guarantee;  ///< "read your writes", ...
  std::string missed;     ///< what the branch lacked, in words

  bool operator==(const BrokenGuarantee&) const = default;
};

/// Follows each customer through its listings in order. A read must have been made where all of
/// the customer's own writes and all that it had read were applied; so must a write; and whoever
/// reads sees no write without what its customer had written and read before it.
std::vector<BrokenGuarantee> broken_guarantees(const Scenario& scenario,
                                               const ScenarioPerformed& performed);

/// One line: "customer 1, event 2 (query at branch 2): read your writes: branch 2 lacked ...".
std::string describe(const Scenario& scenario, const BrokenGuarantee& broken);

}  // namespace passbook
