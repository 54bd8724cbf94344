// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

namespace passbook::sim {

std::string_view message_name(std::size_t kind) {
  static constexpr std::array<std::string_view, std::variant_size_v<PeerMessage>> kNames = {
      "hello",   "entries",         "progress",     "ask",
      "ask end", "totals request",  "totals reply", "heartbeat",
      "wish",    "outcome request", "outcome reply"};
  return kNames.at(kind);
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
}

}  // namespace passbook::sim
