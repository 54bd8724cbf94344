// SPDX-License-Identifier: Apache-2.0
// Withdrawals that contend for the same money in whole banks, compared with a single till.
#include <rapidcheck/gtest.h>

#include "branch/test_bank.h"

namespace passbook {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

/// One withdrawal, and its delay after the previous one.
struct Contender {
  std::uint32_t branch;
  std::int64_t amount;
  microseconds after;
};

struct Contest {
  std::uint32_t branches;
  std::int64_t opening;
  std::uint64_t seed;  ///< seed of the first network's delays
  std::vector<Contender> contenders;
};

std::ostream& operator<<(std::ostream& out, const Contest& contest) {
  out << contest.branches << " branches, opening " << contest.opening << ", seed " << contest.seed;
  for (const Contender& c : contest.contenders) {
    out << "; " << c.amount << " at branch " << c.branch << " after " << c.after.count() << " us";
  }
  return out;
}

/// `amounts` is called with the opening, for each contender.
Contest any_contest(int least, int most, auto amounts) {
  Contest out{.branches = *rc::gen::element(2U, 3U, 4U, 5U, 8U, 18U),
              .opening = *rc::gen::inRange<std::int64_t>(1, 2000),
              .seed = *rc::gen::inRange<std::uint64_t>(1, 1U << 30U),
              .contenders = {}};
  const int count = *rc::gen::inRange(least, most + 1);
  for (int i = 0; i < count; ++i) {
    out.contenders.push_back({*rc::gen::inRange(1U, out.branches + 1), amounts(out.opening),
                              microseconds(*rc::gen::inRange(0, 4000))});
  }
  return out;
}

/// The outcomes, in the order of the contenders. Checks that all replicas agree on the remaining
/// balance afterwards.
std::vector<Outcome> play(const Contest& contest, std::uint64_t network) {
  TestBank bank({.branches = contest.branches, .opening = contest.opening, .seed = network});
  bank.run_for(seconds(1));
  std::vector<CallId> calls;
  std::uint64_t id = 0;
  for (const Contender& c : contest.contenders) {
    bank.run_for(c.after);
    TestCustomer who(++id);
    who.belongs_to(bank.bank());
    calls.push_back(bank.call(c.branch, who.withdraw(c.branch, c.amount)));
  }
  std::vector<Outcome> out;
  std::int64_t left = contest.opening;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    out.push_back(bank.wait(calls[i]).outcome);
    left -= out.back() == Outcome::ok ? contest.contenders[i].amount : 0;
  }
  for (std::uint32_t branch = 1; branch <= contest.branches; ++branch) {
    RC_ASSERT(bank.balance(branch) == Money{left});
  }
  return out;
}

/// The same contest on several networks.
void for_networks(const Contest& contest, const auto& expect) {
  for (std::uint64_t network = contest.seed; network < contest.seed + 4; ++network) {
    RC_LOG() << contest << "; this network " << network << "\n";
    expect(play(contest, network));
  }
}

/// Whether a single till that serves the contenders one after the other could have given the same
/// outcomes in some order. In that order, the refused contenders come last.
bool one_till_could(const Contest& contest, const std::vector<Outcome>& outcomes) {
  std::int64_t left = contest.opening;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    left -= outcomes[i] == Outcome::ok ? contest.contenders[i].amount : 0;
  }
  bool right = left >= 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    right = right && (outcomes[i] == Outcome::ok || (outcomes[i] == Outcome::insufficient_funds &&
                                                     contest.contenders[i].amount > left));
  }
  return right;
}

TEST(Contention, RightsThatWentToAnOlderClaimAreAskedForAgain) {
  const Contest contest{.branches = 18,
                        .opening = 254,
                        .seed = 1,
                        .contenders = {{6, 86, microseconds(234)},
                                       {10, 14, microseconds(610)},
                                       {6, 56, microseconds(256)},
                                       {11, 100, microseconds(393)}}};
  for (std::uint64_t network = 1; network < 40; ++network) {
    EXPECT_TRUE(one_till_could(contest, play(contest, network))) << network;
  }
}

RC_GTEST_PROP(ContentionProperty, ExactlyOneWinsWhenTheMoneyIsEnoughForOne, ()) {
  const Contest contest = any_contest(2, 8, [](std::int64_t opening) {
    return *rc::gen::inRange(0, 4) == 0 ? opening : *rc::gen::inRange(opening / 2 + 1, opening + 1);
  });
  for_networks(contest, [&](const std::vector<Outcome>& outcomes) {
    RC_ASSERT(std::ranges::count(outcomes, Outcome::ok) == 1);
    RC_ASSERT(one_till_could(contest, outcomes));
  });
}

RC_GTEST_PROP(ContentionProperty, AsManyWinAsTheMoneyAllowsWhenAllWantTheSame, ()) {
  const auto parts = *rc::gen::inRange<std::int64_t>(1, 9);
  const Contest contest = any_contest(
      1, 12, [&](std::int64_t opening) { return std::max<std::int64_t>(opening / parts, 1); });
  const auto allowed = contest.opening / contest.contenders[0].amount;
  for_networks(contest, [&](const std::vector<Outcome>& outcomes) {
    RC_ASSERT(std::ranges::count(outcomes, Outcome::ok) == std::min(std::ssize(outcomes), allowed));
  });
}

RC_GTEST_PROP(ContentionProperty, OneTillCouldHaveSaidTheSameToAnyContenders, ()) {
  const Contest contest = any_contest(1, 12, [](std::int64_t opening) {
    return *rc::gen::inRange<std::int64_t>(1, opening + 100);
  });
  for_networks(contest, [&](const std::vector<Outcome>& outcomes) {
    RC_ASSERT(one_till_could(contest, outcomes));
  });
}

}  // namespace
}  // namespace passbook
