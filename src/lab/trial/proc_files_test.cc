// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/proc_files.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace passbook::trial {
namespace {

using testing::ElementsAre;

TEST(ProcFiles, ANameMayHoldAnything) {
  const Process process = read_stat(
      "12 (a) b (c)) S 7 12 12 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 99 1000 3 "
      "18446744073709551615");
  EXPECT_EQ(process.id, 12);
  EXPECT_EQ(process.name, "a) b (c)");
  EXPECT_EQ(process.state, 'S');
  EXPECT_EQ(process.parent, 7);
  EXPECT_EQ(process.memory, 3U * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
}

TEST(ProcFiles, WhatCanNotBeReadIsEmpty) {
  EXPECT_THAT(text_of("/proc/self/stat"), testing::HasSubstr("trial_test"));
  EXPECT_EQ(text_of("/proc/self/mem"), "") << "nothing is at address 0";
  EXPECT_EQ(text_of("/proc/0/stat"), "");
}

TEST(ProcFiles, ATextThatIsNoneIsNoProcess) {
  EXPECT_EQ(read_stat("").id, 0);
  EXPECT_EQ(read_stat("12 ) S (").id, 0);
}

TEST(ProcFiles, OnlyPortsThatWaitForConnectionsCount) {
  constexpr std::string_view kText =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
      "   0: 0100007F:C383 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
      "   1: 0100007F:C384 0100007F:A000 01 00000000:00000000 00:00000000 00000000     0\n"
      "   2: 00000000000000000000000000000000:C386 0:0 0A 00000000:00000000 00:00000000\n";
  EXPECT_THAT(listening_in(kText), ElementsAre(50051, 50054));
}

TEST(ProcFiles, ChildrenOfChildrenAreDescendantsUntilTheyEnd) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      (void)!write(ends[1], "x", 1);
    }
    pause();
    _exit(0);
  }
  char begun = 0;
  ASSERT_EQ(read(ends[0], &begun, 1), 1);
  const auto mine = [&] {
    auto all = descendants_of(getpid());
    return std::ranges::count_if(
        all, [&](const Process& each) { return each.id == child || each.parent == child; });
  };
  EXPECT_EQ(mine(), 2);
  for (const Process& each : descendants_of(child)) {
    kill(each.id, SIGKILL);
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(mine(), 0);
}

}  // namespace
}  // namespace passbook::trial
