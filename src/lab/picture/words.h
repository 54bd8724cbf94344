// SPDX-License-Identifier: Apache-2.0
// The words that pictures use.
#pragma once

#include <string>
#include <string_view>

#include "lab/trace/trace.h"

namespace passbook::picture {

/// "receive", "give up", ...
std::string name_of(trace::Act act);
/// "deposit", "rights request", ...
std::string name_of(trace::Message message);

/// Groups of messages that a reader shows or hides together.
enum class Kind : std::uint8_t {
  request,  ///< customers' requests, and the answers
  entry,    ///< deposits and withdrawals between branches
  rights,   ///< grants, requests for rights, totals, outcomes
  progress,
  link,  ///< hellos and heartbeats
};

/// The kind of a message, which depends on whether a customer is at one of its ends.
Kind kind_of(trace::Message message, bool with_customer);
/// The kind of the event's message; nothing if it has none.
std::optional<Kind> kind_of(const trace::Event& event);

/// "3 branches, 2 customers: 4 deposits, 1 withdrawal, 3 queries; 1 crash".
std::string summary_of(const trace::Trace& trace);

/// The text with <, >, & and both quotes as entities, for HTML and SVG.
std::string escaped(std::string_view text);

}  // namespace passbook::picture
