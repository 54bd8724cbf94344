// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/schedule.h"

#include <algorithm>

#include "base/check.h"

namespace passbook {

std::string_view to_string(ScheduleKind kind) {
  switch (kind) {
    case ScheduleKind::sequential:
      return "sequential";
    case ScheduleKind::concurrent:
      return "concurrent";
    case ScheduleKind::settled:
      return "settled";
  }
  return "";
}

ScheduleKind default_schedule(const Dialect& dialect) {
  return dialect.query_has_money ? ScheduleKind::settled : ScheduleKind::sequential;
}

std::size_t closing_from(const Listing& listing) {
  std::size_t from = listing.events.size();
  while (from > 0 && listing.events[from - 1].interface == Interface::query) {
    --from;
  }
  return from;
}

Schedule::Schedule(ScheduleKind kind, const Scenario& scenario) : kind_(kind), scenario_(scenario) {
  for (std::size_t i = 0; i < scenario.listings.size(); ++i) {
    rounds_[scenario.listings[i].customer].push_back(i);
  }
}

Assignment Schedule::whole(std::size_t listing) const {
  return {
      .listing = listing, .first = 0, .end = scenario_.listings[listing].events.size(), .base = {}};
}

std::size_t Schedule::closing_from(std::size_t listing) const {
  return passbook::closing_from(scenario_.listings[listing]);
}

std::vector<Assignment> Schedule::begin(std::vector<Assignment> assignments) {
  for (const Assignment& assignment : assignments) {
    PASSBOOK_CHECK(running_.insert(assignment.listing).second, "one assignment at a time");
  }
  return assignments;
}

std::vector<Assignment> Schedule::start() {
  if (scenario_.listings.empty()) {
    return {};
  }
  switch (kind_) {
    case ScheduleKind::sequential:
      return begin({whole(0)});
    case ScheduleKind::concurrent: {
      std::vector<Assignment> all;
      for (const auto& [customer, listings] : rounds_) {
        all.push_back(whole(listings.front()));
      }
      return begin(std::move(all));
    }
    case ScheduleKind::settled:
      break;
  }
  return begin(round_writes());
}

std::vector<Assignment> Schedule::finished(std::size_t listing, const HeldPassbook& held) {
  PASSBOOK_CHECK(running_.erase(listing) == 1, "only a started assignment can finish");
  answered(held);
  switch (kind_) {
    case ScheduleKind::sequential:
      return begin(next_sequential(listing, held));
    case ScheduleKind::concurrent:
      return begin(next_concurrent(listing));
    case ScheduleKind::settled:
      break;
  }
  return running_.empty() ? begin(next_settled()) : std::vector<Assignment>{};
}

std::vector<Assignment> Schedule::next_sequential(std::size_t listing, const HeldPassbook& held) {
  if (listing + 1 == scenario_.listings.size()) {
    return {};
  }
  Assignment next = whole(listing + 1);
  next.base = held;
  return {next};
}

std::vector<Assignment> Schedule::next_concurrent(std::size_t listing) {
  const auto& own = rounds_.at(scenario_.listings[listing].customer);
  const auto next = std::ranges::upper_bound(own, listing);
  return next == own.end() ? std::vector<Assignment>{} : std::vector{whole(*next)};
}

/// The events of this round before its closing queries or, if there are none, the closing queries.
std::vector<Assignment> Schedule::round_writes() {
  std::vector<Assignment> out;
  for (const auto& [customer, listings] : rounds_) {
    if (round_ < listings.size() && closing_from(listings[round_]) > 0) {
      Assignment writes = whole(listings[round_]);
      writes.end = closing_from(listings[round_]);
      out.push_back(writes);
    }
  }
  closing_ = out.empty();
  return out.empty() ? round_closing() : out;
}

std::vector<Assignment> Schedule::round_closing() const {
  std::vector<Assignment> out;
  for (const auto& [customer, listings] : rounds_) {
    if (round_ >= listings.size()) {
      continue;
    }
    Assignment queries = whole(listings[round_]);
    queries.first = closing_from(listings[round_]);
    queries.base = seen_by_all_;
    queries.closing = true;
    if (queries.first < queries.end || queries.end == 0) {
      out.push_back(queries);
    }
  }
  return out;
}

std::vector<Assignment> Schedule::next_settled() {
  if (!std::exchange(closing_, true)) {
    if (auto closing = round_closing(); !closing.empty()) {
      return closing;
    }
  }
  ++round_;
  const bool more = std::ranges::any_of(
      rounds_, [&](const auto& customer) { return round_ < customer.second.size(); });
  return more ? round_writes() : std::vector<Assignment>{};
}

}  // namespace passbook
