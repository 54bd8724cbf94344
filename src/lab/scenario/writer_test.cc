// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/writer.h"

#include "lab/scenario/reader.h"
#include "lab/scenario/testing_cases.h"
#include "lab/scenario/testing_scenarios.h"

namespace passbook {
namespace {

Scenario read_case(const std::string& name) {
  return read_scenario(case_text(name), name, Leniency::strict).value().scenario;
}

EventResult success(std::optional<std::int64_t> whole) {
  return {ResultWord::success, "", whole ? std::optional(Money{*whole * 100}) : std::nullopt};
}

TEST(NaturalStyle, IsThatOfTheDialectFirstMatchFirst) {
  const std::vector<std::pair<Dialect, Style>> cases = {
      {{}, Style::spec},
      {{.event_has_branch = true}, Style::events},
      {{.event_has_dest = true}, Style::balance},
      {{.event_has_dest = true, .event_has_branch = true}, Style::balance},
      {{.query_has_money = true, .event_has_dest = true, .event_has_branch = true}, Style::money},
  };
  for (const auto& [dialect, style] : cases) {
    EXPECT_EQ(default_style(dialect), style);
  }
}

TEST(StyleNamed, KnowsEveryStyle) {
  for (const Style style : kAllStyles) {
    EXPECT_EQ(style_named(to_string(style)), style);
  }
  EXPECT_EQ(style_named("auto"), std::nullopt);
  EXPECT_EQ(style_named(""), std::nullopt);
}

TEST(WriteResults, WritesThePublishedOutputs) {
  const ScenarioResults settled = {
      {success(500)}, {success(570), success(500)}, {success(500), success(500)}};
  for (const auto& [name, results] : std::vector<std::pair<std::string, ScenarioResults>>{
           {"spec-sample", sequential_results(read_case("spec-sample.json"))},
           {"events-sample", sequential_results(read_case("events-sample.json"))},
           {"money-sample", settled}}) {
    const Scenario scenario = read_case(name + ".json");
    const std::string written = write_results(scenario, results, default_style(scenario.dialect));
    EXPECT_EQ(nlohmann::json::parse(written), nlohmann::json::parse(case_text(name + ".out.json")))
        << name;
  }
}

TEST(WriteResults, WritesTheLastBalances) {
  const Scenario scenario = read_case("monotonic-writes.json");
  EXPECT_EQ(write_results(scenario, sequential_results(scenario), Style::balance),
            "[{\"id\":1,\"balance\":0}]\n");
}

// A customer listed twice: a deposit refused, unknown and successful with cents; queries; and a
// listing without events.
Scenario small_scenario() {
  Scenario scenario;
  const BranchId two{2};
  scenario.listings = {{CustomerId{2},
                        {{7, Interface::deposit, two, Money{10}},
                         {8, Interface::withdraw, two, Money{10}},
                         {9, Interface::query, two, {}}}},
                       {CustomerId{1}, {}},
                       {CustomerId{2},
                        {{std::nullopt, Interface::query, BranchId{1}, {}},
                         {std::nullopt, Interface::deposit, BranchId{1}, Money{10}}}}};
  scenario.branches = {{BranchId{1}, {}}, {two, {}}};
  return scenario;
}

ScenarioResults small_results() {
  return {{{ResultWord::success, "", Money{57050}},
           {ResultWord::fail, "INSUFFICIENT_FUNDS", Money{5}},
           {ResultWord::fail, "UNAVAILABLE", std::nullopt}},
          {},
          {{ResultWord::success, "", Money{40000}}, {ResultWord::unknown, "", std::nullopt}}};
}

TEST(WriteResults, EveryStyleSaysWhatItShouldOneObjectALine) {
  const std::vector<std::pair<Style, std::string>> cases = {
      {Style::full,
       R"([{"id":2,"recv":[{"id":7,"interface":"deposit","branch":2,)"
       R"("result":"success","balance":570.50},)"
       R"({"id":8,"interface":"withdraw","branch":2,"result":"fail",)"
       R"("reason":"INSUFFICIENT_FUNDS","balance":0.05},)"
       R"({"id":9,"interface":"query","branch":2,"result":"fail","reason":"UNAVAILABLE"}]},
 {"id":1,"recv":[]},
 {"id":2,"recv":[{"interface":"query","branch":1,"result":"success","balance":400},)"
       R"({"interface":"deposit","branch":1,"result":"unknown"}]}]
)"},
      {Style::spec, R"([{"id":2,"recv":[{"interface":"deposit","result":"success"},)"
                    R"({"interface":"withdraw","result":"fail"},)"
                    R"({"interface":"query","result":"fail"}]},
 {"id":1,"recv":[]},
 {"id":2,"recv":[{"interface":"query","balance":400},{"interface":"deposit","result":"unknown"}]}]
)"},
      {Style::money, R"([{"id":2,"recv":[{"interface":"deposit","result":"success"},)"
                     R"({"interface":"withdraw","result":"fail"},)"
                     R"({"interface":"query","result":"fail"}]},
 {"id":1,"recv":[]},
 {"id":2,"recv":[{"interface":"query","money":400,"result":"success"},)"
                     R"({"interface":"deposit","result":"unknown"}]}]
)"},
      {Style::events,
       R"([{"id":2,"recv":[{"interface":"deposit","branch":2,"result":"success"}]},
 {"id":2,"recv":[{"interface":"withdraw","branch":2,"result":"fail"}]},
 {"id":2,"recv":[{"interface":"query","branch":2,"result":"fail"}]},
 {"id":2,"recv":[{"interface":"query","branch":1,"balance":400}]},
 {"id":2,"recv":[{"interface":"deposit","branch":1,"result":"unknown"}]}]
)"},
      {Style::balance, R"([{"id":2,"balance":null},
 {"id":1,"balance":null},
 {"id":2,"balance":400}]
)"},
  };
  for (const auto& [style, text] : cases) {
    EXPECT_EQ(write_results(small_scenario(), small_results(), style), text) << to_string(style);
  }
}

TEST(WriteResults, AScenarioWithoutCustomersIsAnEmptyArray) {
  EXPECT_EQ(write_results({}, {}, Style::spec), "[]\n");
}

TEST(WriteResults, AnUnansweredQueryShowsNoBalanceEvenIfOneIsKnown) {
  const Scenario scenario = small_scenario();
  ScenarioResults results = small_results();
  results[2][0] = {ResultWord::unknown, "", Money{40000}};
  for (const Style style : kAllStyles) {
    EXPECT_THAT(write_results(scenario, results, style), testing::Not(testing::HasSubstr("400")));
  }
}

TEST(WriteResultsDeathTest, NeedsAResultForEveryEvent) {
  EXPECT_DEATH(write_results(small_scenario(), {}, Style::spec), "one list of results per listing");
  EXPECT_DEATH(write_results(small_scenario(), {{}, {}, {}}, Style::spec), "one result per event");
}

}  // namespace
}  // namespace passbook
