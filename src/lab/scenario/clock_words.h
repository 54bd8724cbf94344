// SPDX-License-Identifier: Apache-2.0
// Parses the words of lists of logical clocks: keys, interfaces, comments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lab/grading/clock_lists.h"
#include "lab/grading/step_lists.h"
#include "lab/scenario/json_tree.h"

namespace passbook {

/// The member with this key, even if it is spelt with other capitals or without "-" and "_":
/// "logicalClock".
const JsonMember* find_ignoring_spelling(const JsonObject& object, std::string_view key);

/// Knows "customer" and "branch", and their synonyms "client" and "bank".
std::optional<clocks::ProcessKind> kind_named(std::string_view word);

/// How an interface was spelt.
enum class Spelling : std::uint8_t { plain, published, english, swapped };

struct NamedInterface {
  clocks::Interface interface = clocks::Interface::query;
  Spelling spelling = Spelling::plain;
};

/// "propogate_deposit" is the published spelling, "propagate_deposit" is correct English, and
/// "deposit_propagate" has its words swapped.
std::optional<NamedInterface> interface_named(std::string_view word);

/// A parsed comment, such as "event_sent to branch 2".
struct Comment {
  clocks::Direction direction = clocks::Direction::sent_from;
  clocks::Process named;
};
std::optional<Comment> parse_comment(std::string_view text);

/// An interface and a step, parsed from a name such as "deposit_propagate_request".
struct NamedStep {
  clocks::Interface interface = clocks::Interface::query;
  clocks::Step step = clocks::Step::request;
};
std::optional<NamedStep> step_named(std::string_view word);

}  // namespace passbook
