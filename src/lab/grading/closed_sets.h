// SPDX-License-Identifier: Apache-2.0
// Sets of writes that hold with each write what came before it, and the search for those whose
// amounts have a given sum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "base/random.h"

namespace passbook {

/// A set of writes that are arranged in chains: of each chain so many from its beginning.
using Cut = std::vector<std::uint32_t>;

/// Whether every write of `inner` is in `outer`.
bool within(const Cut& inner, const Cut& outer);
void unite(Cut& cut, const Cut& other);

/// The amounts of all writes: by chain, the sum of the first k of its writes, at [k].
using ChainSums = std::vector<std::vector<std::int64_t>>;

std::int64_t sum_of(const ChainSums& sums, const Cut& cut);

/// What came before a write, its own chain included; it is closed. Null while it doesn't stand.
using Before = std::vector<std::vector<std::shared_ptr<const Cut>>>;

/// Adds the first `count` writes of a chain, and what came before them, to a closed set.
void raise(Cut& cut, std::size_t chain, std::uint32_t count, const Before& before);

/// In any order, all equally likely.
void shuffle(std::vector<std::size_t>& numbers, Random& random);

/// Counts down; what finds none left gives up.
struct Steps {
  std::uint64_t left = 0;

  void take(std::uint64_t count) { left -= count < left ? count : left; }
  bool none() const { return left == 0; }
};

/// Which sums may still come of the chains behind each, if nothing came before any write: a
/// necessary condition, by the least and the greatest and, where the memory is small, exactly.
class Reach {
 public:
  /// Sums of the chains of `order` behind each of them, between two cuts.
  Reach(const ChainSums& sums, const std::vector<std::size_t>& order, const Cut& from,
        const Cut& to, Steps& steps);

  /// Whether a sum of [least, most] may come of the chains order[at], order[at + 1], ...
  bool allows(std::size_t at, std::int64_t least, std::int64_t most) const;

 private:
  struct Range {
    std::int64_t least = 0;
    std::int64_t most = 0;
  };

  void fill(const ChainSums& sums, const std::vector<std::size_t>& order, const Cut& from,
            const Cut& to, Steps& steps);

  std::vector<Range> ranges_;                     // by position in the order, and one more
  std::int64_t unit_ = 1;                         // divides all differences
  std::vector<std::vector<std::uint64_t>> bits_;  // (sum - least) / unit; empty: not known
};

/// What is looked for: closed sets of writes that stand, at least those of `base`, with a sum
/// between two.
struct Sought {
  const Cut& base;      ///< closed
  const Cut& standing;  ///< closed
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const Cut* not_within = nullptr;  ///< sets of these writes only don't count
};

struct Found {
  std::vector<Cut> cuts;
  bool all = false;  ///< there are no more; false also when the steps were used up
};

/// In what order sets are tried. The same preference gives the same order.
struct Preference {
  enum class Of : std::uint8_t { few, many, any };
  Of of = Of::few;
  std::uint64_t seed = 0;
};

/// Looks for sets, leaves out the first `skip`, and gives at most `limit`.
Found find_closed_sets(const ChainSums& sums, const Before& before, const Sought& sought,
                       std::size_t skip, std::size_t limit, Preference preference, Steps& steps);

}  // namespace passbook
