// SPDX-License-Identifier: Apache-2.0
// A bank in a test: replicas, a network with seeded delays, and virtual time.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "base/random.h"
#include "branch/fetching.h"
#include "branch/recalling.h"
#include "branch/recovery.h"
#include "branch/replica.h"

namespace passbook {

/// Runs the replicas of a bank on virtual time. Messages of one link keep their order; delays vary
/// from message to message.
class TestBank {
 public:
  struct Config {
    std::uint32_t branches = 3;
    std::int64_t opening = 0;
    std::uint64_t seed = 1;
    BranchOptions options = {};
    Duration slowest = std::chrono::milliseconds(3);
    Duration fastest = {};
    /// Replicas are also stepped at this interval, wanted or not. Zero for never.
    Duration tick = {};
    /// Called for each step with its events and its effects.
    std::function<void(BranchId, std::span<const Event>, const Effects&)> watch = {};
  };

  explicit TestBank(const Config& config)
      : config_(config),
        random_(config.seed),
        next_tick_(config.tick == Duration{} ? kNever : now_ + config.tick) {
    for (std::uint32_t i = 1; i <= config.branches; ++i) {
      bank_.branches.emplace_back(i);
    }
    bank_.accounts.push_back({kSharedAccount, Money{config.opening}, Money{0}});
    for (const BranchId branch : bank_.branches) {
      start(branch);
    }
  }

  Instant now() const { return now_; }
  const Bank& bank() const { return bank_; }
  Replica& at(std::uint32_t branch) { return *nodes_.at(BranchId{branch}).replica; }
  Money balance(std::uint32_t branch) {
    return at(branch).state().ledger().find(kSharedAccount)->balance();
  }
  const std::optional<std::string>& stopped(std::uint32_t branch) {
    return nodes_.at(BranchId{branch}).stopped;
  }

  /// Sets the incarnation of the request's id to the current one of its branch.
  Request current(Request request) const {
    Origin& origin = request.id.origin;
    origin.incarnation = nodes_.at(origin.branch).incarnation;
    return request;
  }

  /// Calls a branch now. The answer is kept under the returned id.
  CallId call(std::uint32_t branch, Request request, Duration timeout = std::chrono::seconds(10)) {
    const CallId id{++last_call_};
    step(BranchId{branch}, {Called{id, std::move(request), now_ + timeout}});
    return id;
  }

  const Answer* answer(CallId call) const {
    const auto found = answers_.find(call);
    return found == answers_.end() ? nullptr : &found->second;
  }

  /// Runs until a call is answered. Fails after a minute of virtual time.
  Answer wait(CallId call) {
    run_until([&] { return answers_.contains(call); }, std::chrono::minutes(1));
    PASSBOOK_CHECK(answers_.contains(call), "a call was never answered");
    return answers_.at(call);
  }

  void run_for(Duration duration) {
    run_until([] { return false; }, duration);
  }

  void run_until(const std::function<bool()>& done, Duration most) {
    const Instant end = now_ + most;
    while (!done()) {
      const Instant next = next_due();
      if (next > end) {
        now_ = end;
        return;
      }
      now_ = std::max(now_, next);
      take_what_is_due();
    }
  }

  /// Pauses a branch for a while. It takes in the events of that time afterwards.
  void pause(std::uint32_t branch, Duration duration) {
    nodes_.at(BranchId{branch}).paused_until = now_ + duration;
  }

  /// Cuts the network between two branches until healed; their links break.
  void cut(std::uint32_t a, std::uint32_t b) {
    cut_.insert(std::minmax(BranchId{a}, BranchId{b}));
    for (auto& [id, wire] : wires_) {
      if (std::minmax(wire.a, wire.b) == std::minmax(BranchId{a}, BranchId{b})) {
        drop(id);
      }
    }
  }
  void isolate(std::uint32_t branch) {
    for (const BranchId other : bank_.branches) {
      if (other.value != branch) {
        cut(branch, other.value);
      }
    }
  }
  void heal() { cut_.clear(); }

