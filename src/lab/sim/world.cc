// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/world.h"

#include <optional>

#include "lab/trace/tracer.h"

namespace passbook::sim {
namespace {

using ProcessAct = std::optional<std::pair<BranchId, trace::Act>>;

/// The act that an event of the history has in its branch's trace.
struct ProcessActOf {
  ProcessAct operator()(const history::Started& s) const { return {{s.branch, trace::Act::start}}; }
  ProcessAct operator()(const history::Stopped& s) const { return {{s.branch, trace::Act::stop}}; }
  ProcessAct operator()(const history::Crashed& c) const { return {{c.branch, trace::Act::crash}}; }
  ProcessAct operator()(const history::Paused& p) const { return {{p.branch, trace::Act::pause}}; }
  ProcessAct operator()(const history::Resumed& r) const {
    return {{r.branch, trace::Act::resume}};
  }
  ProcessAct operator()(const history::DiskLost& d) const {
    return {{d.branch, trace::Act::disk_lost}};
  }
  template <class Other>
  ProcessAct operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

std::string_view message_name(std::size_t kind) {
  static constexpr std::array<std::string_view, std::variant_size_v<PeerMessage>> kNames = {
      "hello",
      "entries",
      "progress",
      "rights request",
      "rights request cancelled",
      "totals request",
      "totals reply",
      "heartbeat",
      "rebalance request",
      "outcome request",
      "outcome reply",
      "dismissal",
      "divergence"};
  return kNames.at(kind);
}

void World::tell(history::What what) {
  if (const auto it = tracing ? std::visit(ProcessActOf{}, what) : std::nullopt) {
    show(trace::process_event(trace::process_of(it->first), now, it->second));
  }
  if (const auto* applied = std::get_if<history::Applied>(&what)) {
    coverage.entries_needed += branch_on(applied->branch) != applied->entry.origin.branch ? 1 : 0;
  }
  history.events.push_back({now, std::move(what)});
}

void Coverage::merge(const Coverage& other) {
  for (std::size_t i = 0; i < messages.size(); ++i) {
    messages[i] += other.messages[i];
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    outcomes[i] += other.outcomes[i];
  }
  for (const auto& [name, count] : other.faults) {
    faults[name] += count;
  }
  using history::Worked;
  for (const auto count : {&Worked::steps, &Worked::idle_steps, &Worked::messages, &Worked::entries,
                           &Worked::dials, &Worked::streams, &Worked::ended_silence}) {
    worked.*count += other.worked.*count;
  }
  entries_needed += other.entries_needed;
}

}  // namespace passbook::sim
