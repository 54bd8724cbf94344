// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/reader.h"

#include "lab/scenario/testing_cases.h"

namespace passbook {
namespace {

ReadScenario must_read(std::string_view text, Leniency leniency = Leniency::strict) {
  auto read = read_scenario(text, "in.json", leniency);
  EXPECT_TRUE(read) << text << "\n" << (read ? "" : read.error().message);
  return read ? std::move(*read) : ReadScenario{};
}

ReadScenario must_read_case(const std::string& name, Leniency leniency = Leniency::strict) {
  return must_read(case_text(name), leniency);
}

CustomerEvent event(std::optional<std::uint64_t> id, Interface interface, std::uint32_t branch,
                    std::int64_t whole = 0) {
  return {id, interface, BranchId{branch}, Money{whole * 100}};
}

Scenario bank(std::vector<Listing> listings, std::uint32_t branches, std::int64_t opening,
              Dialect dialect = {}) {
  Scenario scenario{std::move(listings), {}, Money{opening * 100}, dialect};
  for (std::uint32_t id = 1; id <= branches; ++id) {
    scenario.branches.push_back({BranchId{id}, std::nullopt});
  }
  return scenario;
}

Scenario sample(bool with_ids, Dialect dialect) {
  const auto id = [&](std::uint64_t n) { return with_ids ? std::optional(n) : std::nullopt; };
  return bank({{CustomerId{1}, {event(id(1), Interface::query, 1)}},
               {CustomerId{2},
                {event(id(2), Interface::deposit, 2, 170), event(id(3), Interface::query, 2)}},
               {CustomerId{3},
                {event(id(4), Interface::withdraw, 3, 70), event(id(5), Interface::query, 3)}}},
              3, 400, dialect);
}

TEST(ReadScenario, ReadsEveryDialect) {
  const Dialect money{.query_has_money = true};
  const Dialect dest{.event_has_dest = true};
  const Dialect branch{.event_has_branch = true};
  const Dialect clocks{.logical_clocks = true};
  const std::vector<std::pair<std::string, Scenario>> cases = {
      {"spec-sample.json", sample(true, {})},
      {"money-sample.json", sample(true, money)},
      {"client-bank.json", sample(false, money)},
      {"monotonic-writes.json",
       bank({{CustomerId{1},
              {event(1, Interface::deposit, 1, 400), event(2, Interface::withdraw, 2, 400),
               event(3, Interface::query, 2)}}},
            2, 0, dest)},
      {"read-your-writes.json",
       bank(
           {{CustomerId{1}, {event(1, Interface::deposit, 1, 400), event(2, Interface::query, 2)}}},
           2, 0, dest)},
      {"events-sample.json",
       bank({{CustomerId{1},
              {event(1, Interface::deposit, 1, 400), event(2, Interface::query, 1),
               event(3, Interface::query, 2)}}},
            2, 0, branch)},
      {"clock-sample.json",
       bank({{CustomerId{1},
              {event(1, Interface::deposit, 1, 10), event(2, Interface::withdraw, 1, 10)}},
             {CustomerId{2},
              {event(3, Interface::deposit, 2, 10), event(4, Interface::withdraw, 2, 10)}},
             {CustomerId{3},
              {event(5, Interface::deposit, 3, 10), event(6, Interface::withdraw, 3, 10)}}},
            3, 400, clocks)},
  };
  for (const auto& [name, scenario] : cases) {
    const ReadScenario read = must_read_case(name);
    EXPECT_EQ(read.scenario, scenario) << name;
    EXPECT_THAT(read.notes, testing::IsEmpty()) << name;
    EXPECT_THAT(read.warnings, testing::IsEmpty()) << name;
  }
}

TEST(ReadScenario, LenientReadingOfAStrictFileIsTheSameWithoutNotes) {
  for (const CaseFile& file : case_files()) {
    const auto strict = read_scenario(file.text, "in.json", Leniency::strict);
    if (strict) {
      const ReadScenario lenient = must_read(file.text, Leniency::lenient);
      EXPECT_EQ(lenient.scenario, strict->scenario) << file.name;
      EXPECT_THAT(lenient.notes, testing::IsEmpty()) << file.name;
    }
  }
}

TEST(ReadScenario, ReadsThePublishedExample) {
  constexpr std::string_view kText = R"([
{
  "id" : 1,
  "type" : "customer",
  "events" : [{ "id": 1, "interface": "query" }]
},
{
  "id" : 2,
  "type" : "customer",
  "events" : [{ "id": 2, "interface": "deposit", "money": 170 }, { "id": 3, "interface": "query" }]
},
{
  "id" : 3,
  "type" : "customer",
  "events" : [{ "id": 4, "interface": "withdraw", "money": 70 }, { "id": 5, "interface": "query" }]
},
{
  "id" : 1,
  "type" : "branch",
  "balance" : 400
},
{
  "id" : 2,
  "type" : "branch",
  "balance" : 400
},
{
  "id" : 3,
  "type" : "branch",
  "balance" : 400
}
])";
  EXPECT_EQ(must_read(kText).scenario, sample(true, {}));

