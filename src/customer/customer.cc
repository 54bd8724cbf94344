// SPDX-License-Identifier: Apache-2.0
#include "customer/customer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace passbook {
namespace {

/// How much longer than its event a customer waits for the answer to `Abandon`.
constexpr Duration kToAbandon = std::chrono::seconds(1);

Operation operation_of(const CustomerEvent& event) {
  switch (event.interface) {
    case Interface::deposit:
      return Deposit{event.account, event.money};
    case Interface::withdraw:
      return Withdrawal{event.account, event.money};
    case Interface::query:
      break;
  }
  return Query{event.account};
}

std::string explain(const Answer& answer) {
  if (answer.outcome == Outcome::ok) {
    return {};
  }
  std::string out = to_string(answer.outcome);
  std::string separator = ": not reached: ";
  for (const BranchId branch : answer.unreached) {
    out += fmt::format("{}branch {}", std::exchange(separator, ", "), branch.value);
  }
  if (answer.outcome == Outcome::unconfirmed) {
    out += fmt::format(" (confirmed by {})", answer.confirmed);
  }
  return out;
}

/// `positions` without the lost ones: a position that was sent and did not come back is replaced by
/// the one that came back instead. If that is lower, it is the end of the log, and later positions
/// are lowered to it.
TaggedVector without_lost(const TaggedVector& positions, const TaggedVector& sent,
                          const TaggedVector& left) {
  TaggedVector out;
  for (const TaggedPosition& position : positions.positions()) {
    const TaggedPosition was = sent.at(position.end.origin);
    const TaggedPosition is = left.at(position.end.origin);
    const bool lost = was != is && position == was;
    const bool beyond = is.end < was.end && is.end < position.end;
    out.raise(lost || beyond ? is : position);
  }
  return out;
}

/// Whether, after this answer, another call for the write may yet be accepted.
bool undecided(Outcome outcome) {
  return outcome == Outcome::unavailable || outcome == Outcome::disk_full ||
         outcome == Outcome::unknown_account || outcome == Outcome::lost_write ||
         outcome == Outcome::invalid_passbook || outcome == Outcome::session_too_new ||
         outcome == Outcome::resource_exhausted || outcome == Outcome::unknown;
}

}  // namespace

void HeldPassbook::merge(const HeldPassbook& other) {
  passbook.merge(other.passbook);
  if (other.bank != BankId{}) {
    bank = other.bank;
  }
}

Customer::Effect Customer::step(const Event& event, Instant now) {
  return std::visit([&](const auto& e) { return handle(e, now); }, event);
}

/// A request with only those positions that the guarantees of this kind of call need.
Request Customer::make_request(const CustomerEvent& event) {
  const bool write = event.interface != Interface::query;
  const Guarantees& asked = options_.guarantees;
  HeldPassbook sent = base_;
  if (write ? asked.monotonic_writes : asked.read_your_writes) {
    sent.merge({{held_.passbook.writes, {}}, held_.bank});
  }
  if (write ? asked.writes_follow_reads : asked.monotonic_reads) {
    sent.merge({{{}, held_.passbook.reads}, held_.bank});
  }
  return {.id = new_id(event.branch),
          .operation = operation_of(event),
          .passbook = sent.passbook,
          .bank = sent.bank,
          .guarantees = base_ == HeldPassbook{} ? asked : Guarantees::session(),
          .ack = options_.ack};
}

RequestId Customer::new_id(BranchId branch) {
  const auto known = incarnations_.find(branch);
  return {{branch, known == incarnations_.end() ? Incarnation{1} : known->second},
          options_.client,
          ++number_};
}

/// Makes the call under way, for the first time or again.
Customer::Call Customer::make_call(Instant now, Duration wait) {
  under_way_->request.clock = clock_.tick();
  under_way_->begin = now + wait;
  under_way_->deadline = std::min(give_up_at_, under_way_->begin + options_.longest_call);
  return *under_way_;
}

Customer::Effect Customer::handle(const Perform& event, Instant now) {
  PASSBOOK_CHECK(!under_way_, "a customer is never at two branches at once");
  unanswered_ = false;
  give_up_at_ = now + options_.timeout + event.extra;
  under_way_ = Call{event.event.branch, make_request(event.event), give_up_at_, now};
  return make_call(now);
}

void Customer::begin_with(const HeldPassbook& base) {
  base_ = base;
  if (base != HeldPassbook{}) {
    remember(base);
  }
}

/// Adds to the passbook that is carried. Parts that no guarantee needs are replaced.
void Customer::remember(const HeldPassbook& said) {
  const Guarantees& asked = options_.guarantees;
  if (!asked.read_your_writes && !asked.monotonic_writes) {
    held_.passbook.writes = {};
  }
  if (!asked.monotonic_reads && !asked.writes_follow_reads) {
    held_.passbook.reads = {};
  }
  held_.merge(said);
  for (const TaggedVector* half : {&said.passbook.writes, &said.passbook.reads}) {
    for (const TaggedPosition& position : half->positions()) {
      Incarnation& known = incarnations_[position.end.origin.branch];
      known = std::max(known, position.end.origin.incarnation);
    }
  }
}

