// SPDX-License-Identifier: Apache-2.0
// The verdicts on a program as one HTML page that needs nothing else.
#pragma once

#include <string>
#include <vector>

#include "app/try/hunt.h"
#include "app/try/try_report.h"

namespace passbook {

struct TryPage {
  std::string title;               ///< plain text
  std::vector<std::string> cases;  ///< the columns, in this order
  std::vector<TryResult> results;
  Points points;
  std::vector<Found> found;
};

/// Scores, each case that was made smaller with the program's answers beside the right ones, and a
/// picture of a right run of it.
std::string as_html(const TryPage& page);

/// An SVG of a right run of a scenario, simulated. The error says why there is none.
std::expected<std::string, std::string> picture_of_right_run(const Scenario& scenario);

}  // namespace passbook
