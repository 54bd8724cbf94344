// SPDX-License-Identifier: Apache-2.0
// Handles messages from peers, and decides which peers to accept.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "branch/greeting.h"
#include "branch/replica.h"

namespace passbook {

void Replica::handle(const Received& event) {
  if (!links_.open(event.link)) {
    return;  // the message was read before the stream was closed
  }
  links_.heard(event.link, now_);
  const auto peer = links_.peer(event.link);
  const auto* hello = std::get_if<Hello>(&event.envelope.message);
  if (hello != nullptr) {
    if (peer || dismissed_.contains(event.link)) {
      const BranchId from = peer ? peer->branch : dismissed_.at(event.link);
      refuse_peer(event.link, from, fmt::format("branch {} said hello twice", from.value));
    } else {
      note_clock(hello->from.branch, event.envelope);
      greeted(event.link, *hello);
    }
  } else if (peer) {
    note_clock(peer->branch, event.envelope);
    std::visit([&](const auto& message) { hear(peer->branch, message); }, event.envelope.message);
  } else if (const auto sent_away = dismissed_.find(event.link); sent_away != dismissed_.end()) {
    // Both sides may have refused each other.
    const BranchId from = sent_away->second;
    if (const auto* dismissal = std::get_if<Dismissal>(&event.envelope.message)) {
      hear(from, *dismissal);
    } else if (const auto* divergence = std::get_if<Divergence>(&event.envelope.message)) {
      hear(from, *divergence);
    }
  }
}

void Replica::greeted(LinkId link, const Hello& hello) {
  const Origin peer = hello.from;
  if (hello.bank == bank_id_) {
    std::ranges::for_each(hello.seals, [&](const Seal& said) { told_of(peer, said); });
  }
  if (const auto wrong = objection_to(hello, bank_id_, topology_, state_)) {
    if (speaks_for_itself(hello, bank_id_, topology_, state_)) {
      // If its log is another history too, calling its data old would be only half of the truth.
      compare_own_log(hello);
    }
    send_away(link, hello, *wrong);
    return;
  }
  for (const TaggedPosition& position : hello.have) {
    if (auto wrong = delivery_.compare(position, peer.branch, out_)) {
      out_.stop = std::move(wrong);
      return;
    }
  }
  const bool was_connected = links_.connected(peer.branch);
  const ProcessId counts = processes_.register_or_refuse(peer, hello.process, was_connected);
  if (counts != hello.process) {
    dismiss(link, hello, {counts, was_connected});
    return;
  }
  if (!links_.establish(link, peer, now_, out_, hello.process)) {
    return;
  }
  if (was_connected) {
    disconnected(peer.branch);
  }
  // The peers that passed on the dropped blocks do not know of this, and must send them again.
  if (delivery_.drop_beyond(own_end(hello), hello.process)) {
    refuse_all_but(peer.branch, "it may have passed on what was dropped");
  }
  readiness_.heard(peer.branch);
  replication_.connected(peer, hello.process, hello.have, state_, now_);
  escrow_.connected(peer.branch);
}

/// Notes if a peer's own log is another history than the local copy.
void Replica::compare_own_log(const Hello& hello) {
  for (const TaggedPosition& position : hello.have) {
    if (position.end.origin == hello.from) {
      std::ignore = delivery_.compare(position, hello.from.branch, out_);
    }
  }
}

/// The stream stays open until the peer has read the dismissal and closes it, or is silent for too
/// long.
void Replica::dismiss(LinkId link, const Hello& hello, const Dismissal& dismissal) {
  tell_refused(hello.from.branch, why_dismissed(hello, dismissal.counts));
  links_.send(link, dismissal, now_, out_);
  dismissed_[link] = hello.from.branch;
}

/// A peer with entries that were given up may not know it, so it is told before.
void Replica::send_away(LinkId link, const Hello& hello, const std::string& why) {
  const auto told = hello.bank == bank_id_ ? divergences(hello, state_) : std::vector<Divergence>{};
  if (told.empty()) {
    refuse_peer(link, hello.from.branch, why);
    return;
  }
  tell_refused(hello.from.branch, why);
  std::ranges::for_each(told, [&](const auto& what) { links_.send(link, what, now_, out_); });
  dismissed_[link] = hello.from.branch;
}

/// Takes in a seal that a peer knows. One that is not final binds that peer alone. But if enough
/// peers have promised to take no more of this branch's entries, its further work might be lost.
void Replica::told_of(Origin from, const Seal& said) {
  if (!topology_.contains(from.branch) || !topology_.contains(said.branch)) {
    return;
  }
  if (said.branch == topology_.self()) {
    // A branch without data believes any peer.
    const bool empty = options_.starts_empty && !readiness_.takes_writes();
    if (said.next <= state_.self().incarnation ||
        !(empty || hearsay_.confirmed_end(from.branch, said))) {
      return;
    }
    if (said.final) {
      seal(said);
    } else {
      out_.stop = fmt::format(
          "this branch is being recovered, and its peers take no more of it: {} must be brought to "
          "its end",
          options_.rebuilt_by);
    }
    return;
  }
  if (said.final && (agrees(said, from, state_) || hearsay_.confirmed(from.branch, said))) {
    seal(said);
  }
}

/// Takes in a seal and applies its consequences.
void Replica::seal(const Seal& seal) {
  if (!topology_.contains(seal.branch) || !state_.seal(seal)) {
    return;
  }
  close_block();
  out_.persist.emplace_back(seal);
  if (seal.final) {
    delivery_.drop_over(seal.branch, seal.next);
  }
  stop_if_over();
  requests_.lose(out_);
  if (links_.connected(seal.branch) && state_.seals().over(links_.origin(seal.branch))) {
    refuse(seal.branch, fmt::format("branch {} is being recovered", seal.branch.value));
  }
}

void Replica::stop_if_over() {
  if (state_.seals().over(state_.self())) {
    out_.stop = fmt::format(
        "incarnation {} of this branch is over: it was or is being recovered elsewhere; if it "
        "does not run there, {} brings it back",
        state_.self().incarnation.value, options_.rebuilt_by);
  } else if (state_.has_given_up_entries()) {
    out_.stop = fmt::format(
        "this branch has entries that were lost with the disk of another branch, or are in a "
        "history of its log that was given up: {} rebuilds it",
        options_.rebuilt_by);
  }
}

void Replica::tell_refused(BranchId peer, std::string why) {
  if (links_.refused_anew(peer, why)) {
    out_.observations.emplace_back(PeerRefused{std::move(why)});
  }
}

void Replica::refuse_peer(LinkId link, BranchId peer, const std::string& why) {
  tell_refused(peer, why);
  if (const auto lost = links_.close(link, "refused: " + why, now_, out_)) {
    disconnected(*lost);
  }
}

void Replica::refuse(BranchId peer, const std::string& why) {
  const auto established = links_.established();
  if (const auto link = established.find(peer); link != established.end()) {
    refuse_peer(link->second, peer, why);
  }
}

void Replica::refuse_all_but(BranchId peer, std::string_view why) {
  for (const auto& [link, branch] : std::exchange(dismissed_, {})) {
    refuse_peer(link, branch,
                fmt::format("branch {} must say again who it is: {}", branch.value, why));
  }
  const auto established = links_.established();
  for (const auto& [other, link] : established) {
    if (other != peer) {
      refuse_peer(link, other,
                  fmt::format("branch {} must say again what it has: {}", other.value, why));
    }
  }
}

void Replica::disconnected(BranchId peer) {
  replication_.disconnected(peer);
  escrow_.disconnected(peer);
  requests_.disconnected(peer);
  std::erase_if(totals_wanted_, [&](const auto& wanted) { return wanted.first == peer; });
}

void Replica::hear(BranchId from, const Blocks& blocks) {
  for (const Block& block : blocks.blocks) {
    if (const auto wrong = delivery_.take(from, block, out_)) {
      refuse(from, fmt::format("branch {} sent {}", from.value, *wrong));
      return;
    }
  }
  replication_.has_sent(from, blocks, state_);
}

void Replica::hear(BranchId from, const Progress& progress) {
  const auto goes_with = [&](const TaggedPosition& position, BranchId by) {
    auto wrong = delivery_.compare(position, by, out_);
    if (wrong) {
      out_.stop = std::move(wrong);
      return false;
    }
    return true;
  };
  for (const TaggedPosition& position : progress.own) {
    if (!goes_with(position, from)) {
      return;
    }
  }
  for (const auto& [origin, position, process] : progress.reports) {
    const BranchId by = origin.branch;
    // Connected branches report their own positions.
    const bool counts = topology_.contains(by) && (by == from || !links_.connected(by));
    if (counts && !goes_with(position, by)) {
      return;
    }
  }
  for (const auto& [branch, after, upto] : replication_.learn(from, progress, state_, now_)) {
    if (options_.observe) {
      tell_confirmed(branch, after, upto);
    }
  }
}

/// A branch's position in this branch's own log moved from `after` to `upto`.
void Replica::tell_confirmed(BranchId branch, Sequence after, Sequence upto) {
  for (auto at = after.value + 1; at <= upto.value; ++at) {
    const EntryId id{state_.self(), Sequence{at}};
    if (const Block* block = state_.logs().find(id)) {
      const Entry entry = block->entry(at - block->head().first.value);
      out_.observations.emplace_back(Confirmed{entry.id, entry.request, branch});
    }
  }
}

void Replica::hear(BranchId from, const RightsRequest& request) {
  if (request.priority.branch == from &&
      is_plausible(request.priority.stamp, state_.clock().last()) && request.missing > Money{}) {
    state_.clock().observe(request.priority.stamp);
    escrow_.rights_requested(request, now_);
  }
}

void Replica::hear(BranchId from, const RightsRequestCancelled& cancelled) {
  if (cancelled.priority.branch == from) {
    escrow_.rights_request_cancelled(cancelled);
  }
}

void Replica::hear(BranchId from, const TotalsRequest& request) {
  totals_wanted_.emplace_back(from, request);
}

/// A branch that has not yet rebuilt its lost data does not know how much came in, so it answers
/// later.
void Replica::answer_totals() {
  if (!state_.recovered()) {
    return;
  }
  for (const auto& [from, request] : std::exchange(totals_wanted_, {})) {
    const Account* account = state_.ledger().find(request.account);
    const Money incoming = account ? account->incoming(topology_.self()) : Money{};
    if (links_.connected(from)) {
      links_.send(from, TotalsReply{request.account, request.priority, request.round, incoming},
                  now_, out_);
    }
  }
}

void Replica::hear(BranchId from, const TotalsReply& reply) {
  escrow_.totals_answered(from, reply);
}

void Replica::hear(BranchId from, const RebalanceRequest& request) {
  if (request.amount > Money{}) {
    escrow_.rebalance_requested(from, request);
  }
}

void Replica::hear(BranchId from, const OutcomeRequest& request) {
  requests_.outcome_asked(from, request, out_);
}

void Replica::hear(BranchId, const OutcomeReply& reply) { requests_.outcome_told(reply, out_); }

void Replica::hear(BranchId from, const Heartbeat& heartbeat) {
  if (heartbeat.asks) {
    links_.send(from, Heartbeat{.answers = true}, now_, out_);
  }
  if (heartbeat.answers) {
    if (const auto took = links_.answered(from, now_)) {
      patience_.met(*took);
      replication_.measured(from, *took);
    }
  }
}

void Replica::hear(BranchId from, const Dismissal& dismissal) {
  const ProcessId self = state_.process();
  const auto& [counts, connected] = dismissal;
  if (counts == self || counts.counter < self.counter) {
    refuse(from, fmt::format("branch {} has not heard yet which process this is", from.value));
    return;
  }
  if (!connected && options_.starts_empty && state_.own_length() == Sequence{}) {
    out_.persist.emplace_back(state_.begin_process_after(counts.counter));
    refuse_all_but({}, "this process has forgotten how many there were before it");
    return;
  }
  out_.stop = why_it_stops(from, counts, self);
}

void Replica::hear(BranchId from, const Divergence& divergence) {
  const bool can_be = delivery_.diverges(divergence, from, out_);
  refuse(from, fmt::format("branch {} says that what is here of branch {} was given up{}",
                           from.value, divergence.yours.end.origin.branch.value,
                           can_be ? "" : ", which can't be so"));
}

}  // namespace passbook
