// SPDX-License-Identifier: Apache-2.0
#include "lab/trace/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "lab/trace/testing_events.h"

namespace passbook::trace {
namespace {

using testing::ElementsAre;
using testing::Optional;

Trace ordered(const std::vector<Event>& events) {
  auto out = in_causal_order({}, {}, events);
  EXPECT_TRUE(out.has_value()) << out.error();
  return out ? *out : Trace{};
}

std::vector<std::uint64_t> clocks_of(const Trace& trace) {
  std::vector<std::uint64_t> out;
  for (const Event& event : trace.events) {
    out.push_back(event.lamport.value);
  }
  return out;
}

TEST(CausalOrder, IsThatOfTimeWhereNothingElseSaysSo) {
  const Trace trace = ordered({act(kOne, Act::accept, 1, 30), act(kOne, Act::accept, 2, 31),
                               act(kTwo, Act::accept, 3, 10), act(kTwo, Act::accept, 4, 40)});
  EXPECT_THAT(clocks_of(trace), ElementsAre(3, 1, 2, 4));
}

TEST(CausalOrder, AReceiptComesAfterItsSendWhateverTheClocksOfTheMachinesSay) {
  const Trace trace =
      ordered({receive(kTwo, kOne, 1, 2, /*at=*/10), send(kOne, kTwo, 1, /*at=*/50)});
  EXPECT_THAT(clocks_of(trace), ElementsAre(1, 2));
  EXPECT_EQ(trace.cause[1], std::optional<std::size_t>(0));
}

TEST(CausalOrder, TheOrderOfAProcessIsKeptThoughItsTimesAreNot) {
  const Trace trace = ordered({act(kOne, Act::accept, 1, 30), act(kOne, Act::accept, 2, 20)});
  EXPECT_THAT(clocks_of(trace), ElementsAre(1, 2));
}

TEST(CausalOrder, AMessageThatWasNeverSentHasNoCause) {
  const Trace trace = ordered({send(kOne, kTwo, 1), receive(kTwo, kOne, 5, 6)});
  EXPECT_THAT(trace.cause, ElementsAre(std::nullopt, std::nullopt));
}

TEST(CausalOrder, WhereLivesRepeatAClockTheLastSendBeforeIsMeant) {
  const Trace trace =
      ordered({send(kOne, kTwo, 1, 10), act(kOne, Act::crash, 0, 11), send(kOne, kTwo, 1, 20),
               receive(kTwo, kOne, 1, 2, 15), receive(kTwo, kOne, 1, 3, 25)});
  std::vector<Instant> times;
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    if (trace.cause[i]) {
      times.push_back(trace.events[*trace.cause[i]].at);
    }
  }
  EXPECT_THAT(times, ElementsAre(Instant(Duration(10)), Instant(Duration(20))));
}

TEST(CausalOrder, ASendToAnotherOrOfAnotherKindIsNotTheCause) {
  const Trace trace =
      ordered({send(kOne, kAnn, 1), send(kOne, kTwo, 2, 0, Message::rebalance_request),
               receive(kTwo, kOne, 1, 2), receive(kTwo, kOne, 2, 3)});
  EXPECT_THAT(trace.cause, testing::Each(std::nullopt));
}

TEST(CausalOrder, InACircleALaterSendIsNotTheCause) {
  const Trace trace = ordered({receive(kOne, kTwo, 2, 3, 10), send(kOne, kTwo, 4, 11),
                               receive(kTwo, kOne, 4, 5, 12), send(kTwo, kOne, 2, 13)});
  ASSERT_EQ(trace.events.size(), 4U);
  EXPECT_EQ(trace.cause[0], std::nullopt);
  EXPECT_EQ(trace.cause[2], std::optional<std::size_t>(1));
}

TEST(CausalOrder, ACircleIsBrokenAtTheLaterSendWhicheverProcessReceivedIt) {
  for (const auto& [first, second] : {std::pair(kOne, kTwo), std::pair(kTwo, kOne)}) {
    const Trace trace = ordered({receive(first, second, 2, 3, 10), send(first, second, 4, 11),
                                 receive(second, first, 4, 5, 12), send(second, first, 2, 13)});
    EXPECT_THAT(clocks_of(trace), ElementsAre(3, 4, 5, 2));
    EXPECT_THAT(trace.cause, ElementsAre(std::nullopt, std::nullopt, Optional(1U), std::nullopt));
  }
}

TEST(CausalOrder, WhoIsFreedFromACircleNoLongerWaitsForThatSend) {
  const Trace trace = ordered({receive(kOne, kTwo, 2, 3, 10), send(kOne, kTwo, 4, 11),
                               act(kOne, Act::accept, 6, 50), act(kOne, Act::accept, 7, 60),
                               receive(kTwo, kOne, 4, 5, 12), send(kTwo, kOne, 2, 13),
                               act(kTwo, Act::accept, 8, 55)});
  EXPECT_THAT(clocks_of(trace), ElementsAre(3, 4, 5, 2, 6, 8, 7));
}

TEST(CausalOrder, ACircleIsRefused) {
  const auto out = in_causal_order({}, {},
                                   {receive(kOne, kTwo, 2, 1), send(kOne, kTwo, 3),
                                    receive(kTwo, kOne, 3, 1), send(kTwo, kOne, 2)});
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error(), "branch 1, clock 1: something was received before it was sent");
}

