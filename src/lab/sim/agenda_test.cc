// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/agenda.h"

#include <rapidcheck/gtest.h>

#include <string>

namespace passbook::sim {
namespace {

Instant at(int nanoseconds) { return Instant{} + Duration(nanoseconds); }

TEST(Agenda, GivesTheEarliestFirst) {
  Agenda<std::string> agenda;
  agenda.put(at(3), "c");
  agenda.put(at(1), "a");
  agenda.put(at(2), "b");
  EXPECT_EQ(agenda.next(), at(1));
  for (const char* expected : {"a", "b", "c"}) {
    EXPECT_EQ(agenda.take(), expected);
  }
  EXPECT_TRUE(agenda.empty());
}

RC_GTEST_PROP(AgendaProperty, IsAStableSortOfWhatIsPutInAndTakenOut, ()) {
  Agenda<int> agenda;
  std::vector<std::pair<Instant, int>> naive;
  const auto take = [&] {
    const auto first = std::ranges::min_element(naive, {}, &std::pair<Instant, int>::first);
    RC_ASSERT(agenda.next() == first->first);
    RC_ASSERT(agenda.take() == first->second);
    naive.erase(first);
  };
  const auto steps = *rc::gen::inRange(0, 200);
  for (int i = 0; i < steps; ++i) {
    if (!naive.empty() && *rc::gen::inRange(0, 3) == 0) {
      take();
      continue;
    }
    naive.emplace_back(at(*rc::gen::inRange(0, 10)), i);
    agenda.put(naive.back().first, i);
  }
  while (!naive.empty()) {
    take();
  }
  RC_ASSERT(agenda.empty());
}

}  // namespace
}  // namespace passbook::sim
