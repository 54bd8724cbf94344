// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/sequential_check.h"

#include <rapidcheck/gtest.h>

#include "lab/scenario/testing_cases.h"
#include "lab/scenario/testing_scenarios.h"

namespace passbook {
namespace {

Scenario read_case(const std::string& name) {
  return read_scenario(case_text(name), name, Leniency::strict).value().scenario;
}

Verdict judge(const std::string& input, std::string_view output) {
  const Scenario scenario = read_case(input);
  return check_sequential(scenario, read_results(output, "output.json", scenario).value());
}

TEST(CheckSequential, ThePublishedOutputsAreRight) {
  const auto spec = judge("spec-sample.json", case_text("spec-sample.out.json"));
  EXPECT_TRUE(spec.right);
  EXPECT_EQ(spec.summary, "output.json: right: 5 answers shown, style spec");
  EXPECT_THAT(spec.findings, testing::IsEmpty());
  EXPECT_TRUE(judge("events-sample.json", case_text("events-sample.out.json")).right);
  EXPECT_TRUE(judge("monotonic-writes.json", R"([{"id":1,"balance":0}])").right);
  EXPECT_TRUE(judge("read-your-writes.json", R"([{"id":1,"balance":400}])").right);
}

TEST(CheckSequential, TheSettledOutputIsNotASequentialOne) {
  const auto verdict = judge("money-sample.json", case_text("money-sample.out.json"));
  EXPECT_FALSE(verdict.right);
  EXPECT_EQ(verdict.summary, "output.json: wrong: 2 findings, style money");
  EXPECT_THAT(
      verdict.findings,
      testing::ElementsAre("output.json:1:18: customer 1, event 1: query shows 500, expected 400",
                           "output.json:2:61: customer 2, event 3: query shows 500, expected 570"));
}

TEST(CheckSequential, BrokenGuaranteesAreFound) {
  EXPECT_THAT(
      judge("monotonic-writes.json", R"([{"id":1,"balance":400}])").findings,
      testing::ElementsAre("output.json:1:2: customer 1, event 3: query shows 400, expected 0"));
  EXPECT_THAT(
      judge("read-your-writes.json", R"([{"id":1,"balance":0}])").findings,
      testing::ElementsAre("output.json:1:2: customer 1, event 2: query shows 0, expected 400"));
}

TEST(CheckSequential, SaysWhatIsWrongAndWhere) {
  const auto verdict = judge("spec-sample.json",
                             R"([{"id":1,"recv":[{"interface":"query","result":"unknown"}]},
{"id":2,"recv":[{"interface":"deposit"},{"interface":"query"},{"interface":"query","balance":1}]},
{"id":3,"recv":[{"interface":"withdraw","result":"fail"}]},
{"id":4,"recv":[]}])");
  EXPECT_FALSE(verdict.right);
  EXPECT_THAT(
      verdict.findings,
      testing::ElementsAre(
          "output.json:1:18: customer 1, event 1: query is unknown, expected success",
          "output.json:2:17: customer 2, event 2: deposit shows no result, expected success",
          "output.json:2:41: customer 2, event 3: query shows no balance, expected 570",
          "output.json:3:17: customer 3, event 4: withdraw is fail, expected success",
          "output.json:3:1: customer 3, event 5: query has no answer",
          "output.json:2:63: customer 2: this answer belongs to no event",
          "output.json:4:1: customer 4: this answer belongs to no event"));
}

TEST(CheckSequential, AMissingCustomerIsOneFinding) {
  const auto verdict = judge("spec-sample.json",
                             R"([{"id":2,"recv":[{"interface":"deposit","result":"success"},
{"interface":"query","balance":570}]},
{"id":3,"recv":[{"interface":"withdraw","result":"success"},
{"interface":"query","balance":500}]}])");
  EXPECT_THAT(verdict.findings, testing::ElementsAre("output.json:1:1: customer 1 is missing"));
}

TEST(CheckSequential, EventsWithoutIdsAreCounted) {
  const auto verdict = judge("client-bank.json", R"([{"id":1,"recv":[]},
{"id":2,"recv":[{"interface":"deposit","result":"success"},{"interface":"query","balance":570}]},
{"id":3,"recv":[{"interface":"withdraw","result":"success"},
{"interface":"query","balance":1.5}]}])");
  EXPECT_THAT(
      verdict.findings,
      testing::ElementsAre("output.json:1:2: customer 1, event 1: query has no answer",
                           "output.json:4:1: customer 3, event 2: query shows 1.50, expected 500"));
}

RC_GTEST_PROP(CheckSequential, WhatANaiveBankAnswersIsRightInEveryStyle, (std::uint64_t seed)) {
  Random random(seed);
  const Scenario scenario = random_scenario(random);
  const ScenarioResults results = sequential_results(scenario);
  for (const Style style : kAllStyles) {
    const auto read = read_results(write_results(scenario, results, style), "o", scenario);
    RC_ASSERT(read.has_value());
    RC_ASSERT(check_sequential(scenario, *read).findings == std::vector<std::string>{});
    RC_ASSERT(check_sequential(scenario, *read).right);
  }
}

RC_GTEST_PROP(CheckSequential, OneWrongAnswerIsOneFinding, (std::uint64_t seed)) {
  Random random(seed);
  const Scenario scenario = random_scenario(random);
  ScenarioResults results = sequential_results(scenario);
  std::vector<EventResult*> all;
  for (auto& listing : results) {
    for (EventResult& result : listing) {
      all.push_back(&result);
    }
  }
  RC_PRE(!all.empty());
  EventResult& wrong = *all[random.below(all.size())];
  if (random.chance(1, 2)) {
    wrong.balance = *wrong.balance + Money{1};
  } else {
    wrong.result = wrong.result == ResultWord::success ? ResultWord::fail : ResultWord::success;
  }
  const auto read = read_results(write_results(scenario, results, Style::full), "o", scenario);
  RC_ASSERT(check_sequential(scenario, read.value()).findings.size() == 1U);
}

}  // namespace
}  // namespace passbook