TEST(CausalOrder, ProcessesAreBranchesFirstAndThoseThatDidNothingAreThere) {
  const auto out = in_causal_order({kTwo}, {}, {send(kAnn, kOne, 1)});
  ASSERT_TRUE(out.has_value());
  EXPECT_THAT(out->processes, ElementsAre(kOne, kTwo, kAnn));
}

TEST(VectorClocks, CountWhatHappenedBefore) {
  const Trace trace =
      ordered({send(kAnn, kOne, 1, 1), receive(kOne, kAnn, 1, 2, 2), act(kTwo, Act::accept, 1, 3),
               send(kOne, kTwo, 3, 4), receive(kTwo, kOne, 3, 4, 5)});
  VectorClocks clocks(trace);
  std::vector<std::vector<std::uint32_t>> all;
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    all.push_back(clocks.next());
  }
  // Branch 1, branch 2, customer 1.
  EXPECT_THAT(all, ElementsAre(ElementsAre(0, 0, 1), ElementsAre(1, 0, 1), ElementsAre(0, 1, 0),
                               ElementsAre(2, 0, 1), ElementsAre(2, 2, 1)));
}

/// Happened before, straight from its definition: along a process, or along a message.
std::vector<std::vector<bool>> happened_before(const Trace& trace) {
  const std::size_t n = trace.events.size();
  std::vector<std::vector<bool>> out(n, std::vector<bool>(n));
  for (std::size_t b = 0; b < n; ++b) {
    for (std::size_t a = 0; a < b; ++a) {
      if (trace.events[a].process == trace.events[b].process || trace.cause[b] == a) {
        out[a][b] = true;
        for (std::size_t c = 0; c < a; ++c) {
          out[c][b] = out[c][b] || out[c][a];
        }
      }
    }
  }
  return out;
}

TEST(VectorClocks, OneIsBelowAnotherExactlyWhenItsEventHappenedBefore) {
  Random random(7);
  std::vector<Event> events;
  std::vector<std::uint64_t> clocks(4);
  for (int at = 0; at < 120; ++at) {
    const auto lane = random.below(4);
    const Process process{Process::Kind::branch, lane + 1};
    const auto from = static_cast<std::size_t>(random.below(events.size() + 1));
    const bool receipt =
        from < events.size() && events[from].act == Act::send && *events[from].peer == process;
    if (receipt) {
      clocks[lane] = std::max(clocks[lane], events[from].lamport.value) + 1;
      events.push_back(
          receive(process, events[from].process, events[from].lamport.value, clocks[lane], at));
    } else {
      events.push_back(
          send(process, {Process::Kind::branch, (lane + 1) % 4 + 1}, ++clocks[lane], at));
    }
  }
  const Trace trace = ordered(events);
  const auto before = happened_before(trace);
  VectorClocks vector_clocks(trace);
  std::vector<std::vector<std::uint32_t>> all;
  int pairs = 0;
  for (std::size_t b = 0; b < trace.events.size(); ++b) {
    all.push_back(vector_clocks.next());
    for (std::size_t a = 0; a < b; ++a) {
      const bool below = std::ranges::equal(all[a], all[b], std::less_equal<>());
      EXPECT_EQ(below, before[a][b]) << a << " and " << b;
      pairs += below && trace.events[a].process != trace.events[b].process ? 1 : 0;
    }
  }
  EXPECT_GT(pairs, 100) << "the processes must have heard of each other";
}

}  // namespace
}  // namespace passbook::trace
