// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/results_reader.h"

#include <rapidcheck/gtest.h>

#include "lab/scenario/testing_cases.h"
#include "lab/scenario/testing_scenarios.h"

namespace passbook {
namespace {

using Claims = std::vector<std::vector<std::optional<Claim>>>;

Scenario read_case(const std::string& name) {
  return read_scenario(case_text(name), name, Leniency::strict).value().scenario;
}

ReadResults must_read(std::string_view text, const Scenario& scenario) {
  const auto read = read_results(text, "output.json", scenario);
  EXPECT_TRUE(read) << text << "\n" << (read ? "" : read.error().message);
  return read.value_or(ReadResults{});
}

Claim result_at(std::size_t line, std::size_t column, ResultWord word = ResultWord::success) {
  return {{line, column}, word, std::nullopt};
}
Claim balance_at(std::size_t line, std::size_t column, std::int64_t whole) {
  return {{line, column}, std::nullopt, Money{whole * 100}};
}

/// The claims without their places.
Claims bare(Claims claims) {
  for (auto& listing : claims) {
    for (auto& claim : listing) {
      if (claim) {
        claim->place = {};
      }
    }
  }
  return claims;
}

/// What an output of this style shows of the results.
Claims kept(const Scenario& scenario, const ScenarioResults& results, Style style) {
  Claims claims;
  for (std::size_t i = 0; i < results.size(); ++i) {
    claims.emplace_back(results[i].size());
    const auto last = last_query(scenario.listings[i]);
    for (std::size_t j = 0; j < results[i].size(); ++j) {
      const EventResult& result = results[i][j];
      const bool query = scenario.listings[i].events[j].interface == Interface::query;
      const bool shows_balance = style == Style::full || query;
      const bool shows_result = style == Style::full || style == Style::money || !query ||
                                result.result != ResultWord::success;
      if (style == Style::balance) {
        claims[i][j] =
            last == j ? std::optional(Claim{{}, std::nullopt, result.balance}) : std::nullopt;
      } else {
        claims[i][j] = Claim{{}, std::nullopt, shows_balance ? result.balance : std::nullopt};
        claims[i][j]->result = shows_result ? std::optional(result.result) : std::nullopt;
      }
    }
  }
  return claims;
}

RC_GTEST_PROP(ReadResults, ReadsBackWhatWasWrittenInEveryStyle, (std::uint64_t seed)) {
  Random random(seed);
  const Scenario scenario = random_scenario(random);
  const ScenarioResults results = random_results(random, scenario);
  for (const Style style : kAllStyles) {
    const auto read = read_results(write_results(scenario, results, style), "o", scenario);
    RC_ASSERT(read.has_value());
    RC_ASSERT(bare(read->claims) == kept(scenario, results, style));
    RC_ASSERT(read->surplus.empty());
    const bool events_of_all = style == Style::events && read->style == Style::events;
    for (std::size_t i = 0; i < read->objects.size(); ++i) {
      RC_ASSERT(read->objects[i] || events_of_all || scenario.listings[i].events.empty());
    }
  }
}

TEST(ReadResults, FindsTheStyleOfThePublishedOutputs) {
  const Scenario spec = read_case("spec-sample.json");
  EXPECT_EQ(must_read(case_text("spec-sample.out.json"), spec).style, Style::spec);
  EXPECT_EQ(must_read(case_text("money-sample.out.json"), read_case("money-sample.json")).style,
            Style::money);
  EXPECT_EQ(must_read(case_text("events-sample.out.json"), read_case("events-sample.json")).style,
            Style::events);
  EXPECT_EQ(must_read(R"([{"id":1,"balance":0}])", read_case("monotonic-writes.json")).style,
            Style::balance);
  EXPECT_EQ(must_read(write_results(spec, sequential_results(spec), Style::full), spec).style,
            Style::full);
}

TEST(ReadResults, KnowsThePlaceOfEveryAnswer) {
  const ReadResults read =
      must_read(case_text("spec-sample.out.json"), read_case("spec-sample.json"));
  EXPECT_EQ(read.claims, (Claims{{balance_at(1, 18, 400)},
                                 {result_at(2, 18), balance_at(2, 61, 570)},
                                 {result_at(3, 18), balance_at(3, 62, 500)}}));
  EXPECT_THAT(read.objects, testing::ElementsAre(Place{1, 2}, Place{2, 2}, Place{3, 2}));
  EXPECT_EQ(read.file_name, "output.json");
}

TEST(ReadResults, MatchesAnswersPastAMissingOne) {
  const ReadResults read = must_read(
      R"([{"id":1,"recv":[{"interface":"query","balance":400}]},
{"id":2,"recv":[{"interface":"query","balance":570}]}])",
      read_case("spec-sample.json"));
  EXPECT_EQ(read.claims, (Claims{{balance_at(1, 18, 400)},
                                 {std::nullopt, balance_at(2, 17, 570)},
                                 {std::nullopt, std::nullopt}}));
  EXPECT_THAT(read.objects, testing::ElementsAre(Place{1, 2}, Place{2, 1}, std::nullopt));
  EXPECT_THAT(read.surplus, testing::IsEmpty());
}

