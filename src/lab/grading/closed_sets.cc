// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/closed_sets.h"

#include <algorithm>
#include <numeric>

namespace passbook {
namespace {

constexpr std::size_t kMostWords = std::size_t{1} << 21U;  // of one ReachableSums: 16 MiB

std::int64_t unit_of(const ChainSums& sums, const std::vector<std::size_t>& order) {
  std::int64_t unit = 0;
  for (const std::size_t chain : order) {
    for (const std::int64_t sum : sums[chain]) {
      unit = std::gcd(unit, sum);
    }
  }
  return std::max<std::int64_t>(unit, 1);
}

/// Sets in `to` each bit of `from`, `by` places higher.
void add_shifted(std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& from,
                 std::uint64_t by) {
  const std::size_t words = by / 64;
  const std::uint64_t bits = by % 64;
  for (std::size_t i = 0; i < from.size() && i + words < to.size(); ++i) {
    to[i + words] |= from[i] << bits;
    if (bits > 0 && i + words + 1 < to.size()) {
      to[i + words + 1] |= from[i] >> (64 - bits);
    }
  }
}

/// One search for closed sets. It decides for one chain after another how many writes to take.
class Enumeration {
 public:
  Enumeration(const ChainSums& sums, const Predecessors& predecessors, const SetQuery& query,
              Preference preference, Steps& steps)
      : sums_(sums),
        predecessors_(predecessors),
        query_(query),
        preference_(preference),
        random_(preference.seed),
        order_(chains_to_decide()),
        reachable_(sums, order_, query.base, query.standing, steps),
        steps_(steps) {}

  SetResult run(std::size_t skip, std::size_t limit) {
    skip_ = skip;
    limit_ = limit;
    decided_.assign(sums_.size(), true);
    for (const std::size_t chain : order_) {
      decided_[chain] = false;
    }
    result_.all = decide(0, query_.base, sum_of(sums_, query_.base));
    return std::move(result_);
  }

 private:
  std::vector<std::size_t> chains_to_decide() {
    std::vector<std::size_t> chains;
    for (std::size_t chain = 0; chain < sums_.size(); ++chain) {
      if (query_.standing[chain] > query_.base[chain]) {
        chains.push_back(chain);
      }
    }
    if (preference_.kind == Preference::Kind::any) {
      shuffle(chains, random_);
    }
    return chains;
  }

  /// Whether the search from here was complete. `total` is the sum of `cut`.
  bool decide(std::size_t at, const Cut& cut, std::int64_t total) {
    steps_.take(1 + cut.size() / 16);
    if (steps_.none()) {
      return false;
    }
    if (!reachable_.allows(at, remaining(query_.least, at, cut, total),
                           remaining(query_.most, at, cut, total))) {
      return true;
    }
    return at == order_.size() ? keep(cut) : decide_chain(at, cut, total);
  }

  bool decide_chain(std::size_t at, const Cut& cut, std::int64_t total) {
    const std::size_t chain = order_[at];
    const std::uint32_t first = cut[chain];
    const std::uint32_t last = query_.standing[chain];
    const bool upward = preference_.kind == Preference::Kind::any
                            ? random_.chance(3, 4)
                            : preference_.kind == Preference::Kind::few;
    decided_[chain] = true;
    bool whole = true;
    for (std::uint32_t i = 0; i <= last - first && whole; ++i) {
      const std::uint32_t count = upward ? first + i : last - i;
      Cut next = cut;
      if (count > first) {
        raise(next, chain, count, predecessors_);
      }
      if (keeps_decisions(cut, next, chain)) {
        whole = decide(at + 1, next, count > first ? sum_of(sums_, next) : total);
      }
    }
    decided_[chain] = false;
    return whole;
  }

  bool keeps_decisions(const Cut& cut, const Cut& next, std::size_t but) const {
    for (std::size_t chain = 0; chain < cut.size(); ++chain) {
      if (decided_[chain] && chain != but && next[chain] != cut[chain]) {
        return false;
      }
    }
    return true;
  }

  /// The sum that the chains from `at` on must have for the whole set to have the sum `bound`.
  std::int64_t remaining(std::int64_t bound, std::size_t at, const Cut& cut,
                         std::int64_t total) const {
    if (bound == std::numeric_limits<std::int64_t>::min() ||
        bound == std::numeric_limits<std::int64_t>::max()) {
      return bound;
    }
    std::int64_t before = total;
    for (std::size_t i = at; i < order_.size(); ++i) {
      before -= sums_[order_[i]][cut[order_[i]]];
    }
    return bound - before;
  }

