// SPDX-License-Identifier: Apache-2.0
#include "lab/picture/facts.h"

#include <gmock/gmock.h>

#include "lab/picture/testing_traces.h"
#include "lab/trace/order.h"

namespace passbook::picture {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing_traces::branch;
using testing_traces::customer;
using testing_traces::entry_of;
using testing_traces::Notes;
using trace::Act;
using trace::Event;
using trace::Message;
using trace::Trace;

/// Which events lead to which, over any number of messages and steps of a process.
std::vector<std::vector<bool>> closure(const Trace& trace) {
  const std::size_t n = trace.events.size();
  std::vector<std::vector<bool>> before(n, std::vector<bool>(n));
  for (std::size_t i = 0; i < n; ++i) {
    before[i][i] = true;
    for (std::size_t j = 0; j < i; ++j) {
      before[j][i] = trace.events[j].process == trace.events[i].process || trace.cause[i] == j;
    }
  }
  for (std::size_t by = 0; by < n; ++by) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        before[i][j] = before[i][j] || (before[i][by] && before[by][j]);
      }
    }
  }
  return before;
}

TEST(CausalPast, IsWhatLeadsToTheEvent) {
  for (const Trace& trace : {testing_traces::small(), testing_traces::with_faults()}) {
    const auto before = closure(trace);
    for (std::size_t i = 0; i < trace.events.size(); ++i) {
      const auto past = causal_past(trace, i);
      for (std::size_t j = 0; j < trace.events.size(); ++j) {
        ASSERT_EQ(past[j], before[j][i]) << j << " before " << i;
      }
    }
  }
}

TEST(VectorClock, IsAtMostAnothersWhereTheEventIsInItsPast) {
  const Trace trace = testing_traces::small();
  const auto before = closure(trace);
  trace::VectorClocks vector_clocks(trace);
  std::vector<std::vector<std::uint32_t>> clocks;
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    clocks.push_back(vector_clocks.next());
  }
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    for (std::size_t j = 0; j < trace.events.size(); ++j) {
      const bool at_most = std::ranges::equal(clocks[i], clocks[j], std::ranges::less_equal{});
      ASSERT_EQ(at_most, before[i][j]) << i << " and " << j;
    }
  }
}

TEST(Predecessors, AreTheEventsBeforeAtTheSameProcess) {
  Notes notes(2, 0, {});
  notes.happens(branch(1), Act::start, 1);
  notes.happens(branch(2), Act::start, 2);
  notes.happens(branch(1), Act::pause, 3);
  notes.happens(branch(1), Act::resume, 4);
  const auto before = predecessors(std::move(notes).trace());
  EXPECT_THAT(before, ElementsAre(std::nullopt, std::nullopt, std::optional<std::size_t>{0},
                                  std::optional<std::size_t>{2}));
}

// --- waits --------------------------------------------------------------------------------------

const RequestId kRequest{{BranchId{1}}, {CustomerId{1}, 1}, 1};

Event about(Message message) {
  Event event;
  event.message = message;
  event.request = kRequest;
  return event;
}

/// A request that takes 10 microseconds to reach branch 1.
Notes asked(Message message) {
  Notes notes(2, 1, {});
  notes.sends(customer(1), branch(1), 0, 10, about(message));
  return notes;
}

Event accepted() {
  Event event = about(Message::deposit);
  event.entry = entry_of(1, 1);
  return event;
}

TEST(Waits, AreUntilTheEntryAndThenUntilTheAnswer) {
  Notes notes = asked(Message::deposit);
  notes.happens(branch(1), Act::accept, 40, accepted());
  notes.sends(branch(1), customer(1), 90, 10, about(Message::answer));
  const Facts facts = facts_of(std::move(notes).trace());
  EXPECT_EQ(facts.a_little, std::chrono::microseconds{10});
  EXPECT_THAT(facts.waits,
              ElementsAre(Wait{1, 2, Wait::Until::accepted}, Wait{2, 3, Wait::Until::answered}));
}

TEST(Waits, AreNotThoseThatAreNoLongerThanAMessageTravels) {
  Notes notes = asked(Message::query);
  notes.sends(branch(1), customer(1), 20, 10, about(Message::answer));
  EXPECT_THAT(facts_of(std::move(notes).trace()).waits, IsEmpty());
}

TEST(Waits, EndWithTheBranch) {
  Notes notes = asked(Message::query);
  notes.happens(branch(1), Act::crash, 50);
  notes.happens(branch(1), Act::start, 70);
  EXPECT_THAT(facts_of(std::move(notes).trace()).waits,
              ElementsAre(Wait{1, 2, Wait::Until::ended}));
}

TEST(Waits, WithoutAnEndAreUntilTheBranchsLastEvent) {
  Notes notes = asked(Message::query);
  notes.happens(branch(1), Act::pause, 60);
  notes.happens(branch(2), Act::start, 90);
  EXPECT_THAT(facts_of(std::move(notes).trace()).waits,
              ElementsAre(Wait{1, 2, Wait::Until::ended}));
}