struct Surplus {
  const char* what;
  std::string text;
  std::uint64_t customer;
  Place place;
};

TEST(ReadResults, AnAnswerThatFitsNoEventIsSurplus) {
  const std::vector<Surplus> cases = {
      {"one too many",
       R"([{"id":1,"recv":[{"interface":"query","balance":400},
{"interface":"query","balance":400}]}])",
       1,
       {2, 1}},
      {"of another interface",
       R"([{"id":1,"recv":[{"interface":"deposit","result":"success"}]}])",
       1,
       {1, 18}},
      {"of another branch",
       R"([{"id":1,"recv":[{"interface":"query","branch":2,"balance":4}]}])",
       1,
       {1, 18}},
      {"of another event",
       R"([{"id":1,"recv":[{"id":2,"interface":"query","balance":4}]}])",
       1,
       {1, 18}},
      {"of a stranger", R"([{"id":9,"recv":[{"interface":"query","balance":4}]}])", 9, {1, 18}},
      {"a stranger without answers", R"([{"id":9,"recv":[]}])", 9, {1, 2}},
      {"a stranger's balance", R"([{"id":9,"balance":4}])", 9, {1, 2}},
  };
  const Scenario scenario = read_case("spec-sample.json");
  for (const Surplus& c : cases) {
    const ReadResults read = must_read(c.text, scenario);
    ASSERT_EQ(read.surplus.size(), 1U) << c.what;
    EXPECT_EQ(read.surplus[0].customer, CustomerId{c.customer}) << c.what;
    EXPECT_EQ(read.surplus[0].claim.place, c.place) << c.what;
  }
}

TEST(ReadResults, ABalanceWithoutAQueryIsSurplusUnlessNull) {
  Scenario scenario = read_case("spec-sample.json");
  scenario.listings.resize(1);
  scenario.listings[0].events.clear();
  EXPECT_EQ(must_read(R"([{"id":1,"balance":4}])", scenario).surplus.size(), 1U);
  EXPECT_EQ(must_read(R"([{"id":1,"balance":null}])", scenario).surplus.size(), 0U);
}

TEST(ReadResults, ReadsAmountsOfAnyForm) {
  const ReadResults read = must_read(R"([{"id":1,"recv":[{"interface":"query","balance":4.0e2}]}])",
                                     read_case("spec-sample.json"));
  EXPECT_EQ(read.claims[0][0], balance_at(1, 18, 400));
}

struct Unreadable {
  const char* what;
  std::string text;
  const char* message;
};

TEST(ReadResults, RefusesFilesOfNoStyle) {
  const std::vector<Unreadable> cases = {
      {"empty", "", "output.json:1:1: the file is empty"},
      {"prose", "all went well", "output.json:1:1: syntax error"},
      {"Python's quotes and no answers", "[{'id':1}]",
       "output.json:1:2: customer 1: \"recv\" is missing"},
      {"an end that is missing", "[{'id':1, 'recv': [", "output.json:1:20: syntax error"},
      {"no array", "{}", "output.json:1:1: the file must hold one array"},
      {"no object", "[\n1]", "output.json:2:1: this must be an object with the \"id\""},
      {"no id", R"([{"recv":[]}])", "output.json:1:2: this must be an object with the \"id\""},
      {"a bad id", R"([{"id":"one","recv":[]}])",
       "output.json:1:8: \"id\" must be a positive integer"},
      {"no answers", R"([{"id":1}])", "output.json:1:2: customer 1: \"recv\" is missing"},
      {"answers of another kind", R"([{"id":1,"recv":{}}])",
       "output.json:1:17: customer 1: \"recv\" must be an array"},
      {"an answer that is none", R"([{"id":1,"recv":[1]}])",
       "output.json:1:18: customer 1: an answer must be an object"},
      {"no interface", R"([{"id":1,"recv":[{}]}])",
       "output.json:1:18: customer 1: the \"interface\" must be"},
      {"an unknown interface", R"([{"id":1,"recv":[{"interface":"ask"}]}])",
       "output.json:1:18: customer 1: the \"interface\" must be"},
  };
  const Scenario scenario = read_case("spec-sample.json");
  for (const Unreadable& c : cases) {
    const auto read = read_results(c.text, "output.json", scenario);
    ASSERT_FALSE(read) << c.what;
    EXPECT_THAT(read.error().message, testing::StartsWith(c.message)) << c.what;
    EXPECT_EQ(read.error().hint, "") << c.what;
  }
}