  bool keep(const Cut& cut) {
    if (query_.not_within != nullptr && within(cut, *query_.not_within)) {
      return true;
    }
    if (skip_ > 0) {
      --skip_;
      return true;
    }
    if (result_.cuts.size() == limit_) {
      return false;
    }
    result_.cuts.push_back(cut);
    return true;
  }

  const ChainSums& sums_;
  const Predecessors& predecessors_;
  const SetQuery& query_;
  Preference preference_;
  Random random_;
  std::vector<std::size_t> order_;
  ReachableSums reachable_;
  Steps& steps_;
  std::vector<bool> decided_;
  std::size_t skip_ = 0;
  std::size_t limit_ = 0;
  SetResult result_;
};

}  // namespace

bool within(const Cut& inner, const Cut& outer) {
  for (std::size_t chain = 0; chain < inner.size(); ++chain) {
    if (inner[chain] > outer[chain]) {
      return false;
    }
  }
  return true;
}

void unite(Cut& cut, const Cut& other) {
  for (std::size_t chain = 0; chain < cut.size(); ++chain) {
    cut[chain] = std::max(cut[chain], other[chain]);
  }
}

std::int64_t sum_of(const ChainSums& sums, const Cut& cut) {
  std::int64_t sum = 0;
  for (std::size_t chain = 0; chain < cut.size(); ++chain) {
    sum += sums[chain][cut[chain]];
  }
  return sum;
}

void raise(Cut& cut, std::size_t chain, std::uint32_t count, const Predecessors& predecessors) {
  if (count > cut[chain]) {
    unite(cut, *predecessors[chain][count - 1]);
    cut[chain] = count;
  }
}

void shuffle(std::vector<std::size_t>& numbers, Random& random) {
  for (std::size_t i = numbers.size(); i > 1; --i) {
    std::swap(numbers[i - 1], numbers[random.below(i)]);
  }
}

ReachableSums::ReachableSums(const ChainSums& sums, const std::vector<std::size_t>& order,
                             const Cut& from, const Cut& to, Steps& steps)
    : ranges_(order.size() + 1), unit_(unit_of(sums, order)) {
  for (std::size_t at = order.size(); at > 0; --at) {
    const auto& chain = sums[order[at - 1]];
    const auto [least, most] = std::minmax_element(chain.begin() + from[order[at - 1]],
                                                   chain.begin() + to[order[at - 1]] + 1);
    ranges_[at - 1] = {ranges_[at].least + *least, ranges_[at].most + *most};
  }
  fill(sums, order, from, to, steps);
}

void ReachableSums::fill(const ChainSums& sums, const std::vector<std::size_t>& order,
                         const Cut& from, const Cut& to, Steps& steps) {
  const auto width = static_cast<std::uint64_t>(ranges_[0].most - ranges_[0].least) /
                     static_cast<std::uint64_t>(unit_);
  const std::uint64_t words = width / 64 + 1;
  std::uint64_t options = 0;
  for (const std::size_t chain : order) {
    options += to[chain] - from[chain] + 1;
  }
  if (words > kMostWords || words * (order.size() + 1) > kMostWords ||
      options > steps.left / (1 + words / 16)) {
    return;
  }
  bits_.assign(order.size() + 1, std::vector<std::uint64_t>(words));
  bits_.back()[0] = 1;
  for (std::size_t at = order.size(); at > 0; --at) {
    const std::size_t chain = order[at - 1];
    const std::int64_t least = ranges_[at - 1].least - ranges_[at].least;
    for (std::uint32_t i = from[chain]; i <= to[chain]; ++i) {
      const auto by = static_cast<std::uint64_t>((sums[chain][i] - least) / unit_);
      add_shifted(bits_[at - 1], bits_[at], by);
      steps.take(1 + words / 16);
    }
  }
}

bool ReachableSums::allows(std::size_t at, std::int64_t least, std::int64_t most) const {
  const Range& range = ranges_[at];
  if (most < range.least || least > range.most) {
    return false;
  }
  if (least != most) {
    return true;
  }
  if ((least - range.least) % unit_ != 0) {
    return false;
  }
  const auto bit = static_cast<std::uint64_t>((least - range.least) / unit_);
  return bits_.empty() || ((bits_[at][bit / 64] >> (bit % 64)) & 1U) != 0;
}

SetResult find_closed_sets(const ChainSums& sums, const Predecessors& predecessors,
                           const SetQuery& query, std::size_t skip, std::size_t limit,
                           Preference preference, Steps& steps) {
  return Enumeration(sums, predecessors, query, preference, steps).run(skip, limit);
}

}  // namespace passbook
