// SPDX-License-Identifier: Apache-2.0
// One attempt to find a timeline that explains an observed run, by backtracking.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "lab/grading/closed_sets.h"
#include "lab/grading/moments.h"
#include "lab/grading/possible.h"

namespace passbook {

/// Searches for a timeline that explains the moments.
class TimelineSearch {
 public:
  TimelineSearch(const Moments& moments, Preference preference, std::uint64_t steps);

  /// `undecided` if the steps run out.
  Possibility run();

 private:
  struct Progress {
    std::size_t next = 0;                  // the customer's next moment
    std::shared_ptr<const Cut> seen;       // all writes that it was shown
    std::shared_ptr<const Cut> more_than;  // its next answer shows a write not in this set
    std::uint64_t refusal_checked = 0;     // how many writes stood when its refusal had no reason
    std::uint64_t quick_searched_at = 0;   // how many writes stood when a quick search found no set
  };
  struct State {
    std::vector<Progress> customers;
    Predecessors predecessors;
    Cut standing;
    std::uint64_t stand = 0;           // how many writes stand
    std::int64_t total = 0;            // the opening and all standing writes
    std::int64_t to_withdraw = 0;      // at most, by withdrawals that don't stand yet
    std::vector<std::size_t> pending;  // chains of optional writes that may stand from now on
    std::uint32_t phase = 0;
    Cut closing_base;
    bool writes_held = false;  // no withdrawal until one more answer is explained
  };

  State beginning() const;
  Possibility go_on(State state);
  void settle(State& state);
  bool settle_customer(State& state, std::size_t customer);
  bool settle_pending(State& state);
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
  std::optional<State> withdraw_pending(const State& state, std::size_t index) const;
  void apply_pending(State& state, std::size_t index) const;
  Possibility try_answers(State state);
  Possibility try_sets(const State& state, std::size_t customer);
  std::vector<std::size_t> waiting_answers(const State& state);
  std::size_t choose_answer(State& state);

  const Moments& moments_;
  Preference preference_;
  Random random_;
  Steps steps_;
};

}  // namespace passbook
