// SPDX-License-Identifier: Apache-2.0
// The customer: performs events one after another and carries the passbook between branches.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "base/time.h"
#include "causal/lamport.h"
#include "causal/passbook.h"
#include "customer/event.h"
#include "protocol/customer_messages.h"

namespace passbook {

/// How a customer goes about its business.
struct CustomerOptions {
  ClientId client;
  Guarantees guarantees = Guarantees::session();
  AckLevel ack = AckLevel::all;
  Duration timeout = std::chrono::seconds(10);  ///< for one event, retries and all
  /// Branches work on nothing for longer: an event that may take longer is several calls.
  Duration longest_call = std::chrono::seconds(60);
  /// Whether answers advance its Lamport clock. The clock lists (docs/clocks.md) are of customers
  /// whose clocks count their own requests only.
  bool hears_clocks = true;
};

/// A passbook and the bank it speaks of; both empty at first.
struct HeldPassbook {
  Passbook passbook;
  BankId bank;

  void merge(const HeldPassbook& other);
  bool operator==(const HeldPassbook&) const = default;
};

/// What a customer knows when an event has ended.
struct Performed {
  EventResult result;
  std::optional<EntryId> write;  ///< the entry that an accepted write became
  /// All that the branch had applied when it answered; none when nothing was answered.
  std::optional<VersionVector> applied;
};

/// The core of a client, without any I/O: events come in, calls to be made come out. One event
/// at a time. A call that fails without an answer is made again, with the same request id and at
/// the same branch, until the event's time is up; then a write's result is `unknown`, unless it is
/// certain of each of its calls that it had no effect. A write that was answered, but not decided
/// for ever, is abandoned: only then is its result `fail`.
///
/// A write that certainly had no effect, since its branch has lost its disk or no longer knows its
/// session, is made again with a new id.
///
/// A call carries only what its guarantees need, so that the answer tells what the branch had,
/// and so which of the guarantees that were not asked for would have been broken.
class Customer {
 public:
  explicit Customer(const CustomerOptions& options) : options_(options) {}

  /// Carries on with someone's passbook. Every event from here until the next begin_with waits
  /// for it, whatever guarantees are asked for; after that, those that the guarantees reach.
  void begin_with(const HeldPassbook& base);

  /// What the customer carries: all that its guarantees will need, or, where they need nothing,
  /// what the last answer said.
  const HeldPassbook& passbook() const { return held_; }

  /// What its clock was when it took in the last answer.
  Stamp heard_at() const { return heard_at_; }

  // Events.
  struct Perform {
    CustomerEvent event;
    Duration extra{};  ///< added to the timeout
  };
  struct Answered {
    Answer answer;
    BankId bank;
  };
  /// The call failed without an answer.
  struct Failed {
    std::string why;
    bool final = false;      ///< trying again is pointless
    bool no_effect = false;  ///< it is certain that no branch has carried it out, or will
  };
  using Event = std::variant<Perform, Answered, Failed>;

  // Effects.
  struct Call {
    BranchId branch;
    Request request;
    Instant deadline;
    Instant begin{};  ///< not before: the branch wished for a pause
  };
  using Effect = std::variant<Call, Performed>;

  /// Exactly one thing follows from every event.
  Effect step(const Event& event, Instant now);

 private:
  Effect handle(const Perform& event, Instant now);
  Effect handle(const Answered& event, Instant now);
  Effect handle(const Failed& event, Instant now);
  Performed take_in(const Answered& event);
  Performed settle(const Answered& event);
  Call abandon(const Performed& refused, const Answer& answer, Instant now);
  Call make_call(Instant now, Duration wait = {});
  Request make_request(const CustomerEvent& event);
  RequestId new_id(BranchId branch);
  bool begins_anew(const Answer& answer);
  bool ends_before_its_event(const Answer& answer, Instant now) const;
  void remember(const HeldPassbook& said);
  void give_up_lost(const Passbook& sent, const Passbook& left);

  CustomerOptions options_;
  HeldPassbook base_;
  HeldPassbook held_;
  /// Of the branches that have lost their disks, which life is the latest.
  std::map<BranchId, Incarnation> incarnations_;
  LamportClock clock_;
  Stamp heard_at_;
  std::uint64_t number_ = 0;
  std::optional<Call> under_way_;
  Instant give_up_at_;       ///< the event's deadline
  bool unanswered_ = false;  ///< an earlier call of what is under way had no answer
  /// What its result is once it is certain that the write has no effect: it is being abandoned.
  std::optional<Performed> refused_;
};

}  // namespace passbook
