// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/possible.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lab/grading/testing_runs.h"

namespace passbook {
namespace {

using Outcome = SequentialOutcome;

Possibility judge(const ObservedRun& run) {
  PossibleSearch search(run);
  Possibility found = Possibility::undecided;
  for (std::uint64_t steps = 20'000; steps < 50'000'000 && found == Possibility::undecided;
       steps *= 4) {
    found = search.attempt(steps);
  }
  return found;
}

/// A naive twin of PossibleSearch. It tries every order of events and, for every answer, every set
/// of writes. Writes are bits.
class Everything {
 public:
  explicit Everything(const ObservedRun& run) : run_(run), at_(run.customers.size()) {
    for (const auto& customer : run.customers) {
      seen_.push_back(0);
      own_.push_back(0);
      answering_.push_back(false);
      first_.push_back(static_cast<std::uint32_t>(amounts_.size()));
      for (const ObservedEvent& event : customer) {
        amounts_.push_back(event.kind == SequentialKind::deposit ? event.amount.minor
                                                                 : -event.amount.minor);
        deposits_ += event.kind == SequentialKind::deposit ? event.amount.minor : 0;
      }
    }
    predecessors_.resize(amounts_.size());
  }

  bool possible() { return explore(); }

 private:
  using Set = std::uint32_t;

  std::int64_t sum(Set set) const {
    std::int64_t total = run_.opening.minor;
    for (std::size_t i = 0; i < amounts_.size(); ++i) {
      total += (set >> i & 1U) != 0 ? amounts_[i] : 0;
    }
    return total;
  }
  bool closed(Set set) const {
    for (std::size_t i = 0; i < amounts_.size(); ++i) {
      if ((set >> i & 1U) != 0 && (predecessors_[i] & ~set) != 0) {
        return false;
      }
    }
    return true;
  }
  std::uint32_t phase() const {
    std::uint32_t least = UINT32_MAX;
    for (std::size_t c = 0; c < at_.size(); ++c) {
      least = at_[c] < run_.customers[c].size() ? std::min(least, run_.customers[c][at_[c]].phase)
                                                : least;
    }
    return least;
  }

  bool explore() {
    const std::uint32_t now = phase();
    if (now == UINT32_MAX) {
      return true;
    }
    if (now != phase_) {
      const auto kept = std::pair(phase_, closing_);
      phase_ = now;
      closing_ = certain_;
      for (const Set seen : seen_) {
        closing_ |= seen;
      }
      const bool found = explore();
      std::tie(phase_, closing_) = kept;
      return found;
    }
    for (std::size_t i = 0; i < amounts_.size(); ++i) {
      if ((pending_ >> i & 1U) != 0 && sum(standing_ | 1U << i) >= 0) {
        pending_ ^= 1U << i;
        standing_ |= 1U << i;
        const bool found = explore();
        pending_ |= 1U << i;
        standing_ ^= 1U << i;
        if (found) {
          return true;
        }
      }
    }
    for (std::size_t c = 0; c < at_.size(); ++c) {
      if (at_[c] < run_.customers[c].size() && run_.customers[c][at_[c]].phase == now &&
          (answering_[c] ? answer(c) : ask(c))) {
        return true;
      }
    }
    return false;
  }

  bool ask(std::size_t c) {
    const ObservedEvent& event = run_.customers[c][at_[c]];
    const Set bit = 1U << (first_[c] + at_[c]);
    const PromisedGuarantees& promised = run_.promised;
    const Set base =
        (promised.monotonic_writes ? own_[c] : 0) | (promised.writes_follow_reads ? seen_[c] : 0);
    if (event.kind == SequentialKind::query) {
      return enter(c);
    }
    if (event.outcome == Outcome::fail) {
      return refusal_is_due(event, base) && enter(c);
    }
    predecessors_[first_[c] + at_[c]] = base;
    bool found = false;
    if (event.outcome == Outcome::unknown) {
      pending_ |= bit;
      found = enter(c);
      pending_ &= ~bit;
    } else if (sum(standing_ | bit) >= 0) {
      standing_ |= bit;
      own_[c] |= bit;
      certain_ |= bit;
      found = enter(c);
      standing_ ^= bit;
      own_[c] ^= bit;
      certain_ ^= bit;
    }
    return found;
  }

