// SPDX-License-Identifier: Apache-2.0
// An observed run as what must be put into one order: the moments of its customers.
#pragma once

#include <cstddef>
#include <cstdint>
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

}  // namespace passbook
