// SPDX-License-Identifier: Apache-2.0
// One attempt to find a timeline that explains an observed run, by going down it and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "lab/grading/closed_sets.h"
#include "lab/grading/possible.h"

namespace passbook {

/// What happens at one moment of a customer: a write stands, an answer shows a balance, or a
/// refusal is decided.
struct Moment {
  enum class Kind : std::uint8_t { write, answer, refusal };
  Kind kind = Kind::write;
  ObservedPlace place;
  std::uint32_t phase = 0;
  bool closing = false;     ///< of an answer: to a closing query
  bool of_write = false;    ///< of an answer: to a write, or a refused one
  bool optional = false;    ///< of a write: it may never happen
  std::size_t chain = 0;    ///< of a write, and of the answer to one that stands
  std::uint32_t count = 0;  ///< its place in the chain, from 1; 0: none
  std::int64_t sum = 0;  ///< of a write: the change; of an answer: what it shows, less the opening;
                         ///< of a refusal: what the sum must be below
};

/// An observed run as moments, and its writes in chains: with monotonic writes one a customer,
/// else each write its own. A write that is `unknown` always is its own.
struct Course {
  explicit Course(const ObservedRun& run);

  PromisedGuarantees promised;
  std::int64_t opening = 0;
  std::vector<std::vector<Moment>> customers;  ///< their moments in order
  ChainSums sums;
  std::vector<std::vector<Moment>> writes;  ///< by chain
  std::vector<std::size_t> customer_of;     ///< whose each chain is
  std::vector<ObservedPlace> refused_deposits;

 private:
  void add(const ObservedEvent& event, ObservedPlace place);
  void add_write(const ObservedEvent& event, Moment moment);

  std::vector<std::size_t> own_chain_;  // with monotonic writes, by customer; none: SIZE_MAX
};

/// The answers and refusals that nothing explains, by bounds and sums alone.
std::vector<ObservedPlace> hopeless_moments(const Course& course);

/// Whether nothing explains an answer or a refusal, by bounds and sums alone; `seen` is what must
/// be known beside its customer's own writes, or null.
bool is_hopeless(const Course& course, const Moment& moment, const Cut* seen, Steps& steps);

/// Whether the money of all deposits can't pay for the withdrawals that succeeded.
bool is_overdrawn(const Course& course);

/// Tries to explain the course.
class TimelineSearch {
 public:
  TimelineSearch(const Course& course, Preference preference, std::uint64_t steps);

  /// `undecided` when the steps were used up.
  Possibility run();

 private:
  struct Progress {
    std::size_t next = 0;                  // the customer's next moment
    std::shared_ptr<const Cut> seen;       // all that it was shown
    std::shared_ptr<const Cut> more_than;  // its next answer shows a write that isn't in this
    std::uint64_t refusal_checked = 0;     // how many writes stood when its refusal had no reason
    std::uint64_t glanced_at = 0;          // and when a glance found nothing for its answer
  };
  struct State {
    std::vector<Progress> customers;
    Before before;
    Cut standing;
    std::uint64_t stand = 0;         // how many writes
    std::int64_t total = 0;          // opening and all that stands
    std::int64_t to_withdraw = 0;    // by withdrawals that don't stand yet, at most
    std::vector<std::size_t> loose;  // chains of optional writes that may stand from now on
    std::uint32_t phase = 0;
    Cut closing_base;
    bool writes_held = false;  // no withdrawal until one more answer is explained
  };

  State beginning() const;
  Possibility go_on(State state);
  void settle(State& state);
  bool settle_customer(State& state, std::size_t customer);
  bool settle_loose(State& state);
  bool begin_phase(State& state) const;
  bool settle_refusal(State& state, std::size_t customer, const Moment& moment);
  bool done(const State& state) const;
  const Moment* next(const State& state, std::size_t customer) const;

  Cut base_of(const State& state, std::size_t customer, const Moment& moment) const;
  void stand(State& state, std::size_t customer, const Moment& moment) const;
  static void show(State& state, std::size_t customer, const Cut& cut);
  bool has_future(const State& state, std::size_t customer);

  Possibility try_withdrawals(const State& state);
  std::optional<State> withdraw(const State& state, std::size_t customer) const;
  std::optional<State> withdraw_loose(const State& state, std::size_t index) const;
  void stand_loose(State& state, std::size_t index) const;
  Possibility try_answers(State state);
  Possibility try_sets(const State& state, std::size_t customer);
  std::vector<std::size_t> waiting_answers(const State& state);
  std::size_t choose_answer(State& state);

  const Course& course_;
  Preference preference_;
  Random random_;
  Steps steps_;
};

}  // namespace passbook
