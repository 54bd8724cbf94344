// SPDX-License-Identifier: Apache-2.0
#include "app/try/hunt.h"

#include <algorithm>

#include "app/try/jobs.h"
#include "lab/trial/shrink.h"
#include "rpc/clock.h"

namespace passbook {
namespace {

bool is_of(FaultKind kind, const Attempt& attempt) {
  return attempt.failed() && attempt.faults.front().kind == kind;
}

/// What failed in every run should not take eight good runs to be let go.
constexpr int kGoodRunsOfSteady = 2;

/// Runs as many at once as may still be needed.
Repeats repeat(const TryCase& on, FaultKind kind, bool steady, std::size_t jobs, const Run& run) {
  Repeats out;
  const auto undecided = [&] {
    const bool hopeless = steady && out.failures == 0 && out.runs >= kGoodRunsOfSteady;
    return !out.often() && !hopeless && out.failures + (kRepeats - out.runs) >= kLeastFailures;
  };
  while (undecided()) {
    const auto left =
        static_cast<std::size_t>(std::min(kRepeats - out.runs, kLeastFailures - out.failures));
    const std::size_t now = std::min(jobs, left);
    std::vector<std::optional<Attempt>> attempts(now);
    side_by_side(now, jobs, [&](std::size_t i) {
      if (auto attempt = run(on)) {
        attempts[i] = std::move(*attempt);
      }
    });
    for (auto& attempt : attempts) {
      ++out.runs;
      if (attempt && is_of(kind, *attempt)) {
        ++out.failures;
        out.failure = std::move(attempt);
      }
    }
  }
  return out;
}

}  // namespace

std::optional<Found> hunt(const TryCase& failing, FaultKind kind, std::size_t jobs, Duration most,
                          const Run& run) {
  const Instant end = real_now() + most;
  Found out{.smallest = failing, .repeats = repeat(failing, kind, false, jobs, run)};
  if (!out.repeats.often()) {
    return std::nullopt;
  }
  out.smallest.scenario = trial::shrink(failing.scenario, [&](const Scenario& scenario) {
    if (real_now() >= end) {
      return false;
    }
    TryCase smaller = failing;
    smaller.scenario = scenario;
    const bool steady = out.repeats.failures == out.repeats.runs;
    Repeats repeats = repeat(smaller, kind, steady, jobs, run);
    if (!repeats.often()) {
      return false;
    }
    out.repeats = std::move(repeats);
    return true;
  });
  return out;
}

}  // namespace passbook
