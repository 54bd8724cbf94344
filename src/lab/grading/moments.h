// SPDX-License-Identifier: Apache-2.0
// An observed run as moments of its customers, which a search puts into one order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lab/grading/closed_sets.h"
#include "lab/grading/possible.h"

namespace passbook {

/// One moment of a customer: a write takes effect (it stands), an answer shows a balance, or a
/// refusal is decided.
struct Moment {
  enum class Kind : std::uint8_t { write, answer, refusal };
  Kind kind = Kind::write;
  ObservedPlace place;
  std::uint32_t phase = 0;
  bool closing = false;     ///< of an answer: to a closing query
  bool of_write = false;    ///< of an answer: to a write, even if refused
  bool optional = false;    ///< of a write: it may never happen
  std::size_t chain = 0;    ///< of a write, and of the answer to a successful one
  std::uint32_t count = 0;  ///< its place in the chain, from 1; 0: none
  std::int64_t sum = 0;     ///< of a write: the change; of an answer: its balance less the opening;
                            ///< of a refusal: the sum must be below this
};

/// An observed run as moments, and its writes in chains. With monotonic writes, each customer has
/// one chain, else each write is its own. An `unknown` write is always its own chain.
struct Moments {
  explicit Moments(const ObservedRun& run);

  PromisedGuarantees promised;
  std::int64_t opening = 0;
  std::vector<std::vector<Moment>> customers;  ///< each one's moments, in order
  ChainSums sums;
  std::vector<std::vector<Moment>> writes;  ///< by chain
  std::vector<std::size_t> customer_of;     ///< the customer of each chain
  std::vector<ObservedPlace> refused_deposits;

 private:
  void add(const ObservedEvent& event, ObservedPlace place);
  void add_write(const ObservedEvent& event, Moment moment);

  std::vector<std::size_t> own_chain_;  // with monotonic writes, by customer; none: SIZE_MAX
};

/// The answers and refusals that bounds and sums alone prove impossible.
std::vector<ObservedPlace> impossible_moments(const Moments& moments);

/// Whether bounds and sums alone prove an answer or a refusal impossible. `seen` is what the
/// customer must know besides its own writes, or null.
bool is_impossible(const Moments& moments, const Moment& moment, const Cut* seen, Steps& steps);

/// Whether at the end of some phase the opening and the deposits can't pay for the withdrawals.
bool is_overdrawn(const Moments& moments);

}  // namespace passbook
