// SPDX-License-Identifier: Apache-2.0
#include "branch/help_calls.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class HelpCallsTest : public testing::Test {
 protected:
  /// Calls as many peers as allowed, for `most`. Each call takes `takes`, and this branch is late
  /// for `waits` of that time. Returns the number of calls.
  int call_for(Duration most, Duration takes, Duration waits) {
    int called = 0;
    for (const Instant end = now + most; now < end; now += milliseconds(1)) {
      while (!under_way.empty() && under_way.begin()->first <= now) {
        late += waits;
        calls.end(under_way.begin()->second, now, late);
        under_way.erase(under_way.begin());
      }
      while (calls.next() <= now) {
        const BranchId peer{++last};
        ++called;
        calls.begin(peer, now, late);
        under_way.emplace(now + takes, peer);
      }
    }
    return called;
  }

  HelpCalls calls;
  std::multimap<Instant, BranchId> under_way;  ///< by the time when they end
  std::uint32_t last = 0;
  Duration late{};
  Instant now{seconds(100)};
};

TEST_F(HelpCallsTest, ABankAtRestIsCalledWithinASecond) {
  EXPECT_GE(call_for(seconds(1), milliseconds(3), {}), 99);
}

TEST_F(HelpCallsTest, WhoeverHasTooMuchToDoHardlyCalls) {
  EXPECT_LE(call_for(seconds(60), seconds(1), seconds(1)), 7);
}

TEST_F(HelpCallsTest, FarPeersAreCalledManyAtOnce) {
  EXPECT_GE(call_for(seconds(5), milliseconds(800), {}), 30);
}

TEST_F(HelpCallsTest, WhereNobodyAnswersOthersAreStillTried) {
  EXPECT_GE(call_for(seconds(60), seconds(3), {}), 100);
}

TEST_F(HelpCallsTest, ItCallsAsBeforeOnceItHasLessToDo) {
  call_for(seconds(10), seconds(1), seconds(1));
  call_for(seconds(15), milliseconds(3), {});
  EXPECT_GE(call_for(seconds(1), milliseconds(3), {}), 99);
}

TEST_F(HelpCallsTest, OthersAreNoConcernOfIt) {
  calls.end(BranchId{3}, now, seconds(9));
  EXPECT_LE(calls.next(), now);
}

}  // namespace
}  // namespace passbook
