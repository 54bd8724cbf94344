// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/scenario_writer.h"

#include "base/check.h"
#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

std::string event_text(const Scenario& scenario, const Listing& listing,
                       const CustomerEvent& event) {
  const Dialect& dialect = scenario.dialect;
  PASSBOOK_CHECK(event.id || !dialect.logical_clocks, "every request has an id");
  PASSBOOK_CHECK(dialect.event_has_dest || dialect.event_has_branch ||
                     event.branch.value == listing.customer.value,
                 "only some dialects name branches");
  std::string out = "{";
  if (event.id) {
    out += fmt::format("\"{}\": {}, ", dialect.logical_clocks ? "customer-request-id" : "id",
                       *event.id);
  }
  out += fmt::format("\"interface\": \"{}\"", to_string(event.interface));
  if (event.interface != Interface::query) {
    out += fmt::format(", \"money\": {}", to_string(event.money));
  } else if (dialect.query_has_money) {
    out += fmt::format(", \"money\": {}", to_string(scenario.opening));
  }
  if (dialect.event_has_dest) {
    out += fmt::format(", \"dest\": {}", event.branch.value);
  }
  if (dialect.event_has_branch) {
    out += fmt::format(", \"branch\": {}", event.branch.value);
  }
  return out + "}";
}

std::string listing_text(const Scenario& scenario, const Listing& listing) {
  std::string events;
  for (const CustomerEvent& event : listing.events) {
    events += (events.empty() ? "\n    " : ",\n    ") + event_text(scenario, listing, event);
  }
  return fmt::format("{{\"id\": {}, \"type\": \"customer\", \"{}\": [{}]}}", listing.customer.value,
                     scenario.dialect.logical_clocks ? "customer-requests" : "events", events);
}

std::string branch_text(const Scenario& scenario, const ScenarioBranch& branch) {
  const std::string address =
      branch.address ? fmt::format(", \"address\": {}", json_string(*branch.address)) : "";
  return fmt::format("{{\"id\": {}, \"type\": \"branch\", \"balance\": {}{}}}", branch.id.value,
                     to_string(scenario.opening), address);
}

}  // namespace

std::string write_scenario(const Scenario& scenario) {
  std::string out;
  const auto add = [&](const std::string& object) {
    out += (out.empty() ? "[\n  " : ",\n  ") + object;
  };
  for (const Listing& listing : scenario.listings) {
    add(listing_text(scenario, listing));
  }
  for (const ScenarioBranch& branch : scenario.branches) {
    add(branch_text(scenario, branch));
  }
  return out + "\n]\n";
}

}  // namespace passbook
