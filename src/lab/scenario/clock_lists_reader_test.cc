// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/clock_lists_check.h"
#include "lab/scenario/testing_cases.h"

namespace passbook {
namespace {

const std::string kCustomers = "clock-sample.customer_events.json";
const std::string kBranches = "clock-sample.branch_events.json";
const std::string kAll = "clock-sample.all_events.json";

ReadClockLists must_read(const std::vector<ClockFile>& files) {
  auto read = read_clock_lists(files);
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return read ? std::move(*read) : ReadClockLists{};
}

ReadClockLists must_read_text(const std::string& text) { return must_read({{"l.json", text}}); }

/// The findings as lines, each with its first place.
std::vector<std::string> judged(const ReadClockLists& read, const clocks::Plan* plan = nullptr) {
  std::vector<std::string> out = judge_clock_lists(read, "all", plan);
  for (std::string& line : out) {
    line = line.substr(0, line.find(" (see "));
  }
  return out;
}

clocks::Plan sample_plan() {
  const auto scenario =
      read_scenario(case_text("clock-sample.json"), "clock-sample.json", Leniency::strict);
  EXPECT_TRUE(scenario);
  return clock_plan(scenario->scenario);
}

std::string with_event(std::string_view event) {
  return fmt::format(R"([{{"id":1,"type":"branch","events":[
{}]}}])",
                     event);
}

TEST(ReadClockLists, ReadsTheThreeShapes) {
  const ReadClockLists customers = must_read({{"l.json", case_text(kCustomers)}});
  EXPECT_EQ(customers.lists.by_customer->size(), 6U);
  EXPECT_FALSE(customers.lists.by_branch || customers.lists.all);
  const ReadClockLists branches = must_read({{"l.json", case_text(kBranches)}});
  EXPECT_EQ(branches.lists.by_branch->size(), 30U);
  EXPECT_FALSE(branches.lists.by_customer || branches.lists.all);
  EXPECT_EQ(branches.lists.listed.size(), 3U);
  const ReadClockLists all = must_read({{"l.json", case_text(kAll)}});
  EXPECT_EQ(all.lists.all->size(), 36U);
  EXPECT_FALSE(all.lists.by_customer || all.lists.by_branch);
  for (const ReadClockLists* read : {&customers, &branches, &all}) {
    EXPECT_THAT(read->notes, testing::IsEmpty());
  }
}

TEST(ReadClockLists, ReadsWhatAnEventSays) {
  const ReadClockLists read = must_read_text(
      with_event(R"({"customer-request-id":3,"logical_clock":18446744073709551615,)"
                 R"("interface":"propogate_withdraw","comment":"event_sent to branch 2"})"));
  ASSERT_EQ(read.lists.by_branch->size(), 1U);
  const clocks::Event& event = read.lists.by_branch->front();
  EXPECT_EQ(event.process, (clocks::Process{clocks::ProcessKind::branch, 1}));
  EXPECT_EQ(event.request, 3U);
  EXPECT_EQ(event.clock, 18446744073709551615U);
  EXPECT_EQ(event.interface, clocks::Interface::propagate_withdraw);
  EXPECT_EQ(event.direction, clocks::Direction::sent_to);
  EXPECT_EQ(event.named, (clocks::Process{clocks::ProcessKind::branch, 2}));
  EXPECT_EQ(read.places[event.place], "l.json:2:1");
}

TEST(ReadClockLists, AClockOfZeroIsForTheJudge) {
  const ReadClockLists read =
      must_read_text(R"([{"id":1,"customer-request-id":1,"type":"customer","logical_clock":0,)"
                     R"("interface":"query","comment":"event_sent from customer 1"}])");
  EXPECT_THAT(judged(read), testing::Contains("l.json:1:2: customer 1 sends request 1 at 0, "
                                              "expected 1"));
}

TEST(ReadClockLists, WhatIsWrongInTheSamplesIsFound) {
  const clocks::Plan plan = sample_plan();
  for (const clocks::Plan* with : {static_cast<const clocks::Plan*>(nullptr), &plan}) {
    EXPECT_THAT(judged(must_read({{"c.json", case_text(kCustomers)}}), with), testing::IsEmpty());
    EXPECT_THAT(
        judged(must_read({{"b.json", case_text(kBranches)}}), with),
        testing::ElementsAre("b.json:42:13: branch 3 receives request 3 from branch 2 at 8, "
                             "but it was sent at 10"));
    EXPECT_THAT(judged(must_read({{"a.json", case_text(kAll)}}), with),
                testing::ElementsAre("a.json:1:2: customer 1 sends request 1 at 2, expected 1"));
  }
}