  bool refusal_is_due(const ObservedEvent& event, Set base) const {
    if (event.kind == SequentialKind::deposit) {
      return deposits_ > run_.most.minor;
    }
    for (Set set = standing_;; set = (set - 1) & standing_) {
      if ((base & ~set) == 0 && closed(set) && sum(set) < event.amount.minor) {
        return true;
      }
      if (set == 0) {
        return false;
      }
    }
  }

  bool enter(std::size_t c) {
    answering_[c] = true;
    const bool found = explore();
    answering_[c] = false;
    return found;
  }

  bool leave(std::size_t c) {
    answering_[c] = false;
    ++at_[c];
    const bool found = explore();
    --at_[c];
    answering_[c] = true;
    return found;
  }

  bool answer(std::size_t c) {
    const ObservedEvent& event = run_.customers[c][at_[c]];
    const bool write = event.kind != SequentialKind::query;
    if (!event.balance || (write && event.outcome == Outcome::unknown)) {
      return leave(c);
    }
    const Set bit = write && event.outcome == Outcome::success ? 1U << (first_[c] + at_[c]) : 0;
    const PromisedGuarantees& promised = run_.promised;
    const bool own = write ? promised.monotonic_writes : promised.read_your_writes;
    const bool seen = write ? promised.writes_follow_reads : promised.monotonic_reads;
    const Set base = event.closing ? closing_ : bit | (own ? own_[c] : 0) | (seen ? seen_[c] : 0);
    for (Set set = standing_;; set = (set - 1) & standing_) {
      if ((base & ~set) == 0 && closed(set) && sum(set) == event.balance->minor) {
        const Set kept = seen_[c];
        seen_[c] |= set;
        const bool found = leave(c);
        seen_[c] = kept;
        if (found) {
          return true;
        }
      }
      if (set == 0) {
        return false;
      }
    }
  }

