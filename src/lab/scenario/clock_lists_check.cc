// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/clock_lists_check.h"

#include <algorithm>
#include <iterator>

namespace passbook {
namespace {

clocks::Interface interface_of(Interface interface) {
  switch (interface) {
    case Interface::query:
      return clocks::Interface::query;
    case Interface::deposit:
      return clocks::Interface::deposit;
    case Interface::withdraw:
      return clocks::Interface::withdraw;
  }
  return clocks::Interface::query;
}

}  // namespace

std::vector<std::string> judge_clock_lists(const ReadClockLists& read, const std::string& name,
                                           const clocks::Plan* plan) {
  std::vector<std::string> out = read.faults;
  std::vector<clocks::Finding> findings;
  const auto& lists = read.lists;
  if (lists.by_customer || lists.by_branch || lists.all) {
    findings = clocks::judge(lists, plan);
  }
  if (read.steps.by_branch || read.steps.by_request) {
    std::ranges::move(clocks::judge_steps(read.steps, plan), std::back_inserter(findings));
  }
  for (const clocks::Finding& finding : findings) {
    std::string line =
        fmt::format("{}: {}", finding.places.empty() ? name : read.places[finding.places.front()],
                    finding.what);
    for (std::size_t i = 1; i < finding.places.size(); ++i) {
      line += fmt::format(" (see {})", read.places[finding.places[i]]);
    }
    out.push_back(std::move(line));
  }
  return out;
}

clocks::Plan clock_plan(const Scenario& scenario) {
  clocks::Plan plan;
  for (const ScenarioBranch& branch : scenario.branches) {
    plan.branches.push_back(branch.id.value);
  }
  const std::vector<std::uint64_t> ids = event_numbers(scenario);
  for (const Listing& listing : scenario.listings) {
    for (const CustomerEvent& event : listing.events) {
      plan.requests.push_back({ids[plan.requests.size()], listing.customer.value,
                               event.branch.value, interface_of(event.interface)});
    }
  }
  return plan;
}

}  // namespace passbook