TEST(ReadClockLists, TheSamplesTogetherDisagreeWhereOneIsWrong) {
  const clocks::Plan plan = sample_plan();
  const ReadClockLists read = must_read({{"a.json", case_text(kAll)},
                                         {"b.json", case_text(kBranches)},
                                         {"c.json", case_text(kCustomers)}});
  EXPECT_THAT(
      judged(read, &plan),
      testing::ElementsAre(
          "a.json:1:2: customer 1 sends request 1 at 2, expected 1",
          "b.json:25:13: branch 2 sends request 3 to branch 3 at 10, but at 7 in the list of all "
          "events",
          "b.json:42:13: branch 3 receives request 3 from branch 2 at 8, but it was sent at 10",
          "c.json:5:9: customer 1 sends request 1 at 1, but at 2 in the list of all events"));
}

TEST(ReadClockLists, AFileMayHoldSeveralListsOneAfterAnother) {
  const std::string text =
      case_text(kCustomers) + "\n" + case_text(kBranches) + case_text(kAll) + "\n";
  const ReadClockLists read = must_read_text(text);
  EXPECT_EQ(read.lists.by_customer->size(), 6U);
  EXPECT_EQ(read.lists.by_branch->size(), 30U);
  EXPECT_EQ(read.lists.all->size(), 36U);
  EXPECT_THAT(read.notes, testing::IsEmpty());
  EXPECT_EQ(read.places[read.lists.by_branch->front().place], "l.json:30:13");
}

TEST(ReadClockLists, BracketsInTextsDoNotEndAList) {
  const ReadClockLists read = must_read_text(
      R"([{"id":1,"type":"branch","note":"a ] and a \"]","events":[]}]
[{"id":2,"type":"branch","events":[],"note":"[["}])");
  EXPECT_EQ(read.lists.listed.size(), 2U);
}

TEST(ReadClockLists, AListMayComeInAFileAProcess) {
  const auto one = [](int id) {
    return fmt::format(R"([{{"id":{},"type":"branch","events":[]}}])", id);
  };
  const ReadClockLists read = must_read({{"1.json", one(1)}, {"2.json", one(2)}});
  EXPECT_TRUE(read.lists.by_branch->empty());
  EXPECT_EQ(read.lists.listed.size(), 2U);
  EXPECT_THAT(judged(must_read({{"1.json", one(1)}, {"2.json", one(1)}})),
              testing::ElementsAre("2.json:1:2: branch 1 is listed twice"));
}

TEST(ReadClockLists, WhatPastedFilesGetWrongIsToleratedWithNotes) {
  std::string text = "The events:\n" + case_text(kBranches) + "That is all.";
  const auto put = [&](std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
  };
  put("\"logical_clock\"", "\"logical_clock \"");
  put("\"branch\"", "\"Branch\"");
  put("\"deposit\"", "\"DEPOSIT\"");
  put("\"logical_clock\": 3", "\"logical_clock\": \"3\"");
  put("branch 3\"},", "branch 3\"}");
  const ReadClockLists read = must_read_text(text);
  EXPECT_THAT(read.notes, testing::UnorderedElementsAre(
                              "l.json:1:1: text before the array",
                              "l.json:5:17: upper-case types and interfaces (2 places)",
                              "l.json:7:40: spaces in keys", "l.json:8:57: numbers in quotes",
                              "l.json:10:13: missing commas", "l.json:51:2: text after the array"));
  EXPECT_EQ(judged(read), (std::vector<std::string>{
                              "l.json:43:13: branch 3 receives request 3 from branch 2 at 8, "
                              "but it was sent at 10"}));
}

TEST(ReadClockLists, BothSpellingsInOneListAreNoted) {
  std::string text = case_text(kAll);
  text.replace(text.find("propogate_"), 10, "propagate_");
  EXPECT_THAT(
      must_read_text(text).notes,
      testing::ElementsAre("l.json:1:1: both \"propogate_\" and \"propagate_\" in one list"));
  EXPECT_THAT(must_read_text(case_text(kBranches) + case_text(kAll)).notes, testing::IsEmpty());
}