  std::string fenced = "Example of the input file\n\n```\n" + std::string(kText) + "\n```\n";
  fenced.replace(fenced.find("},\n") + 3, 0, "```\n\n```\n");
  const ReadScenario read = must_read(fenced, Leniency::lenient);
  EXPECT_EQ(read.scenario, sample(true, {}));
  EXPECT_THAT(read.notes, testing::ElementsAre("in.json:1:1: text before the array",
                                               "in.json:10:1: comments (3 places)"));
}

// One customer with these events, and branches 1 and 2.
std::string with_events(std::string_view events) {
  return fmt::format(R"([{{"id":1,"type":"customer","events":[{}]}},
{{"id":1,"type":"branch","balance":0}},{{"id":2,"type":"branch","balance":0}}])",
                     events);
}

TEST(ReadScenario, AmountsAreExact) {
  const std::vector<std::pair<const char*, std::int64_t>> cases = {
      {"10", 1000},
      {"10.10", 1010},
      {"1e2", 10000},
      {"0.01", 1},
      {"0.290", 29},
      {"90071992547409.93", 9007199254740993},
      {"92233720368547758.07", 9223372036854775807},
      {"92233720368547758", 9223372036854775800},
      {"1.5E+1", 1500},
      {"100e-2", 100},
  };
  for (const auto& [text, minor] : cases) {
    const auto read =
        must_read(with_events(fmt::format(R"({{"interface":"deposit","money":{}}})", text)));
    EXPECT_EQ(read.scenario.listings.at(0).events.at(0).money, Money{minor}) << text;
  }
}

TEST(ReadScenario, AnOpeningMayHaveCentsAndAreEqualHoweverWritten) {
  const auto read = must_read(R"([{"id":7,"type":"branch","balance":0.5},
                                  {"id":4,"type":"bank","balance":5e-1}])");
  EXPECT_EQ(read.scenario.opening, Money{50});
  EXPECT_EQ(read.scenario.branches,
            (std::vector<ScenarioBranch>{{BranchId{7}, {}}, {BranchId{4}, {}}}));
}

std::vector<std::uint64_t> order_of(const ReadScenario& read) {
  std::vector<std::uint64_t> ids;
  for (const CustomerEvent& e : read.scenario.listings.at(0).events) {
    ids.push_back(e.id.value_or(0));
  }
  return ids;
}

TEST(ReadScenario, EventsAreInTheOrderOfTheirIds) {
  const auto read = must_read(with_events(
      R"({"id":30,"interface":"query"},{"id":4,"interface":"query"},
         {"id":5,"interface":"query"})"));
  EXPECT_THAT(order_of(read), testing::ElementsAre(4, 5, 30));
  EXPECT_THAT(read.warnings, testing::IsEmpty());
}

TEST(ReadScenario, EventsAreAsListedWhenAnIdIsMissing) {
  const auto read = must_read(with_events(
      R"({"id":3,"interface":"query"},{"interface":"query"},{"id":1,"interface":"query"})"));
  EXPECT_THAT(order_of(read), testing::ElementsAre(3, 0, 1));
  EXPECT_THAT(read.warnings, testing::IsEmpty());
}

TEST(ReadScenario, EventsAreAsListedWithAWarningWhenAnIdRepeats) {
  const auto read = must_read(with_events(
      R"({"id":3,"interface":"query"},{"id":1,"interface":"query"},{"id":3,"interface":"query"})"));
  EXPECT_THAT(order_of(read), testing::ElementsAre(3, 1, 3));
  EXPECT_THAT(read.warnings,
              testing::ElementsAre(
                  "in.json:1:2: customer 1: event ids repeat; its events are performed as listed"));
}

TEST(ReadScenario, RequestsThatShareAnIdInTheWholeFileAreWarnedOf) {
  const ReadScenario read = must_read(R"([{"id":1,"type":"branch","balance":9},
{"id":1,"type":"customer","customer-requests":[{"customer-request-id":7,"interface":"query"}]},
{"id":1,"type":"customer","customer-requests":[{"customer-request-id":8,"interface":"query"},
  {"customer-request-id":7,"interface":"query"}]}])");
  EXPECT_THAT(read.warnings,
              testing::ElementsAre("in.json:4:3: a request id repeats; lists of logical clocks "
                                   "can't tell such requests apart"));
  EXPECT_EQ(read.scenario.listings[1].events.front().id, 7U);
}