  void crash(std::uint32_t branch) {
    nodes_.at(BranchId{branch}).replica.reset();
    nodes_.at(BranchId{branch}).held.clear();
    for (auto& [id, wire] : wires_) {
      if (wire.a == BranchId{branch} || wire.b == BranchId{branch}) {
        drop(id);
      }
    }
  }
  /// Restarts a crashed branch with all records it persisted, or with only some.
  void restart(std::uint32_t branch, std::size_t keep = SIZE_MAX) {
    nodes_.at(BranchId{branch}).journal.keep_only(keep);
    start(BranchId{branch});
  }

  /// Restarts a crashed branch without its records, with only a recovery: the others agree on the
  /// end of its log, without branches that are lost too.
  void recover(std::uint32_t branch, bool release_rights = false,
               const std::set<std::uint32_t>& without = {}) {
    const RecoveryCoordinator agreed = agree(branch, without, {}, release_rights);
    PASSBOOK_CHECK(agreed.failure().empty(), agreed.failure());
    begin_anew(agreed);
  }

  /// Asks every reachable branch for the recovery of a branch.
  RecoveryCoordinator agree(std::uint32_t branch, const std::set<std::uint32_t>& without = {},
                            std::optional<Tag> keep = {}, bool release_rights = false) {
    RecoveryOrder order{.bank = identity(bank_),
                        .branch = BranchId{branch},
                        .others = {},
                        .nonce = ++recoveries_,
                        .keep = keep,
                        .release_rights = release_rights};
    std::ranges::copy_if(bank_.branches, std::back_inserter(order.others), [&](BranchId other) {
      return other.value != branch && !without.contains(other.value);
    });
    RecoveryCoordinator out(std::move(order));
    while (!out.questions().empty()) {
      for (const auto& [to, request] : std::vector(out.questions())) {
        out.hear(to, std::get<SealReply>(ask(to.value, request)));
      }
    }
    return out;
  }

  /// Restarts a crashed branch in its new incarnation.
  void begin_anew(const RecoveryCoordinator& agreed) {
    Node& node = nodes_.at(agreed.seal().branch);
    node.incarnation = agreed.seal().next;
    node.journal = {};
    node.journal.records = {agreed.seal(), agreed.recovery()};
    start(agreed.seal().branch);
  }

  /// A branch's reply to an operator, at once.
  OperatorReply ask(std::uint32_t branch, const OperatorRequest& request) {
    const CallId id{++last_call_};
    step(BranchId{branch}, {OperatorCalled{id, request}});
    return operator_replies_.at(id);
  }
  Status status(std::uint32_t branch) { return std::get<Status>(ask(branch, StatusRequest{})); }
  void tell(std::uint32_t branch, const Event& event) { step(BranchId{branch}, {event}); }

  /// The number of records that a restart reads one by one.
  std::size_t records_to_read(std::uint32_t branch) const {
    return nodes_.at(BranchId{branch}).journal.recall().records.size();
  }
  std::size_t fetches() const { return fetches_; }
  /// The most blocks fetched at once.
  struct Largest {
    std::size_t bytes = 0;
    std::size_t entries = 0;
  };
  Largest largest_fetch() const { return largest_fetch_; }

  /// The replicas' observations, with their times.
  const std::vector<std::pair<Instant, Observation>>& observations() const { return observations_; }
  std::size_t messages() const { return messages_; }
  std::uint64_t entries_sent() const { return entries_sent_; }
  /// How often replicas were stepped.
  std::size_t steps() const { return steps_; }

 private:
  /// A journal that loses nothing unless told to.
  struct Journal {
    std::vector<Record> records;
    std::vector<Snapshot> snapshots;

    void keep_only(std::size_t count) {
      const auto kept = static_cast<std::ptrdiff_t>(std::min(count, records.size()));
      records.erase(records.begin() + kept, records.end());
      std::erase_if(snapshots, [&](const Snapshot& made) { return made.records > records.size(); });
    }

    Recall recall() const { return recall_from(snapshots, records); }

    Fetched fetch(const Fetch& wanted) const {
      std::vector<Record> read;
      std::size_t bytes = 0;
      for (auto at = wanted.first; bytes < wanted.bytes && at < records.size(); ++at) {
        bytes += bytes_in(records[at]);
        read.push_back(records[at]);
      }
      return take_wanted(wanted, wanted.first, std::move(read), records.size());
    }
  };

