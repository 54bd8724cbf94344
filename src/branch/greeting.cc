// SPDX-License-Identifier: Apache-2.0
#include "branch/greeting.h"

#include <fmt/format.h>

#include <algorithm>

namespace passbook {

bool speaks_for_itself(const Hello& hello, BankId bank, const Topology& topology,
                       const State& state) {
  const Origin peer = hello.from;
  return hello.bank == bank && topology.contains(peer.branch) && peer.branch != topology.self() &&
         !state.seals().over(peer);
}

std::optional<std::string> objection_to(const Hello& hello, BankId bank, const Topology& topology,
                                        const State& state) {
  const Origin peer = hello.from;
  if (hello.bank != bank) {
    return fmt::format("branch {} belongs to another bank", peer.branch.value);
  }
  if (!topology.contains(peer.branch) || peer.branch == topology.self()) {
    return fmt::format("a peer calls itself branch {}", peer.branch.value);
  }
  if (state.seals().over(peer)) {
    return fmt::format("incarnation {} of branch {} is over: it was or is being recovered",
                       peer.incarnation.value, peer.branch.value);
  }
  if (std::ranges::any_of(
          hello.have, [&](const TaggedPosition& position) { return state.gave_up(position); })) {
    return fmt::format(
        "branch {} has entries that were lost with the disk of another branch and given up: it "
        "must be recovered too",
        peer.branch.value);
  }
  const Sequence here = state.logs().head(peer).end;
  if (const Sequence own = own_end(hello).sequence; own < here) {
    return fmt::format(
        "a process of branch {} has {} entries of its log, and {} are here: its data is old or "
        "gone",
        peer.branch.value, own.value, here.value);
  }
  return std::nullopt;
}

std::vector<Divergence> divergences(const Hello& hello, const State& state) {
  std::vector<Divergence> out;
  for (const TaggedPosition& theirs : hello.have) {
    if (state.gave_up(theirs) && state.logs().compare(theirs) == Logs::Match::other) {
      out.push_back({theirs, state.logs().end_covering(theirs.end)});
    }
  }
  return out;
}

std::string why_dismissed(const Hello& hello, ProcessId counts) {
  return fmt::format(
      "two processes of branch {}: number {} ({:x}) counts here, number {} ({:x}) was told to stop",
      hello.from.branch.value, counts.counter, counts.nonce, hello.process.counter,
      hello.process.nonce);
}

std::string why_it_stops(BranchId by, ProcessId counts, ProcessId self) {
  return fmt::format(
      "branch {} knows another process of this branch: number {} ({:x}), and this is number {} "
      "({:x}). Two must not run at once: this one stops",
      by.value, counts.counter, counts.nonce, self.counter, self.nonce);
}

EntryId own_end(const Hello& hello) {
  const auto own = std::ranges::find(
      hello.have, hello.from, [](const TaggedPosition& position) { return position.end.origin; });
  return own == hello.have.end() ? EntryId{hello.from, {}} : own->end;
}

}  // namespace passbook