TEST(ReadScenario, RequestsMayHaveSpacesInTheirKeysLeniently) {
  const std::string sample = case_text("clock-sample.json");
  std::string spaced = sample;
  const auto put = [&](std::string_view from, std::string_view to) {
    spaced.replace(spaced.find(from), from.size(), to);
  };
  put("\"customer-requests\"", "\" customer-requests\"");
  put("\"customer-request-id\"", "\"customer-request-id \"");
  put("\"interface\"", "\" interface\"");
  EXPECT_EQ(read_scenario(spaced, "in.json", Leniency::strict).error().hint,
            "--lenient accepts spaces in keys");
  const ReadScenario read = must_read(spaced, Leniency::lenient);
  EXPECT_EQ(read.scenario, must_read(sample).scenario);
  EXPECT_THAT(read.notes, testing::ElementsAre("in.json:5:7: spaces in keys (3 places)"));
}

TEST(ReadScenario, ACustomerMayBeListedTwiceWithTheSameIds) {
  const auto read = must_read(R"([{"id":1,"type":"branch","balance":0},
      {"id":1,"type":"customer","events":[{"id":1,"interface":"query"}]},
      {"id":1,"type":"customer","events":[{"id":1,"interface":"query"}]}])");
  EXPECT_EQ(read.scenario.listings.size(), 2U);
  EXPECT_THAT(read.warnings, testing::IsEmpty());
}

TEST(ReadScenario, ACustomerMayHaveNoEvents) {
  EXPECT_EQ(must_read(with_events("")).scenario.listings.at(0).events.size(), 0U);
}

TEST(ReadScenario, ACustomerWithoutABranchMayNameDestinations) {
  const auto read = must_read(R"([{"id":18446744073709551615,"type":"customer",
      "events":[{"interface":"query","dest":4294967295}]},
      {"id":4294967295,"type":"branch","balance":0}])");
  EXPECT_EQ(read.scenario.listings.at(0).customer, CustomerId{18446744073709551615U});
  EXPECT_EQ(read.scenario.listings.at(0).events.at(0).branch, BranchId{4294967295U});
}

TEST(ReadScenario, DestAndBranchMayAgree) {
  const auto read = must_read(with_events(R"({"interface":"query","dest":2,"branch":2})"));
  EXPECT_EQ(read.scenario.listings.at(0).events.at(0).branch, BranchId{2});
}

TEST(ReadScenario, TheMoneyOfAQueryIsIgnoredWhateverItIs) {
  for (const auto* money : {"-1", "\"x\"", "[]", "1.234"}) {
    const auto read =
        must_read(with_events(fmt::format(R"({{"interface":"query","money":{}}})", money)));
    EXPECT_EQ(read.scenario.listings.at(0).events.at(0).money, Money{0});
    EXPECT_TRUE(read.scenario.dialect.query_has_money);
  }
  EXPECT_FALSE(must_read(with_events(R"({"interface":"query","money":null})"))
                   .scenario.dialect.query_has_money);
}

TEST(ReadScenario, ABranchMayHaveAnAddress) {
  const auto read =
      must_read(R"([{"id":1,"type":"branch","balance":0,"address":"127.0.0.1:50051"}])");
  EXPECT_EQ(read.scenario.branches.at(0).address, "127.0.0.1:50051");
  EXPECT_THAT(read.warnings, testing::IsEmpty());
}

TEST(ReadScenario, WarnsOfUnknownKeysOnceAKind) {
  const auto read = must_read(R"([{"id":1,"type":"branch","balance":0,"city":"Bonn"},
      {"id":2,"type":"branch","balance":0,"city":"Mainz"},
      {"id":1,"type":"customer","city":1,"events":[{"interface":"query","a b":1}]}])");
  EXPECT_THAT(read.warnings,
              testing::UnorderedElementsAre(
                  "in.json:1:38: the key \"city\" of a branch is unknown and ignored (2 places)",
                  "in.json:3:33: the key \"city\" of a customer is unknown and ignored",
                  "in.json:3:73: the key \"a b\" of an event is unknown and ignored"));
}