TEST(ReadClockLists, WhatIsNoListIsRefusedWithItsPlace) {
  const std::string comment = R"("customer-request-id":1,"logical_clock":1,"interface":"deposit")";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "l.json:1:1: the file is empty"},
      {"[]", "l.json:1:1: there are no events"},
      {"hello", "l.json:1:1: syntax error"},
      {"{}", "l.json:1:1: a list of events must be an array"},
      {"[1]", "l.json:1:2: this must be an object"},
      {"[]\n[{}]", "l.json:2:2: \"id\" is missing"},
      {R"([{"id":1,"type":"branch"}])", R"(l.json:1:2: this has neither "events" nor)"},
      {R"([{"id":1,"type":"branch","balance":3}])", "l.json:1:2: this belongs to a scenario"},
      {case_text("clock-sample.json"), "l.json:2:5: this belongs to a scenario"},
      {case_text("spec-sample.json"), "l.json:6:13: \"customer-request-id\" is missing"},
      {R"([{"id":0,"type":"branch","events":[]}])", "l.json:1:8: \"id\" must be a positive"},
      {R"([{"id":1,"type":"teller","events":[]}])", "l.json:1:17: unknown type \"teller\""},
      {R"([{"id":1,"type":"branch","events":3}])", "l.json:1:35: the \"events\" must be an array"},
      {with_event("3"), "l.json:2:1: an event must be an object"},
      {with_event(R"({"customer-request-id":1})"), "l.json:2:1: \"logical_clock\" is missing"},
      {with_event(R"({"customer-request-id":1,"logical_clock":-1})"),
       "l.json:2:42: \"logical_clock\" must be a non-negative integer"},
      {with_event(R"({"customer-request-id":1,"logical_clock":1.5})"),
       "l.json:2:42: \"logical_clock\" must be a non-negative integer"},
      {with_event(R"({"customer-request-id":1,"logical_clock":18446744073709551616})"),
       "l.json:2:42: \"logical_clock\" must be a non-negative integer"},
      {with_event(R"({"customer-request-id":1,"logical_clock":1,"interface":"transfer"})"),
       "l.json:2:56: unknown interface \"transfer\""},
      {with_event("{" + comment + "}"), "l.json:2:1: \"comment\" is missing"},
      {with_event("{" + comment + R"(,"comment":"sent"})"),
       "l.json:2:76: unrecognized comment \"sent\""},
      {with_event("{" + comment + R"(,"comment":"event_recv to branch 1"})"),
       "l.json:2:76: unrecognized comment"},
      {with_event("{" + comment + R"(,"comment":"event_recv from branch 0"})"),
       "l.json:2:76: unrecognized comment"},
      {with_event(R"({"id":1,"id":2})"), "l.json:2:9: duplicate key \"id\""},
  };
  for (const auto& [text, message] : cases) {
    const auto read = read_clock_lists(std::vector<ClockFile>{{"l.json", text}});
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, testing::StartsWith(message)) << text;
  }
}

TEST(ClockPlan, IsOfTheRequestsInFileOrder) {
  const clocks::Plan plan = sample_plan();
  EXPECT_EQ(plan.branches, (std::vector<std::uint64_t>{1, 2, 3}));
  ASSERT_EQ(plan.requests.size(), 6U);
  EXPECT_EQ(plan.requests[3].id, 4U);
  EXPECT_EQ(plan.requests[3].customer, 2U);
  EXPECT_EQ(plan.requests[3].branch, 2U);
  EXPECT_EQ(plan.requests[3].interface, clocks::Interface::withdraw);
}

TEST(ClockPlan, CallsRequestsByTheirPlacesWhenAnIdIsMissingOrRepeats) {
  Scenario scenario;
  scenario.listings = {{CustomerId{1}, {{7, Interface::query, BranchId{1}, Money{}}}}};
  EXPECT_EQ(clock_plan(scenario).requests[0].id, 7U);
  scenario.listings.push_back(scenario.listings.front());
  EXPECT_EQ(clock_plan(scenario).requests[0].id, 1U);
  EXPECT_EQ(clock_plan(scenario).requests[1].id, 2U);
  scenario.listings.front().events.front().id.reset();
  EXPECT_EQ(clock_plan(scenario).requests[1].id, 2U);
}

}  // namespace
}  // namespace passbook
