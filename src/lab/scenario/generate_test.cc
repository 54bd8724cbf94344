// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/generate.h"

#include <set>

#include "lab/scenario/reader.h"
#include "lab/scenario/scenario_writer.h"
#include "lab/scenario/sequential_bank.h"
#include "lab/scenario/sequential_check.h"
#include "lab/scenario/testing_scenarios.h"

namespace passbook {
namespace {

constexpr GeneratedDialect kAll[] = {GeneratedDialect::spec, GeneratedDialect::money,
                                     GeneratedDialect::dest, GeneratedDialect::branch,
                                     GeneratedDialect::clock};

Scenario must_generate(const GenerateOptions& options) {
  const auto scenario = generate(options);
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error());
  return scenario.value_or(Scenario{});
}

/// Many sizes in every dialect, with and without refusals.
std::vector<GenerateOptions> many() {
  std::vector<GenerateOptions> out;
  Random random(1);
  for (const GeneratedDialect dialect : kAll) {
    for (int i = 0; i < 60; ++i) {
      const std::uint64_t branches = 1 + random.below(9);
      out.push_back({.branches = branches,
                     .customers = 1 + random.below(branches),
                     .events = 1 + random.below(60),
                     .seed = random.next(),
                     .dialect = dialect,
                     .refusals = random.chance(1, 2)});
    }
  }
  return out;
}

std::vector<CustomerEvent> events_of(const Scenario& scenario) {
  std::vector<CustomerEvent> out;
  for (const Listing& listing : scenario.listings) {
    out.insert(out.end(), listing.events.begin(), listing.events.end());
  }
  return out;
}

TEST(Generate, TheSameOptionsGiveTheSameBytes) {
  for (const GenerateOptions& options : many()) {
    EXPECT_EQ(write_scenario(must_generate(options)), write_scenario(must_generate(options)));
  }
  const GenerateOptions one{.seed = 7};
  const GenerateOptions other{.seed = 8};
  EXPECT_NE(write_scenario(must_generate(one)), write_scenario(must_generate(other)));
}

TEST(Generate, TheBytesAreTheSameEverywhere) {
  EXPECT_EQ(write_scenario(must_generate(
                {.branches = 2, .customers = 2, .events = 6, .seed = 3, .refusals = true})),
            R"([
  {"id": 1, "type": "customer", "events": [
    {"id": 1, "interface": "query"},
    {"id": 2, "interface": "withdraw", "money": 196.63},
    {"id": 3, "interface": "query"}]},
  {"id": 2, "type": "customer", "events": [
    {"id": 4, "interface": "query"},
    {"id": 5, "interface": "deposit", "money": 88},
    {"id": 6, "interface": "query"}]},
  {"id": 1, "type": "branch", "balance": 100},
  {"id": 2, "type": "branch", "balance": 100}
]
)");
}

TEST(Generate, WhatIsWrittenIsReadBackWithoutARemark) {
  for (const GenerateOptions& options : many()) {
    const Scenario scenario = must_generate(options);
    const std::string text = write_scenario(scenario);
    const auto read = read_scenario(text, "in.json", Leniency::strict);
    ASSERT_TRUE(read) << read.error().message << "\n" << text;
    EXPECT_EQ(read->scenario, scenario) << text;
    EXPECT_THAT(read->notes, testing::IsEmpty()) << text;
    EXPECT_THAT(read->warnings, testing::IsEmpty()) << text;
  }
}

TEST(Generate, GivesWhatWasAskedFor) {
  for (const GenerateOptions& options : many()) {
    const Scenario scenario = must_generate(options);
    EXPECT_EQ(scenario.branches.size(), options.branches);
    EXPECT_EQ(scenario.listings.size(), options.customers);
    const auto events = events_of(scenario);
    ASSERT_EQ(events.size(), options.events);
    for (std::size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(events[i].id, i + 1);
      EXPECT_FALSE(options.dialect == GeneratedDialect::clock &&
                   events[i].interface == Interface::query);
    }
    for (const Listing& listing : scenario.listings) {
      const auto share =
          static_cast<double>(options.events) / static_cast<double>(options.customers);
      EXPECT_NEAR(static_cast<double>(listing.events.size()), share, 1);
    }
  }
}

