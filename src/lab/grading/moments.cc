// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/moments.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace passbook {
namespace {

constexpr std::size_t kNone = SIZE_MAX;
constexpr std::uint64_t kStepsForSums = 50'000'000;  // about a second

/// The most that an answer or a refusal can know of: all writes except later ones of its own
/// customer and those of later phases.
Cut ceiling_of(const Moments& moments, const Moment& moment) {
  Cut cut(moments.writes.size());
  for (std::size_t chain = 0; chain < cut.size(); ++chain) {
    const bool own = moments.customer_of[chain] == moment.place.customer;
    for (const Moment& write : moments.writes[chain]) {
      if (write.phase <= moment.phase && (!own || write.place <= moment.place)) {
        ++cut[chain];
      }
    }
  }
  return cut;
}

/// The least that an answer or a refusal must know of, whatever anyone was shown.
Cut least_of(const Moments& moments, const Moment& moment) {
  const PromisedGuarantees& promised = moments.promised;
  const bool own_due = moment.kind == Moment::Kind::refusal || moment.of_write
                           ? promised.monotonic_writes
                           : promised.read_your_writes;
  Cut cut(moments.writes.size());
  for (std::size_t chain = 0; chain < cut.size(); ++chain) {
    const bool own = moments.customer_of[chain] == moment.place.customer;
    for (const Moment& write : moments.writes[chain]) {
      const bool due = moment.closing ? write.phase < moment.phase
                                      : own && own_due && write.place < moment.place;
      cut[chain] += due && !write.optional ? 1U : 0U;
    }
  }
  if (moment.count > 0) {
    cut[moment.chain] = std::max(cut[moment.chain], moment.count);
  }
  return cut;
}

}  // namespace

Moments::Moments(const ObservedRun& run)
    : promised(run.promised),
      opening(run.opening.minor),
      customers(run.customers.size()),
      own_chain_(run.customers.size(), kNone) {
  std::int64_t deposits = 0;
  for (const auto& customer : run.customers) {
    for (const ObservedEvent& event : customer) {
      deposits += event.kind == SequentialKind::deposit ? event.amount.minor : 0;
    }
  }
  for (std::size_t c = 0; c < run.customers.size(); ++c) {
    for (std::size_t e = 0; e < run.customers[c].size(); ++e) {
      const ObservedEvent& event = run.customers[c][e];
      add(event, {c, e});
      if (event.kind == SequentialKind::deposit && event.outcome == SequentialOutcome::fail &&
          deposits <= run.most.minor) {
        refused_deposits.push_back({c, e});
      }
    }
  }
}

void Moments::add(const ObservedEvent& event, ObservedPlace place) {
  Moment moment{.place = place, .phase = event.phase, .closing = event.closing};
  const bool query = event.kind == SequentialKind::query;
  if (!query && event.outcome == SequentialOutcome::fail) {
    if (event.kind == SequentialKind::withdraw) {
      moment.kind = Moment::Kind::refusal;
      moment.sum = event.amount.minor - opening;
      customers[place.customer].push_back(moment);
    }
  } else if (!query) {
    add_write(event, moment);
    const Moment& write = customers[place.customer].back();
    moment.chain = write.chain;
    moment.count = write.count;
  }
  if (event.balance && (query || event.outcome != SequentialOutcome::unknown)) {
    moment.kind = Moment::Kind::answer;
    moment.of_write = !query;
    moment.sum = event.balance->minor - opening;
    customers[place.customer].push_back(moment);
  }
}

void Moments::add_write(const ObservedEvent& event, Moment moment) {
  moment.kind = Moment::Kind::write;
  moment.optional = event.outcome == SequentialOutcome::unknown;
  moment.sum = event.kind == SequentialKind::deposit ? event.amount.minor : -event.amount.minor;
  const bool chained = promised.monotonic_writes && !moment.optional;
  std::size_t chain = chained ? own_chain_[moment.place.customer] : kNone;
  if (chain == kNone) {
    chain = writes.size();
    writes.emplace_back();
    sums.push_back({0});
    customer_of.push_back(moment.place.customer);
  }
  if (chained) {
    own_chain_[moment.place.customer] = chain;
  }
  moment.chain = chain;
  moment.count = static_cast<std::uint32_t>(writes[chain].size() + 1);
  writes[chain].push_back(moment);
  sums[chain].push_back(sums[chain].back() + moment.sum);
  customers[moment.place.customer].push_back(moment);
}

bool is_impossible(const Moments& moments, const Moment& moment, const Cut* seen, Steps& steps) {
  std::vector<std::size_t> chains(moments.writes.size());
  std::iota(chains.begin(), chains.end(), std::size_t{0});
  const Cut ceiling = ceiling_of(moments, moment);
  Cut least = least_of(moments, moment);
  if (seen != nullptr) {
    unite(least, *seen);
  }
  if (!within(least, ceiling)) {
    return true;
  }
  const ReachableSums reachable(moments.sums, chains, least, ceiling, steps);
  const bool answer = moment.kind == Moment::Kind::answer;
  return !reachable.allows(0, answer ? moment.sum : std::numeric_limits<std::int64_t>::min(),
                           answer ? moment.sum : moment.sum - 1);
}

std::vector<ObservedPlace> impossible_moments(const Moments& moments) {
  std::set<ObservedPlace> places(moments.refused_deposits.begin(), moments.refused_deposits.end());
  Steps steps{kStepsForSums};
  for (const auto& customer : moments.customers) {
    for (const Moment& moment : customer) {
      if (moment.kind != Moment::Kind::write && is_impossible(moments, moment, nullptr, steps)) {
        places.insert(moment.place);
      }
    }
  }
  return {places.begin(), places.end()};
}

bool is_overdrawn(const Moments& moments) {
  std::map<std::uint32_t, std::int64_t> by_phase;
  for (const auto& chain : moments.writes) {
    for (const Moment& write : chain) {
      by_phase[write.phase] += write.optional && write.sum < 0 ? 0 : write.sum;
    }
  }
  std::int64_t total = moments.opening;
  return std::ranges::any_of(by_phase, [&](const auto& phase) {
    total += phase.second;
    return total < 0;
  });
}

}  // namespace passbook
