// SPDX-License-Identifier: Apache-2.0
#include "lab/trace/shiviz.h"

#include <fmt/format.h>

#include <algorithm>

#include "lab/trace/order.h"
#include "lab/trace/words.h"

namespace passbook::trace {
namespace {

/// The name without spaces, since ShiViz reads it up to the first one.
std::string host_of(Process process) {
  std::string out = to_string(process);
  std::ranges::replace(out, ' ', '-');
  return out;
}

std::string verb_of(Act act) {
  switch (act) {
    case Act::send:
      return "sends";
    case Act::receive:
      return "receives";
    case Act::accept:
      return "accepts";
    case Act::apply:
      return "applies";
    case Act::give_up:
      return "gives up waiting for";
    case Act::start:
      return "starts";
    case Act::stop:
      return "stops";
    case Act::crash:
      return "crashes";
    case Act::disk_lost:
      return "loses its disk";
    case Act::pause:
      return "pauses";
    case Act::resume:
      return "resumes";
    case Act::cut:
      return "is cut off";
    case Act::mend:
      return "is no longer cut off";
  }
  return {};
}

std::string_view preposition_of(Act act) {
  switch (act) {
    case Act::receive:
    case Act::cut:
    case Act::mend:
      return "from";
    default:
      return "to";
  }
}

}  // namespace

std::string describe(const Event& event) {
  std::string out = verb_of(event.act);
  if (event.message) {
    std::string word(to_string(*event.message));
    std::ranges::replace(word, '_', ' ');
    out += " " + word;
  }
  if (event.amount) {
    out += fmt::format(" {}", passbook::to_string(*event.amount));
  }
  if (event.entry) {
    out += fmt::format(" (entry {})", to_string(*event.entry));
  }
  if (event.result && *event.result != "OK") {
    out += fmt::format(" {}", *event.result);
  }
  if (event.balance) {
    out += fmt::format(", balance {}", passbook::to_string(*event.balance));
  }
  if (event.peer) {
    out += fmt::format(" {} {}", preposition_of(event.act), to_string(*event.peer));
  }
  return out;
}

std::string as_shiviz(const Trace& trace) {
  std::string out = "(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})\n\n";
  VectorClocks clocks(trace);
  for (const Event& event : trace.events) {
    const auto& clock = clocks.next();
    std::string known;
    for (std::size_t lane = 0; lane < clock.size(); ++lane) {
      if (clock[lane] > 0) {
        known += fmt::format("{}\"{}\":{}", known.empty() ? "" : ",",
                             host_of(trace.processes[lane]), clock[lane]);
      }
    }
    out += fmt::format("{}\n{} {{{}}}\n", describe(event), host_of(event.process), known);
  }
  return out;
}

}  // namespace passbook::trace
