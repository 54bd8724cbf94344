// SPDX-License-Identifier: Apache-2.0
// A trace as a still picture, for reports.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lab/trace/trace.h"

namespace passbook::picture {

struct StillOptions {
  std::string title = "Passbook trace";  ///< UTF-8
  std::size_t most_events = 600;         ///< later events are left out, and the picture says so
};

/// An SVG file, light or dark according to the viewer's preference. Progress, hellos and heartbeats
/// are left out.
std::string still_svg(const trace::Trace& trace, const StillOptions& options);

/// An event in a still, and its height.
struct Placed {
  std::size_t event = 0;
  int y = 0;  ///< pixels below the first
  auto operator<=>(const Placed&) const = default;
};

/// The first events that a still shows, in order. Longer times take more space, within bounds;
/// events of one lane, and the ends of a message, never touch.
std::vector<Placed> placed_down(const trace::Trace& trace, std::size_t most_events);

}  // namespace passbook::picture
