// SPDX-License-Identifier: Apache-2.0
#include "branch/options_check.h"

#include <fmt/format.h>

#include <array>

namespace passbook {
namespace {

/// The longest time allowed. Some times are added up or multiplied by ten, so it is far below the
/// limit of a Duration.
constexpr Duration kLongest = std::chrono::hours(24 * 365);

/// An idle but live stream carries at least this many heartbeats within the timeout.
constexpr int kBeats = 2;

struct NamedTime {
  const char* name;
  Duration value;
  bool may_be_zero = false;
};

struct NamedSize {
  const char* name;
  std::size_t value;
};

double seconds_of(Duration time) { return std::chrono::duration<double>(time).count(); }

std::optional<std::string> wrong_time(const BranchOptions& options) {
  const std::array<NamedTime, 14> times{{
      {"propagation_delay", options.propagation_delay, true},
      {"heartbeat_every", options.heartbeat_every},
      {"link_timeout", options.link_timeout},
      {"report_every", options.report_every},
      {"gather_reports", options.gather_reports, true},
      {"patience", options.patience},
      {"patience_most", options.patience_most},
      {"rights_patience", options.rights_patience},
      {"redial_first", options.redial_first},
      {"redial_most", options.redial_most},
      {"linger", options.linger},
      {"longest_request", options.longest_request},
      {"margin_most", options.margin_most, true},
      {"listen_first", options.listen_first, true},
  }};
  // Shorter than this is no wait at all: half of it would be zero.
  constexpr Duration kShortest = std::chrono::microseconds(1);
  for (const auto& [name, value, may_be_zero] : times) {
    if (may_be_zero && value == Duration{}) {
      continue;
    }
    if (value < kShortest || value > kLongest) {
      return fmt::format("{} is {:g} s: it must be between {:g} s and {:g} s{}", name,
                         seconds_of(value), seconds_of(kShortest), seconds_of(kLongest),
                         may_be_zero ? ", or 0" : "");
    }
  }
  return std::nullopt;
}

std::optional<std::string> wrong_size(const BranchOptions& options) {
  const std::array<NamedSize, 6> sizes{{
      {"window_entries", options.window_entries},
      {"beyond_window", options.beyond_window},
      {"fetch_bytes", options.fetch_bytes},
      {"snapshot_part", options.snapshot_part},
      {"most_waiting", options.most_waiting},
      {"most_in_work", options.most_in_work},
  }};
  for (const auto& [name, value] : sizes) {
    if (value == 0) {
      return fmt::format("{} is 0: it must be at least 1", name);
    }
  }
  return std::nullopt;
}

/// An error if the time `less` is longer than `more`.
std::optional<std::string> wrong_order(const NamedTime& less, const NamedTime& more,
                                       const char* why) {
  if (less.value <= more.value) {
    return std::nullopt;
  }
  return fmt::format("{} is {:g} s and {} is {:g} s: {}", less.name, seconds_of(less.value),
                     more.name, seconds_of(more.value), why);
}

}  // namespace

std::optional<std::string> contradiction_in(const BranchOptions& options, std::size_t branches) {
  if (auto wrong = wrong_time(options)) {
    return wrong;
  }
  if (auto wrong = wrong_size(options)) {
    return wrong;
  }
  if (options.link_timeout < kBeats * options.heartbeat_every) {
    return fmt::format(
        "heartbeat_every is {:g} s and link_timeout is {:g} s: it must be at least {} times as "
        "long, or streams on which nothing happens are taken for dead",
        seconds_of(options.heartbeat_every), seconds_of(options.link_timeout), kBeats);
  }
  if (!options.pass_on && branches > options.full_mesh) {
    return fmt::format(
        "pass_on is off and full_mesh is {}: {} branches are no full mesh, and those that are no "
        "neighbours would hear nothing of each other",
        options.full_mesh, branches);
  }
  if (auto wrong =
          wrong_order({"redial_first", options.redial_first}, {"redial_most", options.redial_most},
                      "the first pause can't be longer than the longest")) {
    return wrong;
  }
  return wrong_order({"patience", options.patience}, {"patience_most", options.patience_most},
                     "the least patience can't be longer than the most");
}

}  // namespace passbook
