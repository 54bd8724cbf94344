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

/// How a customer makes its calls.
struct CustomerOptions {
  ClientId client;
  Guarantees guarantees = Guarantees::session();
  AckLevel ack = AckLevel::all;
  Duration timeout = std::chrono::seconds(10);  ///< for one event, including retries
  /// No branch works on a call for longer, so an event that may take longer needs several calls.
  Duration longest_call = std::chrono::seconds(60);
  /// Whether answers advance its Lamport clock. In the clock lists (docs/clocks.md) a customer's
  /// clock counts only its own requests.
  bool hears_clocks = true;
};

/// A passbook and the bank that it belongs to; both empty at first.
struct HeldPassbook {
  Passbook passbook;
  BankId bank;

  void merge(const HeldPassbook& other);
  bool operator==(const HeldPassbook&) const = default;
};

/// The result of an event, and what its answer shows about the branch.
struct Performed {
  EventResult result;
  std::optional<EntryId> write;  ///< the entry of an accepted write
  /// Everything that the branch had applied when it answered; none without an answer.
  std::optional<VersionVector> applied;
};

/// The core of a client, without any I/O: events go in, calls to make come out, one event at a
/// time. A call that fails without an answer is made again, with the same request id and at the
/// same branch, until the event's time is up. Then a write's result is `unknown`, unless each of
/// its calls certainly had no effect. A write that was answered, but not decided for ever, is
/// abandoned; only then is its result `fail`.
///
/// A write that certainly had no effect, because its branch has lost its disk or no longer knows
/// its session, is made again with a new id.
///
/// A call carries only the positions that its guarantees need. So the answer shows how far the
/// branch was by itself, and which of the other guarantees it would have broken.
class Customer {
 public:
  explicit Customer(const CustomerOptions& options) : options_(options) {}

  /// Carries on with someone's passbook. Until the next begin_with, every event waits for all of
  /// it, whatever guarantees are asked for; after that, only as far as the guarantees need it.
  void begin_with(const HeldPassbook& base);

  /// The passbook that the customer carries: everything that its guarantees will need, or, where
  /// they need nothing, the passbook of the last answer.
  const HeldPassbook& passbook() const { return held_; }

  /// Its clock when it took in the last answer.
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
    bool no_effect = false;  ///< certainly no branch has carried it out, or ever will
  };
  using Event = std::variant<Perform, Answered, Failed>;

  // Effects.
  struct Call {
    BranchId branch;
    Request request;
    Instant deadline;
    Instant begin{};  ///< make the call no earlier: the branch asked for a pause
  };
  using Effect = std::variant<Call, Performed>;

  /// Every event has exactly one effect.
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
  /// The latest known incarnations of branches that have lost their disks.
  std::map<BranchId, Incarnation> incarnations_;
  LamportClock clock_;
  Stamp heard_at_;
  std::uint64_t number_ = 0;
  std::optional<Call> under_way_;
  Instant give_up_at_;       ///< the event's deadline
  bool unanswered_ = false;  ///< an earlier call of the request under way had no answer
  /// While a write is being abandoned: its result once it is certain that it has no effect.
  std::optional<Performed> refused_;
};

}  // namespace passbook
