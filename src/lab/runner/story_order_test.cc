// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/story_order.h"

#include <rapidcheck/gtest.h>

#include <set>

namespace passbook {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Instant at(int time) { return Instant{Duration{time}}; }

TEST(StoryOrder, TellsACauseThatIsReadOnePassAfterItsEffect) {
  StoryOrder<std::string> order;
  order.add(at(20), 1, "effect");
  EXPECT_THAT(order.take(1), IsEmpty());
  order.add(at(10), 2, "cause");
  EXPECT_THAT(order.take(2), IsEmpty()) << "what led to the cause may be on its way";
  EXPECT_THAT(order.take(3), ElementsAre("cause", "effect"));
  EXPECT_TRUE(order.empty());
}

TEST(StoryOrder, HoldsBackOnlyWhatIsNewAndWhatComesAfterThat) {
  StoryOrder<std::string> order;
  order.add(at(10), 1, "first");
  order.add(at(30), 1, "third");
  order.add(at(20), 2, "second");
  EXPECT_THAT(order.take(2), ElementsAre("first"));
  EXPECT_FALSE(order.empty());
  EXPECT_THAT(order.take(3), ElementsAre("second", "third"));
}

TEST(StoryOrder, KeepsTheOrderOfWhatHasOneTime) {
  StoryOrder<int> order;
  for (int i = 0; i < 5; ++i) {
    order.add(at(7), 1, i);
  }
  EXPECT_THAT(order.take(2), ElementsAre(0, 1, 2, 3, 4));
}

/// Processes that send each other messages, and a reader that looks into their pipes one after
/// another while they go on.
RC_GTEST_PROP(StoryOrderProperty, TellsNoEffectBeforeItsCause, ()) {
  const int processes = *rc::gen::inRange(2, 5);
  std::vector<std::vector<int>> pipes(static_cast<std::size_t>(processes));
  std::vector<std::set<int>> knows(pipes.size());  // lines that each has written or heard of
  std::map<int, std::set<int>> causes;             // of each line
  std::map<int, int> times;
  int clock = 0;
  const auto write = [&](std::size_t process) {
    const int line = static_cast<int>(causes.size());
    causes[line] = knows[process];
    times[line] = ++clock;
    knows[process].insert(line);
    pipes[process].push_back(line);
  };
  StoryOrder<int> order;
  std::vector<int> told;
  for (std::uint64_t pass = 1; pass < 12; ++pass) {
    for (std::size_t reader = pipes.size(); reader-- > 0;) {
      for (int acts = *rc::gen::inRange(0, 4); acts > 0; --acts) {
        const auto process = static_cast<std::size_t>(*rc::gen::inRange(0, processes));
        const auto other = static_cast<std::size_t>(*rc::gen::inRange(0, processes));
        write(process);
        knows[other].insert(knows[process].begin(), knows[process].end());
      }
      for (const int line : std::exchange(pipes[reader], {})) {
        order.add(at(times[line]), pass, line);
      }
    }
    std::ranges::copy(order.take(pass), std::back_inserter(told));
  }
  std::set<int> before;
  for (const int line : told) {
    RC_ASSERT(std::ranges::includes(before, causes[line]));
    before.insert(line);
  }
}

}  // namespace
}  // namespace passbook
