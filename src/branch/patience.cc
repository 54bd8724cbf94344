// SPDX-License-Identifier: Apache-2.0
#include "branch/patience.h"

#include <algorithm>

namespace passbook {
namespace {

/// The multiple of the usual confirmation time after which something may be wrong.
constexpr int kTimes = 3;

}  // namespace

void Patience::sent(Sequence upto, Instant now) {
  if (upto <= (sent_.empty() ? Sequence{} : sent_.back().upto)) {
    return;
  }
  sent_.push_back({upto, now, heeded(now)});
  if (sent_.size() > kMostSent) {
    sent_.pop_front();
  }
}

void Patience::confirmed(Sequence after, Sequence upto, Instant since, Instant now) {
  const auto beyond = std::ranges::upper_bound(sent_, upto, {}, &Sent::upto);
  if (beyond == sent_.begin()) {
    return;
  }
  const Sent& latest_of_these = *std::prev(beyond);
  if (latest_of_these.upto <= after || latest_of_these.at < since) {
    return;
  }
  confirmed_any_ = true;
  take(now - latest_of_these.at);
}

void Patience::met(Duration round_trip) {
  if (!confirmed_any_) {
    take(round_trip);
  }
}

void Patience::take(Duration sample) {
  samples_[taken_++ % kSamples] = sample;
  auto latest = samples_;
  const auto end = latest.begin() + static_cast<std::ptrdiff_t>(std::min(taken_, kSamples));
  const auto quartile = latest.begin() + (end - latest.begin()) / 4;
  std::ranges::nth_element(latest.begin(), quartile, end);
  measured_ = *quartile;
}

Instant Patience::heeded_when_sent(Sequence entry) const {
  const auto found = std::ranges::lower_bound(sent_, entry, {}, &Sent::upto);
  return found == sent_.end() ? Instant{} : found->heeded;
}

Duration Patience::for_entries(std::optional<Duration> round_trip) const {
  // A peer that does not answer is waited for, but not as long as the timeout for silent streams.
  const Duration far = round_trip.value_or(options_.link_timeout / 5);
  const Duration follows = options_.report_every + kTimes * std::max(measured_, far);
  return std::max(options_.patience, std::min(follows, options_.patience_most));
}

Duration Patience::for_reports() const {
  return std::max(options_.report_every, for_entries() / 2);
}

Duration Patience::for_calls() const {
  constexpr int kTurns = 10;
  return std::min(kTurns * for_entries(), 2 * std::max(options_.patience, options_.patience_most));
}

Duration Patience::for_rights() const {
  return std::max(options_.rights_patience, std::min(kTimes * measured_, options_.patience_most));
}

}  // namespace passbook
