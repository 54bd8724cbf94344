// SPDX-License-Identifier: Apache-2.0
#include "branch/greeting.h"

#include <fmt/format.h>

#include <algorithm>

namespace passbook {
namespace {

/// Whether a log is known here up to its agreed end, and who has this has another history of it.
bool ends_otherwise(const TaggedPosition& position, const State& state) {
  const Seal* seal = state.seals().find(position.end.origin.branch);
  return seal != nullptr && seal->final && state.logs().compare(position) == Logs::Match::other &&
         std::ranges::any_of(seal->ends.kept, [&](const TaggedPosition& kept) {
           return kept.end.origin == position.end.origin &&
                  state.logs().compare(kept) == Logs::Match::same;
         });
}

}  // namespace

std::optional<std::string> objection_to(const Hello& hello, BankId bank, const Topology& topology,
                                        const State& state) {
  const Origin peer = hello.from;
  if (hello.bank != bank) {
    return fmt::format("branch {} is of another bank", peer.branch.value);
  }
  if (!topology.contains(peer.branch) || peer.branch == topology.self()) {
    return fmt::format("a peer calls itself branch {}", peer.branch.value);
  }
  if (state.seals().over(peer)) {
    return fmt::format("incarnation {} of branch {} is over: it was recovered, or is being",
                       peer.incarnation.value, peer.branch.value);
  }
  if (std::ranges::any_of(hello.have, [&](const TaggedPosition& position) {
        return state.seals().gave_up(position) || ends_otherwise(position, state);
      })) {
    return fmt::format(
        "branch {} has entries that were lost with the disk of another branch and given up: it "
        "must be recovered too",
        peer.branch.value);
  }
  return std::nullopt;
}

EntryId own_end(const Hello& hello) {
  const auto own = std::ranges::find(
      hello.have, hello.from, [](const TaggedPosition& position) { return position.end.origin; });
  return own == hello.have.end() ? EntryId{hello.from, {}} : own->end;
}

}  // namespace passbook
