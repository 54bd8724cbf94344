// SPDX-License-Identifier: Apache-2.0
// Judges lists of logical clocks that name the steps of each request at the branches, such as
// "deposit_propagate_request". The rules match those for lists of messages (clock_lists.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lab/grading/clock_lists.h"

namespace passbook::clocks {

/// What a branch does about a customer's request.
enum class Step : std::uint8_t {
  request,             ///< the customer's branch receives it
  execute,             ///< the customer's branch performs it
  propagate_request,   ///< another branch receives it
  propagate_execute,   ///< another branch performs it
  propagate_response,  ///< the customer's branch receives another branch's response
  response,            ///< the customer's branch answers the customer
};
inline constexpr std::array kSteps = {Step::request,
                                      Step::execute,
                                      Step::propagate_request,
                                      Step::propagate_execute,
                                      Step::propagate_response,
                                      Step::response};

/// "propagate_request"
std::string_view to_string(Step step);

struct StepEvent {
  std::uint64_t branch = 0;  ///< 0 in a list by request
  std::uint64_t request = 0;
  std::uint64_t clock = 0;
  Interface interface = Interface::query;  ///< query, deposit or withdraw
  Step step = Step::request;
  std::size_t place = 0;
};

/// The lists that were found, each in file order.
struct StepLists {
  std::optional<std::vector<StepEvent>> by_branch;
  std::optional<std::vector<StepEvent>> by_request;
  std::vector<Listed> branches;                                 ///< the objects of by_branch
  std::vector<std::pair<std::uint64_t, std::size_t>> requests;  ///< of by_request, with places
};

/// Finds violations of these rules:
/// - In a branch, clocks ascend; in the list of a request they don't go down.
/// - One branch receives, performs and answers a request, each once. Every other branch receives
///   and performs a deposit, each once, and the first branch receives its response. The same holds
///   for a withdrawal, unless it was refused and nothing was propagated. A query is not propagated.
///   All steps have the request's interface.
/// - A later step has a greater clock. All steps come after the request. Another branch performs
///   after it receives. The k-th response from other branches comes after k of them have performed.
///   The answer comes after the customer's branch has performed.
/// - The lists by request agree with those by branch.
/// - With a plan: its requests, and no others, are made at their branches.
std::vector<Finding> judge_steps(const StepLists& lists, const Plan* plan);

}  // namespace passbook::clocks
