// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/serial_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lab/grading/testing_runs.h"

namespace passbook {
namespace {

using Outcome = SequentialOutcome;

Possibility judge(const ObservedRun& run) { return find_serial_order(run, 1, 1'000'000); }

/// Tries every order of events on one balance.
bool some_order_fits(const ObservedRun& run, std::vector<std::size_t>& at,
                     std::vector<std::int64_t>& late, std::int64_t total) {
  std::uint32_t phase = UINT32_MAX;
  std::int64_t deposits = 0;
  for (std::size_t c = 0; c < at.size(); ++c) {
    for (std::size_t e = 0; e < run.customers[c].size(); ++e) {
      const ObservedEvent& event = run.customers[c][e];
      phase = e >= at[c] ? std::min(phase, event.phase) : phase;
      deposits += event.kind == SequentialKind::deposit ? event.amount.minor : 0;
    }
  }
  if (phase == UINT32_MAX) {
    return true;
  }
  for (std::size_t i = 0; i < late.size(); ++i) {
    const std::int64_t change = std::exchange(late[i], 0);
    const bool fits =
        change != 0 && total + change >= 0 && some_order_fits(run, at, late, total + change);
    late[i] = change;
    if (fits) {
      return true;
    }
  }
  for (std::size_t c = 0; c < at.size(); ++c) {
    if (at[c] == run.customers[c].size() || run.customers[c][at[c]].phase != phase) {
      continue;
    }
    const ObservedEvent& event = run.customers[c][at[c]];
    const bool deposit = event.kind == SequentialKind::deposit;
    const std::int64_t change = deposit ? event.amount.minor : -event.amount.minor;
    const bool write = event.kind != SequentialKind::query;
    const bool unknown = write && event.outcome == Outcome::unknown;
    std::int64_t after = total;
    bool fits = true;
    if (write && event.outcome == Outcome::fail) {
      fits = deposit ? deposits > run.most.minor : total < event.amount.minor;
    } else if (write && !unknown) {
      after += change;
      fits = after >= 0;
    }
    fits = fits && (unknown || !event.balance || event.balance->minor == after);
    if (!fits) {
      continue;
    }
    ++at[c];
    late.push_back(unknown ? change : 0);
    const bool found = some_order_fits(run, at, late, after);
    late.pop_back();
    --at[c];
    if (found) {
      return true;
    }
  }
  return false;
}

TEST(FindSerialOrder, AgreesWithTryingEveryOrder) {
  std::size_t possible = 0;
  constexpr std::size_t kRuns = 20'000;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    Random random(seed);
    const ObservedRun run = random_run(random);
    std::vector<std::size_t> at(run.customers.size());
    std::vector<std::int64_t> late;
    const bool due = some_order_fits(run, at, late, run.opening.minor);
    possible += due ? 1U : 0U;
    ASSERT_EQ(judge(run), due ? Possibility::possible : Possibility::impossible)
        << "seed " << seed << "\n"
        << describe(run);
  }
  EXPECT_GT(possible, kRuns / 10);
  EXPECT_LT(possible, kRuns * 9 / 10);
}

TEST(FindSerialOrder, EveryoneSeesOneOrder) {
  const ObservedRun run = run_of(0, {{deposit(1, 1), query(1)}, {deposit(2, 2), query(2)}});
  EXPECT_EQ(judge(run), Possibility::impossible);
  EXPECT_EQ(PossibleSearch(run).attempt(1000), Possibility::possible);
  EXPECT_EQ(judge(run_of(0, {{deposit(1, 1), query(1)}, {deposit(2, 3), query(3)}})),
            Possibility::possible);
}

TEST(FindSerialOrder, GivesUpWhenTheStepsAreUsedUp) {
  EXPECT_EQ(
      find_serial_order(run_of(0, {{deposit(1, 1), query(1)}, {deposit(2, 2), query(2)}}), 1, 3),
      Possibility::undecided);
}

}  // namespace
}  // namespace passbook
