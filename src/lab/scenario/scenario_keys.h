// SPDX-License-Identifier: Apache-2.0
// The keys of scenario files: those that name a branch, and what someone may have meant by others.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lab/scenario/json_tree.h"

namespace passbook {

/// "branch", or the same as "branch_id", "branch-id" or "branchId".
bool is_branch_key(std::string_view key);

/// The members that say at which branch: "dest", then those with a branch key.
std::vector<const JsonMember*> place_members(const JsonObject& object);

/// What to say of an object without `key`, when another key looks like it: ", but there is
/// \"amount\": did you mean \"money\"?". Else nothing.
std::string did_you_mean(const JsonObject& object, std::string_view key);

/// The first clock of an object, its own or that of an event: lists have clocks, scenarios none.
const JsonMember* find_clock(const JsonObject& object);

}  // namespace passbook
