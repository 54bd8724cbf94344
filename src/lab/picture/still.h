// SPDX-License-Identifier: Apache-2.0
// A trace as a picture that stands still, for reports.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lab/trace/trace.h"

namespace passbook::picture {

struct StillOptions {
  std::string title = "Passbook trace";  ///< UTF-8
  std::size_t most_events = 600;         ///< what comes later is left out, and the picture says so
};

/// An SVG file, light or dark as its reader prefers. Progress, hellos and heartbeats are left out.
std::string still_svg(const trace::Trace& trace, const StillOptions& options);

/// An event that a still shows, and how far down.
struct Placed {
  std::size_t event = 0;
  int y = 0;  ///< pixels below the first
  auto operator<=>(const Placed&) const = default;
};

/// The first events that a still shows, in order. Longer times are longer, within bounds: events of
/// one lane, and the ends of a message, always stand apart.
std::vector<Placed> placed_down(const trace::Trace& trace, std::size_t most_events);

}  // namespace passbook::picture
