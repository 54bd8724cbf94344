// SPDX-License-Identifier: Apache-2.0
// A trace as a log that ShiViz draws (https://bestchai.bitbucket.io/shiviz).
#pragma once

#include <string>

#include "lab/trace/trace.h"

namespace passbook::trace {

/// What an event is, in words: "receives deposit 70 of request 1 from customer 1".
std::string describe(const Event& event);

/// The two lines that ShiViz wants first, then for each event its description, and its process
/// with its vector clock.
std::string as_shiviz(const Trace& trace);

}  // namespace passbook::trace
