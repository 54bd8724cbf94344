// SPDX-License-Identifier: Apache-2.0
// Questions about a finished run.
#include <algorithm>

#include "lab/runner/runner.h"

namespace passbook {

bool RunReport::agree() const {
  return !finals.empty() && std::ranges::all_of(finals, [&](const FinalBalance& final) {
    return final.balance && final.balance == finals.front().balance;
  });
}

ScenarioResults RunReport::results() const {
  ScenarioResults out;
  for (const auto& listing : performed) {
    auto& results = out.emplace_back();
    for (const Performed& event : listing) {
      results.push_back(event.result);
    }
  }
  return out;
}

bool RunReport::any_unknown() const {
  return std::ranges::any_of(performed, [](const std::vector<Performed>& listing) {
    return std::ranges::any_of(
        listing, [](const Performed& event) { return event.result.result == ResultWord::unknown; });
  });
}

}  // namespace passbook