  struct Node {
    std::unique_ptr<Replica> replica;
    Incarnation incarnation{1};
    Journal journal;
    std::optional<std::string> stopped;
    Instant wake = kNever;
    Instant paused_until{};
    std::vector<Event> held{};  ///< events that occurred while it was paused

    bool runs() const { return replica && !stopped; }
    Instant due() const {
      return runs() ? std::max(held.empty() ? wake : Instant{}, paused_until) : kNever;
    }
  };
  struct Wire {
    BranchId a;
    BranchId b;
    bool open = true;
    Instant last_to_a{};
    Instant last_to_b{};
  };

  void start(BranchId branch) {
    Node& node = nodes_[branch];
    node.stopped.reset();
    node.wake = kNever;
    node.paused_until = {};
    State state(bank_, {branch, node.incarnation}, ++processes_, config_.options.session_bytes,
                config_.options.snapshot_every > 0);
    const auto restored = state.restore(node.journal.recall());
    PASSBOOK_CHECK(restored, "a test's journal" + describe(restored.error()));
    node.replica = std::make_unique<Replica>(bank_, config_.options, std::move(state));
    later(now_, [this, branch] { step(branch, {}); });
  }

  void later(Instant at, std::function<void()> what) { queue_.emplace(at, std::move(what)); }

  Instant next_due() const {
    Instant out = std::min(next_tick_, queue_.empty() ? kNever : queue_.begin()->first);
    for (const auto& [branch, node] : nodes_) {
      out = std::min(out, node.due());
    }
    return out;
  }

  /// First events, then steps that a replica wanted, then unrequested steps.
  void take_what_is_due() {
    if (!queue_.empty() && queue_.begin()->first <= now_) {
      const auto next = queue_.extract(queue_.begin());
      next.mapped()();
      return;
    }
    for (auto& [branch, node] : nodes_) {
      if (node.due() <= now_) {
        step(branch, std::exchange(node.held, {}));
        return;
      }
    }
    next_tick_ = now_ + config_.tick;
    for (const BranchId branch : bank_.branches) {
      step(branch, {});
    }
  }

  Duration delay() {
    const auto most = static_cast<std::uint64_t>((config_.slowest - config_.fastest).count());
    return config_.fastest + Duration(1 + static_cast<std::int64_t>(random_.below(most)));
  }

  void step(BranchId branch, std::vector<Event> events) {
    Node& node = nodes_.at(branch);
    if (!node.runs()) {
      return;
    }
    if (now_ < node.paused_until) {
      std::ranges::move(events, std::back_inserter(node.held));
      return;
    }
    ++steps_;
    Effects effects = node.replica->step(events, now_);
    node.wake = effects.wake;
    if (config_.watch) {
      config_.watch(branch, events, effects);
    }
    node.stopped = effects.stop;
    auto& records = node.journal.records;
    records.insert(records.end(), effects.persist.begin(), effects.persist.end());
    if (effects.snapshot) {
      node.journal.snapshots.push_back(std::move(*effects.snapshot));
    }
    for (const AnswerOperator& answer : effects.operator_answers) {
      operator_replies_.emplace(answer.call, answer.reply);
    }
    for (const Fetch& wanted : effects.fetches) {
      const Fetched fetched = node.journal.fetch(wanted);
      note_fetch(fetched);
      later(now_ + delay(), [this, branch, fetched] { step(branch, {fetched}); });
    }
    for (Observation& observation : effects.observations) {
      observations_.emplace_back(now_, std::move(observation));
    }
    for (const AnswerCall& done : effects.answers) {
      PASSBOOK_CHECK(answers_.emplace(done.call, done.answer).second, "a call is answered once");
    }
    for (SendMessage& send : effects.sends) {
      transmit(branch, send.link, std::move(send.envelope));
    }
    for (const LinkId link : effects.closes) {
      drop(link);
    }
    for (const BranchId peer : effects.dials) {
      dial(branch, peer);
    }
  }

  void note_fetch(const Fetched& fetched) {
    ++fetches_;
    Largest size;
    for (const Block& block : fetched.blocks) {
      size.bytes += block.bytes().size();
      size.entries += block.size();
    }
    largest_fetch_ = {std::max(largest_fetch_.bytes, size.bytes),
                      std::max(largest_fetch_.entries, size.entries)};
  }