TEST(ReadScenario, SkipsAByteOrderMark) {
  EXPECT_EQ(must_read("\xEF\xBB\xBF" + case_text("spec-sample.json")).scenario, sample(true, {}));
}

struct Tolerance {
  const char* what;
  std::string text;
  std::vector<std::string> notes;
  const char* hint;
};

std::string branch_one(std::string_view rest) {
  return fmt::format(R"([{{"id":1,"type":"branch","balance":0}},{}])", rest);
}

std::vector<Tolerance> tolerances() {
  return {
      {"a trailing comma",
       R"([{"id":1,"type":"branch","balance":0,},])",
       {"in.json:1:37: trailing commas (2 places)"},
       "--lenient accepts trailing commas"},
      {"a missing comma",
       "[{\"id\":1,\"type\":\"branch\",\"balance\":0}\n{\"id\":2,\"type\":\"bank\",\"balance\":0}]",
       {"in.json:2:1: missing commas"},
       "--lenient accepts missing commas"},
      {"curly quotes",
       "[{“id”:1,\"type\":“branch”,\"balance\":0}]",
       {"in.json:1:3: curly quotes (2 places)"},
       "--lenient accepts curly quotes"},
      {"a Python literal",
       "[{'id':1,'type':'branch','balance':0,'open':True}]",
       {"in.json:1:3: single quotes (5 places)", "in.json:1:45: Python literals"},
       "--lenient accepts single quotes, Python literals"},
      {"comments",
       "[ // Array\n{\"id\":1,\"type\":\"branch\",\"balance\":0}]",
       {"in.json:1:3: comments"},
       "--lenient accepts comments"},
      {"text around",
       "The input is [{\"id\":1,\"type\":\"branch\",\"balance\":0}] and no more",
       {"in.json:1:1: text before the array", "in.json:1:53: text after the array"},
       "--lenient accepts text before the array, text after the array"},
      {"upper case",
       branch_one(R"({"id":1,"type":"Customer","events":[{"interface":"QUERY"}]})"),
       {"in.json:1:54: upper-case types and interfaces (2 places)"},
       "--lenient accepts upper-case types and interfaces"},
      {"numbers in quotes",
       branch_one(
           R"({"id":"1","type":"customer","events":[
             {"interface":"deposit","money":"50","id":"2","dest":"1"}]})"),
       {"in.json:1:45: numbers in quotes (4 places)"},
       "--lenient accepts numbers in quotes"},
      {"spaces in keys",
       R"([{"id ":1," type":"branch","balance":0}])",
       {"in.json:1:3: spaces in keys (2 places)"},
       "--lenient accepts spaces in keys"},
  };
}

TEST(ReadScenario, LenientReadingNotesEachKindOfWhatItTolerated) {
  for (const Tolerance& c : tolerances()) {
    EXPECT_EQ(must_read(c.text, Leniency::lenient).notes, c.notes) << c.what;
  }
}

TEST(ReadScenario, StrictReadingRefusesItWithAHint) {
  for (const Tolerance& c : tolerances()) {
    const auto read = read_scenario(c.text, "in.json", Leniency::strict);
    ASSERT_FALSE(read) << c.what;
    EXPECT_EQ(read.error().hint, c.hint) << read.error().message;
  }
}

TEST(ReadScenario, TheTrailingCommaSampleIsReadLenientlyAsTheSample) {
  const std::string text = case_text("trailing-comma.json");
  EXPECT_EQ(must_read(text, Leniency::lenient).scenario, sample(true, {}));
  const auto strict = read_scenario(text, "bad.json", Leniency::strict);
  ASSERT_FALSE(strict);
  EXPECT_EQ(strict.error().message,
            "bad.json:6:3: syntax error while parsing object key - unexpected '}'; expected string "
            "literal");
  EXPECT_EQ(strict.error().hint, "--lenient accepts trailing commas");
}

TEST(ReadScenario, QuotedAndUpperCaseValuesMeanTheSame) {
  const auto read = must_read(branch_one(
                                  R"({"id":"1","type":"CLIENT",
             "events":[{"interface":"Deposit","money":"5.25","id":"2"}]})"),
                              Leniency::lenient);
  EXPECT_EQ(
      read.scenario.listings,
      (std::vector<Listing>{{CustomerId{1}, {{2, Interface::deposit, BranchId{1}, Money{525}}}}}));
}

}  // namespace
}  // namespace passbook