/// Forgets positions that were lost with the disk of a branch, wherever they are remembered.
void Customer::give_up_lost(const Passbook& sent, const Passbook& left) {
  for (TaggedVector* kept : {&held_.passbook.writes, &held_.passbook.reads, &base_.passbook.writes,
                             &base_.passbook.reads}) {
    *kept = without_lost(*kept, sent.writes, left.writes);
    *kept = without_lost(*kept, sent.reads, left.reads);
  }
}

/// Remembers an answer, and derives the result of the event.
Performed Customer::take_in(const Answered& event) {
  const Answer& answer = event.answer;
  const bool stands = answer.outcome == Outcome::ok || answer.outcome == Outcome::unconfirmed;
  const bool unknown =
      answer.outcome == Outcome::unknown || (answer.outcome == Outcome::too_old && unanswered_);
  const ResultWord failed = unknown ? ResultWord::unknown : ResultWord::fail;
  Performed out{.result = {.result = stands ? ResultWord::success : failed,
                           .reason = explain(answer),
                           .balance = answer.balance},
                .write = answer.entry,
                .applied = {}};
  if (answer.balance) {
    out.applied = answer.passbook.reads.untagged();
  }
  if (answer.outcome == Outcome::lost_write) {
    give_up_lost(under_way_->request.passbook, answer.passbook);
    return out;
  }
  remember({answer.passbook, event.bank});
  return out;
}

/// Gives up a write. Its event then ends with the answer that it had.
Customer::Call Customer::abandon(const Performed& refused, const Answer& answer, Instant now) {
  refused_ = refused;
  under_way_->request.operation = Abandon{};
  under_way_->request.ack = AckLevel::local;
  under_way_->request.passbook = answer.passbook;
  give_up_at_ = std::max(give_up_at_, now) + kToAbandon;
  return make_call(now);
}

/// Takes the answer to `Abandon`.
Performed Customer::settle(const Answered& event) {
  Performed out = *std::exchange(refused_, std::nullopt);
  const Performed told = take_in(event);
  if (told.result.result == ResultWord::success) {
    return told;
  }
  const Outcome outcome = event.answer.outcome;
  out.result.result = is_final(outcome) ? ResultWord::fail : ResultWord::unknown;
  if (is_final(outcome) && outcome != Outcome::abandoned) {
    out.result.reason = told.result.reason;
  }
  return out;
}

/// Whether a write that certainly had no effect can be made again with another kind of id.
bool Customer::begins_anew(const Answer& answer) {
  if (answer.outcome == Outcome::wrong_origin) {
    Incarnation& known = incarnations_[under_way_->branch];
    return std::exchange(known, std::max(known, answer.incarnation)) < answer.incarnation;
  }
  const bool session =
      answer.outcome == Outcome::too_old || answer.outcome == Outcome::session_too_new;
  if (!session || unanswered_ || answer.opens_at == 0) {
    return false;
  }
  constexpr std::uint64_t kLow = UINT32_MAX;
  options_.client.session = answer.opens_at << 32U | ((options_.client.session + 1) & kLow);
  return true;
}

/// Whether the write is undecided because the call's time is up, while the event's is not.
bool Customer::ends_before_its_event(const Answer& answer, Instant now) const {
  const bool open = answer.outcome == Outcome::unavailable || answer.outcome == Outcome::unknown ||
                    answer.outcome == Outcome::unconfirmed;
  return open && !refused_ && under_way_->deadline < give_up_at_ &&
         now + options_.longest_call / 2 >= under_way_->deadline;
}

Customer::Effect Customer::handle(const Answered& event, Instant now) {
  PASSBOOK_CHECK(under_way_.has_value(), "an answer follows a call");
  const Answer& answer = event.answer;
  heard_at_ = options_.hears_clocks ? clock_.receive(answer.clock) : clock_.last();
  if (!refused_ && now < give_up_at_ && begins_anew(answer)) {
    under_way_->request.id = new_id(under_way_->branch);
    unanswered_ = false;
    return make_call(now);
  }
  if (answer.retry_after > Duration{} && now + answer.retry_after < give_up_at_) {
    return make_call(now, answer.retry_after);
  }
  const bool again = ends_before_its_event(answer, now);
  const Performed out = refused_ ? settle(event) : take_in(event);
  if (again) {
    return make_call(now);
  }
  if (change_of(under_way_->request.operation) && undecided(answer.outcome)) {
    return abandon(out, answer, now);
  }
  under_way_.reset();
  return out;
}

Customer::Effect Customer::handle(const Failed& event, Instant now) {
  PASSBOOK_CHECK(under_way_.has_value(), "a failure follows a call");
  unanswered_ = unanswered_ || !event.no_effect;
  if (!event.final && now < give_up_at_) {
    return make_call(now);
  }
  const bool query = std::holds_alternative<Query>(under_way_->request.operation);
  under_way_.reset();
  if (refused_) {
    Performed out = *std::exchange(refused_, std::nullopt);
    out.result.result = ResultWord::unknown;
    return out;
  }
  return Performed{
      .result = {.result = query || !unanswered_ ? ResultWord::fail : ResultWord::unknown,
                 .reason = event.why,
                 .balance = {}},
      .write = {},
      .applied = {}};
}

}  // namespace passbook
