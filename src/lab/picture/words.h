// SPDX-License-Identifier: Apache-2.0
// What pictures call things.
#pragma once

#include <string>
#include <string_view>

#include "lab/trace/trace.h"

namespace passbook::picture {

/// "receive", "give up", ...
std::string name_of(trace::Act act);
/// "deposit", "rights request", ...
std::string name_of(trace::Message message);

/// Which messages belong together: a reader wants to see all of a kind, or none.
enum class Kind : std::uint8_t {
  request,  ///< of customers, and the answers
  entry,    ///< deposits and withdrawals from branch to branch
  rights,   ///< who may withdraw how much: grants, requests, totals, outcomes
  progress,
  link,  ///< hellos and heartbeats
};

/// The kind of a message; what is said depends on whether a customer is at one of its ends.
Kind kind_of(trace::Message message, bool with_customer);
/// The kind of the event's message; nothing when it is about none.
std::optional<Kind> kind_of(const trace::Event& event);

/// The text with <, >, & and both quotes as entities, for HTML and SVG.
std::string escaped(std::string_view text);

}  // namespace passbook::picture