  const ObservedRun& run_;
  std::vector<std::size_t> at_;
  std::vector<bool> answering_;  // the write stands, and its answer is due
  std::vector<Set> seen_;
  std::vector<Set> own_;
  std::vector<std::uint32_t> first_;
  std::vector<std::int64_t> amounts_;
  std::vector<Set> predecessors_;
  std::int64_t deposits_ = 0;
  Set standing_ = 0;
  Set certain_ = 0;
  Set pending_ = 0;
  Set closing_ = 0;
  std::uint32_t phase_ = 0;
};

TEST(Possible, AgreesWithTryingEverything) {
  std::size_t possible = 0;
  constexpr std::size_t kRuns = 20000;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    Random random(seed);
    const ObservedRun run = random_run(random);
    const bool due = Everything(run).possible();
    possible += due ? 1U : 0U;
    ASSERT_EQ(judge(run), due ? Possibility::possible : Possibility::impossible)
        << "seed " << seed << "\n"
        << describe(run);
  }
  EXPECT_GT(possible, kRuns / 5);
  EXPECT_LT(possible, kRuns * 4 / 5);
}

TEST(Possible, CustomersMayMissEachOthersWritesButNotTheirOwn) {
  EXPECT_EQ(judge(run_of(400, {{query(400)}, {deposit(170), query(570)}})), Possibility::possible);
  EXPECT_EQ(judge(run_of(400, {{query(570)}, {deposit(170), query(570)}})), Possibility::possible);
  EXPECT_EQ(judge(run_of(400, {{query(400)}, {deposit(170), query(400)}})),
            Possibility::impossible);
}

TEST(Possible, NobodyGoesBackInTime) {
  EXPECT_EQ(judge(run_of(400, {{query(570), query(400)}, {deposit(170)}})),
            Possibility::impossible);
  ObservedRun run = run_of(400, {{query(570), query(400)}, {deposit(170)}});
  run.promised.monotonic_reads = false;
  EXPECT_EQ(judge(run), Possibility::possible);
}

TEST(Possible, WhatWasSeenOrWrittenBeforeAWriteComesWithIt) {
  EXPECT_EQ(judge(run_of(0, {{deposit(100), deposit(10)}, {query(10)}})), Possibility::impossible);
  EXPECT_EQ(judge(run_of(0, {{deposit(100)}, {query(100), deposit(10)}, {query(10)}})),
            Possibility::impossible);
  EXPECT_EQ(judge(run_of(0, {{deposit(100)}, {query(0), deposit(10)}, {query(10)}})),
            Possibility::possible);
}

TEST(Possible, NothingIsSpentTwice) {
  EXPECT_EQ(judge(run_of(400, {{withdraw(300)}, {withdraw(300)}})), Possibility::impossible);
  EXPECT_EQ(judge(run_of(400, {{withdraw(300)}, {withdraw(300, std::nullopt, Outcome::fail)}})),
            Possibility::possible);
  EXPECT_EQ(judge(run_of(400, {{withdraw(300)}, {withdraw(100, std::nullopt, Outcome::fail)}})),
            Possibility::impossible);
}

TEST(Possible, TheMoneyMustComeBeforeItIsSpent) {
  EXPECT_EQ(judge(run_of(0, {{query(0), deposit(5)}, {withdraw(5), deposit(5)}})),
            Possibility::possible);
  EXPECT_EQ(judge(run_of(0, {{withdraw(5), deposit(5)}})), Possibility::impossible);
}

TEST(Possible, AClosingQueryShowsEverything) {
  EXPECT_EQ(judge(run_of(400, {{deposit(170), closing(570, 1)}, {closing(570, 1)}})),
            Possibility::possible);
  EXPECT_EQ(judge(run_of(400, {{deposit(170), closing(570, 1)}, {closing(400, 1)}})),
            Possibility::impossible);
}

TEST(Possible, AWriteOfUnknownOutcomeHappensOnceOrNever) {
  for (const std::int64_t balance : {400, 500}) {
    EXPECT_EQ(
        judge(run_of(400, {{deposit(100, std::nullopt, Outcome::unknown)}, {query(balance)}})),
        Possibility::possible);
  }
  EXPECT_EQ(judge(run_of(400, {{deposit(100, std::nullopt, Outcome::unknown)}, {query(600)}})),
            Possibility::impossible);
}

TEST(Possible, AnAnswerThatIsWrongByItselfIsFoundAtOnce) {
  const PossibleSearch search(
      run_of(400, {{query(401)}, {deposit(170), query(400)}, {query(570)}}));
  EXPECT_THAT(search.impossible_places(),
              testing::ElementsAre(ObservedPlace{0, 0}, ObservedPlace{1, 1}));
}

TEST(Possible, SumsThatMightNotFitStayUndecided) {
  const std::int64_t most = Money::max().minor;
  EXPECT_EQ(PossibleSearch(run_of(most, {{deposit(most)}})).attempt(1000), Possibility::undecided);
}

TEST(ExplainImpossible, LeavesOutWhatHasNoPartInIt) {
  const Unexplained found = explain_impossible(
      run_of(400, {{query(400), query(570)}, {query(570), query(400)}, {deposit(170), query(570)}}),
      RunModel::replicated, 100'000);
  EXPECT_TRUE(found.smallest);
  EXPECT_THAT(found.events, testing::ElementsAre(ObservedPlace{1, 0}, ObservedPlace{1, 1}));
}

TEST(ExplainImpossible, WhatIsLeftIsImpossibleAndNeedsAllOfIt) {
  std::size_t explained = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    Random random(seed);
    const ObservedRun run = random_run(random);
    if (judge(run) != Possibility::impossible) {
      continue;
    }
    ++explained;
    const Unexplained found = explain_impossible(run, RunModel::replicated, 1'000'000);
    EXPECT_TRUE(found.smallest) << describe(run);
    EXPECT_FALSE(found.events.empty()) << describe(run);
  }
  EXPECT_GT(explained, 100U);
}

}  // namespace
}  // namespace passbook
