// SPDX-License-Identifier: Apache-2.0
// Judges lists of logical clocks that name the steps of each request at the branches, as
// "deposit_propagate_request", by the same rules as lists of messages (clock_lists.h).
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
  execute,             ///< performs it
  propagate_request,   ///< another branch is told of it,
  propagate_execute,   ///< performs it,
  propagate_response,  ///< and the customer's branch hears of that
  response,            ///< the customer's branch answers
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

/// The lists that there are, each in file order.
struct StepLists {
  std::optional<std::vector<StepEvent>> by_branch;
  std::optional<std::vector<StepEvent>> by_request;
  std::vector<Listed> branches;                                 ///< the objects of the first
  std::vector<std::pair<std::uint64_t, std::size_t>> requests;  ///< and of the second, with places
};

/// Finds what breaks the rules:
/// - In a branch, clocks ascend; in the list of a request they don't go down.
/// - A request is received, performed and answered once, all at one branch. Every other branch is
///   told of a deposit and performs it, once, and the first one hears of that; so for a withdrawal,
///   or none of that when it was refused; nothing of the kind for a query. All steps have the
///   request's interface.
/// - What follows has a greater clock: all after the request; at another branch, performing after
///   being told; of the responses of other branches the k-th after k of them have performed it; the
///   answer after performing.
/// - The lists by request tell the same as those by branch.
/// - With a plan: its requests, all of them and no others, are at their branches.
std::vector<Finding> judge_steps(const StepLists& lists, const Plan* plan);

}  // namespace passbook::clocks
