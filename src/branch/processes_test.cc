// SPDX-License-Identifier: Apache-2.0
#include "branch/processes.h"

#include <gtest/gtest.h>

namespace passbook {
namespace {

constexpr Origin kTwo{BranchId{2}};
constexpr ProcessId kFirst{.counter = 5, .nonce = 1};

TEST(Processes, TheFirstThatIsHeardOfCounts) {
  Processes processes;
  EXPECT_EQ(processes.register_or_refuse(kTwo, kFirst, false), kFirst);
  EXPECT_EQ(processes.register_or_refuse(kTwo, {.counter = 4, .nonce = 2}, false), kFirst);
  EXPECT_EQ(processes.register_or_refuse(kTwo, kFirst, true), kFirst) << "it comes back";
}

TEST(Processes, ALaterProcessTakesOverAndAnEarlierOneMustStop) {
  Processes processes;
  const ProcessId later{.counter = 6, .nonce = 2};
  processes.register_or_refuse(kTwo, kFirst, false);
  EXPECT_EQ(processes.register_or_refuse(kTwo, later, true), later);
  EXPECT_EQ(processes.register_or_refuse(kTwo, kFirst, false), later);
  EXPECT_EQ(processes.register_or_refuse(kTwo, later, true), later) << "it still counts";
}

TEST(Processes, OfTwoThatCountAlikeTheSecondMustStopWhileTheFirstIsThere) {
  Processes processes;
  const ProcessId twin{.counter = 5, .nonce = 2};
  processes.register_or_refuse(kTwo, kFirst, false);
  EXPECT_EQ(processes.register_or_refuse(kTwo, twin, true), kFirst);
  EXPECT_EQ(processes.register_or_refuse(kTwo, twin, false), twin)
      << "a branch in memory counts alike in all its lives";
}

TEST(Processes, ANewIncarnationBeginsAnew) {
  Processes processes;
  processes.register_or_refuse(kTwo, kFirst, false);
  const ProcessId first{.counter = 1, .nonce = 9};
  EXPECT_EQ(processes.register_or_refuse({kTwo.branch, Incarnation{2}}, first, true), first);
}

}  // namespace
}  // namespace passbook