TEST(Generate, CustomersOfDialectsThatNameBranchesWalkAround) {
  for (const GeneratedDialect dialect : {GeneratedDialect::dest, GeneratedDialect::branch}) {
    const auto events = events_of(must_generate(
        {.branches = 4, .customers = 9, .events = 200, .seed = 3, .dialect = dialect}));
    std::set<BranchId> visited;
    for (const CustomerEvent& event : events) {
      visited.insert(event.branch);
    }
    EXPECT_EQ(visited.size(), 4U);
  }
}

TEST(Generate, WritesEndInTheSameWayInEveryOrder) {
  for (const GenerateOptions& options : many()) {
    const Scenario scenario = must_generate(options);
    const auto results = perform_sequentially(scenario);
    Money withdrawn;
    Money most = scenario.opening;
    std::vector<Money> refused;
    for (std::size_t i = 0; i < results.size(); ++i) {
      for (std::size_t j = 0; j < results[i].size(); ++j) {
        const CustomerEvent& event = scenario.listings[i].events[j];
        if (results[i][j].result == ResultWord::fail) {
          refused.push_back(event.money);
        } else if (event.interface == Interface::withdraw) {
          withdrawn += event.money;
        } else {
          most += event.money;
        }
      }
    }
    EXPECT_LE(withdrawn, scenario.opening);
    EXPECT_EQ(refused.empty(), !options.refusals);
    for (const Money amount : refused) {
      EXPECT_GT(amount, most);
    }
  }
}

TEST(Generate, TheSequentialResultsAreThoseOfANaiveBankAndOfTheJudge) {
  Random random(9);
  for (int i = 0; i < 200; ++i) {
    const Scenario scenario = random_scenario(random);
    const auto results = perform_sequentially(scenario);
    EXPECT_EQ(results, sequential_results(scenario));
    for (const Style style : kAllStyles) {
      const auto read = read_results(write_results(scenario, results, style), "out.json", scenario);
      ASSERT_TRUE(read);
      EXPECT_TRUE(check_sequential(scenario, *read).right);
    }
  }
}

TEST(Generate, OptionsOutOfRangeAreRefused) {
  const std::vector<std::pair<GenerateOptions, std::string>> cases = {
      {{.branches = 0}, "--branches must be from 1 to 1000, not 0"},
      {{.branches = 1001}, "--branches must be from 1 to 1000, not 1001"},
      {{.customers = 0}, "--customers must be from 1 to 1000000, not 0"},
      {{.events = 0}, "--events must be from 1 to 1000000, not 0"},
      {{.events = 1'000'001}, "--events must be from 1 to 1000000, not 1000001"},
      {{.branches = 2}, "--customers must be at most --branches, which is 2"},
      {{.branches = 2, .dialect = GeneratedDialect::clock}, "--customers must be at most"},
  };
  for (const auto& [options, message] : cases) {
    const auto scenario = generate(options);
    ASSERT_FALSE(scenario) << message;
    EXPECT_THAT(scenario.error(), testing::StartsWith(message));
  }
  EXPECT_TRUE(generate({.branches = 2, .dialect = GeneratedDialect::dest}));
}

TEST(WriteScenario, WritesWhatAScenarioCanSay) {
  const Scenario scenario{
      {{CustomerId{1}, {}}, {CustomerId{1}, {{}}}}, {{BranchId{1}, "localhost:5"}}, Money{50}, {}};
  Scenario given = scenario;
  given.listings[1].events[0].branch = BranchId{1};
  EXPECT_EQ(write_scenario(given), R"([
  {"id": 1, "type": "customer", "events": []},
  {"id": 1, "type": "customer", "events": [
    {"interface": "query"}]},
  {"id": 1, "type": "branch", "balance": 0.50, "address": "localhost:5"}
]
)");
}

}  // namespace
}  // namespace passbook