// --- faults -------------------------------------------------------------------------------------

Event towards(std::uint64_t id) {
  Event event;
  event.peer = branch(id);
  return event;
}

TEST(Faults, EndWhereWhatTheyBreakIsMended) {
  Notes notes(3, 0, {});
  notes.happens(branch(1), Act::start, 0);
  notes.happens(branch(1), Act::cut, 1, towards(2));
  notes.happens(branch(1), Act::cut, 2, towards(3));
  notes.happens(branch(1), Act::pause, 3);
  notes.happens(branch(1), Act::mend, 4, towards(3));
  notes.happens(branch(1), Act::resume, 5);
  notes.happens(branch(1), Act::crash, 6);
  notes.happens(branch(1), Act::start, 7);
  const Facts facts = facts_of(std::move(notes).trace());
  EXPECT_THAT(facts.faults,
              ElementsAre(Fault{Fault::Kind::cut, 1, std::nullopt}, Fault{Fault::Kind::cut, 2, 4},
                          Fault{Fault::Kind::paused, 3, 5}, Fault{Fault::Kind::down, 6, 7}));
}

TEST(Faults, APauseEndsWhenTheBranchCrashes) {
  Notes notes(1, 0, {});
  notes.happens(branch(1), Act::pause, 1);
  notes.happens(branch(1), Act::crash, 2);
  notes.happens(branch(1), Act::start, 3);
  EXPECT_THAT(facts_of(std::move(notes).trace()).faults,
              ElementsAre(Fault{Fault::Kind::paused, 0, 1}, Fault{Fault::Kind::down, 1, 2}));
}

TEST(Faults, AreNotBranchesThatWereAskedToStopForGood) {
  Notes notes(2, 0, {});
  notes.happens(branch(1), Act::stop, 1);
  notes.happens(branch(2), Act::crash, 2);
  EXPECT_THAT(facts_of(std::move(notes).trace()).faults,
              ElementsAre(Fault{Fault::Kind::down, 1, std::nullopt}));
}

// --- balances and agreement ---------------------------------------------------------------------

Event entry(std::uint64_t origin, std::uint64_t account, std::int64_t balance) {
  Event event;
  event.entry = entry_of(origin, 1);
  event.account = AccountId{account};
  event.balance = Money{balance};
  return event;
}

TEST(Balances, AreLinesForEachAccountAtEachBranch) {
  Notes notes(2, 1, {{AccountId{1}, Money{400}}, {AccountId{9}, Money{}}});
  notes.happens(branch(1), Act::accept, 1, entry(1, 1, 500));
  notes.happens(branch(2), Act::accept, 2, entry(2, 9, 7));
  notes.happens(branch(2), Act::apply, 3, entry(1, 1, 500));
  const Facts facts = facts_of(std::move(notes).trace());
  EXPECT_THAT(facts.balances, ElementsAre(BalanceLine{0, 0, {0}}, BalanceLine{1, 0, {2}},
                                          BalanceLine{0, 1, {}}, BalanceLine{1, 1, {1}}));
}

TEST(Agreement, IsWhenTheLastBranchAppliesItsLastEntry) {
  Notes notes(2, 1, {});
  notes.happens(branch(1), Act::accept, 1, entry(1, 1, 5));
  notes.happens(branch(2), Act::accept, 2, entry(2, 1, 6));
  notes.happens(branch(2), Act::apply, 3, entry(1, 1, 7));
  notes.happens(branch(1), Act::apply, 4, entry(2, 1, 7));
  notes.happens(branch(1), Act::stop, 5);
  EXPECT_EQ(facts_of(std::move(notes).trace()).agreed, std::optional<std::size_t>{3});
}

TEST(Agreement, IsNotWhileAnEntryIsMissingSomewhere) {
  Notes notes(3, 0, {});
  notes.happens(branch(1), Act::accept, 1, entry(1, 1, 5));
  notes.happens(branch(2), Act::apply, 2, entry(1, 1, 5));
  EXPECT_EQ(facts_of(std::move(notes).trace()).agreed, std::nullopt);
}

TEST(Agreement, IsNotWithoutEntries) {
  Notes notes(1, 0, {});
  notes.happens(branch(1), Act::start, 1);
  EXPECT_EQ(facts_of(std::move(notes).trace()).agreed, std::nullopt);
}

TEST(Agreement, OfABranchThatLostItsDiskIsWhenItHasAllAgain) {
  Notes notes(2, 0, {});
  notes.happens(branch(1), Act::accept, 1, entry(1, 1, 5));
  notes.happens(branch(2), Act::apply, 2, entry(1, 1, 5));
  notes.happens(branch(2), Act::disk_lost, 3);
  Notes again = notes;
  EXPECT_EQ(facts_of(std::move(notes).trace()).agreed, std::nullopt);
  again.happens(branch(2), Act::apply, 4, entry(1, 1, 5));
  EXPECT_EQ(facts_of(std::move(again).trace()).agreed, std::optional<std::size_t>{3});
}

}  // namespace
}  // namespace passbook::picture
