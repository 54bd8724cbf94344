// SPDX-License-Identifier: Apache-2.0
// The layout of a still.
#include <algorithm>
#include <map>

#include "lab/picture/still.h"
#include "lab/picture/words.h"

namespace passbook::picture {
namespace {

// Pixels.
constexpr int kApartInLane = 17;
constexpr int kApartInBurst = 5;  // of messages that a process sends one after another
constexpr int kApartOnWay = 14;
constexpr int kLeastStep = 2;
constexpr int kTypicalStep = 9;
constexpr int kLargestStep = 40;

bool is_shown(const trace::Event& event) {
  const auto kind = kind_of(event);
  return kind != Kind::progress && kind != Kind::link;
}

/// The median of the times between one shown event and the next that is later.
Duration typical_pause(const trace::Trace& trace, const std::vector<std::size_t>& shown) {
  std::vector<Duration> pauses;
  for (std::size_t i = 1; i < shown.size(); ++i) {
    const Duration pause = trace.events[shown[i]].at - trace.events[shown[i - 1]].at;
    if (pause > Duration{}) {
      pauses.push_back(pause);
    }
  }
  if (pauses.empty()) {
    return Duration{1};
  }
  std::ranges::nth_element(pauses, pauses.begin() + static_cast<std::ptrdiff_t>(pauses.size() / 2));
  return pauses[pauses.size() / 2];
}

int step_for(Duration pause, Duration typical) {
  if (pause == Duration{}) {
    return 0;
  }
  const double ratio = static_cast<double>(pause.count()) / static_cast<double>(typical.count());
  return static_cast<int>(
      std::clamp(kTypicalStep * ratio, double{kLeastStep}, double{kLargestStep}));
}

/// The least distance between two successive events of one lane.
int apart(const trace::Event& before, const trace::Event& event) {
  const bool burst = before.act == trace::Act::send && event.act == trace::Act::send;
  return burst ? kApartInBurst : kApartInLane;
}

}  // namespace

std::vector<Placed> placed_down(const trace::Trace& trace, std::size_t most_events) {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < trace.events.size() && shown.size() < most_events; ++i) {
    if (is_shown(trace.events[i])) {
      shown.push_back(i);
    }
  }
  const Duration typical = typical_pause(trace, shown);
  std::vector<Placed> out;
  std::map<std::size_t, int> at;
  std::map<trace::Process, Placed> last;
  for (const std::size_t i : shown) {
    const trace::Event& event = trace.events[i];
    int y = 0;
    if (!out.empty()) {
      y = out.back().y + step_for(event.at - trace.events[out.back().event].at, typical);
    }
    if (const auto before = last.find(event.process); before != last.end()) {
      y = std::max(y, before->second.y + apart(trace.events[before->second.event], event));
    }
    if (const auto& cause = trace.cause[i]; cause && at.contains(*cause)) {
      y = std::max(y, at.at(*cause) + kApartOnWay);
    }
    at[i] = y;
    out.push_back({i, y});
    last[event.process] = out.back();
  }
  return out;
}

}  // namespace passbook::picture
