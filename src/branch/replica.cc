// SPDX-License-Identifier: Apache-2.0
#include "branch/replica.h"

#include <fmt/format.h>

#include "base/check.h"

namespace passbook {
namespace {

/// Clocks tick once an event: no honest one gets here, and none may be made to wrap around.
constexpr Stamp kHighestStamp{std::uint64_t{1} << 62U};

}  // namespace

Replica::Replica(const Bank& bank, Origin self, const BranchOptions& options, const Recall& recall,
                 std::uint64_t process)
    : bank_(bank),
      bank_id_(identity(bank)),
      process_(process),
      options_(options),
      topology_(bank.branches, self.branch, options.full_mesh, options.mesh_shape),
      state_(bank, self, options.remembered_writes),
      readiness_(topology_, options_, state_),
      links_(topology_, options_),
      replication_(topology_, options_),
      escrow_(topology_, options_),
      requests_(topology_, options_, bank_id_, state_, readiness_, links_, replication_, escrow_) {
  state_.restore(recall);
  snapshot_at_ = (recall.snapshot ? recall.snapshot->records : 0) + options.snapshot_every;
}

Effects Replica::step(std::span<const Event> events, Instant now) {
  PASSBOOK_CHECK(now >= now_, "time does not go back");
  now_ = now;
  if (!std::exchange(began_, true)) {
    readiness_.begin(now);
    for (const BranchId peer : topology_.neighbours()) {
      if (options_.listen_first > Duration{}) {  // it may take them long to notice that it is back
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
  const Stamp clock = state_.clock().receive(envelope.clock, sends_in(envelope.message));
  if (options_.observe_messages) {
    out_.observations.emplace_back(MessageReceived{from, envelope, clock});
  }
}

/// What follows from every entry, wherever it was accepted.
void Replica::record(const Entry& entry) {
  out_.persist.emplace_back(entry);
  if (options_.observe) {
    const Money balance = state_.ledger().find(account_of(entry.change))->balance();
    if (entry.id.origin == state_.self()) {
      out_.observations.emplace_back(Accepted{entry, balance, topology_.branches()});
    } else {
      out_.observations.emplace_back(Applied{entry, balance, state_.clock().last()});
    }
  }
  escrow_.applied(entry, state_.self());
  const auto* grant = std::get_if<Grant>(&entry.change);
  release_due_ = release_due_ || (grant != nullptr && grant->to.branch == topology_.self() &&
                                  grant->to != state_.self());
}

/// Applies what has arrived and can be applied. True when anything was.
bool Replica::deliver() {
  bool any = false;
  if (readiness_.obstacle() == Readiness::Obstacle::disk_full) {
    return any;
  }
  while (auto ready = causal_buffer_.next(state_.applied(), state_.seals())) {
    const Origin origin = ready->id.origin;
    if (state_.ledger().refusal(origin, ready->change)) {
      causal_buffer_.drop(origin);
      out_.observations.emplace_back(
          PeerRefused{fmt::format("entry {} of branch {} breaks the rules: it and what follows it "
                                  "was not taken",
                                  ready->id.sequence.value, origin.branch.value)});
      continue;
    }
    record(state_.apply(std::move(*ready)));
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
  for (const EntryId& grant : grants) {
    record(*state_.find(grant));
  }
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
  requests_.acknowledge(out_);
}

void Replica::take_snapshot() {
  if (options_.snapshot_every > 0 && state_.records() >= snapshot_at_) {
    out_.snapshot = state_.snapshot();
    snapshot_at_ = state_.records() + options_.snapshot_every;
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
              Hello{bank_id_, state_.self(), state_.applied(), state_.seals().all(), process_},
              now_, out_);
}

void Replica::handle(const LinkDown& event) {
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
  if (event.envelope.clock > kHighestStamp) {
    refuse_peer(event.link, "a peer sent a message of the far future");
  } else if (hello != nullptr) {
    if (peer) {
      refuse_peer(event.link, fmt::format("branch {} said hello twice", peer->branch.value));
    } else {
      note_clock(hello->from.branch, event.envelope);
      greeted(event.link, *hello);
    }
  } else if (peer) {
    note_clock(peer->branch, event.envelope);
    std::visit([&](const auto& message) { hear(peer->branch, message); }, event.envelope.message);
  }
}

/// Why a peer is not spoken with, or nothing.
std::optional<std::string> Replica::objection(const Hello& hello) const {
  const Origin peer = hello.from;
  if (hello.bank != bank_id_) {
    return fmt::format("branch {} is of another bank", peer.branch.value);
  }
  if (!topology_.contains(peer.branch) || peer.branch == topology_.self()) {
    return fmt::format("a peer calls itself branch {}", peer.branch.value);
  }
  if (state_.seals().over(peer)) {
    return fmt::format("incarnation {} of branch {} is over: it was recovered, or is being",
                       peer.incarnation.value, peer.branch.value);
  }
  if (state_.seals().lost_any(hello.have)) {
    return fmt::format(
        "branch {} has entries that were lost with the disk of another branch and given up: it "
        "must be recovered too",
        peer.branch.value);
  }
  return std::nullopt;
}

void Replica::greeted(LinkId link, const Hello& hello) {
  const Origin peer = hello.from;
  if (hello.bank == bank_id_) {
    std::ranges::for_each(hello.seals, [&](const Seal& said) { told_of(said); });
  }
  if (const auto wrong = objection(hello)) {
    refuse_peer(link, *wrong);
    return;
  }
  if (hello.have.at(state_.self()) > state_.own_length()) {
    out_.stop = fmt::format(
        "branch {} has {} entries of this branch, which has only {}: this branch's data is old or "
        "gone, and going on would give the same numbers to other entries; passbook recover "
        "rebuilds it",
        peer.branch.value, hello.have.at(state_.self()).value, state_.own_length().value);
    return;
  }
  const bool was_connected = links_.connected(peer.branch);
  if (!links_.establish(link, peer, now_, out_, hello.process)) {
    return;
  }
  if (was_connected) {
    disconnected(peer.branch);
  }
  // What it once said and no longer has was never durable anywhere: its disk is an old one.
  causal_buffer_.drop_beyond({peer, hello.have.at(peer)});
  readiness_.heard(peer.branch);
  replication_.connected(peer, hello.have, now_);
  escrow_.connected(peer.branch);
}

/// A peer says which seals it knows. One that is not final binds that peer alone; but if it is of
/// this branch, its recovery has begun, and what it would still do might be thrown away.
void Replica::told_of(const Seal& said) {
  if (said.final) {
    seal(said);
  } else if (said.branch == topology_.self() && said.next > state_.self().incarnation) {
    out_.stop =
        "this branch is being recovered, and its peers take no more of it: passbook recover must "
        "be brought to its end";
  }
}

/// Takes in a seal, and what follows from it.
void Replica::seal(const Seal& seal) {
  if (!topology_.contains(seal.branch) || !state_.seal(seal)) {
    return;
  }
  out_.persist.emplace_back(seal);
  causal_buffer_.drop_lost(state_.seals());
  stop_if_over();
  requests_.lose(out_);
  const auto established = links_.established();
  if (const auto peer = established.find(seal.branch);
      peer != established.end() && state_.seals().over(links_.origin(seal.branch))) {
    refuse_peer(peer->second, fmt::format("branch {} is being recovered", seal.branch.value));
  }
}

void Replica::stop_if_over() {
  if (state_.seals().over(state_.self())) {
    out_.stop = fmt::format(
        "incarnation {} of this branch is over: it was recovered, or is being, in another data "
        "directory",
        state_.self().incarnation.value);
  } else if (state_.seals().lost_any(state_.applied())) {
    out_.stop =
        "this branch has entries that were lost with the disk of another branch and given up "
        "without this one: passbook recover rebuilds it";
  }
}

void Replica::refuse_peer(LinkId link, const std::string& why) {
  out_.observations.emplace_back(PeerRefused{why});
  if (const auto lost = links_.close(link, "refused: " + why, now_, out_)) {
    disconnected(*lost);
  }
}

void Replica::disconnected(BranchId peer) {
  replication_.disconnected(peer);
  escrow_.disconnected(peer);
  requests_.disconnected(peer);
  std::erase_if(totals_wanted_, [&](const auto& wanted) { return wanted.first == peer; });
}

/// Why an entry can't be one of this bank, or nothing.
std::optional<std::string> Replica::objection(const Entry& entry) const {
  const auto* grant = std::get_if<Grant>(&entry.change);
  if (entry.id.origin == state_.self()) {
    return "this branch's own entries";
  }
  if (grant != nullptr && grant->to == entry.id.origin) {
    return "a grant of a branch to itself";
  }
  if (entry.stamp > kHighestStamp) {
    return "an entry of the far future";
  }
  if (!topology_.contains(entry.id.origin.branch) ||
      (grant != nullptr && !topology_.contains(grant->to.branch))) {
    return fmt::format("an entry of branch {}, of which this bank knows nothing",
                       (grant ? grant->to : entry.id.origin).branch.value);
  }
  if (state_.ledger().find(account_of(entry.change)) == nullptr) {
    return fmt::format("an entry of account {}, which does not exist",
                       account_of(entry.change).value);
  }
  if (state_.seals().lost(entry.id)) {
    return fmt::format("entry {} of branch {}, which was lost with its disk and given up",
                       entry.id.sequence.value, entry.id.origin.branch.value);
  }
  return std::nullopt;
}

void Replica::hear(BranchId from, const Entries& entries) {
  for (const Entry& entry : entries.entries) {
    auto wrong = objection(entry);
    if (!wrong && causal_buffer_.offer(entry, state_.applied()) == CausalBuffer::Took::gap) {
      wrong = "entries out of order";
    }
    if (wrong) {
      refuse_peer(links_.established().at(from),
                  fmt::format("branch {} sent {}", from.value, *wrong));
      return;
    }
  }
  replication_.has_sent(from, entries);
}

void Replica::hear(BranchId from, const Progress& progress) {
  for (const auto& [by, position] : progress.reports) {
    if (position.origin == state_.self() && position.sequence > state_.own_length()) {
      refuse_peer(links_.established().at(from),
                  fmt::format("branch {} reports entries of this branch that it does not have",
                              from.value));
      return;
    }
  }
  for (const auto& [branch, after, upto] : replication_.learn(from, progress, state_.self())) {
    for (auto at = after.value + 1; options_.observe && at <= upto.value; ++at) {
      if (const Entry* entry = state_.find({state_.self(), Sequence{at}})) {
        out_.observations.emplace_back(Confirmed{entry->id, entry->request, branch});
      }
    }
  }
}

void Replica::hear(BranchId from, const RightsRequest& request) {
  if (request.priority.branch == from && request.priority.stamp <= kHighestStamp &&
      request.missing > Money{}) {
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

void Replica::hear(BranchId, const Heartbeat&) {}

void Replica::hear(BranchId, const Hello&) {}

}  // namespace passbook