/// Expects that `text` is read like the published output, except for places, with these notes on
/// what was tolerated.
void expect_spec_sample(std::string_view text, const std::vector<std::string>& notes) {
  const Scenario scenario = read_case("spec-sample.json");
  const ReadResults read = must_read(text, scenario);
  EXPECT_EQ(bare(read.claims), bare(must_read(case_text("spec-sample.out.json"), scenario).claims))
      << text;
  EXPECT_THAT(read.surplus, testing::IsEmpty()) << text;
  EXPECT_EQ(read.notes, notes) << text;
}

TEST(ReadResults, ReadsAResultThatIsABalance) {
  expect_spec_sample(
      R"({'id': 1, 'recv': [{'interface': 'query', 'result': 'balance': 400}]}
{'id': 2, 'recv': [{'interface': 'deposit', 'result': 'success'}, {'interface': 'query', 'result': 'balance': 570}]}
{'id': 3, 'recv': [{'interface': 'withdraw', 'result': 'success'}, {'interface': 'query', 'result': 'balance': 500}]}
)",
      {"output.json:1:1: objects without an array around them",
       "output.json:1:2: single quotes (26 places)",
       "output.json:1:53: a key where a value should be (3 places)"});
}

TEST(ReadResults, ReadsWhatAProgramPrintedAmongItsLog) {
  expect_spec_sample(
      R"(Collecting: [{'id': 1, 'type': 'customer', 'events': [{'id': 1, 'interface': 'query'}]}]
OUTPUT:
[{'id': 1, 'recv': [{'interface': 'query', 'balance': 400.0}]},
 {'id': 2, 'recv': [{'interface': 'deposit', 'result': 'success'}, {'interface': 'query', 'balance': 570.0},]},
 {'id': 3, 'recv': [{'interface': 'withdraw', 'result': 'success'}, {'interface': 'query', 'balance': 500.0}]}]
bye
)",
      {"output.json:1:1: text before the array", "output.json:3:3: single quotes (23 places)",
       "output.json:4:108: trailing commas", "output.json:6:1: text after the array"});
}

TEST(ReadResults, ReadsOneObjectALine) {
  expect_spec_sample(
      R"({"id":1,"recv":[{"interface":"QUERY","balance":"400","result":null}]},
```
{"id":2,"recv":[{"interface":"deposit","result":"Success","time":3},{"interface":"query","balance":570}]}
```
{"id":3,"recv":[{"interface":"withdraw","result":"success"},{"interface":"query","balance":500}]}
)",
      {"output.json:1:1: objects without an array around them",
       "output.json:2:1: text around the objects (2 places)",
       "output.json:1:30: upper-case words (2 places)", "output.json:1:48: numbers in quotes",
       "output.json:3:59: unknown key \"time\""});
}

TEST(ReadResults, AResultBesideABalanceIsNoted) {
  const ReadResults read =
      must_read(R"([{"id":1,"recv":[{"interface":"query","balance":400,"result":"success"}]}])",
                read_case("spec-sample.json"));
  EXPECT_THAT(read.notes, testing::ElementsAre("output.json:1:18: a result beside a balance"));
}

TEST(ReadResults, AWordThatIsNoResultIsKept) {
  const ReadResults read =
      must_read(R"([{"id":1,"recv":[{"interface":"query","balance":400,"result":"Okay"}]}])",
                read_case("spec-sample.json"));
  EXPECT_EQ(read.claims[0][0].value().strange_result, "\"Okay\"");
}

TEST(ReadResults, ManyOpenBracketsTakeNoTime) {
  const std::string text(100'000, '{');
  EXPECT_FALSE(read_results("x" + text, "output.json", read_case("spec-sample.json")));
}

}  // namespace
}  // namespace passbook
