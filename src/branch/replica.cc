// SPDX-License-Identifier: Apache-2.0
#include "branch/replica.h"

#include <fmt/format.h>

#include "base/check.h"

namespace passbook {
Replica::Replica(const Bank& bank, const BranchOptions& options, State state)
    : bank_(bank),
      bank_id_(identity(bank)),
      options_(options),
      topology_(bank.branches, state.self().branch, options.full_mesh, options.mesh_shape),
      state_(std::move(state)),
      readiness_(topology_, options_, state_),
      delivery_(topology_, options_, state_),
      patience_(options_),
      links_(topology_, options_, patience_),
      hearsay_(topology_.neighbours().size()),
      replication_(topology_, options_, patience_),
      escrow_(topology_, options_, patience_),
      requests_(topology_, options_, bank_id_, state_, calendar_, readiness_, links_, patience_,
                replication_, escrow_) {}

Effects Replica::step(std::span<const Event> events, Instant now) {
  PASSBOOK_CHECK(now >= now_, "time does not go back");
  patience_.came_late(std::max(Duration{}, now - std::max(wake_, now_)));
  now_ = now;
  if (!std::exchange(began_, true)) {
    out_.persist.emplace_back(state_.begin_process());
    readiness_.begin(now);
    for (const BranchId peer : topology_.neighbours()) {
      if (options_.starts_empty) {
        links_.call(peer, kNever);
      } else if (options_.listen_first > Duration{}) {  // peers may notice a broken stream late
        links_.call(peer, now + options_.listen_first);
      }
    }
    stop_if_over();
    if (out_.stop) {
      return std::exchange(out_, {});
    }
  }
  readiness_.tick(now);
  calendar_.tick(now);
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
    settle();  // entries that were given up may have left rights to others
  }
  answer_totals();
  escrow_.flush(state_, links_, now, out_);
  requests_.flush(now, out_);
  replication_.flush(state_, links_, now, out_);
  if (out_.stop) {  // its state is wrong, so it sends nothing more
    out_.sends.clear();
    out_.answers.clear();
  }
  stamp_sends();
  take_snapshot();
  wake_ = std::min(
      {requests_.wake(), links_.wake(), escrow_.wake(), replication_.wake(), readiness_.wake()});
  out_.wake = wake_;
  return std::exchange(out_, {});
}

/// Stamps all messages to peers as sent now, one after another.
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

/// Advances this branch's clock past the clocks of an arrived message.
void Replica::note_clock(BranchId from, const Envelope& envelope) {
  const Stamp clock = state_.clock().receive(
      envelope.clock > kHighestClock ? Stamp{} : envelope.clock, sends_in(envelope.message));
  if (options_.observe_messages) {
    out_.observations.emplace_back(MessageReceived{from, envelope, clock});
  }
}

/// Updates everything that depends on an entry, wherever it was accepted.
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
  requests_.applied(entry);
  const auto* grant = std::get_if<Grant>(&entry.change);
  release_due_ = release_due_ || (grant != nullptr && grant->to.branch == topology_.self() &&
                                  grant->to != state_.self());
}

/// Closes the block of the accepted entries, which may be sent after that.
void Replica::close_block() {
  for (Block& block : state_.take_accepted()) {
    out_.persist.emplace_back(std::move(block));
  }
}

/// Applies all arrived blocks that can be applied. True if there were any.
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
      stop_if_over();  // the log may end otherwise than agreed
    }
    any = true;
  }
  return any;
}

/// Gives rights to branches that should have them. True if any were given.
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

/// After a recovery, takes over the rights that the lost incarnations left, if that was asked for.
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

/// Repeats all consequences until nothing changes any more.
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

/// Begins a snapshot if one is due, and continues one that was begun.
void Replica::take_snapshot() {
  if (options_.snapshot_every == 0) {
    return;
  }
  if (!state_.makes_snapshot() &&
      state_.records() >= state_.records_in_snapshot() + options_.snapshot_every) {
    state_.begin_snapshot();
  }
  out_.snapshot = state_.go_on_with_snapshot(options_.snapshot_part);
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

void Replica::handle(const CalendarSet& event) { calendar_.set(event.seconds, now_); }

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

}  // namespace passbook
