// SPDX-License-Identifier: Apache-2.0
// A trace as a log that ShiViz draws (https://bestchai.bitbucket.io/shiviz).
#pragma once

#include <string>

#include "lab/trace/trace.h"

namespace passbook::trace {

/// An event in words: "receives deposit 70 of request 1 from customer 1".
std::string describe(const Event& event);

/// The two header lines that ShiViz needs, then each event's description, process and vector clock.
std::string as_shiviz(const Trace& trace);

}  // namespace passbook::trace
