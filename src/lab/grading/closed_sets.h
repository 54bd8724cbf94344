// SPDX-License-Identifier: Apache-2.0
// Sets of writes that are closed: with each write they contain all that came before it. Finds those
// whose amounts have a given sum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "base/random.h"

namespace passbook {

/// A set of writes. Writes form chains; the set holds this many from the start of each chain.
using Cut = std::vector<std::uint32_t>;

/// Whether every write of `inner` is in `outer`.
bool within(const Cut& inner, const Cut& outer);
void unite(Cut& cut, const Cut& other);

/// The amounts of all writes: for each chain, the sum of its first k writes at [k].
using ChainSums = std::vector<std::vector<std::int64_t>>;

std::int64_t sum_of(const ChainSums& sums, const Cut& cut);

/// The closed set that came before each write, own chain included; null until the write stands.
using Predecessors = std::vector<std::vector<std::shared_ptr<const Cut>>>;

/// Adds the first `count` writes of a chain, and what came before them, to a closed set.
void raise(Cut& cut, std::size_t chain, std::uint32_t count, const Predecessors& predecessors);

/// Makes every order equally likely.
void shuffle(std::vector<std::size_t>& numbers, Random& random);

/// The steps that a search has left. It gives up when there are none.
struct Steps {
  std::uint64_t left = 0;

  void take(std::uint64_t count) { left -= count < left ? count : left; }
  bool none() const { return left == 0; }
};

/// Which sums the remaining chains can still give, ignoring what came before each write. So it is a
/// necessary condition. It uses the range of sums and, where memory allows, the exact sums.
class ReachableSums {
 public:
  /// For each position in `order`, the sums of the chains from there on, between two cuts.
  ReachableSums(const ChainSums& sums, const std::vector<std::size_t>& order, const Cut& from,
                const Cut& to, Steps& steps);

  /// Whether the chains order[at], order[at + 1], ... may give a sum in [least, most].
  bool allows(std::size_t at, std::int64_t least, std::int64_t most) const;

 private:
  struct Range {
    std::int64_t least = 0;
    std::int64_t most = 0;
  };

  void fill(const ChainSums& sums, const std::vector<std::size_t>& order, const Cut& from,
            const Cut& to, Steps& steps);

  std::vector<Range> ranges_;                     // by position in the order, and the end
  std::int64_t unit_ = 1;                         // divides all differences
  std::vector<std::vector<std::uint64_t>> bits_;  // bit (sum - least) / unit; or empty
};

/// What to search for: closed sets of standing writes that include `base` and have a sum in
/// [least, most].
struct SetQuery {
  const Cut& base;      ///< closed
  const Cut& standing;  ///< closed
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const Cut* not_within = nullptr;  ///< leaves out subsets of this set
};

struct SetResult {
  std::vector<Cut> cuts;
  bool all = false;  ///< there are no more; false also if the steps ran out
};

/// The order in which sets are tried. The same preference gives the same order.
struct Preference {
  enum class Kind : std::uint8_t { few, many, any };
  Kind kind = Kind::few;
  std::uint64_t seed = 0;
};

/// Finds sets, leaves out the first `skip`, and returns at most `limit`.
SetResult find_closed_sets(const ChainSums& sums, const Predecessors& predecessors,
                           const SetQuery& query, std::size_t skip, std::size_t limit,
                           Preference preference, Steps& steps);

}  // namespace passbook
