// SPDX-License-Identifier: Apache-2.0
// The keys of scenario files: those that name a branch, and guesses at the meaning of unknown ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lab/scenario/json_tree.h"

namespace passbook {

/// Whether a key is "branch", or its variant "branch_id", "branch-id" or "branchId".
bool is_branch_key(std::string_view key);

/// The members that name a branch: "dest", then those with a branch key.
std::vector<const JsonMember*> place_members(const JsonObject& object);

/// A hint for an object that lacks `key` but has a similar one: ", but there is "amount": did you
/// mean "money"?". Empty if it has none.
std::string did_you_mean(const JsonObject& object, std::string_view key);

/// The first clock of an object, its own or an event's. Lists of clocks have some, scenarios none.
const JsonMember* find_clock(const JsonObject& object);

}  // namespace passbook