  void dial(BranchId from, BranchId to) {
    later(now_ + delay(), [this, from, to] {
      if (cut_.contains(std::minmax(from, to)) || !nodes_.at(to).replica) {
        step(from, {DialFailed{to}});
        return;
      }
      const LinkId link{++last_link_};
      wires_[link] = {.a = from, .b = to};
      step(from, {LinkUp{link, to}});
      step(to, {LinkUp{link, std::nullopt}});
    });
  }

  void transmit(BranchId from, LinkId link, Envelope envelope) {
    Wire& wire = wires_.at(link);
    if (!wire.open) {
      return;
    }
    ++messages_;
    if (std::holds_alternative<Blocks>(envelope.message)) {
      entries_sent_ += sends_in(envelope.message);
    }
    const bool to_b = wire.a == from;
    Instant& last = to_b ? wire.last_to_b : wire.last_to_a;
    last = std::max(last, now_ + delay());
    const BranchId to = to_b ? wire.b : wire.a;
    later(last, [this, to, link, m = std::move(envelope)]() mutable {
      if (wires_.at(link).open) {
        step(to, {Received{link, std::move(m)}});
      }
    });
  }

  void drop(LinkId link) {
    Wire& wire = wires_.at(link);
    if (!std::exchange(wire.open, false)) {
      return;
    }
    for (const BranchId end : {wire.a, wire.b}) {
      later(now_ + delay(), [this, end, link] { step(end, {LinkDown{link}}); });
    }
  }

  Config config_;
  Random random_;
  Bank bank_;
  Instant now_{std::chrono::seconds(1)};
  Instant next_tick_;
  std::multimap<Instant, std::function<void()>> queue_;
  std::map<BranchId, Node> nodes_;
  std::map<LinkId, Wire> wires_;
  std::set<std::pair<BranchId, BranchId>> cut_;
  std::map<CallId, Answer> answers_;
  std::vector<std::pair<Instant, Observation>> observations_;
  std::map<CallId, OperatorReply> operator_replies_;
  std::uint64_t last_call_ = 0;
  std::uint64_t processes_ = 0;
  std::uint64_t recoveries_ = 0;
  std::uint64_t last_link_ = 0;
  std::size_t messages_ = 0;
  std::uint64_t entries_sent_ = 0;
  std::size_t steps_ = 0;
  std::size_t fetches_ = 0;
  Largest largest_fetch_;
};

/// Makes numbered requests of one customer that carry its passbook.
class TestCustomer {
 public:
  explicit TestCustomer(std::uint64_t id, Guarantees guarantees = {}, AckLevel ack = AckLevel::all)
      : client_{CustomerId{id}, 1}, guarantees_(guarantees), ack_(ack) {}

  Request query(std::uint32_t branch) { return make(branch, Query{kSharedAccount}); }
  Request deposit(std::uint32_t branch, std::int64_t amount) {
    return make(branch, Deposit{kSharedAccount, Money{amount}});
  }
  Request withdraw(std::uint32_t branch, std::int64_t amount) {
    return make(branch, Withdrawal{kSharedAccount, Money{amount}});
  }
  void saw(const Answer& answer) { passbook_.merge(answer.passbook); }
  void belongs_to(const Bank& bank) { bank_ = identity(bank); }
  /// Continues as if it had made so many requests elsewhere.
  void skip(std::uint64_t numbers) { number_ += numbers; }
  void open_session(std::uint64_t second, std::uint64_t low) {
    client_.session = second << 32U | low;
  }

 private:
  Request make(std::uint32_t branch, decltype(Request::operation) operation) {
    return {.id = {{BranchId{branch}}, client_, ++number_},
            .operation = operation,
            .passbook = passbook_,
            .bank = bank_,
            .guarantees = guarantees_,
            .ack = ack_};
  }

  ClientId client_;
  Guarantees guarantees_;
  AckLevel ack_;
  std::uint64_t number_ = 0;
  Passbook passbook_;
  BankId bank_;
};

/// A customer of this bank.
inline TestCustomer customer(const TestBank& bank, std::uint64_t id, Guarantees guarantees = {},
                             AckLevel ack = AckLevel::all) {
  TestCustomer out(id, guarantees, ack);
  out.belongs_to(bank.bank());
  return out;
}

}  // namespace passbook
