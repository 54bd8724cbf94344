// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/guard.h"

namespace passbook::trial {
namespace {

using testing::HasSubstr;

TEST(GuardReport, IsReadAsItWasWritten) {
  for (const Ending ending :
       {Ending{Ending::Kind::exited, 3}, Ending{Ending::Kind::killed, 9},
        Ending{Ending::Kind::server_ended, 1}, Ending{Ending::Kind::no_ports, 0},
        Ending{Ending::Kind::too_slow, 0}, Ending{Ending::Kind::too_much_memory, 0},
        Ending{Ending::Kind::too_many_processes, 0}, Ending{Ending::Kind::too_much_output, 0}}) {
    const GuardReport report{
        .ending = ending, .took = Duration(5), .orphans = {"my bank", "sh"}, .ports = {50051, 7}};
    EXPECT_EQ(read_report(write_report(report)), report) << describe(ending);
  }
}

TEST(GuardReport, OneThatIsCutSaysOnlyThatTheGuardEnded) {
  const std::string whole = write_report(
      {.ending = {Ending::Kind::exited, 0}, .took = Duration(5), .orphans = {"sh"}, .ports = {7}});
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    EXPECT_EQ(read_report(whole.substr(0, length)), GuardReport{}) << length;
  }
}

TEST(GuardReport, EndingsAreToldInWords) {
  EXPECT_EQ(describe({Ending::Kind::exited, 1}), "exit status 1");
  EXPECT_THAT(describe({Ending::Kind::killed, 11}), HasSubstr("signal 11"));
  EXPECT_EQ(describe({Ending::Kind::too_slow, 0}), "did not end in time");
}

}  // namespace
}  // namespace passbook::trial
