// SPDX-License-Identifier: Apache-2.0
#include "branch/replica.h"

#include <fmt/format.h>

#include "base/check.h"
#include "branch/greeting.h"

namespace passbook {
Replica::Replica(const Bank& bank, const BranchOptions& options, State state)
    : bank_(bank),
      bank_id_(identity(bank)),
      options_(options),
      topology_(bank.branches, state.self().branch, options.full_mesh, options.mesh_shape),
      state_(std::move(state)),
      readiness_(topology_, options_, state_),
      delivery_(topology_, options_, state_),
      links_(topology_, options_),
      hearsay_(topology_.neighbours().size()),
      replication_(topology_, options_),
      escrow_(topology_, options_),
      requests_(topology_, options_, bank_id_, state_, readiness_, links_, replication_, escrow_) {}

Effects Replica::step(std::span<const Event> events, Instant now) {
  PASSBOOK_CHECK(now >= now_, "time does not go back");
  now_ = now;
  if (!std::exchange(began_, true)) {
    out_.persist.emplace_back(state_.begin_process());
    readiness_.begin(now);
    for (const BranchId peer : topology_.neighbours()) {
      if (options_.starts_empty) {
        links_.call(peer, kNever);
      } else if (options_.listen_first > Duration{}) {  // it may take them long to notice
        links_.call(peer, now + options_.listen_first);
      }
    }
    stop_if_over();
    if (out_.stop) {
      return std::exchange(out_, {});
    }
  }
  readiness_.tick(now);
  for (const Event& event : events) {
    std::visit([&](const auto& e) { handle(e); }, event);
  }
  if (delivery_.needs_again()) {
    refuse_all_but({}, "it was dropped, and counts now");
  }
  for (const BranchId peer : links_.tick(now, out_)) {
    disconnected(peer);
  }
  escrow_.expire(now);
  settle();
  if (requests_.expire(now, out_)) {
    settle();  // what was given up may have left rights to others
  }
  answer_totals();
  escrow_.flush(state_, links_, now, out_);
  requests_.flush(now, out_);
  replication_.flush(state_, links_, now, out_);
  if (out_.stop) {  // what it knows is wrong: it says nothing more
    out_.sends.clear();
    out_.answers.clear();
  }
  stamp_sends();
  take_snapshot();
  out_.wake = std::min(
      {requests_.wake(), links_.wake(), escrow_.wake(), replication_.wake(), readiness_.wake()});
  return std::exchange(out_, {});
}

/// All that leaves for peers is sent now, one after another.
void Replica::stamp_sends() {
  for (SendMessage& send : out_.sends) {
    send.envelope.clock = state_.clock().tick(sends_in(send.envelope.message));
    if (options_.observe_messages) {
      const auto to = links_.peer(send.link);
      out_.observations.emplace_back(
          MessageSent{to ? std::optional(to->branch) : links_.dialed(send.link), send.envelope});
    }
  }
}

/// The clocks of messages that have arrived go on in this branch's.
void Replica::note_clock(BranchId from, const Envelope& envelope) {
  const Stamp clock = state_.clock().receive(
      envelope.clock > kHighestClock ? Stamp{} : envelope.clock, sends_in(envelope.message));
  if (options_.observe_messages) {
    out_.observations.emplace_back(MessageReceived{from, envelope, clock});
  }
}

/// What follows from every entry, wherever it was accepted.
void Replica::record(const Booked& booked) {
  const auto& [entry, balance, clock] = booked;
  if (options_.observe) {
    if (entry.id.origin == state_.self()) {
      out_.observations.emplace_back(Accepted{entry, balance, topology_.branches()});
    } else {
      out_.observations.emplace_back(Applied{entry, balance, clock});
    }
  }
  escrow_.applied(entry, state_.self());
  const auto* grant = std::get_if<Grant>(&entry.change);
  release_due_ = release_due_ || (grant != nullptr && grant->to.branch == topology_.self() &&
                                  grant->to != state_.self());
}

/// What was accepted so far becomes a block: after that, it can be told.
void Replica::close_block() {
  for (Block& block : state_.take_accepted()) {
    out_.persist.emplace_back(std::move(block));
  }
}

/// Applies what has arrived and can be applied. True when anything was.
bool Replica::deliver() {
  bool any = false;
  if (readiness_.obstacle() == Readiness::Obstacle::disk_full) {
    return any;
  }
  while (const auto ready = delivery_.next(out_)) {
    close_block();
    const auto booked = state_.apply(*ready);
    out_.persist.emplace_back(*ready);
    std::ranges::for_each(booked, [&](const Booked& each) { record(each); });
    if (state_.seals().limit(ready->origin()) == ready->end().end.sequence) {
      stop_if_over();  // it may have come to another end than was agreed
    }
    any = true;
  }
  return any;
}

/// Gives rights to those who should have them. True when any were.
bool Replica::grant() {
  if (!readiness_.takes_writes()) {
    return false;
  }
  std::vector<Priority> funded;
  const auto grants = escrow_.settle(state_, links_, funded);
  std::ranges::for_each(grants, [&](const Booked& booked) { record(booked); });
  const bool accepted = requests_.accept_funded(funded, out_);
  return accepted || !grants.empty();
}

/// After a recovery, takes over what the lost incarnations left, when that was asked for.
bool Replica::release_rights() {
  if (!release_due_ || !readiness_.takes_writes()) {
    return false;
  }
  release_due_ = false;
  const auto releases = state_.releasable();
  for (const Release& release : releases) {
    record(state_.accept(release, state_.applied(), std::nullopt));
  }
  return !releases.empty();
}

/// Goes on until nothing follows from anything any more.
void Replica::settle() {
  bool moved = true;
  while (moved) {
    moved = deliver();
    moved = release_rights() || moved;
    moved = requests_.advance(out_) || moved;
    moved = grant() || moved;
    escrow_.prove(state_);
    moved = requests_.refuse_short(escrow_.proven_short(), out_) || moved;
  }
  close_block();
  replication_.note_applied(state_, now_);
  requests_.acknowledge(out_);
}

void Replica::take_snapshot() {
  if (options_.snapshot_every > 0 &&
      state_.records() >= state_.records_in_snapshot() + options_.snapshot_every) {
    out_.snapshot = state_.snapshot();
  }
}

void Replica::handle(const Called& event) { requests_.arrive(event, now_, out_); }

void Replica::handle(const OperatorCalled& event) {
  out_.operator_answers.push_back(
      {event.call,
       std::visit([&](const auto& request) { return reply_to(request); }, event.request)});
}

Inspected Replica::inspected() const {
  return {bank_id_, topology_, state_, readiness_, links_, replication_, escrow_};
}

OperatorReply Replica::reply_to(const StatusRequest&) { return status_of(inspected(), now_); }

OperatorReply Replica::reply_to(const SealRequest& request) {
  const SealAnswer answer = answer_to(request, inspected());
  if (answer.seal) {
    seal(*answer.seal);
  }
  return answer.reply;
}

void Replica::handle(const Fetched& event) {
  if (const auto peer = links_.peer(event.link)) {
    replication_.fetched(peer->branch, event, state_, links_, now_, out_);
  }
}

void Replica::handle(const DiskChecked& event) { readiness_.checked(event.space); }

void Replica::handle(const LinkUp& event) {
  links_.up(event.link, event.dialed, now_);
  links_.send(event.link,
              Hello{bank_id_, state_.self(), state_.logs().heads().positions(),
                    state_.seals().all(), state_.process()},
              now_, out_);
}

void Replica::handle(const LinkDown& event) {
  dismissed_.erase(event.link);
  if (const auto lost = links_.down(event, now_, out_)) {
    disconnected(*lost);
  }
}

void Replica::handle(const DialFailed& event) { links_.dial_failed(event, now_, out_); }

void Replica::handle(const Received& event) {
  if (!links_.open(event.link)) {
    return;  // it was read before the stream was closed
  }
  links_.heard(event.link, now_);
  const auto peer = links_.peer(event.link);
  const auto* hello = std::get_if<Hello>(&event.envelope.message);
  if (hello != nullptr) {
    if (peer) {
      refuse_peer(event.link, peer->branch,
                  fmt::format("branch {} said hello twice", peer->branch.value));
    } else {
      note_clock(hello->from.branch, event.envelope);
      greeted(event.link, *hello);
    }
  } else if (peer) {
    note_clock(peer->branch, event.envelope);
    std::visit([&](const auto& message) { hear(peer->branch, message); }, event.envelope.message);
  } else if (const auto* dismissal = std::get_if<Dismissal>(&event.envelope.message);
             dismissal != nullptr && dismissed_.contains(event.link)) {
    hear(dismissed_.at(event.link), *dismissal);  // each told the other to stop
  }
}

void Replica::greeted(LinkId link, const Hello& hello) {
  const Origin peer = hello.from;
  if (hello.bank == bank_id_) {
    std::ranges::for_each(hello.seals, [&](const Seal& said) { told_of(peer, said); });
  }
  if (const auto wrong = objection_to(hello, bank_id_, topology_, state_)) {
    refuse_peer(link, peer.branch, *wrong);
    return;
  }
  if (peer.incarnation > replication_.incarnation(peer.branch)) {
    state_.forks().withdraw(peer.branch);
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
  // Whoever passed on what is dropped does not know of that, and must begin again.
  if (delivery_.drop_beyond(own_end(hello), hello.process)) {
    refuse_all_but(peer.branch, "it may have passed on what was dropped");
  }
  readiness_.heard(peer.branch);
  replication_.connected(peer, hello.process, hello.have, state_, now_);
  escrow_.connected(peer.branch);
}

/// The stream stays open until the other has heard it and ends it, or is silent for too long.
void Replica::dismiss(LinkId link, const Hello& hello, const Dismissal& dismissal) {
  tell_refused(hello.from.branch, why_dismissed(hello, dismissal.counts));
  links_.send(link, dismissal, now_, out_);
  dismissed_[link] = hello.from.branch;
}

/// A peer says which seals it knows. One that is not final binds that peer alone; but if enough
/// have promised to take no more of this branch, what it would still do might be thrown away.
void Replica::told_of(Origin from, const Seal& said) {
  if (!topology_.contains(from.branch) || !topology_.contains(said.branch)) {
    return;
  }
  if (said.branch == topology_.self()) {
    const bool empty = options_.starts_empty && !readiness_.takes_writes();  // believes anyone
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

/// Takes in a seal, and what follows from it.
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
  const auto established = links_.established();
  if (const auto peer = established.find(seal.branch);
      peer != established.end() && state_.seals().over(links_.origin(seal.branch))) {
    refuse_peer(peer->second, seal.branch,
                fmt::format("branch {} is being recovered", seal.branch.value));
  }
}

void Replica::stop_if_over() {
  if (state_.seals().over(state_.self())) {
    out_.stop = fmt::format(
        "incarnation {} of this branch is over: it was recovered, or is being, elsewhere; if it "
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
      refuse_peer(links_.established().at(from), from,
                  fmt::format("branch {} sent {}", from.value, *wrong));
      return;
    }
  }
  replication_.has_sent(from, blocks, state_);
}

void Replica::hear(BranchId from, const Progress& progress) {
  for (const Report& report : progress.reports) {
    if (!topology_.contains(report.by.branch)) {
      continue;
    }
    if (auto wrong = delivery_.compare(report.position, report.by.branch, out_)) {
      out_.stop = std::move(wrong);
      return;
    }
  }
  for (const auto& [branch, after, upto] : replication_.learn(from, progress, state_)) {
    if (options_.observe) {
      tell_confirmed(branch, after, upto);
    }
  }
}

/// A branch has this branch's own log up to `upto` now, and had it up to `after`.
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

/// A branch that has not yet rebuilt what it lost does not know how much came in.
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
  requests_.outcome_asked(from, request);
}

void Replica::hear(BranchId, const OutcomeReply& reply) { requests_.outcome_told(reply, out_); }

void Replica::hear(BranchId from, const Dismissal& dismissal) {
  const ProcessId self = state_.process();
  const auto& [counts, connected] = dismissal;
  if (counts == self || counts.counter < self.counter) {
    return;
  }
  if (!connected && options_.starts_empty && state_.own_length() == Sequence{}) {
    out_.persist.emplace_back(state_.begin_process_after(counts.counter));
    refuse_all_but({}, "this process has forgotten how many there were before it");
    return;
  }
  out_.stop = why_it_stops(from, counts, self);
}

void Replica::hear(BranchId, const Heartbeat&) {}
void Replica::hear(BranchId, const Hello&) {}

}  // namespace passbook
