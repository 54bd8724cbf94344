// SPDX-License-Identifier: Apache-2.0
// The words of lists of logical clocks: keys, interfaces, comments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lab/grading/clock_lists.h"
#include "lab/grading/step_lists.h"
#include "lab/scenario/json_tree.h"

namespace passbook {

/// The member of that key, also when it is spelt with other capitals or other joins:
/// "logicalClock".
const JsonMember* find_spelt(const JsonObject& object, std::string_view key);

/// "customer" or "branch", or what stands for them.
std::optional<clocks::ProcessKind> kind_named(std::string_view word);

/// How an interface was spelt.
enum class Spelling : std::uint8_t { plain, published, english, turned };

struct NamedInterface {
  clocks::Interface interface = clocks::Interface::query;
  Spelling spelling = Spelling::plain;
};

/// "propogate_deposit" is the published spelling, "propagate_deposit" the English one, and
/// "deposit_propagate" is turned round.
std::optional<NamedInterface> interface_named(std::string_view word);

/// What a comment says: "event_sent to branch 2".
struct Comment {
  clocks::Way way = clocks::Way::sent_from;
  clocks::Process named;
};
std::optional<Comment> parse_comment(std::string_view text);

/// "deposit_propagate_request" as an interface and a step.
struct NamedStep {
  clocks::Interface interface = clocks::Interface::query;
  clocks::Step step = clocks::Step::request;
};
std::optional<NamedStep> step_named(std::string_view word);

}  // namespace passbook
