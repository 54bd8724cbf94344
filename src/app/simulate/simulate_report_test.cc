// SPDX-License-Identifier: Apache-2.0
#include "app/simulate/simulate_report.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

/// A result in which branch 2 crashes after it started, as a violation.
sim::Result failed() {
  sim::Result out;
  out.seed = 7;
  out.history.events = {{Instant{milliseconds(1)}, history::Started{BranchId{2}, Incarnation{1}}},
                        {Instant{milliseconds(2)}, history::Crashed{BranchId{2}}}};
  out.violations = {{.invariant = "no-crash", .what = "branch 2 crashed", .events = {0, 1}}};
  return out;
}

std::string printed(const SeedsReport& report, Format format) {
  testing::internal::CaptureStdout();
  print(report, format, true);
  return testing::internal::GetCapturedStdout();
}

SeedsReport report_of(const sim::Result& result, const SeedReport& one) {
  SeedsReport out(sim::Campaign{.first = 7, .last = 7, .chosen = {}, .jobs = 1}, Instant{});
  out.add(result, one, Instant{milliseconds(5)});
  out.finish(Instant{milliseconds(5)});
  return out;
}

TEST(SimulateReport, OfAFailureHasTheCommandThatShowsItAgain) {
  sim::Chosen small;
  EXPECT_EQ(failed_seed(failed(), failed(), small).replay,
            "passbook simulate --seed 7 --faults all");
  small.branches = 2;
  small.customers = 1;
  small.accounts = 3;
  small.duration = milliseconds(1500);
  small.faults = {.crash = true, .clock = true};
  EXPECT_EQ(failed_seed(failed(), failed(), small).replay,
            "passbook simulate --seed 7 --faults crash,clock --branches 2 --customers 1 "
            "--accounts 3 --duration 1500ms");
  small.faults = {};
  small.duration = std::chrono::microseconds(1500);
  EXPECT_THAT(failed_seed(failed(), failed(), small).replay, HasSubstr("--faults none"));
  EXPECT_THAT(failed_seed(failed(), failed(), small).replay, HasSubstr("--duration 1500us"));
}

TEST(SimulateReport, NamesTheRarerKindsOfFaultsByTheirWords) {
  sim::Chosen small;
  small.faults = {.twin = true, .old_disk = true, .late_hello = true};
  EXPECT_EQ(failed_seed(failed(), failed(), small).replay,
            "passbook simulate --seed 7 --faults twin,old-disk,late-hello");
}

TEST(SimulateReport, OfACampaignUnderWaySaysHowManySeedsAreDoneAndWhichFailed) {
  SeedsReport report(sim::Campaign{.first = 1, .last = 500, .chosen = {}, .jobs = 1}, Instant{});
  const sim::Result passed;
  report.add(passed, SeedReport(passed), Instant{});
  EXPECT_EQ(done_line(report), "1 of 500 seeds done, 0 failed");
  for (std::size_t i = 0; i < 11; ++i) {
    report.add(failed(), SeedReport(failed()), Instant{});
  }
  EXPECT_EQ(done_line(report),
            "12 of 500 seeds done, 11 failed: 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, ...");
}

TEST(SimulateReport, OfAFailureHasATraceOfTheSmallerOne) {
  sim::Result small = failed();
  small.violations.insert(small.violations.begin(),
                          {.invariant = "another", .what = "also broken", .events = {0}});
  EXPECT_THAT(failed_seed(failed(), small, {}).trace,
              ElementsAre(HasSubstr("0.001000 branch 2 "), HasSubstr("0.002000 branch 2 crashes"),
                          "branch 2 crashed"));
}

TEST(SimulateReport, OfACampaignTellsOfEachFailure) {
  const SeedReport one = failed_seed(failed(), failed(), {});
  const SeedsReport report = report_of(failed(), one);
  EXPECT_FALSE(report.passed());
  const std::string table = printed(report, Format::table);
  EXPECT_THAT(table, HasSubstr("\nSeed 7 breaks no-crash: branch 2 crashed\n"
                               "  reproduce: passbook simulate --seed 7 --faults all\n"));
  EXPECT_THAT(table, HasSubstr(one.trace.front() + "\n"));
  EXPECT_THAT(table, testing::EndsWith("FAILED\n"));
  const std::string json = printed(report, Format::json);
  EXPECT_THAT(json, HasSubstr(R"("result":"failed","invariant":"no-crash","failed":[{"seed":7,)"));
  EXPECT_THAT(json, HasSubstr(R"("replay":"passbook simulate --seed 7 --faults all","trace":[")"));
}

TEST(SimulateReport, SaysThatAllIsWellOnlyWhenEverythingWasReached) {
  const sim::Result fine;
  EXPECT_TRUE(report_of(fine, SeedReport(fine)).passed()) << "one seed need not reach everything";
  SeedsReport many(sim::Campaign{.first = 1, .last = 200, .chosen = {}, .jobs = 1}, Instant{});
  for (int i = 0; i < 200; ++i) {
    many.add(fine, SeedReport(fine), Instant{});
  }
  many.finish(Instant{});
  EXPECT_FALSE(many.passed());
  EXPECT_THAT(many.missed(), testing::Contains("heartbeat"));
  EXPECT_THAT(printed(many, Format::json), HasSubstr(R"("invariant":"coverage")"));
}

}  // namespace
}  // namespace passbook
